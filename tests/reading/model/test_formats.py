"""Answers in both formats: short, valid by their form, and read back as they were meant."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document_types import DocumentType, FieldType, Kind, document_types
from app.engine.forms import Form
from app.engine.messages import Filled
from app.reading.model.formats import (
    MARKS,
    VALUES,
    Answered,
    AnswerFormat,
    Said,
    key_letters,
    mark_text,
    pattern_of,
)

TYPES = tuple(document_types().values())
OWN = DocumentType(
    "own",
    "Own",
    "Own",
    tuple(FieldType(f"k{at}", f"Field {at}", kind) for at, kind in enumerate([*Kind] * 6)),
    tuple(FieldType(f"k{at}", f"Column {at}", kind) for at, kind in enumerate(Kind)),
)


def answered(way: AnswerFormat, definition: DocumentType, form: Form, answer: str) -> Answered:
    written = form.read(answer)
    return way.read(definition, [Filled(w.key, w.rows, w.row, w.text, 0.5) for w in written])


def test_the_answers_of_the_contract_are_written_and_read() -> None:
    invoice = document_types()["invoice"]
    fields = {"invoice_number": Said(text="RE-2024-17"), "issue_date": Said(text="03.11.2026")}
    rows = [
        {"description": Said(text="Widget"), "quantity": Said(text="2"),
         "unit_price": Said(text="10,00"), "amount": Said(text="20,00")},
        {"description": Said(text="Bolt"), "amount": Said(text="3,00")},
    ]  # fmt: skip
    answer = VALUES.write(invoice, fields, rows, 0)
    assert answer.startswith("a RE-2024-17\nb 03.11.2026\nc -\nd -\n")
    assert answer.endswith("\np -\n+Widget|2|10,00|20,00\n+Bolt|-|-|3,00\n.")

    marked = {"invoice_number": Said(7), "issue_date": Said(3), "seller_name": Said(text="A & B")}
    cells = [
        dict(zip(("description", "quantity", "unit_price", "amount"), marks, strict=True))
        for marks in ((Said(7), Said(8), Said(9), Said(10)), (Said(11), Said(), Said(12), Said(13)))
    ]
    answer = MARKS.write(invoice, marked, cells, 20)
    assert answer.startswith("a07b03c-d=A & B\ne-")
    assert answer.endswith("p-+07080910+11-1213.")


def test_a_currency_is_its_code_and_never_a_mark() -> None:
    receipt = document_types()["receipt"]
    answer = MARKS.write(receipt, {"currency": Said(4, "EUR")}, [], 9)
    assert "fEURg-" in answer
    said = answered(MARKS, receipt, MARKS.form(receipt, 9, 3), answer)
    assert said.fields["currency"] == Said(0, "EUR", 0.5)
    assert not re.fullmatch(MARKS.form(receipt, 9, 3).pattern, answer.replace("EUR", "XQX"))


@pytest.mark.parametrize("way", [VALUES, MARKS])
@pytest.mark.parametrize("definition", [*TYPES, OWN])
def test_an_empty_answer_is_valid_and_says_that_nothing_is_there(
    way: AnswerFormat, definition: DocumentType
) -> None:
    for marks in (0, 9, 99, 100, 300):
        form = way.form(definition, marks, 5)
        answer = way.write(definition, {}, [], marks)
        assert re.fullmatch(form.pattern, answer)
        said = answered(way, definition, form, answer)
        assert said.fields == {field.key: Said(certainty=0.5) for field in definition.fields}
        assert said.rows == ()


@pytest.mark.parametrize("definition", TYPES)
@pytest.mark.parametrize("way", [VALUES, MARKS])
def test_instructions_are_short_and_name_every_field(
    way: AnswerFormat, definition: DocumentType
) -> None:
    lines = way.instructions(definition).split("\n")
    for letter, field in zip(key_letters(99), definition.fields, strict=False):
        assert any(line.startswith(f"{letter} {field.label}") for line in lines)
    told = [line for line in lines if not re.match(r"[a-zA-Z] \w", line) and line[0] != "+"]
    assert len(" ".join(told).split()) <= 75


def test_keys_go_on_where_the_alphabet_ends() -> None:
    keys = key_letters(120)
    assert keys[:2] == ("a", "b")
    assert keys[25:28] == ("z", "A", "B")
    assert keys[52:54] == ("aa", "ab")
    assert len(set(keys)) == 120


@pytest.mark.parametrize("marks", [1, 9, 10, 37, 99, 100, 101, 199, 200, 250, 999])
def test_a_mark_that_is_not_on_the_page_cannot_be_answered(marks: int) -> None:
    definition = DocumentType("own", "Own", "Own", (FieldType("k", "K", Kind.TEXT),))
    pattern = re.compile(MARKS.form(definition, marks, 0).pattern)
    width = len(mark_text(1, marks)) - 2
    fits = [n for n in range(10**width) if pattern.fullmatch(f"a{n:0{width}d}")]
    assert fits == list(range(1, marks + 1))


@pytest.mark.parametrize(
    ("kind", "printed"),
    [
        (Kind.DATE, "03.11.2026"),
        (Kind.DATE, "3. November 2026"),
        (Kind.DATE, "Nov. 3, 2026"),
        (Kind.DATE, "Tuesday, 3 November 2026"),
        (Kind.DATE, "2026年11月3日"),
        (Kind.DATE, "20261103"),
        (Kind.DATE, "3 de noviembre de 2026"),
        (Kind.AMOUNT, "1.234,50"),
        (Kind.AMOUNT, "1 234,50"),
        (Kind.AMOUNT, "1'234.50"),
        (Kind.AMOUNT, "-12.00"),
        (Kind.AMOUNT, "12,00-"),
        (Kind.AMOUNT, "(12.00)"),
        (Kind.AMOUNT, "12,-"),
        (Kind.AMOUNT, ".50"),
        (Kind.NUMBER, "19 %"),
        (Kind.NUMBER, "2,5"),
        (Kind.IBAN, "DE02 1203 0000 0000 2020 51"),
        (Kind.IBAN, "NO9386011117947"),
        (Kind.VAT_ID, "DE 136 695 976"),
        (Kind.VAT_ID, "CHE-123.456.788"),
        (Kind.IDENTIFIER, "RE/2026-0815 (B)"),
        (Kind.NAME, "Müller & Söhne GmbH | Köln"),
    ],
)
def test_what_documents_print_fits_its_pattern(kind: Kind, printed: str) -> None:
    field = FieldType("k", "K", kind)
    definition = DocumentType("own", "Own", "Own", (field,))
    assert re.fullmatch(pattern_of(field), printed)
    for way in (VALUES, MARKS):
        answer = way.write(definition, {"k": Said(text=printed)}, [], 0)
        said = answered(way, definition, way.form(definition, 0, 0), answer)
        assert said.fields["k"].text == printed


texts = st.text(
    st.characters(min_codepoint=32, blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=250
)
saids = st.builds(Said, st.integers(0, 150), texts, st.just(0.5))


def rows_of(definition: DocumentType) -> st.SearchStrategy[list[Mapping[str, Said]]]:
    keys = st.sampled_from([column.key for column in definition.lines])
    return st.lists(st.dictionaries(keys, saids), max_size=5)


@pytest.mark.parametrize("way", [VALUES, MARKS])
@given(data=st.data(), marks=st.sampled_from([0, 40, 150]))
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_fits_the_form_and_is_read_back(
    way: AnswerFormat, data: st.DataObject, marks: int
) -> None:
    definition = data.draw(st.sampled_from([*TYPES, OWN]))
    keys = [field.key for field in definition.fields]
    fields = data.draw(st.dictionaries(st.sampled_from(keys), saids))
    rows = data.draw(rows_of(definition))
    answer = way.write(definition, fields, rows, marks)
    form = way.form(definition, marks, 5)
    assert re.fullmatch(form.pattern, answer)
    said = answered(way, definition, form, answer)
    assert way.write(definition, said.fields, said.rows, marks) == answer
    assert len(said.rows) == len(rows)
