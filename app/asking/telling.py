"""An answer in words: the way is chosen, the model is asked, and what it said is checked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from app.asking.checking import checked
from app.asking.choosing import (
    MOST_PASSAGES,
    MOST_WHOLE,
    passage_budget,
    way_of,
    whole_fits,
    within,
)
from app.asking.gathering import Gatherer, Source, papers_of, picture_tokens
from app.asking.going import Going
from app.asking.messages import Ask, Chosen, Doing, Piece, Told, Way
from app.asking.plain_text import shown_text
from app.asking.prompting import ANSWER_TOKENS, Before, asking, tokens_beside
from app.asking.sheets import Paper, Sheet
from app.engine.engine import Engine
from app.engine.messages import Answer, Progress, Request
from app.engine.messages import Piece as EnginePiece
from app.errors import Code, Problem, ProblemError, problem
from app.library import Library

NOTHING_FOUND = "No page of the library was found that speaks of this."
"""The program's own words, where the model has nothing to answer from."""

_LONGEST_SEARCHED = 4_000  # characters of a question
_TOO_MUCH = {Code.PROMPT_TOO_LONG, Code.MODEL_MEMORY}


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer, and what kept the model from finishing it, if anything did."""

    told: Told
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class _Set:
    """What is given to the model, and of how many pages."""

    way: Way
    papers: tuple[Paper, ...]
    pages: int
    seconds_for_all: float | None

    @property
    def given(self) -> int:
        return sum(len(paper.sheets) for paper in self.papers)


@dataclass(slots=True)
class _Written:
    """An answer as far as it has come."""

    text: str = ""
    thinking: str = ""
    thought_seconds: float = 0.0
    stopped: bool = False
    problem: Problem | None = None


class Teller:
    """Answers questions from pages of a library."""

    def __init__(self, library: Library, gatherer: Gatherer) -> None:
        self._library = library
        self._gatherer = gatherer

    def tell(
        self, engine: Engine, ask: Ask, before: Sequence[Before], going: Going, *, known: bool
    ) -> Outcome:
        """Answer a question; ``before`` are the conversation's earlier turns.

        ``known``: its documents were given whole to the turn before.  Raises
        ``ProblemError``, also ``cancelled``, while there is no answer.
        """
        began = time.monotonic()
        if ask.documents:
            outcome = self._about_documents(engine, ask, before, going, known=known)
        else:
            outcome = self._about_library(engine, ask, before, going)
        seconds = time.monotonic() - began
        return Outcome(_timed(outcome.told, seconds), outcome.problem)

    def _about_documents(
        self, engine: Engine, ask: Ask, before: Sequence[Before], going: Going, *, known: bool
    ) -> Outcome:
        rows = self._gatherer.picked(ask.documents)
        pages = sum(max(row.pages, row.pages_read) for row in rows)
        for_all: float | None = None
        if pages <= MOST_WHOLE:
            sources = self._gatherer.whole(rows)
            going.go_on()
            tokens = sum(source.tokens for source in sources)
            tokens += picture_tokens(sources) if engine.sees else 0
            beside = tokens_beside(ask.text, papers_of(sources, parts=False), think=ask.think)
            if way_of(ask.way, engine, tokens, beside, known=known) is Way.WHOLE:
                try:
                    given = self._set(engine, Way.WHOLE, sources, pages, None, going)
                    return self._ask(engine, ask, given, before, going)
                except ProblemError as error:
                    if error.problem.code not in _TOO_MUCH:
                        raise
            if whole_fits(engine, tokens, beside):
                for_all = engine.seconds(tokens, ANSWER_TOKENS)
        some, _ = self._passages(engine, ask, [row.id for row in rows], before, going)
        if not some:
            raise problem(Code.DOCUMENT_UNREAD, rows[0].name)
        given = self._set(engine, Way.PASSAGES, some, pages, for_all, going)
        return self._ask(engine, ask, given, before, going)

    def _about_library(
        self, engine: Engine, ask: Ask, before: Sequence[Before], going: Going
    ) -> Outcome:
        some, pages = self._passages(engine, ask, (), before, going)
        if not some:
            going.tell(Chosen(Way.PASSAGES, 0, pages))
            return Outcome(Told(NOTHING_FOUND, Way.PASSAGES, pages=pages))
        given = self._set(engine, Way.PASSAGES, some, pages, None, going)
        return self._ask(engine, ask, given, before, going)

    def _passages(
        self,
        engine: Engine,
        ask: Ask,
        documents: Sequence[int],
        before: Sequence[Before],
        going: Going,
    ) -> tuple[list[Source], int]:
        """The pages that a search found, and of how many; the first ones where it found none."""
        found = self._library.passages(
            _searched(ask.text, before), documents=documents, limit=MOST_PASSAGES
        )
        places = [(one.document_id, one.page) for one in found.passages]
        if not places:
            firsts = range(1, MOST_PASSAGES // max(1, len(documents)) + 2)
            places = [(document, page) for document in documents for page in firsts]
        sources = self._gatherer.pages(places)
        going.go_on()
        of_place = {
            (source.document_id, sheet.page.number): sheet
            for source in sources
            for sheet in source.sheets
        }
        ranked = [of_place[place] for place in places if place in of_place]
        beside = tokens_beside(ask.text, papers_of(sources, parts=True), think=ask.think)
        room = max(0, engine.room() - beside)
        chosen = list(within(passage_budget(engine, beside), ranked, room))
        kept = [
            replace(source, sheets=tuple(s for s in source.sheets if _is_in(s, chosen)))
            for source in sources
        ]
        return [source for source in kept if source.sheets], found.total

    def _set(
        self,
        engine: Engine,
        way: Way,
        sources: Sequence[Source],
        pages: int,
        seconds_for_all: float | None,
        going: Going,
    ) -> _Set:
        """What is given of the sources, with pictures for an engine that sees."""
        if engine.sees:
            sources = self._gatherer.pictured(sources, going.stoppable)
        papers = papers_of(sources, parts=way is Way.PASSAGES)
        return _Set(way, tuple(papers), pages, seconds_for_all)

    def _ask(
        self, engine: Engine, ask: Ask, given: _Set, before: Sequence[Before], going: Going
    ) -> Outcome:
        going.tell(Chosen(given.way, given.given, given.pages))
        asked = asking(ask.text, given.papers, before, think=ask.think)
        written = _written(engine, asked.request, going)
        found = checked(written.text, ask.text, given.papers)
        told = Told(
            written.text,
            given.way,
            found.citations,
            found.doubts,
            tuple(page for paper in given.papers for page in paper.given()),
            given.pages,
            given.seconds_for_all,
            written.thinking,
            written.thought_seconds,
            stopped=written.stopped,
            place=engine.place,
            forgotten=asked.forgotten,
        )
        return Outcome(told, written.problem)


def _written(engine: Engine, request: Request, going: Going) -> _Written:
    """What the model writes, as far as it comes; raises where it comes to nothing."""
    written = _Written()
    thinks_since: float | None = None
    try:
        for event in going.hear(engine, request):
            if isinstance(event, Progress):
                going.tell(Doing(event.stage, event.done, event.total, event.left))
                continue
            now = time.monotonic()
            if isinstance(event, EnginePiece):
                text = shown_text(event.text)
                if event.thinking:
                    thinks_since = now if thinks_since is None else thinks_since
                    written.thought_seconds = now - thinks_since
                    written.thinking += text
                else:
                    written.text += text
                going.tell(Piece(text, event.thinking))
            elif isinstance(event, Answer):
                written.text = shown_text(event.text)
                written.thinking = shown_text(event.thinking)
                written.stopped = event.cut
    except ProblemError as error:
        if not written.text.strip():
            raise
        written.stopped = True
        if error.problem.code is not Code.CANCELLED or not going.stopped:
            written.problem = error.problem
    written.text = written.text.strip()
    written.thinking = written.thinking.strip()
    return written


def _is_in(sheet: Sheet, chosen: Sequence[Sheet]) -> bool:
    return any(sheet is one for one in chosen)


def _searched(question: str, before: Sequence[Before]) -> str:
    """What is searched for: a follow-up ("and in April?") speaks of the question before it."""
    asked = question[:_LONGEST_SEARCHED]
    return f"{asked} {before[-1].question[:_LONGEST_SEARCHED]}" if before else asked


def _timed(told: Told, seconds: float) -> Told:
    return msgspec.structs.replace(told, seconds=seconds)
