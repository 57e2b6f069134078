"""What a journey tells its listeners, from its worker threads."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.messages import Stage
from app.errors import Problem


@dataclass(frozen=True, slots=True)
class Changed:
    """A document, its state or its records changed; look them up again."""

    document_id: int


@dataclass(frozen=True, slots=True)
class Progress:
    """So many pages of a document are read."""

    document_id: int
    pages_read: int
    pages: int


@dataclass(frozen=True, slots=True)
class Queue:
    """How many documents wait and are being read, and whether the queue is paused."""

    waiting: int
    running: int
    paused: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """The library itself cannot be written (disk full, …); work goes on when it can again."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Refining:
    """How far a model is with what is read: ``done`` of ``total`` documents.

    ``left`` is the estimated time in seconds until all is done, ``None`` while unknown.
    ``place`` is the server that pages go to, "" for this computer.  At the end ``done`` is
    ``total``, and then both begin again from 0.
    """

    done: int
    total: int
    left: float | None
    paused: bool
    place: str


@dataclass(frozen=True, slots=True)
class Considering:
    """How far a model is with one document: ``done`` of ``total`` (tokens; bytes of loading).

    ``left`` is the estimated time in seconds until its answer, ``None`` while unknown.
    """

    document_id: int
    stage: Stage
    done: int
    total: int
    left: float | None


Event = Changed | Progress | Queue | Trouble | Refining | Considering
