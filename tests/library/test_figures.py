"""What cannot be worked out is said in a sentence; hostile text reaches neither SQL nor time."""

from __future__ import annotations

import datetime as dt
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from app.document import Record
from app.errors import Code, ProblemError
from app.library import Library
from app.library.calculation import (
    Bucket,
    Calculation,
    Column,
    Condition,
    Figure,
    Gap,
    Measure,
    Operator,
    Order,
    Why,
)
from app.library.columns import NAME, TYPE, columns_of, form_of, operators_of
from app.library.facts import OWN
from app.library.notation import read_notation
from app.library.plans import plan_of
from app.library.rows import Part
from app.library.sources import Known, rows_counted, rows_in_doubt
from tests.library.facts_truth import check_facts
from tests.library.papers import add_and_read, field, invoice, row

TODAY = dt.date(2026, 11, 20)
HOSTILE = [
    "'",
    '"',
    "'; DROP TABLE facts; --",
    '" OR 1=1 --',
    "x\0y",
    "\ud800",
    "%",
    "_",
    "\\",
    "?1",
    "{0}",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "😀" * 50,
    "<script>",
    "-9223372036854775809",
]


def state_of(library: Library) -> list[tuple[object, ...]]:
    with library._store.reading() as db:
        return list(db.execute("SELECT * FROM facts ORDER BY name, record, line").fetchall())


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_value_is_only_a_value(library: Library, desk: Path, hostile: str) -> None:
    kept = hostile.encode("utf-8", "replace").decode()
    add_and_read(library, desk, "a.pdf", invoice(seller="Miller"))
    add_and_read(library, desk, "b.pdf", invoice("R-2", seller=kept, lines=(row(kept, kept),)))
    before = state_of(library)
    for operator, rows in ((Operator.IS, 1), (Operator.HAS, 1), (Operator.LACKS, 1)):
        condition = Condition(Column("seller"), operator, hostile)
        figures = library.calculate(Calculation(Measure.COUNT, where=(condition,)), TODAY)
        assert figures.rows == rows
    by = library.calculate(Calculation(Measure.COUNT, by=Column("seller")), TODAY)
    assert by.groups == 2
    for figure in by.figures:
        asked = Calculation(Measure.COUNT, by=Column("seller"))
        assert len(library.behind(asked, TODAY, figure)) == 1
    assert library.calculate(read_notation("sum line.amount"), TODAY).rows == 0
    assert state_of(library) == before
    check_facts(library)


@pytest.mark.parametrize("hostile", [*HOSTILE, "", "gross; --", "x" * 10_000_000])
def test_a_hostile_name_is_no_column_type_or_period(library: Library, hostile: str) -> None:
    for calculation in (
        Calculation(Measure.SUM, of=Column(hostile)),
        Calculation(Measure.COUNT, by=Column(hostile, Part.LINES)),
        Calculation(Measure.COUNT, where=(Condition(Column(hostile), Operator.MISSING),)),
        Calculation(Measure.COUNT, kinds=(hostile,)),
        Calculation(Measure.COUNT, period=hostile or "no period"),
        Calculation(Measure.COUNT, where=(Condition(Column("issue_date"), Operator.IN, hostile),)),
    ):
        with pytest.raises(ValueError, match=r"\.$") as caught:
            library.calculate(calculation, TODAY)
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize("value", ["x" * 10_000_000, "\0" * 5, "", " ", "\u0301", "a\0" * 3_000])
def test_a_text_that_nothing_can_hold_is_refused(library: Library, value: str) -> None:
    for operator in (Operator.IS, Operator.HAS, Operator.LACKS):
        where = (Condition(Column("seller"), operator, value),)
        with pytest.raises(ValueError, match="text"):
            library.calculate(Calculation(Measure.COUNT, where=where), TODAY)


@pytest.mark.parametrize(
    "value", ["", "-", "1e5", "nan", "1,5", "1.", ".5", "1.0000001", "9" * 1_000_000, "１", "--1"]
)
def test_what_is_no_number_is_refused(library: Library, value: str) -> None:
    for operator in (Operator.IS, Operator.LEAST, Operator.MOST):
        where = (Condition(Column("gross"), operator, value),)
        with pytest.raises(ValueError, match="not a number"):
            library.calculate(Calculation(Measure.COUNT, where=where), TODAY)


