"""Titles and labelled values of documents of no known type."""

from __future__ import annotations

from app.document_types import document_type
from app.reading.conventions import infer
from app.reading.line_items import read_lines
from app.reading.pairs import read_pairs, read_title
from tests.reading.sheets import Column, Sheet


def test_labels_with_colons_beside_and_before_their_values() -> None:
    sheet = Sheet()
    sheet.line((40, "Order number: 2024-118"))
    sheet.line((40, "Delivery:"), (150, "Thursday, 4 April"))
    sheet.line((40, "We look forward to seeing you."))
    assert read_pairs(sheet.pages()) == (
        ("Order number", "2024-118"),
        ("Delivery", "Thursday, 4 April"),
    )


def test_a_list_of_pairs_needs_no_colons() -> None:
    sheet = Sheet()
    for key, value in (("Width", "120 cm"), ("Height", "74 cm"), ("Material", "Oak")):
        sheet.line((40, key), (200, value))
    assert read_pairs(sheet.pages()) == (
        ("Width", "120 cm"),
        ("Height", "74 cm"),
        ("Material", "Oak"),
    )


def test_clock_times_and_addresses_of_sites_are_no_pairs() -> None:
    sheet = Sheet()
    sheet.line((40, "Open from 9:00 to 17:30"))
    sheet.line((40, "https://shop.example/orders"))
    assert read_pairs(sheet.pages()) == ()


def test_the_title_is_the_largest_type_near_the_top() -> None:
    sheet = Sheet()
    sheet.line((40, "Northwind Café"))
    sheet.y += 10
    sheet.text(40, "Price list summer 2024", size=18)
    sheet.y += 30
    for name in ("Espresso", "Cappuccino", "Water"):
        sheet.row([Column(40, 200), Column(300, 60, "r")], [name, "2.10"])
    assert read_title(sheet.pages()) == "Price list summer 2024"


def test_an_empty_page_has_no_title_and_no_pairs() -> None:
    pages = Sheet().pages()
    assert read_title(pages) == ""
    assert read_pairs(pages) == ()


def test_pairs_as_rows_stand_on_the_page() -> None:
    sheet = Sheet()
    sheet.line((40, "Order number: 2024-118"))
    pages = sheet.pages()
    ((name, value),) = read_lines(pages, document_type("other"), infer(pages))
    assert (name.value, value.value) == ("Order number", "2024-118")
    for field in (name, value):
        assert field.box is not None
        inside = " ".join(w.text for w in pages[0].words if field.box.contains(*w.box.middle))
        assert field.value is not None
        assert field.value in inside
