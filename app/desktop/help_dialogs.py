"""Help: the keyboard shortcuts, and what this program is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QMessageBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.desktop.icons import program_icon


def _tr(text: str) -> str:
    return QCoreApplication.translate("", text)


class ShortcutsDialog(QDialog):
    """A table of everything that the keyboard can do."""

    def __init__(self, shortcuts: Sequence[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_tr("Keyboard shortcuts"))
        self.resize(460, 560)
        known = {text for text, _ in shortcuts}
        more = [(t, k) for t, k in ((_tr("Edit value"), "F2, Enter"),) if t not in known]
        rows = [*shortcuts, *more]
        table = QTableWidget(len(rows), 2, self)
        table.setAccessibleName(_tr("Keyboard shortcuts"))
        table.setHorizontalHeaderLabels([_tr("What it does"), _tr("Keys")])
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        for number, (text, keys) in enumerate(rows):
            table.setItem(number, 0, QTableWidgetItem(text))
            table.setItem(number, 1, QTableWidgetItem(keys))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(table)
        layout.addWidget(buttons)


def show_shortcuts(parent: QWidget, shortcuts: Sequence[tuple[str, str]]) -> None:
    """Open the table of shortcuts."""
    ShortcutsDialog(shortcuts, parent).exec()


def where_pages_go(place: str) -> str:
    """Whether anything leaves this computer; ``place`` is a server's address or ""."""
    if not place:
        return _tr("Everything is read on this computer. Nothing is sent anywhere.")
    return _tr("Pages go to {0}, the office's own server, and nowhere else.").format(place)


def show_about(parent: QWidget, library: Path, place: str = "") -> None:
    """Say what the program is, where its documents lie, and where pages go (``place``)."""
    box = QMessageBox(parent)
    box.setWindowTitle(_tr("About Paperclerk"))
    box.setIconPixmap(program_icon().pixmap(64, 64))
    box.setText(_tr("Paperclerk turns invoices, receipts and other papers into tables."))
    box.setInformativeText(
        _tr(
            "{0}\n\n"
            "Your documents lie in the folder\n{1}\n"
            "It can be copied to another computer as it is.\n\n"
            "Free software under the GNU AGPL, version 3 or later."
        ).format(where_pages_go(place), library)
    )
    box.exec()
