"""Notes: what a person writes about a document is kept, found, and taken back like an edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.library import ChangeKind, Column, Library, Query
from tests.library.papers import add_and_read, invoice, paper, read_next
from tests.library.search_truth import check_index
from tests.library.test_search import found, marked


def test_a_note_is_kept_and_found_at_once(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "a.pdf", invoice())
    assert library.note(1) == ""
    library.set_note(1, "  Paid in cash,\nask Ms Kowalska  ")
    assert library.note(1) == "Paid in cash,\nask Ms Kowalska"
    [hit] = found(library, "kowalska").hits
    assert (hit.document_id, hit.page, hit.column, hit.record_id) == (1, None, Column.NOTE, 1)
    assert hit.snippet == "Paid in cash, ask Ms Kowalska"
    assert marked(hit) == ["Kowalska"]
    assert found(library, '"cash ask"').total == 1
    library.set_note(1, "settled")
    assert found(library, "kowalska").total == 0
    library.close()
    with Library.open(library.folder) as again:
        assert again.note(1) == "settled"
        assert again.search(Query("settled")).total == 1


def test_a_note_can_be_taken_back_and_written_again(library: Library, desk: Path) -> None:
    record = add_and_read(library, desk, "a.pdf", invoice())
    library.set_note(1, "first")
    change = library.set_note(1, "second")
    assert change is not None
    assert (change.kind, change.before, change.after) == (ChangeKind.NOTE, "first", "second")
    assert library.history(record)[0] == change
    library.undo()
    assert (library.note(1), found(library, "second").total) == ("first", 0)
    library.undo()
    assert (library.note(1), found(library, "first").total) == ("", 0)
    library.redo()
    assert (library.note(1), found(library, "first").total) == ("first", 1)
    check_index(library)


def test_a_note_that_stays_as_it_is_is_no_change(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "a.pdf", invoice())
    assert library.set_note(1, " ") is None
    library.set_note(1, "the same")
    assert library.set_note(1, "the same ") is None
    assert len(library.history(1)) == 1


def test_a_note_outlives_a_new_reading_and_the_trash(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "a.pdf"))
    library.set_note(1, "waits for the bank")
    read_next(library, invoice())
    library.requeue([1])
    read_next(library, invoice("R-2"))
    library.trash([1])
    library.restore([1])
    assert library.note(1) == "waits for the bank"
    assert found(library, "bank").total == 1
    library.trash([1])
    library.empty_trash()
    check_index(library)


def test_a_note_of_a_document_that_is_not_there_is_an_error(library: Library) -> None:
    with pytest.raises(KeyError):
        library.note(7)
    with pytest.raises(KeyError):
        library.set_note(7, "x")
    assert library.undoable() is None


def test_any_text_is_a_valid_note(library: Library, desk: Path) -> None:
    add_and_read(library, desk, "a.pdf", invoice())
    for text in (
        "\ud83d alone",
        "\x00 zero",
        "'; DROP TABLE documents; --",
        "a | b",
        "x " * 50_000 + "x",
    ):
        library.set_note(1, text)
        check_index(library)
    assert library.note(1) == "x " * 50_000 + "x"


def test_words_of_a_document_that_is_deleted_for_good_are_not_kept(
    library: Library, desk: Path
) -> None:
    for name in ("a.pdf", "b.pdf"):
        add_and_read(library, desk, name, invoice(name))
    library.set_note(1, "quarzlampe shared")
    library.set_note(2, "shared")
    library.trash([1])
    library.empty_trash()
    with library._store.writing() as db:
        words = {word for (word,) in db.execute("SELECT term FROM vocabulary")}
        check = "INSERT INTO vocabulary_parts(vocabulary_parts, rank) VALUES ('integrity-check', 1)"
        db.execute(check)
    assert "shared" in words
    assert "quarzlampe" not in words
    assert found(library, "hared").total == 1
    assert found(library, "arzlamp").total == 0
