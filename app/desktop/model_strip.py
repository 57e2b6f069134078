"""The strip below the window: which model reads, how far it is, and what is downloaded."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QWidget,
)

from app.desktop import model_words, words
from app.desktop.elided_label import ElidedLabel
from app.desktop.icons import icon
from app.desktop.model_state import ModelState
from app.desktop.model_work import Does, Underway
from app.desktop.tones import Tone
from app.engine.models.files import amount
from app.engine.models.store import Broken, Unfinished
from app.errors import Problem
from app.journey import Refining


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the strip tells of.

    ``reading`` is whether documents are to be read with the model in use; ``problem`` why
    it does not get on; ``loading`` says that it is being loaded.
    """

    state: ModelState | None = None
    reading: bool = True
    refining: Refining | None = None
    paused: bool = False
    loading: bool = False
    problem: Problem | None = None
    underway: tuple[Underway, ...] = ()


class ModelStrip(QWidget):
    """``go_on_wanted`` carries the name of the model whose download is to go on."""

    models_wanted = Signal()
    pause_wanted = Signal(bool)
    go_on_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paused = False
        self._unfinished = ""
        self._icon = QLabel(self)
        self._icon.setFixedWidth(18)
        self.text = ElidedLabel(self)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(10)
        self.bar.setMaximumWidth(160)
        self.bar.setAccessibleName(self.tr("Progress of the model"))
        self.pause = QPushButton(self)
        self.pause.clicked.connect(lambda: self.pause_wanted.emit(not self._paused))
        self.work = ElidedLabel(self)
        self.work.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.go_on = QPushButton(icon("resume"), self.tr("Go on"), self)
        self.go_on.clicked.connect(lambda: self.go_on_wanted.emit(self._unfinished))
        self.models = QPushButton(icon("model"), self.tr("Models…"), self)
        self.models.clicked.connect(self.models_wanted)
        for button in (self.pause, self.go_on, self.models):
            button.setFlat(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 1, 6, 1)
        layout.setSpacing(8)
        layout.addWidget(self._icon)
        layout.addWidget(self.text, 3)
        layout.addWidget(self.bar, 1)
        layout.addWidget(self.pause)
        layout.addWidget(self.work, 3)
        layout.addWidget(self.go_on)
        layout.addWidget(self.models)
        self.show_situation(Situation())

    def show_situation(self, now: Situation) -> None:
        """Show everything as it is now."""
        refining = now.refining if now.refining is not None and now.refining.total else None
        self._paused = now.paused
        name, colour, text = self._reading(now, refining)
        self._icon.setPixmap(icon(name, colour).pixmap(16, 16))
        self.text.show_text(text)
        busy = refining is not None and not now.paused and now.problem is None
        self.bar.setVisible(busy)
        if refining is not None:
            self.bar.setRange(0, refining.total)
            self.bar.setValue(refining.done)
        self.pause.setVisible(refining is not None and now.problem is None)
        self.pause.setText(self.tr("Resume") if now.paused else self.tr("Pause"))
        self.pause.setIcon(icon("resume" if now.paused else "pause"))
        self.pause.setAccessibleName(
            self.tr("Let the model go on") if now.paused else self.tr("Pause the model")
        )
        self._show_work(now)

    def _reading(self, now: Situation, refining: Refining | None) -> tuple[str, Tone, str]:
        """The icon and the words for who reads."""
        if now.state is None:
            return "model", Tone.QUIET, ""
        server = now.state.settings.server
        in_use = now.state.in_use
        if server is None and in_use is None:
            problem = now.state.problem
            if problem is not None:
                return "warning", Tone.DOUBT, words.problem_words(problem)[0]
            text = self.tr(
                "No model: everything works but questions in words. "
                "A model also reads odd layouts better."
            )
            return "model", Tone.QUIET, text
        if not now.reading:
            return "model", Tone.QUIET, self.tr("Reading with the model is switched off.")
        if now.problem is not None:
            return "warning", Tone.DOUBT, " ".join(words.problem_words(now.problem))
        if server is None and in_use is not None and isinstance(in_use.standing, Broken):
            return "warning", Tone.DOUBT, " ".join(words.problem_words(in_use.standing.problem))
        if refining is not None:
            return "model", Tone.SURE, self._refining(now, refining)
        if server is not None:
            return "server", Tone.DOUBT, self.tr("Model: on {0}").format(server.address)
        label = in_use.label if in_use is not None else ""
        return "model", Tone.SURE, self.tr("Model: {0}").format(label)

    def _refining(self, now: Situation, refining: Refining) -> str:
        left = refining.total - refining.done
        if now.paused:
            if left == 1:
                return self.tr("Paused: 1 document waits for the model")
            return self.tr("Paused: {0} documents wait for the model").format(left)
        text = self.tr("Refining {0} of {1}").format(
            min(refining.done + 1, refining.total), refining.total
        )
        if now.loading:
            return f"{text}, {self.tr('loading the model')}"
        return f"{text}, {words.time_left(refining.left)}" if refining.left else text

    def _show_work(self, now: Situation) -> None:
        shown = [work for work in now.underway if work.does is not Does.CHANGE]
        if shown:
            text = model_words.short_progress(shown[0])
            if len(shown) > 1:
                text += self.tr(" (and {0} more)").format(len(shown) - 1)
            self.work.show_text(text)
            self.go_on.hide()
            return
        begun = None
        if now.state is not None:
            begun = next(
                (
                    offer
                    for offer in now.state.offers
                    if isinstance(offer.standing, Unfinished)
                    and offer.standing.done
                    and offer.listed is not None
                ),
                None,
            )
        self.go_on.setVisible(begun is not None)
        self._unfinished = begun.name if begun is not None else ""
        if begun is None or not isinstance(begun.standing, Unfinished) or begun.listed is None:
            self.work.show_text("")
            return
        text = self.tr("{0}: {1} of {2} downloaded").format(
            begun.label, amount(begun.standing.done), amount(begun.listed.size)
        )
        self.work.show_text(text)
        self.go_on.setAccessibleName(self.tr("Go on with the download of {0}").format(begun.label))
