"""What a model is asked about a document: one question for each of its records.

Whole pages are given, as many as the budget of tokens allows.  Of a record that is longer
the first and the last pages are given, as the quick reader does for the head of a
document, and its rows are left to the quick reader; what was left out is said with the
answer, never passed over.

The answer is settled by whoever has the document: ``Asked`` says how the question was put,
so that marks can be counted again in the same way.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.document import Document, Page, Reader, Record, Status
from app.document_types import DocumentType, document_type
from app.engine.messages import Part, PicturePart, Request, TextPart
from app.reading.candidates import Scene, scene_of
from app.reading.conventions import infer
from app.reading.messages import Asked, Question
from app.reading.model.document_text import text_of
from app.reading.model.formats import FORMATS, MARKS, AnswerFormat
from app.reading.model.hidden import hidden_of
from app.reading.model.marks import Mark, marks_of, rows_of

BUDGET = 6_000
"""Tokens of a document in one question: some ten pages of text, or five pictures."""

_A_FIELD, _A_CELL = 24, 16
"""Tokens that an answer may take for each; it is bounded by its form besides."""

_MOST_ROWS = 400
_SPARE_ROWS = 3

_TOKENS = re.compile(r"\d|[^\W\d_]{1,4}|[^\w\s]|\n")


@dataclass(frozen=True, slots=True)
class Showing:
    """How a page is shown to the model: as text, as a picture of so many tokens, or both."""

    text: bool = True
    picture: PicturePart | None = None
    tokens: int = 0


def tokens_of(text: str) -> int:
    """About how many tokens a text has, rather more than fewer: every digit is one."""
    return len(_TOKENS.findall(text))


def questions(
    document: Document,
    records: Sequence[Record],
    showings: Mapping[int, Showing],
    *,
    answer_format: str = MARKS.name,
    budget: int = BUDGET,
    second_look: bool = False,
) -> tuple[Question, ...]:
    """One question for each record that a model can add to.

    ``showings`` gives by page number how it is shown, text for those that it leaves out.
    A record from an e-invoice's XML is exact, and rows that lead to a printed total are
    right: both are asked about only for a ``second_look``.
    """
    found: list[Question] = []
    for index, record in enumerate(records):
        exact = any(field.reader is Reader.EINVOICE for field in record.fields)
        if exact and not second_look:
            continue
        pages = pages_of(document, record)
        if not any(page.words or showings.get(page.number, _TEXT).picture for page in pages):
            continue
        wants_rows = second_look or not _is_proven(record)
        found.append(
            _question(index, record, pages, showings, FORMATS[answer_format], budget, wants_rows)
        )
    return tuple(replace(q, request=replace(q.request, name=document.name)) for q in found)


def pages_of(document: Document, record: Record) -> list[Page]:
    """The pages that a record stands on."""
    return [p for p in document.pages if record.first_page <= p.number <= record.last_page]


def asked_definition(definition: DocumentType, asked: Asked) -> DocumentType:
    """The definition that a question was about: without columns where no rows were asked for."""
    return definition if asked.rows else replace(definition, lines=())


def marks_again(pages: Sequence[Page], definition: DocumentType, asked: Asked) -> tuple[Mark, ...]:
    """The marks of a question's text; the same pages give the same marks."""
    scene = _scene(pages, asked)
    if not FORMATS[asked.format].marks:
        return ()
    return marks_of(scene, asked_definition(definition, asked), frozenset(asked.hidden))


def _scene(pages: Sequence[Page], asked: Asked) -> Scene:
    return scene_of([page for page in pages if page.number in asked.texts], infer(pages))


_TEXT = Showing()


def _question(
    index: int,
    record: Record,
    pages: Sequence[Page],
    showings: Mapping[int, Showing],
    way: AnswerFormat,
    budget: int,
    wants_rows: bool,
) -> Question:
    definition = document_type(record.document_type)
    given = _within(pages, showings, budget)
    asked = Asked(
        index,
        record.document_type,
        way.name,
        tuple(page.number for page in given),
        tuple(p.number for p in given if showings.get(p.number, _TEXT).text and p.words),
        tuple(p.number for p in given if showings.get(p.number, _TEXT).picture is not None),
        tuple(page.number for page in pages if page not in given),
        rows=wants_rows and bool(definition.lines) and len(given) == len(pages),
    )
    scene = _scene(pages, asked)
    whole, definition = definition, asked_definition(definition, asked)
    rows = rows_of(scene, definition)
    hidden = hidden_of(scene, record, whole, rows, proven=not asked.rows)
    marks = marks_of(scene, definition, hidden) if way.marks else ()
    asked = replace(asked, marks=len(marks), hidden=tuple(sorted(hidden)))
    text = text_of(scene, marks, hidden)
    parts: list[Part] = [
        picture
        for page in given
        if (picture := showings.get(page.number, _TEXT).picture) is not None
    ]
    if text:
        parts.append(TextPart(text))
    most_rows = min(_MOST_ROWS, max(len(record.lines), len(rows)))
    most_rows = most_rows + _SPARE_ROWS if definition.lines else 0
    request = Request(
        uuid.uuid4().hex,
        way.instructions(definition),
        tuple(parts),
        way.form(definition, len(marks), most_rows),
        _A_FIELD * len(definition.fields) + _A_CELL * most_rows * len(definition.lines) + 1,
    )
    return Question(asked, request)


def _is_proven(record: Record) -> bool:
    """Whether the record's rows lead to a printed total or balance, so that none can be missing."""
    definition = document_type(record.document_type)
    key = definition.column_of("amount")
    cells = [field for row in record.lines for field in row if field.key == key]
    return bool(cells) and all(field.status is Status.VERIFIED for field in cells)


def _within(pages: Sequence[Page], showings: Mapping[int, Showing], budget: int) -> Sequence[Page]:
    """The pages within the budget: all of them, or two from the front for each from the back."""
    costs = {page.number: _cost(page, showings.get(page.number, _TEXT)) for page in pages}
    if sum(costs.values()) <= budget:
        return pages
    front, back = 0, len(pages)
    left = budget
    while front < back:
        from_front = front < 2 * (len(pages) - back + 1)
        page = pages[front] if from_front else pages[back - 1]
        left -= costs[page.number]
        if left < 0 and front:  # the first page is asked about in any case
            break
        front, back = (front + 1, back) if from_front else (front, back - 1)
    return [*pages[:front], *pages[back:]]


def _cost(page: Page, showing: Showing) -> int:
    words = sum(tokens_of(word.text) + 1 for word in page.words) if showing.text else 0
    return words + showing.tokens
