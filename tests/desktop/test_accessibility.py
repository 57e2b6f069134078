"""Everything can be found by a screen reader and reached with the keyboard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.asking.messages import Computed, Given, Told, Way
from app.desktop.export_dialog import ExportDialog, groups_of
from app.desktop.help_dialogs import ShortcutsDialog
from app.desktop.navigation import ALL, ASK, LOOK, TRASH
from app.desktop.value_ref import definition_of
from app.desktop.window import Window
from app.library import Library
from app.library.calculation import Calculation, Measure
from tests.answer_script import ScriptedAnswers, gives
from tests.desktop import papers

CONTROLS = {
    QAccessible.Role.Button,
    QAccessible.Role.CheckBox,
    QAccessible.Role.ComboBox,
    QAccessible.Role.EditableText,
    QAccessible.Role.List,
    QAccessible.Role.MenuItem,
    QAccessible.Role.PageTab,
    QAccessible.Role.ProgressBar,
    QAccessible.Role.RadioButton,
    QAccessible.Role.Table,
    QAccessible.Role.ListItem,
}


def controls(interface: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    """Every visible control below ``interface`` in the accessibility tree."""
    for number in range(interface.childCount()):
        child = interface.child(number)
        if child is None or not child.isValid() or child.state().invisible:
            continue
        if child.role() in CONTROLS:
            yield child
        if child.role() not in (QAccessible.Role.Table, QAccessible.Role.ComboBox):
            yield from controls(child)


def nameless(widget: QWidget) -> list[str]:
    """What in ``widget`` a screen reader could not name."""
    root = QAccessible.queryAccessibleInterface(widget)
    assert root is not None
    found = []
    seen = 0
    for control in controls(root):
        seen += 1
        if not control.text(QAccessible.Text.Name):
            inner = control.object()
            kind = type(inner).__name__ if inner else str(control.role())
            found.append(f"{kind} at {control.rect()} in {inner.parent() if inner else None}")
    assert seen > 1
    return found


@pytest.mark.parametrize("place", [ALL, ASK, LOOK, "invoice", TRASH])
def test_every_control_has_a_name(
    window: Window, library: Library, work: Path, qtbot: QtBot, place: str
) -> None:
    papers.add_invoice(library, work)
    papers.add_doubtful_invoice(library, work)
    window.refresh()
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.documents)
    window.go_to(place)
    window.queue_bar.show_progress(4, 2, paused=False)
    window.notice.tell("Something happened.", button="Undo", do=lambda: None)
    qtbot.wait(100)
    assert nameless(window) == []


def test_every_control_of_answers_has_a_name(
    window: Window, library: Library, answers: ScriptedAnswers, work: Path, qtbot: QtBot
) -> None:
    document, _ = papers.add_invoice(library, work)
    window.refresh()
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.documents)
    given = tuple(Given(document, "A-1001.pdf", page) for page in (1, 2))
    told = Told("Yes.", Way.PASSAGES, given=given, pages=9, seconds_for_all=90.0, thinking="Hm.")
    calculation = Calculation(Measure.COUNT, kinds=("invoice",))
    figures = library.calculate(calculation, dt.date(2026, 11, 20))
    counted = Computed(calculation, figures, "One invoice.", "2026-11-20")
    window.asking.ask_about([document])
    qtbot.waitUntil(lambda: window.asking.page.box.documents == (document,))
    window.ask()
    for reply in (told, counted):
        answers.script = gives(reply)
        window.asking.page.box.asked.emit("Is it?")
        qtbot.waitUntil(lambda: window.asking.transcript.running is None)
    window.asking.transcript.turns[0].thinking.button.click()
    window.asking.by_hand()
    qtbot.wait(100)
    assert nameless(window) == []
    window.asking.page.talks.click()
    qtbot.waitUntil(lambda: window.asking.page.list.list.count() == 1)
    assert nameless(window) == []
    answers.can_read = False
    window.asking.look()
    qtbot.waitUntil(window.asking.page.box.lacking.isVisible)
    assert nameless(window) == []


def test_every_control_of_the_empty_window_has_a_name(window: Window, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.empty)
    assert nameless(window) == []


def test_every_control_of_the_dialogs_has_a_name(
    window: Window, library: Library, work: Path
) -> None:
    papers.add_invoice(library, work)
    shown = library.table("invoice")
    export = ExportDialog(library, groups_of(library, definition_of("invoice"), shown, []), window)
    shortcuts = ShortcutsDialog(window.actions_.documented(), window)
    for dialog in (export, shortcuts):
        dialog.show()
        assert nameless(dialog) == []
        dialog.close()


def test_every_action_is_in_the_menus_and_no_shortcut_is_given_twice(window: Window) -> None:
    in_menus = {
        action
        for top in window.menuBar().actions()
        for action in (top.menu().actions() if top.menu() else ())
    }
    keys: list[str] = []
    for action in window.actions():
        if action.shortcut().toString():
            assert action in in_menus, action.text()
            keys += [key.toString() for key in action.shortcuts()]
    assert len(keys) == len(set(keys))


def test_the_help_lists_every_shortcut(window: Window) -> None:
    listed = dict(window.actions_.documented())
    assert {"F8", "F7", "Ctrl+E", "Ctrl+F"} <= set(listed.values())
