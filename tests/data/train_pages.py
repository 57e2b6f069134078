"""Pages of made-up invoices and receipts as words with boxes, to train the quick reader on.

Nothing is drawn: each text is placed as words with boxes, as a PDF's text layer or an OCR
would give them.  Layouts, languages, wordings, number and date forms vary at random; a
part of the pages gets the noise of an OCR.
"""

# ruff: noqa: E501 - tables of wordings read best with one country, one row, one fact a line

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from app.document import Box, Page, Word, WordSource

Truth = dict[str, str]


@dataclass(frozen=True)
class Tongue:
    """How one country prints its invoices."""

    language: str
    labels: dict[str, tuple[str, ...]]
    firms: tuple[str, ...]
    forms: tuple[str, ...]
    people: tuple[str, ...]
    streets: tuple[str, ...]  # {n} is the house number
    towns: tuple[str, ...]  # with the postcode's form, # for a digit
    country: str
    dates: tuple[str, ...]
    decimal: str
    thousands: str
    money: tuple[str, ...]  # {} is the number
    currency: str
    rates: tuple[int, ...]
    vat: str  # form of a VAT id, # for a digit
    goods: tuple[str, ...]
    thanks: tuple[str, ...]
    iban: str = ""


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


def _labels(text: str) -> dict[str, tuple[str, ...]]:
    rows = (row.split("=", 1) for row in text.strip().splitlines())
    return {role.strip(): _words(values) for role, values in rows}


