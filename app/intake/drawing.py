"""What a drawn page is made of: for content that has no look of its own (mail, XML)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of large type; level 1 is the page's title, 2 a section."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value, side by side."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; the first row is its header.  Columns in ``right`` are right-aligned."""

    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; line breaks in it are kept."""

    text: str


DrawnBlock = Heading | Pair | Grid | Paragraph
