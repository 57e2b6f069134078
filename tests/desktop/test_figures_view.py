"""What a calculation gave: numbers to follow and to copy, charts that do not lie, gaps named."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from app.asking.messages import Computed
from app.desktop.chart import Bar, Chart, ChartView, ticks
from app.desktop.figures_model import drawings
from app.desktop.figures_view import FiguresView
from app.library import Library
from app.library.calculation import (
    Bucket,
    Calculation,
    Column,
    Condition,
    Figure,
    Figures,
    Gap,
    Measure,
    Operator,
    Why,
)
from tests.desktop import papers
from tests.desktop.test_accessibility import nameless

GROSS = Column("gross")
BY_MONTH = Calculation(Measure.SUM, of=GROSS, kinds=("invoice",), bucket=Bucket.MONTH)
BY_SELLER = Calculation(Measure.SUM, of=GROSS, kinds=("invoice",), by=Column("seller"))


def figure(group: str, value: str, currency: str = "EUR", rows: int = 1) -> Figure:
    return Figure(group, currency, Decimal(value), rows)


def computed(calculation: Calculation, *figures: Figure, gaps: tuple[Gap, ...] = ()) -> Computed:
    groups = len({figure.group for figure in figures})
    return Computed(calculation, Figures(figures, groups, gaps=gaps), "", "2026-11-21")


MONTHS = (
    figure("2026-01-01", "1200.5", rows=3),
    figure("2026-02-01", "-310", rows=1),
    figure("2026-05-01", "4310.2", rows=9),
    figure("2026-05-01", "99", "USD"),
    figure("2026-06-01", "1", "USD"),
)


@pytest.fixture
def view(library: Library, qtbot: QtBot) -> FiguresView:
    made = FiguresView(library)
    qtbot.addWidget(made)
    made.resize(700, 900)
    made.show()
    return made


def texts(view: FiguresView) -> list[list[str]]:
    model = view.figures
    return [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_a_row_for_each_group_and_currency(view: FiguresView) -> None:
    view.show_figures(computed(BY_MONTH, *MONTHS))
    assert texts(view) == [
        ["January 2026", "1,200.50 EUR", "3"],
        ["February 2026", "−310.00 EUR", "1"],
        ["May 2026", "4,310.20 EUR", "9"],
        ["May 2026", "99.00 USD", "1"],
        ["June 2026", "1.00 USD", "1"],
    ]
    headers = [view.figures.headerData(column, Qt.Orientation.Horizontal) for column in range(3)]
    assert headers == ["Month", "Sum of the total with tax", "Invoices"]
    assert view.table.isVisible()
    assert not view.list.isVisible()


def test_one_number_is_one_row_and_no_chart(view: FiguresView) -> None:
    view.show_figures(computed(Calculation(Measure.COUNT), Figure("", "", Decimal(41), 41)))
    assert texts(view) == [["41"]]
    assert view.charts == []


def test_a_click_on_a_number_and_the_enter_key_ask_for_what_is_behind_it(
    view: FiguresView, qtbot: QtBot
) -> None:
    view.show_figures(computed(BY_SELLER, figure("Miller", "10"), figure("Smith", "20")))
    value = view.figures.index(1, 1)
    with qtbot.waitSignal(view.figure_wanted) as asked:
        where = view.table.visualRect(value).center()
        qtbot.mouseClick(view.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert asked.args == [figure("Smith", "20")]
    view.table.setFocus()
    view.table.setCurrentIndex(view.figures.index(0, 0))
    with qtbot.waitSignal(view.figure_wanted) as asked:
        qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert asked.args == [figure("Miller", "10")]


def test_the_rows_are_copied_for_a_spreadsheet(view: FiguresView, qtbot: QtBot) -> None:
    view.show_figures(computed(BY_SELLER, figure("Miller\t& Co", "10"), figure("Smith", "20")))
    view.table.setFocus()
    view.table.selectAll()
    qtbot.keyClick(view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().split("\n") == [
        "Seller\tSum of the total with tax\tInvoices",
        "Miller & Co\t10.00 EUR\t1",
        "Smith\t20.00 EUR\t1",
    ]


def test_there_is_a_chart_for_each_currency_with_the_empty_months_between() -> None:
    euros, dollars = drawings(computed(BY_MONTH, *MONTHS))
    assert euros.chart.over_time
    assert [(bar.name, bar.text) for bar in euros.chart.bars] == [
        ("Jan 2026", "1,200.50 EUR"),
        ("Feb 2026", "−310.00 EUR"),
        ("Mar 2026", "0.00 EUR"),
        ("Apr 2026", "0.00 EUR"),
        ("May 2026", "4,310.20 EUR"),
    ]
    assert euros.figures == (MONTHS[0], MONTHS[1], None, None, MONTHS[2])
    assert [bar.name for bar in dollars.chart.bars] == ["May 2026", "Jun 2026"]
    assert dollars.chart.title == "Sum of the total with tax, USD"


def test_a_month_without_documents_has_no_average() -> None:
    calculation = Calculation(Measure.AVERAGE, of=GROSS, bucket=Bucket.MONTH)
    (drawing,) = drawings(
        computed(calculation, figure("2026-01-01", "5"), figure("2026-03-01", "7"))
    )
    assert drawing.chart.bars[1] == Bar("Feb 2026", Decimal(0), "nothing")


def test_months_that_were_left_out_are_not_drawn_as_empty() -> None:
    highest = Figures((figure("2026-01-01", "9"), figure("2026-05-01", "8")), groups=12)
    calculation = Calculation(Measure.SUM, of=GROSS, bucket=Bucket.MONTH, limit=2)
    (drawing,) = drawings(Computed(calculation, highest, "", "2026-11-21"))
    assert [bar.name for bar in drawing.chart.bars] == ["January 2026", "May 2026"]
    assert not drawing.chart.over_time


def test_what_was_left_out_is_said(view: FiguresView) -> None:
    highest = Figures((figure("Miller", "9"), figure("Smith", "8")), groups=12)
    view.show_figures(Computed(BY_SELLER, highest, "", "2026-11-21"))
    assert view.more.isVisible()
    assert view.more.text() == "2 of 12 are shown."


def test_stretches_too_far_apart_are_drawn_without_what_is_between() -> None:
    calculation = Calculation(Measure.SUM, of=GROSS, bucket=Bucket.DAY)
    (drawing,) = drawings(
        computed(calculation, figure("0001-01-01", "1"), figure("9999-12-31", "2"))
    )
    assert len(drawing.chart.bars) == 2


def test_numbers_too_large_for_a_scale_are_not_drawn() -> None:
    assert drawings(computed(BY_SELLER, figure("A", "1E+400"), figure("B", "1"))) == []


def test_gaps_are_sentences_that_lead_to_their_records(view: FiguresView, qtbot: QtBot) -> None:
    gaps = (
        Gap(Why.MISSING, Column("due_date"), 2, 41),
        Gap(Why.UNREAD, None, 1, 50),
    )
    view.show_figures(computed(BY_SELLER, figure("Miller", "9"), gaps=gaps))
    first, second = view.gaps
    assert "2 of 41 invoices have no due date." in first.accessibleName()
    with qtbot.waitSignal(view.gap_wanted) as asked:
        qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert asked.args == [gaps[0]]
    second.setFocus()
    with qtbot.waitSignal(view.gap_wanted) as asked:
        qtbot.keyClick(second, Qt.Key.Key_Space)
    assert asked.args == [gaps[1]]
    view.show_figures(computed(BY_SELLER, figure("Miller", "9")))
    assert view.gaps == []


def test_what_the_library_works_out_is_shown_with_what_is_behind_it(
    library: Library, work: Path, view: FiguresView, qtbot: QtBot
) -> None:
    papers.add_invoice(library, work, "A-1", "Miller", ("5 January 2026", "2026-01-05"))
    papers.add_invoice(library, work, "A-2", "Miller", ("6 January 2026", "2026-01-06"))
    _, last = papers.add_invoice(library, work, "A-3", "Smith", ("7 March 2026", "2026-03-07"))
    today = dt.date(2026, 11, 21)
    figures = library.calculate(BY_MONTH, today)
    view.show_figures(Computed(BY_MONTH, figures, "", today.isoformat()))
    assert texts(view) == [
        ["January 2026", "350.16 EUR", "2"],
        ["March 2026", "175.08 EUR", "1"],
    ]
    assert [bar.name for bar in view.charts[0].chart.bars] == ["Jan 2026", "Feb 2026", "Mar 2026"]
    with qtbot.waitSignal(view.figure_wanted) as asked:
        view.table.followed.emit(1)
    assert library.behind(BY_MONTH, today, asked.args[0]) == [last]


def test_a_list_of_one_type_shows_amounts_beside_who_and_when_without_scrolling(
    library: Library, work: Path, qtbot: QtBot
) -> None:
    _, record = papers.add_invoice(library, work)
    view = FiguresView(library=library)
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show()
    overdue = Calculation(
        Measure.LIST,
        kinds=("invoice",),
        where=(Condition(Column("due_date"), Operator.IN, "..yesterday"),),
    )
    view.show_figures(Computed(overdue, Figures(listed=(record,), rows=1), "", "2026-11-21"))
    model = view.list.model()
    titles = [
        model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())
    ]
    assert titles == ["Who", "Date", "Due date", "Total", "Currency", "File"]
    total = titles.index("Total")
    right = view.list.columnViewportPosition(total) + view.list.columnWidth(total)
    assert right <= view.list.viewport().width()


def test_a_list_shows_the_records_and_opens_the_chosen_one(
    library: Library, work: Path, qtbot: QtBot
) -> None:
    _, first = papers.add_invoice(library, work)
    _, second = papers.add_receipt(library, work, "Corner Café", "14.50")
    view = FiguresView(library)
    qtbot.addWidget(view)
    view.resize(900, 400)
    view.show()
    calculation = Calculation(
        Measure.LIST, where=(Condition(Column("due_date"), Operator.MISSING),)
    )
    figures = Figures(listed=(second, first, second), rows=3)
    view.show_figures(Computed(calculation, figures, "", "2026-11-21"))
    assert view.list.isVisible()
    assert not view.table.isVisible()
    model = view.list.model()
    titles = [
        model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())
    ]
    assert titles == ["Type", "Who", "Date", "Due date", "Total", "Currency", "File"]
    assert [model.index(row, 1).data() for row in range(model.rowCount())] == [
        "Corner Café",
        "Made-up Office Supplies",
    ]
    view.list.setFocus()
    view.list.setCurrentIndex(model.index(1, 3))
    with qtbot.waitSignal(view.record_wanted) as asked:
        qtbot.keyClick(view.list, Qt.Key.Key_Return)
    assert asked.args == [first]
    assert not view.list.editing


def test_a_list_that_is_cut_says_how_many_there_are_more(view: FiguresView) -> None:
    figures = Figures(listed=(7, 5), rows=12)
    view.show_figures(Computed(Calculation(Measure.LIST), figures, "", "2026-11-21"))
    assert view.more.text() == "There are 10 more."


def test_names_of_documents_are_never_taken_for_markup(view: FiguresView) -> None:
    hostile = figure("<img src=x><b>Miller</b>", "9")
    gap = Gap(Why.MISSING, Column("<a href='x'>due</a>"), 1, 2)
    view.show_figures(computed(BY_SELLER, hostile, figure("Smith", "8"), gaps=(gap,)))
    assert texts(view)[0][0] == "<img src=x><b>Miller</b>"
    assert view.more.textFormat() is Qt.TextFormat.PlainText


# the chart --------------------------------------------------------------------------------


@given(least=st.floats(-1e15, 1e15), most=st.floats(-1e15, 1e15), wanted=st.integers(1, 20))
def test_the_scale_is_of_round_numbers_around_all_values(
    least: float, most: float, wanted: int
) -> None:
    least, most = min(least, most), max(least, most)
    scale = ticks(least, most, wanted)
    assert len(scale) >= 2
    assert any(abs(tick) < 1e-300 for tick in scale)
    room = 1e-6 * (scale[-1] - scale[0])
    assert scale[0] <= least + room
    assert scale[-1] >= most - room
    assert len(scale) <= wanted + 4


def test_the_scale_of_usual_amounts() -> None:
    assert ticks(0, 4310.2, 5) == [0, 1000, 2000, 3000, 4000, 5000]
    assert ticks(-310, 1200, 4) == [-500, 0, 500, 1000, 1500]
    assert ticks(0, 0, 4) == [0, 1]


def painted(view: ChartView, colour: QColor) -> list[tuple[int, int]]:
    image: QImage = view.grab().toImage()
    return [
        (x, y)
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
        if image.pixelColor(x, y).rgb() == colour.rgb()
    ]


def test_what_is_below_zero_hangs_from_the_line(qtbot: QtBot) -> None:
    bars = (Bar("a", Decimal(5), "5"), Bar("b", Decimal(-5), "−5"), Bar("c", Decimal(0), "0"))
    for over_time in (True, False):
        view = ChartView()
        qtbot.addWidget(view)
        view.resize(400, 300)
        view.show_chart(Chart("Sum", bars, over_time))
        view.show()
        above = painted(view, view.colour(1))
        below = painted(view, view.colour(-1))
        assert above
        assert below
        if over_time:
            assert max(y for _, y in above) <= min(y for _, y in below)
        else:
            assert min(x for x, _ in above) >= max(x for x, _ in below)


def test_a_click_on_a_bar_tells_which(qtbot: QtBot, view: FiguresView) -> None:
    view.show_figures(computed(BY_MONTH, *MONTHS[:3]))
    (chart,) = view.charts
    chart.grab()
    x = chart.width() - 30
    with qtbot.waitSignal(view.figure_wanted) as asked:
        qtbot.mouseClick(
            chart, Qt.MouseButton.LeftButton, pos=QPointF(x, chart.height() / 2).toPoint()
        )
    assert asked.args == [MONTHS[2]]


def test_a_chart_tells_its_bars_to_a_screen_reader(view: FiguresView) -> None:
    gap = Gap(Why.MISSING, Column("due_date"), 2, 41)
    view.show_figures(computed(BY_MONTH, *MONTHS, gaps=(gap,)))
    euros = view.charts[0]
    assert euros.accessibleName() == "Chart: Sum of the total with tax, EUR"
    assert "Feb 2026: −310.00 EUR; Mar 2026: 0.00 EUR" in euros.accessibleDescription()
    assert nameless(view) == []


def test_many_days_are_drawn_with_names_that_do_not_touch(qtbot: QtBot) -> None:
    first = dt.date(2026, 1, 1)
    figures = [
        figure((first + dt.timedelta(days=3 * number)).isoformat(), str(number - 20))
        for number in range(100)
    ]
    (drawing,) = drawings(computed(Calculation(Measure.SUM, of=GROSS, bucket=Bucket.DAY), *figures))
    assert len(drawing.chart.bars) == 298
    view = ChartView()
    qtbot.addWidget(view)
    view.resize(300, 200)
    view.show_chart(drawing.chart)
    assert not view.grab().isNull()
