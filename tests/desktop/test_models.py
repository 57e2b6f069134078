"""Models in the window: listed, downloaded, imported, checked, removed; real files, real server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.adapters_dialog import AdaptersDialog
from app.desktop.model_card import ModelCard
from app.desktop.models_dialog import ModelsDialog
from app.desktop.window import Window
from app.engine.choice import Engines
from app.engine.models.catalog import catalogue
from app.engine.models.store import Unfinished
from app.journey import Journey
from app.library import Library
from tests.answer_script import ScriptedAnswers
from tests.desktop.model_shop import Shop, open_shop
from tests.desktop.test_accessibility import nameless
from tests.engine.model_server import Answer, ModelServer
from tests.tiny_model import tiny_models

LONG = 60_000  # milliseconds; only a hang takes so long


@pytest.fixture
def server() -> Iterator[ModelServer]:
    made = ModelServer()
    yield made
    made.close()


@pytest.fixture
def shop(server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The catalogue of a server on loopback; named before the window, which looks it up."""
    file = tmp_path / "catalog.toml"
    opened = open_shop(server, file)
    monkeypatch.setenv("PAPERCLERK_CATALOGUE", str(file))
    catalogue.cache_clear()
    yield opened
    catalogue.cache_clear()


@pytest.fixture
def dialog(shop: Shop, window: Window, qtbot: QtBot) -> ModelsDialog:
    """The window for models, with its list."""
    del shop
    window.models.open()
    found = window.models.dialog
    assert found is not None
    qtbot.waitUntil(lambda: "m" in found.models.cards, timeout=LONG)
    return found


