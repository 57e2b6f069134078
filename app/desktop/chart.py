"""A chart of bars: columns over time, or bars beside names; one chart for each currency."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.desktop import words
from app.desktop.plain_text import tip
from app.desktop.tones import Tone, is_dark, tone
from app.document_types import Kind

_LEAST_HIGH = 1.0  # pixels of a bar that is not zero


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, its value, and the value as it is written."""

    name: str
    value: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows; ``over_time`` sets the bars upright in the order of time."""

    title: str
    bars: tuple[Bar, ...]
    over_time: bool


_NOTHING = 1e-9
"""Values that differ by less are drawn as none: no money is that small."""


def ticks(least: float, most: float, wanted: int) -> list[float]:
    """Round numbers from below ``least`` to above ``most``, zero among them; about ``wanted``."""
    low, high = min(0.0, least), max(0.0, most)
    if not math.isfinite(high - low) or high - low < _NOTHING:
        return [0.0, 1.0]
    if high - low < 1e-300:  # too small for a step to be worked out
        return [-1.0, 0.0, 1.0]
    rough = (high - low) / max(1, wanted)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1.0, 2.0, 2.5, 5.0, 10.0) if power * times >= rough)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, last + 1)]


class ChartView(QWidget):
    """Paints a chart; ``chosen`` carries the place of a bar that was clicked."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chart = Chart("", (), over_time=True)
        self._areas: list[QRectF] = []  # of the bars, with their whole row or column
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def chart(self) -> Chart:
        return self._chart

    def show_chart(self, chart: Chart) -> None:
        """Show a chart; its values are finite."""
        self._chart = chart
        self.setAccessibleName(self.tr("Chart: {0}").format(chart.title))
        told = "; ".join(f"{bar.name}: {bar.text}" for bar in self._chart.bars)
        self.setAccessibleDescription(told)
        self.updateGeometry()
        self.update()

    # size -----------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        if self._chart.over_time:
            return QSize(30 * line, 15 * line)
        return QSize(30 * line, int((len(self._chart.bars) * 1.9 + 3.4) * line))

    def minimumSizeHint(self) -> QSize:
        return QSize(12 * self.fontMetrics().height(), self.sizeHint().height())

    # painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.fontMetrics().height()
        bold = self.font()
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        title = painter.fontMetrics().elidedText(
            self._chart.title, Qt.TextElideMode.ElideRight, self.width()
        )
        painter.drawText(QRectF(0, 0, self.width(), 1.4 * line), Qt.AlignmentFlag.AlignLeft, title)
        painter.setFont(self.font())
        self._areas = []
        if self._chart.bars:
            room = QRectF(0, 1.8 * line, self.width(), self.height() - 1.8 * line)
            if self._chart.over_time:
                self._paint_columns(painter, room)
            else:
                self._paint_rows(painter, room)
        painter.end()

    def _paint_columns(self, painter: QPainter, room: QRectF) -> None:
        """Upright bars, the scale at the left, names below where there is room for them."""
        metrics, bars = self.fontMetrics(), self._chart.bars
        line = metrics.height()
        values = [float(bar.value) for bar in bars]
        high = room.height() - 2.3 * line
        scale = ticks(min(values), max(values), max(2, int(high / (2.6 * line))))
        texts = [_short(tick, scale) for tick in scale]
        left = max(metrics.horizontalAdvance(text) for text in texts) + 10
        area = QRectF(left, room.top() + line / 2, room.width() - left - 4, high)
        span = scale[-1] - scale[0]

        def y_of(value: float) -> float:
            return area.bottom() - (value - scale[0]) / span * area.height()

        for tick, text in zip(scale, texts, strict=True):
            y = round(y_of(tick)) + 0.5
            painter.setPen(self._rule(strong=tick == 0))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(tone(Tone.QUIET))
            painter.drawText(
                QRectF(0, y - line / 2, left - 8, line),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                text,
            )
        step = area.width() / len(bars)
        wide = min(0.7 * step, 4.0 * line)
        for number, value in enumerate(values):
            x = area.left() + (number + 0.5) * step
            self._areas.append(QRectF(x - step / 2, area.top(), step, room.height()))
            top, bottom = sorted((y_of(value), y_of(0.0)))
            self._paint_bar(painter, QRectF(x - wide / 2, top, wide, bottom - top), value)
        self._paint_names(painter, area, step)

    def _paint_names(self, painter: QPainter, area: QRectF, step: float) -> None:
        """Every name, or every second, third … if they would touch."""
        metrics, bars = self.fontMetrics(), self._chart.bars
        line = metrics.height()
        widest = max(metrics.horizontalAdvance(bar.name) for bar in bars) + line
        every = max(1, math.ceil(widest / step))
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        for number in range(0, len(bars), every):
            wide = min(float(widest), area.width())
            middle = area.left() + (number + 0.5) * step
            x = min(max(middle - wide / 2, 0.0), max(0.0, self.width() - wide))
            painter.drawText(
                QRectF(x, area.bottom() + 0.45 * line, wide, 1.2 * line),
                Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter,
                metrics.elidedText(bars[number].name, Qt.TextElideMode.ElideRight, int(wide)),
            )

    def _paint_rows(self, painter: QPainter, room: QRectF) -> None:
        """Lying bars, each with its name at the left and its value at its end."""
        metrics, bars = self.fontMetrics(), self._chart.bars
        line = metrics.height()
        names = max(metrics.horizontalAdvance(bar.name) for bar in bars)
        left = min(names, int(room.width() * 0.34)) + 12
        written = max(metrics.horizontalAdvance(bar.text) for bar in bars) + 10
        values = [float(bar.value) for bar in bars]
        low, high = min(0.0, *values), max(0.0, *values)
        span = (high - low) or 1.0
        before = written if low < 0 else 0
        long = max(10.0, room.width() - left - before - (written if high > 0 else 0))
        zero = left + before + (0.0 - low) / span * long
        tall = 1.9 * line
        painter.setPen(self._rule(strong=True))
        x = round(zero) - 0.5
        painter.drawLine(QPointF(x, room.top()), QPointF(x, room.top() + tall * len(bars)))
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for number, (bar, value) in enumerate(zip(bars, values, strict=True)):
            top = room.top() + number * tall
            self._areas.append(QRectF(0, top, self.width(), tall))
            painter.setPen(ink)
            name = metrics.elidedText(bar.name, Qt.TextElideMode.ElideRight, left - 12)
            painter.drawText(QRectF(0, top, left - 10, tall), right, name)
            length = abs(value) / span * long
            start = zero if value >= 0 else zero - length
            self._paint_bar(painter, QRectF(start, top + 0.22 * tall, length, 0.56 * tall), value)
            painter.setPen(ink)
            if value >= 0:
                spot = QRectF(zero + length + 6, top, written, tall)
                painter.drawText(
                    spot, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, bar.text
                )
            else:
                painter.drawText(QRectF(start - written - 6, top, written, tall), right, bar.text)

    def _paint_bar(self, painter: QPainter, rect: QRectF, value: float) -> None:
        if not value:
            return
        if rect.height() < _LEAST_HIGH and self._chart.over_time:
            rect.setHeight(_LEAST_HIGH)
        if rect.width() < _LEAST_HIGH:
            rect.setWidth(_LEAST_HIGH)
        path = QPainterPath()
        path.addRoundedRect(rect, 2, 2)
        painter.fillPath(path, self.colour(value))

    def colour(self, value: float) -> QColor:
        """Blue; what is below zero in the tone of what is missing."""
        if value < 0:
            return tone(Tone.MISSING)
        return QColor("#5aa2dd" if is_dark(self.palette()) else Tone.PLACE.value[0])

    def _rule(self, *, strong: bool) -> QPen:
        colour = QColor(self.palette().color(QPalette.ColorRole.WindowText))
        colour.setAlpha(140 if strong else 40)
        return QPen(colour, 1)

    # the mouse ------------------------------------------------------------------------------

    def _at(self, where: QPointF) -> int | None:
        return next((n for n, area in enumerate(self._areas) if area.contains(where)), None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._at(event.position()) is not None
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position())
        if number is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(number)
        super().mouseReleaseEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self._at(QPointF(event.pos()))
            if number is not None:
                bar = self._chart.bars[number]
                QToolTip.showText(event.globalPos(), tip(f"{bar.name}: {bar.text}"), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


def _short(tick: float, scale: list[float]) -> str:
    """A number of the scale, large ones in thousands or millions."""
    most = max(abs(scale[0]), abs(scale[-1]))
    for size, sign in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if most >= 10 * size or (size > 1e3 and most >= size):
            return f"{_written(tick / size)}{sign}" if tick else "0"
    return _written(tick)


def _written(number: float) -> str:
    rounded = Decimal(repr(round(number, 6))).normalize()
    return words.shown(f"{rounded:f}", Kind.NUMBER) or "0"
