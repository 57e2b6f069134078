"""Which way a question about documents is answered: from all of their pages, or from some."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.asking.messages import Way
from app.asking.prompting import ANSWER_TOKENS
from app.asking.sheets import Sheet
from app.engine.engine import Engine

BEARABLE = 600.0
"""Seconds to the end of an answer that nobody need be asked about."""

MOST_WHOLE = 1_500
"""Pages that are looked at to be given whole; more fit into no context."""

PASSAGES_BEARABLE = 120.0
"""Seconds that an answer from passages should take; fewer are given where it is more."""

PASSAGE_TOKENS = 6_000
"""Tokens of the pages that a search found: some twelve pages."""

_LEAST_PASSAGE_TOKENS = 1_500

MOST_PASSAGES = 40
"""Pages that a search is asked for, the best ones of which are given."""


def whole_fits(engine: Engine, tokens: int, beside: int) -> bool:
    """Whether pages of so many tokens can be part of a request with so many beside them."""
    return tokens + beside <= engine.room()


def way_of(chosen: Way | None, engine: Engine, tokens: int, beside: int, *, known: bool) -> Way:
    """Whole, or passages.

    ``known``: these documents were given whole to the question before, so that they are
    decoded and the time is theirs no more.
    """
    if chosen is Way.PASSAGES or not whole_fits(engine, tokens, beside):
        return Way.PASSAGES
    if chosen is Way.WHOLE or known:
        return Way.WHOLE
    seconds = engine.seconds(tokens, ANSWER_TOKENS)
    return Way.WHOLE if seconds is None or seconds <= BEARABLE else Way.PASSAGES


def passage_budget(engine: Engine, beside: int) -> int:
    """Tokens of the passages to be given, by the room and the time that there is."""
    budget = PASSAGE_TOKENS
    while budget > _LEAST_PASSAGE_TOKENS:
        seconds = engine.seconds(budget, ANSWER_TOKENS)
        if seconds is None or seconds <= PASSAGES_BEARABLE:
            break
        budget //= 2
    return max(0, min(budget, engine.room() - beside))


def within(budget: int, sheets: Sequence[Sheet], room: int) -> Iterator[Sheet]:
    """The first pages that fit into a budget; a single long page may take all the room."""
    left = budget
    taken = False
    for sheet in sheets:
        cost = sheet.tokens
        if cost <= left or (not taken and cost <= room):
            taken = True
            left -= cost
            yield sheet
