"""Looking over what was read: page and cell belong together, and every change is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.desktop.cells import CellTable
from app.desktop.navigation import LOOK
from app.desktop.value_ref import ValueRef, value_of
from app.desktop.window import Window
from app.document import Status
from app.library import Library, Part
from tests.desktop import papers


@pytest.fixture
def records(library: Library, work: Path) -> tuple[int, int]:
    """A sound invoice and a doubtful one: the records' ids."""
    _, sound = papers.add_invoice(library, work)
    _, doubtful = papers.add_doubtful_invoice(library, work)
    return sound, doubtful


@pytest.fixture
def invoices(window: Window, records: tuple[int, int], qtbot: QtBot) -> Window:
    """The window on the table of invoices, the first record current."""
    window.refresh()
    window.go_to("invoice")
    qtbot.waitUntil(lambda: window.reviewing and len(window.page.places) > 0)
    return window


def cell(window: Window, record: int, key: str) -> QModelIndex:
    index = window.records.table.model.index_of(ValueRef(record, key))
    assert index is not None
    return index


def click(qtbot: QtBot, table: CellTable, index: QModelIndex) -> None:
    table.scrollTo(index)
    where = table.visualRect(index).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)


def type_over(qtbot: QtBot, table: CellTable, index: QModelIndex, text: str) -> None:
    """Edit a cell as a person does: click, F2, type, Enter."""
    click(qtbot, table, index)
    qtbot.keyClick(table, Qt.Key.Key_F2)
    editor = table.viewport().findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Qt.Key.Key_Return)


def value(library: Library, record: int, key: str) -> str | None:
    field = library.record(record).record.field(key)
    return field.value if field else None


def test_clicking_a_cell_shows_its_place_on_the_page(
    invoices: Window, records: tuple[int, int], qtbot: QtBot
) -> None:
    view = invoices.records.table.view
    click(qtbot, view, cell(invoices, records[0], "total_gross"))
    qtbot.waitUntil(lambda: invoices.page.highlighted is not None)
    place = invoices.page.highlighted
    assert place is not None
    assert place.ref == ValueRef(records[0], "total_gross")
    assert "175.08" in place.label


def test_clicking_a_place_on_the_page_goes_to_its_cell(
    invoices: Window, records: tuple[int, int], qtbot: QtBot
) -> None:
    page = invoices.page
    qtbot.waitUntil(page.canvas.isVisible)
    place = next(p for p in page.places if p.ref.key == "invoice_number")
    scene = page.canvas.sceneRect()
    x, y = place.box.middle
    where = page.canvas.mapFromScene(x * scene.width(), y * scene.height())
    qtbot.mouseClick(page.canvas.viewport(), Qt.MouseButton.LeftButton, pos=where)
    view = invoices.records.table.view
    qtbot.waitUntil(lambda: view.currentIndex() == cell(invoices, records[0], "invoice_number"))


def test_a_place_of_a_line_item_goes_to_its_row(
    invoices: Window, records: tuple[int, int], library: Library, qtbot: QtBot
) -> None:
    line = library.record(records[0]).line_ids[1]
    ref = ValueRef(records[0], "amount", Part.LINES, line)
    place = next(p for p in invoices.page.places if p.ref == ref)
    invoices.page.place_clicked.emit(place)
    index = invoices.records.lines.view.currentIndex()
    assert (index.row(), index.column()) == (1, 3)
    assert invoices.page.highlighted is not None
    assert invoices.page.highlighted.ref == ref


def test_doubtful_and_missing_cells_are_told_by_icon_and_words(
    invoices: Window, records: tuple[int, int]
) -> None:
    for key, words in (
        ("total_gross", "Doubtful"),
        ("seller_name", "not found"),
        ("total_net", "Checked twice"),
    ):
        index = cell(invoices, records[1], key)
        assert not index.data(Qt.ItemDataRole.DecorationRole).isNull()
        assert words in index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert cell(invoices, records[1], "seller_name").data() == "Missing"
    assert cell(invoices, records[1], "due_date").data() == "—"


