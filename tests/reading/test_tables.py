"""Tables with and without rulings, drawn as real PDFs."""

from __future__ import annotations

from app.reading.tables import find_tables
from tests.reading.sheets import Column, Sheet

COLUMNS = [Column(40, 200), Column(260, 100, "r"), Column(400, 100, "r")]
ROWS = [
    ["Article", "Small", "Large"],
    ["Espresso", "2.10", "2.90"],
    ["Cappuccino", "3.20", "3.90"],
    ["Hot chocolate", "3.40", "4.20"],
]


def tables(sheet: Sheet) -> list[tuple[tuple[str, ...], ...]]:
    return [table.rows for page in sheet.pages() for table in find_tables(page)]


def test_an_unruled_table_keeps_its_header_row() -> None:
    sheet = Sheet()
    sheet.line((40, "All prices include VAT and are valid from Monday on."), step=3)
    for row in ROWS:
        sheet.row(COLUMNS, row)
    assert tables(sheet) == [tuple(tuple(row) for row in ROWS)]


def test_a_ruled_table_keeps_empty_cells_and_joins_wrapped_ones() -> None:
    sheet = Sheet()
    top = sheet.y - 1.05 * sheet.size
    rows = [
        ["Name", "Room", "Phone"],
        ["Winter,\nAnna", "", "12"],
        ["Sommer, Jan", "B 4", "98"],
    ]
    for row in rows:
        sheet.rule(36, 504)
        sheet.row(COLUMNS, row)
    sheet.rule(36, 504)
    bottom = sheet.y - 1.05 * sheet.size
    for x in (36, 250, 380, 504):
        sheet.vertical(x, top, bottom)
    assert tables(sheet) == [
        (("Name", "Room", "Phone"), ("Winter, Anna", "", "12"), ("Sommer, Jan", "B 4", "98"))
    ]


def test_two_address_blocks_are_no_table() -> None:
    sheet = Sheet()
    for left, right in (
        ("Anna Winter", "Jan Sommer"),
        ("Hauptstrasse 1", "Nebenweg 77"),
        ("10115 Berlin", "80331 Munich"),
    ):
        sheet.line((40, left), (350, right))
    assert tables(sheet) == []


def test_labels_and_their_values_are_no_table() -> None:
    sheet = Sheet()
    for label, value in (("Number:", "17"), ("Date:", "3 May 2024"), ("Customer:", "4711")):
        sheet.line((40, label), (150, value))
    assert tables(sheet) == []


def test_running_text_is_no_table() -> None:
    sheet = Sheet()
    for _ in range(6):
        sheet.line((40, "A paragraph runs over the whole width of the page and has no columns."))
    assert tables(sheet) == []


def test_two_tables_on_a_page_stay_apart() -> None:
    sheet = Sheet()
    for _ in range(2):
        for row in ROWS:
            sheet.row(COLUMNS, row)
        sheet.y += 60
    assert tables(sheet) == [tuple(tuple(row) for row in ROWS)] * 2


def test_every_row_has_as_many_cells() -> None:
    sheet = Sheet()
    for row in (*ROWS, ["Season special", "", "5.00"], ["Water", "1.00", ""]):
        sheet.row(COLUMNS, row)
    (table,) = tables(sheet)
    assert {len(row) for row in table} == {3}
    assert table[-2:] == (("Season special", "", "5.00"), ("Water", "1.00", ""))


def test_a_wide_line_above_does_not_blur_the_columns() -> None:
    columns = [Column(40, 100), Column(160, 60, "r"), Column(230, 60, "r"), Column(300, 60, "r")]
    sheet = Sheet()
    sheet.line((40, "Live delivery:"), (160, "Online delivery, streamed to everybody:"))
    for row in (["Course", "Price", "Rebate", "Total"], ["Safety", "500.00", "10.00", "490.00"]):
        sheet.row(columns, row)
    assert tables(sheet) == [
        (("Course", "Price", "Rebate", "Total"), ("Safety", "500.00", "10.00", "490.00"))
    ]
