"""One model in the list: what it is good for, what it takes, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, SignalInstance
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.desktop import model_words
from app.desktop.flow_layout import FlowLayout
from app.desktop.icons import icon
from app.desktop.model_state import Offer, Room
from app.desktop.model_work import Does, Underway
from app.desktop.tones import Tone, tone
from app.engine.hardware import Machine
from app.engine.models.store import Broken, Unfinished

_ICON = 16


class _Line(QWidget):
    """A small icon and a text that may take several lines."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon = QLabel(self)
        self._icon.setFixedWidth(_ICON + 4)
        self._icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.text, 1)

    def show_text(self, text: str, name: str = "", colour: Tone = Tone.QUIET) -> None:
        """Show the text, or nothing at all."""
        self.setVisible(bool(text))
        self.text.setText(text)
        self._icon.setVisible(bool(name))
        if name:
            self._icon.setPixmap(icon(name, colour).pixmap(_ICON, _ICON))


class ModelCard(QFrame):
    """Each signal carries the model's name."""

    download_wanted = Signal(str)
    pause_wanted = Signal(str)
    cancel_wanted = Signal(str)
    use_wanted = Signal(str)
    check_wanted = Signal(str)
    adapters_wanted = Signal(str)
    remove_wanted = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.title = QLabel(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        font = self.title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.1)
        self.title.setFont(font)
        self.title.setWordWrap(True)  # a file can call itself anything
        self.usual = QLabel(self.tr("Recommended"), self)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.title, 1)
        head.addWidget(self.usual)
        self.good_for = QLabel(self)
        self.facts = QLabel(self)
        for label in (self.good_for, self.facts):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.state = _Line(self)
        self.room = _Line(self)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setMaximumHeight(10)
        self.progress = QLabel(self)
        self.progress.setWordWrap(True)
        self.progress.setTextFormat(Qt.TextFormat.PlainText)
        self._build_buttons()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(5)
        layout.addLayout(head)
        for widget in (self.good_for, self.facts, self.state, self.room, self.bar, self.progress):
            layout.addWidget(widget)
        layout.addWidget(self._buttons)
        self._tint()

    def _build_buttons(self) -> None:
        self._buttons = QWidget(self)
        flow = FlowLayout()
        self._buttons.setLayout(flow)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self._buttons.setSizePolicy(policy)

        def button(text: str, name: str, wanted: SignalInstance) -> QPushButton:
            made = QPushButton(icon(name), text, self._buttons) if name else QPushButton(
                text, self._buttons
            )  # fmt: skip
            made.setAutoDefault(False)
            made.clicked.connect(lambda: wanted.emit(self.name))
            flow.addWidget(made)
            return made

        self.download = button(self.tr("Download"), "download", self.download_wanted)
        self.pause = button(self.tr("Pause"), "pause", self.pause_wanted)
        self.use = button(self.tr("Use this model"), "confirmed", self.use_wanted)
        self.cancel = button(self.tr("Cancel"), "cancel", self.cancel_wanted)
        self.check = button(self.tr("Check its files"), "", self.check_wanted)
        self.adapters = button(self.tr("Adapters…"), "", self.adapters_wanted)
        self.remove = button(self.tr("Remove…"), "trash", self.remove_wanted)
        self.buttons = (
            self.download, self.pause, self.use, self.cancel, self.check, self.adapters,
            self.remove,
        )  # fmt: skip

    def show_offer(self, offer: Offer, here: Machine, work: Underway | None) -> None:
        """Show a model as it is now, and the work on it."""
        focus = next((one for one in self.buttons if one.hasFocus()), None)
        self.title.setText(offer.label)
        self.setAccessibleName(offer.label)
        self.usual.setVisible(offer.usual)
        self.good_for.setText(model_words.good_for(offer))
        self.good_for.setVisible(bool(self.good_for.text()))
        self.facts.setText(model_words.facts(offer))
        self.facts.setVisible(bool(self.facts.text()))
        loading = work is not None and work.does is Does.DOWNLOAD
        text, name, colour = model_words.standing(offer)
        self.state.show_text("" if loading else text, name, colour)
        warning = Tone.MISSING if offer.room is Room.TOO_LITTLE else Tone.DOUBT
        self.room.show_text(model_words.room(offer, here), "warning", warning)
        self.show_work(offer, work)
        for one in self.buttons:
            one.setAccessibleName(f"{one.text().rstrip('…')}: {offer.label}")
        if focus is not None and not focus.isVisibleTo(self):
            following = next(
                (b for b in self.buttons if b.isVisibleTo(self) and b.isEnabled()), None
            )
            if following is not None:
                following.setFocus()

    def show_work(self, offer: Offer, work: Underway | None) -> None:
        """Show how far the work on it is, and the buttons that make sense now."""
        here, begun = offer.model is not None, isinstance(offer.standing, Unfinished)
        broken = isinstance(offer.standing, Broken)
        loading = work is not None and work.does is Does.DOWNLOAD
        self.download.setText(self.tr("Go on") if begun else self.tr("Download"))
        self.download.setVisible(not here and not work and offer.listed is not None and not broken)
        self.pause.setVisible(loading)
        self.use.setVisible(here and not offer.in_use and work is None)
        self.cancel.setVisible(work is not None or begun)
        self.check.setVisible((here or broken) and work is None)
        self.adapters.setVisible(here and work is None)
        self.remove.setVisible((here or broken) and work is None)
        stopping = work is not None and work.stopping
        self.pause.setEnabled(not stopping)
        self.cancel.setEnabled(not stopping)
        self._buttons.updateGeometry()
        self.bar.setVisible(work is not None)
        self.progress.setVisible(work is not None)
        if work is None:
            return
        self.progress.setText(model_words.progress(work))
        report = work.report
        if report is None or not report.total:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * min(1.0, report.done / report.total)))
        self.bar.setAccessibleName(model_words.short_progress(work))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)

    def _tint(self) -> None:
        for label, colour in ((self.usual, Tone.SURE), (self.facts, Tone.QUIET)):
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, tone(colour))
            label.setPalette(palette)
