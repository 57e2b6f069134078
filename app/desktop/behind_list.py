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
from app.library import RecordRow

MOST = 200
"""Rows that are listed; a number above them says how many there are in all."""

_ROW = Qt.ItemDataRole.UserRole
_LINES = 8  # rows that are seen at once


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind a number: the first records of it, and how many there are."""

    what: str
    rows: tuple[RecordRow, ...]
    records: int


class BehindList(QWidget):
    """``looked_at`` carries the RecordRow to be shown at the side, ``opened`` one to go to."""

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
        if behind.records > len(behind.rows):
            counted = self.tr("{0}: the first {1} of {2}").format(
                behind.what, len(behind.rows), behind.records
            )
        else:
            counted = self.tr("{0}: {1}").format(behind.what, behind.records)
        self.title.setText(counted)
        self.list.blockSignals(True)
        self.list.clear()
        for row in behind.rows:
            item = QListWidgetItem(icon(row.document_type), _row_words(row), self.list)
            item.setData(_ROW, row)
        self.list.blockSignals(False)
        high = max(1, min(_LINES, len(behind.rows)))
        self.list.setFixedHeight(max(1, self.list.sizeHintForRow(0)) * high + 6)
        self.list.setVisible(bool(behind.rows))
        self.show()

    def _on_current(self, item: QListWidgetItem | None, *_: object) -> None:
        row = item.data(_ROW) if item is not None else None
        if isinstance(row, RecordRow):
            self.looked_at.emit(row)

    def _on_activated(self, item: QListWidgetItem) -> None:
        row = item.data(_ROW)
        if isinstance(row, RecordRow):
            self.opened.emit(row)


def _row_words(row: RecordRow) -> str:
    """The document's name, and the first date, name and amount of the record."""
    definition = definition_of(row.document_type)
    parts = [one_line(row.document_name, 60)]
    for kind in (Kind.DATE, Kind.TEXT, Kind.AMOUNT):
        for field in definition.fields:
            value = row.field(field.key)
            if field.kind is kind and value is not None and value.value:
                parts.append(one_line(words.shown(value.value, kind), 40))
                break
    return " · ".join(parts)
