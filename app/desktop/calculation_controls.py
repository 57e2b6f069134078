"""A calculation as controls that read as a sentence, which a person may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.asking.wording import kind_of
from app.desktop import words
from app.desktop.calculation_words import (
    NO_COLUMN,
    bucket_words,
    column_words,
    kinds_words,
    known_column,
    known_columns,
    limit_words,
    measure_words,
    order_words,
    unworkable,
)
from app.desktop.choice import Choice
from app.desktop.condition_row import ConditionRow
from app.desktop.flow_layout import FlowLayout
from app.desktop.icons import icon
from app.desktop.period_control import PeriodControl
from app.desktop.tones import Tone
from app.document_types import Kind, document_types
from app.library.calculation import OF_NUMBERS, Bucket, Calculation, Column, Measure, Order
from app.library.columns import NAME, TYPE
from app.library.rows import Part

_LIMITS = ((0,), (1, 3, 5, 10, 20, 50))
_STRETCHES = (Bucket.DAY, Bucket.MONTH, Bucket.QUARTER, Bucket.YEAR)
_NAMES = (Kind.NAME, Kind.CURRENCY, Kind.TEXT, Kind.IDENTIFIER, Kind.IBAN, Kind.VAT_ID, Kind.NUMBER)


@dataclass(frozen=True, slots=True)
class _By:
    """What is put together: a column (``NO_COLUMN``: none) and in which stretches of time."""

    column: Column
    bucket: Bucket


_TOGETHER = _By(NO_COLUMN, Bucket.NONE)


@dataclass(frozen=True, slots=True)
class _Clause:
    holder: QWidget
    label: QLabel


class _StayingMenu(QMenu):
    """Stays open while its entries are ticked, by the mouse or with the space bar."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.activeAction()
        if action is not None and action.isCheckable():
            action.trigger()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self.activeAction()
        if event.key() == Qt.Key.Key_Space and action is not None and action.isCheckable():
            action.trigger()
            return
        super().keyPressEvent(event)


class _Kinds(QPushButton):
    """The document types that a calculation is over; none ticked means all."""

    chosen = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._kinds: tuple[str, ...] = ()
        menu = _StayingMenu(self)
        self.all = QAction(self.tr("All documents"), menu)
        self.all.setCheckable(True)
        self.all.triggered.connect(lambda: self._choose(()))
        menu.addAction(self.all)
        menu.addSeparator()
        self.types: dict[str, QAction] = {}
        for name, definition in document_types().items():
            action = QAction(icon(name), words.type_label(definition.plural), menu)
            action.setCheckable(True)
            action.triggered.connect(lambda _=False, name=name: self._toggle(name))
            menu.addAction(action)
            self.types[name] = action
        self.setMenu(menu)
        self.set_kinds(())

    def kinds(self) -> tuple[str, ...]:
        return self._kinds

    def set_kinds(self, kinds: Sequence[str]) -> None:
        self._kinds = tuple(kinds)
        text = kinds_words(self._kinds)
        self.setText(text.replace("&", "&&"))
        self.setAccessibleName(self.tr("Documents: {0}").format(text))
        self.all.setChecked(not self._kinds)
        for name, action in self.types.items():
            action.setChecked(name in self._kinds)
        self.updateGeometry()

    def _toggle(self, name: str) -> None:
        without = tuple(kind for kind in self._kinds if kind != name)
        self._choose(without if name in self._kinds else (*self._kinds, name))

    def _choose(self, kinds: tuple[str, ...]) -> None:
        changed = kinds != self._kinds
        self.set_kinds(kinds)
        if changed:
            self.chosen.emit()


