"""The conversations that are kept: to be searched, opened, renamed and deleted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import ask_words, words
from app.desktop.icons import icon
from app.library.rows import ConversationRow

_ROW = Qt.ItemDataRole.UserRole


class ConversationList(QWidget):
    """``opened`` carries a conversation's id, ``renamed`` its id and new title, ``deleted`` its
    row; ``search_wanted`` what is looked for.
    """

    opened = Signal(int)
    renamed = Signal(int, str)
    deleted = Signal(object)
    search_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search in questions and answers"))
        self.search.setAccessibleName(self.tr("Search in questions and answers"))
        self.search.setClearButtonEnabled(True)
        glass = self.search.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        glass.setText(self.tr("Search"))
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(200)
        self._typing.timeout.connect(lambda: self.search_wanted.emit(self.search.text().strip()))
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Conversations"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setIconSize(QSize(18, 18))
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setSpacing(3)
        self.list.itemActivated.connect(lambda _: self._open())
        self.list.currentItemChanged.connect(lambda *_: self._enable())
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._offer)
        self.rename = QAction(icon("rename"), self.tr("Rename…"), self)
        self.rename.setShortcut(QKeySequence(Qt.Key.Key_F2))
        self.rename.triggered.connect(self._rename)
        self.delete = QAction(icon("trash"), self.tr("Delete"), self)
        self.delete.setShortcut(QKeySequence(Qt.Key.Key_Delete))
        self.delete.triggered.connect(self._delete)
        for action in (self.rename, self.delete):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.list.addAction(action)
        self.open = QPushButton(icon("ask"), self.tr("Open"), self)
        self.open.clicked.connect(self._open)
        self._rename_button = QPushButton(icon("rename"), self.tr("Rename…"), self)
        self._rename_button.clicked.connect(self._rename)
        self._delete_button = QPushButton(icon("trash"), self.tr("Delete"), self)
        self._delete_button.clicked.connect(self._delete)
        self.nothing = QLabel(self)
        self.nothing.setTextFormat(Qt.TextFormat.PlainText)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        foot = QHBoxLayout()
        foot.addWidget(self.open)
        foot.addStretch(1)
        foot.addWidget(self._rename_button)
        foot.addWidget(self._delete_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 4, 14, 10)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addWidget(self.nothing, 1)
        column.addLayout(foot)
        self.show_rows(())

    def show_rows(self, rows: Sequence[ConversationRow]) -> None:
        """List these conversations, in their order."""
        current = self.current
        self.list.clear()
        for row in rows:
            item = QListWidgetItem(icon("talks"), _row_words(row), self.list)
            item.setData(_ROW, row)
            if current is not None and row.id == current.id:
                self.list.setCurrentItem(item)
        if rows and self.list.currentItem() is None:
            self.list.setCurrentRow(0)
        self.list.setVisible(bool(rows))
        self.nothing.setVisible(not rows)
        self.nothing.setText(
            self.tr("Nothing matches. Clear the search to see everything.")
            if self.search.text().strip()
            else self.tr("No conversations yet. What you ask is kept here, with its answers.")
        )
        self._enable()

    @property
    def current(self) -> ConversationRow | None:
        """The conversation that is chosen in the list."""
        item = self.list.currentItem()
        row = item.data(_ROW) if item is not None else None
        return row if isinstance(row, ConversationRow) else None

    def stop(self) -> None:
        """Ask for nothing any more."""
        self._typing.stop()

    def _open(self) -> None:
        if self.current is not None:
            self.opened.emit(self.current.id)

    def _rename(self) -> None:
        row = self.current
        if row is None:
            return
        title, agreed = QInputDialog.getText(
            self, self.tr("Rename"), self.tr("What is this conversation called?"),
            QLineEdit.EchoMode.Normal, ask_words.conversation_title(row.title),
        )  # fmt: skip
        if agreed and title.strip():
            self.renamed.emit(row.id, title.strip())

    def _delete(self) -> None:
        if self.current is not None:
            self.deleted.emit(self.current)

    def _offer(self, where: QPoint) -> None:
        if self.current is None:
            return
        menu = QMenu(self)
        menu.addAction(icon("ask"), self.tr("Open")).triggered.connect(self._open)
        menu.addAction(self.rename)
        menu.addAction(self.delete)
        menu.exec(self.list.viewport().mapToGlobal(where))
        menu.deleteLater()

    def _enable(self) -> None:
        for widget in (self.open, self._rename_button, self._delete_button):
            widget.setEnabled(self.current is not None)


def _row_words(row: ConversationRow) -> str:
    scope = ask_words.scope_words(len(row.document_ids))
    when = words.shown_time(row.updated_at)
    return f"{ask_words.conversation_title(row.title)}\n{when} · {scope}"
