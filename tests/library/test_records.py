"""Tables: filtered, sorted by what values mean, and loaded as they are shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document import Field, Flag, Status
from app.document_types import Kind
from app.library import Library, Only, Sort
from app.library.text import fold, letters, sort_key
from tests.library.papers import add_and_read, invoice, row


def test_amounts_sort_as_numbers_and_missing_ones_come_last(library: Library, desk: Path) -> None:
    totals = ("100.00", "-5.00", "9.50", "1000.00")
    ids = [
        add_and_read(library, desk, f"{total}.pdf", invoice(str(i), total))
        for i, total in enumerate(totals)
    ]
    without = add_and_read(library, desk, "none.pdf", invoice("x"))
    library.edit(without, "total_gross", None)
    ascending = [ids[1], ids[2], ids[0], ids[3]]
    assert library.table("invoice", sort="total_gross") == [*ascending, without]
    descending = library.table("invoice", sort="total_gross", descending=True)
    assert descending == [*reversed(ascending), without]


def test_dates_and_names_sort_as_people_expect(library: Library, desk: Path) -> None:
    papers = (("Zeta", "2026-01-02"), ("ärger", "2025-12-31"), ("Beta", "2026-01-01"))
    for i, (seller, date) in enumerate(papers):
        add_and_read(library, desk, f"{seller}.pdf", invoice(str(i), seller=seller, date=date))
    assert library.table("invoice", sort="seller_name") == [2, 3, 1]
    assert library.table("invoice", sort="issue_date") == [2, 3, 1]
    assert library.table("invoice", sort=Sort.NAME) == [2, 3, 1]
    assert library.table("invoice") == [1, 2, 3]
    assert library.table("invoice", descending=True) == [3, 2, 1]


def test_numbers_inside_texts_count_as_numbers(library: Library, desk: Path) -> None:
    for number in ("R-10", "R-9", "R-100"):
        add_and_read(library, desk, f"{number}.pdf", invoice(number))
    assert library.table("invoice", sort="invoice_number") == [2, 1, 3]


def test_the_filter_looks_at_values_raw_texts_lines_and_names(library: Library, desk: Path) -> None:
    first = add_and_read(
        library, desk, "März.pdf", invoice("A-1", "1234.50", lines=(row("Écran", "1"),))
    )
    second = add_and_read(library, desk, "april.pdf", invoice("B-2", seller="Łódź & Co"))
    library.edit(second, "total_gross", "99.90", "99,90 €")

    def found(search: str) -> list[int]:
        return library.table("invoice", search=search)

    assert found("marz") == [first]
    assert found("ecran") == [first]
    assert found("1234.5 a-1") == [first]
    assert found("99,90") == [second]
    assert found("119") == []  # the user's value replaced it
    assert found("") == [first, second]
    assert found("100%") == []
    assert found("pdf") == [first, second]


def test_tables_are_narrowed_to_what_needs_work(library: Library, desk: Path) -> None:
    fine = add_and_read(library, desk, "1.pdf", invoice("1"))
    doubtful = add_and_read(library, desk, "2.pdf", invoice("2", doubt=True))
    flagged = add_and_read(library, desk, "3.pdf", invoice("3"))
    library.save_flags(flagged, [Flag("sum", "net + tax is not the total", ("total_gross",))])
    assert library.table("invoice", only=Only.DOUBTFUL) == [doubtful]
    assert library.table("invoice", only="flagged") == [flagged]
    assert library.table("invoice", only="look") == [doubtful, flagged]
    assert library.table("invoice", sort=Sort.LOOK) == [doubtful, flagged, fine]
    assert library.record(flagged).record.flags[0].code == "sum"
    library.save_flags(flagged, [])
    assert library.table("invoice", only="flagged") == []


def test_a_required_value_that_is_missing_asks_for_a_look(library: Library, desk: Path) -> None:
    record = invoice()
    fields = (Field("invoice_number", None, Status.MISSING), *record.fields[1:-1])
    record_id = add_and_read(library, desk, "1.pdf", type(record)("invoice", fields))
    shown = library.rows([record_id])[0]
    assert (shown.missing, shown.needs_look) == (2, True)  # the number, and the absent total
    library.confirm(record_id, "invoice_number")
    library.edit(record_id, "total_gross", "5")
    shown = library.rows([record_id])[0]
    assert (shown.missing, shown.needs_look) == (0, False)
    assert library.record(record_id).record.field("total_gross") is not None


def test_rows_come_in_the_order_asked_for(library: Library, desk: Path) -> None:
    for number in "123":
        add_and_read(library, desk, f"{number}.pdf", invoice(number))
    assert [r.record_id for r in library.rows([3, 77, 1])] == [3, 1]
    shown = library.rows([2])[0]
    number = shown.field("invoice_number")
    assert number is not None
    assert number.value == "2"
    assert (shown.document_name, shown.document_type) == ("2.pdf", "invoice")
    with pytest.raises(KeyError):
        library.record(77)


def test_a_document_can_hold_several_records(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "two.pdf", invoice("1"), invoice("2", pages=(2, 2)))
    assert library.records_of(1) == [1, 2]
    assert library.document(1).records == (1, 2)
    assert library.rows([2])[0].first_page == 2


def test_the_same_bill_is_found_whatever_its_spelling(library: Library, desk: Path) -> None:
    first = add_and_read(
        library, desk, "1.pdf", invoice("R-2026/7", "119.00", seller="MÜLLER Gmbh")
    )
    assert [t.record_id for t in library.same_bill("Müller GmbH.", "R2026-7", "119")] == [first]
    assert library.same_bill("Müller GmbH", "R-2026/7", "119.01") == ()
    assert library.same_bill("Müller GmbH", "", "119.00") == ()
    assert [t.document_name for t in library.same_bill("muller gmbh", "2026-11-03", "119.0")] == [
        "1.pdf"
    ]
    assert library.same_bill("Müller GmbH", "R-2026/7", "119.00", apart_from=1) == ()
    library.edit(first, "invoice_number", "R-8")
    assert library.same_bill("Müller GmbH", "R-2026/7", "119.00") == ()
    assert len(library.same_bill("Müller GmbH", "R-8", "119.00")) == 1
    library.trash([1])
    assert library.same_bill("Müller GmbH", "R-8", "119.00") == ()


def test_papers_that_look_alike_are_found(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "1.pdf", invoice("1"))
    assert [t.distance for t in library.same_look("00ff00ff00ff00ff")] == [0]
    assert [t.distance for t in library.same_look("00ff00ff00ff00f0")] == [4]
    assert library.same_look("ff00ff00ff00ff00") == ()
    assert library.same_look("00ff00ff00ff00ff", apart_from=1) == ()
    assert library.same_look("") == ()
    add_and_read(library, desk, "2.pdf", invoice("2"))
    assert [t.document_id for t in library.same_look("00ff00ff00ff00ff")] == [1, 2]
    assert library.looks(2) == ("00ff00ff00ff00ff",)


@given(st.text(), st.text())
def test_folding_is_stable_and_ignores_case(one: str, other: str) -> None:
    assert fold(fold(one)) == fold(one)
    assert fold(one.upper().lower()) == fold(one.upper().lower().upper().lower())
    assert letters(one + " - " + other) == letters(one + other)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9)))
def test_amounts_have_numbers_as_sort_keys(amount: object) -> None:
    assert isinstance(sort_key(str(amount), Kind.AMOUNT), float)
    assert sort_key("see letter", Kind.AMOUNT) is None
    assert sort_key("2026-02-30", Kind.DATE) is None
