"""Invented companies, people, goods and numbers; checksums are real, owners are not.

Names are put together from invented parts and every web domain ends in ``.example``,
which nobody can own (RFC 2606).
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import replace
from decimal import Decimal

from stdnum import iban as iban_module
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat

from tests.data.paper.facts import Party

_STEMS = (
    "Halbmond", "Kranich", "Tannwald", "Mövenstein", "Orbanik", "Velmora", "Quintaro",
    "Brennholt", "Silvana", "Larkhill", "Foxmere", "Ashgrove", "Penbrook", "Kestrel", "Oakhaven",
    "Marlowe", "Corvino", "Stellata", "Lumiera", "Verdanza", "Solana", "Almendra", "Riomar",
    "Cabreda", "Tulpia", "Zeewind", "Molenaer", "Grachtzicht", "Wisloka", "Bursztyn", "Jaskółka",
    "Zielona", "Moinho", "Figueiral", "Azenha", "Beiramar", "Clairval", "Montjoie", "Hirondelle",
    "Beaulac", "Nordlicht", "Eschenbach", "Rotbuche", "Falkenau", "Sonnhof", "Birkental",
    "Winterberg", "Hagenau",
)  # fmt: skip

_ENDINGS = {
    "en": ("Ltd", "Limited", "& Sons Ltd", "Trading Ltd", "PLC", "Services Ltd", "LLP"),
    "de": ("GmbH", "GmbH & Co. KG", "AG", "e.K.", "OHG", "KG", "UG (haftungsbeschränkt)"),
    "fr": ("SARL", "SAS", "SA", "EURL", "& Fils SARL"),
    "es": ("S.L.", "S.A.", "S.L.U.", "e Hijos S.L."),
    "it": ("S.r.l.", "S.p.A.", "S.n.c.", "S.a.s."),
    "nl": ("B.V.", "V.O.F.", "Groep B.V.", "N.V."),
    "pt": ("Lda.", "S.A.", "Unipessoal Lda.", "& Filhos, Lda."),
    "pl": ("Sp. z o.o.", "S.A.", "Sp. j.", "Sp. k."),
}

_TRADES = {
    "en": ("Office Supplies", "Joinery", "Print & Design", "Catering", "IT Consulting", "Garden"),
    "de": ("Bürobedarf", "Werkzeugbau", "Elektrotechnik", "Druckerei", "Software", "Gartenbau"),
    "fr": ("Fournitures", "Menuiserie", "Imprimerie", "Conseil", "Électricité", "Traiteur"),
    "es": ("Suministros", "Carpintería", "Imprenta", "Consultores", "Instalaciones", "Jardines"),
    "it": ("Forniture", "Falegnameria", "Tipografia", "Consulenza", "Impianti", "Giardini"),
    "nl": ("Kantoor", "Timmerwerken", "Drukkerij", "Advies", "Techniek", "Tuinen"),
    "pt": ("Papelaria", "Carpintaria", "Gráfica", "Consultoria", "Instalações", "Jardins"),
    "pl": ("Biuro", "Stolarstwo", "Drukarnia", "Doradztwo", "Instalacje", "Ogrody"),
}

_STREETS = {
    "en": ("Mill Lane", "High Street", "Station Road", "Church Walk", "Orchard Way"),
    "de": ("Lindenstraße", "Am Mühlbach", "Gartenweg", "Industriestr.", "Hafenplatz"),
    "fr": ("rue des Tilleuls", "avenue du Moulin", "place de la Gare", "quai des Brumes"),
    "es": ("Calle Mayor", "Avda. del Puerto", "C/ Olivares", "Plaza del Molino"),
    "it": ("Via dei Mulini", "Corso Garibaldi", "Via Roma", "Piazza del Porto"),
    "nl": ("Molenweg", "Kerkstraat", "Havenkade", "Lindelaan"),
    "pt": ("Rua do Moinho", "Avenida da Praia", "Travessa das Flores", "Largo do Rossio"),
    "pl": ("ul. Lipowa", "ul. Młyńska", "al. Portowa", "ul. Ogrodowa"),
}

_CITIES = {
    "GB": ("Ashford", "Kendal", "Ludlow", "Whitby", "Hereford"),
    "US": ("Springfield, IL", "Fairview, TN", "Riverside, CA", "Georgetown, TX"),
    "DE": ("Musterhausen", "Neustadt", "Lindau", "Weimar", "Celle"),
    "AT": ("Steyr", "Wels", "Hallein"),
    "CH": ("Thun", "Chur", "Aarau"),
    "FR": ("Annecy", "Quimper", "Colmar", "Albi"),
    "BE": ("Dinant", "Mons", "Namur"),
    "ES": ("Cuenca", "Huesca", "Lugo", "Ronda"),
    "IT": ("Mantova", "Cuneo", "Lecce", "Urbino"),
    "NL": ("Hoorn", "Gouda", "Deventer", "Zwolle"),
    "PT": ("Tomar", "Évora", "Aveiro", "Lagos"),
    "PL": ("Łomża", "Nysa", "Zamość", "Żywiec"),
}

COUNTRIES = {
    "en": ("GB", "GB", "US"),
    "de": ("DE", "DE", "DE", "AT", "CH"),
    "fr": ("FR", "FR", "BE"),
    "es": ("ES",),
    "it": ("IT",),
    "nl": ("NL",),
    "pt": ("PT",),
    "pl": ("PL",),
}
CURRENCIES = {"GB": "GBP", "US": "USD", "CH": "CHF", "PL": "PLN"}
RATES = {
    "GB": (20, 5), "US": (8,), "DE": (19, 7), "AT": (20, 10), "CH": (8,), "FR": (20, 10),
    "BE": (21, 6), "ES": (21, 10), "IT": (22, 10), "NL": (21, 9), "PT": (23, 6), "PL": (23, 8),
}  # fmt: skip

_NAMES = {
    "GB": "United Kingdom", "US": "USA", "DE": "Deutschland", "AT": "Österreich", "CH": "Schweiz",
    "FR": "France", "BE": "Belgique", "ES": "España", "IT": "Italia", "NL": "Nederland",
    "PT": "Portugal", "PL": "Polska",
}  # fmt: skip

_FIRST = {
    "en": ("Harriet", "Oliver", "Maisie"),
    "de": ("Liselotte", "Björn", "Käthe"),
    "fr": ("Éloïse", "Hervé", "Margaux"),
    "es": ("Begoña", "Íñigo", "Lucía"),
    "it": ("Ginevra", "Niccolò", "Perla"),
    "nl": ("Saskia", "Joost", "Maaike"),
    "pt": ("Conceição", "João", "Inês"),
    "pl": ("Grażyna", "Łukasz", "Żaneta"),
}

# Name, unit, the lowest and the highest price.
GOODS: dict[str, tuple[tuple[str, str, int, int], ...]] = {
    "en": (
        ("A4 copy paper 80 g, 500 sheets", "pack", 3, 8), ("Ring binder, blue", "pcs", 1, 5),
        ("Desk lamp with dimmer", "pcs", 25, 90), ("Consulting services", "hours", 60, 140),
        ("Installation on site", "hours", 45, 95), ("Delivery and packaging", "pcs", 5, 30),
        ("Oak shelf board 120 x 30 cm", "pcs", 18, 60), ("Wood glue D3, 750 g", "btl", 6, 14),
        ("Website maintenance", "months", 40, 250), ("USB-C cable 2 m", "pcs", 5, 19),
        ("Business cards, 250 pcs", "set", 25, 70), ("Garden hose 25 m", "pcs", 18, 55),
    ),
    "de": (
        ("Kopierpapier A4, 80 g, 500 Blatt", "Pck", 3, 8), ("Ordner breit, schwarz", "Stk", 1, 5),
        ("Schreibtischlampe dimmbar", "Stk", 25, 90), ("Beratungsleistung", "Std", 60, 140),
        ("Montage vor Ort", "Std", 45, 95), ("Versand und Verpackung", "Stk", 5, 30),
        ("Regalboden Eiche 120 x 30 cm", "Stk", 18, 60), ("Holzleim D3, 750 g", "Fl", 6, 14),
        ("Wartung der Internetseite", "Mon", 40, 250), ("Kabel USB-C, 2 m", "Stk", 5, 19),
        ("Visitenkarten, 250 Stück", "Satz", 25, 70), ("Gewindeschrauben M8 x 40", "Stk", 1, 2),
    ),
    "fr": (
        ("Ramette de papier A4 80 g", "pce", 3, 8), ("Classeur à levier bleu", "pce", 1, 5),
        ("Lampe de bureau à variateur", "pce", 25, 90), ("Prestation de conseil", "h", 60, 140),
        ("Pose sur site", "h", 45, 95), ("Frais de port et d’emballage", "pce", 5, 30),
        ("Étagère en chêne 120 x 30 cm", "pce", 18, 60), ("Colle à bois 750 g", "pce", 6, 14),
        ("Maintenance du site internet", "mois", 40, 250), ("Câble USB-C 2 m", "pce", 5, 19),
        ("Cartes de visite, lot de 250", "lot", 25, 70), ("Tuyau d’arrosage 25 m", "pce", 18, 55),
    ),
    "es": (
        ("Papel A4 80 g, 500 hojas", "ud", 3, 8), ("Archivador de palanca azul", "ud", 1, 5),
        ("Lámpara de escritorio", "ud", 25, 90), ("Servicios de consultoría", "h", 60, 140),
        ("Montaje a domicilio", "h", 45, 95), ("Portes y embalaje", "ud", 5, 30),
        ("Estante de roble 120 x 30 cm", "ud", 18, 60), ("Cola para madera 750 g", "ud", 6, 14),
        ("Mantenimiento de la página web", "mes", 40, 250), ("Cable USB-C 2 m", "ud", 5, 19),
    ),
    "it": (
        ("Carta A4 80 g, 500 fogli", "pz", 3, 8), ("Raccoglitore a leva blu", "pz", 1, 5),
        ("Lampada da scrivania", "pz", 25, 90), ("Consulenza tecnica", "ore", 60, 140),
        ("Montaggio in loco", "ore", 45, 95), ("Spese di trasporto e imballo", "pz", 5, 30),
        ("Mensola in rovere 120 x 30 cm", "pz", 18, 60), ("Colla per legno 750 g", "pz", 6, 14),
        ("Manutenzione sito internet", "mesi", 40, 250), ("Cavo USB-C 2 m", "pz", 5, 19),
    ),
    "nl": (
        ("Kopieerpapier A4 80 g, 500 vel", "pak", 3, 8), ("Ordner breed, blauw", "st", 1, 5),
        ("Bureaulamp dimbaar", "st", 25, 90), ("Adviesuren", "uur", 60, 140),
        ("Montage op locatie", "uur", 45, 95), ("Verzend- en verpakkingskosten", "st", 5, 30),
        ("Eiken wandplank 120 x 30 cm", "st", 18, 60), ("Houtlijm D3, 750 g", "fl", 6, 14),
        ("Onderhoud website", "mnd", 40, 250), ("USB-C-kabel 2 m", "st", 5, 19),
    ),
    "pt": (
        ("Papel A4 80 g, 500 folhas", "un", 3, 8), ("Pasta de arquivo azul", "un", 1, 5),
        ("Candeeiro de secretária", "un", 25, 90), ("Serviços de consultoria", "h", 60, 140),
        ("Montagem no local", "h", 45, 95), ("Portes e embalagem", "un", 5, 30),
        ("Prateleira de carvalho 120 x 30 cm", "un", 18, 60),
        ("Cola de madeira 750 g", "un", 6, 14),
        ("Manutenção do sítio web", "mês", 40, 250), ("Cabo USB-C 2 m", "un", 5, 19),
    ),
    "pl": (
        ("Papier A4 80 g, 500 arkuszy", "ryza", 12, 30),
        ("Segregator szeroki, niebieski", "szt.", 5, 15),
        ("Lampka biurkowa ze ściemniaczem", "szt.", 80, 250),
        ("Usługi doradcze", "godz.", 120, 300),
        ("Montaż u klienta", "godz.", 90, 190), ("Koszt wysyłki i opakowania", "szt.", 15, 40),
        ("Półka dębowa 120 x 30 cm", "szt.", 70, 190), ("Klej do drewna 750 g", "szt.", 20, 45),
        ("Obsługa strony internetowej", "mies.", 150, 700), ("Kabel USB-C 2 m", "szt.", 15, 60),
    ),
}  # fmt: skip

# Groceries: name, the lowest and the highest price in cents, whether the lower tax rate applies.
GROCERIES: dict[str, tuple[tuple[str, int, int, bool], ...]] = {
    "en": (
        ("SEMI SKIMMED MILK 2L", 145, 210, True), ("BROWN BREAD 800G", 95, 180, True),
        ("CHEDDAR MATURE", 230, 460, True), ("BANANAS LOOSE", 60, 150, True),
        ("WASHING UP LIQUID", 99, 250, False), ("AA BATTERIES X4", 299, 650, False),
        ("GROUND COFFEE 227G", 320, 560, True), ("LIGHT BULB LED E27", 250, 799, False),
        ("TOMATO SOUP", 80, 165, True), ("GREETING CARD", 150, 350, False),
    ),
    "de": (
        ("Vollmilch 3,5% 1L", 99, 149, True), ("Roggenbrot 750g", 189, 399, True),
        ("Gouda jung", 199, 349, True), ("Bananen", 99, 249, True),
        ("Spülmittel", 95, 245, False), ("Batterien AA 4er", 299, 649, False),
        ("Kaffee gemahlen", 499, 899, True), ("LED-Lampe E27", 299, 799, False),
        ("Butter 250g", 179, 269, True), ("Tafelschokolade", 109, 219, True),
        ("Küchenrolle", 199, 379, False), ("Mineralwasser 1,5L", 29, 89, False),
    ),
    "fr": (
        ("LAIT DEMI-ECREME 1L", 95, 145, True), ("BAGUETTE TRADITION", 95, 140, True),
        ("COMTE AOP 250G", 390, 690, True), ("BANANES VRAC", 120, 260, True),
        ("LIQUIDE VAISSELLE", 130, 290, False), ("PILES AA X4", 350, 690, False),
        ("CAFE MOULU 250G", 290, 550, True), ("AMPOULE LED E27", 290, 790, False),
    ),
    "es": (
        ("LECHE ENTERA 1L", 85, 135, True), ("PAN DE MOLDE", 120, 240, True),
        ("QUESO CURADO", 350, 690, True), ("PLATANOS", 120, 280, True),
        ("LAVAVAJILLAS", 130, 290, False), ("PILAS AA X4", 350, 690, False),
        ("CAFE MOLIDO 250G", 250, 520, True), ("BOMBILLA LED", 250, 690, False),
    ),
    "it": (
        ("LATTE INTERO 1L", 119, 179, True), ("PANE CASERECCIO", 150, 320, True),
        ("PARMIGIANO 24M", 450, 890, True), ("BANANE", 130, 280, True),
        ("DETERSIVO PIATTI", 120, 290, False), ("PILE AA X4", 350, 690, False),
        ("CAFFE MACINATO", 299, 560, True), ("LAMPADINA LED", 290, 790, False),
    ),
    "nl": (
        ("HALFVOLLE MELK 1L", 99, 149, True), ("VOLKORENBROOD", 149, 289, True),
        ("JONG BELEGEN KAAS", 349, 690, True), ("BANANEN", 120, 260, True),
        ("AFWASMIDDEL", 110, 260, False), ("BATTERIJEN AA 4ST", 299, 649, False),
        ("KOFFIE SNELFILTER", 349, 699, True), ("LED LAMP E27", 299, 799, False),
    ),
    "pt": (
        ("LEITE MEIO GORDO 1L", 79, 119, True), ("PAO DE FORMA", 119, 229, True),
        ("QUEIJO FLAMENGO", 229, 459, True), ("BANANA DA MADEIRA", 119, 249, True),
        ("DETERGENTE LOICA", 129, 279, False), ("PILHAS AA X4", 349, 689, False),
        ("CAFE MOIDO 250G", 229, 449, True), ("LAMPADA LED", 249, 699, False),
    ),
    "pl": (
        ("MLEKO 3,2% 1L", 299, 479, True), ("CHLEB ZYTNI", 399, 799, True),
        ("SER GOUDA", 899, 1690, True), ("BANANY LUZ", 399, 899, True),
        ("PLYN DO NACZYN", 499, 1290, False), ("BATERIE AA 4SZT", 1290, 2990, False),
        ("KAWA MIELONA 250G", 1290, 2690, True), ("ZAROWKA LED", 1090, 2990, False),
    ),
}  # fmt: skip

_MALAYSIAN_SHOPS = (
    "LARKHILL",
    "BINTANG OAKHAVEN",
    "KEDAI MELATI",
    "PERNIAGAAN ORBANIK",
    "RESTORAN ZEEWIND",
)
_MALAYSIAN_TRADES = (
    "TRADING SDN BHD",
    "HARDWARE SDN. BHD.",
    "ENTERPRISE",
    "(M) SDN BHD",
    "MINI MARKET",
)
_TAMANS = ("Taman Pelangi", "Taman Sri Angsana", "Bandar Baru Kenanga", "Seksyen 7")
_MALAYSIAN_CITIES = (
    ("81100", "Johor Bahru, Johor"),
    ("40000", "Shah Alam, Selangor"),
    ("53300", "Kuala Lumpur"),
)

_SHOPS = {
    "en": ("Foxmere Stores", "Larkhill Market", "The Corner Pantry", "Ashgrove Hardware"),
    "de": ("Tannwald Markt", "Birkental Frischemarkt", "Rotbuche Drogerie", "Sonnhof Bäckerei"),
    "fr": ("Épicerie Clairval", "Supérette Beaulac", "Marché Montjoie", "Quincaillerie Azur"),
    "es": ("Supermercados Riomar", "Alimentación Solana", "Ferretería Almendra"),
    "it": ("Alimentari Verdanza", "Mercato Stellata", "Ferramenta Corvino"),
    "nl": ("Zeewind Supermarkt", "Tulpia Versmarkt", "Bouwmarkt De Molenaer"),
    "pt": ("Mercearia Beiramar", "Supermercado Azenha", "Drogaria Figueiral"),
    "pl": ("Sklep Jaskółka", "Delikatesy Wisłoka", "Market Bursztyn"),
}

BANKS = ("Nordlicht Bank", "Banco Almendra", "Larkhill Bank", "Crédit Clairval", "Bank Bursztyn")

_VAT_FORMS = {
    "GB": "GB#########", "DE": "DE#########", "AT": "ATU########", "FR": "FR###########",
    "BE": "BE0#########", "ES": "ESB########", "IT": "IT###########", "NL": "NL#########B01",
    "PT": "PT#########", "PL": "PL##########",
}  # fmt: skip
_IBAN_FORMS = {
    "GB": "GB00LARK##############", "DE": "DE00##################", "AT": "AT00################",
    "CH": "CH00#################", "FR": "FR00#######################", "BE": "BE00############",
    "ES": "ES00####################", "IT": "IT00A######################",
    "NL": "NL00ZEEW##########", "PT": "PT00#####################",
    "PL": "PL00########################",
}  # fmt: skip


def vat_id(country: str, chance: random.Random) -> str:
    """A VAT id of ``country`` with valid check digits; "" where there is no such thing."""
    form = _VAT_FORMS.get(country)
    if form is None:
        return ""
    check = gb_vat if country == "GB" else eu_vat
    while True:
        number = _filled(form, chance)
        if check.is_valid(number):
            return number


def iban(country: str, chance: random.Random) -> str:
    """An IBAN of ``country`` with valid check digits; "" where there is no such thing."""
    form = _IBAN_FORMS.get(country)
    if form is None:
        return ""
    while True:
        number = _filled(form, chance)
        number = number[:2] + iban_module.calc_check_digits(number) + number[4:]
        if iban_module.is_valid(number):
            return number


def company(language: str, country: str, chance: random.Random, *, person: bool = False) -> Party:
    """A company (or a private person) that sells or buys."""
    stem, trade = chance.choice(_STEMS), chance.choice(_TRADES[language])
    ending = chance.choice(_ENDINGS[language])
    second = chance.choice(_STEMS)
    name = chance.choice(
        (f"{stem} {trade} {ending}", f"{stem} {ending}", f"{stem} & {second} {ending}")
    )
    if person:
        name = f"{chance.choice(_FIRST[language])} {stem}"
    domain = _plain(stem) + chance.choice(("", "-" + _plain(trade).split("-")[0])) + ".example"
    city = chance.choice(_CITIES[country])
    return Party(
        name=name,
        street=_street(language, chance),
        postcode=_postcode(country, chance),
        city=city,
        country=country,
        country_name=_NAMES[country],
        vat_id="" if person else vat_id(country, chance),
        iban=iban(country, chance),
        bic=_bic(country, chance),
        bank=chance.choice(BANKS),
        phone=_phone(country, chance),
        web="" if person else domain,
        register=str(chance.randint(10_000, 99_999)),
        trade="" if person else trade,
    )


def shop(language: str, country: str, chance: random.Random) -> Party:
    """A shop that hands out receipts."""
    found = company(language, country, chance)
    return replace(found, name=chance.choice(_SHOPS[language]))


def malaysian_shop(chance: random.Random) -> Party:
    """A shop in Malaysia, as they sign their receipts: in capitals, with a long address."""
    postcode, city = chance.choice(_MALAYSIAN_CITIES)
    name = chance.choice(("Kenari", "Melur", "SS", "Indah", "Perdana"))
    jalan = f"Jalan {name} {chance.randint(1, 23)}"
    return Party(
        name=f"{chance.choice(_MALAYSIAN_SHOPS)} {chance.choice(_MALAYSIAN_TRADES)}",
        street=f"No. {chance.randint(1, 99)}, {jalan}, {chance.choice(_TAMANS)}",
        postcode=postcode,
        city=city,
        country="MY",
        country_name="Malaysia",
        phone=_filled("0#-#######", chance),
        register=_filled("######-", chance) + chance.choice("ADHKMPTUVWX"),
        web=_plain(chance.choice(_STEMS)) + ".example",
        vat_id="",
    )


def number(kind: str, year: int, chance: random.Random) -> str:
    """A document number in one of many fashions; ``kind`` is a letter or two to begin with."""
    serial = chance.randint(1, 99_999)
    return chance.choice(
        (
            f"{kind}-{year}-{serial:04d}",
            f"{year}-{serial:05d}",
            f"{kind}{year % 100}{serial:05d}",
            f"{serial:06d}",
            f"{year}/{serial % 1000:03d}",
            f"{kind}/{serial % 1000}/{chance.randint(1, 12):02d}/{year}",
            f"{chance.randint(10, 99)}.{serial:05d}",
        )
    )


def price(low: int, high: int, chance: random.Random) -> Decimal:
    """A price in whole, half or odd cents, as shops like them."""
    whole = Decimal(chance.randint(low, max(low, high - 1)))
    part = chance.choice(("0.00", "0.50", "0.90", "0.95", "0.99", f"0.{chance.randint(1, 99):02d}"))
    return whole + Decimal(part)


def _filled(form: str, chance: random.Random) -> str:
    return "".join(str(chance.randint(0, 9)) if sign == "#" else sign for sign in form)


def _street(language: str, chance: random.Random) -> str:
    street, house = chance.choice(_STREETS[language]), chance.randint(1, 180)
    if language == "en":
        return f"{house} {street}"
    if language == "fr":
        return f"{house}, {street}"
    return f"{street}, {house}" if language in ("es", "it", "pt") else f"{street} {house}"


def _postcode(country: str, chance: random.Random) -> str:
    forms = {
        "GB": "ZZ# #ZZ", "NL": "#### XX", "PT": "####-###", "PL": "##-###", "AT": "####",
        "CH": "####", "BE": "####",
    }  # fmt: skip
    code = _filled(forms.get(country, "#####"), chance)
    return "".join(chance.choice("BDEHLNPRTW") if sign in "XZ" else sign for sign in code)


def _phone(country: str, chance: random.Random) -> str:
    codes = {
        "GB": "44", "US": "1", "DE": "49", "AT": "43", "CH": "41", "FR": "33", "BE": "32",
        "ES": "34", "IT": "39", "NL": "31", "PT": "351", "PL": "48",
    }  # fmt: skip
    return f"+{codes[country]} " + _filled("### ### ##", chance).replace("0", "5", 1)


def _bic(country: str, chance: random.Random) -> str:
    letters = "".join(chance.choice("ABDEGKLMNRST") for _ in range(4))
    return f"{letters}{country}{chance.choice('2MFP')}{chance.choice('AXLT')}XXX"


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("ß", "ss").casefold())
    return "".join(c if c.isalnum() and c.isascii() else "-" if c == " " else "" for c in letters)


def domain(name: str) -> str:
    """The web domain of a company called ``name``, from its first two words that say something."""
    words = [_plain(word) for word in name.split()]
    return "-".join([word for word in words if len(word) > 3][:2]) + ".example"
