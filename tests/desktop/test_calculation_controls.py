"""A calculation as controls: shown as it is, changed as a person would, never an error."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from app.desktop.calculation_controls import CalculationControls
from app.desktop.calculation_words import known_columns, operators_for
from app.document_types import Kind, document_types
from app.library import Library
from app.library.calculation import (
    Bucket,
    Calculation,
    Column,
    Condition,
    Measure,
    Operator,
    Order,
)
from app.library.rows import Part
from tests.desktop.test_accessibility import nameless

GROSS, SELLER, DUE = Column("gross"), Column("seller"), Column("due_date")

columns = st.one_of(
    st.sampled_from([known.column for known in known_columns()]),
    st.builds(Column, st.text(min_size=1, max_size=8), st.sampled_from(Part)),
)
days = st.dates().map(lambda day: day.isoformat())
stretches = st.one_of(
    st.sampled_from(["2026", "2026-03", "2026-Q1", "today", "yesterday", "this-week"]),
    st.integers(0, 99999).map(lambda number: f"last-{number}-days"),
    days,
)
periods = st.one_of(
    st.just(""),
    stretches,
    st.tuples(stretches, stretches).map("..".join),
    stretches.map(lambda end: f"..{end}"),
    stretches.map(lambda start: f"{start}.."),
    st.text(max_size=12),
)
conditions = st.builds(
    Condition,
    columns,
    st.sampled_from(Operator),
    st.one_of(st.text(max_size=12), periods, st.decimals(allow_nan=False).map(str)),
)
calculations = st.builds(
    Calculation,
    measure=st.sampled_from(Measure),
    of=st.none() | columns,
    kinds=st.lists(
        st.one_of(st.sampled_from(sorted(document_types())), st.text(max_size=6)), max_size=4
    ).map(tuple),
    where=st.lists(conditions, max_size=3).map(tuple),
    period=periods,
    by=st.none() | columns,
    bucket=st.sampled_from(Bucket),
    order=st.sampled_from(Order),
    limit=st.integers(-5, 10**6),
)


@pytest.fixture
def controls(qtbot: QtBot) -> CalculationControls:
    made = CalculationControls()
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    return made


def choose(qtbot: QtBot, choice: QComboBox, text: str) -> None:
    """Choose an entry with the keyboard, as a person does who knows what it is called."""

    assert choice.isVisible()
    place = choice.findText(text)
    assert place >= 0, [choice.itemText(number) for number in range(choice.count())]
    choice.showPopup()
    choice.view().setCurrentIndex(choice.model().index(place, 0))
    qtbot.keyClick(choice.view(), Qt.Key.Key_Return)


def write(qtbot: QtBot, edit: QLineEdit, text: str) -> None:
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text)
    qtbot.keyClick(edit, Qt.Key.Key_Return)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(calculation=calculations)
def test_any_calculation_is_shown_and_comes_back_unchanged(
    controls: CalculationControls, calculation: Calculation
) -> None:
    told: list[Calculation] = []
    controls.changed.connect(lambda: told.append(controls.calculation()))
    controls.set_calculation(calculation)
    assert controls.calculation() == calculation
    assert not told
    for edit in controls.findChildren(QLineEdit):
        edit.editingFinished.emit()  # the keyboard went through all of them
    assert controls.calculation() == calculation


def test_every_part_of_a_calculation_is_in_sight(controls: CalculationControls) -> None:
    calculation = Calculation(
        Measure.SUM,
        of=GROSS,
        kinds=("invoice", "credit_note"),
        where=(
            Condition(SELLER, Operator.HAS, "Miller"),
            Condition(GROSS, Operator.LEAST, "1234.50"),
            Condition(DUE, Operator.IN, "..yesterday"),
            Condition(DUE, Operator.MISSING),
        ),
        period="2026-03",
        bucket=Bucket.MONTH,
        order=Order.HIGHEST,
        limit=5,
    )
    controls.set_calculation(calculation)
    assert controls.problem() == ""
    assert controls.measure.currentText() == "the sum"
    assert controls.of.currentText() == "Total with tax"
    assert controls.kinds.text().strip() == "invoices and credit notes"
    assert controls.period.choice.currentText() == "in March 2026"
    assert controls.by.currentText() == "by month"
    assert controls.order.currentText() == "highest first"
    assert controls.limit.currentText() == "the first 5"
    seller, gross, due, missing = controls.rows
    assert (seller.operator.currentText(), seller.text.text()) == ("contains", "Miller")
    assert (gross.operator.currentText(), gross.text.text()) == ("is at least", "1,234.50")
    assert due.period.choice.currentText() == "up to yesterday"
    assert missing.operator.currentText() == "is missing"
    assert not missing.text.isVisible()
    for row in controls.rows:
        assert row.isVisible()


def test_what_is_chosen_makes_another_calculation(
    controls: CalculationControls, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(controls.changed):
        choose(qtbot, controls.by, "by Seller")
    with qtbot.waitSignal(controls.changed):
        choose(qtbot, controls.order, "highest first")
    with qtbot.waitSignal(controls.changed):
        choose(qtbot, controls.limit, "the first 3")
    with qtbot.waitSignal(controls.changed):
        choose(qtbot, controls.period.choice, "this month")
    with qtbot.waitSignal(controls.changed):
        controls.kinds.types["receipt"].trigger()
    assert controls.calculation() == Calculation(
        Measure.SUM, of=GROSS, kinds=("receipt",), period="this-month", by=SELLER,
        order=Order.HIGHEST, limit=3,
    )  # fmt: skip
    assert controls.of.currentText() == "Total"


def test_counting_needs_no_column_and_adding_up_has_one_again(
    controls: CalculationControls, qtbot: QtBot
) -> None:
    choose(qtbot, controls.measure, "the number")
    assert controls.calculation() == Calculation(Measure.COUNT)
    assert not controls.of.isVisible()
    choose(qtbot, controls.measure, "the average")
    assert controls.calculation() == Calculation(Measure.AVERAGE, of=GROSS)


def test_a_list_is_in_the_order_of_dates_or_of_a_column(
    controls: CalculationControls, qtbot: QtBot
) -> None:
    choose(qtbot, controls.measure, "the list")
    assert controls.calculation() == Calculation(Measure.LIST)
    choose(qtbot, controls.order, "lowest first")
    assert controls.calculation() == Calculation(Measure.LIST, of=GROSS, order=Order.LOWEST)
    choose(qtbot, controls.of, "Due date")
    assert controls.calculation() == Calculation(Measure.LIST, of=DUE, order=Order.LOWEST)
    choose(qtbot, controls.order, "in the order of their dates")
    assert controls.calculation() == Calculation(Measure.LIST)


def test_a_condition_is_added_filled_and_removed(
    controls: CalculationControls, qtbot: QtBot
) -> None:
    before = controls.calculation()
    qtbot.mouseClick(controls.add, Qt.MouseButton.LeftButton)
    (row,) = controls.rows
    assert controls.calculation() == before  # without a value it is no condition yet
    with qtbot.waitSignal(controls.changed):
        write(qtbot, row.text, "Miller")
    assert controls.calculation().where == (Condition(SELLER, Operator.HAS, "Miller"),)
    with qtbot.waitSignal(controls.changed):
        qtbot.mouseClick(row.remove, Qt.MouseButton.LeftButton)
    assert controls.calculation() == before


@pytest.mark.parametrize(
    ("language", "typed", "value"),
    [
        ("en_GB", "1,234.50", "1234.50"),
        ("de_DE", "1.234,50 EUR", "1234.50"),
        ("de_DE", "1000", "1000"),
        ("fr_FR", "1 234,5", "1234.5"),
    ],
)
def test_amounts_are_typed_as_people_type_them(
    qtbot: QtBot, language: str, typed: str, value: str
) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(language))
    try:
        controls = CalculationControls()
        qtbot.addWidget(controls)
        controls.show()
        controls.set_calculation(
            Calculation(Measure.COUNT, where=(Condition(GROSS, Operator.LEAST, "5"),))
        )
        write(qtbot, controls.rows[0].text, typed)
        assert controls.problem() == ""
        assert controls.calculation().where == (Condition(GROSS, Operator.LEAST, value),)
    finally:
        QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("language", "typed", "day"),
    [
        ("en_GB", "3/4/2026", "2026-04-03"),
        ("en_US", "3/4/2026", "2026-03-04"),
        ("de_DE", "3. April 2026", "2026-04-03"),
        ("en_GB", "2026-04-03", "2026-04-03"),
    ],
)
def test_days_are_typed_as_people_type_them(
    qtbot: QtBot, language: str, typed: str, day: str
) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(language))
    try:
        controls = CalculationControls()
        qtbot.addWidget(controls)
        controls.show()
        choose(qtbot, controls.period.choice, "between two days")
        write(qtbot, controls.period.since, typed)
        assert controls.problem() == ""
        assert controls.calculation().period == f"{day}.."
        write(qtbot, controls.period.until, "2026-12-31")
        assert controls.calculation().period == f"{day}..2026-12-31"
    finally:
        QLocale.setDefault(before)


def test_what_cannot_be_read_is_said_and_changes_nothing(
    controls: CalculationControls, qtbot: QtBot
) -> None:
    given_ = Calculation(
        Measure.COUNT,
        where=(Condition(GROSS, Operator.LEAST, "5"),),
        period="2026-01-01..2026-01-31",
    )
    controls.set_calculation(given_)
    write(qtbot, controls.rows[0].text, "a lot")
    assert "“a lot” is not a number" in controls.told.text()
    assert controls.told.isVisible()
    assert controls.calculation() == given_
    write(qtbot, controls.rows[0].text, "5")
    assert not controls.told.isVisible()
    write(qtbot, controls.period.until, "soon")
    assert "“soon” is not a day" in controls.told.text()
    write(qtbot, controls.period.until, "1 December 2025")
    assert controls.told.text() == "The first day is after the last one."
    assert controls.calculation() == given_


def test_what_no_document_has_is_said(controls: CalculationControls) -> None:
    controls.set_calculation(Calculation(Measure.SUM, of=Column("weight")))
    assert controls.told.text() == "There is no column “weight”."
    controls.set_calculation(
        Calculation(Measure.COUNT, kinds=("receipt",), where=(Condition(DUE, Operator.MISSING),))
    )
    assert controls.told.text() == "Receipts do not have “Due date”."
    line, tax = Column("amount", Part.LINES), Column("rate", Part.TAXES)
    controls.set_calculation(Calculation(Measure.SUM, of=line, by=tax))
    assert controls.told.text() == "Lines and tax rates cannot be worked out together."
    controls.set_calculation(Calculation(Measure.COUNT, kinds=("poem",)))
    assert "“poem”" in controls.told.text()
    controls.set_calculation(Calculation(Measure.COUNT, period="once upon a time"))
    assert "“once upon a time” is not a time" in controls.told.text()


@pytest.mark.parametrize("kinds", [(), ("invoice",), ("receipt", "invoice"), ("bank_statement",)])
def test_what_is_offered_can_be_worked_out(
    controls: CalculationControls, library: Library, kinds: tuple[str, ...]
) -> None:
    tried = 0
    for measure in Measure:
        of = Column("gross" if "bank_statement" not in kinds else "closing")
        adds = measure not in (Measure.COUNT, Measure.LIST)
        start = Calculation(measure, of=of if adds else None, kinds=kinds)
        controls.set_calculation(start)
        for choice in (controls.of, controls.by):
            for place in range(choice.count()):
                controls.set_calculation(start)
                if choice.isHidden() or not choice.itemText(place) or not choice.isVisible():
                    continue
                choice.activated.emit(place)
                if not controls.problem():
                    library.calculate(controls.calculation(), dt.date(2026, 11, 21))
                    tried += 1
                elif kinds:
                    assert "tax rates" in controls.problem(), controls.calculation()
    assert tried > 40


def test_another_column_is_compared_in_its_own_way(
    controls: CalculationControls, qtbot: QtBot
) -> None:
    controls.set_calculation(
        Calculation(Measure.COUNT, where=(Condition(SELLER, Operator.HAS, "Miller"),))
    )
    (row,) = controls.rows
    choose(qtbot, row.column, "Buyer")
    assert row.condition() == Condition(Column("buyer"), Operator.HAS, "Miller")
    choose(qtbot, row.column, "Due date")
    assert row.condition() == Condition(DUE, Operator.IN, "this-month")
    choose(qtbot, row.operator, "is missing")
    assert row.condition() == Condition(DUE, Operator.MISSING)
    choose(qtbot, row.column, "Total with tax")
    assert row.condition() == Condition(GROSS, Operator.MISSING)
    choose(qtbot, row.operator, "is at least")
    assert row.condition() is None
    choose(qtbot, row.column, "Document type")
    assert row.condition() == Condition(Column("@type"), Operator.IS, "invoice")


def test_every_column_of_every_type_can_be_compared() -> None:
    for known in known_columns():
        assert operators_for(known.column)
    labels = [known.label for known in known_columns()]
    assert len(labels) == len(set(labels))
    for name, definition in document_types().items():
        offered = {known.column for known in known_columns([name])}
        for field in definition.fields:
            assert Column(field.role or field.key) in offered
    assert {k.kind for k in known_columns() if k.column == DUE} == {Kind.DATE}


def test_the_tab_key_goes_through_the_sentence_as_it_is_read(
    controls: CalculationControls, qtbot: QtBot
) -> None:
    controls.set_calculation(
        Calculation(Measure.SUM, of=GROSS, where=(Condition(SELLER, Operator.HAS, "Miller"),))
    )
    (row,) = controls.rows
    controls.measure.setFocus()
    passed = []
    for _ in range(9):
        passed.append(controls.focusWidget())
        qtbot.keyClick(controls.focusWidget(), Qt.Key.Key_Tab)
    assert passed == [
        controls.measure, controls.of, controls.kinds, controls.period.choice,
        row.column, row.operator, row.text, row.remove, controls.by,
    ]  # fmt: skip


def test_every_control_has_a_name(controls: CalculationControls) -> None:
    controls.set_calculation(
        Calculation(
            Measure.LIST,
            of=GROSS,
            where=(
                Condition(SELLER, Operator.HAS, "Miller"),
                Condition(DUE, Operator.IN, "2026-01-01..2026-02-01"),
            ),
        )
    )
    assert nameless(controls) == []
