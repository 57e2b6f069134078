"""The notation says every calculation in one way, and reads nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.library.calculation import (
    Bucket,
    Calculation,
    Column,
    Condition,
    Measure,
    Operator,
    Order,
)
from app.library.notation import MOST, WORDS, read_notation, written
from app.library.rows import Part

EXAMPLE = (
    'sum gross of invoice,receipt where seller has "Miller" & due_date in ..yesterday'
    " when 2026-03 by month top 5 highest"
)

texts = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\"'"),
    max_size=30,
)
names = st.one_of(
    st.sampled_from(
        ["gross", "seller", "@type", "@name", "total_2", "line", "tax", "Größe", "a, b & c"]
    ),
    st.sampled_from(sorted(WORDS)),
    texts.filter(bool),
)
columns = st.builds(Column, names, st.sampled_from(Part))
periods = st.sampled_from(
    [
        "2026",
        "2026-03",
        "2026-Q1",
        "2026-03-31",
        "today",
        "this-week",
        "last-30-days",
        "..yesterday",
        "2026-01..2026-Q2",
        "today..",
        "next-7-days",
        "next-month",
    ]
)
numbers = st.decimals(-(10**9), 10**9, places=2).map(str)
conditions = st.one_of(
    st.builds(
        Condition,
        columns,
        st.sampled_from([Operator.IS, Operator.HAS, Operator.LACKS]),
        texts,
    ),
    st.builds(Condition, columns, st.sampled_from([Operator.LEAST, Operator.MOST]), numbers),
    st.builds(Condition, columns, st.just(Operator.IN), periods),
    st.builds(Condition, columns, st.sampled_from([Operator.MISSING, Operator.PRESENT])),
)
calculations = st.builds(
    Calculation,
    measure=st.sampled_from(Measure),
    of=st.none() | columns,
    kinds=st.lists(names, max_size=3).map(tuple),
    where=st.lists(conditions, max_size=4).map(tuple),
    period=st.just("") | periods,
    by=st.none() | columns,
    bucket=st.sampled_from(Bucket),
    order=st.sampled_from(Order),
    limit=st.integers(0, 999_999_999),
)


@given(calculations)
def test_what_is_written_is_read_as_the_same(calculation: Calculation) -> None:
    assert read_notation(written(calculation)) == calculation


def test_the_example_says_what_it_seems_to() -> None:
    assert read_notation(EXAMPLE) == Calculation(
        Measure.SUM,
        of=Column("gross"),
        kinds=("invoice", "receipt"),
        where=(
            Condition(Column("seller"), Operator.HAS, "Miller"),
            Condition(Column("due_date"), Operator.IN, "..yesterday"),
        ),
        period="2026-03",
        bucket=Bucket.MONTH,
        order=Order.HIGHEST,
        limit=5,
    )


@given(st.lists(st.sampled_from([*EXAMPLE.split(), *WORDS, "line.amount", "'x", '"', "''"])))
def test_words_in_any_order_are_read_in_one_way_or_not_at_all(words: list[str]) -> None:
    text = " ".join(["sum", *words])
    try:
        calculation = read_notation(text)
    except ValueError:
        return
    assert written(calculation) == text


@given(st.text() | st.text(st.sampled_from(EXAMPLE + "'\n\0;-")))
def test_no_text_does_harm(text: str) -> None:
    try:
        read_notation(text)
    except ValueError:
        return
    assert written(read_notation(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sum gross",
        "sum  gross",
        "sum gross ",
        "sum gross; DROP TABLE records",
        'sum gross where seller is "a" OR "1"="1"',
        'sum gross where seller is "a"b"',
        'sum gross where seller is "a\n"',
        'sum gross where seller is "\0"',
        'sum gross where seller is "\ud800"',
        "sum gross where seller is 'a'",
        "sum 'gross'",
        "sum gross top 0",
        "sum gross top 05",
        "sum gross highest top 5",
        "sum gross where gross from 1e9",
        "sum gross where gross from NaN",
        "sum gross where due_date in someday",
        "sum gross by",
        'sum gross where seller has "' + "x" * MOST + '"',
        "sum " + "gross of invoice," * 500,
        "count where " + "a missing & " * 10_000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_notation(text)


@pytest.mark.parametrize(
    "calculation",
    [
        Calculation(Measure.COUNT, where=(Condition(Column("a"), Operator.IS, '"'),)),
        Calculation(Measure.COUNT, where=(Condition(Column("a"), Operator.IS, "x" * 201),)),
        Calculation(Measure.COUNT, where=(Condition(Column("a"), Operator.LEAST, "1,5"),)),
        Calculation(Measure.COUNT, where=(Condition(Column("a"), Operator.MISSING, "x"),)),
        Calculation(Measure.COUNT, of=Column("")),
        Calculation(Measure.COUNT, of=Column("it's")),
        Calculation(Measure.COUNT, period="soon"),
        Calculation(Measure.COUNT, limit=-1),
        Calculation(Measure.COUNT, where=(Condition(Column("a"), Operator.MISSING),) * 1_000),
    ],
)
def test_what_it_cannot_say_is_refused(calculation: Calculation) -> None:
    with pytest.raises(ValueError, match=r"."):
        written(calculation)
