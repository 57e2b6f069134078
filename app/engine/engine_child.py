"""The engine's child: holds the model and answers requests until its parent goes away."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import psutil

from app.child import Inbox, serve
from app.engine.batching_child import Scheduler
from app.engine.encoded_pictures import EncodedPictures
from app.engine.kept import PICTURES
from app.engine.llama_child import Model
from app.engine.messages import Progress, Request, Stage
from app.engine.setup import REQUESTS, Cancel, Load, Loaded, Replan
from app.engine.vision_child import Vision

_NICE = 5
_TELL = 0.05
"""Of a load: the share between two progress events."""


class _Messages(Inbox):
    """A cancellation is heard at once, also in the middle of a batch."""

    scheduler: Scheduler | None = None

    def put(self, item: object, block: bool = True, timeout: float | None = None) -> None:
        if isinstance(item, Cancel) and self.scheduler is not None:
            self.scheduler.cancel(item.id)
        super().put(item, block, timeout)


class _Worker:
    """Answers one :class:`Load`, which lasts as long as the process."""

    def __init__(self, inbox: _Messages) -> None:
        self._inbox = inbox

    def handle(self, message: object) -> Iterator[object]:
        """Load the model, then decode as long as there is something to decode."""
        if not isinstance(message, Load):
            return
        began = time.monotonic()
        scheduler = self._load(message)
        self._inbox.scheduler = scheduler
        yield Loaded(time.monotonic() - began)
        while True:
            yield from self._hear(scheduler)
            yield from scheduler.step()

    def _load(self, load: Load) -> Scheduler:
        path, cache = Path(load.model), Path(load.cache)
        size = path.stat().st_size
        told = 0.0

        def heard(share: float) -> bool:
            nonlocal told
            if share - told >= _TELL:
                told = share
                self._inbox.tell(Progress("", Stage.LOADING, round(size * share), size))
            return True

        model = Model(path, load.plan, heard)

        def open_vision() -> Vision:
            return Vision(
                model.handle,
                Path(load.projector),
                load.plan.threads,
                use_gpu=load.plan.gpu_layers != 0,
                kept=EncodedPictures(cache / PICTURES),
            )

        can_see = open_vision if load.projector else None
        return Scheduler(model, can_see, load.plan, cache, self._inbox.tell)

    def _hear(self, scheduler: Scheduler) -> Iterator[object]:
        """Take in what has arrived; wait for it when there is nothing else to do."""
        while True:
            try:
                message = self._inbox.get(block=not scheduler.busy)
            except queue.Empty:
                return
            if isinstance(message, Request):
                wrong = scheduler.add(message)
                if wrong is not None:
                    yield wrong
            elif isinstance(message, Replan):
                scheduler.replan(message.plan)
            elif isinstance(message, Cancel):
                scheduler.cancel(message.id)


def main() -> NoReturn:
    # Reading new papers and the window come first; on an idle computer it costs nothing.
    with contextlib.suppress(psutil.Error, OSError):
        below_normal = getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", _NICE)  # of Windows only
        psutil.Process().nice(below_normal)
    inbox = _Messages()
    serve(REQUESTS, _Worker(inbox).handle, inbox=inbox)
