"""The model at work as the window shows it, and the office's own server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.desktop.models import READING, reading_engine
from app.desktop.navigation import ALL, LOOK, TRASH
from app.desktop.value_ref import ValueRef
from app.desktop.window import Window
from app.document import Claim, Field, Reader, Record, Status
from app.engine.choice import Engines
from app.engine.engine import Engine
from app.engine.messages import Request, Stage, TextPart
from app.engine.models.importing import import_model
from app.engine.models.store import SETTINGS, ModelStore
from app.engine.server.settings import server_settings
from app.errors import Code, Problem, ProblemError
from app.journey import Changed, Considering, Journey, Refining, Trouble
from app.library import ChangeKind, Library
from tests.answer_script import ScriptedAnswers
from tests.desktop import papers
from tests.engine.scripted_server import models as listing
from tests.engine.scripted_server import scripted_server

MICRO = Path(__file__).resolve().parents[2] / "models" / "micro"
LONG = 60_000  # milliseconds; only a hang takes so long
ASKED = Request("r", "", (TextPart("a page"),))
ADDRESS = "http://127.0.0.1:9"


@pytest.fixture
def on_a_server(engines: Engines) -> Engines:
    """The office's server is in use; nobody answers there, and nothing is sent yet."""
    engines.store.set_server(server_settings(ADDRESS))
    return engines


@pytest.fixture
def reading(on_a_server: Engines, window: Window, qtbot: QtBot) -> Window:
    del on_a_server
    qtbot.waitUntil(lambda: window.models.reads, timeout=LONG)
    return window


def tell(window: Window, event: object) -> None:
    """As the journey tells it, from whatever thread."""
    window.feed._heard.emit(event)


def with_model(record: Record, key: str, value: str) -> Record:
    """``record`` after a model read another value, of which the quick reader's lost."""
    field = record.field(key)
    assert field is not None
    lost = Claim(key, field.raw, field.value or "", field.page, field.box, Reader.QUICK, 0.5)
    return papers.with_field(
        record,
        replace(
            field, value=value, raw=value, reader=Reader.MODEL, status=Status.DOUBTFUL,
            reason="read differently with and without the model", alternatives=(lost,),
        ),
    )  # fmt: skip


def refine_by_hand(library: Library, document_id: int, key: str, value: str) -> None:
    """What a model's answer does to the library, without the model."""
    library.refine([document_id])
    refinement = library.claim_refinement()
    assert refinement is not None
    records = [library.record(i).record for i in library.records_of(document_id)]
    assert library.finish_refinement(refinement.id, [with_model(records[0], key, value)])


# where pages go -------------------------------------------------------------------------


def test_as_long_as_pages_go_to_a_server_the_window_says_so_everywhere(
    reading: Window, library: Library, work: Path, qtbot: QtBot
) -> None:
    bar = reading.models.bar
    assert bar.isVisible()
    assert ADDRESS in bar.text.text()
    assert ADDRESS in reading.empty.promise.text()
    papers.add_invoice(library, work)
    reading.refresh()
    qtbot.waitUntil(lambda: reading.stack.currentWidget() is reading.documents)
    for place in (ALL, LOOK, "invoice", TRASH):
        reading.go_to(place)
        assert bar.isVisible()
    assert reading.actions_.keep_here.isEnabled()


def test_models_say_where_pages_go(window: Window, engines: Engines, qtbot: QtBot) -> None:
    window.models.open()
    opened = window.models.dialog
    assert opened is not None
    qtbot.waitUntil(lambda: "no page leaves it" in opened.models.about.text(), timeout=LONG)
    engines.store.set_server(server_settings(ADDRESS))
    window.models.look()
    qtbot.waitUntil(lambda: ADDRESS in opened.models.about.text(), timeout=LONG)
    assert "no page leaves it" not in opened.models.about.text()


def test_one_click_keeps_pages_on_this_computer(
    reading: Window, engines: Engines, qtbot: QtBot
) -> None:
    reading.models.bar.off.click()
    qtbot.waitUntil(lambda: not reading.models.bar.isVisible(), timeout=LONG)
    assert engines.store.settings().server is None
    assert engines.current() is None
    assert "Nothing is sent anywhere" in reading.empty.promise.text()


