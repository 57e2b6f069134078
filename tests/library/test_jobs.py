"""The queue: in order, once, through crashes and restarts, and never for ever."""

from __future__ import annotations

import threading
from pathlib import Path

from app.document import Document, Record
from app.errors import Code, Problem
from app.library import Job, Library, State
from tests.library.papers import add_and_read, invoice, page, paper, read_next, save_pages


def claim(library: Library) -> Job:
    job = library.claim_job()
    assert job is not None
    return job


def crash_and_reopen(library: Library) -> Library:
    """What is left after a crash: nothing is given back, nothing is closed in order."""
    folder = library.folder
    library._store.close()
    assert library._lock is not None
    library._lock.release()
    return Library.open(folder)


def test_jobs_come_oldest_first_and_once(library: Library, desk: Path) -> None:
    for name in ("1.pdf", "2.pdf", "3.pdf"):
        library.add_file(paper(desk, name))
    assert [claim(library).name for _ in range(3)] == ["1.pdf", "2.pdf", "3.pdf"]
    assert library.claim_job() is None
    assert library.counts().reading == 3


def test_many_workers_never_get_the_same_job(library: Library, desk: Path) -> None:
    for number in range(40):
        library.add_file(paper(desk, f"{number}.pdf"))
    claimed: list[int] = []

    def work() -> None:
        while job := library.claim_job():
            claimed.append(job.id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(set(claimed))
    assert len(claimed) == 40


def test_a_worker_for_small_files_passes_over_large_ones(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "large.pdf", "x" * 5_000))
    library.add_file(paper(desk, "small.pdf"))
    job = library.claim_job(most_bytes=1_000)
    assert job is not None
    assert job.name == "small.pdf"
    assert library.claim_job(most_bytes=1_000) is None
    assert claim(library).name == "large.pdf"


def test_what_the_user_asks_for_again_comes_first(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "old.pdf", invoice())
    library.add_file(paper(desk, "new.pdf"))
    assert library.requeue([1], document_type="receipt") == 1
    job = claim(library)
    assert (job.name, job.document_type, job.from_pages) == ("old.pdf", "receipt", False)


def test_a_job_runs_again_after_a_crash(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "a.pdf"))
    save_pages(library, claim(library), (page(1), page(2)))
    with crash_and_reopen(library) as again:
        assert again.document(1).state is State.WAITING
        assert not list(again.work_folder.iterdir())
        read_next(again, invoice(pages=(1, 3)), pages=(page(1), page(2), page(3)))
        assert again.document(1).state is State.READY
        assert len(again.pages(1)) == 3


def test_closing_gives_jobs_back_however_often(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "a.pdf"))
    folder = library.folder
    for _ in range(10):
        claim(library)
        library.close()
        library = Library.open(folder)
    assert library.document(1).state is State.WAITING
    library.close()


def test_a_document_that_keeps_killing_the_program_is_left_alone(
    library: Library, desk: Path
) -> None:
    library.add_file(paper(desk, "bomb.pdf"))
    library.add_file(paper(desk, "fine.pdf"))
    for _ in range(4):
        assert claim(library).name == "bomb.pdf"
        library = crash_and_reopen(library)
    document = library.document(1)
    assert document.state is State.FAILED
    assert document.problem == Problem(Code.CRASHED, "bomb.pdf")
    assert claim(library).name == "fine.pdf"
    library.close()


def test_what_fails_twice_is_not_tried_a_third_time(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "bad.pdf"))
    library.add_file(paper(desk, "fine.pdf"))
    crash = Problem(Code.CRASHED, "bad.pdf")
    job = claim(library)
    assert (job.name, job.attempt) == ("bad.pdf", 1)
    assert library.fail(job.id, crash, retry=True) is State.WAITING
    assert claim(library).name == "fine.pdf"  # what failed waits behind what did not
    job = claim(library)
    assert (job.name, job.attempt) == ("bad.pdf", 2)
    assert library.fail(job.id, crash, retry=True) is State.FAILED
    assert library.document(1).problem == crash
    assert library.claim_job() is None


def test_a_password_leaves_a_document_locked(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "a.pdf"))
    problem = Problem(Code.PASSWORD_NEEDED, "a.pdf")
    assert library.fail(claim(library).id, problem) is State.LOCKED
    library.requeue([1])
    assert library.document(1).problem is None
    assert claim(library).document_id == 1


