"""Asking in the window: what is typed, what streams in, what it rests on, what is kept."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QInputDialog,
    QLabel,
    QMessageBox,
    QTextBrowser,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.asking.messages import (
    Ask,
    Chosen,
    Citation,
    Computed,
    Doing,
    Doubt,
    Doubted,
    Given,
    Piece,
    Told,
    Way,
)
from app.desktop.figures_view import FiguresView
from app.desktop.navigation import ASK
from app.desktop.turn_view import TurnView
from app.desktop.window import Window
from app.engine.messages import Stage
from app.errors import Code, problem
from app.library import Library
from app.library.calculation import Bucket, Calculation, Column, Measure, Why
from tests.answer_script import ScriptedAnswers, gives, says, works_out
from tests.desktop import papers

TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def invoice(library: Library, work: Path) -> int:
    """The document that is asked about."""
    document, _ = papers.add_invoice(library, work)
    return document


@pytest.fixture
def asking(window: Window, invoice: int, qtbot: QtBot) -> Window:
    """The window on the page for questions."""
    window.refresh()
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.documents)
    window.ask()
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.asking.page)
    return window


def ask(window: Window, qtbot: QtBot, text: str) -> TurnView:
    """Type a question and press Enter."""
    edit = window.asking.page.box.edit
    qtbot.waitUntil(lambda: window.asking.transcript.running is None)
    before = len(window.asking.transcript.turns)
    edit.setFocus()
    edit.setPlainText(text)
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert len(window.asking.transcript.turns) == before + 1
    return window.asking.transcript.turns[-1]


def settled(qtbot: QtBot, turn: TurnView) -> TurnView:
    """The turn, when all of its answer is shown."""
    qtbot.waitUntil(
        lambda: (
            not turn.working
            and not turn.answer.working
            and all(piece.isVisible() for piece in turn.answer.pieces)
        ),
        timeout=20_000,
    )
    return turn


def remarks(turn: TurnView) -> str:
    return "\n".join(label.text() for label in turn.remarks)


def cited(document: int, name: str = "A-1001.pdf") -> Told:
    """An answer that cites the third line of a document's first page."""
    text = "It is invoice A-1001 [1:3] and costs 1,240.00 [1:3]."
    at = text.index("[1:3]")
    again = text.index("[1:3]", at + 1)
    wrong = text.index("1,240.00")
    lines = "Invoice to  Invoice number A-1001"
    return Told(
        text,
        Way.WHOLE,
        (
            Citation(at, at + 5, document, name, 1, 3, 3, lines),
            Citation(again, again + 5, document, name, 1, 3, 3, lines),
        ),
        (Doubt(wrong, wrong + 8, Doubted.NOT_THERE),),
        (Given(document, name, 1),),
        1,
    )


