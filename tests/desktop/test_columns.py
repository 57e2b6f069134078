"""The columns of a table stay as the user left them."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.desktop.record_table import RecordTable
from app.desktop.value_ref import definition_of
from app.library import Library


def place_of(table: RecordTable, name: str) -> int:
    """Which column of the model is called ``name``."""
    return [column.name for column in table.model.columns].index(name)


def test_order_width_and_hidden_columns_are_there_again(library: Library, qtbot: QtBot) -> None:
    first = RecordTable(library)
    qtbot.addWidget(first)
    first.show_type(definition_of("invoice"))
    header = first.view.horizontalHeader()
    buyer, due = place_of(first, "buyer_name"), place_of(first, "due_date")
    header.moveSection(header.visualIndex(buyer), 1)
    first.view.setColumnWidth(buyer, 271)
    first.view.setColumnHidden(due, True)
    first.stop()
    second = RecordTable(library)
    qtbot.addWidget(second)
    second.show_type(definition_of("receipt"))
    second.show_type(definition_of("invoice"))
    assert second.view.horizontalHeader().visualIndex(buyer) == 1
    assert second.view.columnWidth(buyer) == 271
    assert second.view.isColumnHidden(due)
    second.stop()
