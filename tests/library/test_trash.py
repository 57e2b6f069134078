"""The trash: out of sight at once, restorable, and gone for good only when emptied."""

from __future__ import annotations

from pathlib import Path

from app.library import ChangeKind, Library, State
from app.library.readings import keep_records
from tests.library.papers import add_and_read, invoice, paper, read_next


def files_in(library: Library) -> list[Path]:
    return [
        path
        for folder in ("files", "pages")
        for path in (library.folder / folder).rglob("*")
        if path.is_file()
    ]


def test_what_is_in_the_trash_is_in_no_table(library: Library, desk: Path) -> None:
    first = add_and_read(library, desk, "1.pdf", invoice("1", doubt=True))
    second = add_and_read(library, desk, "2.pdf", invoice("2"))
    change = library.trash([1])
    assert change is not None
    assert change.document_ids == (1,)
    assert library.trash([1]) is None
    assert library.table("invoice") == [second]
    assert library.table("invoice", trashed=True) == [first]
    assert library.document_ids() == [2]
    assert library.document_ids(trashed=True) == [1]
    counts = library.counts()
    assert (counts.documents, counts.needs_look, counts.trash) == (1, 0, 1)
    assert library.document(1).trashed_at is not None


def test_restoring_and_undoing_bring_everything_back(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice())
    library.edit(record, "invoice_number", "MINE")
    before = library.record(record)
    library.trash([1])
    assert library.restore([1]) is not None
    assert library.record(record) == before
    library.undo()
    assert library.table("invoice") == []
    library.undo()
    assert library.table("invoice") == [record]
    assert library.restore([1]) is None


def test_a_document_leaves_the_queue_and_comes_back_to_it(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "1.pdf"))
    library.trash([1])
    assert library.claim_job() is None
    library.restore([1])
    assert library.document(1).state is State.WAITING
    assert library.claim_job() is not None


def test_what_came_in_a_mail_shares_its_fate_unless_added_itself(
    library: Library, desk: Path
) -> None:
    library.add_file(paper(desk, "mail.eml"))
    job = library.claim_job()
    assert job is not None
    for name in ("1.pdf", "2.pdf"):
        library.contained(job.id, paper(desk, name), name)
    library.add_file(desk / "2.pdf")
    change = library.trash([1])
    assert change is not None
    assert change.document_ids == (1, 2)
    assert library.document_ids() == [3]
    library.restore([1])
    assert library.document_ids() == [3, 2, 1]


def test_what_is_read_of_a_document_in_the_trash_is_in_the_trash(
    library: Library, desk: Path
) -> None:
    add_and_read(library, desk, "1.pdf", invoice("1"))
    library.trash([1])
    with library._store.writing() as db:
        ids = keep_records(db, 1, [invoice("1"), invoice("2", pages=(2, 2))])
    assert library.table("invoice") == []
    assert sorted(library.table("invoice", trashed=True)) == sorted(ids)
    library.restore([1])
    assert sorted(library.table("invoice")) == sorted(ids)


def test_emptying_deletes_files_and_all_that_belongs_to_them(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "1.pdf", invoice("1"))
    add_and_read(library, desk, "2.pdf", invoice("2"))
    library.edit(1, "invoice_number", "MINE")
    library.trash([1])
    assert len(files_in(library)) == 6
    assert library.empty_trash() == 1
    assert len(files_in(library)) == 3
    assert library.original_path(2).is_file()
    assert library.counts().trash == 0
    assert library.undo() is None
    with library._store.reading() as db:
        for table in ("user_values", "changes", "changed_documents", "searchable", "sort_keys"):
            found = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            assert found == (0 if table.startswith(("user", "change")) else found)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert library.empty_trash() == 0


def test_ids_of_deleted_documents_are_not_given_again(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "1.pdf", invoice())
    library.trash([1])
    library.empty_trash()
    added = library.add_file(desk / "1.pdf")
    assert not added.already_there
    assert added.document_id == 2
    assert read_next(library, invoice()) == 2


def test_history_names_the_trash(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "1.pdf", invoice())
    library.trash([1])
    library.restore([1])
    assert [c.kind for c in library.history(record)] == [ChangeKind.RESTORE, ChangeKind.TRASH]