def test_the_bar_is_there_when_pages_go_to_a_server_that_was_switched_on_elsewhere(
    window: Window, engines: Engines, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: window.models.state is not None, timeout=LONG)
    ModelStore(engines.store.folder).set_server(server_settings(ADDRESS))
    tell(window, Refining(0, 3, None, False, ADDRESS))
    qtbot.waitUntil(window.models.bar.isVisible, timeout=LONG)
    assert ADDRESS in window.models.bar.text.text()
    qtbot.waitUntil(window.actions_.keep_here.isEnabled, timeout=LONG)
    window.models.bar.off.click()
    qtbot.waitUntil(lambda: not window.models.bar.isVisible(), timeout=LONG)
    assert engines.store.settings().server is None


@pytest.mark.parametrize(
    "switch_off",
    [
        lambda window: window.models.set_server(None),
        lambda window: window.models.set_reading(False),
    ],
    ids=["server", "reading"],
)
def test_switching_off_ends_what_is_on_its_way_to_the_server(
    window: Window,
    library: Library,
    engines: Engines,
    qtbot: QtBot,
    switch_off: Callable[[Window], None],
) -> None:
    current = reading_engine(engines, library)
    with scripted_server(lambda handler: handler.wait()) as there:
        engines.store.set_server(server_settings(there.address))
        engine = in_use(current)
        engines.stop()  # which is not for good
        running = engine.ask(ASKED)
        qtbot.waitUntil(lambda: bool(there.chats), timeout=LONG)
        switch_off(window)
        assert_cancelled(lambda: list(running.events()))
        assert not there.over.is_set()
        assert_cancelled(lambda: engine.ask(ASKED))
        assert current() is None
        assert len(there.chats) == 1


def in_use(current: Callable[[], Engine | None]) -> Engine:
    engine = current()
    assert engine is not None
    return engine


def assert_cancelled(work: Callable[[], object]) -> None:
    with pytest.raises(ProblemError) as caught:
        work()
    assert caught.value.problem.code is Code.CANCELLED


def test_an_engine_that_is_not_known_to_be_chosen_is_asked_nothing(
    on_a_server: Engines, library: Library
) -> None:
    current = reading_engine(on_a_server, library)
    first = in_use(current)
    library.set_setting(READING, False)  # elsewhere than in the window
    assert current() is None
    assert_cancelled(lambda: first.ask(ASKED))
    library.set_setting(READING, True)
    second = in_use(current)
    (on_a_server.store.folder / SETTINGS).write_text("damaged", encoding="utf-8")
    with pytest.raises(ProblemError, match=Code.MODEL_SETTINGS_DAMAGED):
        current()
    assert_cancelled(lambda: second.ask(ASKED))


def test_a_model_that_was_replaced_is_not_loaded_again(engines: Engines) -> None:
    list(import_model(engines.store, MICRO / "micro.gguf"))
    engine = in_use(engines.current)
    engines.store.set_server(server_settings(ADDRESS))
    assert in_use(engines.current).place == ADDRESS
    assert_cancelled(lambda: engine.ask(ASKED))


def test_the_server_is_off_until_an_address_was_typed_and_agreed_to(
    window: Window, engines: Engines, qtbot: QtBot
) -> None:
    window.models.open()
    opened = window.models.dialog
    assert opened is not None
    page = opened.server
    opened.tabs.setCurrentWidget(page)
    assert "Off" in page.state.text()
    page.turn_on.click()
    assert "is not the address of a server" in page.notice.text.text()
    page.address.setText("http://models.example.com:8000")
    page.key.setText("secret")
    page.turn_on.click()
    assert "https" in page.notice.text.text()  # a warning: it is not encrypted
    qtbot.waitUntil(window.models.bar.isVisible, timeout=LONG)
    assert "models.example.com" in window.models.bar.text.text()
    qtbot.waitUntil(lambda: "On: pages go to" in page.state.text(), timeout=LONG)
    page.turn_off.click()
    qtbot.waitUntil(lambda: "Off" in page.state.text(), timeout=LONG)
    assert engines.store.settings().server is None
    assert page.address.text() == "http://models.example.com:8000"


def test_the_key_is_not_kept_in_the_library(window: Window, library: Library, qtbot: QtBot) -> None:
    window.models.set_server(server_settings(ADDRESS, "m", "very-secret"))
    qtbot.waitUntil(window.models.bar.isVisible, timeout=LONG)
    kept = b"".join(p.read_bytes() for p in library.folder.glob("library.sqlite*"))
    assert b"very-secret" not in kept
    assert b"127.0.0.1:9" in kept


