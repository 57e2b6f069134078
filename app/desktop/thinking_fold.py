"""What the model thought before it answered, folded away behind the time that it took."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.desktop import ask_words
from app.desktop.icons import icon
from app.desktop.plain_text import harmless

_MOST = 200_000  # characters that are kept to be looked at
_LINES = 9  # of it that are seen at once


class ThinkingFold(QWidget):
    """A button with the time; a click on it shows the thinking."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._shown = 0
        self.button = QToolButton(self)
        self.button.setCheckable(True)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.setAutoRaise(True)
        self.button.setIcon(icon("fold"))
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.toggled.connect(self._unfold)
        self.view: QPlainTextEdit | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self._name(self.tr("Thinking…"))
        self.hide()

    def append(self, text: str) -> None:
        """Take more of the thinking, which goes on."""
        self._text = (self._text + harmless(text))[:_MOST]
        self.show()
        self._write()

    def finish(self, text: str, seconds: float) -> None:
        """Take all of it, and the time that it took."""
        text = harmless(text)[:_MOST]
        if text and text != self._text:
            if not text.startswith(self._text[: self._shown]) and self.view is not None:
                self.view.clear()
                self._shown = 0
            self._text = text
            self._write()
        self._name(ask_words.thought_words(seconds))
        self.setVisible(bool(self._text))

    def _name(self, text: str) -> None:
        self.button.setText(text)
        self.button.setToolTip(self.tr("Show what the model thought before it answered"))

    def _unfold(self, unfolded: bool) -> None:
        self.button.setIcon(icon("unfold" if unfolded else "fold"))
        if unfolded and self.view is None:
            self.view = QPlainTextEdit(self)
            self.view.setReadOnly(True)
            self.view.setUndoRedoEnabled(False)
            self.view.setTabChangesFocus(True)
            self.view.setAccessibleName(self.tr("What the model thought"))
            self.view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self.view.setFixedHeight(self.fontMetrics().lineSpacing() * _LINES)
            self._column.addWidget(self.view)
        if self.view is not None:
            self.view.setVisible(unfolded)
        self._write()

    def _write(self) -> None:
        """Put what is new of the text after what the view has."""
        if self.view is None or not self.button.isChecked():
            return
        cursor = QTextCursor(self.view.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(self._text[self._shown :])
        self._shown = len(self._text)
