"""From the library to what a model is given: documents with their pages, values and pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.asking.prompting import fields_text
from app.asking.sheets import Paper, Sheet, letters
from app.asking.showing import MOST, Pictures, Stoppable, doubtful
from app.document import Document, Page, Record
from app.errors import Code, problem
from app.library import DocumentRow, Library, State

PICTURE_TOKENS = 1_100
"""About what the picture of one page costs."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document that is asked about; ``total`` pages it has, of which ``sheets`` are loaded."""

    document: Document
    document_id: int
    sheets: tuple[Sheet, ...]
    total: int
    records: tuple[Record, ...]

    @property
    def name(self) -> str:
        return self.document.name

    @property
    def tokens(self) -> int:
        """About what its pages cost as text."""
        return sum(sheet.tokens for sheet in self.sheets)


class Gatherer:
    """Loads what a question is about."""

    def __init__(self, library: Library, pictures: Pictures) -> None:
        self._library = library
        self._pictures = pictures

    def picked(self, document_ids: Sequence[int]) -> list[DocumentRow]:
        """The documents that are meant; of mails and archives what was inside.

        Those in the trash are left out.  Raises ``ProblemError`` (``document_gone``,
        ``document_unread``) where nothing is left.
        """
        rows = self._library.document_rows(self._inside(document_ids))
        there = [row for row in rows if row.trashed_at is None]
        if not there:
            raise problem(Code.DOCUMENT_GONE, rows[0].name if rows else f"{document_ids[0]}")
        read = [row for row in there if row.pages_read or row.pages]
        if not read:
            raise problem(Code.DOCUMENT_UNREAD, there[0].name)
        return read

    def whole(self, rows: Sequence[DocumentRow]) -> list[Source]:
        """All pages of these documents; raises ``ProblemError`` as :meth:`picked` does."""
        found: list[Source] = []
        for row in rows:
            try:
                found.append(self._source(row, self._library.pages(row.id)))
            except KeyError:  # it was deleted just now
                continue
        if not found:
            raise problem(Code.DOCUMENT_GONE, rows[0].name)
        found = [source for source in found if source.sheets]
        if not found:
            raise problem(Code.DOCUMENT_UNREAD, rows[0].name)
        return found

    def pages(self, places: Iterable[tuple[int, int]]) -> list[Source]:
        """These pages (document, page), each document with its pages in order."""
        numbers: dict[int, list[int]] = {}
        for document_id, page in places:
            numbers.setdefault(document_id, []).append(page)
        found: list[Source] = []
        for row in self._library.document_rows(list(numbers)):
            try:
                loaded = [self._library.page(row.id, page) for page in sorted(numbers[row.id])]
                pages = tuple(page for page in loaded if page is not None)
                if pages:
                    found.append(self._source(row, pages))
            except KeyError:  # it was deleted just now
                continue
        return found

    def pictured(self, sources: Sequence[Source], stoppable: Stoppable) -> list[Source]:
        """The same with pictures of those pages whose words do not say it all."""
        found: list[Source] = []
        for source in sources:
            pages = tuple(sheet.page for sheet in source.sheets)
            try:
                folder = self._library.pages_folder(source.document_id)
            except KeyError:  # it was deleted just now: its words are here
                found.append(source)
                continue
            document = dataclasses.replace(source.document, pages=pages)
            shown = self._pictures.of(document, folder, stoppable)
            sheets = tuple(
                Sheet(sheet.page, one.text, one.picture, one.tokens)
                if (one := shown.get(sheet.page.number)) is not None
                else sheet
                for sheet in source.sheets
            )
            found.append(dataclasses.replace(source, sheets=sheets))
        return found

    def _inside(self, document_ids: Sequence[int]) -> list[int]:
        """These documents, containers replaced by what was in them."""
        found: dict[int, None] = {}
        waiting = list(document_ids)
        while waiting:
            document_id = waiting.pop(0)
            rows = self._library.document_rows([document_id])
            children = self._library.children(document_id) if rows else []
            if rows and rows[0].state is State.CONTAINER and children:
                waiting = [child for child in children if child not in found] + waiting
            else:
                found[document_id] = None
        return list(found)

    def _source(self, row: DocumentRow, pages: Sequence[Page]) -> Source:
        records = tuple(
            self._library.record(record_id).record for record_id in self._library.records_of(row.id)
        )
        document = Document(row.name, row.sha256, row.media_type, ())
        sheets = tuple(map(Sheet, pages))
        return Source(document, row.id, sheets, max(row.pages, len(sheets)), records)


def picture_tokens(sources: Sequence[Source]) -> int:
    """About what the pictures of these documents may cost, before any is made."""
    return sum(
        PICTURE_TOKENS * min(MOST, len(doubtful([sheet.page for sheet in source.sheets])))
        for source in sources
    )


def papers_of(sources: Sequence[Source], *, parts: bool) -> list[Paper]:
    """What is given of the sources; ``parts`` says that not all pages of theirs are."""
    return [
        Paper(
            source.document_id,
            source.name,
            letter,
            source.sheets,
            fields_text(letter, source.records, source.sheets),
            source.total if parts else 0,
        )
        for letter, source in zip(letters(len(sources)), sources, strict=True)
    ]