def test_a_number_beyond_all_amounts_is_compared_rightly(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "a.pdf", invoice(total="9223372036854.775806"))
    for operator, value, rows in (
        (Operator.LEAST, "999999999999999", 0),
        (Operator.MOST, "999999999999999", 1),
        (Operator.LEAST, "-999999999999999", 1),
        (Operator.LEAST, "9223372036854.775806", 1),
        (Operator.LEAST, "9223372036854.775807", 0),
    ):
        where = (Condition(Column("gross"), operator, value),)
        assert library.calculate(Calculation(Measure.COUNT, where=where), TODAY).rows == rows


def test_a_hostile_document_is_counted_and_does_no_harm(library: Library, desk: Path) -> None:
    long = "Miller " * 100_000
    record = Record(
        "invoice",
        (
            field("seller_name", long),
            field("issue_date", "9999-99-99"),
            field("due_date", "0001-01-01"),
            field("currency", "EUR'; DELETE FROM facts; --" * 100),
            field("total_gross", "1e999999999"),
            field("total_net", "9" * 100_000),
            field("no such field", "x"),
        ),
    )
    add_and_read(library, desk, "a.pdf", record)
    add_and_read(library, desk, "b.pdf", invoice(total="1.00"))
    figures = library.calculate(read_notation("sum gross"), TODAY)
    assert [(one.currency, one.value) for one in figures.figures] == [("EUR", 1)]
    assert Gap(Why.UNREADABLE, Column("gross"), 1, 2) in figures.gaps
    named = library.calculate(read_notation('count where seller has "nobody"'), TODAY)
    assert Gap(Why.UNREADABLE, Column("seller"), 1, 2) in named.gaps
    dated = library.calculate(read_notation("count of invoice when 2026"), TODAY)
    assert Gap(Why.UNREADABLE, Column("issue_date"), 1, 2) in dated.gaps
    check_facts(library)


@pytest.mark.parametrize(
    ("calculation", "why"),
    [
        (Calculation(Measure.SUM), "which amount"),
        (Calculation(Measure.COUNT, of=Column("gross")), "counted are documents"),
        (Calculation(Measure.SUM, of=Column("seller")), "no numbers"),
        (Calculation(Measure.LIST, by=Column("seller")), "no groups"),
        (Calculation(Measure.COUNT, limit=-1), "not negative"),
        (Calculation(Measure.COUNT, by=Column("seller"), bucket=Bucket.MONTH), "no dates"),
        (Calculation(Measure.SUM, of=Column("gross"), kinds=("other",)), "do not have"),
        (Calculation(Measure.SUM, of=Column("nothing")), "no column"),
        (
            Calculation(Measure.SUM, of=Column("gross"), by=Column("closing")),
            "has all of these columns",
        ),
        (
            Calculation(
                Measure.SUM, of=Column("amount", Part.LINES), by=Column("rate", Part.TAXES)
            ),
            "Lines and tax rates",
        ),
        (
            Calculation(Measure.COUNT, where=(Condition(Column("gross"), Operator.HAS, "1"),)),
            "cannot be compared",
        ),
        (
            Calculation(Measure.COUNT, where=(Condition(Column("gross"), Operator.MISSING),) * 21),
            "at most",
        ),
    ],
)
def test_what_cannot_be_worked_out_is_said(
    library: Library, calculation: Calculation, why: str
) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        library.calculate(calculation, TODAY)
    assert str(caught.value).endswith(".")


def test_every_column_that_is_offered_can_be_calculated_with(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "a.pdf", invoice(lines=(row("Paper", "1.00"),)))
    values = {"text": "x", "number": "1", "date": "2026"}
    for choice in columns_of():
        library.calculate(Calculation(Measure.COUNT, by=choice.column), TODAY)
        for operator in operators_of(choice.kind):
            alone = operator in (Operator.MISSING, Operator.PRESENT)
            value = "" if alone else values[form_of(choice.kind)]
            where = (Condition(choice.column, operator, value),)
            library.calculate(Calculation(Measure.COUNT, where=where), TODAY)
    assert {TYPE, NAME} <= {choice.column for choice in columns_of(["receipt"])}
    with pytest.raises(ValueError, match="no document type"):
        columns_of(["dog licence"])


