"""The model's queue: what it hands out and when, and what an answer may change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.document import Status
from app.library import Library, State
from app.library.refinements import FAILED
from tests.library.papers import add_and_read, field, invoice, paper


def read_paper(library: Library, desk: Path, name: str = "a.pdf", number: str = "R-1") -> int:
    """A document that is read; gives its id."""
    record_id = add_and_read(library, desk, name, invoice(number))
    return library.record(record_id).document_id


def value(library: Library, document_id: int, key: str) -> tuple[str | None, Status]:
    [record_id] = library.records_of(document_id)
    found = library.record(record_id).record.field(key)
    assert found is not None
    return found.value, found.status


def test_what_the_user_asks_for_comes_first_then_the_oldest(library: Library, desk: Path) -> None:
    ids = [read_paper(library, desk, f"{n}.pdf", f"R-{n}") for n in range(3)]
    assert library.refine() == 3
    assert library.refine([ids[2]], second_look=True) == 1
    claimed = [library.claim_refinement() for _ in range(4)]
    assert [c and (c.document_id, c.second_look) for c in claimed] == [
        (ids[2], True), (ids[0], False), (ids[1], False), None
    ]  # fmt: skip


def test_new_papers_are_read_before_the_model_begins(library: Library, desk: Path) -> None:
    first = read_paper(library, desk)
    library.refine()
    library.add_file(paper(desk, "new.pdf"))
    assert library.claim_refinement() is None
    library.refine([first])
    assert library.claim_refinement() is not None


def test_only_what_is_read_can_be_refined(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "waiting.pdf"))
    assert library.refine() == 0
    document_id = read_paper(library, desk)
    library.trash([document_id])
    assert library.refine([document_id]) == 0


def test_an_answer_replaces_the_reading_and_leaves_the_users_values(
    library: Library, desk: Path
) -> None:
    document_id = read_paper(library, desk)
    [record_id] = library.records_of(document_id)
    library.refine()
    claimed = library.claim_refinement()
    assert claimed is not None
    library.edit(record_id, "invoice_number", "MINE")
    better = replace(
        invoice("R-9"),
        fields=(field("invoice_number", "R-9"), field("due_date", "2026-12-01", Status.VERIFIED)),
    )
    assert library.finish_refinement(claimed.id, [better]) == (record_id,)
    assert value(library, document_id, "invoice_number") == ("MINE", Status.CONFIRMED)
    assert value(library, document_id, "due_date") == ("2026-12-01", Status.VERIFIED)
    assert library.refinement_counts().running == 0


def test_a_record_that_was_looked_over_is_left_alone(library: Library, desk: Path) -> None:
    document_id = read_paper(library, desk)
    [record_id] = library.records_of(document_id)
    library.refine()
    claimed = library.claim_refinement()
    assert claimed is not None
    library.set_reviewed(record_id, True)
    library.finish_refinement(claimed.id, [invoice("R-9")])
    assert value(library, document_id, "invoice_number")[0] == "R-1"
    assert library.record(record_id).reviewed


def test_an_answer_that_comes_too_late_changes_nothing(library: Library, desk: Path) -> None:
    document_id = read_paper(library, desk)
    library.refine()
    claimed = library.claim_refinement()
    assert claimed is not None
    library.requeue([document_id])
    assert not library.refinement_wanted(claimed.id)
    assert library.finish_refinement(claimed.id, [invoice("R-9")]) == ()
    assert value(library, document_id, "invoice_number")[0] == "R-1"


def test_finishing_a_reading_can_queue_it_for_the_model(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "a.pdf"))
    job = library.claim_job()
    assert job is not None
    document = library.stored_document(job.document_id)
    library.finish(job.id, document, [invoice()], refine=True)
    claimed = library.claim_refinement()
    assert claimed is not None
    assert claimed.document_id == job.document_id


def test_what_fails_twice_gets_a_flag_and_needs_attention(library: Library, desk: Path) -> None:
    document_id = read_paper(library, desk)
    library.refine()
    for again in (True, False):
        claimed = library.claim_refinement()
        assert claimed is not None
        assert library.fail_refinement(claimed.id, "It stopped.", retry=True) is again
    assert library.claim_refinement() is None
    [record_id] = library.records_of(document_id)
    [flag] = library.record(record_id).record.flags
    assert (flag.code, flag.message) == (FAILED, "It stopped.")
    assert library.document(document_id).state is State.ATTENTION


def test_claimed_work_waits_again_after_a_crash_but_not_for_ever(
    library: Library, desk: Path
) -> None:
    document_id = read_paper(library, desk)
    library.refine()
    for _ in range(4):
        assert library.claim_refinement() is not None
        # As a crash leaves it: nothing is given back.
        library._store.close()
        assert library._lock is not None
        library._lock.release()
        library = Library.open(library.folder)
    assert library.claim_refinement() is None
    [record_id] = library.records_of(document_id)
    assert [flag.code for flag in library.record(record_id).record.flags] == [FAILED]
    library.close()


def test_closing_in_good_order_counts_as_no_failure(library: Library, desk: Path) -> None:
    read_paper(library, desk)
    library.refine()
    for _ in range(6):
        assert library.claim_refinement() is not None
        library.close()
        library = Library.open(library.folder)
    assert library.refinement_counts().waiting == 1
    library.close()


@pytest.mark.parametrize("pause", ["pause", "pause_refining"])
def test_a_pause_lasts_across_restarts(library: Library, desk: Path, pause: str) -> None:
    read_paper(library, desk)
    library.refine()
    getattr(library, pause)()
    library.close()
    library = Library.open(library.folder)
    assert library.claim_refinement() is None
    library.resume()
    library.resume_refining()
    assert library.claim_refinement() is not None
    library.close()


def test_what_is_in_the_trash_waits_until_it_is_restored(library: Library, desk: Path) -> None:
    document_id = read_paper(library, desk)
    library.refine([document_id], second_look=True)
    claimed = library.claim_refinement()
    assert claimed is not None
    library.trash([document_id])
    assert not library.refinement_wanted(claimed.id)
    assert library.finish_refinement(claimed.id, [invoice("R-9"), invoice("R-10")]) == ()
    library.release_refinement(claimed.id)
    assert library.claim_refinement() is None
    assert library.refinement_counts().waiting == 0
    library.restore([document_id])
    again = library.claim_refinement()
    assert again is not None
    assert (again.document_id, again.second_look) == (document_id, True)


def test_ending_one_leaves_what_was_asked_for_meanwhile(library: Library, desk: Path) -> None:
    document_id = read_paper(library, desk)
    library.refine()
    claimed = library.claim_refinement()
    assert claimed is not None
    library.refine([document_id], second_look=True)
    library.drop_refinement(claimed.id)
    again = library.claim_refinement()
    assert again is not None
    assert again.second_look
    library.drop_refinement(again.id)
    assert library.refinement_counts().running == 0


def test_cancelled_work_is_gone(library: Library, desk: Path) -> None:
    first = read_paper(library, desk, "1.pdf", "R-1")
    read_paper(library, desk, "2.pdf", "R-2")
    library.refine()
    claimed = library.claim_refinement()
    assert claimed is not None
    assert library.cancel_refinements([first]) == (claimed.id,)
    assert library.finish_refinement(claimed.id, [invoice("R-9")]) == ()
    assert library.cancel_refinements() == ()
    assert library.claim_refinement() is None
