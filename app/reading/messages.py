"""What the journey and the reading child say to each other.

Kept apart from ``reading_child`` so that the parent can name the messages without
importing PyMuPDF, Pillow or the OCR.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.document import Attached, Document, Page, Record
from app.engine.messages import Answer, PicturePart, Request


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
class Asked:
    """How a question was put.

    ``record`` is the index of the record, ``document_type`` its type.  ``pages`` were
    given, as text those in ``texts``, as picture those in ``pictures``; ``left_out`` were
    not given at all.  ``marks`` is how many the text has, ``rows`` whether rows were asked
    for, ``hidden`` what was left out of the text (see :mod:`app.reading.model.hidden`).
    """

    record: int
    document_type: str
    format: str
    pages: tuple[int, ...]
    texts: tuple[int, ...]
    pictures: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()
    marks: int = 0
    rows: bool = True
    hidden: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A request about one record, and how it was put."""

    asked: Asked
    request: Request


@dataclass(frozen=True, slots=True)
class Given:
    """The answer to a question."""

    asked: Asked
    answer: Answer


@dataclass(frozen=True, slots=True)
class PrepareQuestions:
    """Put what a model should be asked about a document into words.

    ``document`` has its pages; their pictures lie in the folder ``pictures``, and those
    made for the model go into the folder ``work``.  ``document_type`` is as for
    :class:`ReadPages`.  ``sees`` says that the model takes pictures, ``second_look`` that
    it should see every page and be asked about everything.  ``budget`` is in tokens of
    one question, 0 for the usual.
    """

    document: Document
    pictures: str
    work: str
    document_type: str = ""
    sees: bool = False
    second_look: bool = False
    format: str = ""
    budget: int = 0


@dataclass(frozen=True, slots=True)
class ShowPages:
    """Make pictures for a model of those pages of a document whose words do not say it all.

    ``pictures`` and ``work`` are as for :class:`PrepareQuestions`; at most ``most`` pages
    are shown, the first ones.
    """

    document: Document
    pictures: str
    work: str
    most: int


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A page that goes to the model as a picture of so many tokens; ``text``: its words too."""

    page: int
    picture: PicturePart
    tokens: int
    text: bool


@dataclass(frozen=True, slots=True)
class ShownPages:
    """The pages that go as pictures; all others go as text alone."""

    pages: tuple[ShownPage, ...]


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask; nothing where a model could add nothing."""

    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class SettleAnswers:
    """Read a document from its pages with a model's answers beside the other readers."""

    document: Document
    answers: tuple[Given, ...]
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


REQUESTS = (ReadFile, ReadPages, PrepareQuestions, SettleAnswers, ShowPages)
REPLIES = (Opened, PageRead, Contained, Finished, Questions, ShownPages)
