"""The engine's side of the measurements, in a process of its own for each piece.

Prints one line of JSON.  What the engine's child holds is measured from outside, every
20 ms.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec

from app.child import Child, command
from app.engine.calibration import calibrated
from app.engine.engine import Running
from app.engine.hardware import machine
from app.engine.header import Header, read_header
from app.engine.local import LocalEngine
from app.engine.messages import Answer, Counts, Progress, Request, Stage, TextPart
from app.engine.plan import Measured, Plan, Work, plan, predicted_memory
from app.engine.setup import REPLIES, Cancel, Load, Loaded
from app.reading.model.formats import MARKS
from tests.bench.engine_papers import invoice, page_picture


@dataclass(frozen=True, slots=True)
class Place:
    """What is measured, and where its files go."""

    model: Path
    projector: Path | None
    work: Path
    measured: Measured
    rows: bool

    @property
    def header(self) -> Header:
        return read_header(self.model)


class Memory:
    """The peak of a process's resident memory while it is watched."""

    def __init__(self, size: Callable[[], int]) -> None:
        self._size = size
        self.peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._ended.wait(0.02):
            self.peak = max(self.peak, self._size())

    def stop(self) -> int:
        self._ended.set()
        self._thread.join()
        return self.peak


def text(place: Place) -> dict[str, object]:
    """A page as text: the first of its type, and the second.

    In both formats, and values once more with guesses from the page's text.
    """
    paper = invoice(rows=place.rows)
    found: dict[str, object] = {}
    for name, drafts in (("values", 0), ("marks", 0), ("values, guessing", 3)):
        way = name.partition(",")[0]
        with tempfile.TemporaryDirectory(dir=place.work) as cache:
            engine = _engine(place, Path(cache), pictures=False, drafts=drafts)
            _wake(engine)
            memory = Memory(lambda engine=engine: engine.memory)
            first = _ask(engine, paper.request(way, "first"))
            second = _ask(engine, paper.request(way, "second"))
            found[name] = {
                "first": _told(first),
                "second": _told(second),
                "right": second[0].text == paper.request(way, "").dictated,
                "after": engine.memory,
                "peak": memory.stop(),
            }
            engine.stop()
    return found


def picture(place: Place) -> dict[str, object]:
    """A page as a picture, with everything of it encoded anew."""
    paper = invoice(rows=place.rows)
    image = page_picture(place.work)
    with tempfile.TemporaryDirectory(dir=place.work) as cache:
        engine = _engine(place, Path(cache), pictures=True)
        _wake(engine)
        memory = Memory(lambda: engine.memory)
        first = _ask(engine, paper.picture_request(image, "first"))
        again = _ask(engine, paper.picture_request(image, "again"))
        found: dict[str, object] = {
            "first": _told(first),
            "again, encoded before": _told(again),
            "after": engine.memory,
            "peak": memory.stop(),
        }
        engine.stop()
    return found


def pile(place: Place, count: int = 32) -> dict[str, object]:
    """Many documents of one type, dropped together, in the format that is usual."""
    paper = invoice(rows=place.rows)
    way = MARKS.name
    with tempfile.TemporaryDirectory(dir=place.work) as cache:
        engine = _engine(place, Path(cache), pictures=False)
        _wake(engine)
        memory = Memory(lambda: engine.memory)
        began = time.perf_counter()
        running = [engine.ask(paper.request(way, f"{number}")) for number in range(count)]
        with ThreadPoolExecutor(count) as threads:
            ends = list(threads.map(_end_of, running))
        found: dict[str, object] = {
            "count": len(ends),
            "first": min(ends) - began,
            "seconds": max(ends) - began,
            "peak": memory.stop(),
        }
        engine.stop()
    return found


def _end_of(running: Running) -> float:
    """When the answer came."""
    for _ in running.events():
        pass
    return time.perf_counter()


def load(place: Place) -> dict[str, object]:
    """The child's own start and the model's loading, the file being in the system's cache."""
    times = []
    for _ in range(3):
        with tempfile.TemporaryDirectory(dir=place.work) as cache:
            child = Child(command("engine"), REPLIES, 1 << 40)
            chosen = _plan_for(place, pictures=False)(0, 1)
            began = time.perf_counter()
            for reply in child.request(
                Load(str(place.model), "", chosen, cache), lambda: float("inf")
            ):
                if isinstance(reply, Loaded):
                    times.append((time.perf_counter() - began, reply.seconds))
                    break
            child.stop()
    return {"seconds": min(times)[0], "of it loading": min(times)[1]}


