"""Questions in four languages: the calculation that each should become comes to its true result.

The results in ``tests/data/questions.jsonl`` were counted by an oracle in plain Python over
the made library; here the library's own way, from the notation through SQL, must agree.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.document_types import Kind
from app.library import Library
from app.library.calculation import (
    Bucket,
    Calculation,
    Condition,
    Figures,
    Measure,
    Operator,
    Order,
    Why,
)
from app.library.columns import Choice, Form, columns_of, form_of, operators_of
from app.library.notation import read_notation, written
from app.library.rows import Part
from tests.data.answer_questions import Question, questions
from tests.data.figures_oracle import Result, result
from tests.data.made_library import COLUMNS, COUNT, ROWS, TODAY, UNREAD, fill

QUESTIONS = questions()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The made library; it is only read."""
    desk = tmp_path_factory.mktemp("desk")
    with Library.open(desk / "library") as library:
        fill(library, desk)
        yield library


def plain(calculation: Calculation, figures: Figures) -> Result:
    """Figures as the oracle gives them."""
    found: Result = {"rows": figures.rows}
    if calculation.measure is Measure.LIST:
        found["listed"] = list(figures.listed)
    else:
        found["figures"] = [
            [one.group, one.currency, format(one.value, "f"), one.rows] for one in figures.figures
        ]
        found |= {"groups": figures.groups, "subtracted": list(figures.subtracted)}
    prefixes = {Part.FIELDS: "", Part.LINES: "line.", Part.TAXES: "tax."}
    found["gaps"] = [
        [
            gap.why,
            None if gap.column is None else prefixes[gap.column.part] + gap.column.name,
            gap.records,
            gap.among,
        ]
        for gap in figures.gaps
    ]
    return found | {"days": [figures.since, figures.until]}


def test_there_are_enough_questions_of_every_sort() -> None:
    calculations = [read_notation(one.notation) for one in QUESTIONS]
    assert len({one.question for one in QUESTIONS}) >= 60
    assert all(count >= 10 for count in Counter(one.language for one in QUESTIONS).values())
    assert {one.language for one in QUESTIONS} == {"en", "de", "fr", "es"}
    assert {one.measure for one in calculations} == set(Measure)
    assert {test.operator for one in calculations for test in one.where} >= set(Operator) - {
        Operator.PRESENT
    }
    assert {one.bucket for one in calculations} >= set(Bucket) - {Bucket.DAY}
    assert {one.order for one in calculations} == set(Order)
    whys = {gap[0] for one in QUESTIONS for gap in one.result["gaps"]}  # type: ignore[attr-defined]
    assert whys == set(Why)


@pytest.mark.parametrize("one", QUESTIONS, ids=lambda one: one.question)
def test_it_is_short_enough_for_a_model_to_write(one: Question) -> None:
    """Counted as tokenizers do roughly: a word or sign each, a digit each, long words in parts."""
    pieces = re.findall(r"[0-9]|[^\W\d_]{1,7}|[^\w\s]|_", one.notation)
    assert len(pieces) <= 40


@pytest.mark.parametrize("one", QUESTIONS, ids=lambda one: one.question)
def test_its_calculation_comes_to_the_true_result(made: Library, one: Question) -> None:
    calculation = read_notation(one.notation)
    assert plain(calculation, made.calculate(calculation, TODAY)) == one.result


@pytest.mark.parametrize("one", QUESTIONS[::6], ids=lambda one: one.question)
def test_the_oracle_still_gives_what_is_kept(one: Question) -> None:
    assert result(read_notation(one.notation)) == one.result