ENGLISH = """
title = INVOICE|Invoice|Tax Invoice|TAX INVOICE|Sales Invoice|VAT Invoice|Commercial Invoice
number = Invoice No.|Invoice Number|Invoice #|Invoice no|Inv. No|Invoice ID|Invoice|Bill No|Number|Document No
issue_date = Invoice Date|Date|Issue Date|Date of issue|Dated|Billing Date|Bill date
due_date = Due Date|Payment Due|Due|Pay by|Payment due date|Due on|Please pay by
order_number = PO Number|Order No.|Purchase Order|Your order|Order ref
customer_number = Customer No.|Customer ID|Account number|Client ID
delivery_date = Delivery Date|Ship date|Service date|Date of supply
buyer = Bill To|Billed To|Invoice To|Customer|Sold To|Client|Bill to:|Invoice for
seller = From|Seller|Supplier|Vendor|Billed by|Pay to
ship = Ship To|Deliver To|Delivery Address
description = Description|Item|Product|Service|Details
quantity = Qty|Quantity|Units|Hours
unit_price = Unit Price|Price|Rate|Unit cost
amount = Amount|Total|Line Total|Net
net = Subtotal|Sub Total|Net Total|Total excl. VAT|Net amount|Total Net|Amount excluding tax|Taxable amount
tax = VAT|Tax|Sales Tax|Total Tax|VAT Amount|GST|Total VAT
gross = Total|Grand Total|Total incl. VAT|Invoice Total|Total Amount|TOTAL|Amount Payable|Gross Total|Total (incl. VAT)
due = Amount Due|Balance Due|Total Due|Due payable|Outstanding|To pay
prepaid = Amount Paid|Paid|Deposit|Less paid|Prepaid
allowances = Discount|Total discount|Allowances
vat_id = VAT No|VAT Reg No|VAT ID|Tax ID|GST No|VAT number|EIN
buyer_vat = Customer VAT No|Your VAT ID
phone = Tel|Phone|T:|Telephone
holder = Account holder|Account name|Beneficiary
pay_by = Please pay by {}|Please remit until {}.|Payment is due on {}|due by {}
page = Page
cash = Cash|CASH|Cash Tendered|Tendered
change = Change|CHANGE|Change Due
rounding = Rounding|Rounding Adj|Round Adj
receipt = RECEIPT|CASH BILL|Receipt|TAX INVOICE|Cash Receipt|OFFICIAL RECEIPT
receipt_number = Receipt No|Bill No|Doc No|Invoice No|Trans No|Receipt #|Check #|Document No|Trans|Receipt|Invoice|Ticket
cashier = Cashier|Served by|Staff|Operator
total_quantity = Total Qty|Items|No. of items|Item count
"""
GERMAN = """
title = RECHNUNG|Rechnung|Handelsrechnung|Honorarrechnung
number = Rechnungsnummer|Rechnungs-Nr.|Rechnung Nr.|Rechnungsnr.|RE-Nr.|Rechnung|Belegnummer|Rg.-Nr.
issue_date = Rechnungsdatum|Datum|Ausstellungsdatum|Belegdatum|Rechnung vom
due_date = Fällig am|Fälligkeitsdatum|Zahlbar bis|Fälligkeit|Zahlungsziel|zahlbar bis zum
order_number = Bestellnummer|Auftragsnummer|Ihre Bestellung|Auftrags-Nr.
customer_number = Kundennummer|Kunden-Nr.|Kd.-Nr.|Debitor
delivery_date = Lieferdatum|Leistungsdatum|Liefertermin|Leistungszeitraum
buyer = Rechnungsempfänger|Käufer|Kunde|Rechnung an|Rechnungsadresse|Auftraggeber|Leistungsempfänger
seller = Rechnungssteller|Verkäufer|Lieferant|Rechnungsersteller|Absender
ship = Lieferadresse|Lieferung an|Warenempfänger
description = Beschreibung|Bezeichnung|Artikel|Leistung|Artikelbezeichnung
quantity = Menge|Anzahl|Stunden|Mge
unit_price = Einzelpreis|Preis|E-Preis|Stückpreis
amount = Betrag|Gesamt|Gesamtpreis|Summe
net = Nettobetrag|Summe netto|Netto|Zwischensumme|Gesamt netto|Nettosumme|Rechnungsbetrag netto
tax = MwSt.|USt.|Umsatzsteuer|Mehrwertsteuer|zzgl. MwSt.|MwSt-Betrag|Steuerbetrag|zzgl. 19% USt
gross = Gesamtbetrag|Rechnungsbetrag|Bruttobetrag|Gesamtsumme|Summe brutto|Endbetrag|Gesamt brutto|Bruttosumme|Gesamt
due = Zahlbetrag|Zu zahlen|Offener Betrag|Zahlungsbetrag|Restbetrag
prepaid = Anzahlung|Bereits gezahlt|Erhaltene Anzahlungen|abzgl. Anzahlung
allowances = Rabatt|Nachlass|Gesamtrabatt
vat_id = USt-IdNr.|USt-ID|UID|Ust.-Id.-Nr.|USt-Id-Nr|UID Nr.
buyer_vat = Ihre USt-IdNr.|USt-IdNr. Kunde
phone = Tel.|Telefon|Tel|Fon
holder = Kontoinhaber
pay_by = Bitte überweisen Sie den Betrag bis zum {}.|Zahlbar bis {} ohne Abzug.|Fällig am {}
page = Seite
cash = BAR|Bar|Gegeben|Bargeld
change = Rückgeld|Zurück|Rueckgeld
rounding = Rundung
receipt = Kassenbon|Quittung|Beleg|Kundenbeleg|RECHNUNG
receipt_number = Bon-Nr.|Beleg-Nr.|Bonnr|Rechnung Nr.|Beleg|BNR|Bon|Rechnung
cashier = Bediener|Kassierer|Bed.|Es bediente Sie
total_quantity = Anzahl Artikel|Posten|Artikelanzahl
"""
FRENCH = """
title = FACTURE|Facture
number = Facture n°|N° de facture|Numéro de facture|Facture|Numéro|N° facture
issue_date = Date de facture|Date|Date d'émission|Date de facturation|Émise le
due_date = Date d'échéance|Échéance|À payer avant le|Date limite de paiement|Payable le
order_number = N° de commande|Commande|Votre référence|Bon de commande
customer_number = N° client|Code client|Référence client
delivery_date = Date de livraison|Date de prestation
buyer = Client|Facturé à|Adresse de facturation|Destinataire|Acheteur
seller = Vendeur|Émetteur|Fournisseur
ship = Adresse de livraison|Livré à
description = Description|Désignation|Libellé|Prestation
quantity = Quantité|Qté|Qté.
unit_price = Prix unitaire|P.U. HT|PU HT|Prix
amount = Montant HT|Total HT|Montant|Prix HT
net = Total HT|Montant HT|Total net HT|Sous-total|Total hors taxes|Montant total HT
tax = TVA|Total TVA|Montant TVA|Total taxes|Dont TVA
gross = Total TTC|Montant TTC|Net à payer|Total à payer TTC|Total toutes taxes comprises|TOTAL TTC
due = Solde à payer|Reste à payer|Net à payer|Montant dû
prepaid = Acompte|Déjà payé|Acompte versé
allowances = Remise|Remise totale
vat_id = TVA|N° TVA|TVA intracommunautaire|N° TVA intra
buyer_vat = N° TVA client|TVA client
phone = Tél|Tél.|Téléphone
holder = Titulaire du compte|Titulaire
pay_by = À régler avant le {}|Paiement au plus tard le {}|Échéance : {}
page = Page
cash = Espèces|ESPECES|Reçu
change = Rendu|Monnaie rendue
rounding = Arrondi
receipt = TICKET|Reçu|Ticket de caisse
receipt_number = Ticket n°|N° ticket|Facture n°
cashier = Caissier|Caisse|Vendeur
total_quantity = Nombre d'articles|Articles
"""
SPANISH = """
title = FACTURA|Factura|Factura simplificada
number = Factura nº|Nº de factura|Número de factura|Factura|Nº factura|Núm. factura
issue_date = Fecha de factura|Fecha|Fecha de emisión|Fecha factura
due_date = Vencimiento|Fecha de vencimiento|Fecha vencimiento|Pagar antes del
order_number = Nº pedido|Pedido|Su pedido
customer_number = Nº cliente|Código cliente|Cliente nº
delivery_date = Fecha de entrega|Fecha albarán
buyer = Cliente|Facturar a|Datos del cliente|Destinatario
seller = Emisor|Proveedor|Vendedor
ship = Dirección de entrega|Enviar a
description = Descripción|Concepto|Artículo
quantity = Cantidad|Cant.|Uds.
unit_price = Precio|Precio unitario|Precio unidad
amount = Importe|Total|Subtotal
net = Base imponible|Subtotal|Total neto|Importe neto|Suma
tax = IVA|Cuota IVA|Total IVA|I.V.A.
gross = Total|Total factura|TOTAL A PAGAR|Importe total|Total con IVA
due = Total a pagar|Pendiente de pago|Importe pendiente
prepaid = Anticipo|Pagado|Entrega a cuenta
allowances = Descuento|Dto.
vat_id = CIF|NIF|NIF/CIF|C.I.F.
buyer_vat = NIF cliente
phone = Tel.|Teléfono|Tfno.
holder = Titular
pay_by = Vencimiento: {}|A pagar antes del {}
page = Página
cash = Efectivo|EFECTIVO|Entregado
change = Cambio|CAMBIO
rounding = Redondeo
receipt = TICKET|Recibo|Factura simplificada
receipt_number = Ticket nº|Nº ticket|Factura simplificada
cashier = Le atendió|Cajero
total_quantity = Artículos|Nº artículos
"""
ITALIAN = """
title = FATTURA|Fattura|Documento commerciale
number = Fattura n.|Numero fattura|N. fattura|Fattura|Fattura numero|Nr. documento
issue_date = Data fattura|Data|Data documento|Data emissione|del
due_date = Scadenza|Data scadenza|Da pagare entro|Scadenza pagamento
order_number = Ordine n.|N. ordine|Rif. ordine
customer_number = Codice cliente|Cliente n.
delivery_date = Data consegna|Data DDT
buyer = Cliente|Spett.le|Destinatario|Intestatario|Cessionario
seller = Fornitore|Cedente|Mittente
ship = Luogo di destinazione|Indirizzo di consegna
description = Descrizione|Articolo|Prestazione
quantity = Quantità|Q.tà|Qta
unit_price = Prezzo|Prezzo unitario|Prezzo unit.
amount = Importo|Totale|Totale riga
net = Imponibile|Totale imponibile|Netto|Totale netto|Subtotale
tax = IVA|Totale IVA|Imposta|I.V.A.
gross = Totale|Totale fattura|Totale documento|Totale da pagare|TOTALE EURO|Importo totale
due = Netto a pagare|Saldo|Da pagare
prepaid = Acconto|Pagato
allowances = Sconto
vat_id = P.IVA|Partita IVA|P. IVA
buyer_vat = P.IVA cliente
phone = Tel.|Telefono
holder = Intestatario conto
pay_by = Scadenza: {}|Pagamento entro il {}
page = Pagina
cash = Contanti|CONTANTE
change = Resto|RESTO
rounding = Arrotondamento
receipt = SCONTRINO|Ricevuta|DOCUMENTO COMMERCIALE
receipt_number = Scontrino n.|Documento N.|Doc. n.
cashier = Operatore|Cassa
total_quantity = Articoli|N. pezzi
"""
DUTCH = """
title = FACTUUR|Factuur
number = Factuurnummer|Factuurnr.|Factuur nr.|Factuur|Nummer
issue_date = Factuurdatum|Datum|Datum factuur
due_date = Vervaldatum|Vervaldag|Te betalen voor|Uiterste betaaldatum
order_number = Ordernummer|Bestelnummer|Uw referentie
customer_number = Klantnummer|Debiteurnummer|Relatienummer
delivery_date = Leverdatum|Leveringsdatum
buyer = Klant|Factuuradres|Aan|Factureren aan
seller = Leverancier|Verkoper|Van
ship = Afleveradres
description = Omschrijving|Artikel|Product
quantity = Aantal
unit_price = Prijs|Stuksprijs|Prijs per stuk
amount = Bedrag|Totaal
net = Subtotaal|Totaal excl. btw|Netto|Bedrag excl. btw
tax = BTW|Btw 21%|BTW bedrag|Totaal btw
gross = Totaal|Totaal incl. btw|Te betalen|Totaalbedrag|Totaal te betalen|Factuurbedrag
due = Te voldoen|Openstaand bedrag|Nog te betalen
prepaid = Aanbetaling|Reeds betaald
allowances = Korting
vat_id = BTW-nr.|BTW nummer|Btw-id
buyer_vat = Uw btw-nummer
phone = Tel|Telefoon
holder = t.n.v.|Ten name van
pay_by = Gelieve te betalen voor {}|Te betalen uiterlijk {}
page = Pagina
cash = Contant|CONTANT
change = Wisselgeld|Retour
rounding = Afronding
receipt = KASSABON|Bon
receipt_number = Bonnummer|Bonnr
cashier = Kassamedewerker|Kassa
total_quantity = Aantal artikelen
"""
PORTUGUESE = """
title = FATURA|Fatura|Fatura-Recibo
number = Fatura n.º|Número da fatura|Fatura|N.º fatura
issue_date = Data|Data da fatura|Data de emissão
due_date = Vencimento|Data de vencimento|Pagar até
order_number = Encomenda n.º|N.º encomenda
customer_number = N.º cliente|Código de cliente
delivery_date = Data de entrega
buyer = Cliente|Faturar a|Exmo.(s) Sr.(s)|Destinatário
seller = Fornecedor|Vendedor|Emitente
ship = Morada de entrega
description = Descrição|Designação|Artigo
quantity = Quantidade|Qtd.|Qt.
unit_price = Preço unitário|Preço|P. unit.
amount = Valor|Total|Montante
net = Total líquido|Subtotal|Base tributável|Total sem IVA
tax = IVA|Total IVA|Valor IVA
gross = Total|Total a pagar|Total com IVA|Total da fatura
due = Valor em dívida|A pagar
prepaid = Adiantamento|Pago
allowances = Desconto
vat_id = NIF|Contribuinte|NIPC
buyer_vat = NIF cliente
phone = Tel.|Telefone
holder = Titular
pay_by = Vencimento: {}|Pagar até {}
page = Página
cash = Numerário|Dinheiro
change = Troco
rounding = Arredondamento
receipt = RECIBO|Talão|Fatura simplificada
receipt_number = Talão n.º|Fatura simplificada n.º
cashier = Operador|Caixa
total_quantity = Artigos
"""
POLISH = """
title = FAKTURA|Faktura VAT|FAKTURA VAT
number = Faktura nr|Numer faktury|Faktura VAT nr|Nr faktury|Nr
issue_date = Data wystawienia|Data|Data faktury
due_date = Termin płatności|Termin zapłaty|Płatne do
order_number = Nr zamówienia|Zamówienie
customer_number = Nr klienta
delivery_date = Data sprzedaży|Data dostawy
buyer = Nabywca|Kupujący|Odbiorca
seller = Sprzedawca|Wystawca
ship = Adres dostawy
description = Nazwa|Nazwa towaru|Opis
quantity = Ilość|Szt.
unit_price = Cena|Cena netto|Cena jedn.
amount = Wartość|Wartość netto|Kwota
net = Razem netto|Wartość netto|Netto|Suma netto
tax = VAT|Kwota VAT|Podatek VAT|Razem VAT
gross = Razem brutto|Do zapłaty|Razem do zapłaty|Wartość brutto|Suma|Razem
due = Pozostało do zapłaty|Do zapłaty
prepaid = Zaliczka|Zapłacono
allowances = Rabat
vat_id = NIP|NIP sprzedawcy
buyer_vat = NIP nabywcy
phone = Tel.|Telefon
holder = Właściciel konta
pay_by = Termin płatności: {}|Płatne do {}
page = Strona
cash = Gotówka|GOTÓWKA
change = Reszta|RESZTA
rounding = Zaokrąglenie
receipt = PARAGON FISKALNY|Paragon
receipt_number = Nr paragonu|Paragon nr
cashier = Kasjer|Kasa
total_quantity = Liczba pozycji
"""