def test_a_connection_is_tested_before_it_is_used(
    window: Window, engines: Engines, qtbot: QtBot
) -> None:
    window.models.open()
    opened = window.models.dialog
    assert opened is not None
    page = opened.server
    with scripted_server(listing=listing("vllm", ("reader-9b",))) as there:
        page.address.setText(there.address)
        page.test.click()
        qtbot.waitUntil(lambda: "It works" in page.notice.text.text(), timeout=LONG)
    assert "reader-9b" in page.notice.text.text()
    assert engines.store.settings().server is None
    assert not window.models.bar.isVisible()


def test_a_connection_that_fails_says_why(window: Window, qtbot: QtBot) -> None:
    window.models.open()
    opened = window.models.dialog
    assert opened is not None
    page = opened.server
    page.address.setText(ADDRESS)
    page.test.click()
    assert not page.test.isEnabled()
    qtbot.waitUntil(lambda: "cannot be reached" in page.notice.text.text(), timeout=LONG)
    assert page.test.isEnabled()


def test_a_key_goes_to_no_other_host_than_the_one_it_was_given_for(
    window: Window, qtbot: QtBot
) -> None:
    window.models.set_server(server_settings("http://localhost:9", key="secret"))
    qtbot.waitUntil(window.models.bar.isVisible, timeout=LONG)
    window.models.open()
    opened = window.models.dialog
    assert opened is not None
    page = opened.server
    qtbot.waitUntil(lambda: page.key.text() == "secret", timeout=LONG)
    page.address.setText("http://localhost:8/llm")
    assert page.key.text() == "secret"
    with scripted_server() as there:
        page.address.setText(there.address)
        assert page.key.text() == ""
        page.test.click()
        qtbot.waitUntil(lambda: "It works" in page.notice.text.text(), timeout=LONG)
        assert all("Authorization" not in asked.headers for asked in there.asked)


def test_a_key_typed_before_the_address_stays(window: Window) -> None:
    window.models.open()
    opened = window.models.dialog
    assert opened is not None
    page = opened.server
    page.key.setText("secret")
    for address in ("http://g", "http://gp", "http://gpu:8000"):
        page.address.setText(address)
    typed = page.typed()
    assert typed is not None
    assert typed.key == "secret"
    page.address.setText("http://other:8000")
    assert page.key.text() == ""


def test_closing_the_window_does_not_wait_for_a_server_that_says_nothing(
    window: Window, qtbot: QtBot
) -> None:
    window.models.open()
    opened = window.models.dialog
    assert opened is not None
    with scripted_server(listing=lambda handler: handler.wait()) as there:
        opened.server.address.setText(there.address)
        opened.server.test.click()
        qtbot.waitUntil(lambda: bool(there.asked), timeout=LONG)
        window.close()
        assert not there.over.is_set()


# how far the model is -------------------------------------------------------------------


def test_the_strip_tells_how_far_the_model_is(reading: Window, qtbot: QtBot) -> None:
    strip = reading.models.strip
    tell(reading, Refining(2, 12, 125.0, False, ADDRESS))
    qtbot.waitUntil(lambda: "Refining 3 of 12" in strip.text.text(), timeout=LONG)
    assert "about 2 minutes left" in strip.text.text()
    assert (strip.bar.value(), strip.bar.maximum()) == (2, 12)
    assert strip.pause.isVisible()
    tell(reading, Considering(1, Stage.LOADING, 1, 2, None))
    qtbot.waitUntil(lambda: "loading the model" in strip.text.text(), timeout=LONG)
    tell(reading, Refining(12, 12, 0.0, False, ADDRESS))
    qtbot.waitUntil(lambda: not strip.bar.isVisible(), timeout=LONG)
    assert ADDRESS in strip.text.text()


def test_the_model_is_paused_and_goes_on(reading: Window, library: Library, qtbot: QtBot) -> None:
    strip = reading.models.strip
    tell(reading, Refining(0, 3, None, False, ""))
    qtbot.waitUntil(strip.pause.isVisible, timeout=LONG)
    strip.pause.click()
    qtbot.waitUntil(lambda: "Paused" in strip.text.text(), timeout=LONG)
    assert library.refining_paused
    assert strip.pause.text() == "Resume"
    library.pause()
    strip.pause.click()
    qtbot.waitUntil(lambda: "Refining" in strip.text.text(), timeout=LONG)
    assert not library.refining_paused
    assert not library.paused


