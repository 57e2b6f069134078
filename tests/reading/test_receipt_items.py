"""Items of till receipts in their many arrangements, drawn as narrow PDFs."""

from __future__ import annotations

from app.document import cell
from app.document_types import document_type
from app.reading.conventions import infer
from app.reading.line_items import read_lines
from tests.reading.sheets import Sheet

RECEIPT = document_type("receipt")


def printed(*rows: tuple[str, ...]) -> list[tuple[str | None, ...]]:
    """Print rows (name and prices to the right) on a narrow sheet and read them back.

    With two texts the second is at the right edge; a third stands left of it, and so on.
    """
    sheet = Sheet(226, 600, 8)
    places = {1: (12,), 2: (12, 196), 3: (12, 196, 210), 4: (12, 120, 160, 205)}
    for row in rows:
        xs = places[len(row)]
        sheet.line(
            *(
                (x, text, "l" if at == 0 or (len(row) == 3 and at == 2) else "r")
                for at, (x, text) in enumerate(zip(xs, row, strict=True))
            )
        )
    pages = sheet.pages()
    found = read_lines(pages, RECEIPT, infer(pages))
    keys = ("description", "quantity", "unit_price", "amount")
    return [tuple(f.value if (f := cell(row, key)) else None for key in keys) for row in found]


def test_names_and_prices_with_tax_letters() -> None:
    assert printed(
        ("Frischemarkt Nord",),
        ("Tel. 030 1234567",),
        ("VOLLMILCH 3,5%", "1,19", "B"),
        ("BIO HONIG", "3,29", "B"),
        ("PFAND 0,25", "0,25", "A"),
        ("LEERGUT", "-0,75", "A"),
        ("SUMME", "3,98"),
        ("BAR", "5,00"),
        ("Rückgeld", "1,02"),
        ("19% MwSt", "0,10"),
    ) == [
        ("VOLLMILCH 3,5%", None, None, "1.19"),
        ("BIO HONIG", None, None, "3.29"),
        ("PFAND 0,25", None, None, "0.25"),
        ("LEERGUT", None, None, "-0.75"),
    ]


def test_a_quantity_line_belongs_to_the_item_whose_price_is_its_product() -> None:
    below = printed(
        ("JOGHURT", "2,38", "B"),
        ("   2 x 1,19",),
        ("BROT", "3,49", "B"),
        ("SUMME", "5,87"),
    )
    above = printed(
        ("   2 x 1,19",),
        ("JOGHURT", "2,38", "B"),
        ("BROT", "3,49", "B"),
        ("SUMME", "5,87"),
    )
    assert (
        below
        == above
        == [
            ("JOGHURT", "2", "1.19", "2.38"),
            ("BROT", None, None, "3.49"),
        ]
    )


def test_goods_by_weight() -> None:
    assert printed(
        ("BANANEN", "1,04", "B"),
        ("0,524 kg x 1,99 EUR/kg",),
        ("GURKE", "0,89", "B"),
        ("ZU ZAHLEN", "1,93"),
    ) == [
        ("BANANEN", "0.524", "1.99", "1.04"),
        ("GURKE", None, None, "0.89"),
    ]


def test_names_above_lines_of_codes_and_prices() -> None:
    assert printed(
        ("HARDWARE TRADING",),
        ("Desc/Item", "Qty", "Price", "Amt(RM)"),
        ("CHOPPING BOARD 35CM",),
        ("8970669", "1", "19.00", "19.00"),
        ("AIR PRESSURE SPRAYER",),
        ("9066468", "2", "8.02", "16.04"),
        ("TOTAL", "RM 35.04"),
        ("CASH", "RM 50.00"),
        ("CHANGE", "RM 14.96"),
    ) == [
        ("CHOPPING BOARD 35CM", "1", "19.00", "19.00"),
        ("AIR PRESSURE SPRAYER", "2", "8.02", "16.04"),
    ]


def test_a_name_below_its_price_line() -> None:
    assert printed(
        ("Item", "Qty", "Price", "Amount"),
        ("E8318", "1", "80.91", "80.91"),
        ("ELEGANT SCHOOL BAG",),
        ("Total Qty", "1"),
        ("Total", "80.91"),
    ) == [("ELEGANT SCHOOL BAG", "1", "80.91", "80.91")]


def test_leading_quantities() -> None:
    assert printed(
        ("3 LIGHT BULB LED", "13.50"),
        ("2 WOOD SCREWS", "5.50"),
        ("1 PAINT BRUSH 50MM", "5.99"),
        ("TOTAL", "24.99"),
    ) == [
        ("LIGHT BULB LED", "3", None, "13.50"),
        ("WOOD SCREWS", "2", None, "5.50"),
        ("PAINT BRUSH 50MM", "1", None, "5.99"),
    ]


def test_discounts_are_negative_items() -> None:
    rows = printed(
        ("TABLE LAMP", "55.90"),
        ("DISC 10.00%", "-5.59"),
        ("TOTAL", "50.31"),
    )
    assert [row[3] for row in rows] == ["55.90", "-5.59"]


def test_nothing_below_the_total_is_an_item() -> None:
    rows = printed(
        ("COFFEE", "2.50"),
        ("TOTAL", "2.50"),
        ("VISA", "2.50"),
        ("POINTS EARNED", "25.00"),
        ("YOUR SAVINGS", "0.50"),
    )
    assert [row[0] for row in rows] == ["COFFEE"]
