"""How long the window blocks while an answer streams: ``python -m tests.bench.bench_window_ask``.

An answer of PIECES pieces (20,000 unless told) with a citation in every hundredth comes from
a script, first as fast as it can, then 200 a second for ten seconds, as a fast model writes.
Times are the wall clock's; next to each longest step of the event loop stands the processor
time that the window's own thread took for it, which other programs on a busy machine do not
lengthen.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from app.asking.messages import Ask, Citation, Piece, Told, Way
from app.desktop.start import application
from app.desktop.window import Window
from app.engine.choice import Engines
from app.engine.models.store import ModelStore
from app.journey import Journey
from app.library import Library
from tests.answer_script import ScriptedAnswers, Step
from tests.bench.bench_window import Watch
from tests.desktop import papers

WORDS = [
    "The",
    "notice",
    "period",
    "is",
    "three",
    "months",
    "to",
    "the",
    "end",
    "of",
    "a",
    "quarter",
]


def answer(pieces: int, pause: float) -> Iterator[Step]:
    """Pieces of an answer, and the answer."""
    text: list[str] = []
    length = 0
    citations: list[Citation] = []
    for number in range(pieces):
        piece = WORDS[number % len(WORDS)] + " "
        if number % 100 == 99:
            citations.append(Citation(length, length + 5, 1, "A-1001.pdf", 1, 3, 3, "quoted"))
            piece = "[1:3]\n"
        text.append(piece)
        length += len(piece)
        if pause:
            time.sleep(pause)
        yield Piece(piece)
    yield Told("".join(text), Way.WHOLE, tuple(citations))


def stream(window: Window, watch: Watch, what: str) -> None:
    """Ask, and watch the event loop until all of the answer is shown."""
    began = time.perf_counter()
    box = window.asking.page.box
    box.edit.setPlainText("What is the notice period?")
    box.asked.emit("What is the notice period?")
    turn = window.asking.transcript.turns[-1]
    while turn.working or turn.answer.working:
        watch.step()
    print(f"{what}, {len(turn.answer.text)} characters: {time.perf_counter() - began:.1f} s")
    watch.report("  the window meanwhile")


def main() -> None:
    application([])
    pieces = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:
        folder = Path(scratch)
        with Library.open(folder / "library") as library:
            papers.add_invoice(library, folder)
            journey = Journey(library, workers=1)
            answers = ScriptedAnswers(library)
            engines = Engines(ModelStore(folder / "models"))
            window = Window(library, journey, engines, answers)
            window.resize(1400, 900)
            window.show()
            window.refresh()
            window.ask()
            watch = Watch()
            until = time.perf_counter() + 2
            while time.perf_counter() < until:
                watch.step()
            watch.report("opening the page")
            pace = 0.0

            def script(_: Ask) -> Iterator[Step]:
                return answer(pieces if not pace else 2_000, pace)

            answers.script = script
            stream(window, watch, f"{pieces} pieces at once")
            pace = 0.005
            stream(window, watch, "2000 pieces, 200 a second, below the first answer")
            window.close()


if __name__ == "__main__":
    main()
