"""What answers questions, for whoever shows the answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from app.asking.messages import Ask, Event


class Answering(Protocol):
    """A question on its way."""

    def events(self) -> Iterator[Event]:
        """What happens to the question, as it happens; the last one is ``Answered``.

        Raises ``ProblemError``: ``model_missing`` (it needs a model, and there is none),
        ``document_gone``, ``document_unread``, what an engine raises, ``cancelled`` when it
        was stopped before there was an answer.  Where it fails in the middle of an answer,
        what was written is kept and told as ``Answered`` first (``Told.stopped``).
        """

    def stop(self) -> None:
        """End the answer where it is; what was written is kept.  From any thread."""


class Answers(Protocol):
    """Answers questions; every method may be called from any thread."""

    @property
    def can_read(self) -> bool:
        """Whether there is a model, without which only calculations set by hand are answered."""

    def ask(self, ask: Ask) -> Answering:
        """Begin with a question."""
