"""Files come in by dropping, pasting and choosing, and are read in the background."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desktop.navigation import FAILED
from app.desktop.window import Window
from app.errors import Code
from app.journey import Journey
from app.library import Library, State
from tests.desktop import papers
from tests.paper import invoice_pdf, locked_pdf


def drop(window: Window, mime: QMimeData) -> bool:
    """Drag ``mime`` over the window and let go; whether the window took it."""
    actions, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(window.rect().center()), actions, mime, button, none)
    QApplication.sendEvent(window, enter)
    if not enter.isAccepted():
        return False
    event = QDropEvent(QPointF(window.rect().center()), actions, mime, button, none)
    QApplication.sendEvent(window, event)
    return event.isAccepted()


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def test_an_empty_library_invites_to_drop_files(window: Window, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.empty)
    assert not window.page.isVisible()


def test_dropped_files_and_folders_appear_as_cards(
    window: Window, library: Library, work: Path, qtbot: QtBot
) -> None:
    folder = work / "more"
    folder.mkdir()
    invoice_pdf(folder / "second.pdf", "A-2")
    first = invoice_pdf(work / "first.pdf", "A-1")
    assert drop(window, files(first, folder))
    qtbot.waitUntil(lambda: window.documents.view.model().rowCount() == 2)
    assert window.stack.currentWidget() is window.documents
    assert {row.name for row in library.documents()} == {"first.pdf", "second.pdf"}


def test_text_cannot_be_dropped(window: Window) -> None:
    mime = QMimeData()
    mime.setText("not a file")
    assert not drop(window, mime)


def test_the_same_file_again_is_told_and_not_added_twice(
    window: Window, library: Library, work: Path, qtbot: QtBot
) -> None:
    first = invoice_pdf(work / "first.pdf")
    window.add([first])
    qtbot.waitUntil(lambda: len(library.documents()) == 1)
    window.add([first])
    qtbot.waitUntil(window.notice.isVisible)
    assert "already" in window.notice.text.text()
    assert len(library.documents()) == 1


def test_a_vanished_file_is_named_with_advice(window: Window, work: Path, qtbot: QtBot) -> None:
    window.add([work / "gone.pdf"])
    qtbot.waitUntil(window.notice.isVisible)
    assert "gone.pdf" in window.notice.text.text()


def test_a_pasted_screenshot_becomes_a_document(
    window: Window, library: Library, qtbot: QtBot
) -> None:
    image = QImage(320, 200, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    QGuiApplication.clipboard().setImage(image)
    window.actions_.paste.trigger()
    qtbot.waitUntil(lambda: len(library.documents()) == 1)
    name = library.documents()[0].name
    assert name.startswith("Screenshot ")
    assert name.endswith(".png")


def test_pasted_files_are_added(window: Window, library: Library, work: Path, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setMimeData(files(invoice_pdf(work / "copied.pdf")))
    window.actions_.paste.trigger()
    qtbot.waitUntil(lambda: [row.name for row in library.documents()] == ["copied.pdf"])


def test_an_empty_clipboard_is_said_so(window: Window, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().clear()
    window.actions_.paste.trigger()
    assert window.notice.isVisible()


def test_a_dropped_invoice_is_read_and_stands_in_its_table(
    window: Window, journey: Journey, library: Library, work: Path, qtbot: QtBot
) -> None:
    journey.start()
    assert drop(window, files(invoice_pdf(work / "real.pdf", "A-4711")))
    done = (State.READY, State.ATTENTION)
    qtbot.waitUntil(lambda: any(row.state in done for row in library.documents()), timeout=30_000)
    window.go_to("invoice")
    qtbot.waitUntil(lambda: window.records.table.model.rowCount() == 1)
    qtbot.waitUntil(lambda: window.records.stored is not None)
    stored = window.records.stored
    assert stored is not None
    number = stored.record.field("invoice_number")
    assert number is not None
    assert number.value == "A-4711"
    qtbot.waitUntil(lambda: len(window.page.places) > 0)


def test_a_protected_file_asks_for_its_password_and_is_read(
    window: Window, journey: Journey, library: Library, work: Path, qtbot: QtBot
) -> None:
    journey.start()
    window.add([locked_pdf(work / "locked.pdf", "open sesame", "A-77")])
    qtbot.waitUntil(window.password.isVisible, timeout=30_000)
    assert "locked.pdf" in window.password.text.text()
    qtbot.keyClicks(window.password.field, "open sesame")
    qtbot.keyClick(window.password.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(library.table("")) == 1, timeout=30_000)
    qtbot.waitUntil(lambda: not window.password.isVisible())


def test_what_could_not_be_read_has_its_own_place_and_says_why(
    window: Window, library: Library, work: Path, qtbot: QtBot
) -> None:
    papers.add_failed(library, work, Code.DAMAGED, "torn")
    papers.add_invoice(library, work)
    window.refresh()
    window.go_to(FAILED)
    qtbot.waitUntil(lambda: window.documents.model.rowCount() == 1)
    index = window.documents.model.index(0)
    assert "damaged" in str(index.data(Qt.ItemDataRole.ToolTipRole))
    assert "Could not be read" in str(index.data(Qt.ItemDataRole.AccessibleTextRole))


def test_the_queue_bar_counts_a_batch_and_goes_when_it_is_done(window: Window) -> None:
    bar = window.queue_bar
    bar.show_progress(200, 50, paused=False)  # fifty others were read before
    assert bar.isVisible()
    assert "Reading 1 of 200" in bar.text.text()
    bar.show_progress(189, 61, paused=False)
    assert "Reading 12 of 200" in bar.text.text()
    bar.show_progress(199, 61, paused=False)  # ten more came in meanwhile
    assert "Reading 12 of 210" in bar.text.text()
    bar.show_progress(199, 61, paused=True)
    assert "199 documents wait" in bar.text.text()
    assert bar.pause.text() == "Resume"
    bar.show_progress(0, 260, paused=False)
    assert not bar.isVisible()


def test_pause_keeps_the_queue_from_being_read(
    window: Window, library: Library, work: Path, qtbot: QtBot
) -> None:
    library.add_file(invoice_pdf(work / "one.pdf"))
    window.changes.set_paused(True)
    qtbot.waitUntil(lambda: library.paused)
    assert library.claim_job() is None
    window.changes.set_paused(False)
    qtbot.waitUntil(lambda: not library.paused)


def test_cancel_takes_everything_out_of_the_queue(
    window: Window, library: Library, work: Path, qtbot: QtBot
) -> None:
    library.add_file(invoice_pdf(work / "one.pdf"))
    window.queue_bar.cancel.click()
    qtbot.waitUntil(lambda: library.documents()[0].state is State.CANCELLED)