def test_f8_walks_over_the_doubtful_values_and_f7_back(
    invoices: Window, records: tuple[int, int], qtbot: QtBot
) -> None:
    table = invoices.records.table
    assert table.current_record == records[0]
    for key in ("issue_date", "seller_name", "total_gross"):
        qtbot.keyClick(invoices, Qt.Key.Key_F8)
        expected = ValueRef(records[1], key)
        qtbot.waitUntil(lambda expected=expected: invoices.records.current == expected)
    qtbot.keyClick(invoices, Qt.Key.Key_F7)
    qtbot.waitUntil(lambda: invoices.records.current == ValueRef(records[1], "seller_name"))


def test_an_edit_is_kept_as_the_users_and_undone_and_redone(
    invoices: Window, records: tuple[int, int], library: Library, qtbot: QtBot
) -> None:
    view = invoices.records.table.view
    type_over(qtbot, view, cell(invoices, records[0], "seller_name"), "Another Seller Ltd")
    qtbot.waitUntil(lambda: value(library, records[0], "seller_name") == "Another Seller Ltd")
    qtbot.waitUntil(
        lambda: cell(invoices, records[0], "seller_name").data() == "Another Seller Ltd"
    )
    field = library.record(records[0]).record.field("seller_name")
    assert field is not None
    assert field.status is Status.CONFIRMED
    undo = invoices.actions_.undo
    qtbot.waitUntil(lambda: "Seller" in undo.text())
    undo.trigger()
    qtbot.waitUntil(lambda: value(library, records[0], "seller_name") == "Made-up Office Supplies")
    redo = invoices.actions_.redo
    qtbot.waitUntil(lambda: redo.isEnabled() and "Seller" in redo.text())
    redo.trigger()
    qtbot.waitUntil(lambda: value(library, records[0], "seller_name") == "Another Seller Ltd")


def test_an_editor_left_unchanged_changes_nothing(
    invoices: Window, records: tuple[int, int], library: Library, qtbot: QtBot
) -> None:
    view = invoices.records.table.view
    click(qtbot, view, cell(invoices, records[0], "total_gross"))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    editor = view.viewport().findChild(QLineEdit)
    assert editor is not None
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    invoices.changes.finish()
    assert library.history(records[0]) == []


def test_what_is_being_typed_survives_a_refresh(
    invoices: Window, records: tuple[int, int], library: Library, work: Path, qtbot: QtBot
) -> None:
    view = invoices.records.table.view
    click(qtbot, view, cell(invoices, records[0], "seller_name"))
    qtbot.keyClick(view, Qt.Key.Key_F2)
    editor = view.viewport().findChild(QLineEdit)
    assert editor is not None
    editor.setText("half typ")
    papers.add_invoice(library, work, "A-9", "Late Arrival Ltd")
    invoices.refresh()
    qtbot.wait(400)
    assert editor.text() == "half typ"
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: value(library, records[0], "seller_name") == "half typ")
    qtbot.waitUntil(lambda: invoices.records.table.model.rowCount() == 3)


def test_an_alternative_is_taken_with_one_click(
    invoices: Window, records: tuple[int, int], library: Library, qtbot: QtBot
) -> None:
    view = invoices.records.table.view
    click(qtbot, view, cell(invoices, records[1], "total_gross"))
    panel = invoices.records.panel
    assert [button.text() for button in panel.choices] == ["Use 157.90"]
    panel.choices[0].click()
    qtbot.waitUntil(lambda: value(library, records[1], "total_gross") == "157.90")


