"""Makes the sample documents of ``resources/samples`` and their truth.

Run ``python -m tests.data.build_samples [FOLDER]``.  The same versions of the libraries
give the same bytes.  Every company, person and number is invented; the sums add up and
the check digits are right.
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import cv2
import pillow_heif
import pymupdf
from PIL import Image

from tests.data.paper import bills, einvoice, invent, truth, wear
from tests.data.paper.account_look import AccountLook, draw_account
from tests.data.paper.canvas import MONO, SANS, SERIF, Canvas, finish
from tests.data.paper.facts import Bill, Item, Party, Sold, Till
from tests.data.paper.invoice_look import Invoice, Look, draw_invoice
from tests.data.paper.screen_look import OrderPage, draw_order
from tests.data.paper.till_look import TillLook, draw_till
from tests.data.paper.truth import Truth
from tests.data.paper.writing import usual

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "samples"
PASSWORD = "paperclerk"
TRUTH = "samples.jsonl"

Made = tuple[bytes, list[Truth]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A file of the set, how it is made, and the password that opens it."""

    name: str
    make: Callable[[], Made]
    password: str = ""


def build(folder: Path) -> None:
    """Write every sample and the truth into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for sample in SAMPLES:
        data, truths = sample.make()
        (folder / sample.name).write_bytes(data)
        more = {"password": sample.password} if sample.password else {}
        lines += [truth.sample(sample.name, found, **more) for found in truths]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / TRUTH).write_text(text, encoding="utf-8", newline="\n")


def item(
    description: str,
    quantity: str,
    price: str,
    rate: str,
    unit: str = "",
    number: str = "",
    note: str = "",
    discount: str = "0",
) -> Item:
    return Item(
        description,
        Decimal(quantity),
        Decimal(price),
        Decimal(rate),
        unit,
        number,
        Decimal(discount),
        note,
    )


def parties(language: str, country: str, seed: int, seller: str, buyer: str) -> tuple[Party, Party]:
    """Two companies with the given names and invented addresses and numbers."""
    chance = random.Random(seed)
    found = []
    for name in (seller, buyer):
        party = invent.company(language, country, chance)
        web = invent.domain(name)
        found.append(replace(party, name=name, web=web))
    return found[0], found[1]


def invoice(bill: Bill, look: Look) -> Made:
    canvas, drawn = _drawn(bill, look)
    data = canvas.finished(f"{bill.number}", "Paperclerk samples")
    return data, [truth.of_bill(bill, frozenset(drawn.printed), drawn.pages)]


def _drawn(bill: Bill, look: Look) -> tuple[Canvas, Invoice]:
    return draw_invoice(bill, look, usual(bill.language, bill.currency, bill.seller.country))


# Invoices with a text layer.


def german_bill() -> Bill:
    seller, buyer = parties(
        "de", "DE", 1, "Kranich & Tannwald Bürobedarf GmbH", "Praxis Dr. Birkental"
    )
    return Bill(
        "de", "2026-00417", dt.date(2026, 3, 12), dt.date(2026, 3, 26), seller, buyer, "EUR",
        (
            item("Kopierpapier A4, 80 g, 500 Blatt", "20", "4.15", "19", "Pck", "10-2201"),
            item("Ordner breit, schwarz", "12", "2.89", "19", "Stk", "10-3310"),
            item("Fachbuch „Ordnung im Büro“", "2", "24.30", "7", "Stk", "77-0015",
                 "3. Auflage, gebunden"),
            item("Schreibtischlampe dimmbar, 3000 K", "1", "64.90", "19", "Stk", "41-0872"),
            item("Versand und Verpackung", "1", "6.50", "19", "Stk"),
        ),
        customer_number="20418", delivery_date=dt.date(2026, 3, 10),
    )  # fmt: skip


def german() -> Made:
    look = Look(
        columns=(
            "position",
            "item_number",
            "description",
            "quantity",
            "unit",
            "price",
            "rate",
            "amount",
        ),
        totals="tax table",
    )
    return invoice(german_bill(), look)


def english() -> Made:
    seller, buyer = parties("en", "GB", 2, "Larkhill Joinery Ltd", "Foxmere Community Library")
    bill = Bill(
        "en", "INV-2026-0093", dt.date(2026, 2, 3), dt.date(2026, 3, 5), seller, buyer, "GBP",
        (
            item("Oak shelf board 120 x 30 cm", "18", "38.40", "20"),
            item("Wall brackets, brushed steel", "36", "4.75", "20"),
            item("Installation on site", "14.5", "52.00", "20", note="Two joiners, 28 and 29 Jan."),
            item("Delivery", "1", "45.00", "20"),
        ),
        prepaid=Decimal("500.00"), order_number="FCL-771",
    )  # fmt: skip
    look = Look(
        accent=(0.10, 0.42, 0.30), letterhead="left", buyer="parties", meta="under title", colon="",
        table="lines", columns=("quantity", "description", "price", "amount"), vat="head",
        bank="payment",
    )  # fmt: skip
    return invoice(bill, look)


def french_bill() -> Bill:
    seller, buyer = parties("fr", "FR", 3, "Imprimerie Clairval SARL", "Théâtre des Brumes")
    return Bill(
        "fr", "F2026-0218", dt.date(2026, 4, 9), dt.date(2026, 5, 24), seller, buyer, "EUR",
        (
            item("Affiches A2 quadri, papier 135 g", "250", "1.28", "20"),
            item("Programmes 16 pages, agrafés", "1200", "0.86", "20"),
            item("Mise en page et épreuves", "6", "58.00", "20"),
            item("Livres d’or, relié cuir", "3", "42.50", "5.5"),
        ),
        customer_number="C-0457",
    )  # fmt: skip


def french() -> Made:
    look = Look(
        accent=(0.55, 0.12, 0.15), face=SERIF, size=10, letterhead="centre", buyer="right",
        meta="grid", table="zebra", columns=("description", "quantity", "price", "rate", "amount"),
        totals="boxed", signs="cells", show_due_amount=True, colon=" :",
    )  # fmt: skip
    return invoice(french_bill(), look)


def spanish() -> Made:
    seller, buyer = parties("es", "ES", 4, "Suministros Almendra S.L.", "Hotel Riomar S.A.")
    bill = Bill(
        "es", "A/2026/118", dt.date(2026, 1, 29), dt.date(2026, 2, 28), seller, buyer, "EUR",
        (
            item("Toallas de baño blancas 500 g", "80", "7.95", "21", "ud", "TB-500"),
            item("Jabón de manos, garrafa 5 l", "12", "9.40", "21", "ud", "JM-05", discount="10"),
            item("Café en grano, saco 10 kg", "4", "88.20", "10", "ud", "CG-10"),
        ),
        order_number="HR-2209",
    )  # fmt: skip
    look = Look(
        accent=(0.75, 0.38, 0.05), letterhead="small", buyer="right", meta="boxed row",
        table="ruled", totals="boxed", vat="head", bank="payment",
        columns=("item_number", "description", "quantity", "price", "discount", "rate", "amount"),
    )  # fmt: skip
    return invoice(bill, look)


def italian() -> Made:
    seller, buyer = parties("it", "IT", 5, "Studio Verdanza S.r.l.", "Cooperativa Stellata")
    bill = Bill(
        "it", "57/2026", dt.date(2026, 5, 4), dt.date(2026, 6, 3), seller, buyer, "EUR",
        (
            item("Consulenza tecnica per impianto solare", "8", "75.00", "22", "ore"),
            item("Sopralluogo", "1", "120.00", "22"),
            item("Relazione energetica", "1", "340.00", "22"),
        ),
    )  # fmt: skip
    look = Look(
        accent=(0.1, 0.2, 0.45), letterhead="band", buyer="parties", meta="inline", table="plain",
        totals="wide", columns=("description", "quantity", "price", "amount"), bank="payment",
    )  # fmt: skip
    return invoice(bill, look)


def dutch() -> Made:
    seller, buyer = parties("nl", "NL", 6, "Drukkerij Zeewind B.V.", "Stichting Tulpenfeest")
    bill = Bill(
        "nl", "20260341", dt.date(2026, 3, 31), dt.date(2026, 4, 14), seller, buyer, "EUR",
        (
            item("Flyers A5 dubbelzijdig, 5.000 stuks", "1", "189.00", "21"),
            item("Spandoek 300 x 80 cm", "2", "74.50", "21"),
            item("Ontwerpuren", "3.5", "62.50", "21"),
        ),
        customer_number="D10388",
    )  # fmt: skip
    look = Look(
        face=SERIF, size=10, letterhead="left", meta="list", colon="", table="lines",
        columns=("description", "quantity", "price", "rate", "amount"), vat="meta",
    )  # fmt: skip
    return invoice(bill, look)


def portuguese() -> Made:
    seller, buyer = parties("pt", "PT", 7, "Papelaria Azenha, Lda.", "Escola do Moinho Novo")
    bill = Bill(
        "pt", "FT 2026/0612", dt.date(2026, 2, 17), dt.date(2026, 3, 19), seller, buyer, "EUR",
        (
            item("Cadernos pautados A4", "150", "1.35", "23", "un", "CD-A4"),
            item("Lápis de cor, caixa de 24", "40", "4.90", "23", "cx", "LC-24"),
            item("Manuais de leitura", "25", "11.60", "6", "un", "ML-02"),
        ),
    )  # fmt: skip
    look = Look(
        face=MONO, size=8.5, letterhead="left", meta="under title", table="plain", margin=48,
        columns=("item_number", "description", "quantity", "unit", "price", "rate", "amount"),
        totals="tax table", vat="head", bank="head",
    )  # fmt: skip
    return invoice(bill, look)


def polish() -> Made:
    seller, buyer = parties(
        "pl", "PL", 8, "Jaskółka Stolarstwo Sp. z o.o.", "Księgarnia Wisłoka s.c."
    )
    bill = Bill(
        "pl", "FV/38/05/2026", dt.date(2026, 5, 14), dt.date(2026, 5, 28), seller, buyer, "PLN",
        (
            item("Półka dębowa 120 x 30 cm", "14", "148.00", "23", "szt."),
            item("Drabinka bukowa do regału", "2", "412.50", "23", "szt."),
            item("Montaż u klienta", "9", "125.00", "23", "godz."),
            item("Książki branżowe", "3", "64.00", "5", "szt."),
        ),
        delivery_date=dt.date(2026, 5, 13),
    )  # fmt: skip
    look = Look(
        accent=(0.35, 0.15, 0.35), letterhead="small", buyer="parties", meta="list", table="ruled",
        columns=("position", "description", "quantity", "unit", "price", "rate", "amount"),
        totals="tax table", show_due_amount=True, bank="payment", vat="head",
    )  # fmt: skip
    return invoice(bill, replace(look, meta="under title"))


def credit_note() -> Made:
    first = german_bill()
    bill = replace(
        first, number="G-2026-0031", issue_date=dt.date(2026, 3, 20), due_date=None,
        items=(replace(first.items[1], quantity=Decimal(3)),), credit=True, reason=first.number,
        delivery_date=None,
    )  # fmt: skip
    return invoice(
        bill,
        Look(
            columns=(
                "position",
                "item_number",
                "description",
                "quantity",
                "unit",
                "price",
                "amount",
            )
        ),
    )


def long_invoice() -> Made:
    """Three pages of lines, with the header of the table on each."""
    chance = random.Random(21)
    seller, buyer = parties("en", "GB", 9, "Ashgrove Garden Supplies Ltd", "Kestrel Park Trust")
    names = (
        "Garden hose 25 m", "Rake, steel", "Potting soil 40 l", "Lavender in pot",
        "Box hedge 60 cm", "Watering can 10 l", "Pruning shears", "Wheelbarrow 85 l",
        "Bark mulch 60 l", "Rose ‘Evening’",
        "Bamboo canes 180 cm, bundle of 25", "Slow-release fertiliser 5 kg", "Work gloves, size 9",
    )  # fmt: skip
    items = tuple(
        item(
            chance.choice(names),
            str(chance.choice((1, 2, 3, 5, 8, 12, 24))),
            str(invent.price(2, 60, chance)),
            "20",
            "pcs",
            f"G{chance.randint(1000, 9999)}",
        )
        for _ in range(74)
    )
    bill = Bill(
        "en", "S-104882", dt.date(2026, 4, 1), dt.date(2026, 5, 1), seller, buyer, "GBP", items
    )
    look = Look(
        accent=(0.2, 0.4, 0.15), table="lines", meta="list", show_due_amount=True,
        columns=("position", "item_number", "description", "quantity", "unit", "price", "amount"),
    )  # fmt: skip
    return invoice(bill, look)


def three_in_one() -> Made:
    """Three invoices of one sender in one PDF; the second has two pages."""
    chance = random.Random(33)
    seller, _ = parties("de", "DE", 10, "Sonnhof Gebäudereinigung e.K.", "-")
    look = Look(
        size=9,
        letterhead="left",
        table="band",
        columns=("position", "description", "quantity", "unit", "price", "amount"),
    )
    canvas, truths = Canvas(look.paper, look.face), []
    for place, count in enumerate((3, 34, 2)):
        buyer = invent.company("de", "DE", chance)
        items = tuple(
            item(
                chance.choice(
                    ("Unterhaltsreinigung", "Glasreinigung", "Teppichreinigung", "Winterdienst")
                )
                + f", KW {chance.randint(1, 26)}",
                str(chance.choice((1, 2, 3, 4))),
                str(invent.price(28, 60, chance)),
                "19",
                "Std",
            )
            for _ in range(count)
        )
        day = dt.date(2026, 6, 1)
        bill = Bill(
            "de",
            f"R26-{1180 + place}",
            day,
            day + dt.timedelta(days=14),
            seller,
            buyer,
            "EUR",
            items,
        )
        if place:
            canvas.new_page()
        drawn = Invoice(bill, look, usual("de", "EUR"), canvas, 2 if count > 20 else 1)
        drawn.draw()
        truths.append(truth.of_bill(bill, frozenset(drawn.printed), drawn.pages))
    return canvas.finished("R26-1180 bis R26-1182", "Paperclerk samples"), truths


def protected() -> Made:
    seller, buyer = parties("en", "GB", 11, "Penbrook IT Services Ltd", "Oakhaven Dental Care")
    bill = Bill(
        "en", "PB-3307", dt.date(2026, 1, 15), dt.date(2026, 1, 29), seller, buyer, "GBP",
        (
            item("Managed backup, January", "1", "89.00", "20"),
            item("On-site support", "2.5", "70.00", "20", "hours"),
        ),
    )  # fmt: skip
    data, truths = invoice(bill, Look(letterhead="band", meta="boxed row", totals="boxed"))
    document = pymupdf.open(stream=data, filetype="pdf")
    locked = finish(
        document, bill.number, "", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw=PASSWORD,
        owner_pw=PASSWORD,
    )  # fmt: skip
    return locked, truths


# E-invoices.


def with_xml() -> Made:
    first = german_bill()
    bill = replace(
        first, number="2026-00511", issue_date=dt.date(2026, 4, 2), due_date=dt.date(2026, 4, 16),
        delivery_date=dt.date(2026, 3, 31), items=tuple(replace(i, note="") for i in first.items),
    )  # fmt: skip
    look = Look(
        letterhead="left", meta="under title", table="ruled", totals="tax table",
        show_due_amount=True,
        columns=("position", "description", "quantity", "unit", "price", "rate", "amount"),
    )  # fmt: skip
    pdf, truths = invoice(bill, look)
    return einvoice.factur_x(pdf, einvoice.cii(bill), bill.number), truths


def plain_xml() -> Made:
    seller, buyer = parties(
        "de", "DE", 12, "Falkenau Elektrotechnik GmbH", "Stadtwerke Neu-Winterberg"
    )
    bill = Bill(
        "de", "FE-26-0777", dt.date(2026, 5, 20), dt.date(2026, 6, 19), seller, buyer, "EUR",
        (
            item("Wartung der Notbeleuchtung", "6.5", "68.00", "19", "Std"),
            item("LED-Leuchte IP65, 150 cm", "24", "31.75", "19", "Stk"),
            item("Wartungshandbuch", "2", "18.00", "7", "Stk"),
        ),
        prepaid=Decimal("300.00"), delivery_date=dt.date(2026, 5, 18),
        notes=("Leistungsort: Umspannwerk Ost",),
    )  # fmt: skip
    shown = {
        "due_date", "seller_vat_id", "total_net", "total_tax", "total_gross", "total_prepaid",
        "amount_due", "iban", "taxes", "taxes.base", "lines.quantity",
        "lines.unit_price", "lines.amount",
    }  # fmt: skip
    found = truth.of_bill(bill, frozenset(shown))
    return einvoice.ubl(bill, "04011000-12345-34"), [found]


# Pictures.


def scan() -> Made:
    """A scanned invoice: one grey, skewed, noisy picture a page, no text layer."""
    seller, buyer = parties("en", "GB", 13, "Marlowe Printing Ltd", "Whitby Rowing Club")
    bill = Bill(
        "en", "61842", dt.date(2026, 2, 26), dt.date(2026, 3, 28), seller, buyer, "GBP",
        (
            item("Race programmes, 32 pages", "400", "0.92", "20"),
            item("Vinyl banner 3 m", "2", "64.00", "20"),
            item("Stickers, sheet of 20", "75", "0.60", "20"),
        ),
        order_number="WRC-12",
    )  # fmt: skip
    look = Look(
        face=SERIF, size=10.5, letterhead="centre", meta="grid", buyer="right", table="ruled",
        columns=("description", "quantity", "price", "amount"),
    )  # fmt: skip
    canvas, drawn = _drawn(bill, look)
    picture = wear.scanned(wear.picture_of(canvas.picture(150)[0]), 5)
    document = pymupdf.open()
    page = document.new_page(width=595, height=842)
    page.insert_image(page.rect, stream=wear.jpeg(picture, 62))
    data = finish(document, "Scan_20260302", "")
    return data, [truth.of_bill(bill, frozenset(drawn.printed), drawn.pages)]


def german_till() -> Till:
    shop = replace(invent.shop("de", "DE", random.Random(14)), name="Rotbuche Frischemarkt")
    rows = (
        ("Vollmilch 3,5% 1L", "2", "1.19", "7"), ("Roggenbrot 750g", "1", "3.49", "7"),
        ("Gouda jung", "1", "2.79", "7"), ("Bananen", "1", "1.86", "7"),
        ("Kaffee gemahlen", "1", "6.99", "7"), ("Spülmittel", "1", "1.45", "19"),
        ("Batterien AA 4er", "2", "3.99", "19"),
    )  # fmt: skip
    return Till(
        "de", shop, "4711", dt.datetime(2026, 3, 14, 17, 42), "EUR",
        tuple(
            Sold(name, Decimal(n), Decimal(price), Decimal(rate), "B" if rate == "7" else "A")
            for name, n, price, rate in rows
        ),
        cash=Decimal("50.00"), cashier="3",
    )  # fmt: skip


def english_till() -> Till:
    shop = replace(invent.shop("en", "GB", random.Random(15)), name="Ashgrove Hardware")
    rows = (
        ("LIGHT BULB LED E27", "3", "4.50"), ("WOOD SCREWS 4X40", "2", "2.75"),
        ("SANDPAPER P120", "1", "3.20"), ("PAINT BRUSH 50MM", "1", "5.99"),
    )  # fmt: skip
    return Till(
        "en", shop, "002817", dt.datetime(2026, 5, 9, 10, 5), "GBP",
        tuple(Sold(name, Decimal(n), Decimal(price), Decimal(20)) for name, n, price in rows),
    )  # fmt: skip


def french_till() -> Till:
    shop = replace(invent.shop("fr", "FR", random.Random(16)), name="Café des Hirondelles")
    rows = (
        ("Menu du jour", "2", "16.90", "10"), ("Verre de cidre", "2", "4.80", "20"),
        ("Café", "2", "1.90", "10"),
    )  # fmt: skip
    return Till(
        "fr", shop, "0093", dt.datetime(2026, 6, 2, 13, 21), "EUR",
        tuple(
            Sold(name, Decimal(n), Decimal(price), Decimal(rate)) for name, n, price, rate in rows
        ),
        cashier="Anouk",
    )  # fmt: skip


def german_photo() -> Made:
    look = TillLook(quantity="below", rule="-")
    picture, found = _photo(german_till(), look, 1, tilt=0.04)
    return wear.jpeg(picture, 72), [found]


def english_photo() -> Made:
    look = TillLook(
        face=SANS, width=204, size=9, quantity="before", marks=False, taxes="lines", rule="=",
        meta="bottom",
    )  # fmt: skip
    picture, found = _photo(english_till(), look, 2, tilt=0.07, light=0.55, blur=1.1)
    return wear.jpeg(picture, 66), [found]


def french_photo() -> Made:
    look = TillLook(quantity="above", marks=False, rule="*", sign="all")
    picture, found = _photo(french_till(), look, 3, tilt=0.03, light=0.25, noise=3)
    heif = pillow_heif.from_pillow(Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)))
    out = io.BytesIO()
    heif.save(out, quality=45)
    return out.getvalue(), [found]


def _photo(
    till: Till,
    look: TillLook,
    seed: int,
    *,
    tilt: float,
    light: float = 0.35,
    blur: float = 0.8,
    noise: float = 5,
) -> tuple[wear.Picture, Truth]:
    canvas, printed = draw_till(till, look, usual(till.language, till.currency))
    clean = wear.picture_of(canvas.picture(230)[0])
    picture = wear.photographed(
        wear.faded(clean, seed, 0.3), seed, tilt=tilt, light=light, blur=blur, noise=noise
    )
    return picture, truth.of_till(till, printed)


def screenshot() -> Made:
    items = (
        item("Ceramic teapot, 1.2 l", "1", "34.90", "20", number="TP-120"),
        item("Green tea, loose, 250 g", "3", "8.75", "20", number="GT-250"),
        item("Tea strainer, steel", "2", "5.40", "20", number="TS-010"),
    )
    day = dt.date(2026, 4, 18)
    pairs = (
        ("Order number", "TT-558-20417"),
        ("Order date", "18 April 2026"),
        ("Payment method", "Card ending 4417"),
        ("Delivered to", "Maisie Penbrook, Kendal"),
        ("Carrier", "Fell & Dale Parcels"),
        ("Tracking number", "FD93302118GB"),
    )
    order = OrderPage(
        "Teatime Tarn",
        "Order TT-558-20417",
        "TT-558-20417",
        day,
        "GBP",
        items,
        Decimal("3.95"),
        pairs,
    )
    canvas = draw_order(order, usual("en", "GBP"))
    picture = wear.picture_of(canvas.picture(96)[0])
    fields = {"title": order.title, "date": day.isoformat()}
    return wear.png(picture), [Truth("other", "en", fields, (), (), pairs)]


# Statements and containers.


def statement() -> Made:
    account = bills.some_account("de", random.Random(17), 42)
    look = AccountLook(size=9)
    canvas = draw_account(account, look, usual("de", "EUR"))
    data = canvas.finished("Kontoauszug", "Paperclerk samples")
    return data, [truth.of_account(account, canvas.pages)]


def mail() -> Made:
    """A mail whose attachment is the invoice; written by hand for its bytes to stay the same."""
    pdf, truths = dutch()
    attached = base64.encodebytes(pdf).decode("ascii")
    text = (
        "From: Drukkerij Zeewind <facturen@drukkerij-zeewind.example>\n"
        "To: penningmeester@stichting-tulpenfeest.example\n"
        "Subject: =?utf-8?q?Uw_factuur_20260341_van_Drukkerij_Zeewind?=\n"
        "Date: Tue, 31 Mar 2026 16:20:00 +0200\n"
        "Message-ID: <20260341@drukkerij-zeewind.example>\n"
        "MIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="zeewind-1"\n\n'
        "--zeewind-1\n"
        "Content-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: 8bit\n\n"
        "Geachte penningmeester,\n\n"
        "In de bijlage vindt u factuur 20260341. Wij verzoeken u vriendelijk het bedrag\n"
        "binnen veertien dagen over te maken.\n\nMet vriendelijke groet,\nDrukkerij Zeewind\n\n"
        "--zeewind-1\n"
        'Content-Type: application/pdf; name="factuur-20260341.pdf"\n'
        "Content-Transfer-Encoding: base64\n"
        'Content-Disposition: attachment; filename="factuur-20260341.pdf"\n\n'
        f"{attached}\n--zeewind-1--\n"
    )
    return text.replace("\n", "\r\n").encode(), truths


SAMPLES = (
    Sample("rechnung-bueromaterial.pdf", german),
    Sample("invoice-joinery.pdf", english),
    Sample("facture-imprimerie.pdf", french),
    Sample("factura-suministros.pdf", spanish),
    Sample("fattura-consulenza.pdf", italian),
    Sample("fatura-papelaria.pdf", portuguese),
    Sample("faktura-stolarstwo.pdf", polish),
    Sample("gutschrift.pdf", credit_note),
    Sample("invoice-three-pages.pdf", long_invoice),
    Sample("drei-rechnungen.pdf", three_in_one),
    Sample("invoice-protected.pdf", protected, PASSWORD),
    Sample("rechnung-factur-x.pdf", with_xml),
    Sample("xrechnung.xml", plain_xml),
    Sample("invoice-scan.pdf", scan),
    Sample("kassenbon-foto.jpg", german_photo),
    Sample("receipt-photo.jpg", english_photo),
    Sample("ticket-photo.heic", french_photo),
    Sample("order-screenshot.png", screenshot),
    Sample("kontoauszug.pdf", statement),
    Sample("mail-met-factuur.eml", mail),
)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    build(parser.parse_args().folder)
