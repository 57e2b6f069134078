"""Search over everything, as a person does it: typing, moving, looking, opening."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.desktop.hit_list import snippet_layout
from app.desktop.navigation import SEARCH, TRASH
from app.desktop.search_page import SearchPage
from app.desktop.window import Window
from app.library import Among, Hit, Library
from app.library.passages import Column
from tests.desktop import papers
from tests.desktop.test_accessibility import nameless
from tests.desktop.test_calculation_controls import choose


@pytest.fixture
def filled(library: Library, work: Path) -> tuple[int, int, int]:
    """Two invoices and a receipt: the documents' ids."""
    first, _ = papers.add_invoice(library, work, "A-1", "Müller Bürobedarf")
    second, _ = papers.add_invoice(library, work, "B-2", "Invented Stationery", ("1", "2026-01-01"))
    third, _ = papers.add_receipt(library, work, "Corner Café", "14.50")
    return first, second, third


@pytest.fixture
def search(window: Window, filled: tuple[int, int, int], qtbot: QtBot) -> SearchPage:
    """The window's page for searching, in sight."""
    window.refresh()
    qtbot.waitUntil(lambda: window._counts is not None and window._counts.documents == 3)
    window.actions_.search.trigger()
    assert window.searching
    assert window.navigation.current == SEARCH
    qtbot.waitUntil(lambda: not window.search._running)
    return window.search


def look_for(qtbot: QtBot, search: SearchPage, text: str) -> None:
    """Type over what is in the box, and wait for what is found."""
    search.box.selectAll()
    with qtbot.waitSignal(search.searched):
        if text:
            search.box.insert(text)
        else:
            qtbot.keyClick(search.box, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not search._running)


def found(search: SearchPage) -> list[int]:
    assert search.stack.currentWidget() is search.view
    return sorted({hit.document_id for hit in search.model.hits})


def test_it_finds_while_one_types(
    search: SearchPage, filled: tuple[int, int, int], qtbot: QtBot
) -> None:
    search.box.setFocus()
    with qtbot.waitSignal(search.searched):
        qtbot.keyClicks(search.box, "muller")
    assert found(search) == [filled[0]]
    assert search.count.text() == "Found in 1 place."
    with qtbot.waitSignal(search.searched):
        qtbot.keyClick(search.box, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClicks(search.box, "descr")
    assert found(search) == [filled[0], filled[1]]
    assert search.count.text() == "Found in 2 places."


def test_the_chosen_page_is_shown_with_the_found_words_marked(
    window: Window, search: SearchPage, library: Library, filled: tuple[int, int, int], qtbot: QtBot
) -> None:
    look_for(qtbot, search, "bürobedarf")
    qtbot.waitUntil(lambda: bool(window.page.marks))
    page = library.page(filled[0], 1)
    assert page is not None
    expected = [word.box for word in page.words if "robedarf" in word.text]
    assert expected
    assert [mark.box for mark in window.page.marks] == expected
    assert window.page.number == 1
    look_for(qtbot, search, "stationery")
    page = library.page(filled[1], 1)
    assert page is not None
    other = [word.box for word in page.words if word.text == "Stationery"]
    qtbot.waitUntil(lambda: [mark.box for mark in window.page.marks] == other)


def test_the_keyboard_stays_in_the_box(
    window: Window, search: SearchPage, filled: tuple[int, int, int], qtbot: QtBot
) -> None:
    search.box.setFocus()
    look_for(qtbot, search, "coffee OR")
    look_for(qtbot, search, "14.50")
    look_for(qtbot, search, "amount")
    first, second = search.model.hits
    assert search.current == first
    qtbot.keyClick(search.box, Qt.Key.Key_Down)
    assert search.current == second
    qtbot.keyClick(search.box, Qt.Key.Key_Down)
    assert search.current == second
    qtbot.keyClick(search.box, Qt.Key.Key_Up)
    assert search.current == first
    qtbot.keyClick(search.box, Qt.Key.Key_Down)
    qtbot.keyClick(search.box, Qt.Key.Key_Return)
    assert window.reviewing
    qtbot.waitUntil(lambda: window.records.table.current_record == second.record_id)


def test_a_double_click_opens_the_document_in_its_table(
    window: Window, search: SearchPage, filled: tuple[int, int, int], qtbot: QtBot
) -> None:
    look_for(qtbot, search, "coffee")
    where = search.view.visualRect(search.model.index(0, 0)).center()
    viewport = search.view.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=where)
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=where)
    assert window.reviewing
    definition = window.records.table.definition
    assert definition is not None
    assert definition.name == "receipt"