@pytest.mark.parametrize("one", QUESTIONS, ids=lambda one: one.question)
def test_behind_every_number_stand_its_records(made: Library, one: Question) -> None:
    calculation = read_notation(one.notation)
    figures = made.calculate(calculation, TODAY)
    for figure in figures.figures:
        behind = made.behind(calculation, TODAY, figure)
        assert len(set(behind)) == len(behind)
        if calculation.measure in (Measure.SMALLEST, Measure.LARGEST):
            assert behind
        elif calculation.of is None or calculation.of.part is Part.FIELDS:
            lines = any(test.column.part is not Part.FIELDS for test in calculation.where)
            assert len(behind) <= figure.rows if lines else len(behind) == figure.rows
    for gap in figures.gaps:
        records = made.in_gap(calculation, TODAY, gap)
        if gap.why is Why.UNREAD:
            assert records == []
        else:
            assert 0 < len(records) <= gap.records


def test_the_made_library_is_all_there(made: Library) -> None:
    everything = [*made.table(""), *made.table("", trashed=True)]
    assert len(everything) == COUNT
    assert [row.name for row in made.document_rows(made.unread())] == list(UNREAD)


def offered(part: Part) -> list[Choice]:
    """The columns that the oracle knows as well."""
    rows = {role for roles in ROWS.values() for role in roles}
    fields = {role for roles in COLUMNS.values() for role in roles}
    known = {Part.FIELDS: fields | {"@type", "@name"}, Part.LINES: rows}.get(part, set())
    return [
        choice
        for choice in columns_of()
        if choice.column.part is part
        and choice.column.name in known
        and choice.kind is not Kind.ADDRESS
    ]


FIELDS, LINES = offered(Part.FIELDS), offered(Part.LINES)
TEXTS = ["miller", "Müller", "kontor", "café", "R-00", "invoice", "EUR", "%", "_", "';--", "東京"]
NUMBERS = ["0", "0.01", "100", "-25.5", "1000.10", "19", "7", "2500"]
PERIODS = ["2026", "2025-11", "2026-Q3", "..yesterday", "today..", "last-30-days", "2026-06-15"]


@st.composite
def conditions(draw: st.DrawFn, choice: Choice) -> Condition:
    operator = draw(st.sampled_from(operators_of(choice.kind)))
    value = ""
    if operator is Operator.IN:
        value = draw(st.sampled_from(PERIODS))
    elif form_of(choice.kind) is Form.NUMBER and operator is not Operator.MISSING:
        value = "" if operator is Operator.PRESENT else draw(st.sampled_from(NUMBERS))
    elif operator in (Operator.IS, Operator.HAS, Operator.LACKS):
        value = draw(st.sampled_from(TEXTS))
    return Condition(choice.column, operator, value)


@st.composite
def calculations(draw: st.DrawFn) -> Calculation:
    choices = draw(st.sampled_from([FIELDS, FIELDS + LINES]))
    measure = draw(st.sampled_from(Measure))
    numbers = [choice for choice in choices if form_of(choice.kind) is Form.NUMBER]
    adds = measure not in (Measure.COUNT, Measure.LIST)
    ordered = measure is Measure.LIST and draw(st.booleans())
    of = draw(st.sampled_from(numbers)).column if adds or ordered else None
    by = draw(st.none() | st.sampled_from(choices)) if measure is not Measure.LIST else None
    dated = by is None or by.kind is Kind.DATE
    picked = draw(st.lists(st.sampled_from(choices), max_size=2))
    return Calculation(
        measure=measure,
        of=of,
        where=tuple(draw(conditions(choice)) for choice in picked),
        period=draw(st.just("") | st.sampled_from(PERIODS)),
        by=None if by is None else by.column,
        bucket=draw(st.sampled_from(Bucket))
        if dated and measure is not Measure.LIST
        else Bucket(""),
        order=draw(st.sampled_from(Order)),
        limit=draw(st.sampled_from([0, 1, 3, 20])),
    )


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(calculations())
def test_any_calculation_comes_to_what_the_oracle_counts(
    made: Library, calculation: Calculation
) -> None:
    try:
        figures = made.calculate(calculation, TODAY)
    except ValueError:  # no type has all of these columns
        assume(False)
    assert read_notation(written(calculation)) == calculation
    assert plain(calculation, figures) == result(calculation)
