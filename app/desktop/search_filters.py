"""What a hit's document must be, as a row of controls."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop import words
from app.desktop.calculation_words import type_words, typed
from app.desktop.choice import Choice
from app.desktop.flow_layout import FlowLayout
from app.desktop.icons import icon
from app.desktop.period_control import PeriodControl
from app.document_types import Kind, document_types
from app.library import Among, Filters
from app.library.periods import days_of


class SearchFilters(QWidget):
    """``changed`` tells that the user chose or typed something else.

    What is typed and cannot be read is said in a sentence, and does not count.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.type: Choice[str] = Choice(
            self.tr("Type of document"),
            lambda name: type_words(name) if name else words.tr("any"),
            self,
        )
        self.type.offer([[""], list(document_types())])
        self.supplier = QLineEdit(self)
        self.supplier.setAccessibleName(self.tr("Supplier"))
        self.supplier.setPlaceholderText(self.tr("a name or a part of it"))
        self.period = PeriodControl(self.tr("When the documents are dated"), parent=self)
        self.least, self.most = QLineEdit(self), QLineEdit(self)
        self.least.setAccessibleName(self.tr("Total from"))
        self.most.setAccessibleName(self.tr("Total up to"))
        for edit, letters in ((self.supplier, 18), (self.least, 9), (self.most, 9)):
            edit.setFixedWidth(edit.fontMetrics().averageCharWidth() * letters + 16)
        self.among: Choice[Among] = Choice(self.tr("State"), _among_words, self)
        self.among.offer([[Among.ALL, Among.LOOK, Among.DONE], [Among.TRASH]])
        self.clear = QPushButton(icon("cancel"), self.tr("Clear filters"), self)
        self.clear.setFlat(True)
        self.told = QLabel(self)
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setWordWrap(True)
        flow = FlowLayout(gap=12)
        clauses: tuple[tuple[str, list[QWidget]], ...] = (
            (self.tr("Type"), [self.type]),
            (self.tr("Supplier"), [self.supplier]),
            (self.tr("Dated"), [self.period]),
            (self.tr("Total"), [self.least, QLabel(self.tr("to"), self), self.most]),
            (self.tr("State"), [self.among]),
        )
        for label, controls in clauses:
            flow.addWidget(self._clause(label, controls))
        flow.addWidget(self.clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(flow)
        layout.addWidget(self.told)
        self.reset()
        self.type.chosen.connect(self._on_changed)
        self.among.chosen.connect(self._on_changed)
        self.period.changed.connect(self._on_changed)
        for edit in (self.supplier, self.least, self.most):
            edit.textEdited.connect(lambda _: self._on_changed())
        self.clear.clicked.connect(self._on_clear)

    def _clause(self, text: str, controls: list[QWidget]) -> QWidget:
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(QLabel(text, holder))
        for control in controls:
            row.addWidget(control)
        return holder

    def filters(self) -> Filters:
        """What is chosen."""
        since: dt.date | None = None
        until: dt.date | None = None
        period = self.period.period()
        if period and not self.period.problem:
            since, until = days_of(period, dt.datetime.now().astimezone().date())
        return Filters(
            document_type=self.type.value(),
            supplier=self.supplier.text().strip(),
            since=since,
            until=until,
            least=_amount(self.least.text()),
            most=_amount(self.most.text()),
            among=self.among.value(),
        )

    @property
    def count(self) -> int:
        """How many filters there are."""
        chosen, nothing = self.filters(), Filters()
        return sum(
            (
                chosen.document_type != nothing.document_type,
                chosen.supplier != nothing.supplier,
                (chosen.since, chosen.until) != (None, None),
                (chosen.least, chosen.most) != (None, None),
                chosen.among is not nothing.among,
            )
        )

    def reset(self) -> None:
        """Choose nothing; ``changed`` is not told."""
        self.type.set_value("")
        self.among.set_value(Among.ALL)
        self.period.set_period("")
        for edit in (self.supplier, self.least, self.most):
            edit.clear()
        self._show()

    @property
    def problem(self) -> str:
        """What of it cannot be read, in a sentence; "" if all can."""
        for edit in (self.least, self.most):
            text = edit.text().strip()
            if text and _amount(text) is None:
                example = words.shown("1234.50", Kind.NUMBER)
                told = self.tr("“{0}” is not a number. Type it like {1}.")
                return told.format(text, example)
        return self.period.problem

    def _on_clear(self) -> None:
        self.reset()
        self.changed.emit()

    def _on_changed(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self.told.setText(self.problem)
        self.told.setVisible(bool(self.problem))
        self.clear.setEnabled(bool(self.count or self.problem))


def _amount(text: str) -> Decimal | None:
    value = typed(text, Kind.AMOUNT)
    return None if value is None else Decimal(value)


def _among_words(among: Among) -> str:
    return {
        Among.ALL: words.tr("any"),
        Among.LOOK: words.tr("Needs a look"),
        Among.DONE: words.tr("Ready"),
        Among.TRASH: words.tr("In the trash"),
    }[among]
