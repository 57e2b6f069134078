"""The engine of this computer, planned anew while its child holds the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine import choice
from app.engine.choice import local_engine
from app.engine.hardware import GraphicsCard, Machine, machine
from app.engine.header import read_header
from app.engine.messages import Answer, Request, TextPart
from app.engine.plan import Work, plan
from app.errors import ProblemError
from models.micro.vocabulary import HERE

MODEL = HERE / "micro.gguf"
LONG = "word " * 1500


def least_free(tokens: int, of: Machine) -> int:
    """The free memory with which so many tokens just fit."""
    header = read_header(MODEL)
    low, high = 0, of.total
    while high - low > 100_000:
        middle = (low + high) // 2
        try:
            plan(header, None, Machine(of.cores, middle, of.total), Work(longest=tokens))
        except ProblemError:
            low = middle
        else:
            high = middle
    return high


def test_what_the_child_holds_is_free_for_its_next_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = machine()
    engine = local_engine(MODEL, None, tmp_path)
    try:
        *_, first = engine.ask(Request("short", "", (TextPart("word"),), None, 1)).events()
        assert isinstance(first, Answer)
        held = engine.memory - MODEL.stat().st_size
        left = least_free(6500, here) - held // 2

        def short_of_memory(cards: tuple[GraphicsCard, ...] = ()) -> Machine:
            return Machine(here.cores, left, here.total, here.processor, cards)

        monkeypatch.setattr(choice, "machine", short_of_memory)
        *_, answer = engine.ask(Request("long", "", (TextPart(LONG),), None, 1)).events()
        assert isinstance(answer, Answer)
        assert 5500 < answer.counts.prompt < 6500
        engine.stop()
        with pytest.raises(ProblemError, match="can be used"):  # with nothing held, it is short
            list(engine.ask(Request("again", "", (TextPart(LONG),), None, 1)).events())
    finally:
        engine.stop()


def test_what_a_request_costs_is_known_once_one_was_answered(tmp_path: Path) -> None:
    engine = local_engine(MODEL, None, tmp_path)
    try:
        assert engine.room() > 6500
        assert engine.seconds(1000, 10) is None
        *_, answer = engine.ask(Request("short", "", (TextPart("word"),), None, 4)).events()
        assert isinstance(answer, Answer)
        before = engine.seconds(1000, 10)
    finally:
        engine.stop()
    again = local_engine(MODEL, None, tmp_path)
    assert before is not None
    assert again.seconds(1000, 10) == before
    assert again.seconds(2000, 10) > before  # type: ignore[operator]


def test_room_is_little_where_memory_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = machine()
    engine = local_engine(MODEL, None, tmp_path)
    roomy = engine.room()
    for free, least, most in ((least_free(6500, here), 6200, 6800), (1_000_000, 0, 0)):
        short = Machine(here.cores, free, here.total, here.processor)
        monkeypatch.setattr(choice, "machine", lambda cards=(), short=short: short)
        assert least <= engine.room() <= most < roomy
