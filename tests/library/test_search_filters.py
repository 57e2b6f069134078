"""Filters: a search is narrowed to the documents, and the pages, of the records that are meant."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from app.library import Among, Filters, Library, Query
from app.library.passages import Column
from tests.library.papers import invoice, paper, read_next
from tests.library.test_search import add, documents, found, text_page


def test_filters_narrow_what_is_found(library: Library, desk: Path) -> None:
    one = add(library, desk, "1.pdf", "p", seller="Müller GmbH", total="100.00", date="2026-03-31")
    two = add(library, desk, "2.pdf", "p", seller="Acme Ltd", total="250.00", date="2026-04-01")
    plain = "pdf"
    assert documents(library, plain, supplier="MULLER") == [one]
    assert documents(library, plain, since=dt.date(2026, 4, 1)) == [two]
    assert documents(library, plain, until=dt.date(2026, 3, 31)) == [one]
    assert documents(library, plain, least=Decimal("100.01")) == [two]
    assert documents(library, plain, least=Decimal(100), most=Decimal("100.00")) == [one]
    assert set(documents(library, plain, document_type="invoice")) == {one, two}
    assert documents(library, plain, document_type="receipt") == []
    assert documents(library, plain, supplier="acme", most=Decimal(100)) == []
    library.edit(library.records_of(one)[0], "seller_name", "Acme Berlin")
    assert set(documents(library, plain, supplier="acme")) == {one, two}


def test_the_trash_is_left_out_unless_asked_for(library: Library, desk: Path) -> None:
    kept = add(library, desk, "1.pdf", "zebra")
    gone = add(library, desk, "2.pdf", "zebra")
    library.trash([gone])
    assert documents(library, "zebra") == [kept]
    assert found(library, "zebra").total == 1
    assert documents(library, "zebra", among=Among.TRASH) == [gone]
    library.undo()
    assert set(documents(library, "zebra")) == {kept, gone}


def test_what_needs_a_look_and_what_is_done_are_told_apart(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "1.pdf"))
    library.add_file(paper(desk, "2.pdf"))
    read_next(library, invoice(doubt=True), pages=(text_page("zebra"),))
    read_next(library, invoice(), pages=(text_page("zebra"),))
    assert documents(library, "zebra", among=Among.LOOK) == [1]
    assert documents(library, "zebra", among=Among.DONE) == [2]


@pytest.mark.parametrize(
    ("supplier", "numbers"),
    [
        ("Supplier 47", {4711, 47}),
        ("supplier 4711", {4711}),
        ("47 supplier", {4711, 47}),
        ("Supplier 0047", {4711, 47}),
        ("supplier", {4711, 47, 9}),
        ("upplie", {4711, 47, 9}),
        ("supplier 5", set()),
        ("", {4711, 47, 9}),
    ],
)
def test_a_supplier_is_found_by_pieces_of_words_and_numbers(
    library: Library, desk: Path, supplier: str, numbers: set[int]
) -> None:
    for number in (4711, 47, 9):
        add(library, desk, f"{number}.pdf", "zebra", seller=f"Supplier {number}")
    hits = found(library, "zebra", filters=Filters(supplier=supplier)).hits
    assert {hit.document_name for hit in hits} == {f"{number}.pdf" for number in numbers}


def two_receipts(library: Library, desk: Path, name: str = "scan march.pdf") -> tuple[int, ...]:
    """A file of six pages: Acme's bill is on the second and third, Müller's from the fourth on."""
    library.add_file(paper(desk, name))
    pages = tuple(text_page(f"zebra page{number}", number) for number in range(1, 7))
    records = (
        invoice("A-1", "10.00", seller="Acme Ltd", pages=(2, 3)),
        invoice("M-1", "20.00", seller="Müller GmbH", pages=(4, 5)),
    )
    first = read_next(library, *records, pages=pages)
    return tuple(library.records_of(library.record(first).document_id))


def test_a_page_is_found_by_the_filters_of_its_own_record(library: Library, desk: Path) -> None:
    acme, muller = two_receipts(library, desk)

    def pages(**filters: object) -> dict[int | None, int | None]:
        query = Query("zebra", Filters(**filters))  # type: ignore[arg-type]
        result = library.search(query)
        assert result.total == len(result.hits)
        return {hit.page: hit.record_id for hit in result.hits}

    assert pages(supplier="acme") == {1: acme, 2: acme, 3: acme}
    assert pages(least=Decimal(20)) == {4: muller, 5: muller, 6: muller}
    assert pages(supplier="acme", least=Decimal(20)) == {}
    assert len(pages(document_type="invoice")) == 6
    assert len(pages()) == 6
    library.edit(muller, "seller_name", "Acme Berlin")
    assert len(pages(supplier="acme")) == 6


def test_of_very_many_hits_too_a_page_is_found_by_its_own_record(
    library: Library, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.library.search._RANKED", 1)
    _, muller = two_receipts(library, desk)
    library.edit(muller, "buyer_name", "Zebra AG")
    pages = [hit.page for hit in found(library, "zebra", filters=Filters(supplier="acme")).hits]
    assert pages == [3, 2, 1]
    pages = [hit.page for hit in found(library, "zebra", filters=Filters(supplier="müller")).hits]
    assert pages == [4, 6, 5]


def test_a_file_is_found_by_its_name_for_each_of_its_records(library: Library, desk: Path) -> None:
    acme, muller = two_receipts(library, desk)
    for supplier, record in (("acme", acme), ("müller", muller)):
        [hit] = found(library, "march", filters=Filters(supplier=supplier)).hits
        assert (hit.page, hit.column, hit.record_id) == (None, Column.NAME, record)
    assert found(library, "march", filters=Filters(supplier="nobody")).total == 0
    assert found(library, "march page1", filters=Filters(supplier="müller")).total == 0


def test_of_two_records_on_one_page_the_one_with_the_value_is_told(
    library: Library, desk: Path
) -> None:
    library.add_file(paper(desk, "receipts.pdf"))
    records = (invoice("A-1", seller="Acme Ltd"), invoice("M-1", seller="Müller GmbH"))
    first = read_next(library, *records, pages=(text_page("zebra", 1),))
    second = library.records_of(1)[1]
    assert [hit.record_id for hit in found(library, "acme").hits] == [first]
    assert [hit.record_id for hit in found(library, "muller").hits] == [second]
    assert [hit.record_id for hit in found(library, "zebra").hits] == [first]
    [hit] = found(library, "zebra", filters=Filters(supplier="müller")).hits
    assert hit.record_id == second


def test_a_document_without_records_has_none_to_tell(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "zebra.pdf"))
    [hit] = found(library, "zebra").hits
    assert (hit.page, hit.record_id) == (None, None)
    read_next(library, pages=(text_page("zebra giraffe", 1),))
    [hit] = found(library, "giraffe").hits
    assert (hit.page, hit.record_id) == (1, None)
