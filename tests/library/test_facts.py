"""Facts say the same as the records, also in libraries from before there were any."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document import Document, Record, Status
from app.library import Library, Part
from app.library.backlog import count_some
from app.library.calculation import Column, Gap, Why
from app.library.facts import amount_of, millionths
from app.library.notation import read_notation
from tests.library.facts_truth import check_facts
from tests.library.papers import add_and_read, field, invoice, paper, row

FIXTURES = Path(__file__).resolve().parent / "fixtures"
TODAY = dt.date(2026, 11, 20)
SUM = read_notation("sum gross")
COUNT = read_notation("count")


def total(library: Library) -> Decimal | None:
    figures = library.calculate(SUM, TODAY).figures
    return figures[0].value if figures else None


def wait_for(library: Library) -> None:
    late = time.monotonic() + 60
    while any(gap.why is Why.UNREAD for gap in library.calculate(COUNT, TODAY).gaps):
        assert time.monotonic() < late
        time.sleep(0.01)


def test_an_edit_an_undo_and_the_trash_change_the_figures_at_once(
    library: Library, desk: Path
) -> None:
    record = add_and_read(library, desk, "a.pdf", invoice(total="100.10"))
    add_and_read(library, desk, "b.pdf", invoice("R-2", "0.20"))
    assert total(library) == Decimal("100.3")
    library.edit(record, "total_gross", "50.05")
    assert total(library) == Decimal("50.25")
    library.undo()
    assert total(library) == Decimal("100.3")
    library.trash([1])
    assert total(library) == Decimal("0.2")
    library.restore([1])
    assert total(library) == Decimal("100.3")
    library.trash([1])
    library.empty_trash()
    assert total(library) == Decimal("0.2")
    check_facts(library)


def test_lines_that_are_added_edited_and_taken_out_count_as_they_are_shown(
    library: Library, desk: Path
) -> None:
    lines = (row("Paper", "10.00"), row("Ink", "20.00"))
    record = add_and_read(library, desk, "a.pdf", invoice(lines=lines))
    of_lines = read_notation("sum line.amount")
    library.remove_line(record, library.record(record).line_ids[0])
    added = library.add_line(record)
    library.edit(record, "amount", "0.30", part=Part.LINES, line=added)
    assert library.calculate(of_lines, TODAY).figures[0].value == Decimal("20.3")
    check_facts(library)


def test_a_value_that_a_person_confirmed_to_be_absent_is_no_gap(
    library: Library, desk: Path
) -> None:
    overdue = read_notation("count of invoice where due_date in ..yesterday")
    record = add_and_read(library, desk, "a.pdf", invoice())
    missing = Gap(Why.MISSING, Column("due_date"), 1, 1)
    assert library.calculate(overdue, TODAY).gaps == (missing,)
    assert library.in_gap(overdue, TODAY, missing) == [record]
    library.confirm(record, "due_date")
    assert library.calculate(overdue, TODAY).gaps == ()
    without = read_notation("list of invoice where due_date missing")
    assert library.calculate(without, TODAY).listed == (record,)


def test_another_type_of_document_brings_other_facts(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "a.pdf", invoice(total="100.00"))
    fields = (field("merchant_name", "Miller"), field("date", "2026-11-01"))
    amounts = (field("currency", "EUR"), field("total", "7.00"))
    library.requeue([1])
    job = library.claim_job()
    assert job is not None
    document = Document(job.name, job.sha256, "application/pdf", ())
    library.finish(job.id, document, [Record("receipt", fields + amounts)])
    assert total(library) == Decimal("7")
    assert library.calculate(read_notation("count of invoice"), TODAY).rows == 0
    check_facts(library)


def test_a_record_of_a_type_that_is_not_known_is_counted_and_nothing_else(
    library: Library, desk: Path
) -> None:
    add_and_read(library, desk, "a.pdf", Record("dog licence", (field("dog", "Rex"),)))
    assert library.calculate(COUNT, TODAY).rows == 1
    by_type = library.calculate(read_notation("count by @type"), TODAY)
    assert [figure.group for figure in by_type.figures] == ["dog licence"]
    assert total(library) is None
    check_facts(library)


@pytest.mark.parametrize("version", ["m001_first", "m002_refinements", "m003_search"])
def test_a_library_from_before_the_facts_is_counted(version: str, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    folder.mkdir()
    with sqlite3.connect(folder / "library.sqlite") as db:
        db.executescript((FIXTURES / f"{version}.sql").read_text(encoding="utf-8"))
    db.close()
    with Library.open(folder) as library:
        late = time.monotonic() + 60
        while library.uncounted:
            assert time.monotonic() < late
            time.sleep(0.01)
        assert total(library) == Decimal("119")
        numbers = read_notation('list where number is "MINE"')
        assert library.calculate(numbers, TODAY).listed == (1,)
        check_facts(library)


def test_what_is_not_taken_in_yet_is_told_and_never_left_out_in_silence(
    library: Library, desk: Path
) -> None:
    for number in range(5):
        add_and_read(library, desk, f"{number}.pdf", invoice(str(number), "1.00"))
    with library._store.writing() as db:
        db.execute("DELETE FROM facts")
        db.execute("INSERT INTO uncounted (record_id) SELECT id FROM records")
    assert count_some(library._store, most=2)
    figures = library.calculate(SUM, TODAY)
    assert figures.rows == 2
    assert figures.gaps == (Gap(Why.UNREAD, None, 3, 5),)
    assert library.unread() == [3, 4, 5]
    library.edit(5, "total_gross", "2.00")  # what changes meanwhile is taken in at once
    assert library.calculate(SUM, TODAY).figures[0].value == Decimal("4")
    library.close()
    with Library.open(library.folder) as again:
        wait_for(again)
        assert total(again) == Decimal("6")
        check_facts(again)


def test_facts_are_made_anew_when_document_types_have_other_columns(
    library: Library, desk: Path
) -> None:
    add_and_read(library, desk, "a.pdf", invoice(total="100.00"))
    with library._store.writing() as db:
        db.execute("UPDATE facts SET number = 1")
        db.execute("UPDATE settings SET value = '\"of before\"' WHERE name = 'facts.defined'")
    library.close()
    with Library.open(library.folder) as again:
        wait_for(again)
        assert total(again) == Decimal("100")
        check_facts(again)


def test_a_reader_calculates_beside_a_writer(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "a.pdf", invoice(total="100.00"))
    with Library.open(library.folder, read_only=True) as reader:
        assert total(reader) == Decimal("100")
        library.edit(record, "total_gross", "1.00")
        assert total(reader) == Decimal("1")


def test_doubt_is_told_and_goes_when_the_value_is_confirmed(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "a.pdf", invoice(doubt=True))
    doubtful = Gap(Why.DOUBTFUL, Column("gross"), 1, 1)
    assert library.calculate(SUM, TODAY).gaps == (doubtful,)
    library.confirm(record, "total_gross")
    assert library.calculate(SUM, TODAY).gaps == ()
    assert library.record(record).record.fields[-1].status is Status.CONFIRMED


def test_documents_that_wait_or_failed_are_unread(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "a.pdf", invoice())
    library.add_file(paper(desk, "b.pdf"))
    assert library.unread() == [2]
    assert library.calculate(SUM, TODAY).gaps == (Gap(Why.UNREAD, None, 1, 2),)


@given(st.decimals(-(10**12), 10**12, places=6))
def test_money_is_kept_to_the_last_millionth(amount: Decimal) -> None:
    kept = millionths(format(amount, "f"))
    assert kept is not None
    assert amount_of(kept) == amount


@pytest.mark.parametrize(
    "value",
    [
        "1e999999999",
        "-1e999999999",
        "NaN",
        "Infinity",
        "0.0000001",
        "99999999999999",
        "1" * 5_000,
        "0." + "0" * 5_000 + "1",
        "",
        "12,5",
        "--1",
        "１２x",
    ],
)
def test_what_is_no_amount_of_money_is_none(value: str) -> None:
    assert millionths(value) is None


def test_sums_of_many_large_amounts_neither_overflow_nor_lose_a_cent(
    library: Library, desk: Path
) -> None:
    amounts = ["9223372036854.775806", "9223372036854.775805", "-0.000001", "0.01"] * 3
    lines = tuple(row(f"{place}", amount) for place, amount in enumerate(amounts))
    add_and_read(library, desk, "a.pdf", invoice(lines=lines))
    figures = library.calculate(read_notation("sum line.amount"), TODAY).figures
    assert [figure.value for figure in figures] == [sum(map(Decimal, amounts))]
