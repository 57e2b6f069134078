"""Answers are kept as bytes and come back the same; other bytes come back as nothing."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.asking.keeping import documents_of, pack_reply, unpack_reply
from app.asking.messages import Citation, Computed, Doubt, Doubted, Given, Reply, Told, Way
from app.library.calculation import Calculation, Figure, Figures, Measure
from tests.asking.replies import replies

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
