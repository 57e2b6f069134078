"""What the parent tells the engine's child beyond requests, and what it hears beyond events."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.messages import Answer, Piece, Progress, Request
from app.engine.plan import Plan
from app.errors import Problem


@dataclass(frozen=True, slots=True)
class Load:
    """Load a model and answer requests until the end.

    ``projector`` is "" for a model without picture input.  States and encoded pictures
    are kept in the folder ``cache``.
    """

    model: str
    projector: str
    plan: Plan
    cache: str


@dataclass(frozen=True, slots=True)
class Replan:
    """Go on with another plan (a larger context, more sequences) as soon as nothing is decoded."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Cancel:
    """Give up a request."""

    id: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The model is there."""

    seconds: float


@dataclass(frozen=True, slots=True)
class TooLong:
    """A request that needs more cells than the plan has: ``tokens`` with its answer."""

    id: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A request that could not be answered."""

    id: str
    problem: Problem


REQUESTS = (Load, Request, Replan, Cancel)
REPLIES = (Loaded, Progress, Piece, Answer, TooLong, Failed)
