"""Notes about documents: written beside the table, kept without a button, found by search."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.desktop.window import Window
from app.library import Library, Query
from tests.desktop import papers
from tests.desktop.test_accessibility import nameless


@pytest.fixture
def documents(library: Library, work: Path) -> tuple[int, int]:
    first, _ = papers.add_invoice(library, work, "A-1")
    second, _ = papers.add_invoice(library, work, "B-2")
    return first, second


@pytest.fixture
def noting(window: Window, documents: tuple[int, int], qtbot: QtBot) -> Window:
    """The window on the first invoice, its note in sight."""
    window.refresh()
    qtbot.waitUntil(lambda: window._counts is not None and window._counts.documents == 2)
    window.go_to("invoice")
    qtbot.waitUntil(lambda: window.reviewing and window.records.stored is not None)
    window.records.tabs.setCurrentWidget(window.records.note)
    assert window.records.note.isVisible()
    return window


def current(window: Window) -> int:
    stored = window.records.stored
    assert stored is not None
    return stored.document_id


def test_what_is_written_is_kept_and_found(noting: Window, library: Library, qtbot: QtBot) -> None:
    note = noting.records.note
    note.setFocus()
    with qtbot.waitSignal(noting.changes.saved):
        qtbot.keyClicks(note, "ask Miller about zebras")
    assert library.note(current(noting)) == "ask Miller about zebras"
    assert library.search(Query("zebras")).hits[0].document_id == current(noting)
    qtbot.waitUntil(lambda: noting.actions_.undo.text() == "Undo: change of the note")
    noting.actions_.undo.trigger()
    qtbot.waitUntil(lambda: note.toPlainText() == "")
    assert library.note(current(noting)) == ""


def test_going_to_another_document_keeps_what_was_written(
    noting: Window, library: Library, documents: tuple[int, int], qtbot: QtBot
) -> None:
    first = current(noting)
    (other,) = set(documents) - {first}
    note = noting.records.note
    note.setFocus()
    qtbot.keyClicks(note, "paid in cash")
    with qtbot.waitSignal(noting.changes.saved):
        noting.records.table.go_to(library.records_of(other)[0])
        qtbot.waitUntil(lambda: current(noting) == other)
    assert note.toPlainText() == ""
    assert library.note(first) == "paid in cash"
    assert library.note(other) == ""
    noting.records.table.go_to(library.records_of(first)[0])
    qtbot.waitUntil(lambda: note.toPlainText() == "paid in cash")


def test_closing_the_window_keeps_what_was_written(
    noting: Window, library: Library, qtbot: QtBot
) -> None:
    document = current(noting)
    noting.records.note.setFocus()
    qtbot.keyClicks(noting.records.note, "late")
    noting.close()
    assert library.note(document) == "late"


def test_what_is_being_written_is_not_overwritten(
    noting: Window, library: Library, qtbot: QtBot
) -> None:
    note = noting.records.note
    note.setFocus()
    qtbot.keyClicks(note, "half a sen")
    loads = noting.records.table.loads
    noting.refresh()
    qtbot.waitUntil(lambda: noting.records.table.loads > loads)
    qtbot.keyClicks(note, "tence")
    assert note.toPlainText() == "half a sentence"


def test_the_tab_key_leaves_the_note_and_it_has_a_name(noting: Window, qtbot: QtBot) -> None:
    noting.records.note.setFocus()
    qtbot.keyClick(noting.records.note, Qt.Key.Key_Tab)
    assert noting.records.note.toPlainText() == ""
    assert nameless(noting) == []
