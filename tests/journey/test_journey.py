"""Files go in, records come out, whatever happens on the way; on a real library and child."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.document import Status
from app.document_types import RESOURCES, document_type
from app.errors import Code, Problem, ProblemError
from app.journey import Changed, Event, Journey, Queue
from app.library import Added, Library, Part, State
from tests.engine_script import ScriptedEngine, says
from tests.paper import invoice_pdf, locked_pdf


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def journey(library: Library) -> Iterator[Journey]:
    running = Journey(library, workers=1)
    yield running
    running.stop()


def add(journey: Journey, *paths: Path) -> list[int]:
    outcomes = list(journey.add(paths))
    assert all(isinstance(outcome, Added) for outcome in outcomes)
    return [outcome.document_id for outcome in outcomes if isinstance(outcome, Added)]


def wait_for(true: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_a_dropped_file_becomes_a_record_with_its_picture(
    library: Library, journey: Journey, tmp_path: Path
) -> None:
    [document_id] = add(journey, invoice_pdf(tmp_path / "a.pdf"))
    assert library.document(document_id).state is State.WAITING
    journey.start()
    journey.drain()
    row = library.document(document_id)
    assert row.state in (State.READY, State.ATTENTION)
    assert (row.pages, row.pages_read) == (1, 1)
    picture = library.picture_path(document_id, 1)
    assert picture is not None
    assert picture.is_file()
    [record_id] = library.records_of(document_id)
    record = library.record(record_id).record
    assert record.document_type == "invoice"
    total = record.field("total_gross")
    assert total is not None
    assert total.value == "119.00"


def test_a_folder_gives_its_documents_and_not_its_other_files(
    journey: Journey, tmp_path: Path
) -> None:
    folder = tmp_path / "papers" / "deep"
    folder.mkdir(parents=True)
    invoice_pdf(folder / "one.pdf")
    (folder / "notes.txt").write_text("not a document", encoding="utf-8")
    (folder / ".hidden.pdf").write_bytes(b"%PDF-")
    (folder / "loop").symlink_to(tmp_path / "papers")
    assert len(add(journey, tmp_path / "papers")) == 1


def test_what_cannot_be_kept_is_a_problem_that_names_the_file(
    journey: Journey, tmp_path: Path
) -> None:
    empty = tmp_path / "nothing.pdf"
    empty.touch()
    [outcome, gone] = journey.add([empty, tmp_path / "gone.pdf"])
    assert isinstance(outcome, Problem)
    assert outcome.code is Code.EMPTY
    assert "nothing.pdf" in outcome.message
    assert isinstance(gone, Problem)
    assert gone.code is Code.VANISHED


def test_a_link_that_the_user_named_is_followed_under_its_own_name(
    library: Library, journey: Journey, tmp_path: Path
) -> None:
    link = tmp_path / "latest.pdf"
    link.symlink_to(invoice_pdf(tmp_path / "a.pdf"))
    [document_id] = add(journey, link)
    assert library.document(document_id).name == "latest.pdf"
    assert library.original_path(document_id).read_bytes() == link.read_bytes()


def test_a_damaged_file_is_refused_and_the_queue_goes_on(
    library: Library, journey: Journey, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.7\nthis is not one" * 20)
    good = invoice_pdf(tmp_path / "good.pdf")
    bad_id, good_id = add(journey, bad, good)
    journey.start()
    journey.drain()
    row = library.document(bad_id)
    assert row.state is State.FAILED
    assert row.problem is not None
    assert "bad.pdf" in row.problem.message
    assert library.document(good_id).state in (State.READY, State.ATTENTION)


def test_a_locked_file_waits_for_its_password_and_the_next_one_opens_with_it(
    library: Library, journey: Journey, tmp_path: Path
) -> None:
    first, second = add(
        journey,
        locked_pdf(tmp_path / "one.pdf", "sesame", "A-1"),
        locked_pdf(tmp_path / "two.pdf", "sesame", "A-2"),
    )
    journey.start()
    journey.drain()
    assert library.document(first).state is State.LOCKED
    journey.unlock(first, "wrong")
    journey.drain()
    assert library.document(first).state is State.LOCKED
    problem = library.document(first).problem
    assert problem is not None
    assert problem.code is Code.PASSWORD_WRONG
    journey.unlock(first, "sesame")
    journey.drain()
    assert library.document(first).state in (State.READY, State.ATTENTION)
    journey.read_again(second)
    journey.drain()
    assert library.document(second).state in (State.READY, State.ATTENTION)
    stored = b"".join(p.read_bytes() for p in library.folder.rglob("*.sqlite*"))
    assert b"sesame" not in stored


def test_documents_in_an_archive_are_documents_of_their_own(
    library: Library, journey: Journey, tmp_path: Path
) -> None:
    archive = tmp_path / "march.zip"
    with zipfile.ZipFile(archive, "w") as stream:
        for number in ("A-1", "A-2"):
            stream.write(invoice_pdf(tmp_path / f"{number}.pdf", number), f"{number}.pdf")
    [outer] = add(journey, archive)
    journey.start()
    journey.drain()
    assert library.document(outer).state is State.CONTAINER
    inside = library.document_rows(library.children(outer))
    assert sorted(row.name for row in inside) == ["A-1.pdf", "A-2.pdf"]
    assert all(row.state in (State.READY, State.ATTENTION) for row in inside)


def test_a_second_copy_of_a_bill_is_flagged_and_kept(
    library: Library, journey: Journey, tmp_path: Path
) -> None:
    original = invoice_pdf(tmp_path / "original.pdf")
    again = invoice_pdf(tmp_path / "again.pdf", garbage=4, deflate=True)
    assert original.read_bytes() != again.read_bytes()
    add(journey, original)
    journey.start()
    journey.drain()
    [copy_id] = add(journey, again)
    journey.drain()
    [record_id] = library.records_of(copy_id)
    flags = library.record(record_id).record.flags
    assert any(flag.code == "duplicate" and "original.pdf" in flag.message for flag in flags)


def test_an_edit_is_read_in_the_documents_convention_and_checked(
    library: Library, journey: Journey, tmp_path: Path
) -> None:
    [document_id] = add(journey, invoice_pdf(tmp_path / "a.pdf"))
    journey.start()
    journey.drain()
    [record_id] = library.records_of(document_id)
    journey.edit(record_id, "total_gross", "1,190.00")
    stored = library.record(record_id)
    total = stored.record.field("total_gross")
    assert total is not None
    assert (total.value, total.status) == ("1190.00", Status.CONFIRMED)
    assert any(flag.code == "net_plus_tax" for flag in stored.record.flags)
    journey.undo()
    stored = library.record(record_id)
    total = stored.record.field("total_gross")
    assert total is not None
    assert total.value == "119.00"
    assert not any(flag.code == "net_plus_tax" for flag in stored.record.flags)


@pytest.mark.parametrize(
    ("key", "typed"),
    [("total_gross", "five hundred"), ("due_date", "soon"), ("issue_date", "31/02/2026")],
)
def test_what_is_no_value_is_kept_as_typed_and_pointed_out(
    library: Library, journey: Journey, tmp_path: Path, key: str, typed: str
) -> None:
    [document_id] = add(journey, invoice_pdf(tmp_path / "a.pdf"))
    journey.start()
    journey.drain()
    [record_id] = library.records_of(document_id)
    assert not library.record(record_id).needs_look
    journey.edit(record_id, key, typed)
    stored = library.record(record_id)
    field = stored.record.field(key)
    assert field is not None
    assert (field.value, field.status) == (typed, Status.CONFIRMED)
    [flag] = stored.record.flags
    assert (flag.code, flag.fields) == ("not_a_value", (key,))
    assert typed in flag.message
    assert stored.needs_look
    journey.undo()
    assert library.record(record_id).record.flags == ()


def test_what_is_no_value_in_a_row_is_pointed_out(
    library: Library, journey: Journey, tmp_path: Path
) -> None:
    [document_id] = add(journey, invoice_pdf(tmp_path / "a.pdf"))
    journey.start()
    journey.drain()
    [record_id] = library.records_of(document_id)
    [line] = library.record(record_id).line_ids
    journey.edit(record_id, "quantity", "a few", part=Part.LINES, line=line)
    [flag] = library.record(record_id).record.flags
    assert flag.message == "Quantity in line 1: “a few” cannot be read as a number."


def test_an_edit_raises_no_flag_over_what_the_page_explains(
    library: Library, journey: Journey
) -> None:
    """The line's amount is less its printed discount; typing a name does not change that."""
    [document_id] = add(journey, RESOURCES / "samples" / "factura-suministros.pdf")
    journey.start()
    journey.drain()
    [record_id] = library.records_of(document_id)
    before = library.record(record_id).record.flags
    journey.edit(record_id, "buyer_name", "Somebody Else S.L.")
    assert library.record(record_id).record.flags == before


