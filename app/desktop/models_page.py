"""The models: those that are here and those that can be downloaded, and getting one from a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.desktop import model_words, words
from app.desktop.adapters_dialog import AdaptersDialog
from app.desktop.icons import icon
from app.desktop.model_card import ModelCard
from app.desktop.model_files import ask_for_model_files
from app.desktop.model_state import ModelState, Offer
from app.desktop.model_work import Does, ModelWork, Underway
from app.desktop.notice import Notice
from app.engine.models.files import amount
from app.engine.models.store import Model


class _Import(QFrame):
    """How far an import is; ``cancel_wanted`` carries the work's name."""

    cancel_wanted = Signal(str)

    def __init__(self, work: Underway, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        name = QLabel(self.tr("Importing {0}").format(work.label), self)
        name.setTextFormat(Qt.TextFormat.PlainText)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setMaximumHeight(10)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self.cancel = QPushButton(icon("cancel"), self.tr("Cancel"), self)
        self.cancel.setAutoDefault(False)
        self.cancel.setAccessibleName(self.tr("Cancel the import of {0}").format(work.label))
        self.cancel.clicked.connect(lambda: self.cancel_wanted.emit(work.name))
        row = QHBoxLayout()
        row.addWidget(self._text, 1)
        row.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.addWidget(name)
        layout.addWidget(self._bar)
        layout.addLayout(row)
        self.show_work(work)

    def show_work(self, work: Underway) -> None:
        """Show how far it is."""
        report = work.report
        known = report is not None and report.total > 0
        self._bar.setRange(0, 1000 if known else 0)
        if report is not None and known:
            self._bar.setValue(round(1000 * min(1.0, report.done / report.total)))
        self._bar.setAccessibleName(model_words.short_progress(work))
        self._text.setText(model_words.progress(work))
        self.cancel.setEnabled(not work.stopping)


class ModelsPage(QWidget):
    """``reading_wanted`` carries whether documents are to be read with the model."""

    reading_wanted = Signal(bool)

    def __init__(self, work: ModelWork, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._state: ModelState | None = None
        self.cards: dict[str, ModelCard] = {}
        self._imports: dict[str, _Import] = {}
        self._build()
        work.progressed.connect(self._on_progress)
        work.ended.connect(self._on_ended)
        work.failed.connect(self._on_failed)

    def _build(self) -> None:
        self.about = QLabel(self)
        self.about.setWordWrap(True)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.reading = QCheckBox(self.tr("&Read documents with the model in use"), self)
        self.reading.setToolTip(
            self.tr("What is read quickly is then read once more, in the background")
        )
        self.reading.clicked.connect(self.reading_wanted)
        self.import_ = QPushButton(icon("folder"), self.tr("&Import from a file…"), self)
        self.import_.setAutoDefault(False)
        self.import_.setToolTip(
            self.tr("From a USB stick, for example; files (.gguf) can also be dropped here")
        )
        self.import_.clicked.connect(self._choose)
        top = QHBoxLayout()
        top.addWidget(self.reading, 1)
        top.addWidget(self.import_)
        self.notice = Notice(self)
        inside = QWidget(self)
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(12, 4, 12, 12)
        self._list.setSpacing(10)
        self._list.addStretch(1)
        self.area = QScrollArea(self)
        self.area.setAccessibleName(self.tr("Models"))
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 0, 0)
        layout.setSpacing(8)
        head = QVBoxLayout()
        head.setContentsMargins(14, 0, 14, 0)
        head.setSpacing(10)
        head.addWidget(self.about)
        head.addLayout(top)
        layout.addLayout(head)
        layout.addWidget(self.notice)
        layout.addWidget(self.area, 1)

    # showing --------------------------------------------------------------------------

    def show_state(self, state: ModelState, *, reading: bool) -> None:
        """Show everything as it is now; cards stay where they are, so the focus does too."""
        self._state = state
        self.reading.setChecked(reading)
        self.about.setText(self._about(state, reading=reading))
        if state.problem is not None:
            self.notice.tell(" ".join(words.problem_words(state.problem)), problem=True)
        wanted = [offer.name for offer in state.offers]
        for name in [name for name in self.cards if name not in wanted]:
            self._drop(self.cards.pop(name))
        for offer in state.offers:
            if offer.name not in self.cards:
                self.cards[offer.name] = self._new_card(offer.name)
            self.cards[offer.name].show_offer(offer, state.machine, self._work.of(offer.name))
        for place, name in enumerate(wanted, len(self._imports)):
            if self._list.indexOf(self.cards[name]) != place:
                self._list.insertWidget(place, self.cards[name])
        before: QWidget = self.import_
        for name in wanted:
            for button in self.cards[name].buttons:
                self.setTabOrder(before, button)
                before = button

    def _about(self, state: ModelState, *, reading: bool) -> str:
        """What a model is good for, and where it reads."""
        good = self.tr(
            "Everything works without a model. With one, odd layouts, photos and poor scans "
            "are read better."
        )
        server = state.settings.server
        where = (
            self.tr("Pages go to the server {0} now: no model on this computer reads.").format(
                server.address
            )
            if server is not None and reading
            else self.tr(
                "It runs on this computer, and no page leaves it: only the download needs the "
                "internet."
            )
        )
        return f"{good} {where}"

    def _new_card(self, name: str) -> ModelCard:
        card = ModelCard(name, self)
        card.download_wanted.connect(self._download)
        card.pause_wanted.connect(self._work.pause)
        card.cancel_wanted.connect(self._cancel)
        card.use_wanted.connect(self._use)
        card.check_wanted.connect(lambda name: self._work.check(name, self._label(name)))
        card.adapters_wanted.connect(self._adapters)
        card.remove_wanted.connect(self._remove)
        return card

    def _drop(self, widget: QWidget) -> None:
        self._list.removeWidget(widget)
        widget.hide()
        widget.deleteLater()

    def _offer(self, name: str) -> Offer | None:
        return self._state.offer(name) if self._state is not None else None

    def _label(self, name: str) -> str:
        offer = self._offer(name)
        return offer.label if offer is not None else name

    def _on_progress(self, work: Underway) -> None:
        if work.does is Does.IMPORT:
            shown = self._imports.get(work.name)
            if shown is None:
                shown = self._imports[work.name] = _Import(work, self)
                shown.cancel_wanted.connect(self._work.pause)
                self._list.insertWidget(len(self._imports) - 1, shown)
                self.area.verticalScrollBar().setValue(0)
            shown.show_work(work)
            return
        offer, card = self._offer(work.name), self.cards.get(work.name)
        if self._state is None or offer is None or card is None:
            return
        if work.report is None or work.stopping:
            card.show_offer(offer, self._state.machine, work)  # the buttons change too
        else:
            card.show_work(offer, work)

    def _forget(self, work: Underway) -> None:
        shown = self._imports.pop(work.name, None)
        if shown is not None:
            self._drop(shown)

    def _on_ended(self, work: Underway, model: Model | None) -> None:
        self._forget(work)
        label = model.note.label if model is not None else work.label
        if work.does is Does.CHECK and not work.stopping:
            self.notice.tell(self.tr("“{0}” is unchanged.").format(label))
        elif model is not None and work.does in (Does.DOWNLOAD, Does.IMPORT):
            text = self.tr("“{0}” is on this computer now.").format(label)
            if not model.sees:
                text += " " + self.tr("It reads text only: it has no part that sees pictures.")
            self.notice.tell(text)
        elif model is not None and work.does is Does.ATTACH:
            self.notice.tell(self.tr("“{0}” has its adapter now.").format(label))

    def _on_failed(self, work: Underway, error: Exception) -> None:
        self._forget(work)
        self.notice.tell(" ".join(words.error_words(error)), problem=True)

    # what the user asks for -----------------------------------------------------------

    def _download(self, name: str) -> None:
        offer = self._offer(name)
        if offer is not None and offer.listed is not None:
            self.notice.hide()
            self._work.download(offer.listed)

    def _use(self, name: str) -> None:
        self._work.use(name, self._label(name))

    def _cancel(self, name: str) -> None:
        work, offer = self._work.of(name), self._offer(name)
        if work is not None and work.does is not Does.DOWNLOAD:
            self._work.pause(name)
            return
        done = work.report.done if work is not None and work.report is not None else 0
        done = done or getattr(offer.standing if offer is not None else None, "done", 0)
        text = self.tr("Cancel the download of “{0}”?").format(self._label(name))
        more = self.tr("The {0} that have come are thrown away. “Pause” keeps them.").format(
            amount(done)
        )
        if not done or self._agreed(text, more, self.tr("Throw away")):
            self._work.cancel(name)

    def _remove(self, name: str) -> None:
        text = self.tr("Remove “{0}” from this computer?").format(self._label(name))
        more = self.tr("Your documents and what was read of them stay as they are.")
        if self._agreed(text, more, self.tr("Remove")):
            self._work.remove(name, self._label(name))

    def _agreed(self, text: str, more: str, yes: str) -> bool:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(text)
        box.setInformativeText(more)
        agree = box.addButton(yes, QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.exec()
        return box.clickedButton() is agree

    def _adapters(self, name: str) -> None:
        offer = self._offer(name)
        if offer is not None and offer.model is not None:
            AdaptersDialog(offer.model, self._work, self).exec()

    def _choose(self) -> None:
        self.import_files(ask_for_model_files(self))

    def import_files(self, files: Sequence[Path]) -> None:
        """Take models from these files."""
        if files:
            self.notice.hide()
            self._work.import_files(files)
