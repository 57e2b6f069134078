"""Replies of every form, for properties that hold for all of them."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from app.asking.messages import Citation, Computed, Doubt, Doubted, Given, Reply, Told, Way
from app.library.calculation import (
    Bucket,
    Calculation,
    Column,
    Condition,
    Figure,
    Figures,
    Gap,
    Measure,
    Operator,
    Order,
    Why,
)
from app.library.rows import Part

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
whole = st.integers(0, 2**40)
seconds = st.floats(0, 1e6)
columns = st.builds(Column, words, st.sampled_from(Part))


def short(of: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(of, max_size=3).map(tuple)


calculations = st.builds(
    Calculation,
    measure=st.sampled_from(Measure),
    of=st.none() | columns,
    kinds=short(words),
    where=short(st.builds(Condition, columns, st.sampled_from(Operator), words)),
    period=words,
    by=st.none() | columns,
    bucket=st.sampled_from(Bucket),
    order=st.sampled_from(Order),
    limit=whole,
)
amounts = st.decimals(
    min_value=Decimal("-1e20"), max_value=Decimal("1e20"), allow_nan=False, places=4
)
figures = st.builds(
    Figures,
    figures=short(st.builds(Figure, words, words, amounts, whole)),
    groups=whole,
    listed=short(whole),
    rows=whole,
    gaps=short(st.builds(Gap, st.sampled_from(Why), st.none() | columns, whole, whole)),
    subtracted=short(words),
    since=words,
    until=words,
)
computed = st.builds(
    Computed,
    calculation=calculations,
    figures=figures,
    sentence=words,
    today=words,
    by_hand=st.booleans(),
    seconds=seconds,
    place=words,
)


@st.composite
def told(draw: st.DrawFn) -> Told:
    text = draw(words)
    stretches = st.lists(st.integers(0, len(text)), min_size=2, max_size=2).map(sorted)
    cited = st.builds(
        lambda stretch, *rest: Citation(*stretch, *rest),
        stretches,
        whole,
        words,
        whole,
        whole,
        whole,
        words,
    )
    doubted = st.builds(
        lambda stretch, why: Doubt(stretch[0], stretch[1], why),
        stretches,
        st.sampled_from(Doubted),
    )
    return Told(
        text=text,
        way=draw(st.sampled_from(Way)),
        citations=draw(st.lists(cited, max_size=3).map(tuple)),
        doubts=draw(st.lists(doubted, max_size=3).map(tuple)),
        given=draw(st.lists(st.builds(Given, whole, words, whole), max_size=3).map(tuple)),
        pages=draw(whole),
        seconds_for_all=draw(st.none() | seconds),
        thinking=draw(words),
        thought_seconds=draw(seconds),
        seconds=draw(seconds),
        stopped=draw(st.booleans()),
        place=draw(words),
    )


replies: st.SearchStrategy[Reply] = told() | computed
