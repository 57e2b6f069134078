"""Line items of invoices in several languages and layouts, drawn as real PDFs."""

from __future__ import annotations

import pytest

from app.document import Page, Row, Status, cell
from app.document_types import DocumentType, FieldType, Kind, document_type
from app.reading.conventions import infer
from app.reading.line_items import read_lines, read_taxes
from tests.reading.sheets import Column, Sheet

INVOICE = document_type("invoice")
NARROW = [
    Column(40, 250),
    Column(300, 50, "r"),
    Column(360, 80, "r"),
    Column(450, 105, "r"),
]


def values(rows: tuple[Row, ...]) -> list[tuple[str | None, ...]]:
    """Description, quantity, unit price and amount of each row."""
    keys = ("description", "quantity", "unit_price", "amount")
    return [
        tuple(found.value if (found := cell(row, key)) else None for key in keys) for row in rows
    ]


def lines(pages: list[Page], definition: DocumentType = INVOICE) -> tuple[Row, ...]:
    return read_lines(pages, definition, infer(pages))


def totals(sheet: Sheet, *rows: tuple[str, str]) -> None:
    sheet.y += 8
    for label, amount in rows:
        sheet.line((400, label), (555, amount, "r"), step=1.5)


@pytest.mark.parametrize(
    ("headings", "decimal", "total"),
    [
        (("Description", "Quantity", "Unit price", "Amount"), ".", "Total"),
        (("Bezeichnung", "Menge", "Einzelpreis", "Gesamtpreis"), ",", "Gesamtbetrag"),
        (("Désignation", "Quantité", "Prix unitaire", "Montant HT"), ",", "Total TTC"),
        (("Descripción", "Cantidad", "Precio unitario", "Importe"), ",", "Total"),
        (("Descrizione", "Quantità", "Prezzo unitario", "Importo"), ",", "Totale"),
        (("Omschrijving", "Aantal", "Stuksprijs", "Bedrag"), ",", "Totaal"),
        (("Descrição", "Quantidade", "Preço unitário", "Total"), ",", "Total"),
        (("Nazwa", "Ilosc", "Cena netto", "Wartosc netto"), ",", "Razem"),
        (("Xyzzy", "Plugh", "Frobnitz", "Quux"), ".", "Total"),
    ],
)
def test_items_are_read_under_headings_of_any_language(
    headings: tuple[str, str, str, str], decimal: str, total: str
) -> None:
    sheet = Sheet()
    sheet.row(NARROW, headings)
    for name, quantity, price, amount in (
        ("Oak board", "2", "19.50", "39.00"),
        ("Brass screws", "10", "1.25", "12.50"),
    ):
        sheet.row(NARROW, [name, quantity, *(v.replace(".", decimal) for v in (price, amount))])
    totals(sheet, (total, "51.50".replace(".", decimal)))
    assert values(lines(sheet.pages())) == [
        ("Oak board", "2", "19.50", "39.00"),
        ("Brass screws", "10", "1.25", "12.50"),
    ]


def test_every_value_stands_where_its_box_says() -> None:
    sheet = Sheet()
    sheet.row(NARROW, ["Description", "Qty", "Price", "Amount"])
    sheet.row(NARROW, ["Oak board\nplaned, 2 m", "2", "$ 19.50", "$ 39.00"])
    totals(sheet, ("Total", "$ 39.00"))
    pages = sheet.pages()
    (row,) = lines(pages)
    for field in row:
        assert field.box is not None
        inside = [w.text for w in pages[0].words if field.box.contains(*w.box.middle)]
        assert " ".join(inside) == field.raw
        assert field.status is Status.FOUND


def test_wrapped_descriptions_go_to_their_own_row() -> None:
    sheet = Sheet()
    sheet.row(NARROW, ["Description", "Qty", "Price", "Amount"])
    sheet.row(
        NARROW, ["Software licence including updates\nand telephone support", "1", "99.00", "99.00"]
    )
    sheet.row(NARROW, ["Desk lamp\nSerial 88-1234", "2", "10.00", "20.00"])
    totals(sheet, ("Total", "119.00"))
    assert [row[0] for row in values(lines(sheet.pages()))] == [
        "Software licence including updates and telephone support",
        "Desk lamp Serial 88-1234",
    ]


def test_descriptions_may_stand_on_a_line_of_their_own_above_the_numbers() -> None:
    columns = [Column(40, 90), Column(150, 50, "r"), Column(220, 80, "r"), Column(450, 105, "r")]
    sheet = Sheet()
    sheet.line((40, "Bezeichnung"))
    sheet.row(columns, ["Art.-Nr.", "Menge", "Preis", "Betrag"])
    for at, name in enumerate(("Schreibtischlampe", "Druckerpapier A4", "Kugelschreiber")):
        sheet.line((40, name), step=1.2)
        sheet.row(columns, [f"70{at}55", "3", "2,50", "7,50"], gap=7)
    totals(sheet, ("Gesamtbetrag", "22,50"))
    assert [row[0] for row in values(lines(sheet.pages()))] == [
        "Schreibtischlampe",
        "Druckerpapier A4",
        "Kugelschreiber",
    ]


