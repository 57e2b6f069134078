"""Where a question is typed: the box, what it is about, whether to think longer, Ask and Stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import ask_words
from app.desktop.flow_layout import FlowLayout
from app.desktop.icons import icon
from app.desktop.plain_text import harmless, tip
from app.desktop.tones import Tone, tone

MOST_ASKED = 20_000
"""Characters of a question; more than that is a document, and is cut."""

_LINES = 6  # that the box grows to
_NAMED = 3  # documents that are named one by one


@dataclass(frozen=True, slots=True)
class Picked:
    """A document that a question is about."""

    document_id: int
    name: str


class QuestionEdit(QPlainTextEdit):
    """Grows with what is typed; Enter sends, Shift+Enter begins a new line."""

    sent = Signal()
    scroll_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setAcceptDrops(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._fit())
        self.textChanged.connect(self._bound)
        self._tint()
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.sent.emit()
            return
        if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.scroll_wanted.emit(-1 if event.key() == Qt.Key.Key_PageUp else 1)
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationPaletteChange:
            self._tint()

    def _tint(self) -> None:
        """The examples in a tone that can be read on either ground."""
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.PlaceholderText, tone(Tone.QUIET))
        self.setPalette(palette)

    def _bound(self) -> None:
        if self.document().characterCount() > MOST_ASKED + 1:
            self.setPlainText(self.toPlainText()[:MOST_ASKED])

    def _fit(self) -> None:
        """As high as its text (whose height this document counts in lines), within bounds."""
        lines = max(2, min(_LINES, int(self.document().size().height())))
        high = self.fontMetrics().lineSpacing() * lines + 2 * int(self.document().documentMargin())
        if high + 2 != self.height():
            self.setFixedHeight(high + 2)


class QuestionBox(QFrame):
    """``asked`` carries the question's text; ``think_changed`` whether to think longer."""

    asked = Signal(str)
    stop_wanted = Signal()
    think_changed = Signal(bool)
    scope_changed = Signal()
    pick_wanted = Signal()
    hand_wanted = Signal()
    models_wanted = Signal()
    scroll_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._picked: tuple[Picked, ...] = ()
        self._running = False
        self._reads = True
        self._build()
        self._show_scope()
        self._enable()

    def _build(self) -> None:
        self.edit = QuestionEdit(self)
        self.edit.setAccessibleName(self.tr("Your question"))
        self.edit.sent.connect(self._send)
        self.edit.textChanged.connect(self._enable)
        self.edit.scroll_wanted.connect(self.scroll_wanted)
        self._chips = QWidget(self)
        self._flow = FlowLayout()
        self._chips.setLayout(self._flow)
        self.pick = QToolButton(self._chips)
        self.pick.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.pick.setText(self.tr("Choose documents…"))
        self.pick.setIcon(icon("add"))
        self.pick.setAutoRaise(True)
        self.pick.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.pick.setToolTip(self.tr("Go to the list of documents and choose what to ask about"))
        self.pick.clicked.connect(self.pick_wanted)
        self.think = QCheckBox(self.tr("Think longer"), self)
        self.think.setToolTip(
            self.tr("Slower, and better at hard questions: the model thinks before it answers")
        )
        self.think.toggled.connect(self.think_changed)
        self.hand = QPushButton(icon("figures"), self.tr("Work something out"), self)
        self.hand.setFlat(True)
        self.hand.setToolTip(self.tr("Choose by hand what to count, add up or list"))
        self.hand.clicked.connect(self.hand_wanted)
        self.send = QPushButton(icon("send"), self.tr("Ask"), self)
        self.send.setToolTip(self.tr("Ask (Enter); Shift+Enter begins a new line"))
        self.send.clicked.connect(self._on_send)
        self.send.setMinimumWidth(90)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self.think)
        foot.addWidget(self.hand)
        foot.addStretch(1)
        foot.addWidget(self.send)
        self.lacking = QLabel(self)
        self.lacking.setTextFormat(Qt.TextFormat.PlainText)
        self.lacking.setWordWrap(True)
        self.models = QPushButton(icon("model"), "", self)
        self.models.clicked.connect(self.models_wanted)
        self._lacking = QWidget(self)
        lacking = QHBoxLayout(self._lacking)
        lacking.setContentsMargins(0, 0, 0, 0)
        lacking.setSpacing(10)
        lacking.addWidget(self.lacking, 1)
        lacking.addWidget(self.models)
        self._lacking.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addWidget(self._lacking)
        column.addWidget(self._chips)
        column.addWidget(self.edit)
        column.addLayout(foot)
        self._hint()

    # what is asked about --------------------------------------------------------------------

    @property
    def documents(self) -> tuple[int, ...]:
        """The documents that the question is about; none: all of them."""
        return tuple(picked.document_id for picked in self._picked)

    def set_picked(self, picked: Sequence[Picked]) -> None:
        """Ask about these documents; about all for none."""
        if tuple(picked) != self._picked:
            self._picked = tuple(picked)
            self._show_scope()
            self._hint()
            self.scope_changed.emit()

    def _without(self, document_id: int) -> None:
        self.set_picked([p for p in self._picked if p.document_id != document_id])
        self.edit.setFocus()

    def _show_scope(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget is not self.pick:
                widget.hide()
                widget.deleteLater()
        everything = ask_words.scope_words(0)
        about = self.tr("About: {0}").format("" if self._picked else everything)
        self._put(self._label(about.strip()))
        for picked in self._picked[:_NAMED]:
            self._put(self._chip(picked))
        more = len(self._picked) - _NAMED
        if more > 0:
            rest = self._label(self.tr("and {0} more").format(more))
            names = [ask_words.name_words(p.name) for p in self._picked[_NAMED : _NAMED + 20]]
            rest.setToolTip(tip("\n".join(names)))
            self._put(rest)
        if len(self._picked) > 1:
            everything_again = QToolButton(self._chips)
            everything_again.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            everything_again.setText(self.tr("All documents instead"))
            everything_again.setAutoRaise(True)
            everything_again.clicked.connect(lambda: self.set_picked(()))
            self._put(everything_again)
        if not self._picked:
            self._put(self.pick)
        self.pick.setVisible(not self._picked)

    def _put(self, widget: QWidget) -> None:
        widget.setParent(self._chips)
        self._flow.addWidget(widget)
        widget.show()

    def _label(self, text: str) -> QLabel:
        """A text between the chips, as high as they are."""
        label = QLabel(text, self._chips)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setMinimumHeight(self.pick.sizeHint().height())
        return label

    def _chip(self, picked: Picked) -> QToolButton:
        chip = QToolButton(self._chips)
        chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name = ask_words.name_words(picked.name)
        chip.setText(name.replace("&", "&&"))
        chip.setIcon(icon("cancel"))
        chip.setIconSize(QSize(14, 14))
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setAccessibleName(self.tr("Do not ask about {0}").format(name))
        chip.setToolTip(tip(self.tr("Do not ask about {0}").format(harmless(picked.name))))
        chip.clicked.connect(lambda: self._without(picked.document_id))
        return chip

    def _hint(self) -> None:
        """Two questions that could be asked of what is picked."""
        if self._picked:
            it = self.tr("it says") if len(self._picked) == 1 else self.tr("they say")
            text = self.tr(
                "Ask about what {0}: “What is the notice period?” or “Who signed, and when?”"
            ).format(it)
        else:
            text = self.tr(
                "Ask about your documents: “What did we pay Miller in March?” "
                "or “Which invoices are overdue?”"
            )
        self.edit.setPlaceholderText(text)

    # what can be done -----------------------------------------------------------------------

    def set_running(self, running: bool) -> None:
        """A question of this conversation is being answered, or none is."""
        if running == self._running:
            return
        self._running = running
        self.send.setIcon(icon("stop" if running else "send"))
        self.send.setText(self.tr("Stop") if running else self.tr("Ask"))
        self.send.setToolTip(
            self.tr("End the answer here; what is written so far is kept")
            if running
            else self.tr("Ask (Enter); Shift+Enter begins a new line")
        )
        self._enable()

    def set_reads(self, reads: bool, *, off: bool = False) -> None:
        """There is a model that can read a question, or none, or it is switched ``off``."""
        self._reads = reads
        self.models.setText(self.tr("Models…") if off else self.tr("Get a model…"))
        self.lacking.setText(
            self.tr(
                "Questions in words need the model, which is switched off. "
                "Counting and adding up work without it, and so does the search."
            )
            if off
            else self.tr(
                "Questions in words need a model, and there is none yet. "
                "Counting and adding up work without one, and so does the search."
            )
        )
        self._lacking.setVisible(not reads)
        self.edit.setVisible(reads)
        self._chips.setVisible(reads)
        self.think.setVisible(reads)
        self.send.setVisible(reads or self._running)
        self._enable()

    def set_think(self, think: bool) -> None:
        """Show whether to think longer, without telling of it."""
        self.think.blockSignals(True)
        self.think.setChecked(think)
        self.think.blockSignals(False)

    def take_focus(self) -> None:
        """Put the keyboard where the next question is typed."""
        (self.edit if self._reads else self.hand).setFocus()

    def _enable(self) -> None:
        typed = bool(self.edit.toPlainText().strip())
        self.send.setEnabled(self._running or (self._reads and typed))
        self.send.setVisible(self._reads or self._running)

    def _on_send(self) -> None:
        if self._running:
            self.stop_wanted.emit()
            self.edit.setFocus()
        else:
            self._send()

    def _send(self) -> None:
        text = self.edit.toPlainText().strip()
        if text and self._reads and not self._running:
            self.asked.emit(text)

    def clear(self) -> None:
        """Take away what was typed."""
        self.edit.clear()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.take_focus()