def test_a_failed_second_reading_keeps_the_first(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "a.pdf", invoice())
    library.requeue([1])
    problem = Problem(Code.TIMED_OUT, "a.pdf")
    assert library.fail(claim(library).id, problem) is State.READY
    assert library.document(1).problem == problem
    assert library.table("invoice") == [record]


def test_pause_holds_across_restarts(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "a.pdf"))
    library.pause()
    assert library.claim_job() is None
    library.close()
    with Library.open(library.folder) as again:
        assert again.paused
        assert again.claim_job() is None
        again.resume()
        assert not again.paused
        assert again.claim_job() is not None


def test_a_cancelled_job_is_told_to_stop_and_leaves_nothing(library: Library, desk: Path) -> None:
    for name in ("1.pdf", "2.pdf"):
        library.add_file(paper(desk, name))
    job = claim(library)
    assert library.cancel() == (job.id,)
    assert library.counts().cancelled == 2
    assert not library.progress(job.id, 1, 0)
    assert not library.save_page(job.id, page(), None)
    assert library.contained(job.id, paper(desk, "inside.pdf"), "inside.pdf") is None
    document = Document(job.name, job.sha256, "application/pdf", ())
    assert library.finish(job.id, document, [invoice()]) == ()
    assert library.fail(job.id, Problem(Code.CRASHED, job.name)) is State.CANCELLED
    assert library.table("") == []
    assert library.counts().documents == 2
    assert library.claim_job() is None
    problem = library.document(1).problem
    assert problem is not None
    assert problem.code is Code.CANCELLED


def test_cancelling_a_second_reading_leaves_the_first(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "a.pdf", invoice())
    library.requeue([1])
    library.cancel([1])
    assert library.document(1).state is State.READY
    assert library.document(1).problem is None


def test_a_job_given_back_is_claimed_again(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "a.pdf"))
    job = claim(library)
    library.release(job.id)
    assert claim(library) == job


def test_documents_inside_a_container_are_documents_once(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "mail.eml"))
    job = claim(library)
    inside = paper(desk, "inside.pdf")
    first = library.contained(job.id, inside, "Rechnung: März?.pdf")
    assert first is not None
    assert not first.already_there
    again = library.contained(job.id, inside, "Rechnung: März?.pdf")
    assert again is not None
    assert again.already_there
    library.finish(job.id, Document("mail.eml", job.sha256, "message/rfc822", ()), ())
    assert library.document(1).state is State.CONTAINER
    assert library.children(1) == [2]
    assert library.document(2).parent == 1
    assert library.document(2).name == "Rechnung: März?.pdf"
    child = claim(library)
    assert (child.document_id, child.depth) == (2, 1)
    assert library.counts().waiting == 0


def test_a_container_that_holds_itself_comes_to_an_end(library: Library, desk: Path) -> None:
    path = paper(desk, "quine.zip")
    library.add_file(path)
    job = claim(library)
    added = library.contained(job.id, path, "quine.zip")
    assert added is not None
    assert added.already_there
    assert library.children(1) == []
    library.finish(job.id, Document("quine.zip", job.sha256, "application/zip", ()), ())
    assert library.claim_job() is None


def test_what_the_trash_holds_is_not_revived_by_its_mail(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "mail.eml"))
    job = claim(library)
    library.contained(job.id, paper(desk, "inside.pdf"), "inside.pdf")
    library.trash([2])
    library.contained(job.id, desk / "inside.pdf", "inside.pdf")
    assert library.document(2).trashed_at is not None


def test_progress_is_seen_while_a_document_is_read(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "a.pdf"))
    job = claim(library)
    library.progress(job.id, 7, 0, "application/pdf")
    work = library.work_folder / "w"
    work.mkdir()
    (work / "page-0001.jpg").write_bytes(b"1")
    library.save_page(job.id, page(), work / "page-0001.jpg")
    document = library.document(1)
    assert (document.state, document.pages, document.pages_read) == (State.READING, 7, 1)
    assert document.media_type == "application/pdf"
    assert library.picture_path(1, 1) is not None
    assert not list(work.iterdir())


def test_an_einvoice_is_kept_for_the_next_reading(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "a.xml"))
    job = claim(library)
    document = Document("a.xml", job.sha256, "application/xml", (), "<Invoice>ä</Invoice>", "Title")
    record: Record = invoice()
    library.finish(job.id, document, [record])
    stored = library.stored_document(1)
    assert stored.einvoice_xml == "<Invoice>ä</Invoice>"
    assert stored.subject == "Title"