def link_at(browser: QTextBrowser, text: str) -> QPoint:
    """The middle of the first place where ``text`` stands."""
    found = browser.document().find(text)
    assert not found.isNull()
    cursor = QTextCursor(browser.document())
    cursor.setPosition((found.selectionStart() + found.selectionEnd()) // 2)
    return browser.cursorRect(cursor).center()


def test_an_answer_streams_in_and_is_kept(
    asking: Window, answers: ScriptedAnswers, library: Library, qtbot: QtBot
) -> None:
    gate = threading.Event()
    told = Told("Three months.", Way.PASSAGES, given=(Given(1, "a.pdf", 2),), pages=9)
    answers.script = gives(
        Doing(Stage.READING, 1, 4, 240.0),
        Chosen(Way.PASSAGES, 1, 9),
        Piece("Three "),
        gate,
        Piece("months."),
        told,
    )
    turn = ask(asking, qtbot, "What is the notice period?")
    assert asking.asking.page.box.edit.toPlainText() == ""
    qtbot.waitUntil(lambda: turn.answer.shown.startswith("Three"))
    assert turn.way.text() == "From 1 of 9 pages"
    assert asking.asking.page.box.send.text() == "Stop"
    gate.set()
    settled(qtbot, turn)
    assert turn.answer.shown == "Three months."
    assert turn.way.text() == "Answered from 1 of 9 pages, in a.pdf"
    assert asking.asking.page.box.send.text() == "Ask"
    (row,) = library.conversations()
    assert row.title == "What is the notice period?"


def test_what_is_done_is_said_with_the_time_left(
    asking: Window, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    gate = threading.Event()
    answers.script = gives(
        Chosen(Way.WHOLE, 9, 9), Doing(Stage.READING, 1, 4, 240.0), gate, Told("x", Way.WHOLE)
    )
    asking.asking.ask_about([1])
    qtbot.waitUntil(lambda: asking.asking.page.box.documents == (1,))
    turn = ask(asking, qtbot, "Who signed it?")
    qtbot.waitUntil(lambda: turn.doing.text() == "Reading the document: about 4 minutes left")
    gate.set()
    settled(qtbot, turn)


def test_a_citation_is_a_link_that_marks_its_lines_on_the_page(
    asking: Window, answers: ScriptedAnswers, invoice: int, qtbot: QtBot
) -> None:
    answers.script = gives(cited(invoice))
    turn = settled(qtbot, ask(asking, qtbot, "Which invoice is it?"))
    assert "[A-1001.pdf, page 1]" in turn.answer.shown
    assert "[1:3]" not in turn.answer.shown
    browser = turn.answer.pieces[0]
    where = link_at(browser, "A-1001.pdf, page 1")
    qtbot.mouseClick(browser.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.waitUntil(lambda: bool(asking.page.marks))
    assert asking.page.number == 1
    assert "Line 3" in asking.page.marks[0].label


def test_a_citation_can_be_followed_with_the_keyboard(
    asking: Window, answers: ScriptedAnswers, invoice: int, qtbot: QtBot
) -> None:
    answers.script = gives(cited(invoice))
    turn = settled(qtbot, ask(asking, qtbot, "Which invoice is it?"))
    browser = turn.answer.pieces[0]
    browser.setFocus()
    qtbot.keyClick(browser, Qt.Key.Key_Tab)
    qtbot.keyClick(browser, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(asking.page.marks))
    qtbot.keyClick(browser, Qt.Key.Key_Escape)
    assert asking.asking.page.box.edit.hasFocus()


def test_the_tab_key_goes_over_the_answers_to_the_box(
    asking: Window, answers: ScriptedAnswers, invoice: int, qtbot: QtBot
) -> None:
    answers.script = gives(cited(invoice))
    first = settled(qtbot, ask(asking, qtbot, "First?"))
    second = settled(qtbot, ask(asking, qtbot, "Second?"))
    qtbot.wait(50)
    expected = [first.answer.pieces[0], first.copy, first.export]
    expected += [second.answer.pieces[0], second.copy, second.export]
    asking.asking.page.talks.setFocus()
    seen: list[QWidget | None] = []
    for _ in range(40):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        seen.append(QApplication.focusWidget())
        if seen[-1] is asking.asking.page.box.edit:
            break
    assert seen[-1] is asking.asking.page.box.edit
    stops = [widget for widget in dict.fromkeys(seen) if widget in expected]
    assert stops == expected


def test_what_cannot_be_worked_out_is_said_in_the_library_s_words(
    asking: Window, answers: ScriptedAnswers, library: Library, qtbot: QtBot
) -> None:
    answers.script = works_out(library, TODAY)
    wrong = Calculation(Measure.SUM, Column("no such column"))
    asking.asking.transcript.ask_wanted.emit(Ask("By hand", calculation=wrong))
    turn = asking.asking.transcript.turns[-1]
    qtbot.waitUntil(lambda: not turn.working)
    assert "no such column" in remarks(turn)


def test_doubts_are_marked_in_the_text_and_named_below_it(
    asking: Window, answers: ScriptedAnswers, invoice: int, qtbot: QtBot
) -> None:
    answers.script = gives(cited(invoice))
    turn = settled(qtbot, ask(asking, qtbot, "Which invoice is it?"))
    assert "1,240.00(?)" in turn.answer.shown
    assert "Not found in the lines it names: 1,240.00" in remarks(turn)
    found = turn.answer.pieces[0].document().find("1,240.00")
    assert "Not found in the lines it names" in found.charFormat().toolTip()


def test_a_document_that_is_gone_is_said_to_be_gone(
    asking: Window, answers: ScriptedAnswers, library: Library, invoice: int, qtbot: QtBot
) -> None:
    answers.script = gives(cited(invoice))
    turn = settled(qtbot, ask(asking, qtbot, "Which invoice is it?"))
    library.trash([invoice])
    library.empty_trash()
    with qtbot.waitSignal(asking.asking.gone) as told:
        turn.answer.cited.emit(cited(invoice).citations[0])
    assert "not in the library any more" in told.args[0]
    assert "Invoice number A-1001" in told.args[0]


@pytest.mark.parametrize("also", [True, False])
def test_who_empties_the_trash_can_delete_what_was_asked_about_it(
    asking: Window,
    answers: ScriptedAnswers,
    library: Library,
    invoice: int,
    qtbot: QtBot,
    also: bool,
) -> None:
    answers.script = gives(cited(invoice))
    asking.asking.ask_about([invoice])
    qtbot.waitUntil(lambda: asking.asking.page.box.documents == (invoice,))
    settled(qtbot, ask(asking, qtbot, "Which invoice is it?"))
    library.trash([invoice])

    def agree() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        box.checkBox().setChecked(also)
        button = next(b for b in box.buttons() if b.text() == "Delete for good")
        button.click()

    QTimer.singleShot(200, agree)
    asking.empty_trash()
    qtbot.waitUntil(lambda: not library.document_ids(trashed=True))
    assert len(library.conversations()) == (0 if also else 1)


@pytest.mark.parametrize("can_go", [True, False])
def test_emptying_the_trash_takes_what_the_engine_kept_of_documents_along(
    asking: Window,
    library: Library,
    invoice: int,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    can_go: bool,
) -> None:
    kept = [tmp_path / "cache" / name for name in ("kept/a.state", "pictures/b.picture")]
    other = tmp_path / "cache" / "instructions.state"
    for path in (*kept, other):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    if not can_go:  # as on Windows, while another program holds a file open
        monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)
    failed: list[object] = []
    asking.changes.failed.connect(failed.append)
    library.trash([invoice])
    with qtbot.waitSignal(asking.changes.saved):
        asking.changes.empty_trash()
    asking.changes.finish()
    assert [path.exists() for path in kept] == [not can_go] * 2
    assert other.exists()
    assert not library.document_ids(trashed=True)
    assert len(failed) == (0 if can_go else 1)
    if not can_go:
        assert "could not all be deleted" in str(failed[0])


HOSTILE = (
    '<img src="file:///etc/passwd"><b>bold</b> &amp; <a href="http://example.com">x</a>'
    "\x00\x07\u202e0001\u202c\u2028\ufdd0 end"
)


def test_markup_and_control_characters_in_an_answer_are_only_text(
    asking: Window, answers: ScriptedAnswers, invoice: int, qtbot: QtBot
) -> None:
    name = "<h1>evil</h1>\n\u202efdp.exe"
    told = cited(invoice, name)
    shift = len(HOSTILE) + 1
    answers.script = gives(
        Piece(HOSTILE),
        msgspec.structs.replace(
            told,
            text=f"{HOSTILE} {told.text}",
            citations=tuple(
                dataclasses.replace(c, start=c.start + shift, end=c.end + shift, quote=HOSTILE)
                for c in told.citations
            ),
            doubts=(Doubt(0, 20, Doubted.NOT_CITED),),
            given=(Given(invoice, name, 1),),
        ),
    )
    turn = settled(qtbot, ask(asking, qtbot, f"{HOSTILE}?"))
    shown = turn.answer.shown
    assert "<b>bold</b> &amp;" in shown
    assert not {"\x00", "\x07", "\u202e", "\ufdd0"} & set(shown)
    assert "[<h1>evil</h1> \ufffdfdp.exe, page 1]" in shown
    assert "<h1>evil</h1>" in turn.way.text()
    for label in turn.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText or not label.text()
    tip = turn.answer.pieces[0].document().find("evil").charFormat().toolTip()
    assert "<img" not in tip
    assert "&lt;img" in tip


def test_a_very_long_answer_is_shown_in_part_and_copied_whole(
    asking: Window, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    text = "word " * 200_000  # a megabyte, in one paragraph
    answers.script = gives(Piece(text), Told(text, Way.PASSAGES))
    turn = settled(qtbot, ask(asking, qtbot, "Everything?"))
    assert not turn.answer.cut.isHidden()
    assert len(turn.answer.shown) < len(text)
    turn.copy.click()
    qtbot.waitUntil(lambda: text in QGuiApplication.clipboard().text())


def test_thousands_of_pieces_arrive_whole_and_in_order(
    asking: Window, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    lines = [f"Line {number} of the answer.\n" for number in range(4000)]
    answers.script = gives(*map(Piece, lines), Told("".join(lines), Way.PASSAGES))
    turn = settled(qtbot, ask(asking, qtbot, "Everything?"))
    assert turn.answer.shown.split() == "".join(lines).split()


def test_links_in_a_long_answer_stand_where_they_belong(
    asking: Window, answers: ScriptedAnswers, invoice: int, qtbot: QtBot
) -> None:
    text, citations = "", []
    for number in range(800):
        text += f"Fact \U0001f600 {number} "
        citations.append(
            Citation(len(text), len(text) + 5, invoice, "a.pdf", number + 1, 1, 1, "q")
        )
        text += "[1:1]" + (".\n" if number % 3 else ". ")
    answers.script = gives(Piece(text), Told(text, Way.WHOLE, tuple(citations)))
    turn = settled(qtbot, ask(asking, qtbot, "Everything?"))
    expected = text
    for number in range(800):
        expected = expected.replace("[1:1]", f"[a.pdf, page {number + 1}]", 1)
    assert turn.answer.shown.split() == expected.split()


def test_an_error_in_the_middle_keeps_what_was_written_and_says_what_to_do(
    asking: Window, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    answers.script = gives(Piece("Three "), problem(Code.MODEL_CRASHED, "a.pdf"))
    turn = settled(qtbot, ask(asking, qtbot, "How long?"))
    qtbot.waitUntil(lambda: bool(turn.remarks))
    assert turn.answer.shown == "Three "
    assert "What was written until then stands above." in remarks(turn)
    assert asking.asking.page.box.send.text() == "Ask"


def test_an_answer_that_broke_off_and_was_kept_says_both(
    asking: Window, answers: ScriptedAnswers, library: Library, qtbot: QtBot
) -> None:
    broken = Told("Three ", Way.WHOLE, stopped=True)
    answers.script = gives(Piece("Three "), broken, problem(Code.MODEL_CRASHED, "a.pdf"))
    turn = settled(qtbot, ask(asking, qtbot, "How long?"))
    qtbot.waitUntil(lambda: "The model stopped unexpectedly" in remarks(turn))
    assert len(library.conversations()) == 1
    assert asking.asking.transcript.conversation == library.conversations()[0].id
    assert asking.asking.page.box.send.text() == "Ask"


def test_an_answer_that_cannot_be_kept_says_so(
    asking: Window, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    answers.keeps = False
    answers.script = gives(Told("Yes.", Way.WHOLE, forgotten=2))
    turn = settled(qtbot, ask(asking, qtbot, "Is it?"))
    assert "could not be kept" in remarks(turn)
    assert "2 earlier questions" in remarks(turn)
    assert asking.asking.transcript.conversation is None


def test_stop_keeps_what_is_written_and_says_so(
    asking: Window, answers: ScriptedAnswers, library: Library, qtbot: QtBot
) -> None:
    answers.script = gives(Piece("Three "), threading.Event(), Told("never", Way.WHOLE))
    turn = ask(asking, qtbot, "How long?")
    qtbot.waitUntil(lambda: turn.answer.shown == "Three ")
    qtbot.mouseClick(asking.asking.page.box.send, Qt.MouseButton.LeftButton)
    settled(qtbot, turn)
    assert "Stopped: this is as far as the answer came." in remarks(turn)
    (row,) = library.conversations()
    assert library.turns(row.id)[0].text == "Three "


def test_stop_before_there_is_a_word_is_no_failure(
    asking: Window, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    answers.script = gives(threading.Event())
    turn = ask(asking, qtbot, "How long?")
    asking.asking.stop_answering()
    settled(qtbot, turn)
    assert "Stopped before there was an answer." in remarks(turn)


def test_an_answer_without_an_end_does_not_look_as_if_it_went_on(
    asking: Window, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    answers.script = gives(Piece("Three "))
    turn = settled(qtbot, ask(asking, qtbot, "How long?"))
    assert "Something went wrong inside the program." in remarks(turn)


def test_closing_the_window_while_an_answer_streams_keeps_what_is_written(
    asking: Window, answers: ScriptedAnswers, library: Library, qtbot: QtBot
) -> None:
    answers.script = gives(Piece("Three "), threading.Event(), Told("never", Way.WHOLE))
    turn = ask(asking, qtbot, "How long?")
    qtbot.waitUntil(lambda: turn.answer.shown == "Three ")
    asking.close()
    (row,) = library.conversations()
    assert library.turns(row.id)[0].text == "Three "


def test_a_second_question_waits_for_the_answer_to_the_first(
    asking: Window, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    gate = threading.Event()
    answers.script = gives(gate, Told("Yes.", Way.WHOLE))
    first = ask(asking, qtbot, "First?")
    edit = asking.asking.page.box.edit
    edit.setPlainText("Second?")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert edit.toPlainText() == "Second?"  # it is still there, to be sent later
    assert len(asking.asking.transcript.turns) == 1
    gate.set()
    settled(qtbot, first)
    qtbot.waitUntil(lambda: asking.asking.transcript.running is None)
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    settled(qtbot, asking.asking.transcript.turns[1])
    answers.asked.get(timeout=10)
    second = answers.asked.get(timeout=10)
    assert second.text == "Second?"
    assert second.conversation == asking.asking.transcript.conversation is not None


def test_an_answer_goes_on_while_another_conversation_is_open(
    asking: Window, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    gate = threading.Event()
    answers.script = gives(Piece("Slow"), gate, Piece("ly."), Told("Slowly.", Way.WHOLE))
    first = ask(asking, qtbot, "First?")
    began = asking.asking.transcript
    page = asking.asking.page
    qtbot.mouseClick(page.new, Qt.MouseButton.LeftButton)
    assert asking.asking.transcript is not began
    assert "First?" in page.waiting.text()
    answers.script = says("Quickly.")
    assert settled(qtbot, ask(asking, qtbot, "Second?")).answer.shown == "Quickly."
    qtbot.mouseClick(page.running, Qt.MouseButton.LeftButton)
    assert asking.asking.transcript is began
    assert page.box.send.text() == "Stop"
    gate.set()
    assert settled(qtbot, first).answer.shown == "Slowly."


def test_an_answer_that_came_meanwhile_is_a_click_away(
    asking: Window, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    gate = threading.Event()
    answers.script = gives(gate, Told("Slowly.", Way.WHOLE))
    ask(asking, qtbot, "First?")
    qtbot.mouseClick(asking.asking.page.new, Qt.MouseButton.LeftButton)
    gate.set()
    qtbot.waitUntil(lambda: "First?" in asking.notice.text.text())
    qtbot.mouseClick(asking.notice.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(asking.asking.transcript.turns) == 1)
    assert settled(qtbot, asking.asking.transcript.turns[0]).answer.shown == "Slowly."


def test_all_of_it_can_be_read_after_some_of_it(
    asking: Window, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    given = tuple(Given(1, "a.pdf", page) for page in range(1, 13))
    answers.script = gives(
        Told("Perhaps.", Way.PASSAGES, given=given, pages=340, seconds_for_all=1500.0)
    )
    turn = settled(qtbot, ask(asking, qtbot, "Is it allowed?"))
    assert "12 of 340 pages" in turn.way.text()
    assert turn.read_all.text() == "Read all of it (about 25 minutes)"
    qtbot.waitUntil(lambda: asking.asking.transcript.running is None)
    qtbot.mouseClick(turn.read_all, Qt.MouseButton.LeftButton)
    answers.asked.get(timeout=10)
    again = answers.asked.get(timeout=10)
    assert (again.text, again.way) == ("Is it allowed?", Way.WHOLE)
    settled(qtbot, asking.asking.transcript.turns[-1])


def test_thinking_is_folded_away_behind_its_time(
    asking: Window, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    answers.script = gives(
        Piece("Hmm, ", thinking=True),
        Piece("well.", thinking=True),
        Piece("Yes."),
        Told("Yes.", Way.WHOLE, thinking="Hmm, well.", thought_seconds=12.2),
    )
    asking.asking.page.box.think.setChecked(True)
    turn = settled(qtbot, ask(asking, qtbot, "Is it?"))
    assert answers.asked.get(timeout=10).think
    assert turn.thinking.button.text() == "Thought for 12 s"
    assert turn.thinking.view is None
    turn.thinking.button.click()
    assert turn.thinking.view is not None
    assert turn.thinking.view.toPlainText() == "Hmm, well."


def test_think_longer_stays_as_it_was_set(asking: Window, library: Library, qtbot: QtBot) -> None:
    assert not asking.asking.page.box.think.isChecked()
    asking.asking.page.box.think.click()
    qtbot.waitUntil(lambda: library.setting("ask.think", bool, False))


def test_where_the_pages_went_is_said(
    asking: Window, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    answers.script = gives(Told("Yes.", Way.WHOLE, place="http://office:8080"))
    turn = settled(qtbot, ask(asking, qtbot, "Is it?"))
    assert "went to http://office:8080" in remarks(turn)


def test_picked_documents_are_what_is_asked_about_until_they_are_taken_out(
    window: Window, answers: ScriptedAnswers, library: Library, work: Path, qtbot: QtBot
) -> None:
    one, _ = papers.add_invoice(library, work, "A-1")
    two, _ = papers.add_invoice(library, work, "A-2")
    window.refresh()
    qtbot.waitUntil(lambda: window.documents.model.rowCount() == 2)
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.documents)
    window.documents.view.selectAll()
    assert window.actions_.ask_about.text() == "Ask about these 2 documents"
    window.actions_.ask_about.trigger()
    box = window.asking.page.box
    qtbot.waitUntil(lambda: set(box.documents) == {one, two})
    ask(window, qtbot, "Which is dearer?")
    assert set(answers.asked.get(timeout=10).documents) == {one, two}
    chip = next(b for b in box.findChildren(type(box.pick)) if b.text() == "A-1.pdf")
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert box.documents == (two,)


def test_without_a_model_the_page_says_what_works_and_offers_one(
    asking: Window, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    answers.can_read = False
    asking.asking.look()
    box = asking.asking.page.box
    qtbot.waitUntil(box.lacking.isVisible)
    assert not box.edit.isVisible()
    assert "need a model" in box.lacking.text()
    asking.asking.look(off=True)
    qtbot.waitUntil(lambda: "switched off" in box.lacking.text())
    asking.asking.look()
    qtbot.waitUntil(lambda: "there is none yet" in box.lacking.text())
    qtbot.mouseClick(box.models, Qt.MouseButton.LeftButton)
    assert asking.models.dialog is not None
    qtbot.mouseClick(box.hand, Qt.MouseButton.LeftButton)
    assert asking.asking.transcript.draft is not None


def test_a_new_line_is_typed_with_shift_and_the_box_grows(asking: Window, qtbot: QtBot) -> None:
    edit = asking.asking.page.box.edit
    edit.setFocus()
    before = edit.height()
    for _ in range(4):
        qtbot.keyClicks(edit, "line")
        qtbot.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert edit.toPlainText() == "line\n" * 4
    assert edit.height() > before
    assert not asking.asking.transcript.turns


def test_the_shortcut_goes_to_the_question(window: Window, invoice: int, qtbot: QtBot) -> None:
    window.refresh()
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.documents)
    window.actions_.ask.trigger()
    assert window.navigation.current == ASK
    assert window.asking.page.box.edit.hasFocus()


@pytest.fixture
def computed(
    asking: Window, answers: ScriptedAnswers, library: Library, work: Path, qtbot: QtBot
) -> TurnView:
    """A question that was answered in figures."""
    for number in range(3):
        papers.add_invoice(library, work, f"C-{number}")
    papers.add_doubtful_invoice(library, work)
    papers.add_failed(library, work, Code.DAMAGED, "torn")
    answers.script = works_out(library, TODAY)
    turn = settled(qtbot, ask(asking, qtbot, "What did we pay by month?"))
    answers.asked.get(timeout=10)
    assert turn.computed is not None, remarks(turn)
    qtbot.waitUntil(lambda: asking.asking.transcript.running is None)
    return turn


def figures_of(turn: TurnView) -> FiguresView:
    assert turn.computed is not None
    assert turn.computed.figures is not None
    return turn.computed.figures


def test_figures_say_what_they_were_worked_out_from(computed: TurnView) -> None:
    assert computed.computed is not None
    assert "Worked out by the program from" in computed.way.text()
    assert "invoices" in computed.way.text()
    assert computed.computed.sentence.text()
    assert not computed.computed.again.isVisible()


def test_behind_a_number_are_its_documents_and_their_pages(
    asking: Window, computed: TurnView, qtbot: QtBot
) -> None:
    assert isinstance(computed.reply, Computed)
    figure = computed.reply.figures.figures[-1]
    assert computed.computed is not None
    figures_of(computed).figure_wanted.emit(figure)
    behind = computed.computed.behind
    qtbot.waitUntil(behind.isVisible)
    assert behind.list.count() == figure.rows
    behind.list.setFocus()
    qtbot.keyClick(behind.list, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: asking.page.number == 1)
    assert len(asking.page.places) > 0
    behind.list.itemActivated.emit(behind.list.item(0))
    qtbot.waitUntil(lambda: asking.reviewing)


def test_documents_that_were_not_read_are_listed_as_well(
    asking: Window, computed: TurnView, qtbot: QtBot
) -> None:
    assert isinstance(computed.reply, Computed)
    gap = next(gap for gap in computed.reply.figures.gaps if gap.why is Why.UNREAD)
    figures_of(computed).gap_wanted.emit(gap)
    assert computed.computed is not None
    behind = computed.computed.behind
    qtbot.waitUntil(behind.isVisible)
    assert "torn.pdf" in behind.list.item(0).text()


def test_a_changed_control_asks_again_in_the_same_conversation(
    asking: Window, computed: TurnView, answers: ScriptedAnswers, qtbot: QtBot
) -> None:
    view = computed.computed
    assert view is not None
    before = view.controls.calculation()
    view.controls.set_calculation(dataclasses.replace(before, by=None, bucket=Bucket.NONE))
    view.controls.changed.emit()
    assert not view.again.isHidden()
    view.again.click()
    second = asking.asking.transcript.turns[-1]
    settled(qtbot, second)
    asked = answers.asked.get(timeout=10)
    assert asked.calculation is not None
    assert asked.calculation.by is None
    assert asked.conversation == asking.asking.transcript.conversation is not None
    assert isinstance(second.reply, Computed)
    assert view.controls.calculation() == before  # still what the figures below it say


def test_by_hand_works_without_a_model(
    asking: Window, answers: ScriptedAnswers, library: Library, qtbot: QtBot
) -> None:
    answers.can_read = False
    answers.script = works_out(library, TODAY)
    asking.asking.look()
    qtbot.waitUntil(asking.asking.page.box.lacking.isVisible)
    qtbot.mouseClick(asking.asking.page.box.hand, Qt.MouseButton.LeftButton)
    draft = asking.asking.transcript.draft
    assert draft is not None
    draft.again.click()
    turn = settled(qtbot, asking.asking.transcript.turns[0])
    assert isinstance(turn.reply, Computed)
    assert asking.asking.transcript.draft is None
    assert turn.question.text()


@pytest.mark.parametrize("form", ["xlsx", "csv", "txt"])
def test_an_answer_in_figures_is_exported(
    asking: Window,
    computed: TurnView,
    work: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
) -> None:
    target = work / f"answer.{form}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    computed.export_wanted.emit(form)
    qtbot.waitUntil(target.exists)
    assert target.stat().st_size > 20
    if form == "txt":
        text = target.read_text("utf-8")
        assert "What did we pay by month?" in text
        assert "\n    November 2026 " in text  # the figures, and not their sentence alone


def test_an_answer_in_figures_is_copied_with_its_figures_and_what_is_missing(
    computed: TurnView, qtbot: QtBot
) -> None:
    QGuiApplication.clipboard().clear()
    computed.copy.click()
    clipboard = QGuiApplication.clipboard()
    qtbot.waitUntil(lambda: clipboard.text().startswith("What did we pay by month?"))
    assert "\n  November 2026 " in clipboard.text()
    assert "not been read yet, or could not be read." in clipboard.text()


def test_a_list_is_copied_with_its_documents(
    asking: Window, answers: ScriptedAnswers, library: Library, invoice: int, qtbot: QtBot
) -> None:
    listing = Calculation(Measure.LIST, kinds=("invoice",))
    figures = library.calculate(listing, TODAY)
    answers.script = gives(Computed(listing, figures, "There is 1 invoice.", TODAY.isoformat()))
    turn = settled(qtbot, ask(asking, qtbot, "Which invoices are there?"))
    QGuiApplication.clipboard().clear()
    turn.copy.click()
    qtbot.waitUntil(lambda: "A-1001" in QGuiApplication.clipboard().text())


def test_conversations_are_found_opened_renamed_and_deleted_with_a_way_back(
    asking: Window,
    answers: ScriptedAnswers,
    library: Library,
    invoice: int,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = asking.asking.page
    answers.script = gives(cited(invoice))
    settled(qtbot, ask(asking, qtbot, "Which invoice is it?"))
    qtbot.mouseClick(page.new, Qt.MouseButton.LeftButton)
    answers.script = says("Three months.")
    settled(qtbot, ask(asking, qtbot, "What is the notice period?"))
    qtbot.mouseClick(page.talks, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.list.list.count() == 2)
    page.list.search.setText("A-1001")
    qtbot.waitUntil(lambda: page.list.list.count() == 1)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("The <b>lamp</b>", True))
    page.list.rename.trigger()
    qtbot.waitUntil(lambda: "The <b>lamp</b>" in page.list.list.item(0).text())
    qtbot.keyClick(page.list.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.title.text() == "The <b>lamp</b>")
    qtbot.waitUntil(lambda: len(asking.asking.transcript.turns) == 1)
    turn = settled(qtbot, asking.asking.transcript.turns[0])
    assert "[A-1001.pdf, page 1]" in turn.answer.shown
    page.talks.setChecked(True)
    qtbot.waitUntil(lambda: page.list.list.count() == 1)
    page.list.delete.trigger()
    qtbot.waitUntil(lambda: page.list.list.count() == 0)
    assert len(library.conversations()) == 1
    qtbot.mouseClick(asking.notice.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.list.list.count() == 1)
    assert len(library.conversations()) == 2


def test_a_follow_up_question_belongs_to_its_conversation(
    asking: Window, answers: ScriptedAnswers, invoice: int, qtbot: QtBot
) -> None:
    answers.script = gives(cited(invoice))
    settled(qtbot, ask(asking, qtbot, "Which invoice is it?"))
    conversation = asking.asking.transcript.conversation
    settled(qtbot, ask(asking, qtbot, "And when?"))
    assert conversation is not None
    answers.asked.get(timeout=10)
    assert answers.asked.get(timeout=10).conversation == conversation
