"""What a person sees who has added nothing yet."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.desktop.help_dialogs import where_pages_go
from app.desktop.icons import icon
from app.desktop.tones import Tone, tone


def _centred(label: QLabel) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(label, 8)
    row.addStretch(1)
    return row


class EmptyPage(QWidget):
    """A large place to drop files on, and a button for those who do not drag."""

    add_files = Signal()
    add_folder = Signal()
    models_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        picture = QLabel(self)
        picture.setPixmap(icon("drop", Tone.QUIET).pixmap(72, 72))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title = QLabel(self.tr("Drop files here"), self)
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 2.0)
        font.setBold(True)
        title.setFont(font)
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        kinds = QLabel(
            self.tr(
                "Invoices, receipts, bank statements and screenshots: PDF, photos and scans, "
                "e-mails, ZIP archives and e-invoices. Whole folders too."
            ),
            self,
        )
        paste = QLabel(self.tr("A screenshot can be pasted with Ctrl+V."), self)
        for label in (kinds, paste):
            label.setWordWrap(True)
            label.setMaximumWidth(560)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        add = QPushButton(icon("add"), self.tr("Add files…"), self)
        add.setDefault(True)
        folder = QPushButton(icon("add_folder"), self.tr("Add a folder…"), self)
        for button in (add, folder):
            button.setIconSize(QSize(20, 20))
            button.setMinimumHeight(int(button.fontMetrics().height() * 2.4))
            button.setMinimumWidth(150)
        add.clicked.connect(self.add_files)
        folder.clicked.connect(self.add_folder)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addStretch(1)
        buttons.addWidget(add)
        buttons.addWidget(folder)
        buttons.addStretch(1)
        self._shield = QLabel(self)
        self.promise = QLabel(self)
        self.promise.setTextFormat(Qt.TextFormat.PlainText)
        self.models = QPushButton(icon("model"), "", self)
        self.models.setFlat(True)
        self.models.clicked.connect(self.models_wanted)
        hint = QHBoxLayout()
        hint.addStretch(1)
        hint.addWidget(self.models)
        hint.addStretch(1)
        promise = QHBoxLayout()
        promise.setSpacing(8)
        promise.addStretch(1)
        promise.addWidget(self._shield)
        promise.addWidget(self.promise)
        promise.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(72, 60, 72, 48)
        layout.setSpacing(14)
        layout.addStretch(3)
        for widget in (picture, title):
            layout.addWidget(widget)
        layout.addLayout(_centred(kinds))
        layout.addSpacing(8)
        layout.addLayout(buttons)
        layout.addLayout(_centred(paste))
        layout.addStretch(3)
        layout.addLayout(promise)
        layout.addLayout(hint)
        self.show_reader("", has_model=True)

    def show_reader(self, place: str, *, has_model: bool) -> None:
        """Say where pages go (``place``: a server's address, or ""), and what a model is for."""
        picture = icon("server", Tone.DOUBT) if place else icon("private", Tone.SURE)
        self._shield.setPixmap(picture.pixmap(20, 20))
        self.promise.setText(where_pages_go(place))
        self.models.setText(
            self.tr("Models…")
            if has_model
            else self.tr("No model: everything works; a model reads odd layouts better. Models…")
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = tone(Tone.QUIET)
        colour.setAlpha(130)
        pen = QPen(colour, 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(28, 28, -28, -128), 14, 14)
        painter.end()
        super().paintEvent(event)