@pytest.mark.parametrize("with_model", [False, True])
def test_what_is_said_of_a_new_reading_is_true_of_what_the_user_left_of_it(
    library: Library, tmp_path: Path, with_model: bool
) -> None:
    """A row that the user took out is missing in the sum; no value was typed anywhere."""
    engine = ScriptedEngine(says(document_type("invoice"), {"currency": "EUR"}))
    journey = Journey(library, workers=1, engine=lambda: engine if with_model else None)
    [document_id] = add(journey, RESOURCES / "samples" / "rechnung-bueromaterial.pdf")
    journey.start()
    journey.drain()
    [record_id] = library.records_of(document_id)

    def codes() -> set[str]:
        return {flag.code for flag in library.record(record_id).record.flags}

    assert "lines_total" not in codes()
    library.remove_line(record_id, library.record(record_id).line_ids[0])
    if with_model:
        journey.refiner.refine([document_id])
    else:
        journey.read_again(document_id)
    journey.drain()
    assert "lines_total" in codes()
    journey.stop()


def test_another_type_is_read_again_from_the_stored_pages(
    library: Library, journey: Journey, tmp_path: Path
) -> None:
    [document_id] = add(journey, invoice_pdf(tmp_path / "a.pdf"))
    journey.start()
    journey.drain()
    [record_id] = library.records_of(document_id)
    journey.change_type(record_id, "receipt")
    journey.drain()
    [record_id] = library.records_of(document_id)
    assert library.record(record_id).record.document_type == "receipt"
    with pytest.raises(ProblemError, match="unknown_type"):
        journey.change_type(record_id, "poem")


