"""The bar that is there for as long as pages go to the office's own server."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.desktop.icons import icon
from app.desktop.tones import Tone, tone


class ServerBar(QWidget):
    """Names the address; one click keeps pages on this computer."""

    off_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.address = ""
        self._icon = QLabel(self)
        self._icon.setPixmap(icon("server", Tone.DOUBT).pixmap(18, 18))
        self.text = QLabel(self)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.off = QPushButton(icon("private"), self.tr("Keep pages on this computer"), self)
        self.off.clicked.connect(self.off_wanted)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 5, 14, 5)
        layout.setSpacing(10)
        layout.addWidget(self._icon)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.off)
        self.hide()

    def show_address(self, address: str) -> None:
        """Show where pages go; "" for nowhere."""
        self.address = address
        text = self.tr("Pages go to {0}, the office's own server.").format(address)
        self.text.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(address))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), tone(Tone.DOUBT_GROUND))
        painter.end()
        super().paintEvent(event)