# What else stands in letterheads: slogans, logos that an OCR misread, and banks at the foot.
SLOGANS = _words(
    "Quality since 1954|Your partner for print|Everything from one source|Qualität aus Leidenschaft"
    "|Votre partenaire de confiance|We care|Service that counts|Fresh every day|Meisterbetrieb"
)
JUNK = _words("A d L b D n e I|(A)|EE|M|oo|a B|~ III|R E W|cO|L l D|*|<=|HH|w W|S B K|A|Tel|C3")
BANKS = _words(
    "Commerzbank Köln|Sparkasse Musterstadt|Bank: Deutsche Bank AG|First National Bank|Banque Populaire"
    "|Volksbank eG|BNP Paribas|Banca Intesa S.p.A.|Maybank Berhad|ING Bank N.V.|HSBC plc|Banco Santander S.A."
)

_EN_GOODS = _words(
    "Printing paper A4|Office chair|Consulting services|Design work|Web hosting 12 months|Cable 2.5 m"
    "|Coffee beans 1kg|Travel expenses|Monthly support|Blue pens|Software licence 2024|LED lamp 12W"
)
_EN_FIRMS = _words(
    "Northwind|Bluefin|Oakridge|Silver Lake|Harbour|Summit|Redwood|Fairview|Green Valley|Maple|Sunrise"
    "|Bright Star|Stonegate|Falcon|Crestline|Evergreen|Lakeside|Orchard|Ironbridge|Clearwater"
)
_EN_KINDS = _words(
    "Traders|Supplies|Consulting|Studio|Logistics|Interiors|Foods|Systems|Media|Tools|Gardens|"
)


