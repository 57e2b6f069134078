"""What is deleted comes back; what is exported is what was chosen."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest
from pytestqt.qtbot import QtBot

from app.desktop.export_dialog import ExportDialog, export_to, groups_of
from app.desktop.history_dialog import HistoryDialog
from app.desktop.navigation import TRASH
from app.desktop.value_ref import ValueRef, definition_of
from app.desktop.window import Window
from app.export import Format, RowsOf
from app.journey import Journey
from app.library import Library
from tests.desktop import papers


@pytest.fixture
def filled(window: Window, library: Library, work: Path, qtbot: QtBot) -> Window:
    """The window on a library of two invoices and a receipt."""
    papers.add_invoice(library, work)
    papers.add_doubtful_invoice(library, work)
    papers.add_receipt(library, work, "Corner Café", "14.50")
    window.refresh()
    qtbot.waitUntil(lambda: window.documents.model.rowCount() == 3)
    qtbot.waitUntil(window.actions_.trash.isEnabled)
    return window


def test_a_deleted_document_is_in_the_trash_and_can_be_restored(
    filled: Window, library: Library, qtbot: QtBot
) -> None:
    document = filled.documents.current
    filled.actions_.trash.trigger()
    qtbot.waitUntil(lambda: filled.documents.model.rowCount() == 2)
    qtbot.waitUntil(filled.notice.isVisible)
    filled.go_to(TRASH)
    qtbot.waitUntil(lambda: list(filled.documents.model.ids) == [document])
    filled.documents.restore_button.click()
    qtbot.waitUntil(lambda: filled.documents.model.rowCount() == 0)
    assert library.document(document).trashed_at is None


def test_the_message_after_deleting_undoes_it(
    filled: Window, library: Library, qtbot: QtBot
) -> None:
    document = filled.documents.current
    filled.actions_.trash.trigger()
    qtbot.waitUntil(filled.notice.isVisible)
    filled.notice.button.click()
    qtbot.waitUntil(lambda: library.document(document).trashed_at is None)


def test_the_message_after_deleting_undoes_it_and_nothing_else(
    filled: Window, library: Library, qtbot: QtBot
) -> None:
    document, *others = list(filled.documents.model.ids)
    filled.documents.go_to(document)
    filled.actions_.trash.trigger()
    qtbot.waitUntil(filled.notice.isVisible)
    [record] = library.records_of(others[0])
    with qtbot.waitSignal(filled.changes.saved):
        filled.changes.edit(ValueRef(record, "buyer_name"), "Somebody Else")
    filled.notice.button.click()
    qtbot.waitUntil(lambda: library.document(document).trashed_at is None)
    field = library.record(record).record.field("buyer_name")
    assert field is not None
    assert field.value == "Somebody Else"


def test_a_message_that_offers_to_undo_goes_with_the_next_change(
    filled: Window, library: Library, qtbot: QtBot
) -> None:
    first, second, *_ = list(filled.documents.model.ids)
    filled.documents.go_to(first)
    with qtbot.waitSignal(filled.changes.saved):
        filled.change_type("receipt")
    assert filled.notice.isVisible()
    [record] = library.records_of(second)
    with qtbot.waitSignal(filled.changes.saved):
        filled.changes.edit(ValueRef(record, "buyer_name"), "Somebody Else")
    assert not filled.notice.isVisible()


def test_deleting_in_a_table_takes_the_record_out_of_it(
    filled: Window, library: Library, qtbot: QtBot
) -> None:
    filled.go_to("invoice")
    qtbot.waitUntil(lambda: filled.records.stored is not None)
    filled.actions_.trash.trigger()
    qtbot.waitUntil(lambda: filled.records.table.model.rowCount() == 1)
    assert library.counts().trash == 1


def test_an_export_writes_what_is_shown_in_the_chosen_columns_and_order(
    filled: Window, library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    shown = library.table("invoice")
    dialog = ExportDialog(library, groups_of(library, definition_of("invoice"), shown, []), filled)
    dialog.form_box.setCurrentIndex(dialog.form_box.findData(Format.CSV.value))
    for row in range(dialog.columns.count()):
        item = dialog.columns.item(row)
        wanted = item.text() in ("Invoice number", "Total with tax")
        item.setCheckState(item.checkState().Checked if wanted else item.checkState().Unchecked)
    path = tmp_path / "out.csv"
    export_to(filled, library, dialog, path, filled.notice)
    qtbot.waitUntil(filled.notice.isVisible)
    assert str(path) in filled.notice.text.text()
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["invoice_number", "total_gross"],
            ["A-1001", "175.08"],
            ["B-77", "175.08"],
        ]


def test_one_row_a_line_item_of_the_selected_as_a_workbook(
    filled: Window, library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    shown = library.table("invoice")
    groups = groups_of(library, definition_of("invoice"), shown, shown[:1])
    dialog = ExportDialog(library, groups, filled)
    dialog.by_line.setChecked(True)
    dialog.only_selected.setChecked(True)
    assert dialog.layout_choice.rows is RowsOf.LINES
    path = tmp_path / "lines.xlsx"
    export_to(filled, library, dialog, path, filled.notice)
    qtbot.waitUntil(filled.notice.isVisible)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet.max_row == 1 + len(papers.GOODS)


def test_the_last_choice_is_remembered(filled: Window, library: Library) -> None:
    shown = library.table("invoice")
    groups = groups_of(library, definition_of("invoice"), shown, [])
    first = ExportDialog(library, groups, filled)
    first.form_box.setCurrentIndex(first.form_box.findData(Format.CSV_EXCEL.value))
    first.columns.setCurrentRow(1)
    moved = first.columns.item(1).text()
    first._move(-1)
    first.columns.item(5).setCheckState(first.columns.item(5).checkState().Unchecked)
    chosen = first.layout_choice
    first.remember()
    second = ExportDialog(library, groups, filled)
    assert second.form is Format.CSV_EXCEL
    assert second.layout_choice == chosen
    assert second.columns.item(0).text() == moved


def test_documents_of_several_types_can_be_exported_together(
    filled: Window, library: Library
) -> None:
    groups = groups_of(library, None, library.table(""), [])
    assert [group.definition.name for group in groups] == ["invoice", "receipt", "documents"]
    assert len(groups[-1].shown) == 3


def test_the_history_tells_before_and_after(
    filled: Window, library: Library, journey: Journey
) -> None:
    record = library.table("invoice")[0]
    journey.edit(record, "seller_name", "Another Seller")
    dialog = HistoryDialog(library, library.record(record), filled)
    texts = [dialog.table.item(0, column).text() for column in range(1, 5)]
    assert texts == ["Change of “Seller”", "Made-up Office Supplies", "Another Seller", "You"]