class CalculationControls(QWidget):
    """Shows any calculation; ``changed`` tells that the user did something with it.

    While something that was typed cannot be read, a sentence says so (:meth:`problem`),
    and that part of the calculation stays as it was.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("What is worked out"))
        self.rows: list[ConditionRow] = []
        self._sentence: list[QWidget] = []
        self._build()
        self._connect()
        self.set_calculation(Calculation(Measure.SUM, of=Column("gross")))

    # what it holds ------------------------------------------------------------------------

    def calculation(self) -> Calculation:
        """The calculation that the controls show; conditions without a value are left out."""
        of, by = self.of.value(), self.by.value()
        conditions = [row.condition() for row in self.rows]
        return Calculation(
            measure=self.measure.value(),
            of=None if of == NO_COLUMN else of,
            kinds=self.kinds.kinds(),
            where=tuple(condition for condition in conditions if condition is not None),
            period=self.period.period(),
            by=None if by.column == NO_COLUMN else by.column,
            bucket=by.bucket,
            order=self.order.value(),
            limit=self.limit.value(),
        )

    def set_calculation(self, calculation: Calculation) -> None:
        """Show a calculation, whatever it is; ``changed`` is not told."""
        self.measure.set_value(calculation.measure)
        self.kinds.set_kinds(calculation.kinds)
        self.of.set_value(calculation.of or NO_COLUMN)
        self.by.set_value(_By(calculation.by or NO_COLUMN, calculation.bucket))
        self.period.set_period(calculation.period)
        self.order.set_value(calculation.order)
        self.limit.set_value(calculation.limit)
        for row in list(self.rows):
            self._take_out(row)
        for condition in calculation.where:
            self._put_in().set_condition(condition)
        self._show()

    def problem(self) -> str:
        """What is wrong with what was typed or chosen, in a sentence; "" if nothing is."""
        kinds = self.kinds.kinds()
        strange = [kind for kind in kinds if kind not in document_types()]
        if strange:
            return self.tr("There is no kind of document called “{0}”.").format(strange[0])
        typed = [self.period.problem, *(row.problem for row in self.rows)]
        wrong = next((problem for problem in typed if problem), "")
        return wrong or unworkable(self.calculation())

    # building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self.measure: Choice[Measure] = Choice(self.tr("What is worked out"), measure_words, self)
        self.measure.offer([OF_NUMBERS, (Measure.COUNT, Measure.LIST)])
        self.of: Choice[Column] = Choice(self.tr("Of which column"), self._of_words, self)
        self.kinds = _Kinds(self)
        self.period = PeriodControl(self.tr("When the documents are dated"), parent=self)
        self.by: Choice[_By] = Choice(self.tr("Put together by"), self._by_words, self)
        self.order: Choice[Order] = Choice(self.tr("In which order"), self._order_words, self)
        self.limit: Choice[int] = Choice(self.tr("How many are shown"), limit_words, self)
        self.limit.offer(_LIMITS)
        self.add = QPushButton(icon("row_add"), self.tr("Add a condition"), self)
        self.add.setFlat(True)

        self._first, self._last = FlowLayout(gap=8), FlowLayout(gap=8)
        self._measure_clause = self._clause(self.tr("Show"), self.measure)
        self._of_clause = self._clause(self.tr("of"), self.of)
        self._kinds_clause = self._clause(self.tr("of"), self.kinds)
        self._period_clause = self._clause(self.tr("dated"), self.period)
        self._conditions = QVBoxLayout()
        self._conditions.setSpacing(6)
        self._warning = QLabel(self)
        self._warning.setPixmap(icon("warning", Tone.DOUBT).pixmap(18, 18))
        self.told = QLabel(self)
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setWordWrap(True)
        said = QHBoxLayout()
        said.setSpacing(6)
        said.addWidget(self._warning, 0, Qt.AlignmentFlag.AlignTop)
        said.addWidget(self.told, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self._first)
        layout.addLayout(self._conditions)
        layout.addLayout(self._last)
        layout.addLayout(said)

    def _clause(self, text: str, control: QWidget) -> _Clause:
        """Some words and a control that stay together where lines are broken."""
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        label = QLabel(text, holder)
        row.addWidget(label)
        row.addWidget(control)
        return _Clause(holder, label)

    def _set_sentence(self, *, listing: bool) -> None:
        """Put the parts in the order in which they read; a list says last what it is sorted by."""
        of = self._of_clause.holder
        first: list[QWidget] = [self._measure_clause.holder, of]
        first += [self._kinds_clause.holder, self._period_clause.holder]
        last: list[QWidget] = [self.by, self.order, self.limit, self.add]
        if listing:
            first.remove(of)
            last.insert(2, of)
        if [*first, *last] == self._sentence:
            return
        self._sentence = [*first, *last]
        for flow, parts in ((self._first, first), (self._last, last)):
            while flow.count():
                flow.takeAt(0)
            for part in parts:
                flow.addWidget(part)

    def _set_tab_order(self, *, listing: bool) -> None:
        """Let the keyboard go through the controls as they are read."""
        order: list[QWidget] = [self.measure, self.kinds, *self.period.controls]
        for row in self.rows:
            order += row.controls
        order += [self.by, self.order, self.limit, self.add]
        order.insert(order.index(self.limit) if listing else 1, self.of)
        for one, following in pairwise(order):
            QWidget.setTabOrder(one, following)

    def _connect(self) -> None:
        self.measure.chosen.connect(self._on_measure)
        self.kinds.chosen.connect(self._on_kinds)
        self.by.chosen.connect(self._on_by)
        self.order.chosen.connect(self._on_order)
        for choice in (self.of, self.limit):
            choice.chosen.connect(self._on_changed)
        self.period.changed.connect(self._on_changed)
        self.add.clicked.connect(self._on_add)

    # words ----------------------------------------------------------------------------------

    def _of_words(self, column: Column) -> str:
        if column == NO_COLUMN:
            return self.tr("nothing")
        return column_words(column, self.kinds.kinds())

    def _order_words(self, order: Order) -> str:
        if order is Order.GROUP and self.measure.value() is Measure.LIST:
            return self.tr("in the order of their dates")
        return order_words(order)

    def _by_words(self, by: _By) -> str:
        """As it reads in a sentence; a stretch without a column is one of the documents' dates."""
        if by == _TOGETHER:
            return self.tr("all together")
        if by.column == NO_COLUMN:
            return self.tr("by {0}").format(bucket_words(by.bucket))
        column = column_words(by.column, self.kinds.kinds())
        if by.bucket is Bucket.NONE:
            return self.tr("by {0}").format(column)
        return self.tr("by {0} of {1}").format(bucket_words(by.bucket), column)

    # what is shown --------------------------------------------------------------------------

    def _offer(self) -> None:
        """Offer what fits the measure and the document types; what is chosen stays."""
        known = known_columns(self.kinds.kinds())
        listing = self.measure.value() is Measure.LIST
        self.order.offer([(Order.GROUP,), (Order.HIGHEST, Order.LOWEST)])
        numeric = [k.column for k in known if k.kind in words.NUMERIC]
        dates = [k.column for k in known if k.kind is Kind.DATE]
        self.of.offer(
            [dates if listing else [], *([c for c in numeric if c.part is part] for part in Part)]
        )
        names = [
            k.column
            for k in known
            if k.kind in _NAMES and k.column not in (TYPE, NAME)
            and (k.column.part is Part.FIELDS or k.kind is not Kind.IDENTIFIER)
            and (k.kind is not Kind.NUMBER or k.column.name == "rate")
        ]  # fmt: skip
        self.by.offer(
            [
                [_TOGETHER],
                [_By(NO_COLUMN, bucket) for bucket in _STRETCHES],
                [_By(c, Bucket.NONE) for c in (TYPE, *names) if c.part is Part.FIELDS],
                [_By(c, Bucket.NONE) for c in names if c.part is not Part.FIELDS],
                [_By(c, b) for c in dates if c.part is Part.FIELDS for b in _STRETCHES[1:]],
            ]
        )

    def _show(self) -> None:
        """Show the parts of the sentence that this calculation has."""
        self._offer()
        measure, by = self.measure.value(), self.by.value()
        listing = measure is Measure.LIST
        grouped = by != _TOGETHER
        of = self.of.value() != NO_COLUMN
        order, limit = self.order.value(), self.limit.value()
        self._set_sentence(listing=listing)
        self._of_clause.label.setText(self.tr("by") if listing else self.tr("of"))
        self._of_clause.holder.setVisible(measure in OF_NUMBERS or of)
        over = measure in OF_NUMBERS or (of and not listing)
        self._kinds_clause.label.setText(self.tr("over") if over else self.tr("of"))
        self.by.setVisible(not listing or grouped)
        self.order.setVisible(listing or grouped or order is not Order.GROUP)
        self.limit.setVisible(listing or grouped or limit != 0)
        for number, row in enumerate(self.rows):
            row.lead.setText(self.tr("and") if number else self.tr("only where"))
            row.set_kinds(self.kinds.kinds())
        self._set_tab_order(listing=listing)
        self._show_problem()
        self.updateGeometry()

    def _show_problem(self) -> None:
        problem = self.problem()
        self.told.setText(problem)
        self.told.setVisible(bool(problem))
        self._warning.setVisible(bool(problem))

    def _put_in(self) -> ConditionRow:
        row = ConditionRow(self.kinds.kinds(), self)
        row.changed.connect(self._on_changed)
        row.removed.connect(lambda: self._on_removed(row))
        self.rows.append(row)
        self._conditions.addWidget(row)
        row.show()  # at once, so that it can have the keyboard
        return row

    def _take_out(self, row: ConditionRow) -> None:
        self.rows.remove(row)
        self._conditions.removeWidget(row)
        row.hide()
        row.deleteLater()

    # what the user does ---------------------------------------------------------------------

    def _on_changed(self) -> None:
        self._show()
        self.changed.emit()

    def _on_measure(self) -> None:
        measure = self.measure.value()
        if measure not in OF_NUMBERS:
            self.of.set_value(NO_COLUMN)
        elif kind_of(self.of.value()) not in words.NUMERIC:
            self.of.set_value(self._first_amount())
        if measure is Measure.LIST:
            self.by.set_value(_TOGETHER)
        self._on_changed()

    def _first_amount(self) -> Column:
        known = known_columns(self.kinds.kinds())
        amounts = [k.column for k in known if k.kind is Kind.AMOUNT]
        usual = [Column("gross"), Column("closing")]
        return next((column for column in usual if column in amounts), (amounts or usual)[0])

    def _on_kinds(self) -> None:
        of = self.of.value()
        if self.measure.value() in OF_NUMBERS and known_column(of, self.kinds.kinds()) is None:
            self.of.set_value(self._first_amount())
        self._on_changed()

    def _on_by(self) -> None:
        if self.by.value() == _TOGETHER:
            self.order.set_value(Order.GROUP)
            self.limit.set_value(0)
        self._on_changed()

    def _on_order(self) -> None:
        if self.measure.value() is Measure.LIST:
            if self.order.value() is Order.GROUP:
                self.of.set_value(NO_COLUMN)
            elif self.of.value() == NO_COLUMN:
                self.of.set_value(self._first_amount())
        self._on_changed()

    def _on_add(self) -> None:
        row = self._put_in()
        self._show()
        row.text.setFocus()

    def _on_removed(self, row: ConditionRow) -> None:
        was = row.condition() is not None or bool(row.problem)
        self._take_out(row)
        self._show()
        self.add.setFocus()
        if was:
            self.changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._warning.setPixmap(icon("warning", Tone.DOUBT).pixmap(18, 18))