def test_a_trouble_of_the_model_stands_in_the_strip_until_it_works_again(
    reading: Window, qtbot: QtBot
) -> None:
    strip = reading.models.strip
    tell(reading, Refining(0, 3, None, False, ADDRESS))
    tell(reading, Trouble(Problem(Code.SERVER_UNREACHABLE, ADDRESS)))
    qtbot.waitUntil(lambda: "cannot be reached" in strip.text.text(), timeout=LONG)
    assert not reading.notice.isVisible()
    tell(reading, Considering(1, Stage.WRITING, 1, 2, 3.0))
    qtbot.waitUntil(lambda: "Refining 1 of 3" in strip.text.text(), timeout=LONG)


def test_other_troubles_are_told_as_before(reading: Window, qtbot: QtBot) -> None:
    tell(reading, Trouble(Problem(Code.DISK_FULL, "paper.pdf")))
    qtbot.waitUntil(reading.notice.isVisible, timeout=LONG)


def test_reading_with_the_model_is_switched_off_and_on(
    reading: Window, library: Library, engines: Engines, work: Path, qtbot: QtBot
) -> None:
    engine = reading_engine(engines, library)
    assert engine() is not None
    reading.models.open()
    opened = reading.models.dialog
    assert opened is not None
    opened.models.reading.click()
    strip = reading.models.strip
    qtbot.waitUntil(lambda: "switched off" in strip.text.text(), timeout=LONG)
    assert library.setting(READING, bool, True) is False
    assert engine() is None
    assert not reading.models.bar.isVisible()  # so no page goes anywhere
    papers.add_invoice(library, work)
    reading.refresh()
    qtbot.waitUntil(lambda: bool(reading.chosen_documents()), timeout=LONG)
    reading.refine(second_look=False)
    assert "switched off" in reading.notice.text.text()
    opened.models.reading.click()
    qtbot.waitUntil(reading.models.bar.isVisible, timeout=LONG)


# what the user asks for -----------------------------------------------------------------


@pytest.mark.parametrize("second_look", [False, True])
def test_a_document_is_put_into_the_models_queue(
    reading: Window, library: Library, work: Path, qtbot: QtBot, second_look: bool
) -> None:
    _, record = papers.add_invoice(library, work)
    reading.refresh()
    qtbot.waitUntil(lambda: reading.stack.currentWidget() is reading.documents)
    reading.go_to("invoice")
    qtbot.waitUntil(lambda: reading.records.stored is not None, timeout=LONG)
    reading.records.go_to(ValueRef(record, "total_gross"))
    does = reading.actions_
    (does.second_look if second_look else does.refine).trigger()
    reading.changes.finish()
    refinement = library.claim_refinement()
    assert refinement is not None
    assert refinement.second_look is second_look
    assert reading.notice.isVisible()


def test_without_a_model_the_way_to_one_is_offered(
    window: Window, library: Library, work: Path, qtbot: QtBot
) -> None:
    papers.add_invoice(library, work)
    window.refresh()
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.documents)
    qtbot.waitUntil(lambda: bool(window.documents.model.ids), timeout=LONG)
    window.documents.view.selectRow(0)
    qtbot.waitUntil(window.actions_.refine.isEnabled, timeout=LONG)
    window.actions_.refine.trigger()
    assert "no model" in window.notice.text.text()
    window.notice.button.click()
    assert window.models.dialog is not None
    assert library.refinement_counts().waiting == 0


# what the model read --------------------------------------------------------------------


def test_where_the_readers_disagree_both_values_are_shown_with_who_read_them(
    window: Window, library: Library, work: Path, qtbot: QtBot
) -> None:
    document, record = papers.add_invoice(library, work)
    window.refresh()
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.documents)
    window.go_to("invoice")
    qtbot.waitUntil(lambda: window.records.stored is not None, timeout=LONG)
    window.records.go_to(ValueRef(record, "invoice_number"))
    refine_by_hand(library, document, "invoice_number", "A-1007")
    window.refresh()
    panel = window.records.panel
    qtbot.waitUntil(lambda: bool(panel.choices), timeout=LONG)
    assert panel._title.text() == "Invoice number: A-1007"
    assert "read differently with and without the model, read by the model" in panel._text.text()
    assert [b.text() for b in panel.choices] == ["Use A-1001 (without the model)"]
    panel.choices[0].click()
    qtbot.waitUntil(lambda: _value(library, record, "invoice_number") == "A-1001", timeout=LONG)


