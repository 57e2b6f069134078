"""The calibration's child: loads a model and times a few batches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from llama_cpp import llama_cpp as llama

from app.child import serve
from app.engine.calibration import AskCards, Cards, Timed, Try
from app.engine.llama_child import Context, Model, graphics_cards
from app.engine.plan import Plan, Step

_REPEATS = 3
_ALL = 999  # layers; more than any model has
_FEW = 16  # tokens of the batch by which counts of threads are compared


def handle(message: object) -> Iterator[object]:
    """Answer one :class:`~app.engine.calibration.Try` or ``AskCards``.

    What is measured is told as soon as it is usable, since the time may end at any point.
    """
    if isinstance(message, AskCards):
        yield Cards(graphics_cards())
    if not isinstance(message, Try):
        return
    end = time.monotonic() + message.seconds
    plan = Plan(
        context=512,
        sequences=1,
        batch=64,
        micro_batch=64,
        threads=message.threads[0],
        repacked=message.repacked,
        mapped=not message.repacked,
        gpu_layers=_ALL if message.cards else 0,
    )
    model = Model(Path(message.model), plan, lambda _: time.monotonic() < end)
    context = Context(model, plan)
    try:
        yield from _timed(context, message, end)
    finally:
        context.close()
        llama.llama_model_free(model.handle)


def _timed(context: Context, ask: Try, end: float) -> Iterator[Timed]:
    _seconds(context, _FEW // 2)  # the first one reads the file and makes buffers
    threads = ask.threads[0]
    if len(ask.threads) > 1:
        threads = min(ask.threads, key=lambda count: _with_threads(context, count))
        _use(context, threads)
    # The largest and the smallest first: they decide, the others only refine.
    order = sorted(ask.tokens, key=lambda count: (-(count in (1, 64)), -count))
    steps: list[Step] = []
    for tokens in order:
        known = steps[-1].seconds if steps else 0.0
        if steps and time.monotonic() + known > end:
            break
        steps.append(Step(tokens, _seconds(context, tokens)))
        if len(steps) == 2:
            yield Timed(ask.repacked, threads, tuple(sorted(steps, key=lambda s: s.tokens)))
    yield Timed(ask.repacked, threads, tuple(sorted(steps, key=lambda s: s.tokens)))


def _with_threads(context: Context, threads: int) -> float:
    _use(context, threads)
    return _seconds(context, _FEW)


def _use(context: Context, threads: int) -> None:
    llama.llama_set_n_threads(context.handle, threads, threads)


def _seconds(context: Context, tokens: int) -> float:
    """The least time of a batch of so many tokens: other programs only make it longer."""
    times: list[float] = []
    for _ in range(_REPEATS if tokens < _FEW else 1):
        context.clear(0)
        context.batch.clear()
        places = context.batch.add([100 + n % 50 for n in range(tokens)], 0, 0)
        context.batch.want(range(places.stop - 1, places.stop))
        began = time.monotonic()
        context.decode()
        times.append(time.monotonic() - began)
    return min(times)


def main() -> NoReturn:
    """Serve until the parent goes away."""
    serve((Try, AskCards), handle)