def answer(text: str, said: list[str]) -> None:
    """Press a button of the question that comes next."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(50, press)
            return
        said.append(f"{box.text()} {box.informativeText()}")
        next(b for b in box.buttons() if b.text().replace("&", "") == text).click()

    QTimer.singleShot(50, press)


def visible(card: ModelCard) -> list[str]:
    return [button.text() for button in card.buttons if button.isVisibleTo(card)]


def drop(target: QWidget, files: list[Path]) -> bool:
    """Drop files on a widget as a file manager would; whether it took them."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    where, copy = QPoint(60, 60), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where, copy, mime, left, none)
    QApplication.sendEvent(target, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(target, QDropEvent(where, copy, mime, left, none, QEvent.Type.Drop))
    return True


def downloaded(window: Window, dialog: ModelsDialog, qtbot: QtBot) -> ModelCard:
    card = dialog.models.cards["m"]
    card.download.click()
    qtbot.waitUntil(lambda: bool(window.models.reads), timeout=LONG)
    return card


def test_the_list_says_what_each_model_is_good_for_and_takes(dialog: ModelsDialog) -> None:
    card = dialog.models.cards["m"]
    assert card.title.text() == "Model M"
    assert card.usual.isVisibleTo(card)
    assert card.good_for.text() == "Good for tests."
    for part in ("to download", "needs 1 MB of memory", "sees pictures", "Apache 2.0"):
        assert part in card.facts.text()
    assert visible(card) == ["Download"]


def test_too_little_memory_is_said_plainly(dialog: ModelsDialog) -> None:
    card = dialog.models.cards["giant"]
    assert "reads text only" in card.facts.text()
    assert card.room.isVisibleTo(card)
    assert "too little for this model" in card.room.text.text()
    assert not dialog.models.cards["m"].room.isVisibleTo(dialog)


def test_without_a_model_the_window_says_what_works_and_what_does_not(
    shop: Shop, window: Window, qtbot: QtBot
) -> None:
    del shop
    qtbot.waitUntil(lambda: "No model" in window.models.strip.text.text(), timeout=LONG)
    assert "everything works but questions in words" in window.models.strip.text.text()
    assert "No model" in window.empty.models.text()
    qtbot.waitUntil(window.empty.models.isVisible, timeout=LONG)
    qtbot.mouseClick(window.empty.models, Qt.MouseButton.LeftButton)
    assert window.models.dialog is not None
    assert window.models.dialog.isVisible()


def test_a_model_is_downloaded_with_progress_and_is_then_in_use(
    shop: Shop, window: Window, dialog: ModelsDialog, qtbot: QtBot
) -> None:
    shop.slow(2)
    card = dialog.models.cards["m"]
    card.download.click()
    qtbot.waitUntil(lambda: "a second" in card.progress.text(), timeout=LONG)
    assert "Downloading" in card.progress.text()
    assert card.bar.isVisibleTo(card)
    assert visible(card) == ["Pause", "Cancel"]
    assert "Downloading Model M" in window.models.strip.work.text()
    qtbot.waitUntil(lambda: window.models.reads, timeout=LONG)
    assert "In use, checked against the catalogue" in card.state.text.text()
    assert visible(card) == ["Check its files", "Adapters…", "Remove…"]
    assert window.models.strip.text.text() == "Model: Model M"
    assert "is on this computer now" in dialog.models.notice.text.text()


def test_a_paused_download_goes_on_in_another_window_where_it_stopped(
    shop: Shop,
    library: Library,
    journey: Journey,
    engines: Engines,
    qtbot: QtBot,
) -> None:
    shop.slow(4)
    first = Window(library, journey, engines, ScriptedAnswers(library))
    first.show()
    first.models.open()
    assert first.models.dialog is not None
    cards = first.models.dialog.models.cards
    qtbot.waitUntil(lambda: "m" in cards, timeout=LONG)
    cards["m"].download.click()
    qtbot.waitUntil(lambda: "a second" in cards["m"].progress.text(), timeout=LONG)
    first.close()
    first.deleteLater()
    [left] = engines.store.standings()
    assert isinstance(left, Unfinished)
    assert left.done > 0
    shop.quick()
    second = Window(library, journey, engines, ScriptedAnswers(library))
    second.show()
    strip = second.models.strip
    qtbot.waitUntil(strip.go_on.isVisible, timeout=LONG)
    assert "downloaded" in strip.work.text()
    strip.go_on.click()
    qtbot.waitUntil(lambda: second.models.reads, timeout=LONG)
    assert any(asked for asked in shop.server.ranges_asked())
    second.close()
    second.deleteLater()


def test_pause_keeps_what_came_and_cancel_throws_it_away_after_asking(
    shop: Shop, dialog: ModelsDialog, engines: Engines, qtbot: QtBot
) -> None:
    shop.slow(4)
    card = dialog.models.cards["m"]
    card.download.click()
    qtbot.waitUntil(lambda: "a second" in card.progress.text(), timeout=LONG)
    card.pause.click()
    qtbot.waitUntil(lambda: "Go on" in visible(card), timeout=LONG)
    assert "Paused" in card.state.text.text()
    said: list[str] = []
    answer("Keep", said)
    card.cancel.click()
    assert "thrown away" in said[0]
    assert len(engines.store.standings()) == 1
    answer("Throw away", said)
    card.cancel.click()
    qtbot.waitUntil(lambda: visible(card) == ["Download"], timeout=LONG)
    assert engines.store.standings() == ()


def test_a_download_that_is_still_connecting_is_cancelled_without_a_complaint(
    shop: Shop, window: Window, dialog: ModelsDialog, engines: Engines, qtbot: QtBot
) -> None:
    shop.server.serve("/m", Answer(status=503))
    card = dialog.models.cards["m"]
    card.download.click()
    qtbot.waitUntil(lambda: bool(shop.server.asked), timeout=LONG)
    with qtbot.waitSignal(window.models.work.changed, timeout=LONG):
        card.cancel.click()
    assert not dialog.models.notice.isVisible()
    qtbot.waitUntil(lambda: visible(card) == ["Download"], timeout=LONG)
    assert engines.store.standings() == ()


def test_a_download_that_fails_says_why_and_what_to_do(
    shop: Shop, dialog: ModelsDialog, qtbot: QtBot
) -> None:
    shop.server.serve("/m", Answer(status=404))
    card = dialog.models.cards["m"]
    card.download.click()
    notice = dialog.models.notice
    qtbot.waitUntil(lambda: notice.isVisible() and "does not have it" in notice.text.text())
    assert "mirror" in notice.text.text()
    qtbot.waitUntil(lambda: visible(card) == ["Download"], timeout=LONG)


def test_a_full_disk_is_told_before_anything_is_downloaded(
    shop: Shop, dialog: ModelsDialog, engines: Engines, qtbot: QtBot
) -> None:
    whole = Answer(b"x", length=800_000_000_000_000)
    shop.server.serve("/g", whole)
    dialog.models.cards["giant"].download.click()
    notice = dialog.models.notice
    qtbot.waitUntil(lambda: "not enough room" in notice.text.text(), timeout=LONG)
    assert all("Range" not in asked.headers for asked in shop.server.asked)
    assert engines.store.standings() == ()


def test_a_model_dropped_on_the_window_is_imported_with_its_projector(
    shop: Shop, window: Window, library: Library, work: Path, qtbot: QtBot
) -> None:
    del shop
    model = shutil.copy(tiny_models().mtp, work / "mine.gguf")
    sight = shutil.copy(tiny_models().projector, work / "sight.gguf")
    assert drop(window, [Path(sight), Path(model)])
    qtbot.waitUntil(lambda: window.models.reads, timeout=LONG)
    state = window.models.state
    assert state is not None
    assert state.in_use is not None
    assert state.in_use.model is not None
    assert state.in_use.model.sees
    dialog = window.models.dialog
    assert dialog is not None
    card = dialog.models.cards[state.in_use.name]
    assert "nothing to check it against" in card.state.text.text()
    assert "of memory" in card.facts.text()
    assert library.counts().documents == 0


def test_a_model_dropped_on_the_page_without_a_projector_reads_text_only(
    dialog: ModelsDialog, work: Path, qtbot: QtBot
) -> None:
    model = Path(shutil.copy(tiny_models().mtp, work / "plain.gguf"))
    assert drop(dialog, [model])
    notice = dialog.models.notice
    qtbot.waitUntil(lambda: "reads text only" in notice.text.text(), timeout=LONG)
    assert not drop(dialog, [work / "letter.pdf"])


def test_a_file_that_is_no_model_is_refused_in_a_sentence(
    dialog: ModelsDialog, engines: Engines, work: Path, qtbot: QtBot
) -> None:
    wrong = work / "letter.gguf"
    wrong.write_bytes(b"Dear Sir or Madam " * 50)
    assert drop(dialog, [wrong])
    notice = dialog.models.notice
    qtbot.waitUntil(lambda: "is not a model file" in notice.text.text(), timeout=LONG)
    assert engines.store.standings() == ()


def test_files_that_changed_are_found_by_the_check_and_the_card_says_so(
    window: Window, dialog: ModelsDialog, engines: Engines, qtbot: QtBot
) -> None:
    card = downloaded(window, dialog, qtbot)
    card.check.click()
    notice = dialog.models.notice
    qtbot.waitUntil(lambda: "is unchanged" in notice.text.text(), timeout=LONG)
    path = engines.store.model("m").path
    with path.open("r+b") as stream:
        stream.seek(-10, 2)
        stream.write(b"0123456789")
    card.check.click()
    qtbot.waitUntil(lambda: "is damaged" in card.state.text.text(), timeout=LONG)
    assert visible(card) == ["Check its files", "Remove…"]
    assert "is damaged" in window.models.strip.text.text()


def test_a_model_is_removed_only_after_asking(
    window: Window, dialog: ModelsDialog, engines: Engines, qtbot: QtBot
) -> None:
    card = downloaded(window, dialog, qtbot)
    said: list[str] = []
    answer("Keep", said)
    card.remove.click()
    assert "documents" in said[0]
    assert engines.store.current() is not None
    answer("Remove", said)
    card.remove.click()
    qtbot.waitUntil(lambda: visible(card) == ["Download"], timeout=LONG)
    assert engines.store.standings() == ()
    assert "No model" in window.models.strip.text.text()


def test_another_model_is_taken_into_use(
    window: Window, dialog: ModelsDialog, engines: Engines, work: Path, qtbot: QtBot
) -> None:
    downloaded(window, dialog, qtbot)
    model = Path(shutil.copy(tiny_models().mtp, work / "other.gguf"))
    dialog.models.import_files([model])
    cards = dialog.models.cards
    qtbot.waitUntil(lambda: "other" in cards, timeout=LONG)
    assert "Use this model" in visible(cards["other"])
    cards["other"].use.click()
    qtbot.waitUntil(lambda: "Use this model" in visible(cards["m"]), timeout=LONG)
    assert engines.store.settings().in_use == "other"


def test_an_adapter_is_attached_to_a_type_of_documents_and_detached(
    window: Window,
    dialog: ModelsDialog,
    engines: Engines,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    downloaded(window, dialog, qtbot)
    chosen = str(tiny_models().adapter)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (chosen, ""))
    adapters = AdaptersDialog(engines.store.model("m"), window.models.work, dialog)
    adapters.show()
    assert not nameless(adapters)
    assert not adapters.detach["invoice"].isEnabled()
    adapters.choose["invoice"].click()
    notice = dialog.models.notice
    qtbot.waitUntil(lambda: "has its adapter" in notice.text.text(), timeout=LONG)
    model = engines.store.model("m")
    assert model.adapter("invoice") is not None
    again = AdaptersDialog(model, window.models.work, dialog)
    again.detach["invoice"].click()
    qtbot.waitUntil(lambda: engines.store.model("m").adapter("invoice") is None, timeout=LONG)


def test_a_mirror_is_kept_and_what_is_no_address_is_refused(
    window: Window, dialog: ModelsDialog, engines: Engines, qtbot: QtBot
) -> None:
    source = dialog.source
    source.mirror.setText("not an address")
    source.save.click()
    assert "https://" in source.notice.text.text()
    assert engines.store.settings().mirror == ""
    source.mirror.setText("")
    source.proxy.setText("socks5://127.0.0.1:9")
    source.save.click()
    assert "socks5://127.0.0.1:9" in source.notice.text.text()
    source.proxy.setText("")
    source.mirror.setText("http://127.0.0.1:9/copies")
    source.save.click()
    qtbot.waitUntil(lambda: bool(engines.store.settings().mirror), timeout=LONG)
    qtbot.waitUntil(lambda: _mirror(window) == "http://127.0.0.1:9/copies", timeout=LONG)


def _mirror(window: Window) -> str:
    return window.models.state.settings.mirror if window.models.state is not None else ""


def test_the_keyboard_alone_is_enough_to_get_a_model(
    shop: Shop, window: Window, engines: Engines, qtbot: QtBot
) -> None:
    del shop
    window.actions_.models.trigger()
    dialog = window.models.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: "m" in dialog.models.cards, timeout=LONG)
    wanted = dialog.models.cards["m"].download
    dialog.tabs.setFocus()
    for _ in range(60):  # more than once around
        if dialog.focusWidget() is wanted:
            break
        qtbot.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Tab)
        qtbot.wait(5)  # for what is still being filled in
    assert dialog.focusWidget() is wanted
    qtbot.keyClick(wanted, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.models.reads, timeout=LONG)
    qtbot.waitUntil(lambda: isinstance(dialog.focusWidget(), QPushButton), timeout=LONG)
    assert engines.store.current() is not None


@pytest.mark.parametrize("tab", [0, 1, 2])
def test_every_control_of_the_models_has_a_name(
    dialog: ModelsDialog, qtbot: QtBot, tab: int
) -> None:
    dialog.tabs.setCurrentIndex(tab)
    qtbot.wait(50)
    assert nameless(dialog) == []