def cancel(place: Place) -> dict[str, object]:
    """From the wish to the child's rest, in the middle of a long prompt; five times.

    The asker is told at once; what counts here is how long the processor goes on.
    """
    words = invoice().text * 8
    with tempfile.TemporaryDirectory(dir=place.work) as cache:
        child = Child(command("engine"), REPLIES, 1 << 40)
        chosen = _plan_for(place, pictures=False)(16_384, 1)
        waits: list[float] = []
        began = 0
        for reply in child.request(Load(str(place.model), "", chosen, cache), lambda: float("inf")):
            if isinstance(reply, Loaded) or (isinstance(reply, Progress) and not reply.id):
                if isinstance(reply, Loaded):
                    child.send(Request("0", "", (TextPart(words),), None, 16))
                continue
            if not isinstance(reply, Progress) or reply.stage is not Stage.READING:
                continue
            if reply.id != str(began):
                continue
            time.sleep(0.37)  # into the next batch
            waits.append(_rest(child, str(began)))
            began += 1
            if began == 5:
                break
            child.send(Request(str(began), "", (TextPart(words),), None, 16))
        child.stop()
    return {"longest": max(waits), "all": waits}


def _rest(child: Child, request_id: str) -> float:
    """Seconds from a cancellation until the child's processor time stands still."""
    process = child._watched
    if process is None:
        raise RuntimeError("there is no child")
    began = time.perf_counter()
    child.send(Cancel(request_id))
    last_used, last_time = process.cpu_times(), began
    while time.perf_counter() - last_time < 0.4:
        time.sleep(0.01)
        used = process.cpu_times()
        if used.user + used.system - last_used.user - last_used.system > 0.005:
            last_used, last_time = used, time.perf_counter()
    return last_time - began


def prefill(place: Place, tokens: int = 100_000) -> dict[str, object]:
    """A prompt of so many tokens: its memory against the plan's prediction."""
    header = replace(place.header, context=max(place.header.context, 262_144))
    piece = invoice().text
    per_piece = _token_count(place.model, piece)
    words = piece * max(1, round(tokens / per_piece))
    chosen = plan(header, None, machine(), Work(longest=tokens + tokens // 20))
    with tempfile.TemporaryDirectory(dir=place.work) as cache:
        engine = LocalEngine(place.model, None, Path(cache), lambda _tokens, _count: chosen)
        _wake(engine)
        memory = Memory(lambda: engine.memory)
        answer, seconds = _ask(engine, Request("long", "", (TextPart(words),), None, 4))
        peak = memory.stop()
        engine.stop()
    return {
        "tokens": answer.counts.prompt,
        "seconds": seconds,
        "predicted": chosen.memory,
        "peak": peak,
        "peak / predicted": peak / chosen.memory,
        "cache": chosen.cache_type,
    }


PIECES: dict[str, Callable[[Place], dict[str, object]]] = {
    "text": text,
    "picture": picture,
    "pile": pile,
    "load": load,
    "cancel": cancel,
    "prefill": prefill,
}


def _plan_for(place: Place, *, pictures: bool, drafts: int = 0) -> Callable[[int, int], Plan]:
    header = place.header
    eyes = read_header(place.projector) if place.projector is not None else None

    def chosen(tokens: int, requests: int) -> Plan:
        work = Work(tokens, requests, pictures)
        found = replace(plan(header, eyes, machine(), work, place.measured), drafts=drafts)
        return replace(found, memory=predicted_memory(header, eyes, found))

    return chosen


def _engine(place: Place, cache: Path, *, pictures: bool, drafts: int = 0) -> LocalEngine:
    projector = place.projector if pictures else None
    chosen = _plan_for(place, pictures=pictures, drafts=drafts)
    return LocalEngine(place.model, projector, cache, chosen)


def _wake(engine: LocalEngine) -> None:
    """Have the model loaded, so that what follows is measured without that."""
    _ask(engine, Request("wake", "", (TextPart("."),), None, 1))


def _ask(engine: LocalEngine, request: Request) -> tuple[Answer, float]:
    began = time.perf_counter()
    for event in engine.ask(request).events():
        if isinstance(event, Answer):
            return event, time.perf_counter() - began
    raise RuntimeError("no answer came")


def _told(asked: tuple[Answer, float]) -> dict[str, object]:
    answer, seconds = asked
    counts: Counts = answer.counts
    return {**asdict(counts), "seconds": seconds}


def _token_count(model: Path, words: str) -> int:
    import llama_cpp

    llama = llama_cpp.Llama(str(model), vocab_only=True, verbose=False)
    return len(llama.tokenize(words.encode(), add_bos=False))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("piece", choices=PIECES)
    parser.add_argument("model", type=Path)
    parser.add_argument("--projector", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rows", action="store_true")
    parser.add_argument("--tokens", type=int, default=100_000, help="of the long prompt")
    chosen = parser.parse_args()
    header = read_header(chosen.model)
    measured = calibrated(chosen.model, header, machine(), chosen.work / "calibration")
    place = Place(chosen.model, chosen.projector, chosen.work, measured, chosen.rows)
    found = (
        prefill(place, chosen.tokens) if chosen.piece == "prefill" else PIECES[chosen.piece](place)
    )
    print(msgspec.json.encode(found).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