def _value(library: Library, record: int, key: str) -> str | None:
    field = library.record(record).record.field(key)
    assert isinstance(field, Field)
    return field.value


@pytest.mark.parametrize("where", ["above", "below"])
def test_what_is_being_typed_and_the_selection_survive_the_models_answer(
    window: Window, library: Library, work: Path, qtbot: QtBot, where: str
) -> None:
    document, record = papers.add_invoice(library, work)
    papers.add_invoice(library, work, "A-2")
    window.refresh()
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.documents)
    window.go_to("invoice")
    page = window.records
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 2, timeout=LONG)
    ref = ValueRef(record, "seller_name")
    page.go_to(ref)
    qtbot.waitUntil(lambda: page.current == ref, timeout=LONG)
    view = page.table.view
    if where == "below":
        page.tabs.setCurrentWidget(page.details)
        assert page.details.go_to(ref)
        view = page.details.view
    view.setFocus()
    view.edit(view.currentIndex())
    editor = view.viewport().findChild(QLineEdit)
    assert editor is not None
    editor.setText("half typ")
    refine_by_hand(library, document, "seller_name", "Model's Seller Ltd")
    window.refresh()
    qtbot.wait(500)
    assert editor.text() == "half typ"
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: _value(library, record, "seller_name") == "half typ", timeout=LONG)
    window.changes.finish()
    assert page.table.current_record == record


def test_what_the_model_changed_is_shown_at_once_and_the_place_is_kept(
    window: Window, library: Library, work: Path, qtbot: QtBot
) -> None:
    document, record = papers.add_invoice(library, work)
    papers.add_invoice(library, work, "A-2")
    window.refresh()
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.documents)
    window.go_to("invoice")
    page = window.records
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 2, timeout=LONG)
    ref = ValueRef(record, "total_gross")
    page.go_to(ref)
    qtbot.waitUntil(lambda: page.current == ref, timeout=LONG)
    refine_by_hand(library, document, "seller_name", "Model's Seller Ltd")
    window.feed._heard.emit(Changed(document))
    qtbot.waitUntil(lambda: _shown(window, record) == "Model's Seller Ltd", timeout=LONG)
    assert page.current == ref


def _shown(window: Window, record: int) -> str:
    model = window.records.table.model
    index = model.index_of(ValueRef(record, "seller_name"))
    return "" if index is None else str(model.data(index, Qt.ItemDataRole.DisplayRole))


@pytest.mark.slow  # its three processes take their time on a computer that is busy
def test_a_real_model_reads_a_document_in_the_background(
    library: Library, engines: Engines, work: Path, qtbot: QtBot
) -> None:
    """The whole way: from the menu over the model's process back to the table."""
    list(import_model(engines.store, MICRO / "micro.gguf", MICRO / "micro-mmproj.gguf"))
    document, record = papers.add_invoice(library, work)
    journey = Journey(
        library, workers=1, engine=reading_engine(engines, library), adapter=engines.adapter
    )
    window = Window(library, journey, engines, ScriptedAnswers(library))
    window.show()
    heard: list[object] = []
    journey.subscribe(heard.append)
    journey.start()
    try:
        qtbot.waitUntil(lambda: window.stack.currentWidget() is window.documents, timeout=LONG)
        qtbot.waitUntil(lambda: window.models.reads, timeout=LONG)
        qtbot.waitUntil(lambda: bool(window.documents.model.ids), timeout=LONG)
        window.documents.view.selectRow(0)
        qtbot.waitUntil(window.actions_.refine.isEnabled, timeout=LONG)
        window.actions_.refine.trigger()
        strip = window.models.strip
        qtbot.waitUntil(lambda: "Refining 1 of 1" in strip.text.text(), timeout=LONG)
        counts = library.refinement_counts
        qtbot.waitUntil(lambda: not counts().waiting + counts().running, timeout=100_000)
        qtbot.waitUntil(lambda: strip.text.text().startswith("Model: "), timeout=LONG)
    finally:
        journey.stop()
        window.close()
        window.deleteLater()
    assert [event for event in heard if isinstance(event, Considering)]
    assert not [event for event in heard if isinstance(event, Trouble)]
    assert [change.kind for change in library.history(record)] == [ChangeKind.READ]
    assert Changed(document) in heard
