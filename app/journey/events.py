"""What a journey tells its listeners, from its worker threads."""

from __future__ import annotations

from dataclasses import dataclass

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


Event = Changed | Progress | Queue | Trouble
