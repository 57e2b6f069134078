"""Edits: the user's word stands, every change can be taken back, across restarts too."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document import Field, Reader, Status, cell
from app.library import ChangeKind, Library, Part, State, StoredRecord
from tests.library.papers import PLACE, add_and_read, invoice, row

LINES = (row("Paper", "10.00"), row("Ink", "20.00"), row("Tape", "5.00"))


def value_of(library: Library, record_id: int, key: str) -> Field:
    found = library.record(record_id).record.field(key)
    assert found is not None
    return found


def descriptions(stored: StoredRecord) -> list[str | None]:
    cells = [cell(line, "description") for line in stored.record.lines]
    return [c.value if c else None for c in cells]


def test_an_edit_is_confirmed_and_keeps_what_was_read(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice(total="119.00"))
    change = library.edit(record, "total_gross", "191.00", "191,00")
    assert (change.before, change.after, change.who) == ("119.00", "191.00", "user")
    total = value_of(library, record, "total_gross")
    assert (total.value, total.raw, total.status) == ("191.00", "191,00", Status.CONFIRMED)
    assert total.reader is Reader.USER
    assert total.page is None
    assert [(a.value, a.box) for a in total.alternatives] == [("119.00", PLACE)]
    assert library.rows([record])[0].field("total_gross") == total


def test_an_edit_to_a_value_that_was_read_keeps_its_place(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice(total="119.00"))
    library.edit(record, "total_gross", "7")
    library.edit(record, "total_gross", "119.00")
    assert value_of(library, record, "total_gross").box == PLACE
    library.edit(record, "total_gross", "8", page=2, box=PLACE)
    assert value_of(library, record, "total_gross").page == 2


def test_confirming_settles_a_doubt(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice(doubt=True))
    assert library.document(1).state is State.ATTENTION
    library.confirm(record, "total_gross")
    total = value_of(library, record, "total_gross")
    assert (total.status, total.value, total.box) == (Status.CONFIRMED, "119.00", PLACE)
    assert library.document(1).state is State.READY
    library.undo()
    assert library.document(1).state is State.ATTENTION


def test_reviewing_settles_a_record(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice(doubt=True))
    library.set_reviewed(record, True)
    assert library.document(1).state is State.READY
    assert library.record(record).reviewed
    assert not library.rows([record])[0].needs_look
    library.undo()
    assert library.record(record).needs_look


def test_rows_are_added_edited_and_taken_out(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice(lines=LINES))
    ids = library.record(record).line_ids
    middle = library.add_line(record, 1)
    library.edit(record, "description", "Glue", part=Part.LINES, line=middle)
    library.add_line(record)
    library.add_line(record, 0)
    library.remove_line(record, ids[1])
    assert descriptions(library.record(record)) == [None, "Paper", "Glue", "Tape", None]
    assert library.rows([record])[0].lines == 5
    library.remove_line(record, middle)
    assert descriptions(library.record(record)) == [None, "Paper", "Tape", None]
    assert library.table("invoice", search="glue") == []
    library.undo()
    assert descriptions(library.record(record)) == [None, "Paper", "Glue", "Tape", None]
    with pytest.raises(KeyError):
        library.remove_line(record, ids[1])
    with pytest.raises(KeyError):
        library.edit(record, "amount", "1", part=Part.LINES, line=ids[1])


def test_rows_added_at_the_end_stay_in_order(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice(lines=LINES))
    last = library.record(record).line_ids[-1]
    added = [library.add_line(record) for _ in range(3)]
    assert library.record(record).line_ids[-3:] == tuple(added)
    library.remove_line(record, last)
    more = library.add_line(record)
    assert library.record(record).line_ids[-1] == more


def test_keys_and_rows_that_do_not_exist_are_refused(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice(lines=LINES))
    for call in (
        lambda: library.edit(record, "no_such_key", "1"),
        lambda: library.edit(99, "total_gross", "1"),
        lambda: library.edit(record, "amount", "1", part=Part.LINES, line=77),
        lambda: library.set_reviewed(99, True),
        lambda: library.change_type(99, "receipt"),
    ):
        with pytest.raises(KeyError):
            call()
    assert library.undoable() is None


def test_history_tells_every_change_of_a_record(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice())
    other = add_and_read(library, desk, "2.pdf", invoice("2"))
    library.edit(record, "invoice_number", "A")
    library.edit(other, "invoice_number", "B")
    library.set_reviewed(record, True)
    library.trash([1])
    library.undo()
    history = library.history(record)
    assert [(c.kind, c.undone) for c in history] == [
        (ChangeKind.TRASH, True),
        (ChangeKind.REVIEWED, False),
        (ChangeKind.VALUE, False),
    ]
    assert history[0].document_ids == (1,)
    assert (history[2].before, history[2].after) == ("R-1", "A")


def test_undo_and_redo_outlive_the_program(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice())
    library.edit(record, "invoice_number", "A")
    library.edit(record, "invoice_number", "B")
    library.undo()
    library.close()
    with Library.open(library.folder) as again:
        assert value_of(again, record, "invoice_number").value == "A"
        undoable, redoable = again.undoable(), again.redoable()
        assert undoable is not None
        assert redoable is not None
        assert (undoable.after, redoable.after) == ("A", "B")
        again.undo()
        assert value_of(again, record, "invoice_number").status is Status.FOUND
        assert again.undo() is None
        again.redo()
        again.redo()
        assert again.redo() is None
        assert value_of(again, record, "invoice_number").value == "B"


def test_a_new_change_ends_redo(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice())
    library.edit(record, "invoice_number", "A")
    library.undo()
    library.edit(record, "invoice_number", "B")
    assert library.redo() is None
    library.undo()
    assert value_of(library, record, "invoice_number").value == "R-1"
    assert library.undo() is None


_KEYS = st.sampled_from(("invoice_number", "total_gross", "buyer_name", "due_date"))
_STEPS = st.one_of(
    st.tuples(st.just("edit"), _KEYS, st.none() | st.sampled_from(("1", "2026-01-01", "Ä"))),
    st.tuples(st.just("confirm"), _KEYS),
    st.tuples(st.just("review"), st.booleans()),
    st.tuples(st.just("add"), st.integers(0, 5)),
    st.tuples(st.just("remove"), st.integers(0, 5)),
    st.tuples(st.just("cell"), st.integers(0, 5), st.sampled_from(("x", "y"))),
    st.tuples(st.just("trash")),
    st.tuples(st.just("restore")),
)


def take_step(library: Library, record: int, step: tuple[object, ...]) -> None:
    match step:
        case ("edit", str(key), str() | None as value):
            library.edit(record, key, value)
        case ("confirm", str(key)):
            library.confirm(record, key)
        case ("review", bool(reviewed)):
            library.set_reviewed(record, reviewed)
        case ("add", int(position)):
            library.add_line(record, position)
        case ("remove", int(index)):
            if ids := library.record(record).line_ids:
                library.remove_line(record, ids[index % len(ids)])
        case ("cell", int(index), str(value)):
            if ids := library.record(record).line_ids:
                line = ids[index % len(ids)]
                library.edit(record, "description", value, part=Part.LINES, line=line)
        case ("trash",):
            library.trash([1])
        case ("restore",):
            library.restore([1])


def everything(library: Library, record: int) -> tuple[object, ...]:
    return (
        library.record(record),
        library.rows([record]),
        library.document(1).state,
        library.document(1).trashed_at is None,
        library.table("invoice", search="1"),
        library.table("invoice", sort="total_gross"),
        library.counts(),
    )


@settings(max_examples=15, deadline=None)
@given(st.lists(_STEPS, min_size=1, max_size=8))
def test_undoing_all_gives_back_the_start_and_redoing_all_the_end(
    steps: list[tuple[object, ...]],
) -> None:
    with TemporaryDirectory() as name, Library.open(Path(name) / "library") as library:
        record = add_and_read(library, Path(name), "1.pdf", invoice(lines=LINES, doubt=True))
        states = [everything(library, record)]
        for step in steps:
            before = library.undoable()
            take_step(library, record, step)
            if library.undoable() != before:
                states.append(everything(library, record))
        for state in reversed(states[:-1]):
            assert library.undo() is not None
            assert everything(library, record) == state
        assert library.undo() is None
        for state in states[1:]:
            assert library.redo() is not None
            assert everything(library, record) == state
        assert library.redo() is None
