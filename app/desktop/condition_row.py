"""One condition of a calculation as controls: a column, how it is compared, and with what."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from app.asking.wording import kind_of
from app.desktop import words
from app.desktop.calculation_words import (
    column_words,
    known_columns,
    operator_words,
    operators_for,
    type_words,
    typed,
)
from app.desktop.choice import Choice
from app.desktop.flow_layout import FlowLayout
from app.desktop.icons import icon
from app.desktop.period_control import PeriodControl
from app.document import decimal_of
from app.document_types import Kind, document_types
from app.library.calculation import Column, Condition, Operator
from app.library.columns import TYPE
from app.library.rows import Part

_THERE = (Operator.MISSING, Operator.PRESENT)


class ConditionRow(QWidget):
    """``changed`` tells of the user's doing, ``removed`` that the row is to go.

    A row without a value is no condition yet.  What is typed and cannot be read leaves the
    condition as it was; ``problem`` then says why.
    """

    changed = Signal()
    removed = Signal()

    def __init__(self, kinds: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kinds = tuple(kinds)
        self._value: str | None = None
        self._typed_problem = ""
        self.lead = QLabel(self)
        self.column: Choice[Column] = Choice(self.tr("Column"), self._column_words, self)
        self.operator: Choice[Operator] = Choice(self.tr("Compared how"), operator_words, self)
        self.text = QLineEdit(self)
        self.text.setMinimumWidth(self.fontMetrics().averageCharWidth() * 14)
        self.period = PeriodControl(self.tr("Dated when"), always=False, parent=self)
        self.type: Choice[str] = Choice(self.tr("Type of document"), type_words, self)
        self.remove = QToolButton(self)
        self.remove.setIcon(icon("row_remove"))
        self.remove.setAutoRaise(True)
        self.remove.setToolTip(self.tr("Remove this condition"))
        self.remove.setAccessibleName(self.tr("Remove this condition"))
        value = QWidget(self)  # and the way to be rid of it, which stays beside it
        beside = QHBoxLayout(value)
        beside.setContentsMargins(0, 0, 0, 0)
        for control in (self.text, self.period, self.type, self.remove):
            beside.addWidget(control)
        layout = FlowLayout(self)
        for widget in (self.lead, self.column, self.operator, value):
            layout.addWidget(widget)
        self.type.offer([list(document_types())])
        self._offer_columns()
        self.column.chosen.connect(self._on_column)
        self.operator.chosen.connect(self._on_operator)
        self.text.editingFinished.connect(self._on_typed)
        self.period.changed.connect(self._on_period)
        self.type.chosen.connect(self._on_type)
        self.remove.clicked.connect(self.removed)
        self._set(self._first_column(), None)

    # what it holds ------------------------------------------------------------------------

    def condition(self) -> Condition | None:
        """The condition, ``None`` while its value is missing."""
        if self._value is None:
            return None
        return Condition(self.column.value(), self.operator.value(), self._value)

    def set_condition(self, condition: Condition) -> None:
        """Show a condition, whatever it is."""
        self._set(condition.column, condition.operator, condition.value)

    def set_kinds(self, kinds: Sequence[str]) -> None:
        """Offer the columns of other document types; what is chosen stays."""
        self._kinds = tuple(kinds)
        self._offer_columns()

    @property
    def controls(self) -> list[QWidget]:
        """What takes the keyboard, in order."""
        first: list[QWidget] = [self.column, self.operator, self.text]
        return [*first, *self.period.controls, self.type, self.remove]

    @property
    def problem(self) -> str:
        """What is wrong with what was typed, "" if nothing is."""
        if self._typed_problem:
            return self._typed_problem
        if self._shows(self.period):
            return self.period.problem
        return ""

    # inside -------------------------------------------------------------------------------

    def _column_words(self, column: Column) -> str:
        return column_words(column, self._kinds)

    def _first_column(self) -> Column:
        columns = [known.column for known in known_columns(self._kinds)]
        seller = Column("seller")
        return seller if seller in columns else columns[0]

    def _offer_columns(self) -> None:
        known = [known.column for known in known_columns(self._kinds)]
        own = [column for column in known if column.name.startswith("@")]
        self.column.offer(
            [[c for c in known if c.part is part and c not in own] for part in Part] + [own]
        )

    def _set(self, column: Column, operator: Operator | None, value: str | None = None) -> None:
        self.column.set_value(column)
        self.operator.offer([operators_for(column)])
        self.operator.set_value(operator or operators_for(column)[0])
        self._show_value(value)

    def _show_value(self, value: str | None) -> None:
        """Show the control that the column and the operator need, with ``value`` in it."""
        column, operator = self.column.value(), self.operator.value()
        there = operator in _THERE
        period = operator is Operator.IN
        kind_of_paper = operator is Operator.IS and column == TYPE
        self._typed_problem = ""
        self._value = value
        if period:
            if value is None:
                self._value = self.period.period()
            else:
                self.period.set_period(value)
        elif there:
            self._value = value or ""
        elif kind_of_paper:
            self._value = value if value is not None else next(iter(document_types()))
            self.type.set_value(self._value)
        else:
            self.text.setText(self._written(value or ""))
            numeric = kind_of(column) in words.NUMERIC
            self.text.setAccessibleName(self.tr("Amount") if numeric else self.tr("Text"))
            self.text.setPlaceholderText(
                self.tr("a number") if numeric else self.tr("a name or a part of it")
            )
        self.period.setVisible(period)
        self.type.setVisible(kind_of_paper)
        # What a condition holds without need is shown, so that nothing works unseen.
        self.text.setVisible(not (period or kind_of_paper) and (not there or bool(value)))
        if there and value:
            self.text.setText(value)
        self.updateGeometry()

    @property
    def _form(self) -> Kind:
        """How the value is read and shown: numbers where numbers are compared."""
        if self.operator.value() in (Operator.LEAST, Operator.MOST):
            kind = kind_of(self.column.value())
            return kind if kind in words.NUMERIC else Kind.NUMBER
        kind = kind_of(self.column.value())
        numeric = kind in words.NUMERIC and self.operator.value() is Operator.IS
        return kind if numeric else Kind.TEXT

    def _written(self, value: str) -> str:
        """A value as it is typed here; a text just as it is."""
        numeric = self._form in words.NUMERIC and decimal_of(value) is not None
        return words.shown(value, Kind.NUMBER) if numeric else value

    def _on_column(self) -> None:
        kind, before = kind_of(self.column.value()), self._value
        operators = operators_for(self.column.value())
        now = self.operator.value()
        self.operator.offer([operators])
        self.operator.set_value(now if now in operators else operators[0])
        keep = now in operators and now not in _THERE and self._shows(self.text)
        numeric = kind in words.NUMERIC and before is not None and decimal_of(before) is None
        self._show_value(before if keep and not numeric else None)
        self.changed.emit()

    def _on_operator(self) -> None:
        was_text = self._shows(self.text)
        self._show_value(self._value if was_text else None)
        self.changed.emit()

    def _on_typed(self) -> None:
        if not self.text.isModified():
            return
        self.text.setModified(False)
        text = self.text.text().strip()
        value = typed(text, self._form) if text else None
        if text and value is None:
            example = self._written(str(Decimal("1234.50")))
            self._typed_problem = self.tr("“{0}” is not a number. Type it like {1}.").format(
                text, example
            )
        else:
            self._typed_problem = ""
            self._value = value
        self.changed.emit()

    def _on_period(self) -> None:
        self._value = self.period.period() or None
        self.changed.emit()

    def _on_type(self) -> None:
        self._value = self.type.value()
        self.changed.emit()

    def _shows(self, widget: QWidget) -> bool:
        return not widget.isHidden()
