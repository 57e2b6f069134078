"""The window's icons: small line drawings, tinted by the palette, so dark mode too."""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.desktop.tones import Tone, tone
from app.document_types import RESOURCES

FOLDER = RESOURCES / "icons"


@cache
def _drawing(name: str) -> QSvgRenderer:
    path = FOLDER / f"{name}.svg"
    return QSvgRenderer(str(path if path.exists() else FOLDER / "other.svg"))


@lru_cache(maxsize=500)
def _picture(name: str, wide: int, high: int, colour: int, scale: float) -> QPixmap:
    picture = QPixmap(wide, high)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    _drawing(name).render(painter)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(QRect(0, 0, wide, high), QColor.fromRgba(colour))
    painter.end()
    picture.setDevicePixelRatio(scale)
    return picture


class _Tinted(QIconEngine):
    """Draws one icon in the colour that the palette has at that moment."""

    def __init__(self, name: str, colour: Tone | None) -> None:
        super().__init__()
        self._name = name
        self._colour = colour

    def clone(self) -> QIconEngine:
        return _Tinted(self._name, self._colour)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        device = painter.device()
        scale = device.devicePixelRatio() if device is not None else 1.0
        painter.drawPixmap(rect, self.scaledPixmap(rect.size(), mode, state, scale))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        """``size`` is in the window's units, of which each has ``scale`` pixels."""
        colour = self._tint(mode).rgba()
        fine = size * scale
        return _picture(self._name, fine.width(), fine.height(), colour, scale)

    def _tint(self, mode: QIcon.Mode) -> QColor:
        palette = QGuiApplication.palette()
        if mode == QIcon.Mode.Disabled:
            return palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText)
        if mode == QIcon.Mode.Selected:
            return palette.color(QPalette.ColorRole.HighlightedText)
        if self._colour is not None:
            return tone(self._colour)
        return palette.color(QPalette.ColorRole.WindowText)


@cache
def icon(name: str, colour: Tone | None = None) -> QIcon:
    """The icon drawn in ``resources/icons/NAME.svg``, in the text's colour or in ``colour``."""
    return QIcon(_Tinted(name, colour))


@cache
def program_icon() -> QIcon:
    """The program's own coloured icon."""
    return QIcon(str(FOLDER / "paperclerk.svg"))
