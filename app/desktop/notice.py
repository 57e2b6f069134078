"""The strip above the documents that tells something and offers what to do about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.desktop import words
from app.desktop.icons import icon
from app.desktop.tones import Tone
from app.library import DocumentRow


class Notice(QFrame):
    """One message with at most one button; it goes away by itself unless it is a problem."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._do: Callable[[], None] | None = None
        self._changes = 0
        self._icon = QLabel(self)
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.button = QPushButton(self)
        self.button.clicked.connect(self._act)
        self._close = QToolButton(self)
        self._close.setIcon(icon("cancel"))
        self._close.setAutoRaise(True)
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 6, 8, 6)
        layout.setSpacing(10)
        layout.addWidget(self._icon)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.button)
        layout.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def tell(
        self,
        text: str,
        *,
        problem: bool = False,
        button: str = "",
        do: Callable[[], None] | None = None,
        changes: int = 0,
    ) -> None:
        """Show ``text``; ``do`` is what the button named ``button`` does.

        With ``changes`` it goes when so many have been saved: an undo would then be another's.
        """
        self._do = do
        self._changes = changes
        self.text.setText(text)
        self.button.setText(button)
        self.button.setVisible(bool(button))
        picture = icon("warning", Tone.DOUBT) if problem else icon("confirmed", Tone.SURE)
        self._icon.setPixmap(picture.pixmap(18, 18))
        self.show()
        if problem:
            self._timer.stop()
        else:
            self._timer.start(12_000)

    def on_saved(self) -> None:
        """A change was saved."""
        if self._changes:
            self._changes -= 1
            if not self._changes:
                self.hide()

    def _act(self) -> None:
        self.hide()
        if self._do is not None:
            self._do()


class PasswordNotice(QFrame):
    """Asks for the password of a protected document; ``given`` carries its id and the text."""

    given = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._document = 0
        self._later: set[int] = set()
        picture = QLabel(self)
        picture.setPixmap(icon("lock", Tone.DOUBT).pixmap(18, 18))
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.field = QLineEdit(self)
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setAccessibleName(self.tr("Password"))
        self.field.setPlaceholderText(self.tr("Password"))
        self.field.setMaximumWidth(220)
        self.field.returnPressed.connect(self._give)
        self.text.setBuddy(self.field)
        self.button = QPushButton(self.tr("Open"), self)
        self.button.clicked.connect(self._give)
        later = QPushButton(self.tr("Later"), self)
        later.clicked.connect(self._put_off)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.field)
        row.addWidget(self.button)
        row.addWidget(later)
        row.addStretch(1)
        layout = QGridLayout(self)
        layout.setContentsMargins(14, 8, 14, 8)
        layout.setHorizontalSpacing(10)
        layout.addWidget(picture, 0, 0)
        layout.addWidget(self.text, 0, 1)
        layout.addLayout(row, 1, 1)
        layout.setColumnStretch(1, 1)
        self.hide()

    def ask_again(self) -> None:
        """Ask also for those that were put off, when next told of them."""
        self._later.clear()

    def ask(self, locked: list[DocumentRow]) -> None:
        """Ask for the first of these that was not put off."""
        waiting = [row for row in locked if row.id not in self._later]
        if not waiting:
            self.hide()
            self._document = 0
            return
        if any(row.id == self._document for row in waiting) and self.isVisible():
            return
        row = waiting[0]
        self._document = row.id
        self.field.clear()
        problem = words.problem_words(row.problem)[0] if row.problem else ""
        self.text.setText(problem or self.tr("Enter the password for “{0}”.").format(row.name))
        self.show()

    def _give(self) -> None:
        password, document = self.field.text(), self._document
        if password and document:
            self.field.clear()
            self._document = 0
            self.hide()
            self.given.emit(document, password)

    def _put_off(self) -> None:
        self._later.add(self._document)
        self._document = 0
        self.hide()