def test_a_calculation_that_takes_too_long_is_stopped(library: Library, desk: Path) -> None:
    lines = tuple(row(f"Paper {number}", "1.00") for number in range(2_000))
    add_and_read(library, desk, "a.pdf", invoice(lines=lines))
    calculation = read_notation('sum line.amount where line.description has "r" by line.amount')
    assert library.calculate(calculation, TODAY).rows == 2_000
    with pytest.raises(ProblemError) as caught:
        library.calculate(calculation, TODAY, seconds=-1.0)
    assert caught.value.problem.code is Code.CALCULATION_TOO_LONG
    assert library.calculate(calculation, TODAY).rows == 2_000  # the connection is as before


def test_the_connection_of_a_calculation_cannot_write(library: Library) -> None:
    with (
        library._within(10.0) as db,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        db.execute("DELETE FROM facts")


def test_amounts_of_different_currencies_never_meet(library: Library, desk: Path) -> None:
    for number, (currency, total) in enumerate(
        [("EUR", "1.00"), ("USD", "2.00"), ("EUR", "4.00"), (None, "8.00")]
    ):
        fields = tuple(
            field("currency", currency) if one.key == "currency" else one
            for one in invoice(str(number), total).fields
        )
        add_and_read(library, desk, f"{number}.pdf", Record("invoice", fields))
    asked = read_notation("sum gross by seller highest")
    figures = library.calculate(asked, TODAY)
    assert [(one.currency, int(one.value)) for one in figures.figures] == [
        ("EUR", 5),
        ("USD", 2),
        ("", 8),
    ]
    unknown = Gap(Why.CURRENCY, Column("gross"), 1, 4)
    assert unknown in figures.gaps
    assert library.in_gap(asked, TODAY, unknown) == [4]
    assert [library.behind(asked, TODAY, one) for one in figures.figures] == [[1, 3], [2], [4]]


def test_names_that_differ_in_case_and_accents_are_one_group(library: Library, desk: Path) -> None:
    for number, seller in enumerate(["MILLER GMBH ", "Miller GmbH", "Miller  GmbH", "Müller"]):
        add_and_read(library, desk, f"{number}.pdf", invoice(str(number), seller=seller))
    by = library.calculate(read_notation("count by seller"), TODAY)
    assert [(one.group, one.rows) for one in by.figures] == [("Miller GmbH", 3), ("Müller", 1)]


def test_the_same_bill_twice_is_counted_twice_and_told(library: Library, desk: Path) -> None:
    first = add_and_read(library, desk, "a.pdf", invoice("R-1", "5.00"))
    second = add_and_read(library, desk, "photo of a.pdf", invoice("R-1", "5.00"))
    add_and_read(library, desk, "b.pdf", invoice("R-2", "5.00"))  # same day, another number
    asked = read_notation("sum gross")
    figures = library.calculate(asked, TODAY)
    twice = Gap(Why.TWICE, None, 2, 3)
    assert figures.rows == 3
    assert figures.gaps == (twice,)
    assert library.in_gap(asked, TODAY, twice) == [first, second]
    library.edit(second, "invoice_number", "R-9")
    assert library.calculate(asked, TODAY).gaps == ()


def test_credit_notes_are_taken_off_whatever_sign_they_print(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "a.pdf", invoice("R-1", "100.00"))
    for number, total in enumerate(["10.00", "-20.00"]):
        note = Record("credit_note", invoice(f"C-{number}", total).fields)
        add_and_read(library, desk, f"c{number}.pdf", note)
    for notation, value, subtracted in (
        ("sum gross", 70, ("credit_note",)),
        ("sum gross of invoice,credit_note", 70, ("credit_note",)),
        ("sum gross of invoice", 100, ()),
        ("sum gross of credit_note", -10, ()),
        ("average gross", 100, ()),
        ("largest gross of invoice,credit_note", 100, ()),
    ):
        figures = library.calculate(read_notation(notation), TODAY)
        assert [one.value for one in figures.figures] == [value]
        assert figures.subtracted == subtracted


def test_a_statement_is_not_added_to_what_it_pays(library: Library, desk: Path) -> None:
    entry = (field("date", "2026-11-05"), *row("Miller", "-100.00"))
    fields = (field("currency", "EUR"), field("period_end", "2026-10-31"))
    add_and_read(library, desk, "s.pdf", Record("bank_statement", fields, (entry,)))
    add_and_read(library, desk, "a.pdf", invoice(lines=(row("Paper", "100.00"),)))
    november = library.calculate(read_notation("sum line.amount when 2026-11"), TODAY)
    assert [one.value for one in november.figures] == [100]
    asked = read_notation("sum line.amount of bank_statement when 2026-11")
    assert [one.value for one in library.calculate(asked, TODAY).figures] == [-100]


def test_a_group_or_gap_that_is_not_there_has_nothing_behind_it(
    library: Library, desk: Path
) -> None:
    add_and_read(library, desk, "a.pdf", invoice())
    for notation, group in (
        ("count by seller", "Nobody'; --"),
        ("count by month", "1999-01-01"),
        ("count by @type", "no type"),
        ("count of invoice by gross", "7"),
    ):
        calculation = read_notation(notation)
        assert library.behind(calculation, TODAY, Figure(group, "", Decimal(1), 1)) == []
    count = read_notation("count")
    assert library.in_gap(count, TODAY, Gap(Why.MISSING, Column("no column"), 1, 1)) == []
    assert library.in_gap(count, TODAY, Gap(Why.UNREAD, None, 1, 1)) == []


@pytest.mark.parametrize(
    "notation",
    [
        "sum gross by seller",
        'sum gross where seller has "miller" when 2026',
        "count of invoice where due_date in ..yesterday",
        'sum line.amount where seller has "miller" & line.description has "paper"',
        "list gross of invoice where due_date missing highest",
    ],
)
def test_every_table_is_read_by_its_key(library: Library, desk: Path, notation: str) -> None:
    """No plan is left to chance: the first column's stretch is read, the others looked up."""
    add_and_read(library, desk, "a.pdf", invoice(lines=(row("Paper", "1.00"),)))
    plan = plan_of(read_notation(notation), TODAY)
    by = plan.calculation.by
    with library._store.reading() as db:
        known = Known.of(db)
        counted = rows_counted(plan, known, *([by] if by else []))
        doubted = rows_in_doubt(plan, known, plan.tests[0].column if plan.tests else NAME, OWN)
        for source in (counted, doubted):
            steps = [
                step
                for *_, step in db.execute(
                    "EXPLAIN QUERY PLAN " + source.sql("count(*)"), source.parameters
                )
            ]
            assert len(steps) == len(source.aliases)
            assert all(step.startswith("SEARCH f") for step in steps)
            assert "name=?" in steps[0]
            assert all("USING PRIMARY KEY (name=? AND record=?" in step for step in steps[1:])
        assert "facts_in_doubt" in steps[0]


def test_lists_come_in_the_order_that_was_asked_for(library: Library, desk: Path) -> None:
    days = ["2026-03-01", "2026-01-01", "2026-02-01"]
    for number, (day, total) in enumerate(zip(days, ["5.00", "50.00", "7.00"], strict=True)):
        add_and_read(library, desk, f"{number}.pdf", invoice(str(number), total, date=day))
    for calculation, ids in (
        (Calculation(Measure.LIST), (2, 3, 1)),
        (Calculation(Measure.LIST, order=Order.HIGHEST), (1, 3, 2)),
        (Calculation(Measure.LIST, of=Column("gross"), order=Order.HIGHEST), (2, 3, 1)),
        (Calculation(Measure.LIST, of=Column("gross"), order=Order.LOWEST, limit=2), (1, 3)),
        (Calculation(Measure.LIST, of=Column("issue_date"), order=Order.LOWEST), (2, 3, 1)),
        (Calculation(Measure.LIST, of=Column("number"), order=Order.HIGHEST, limit=1), (3,)),
    ):
        figures = library.calculate(calculation, TODAY)
        assert figures.listed == ids
        assert figures.rows == 3