def test_ctrl_enter_confirms_the_value(
    invoices: Window, records: tuple[int, int], library: Library, qtbot: QtBot
) -> None:
    view = invoices.records.table.view
    click(qtbot, view, cell(invoices, records[1], "issue_date"))
    qtbot.keyClick(view, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    def confirmed() -> bool:
        field = library.record(records[1]).record.field("issue_date")
        return field is not None and field.status is Status.CONFIRMED

    qtbot.waitUntil(confirmed)
    assert value(library, records[1], "issue_date") == "2026-04-03"
    qtbot.waitUntil(lambda: not invoices.records.panel.confirm.isEnabled())


def test_rows_are_added_edited_and_removed(
    invoices: Window, records: tuple[int, int], library: Library, qtbot: QtBot
) -> None:
    lines = invoices.records.lines
    assert lines.add_button is not None
    assert lines.remove_button is not None
    before = library.record(records[0]).line_ids
    lines.add_button.click()
    qtbot.waitUntil(lambda: lines.model.rowCount() == len(before) + 1)
    qtbot.waitUntil(lambda: lines.view.editing)
    editor = lines.view.viewport().findChild(QLineEdit)
    assert editor is not None
    qtbot.keyClicks(editor, "Staples")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    new = next(i for i in library.record(records[0]).line_ids if i not in before)
    ref = ValueRef(records[0], "description", Part.LINES, new)

    def described() -> bool:
        field = value_of(library.record(records[0]), ref)
        return field is not None and field.value == "Staples"

    qtbot.waitUntil(described)
    index = lines.model.index_of(ref)
    assert index is not None
    lines.view.setCurrentIndex(index)
    lines.remove_button.click()
    qtbot.waitUntil(lambda: library.record(records[0]).line_ids == before)


def test_delete_in_a_line_item_clears_the_cell_and_keeps_the_document(
    invoices: Window, records: tuple[int, int], library: Library, qtbot: QtBot
) -> None:
    lines = invoices.records.lines
    line = library.record(records[0]).line_ids[0]
    ref = ValueRef(records[0], "description", Part.LINES, line)
    index = lines.model.index_of(ref)
    assert index is not None
    click(qtbot, lines.view, index)
    qtbot.keyClick(lines.view, Qt.Key.Key_Delete)

    def cleared() -> bool:
        field = value_of(library.record(records[0]), ref)
        return field is not None and field.value is None

    qtbot.waitUntil(cleared)
    assert library.counts().trash == 0


def test_another_type_is_chosen_and_can_be_undone(
    invoices: Window, records: tuple[int, int], library: Library, qtbot: QtBot
) -> None:
    document = library.record(records[0]).document_id
    receipt = next(a for a in invoices.actions_.type_group.actions() if a.data() == "receipt")
    receipt.trigger()
    qtbot.waitUntil(lambda: library.document(document).chosen_type == "receipt")
    qtbot.waitUntil(invoices.notice.isVisible)
    invoices.notice.button.click()
    qtbot.waitUntil(lambda: library.document(document).chosen_type != "receipt")


def test_search_and_only_doubtful_narrow_the_table(
    invoices: Window, records: tuple[int, int], qtbot: QtBot
) -> None:
    page = invoices.records
    page.only_doubtful.setChecked(True)
    qtbot.waitUntil(lambda: list(page.table.model.ids) == [records[1]])
    page.only_doubtful.setChecked(False)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 2)
    qtbot.keyClicks(page.search, "A-1001")
    qtbot.waitUntil(lambda: list(page.table.model.ids) == [records[0]])
    page.search.setText("no such thing")
    qtbot.waitUntil(page.nothing.isVisible)


def test_a_click_on_a_header_sorts(
    invoices: Window, records: tuple[int, int], qtbot: QtBot
) -> None:
    table = invoices.records.table
    column = cell(invoices, records[0], "issue_date").column()
    header = table.view.horizontalHeader()
    where = QPoint(header.sectionViewportPosition(column) + 5, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.waitUntil(lambda: list(table.model.ids) == [records[1], records[0]])


def test_needs_a_look_gathers_what_is_open_and_forgets_what_was_looked_over(
    invoices: Window, records: tuple[int, int], qtbot: QtBot
) -> None:
    invoices.go_to(LOOK)
    table = invoices.records.table
    qtbot.waitUntil(lambda: list(table.model.ids) == [records[1]])
    qtbot.waitUntil(lambda: invoices.records.stored is not None)
    invoices.actions_.looked_over.trigger()
    qtbot.waitUntil(lambda: table.model.rowCount() == 0)
    qtbot.waitUntil(invoices.records.nothing.isVisible)


def test_the_first_of_many_rows_costs_no_fetching_of_the_rest(
    window: Window, library: Library, work: Path, qtbot: QtBot
) -> None:
    file = papers.print_pdf(
        work / "p.pdf", papers.office_invoice("P-1", "Sender", "1 May 2026", papers.GOODS)
    )
    record = papers.invoice_record(
        file, "P-1", "Sender", ("1 May 2026", "2026-05-01"), papers.GOODS
    )
    papers.read_into(library, file, [record] * 500, work)
    window.refresh()
    window.go_to("invoice")
    model = window.records.table.model
    qtbot.waitUntil(lambda: model.rowCount() == 500)
    qtbot.waitUntil(lambda: window.records.stored is not None)
    assert model.fetched < 200
