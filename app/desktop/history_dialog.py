"""What happened to a document: every change, the latest first."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.desktop import words
from app.desktop.value_ref import definition_of, field_type
from app.document_types import DocumentType, Kind
from app.library import Change, ChangeKind, Library, StoredRecord


class HistoryDialog(QDialog):
    """A table of changes: when, what, before, after, by whom."""

    def __init__(self, library: Library, stored: StoredRecord, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("History"))
        self.resize(760, 420)
        definition = definition_of(stored.record.document_type)
        changes = library.history(stored.record_id)
        heading = QLabel(stored.document_name, self)
        heading.setTextFormat(Qt.TextFormat.PlainText)
        self.table = QTableWidget(len(changes), 5, self)
        self.table.setAccessibleName(self.tr("Changes, the latest first"))
        self.table.setHorizontalHeaderLabels(
            [self.tr("When"), self.tr("What"), self.tr("Before"), self.tr("After"), self.tr("Who")]
        )
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        for number, change in enumerate(changes):
            for column, text in enumerate(self._cells(change, definition)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(number, column, item)
        for column in range(5):
            header.setSectionResizeMode(
                column,
                QHeaderView.ResizeMode.Stretch
                if column in (2, 3)
                else QHeaderView.ResizeMode.ResizeToContents,
            )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(heading)
        if changes:
            layout.addWidget(self.table, 1)
        else:
            self.table.hide()
            layout.addWidget(QLabel(self.tr("Nothing was changed since it was read."), self), 1)
        layout.addWidget(buttons)

    def _cells(self, change: Change, definition: DocumentType) -> tuple[str, ...]:
        field = field_type(definition, change.part, change.key)
        label = words.type_label(field.label) if field else change.key
        kind = field.kind if field else Kind.TEXT
        what = words.change_words(change, label)
        before, after = change.before, change.after
        if change.kind is ChangeKind.TYPE:
            before = words.type_label(definition_of(before).label) if before else before
            after = words.type_label(definition_of(after).label) if after else after
        if change.undone:
            what = self.tr("{0} (undone)").format(what)
        who = self.tr("You") if change.who == "user" else self.tr("The program")
        return (
            words.shown_time(change.at),
            what[:1].upper() + what[1:],
            words.shown(before, kind) or "—",
            words.shown(after, kind) or "—",
            who,
        )
