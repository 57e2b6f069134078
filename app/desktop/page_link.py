"""Which page is shown beside the tables, and which places are drawn on it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from app.desktop import words
from app.desktop.document_model import advice
from app.desktop.page_view import Mark, PageView, Place
from app.desktop.record_page import places_of
from app.desktop.value_ref import ValueRef, value_of
from app.library import Library, StoredRecord


class PageLink(QObject):
    """Keeps a PageView in step with the current document, record and value."""

    def __init__(self, library: Library, view: PageView, parent: QObject) -> None:
        super().__init__(parent)
        self._library = library
        self._view = view
        self._document = 0
        self._stored: tuple[StoredRecord, ...] = ()
        self._page = 1
        self._marked = 0
        self._marks: tuple[Mark, ...] = ()
        view.page_wanted.connect(self._go)

    def clear(self, notice: str = "") -> None:
        """Show no page, but ``notice``."""
        self._document, self._stored, self._marks = 0, (), ()
        self._view.clear(notice)

    def show_lines(self, document_id: int, page: int, marks: Sequence[Mark]) -> None:
        """Show lines of a page that something rests on, and no values."""
        self._document, self._stored = document_id, ()
        self._page = self._marked = page
        self._marks = tuple(marks)
        self._view.highlight(None)
        self._show()

    def show_document(self, document_id: int) -> None:
        """Show a document's page with the places of all of its records."""
        if not document_id:
            self.clear()
            return
        try:
            records = self._library.records_of(document_id)
            stored = tuple(self._library.record(record_id) for record_id in records[:20])
        except KeyError:
            self.clear()
            return
        if document_id != self._document:
            self._page = 1
        self._document, self._stored, self._marks = document_id, stored, ()
        self._view.highlight(None)
        self._show()

    def show_record(self, stored: StoredRecord | None, ref: ValueRef | None) -> None:
        """Show the page on which ``ref`` stands, or the record's first one."""
        if stored is None:
            self.clear()
            return
        field = value_of(stored, ref) if ref is not None else None
        other = not any(known.record_id == stored.record_id for known in self._stored)
        if field is not None and field.page is not None and field.box is not None:
            self._page = field.page
        elif other or self._document != stored.document_id:
            self._page = stored.record.first_page
        self._document, self._stored, self._marks = stored.document_id, (stored,), ()
        self._show()
        self._view.highlight(ref)

    def _go(self, page: int) -> None:
        self._page = page
        self._show()

    def _show(self) -> None:
        try:
            row = self._library.document(self._document)
        except KeyError:
            self.clear()
            return
        if not row.pages_read:
            problem = advice(row)
            self._view.clear("\n\n".join(problem) if problem else words.state_words(row))
            return
        pages = max(row.pages, 1)
        self._page = max(1, min(self._page, pages))
        places: list[Place] = []
        for stored in self._stored:
            places += places_of(stored, self._page)
        picture = self._library.picture_path(self._document, self._page)
        marks = self._marks if self._page == self._marked else ()
        self._view.show_page(row.name, picture, self._page, pages, places, marks)