def _firms(heads: Sequence[str], tails: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{head} {tail}".strip() for head in heads for tail in tails)


TONGUES = (
    Tongue("en", _labels(ENGLISH), _firms(_EN_FIRMS, _EN_KINDS), ("Ltd", "Inc.", "LLC", "Limited", "", "", "Corp", "PLC"),
           _words("John Carter|Mary Osborne|Peter Webb|Alice Monroe|Dr. Susan Bell"),
           _words("{n} Mill Road|{n} High Street|{n} Park Avenue|Unit {n}, Station Road|{n} Oak Lane Suite 4"),
           _words("Springfield, IL #####|London SW1A 2AA|Leeds LS1 4AP|Boston, MA #####|Austin TX #####"), "United States",
           ("%m/%d/%Y", "%B %d, %Y", "%b %d, %Y", "%Y-%m-%d", "%d %B %Y", "%d/%m/%Y"), ".", ",",
           ("${}", "$ {}", "{}", "{} USD", "£{}"), "USD", (5, 7, 8, 10, 20), "GB#########", _EN_GOODS,
           _words("Thank you for your business!|Thank you|Please come again"), "GB## ABCD #### #### #### ##"),
    Tongue("en-MY", _labels(ENGLISH), _firms(_words("Indah|Perniagaan Maju|Sin Hock|Kedai Buku|Seri Utama|Golden Wheel|Lim Heng|Cemerlang|Restoran Selera|Happy Mart"),
                                             _words("Trading|Hardware|Stationery|Enterprise|(Taman Daya)|& Sons|Seafood|")),
           ("SDN BHD", "SDN. BHD.", "ENTERPRISE", "SDN BHD", "", "BERHAD"), _words("Tan Wei Ming|Siti Aminah|Lee Kok Seng"),
           _words("NO. {n}, JALAN BUNGA 3|LOT {n}, JALAN INDUSTRI|{n}, JALAN SAGU 18, TAMAN DAYA|NO {n} & 12, JALAN PERMAS"),
           _words("81100 JOHOR BAHRU|43300 SERI KEMBANGAN, SELANGOR|50450 KUALA LUMPUR|47300 PETALING JAYA"), "MALAYSIA",
           ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "%d %b %Y", "%d.%m.%Y"), ".", ",", ("{}", "RM {}", "RM{}", "{}"), "MYR", (6,), "############",
           _words("CHOPPING BOARD|NASI LEMAK|TEH TARIK|PAPER A4 70GSM|FISH FILLET|CABLE TIE 100MM|KOPI O|PEN BLUE"),
           _words("THANK YOU|PLEASE COME AGAIN|GOODS SOLD ARE NOT RETURNABLE")),
    Tongue("de", _labels(GERMAN), _firms(_words("Müller|Bergmann|Nordlicht|Alpenblick|Schmidt & Söhne|Hafenstadt|Sonnental|Rheinwerk|Kornfeld|Waldhof"),
                                         _words("Handel|Technik|Elektro|Bau|Verlag|Software|Logistik|Markt|Druckerei|")),
           ("GmbH", "GmbH & Co. KG", "AG", "KG", "e.K.", "OHG", "", "UG (haftungsbeschränkt)"),
           _words("Hans Muster|Petra Klein|Dr. Jörg Weber|Max Mustermann|Erika Sommer"),
           _words("Hauptstraße {n}|Bahnhofstr. {n}|Am Markt {n}|Lindenweg {n}|Industriering {n}"),
           _words("##### München|##### Berlin|##### Hamburg|D-##### Köln|##### Bad Homburg"), "Deutschland",
           ("%d.%m.%Y", "%d.%m.%y", "%d. %B %Y", "%Y-%m-%d"), ",", ".", ("{}", "{} €", "{} EUR", "EUR {}"), "EUR", (7, 19), "DE#########",
           _words("Trennblätter A4|Beratungsleistung|Büroklammern 100 Stk|Wartung Monat 03/2024|Kabel 2,5 m|Vollmilch 1L|Brötchen|Kaffee 500g"),
           _words("Vielen Dank für Ihren Einkauf|Vielen Dank für Ihren Auftrag|Es gelten unsere AGB"), "DE## #### #### #### #### ##"),
    Tongue("fr", _labels(FRENCH), _firms(_words("Au bon pain|Les Jardins|Atelier Durand|Moreau|Maison Bleue|Provence|Dupont"), _words("Services|Conseil|Distribution|Informatique|et Fils|")),
           ("SARL", "SAS", "SA", "EURL", "", "SASU"), _words("Jean Martin|Claire Petit|Luc Bernard"),
           _words("{n} rue de la République|{n} avenue Foch|{n} chemin des Oliviers|{n} bis, place du Marché"),
           _words("##### Lyon|##### Paris|##### Marseille|##### Nantes Cedex 2"), "France",
           ("%d/%m/%Y", "%d %B %Y", "%d/%m/%y", "%d-%m-%Y"), ",", " ", ("{} €", "{}", "{} EUR", "{}€"), "EUR", (20, 10, 5), "FR###########",
           _words("Huile d'olive 1L|Prestation de conseil|Biscuits aux raisins 300g|Maintenance mars 2024|Papier A4"),
           _words("Merci de votre confiance|Merci de votre visite"), "FR## #### #### #### #### #### ###"),
    Tongue("es", _labels(SPANISH), _firms(_words("Construcciones Vega|Hermanos López|Panadería Sol|Transportes Norte|Electro Ibérica"), _words("Servicios|Consultores|Suministros|")),
           ("S.L.", "S.A.", "SL", "", "S.L.U."), _words("Juan Pérez|María García|Luis Ortega"),
           _words("Calle Mayor {n}|Avda. de la Constitución, {n}|C/ del Sol, {n}|Plaza Nueva {n}"),
           _words("##### Madrid|##### Sevilla|##### Valencia"), "España",
           ("%d/%m/%Y", "%d-%m-%Y", "%d de %B de %Y"), ",", ".", ("{} €", "{}", "{}€"), "EUR", (21, 10, 4), "ESB########",
           _words("Servicio de limpieza|Tornillos M8|Aceite 1L|Mantenimiento mensual|Transporte"), _words("Gracias por su compra|Gracias por su visita"), "ES## #### #### #### #### ####"),
    Tongue("it", _labels(ITALIAN), _firms(_words("Officine Rossi|Bianchi|Trattoria Roma|Edil Nord|Vini del Sole"), _words("Servizi|Forniture|Commerciale|")),
           ("S.r.l.", "S.p.A.", "Srl", "", "s.n.c."), _words("Mario Rossi|Giulia Conti|Paolo Ricci"),
           _words("Via Roma, {n}|Viale Europa {n}|Piazza Garibaldi {n}|Corso Italia, {n}"), _words("##### Milano (MI)|##### Roma|##### Torino TO"), "Italia",
           ("%d/%m/%Y", "%d-%m-%Y", "%d %B %Y"), ",", ".", ("€ {}", "{} €", "{}"), "EUR", (22, 10, 4), "IT###########",
           _words("Consulenza tecnica|Vino rosso 0,75|Canone mensile|Materiale vario|Pane"), _words("Grazie e arrivederci|Grazie"), "IT## X### #### #### #### #### ###"),
    Tongue("nl", _labels(DUTCH), _firms(_words("De Vries|Jansen|Van den Berg|Tulp|Waterland|Polder"), _words("Techniek|Advies|Groothandel|Bouw|")),
           ("B.V.", "BV", "N.V.", "", "VOF"), _words("Jan de Boer|Anna Visser|Piet Bakker"), _words("Dorpsstraat {n}|Kerklaan {n}|Stationsplein {n}"),
           _words("#### AB Amsterdam|#### KL Utrecht|#### XZ Rotterdam"), "Nederland", ("%d-%m-%Y", "%d/%m/%Y", "%d %B %Y"), ",", ".",
           ("€ {}", "€{}", "{}", "{} EUR"), "EUR", (21, 9), "NL#########B##", _words("Advies uren|Kabels|Onderhoud maart|Papier A4|Koffie 500g"),
           _words("Bedankt voor uw bezoek|Met vriendelijke groet"), "NL## ABNA #### #### ##"),
    Tongue("pt", _labels(PORTUGUESE), _firms(_words("Silva & Filhos|Oliveira|Casa Nova|Porto Azul|Serra"), _words("Serviços|Comércio|Construções|")),
           ("Lda", "Lda.", "S.A.", "", "Unipessoal Lda"), _words("João Silva|Ana Costa|Rui Sousa"), _words("Rua Augusta, {n}|Avenida da Liberdade {n}|Largo do Carmo {n}"),
           _words("####-### Lisboa|####-### Porto|####-### Braga"), "Portugal", ("%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d"), ",", ".", ("{} €", "{}", "€ {}"), "EUR", (23, 13, 6), "PT#########",
           _words("Serviço de consultoria|Azulejos|Café 250g|Manutenção|Papel A4"), _words("Obrigado pela preferência|Obrigado"), "PT## #### #### #### #### #### #"),
    Tongue("pl", _labels(POLISH), _firms(_words("Kowalski|Nowak|Zielony Dom|Baltyk|Wisła"), _words("Usługi|Handel|Budownictwo|")),
           ("Sp. z o.o.", "sp. z o.o.", "S.A.", "", "Sp.j."), _words("Jan Kowalski|Anna Nowak|Piotr Zając"), _words("ul. Polna {n}|ul. Długa {n}/4|al. Jerozolimskie {n}"),
           _words("##-### Warszawa|##-### Kraków|##-### Gdańsk"), "Polska", ("%d.%m.%Y", "%Y-%m-%d", "%d-%m-%Y"), ",", " ", ("{} zł", "{}", "{} PLN"), "PLN", (23, 8), "PL##########",
           _words("Usługa transportowa|Papier ksero|Kawa 250g|Serwis miesięczny|Śruby M6"), _words("Dziękujemy za zakupy|Dziękujemy"), "PL## #### #### #### #### #### ####"),
)  # fmt: skip

_MONTHS = {
    "de": _words("Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"),
    "fr": _words("janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"),
    "es": _words("enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"),
    "it": _words("gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre"),
    "nl": _words("januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"),
}  # fmt: skip


@dataclass
class Sheet:
    """A page being filled; ``size`` is the type's height in points."""

    width: float
    height: float
    size: float
    rng: random.Random
    words: list[Word] = field(default_factory=list)

    def wide(self, text: str, size: float | None = None) -> float:
        return sum(0.28 if c == " " else 0.55 for c in text) * (size or self.size)

    def put(
        self, x: float, y: float, text: str, size: float | None = None, bold: bool = False
    ) -> float:
        """Place a text at (x, y), its left top; gives its right end."""
        size = size or self.size
        at = x
        for part in text.split():
            wide = 0.55 * size * len(part)
            box = Box(
                at / self.width,
                y / self.height,
                (at + wide) / self.width,
                (y + 1.15 * size) / self.height,
            )
            if box.x1 <= 1 and box.y1 <= 1:
                self.words.append(Word(part, box, 1.0, size / self.height, bold))
            at += wide + 0.28 * size
        return at

    def right(
        self, x: float, y: float, text: str, size: float | None = None, bold: bool = False
    ) -> None:
        self.put(x - self.wide(text, size), y, text, size, bold)

    def centre(self, y: float, text: str, size: float | None = None, bold: bool = False) -> None:
        self.put(max(4.0, (self.width - self.wide(text, size)) / 2), y, text, size, bold)


@dataclass(frozen=True)
class Made:
    """A made-up document with what is true of it, by role."""

    pages: tuple[Page, ...]
    truth: Truth
    receipt: bool