def test_products_settle_columns_whose_headings_mislead() -> None:
    columns = [Column(40, 50, "r"), Column(110, 250), Column(370, 80, "r"), Column(460, 95, "r")]
    sheet = Sheet()
    sheet.row(columns, ["Amount", "Product", "Price", "Total"])
    sheet.row(columns, ["400.00", "Balloons", "0.79", "316.00"])
    sheet.row(columns, ["800.00", "Hot air", "0.025", "20.00"])
    totals(sheet, ("Net total", "336.00"))
    assert values(lines(sheet.pages())) == [
        ("Balloons", "400.00", "0.79", "316.00"),
        ("Hot air", "800.00", "0.025", "20.00"),
    ]


def test_a_discount_explains_an_amount_below_the_product() -> None:
    columns = [
        *(Column(40, 200), Column(250, 40, "r"), Column(300, 70, "r")),
        *(Column(380, 60, "r"), Column(450, 105, "r")),
    ]
    sheet = Sheet()
    sheet.row(columns, ["Beschreibung", "Menge", "Preis", "Rabatt", "Betrag"])
    sheet.row(columns, ["Nougat 250 g", "20 Stk", "4,55", "10%", "81,90"])
    sheet.row(columns, ["Biskuit 300 g", "15 Stk", "3,20", "", "48,00"])
    totals(sheet, ("Zwischensumme", "129,90"))
    assert values(lines(sheet.pages())) == [
        ("Nougat 250 g", "20", "4.55", "81.90"),
        ("Biskuit 300 g", "15", "3.20", "48.00"),
    ]


def test_net_amounts_are_preferred_where_net_and_gross_stand_side_by_side() -> None:
    columns = [
        *(Column(40, 180), Column(225, 30, "r"), Column(260, 60, "r"), Column(325, 60, "r")),
        *(Column(390, 40, "r"), Column(435, 50, "r"), Column(490, 65, "r")),
    ]
    sheet = Sheet()
    sheet.row(columns, ["Bezeichnung", "Menge", "Einzelpreis", "Netto", "MwSt %", "MwSt", "Brutto"])
    sheet.row(columns, ["Oak board", "2", "50,00", "100,00", "19%", "19,00", "119,00"])
    sheet.row(columns, ["Screws", "1", "10,00", "10,00", "19%", "1,90", "11,90"])
    totals(sheet, ("Summe netto", "110,00"))
    assert [row[3] for row in values(lines(sheet.pages()))] == ["100.00", "10.00"]


def test_a_table_goes_on_over_pages_without_carried_sums_and_footers() -> None:
    sheet = Sheet()
    expected = []
    for page in range(3):
        if page:
            sheet.new_page()
            sheet.row(NARROW, ["Bezeichnung", "Menge", "Preis", "Gesamt"])
            sheet.line((40, "Übertrag"), (555, "100,00", "r"), step=2)
        else:
            sheet.row(NARROW, ["Bezeichnung", "Menge", "Preis", "Gesamt"])
        for at in range(5):
            sheet.row(NARROW, [f"Ware {page}-{at} blau", "2", "5,00", "10,00"])
            expected.append((f"Ware {page}-{at} blau", "2", "5.00", "10.00"))
        if page < 2:
            sheet.line((40, "Übertrag"), (555, "100,00", "r"))
            sheet.y = 800
            sheet.line((40, "Stammkapital 25.000,00 EUR"), (500, f"Seite {page + 1} von 3"))
    totals(sheet, ("Gesamtbetrag", "150,00"))
    assert values(lines(sheet.pages())) == expected


def test_subtotals_of_groups_and_headings_are_no_items() -> None:
    sheet = Sheet()
    sheet.row(NARROW, ["Item", "Qty", "Rate", "Amount"])
    for group in ("Hardware", "Services"):
        sheet.y += 8
        sheet.line((40, group), step=2)
        sheet.row(NARROW, [f"{group} one", "1", "10.00", "10.00"])
        sheet.row(NARROW, [f"{group} two", "2", "10.00", "20.00"])
        sheet.row(NARROW, ["", "", "Subtotal", "30.00"])
    totals(sheet, ("VAT 20%", "12.00"), ("Total", "72.00"))
    rows = values(lines(sheet.pages()))
    assert [row[3] for row in rows] == ["10.00", "20.00", "10.00", "20.00"]


def test_without_a_header_the_products_tell_the_columns() -> None:
    columns = [Column(40, 40), Column(85, 270), Column(360, 80, "r"), Column(450, 105, "r")]
    sheet = Sheet()
    sheet.row(columns, ["3 x", "Oak board", "19.50", "58.50"])
    sheet.row(columns, ["1 x", "Delivery to site", "25.00", "25.00"])
    totals(sheet, ("Total", "83.50"))
    assert values(lines(sheet.pages())) == [
        ("Oak board", "3", "19.50", "58.50"),
        ("Delivery to site", "1", "25.00", "25.00"),
    ]


