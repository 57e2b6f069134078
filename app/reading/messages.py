"""What the journey and the reading child say to each other.

Kept apart from ``reading_child`` so that the parent can name the messages without
importing PyMuPDF, Pillow or the OCR.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.document import Attached, Document, Page, Record


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Read the file at ``path``, which the user knows as ``name``.

    Page pictures and unpacked files are written into the folder ``work``.
    ``document_type`` is the type that the user chose, "" to recognise it.
    """

    path: str
    name: str
    work: str
    document_type: str = ""
    password: str = ""
    images: bool = True


@dataclass(frozen=True, slots=True)
class ReadPages:
    """Read a document again from its stored pages, as ``document_type`` ("" to recognise it)."""

    document: Document
    document_type: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """The file could be opened; ``pages`` is how many it has."""

    media_type: str
    pages: int


@dataclass(frozen=True, slots=True)
class PageRead:
    """One more page has its words and, if asked for, its picture."""

    page: Page


@dataclass(frozen=True, slots=True)
class Contained:
    """The file is a container (mail, ZIP); this document was inside it."""

    attached: Attached


@dataclass(frozen=True, slots=True)
class Finished:
    """All is read.  ``document`` has no pages here: they came one by one."""

    document: Document
    records: tuple[Record, ...]


REQUESTS = (ReadFile, ReadPages)
REPLIES = (Opened, PageRead, Contained, Finished)
