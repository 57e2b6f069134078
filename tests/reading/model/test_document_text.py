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
from app.reading.model.document_text import text_of
from app.reading.model.hidden import echoes_of
from app.reading.model.marks import MOST, escaped, marks_of, rows_of
from tests.reading.printed import page_of
from tests.reading.test_read_document import INVOICE

TYPE = document_type("invoice")


def marked(*pages: Page, definition: DocumentType = TYPE) -> str:
    scene = scene_of(pages, infer(pages))
    hidden = echoes_of(scene, rows_of(scene, definition))
    return text_of(scene, marks_of(scene, definition, hidden), hidden)


def plain(*pages: Page) -> str:
    return text_of(scene_of(pages, infer(pages)))


def test_columns_stay_apart_and_pages_are_parted() -> None:
    text = plain(page_of(["One two      three"]), page_of(["Four"], 2))
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
    assert plain(page_of(["[07] fake"])) == "(07) fake"


def test_control_characters_are_left_out() -> None:
    assert escaped("a\x00b\x1bc\x7fd\te") == "abcd\te"
    assert plain(page_of(["Tot\x00al\x1b[0m 9.00"])) == "Total[0m 9.00"


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
    text = text_of(scene, marks)
    assert len(re.findall(r"\[\d+\]", text)) == len(marks)
    assert not re.findall(r"\[\d+\]", plain(page))


def test_rows_that_are_not_asked_for_carry_no_marks() -> None:
    text = marked(page_of(INVOICE), definition=replace(TYPE, lines=()))
    for value in ("A-1001", "13 November 2026", "100.00 EUR", "19.00 EUR", "119.00 EUR"):
        assert re.search(rf"\[\d\d\]{re.escape(value)}", text), (value, text)
    for value in ("Hammer, forged", "30.00", "60.00", "40.00"):
        assert not re.search(rf"\]{re.escape(value)}", text), (value, text)


LETTERHEAD = ["Made-up Tools GmbH", "1 Invented Road", "tools@made-up.example"]
SENDER = "Made-up Tools GmbH · 1 Invented Road"
FOOTER = ["1 Invented Road      +49 812 865 75", "made-up.example"]


def test_a_repeated_letterhead_is_given_once() -> None:
    first = page_of([*LETTERHEAD, SENDER, *INVOICE, "", "", *FOOTER])
    text = marked(first, page_of([*LETTERHEAD, "Thanks"], 2))
    assert text.count("1 Invented Road") == 1
    assert text.count("made-up.example") == 1
    assert text.endswith("75\n\nThanks")
    numbers = [int(number) for number in re.findall(r"\[(\d\d)\]", text)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_same_words_in_another_place_are_given_again() -> None:
    lines = [
        "Delivered to      Invoice to",
        "Acme Corporation      Acme Corporation",
        "Something else",
        "Acme Corporation",  # one run, among other things: it may be another party
        "Order number: 2026-4711-08   Customer 99-1234-567",
        "Invoice number: 99-1234-567",  # both were printed, but not one after the other
        "Reference   2026-4711-08",
        "Deposit paid on account   50.00",
        "Deposit paid on account   50.00",
        "Bank account of   Deposit paid on account",  # a value, by the label beside it
        "2026-4711-08",
    ]
    page = page_of(lines)
    assert marked(page, definition=replace(TYPE, fields=(), lines=())) == plain(page)


def test_what_was_said_only_where_it_is_hidden_is_given() -> None:
    page = page_of(["Spare part of Invented Machines", *INVOICE, "", "", "of Invented Machines"])
    scene = scene_of([page], infer([page]))
    last = (len(scene.lines) - 1, 0)
    assert last in echoes_of(scene, frozenset())
    assert last not in echoes_of(scene, frozenset(), frozenset({(0, 0)}))


def test_the_same_words_in_a_table_are_another_row() -> None:
    rows = ["Hammer, forged   2   30.00   60.00", "with wooden handle",
            "Hammer, heavy   1   40.00   40.00", "with wooden handle",
            "Chisel, flat   1   10.00   10.00"]  # fmt: skip
    assert marked(page_of([*INVOICE, *rows])).count("with wooden handle") == 2
    thanks = ["with kind regards", *INVOICE, "", "", "with kind regards"]
    assert marked(page_of(thanks)).count("with kind regards") == 1


@given(st.lists(st.sampled_from(["a", "bb", "Ltd.", "Invented", "Road", "12", "-"]), max_size=60))
@settings(max_examples=80, deadline=None)
def test_no_word_is_lost_to_echoes(words: list[str]) -> None:
    lines = [" ".join(words[at : at + 4]) for at in range(0, len(words), 4)]
    page = page_of([line for line in lines if line.strip()])
    scene = scene_of([page], infer([page]))
    given_words = set(text_of(scene, (), echoes_of(scene, frozenset())).split())
    assert given_words >= set(text_of(scene).split()) - set("-")
