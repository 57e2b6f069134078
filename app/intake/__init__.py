"""Files to pages: what a file is, and what comes out of it.

This module and those whose names do not end in ``_child`` can be imported anywhere;
parsing and drawing happens in the reading child process only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.document import Attached, Page
from app.intake.drawing import DrawnBlock, Grid, Heading, Pair, Paragraph
from app.intake.media import MediaType, is_container, is_document, sniff
from app.intake.names import shown_name

__all__ = [
    "Carried",
    "DrawnBlock",
    "Format",
    "Grid",
    "Heading",
    "MediaType",
    "Opened",
    "Pair",
    "Paragraph",
    "Part",
    "Request",
    "is_container",
    "is_document",
    "shown_name",
    "sniff",
]


@dataclass(frozen=True, slots=True)
class Request:
    """One file to take in.

    ``path`` is an ordinary file, ``name`` what the user calls it, ``work`` the only
    folder that may be written to.  ``images`` asks for page pictures.
    """

    path: Path
    name: str
    work: Path
    media_type: str
    password: str = ""
    images: bool = True


@dataclass(frozen=True, slots=True)
class Opened:
    """The file could be opened; ``pages`` is how many it has (0 for a mere container)."""

    media_type: str
    pages: int


@dataclass(frozen=True, slots=True)
class Carried:
    """What a file says beside its pages: an embedded XML invoice, its own title."""

    einvoice_xml: str = ""
    subject: str = ""


Part = Opened | Page | Attached | Carried


class Format(Protocol):
    """A kind of file: yields ``Opened`` first, then pages and attachments as they are ready.

    Raises ``ProblemError`` when nothing can be read.
    """

    def __call__(self, request: Request) -> Iterator[Part]: ...
