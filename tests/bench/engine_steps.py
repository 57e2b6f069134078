"""What a batch costs here by its size and the weights' layout, and what the engine adds.

In a process of its own.  ``tokens``: one ``llama_decode`` for batches of one sequence and
of several, weights as they are and repacked, and the acceptance from which speculation
pays.  ``overhead``: the engine's own scheduler on a pile, its time outside of
``llama_decode`` against the time inside.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from llama_cpp import llama_cpp as llama

from app.engine.batching_child import Scheduler
from app.engine.hardware import machine
from app.engine.header import read_header
from app.engine.llama_child import Context, Model
from app.engine.messages import Answer
from app.engine.plan import Plan, Step, Work, break_even, plan
from tests.bench.engine_papers import invoice

_OF_ONE = (1, 2, 3, 4, 5, 8, 16, 32, 64, 256)
_OF_MANY = (2, 4, 8, 16, 32)


def tokens(path: Path) -> dict[str, object]:
    """Milliseconds a token by batch, and break-even acceptance by drafted tokens."""
    found: dict[str, object] = {}
    for repacked in (False, True):
        chosen = Plan(
            context=8192,
            sequences=33,
            batch=256,
            micro_batch=256,
            threads=machine().cores,
            repacked=repacked,
            mapped=not repacked,
        )
        model = Model(path, chosen, lambda _: True)
        context = Context(model, chosen)
        _seconds(context, 64, 1)
        alone = {count: _seconds(context, count, 1) for count in _OF_ONE}
        steps = tuple(Step(count, seconds) for count, seconds in alone.items())
        found["repacked" if repacked else "as they are"] = {
            "one sequence": {n: round(1000 * s / n, 1) for n, s in alone.items()},
            "several sequences": {
                n: round(1000 * _seconds(context, n, n) / n, 1) for n in _OF_MANY
            },
            "break-even": {n: round(break_even(steps, n), 3) for n in (1, 2, 3, 4)},
        }
        context.close()
        llama.llama_model_free(model.handle)
    return found


def _seconds(context: Context, count: int, sequences: int) -> float:
    """The least time of a batch of ``count`` tokens of so many sequences."""
    times = []
    for _ in range(3 if count < 64 else 2):
        for sequence in range(max(1, sequences)):
            context.clear(sequence)
        context.batch.clear()
        for sequence in range(sequences):
            each = count // sequences
            places = context.batch.add([100 + n % 50 for n in range(each)], 0, sequence)
            context.batch.want(range(places.stop - 1, places.stop))
        began = time.perf_counter()
        context.decode()
        times.append(time.perf_counter() - began)
    return min(times)


class _TimedContext(Context):
    """A context that adds up the time inside of ``llama_decode``."""

    inside = 0.0
    batches = 0

    def decode(self) -> bool:
        began = time.perf_counter()
        try:
            return super().decode()
        finally:
            _TimedContext.inside += time.perf_counter() - began
            _TimedContext.batches += 1


def overhead(path: Path) -> dict[str, object]:
    """The engine's time outside of decoding, for one document and for eight together."""
    header = read_header(path)
    paper = invoice()
    found: dict[str, object] = {}
    for way in ("values", "marks"):
        for count in (1, 8):
            chosen = plan(header, None, machine(), Work(waiting=count))
            model = Model(path, chosen, lambda _: True)
            with tempfile.TemporaryDirectory() as cache:
                scheduler = Scheduler(model, None, chosen, Path(cache), lambda _: None)
                scheduler._context.close()
                scheduler._context = _TimedContext(model, chosen)
                _answers(scheduler, [paper.request(way, "warm")])
                _TimedContext.inside, _TimedContext.batches = 0.0, 0
                requests = [paper.request(way, f"{number}") for number in range(count)]
                began = time.perf_counter()
                _answers(scheduler, requests)
                whole = time.perf_counter() - began
                found[f"{way}, {count} together"] = {
                    "seconds": whole,
                    "batches": _TimedContext.batches,
                    "outside of llama_decode": whole / _TimedContext.inside - 1,
                }
                scheduler._context.close()
            llama.llama_model_free(model.handle)
    return found


def _answers(scheduler: Scheduler, requests: list[object]) -> None:
    left = len(requests)
    for request in requests:
        scheduler.add(request)  # type: ignore[arg-type]
    while left:
        left -= sum(isinstance(event, Answer) for event in scheduler.step())


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("piece", choices=("tokens", "overhead"))
    parser.add_argument("model", type=Path)
    chosen = parser.parse_args()
    found = tokens(chosen.model) if chosen.piece == "tokens" else overhead(chosen.model)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
