"""A note about a document: written like on a slip of paper, and kept without a button."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

_PAUSE = 1_000  # milliseconds without a key after which what was written is kept


class NoteBox(QPlainTextEdit):
    """``written`` carries the document's id and its new note."""

    written = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = 0
        self._kept = ""
        self.setAccessibleName(self.tr("Note about this document"))
        self.setPlaceholderText(
            self.tr("Write a note about this document. It is kept at once, and search finds it.")
        )
        self.setTabChangesFocus(True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE)
        self._pause.timeout.connect(self.keep)
        self.textChanged.connect(self._on_text)

    def show_note(self, document_id: int, note: str) -> None:
        """Show a document's note (0: none); what is being written about it is left alone."""
        if document_id == self._document and self.toPlainText().strip() != self._kept:
            return
        self.keep()
        self._document, self._kept = document_id, note
        self.setEnabled(document_id != 0)
        if self.toPlainText().strip() != note:
            self.blockSignals(True)
            self.setPlainText(note)
            self.blockSignals(False)

    def keep(self) -> None:
        """Hand over what was written."""
        self._pause.stop()
        text = self.toPlainText().strip()
        if self._document and text != self._kept:
            self._kept = text
            self.written.emit(self._document, text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.keep()

    def _on_text(self) -> None:
        if self.toPlainText().strip() != self._kept:
            self._pause.start()