class Maker:
    """Makes documents from one random source."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.whole = False

    def document(self) -> Made:
        self.whole = self.rng.random() < 0.05
        made = self._receipt() if self.rng.random() < 0.42 else self._invoice()
        if self.rng.random() < (0.75 if made.receipt else 0.4):
            made = Made(tuple(self._worn(p) for p in made.pages), made.truth, made.receipt)
        return made

    def pick(self, choices: Sequence[str]) -> str:
        return self.rng.choice(list(choices))

    def chance(self, odds: float) -> bool:
        return self.rng.random() < odds

    def digits(self, form: str) -> str:
        return "".join(str(self.rng.randint(0, 9)) if c == "#" else c for c in form)

    def number(self) -> str:
        form = self.pick(
            _words("######|####|#####|INV-####|RE-####-###|20##/0###|F20##-####|A######|##-#####|INV/20##/0#/####|FA-20##-00##|R-##.###|2023#####|########|INV ####|B#####|1#######|V######-#|R/###/10/2023|##/20##|RE20##-####|#/##/20##")
        )  # fmt: skip
        return self.digits(form).lstrip("0") or "1"

    def day(self) -> dt.date:
        return dt.date(2012, 1, 3) + dt.timedelta(days=self.rng.randint(0, 4700))

    def date(self, t: Tongue, day: dt.date, form: str) -> str:
        months = _MONTHS.get(t.language)
        if months and "%B" in form:
            return day.strftime(form.replace("%B", "@@")).replace("@@", months[day.month - 1])
        return day.strftime(
            form.replace("%B", "%m") if "%B" in form and t.language not in ("en", "en-MY") else form
        )

    def money(self, t: Tongue, value: Decimal, form: str) -> str:
        text = f"{abs(value):,.2f}"
        if self.whole:
            text = f"{abs(value):,.0f}"
        thousands = t.thousands if abs(value) >= 10000 or self.chance(0.7) else ""
        text = text.replace(",", "@").replace(".", t.decimal).replace("@", thousands)
        return ("-" if value < 0 else "") + form.format(text)

    def firm(self, t: Tongue) -> str:
        name = f"{self.pick(t.firms)} {self.pick(t.forms)}".strip()
        return name.upper() if self.chance(0.5 if t.language == "en-MY" else 0.12) else name

    def address(self, t: Tongue) -> list[str]:
        lines = [
            self.pick(t.streets).replace("{n}", str(self.rng.randint(1, 240))),
            self.digits(self.pick(t.towns)),
        ]
        if self.chance(0.3):
            lines.append(t.country)
        return lines

    def _goods(self, t: Tongue, count: int) -> list[tuple[str, int, Decimal, Decimal]]:
        rows = []
        for _ in range(count):
            quantity = self.rng.choice([1, 1, 1, 2, 3, 5, 10, 12])
            price = (
                Decimal(self.rng.choice([self.rng.randint(50, 2000), self.rng.randint(500, 90000)]))
                / 100
            )
            if self.whole:
                price = Decimal(max(1, int(price)))
            rows.append((self.pick(t.goods), quantity, price, price * quantity))
        return rows

    # ------------------------------------------------------------------ invoices

    def _invoice(self) -> Made:
        t = self.rng.choice([x for x in TONGUES if x.language != "en-MY" or self.chance(0.4)])
        lab = {role: self.pick(words) for role, words in t.labels.items()}
        sheet = Sheet(595, 842, self.rng.choice([8.0, 9.0, 10.0, 11.0]), self.rng)
        size, step = sheet.size, sheet.size * self.rng.uniform(1.25, 1.6)
        seller, buyer = self.firm(t), self.firm(t) if self.chance(0.6) else self.pick(t.people)
        while buyer == seller:
            buyer = self.firm(t)
        seller_lines, buyer_lines = self.address(t), self.address(t)
        if self.chance(0.25):
            buyer_lines.insert(0, self.pick(t.people))
        if self.chance(0.12):
            seller_lines.insert(0, self.pick(t.people))
        form, money = self.pick(t.dates), self.pick(t.money)
        issue = self.day()
        due = issue + dt.timedelta(days=self.rng.choice([7, 10, 14, 30, 30, 60]))
        number = self.number()
        vat, buyer_vat = self.digits(t.vat), self.digits(t.vat)
        truth: Truth = {
            "seller": seller,
            "number": number,
            "issue_date": issue.isoformat(),
            "currency": t.currency,
        }
        left, right_edge = self.rng.uniform(35, 60), 595 - self.rng.uniform(35, 60)
        domain = (
            "".join(c for c in seller.split(" ")[0].lower() if c.isalnum() and c.isascii()) + "shop"
        )
        contact = [
            f"{lab['phone']} 0{self.rng.randint(100, 999)} {self.rng.randint(10000, 99999)}",
            f"info@{domain}.com",
            f"www.{domain}.com",
        ]
        footer = self.chance(0.65)
        # letterhead
        y = self.rng.uniform(25, 60)
        head = self.rng.choice(["left", "right", "centre", "footer", "labelled"])
        if head == "footer" and not footer:
            head = "left"
        logo = self.rng.uniform(1.3, 2.6) * size if self.chance(0.55) else size
        x_head = left if head in ("left", "labelled") else right_edge - 170
        if self.chance(0.08) and head in ("left", "right"):
            sheet.put(
                x_head,
                y - step,
                self.pick(
                    [
                        "Absender",
                        "Rechnungsersteller",
                        "Our company",
                        "Issuer",
                        "Émis par",
                        "Dati fornitore",
                    ]
                ),
                size * 0.9,
            )
        if head == "centre":
            sheet.centre(y, seller, logo, self.chance(0.6))
            for n, line in enumerate(
                [" - ".join(seller_lines), "  ".join(contact[:2])][: self.rng.randint(0, 2)]
            ):
                sheet.centre(y + logo * 1.5 + n * step, line)
        elif head != "footer":
            shown = [*seller_lines, *(contact if self.chance(0.5) else [])]
            if head == "labelled":
                sheet.put(x_head, y, lab["seller"] + self.pick(["", ":"]), size, True)
                y += step
            sheet.put(x_head, y, seller, logo, self.chance(0.5))
            for n, line in enumerate(shown if self.chance(0.85) else []):
                sheet.put(x_head, y + logo * 1.4 + n * step, line)
        elif self.chance(0.4):
            sheet.put(left, y, self.pick(["www." + domain + ".com", lab["title"]]), logo)
        if self.chance(0.2):
            sheet.put(x_head, y + logo * 1.4 + 7 * step, self.pick(SLOGANS), size * 0.9)
        if self.chance(0.12):
            sheet.put(
                self.rng.uniform(40, 400),
                self.rng.uniform(8, 24),
                self.pick(JUNK),
                size * self.rng.uniform(0.8, 3),
            )
        # window or labelled buyer
        y = self.rng.uniform(130, 190)
        x_buyer = left if head != "left" or self.chance(0.5) else 320.0
        if head in ("left", "footer", "centre") and self.chance(0.4):
            x_buyer = self.rng.uniform(310, 380)  # as in French window envelopes
        if head == "labelled":
            y, x_buyer = (y, left) if self.chance(0.5) else (y, 310.0)
        if self.chance(0.15):
            own = "".join(c for c in buyer.split(" ")[-1].lower() if c.isalnum() and c.isascii())
            buyer_lines.append(
                self.pick(
                    [
                        f"office@{own}.net",
                        f"{lab['phone']} 0{self.rng.randint(100, 999)} 5512",
                        f"www.{own}.org",
                    ]
                )
            )
        return_line = head in ("footer", "right", "centre") and self.chance(0.45)
        if return_line:
            mark = self.pick([" · ", " • ", " - ", " | ", ", ", " ● "])
            sheet.put(x_buyer, y, mark.join([seller, *seller_lines]), size * 0.75)
            y += step * 1.4
        with_label = self.chance(0.6) and not return_line
        if with_label:
            mark = self.pick(["", ":"])
            if self.chance(0.15):
                sheet.put(x_buyer, y, f"{lab['buyer']}{mark or ':'} {buyer}")
            else:
                sheet.put(x_buyer, y, lab["buyer"] + mark, size, self.chance(0.5))
                y += step
                sheet.put(x_buyer, y, buyer)
        else:
            sheet.put(x_buyer, y, buyer)
        truth["buyer"] = buyer
        for n, line in enumerate(buyer_lines):
            sheet.put(x_buyer, y + (n + 1) * step, line)
        if self.chance(0.25) and x_buyer < 100:
            sheet.put(320, y - step, lab["ship"])
            for n, line in enumerate(
                [buyer, *buyer_lines] if self.chance(0.6) else [self.firm(t), *self.address(t)]
            ):
                sheet.put(320, y + n * step, line)
        # title and facts
        y = self.rng.uniform(245, 290)
        facts: list[tuple[str, str]] = []
        inline = self.chance(0.3)
        title = lab["title"]
        if inline:
            title = f"{self.pick([lab['title'], lab['number']])} {self.pick(['', 'Nr. ' if t.language == 'de' else '', '# '])}{number}"
        else:
            facts.append((lab["number"], number))
        if self.chance(0.12):
            # Subtotals of groups, none of which is the net total.
            truth["groups"] = "1"
        sheet.put(
            left if self.chance(0.7) else 330,
            y - (0 if self.chance(0.7) else 200),
            title,
            size * self.rng.uniform(1.1, 2),
            True,
        )
        y += step * 2.2
        facts.append((lab["issue_date"], self.date(t, issue, form)))
        for role, odds, value in (
            ("order_number", 0.35, self.number()),
            ("customer_number", 0.4, self.digits(self.pick(["#####", "K-####", "######"]))),
            (
                "delivery_date",
                0.3,
                self.date(t, issue - dt.timedelta(days=self.rng.randint(0, 9)), form),
            ),
            ("buyer_vat", 0.15, buyer_vat),
        ):
            if self.chance(odds):
                facts.append((lab[role], value))
        if self.chance(0.55):
            truth["due_date"] = due.isoformat()
            facts.append((lab["due_date"], self.date(t, due, form)))
        self.rng.shuffle(facts)
        style = self.rng.choice(["colon", "columns", "right", "header", "stack"])
        x_facts = left if style == "header" or self.chance(0.5) else 340.0
        if style == "header":
            facts = facts[:6]
            gap = (right_edge - left) / max(len(facts), 1)
            for n, (label, value) in enumerate(facts):
                sheet.put(left + n * gap, y, label, size * 0.8)
                sheet.put(left + n * gap, y + step * 1.1, value)
            y += step * 3
        else:
            for label, value in facts:
                if style == "colon":
                    sheet.put(x_facts, y, f"{label}: {value}")
                elif style == "columns":
                    sheet.put(x_facts, y, label + self.pick(["", ":"]))
                    sheet.put(x_facts + 130, y, value)
                elif style == "right":
                    sheet.put(x_facts, y, label)
                    sheet.right(min(x_facts + 215, right_edge), y, value)
                else:
                    sheet.put(x_facts, y, label, size * 0.85)
                    y += step * 0.95
                    sheet.put(x_facts, y, value)
                y += step * self.rng.uniform(1.0, 1.25)
        # items
        y = max(y + step, 340)
        rows = self._goods(t, self.rng.randint(1, 7))
        heads = ["description", "quantity", "unit_price", "amount"]
        xs = [left, 330.0, 430.0, right_edge]
        if self.chance(0.3):
            heads, xs = (
                ["quantity", "description", "unit_price", "amount"],
                [left, left + 60, 430.0, right_edge],
            )
        for head_role, x in zip(heads, xs, strict=True):
            (sheet.right if head_role in ("amount", "unit_price") else sheet.put)(
                x, y, lab[head_role], size, True
            )
        y += step * 1.4
        for at, (goods, quantity, price, amount) in enumerate(rows):
            if at and at % 2 == 0 and "groups" in truth:
                sheet.right(
                    right_edge,
                    y,
                    f"{self.pick(['Subtotal', 'Zwischensumme', 'Sous-total', lab['net']])} {self.money(t, sum((r[3] for r in rows[at - 2 : at]), Decimal(0)), money)}",
                )
                y += step
            cells = {
                "description": goods,
                "quantity": str(quantity),
                "unit_price": self.money(t, price, money if self.chance(0.5) else "{}"),
                "amount": self.money(t, amount, money),
            }
            for head_role, x in zip(heads, xs, strict=True):
                (sheet.right if head_role in ("amount", "unit_price") else sheet.put)(
                    x, y, cells[head_role]
                )
            y += step * self.rng.uniform(1.0, 1.4)
        # totals
        net = sum((r[3] for r in rows), Decimal(0))
        y = self._totals(sheet, t, lab, truth, net, y + step, right_edge, step, money)
        # terms and foot
        if "due_date" not in truth and self.chance(0.4):
            truth["due_date"] = due.isoformat()
            sheet.put(
                left,
                min(y + step, 745),
                self.pick(t.labels["pay_by"]).format(self.date(t, due, form)),
            )
        elif self.chance(0.4):
            sheet.put(left, min(y + step, 745), self.pick(t.thanks))
        foot: list[str] = []
        if footer:
            foot = [seller, ", ".join(seller_lines), *contact[: self.rng.randint(0, 3)]]
        if self.chance(0.7) and t.language != "en":
            foot.append(f"{lab['vat_id']}{self.pick([':', '', ' :'])} {vat}")
            truth["seller_vat_id"] = vat
        if self.chance(0.3):
            foot.append(f"{lab['holder']}: {seller}")
        if self.chance(0.5):
            foot.append(self.pick(BANKS))
            foot.append(f"IBAN {self.digits(t.iban or 'DE## #### #### #### #### ##')}")
        if self.chance(0.5) and foot:
            columns = self.rng.choice([2, 3])
            for n, line in enumerate(foot):
                sheet.put(
                    left + (n % columns) * 180,
                    775 + (n // columns) * size * 1.2,
                    line[:44],
                    size * 0.75,
                )
        else:
            for n in range(0, len(foot), 3):
                sheet.centre(
                    775 + n // 3 * size * 1.3,
                    self.pick([" - ", " | ", "  "]).join(foot[n : n + 3]),
                    size * 0.7,
                )
        if self.chance(0.4):
            sheet.right(right_edge, 825, f"{lab['page']} 1/1", size * 0.8)
        return Made((self._page(sheet),), truth, False)

    def _totals(
        self,
        sheet: Sheet,
        t: Tongue,
        lab: dict[str, str],
        truth: Truth,
        net: Decimal,
        y: float,
        right_edge: float,
        step: float,
        money: str,
    ) -> float:
        cent = Decimal("0.01")
        rows: list[tuple[str, str, Decimal]] = []
        if self.chance(0.12):
            cut = (net * Decimal("0.1")).quantize(cent, ROUND_HALF_UP)
            rows.append(
                (
                    "subtotal",
                    self.pick(["Subtotal", "Zwischensumme", "Sous-total"])
                    if t.language in ("en", "de", "fr")
                    else lab["amount"],
                    net,
                )
            )
            rows.append(("allowances", lab["allowances"], -cut))
            net -= cut
        rates = (
            [self.rng.choice(t.rates)]
            if self.chance(0.8)
            else list(dict.fromkeys(self.rng.choices(t.rates, k=2)))
        )
        if self.chance(0.08):
            rates = []
        shares = (
            [net]
            if len(rates) < 2
            else [
                (net * Decimal("0.4")).quantize(cent),
                net - (net * Decimal("0.4")).quantize(cent),
            ]
        )
        unit = Decimal(1) if self.whole else cent
        taxes = [
            (share * rate / 100).quantize(unit, ROUND_HALF_UP)
            for share, rate in zip(shares, rates, strict=False)
        ]
        tax, gross = sum(taxes, Decimal(0)), net + sum(taxes, Decimal(0))
        if rates and self.chance(0.9):
            rows.append(("net", lab["net"], net))
            truth["net"] = f"{net:.2f}"
        if len(rates) == 1:
            decor = self.pick([" {}%", " ({}%)", "", " {},0%"]).format(rates[0])
            rows.append(("tax", lab["tax"] + decor, tax))
            truth["tax"] = f"{tax:.2f}"
        elif rates:
            for rate, part in zip(rates, taxes, strict=True):
                rows.append(("part", f"{self.pick(t.labels['tax'][:2])} {rate}%", part))
            if self.chance(0.6):
                rows.append(
                    ("tax", t.labels["tax"][3] if len(t.labels["tax"]) > 3 else lab["tax"], tax)
                )
                truth["tax"] = f"{tax:.2f}"
        only_due = self.chance(0.08)
        rows.append(("gross", lab["due"] if only_due else lab["gross"], gross))
        truth["gross"] = f"{gross:.2f}"
        if not only_due and self.chance(0.2):
            paid = (
                (gross * self.rng.choice([Decimal("0.3"), Decimal("0.5")])).quantize(cent)
                if self.chance(0.6)
                else Decimal(0)
            )
            if paid or self.chance(0.5):
                rows.append(("prepaid", lab["prepaid"], paid))
                truth["prepaid"] = f"{paid:.2f}"
            rows.append(("due", lab["due"], gross - paid))
            truth["due"] = f"{gross - paid:.2f}"
        elif only_due:
            truth["due"] = f"{gross:.2f}"
        style = self.rng.choice(["right", "right", "colon", "across"])
        if style == "across" and len(rows) <= 4:
            gap = 130.0
            x = right_edge - gap * (len(rows) - 1)
            for n, (_, label, value) in enumerate(rows):
                sheet.right(x + n * gap, y, label, sheet.size * 0.85)
                sheet.right(x + n * gap, y + step * 1.1, self.money(t, value, money))
            return y + 3 * step
        x_label = right_edge - self.rng.uniform(170, 240)
        for role, label, value in rows:
            bold = role == "gross" and self.chance(0.6)
            size = sheet.size * (1.25 if bold and self.chance(0.4) else 1)
            text = self.money(t, value, money)
            if style == "colon":
                sheet.right(right_edge, y, f"{label}: {text}", size, bold)
            else:
                sheet.put(x_label, y, label + self.pick(["", "", ":"]), size, bold)
                sheet.right(right_edge, y, text, size, bold)
            y += step * self.rng.uniform(1.05, 1.4)
        return y

    # ------------------------------------------------------------------ receipts

    def _receipt(self) -> Made:
        t = self.rng.choice(
            [x for x in TONGUES if x.language in ("en-MY", "de", "en") or self.chance(0.25)]
        )
        t = self.rng.choice([t, TONGUES[1]]) if self.chance(0.5) else t
        lab = {role: self.pick(words) for role, words in t.labels.items()}
        sheet = Sheet(300, 842, self.rng.choice([8.0, 9.0, 9.5]), self.rng)
        size, step = sheet.size, sheet.size * self.rng.uniform(1.25, 1.6)
        left, right_edge = 14.0, 286.0
        seller = self.firm(t)
        truth: Truth = {"seller": seller, "currency": t.currency}
        money = "{}"
        y = 14.0
        if self.chance(0.2):
            sheet.put(
                self.rng.uniform(20, 120),
                y,
                self.pick(["lim ah seng", "anna k", "copy", "hr. meier", "12", "x y"]),
                size,
            )
            y += step * self.rng.uniform(1.5, 4)
        centred = self.chance(0.75)

        def top(text: str, big: float = 1.0) -> None:
            nonlocal y
            if centred:
                sheet.centre(y, text, size * big)
            else:
                sheet.put(left, y, text, size * big)
            y += step * big

        shown = seller
        if self.chance(0.12):
            top(self.pick(JUNK), self.rng.uniform(0.8, 2.5))
        logo = self.chance(0.2)
        if logo:
            top(seller.split(" ")[0], self.rng.uniform(1.6, 3))
        if self.chance(0.15) and t.language == "en-MY":
            shown += self.digits(
                self.pick([" (######-X)", " (######-K)", " ######-W", " (CO. REG NO. ######-T)"])
            )
        words = seller.split(" ")
        hidden = not logo and self.chance(0.08) and len(words) > 2
        if hidden:
            top(self.pick(JUNK), 2.0)
        elif len(words) > 3 and self.chance(0.2):
            top(" ".join(words[:-2]), self.rng.uniform(1, 1.3))
            top(" ".join(words[-2:]))
        else:
            top(shown, self.rng.choice([1, 1, 1.2, 1.6]))
        if self.chance(0.4):
            top(
                self.digits(
                    self.pick(
                        [
                            "(######-X)",
                            "(CO. REG : ######-K)",
                            "######-W",
                            "Company Reg No. ######-U",
                            "(JM#######)",
                        ]
                    )
                )
            )
        address = self.address(t)
        if self.chance(0.3):
            address = [", ".join(address)] if len(", ".join(address)) < 45 else address
        for line in address if self.chance(0.92) else []:
            top(line)
        if self.chance(0.6):
            top(
                f"{lab['phone']}{self.pick([': ', ' ', ':'])}0{self.rng.randint(10, 99)}-{self.rng.randint(1000000, 9999999)}"
            )
        vat = self.digits(t.vat)
        if self.chance(0.4):
            top(
                f"{self.pick(['GST ID', 'GST Reg No', 'GST No']) if t.language == 'en-MY' else lab['vat_id']}{self.pick([': ', ' : ', ' '])}{vat}"
            )
            truth["seller_vat_id"] = vat
        y += step * 0.5
        if self.chance(0.7):
            top(lab["receipt"])
        number = self.digits(
            self.pick(
                [
                    "######",
                    "#####",
                    "CS000#####",
                    "R0000#####",
                    "####",
                    "A#######",
                    "OR18###########",
                ]
            )
        )
        issue = self.day()
        form = self.pick(t.dates[:3])
        clock = f"{self.rng.randint(7, 22)}:{self.rng.randint(10, 59)}" + self.pick(
            ["", ":12", " PM"]
        )
        date = self.date(t, issue, form)
        truth["issue_date"] = issue.isoformat()
        bottom = self.chance(0.3)

        def facts() -> None:
            nonlocal y
            mark = self.pick([": ", " : ", ":", " "])
            lines = [
                self.pick(
                    [
                        f"{lab['issue_date']}{mark}{date} {clock}",
                        f"{date} {clock}",
                        f"{lab['issue_date']}{mark}{date}",
                        f"{clock} {date}",
                    ]
                )
            ]
            if self.chance(0.7):
                name = lab["receipt"] if self.chance(0.2) else lab["receipt_number"]
                lines.append(f"{name}{mark}{number}")
                truth["number"] = number
            if self.chance(0.5):
                lines.append(f"{lab['cashier']}{mark}{self.pick(t.people).split(' ')[0]}")
            if self.chance(0.3):
                lines.append(
                    f"{self.pick(['Terminal', 'Kasse', 'POS', 'Table'])}{mark}{self.rng.randint(1, 99)}"
                )
            self.rng.shuffle(lines)
            while lines:
                sheet.put(left, y, lines.pop())
                if lines and self.chance(0.25):
                    sheet.right(right_edge, y, lines.pop())
                y += step

        if not bottom:
            facts()
        y += step * 0.6
        rows = self._goods(t, self.rng.randint(1, 9))
        if self.chance(0.4):
            sheet.put(left, y, lab["description"])
            sheet.put(140, y, lab["quantity"])
            sheet.right(
                right_edge,
                y,
                lab["amount"] + self.pick(["", " (RM)" if t.currency == "MYR" else ""]),
            )
            y += step
        two = self.chance(0.4)
        for goods, quantity, price, amount in rows:
            sheet.put(left, y, goods[:24])
            if two:
                y += step
                sheet.put(left + 10, y, f"{quantity} x {self.money(t, price, '{}')}")
            sheet.right(
                right_edge,
                y,
                self.money(t, amount, "{}")
                + self.pick(["", " A", " SR"] if t.language != "en" else [""]),
            )
            y += step
        total = sum((r[3] for r in rows), Decimal(0))
        self._receipt_totals(
            sheet, t, lab, truth, total, y + step * 0.4, left, right_edge, step, money, len(rows)
        )
        y = max(w.box.y1 for w in sheet.words) * 842 + step
        if bottom:
            facts()
        if hidden or self.chance(0.1):
            sheet.centre(
                min(y, 820),
                f"{seller}{self.pick([', ', ' '])}{self.digits(self.pick(t.towns))}"
                if self.chance(0.5)
                else seller,
            )
            y += step
        for line in self.rng.sample(t.thanks, self.rng.randint(0, len(t.thanks))):
            sheet.centre(min(y, 820), line)
            y += step
        height = min(842.0, y + 30)
        return Made((self._page(sheet, height),), truth, True)

    def _receipt_totals(
        self,
        sheet: Sheet,
        t: Tongue,
        lab: dict[str, str],
        truth: Truth,
        total: Decimal,
        y: float,
        left: float,
        right_edge: float,
        step: float,
        money: str,
        count: int,
    ) -> None:
        cent = Decimal("0.01")
        rate = self.rng.choice(t.rates)
        before = (total * 100 / (100 + rate)).quantize(cent, ROUND_HALF_UP)
        tax = total - before
        rows: list[tuple[str, str]] = []
        symbol = self.pick(
            [
                "",
                "",
                "RM " if t.currency == "MYR" else "",
                {"EUR": "EUR ", "USD": "$", "MYR": "RM", "PLN": ""}.get(t.currency, ""),
            ]
        )

        def text(value: Decimal) -> str:
            return ("-" if value < 0 else "") + symbol + self.money(t, abs(value), "{}")

        malay = t.language == "en-MY"
        if self.chance(0.3):
            rows.append((lab["total_quantity"], str(count)))
        if self.chance(0.35):
            rows.append(
                (
                    self.pick(["Sub Total", "Subtotal", "SUBTOTAL"])
                    if t.language.startswith("en")
                    else t.labels["net"][0],
                    text(total),
                )
            )
        if malay and self.chance(0.35):
            rows.append(
                (
                    self.pick(
                        ["Total Excl. GST", "Total Sales (Excluding GST)", "Sub Total (Excl. GST)"]
                    ),
                    text(before),
                )
            )
            rows.append((self.pick(["GST 6%", "Total GST", "GST @6%", "Add GST"]), text(tax)))
            truth["tax"] = f"{tax:.2f}"
        paid = total
        gross_label = self.pick(t.labels["gross"])
        if malay:
            gross_label = self.pick(
                [
                    "TOTAL",
                    "Total",
                    "Total (RM)",
                    "TOTAL AMT.",
                    "Grand Total",
                    "Total Sales (Inclusive GST)",
                    "Total Incl. GST",
                    "NET TOTAL",
                    "Total Amount",
                    "AMOUNT DUE",
                    "Total Amt Payable",
                ]
            )
        if t.language == "de":
            gross_label = self.pick(
                [
                    "SUMME",
                    "Summe",
                    "Gesamt",
                    "ZU ZAHLEN",
                    "Total",
                    "Gesamtbetrag",
                    "Zu zahlen EUR",
                    "Summe EUR",
                ]
            )
        rows.append((gross_label, text(total)))
        if malay and self.chance(0.4):
            paid = (total * 20).quantize(Decimal(1), ROUND_HALF_UP) / 20
            rows.append((lab["rounding"], text(paid - total)))
            rows.append(
                (
                    self.pick(
                        [
                            "Total Rounded",
                            "Rounded Total (RM)",
                            "Net Total",
                            "Total Payable",
                            "TOTAL",
                            "GRAND TOTAL",
                            "Total After Rounding",
                        ]
                    ),
                    text(paid),
                )
            )
        truth["gross"] = f"{paid:.2f}"
        given = paid
        if self.chance(0.6):
            given = (
                paid
                if self.chance(0.3)
                else (paid / 10).to_integral_value(rounding="ROUND_CEILING") * 10
            )
            rows.append((lab["cash"], text(given)))
            if given != paid or self.chance(0.6):
                rows.append((lab["change"], text(given - paid)))
        elif self.chance(0.6):
            rows.append(
                (
                    self.pick(
                        ["VISA", "Kartenzahlung", "Card", "girocard", "MASTERCARD", "EC-Cash"]
                    ),
                    text(paid),
                )
            )
        for label, value in rows:
            big = 1.4 if label == gross_label and self.chance(0.25) else 1.0
            sheet.put(
                left if self.chance(0.8) else left + 60,
                y,
                label + self.pick(["", ":", " :", ""]),
                sheet.size * big,
            )
            sheet.right(right_edge, y, value, sheet.size * big)
            y += step * big
        if self.chance(0.5):
            y += step * 0.5
            if malay:
                sheet.put(left, y, "GST Summary")
                sheet.right(200, y, "Amount (RM)")
                sheet.right(right_edge, y, "Tax (RM)")
                sheet.put(left, y + step, f"SR @ {rate}%")
                values = [before, tax]
            else:
                sheet.put(left, y, self.pick(["MwSt%", "Steuer %", "Tax %"]))
                for n, word in enumerate(
                    {"de": ["Netto", "Steuer", "Brutto"]}.get(t.language, ["Net", "Tax", "Gross"])
                ):
                    sheet.right(150 + n * 66, y, word)
                sheet.put(left, y + step, f"A {rate}%")
                values = [before, tax, total]
            for n, value in enumerate(values):
                sheet.right(
                    150 + n * 66 if not malay else (200, right_edge)[n],
                    y + step,
                    self.money(t, value, "{}"),
                )
            truth["tax"] = f"{tax:.2f}"

    # ------------------------------------------------------------------ pages

    def _page(self, sheet: Sheet, height: float = 0.0) -> Page:
        height = height or sheet.height
        scale = sheet.height / height
        words = [
            Word(
                w.text,
                Box(w.box.x0, min(1, w.box.y0 * scale), w.box.x1, min(1, w.box.y1 * scale)),
                1.0,
                w.size * scale,
                w.bold,
            )
            for w in sheet.words
        ]
        words.sort(key=lambda w: (w.box.y0, w.box.x0))
        return Page(1, sheet.width, height, tuple(words), WordSource.TEXT)

    def _worn(self, page: Page) -> Page:
        """The page as an OCR would give it: tilted, boxes shaken, letters confused, words glued."""
        tilt = self.rng.gauss(0, 0.006)
        confusion = {
            "O": "0",
            "l": "1",
            "I": "l",
            "S": "5",
            "m": "rn",
            "é": "e",
            "ü": "u",
            "B": "8",
            "o": "0",
        }
        words: list[Word] = []
        for word in page.words:
            x, _ = word.box.middle
            lift = tilt * (x - 0.5) * page.width / page.height
            shake = word.box.height * 0.08
            box = Box(
                word.box.x0,
                max(0.0, word.box.y0 + lift + self.rng.gauss(0, shake)),
                word.box.x1,
                max(0.001, word.box.y1 + lift + self.rng.gauss(0, shake)),
            )
            text = word.text
            if self.chance(0.03) and not any(c.isdigit() for c in text) and len(text) > 3:
                at = self.rng.randrange(len(text))
                text = text[:at] + confusion.get(text[at], text[at]) + text[at + 1 :]
            last = words[-1] if words else None
            if (
                last
                and self.chance(0.06)
                and abs(last.box.y0 - box.y0) < box.height * 0.4
                and 0 < box.x0 - last.box.x1 < 0.4 * box.height * page.height / page.width
            ):
                words[-1] = Word(last.text + text, last.box.union(box), 0.9, last.size)
                continue
            words.append(Word(text, box, self.rng.uniform(0.8, 1.0), word.size))
        return Page(page.number, page.width, page.height, tuple(words), WordSource.OCR)
