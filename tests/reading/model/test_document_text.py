"""Pages as the text that a model is given, with marks and without."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.document import Page
from app.document_types import DocumentType, FieldType, Kind, document_type
from app.reading.candidates import scene_of
from app.reading.conventions import infer
from app.reading.model.document_text import marked_text, plain_text
from app.reading.model.marks import MOST, escaped, marks_of
from tests.reading.printed import page_of
from tests.reading.test_read_document import INVOICE

TYPE = document_type("invoice")


def marked(*pages: Page, definition: DocumentType = TYPE) -> str:
    scene = scene_of(pages, infer(pages))
    return marked_text(scene, marks_of(scene, definition))


def test_columns_stay_apart_and_pages_are_parted() -> None:
    text = plain_text([page_of(["One two      three"]), page_of(["Four"], 2)])
    assert text == "One two  three\n\nFour"


def test_every_value_of_an_invoice_has_a_mark_before_it() -> None:
    text = marked(page_of(INVOICE))
    for value in ("A-1001", "13 November 2026", "Made-up Tools GmbH", "Hammer, forged", "2",
                  "30.00", "100.00 EUR", "19.00 EUR", "119.00 EUR"):  # fmt: skip
        assert re.search(rf"\[\d\d\]{re.escape(value)}", text), (value, text)
    numbers = [int(number) for number in re.findall(r"\[(\d\d)\]", text)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert "%" not in "".join(re.findall(r"\[\d\d\]\S+", text))


def test_what_is_printed_like_a_mark_is_written_otherwise() -> None:
    text = marked(page_of(["[07] Total [12]99.00", *INVOICE]))
    assert "(07)" in text
    assert "(12)" in text
    assert escaped("see [123] and [x]") == "see (123) and [x]"
    assert plain_text([page_of(["[07] fake"])]) == "(07) fake"


def test_control_characters_are_left_out() -> None:
    assert escaped("a\x00b\x1bc\x7fd\te") == "abcd\te"
    assert plain_text([page_of(["Tot\x00al\x1b[0m 9.00"])]) == "Total[0m 9.00"


def test_marks_are_of_use_to_the_definition() -> None:
    dates = DocumentType("d", "D", "D", (FieldType("date", "Date", Kind.DATE),))
    assert re.findall(r"\[\d\d\](\S+)", marked(page_of(INVOICE), definition=dates)) == ["13"]


def test_there_is_a_bound_to_marks() -> None:
    page = page_of([f"Thing {n}   {n}.00   {n + 1}.00" for n in range(10, 300)])
    text = marked(page)
    assert len(re.findall(r"\[\d{3}\]", text)) == MOST


@given(st.lists(st.text(st.characters(blacklist_categories=("Cs",)), max_size=40), max_size=12))
@settings(max_examples=80, deadline=None)
def test_no_text_can_forge_a_mark(lines: list[str]) -> None:
    page = page_of([*lines, "[01]", "x [2]y[33]"])
    scene = scene_of([page], infer([page]))
    marks = marks_of(scene, TYPE)
    text = marked_text(scene, marks)
    assert len(re.findall(r"\[\d+\]", text)) == len(marks)
    assert not re.findall(r"\[\d+\]", plain_text([page]))


def test_rows_that_are_not_asked_for_carry_no_marks() -> None:
    text = marked(page_of(INVOICE), definition=replace(TYPE, lines=()))
    for value in ("A-1001", "13 November 2026", "100.00 EUR", "19.00 EUR", "119.00 EUR"):
        assert re.search(rf"\[\d\d\]{re.escape(value)}", text), (value, text)
    for value in ("Hammer, forged", "30.00", "60.00", "40.00"):
        assert not re.search(rf"\]{re.escape(value)}", text), (value, text)
