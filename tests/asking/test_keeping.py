"""Answers are kept as bytes and come back the same; other bytes come back as nothing."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.asking.keeping import documents_of, pack_reply, unpack_reply
from app.asking.messages import (
    Citation,
    Computed,
    Doubt,
    Doubted,
    Given,
    Reply,
    Told,
    Way,
)
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
A_REPLY = Told(
    "Three months [1:2].",
    Way.WHOLE,
    citations=(Citation(13, 18, 7, "lease.pdf", 1, 2, 2, "three months"),),
    given=(Given(8, "bill.pdf", 1), Given(7, "lease.pdf", 1)),
)


@given(replies)
def test_a_reply_comes_back_as_it_was(reply: Reply) -> None:
    again = unpack_reply(pack_reply(reply))
    assert again == reply
    if isinstance(reply, Computed) and isinstance(again, Computed):
        for before, after in zip(reply.figures.figures, again.figures.figures, strict=True):
            assert str(before.value) == str(after.value)  # 12.50 is not 12.5


@given(st.binary(max_size=200))
def test_any_other_bytes_are_nothing(data: bytes) -> None:
    assert unpack_reply(data) is None
    assert unpack_reply(b"\x01" + data) is None


@given(replies, st.data())
def test_a_damaged_reply_is_nothing_or_a_reply(reply: Reply, data: st.DataObject) -> None:
    packed = bytearray(pack_reply(reply))
    where = data.draw(st.integers(0, len(packed) - 1))
    packed[where] = data.draw(st.integers(0, 255))
    found = unpack_reply(bytes(packed))
    assert found is None or pack_reply(found)
    assert unpack_reply(pack_reply(reply)[:where]) is None


def test_a_newer_version_is_nothing_and_a_new_field_is_left_out() -> None:
    packed = pack_reply(A_REPLY)
    assert unpack_reply(b"\x02" + packed[1:]) is None
    fields: dict[str, object] = msgspec.msgpack.decode(packed[1:])
    later = b"\x01" + msgspec.msgpack.encode({**fields, "mood": "good"})
    assert unpack_reply(later) == A_REPLY


def test_bytes_made_to_do_harm_are_nothing() -> None:
    head = b"\x01\x84\xa4type\xa4Told\xa4text\xa1x\xa3way\xa5whole"
    assert unpack_reply(head + b"\xa5pages\x01") == Told("x", Way.WHOLE, pages=1)
    for tail in (
        b"\xa4deep" + b"\x91" * 200_000,  # deeper than any stack
        b"\xa9citations\xdd\xff\xff\xff\xff",  # a list of four thousand million
        b"\xa4text\xdb\xff\xff\xff\xff",
        b"\xa4text\xa2\xff\xfe",  # no UTF-8
        b"\xa7seconds\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00",  # not a number
    ):
        assert unpack_reply(head + tail) is None


def test_what_could_not_be_shown_is_nothing() -> None:
    for start, end in ((-1, 1), (2, 1), (0, 2)):
        outside = Told("x", Way.WHOLE, doubts=(Doubt(start, end, Doubted.NOT_THERE),))
        assert unpack_reply(pack_reply(outside)) is None
    for value in ("1E+999999999", "1E-999999999", "NaN", "Infinity", "1" * 300):
        figure = Figure("", "EUR", Decimal(value), 1)
        big = Computed(Calculation(Measure.SUM), Figures((figure,)), "", "2026-03-31")
        assert unpack_reply(pack_reply(big)) is None
    for value in ("0.00", "-0.01", "123456789012345678.905"):
        figure = Figure("", "EUR", Decimal(value), 1)
        right = Computed(Calculation(Measure.SUM), Figures((figure,)), "", "2026-03-31")
        assert unpack_reply(pack_reply(right)) == right


def test_the_documents_of_an_answer_are_those_it_was_given_and_cites() -> None:
    assert documents_of(A_REPLY) == (8, 7)
    none = Computed(Calculation(Measure.COUNT), Figures(listed=(1, 2)), "2", "2026-03-31")
    assert documents_of(none) == ()
