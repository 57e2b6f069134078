"""The reading child: parses, draws and reads untrusted files, apart from everything else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from app.child import serve
from app.document import Attached, Document, Page
from app.errors import Code, problem
from app.intake import Opened as FileOpened
from app.intake.draw_child import draw_pages
from app.intake.open_child import open_document
from app.reading import read_document
from app.reading.einvoice.rendering import blocks_of
from app.reading.messages import (
    REQUESTS,
    Contained,
    Finished,
    Given,
    Opened,
    PageRead,
    PrepareQuestions,
    Questions,
    ReadFile,
    ReadPages,
    SettleAnswers,
    ShownPages,
    ShowPages,
)
from app.reading.model.formats import MARKS
from app.reading.model.question import BUDGET, questions
from app.reading.model.showing_child import showings_of, shown_pages
from app.reading.reader import MEMORY_LIMIT

_ADDRESS_SPACE = 4 * MEMORY_LIMIT
"""Virtual bytes; the native libraries reserve about twice of what they use."""


def handle(request: object) -> Iterator[object]:
    """Answer one request of :mod:`app.reading.messages`."""
    if isinstance(request, ReadFile):
        yield from _read_file(request)
    elif isinstance(request, ReadPages):
        yield _finished(request.document, request.document_type)
    elif isinstance(request, PrepareQuestions):
        yield _prepared(request)
    elif isinstance(request, SettleAnswers):
        yield _finished(request.document, request.document_type, request.answers)
    elif isinstance(request, ShowPages):
        yield ShownPages(shown_pages(request))


def _read_file(request: ReadFile) -> Iterator[object]:
    work = Path(request.work)
    pages: list[Page] = []
    contained = 0
    document: Document | None = None
    for event in open_document(
        Path(request.path), request.name, work, request.password, request.images
    ):
        if isinstance(event, FileOpened):
            yield Opened(event.media_type, event.pages)
        elif isinstance(event, Page):
            pages.append(event)
            yield PageRead(event)
        elif isinstance(event, Attached):
            contained += 1
            yield Contained(event)
        else:
            document = event
    if document is None:
        raise problem(Code.DAMAGED, request.name)
    if not pages and document.einvoice_xml:
        # A plain e-invoice has no look of its own: draw one that a person can read.
        pages = list(draw_pages(blocks_of(document.einvoice_xml), work, request.images))
        yield Opened(document.media_type, len(pages))
        for page in pages:
            yield PageRead(page)
    if not pages and not contained:
        raise problem(Code.NO_PAGES, request.name)
    yield _finished(dataclasses.replace(document, pages=tuple(pages)), request.document_type)


def _finished(document: Document, document_type: str, answers: tuple[Given, ...] = ()) -> Finished:
    records = read_document(document, document_type, answers) if document.pages else ()
    return Finished(dataclasses.replace(document, pages=()), records)


def _prepared(request: PrepareQuestions) -> Questions:
    document = request.document
    records = read_document(document, request.document_type) if document.pages else ()
    return Questions(
        questions(
            document,
            records,
            showings_of(request, records),
            answer_format=request.format or MARKS.name,
            budget=request.budget or BUDGET,
            second_look=request.second_look,
        )
    )


def main() -> NoReturn:
    serve(REQUESTS, handle, _ADDRESS_SPACE)
