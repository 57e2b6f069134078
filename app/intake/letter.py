"""A mail, of whatever format: who wrote what to whom, and the files that came with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.intake.drawing import DrawnBlock, Grid, Heading, Pair, Paragraph

_AMOUNT = re.compile(r"\d[.,]\d\d(?!\d)")
_FEW_WORDS = 15


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file in a mail; ``inline`` if it is a picture that the text shows."""

    name: str
    data: bytes
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's head, its text as blocks, and its files."""

    subject: str
    sender: str
    to: str
    date: str
    body: tuple[DrawnBlock, ...]
    enclosures: tuple[Enclosure, ...]

    @property
    def is_document(self) -> bool:
        """Whether the text itself may be a bill rather than a note that goes with one."""
        text = " ".join(_text(block) for block in self.body)
        return bool(_AMOUNT.search(text)) and len(text.split()) >= _FEW_WORDS

    @property
    def blocks(self) -> tuple[DrawnBlock, ...]:
        """The mail as it is drawn: the subject, the head, the text."""
        head = (("From", self.sender), ("To", self.to), ("Date", self.date))
        return (
            *((Heading(self.subject),) if self.subject else ()),
            *(Pair(label, value) for label, value in head if value),
            Paragraph(""),
            *self.body,
        )


def _text(block: DrawnBlock) -> str:
    match block:
        case Heading(text) | Paragraph(text):
            return text
        case Pair(label, value):
            return f"{label} {value}"
        case Grid(rows):
            return " ".join(cell for row in rows for cell in row)
