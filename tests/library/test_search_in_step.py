"""The search index says the same as the library, whatever was done, cut short or migrated."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import time
from pathlib import Path

import pytest

from app.document import Document, Record
from app.errors import Code, Problem, ProblemError
from app.library import Library, Part, Query, State
from app.library.backlog import index_some
from app.library.passages import forget_documents
from tests.library.facts_truth import check_facts
from tests.library.papers import add_and_read, invoice, paper, read_next, row, save_pages
from tests.library.search_truth import check_index, held
from tests.library.test_search import text_page

FIXTURES = Path(__file__).resolve().parent / "fixtures"
_WORDS = ("zebra", "Müller", "Straße", "東京", "4711", "notice", "period", "Ñandú", "R-9", "x")


class Walk:
    """Random steps of everything that changes documents and records."""

    def __init__(self, library: Library, desk: Path, seed: int) -> None:
        self.library = library
        self.desk = desk
        self.luck = random.Random(seed)

    def words(self, most: int = 6) -> str:
        return " ".join(self.luck.choices(_WORDS, k=self.luck.randrange(most + 1)))

    def records(self) -> list[Record]:
        return [
            invoice(
                self.words(2) or "1",
                seller=self.words(3) or "Nobody",
                lines=tuple(row(self.words(2), "1.00") for _ in range(self.luck.randrange(3))),
                doubt=self.luck.random() < 0.3,
                pages=(first, first),
            )
            for first in sorted(self.luck.choices((1, 1, 2, 3), k=self.luck.randrange(4)))
        ]

    def add(self) -> None:
        name = f"{self.words(2)} {self.luck.getrandbits(40):x}.pdf".strip().replace("/", "")
        self.library.add_file(paper(self.desk, name))

    def read(self) -> None:
        job = self.library.claim_job()
        if job is None:
            return
        if not job.from_pages:
            count = self.luck.randrange(4)
            save_pages(
                self.library, job, tuple(text_page(self.words(), n + 1) for n in range(count))
            )
        ending = self.luck.random()
        if ending < 0.1:
            self.library.fail(job.id, Problem(Code.DAMAGED, job.name))
        elif ending < 0.15:
            self.library.release(job.id)
        else:
            document = Document(job.name, job.sha256, "application/pdf", (), subject=self.words(2))
            self.library.finish(job.id, document, self.records(), refine=ending < 0.6)

    def refine(self) -> None:
        refinement = self.library.claim_refinement()
        if refinement is not None:
            if self.luck.random() < 0.8:
                self.library.finish_refinement(refinement.id, self.records())
            else:
                self.library.fail_refinement(refinement.id, "It did not answer.")

    def edit(self) -> None:
        if ids := self.library.table(""):
            record_id = self.luck.choice(ids)
            key = self.luck.choice(("seller_name", "invoice_number", "buyer_name"))
            self.library.edit(record_id, key, self.words(2) or None)

    def change_lines(self) -> None:
        if ids := self.library.table(""):
            record_id = self.luck.choice(ids)
            lines = self.library.record(record_id).line_ids
            if lines and self.luck.random() < 0.5:
                self.library.remove_line(record_id, self.luck.choice(lines))
            else:
                line = self.library.add_line(record_id)
                text = self.words(2)
                self.library.edit(record_id, "description", text, part=Part.LINES, line=line)

    def change_type(self) -> None:
        if ids := self.library.table(""):
            kind = self.luck.choice(("invoice", "receipt"))
            self.library.change_type(self.luck.choice(ids), kind)

    def review(self) -> None:
        if ids := self.library.table(""):
            self.library.set_reviewed(self.luck.choice(ids), True)

    def write_note(self) -> None:
        if ids := self.library.document_ids():
            self.library.set_note(self.luck.choice(ids), self.words(3))

    def read_again(self) -> None:
        if ids := self.library.document_ids(states=[State.READY, State.ATTENTION]):
            self.library.requeue([self.luck.choice(ids)])

    def undo(self) -> None:
        self.library.undo()

    def redo(self) -> None:
        self.library.redo()

    def trash(self) -> None:
        if ids := self.library.document_ids():
            self.library.trash([self.luck.choice(ids)])

    def restore(self) -> None:
        if ids := self.library.document_ids(trashed=True):
            self.library.restore([self.luck.choice(ids)])

    def empty(self) -> None:
        self.library.empty_trash()

    def fail_in_the_middle(self) -> None:
        """A transaction that is rolled back takes its part of the index with it."""
        with contextlib.suppress(ZeroDivisionError), self.library._store.writing() as db:
            for (document_id,) in db.execute("SELECT id FROM documents").fetchall():
                forget_documents(db, [document_id])
            db.execute("INSERT OR IGNORE INTO vocabulary (term) VALUES ('rolled back')")
            raise ZeroDivisionError

    def go(self, steps: int) -> None:
        often = [self.add, self.read, self.read, self.edit, self.refine] * 3
        often += [self.change_lines, self.undo, self.redo, self.read_again, self.change_type]
        often += [
            self.trash,
            self.restore,
            self.review,
            self.write_note,
            self.empty,
            self.fail_in_the_middle,
        ]
        for number in range(steps):
            self.luck.choice(often)()
            if number % 10 == 0:
                check_index(self.library)
                check_facts(self.library)
        check_index(self.library)
        check_facts(self.library)


@pytest.mark.parametrize("seed", range(6))
def test_the_index_is_true_after_any_steps(library: Library, desk: Path, seed: int) -> None:
    walk = Walk(library, desk, seed)
    walk.go(150)
    assert len(held(library)) > 5


def labels(library: Library) -> dict[str, set[str]]:
    """The terms that the index of names, notes and values has of the first page."""
    return held(library, "labels").get((1, 1), {})


def test_names_notes_and_values_are_kept_in_step_in_their_own_index(
    library: Library, desk: Path
) -> None:
    library.add_file(paper(desk, "Letter.pdf"))
    assert labels(library) == {"name": {"letter", "pdf"}}
    read_next(library, invoice("4711", seller="Acme"), pages=(text_page("zebra"),))
    assert {"4711", "acme"} <= labels(library)["fields"]
    assert labels(library).keys() == {"name", "fields"}
    library.set_note(1, "paid")
    library.edit(library.records_of(1)[0], "invoice_number", "MINE")
    assert labels(library)["note"] == {"paid"}
    assert "mine" in labels(library)["fields"]
    library.set_note(1, "")
    library.requeue([1])
    read_next(library, invoice("4711", seller="Smith"), pages=(text_page("zebra"),))
    assert labels(library).keys() == {"name", "fields"}
    assert {"mine", "smith"} <= labels(library)["fields"]
    assert "acme" not in labels(library)["fields"]
    check_index(library)
    library.trash([1])
    library.empty_trash()
    assert held(library, "labels") == {}


@pytest.mark.parametrize("version", ["m001_first", "m002_refinements"])
def test_a_library_from_before_the_index_is_searched(version: str, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    folder.mkdir()
    with sqlite3.connect(folder / "library.sqlite") as db:
        db.executescript((FIXTURES / f"{version}.sql").read_text(encoding="utf-8"))
    db.close()
    with Library.open(folder) as library:
        wait_for(library)
        assert library.search(Query("glue")).total == 1
        assert library.search(Query("waiting")).hits[0].document_name == "waiting.pdf"
        check_index(library)


def wait_for(library: Library) -> None:
    late = time.monotonic() + 60
    while library.unindexed:
        assert time.monotonic() < late
        time.sleep(0.01)


def forget_the_index(library: Library) -> None:
    """Leave a library as the migration finds one: with documents and no index."""
    with library._store.writing() as db:
        db.execute("INSERT INTO passages(passages) VALUES ('delete-all')")
        db.execute("INSERT INTO labels(labels) VALUES ('delete-all')")
        db.execute("DELETE FROM passage_texts")
        db.execute("INSERT INTO unindexed (document_id) SELECT id FROM documents")


def test_the_backlog_is_worked_off_page_by_page_and_may_be_cut_short(
    library: Library, desk: Path
) -> None:
    library.add_file(paper(desk, "long.pdf"))
    read_next(library, invoice(), pages=tuple(text_page(f"word{n}", n) for n in range(1, 8)))
    add_and_read(library, desk, "short.pdf", invoice("4711"))
    forget_the_index(library)
    assert library.search(Query("pdf")).unindexed == 2
    assert index_some(library._store, most=3)
    assert library.unindexed == 1
    assert library.search(Query("4711")).total == 1
    assert index_some(library._store, most=3)
    assert library.search(Query("word2")).total == 1
    assert library.search(Query("word7")).total == 0
    library.edit(1, "invoice_number", "MINE")  # what changes meanwhile is taken in at once
    assert library.search(Query("mine")).total == 1
    library.close()
    with Library.open(library.folder) as again:
        wait_for(again)
        check_index(again)


def test_opening_does_not_wait_for_the_backlog_and_closing_ends_it(
    library: Library, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        add_and_read(library, desk, f"{number}.pdf", invoice(str(number)))
    forget_the_index(library)
    library.close()
    slow = index_some

    def slowly(*arguments: object) -> bool:
        time.sleep(0.1)
        return slow(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("app.library.backlog.index_some", slowly)
    start = time.monotonic()
    with Library.open(library.folder) as again:
        assert again.table("invoice")
        assert again.unindexed > 20
    assert time.monotonic() - start < 2.5
    monkeypatch.undo()
    with Library.open(library.folder) as again:
        wait_for(again)
        check_index(again)


def test_a_full_disk_leaves_the_rest_for_the_next_start(
    library: Library,
    desk: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    add_and_read(library, desk, "1.pdf", invoice())
    forget_the_index(library)
    library.close()

    def full(*_: object) -> bool:
        raise ProblemError(Problem(Code.DISK_FULL, "library"))

    monkeypatch.setattr("app.library.backlog.index_some", full)
    with Library.open(library.folder) as again:
        again._indexing._thread.join()  # it gives up by itself
        assert again.unindexed == 1
        assert again.search(Query("1")).total == 0
    assert "disk_full" in caplog.text
    monkeypatch.undo()
    with Library.open(library.folder) as again:
        wait_for(again)
        check_index(again)


def test_readers_search_beside_a_writer(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "1.pdf", invoice("4711"))
    with Library.open(library.folder, read_only=True) as reader:
        assert reader.search(Query("4711")).total == 1
        library.edit(1, "invoice_number", "4712")
        assert reader.search(Query("4712")).total == 1
