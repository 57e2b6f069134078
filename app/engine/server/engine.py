"""The office's own server as an engine: the same requests, answered by another computer.

It speaks to whatever is OpenAI-compatible: vLLM, llama.cpp's server, Ollama, the server of
llama-cpp-python.  A form is asked for in the surest way that the server has (a grammar or
an expression, else JSON), and what comes back is checked as if it came from a stranger.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future

from app.engine.engine import Running
from app.engine.messages import Answer, Event, Progress, Request, Stage
from app.engine.server.connection import Patience
from app.engine.server.host import Host
from app.engine.server.office import Office
from app.engine.server.settings import ServerSettings
from app.errors import Code, ProblemError, problem

SAFE_ROOM = 4096
"""Tokens that are taken to fit into a request where a server does not say: the least that
such servers are usually started with."""

_WAIT = 5.0  # seconds for what a server says of itself


class ServerEngine:
    """An engine on the server of ``settings``; see :mod:`app.engine.engine`.

    ``at_once`` bounds the requests in flight; 0 leaves it to what the server can do.
    A LoRA adapter of a request belongs to the model on this computer and is not used.
    """

    def __init__(
        self, settings: ServerSettings, patience: Patience | None = None, at_once: int = 0
    ) -> None:
        self._settings = settings
        self._patience = patience or Patience()
        self._at_once = at_once
        self._lock = threading.Lock()
        self._office: Office | None = None
        self._sees: bool | None = None
        self._tells_certainty: bool | None = None

    @property
    def place(self) -> str:
        """The server's address."""
        return self._settings.address

    @property
    def sees(self) -> bool:
        """Whether pictures can be part of a request; assumed until the server says no."""
        return self._sees is not False

    @property
    def tells_certainty(self) -> bool | None:
        """Whether the server tells how sure it is; ``None`` before the first filled form.

        Where it does not, every value has the certainty
        :data:`app.engine.server.forms.NEUTRAL`.
        """
        return self._tells_certainty

    def check(self) -> Host:
        """Try the connection once and say what is there; waits for the server.

        Raises ``ProblemError``.
        """
        with self._lock:
            office = self._begin()
            found = office.spawn(office.host(patiently=False))
        try:
            return found.result()
        except CancelledError as error:
            raise problem(Code.CANCELLED, self.place) from error

    def seconds(self, tokens: int, answer_tokens: int) -> float | None:
        """Not known: other people's requests wait there as well."""
        return None

    def room(self) -> int:
        """What the server says, else :data:`SAFE_ROOM`; waits a few seconds for it."""
        with self._lock:
            office = self._begin()
            found = office.spawn(office.host(patiently=False))
        try:
            return found.result(_WAIT).context or SAFE_ROOM
        except (CancelledError, TimeoutError, ProblemError):
            found.cancel()
            return SAFE_ROOM

    def ask(self, request: Request) -> Running:
        """Begin with a request."""
        asked = _Asked(request)
        with self._lock:  # so that a stop() comes before it or finds it
            office = self._begin()
            task = office.spawn(office.answer(request, asked.tell))
        asked.begin(task)
        return asked

    def stop(self) -> None:
        """End every connection; requests in flight end with ``cancelled``."""
        with self._lock:
            office, self._office = self._office, None
        if office is not None:
            office.close()

    def _begin(self) -> Office:
        if self._office is None:
            self._office = Office(self._settings, self._patience, self._at_once, self._learned)
        return self._office

    def _learned(self, sees: bool | None, tells_certainty: bool | None) -> None:
        if sees is not None:
            self._sees = sees
        if tells_certainty is not None:
            self._tells_certainty = tells_certainty


class _Asked:
    """A request on its way; see :class:`app.engine.engine.Running`."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._events: queue.SimpleQueue[Event | BaseException] = queue.SimpleQueue()
        self._task: Future[Answer] | None = None
        self.tell(Progress(request.id, Stage.WAITING, 0, 0))

    def tell(self, event: Event) -> None:
        """Something happened."""
        self._events.put(event)

    def begin(self, task: Future[Answer]) -> None:
        """The work on it."""
        self._task = task
        task.add_done_callback(self._done)

    def events(self) -> Iterator[Event]:
        """See :class:`app.engine.engine.Running`."""
        while True:
            event = self._events.get()
            if isinstance(event, BaseException):
                self._events.put(event)  # for whoever asks again
                raise event
            yield event
            if isinstance(event, Answer):
                self._events.put(event)
                return

    def cancel(self) -> None:
        """See :class:`app.engine.engine.Running`."""
        if self._task is not None:
            self._task.cancel()

    def _done(self, task: Future[Answer]) -> None:
        if task.cancelled():
            self._events.put(problem(Code.CANCELLED, self._request.name))
            return
        error = task.exception()
        self._events.put(error if error is not None else task.result())
