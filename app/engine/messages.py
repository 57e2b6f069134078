"""What is asked of a model and what comes back, the same for every engine.

Plain frozen values, so that they cross to the engine's child as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from app.engine.forms import Form


class TextPart(msgspec.Struct, frozen=True, tag=True):
    """Text of a document.  It is data: nothing in it is taken for a control token."""

    text: str


class PicturePart(msgspec.Struct, frozen=True, tag=True):
    """A picture file (JPEG or PNG) that is shown to the model as it is.

    ``path`` is readable by the engine's child; ``key`` names its content.
    """

    path: str
    key: str


Part = TextPart | PicturePart


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to be answered.

    ``instructions`` (the system message) is the same for many requests, and is decoded
    once for all of them.  So many of the first ``parts`` as ``kept`` says are a document of
    which more questions will come: what is decoded of instructions and document is kept in
    memory and on disk, and the next request that begins with them has only the rest of its
    parts decoded.  With a ``form`` the answer is bounded and valid by it; without
    one it is free text of at most ``most_tokens``.  ``think_tokens`` > 0 switches
    thinking on and bounds it.  ``adapter`` is the path of a LoRA file, "" for none.
    ``id`` is unique among the requests in flight; ``name`` is the document that it is
    about, for the words of a problem.  ``dictated`` is for measuring: the answer
    that is written, whatever the model would have preferred, at the same cost.
    """

    id: str
    instructions: str
    parts: tuple[Part, ...]
    form: Form | None = None
    most_tokens: int = 1024
    think_tokens: int = 0
    adapter: str = ""
    name: str = ""
    dictated: str = ""
    kept: int = 0


class Stage(StrEnum):
    """What the engine is doing for a request."""

    WAITING = "waiting"
    LOADING = "loading"
    PICTURES = "pictures"
    READING = "reading"  # decoding the prompt
    WRITING = "writing"  # decoding the answer


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a request is: ``done`` of ``total`` (tokens; bytes while loading).

    ``left`` is the estimated time in seconds until the answer, ``None`` while unknown.
    """

    id: str
    stage: Stage
    done: int
    total: int
    left: float | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """The next piece of an answer without a form, or of its thinking."""

    id: str
    text: str
    thinking: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """One filled slot.

    ``certainty`` is the product of the probabilities of its tokens, from the raw logits
    (before the grammar); forced tokens count as 1.
    """

    key: str
    rows: str
    row: int
    text: str
    certainty: float


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens of one request by how they came about, and seconds that it took.

    ``prompt`` of which ``cached`` were not decoded again (shared instructions and kept
    documents, with their pictures) and ``pictures`` were picture tokens; ``sampled`` and
    ``forced`` of the answer; ``drafted`` by speculation, of which ``accepted`` stood.
    """

    prompt: int = 0
    cached: int = 0
    pictures: int = 0
    sampled: int = 0
    forced: int = 0
    drafted: int = 0
    accepted: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer.  ``cut`` says that ``most_tokens`` ended it, or that it repeated itself."""

    id: str
    text: str
    filled: tuple[Filled, ...]
    thinking: str = ""
    cut: bool = False
    counts: Counts = Counts()


Event = Progress | Piece | Answer
