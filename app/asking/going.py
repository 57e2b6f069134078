"""A question on its way: its thread tells what happens, whoever asked hears it, or stops it."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator

from app.asking.messages import Event
from app.engine.engine import Engine, Running
from app.engine.messages import Event as EngineEvent
from app.engine.messages import Request
from app.errors import Code, Problem, ProblemError, problem

_LOOK = 0.2  # seconds

_log = logging.getLogger(__name__)


class Going:
    """See :class:`app.asking.answers.Answering`; ``name`` is the question, for a problem."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._heard: queue.SimpleQueue[Event | Problem | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._stopped = False
        self._stops: Callable[[], None] | None = None
        self._thread: threading.Thread | None = None

    # for whoever asked ------------------------------------------------------------

    def events(self) -> Iterator[Event]:
        """What happens to the question; called again, it goes on where it was left."""
        while True:
            try:
                heard = self._heard.get(timeout=_LOOK)  # on Windows, Ctrl+C waits for its end
            except queue.Empty:
                continue
            if heard is None:
                return
            if isinstance(heard, Problem):
                raise ProblemError(heard)
            yield heard

    def stop(self) -> None:
        """End it where it is.  From any thread."""
        with self._lock:
            self._stopped = True
            stops = self._stops
        if stops is not None:
            stops()

    # for the thread that answers ----------------------------------------------------

    def start(self, work: Callable[[Going], None], done: Callable[[Going], None]) -> None:
        """Work on the question on a thread of its own; ``done`` is called at the end."""

        def run() -> None:
            try:
                work(self)
            except ProblemError as error:
                self._heard.put(error.problem)
            except Exception:  # noqa: BLE001 - whatever it is, nobody may wait for ever
                _log.exception("answering a question")
                self._heard.put(Problem(Code.MODEL_CRASHED, self.name))
            finally:
                self._heard.put(None)
                done(self)

        self._thread = threading.Thread(target=run, name="answering", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for the thread's end."""
        if self._thread is not None:
            self._thread.join()

    def tell(self, event: Event) -> None:
        """Something happened."""
        self._heard.put(event)

    @property
    def stopped(self) -> bool:
        """Whether whoever asked has had enough."""
        return self._stopped

    def go_on(self) -> None:
        """Raise ``cancelled`` if it was stopped."""
        if self._stopped:
            raise problem(Code.CANCELLED, self.name)

    def stoppable(self, stops: Callable[[], None] | None) -> None:
        """From now on :meth:`stop` calls this as well; at once, if it was called already."""
        with self._lock:
            self._stops = stops
            stopped = self._stopped
        if stopped and stops is not None:
            stops()

    def hear(self, engine: Engine, request: Request) -> Iterator[EngineEvent]:
        """What an engine tells of a request, which a stop cancels."""
        self.go_on()
        running: Running = engine.ask(request)
        self.stoppable(running.cancel)
        try:
            yield from running.events()
        finally:
            self.stoppable(None)
