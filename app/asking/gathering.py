"""From the library to what a model is given: documents with their pages, values and pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.asking.prompting import fields_text
from app.asking.sheets import Paper, Sheet, letters, sheet_of
from app.asking.showing import Pictures
from app.document import Document, Record
from app.errors import Code, problem
from app.library import Library, State

Stoppable = Callable[[Callable[[], None] | None], None]
"""Told what ends the work at hand early, ``None`` when it is done."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document that is asked about; ``total`` pages it has, of which ``sheets`` can be given."""

    document_id: int
    name: str
    sheets: tuple[Sheet, ...]
    total: int
    records: tuple[Record, ...]

    @property
    def tokens(self) -> int:
        return sum(sheet.tokens for sheet in self.sheets)


class Gatherer:
    """Loads what a question is about; ``pictures`` are made only for an engine that sees."""

    def __init__(self, library: Library, pictures: Pictures) -> None:
        self._library = library
        self._pictures = pictures

    def picked(
        self, document_ids: Sequence[int], stoppable: Stoppable, *, sees: bool
    ) -> list[Source]:
        """The documents that were picked, whole; of mails and archives what was inside.

        Those in the trash are left out.  Raises ``ProblemError``: ``document_gone`` or
        ``document_unread`` where nothing is left.
        """
        rows = {row.id: row for row in self._library.document_rows(self._inside(document_ids))}
        there = [row for row in rows.values() if row.trashed_at is None]
        if not there:
            names = [row.name for row in rows.values()]
            raise problem(Code.DOCUMENT_GONE, names[0] if names else f"#{document_ids[0]}")
        found: list[Source] = []
        for row in there:
            try:
                document = self._library.stored_document(row.id)
                source = self._source(row.id, document, row.pages, stoppable, sees=sees)
            except KeyError:  # it was deleted just now
                continue
            if source.sheets:
                found.append(source)
        if not found:
            code = Code.NO_PAGES if there[0].state is State.CONTAINER else Code.DOCUMENT_UNREAD
            raise problem(code, there[0].name)
        return found

    def pages(
        self, places: Iterable[tuple[int, int]], stoppable: Stoppable, *, sees: bool
    ) -> list[Source]:
        """These pages (document, page) of any documents, each document with its pages."""
        numbers: dict[int, list[int]] = {}
        for document_id, page in places:
            numbers.setdefault(document_id, []).append(page)
        found: list[Source] = []
        for row in self._library.document_rows(list(numbers)):
            try:
                loaded = [self._library.page(row.id, number) for number in numbers[row.id]]
                pages = tuple(page for page in loaded if page is not None)
                document = Document(row.name, row.sha256, row.media_type, pages)
                source = self._source(row.id, document, row.pages, stoppable, sees=sees)
            except KeyError:  # it was deleted just now
                continue
            if source.sheets:
                found.append(source)
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

    def _source(
        self,
        document_id: int,
        document: Document,
        total: int,
        stoppable: Stoppable,
        *,
        sees: bool,
    ) -> Source:
        shown = {}
        if sees:
            folder = self._library.pages_folder(document_id)
            shown = self._pictures.of(document, folder, stoppable)
        sheets: list[Sheet] = []
        for page in document.pages:
            sheet = sheet_of(page)
            picture = shown.get(page.number)
            if picture is not None:
                sheet = dataclasses.replace(
                    sheet,
                    lines=sheet.lines if picture.text else (),
                    picture=picture.picture,
                    picture_tokens=picture.tokens,
                )
            sheets.append(sheet)
        records = tuple(
            self._library.record(record_id).record
            for record_id in self._library.records_of(document_id)
        )
        return Source(document_id, document.name, tuple(sheets), max(total, len(sheets)), records)


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


def narrowed(source: Source, sheets: Iterable[Sheet]) -> Source:
    """A source with some of its pages, in their order."""
    wanted = {sheet.page.number for sheet in sheets}
    return dataclasses.replace(
        source, sheets=tuple(s for s in source.sheets if s.page.number in wanted)
    )
