"""The documents behind a number: a short list, each a click away from its page."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import words
from app.desktop.icons import icon
from app.desktop.plain_text import one_line
from app.desktop.value_ref import definition_of
from app.document_types import Kind
from app.library import DocumentRow, Part, RecordRow
from app.library.calculation import Column

MOST = 200
"""Rows that are listed; a number above them says how many there are in all."""

_ENTRY = Qt.ItemDataRole.UserRole
_LINES = 8  # rows that are seen at once


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list; ``record_id`` is ``None`` for a document that was not read."""

    text: str
    picture: str
    document_id: int
    record_id: int | None


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind a number: the first entries, and how many there are in all."""

    what: str
    entries: tuple[Entry, ...]
    total: int


class BehindList(QWidget):
    """``looked_at`` carries the Entry to be shown at the side, ``opened`` one to go to."""

    looked_at = Signal(object)
    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        self._close = QToolButton(self)
        self._close.setIcon(icon("cancel"))
        self._close.setAutoRaise(True)
        self._close.setAccessibleName(self.tr("Close this list"))
        self._close.setToolTip(self.tr("Close this list"))
        self._close.clicked.connect(self.hide)
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Documents behind the number"))
        self.list.setToolTip(self.tr("Enter or a double click opens it in its table"))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.list.currentItemChanged.connect(self._on_current)
        self.list.itemClicked.connect(lambda item: self._on_current(item))
        self.list.itemActivated.connect(self._on_activated)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.list)
        self.hide()

    def show_behind(self, behind: Behind) -> None:
        """List the documents behind one number."""
        if behind.total > len(behind.entries):
            counted = self.tr("{0} (the first {1} of {2})").format(
                behind.what, len(behind.entries), behind.total
            )
        else:
            counted = self.tr("{0} ({1})").format(behind.what, behind.total)
        self.title.setText(counted)
        self.list.blockSignals(True)
        self.list.clear()
        for entry in behind.entries:
            item = QListWidgetItem(icon(entry.picture), entry.text, self.list)
            item.setData(_ENTRY, entry)
        self.list.blockSignals(False)
        high = max(1, min(_LINES, len(behind.entries)))
        self.list.setFixedHeight(max(1, self.list.sizeHintForRow(0)) * high + 6)
        self.list.setVisible(bool(behind.entries))
        self.show()

    def _on_current(self, item: QListWidgetItem | None, *_: object) -> None:
        entry = item.data(_ENTRY) if item is not None else None
        if isinstance(entry, Entry):
            self.looked_at.emit(entry)

    def _on_activated(self, item: QListWidgetItem) -> None:
        entry = item.data(_ENTRY)
        if isinstance(entry, Entry):
            self.opened.emit(entry)


def of_record(row: RecordRow, of: Column | None) -> Entry:
    """A record as a line of the list, with its value in the column that was worked with."""
    return Entry(_words(row, of), row.document_type, row.document_id, row.record_id)


def of_document(row: DocumentRow) -> Entry:
    """A document that was not read as a line of the list."""
    text = f"{one_line(row.name, 60)} · {words.state_words(row)}"
    return Entry(text, words.state_icon(row.state)[0], row.id, None)


def _words(row: RecordRow, of: Column | None) -> str:
    """The document's name, the record's date and name, and its value in ``of``."""
    fields = definition_of(row.document_type).fields
    first = [next((f for f in fields if f.kind is kind), None) for kind in (Kind.DATE, Kind.NAME)]
    if of is not None and of.part is Part.FIELDS:
        first.append(next((f for f in fields if of.name in (f.role, f.key)), None))
    parts = [one_line(row.document_name, 60)]
    for field in first:
        value = row.field(field.key) if field is not None else None
        if field is not None and value is not None and value.value:
            parts.append(one_line(words.shown(value.value, field.kind), 40))
    return " · ".join(parts)
