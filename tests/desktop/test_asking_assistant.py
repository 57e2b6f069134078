"""The page for questions on the program's own assistant, with and without an engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.asking.assistant import Assistant
from app.asking.messages import Computed, Told
from app.desktop.window import Window
from app.engine.engine import Engine
from app.library import Library
from tests.desktop import papers
from tests.engine_script import ScriptedEngine, Spoken


class Engines:
    """The engine in use, which a test sets."""

    def __init__(self) -> None:
        self.engine: Engine | None = None

    def current(self) -> Engine | None:
        return self.engine


@pytest.fixture
def in_use() -> Engines:
    return Engines()


@pytest.fixture
def answers(library: Library, in_use: Engines) -> Iterator[Assistant]:
    made = Assistant(library, in_use.current)
    yield made
    made.close()


@pytest.fixture
def invoice(library: Library, work: Path) -> int:
    document, _ = papers.add_invoice(library, work)
    return document


def test_without_an_engine_a_calculation_by_hand_is_worked_out_and_kept(
    window: Window, invoice: int, library: Library, qtbot: QtBot
) -> None:
    window.refresh()
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.documents)
    window.ask()
    page = window.asking.page
    qtbot.waitUntil(page.box.lacking.isVisible)
    window.asking.by_hand()
    draft = window.asking.transcript.draft
    assert draft is not None
    draft.again.click()
    turn = window.asking.transcript.turns[0]
    qtbot.waitUntil(lambda: isinstance(turn.reply, Computed), timeout=10_000)
    assert turn.computed is not None
    assert "175.08" in turn.computed.sentence.text()
    assert len(library.turns(library.conversations()[0].id)) == 1


def test_an_answer_of_an_engine_cites_marks_what_is_wrong_and_shows_the_place(
    window: Window, in_use: Engines, invoice: int, qtbot: QtBot
) -> None:
    in_use.engine = ScriptedEngine(lambda _: Spoken("The total is 999.99 [1:5]."))
    window.refresh()
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.documents)
    window.ask()
    window.asking.look()
    window.asking.ask_about([invoice])
    box = window.asking.page.box
    qtbot.waitUntil(lambda: box.documents == (invoice,) and box.edit.isVisible())
    box.edit.setPlainText("What is the total?")
    qtbot.keyClick(box.edit, Qt.Key.Key_Return)
    turn = window.asking.transcript.turns[0]
    qtbot.waitUntil(lambda: isinstance(turn.reply, Told), timeout=10_000)
    qtbot.waitUntil(lambda: "[A-1001.pdf, page 1]" in turn.answer.shown)
    assert turn.way.text() == "Answered from the whole of A-1001.pdf"
    assert any("999.99" in label.text() for label in turn.remarks)
    assert isinstance(turn.reply, Told)
    turn.answer.cited.emit(turn.reply.citations[0])
    qtbot.waitUntil(lambda: bool(window.page.marks))
