"""What is asked and what is answered: plain frozen values, which are also kept as they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from app.engine.messages import Stage
from app.library.calculation import Calculation, Figures


class Way(StrEnum):
    """How a question was answered."""

    COMPUTED = "computed"  # by the database
    WHOLE = "whole"  # from documents that the model was given whole
    PASSAGES = "passages"  # from pages that a search found


@dataclass(frozen=True, slots=True)
class Ask:
    """A question.

    ``documents`` are the ones that it is about, empty for the whole library.
    ``conversation`` is the id of the one that it goes on with, ``None`` for a new one.
    ``way`` is what the user chose, ``None`` to leave it to the program.  A ``calculation``
    that the user set by hand needs no model.  ``think`` lets the model think first.
    """

    text: str
    documents: tuple[int, ...] = ()
    conversation: int | None = None
    way: Way | None = None
    calculation: Calculation | None = None
    think: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """Lines of a page that an answer names as what it rests on.

    ``start`` and ``end`` are where the citation stands in the answer's text.
    ``first_line`` and ``last_line`` count from 1 on the page, as they were given to the
    model; ``quote`` is their text.  The lines exist: what names others becomes a doubt.
    """

    start: int
    end: int
    document_id: int
    document_name: str
    page: int
    first_line: int
    last_line: int
    quote: str


class Doubted(StrEnum):
    """Why a stretch of an answer is marked."""

    NO_SUCH_LINES = "no such lines"  # a citation of what was not given
    NOT_CITED = "not cited"  # a number, date or name with no citation
    NOT_THERE = "not there"  # a number, date or name that its cited lines do not have


@dataclass(frozen=True, slots=True)
class Doubt:
    """A stretch of an answer (``start`` to ``end``) that could not be verified."""

    start: int
    end: int
    why: Doubted


@dataclass(frozen=True, slots=True)
class Given:
    """A page that the model was given."""

    document_id: int
    document_name: str
    page: int


class Told(msgspec.Struct, frozen=True, tag=True):
    """An answer in words, from pages.

    ``given`` of ``pages`` pages were given to the model.  ``seconds_for_all`` is about what
    reading all of them would take, ``None`` where that is not known or cannot be done.
    ``stopped``: the user ended it, or it was cut off; then it is as far as it came.
    ``place`` is where the pages went, "" for this computer.  ``forgotten`` earlier turns of
    the conversation, the oldest, were not told to the model: there was no room for them.
    """

    text: str
    way: Way
    citations: tuple[Citation, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    given: tuple[Given, ...] = ()
    pages: int = 0
    seconds_for_all: float | None = None
    thinking: str = ""
    thought_seconds: float = 0.0
    seconds: float = 0.0
    stopped: bool = False
    place: str = ""
    forgotten: int = 0


class Computed(msgspec.Struct, frozen=True, tag=True):
    """An answer in figures.

    ``today`` is the day (ISO 8601) that relative periods were counted from; ``sentence``
    says the result in words.  ``by_hand``: the user set the calculation.
    """

    calculation: Calculation
    figures: Figures
    sentence: str
    today: str
    by_hand: bool = False
    seconds: float = 0.0
    place: str = ""


Reply = Told | Computed


@dataclass(frozen=True, slots=True)
class Doing:
    """What is being done for a question, and about how many seconds are left."""

    stage: Stage
    done: int
    total: int
    left: float | None


@dataclass(frozen=True, slots=True)
class Piece:
    """The next piece of an answer in words, or of the thinking before it."""

    text: str
    thinking: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """The way that is taken and, in words, with how much of what there is."""

    way: Way
    given: int = 0
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer, kept in the library as ``turn`` of ``conversation``.

    Both are 0 where it could not be kept: the library is open only to be read, the
    conversation was deleted meanwhile, or (a problem follows) the disk is full.
    """

    conversation: int
    turn: int
    reply: Reply


Event = Doing | Piece | Chosen | Answered
