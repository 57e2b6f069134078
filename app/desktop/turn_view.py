"""One question and what came of it, from the first sign of work to the answer with its sources."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.asking.messages import Answered, Ask, Chosen, Computed, Doing, Reply, Told, Way
from app.desktop import ask_words
from app.desktop.answer_text import AnswerText
from app.desktop.behind_list import Behind
from app.desktop.computed_view import ComputedView
from app.desktop.icons import icon
from app.desktop.plain_text import harmless
from app.desktop.quiet_label import QuietLabel
from app.desktop.tab_stops import tab_stops
from app.desktop.thinking_fold import ThinkingFold
from app.desktop.tones import Tone
from app.library import Library
from app.library.calculation import Calculation

_LONGEST_QUESTION = 4_000  # characters of a question that are shown above its answer
_ICONS = {Way.COMPUTED: "figures", Way.WHOLE: "documents", Way.PASSAGES: "search"}


def _line(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


class _Remark(QWidget):
    """An icon and a line of text beside it."""

    def __init__(self, parent: QWidget, name: str, colour: Tone, text: str) -> None:
        super().__init__(parent)
        picture = QLabel(self)
        picture.setPixmap(icon(name, colour).pixmap(16, 16))
        self.text = _line(self)
        self.text.setText(text)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.text, 1)


class TurnView(QWidget):
    """``cited`` carries a Citation, ``ask_wanted`` an Ask, ``behind_wanted`` the Computed and
    what of it; ``looked_at`` an Entry to be shown at the side, ``opened`` one to go to;
    ``export_wanted`` the file's form (``txt``, ``xlsx``, ``csv``).

    ``figured`` tells that figures are shown, which are read from the top, ``settled`` that
    all of an answer in words is; ``reached`` carries a place that is to be seen.
    """

    cited = Signal(object)
    ask_wanted = Signal(object)
    behind_wanted = Signal(object, object)
    looked_at = Signal(object)
    opened = Signal(object)
    models_wanted = Signal()
    hand_wanted = Signal()
    copy_wanted = Signal()
    export_wanted = Signal(str)
    figured = Signal()
    settled = Signal()
    reached = Signal(object, int)

    def __init__(self, ask: Ask, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self.ask = ask
        self.reply: Reply | None = None
        self.failed = False
        self._buttons: list[QPushButton] = []
        self._chosen: Chosen | None = None
        self._thinking = False
        self._reveal = QTimer(self)  # when what is to be seen has its place
        self._reveal.setSingleShot(True)
        self._reveal.setInterval(0)
        self._reveal.timeout.connect(self._on_reveal)
        self._build()
        self.answer.cited.connect(self.cited)
        self.answer.reached.connect(self.reached)
        self.answer.settled.connect(self.settled)
        self.answer.copy_wanted.connect(self.copy_wanted)

    def _build(self) -> None:
        box = QFrame(self)
        box.setObjectName("question")
        box.setFrameShape(QFrame.Shape.StyledPanel)
        box.setAutoFillBackground(True)
        self.question = _line(box)
        font = self.question.font()
        font.setBold(True)
        self.question.setFont(font)
        self.question.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        asked = harmless(self.ask.text)
        if len(asked) > _LONGEST_QUESTION:
            asked = asked[:_LONGEST_QUESTION] + "…"
        self.question.setText(asked)
        inside = QHBoxLayout(box)
        inside.setContentsMargins(12, 8, 12, 8)
        inside.addWidget(self.question)

        self.doing = _line(self)
        self.doing.setText(self.tr("One moment…"))
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.bar.setMaximumWidth(160)
        self.bar.setAccessibleName(self.tr("Progress of the answer"))
        self.bar.hide()
        self._working = QWidget(self)
        working = QHBoxLayout(self._working)
        working.setContentsMargins(0, 0, 0, 0)
        working.setSpacing(10)
        working.addWidget(self.doing, 1)
        working.addWidget(self.bar)

        self._way_icon = QLabel(self)
        self.way = QuietLabel(self)
        self.way.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.read_all = QPushButton(self)
        self.read_all.clicked.connect(self._ask_for_all)
        self._way = QWidget(self)
        way = QHBoxLayout(self._way)
        way.setContentsMargins(0, 0, 0, 0)
        way.setSpacing(8)
        way.addWidget(self._way_icon, 0)
        way.addWidget(self.way, 1)
        way.addWidget(self.read_all)
        self._way.hide()
        self.read_all.hide()

        self.thinking = ThinkingFold(self)
        self.answer = AnswerText(self)
        self.answer.hide()
        self.computed: ComputedView | None = None
        self._remarks = QVBoxLayout()
        self._remarks.setSpacing(4)
        self.remarks: list[QLabel] = []

        self._foot = QWidget(self)
        self.copy = self._tool("copy", self.tr("Copy"), self.tr("Copy the question and its answer"))
        self.copy.clicked.connect(self.copy_wanted)
        self.export = self._tool("export", self.tr("Export…"), self.tr("Keep it as a file"))
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(4)
        foot.addWidget(self.copy)
        foot.addWidget(self.export)
        foot.addStretch(1)
        self._foot.hide()

        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 6, 14, 10)
        self._column.setSpacing(8)
        for widget in (box, self._working, self._way, self.thinking, self.answer):
            self._column.addWidget(widget)
        self._column.addLayout(self._remarks)
        self._column.addWidget(self._foot)

    def _tool(self, name: str, text: str, what_for: str) -> QToolButton:
        button = QToolButton(self._foot)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setIcon(icon(name))
        button.setText(text)
        button.setToolTip(what_for)
        button.setAutoRaise(True)
        button.setIconSize(QSize(16, 16))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    # what is told of the question ---------------------------------------------------------

    @property
    def working(self) -> bool:
        """Whether the question is still being answered."""
        return not self._working.isHidden()

    def show_doing(self, doing: Doing) -> None:
        """Say what is being done."""
        way = self._chosen.way if self._chosen is not None else None
        documents = len(self.ask.documents)
        text = ask_words.doing_words(doing, way, documents, thinking=self._thinking)
        self.doing.setText(text)
        self.bar.setVisible(doing.total > 0 and self.working)
        if doing.total > 0:
            self.bar.setRange(0, 1000)
            self.bar.setValue(1000 * min(doing.done, doing.total) // doing.total)

    def show_chosen(self, chosen: Chosen) -> None:
        """Say which way is taken."""
        self._chosen = chosen
        self._show_way(chosen.way, ask_words.chosen_words(chosen))

    def think(self, text: str) -> None:
        """Take more of the thinking."""
        self._thinking = True
        self.thinking.append(text)

    def write(self, text: str) -> None:
        """Take more of the answer."""
        if self._thinking or self.answer.isHidden():
            self._thinking = False
            self.doing.setText(self.tr("Writing the answer"))
            self.bar.hide()
        self.answer.show()
        self.answer.append(text)

    def show_answered(self, answered: Answered) -> None:
        """Show the answer that was kept."""
        if answered.conversation:
            self.ask = replace(self.ask, conversation=answered.conversation)
        self.show_reply(answered.reply)
        if not answered.conversation:
            self._remark("warning", self.tr("This answer could not be kept. Copy or export it."))
        self._announce(self.tr("The answer is there."))

    def show_reply(self, reply: Reply) -> None:
        """Show an answer, all of it."""
        self.reply = reply
        self._working.hide()
        self._show_way(
            reply.way if isinstance(reply, Told) else Way.COMPUTED, ask_words.way_words(reply)
        )
        if isinstance(reply, Told):
            self._show_told(reply)
        else:
            self._show_computed(reply)
        for text in ask_words.extra_words(reply):
            self._remark("server" if reply.place and reply.place in text else "pause", text)
        self._foot.show()
        self._fill_export(reply)

    def show_problem(self, error: Exception) -> None:
        """Say why there is no answer, and what to do."""
        self._working.hide()
        self.failed = True
        message, advice, lacks_model = ask_words.problem_words(
            error, by_hand=self.ask.calculation is not None
        )
        if self.answer.text and self.reply is None:
            self.answer.finish(self.answer.text)
        if self.answer.text:
            advice = self.tr("What was written until then stands above. {0}").format(advice)
        self._remark("warning", f"{message} {advice}")
        row = QHBoxLayout()
        buttons = [(icon("restore"), self.tr("Ask again"), lambda: self.ask_wanted.emit(self.ask))]
        if lacks_model:
            buttons = [
                (icon("model"), self.tr("Get a model…"), self.models_wanted.emit),
                (icon("figures"), self.tr("Work something out"), self.hand_wanted.emit),
            ]
        for picture, text, does in buttons:
            button = QPushButton(picture, text, self)
            button.clicked.connect(lambda _=False, does=does: does())
            self._buttons.append(button)
            row.addWidget(button)
        row.addStretch(1)
        self._column.insertLayout(self._column.count() - 1, row)
        self._announce(message)

    def show_behind(self, behind: Behind) -> None:
        """List the documents behind a number of this answer, and bring them into sight."""
        if self.computed is not None:
            self.computed.show_behind(behind)
            self._reveal.start()

    def _on_reveal(self) -> None:
        if self.computed is not None:
            self.reached.emit(self.computed.behind, self.computed.behind.height())

    def show_unreadable(self, text: str) -> None:
        """Show the words of an answer of which nothing else is known any more."""
        self._working.hide()
        self.answer.show()
        self.answer.finish(text)

    # inside -------------------------------------------------------------------------------

    def _show_told(self, told: Told) -> None:
        if told.thinking:
            self.thinking.finish(told.thinking, told.thought_seconds)
        self.answer.setVisible(bool(told.text))
        self.answer.finish(told.text, told.citations, told.doubts)
        if not told.text and not told.stopped:
            self._remark("found", self.tr("The model gave no answer. Ask in other words."))
        for text in ask_words.doubts_below(told.text, told.doubts):
            self._remark("doubtful", text)
        more = told.way is Way.PASSAGES and told.seconds_for_all is not None
        self.read_all.setVisible(more)
        if told.seconds_for_all is not None:
            self.read_all.setText(
                self.tr("Read all of it ({0})").format(ask_words.about(told.seconds_for_all))
            )
            self.read_all.setToolTip(
                self.tr("Ask the same again, with every page instead of those that fit")
            )

    def _show_computed(self, computed: Computed) -> None:
        if self.computed is None:
            self.computed = ComputedView(self._library, self)
            self.computed.wanted.connect(self._ask_for)
            self.computed.behind_wanted.connect(self._on_behind)
            self.computed.looked_at.connect(self.looked_at)
            self.computed.opened.connect(self.opened)
            self._column.insertWidget(self._column.indexOf(self.answer) + 1, self.computed)
        self.answer.hide()
        self.computed.show_result(computed)
        self.figured.emit()

    def _on_behind(self, what: object) -> None:
        if isinstance(self.reply, Computed):
            self.behind_wanted.emit(self.reply, what)

    def _ask_for(self, calculation: Calculation) -> None:
        text = ask_words.calculation_question(calculation)
        self.ask_wanted.emit(replace(self.ask, text=text, calculation=calculation, way=None))

    def _ask_for_all(self) -> None:
        self.read_all.setEnabled(False)  # asked once; it stands below
        self.ask_wanted.emit(replace(self.ask, way=Way.WHOLE, calculation=None))

    def _show_way(self, way: Way, text: str) -> None:
        self._way_icon.setPixmap(icon(_ICONS[way], Tone.QUIET).pixmap(16, 16))
        self.way.setText(text)
        self._way.show()

    def _remark(self, name: str, text: str) -> None:
        quiet = name in ("pause", "found")
        remark = _Remark(self, name, Tone.QUIET if quiet else Tone.DOUBT, text)
        self.remarks.append(remark.text)
        self._remarks.addWidget(remark)

    def _fill_export(self, reply: Reply) -> None:
        menu = QMenu(self.export)
        forms = [("txt", self.tr("The conversation as text…"))]
        if isinstance(reply, Computed):
            forms = [
                ("xlsx", self.tr("The table for Excel (XLSX)…")),
                ("csv", self.tr("The table as CSV…")),
                *forms,
            ]
        for form, text in forms:
            menu.addAction(text).triggered.connect(
                lambda _=False, form=form: self.export_wanted.emit(form)
            )
        self.export.setMenu(menu)

    def _announce(self, text: str) -> None:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def tab_stops(self) -> list[QWidget]:
        """What the keyboard can come to, in the order in which it is read."""
        return [
            stop
            for part in (self._way, self.thinking, self.answer, self.computed, *self._buttons,
                         self._foot)
            if part is not None
            for stop in tab_stops(part)
        ]  # fmt: skip

    def stop(self) -> None:
        """Lay out nothing any more."""
        self.answer.stop()
        self._reveal.stop()
