"""Conversations: kept with their documents, found, renamed, deleted and restored."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import Code, ProblemError
from app.library import Library
from app.library.conversations import TITLE_LENGTH
from tests.library.papers import add_and_read, invoice


def ids(library: Library, search: str = "") -> list[int]:
    return [row.id for row in library.conversations(search)]


def stored(library: Library, table: str) -> int:
    with library._store.reading() as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


def test_turns_are_kept_as_they_were_in_the_order_of_asking(library: Library) -> None:
    talk = library.begin_conversation("Miller")
    reply = bytes(range(256))
    first = library.add_turn(talk, "What did we pay\nMiller?", "12.50 EUR — “paid”\n", reply)
    second = library.add_turn(talk, "And in March?", "", b"")
    [turn, after] = library.turns(talk)
    assert (turn.id, turn.conversation_id, turn.reply) == (first, talk, reply)
    assert turn.question == "What did we pay\nMiller?"
    assert turn.text == "12.50 EUR — “paid”\n"
    assert (after.id, after.text, after.reply) == (second, "", b"")
    assert library.conversation(talk).turns == 2
    library.close()
    with Library.open(library.folder) as again:
        assert again.turns(talk) == [turn, after]


def test_the_one_that_was_last_added_to_comes_first(library: Library) -> None:
    first, second, third = (library.begin_conversation(name) for name in "abc")
    assert ids(library) == [third, second, first]
    for talk in (third, first, second):
        library.add_turn(talk, "?", "!", b"")
    assert ids(library) == [second, first, third]
    library.rename_conversation(third, "later")
    assert ids(library) == [second, first, third]


def test_every_word_is_looked_for_in_titles_questions_and_answers(library: Library) -> None:
    lease = library.begin_conversation("Büro-Miete")
    library.add_turn(lease, "Wie lang ist die Frist?", "Drei MONATE.", b"")
    library.add_turn(lease, "Ab wann?", "Zum Straßenfest.", b"")
    miller = library.begin_conversation("Miller")
    library.add_turn(miller, "What is 100% of it?", "All of it, _everything_.", b"")
    japanese = library.begin_conversation("請求書について")
    assert ids(library, "buro") == [lease]
    assert ids(library, "  BÜRO frist   monate ") == [lease]
    assert ids(library, "strassen wann") == [lease]
    assert ids(library, "buro miller") == []
    assert ids(library, "100%") == ids(library, "_every") == [miller]
    assert ids(library, "%") == [miller]
    assert ids(library, "求書") == [japanese]
    assert ids(library, "'") == ids(library, '" OR 1=1 --') == []
    assert set(ids(library, " ")) == {japanese, miller, lease}


def test_a_title_is_one_bounded_line_and_never_emptied(library: Library) -> None:
    talk = library.begin_conversation("  What did\n we pay?\t ")
    assert library.conversation(talk).title == "What did we pay?"
    library.rename_conversation(talk, " Zahlungen ")
    assert library.conversation(talk).title == "Zahlungen"
    assert ids(library, "pay") == []
    assert ids(library, "zahl") == [talk]
    for nothing in ("", " \n "):
        with pytest.raises(ValueError, match="named"):
            library.rename_conversation(talk, nothing)
    library.rename_conversation(talk, "x" * (TITLE_LENGTH + 1))
    title = library.conversation(talk).title
    assert len(title) == TITLE_LENGTH
    assert title.endswith("x…")
    library.rename_conversation(talk, "x" * TITLE_LENGTH)
    assert library.conversation(talk).title == "x" * TITLE_LENGTH


def test_text_that_is_not_valid_unicode_is_kept_as_near_as_can_be(library: Library) -> None:
    talk = library.begin_conversation("a\ud83d")
    library.add_turn(talk, "\ud83d\ude00", "x\udc80\x00y", b"")
    [turn] = library.turns(talk)
    assert (turn.question, turn.text) == ("😀", "x\ufffd\x00y")
    assert library.conversation(talk).title == "a\ufffd"


def test_a_deleted_one_is_out_of_sight_and_comes_back_until_the_library_is_closed(
    library: Library,
) -> None:
    talk = library.begin_conversation("Miller", [])
    library.add_turn(talk, "?", "!", b"")
    before = library.conversation(talk)
    library.delete_conversation(talk)
    assert ids(library) == ids(library, "miller") == library.conversations_with([1]) == []
    for gone in (
        library.turns,
        library.conversation,
        lambda talk: library.rename_conversation(talk, "new"),
    ):
        with pytest.raises(KeyError):
            gone(talk)
    library.restore_conversation(talk)
    assert library.conversation(talk) == before
    library.delete_conversation(talk)
    late = library.add_turn(talk, "On its way when it was deleted", "!", b"")
    library.restore_conversation(talk)
    assert library.turns(talk)[-1].id == late
    library.delete_conversation(talk)
    library.close()
    with Library.open(library.folder, read_only=True) as reader:
        for table in ("conversations", "turns", "conversation_documents", "turn_documents"):
            assert stored(reader, table) == 0
    with Library.open(library.folder) as again:
        for change in (again.restore_conversation, again.delete_conversation):
            with pytest.raises(KeyError):
                change(talk)
        with pytest.raises(KeyError):
            again.add_turn(talk, "?", "!", b"")
        assert again.begin_conversation("next") > talk


def test_what_a_crash_left_of_a_deleted_one_goes_at_the_next_start(library: Library) -> None:
    talk = library.begin_conversation("Miller")
    library.delete_conversation(talk)
    library._indexing.stop()
    library._store.close()
    assert library._lock is not None
    library._lock.release()
    with Library.open(library.folder) as again:
        assert stored(again, "conversations") == 0


def test_a_conversation_outlives_its_documents_and_still_names_them(
    library: Library, desk: Path
) -> None:
    for name in ("lease.pdf", "bill.pdf"):
        add_and_read(library, desk, name, invoice(name))
    talk = library.begin_conversation("Notice period", [2, 1, 2, 99])
    row = library.conversation(talk)
    assert row.document_ids == (2, 1, 99)
    assert row.document_names == ("bill.pdf", "lease.pdf", "")
    assert row.gone == (99,)
    library.add_turn(talk, "How long?", "Three months.", b"kept", documents=[1, 99])
    library.trash([1])
    assert library.conversation(talk).gone == (99,)
    library.empty_trash()
    row = library.conversation(talk)
    assert row.document_names == ("bill.pdf", "lease.pdf", "")
    assert row.gone == (1, 99)
    assert [turn.text for turn in library.turns(talk)] == ["Three months."]
    with library._store.reading() as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_conversations_go_with_their_documents_where_that_is_wanted(
    library: Library, desk: Path
) -> None:
    for name in ("lease.pdf", "bill.pdf"):
        add_and_read(library, desk, name, invoice(name))
    about = library.begin_conversation("about the lease", [2, 1])
    quoting = library.begin_conversation("about the library")
    library.add_turn(quoting, "?", "“Three months”", b"", documents=[1])
    deleted = library.begin_conversation("deleted a moment ago", [1])
    library.delete_conversation(deleted)
    other = library.begin_conversation("about the bill", [2])
    library.add_turn(other, "?", "“119.00”", b"", documents=[2])
    assert library.conversations_with([1]) == [about, quoting]
    assert library.conversations_with([2]) == [about, other]
    assert library.conversations_with([]) == []
    library.trash([1])
    assert library.empty_trash(with_conversations=True) == 1
    assert ids(library) == [other]
    assert stored(library, "conversations") == stored(library, "turns") == 1
    with pytest.raises(KeyError):
        library.restore_conversation(deleted)


def test_a_library_that_is_only_read_shows_conversations_and_takes_none(library: Library) -> None:
    talk = library.begin_conversation("Miller")
    library.add_turn(talk, "?", "!", b"")
    with Library.open(library.folder, read_only=True) as reader:
        assert ids(reader) == [talk]
        assert len(reader.turns(talk)) == 1
        for change in (
            lambda: reader.begin_conversation("x"),
            lambda: reader.add_turn(talk, "?", "!", b""),
            lambda: reader.rename_conversation(talk, "x"),
            lambda: reader.delete_conversation(talk),
        ):
            with pytest.raises(ProblemError) as caught:
                change()
            assert caught.value.problem.code is Code.LIBRARY_READ_ONLY
