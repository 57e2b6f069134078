"""Pictures of the window for people to look at: two sizes, light and dark.

``python -m tests.desktop.shots FOLDER`` makes them from a library of made-up documents.
``python -m tests.desktop.shots --readme`` makes those of the README: the sample documents of
this repository, read as a user's own would be.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtCore import QThreadPool
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from app.asking.messages import Ask, Citation, Doubt, Doubted, Given, Told, Way
from app.desktop.export_dialog import ExportDialog, groups_of
from app.desktop.history_dialog import HistoryDialog
from app.desktop.navigation import LOOK, TRASH
from app.desktop.start import application
from app.desktop.value_ref import ValueRef, definition_of
from app.desktop.window import Window
from app.document_types import RESOURCES
from app.engine.choice import Engines
from app.engine.models.store import ModelStore
from app.errors import Code
from app.journey import Journey
from app.library import Library
from app.library.notation import read_notation
from tests.answer_script import ScriptedAnswers, gives, works_out
from tests.desktop import papers
from tests.paper import invoice_pdf

SIZES = ((1100, 700), (1600, 1000))
README_SIZE = (1600, 900)
README_TYPE, README_DOCUMENT, README_VALUE = "invoice", "rechnung-bueromaterial.pdf", "total_gross"
README_DAY = dt.date(2026, 11, 20)
README_QUESTION = "What did we spend, by supplier?"
README_CALCULATION = "sum gross of invoice by seller highest"
SAMPLES = RESOURCES / "samples"
LOCKED = ("invoice-protected.pdf",)  # its question would hide half of the table
PICTURES = RESOURCES / "pictures"


def light() -> QPalette:
    """Fusion's own light palette."""
    return QPalette(QColor("#efefef"))


def dark() -> QPalette:
    """What Fusion shows on a dark desktop, which the offscreen screen does not have."""
    palette = QPalette(QColor("#323232"))
    palette.setColor(QPalette.ColorRole.Base, QColor("#242424"))
    palette.setColor(QPalette.ColorRole.AlternateBase, QColor("#2b2b2b"))
    palette.setColor(QPalette.ColorRole.Highlight, QColor("#308cc6"))
    for role in (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#808080"))
    return palette


def fill(library: Library, work: Path) -> tuple[int, int]:
    """Made-up documents in every state; the ids of a sound record and of a doubtful one."""
    sellers = (
        "Made-up Office Supplies",
        "Invented Stationery Ltd",
        "Sample & Sons",
        "Fictional Paper",
    )
    sound = 0
    for number, seller in enumerate(sellers):
        day = 3 + number
        date = (f"{day} November 2026", f"2026-11-{day:02}")
        delivery = (f"Delivery {number + 1}", "1", f"{5 + number}.00", f"{5 + number}.00")
        goods = (*papers.GOODS, delivery)
        _, sound = papers.add_invoice(library, work, f"A-10{number:02}", seller, date, goods)
    papers.add_receipt(library, work, "Corner Café", "14.50")
    papers.add_receipt(library, work, "Green Grocer", "14.50")
    _, doubtful = papers.add_doubtful_invoice(library, work)
    papers.add_failed(library, work, Code.DAMAGED, "scan-of-a-torn-page")
    papers.add_failed(library, work, Code.PASSWORD_NEEDED, "salary-statement-2026-10")
    gone, _ = papers.add_receipt(library, work, "Old Bakery", "3.20")
    library.trash([gone])
    for number in range(3):
        library.add_file(invoice_pdf(work / f"waiting-{number}.pdf", f"W-{number}"))
    job = library.claim_job()
    assert job is not None
    library.progress(job.id, 7, 0, "application/pdf")
    return sound, doubtful


def settle(condition: Callable[[], bool] = lambda: True, seconds: float = 5.0) -> None:
    """Let the window work until ``condition`` holds and nothing is left to do."""
    until = time.monotonic() + seconds
    quiet = 0
    while time.monotonic() < until and quiet < 15:
        QApplication.processEvents()
        QThreadPool.globalInstance().waitForDone(50)
        time.sleep(0.01)
        quiet = quiet + 1 if condition() else 0


def take(folder: Path) -> list[Path]:
    """Make every picture in ``folder``; their paths."""
    app = application([])
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []

    def shot(widget: QWidget, name: str) -> None:
        settle()
        path = folder / f"{name}.png"
        widget.grab().save(str(path))
        made.append(path)

    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch) / "desk"
        work.mkdir()
        for scheme, palette in (("light", light()), ("dark", dark())):
            app.setPalette(palette)
            for wide, high in SIZES:
                root = Path(scratch) / f"{scheme}-{wide}"
                with Library.open(root) as library:
                    _tour(library, work, (wide, high), f"{scheme}-{wide}", shot)
    return made