def test_a_plain_list_counts_only_when_it_adds_up() -> None:
    def written(second: str) -> list[Page]:
        sheet = Sheet()
        sheet.line((40, "Consulting in March"), (555, "1,200.00", "r"))
        sheet.line((40, "Travel"), (555, second, "r"))
        totals(sheet, ("Total", "1,350.00"))
        return sheet.pages()

    assert values(lines(written("150.00"))) == [
        ("Consulting in March", None, None, "1200.00"),
        ("Travel", None, None, "150.00"),
    ]
    assert lines(written("151.00")) == ()


def test_totals_and_tax_breakdowns_are_no_items() -> None:
    sheet = Sheet()
    sheet.row(NARROW, ["Description", "Qty", "Price", "Amount"])
    sheet.row(NARROW, ["Oak board", "2", "19.50", "39.00"])
    totals(sheet, ("Subtotal", "39.00"), ("VAT 20%", "7.80"), ("Total", "46.80"))
    sheet.row(NARROW, ["VAT rate", "", "Net", "VAT"])
    sheet.row(NARROW, ["20%", "", "39.00", "7.80"])
    assert len(lines(sheet.pages())) == 1


def test_a_letter_has_no_line_items() -> None:
    sheet = Sheet()
    sheet.line((40, "Dear Ms Winter,"))
    sheet.line((40, "the amount of 39.00 that we wrote about on 3 March is settled."))
    sheet.line((40, "Kind regards"))
    assert lines(sheet.pages()) == ()


def test_columns_that_a_user_named_are_read_by_their_headings() -> None:
    definition = DocumentType(
        "shifts",
        "Shift list",
        "Shift lists",
        (FieldType("buyer", "Buyer", Kind.NAME, "buyer"),),
        (
            FieldType("task", "Description", Kind.TEXT, "description"),
            FieldType("zone", "Hazard zone", Kind.TEXT),
            FieldType("sum", "Amount", Kind.AMOUNT, "amount"),
        ),
    )
    columns = [Column(40, 200), Column(260, 100), Column(450, 105, "r")]
    sheet = Sheet()
    sheet.row(columns, ["Description", "Hazard zone", "Amount"])
    sheet.row(columns, ["Welding", "yellow", "120.00"])
    sheet.row(columns, ["Painting", "green", "80.00"])
    totals(sheet, ("Total", "200.00"))
    rows = lines(sheet.pages(), definition)
    assert [[field.value for field in row] for row in rows] == [
        ["Welding", "yellow", "120.00"],
        ["Painting", "green", "80.00"],
    ]


@pytest.mark.parametrize(
    "printed",
    [
        (("USt 19%", "100,00", "19,00"), ("USt 7%", "50,00", "3,50")),
        (("A 19,00%", "19,00", "100,00", "119,00"), ("B 7,00%", "3,50", "50,00", "53,50")),
        (("100,00", "19 %", "19,00"), ("50,00", "7 %", "3,50")),
    ],
)
def test_the_tax_breakdown_is_known_by_its_arithmetic(printed: tuple[tuple[str, ...], ...]) -> None:
    sheet = Sheet()
    sheet.line((40, "MwSt"), (150, "Betrag"))
    for texts in printed:
        sheet.line(*((40 + 100 * at, text) for at, text in enumerate(texts)))
    pages = sheet.pages()
    rows = read_taxes(pages, INVOICE, infer(pages))
    got = [{f.key: f.value for f in row} for row in rows]
    assert [(g["base"], g["tax"]) for g in got] == [("100.00", "19.00"), ("50.00", "3.50")]


def test_a_unit_price_heading_over_two_lines_heads_the_prices() -> None:
    sheet = Sheet()
    columns = [Column(40, 250), Column(300, 50, "r"), Column(370, 70, "r"), Column(450, 105, "r")]
    sheet.row(columns, ["Omschrijving", "Aantal", "Prijs per\neenheid EUR", "Bedrag"])
    sheet.row(columns, ["Houtlijm D3", "12", "9,00", "108,00"])
    sheet.row(columns, ["Boormachine", "2", "54,00", "108,00"])
    totals(sheet, ("Totaal", "216,00"))
    assert values(lines(sheet.pages())) == [
        ("Houtlijm D3", "12", "9.00", "108.00"),
        ("Boormachine", "2", "54.00", "108.00"),
    ]


def test_item_numbers_close_to_the_description_are_no_part_of_it() -> None:
    sheet = Sheet()
    columns = [Column(40, 40), Column(83, 200), *NARROW[1:]]
    sheet.row(columns, ["Art.-Nr.", "Bezeichnung", "Menge", "Einzelpreis", "Gesamtpreis"])
    sheet.row(columns, ["10-22011", "Kopierpapier A4", "20", "4,15", "83,00"])
    sheet.row(columns, ["10-33101", "Ordner breit", "12", "2,89", "34,68"])
    totals(sheet, ("Gesamtbetrag", "117,68"))
    assert [row[0] for row in values(lines(sheet.pages()))] == ["Kopierpapier A4", "Ordner breit"]
