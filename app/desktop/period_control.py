"""When documents are dated: a choice of usual periods, or two days that are typed."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from app.desktop import words
from app.desktop.calculation_words import dated_words, ends_of, typed
from app.desktop.choice import Choice
from app.desktop.flow_layout import FlowLayout
from app.document import date_of
from app.document_types import Kind
from app.library.periods import days_of

BETWEEN = ".."  # the choice of two days
_NOW = ("today", "yesterday")
_STRETCHES = tuple(
    f"{w}-{u}" for u in ("week", "month", "quarter", "year") for w in ("this", "last")
)
_MONTHS, _YEARS = 12, 3


class PeriodControl(QWidget):
    """``changed`` tells that the user chose or typed another period.

    What is typed and cannot be read leaves the period as it was; ``problem`` then says why.
    """

    changed = Signal()

    def __init__(self, name: str, *, always: bool = True, parent: QWidget | None = None) -> None:
        """``always``: whether "at any time" is among the choices."""
        super().__init__(parent)
        self._period = ""
        self.problem = ""
        self.choice: Choice[str] = Choice(name, _words, self)
        self.choice.offer(_offered(dt.date.today(), always=always))
        self.choice.chosen.connect(self._on_chosen)
        self.since = self._day(self.tr("First day"))
        self.until = self._day(self.tr("Last day"))
        self._and = QLabel(self.tr("to"), self)
        layout = FlowLayout(self)
        for widget in (self.choice, self.since, self._and, self.until):
            layout.addWidget(widget)
        self.set_period("" if always else "this-month")

    def _day(self, name: str) -> QLineEdit:
        edit = QLineEdit(self)
        edit.setAccessibleName(name)
        edit.setPlaceholderText(name)
        edit.setToolTip(self.tr("Type a day as you are used to; leave it empty for no limit"))
        room = max(words.shown_date(dt.date(2026, 9, 30)), name, key=len)
        edit.setFixedWidth(edit.fontMetrics().horizontalAdvance(room) + 24)
        edit.editingFinished.connect(self._on_typed)
        return edit

    @property
    def controls(self) -> list[QWidget]:
        """What takes the keyboard, in order."""
        return [self.choice, self.since, self.until]

    def period(self) -> str:
        """The period, as :class:`app.library.calculation.Calculation` holds it."""
        return self._period

    def set_period(self, period: str) -> None:
        """Show a period, whatever it is."""
        self._period, self.problem = period, ""
        ends = ends_of(period)
        self.choice.set_value(period if ends is None else BETWEEN)
        self._show_days(*(ends or ("", "")), shown=ends is not None)
        try:
            if period:
                days_of(period, dt.date.today())
        except ValueError:
            self.problem = self.tr("“{0}” is not a time. Choose one from the list.").format(period)

    def _show_days(self, since: str, until: str, *, shown: bool) -> None:
        for edit, day in ((self.since, since), (self.until, until)):
            edit.setText(words.shown(day, Kind.DATE))
            edit.setVisible(shown)
        self._and.setVisible(shown)
        self.updateGeometry()

    def _on_chosen(self) -> None:
        chosen = self.choice.value()
        if chosen == BETWEEN:
            self._show_days(*(ends_of(self._period) or ("", "")), shown=True)
            self.since.setFocus()
            return  # nothing is chosen before a day is typed
        self.set_period(chosen)
        self.changed.emit()

    def _on_typed(self) -> None:
        fields = (self.since, self.until)
        if not any(edit.isModified() for edit in fields):
            return
        days = []
        for edit in fields:
            edit.setModified(False)
            text = edit.text().strip()
            day = typed(text, Kind.DATE) if text else ""
            if day is None or (day and date_of(day) is None):
                example = words.shown_date(dt.date(2026, 3, 31))
                self.problem = self.tr("“{0}” is not a day. Type it like {1}.").format(
                    text, example
                )
                self.changed.emit()
                return
            days.append(day)
        since, until = days
        if since and until and since > until:
            self.problem = self.tr("The first day is after the last one.")
        else:
            self.problem = ""
            self._period = f"{since}..{until}" if since or until else ""
            self._show_days(since, until, shown=True)
        self.changed.emit()


def _words(period: str) -> str:
    return words.tr("between two days") if period == BETWEEN else dated_words(period)


def _offered(today: dt.date, *, always: bool) -> list[list[str]]:
    months = []
    for back in range(_MONTHS):
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        months.append(f"{year:04}-{month + 1:02}")
    return [
        [""] if always else [],
        [*_NOW, *_STRETCHES, "last-30-days", "last-90-days"],
        [BETWEEN],
        months,
        [f"{today.year - back:04}" for back in range(_YEARS)],
    ]