def test_a_paused_queue_waits_and_a_cancelled_document_is_not_read(
    library: Library, journey: Journey, tmp_path: Path
) -> None:
    journey.pause()
    one, two = add(
        journey, invoice_pdf(tmp_path / "1.pdf", "A-1"), invoice_pdf(tmp_path / "2.pdf", "A-2")
    )
    journey.start()
    journey.cancel([one])
    time.sleep(0.5)
    assert library.document(two).state is State.WAITING
    journey.resume()
    journey.drain()
    assert library.document(one).state is State.CANCELLED
    assert library.document(two).state in (State.READY, State.ATTENTION)


def test_work_in_progress_survives_the_end_of_the_program(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library") as library:
        journey = Journey(library, workers=1)
        reading: list[int] = []

        def heard(event: Event) -> None:
            if isinstance(event, Changed):
                reading.append(event.document_id)

        journey.subscribe(heard)
        ids = add(journey, *(invoice_pdf(tmp_path / f"{n}.pdf", f"A-{n}") for n in range(3)))
        journey.start()
        wait_for(lambda: any(library.document(i).state is State.READING for i in ids))
        journey.stop()
        assert not any(library.document(i).state is State.READING for i in ids)
    with Library.open(tmp_path / "library") as library:
        journey = Journey(library, workers=1)
        journey.start()
        journey.drain()
        journey.stop()
        states = {library.document(i).state for i in ids}
        assert states <= {State.READY, State.ATTENTION}


def test_a_pasted_picture_is_kept_under_its_name(
    library: Library, journey: Journey, tmp_path: Path
) -> None:
    import pymupdf

    with pymupdf.open(invoice_pdf(tmp_path / "a.pdf")) as document:
        data = document[0].get_pixmap(dpi=60).tobytes("png")
    added = journey.add_bytes(data, "Screenshot 2026-11-03.png")
    row = library.document(added.document_id)
    assert row.name == "Screenshot 2026-11-03.png"
    assert library.original_path(added.document_id).read_bytes() == data


def test_one_child_reads_file_after_file(
    library: Library, journey: Journey, tmp_path: Path
) -> None:
    files = [invoice_pdf(tmp_path / f"{n}.pdf", f"A-{n}") for n in range(3)]
    journey.start()
    children: set[int] = set()
    for file in files:
        add(journey, file)
        journey.drain()
        process = journey._readers[0]._child._process
        assert process is not None
        children.add(process.pid)
    assert len(children) == 1


def test_listeners_hear_how_the_queue_stands(
    library: Library, journey: Journey, tmp_path: Path
) -> None:
    heard: list[Event] = []
    journey.subscribe(heard.append)
    add(journey, invoice_pdf(tmp_path / "a.pdf"))
    journey.start()
    journey.drain()
    wait_for(lambda: Queue(0, 0, False) in heard)
    assert any(isinstance(event, Changed) for event in heard)
