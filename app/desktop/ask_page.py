"""The page for questions: what was asked and answered above, the next question at the bottom."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import ask_words
from app.desktop.conversation_list import ConversationList
from app.desktop.elided_label import ElidedLabel
from app.desktop.icons import icon
from app.desktop.question_box import QuestionBox
from app.desktop.quiet_label import QuietLabel
from app.desktop.tab_stops import chain, tab_stops
from app.desktop.tones import Tone
from app.desktop.transcript import Transcript


class Welcome(QScrollArea):
    """What a person sees who has asked nothing yet; ``example`` carries a question to try."""

    example = Signal(str)
    hand_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("What can be asked"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget(self)
        picture = QLabel(inside)
        picture.setPixmap(icon("ask", Tone.QUIET).pixmap(48, 48))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = QLabel(self.tr("Ask your documents"), inside)
        font = self.title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        font.setBold(True)
        self.title.setFont(font)
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title.setWordWrap(True)
        self.about = QuietLabel(
            inside,
            self.tr(
                "Numbers are worked out from your tables, with the documents behind each of them. "
                "Other answers name the pages that they rest on; one click shows the place."
            ),
        )
        self.about.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.examples = [
            QPushButton(text, inside)
            for text in (
                self.tr("How much did we spend this year, by month?"),
                self.tr("Which invoices are overdue?"),
                self.tr("What is the notice period in this contract?"),
            )
        ]
        self.hand = QPushButton(icon("figures"), self.tr("Work something out by hand"), inside)
        self.hand.clicked.connect(self.hand_wanted)
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 12, 24, 12)
        column.setSpacing(10)
        column.addStretch(2)
        for widget in (picture, self.title, self.about):
            column.addWidget(widget)
        column.addSpacing(8)
        for button in (*self.examples, self.hand):
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            button.setMinimumHeight(int(button.fontMetrics().height() * 2))
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        for button in self.examples:
            button.clicked.connect(lambda _=False, b=button: self.example.emit(b.text()))
        column.addStretch(3)
        self.setWidget(inside)

    def set_reads(self, reads: bool) -> None:
        """Questions in words can be tried, or there is no model to read them."""
        for button in self.examples:
            button.setVisible(reads)


class AskPage(QWidget):
    """The head, the conversation (or the list of all of them), and the box for a question."""

    new_wanted = Signal()
    list_wanted = Signal()
    running_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ask")
        self.title = ElidedLabel(self)
        self.title.show_text(self.tr("Ask"))
        font = self.title.font()
        font.setPointSizeF(font.pointSizeF() * 1.35)
        font.setBold(True)
        self.title.setFont(font)
        self.new = self._tool("add", self.tr("New"), self.tr("Begin a new conversation"))
        self.new.clicked.connect(self.new_wanted)
        self.talks = self._tool(
            "talks", self.tr("Earlier"), self.tr("Show the conversations that are kept")
        )
        self.talks.setCheckable(True)
        self.talks.toggled.connect(self._on_talks)
        head = QHBoxLayout()
        head.setContentsMargins(14, 10, 10, 6)
        head.setSpacing(6)
        head.addWidget(self.title, 1)
        head.addWidget(self.new)
        head.addWidget(self.talks)

        self.welcome = Welcome(self)
        self.list = ConversationList(self)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(self.list)
        self.box = QuestionBox(self)
        self.waiting = QLabel(self)
        self.waiting.setTextFormat(Qt.TextFormat.PlainText)
        self.waiting.setWordWrap(True)
        self.waiting.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.running = QPushButton(self.tr("Show it"), self)
        self.running.clicked.connect(self.running_wanted)
        self._waiting = QWidget(self)
        row = QHBoxLayout(self._waiting)
        row.setContentsMargins(14, 4, 14, 0)
        row.addWidget(self.waiting, 1)
        row.addWidget(self.running)
        self._waiting.hide()
        below = QVBoxLayout()
        below.setContentsMargins(12, 4, 12, 12)
        below.addWidget(self.box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.stack, 1)
        column.addWidget(self._waiting)
        column.addLayout(below)
        self._transcript: Transcript | None = None
        self._ordering = QTimer(self)
        self._ordering.setSingleShot(True)
        self._ordering.setInterval(0)
        self._ordering.timeout.connect(self._order_tabs)
        self.box.scope_changed.connect(self.order_tabs_soon)
        self.box.scroll_wanted.connect(self._scroll)
        self.welcome.example.connect(self._try)
        back = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        back.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        back.activated.connect(self.back_to_the_box)

    def _tool(self, name: str, text: str, what_for: str) -> QToolButton:
        button = QToolButton(self)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setIcon(icon(name))
        button.setText(text)
        button.setToolTip(what_for)
        button.setAutoRaise(True)
        button.setIconSize(QSize(18, 18))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    @property
    def transcript(self) -> Transcript | None:
        """The conversation that is open."""
        return self._transcript

    def show_transcript(self, transcript: Transcript) -> None:
        """Open a conversation; the one before is hidden and stays as it is."""
        if transcript is not self._transcript:
            transcript.changed.connect(self.order_tabs_soon)
            if self._transcript is not None:
                self.stack.removeWidget(self._transcript)
                self._transcript.hide()
            self._transcript = transcript
            self.stack.addWidget(transcript)
        self.talks.setChecked(False)
        self.show_conversation()
        self.order_tabs_soon()

    def order_tabs_soon(self) -> None:
        """Have the Tab key go from the head over the answers to the box, once all is made."""
        self._ordering.start()

    def _order_tabs(self) -> None:
        stops: list[QWidget] = [self.new, self.talks, *tab_stops(self.welcome)]
        stops += tab_stops(self.list)
        if self._transcript is not None:
            stops += self._transcript.tab_stops()
        chain([*stops, self.running, *tab_stops(self.box)])

    def show_conversation(self) -> None:
        """Show the open conversation, or what can be asked while it is empty."""
        transcript = self._transcript
        if self.talks.isChecked():
            self.stack.setCurrentWidget(self.list)
            self.title.show_text(self.tr("Conversations"))
            return
        empty = transcript is None or transcript.empty
        self.stack.setCurrentWidget(self.welcome if transcript is None or empty else transcript)
        title = "" if transcript is None or empty else transcript.title
        self.title.show_text(ask_words.conversation_title(title) if title else self.tr("Ask"))

    def show_waiting(self, questions: Sequence[str]) -> None:
        """Say that these are being answered in conversations that are not open."""
        self._waiting.setVisible(bool(questions))
        if questions:
            first = ask_words.name_words(questions[0])
            text = self.tr("Still being answered: “{0}”").format(first)
            if len(questions) > 1:
                text = self.tr("{0} and {1} more").format(text, len(questions) - 1)
            self.waiting.setText(text)

    def back_to_the_box(self) -> None:
        """Put the keyboard where the next question is typed."""
        self.talks.setChecked(False)
        self.box.take_focus()

    def set_reads(self, reads: bool, *, off: bool = False) -> None:
        """There is a model that can read a question, or none, or it is switched ``off``."""
        self.box.set_reads(reads, off=off)
        self.welcome.set_reads(reads)

    def _on_talks(self, shown: bool) -> None:
        if shown:
            self.list_wanted.emit()
        self.show_conversation()
        if shown:
            self.list.search.setFocus()

    def _scroll(self, step: int) -> None:
        if self._transcript is not None:
            self._transcript.page(step)

    def _try(self, text: str) -> None:
        self.box.edit.setPlainText(text)
        self.box.edit.moveCursor(self.box.edit.textCursor().MoveOperation.End)
        self.box.take_focus()
