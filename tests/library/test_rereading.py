"""A new reading replaces what the program read, and nothing that the user did."""

from __future__ import annotations

from pathlib import Path

from app.document import Record, Status, cell
from app.library import ChangeKind, Library, Part, State
from tests.library.papers import add_and_read, field, invoice, read_next, row

LINES = (row("Paper", "10.00"), row("Ink", "20.00"), row("Tape", "5.00"))


def read_again(library: Library, *records: Record) -> None:
    library.requeue([1])
    read_next(library, *records)


def descriptions(library: Library, record: int) -> list[str | None]:
    cells = [cell(line, "description") for line in library.record(record).record.lines]
    return [c.value if c else None for c in cells]


def test_values_of_the_user_survive_and_the_claims_stand_beside(
    library: Library, desk: Path
) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice("OLD", "1.00"))
    library.edit(record, "invoice_number", "MINE")
    library.confirm(record, "total_gross")
    read_again(library, invoice("NEW", "2.00"))
    stored = library.record(record).record
    number, total = stored.field("invoice_number"), stored.field("total_gross")
    assert number is not None
    assert total is not None
    assert (number.value, number.status) == ("MINE", Status.CONFIRMED)
    assert [a.value for a in number.alternatives] == ["NEW"]
    assert (total.value, total.status) == ("1.00", Status.CONFIRMED)
    assert [a.value for a in total.alternatives] == ["2.00"]
    assert library.table("invoice", search="mine") == [record]
    assert library.history(record)[0].kind is ChangeKind.READ


def test_undo_after_a_new_reading_shows_the_new_reading(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice("OLD"))
    library.edit(record, "invoice_number", "MINE")
    read_again(library, invoice("NEW"))
    library.undo()
    number = library.record(record).record.field("invoice_number")
    assert number is not None
    assert (number.value, number.status) == ("NEW", Status.FOUND)
    library.redo()
    number = library.record(record).record.field("invoice_number")
    assert number is not None
    assert number.value == "MINE"


def test_rows_that_the_user_worked_in_survive(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice(lines=LINES))
    paper, ink, tape = library.record(record).line_ids
    library.remove_line(record, paper)
    library.edit(record, "amount", "21.00", part=Part.LINES, line=ink)
    added = library.add_line(record, 1)
    library.edit(record, "description", "Glue", part=Part.LINES, line=added)
    assert descriptions(library, record) == ["Ink", "Glue", "Tape"]
    # A row more in front, one with another value, one no longer read.
    read_again(
        library,
        invoice(lines=(row("Header", "0.00"), LINES[0], row("Ink", "22.00"), row("Pin", "1"))),
    )
    assert descriptions(library, record) == ["Header", "Ink", "Glue", "Pin"]
    stored = library.record(record)
    amount = cell(stored.record.lines[1], "amount")
    assert amount is not None
    assert (amount.value, amount.status) == ("21.00", Status.CONFIRMED)
    assert [a.value for a in amount.alternatives] == ["22.00"]
    assert tape not in stored.line_ids


def test_an_edited_row_that_is_no_longer_read_stays(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice(lines=LINES))
    ink = library.record(record).line_ids[1]
    library.edit(record, "description", "Blue ink", part=Part.LINES, line=ink)
    read_again(library, invoice(lines=(LINES[0], LINES[2])))
    assert descriptions(library, record) == ["Paper", "Blue ink", "Tape"]


def test_another_type_keeps_values_of_the_same_role(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice("R-1", "119.00"))
    library.edit(record, "seller_name", "Kiosk")
    library.edit(record, "buyer_name", "Me")
    change = library.change_type(record, "receipt")
    assert (change.before, change.after) == ("invoice", "receipt")
    assert library.document(1).state is State.WAITING
    job = library.claim_job()
    assert job is not None
    assert (job.from_pages, job.document_type) == (True, "receipt")
    library.release(job.id)
    receipt = Record("receipt", (field("merchant_name", "Kjosk"), field("total", "119.00")))
    assert read_next(library, receipt) == record
    merchant = library.record(record).record.field("merchant_name")
    assert merchant is not None
    assert (merchant.value, merchant.status) == ("Kiosk", Status.CONFIRMED)
    assert library.record(record).record.field("buyer_name") is None
    assert library.table("invoice") == []
    assert library.table("receipt") == [record]
    library.undo()
    assert read_next(library, invoice("R-1", "119.00")) == record
    stored = library.record(record).record
    assert [stored.field(k) and stored.field(k).value for k in ("seller_name", "buyer_name")] == [  # type: ignore[union-attr]
        "Kiosk",
        "Me",
    ]


def test_a_review_is_asked_for_again_only_if_something_changed(
    library: Library, desk: Path
) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice(doubt=True))
    library.set_reviewed(record, True)
    read_again(library, invoice(doubt=True))
    assert library.record(record).reviewed
    read_again(library, invoice(total="3.00", doubt=True))
    assert not library.record(record).reviewed
    assert library.document(1).state is State.ATTENTION


def test_records_keep_their_ids_when_a_file_is_split_anew(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "1.pdf", invoice("1", pages=(1, 3)))
    library.edit(1, "invoice_number", "MINE")
    read_again(library, invoice("1", pages=(1, 1)), invoice("2", pages=(2, 3)))
    assert library.records_of(1)[0] == 1 or 1 in library.records_of(1)
    assert len(library.records_of(1)) == 2
    read_again(library, invoice("1", pages=(1, 3)))
    assert 1 in library.records_of(1)


def test_a_record_that_is_no_longer_read_goes_unless_edited(library: Library, desk: Path) -> None:
    add_and_read(
        library,
        desk,
        "1.pdf",
        invoice("1", pages=(1, 1)),
        invoice("2", pages=(2, 2)),
        invoice("3", pages=(3, 3)),
    )
    library.edit(2, "invoice_number", "MINE")
    read_again(library, invoice("1", pages=(1, 1)))
    assert library.records_of(1) == [1, 2]


def test_edits_made_while_a_document_is_read_again_survive(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice("OLD"))
    library.requeue([1])
    library.edit(record, "invoice_number", "MINE")
    assert library.document(1).state is State.WAITING
    read_next(library, invoice("NEW"))
    number = library.record(record).record.field("invoice_number")
    assert number is not None
    assert number.value == "MINE"