def test_a_document_that_is_in_the_trash_is_opened_there(
    window: Window, search: SearchPage, library: Library, filled: tuple[int, int, int], qtbot: QtBot
) -> None:
    library.trash([filled[2], filled[1]])
    look_for(qtbot, search, "coffee")
    assert search.stack.currentWidget() is search.nothing
    search.fold.click()
    with qtbot.waitSignal(search.searched):
        choose(qtbot, search.filters.among, "In the trash")
    assert found(search) == [filled[2]]
    assert window.actions_.restore.isEnabled()
    assert not window.actions_.trash.isEnabled()
    search.box.setFocus()
    qtbot.keyClick(search.box, Qt.Key.Key_Return)
    assert window.navigation.current == TRASH
    qtbot.waitUntil(lambda: window.documents.current == filled[2])


def test_filters_narrow_and_are_counted(
    search: SearchPage, filled: tuple[int, int, int], qtbot: QtBot
) -> None:
    look_for(qtbot, search, "invoice")
    assert found(search) == [filled[0], filled[1]]
    assert not search.filters.isVisible()
    qtbot.mouseClick(search.fold, Qt.MouseButton.LeftButton)
    assert search.filters.isVisible()

    def narrowed(edit: QLineEdit, text: str) -> list[int]:
        with qtbot.waitSignal(search.searched):
            edit.selectAll()
            qtbot.keyClicks(edit, text)
        return found(search)

    assert narrowed(search.filters.supplier, "muller") == [filled[0]]
    assert search.fold.text() == "Filters (1)"
    assert search.filters.filters().supplier == "muller"
    with qtbot.waitSignal(search.searched):
        qtbot.mouseClick(search.filters.clear, Qt.MouseButton.LeftButton)
    assert found(search) == [filled[0], filled[1]]
    assert search.fold.text() == "Filters"
    assert narrowed(search.filters.least, "100") == [filled[0], filled[1]]
    search.filters.clear.click()
    with qtbot.waitSignal(search.searched):
        choose(qtbot, search.filters.period.choice, "between two days")
        search.filters.period.until.insert("31 January 2026")
        qtbot.keyClick(search.filters.period.until, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: found(search) == [filled[1]])


def test_what_cannot_be_read_in_a_filter_is_said(search: SearchPage, qtbot: QtBot) -> None:
    search.fold.click()
    qtbot.keyClicks(search.filters.most, "a lot")
    assert search.filters.told.isVisible()
    assert "“a lot” is not a number" in search.filters.told.text()
    assert search.filters.filters().most is None
    search.filters.clear.click()
    assert not search.filters.told.isVisible()
    assert search.filters.filters().among is Among.ALL


def test_nothing_found_says_what_to_do(search: SearchPage, qtbot: QtBot) -> None:
    look_for(qtbot, search, "<b>unheard</b>")
    assert search.stack.currentWidget() is search.nothing
    assert "“<b>unheard</b>”" in search.nothing.text.text()
    assert search.nothing.text.textFormat() is Qt.TextFormat.PlainText
    assert not search.nothing.clear.isVisible()
    look_for(qtbot, search, "coffee")
    search.fold.click()
    with qtbot.waitSignal(search.searched):
        choose(qtbot, search.filters.type, "Invoice")
    assert search.nothing.clear.isVisible()
    with qtbot.waitSignal(search.searched):
        qtbot.mouseClick(search.nothing.clear, Qt.MouseButton.LeftButton)
    assert search.stack.currentWidget() is search.view


def test_an_empty_box_shows_what_can_be_searched_and_no_page(
    window: Window, search: SearchPage, qtbot: QtBot
) -> None:
    assert search.stack.currentWidget() is search.hint
    look_for(qtbot, search, "coffee")
    qtbot.waitUntil(lambda: window.page.number == 1)
    look_for(qtbot, search, "")
    assert search.stack.currentWidget() is search.hint
    qtbot.waitUntil(lambda: window.page.number == 0)


def test_more_is_fetched_on_the_way_down(
    window: Window, search: SearchPage, library: Library, work: Path, qtbot: QtBot
) -> None:
    for number in range(90):
        papers.add_failed(library, work, papers.Code.DAMAGED, f"quarterly-{number}")
    look_for(qtbot, search, "quarterly")
    assert search.count.text() == "Found in 90 places."
    assert len(search.model.hits) == 40
    bar = search.view.verticalScrollBar()
    while len(search.model.hits) < 90:
        before_more = len(search.model.hits)
        qtbot.waitUntil(lambda: bar.value() < bar.maximum())
        bar.setValue(bar.maximum())
        qtbot.waitUntil(lambda number=before_more: len(search.model.hits) > number)
    assert len({hit.document_id for hit in search.model.hits}) == 90
    search.view.setCurrentIndex(search.model.index(85, 0))
    before, scrolled = search.current, bar.value()
    with qtbot.waitSignal(search.searched):
        window.refresh()  # the library changed
    assert search.current == before
    assert bar.value() == scrolled
    search.box.setFocus()
    assert len(search.model.hits) == 90


