"""Figures as rows of a table and as bars of charts."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QAbstractTableModel, QLocale, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QFont

from app.asking.messages import Computed
from app.asking.wording import figure_words, group_words, grouping_words, heading, noun
from app.desktop.chart import Bar, Chart
from app.desktop.tones import Tone, tone
from app.desktop.words import tr
from app.document import date_of
from app.library.calculation import Bucket, Calculation, Figure, Measure

Index = QModelIndex | QPersistentModelIndex
GROUP, VALUE, ROWS = "group", "value", "rows"
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_MOST_NAMES, _MOST_DATES, _MOST_CHARTS = 30, 400, 6
_MONTHS = {Bucket.MONTH: 1, Bucket.QUARTER: 3, Bucket.YEAR: 12}


class FiguresModel(QAbstractTableModel):
    """A row for each figure: its group, the value with its currency, the number of documents."""

    def __init__(self) -> None:
        super().__init__()
        self._computed: Computed | None = None
        self._columns: tuple[str, ...] = ()

    def show(self, computed: Computed) -> None:
        """Show the figures of an answer."""
        self.beginResetModel()
        self._computed = computed
        calculation = computed.calculation
        counted = calculation.measure is Measure.COUNT
        group = (GROUP,) if grouping_words(calculation) else ()
        self._columns = (*group, VALUE, *(() if counted else (ROWS,)))
        self.endResetModel()

    @property
    def columns(self) -> tuple[str, ...]:
        return self._columns

    def figure(self, row: int) -> Figure | None:
        """The figure in a row."""
        figures = self._computed.figures.figures if self._computed else ()
        return figures[row] if 0 <= row < len(figures) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if parent.isValid() or self._computed is None:
            return 0
        return len(self._computed.figures.figures)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or section >= len(self._columns):
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT if column == GROUP else _RIGHT
        if role != Qt.ItemDataRole.DisplayRole or self._computed is None:
            return None
        calculation = self._computed.calculation
        text = {
            GROUP: grouping_words(calculation),
            VALUE: heading(calculation),
            ROWS: noun(calculation, 2),
        }[column]
        return text[:1].upper() + text[1:]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        figure = self.figure(index.row()) if index.isValid() else None
        if figure is None or self._computed is None:
            return None
        column = self._columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(figure, column, self._computed.calculation)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT if column == GROUP else _RIGHT
        if column != VALUE:
            return None
        if role == Qt.ItemDataRole.ForegroundRole:
            return QBrush(tone(Tone.LINK))
        if role == Qt.ItemDataRole.FontRole:
            font = QFont()
            font.setUnderline(True)
            return font
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr("Show the documents behind this number")
        return None


def _cell(figure: Figure, column: str, calculation: Calculation) -> str:
    if column == GROUP:
        return group_words(figure.group, calculation)
    if column == ROWS:
        return f"{QLocale().toString(figure.rows)}"
    return figure_words(figure, calculation, QLocale().name())


# charts ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart with the figure behind each bar (``None``: nothing is dated there)."""

    chart: Chart
    figures: tuple[Figure | None, ...]


def drawings(computed: Computed) -> list[Drawing]:
    """A chart for each currency of figures that are grouped; none where there is one bar."""
    calculation, figures = computed.calculation, computed.figures
    if not grouping_words(calculation) or calculation.measure is Measure.LIST:
        return []
    currencies = list(dict.fromkeys(figure.currency for figure in figures.figures))
    whole = len({figure.group for figure in figures.figures}) >= figures.groups
    found = []
    for currency in currencies[:_MOST_CHARTS]:
        own = [figure for figure in figures.figures if figure.currency == currency]
        if len(own) < 2 or not all(math.isfinite(float(figure.value)) for figure in own):
            continue
        title = heading(calculation)
        if currency or len(currencies) > 1:
            title = f"{title}, {currency or tr('without a currency')}"
        over_time = _over_time(own, calculation) if whole else None
        found.append(over_time(title) if over_time else _by_name(own, calculation, title))
    return found


def _by_name(figures: Sequence[Figure], calculation: Calculation, title: str) -> Drawing:
    shown = tuple(figures[:_MOST_NAMES])
    if len(shown) < len(figures):
        title = tr("{0} (the first {1})").format(title, len(shown))
    bars = tuple(_bar(group_words(f.group, calculation), f, calculation) for f in shown)
    return Drawing(Chart(title, bars, over_time=False), shown)


class _Timeline:
    """Figures by the first day of their stretch, with every stretch between."""

    def __init__(
        self, days: Sequence[dt.date], figures: dict[dt.date, Figure], calculation: Calculation
    ) -> None:
        self._days, self._figures, self._calculation = days, figures, calculation

    def __call__(self, title: str) -> Drawing:
        calculation = self._calculation
        currency = next(iter(self._figures.values())).currency
        empty = Figure("", currency, Decimal(0), 0)
        bars = []
        for day in self._days:
            name = short_day(day, calculation.bucket)
            figure = self._figures.get(day)
            bars.append(
                Bar(name, Decimal(0), _nothing(empty, calculation))
                if figure is None
                else _bar(name, figure, calculation)
            )
        behind = tuple(self._figures.get(day) for day in self._days)
        return Drawing(Chart(title, tuple(bars), over_time=True), behind)


def _over_time(figures: Sequence[Figure], calculation: Calculation) -> _Timeline | None:
    """The figures over time, ``None`` where they are not, or are too far apart to be drawn."""
    if calculation.bucket is Bucket.NONE:
        return None
    dated = {day: f for f in figures if (day := date_of(f.group)) is not None}
    if len(dated) < 2:
        return None
    days = [min(dated)]
    while days[-1] < max(dated):
        following = _following(days[-1], calculation.bucket)
        if following is None or len(days) == _MOST_DATES:
            return None
        days.append(following)
    return _Timeline(days, dated, calculation) if set(dated) <= set(days) else None


def _following(day: dt.date, bucket: Bucket) -> dt.date | None:
    """The first day of the next stretch, ``None`` where the calendar ends."""
    try:
        if bucket is Bucket.DAY:
            return day + dt.timedelta(days=1)
        months = day.year * 12 + day.month - 1 + _MONTHS[bucket]
        return dt.date(months // 12, months % 12 + 1, 1)
    except (ValueError, OverflowError):
        return None


def short_day(day: dt.date, bucket: Bucket) -> str:
    """A stretch of time as it stands below a bar: ``Mar 2026``, ``Q1 2026``."""
    locale = QLocale()
    month = locale.standaloneMonthName(day.month, QLocale.FormatType.ShortFormat)
    return {
        Bucket.YEAR: f"{day.year}",
        Bucket.QUARTER: tr("Q{0} {1}").format((day.month + 2) // 3, day.year),
        Bucket.MONTH: f"{month} {day.year}",
    }.get(bucket, f"{day.day} {month} {day.year}")


def _bar(name: str, figure: Figure, calculation: Calculation) -> Bar:
    return Bar(name, figure.value, figure_words(figure, calculation, QLocale().name()))


def _nothing(empty: Figure, calculation: Calculation) -> str:
    """What there is in a stretch without documents: a sum of 0, but no average."""
    if calculation.measure in (Measure.SUM, Measure.COUNT):
        return figure_words(empty, calculation, QLocale().name())
    return tr("nothing")
