"""Keeping what a model thinks apart from what it answers.

Some servers send the thinking in a field of its own; others leave it in the text, between
``<think>`` and ``</think>`` or, where the chat template has already opened it, before
``</think>`` alone.
"""

from __future__ import annotations

from enum import Enum, auto

_OPEN, _CLOSE = "<think>", "</think>"
_LONGEST_BLANK = 200  # characters before the first word


class _At(Enum):
    START = auto()  # nothing but white space so far
    OPENED = auto()  # after <think>
    UNSURE = auto()  # thinking was asked for and no tag has come: either may be meant
    ANSWER = auto()


class Apart:
    """Sorts the pieces of a stream into thinking and answer.

    ``asked`` is whether thinking was switched on.  Of ``thought`` only what is certain is
    there while the stream runs.
    """

    def __init__(self, *, asked: bool) -> None:
        self._asked = asked
        self._at = _At.START
        self._held = ""
        self._thinks = False  # certainly
        self.thought = ""
        self.answer = ""
        self.thinking_pieces = 0

    @property
    def thinking(self) -> bool:
        """Whether the model has not begun to answer, as far as can be told."""
        return self._at is not _At.ANSWER

    @property
    def held(self) -> int:
        """Characters of which it is not known yet what they are."""
        return len(self._held)

    def reasoned(self, text: str) -> str:
        """Thinking that came in a field of its own; returns what is new of it."""
        self.thinking_pieces += 1
        self.thought += text
        self._asked = False  # this server keeps them apart by itself
        self._thinks = True
        return text

    def said(self, text: str) -> tuple[str, str]:
        """A piece of the text; returns what is new of the thinking and of the answer."""
        if self._at is _At.ANSWER:
            return self._answered("", text)
        self._held += text
        self.thinking_pieces += self._at is not _At.START
        if self._at is _At.START and self._answers():
            return self._answered("", self._held)
        if _CLOSE in self._held:
            thought, _, answer = self._held.partition(_CLOSE)
            self._thinks = True
            return self._answered(thought, answer)
        if self._at is _At.OPENED:
            sure = len(self._held) - _overlap(self._held, _CLOSE)
            thought, self._held = self._held[:sure], self._held[sure:]
            self.thought += thought
            return thought, ""
        return "", ""

    def end(self, *, cut: bool) -> tuple[str, str]:
        """The stream is over; returns what was held back.

        What was cut off before a tag came, while thinking was asked for, is thinking.
        """
        held, self._held = self._held, ""
        if self._at is _At.OPENED or (self._at is _At.UNSURE and cut):
            self.thought += held
            return held, ""
        return self._answered("", held)

    def _answers(self) -> bool:
        """Look at how the text begins; whether that is the answer already."""
        text = self._held.lstrip()
        if text.startswith(_OPEN):
            self._held = text[len(_OPEN) :].lstrip("\n")
            self._at = _At.OPENED
        elif (text and not _OPEN.startswith(text)) or len(self._held) > _LONGEST_BLANK:
            self._at = _At.UNSURE
            return not self._asked
        return False

    def _answered(self, thought: str, answer: str) -> tuple[str, str]:
        self._at = _At.ANSWER
        self._held = ""
        self.thought += thought
        if self._thinks and not self.answer:
            answer = answer.lstrip("\n")  # what sets it off from the thinking
        self.answer += answer
        return thought, answer


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of the text may be the beginning of the tag."""
    return next((n for n in range(len(tag) - 1, 0, -1) if text.endswith(tag[:n])), 0)