def test_what_comes_late_is_dropped(search: SearchPage, qtbot: QtBot) -> None:
    shown: list[int] = []
    search.searched.connect(lambda: shown.append(len(search.model.hits)))
    for text in ("i", "in", "inv", "coffee"):
        search.box.setText(text)
        search.refresh()
    qtbot.waitUntil(lambda: bool(shown) and not search._running)
    assert shown == [1]
    assert "offee" in search.model.hits[0].snippet


def test_a_document_that_is_deleted_meanwhile_is_no_error(
    window: Window, search: SearchPage, library: Library, filled: tuple[int, int, int], qtbot: QtBot
) -> None:
    look_for(qtbot, search, "coffee")
    qtbot.waitUntil(lambda: window.page.number == 1)
    library.trash([filled[2]])
    library.empty_trash()
    search.look()
    qtbot.waitUntil(lambda: window.page.number == 0)
    hit = search.current
    assert hit is not None
    search.opened.emit(hit)
    assert window.notice.isVisible()
    with qtbot.waitSignal(search.searched):
        window.refresh()
    assert search.stack.currentWidget() is search.nothing


def test_enter_right_after_a_letter_opens_what_was_typed_and_not_what_was_seen(
    window: Window, search: SearchPage, filled: tuple[int, int, int], qtbot: QtBot
) -> None:
    look_for(qtbot, search, "stationery")
    search.box.setFocus()
    search.box.selectAll()
    with qtbot.waitSignal(search.searched):
        qtbot.keyClicks(search.box, "coffee")
        qtbot.keyClick(search.box, Qt.Key.Key_Return)
    assert window.searching
    assert found(search) == [filled[2]]
    qtbot.waitUntil(lambda: not search._running)
    qtbot.keyClick(search.box, Qt.Key.Key_Return)
    assert window.reviewing


def test_both_searches_say_what_they_search(window: Window, search: SearchPage) -> None:
    assert window.actions_.search.shortcut().toString() == "Ctrl+Shift+F"
    assert window.actions_.find.text() == "Search in this list"
    assert window.actions_.search.text() == "Search in everything"
    assert search.box.placeholderText() == "Search in everything"


def test_every_control_has_a_name(search: SearchPage, window: Window, qtbot: QtBot) -> None:
    assert nameless(search) == []
    search.fold.click()
    look_for(qtbot, search, "invoice")
    assert nameless(search) == []


def test_a_hit_tells_a_screen_reader_where_it_is(search: SearchPage, qtbot: QtBot) -> None:
    look_for(qtbot, search, "coffee")
    told = str(search.model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole))
    assert told.startswith("Corner Café.jpg, page 1: ")


def hit(snippet: str, *matches: tuple[int, int]) -> Hit:
    return Hit(1, "a.pdf", 1, None, Column.WORDS, snippet, matches, ())


@pytest.mark.parametrize("before", ["", "𝒜𝒷𝒸 ", "<b>", "مرحبا "])
def test_what_was_found_is_bold_and_nothing_else(window: Window, before: str) -> None:
    start = len(before)
    ink = window.palette().text().color()
    made = snippet_layout(hit(f"{before}Miller & Co", (start, start + 6)), QFont(), 500, ink)
    (stretch,) = made.formats()
    text = made.text().encode("utf-16-le")
    bold = text[2 * stretch.start : 2 * (stretch.start + stretch.length)].decode("utf-16-le")
    assert bold == "Miller"
    assert made.text() == f"{before}Miller & Co"


def test_a_long_snippet_ends_in_its_second_line(window: Window) -> None:
    long = hit("word\n" * 400, (0, 4), (1900, 1904))
    made = snippet_layout(long, QFont(), 200, window.palette().text().color())
    assert made.lineCount() <= 2
    assert made.text().endswith("…")
    assert len(made.formats()) == 1


def test_the_list_is_painted_with_what_documents_may_hold(search: SearchPage, qtbot: QtBot) -> None:
    hostile = [
        hit("", (0, 4)),
        hit("\u2028\x00<img src='file:///etc/passwd'>\u202e", (3, 300)),
        hit("x" * 100_000, (5, 2), (-3, -1)),
    ]
    search.model.show(hostile, 3)
    search.stack.setCurrentWidget(search.view)
    assert not search.view.grab().isNull()
    assert search.view.visualRect(search.model.index(0, 0)).contains(QPoint(5, 5))
