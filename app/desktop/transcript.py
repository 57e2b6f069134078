"""One conversation as it is read: its questions and answers, the newest at the bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.asking.messages import Ask, Reply
from app.desktop import ask_words
from app.desktop.answer_text import place_in
from app.desktop.computed_view import ComputedView
from app.desktop.running_question import RunningQuestion
from app.desktop.tab_stops import tab_stops
from app.desktop.turn_view import TurnView
from app.library import Library
from app.library.calculation import Calculation

_EARLIER = 20  # turns that are shown at once of a conversation that was kept
_NEAR = 24  # pixels from the end within which the end is followed
_BETWEEN = 10  # milliseconds between two turns that are laid out


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """A question that was kept and its answer; without a ``reply`` only its words are known."""

    ask: Ask
    reply: Reply | None
    text: str


class Transcript(QScrollArea):
    """The signals are those of its turns, each with the TurnView first where that matters.

    ``changed`` tells that it has other widgets than before.
    """

    cited = Signal(object)
    ask_wanted = Signal(object)
    behind_wanted = Signal(object, object, object)
    copy_wanted = Signal(object)
    export_wanted = Signal(object, str)
    looked_at = Signal(object)
    opened = Signal(object)
    models_wanted = Signal()
    hand_wanted = Signal()
    changed = Signal()

    def __init__(
        self, library: Library, conversation: int | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._library = library
        self.conversation = conversation
        self.title = ""
        self.documents: tuple[int, ...] = ()
        self.running: RunningQuestion | None = None
        self.turns: list[TurnView] = []
        self._earlier: list[KeptTurn] = []
        self._kept: list[KeptTurn] = []
        self._follows = True
        self._from_top: TurnView | None = None  # whose beginning is kept in sight
        self._moving = False
        self.draft: ComputedView | None = None
        self.setAccessibleName(self.tr("Questions and answers"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        inside = self._inside = QWidget(self)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 8, 0, 8)
        self._column.setSpacing(6)
        self.earlier = QPushButton(self.tr("Show earlier questions"), inside)
        self.earlier.setFlat(True)
        self.earlier.clicked.connect(self._show_earlier)
        self.earlier.hide()
        self._column.addWidget(self.earlier)
        self._column.addStretch(1)
        self.setWidget(inside)
        self.verticalScrollBar().rangeChanged.connect(lambda *_: self._keep_to_the_end())
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.verticalScrollBar().setSingleStep(24)
        self._laying = QTimer(self)
        self._laying.setSingleShot(True)
        self._laying.setInterval(_BETWEEN)
        self._laying.timeout.connect(self._lay_out)

    @property
    def empty(self) -> bool:
        """Whether nothing was asked yet."""
        return not self.turns and not self._kept and self.draft is None

    def add(self, ask: Ask) -> TurnView:
        """Put a new question at the end."""
        turn = self._turn(ask)
        self.turns.append(turn)
        self._column.insertWidget(self._column.count() - 1, turn)
        self._follows, self._from_top = True, None
        self._keep_to_the_end()
        return turn

    def show_kept(self, turns: Sequence[KeptTurn]) -> None:
        """Show what was asked before, the newest turns first; they are laid out one by one."""
        self._earlier = list(turns[:-_EARLIER])
        self._kept = list(turns[-_EARLIER:])
        self._follows = True
        self._laying.start()

    def begin_by_hand(self) -> ComputedView:
        """Put an empty calculation at the end, for a person to set."""
        if self.draft is None:
            self.draft = ComputedView(self._library, self._inside)
            self.draft.setContentsMargins(14, 6, 14, 10)
            self.draft.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
            self.draft.begin()
            self.draft.wanted.connect(self._on_draft)
            self._column.insertWidget(self._column.count() - 1, self.draft)
            self.changed.emit()
        self._follows = True
        self._keep_to_the_end()
        return self.draft

    def drop_draft(self) -> None:
        """Take the empty calculation away."""
        if self.draft is not None:
            self._column.removeWidget(self.draft)
            self.draft.hide()
            self.draft.deleteLater()
            self.draft = None

    def page(self, step: int) -> None:
        """Scroll by nearly a page, up (-1) or down (1)."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + step * bar.pageStep() * 9 // 10)

    def tab_stops(self) -> list[QWidget]:
        """What the keyboard can come to, from the first question to the last."""
        stops: list[QWidget] = [self, self.earlier]
        for turn in self.turns:
            stops += turn.tab_stops()
        return stops + (tab_stops(self.draft) if self.draft is not None else [])

    def stop(self) -> None:
        """Lay out nothing any more."""
        self._laying.stop()
        for turn in self.turns:
            turn.stop()

    # inside -------------------------------------------------------------------------------

    def _turn(self, ask: Ask) -> TurnView:
        turn = TurnView(ask, self._library, self._inside)
        turn.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        turn.cited.connect(self.cited)
        turn.ask_wanted.connect(self.ask_wanted)
        turn.looked_at.connect(self.looked_at)
        turn.opened.connect(self.opened)
        turn.models_wanted.connect(self.models_wanted)
        turn.hand_wanted.connect(self.hand_wanted)
        turn.copy_wanted.connect(lambda: self.copy_wanted.emit(turn))
        turn.export_wanted.connect(lambda form: self.export_wanted.emit(turn, form))
        turn.behind_wanted.connect(
            lambda computed, what: self.behind_wanted.emit(turn, computed, what)
        )
        turn.settled.connect(self.changed)
        turn.figured.connect(lambda: self._read_from_top(turn))
        turn.reached.connect(self._show_place)
        return turn

    def _lay_out(self) -> None:
        """One turn that was kept, the newest first, so that what was said last is there first."""
        if not self._kept:
            self.earlier.setVisible(bool(self._earlier))
            self.changed.emit()
            return
        kept = self._kept.pop()
        turn = self._turn(kept.ask)
        # What was kept stands before what was asked since; 1 for the button above all.
        self.turns.insert(0, turn)
        self._column.insertWidget(1, turn)
        if kept.reply is not None:
            turn.show_reply(kept.reply)
        else:
            turn.show_unreadable(kept.text)
        self._laying.start()

    def _show_earlier(self) -> None:
        self.earlier.hide()
        self._follows = False
        self._kept = self._earlier[-_EARLIER:]
        del self._earlier[-_EARLIER:]
        self._laying.start()

    def _on_draft(self, calculation: Calculation) -> None:
        question = ask_words.calculation_question(calculation)
        self.ask_wanted.emit(Ask(question, calculation=calculation))

    def _read_from_top(self, turn: TurnView) -> None:
        if self._follows and self.turns and turn is self.turns[-1]:
            self._from_top = turn
            self._keep_to_the_end()

    def _show_place(self, widget: QWidget, height: int) -> None:
        self._follows, self._from_top = False, None
        where = place_in(self._inside, widget, height)
        self.ensureVisible(0, where.y(), 0, 60)

    def _on_scrolled(self, value: int) -> None:
        if not self._moving:
            self._from_top = None
            self._follows = value >= self.verticalScrollBar().maximum() - _NEAR

    def _keep_to_the_end(self) -> None:
        """Follow what grows: to the end, or no further than the beginning of figures."""
        if not self._follows:
            return
        bar = self.verticalScrollBar()
        end = bar.maximum()
        if self._from_top is not None:
            end = min(end, self._from_top.y())
        self._moving = True
        bar.setValue(end)
        self._moving = False