def _tour(
    library: Library,
    work: Path,
    size: tuple[int, int],
    suffix: str,
    shot: Callable[[QWidget, str], None],
) -> None:
    journey = Journey(library, workers=1)
    engines = Engines(ModelStore(work / "models"), work / "cache")
    answers = ScriptedAnswers(library)
    window = Window(library, journey, engines, answers)
    window.resize(*size)
    window.show()
    shot(window, f"1-empty-{suffix}")
    sound, doubtful = fill(library, work)
    window.refresh()
    shot(window, f"2-documents-{suffix}")
    window.password.hide()
    window.go_to("invoice")
    settle()
    window.records.go_to(ValueRef(sound, "total_gross"))
    shot(window, f"3-invoices-{suffix}")
    window.records.go_to(ValueRef(doubtful, "total_gross"))
    shot(window, f"4-doubtful-{suffix}")
    window.go_to(LOOK)
    settle()
    window.records.next_doubtful()
    shot(window, f"5-needs-a-look-{suffix}")
    window.go_to("receipt")
    shot(window, f"6-receipts-{suffix}")
    _ask(window, answers, library.record(sound).document_id)
    shot(window, f"12-answer-{suffix}")
    answers.script = works_out(library, dt.date(2026, 11, 20))
    window.asking.new()
    window.asking.page.box.asked.emit("What did we pay by month?")
    shot(window, f"13-figures-{suffix}")
    window.go_to(TRASH)
    shot(window, f"7-trash-{suffix}")
    groups = groups_of(library, definition_of("invoice"), library.table("invoice"), [])
    dialog = ExportDialog(library, groups, window)
    dialog.show()
    shot(dialog, f"8-export-{suffix}")
    dialog.close()
    journey.edit(sound, "seller_name", "Made-up Office Supplies Ltd")
    journey.edit(sound, "due_date", "3 December 2026")
    history = HistoryDialog(library, library.record(sound), window)
    history.show()
    shot(history, f"9-history-{suffix}")
    history.close()
    window.actions_.search.trigger()
    window.search.fold.click()
    window.search.box.setText("paper total")
    settle(lambda: bool(window.search.model.hits and window.page.marks))
    shot(window, f"11-search-{suffix}")
    window.models.open()
    dialog_of_models = window.models.dialog
    assert dialog_of_models is not None
    settle(lambda: bool(dialog_of_models.models.cards))
    shot(dialog_of_models, f"10-models-{suffix}")
    window.close()
    window.deleteLater()
    settle()


def _ask(window: Window, answers: ScriptedAnswers, document: int) -> None:
    """A question with an answer that cites lines, one of whose numbers is in doubt."""
    name = "A-1003.pdf"
    text = (
        "The invoice comes from Fictional Paper [1:1] and is dated 6 November 2026 [1:4].\n\n"
        "The total is 1,240.00 [1:14]. Nothing is said about a discount."
    )
    citations = tuple(
        Citation(m.start(), m.end(), document, name, 1, int(m[1]), int(m[1]), "")
        for m in re.finditer(r"\[1:(\d+)\]", text)
    )
    wrong = text.index("1,240.00")
    answers.script = gives(
        Told(
            text,
            Way.WHOLE,
            citations,
            (Doubt(wrong, wrong + 8, Doubted.NOT_THERE),),
            (Given(document, name, 1),),
            1,
            thinking="The seller stands at the top of the page.",
            thought_seconds=12.0,
        )
    )
    window.ask()
    window.asking.ask_about([document])
    settle(lambda: bool(window.asking.page.box.documents))
    window.asking.page.box.asked.emit("Who is it from, and what does it come to?")
    settle(lambda: window.asking.transcript.running is None)
    window.asking.transcript.cited.emit(citations[1])


def take_for_readme(folder: Path) -> list[Path]:
    """The README's pictures in ``folder``, of the real samples after a real reading."""
    app = application([])
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []

    def shot(widget: QWidget, name: str) -> None:
        settle()
        path = folder / f"{name}.png"
        widget.grab().save(str(path))
        with Image.open(path) as picture:
            # The 256 colours that it has most of, without dots between them.
            few = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
        made.append(path)

    with tempfile.TemporaryDirectory() as scratch, Library.open(Path(scratch) / "library") as lib:
        app.setPalette(light())
        journey = Journey(lib)
        engines = Engines(ModelStore(Path(scratch) / "models"), Path(scratch) / "cache")
        answers = ScriptedAnswers(lib, works_out(lib, README_DAY))
        window = Window(lib, journey, engines, answers)
        window.resize(*README_SIZE)
        window.show()
        shot(window, "empty-light")
        journey.start()
        samples = sorted(p for p in SAMPLES.iterdir() if p.is_file())
        kept = (p for p in samples if p.suffix not in (".md", ".jsonl"))
        window.add([p for p in kept if p.name not in LOCKED])
        settle(lambda: _all_read(lib), seconds=600)
        journey.stop()
        for scheme, palette in (("light", light()), ("dark", dark())):
            app.setPalette(palette)
            window.go_to(README_TYPE)
            settle()
            records = lib.table(README_TYPE)
            stored = [lib.record(record) for record in records]
            shown = next(s for s in stored if s.document_name == README_DOCUMENT)
            window.records.go_to(ValueRef(shown.record_id, README_VALUE))
            settle()
            window.records.table.view.horizontalScrollBar().setValue(0)
            shot(window, f"review-{scheme}")
            if scheme == "light":
                groups = groups_of(lib, definition_of(README_TYPE), records, [])
                dialog = ExportDialog(lib, groups, window)
                dialog.show()
                shot(dialog, "export-light")
                dialog.close()
        app.setPalette(light())
        _work_out(window)
        shot(window, "ask-light")
        window.close()
        window.deleteLater()
        settle()
    return made


def _work_out(window: Window) -> None:
    """A question with figures, the documents behind the first of them, and the page of one."""
    window.ask()
    transcript = window.asking.transcript
    transcript.ask_wanted.emit(Ask(README_QUESTION, calculation=read_notation(README_CALCULATION)))
    settle(lambda: transcript.running is None)
    computed = transcript.turns[-1].computed
    assert computed is not None
    assert computed.figures is not None
    computed.figures.table.followed.emit(0)
    settle(lambda: bool(computed.behind.list.count()))
    computed.behind.list.setCurrentRow(0)
    settle()
    transcript.verticalScrollBar().setValue(0)


def _all_read(library: Library) -> bool:
    counts = library.counts()
    return bool(counts.documents) and not counts.waiting and not counts.reading


if __name__ == "__main__":
    readme = sys.argv[1:] == ["--readme"]
    for picture in take_for_readme(PICTURES) if readme else take(Path(sys.argv[1])):
        print(picture.name)
