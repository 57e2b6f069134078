"""How fast the window is: ``python -m tests.bench.bench_window [RECORDS] [DOCUMENTS]``.

First a library of RECORDS records (100,000 unless told) is opened, scrolled, filtered and
sorted; then DOCUMENTS made-up invoices (200) are read while the window is watched.
Times are the wall clock's; next to each longest step of the event loop stands the
processor time that the window's own thread took for it, which other programs on a busy
machine do not lengthen.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.desktop.start import application
from app.desktop.window import Window
from app.engine.choice import Engines
from app.engine.models.store import ModelStore
from app.journey import Journey
from app.library import Library
from tests.answer_script import ScriptedAnswers
from tests.bench.bench_library import fill
from tests.bench.piles import text_invoices


class Watch:
    """Runs the event loop and keeps its longest step."""

    def __init__(self) -> None:
        self.wall = self.own = 0.0

    def step(self) -> None:
        wall, own = time.perf_counter(), time.thread_time()
        QApplication.processEvents()
        self.wall = max(self.wall, time.perf_counter() - wall)
        self.own = max(self.own, time.thread_time() - own)
        time.sleep(0.002)

    def report(self, what: str) -> None:
        print(f"{what}: longest step {self.wall * 1000:.0f} ms, own {self.own * 1000:.0f} ms")
        self.wall = self.own = 0.0


def large(folder: Path, count: int) -> None:
    """Open, scroll, filter and sort a library of ``count`` records."""
    with Library.open(folder) as library:
        began = time.perf_counter()
        fill(library, count)
        print(f"made {count} records in {time.perf_counter() - began:.0f} s")
    watch = Watch()
    began = time.perf_counter()
    with Library.open(folder) as library:
        journey = Journey(library, workers=1)
        window = Window(
            library, journey, Engines(ModelStore(folder / "models")), ScriptedAnswers(library)
        )
        window.resize(1400, 900)
        window.show()
        while not window.documents.model.rowCount():
            watch.step()
        print(f"window on its documents: {time.perf_counter() - began:.2f} s")
        watch.report("  opening")
        began = time.perf_counter()
        window.go_to("invoice")
        table = window.records.table
        while not (table.model.rowCount() and window.records.stored):
            watch.step()
        print(f"table of {table.model.rowCount()}: {time.perf_counter() - began:.2f} s")
        watch.report("  showing the table")
        bar = table.view.verticalScrollBar()
        for place in range(200):
            bar.setValue(bar.maximum() * place // 200)
            watch.step()
        watch.report("  200 jumps of the scroll bar")
        for text in ("dupont 12", "no such thing at all", ""):
            before = table.loads
            began = time.perf_counter()
            window.records.search.setText(text)
            while table.loads == before:
                watch.step()
            print(f"filter {text!r}: {time.perf_counter() - began:.2f} s")
            watch.report("  filtering")
        before, began = table.loads, time.perf_counter()
        table.view.horizontalHeader().setSortIndicator(2, Qt.SortOrder.AscendingOrder)
        while table.loads == before:
            watch.step()
        print(f"sorted: {time.perf_counter() - began:.2f} s")
        watch.report("  sorting")
        memory = psutil.Process().memory_info().rss / 2**20
        print(f"memory of the window's process: {memory:.0f} MiB")
        window.close()


def reading(folder: Path, count: int) -> None:
    """Watch the event loop while ``count`` documents are read."""
    with Library.open(folder / "library") as library:
        journey = Journey(library)
        window = Window(
            library, journey, Engines(ModelStore(folder / "models")), ScriptedAnswers(library)
        )
        window.resize(1400, 900)
        window.show()
        journey.start()
        pile = folder / "pile"
        pile.mkdir()
        text_invoices(pile, count)
        watch, began = Watch(), time.perf_counter()
        window.add([pile])
        while True:
            watch.step()
            counts = library.counts()
            done = counts.documents - counts.waiting - counts.reading
            if done >= count:
                break
        print(f"{count} documents: {time.perf_counter() - began:.1f} s")
        watch.report("  the window meanwhile")
        memory = psutil.Process().memory_info().rss / 2**20
        print(f"memory of the window's process: {memory:.0f} MiB")
        window.close()
        journey.stop()


def main() -> None:
    application([])
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    documents = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:
        if records:
            large(Path(scratch) / "large", records)
        if documents:
            reading(Path(scratch), documents)


if __name__ == "__main__":
    main()
