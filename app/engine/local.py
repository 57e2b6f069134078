"""The parent's side of the model: a child that is started when it is needed.

Requests may come from any thread and are on their way together.  One thread of this class
starts the child and listens to it.  A child that crashed or hung is started again, and the
requests that it had are tried one at a time: the one with which it dies a second time is
given up, and the others are answered.
"""

from __future__ import annotations

import logging
import queue
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from app.child import (
    Child,
    ChildCrashedError,
    ChildError,
    ChildOutOfMemoryError,
    ChildStoppedError,
    ChildTimedOutError,
    command,
)
from app.engine.messages import Answer, Event, Piece, Progress, Request, Stage
from app.engine.plan import Plan
from app.engine.setup import REPLIES, Cancel, Failed, Load, Loaded, Replan, TooLong
from app.engine.speed import SPEEDS, Speeds
from app.errors import Code, Problem, ProblemError, problem

_DEADLINE = 120.0
"""Seconds of processor time and core that a step may take; the longest is one node of a
picture's encoding, or a full batch on a slow computer."""

_IDLE = 300.0
"""Seconds without a request after which the child is stopped."""

_SHORT = 0.05
"""Share of the computer's memory under which an idle child is stopped at once."""

_LOOK = 2.0
"""Seconds between two looks at whether the child is idle."""

_ATTEMPTS = 2

_ILLEGAL = {-signal.SIGILL, 0xC000001D, 0xC000001D - (1 << 32)}
"""How a process ends at an instruction that its processor does not know."""

_TOO_OLD = "Its processor lacks instructions that the model needs."

_CODES: dict[type[ChildError], Code] = {
    ChildTimedOutError: Code.MODEL_STUCK,
    ChildOutOfMemoryError: Code.MODEL_MEMORY,
    ChildCrashedError: Code.MODEL_CRASHED,
    ChildStoppedError: Code.CANCELLED,
}

PlanFor = Callable[[int, int], Plan]
"""The plan for a request of so many tokens (0: a usual one) and so many requests at once.

Raises ``ProblemError`` (``model_memory``) where it does not fit into memory.
"""


_STOPS = 3.0
"""Seconds that stopping waits for a thread that measures; it ends by itself after that."""

_log = logging.getLogger(__name__)


class _Running:
    """A request on its way; see :class:`app.engine.engine.Running`."""

    def __init__(self, request: Request, give_up: Callable[[str], None]) -> None:
        self.request = request
        self.attempts = 0
        self.grown = False
        self.sent = False
        self._give_up = give_up
        self._events: queue.SimpleQueue[Event | Problem] = queue.SimpleQueue()

    def events(self) -> Iterator[Event]:
        while True:
            event = self._events.get()
            if isinstance(event, Problem):
                raise ProblemError(event)
            yield event
            if isinstance(event, Answer):
                return

    def cancel(self) -> None:
        # Answered at once; the child stops working on it within milliseconds of its own.
        self.tell(problem(Code.CANCELLED, self.request.name).problem)
        self._give_up(self.request.id)

    def tell(self, event: Event | Problem) -> None:
        self._events.put(event)


class LocalEngine:
    """A model file (and its projector) in a child process on this computer."""

    def __init__(
        self,
        model: Path,
        projector: Path | None,
        cache: Path,
        plan: PlanFor,
        room: Callable[[], int] | None = None,
    ) -> None:
        """``room`` gives the most tokens of a request for which there can be a plan.

        Without it, that is what the plan for a usual request has.
        """
        self._model = model
        self._room = room
        self._projector = projector
        self._cache = cache
        self._plan_for = plan
        self._plan: Plan | None = None
        self._longest = 0  # tokens of the longest request so far, 0 for usual ones
        self._keeps = False  # whether documents were asked about, which take a sequence each
        self._child: Child | None = None
        self._requests: dict[str, _Running] = {}
        self._queue: deque[_Running] = deque()  # not sent yet
        self._suspects: deque[_Running] = deque()  # were there when the child died
        self._loaded = False
        self._deaths = 0  # in a row, while the model was being loaded
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._last_used = time.monotonic()

    @property
    def place(self) -> str:
        return ""

    @property
    def sees(self) -> bool:
        return self._projector is not None

    @property
    def memory(self) -> int:
        """Resident bytes of the child now; 0 without one."""
        child = self._child
        return child.memory if child is not None else 0

    def ask(self, request: Request) -> _Running:
        """Begin with a request; the model is loaded if it is not."""
        running = _Running(request, self._give_up)
        with self._lock:
            if not self._requests:
                self._longest = 0  # one long document does not make all that follow slow
            self._requests[request.id] = running
            self._queue.append(running)
            self._keeps = self._keeps or request.kept > 0
            self._last_used = time.monotonic()
            if self._thread is None:
                self._stopping = False
                self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
                self._thread.start()
            elif self._loaded:
                self._send_waiting()
        return running

    def seconds(self, tokens: int, answer_tokens: int) -> float | None:
        """See :class:`app.engine.engine.Engine`."""
        return Speeds(self._cache / SPEEDS, self._model.name).seconds(tokens, 0, answer_tokens)

    def room(self) -> int:
        """See :class:`app.engine.engine.Engine`; 0 where nothing fits."""
        try:
            return self._room() if self._room is not None else self._plan_for(0, 1).context
        except ProblemError:
            return 0

    def stop(self) -> None:
        """Stop the child; what it worked on ends with ``cancelled``."""
        with self._lock:
            self._stopping = True
            thread = self._thread
        end = time.monotonic() + _STOPS
        while thread is not None and thread.is_alive():
            child = self._child
            if child is not None:
                child.stop()
            elif time.monotonic() > end:
                return
            thread.join(0.1)

    # the child's thread -------------------------------------------------------------

    def _run(self) -> None:
        while self._goes_on():
            try:
                self._session()
            except Exception:  # noqa: BLE001 - whatever it is, nobody may wait for ever
                _log.exception("the engine")
                self._end(problem(Code.MODEL_CRASHED, self._model.name).problem)

    def _goes_on(self) -> bool:
        # Under one lock: a request that comes now finds either this thread or none.
        with self._lock:
            if self._stopping:
                self._end(problem(Code.CANCELLED, self._model.name).problem)
            if not self._requests:
                self._thread = None
                return False
        return True

    def _session(self) -> None:
        """One life of the child."""
        try:
            self._plan = self._plan_for(self._longest, self._wanted())
        except ProblemError as error:
            self._end(error.problem)
            return
        _log.info("plan: %s", self._plan)
        child = Child(command("engine"), REPLIES, _limit(self._plan))
        with self._lock:
            if self._stopping:
                return
            self._child = child
        watch = threading.Thread(target=self._watch, args=(child,), daemon=True)
        watch.start()
        projector = str(self._projector) if self._projector is not None else ""
        load = Load(str(self._model), projector, self._plan, str(self._cache))
        try:
            for reply in child.request(load, self._deadline):
                self._hear(reply)
        except ProblemError as error:  # the model could not be loaded
            self._end(error.problem)
        except ChildError as error:
            if child.exit_code in _ILLEGAL and not self._loaded:
                self._end(problem(Code.MODEL_UNAVAILABLE, self._model.name, _TOO_OLD).problem)
            else:
                self._died(_CODES.get(type(error), Code.MODEL_CRASHED))
        finally:
            with self._lock:
                self._loaded = False
                self._child = None
                self._keeps = any(running.request.kept for running in self._requests.values())
            child.stop()

    def _deadline(self) -> float:
        plan = self._plan
        with self._lock:
            owed = bool(self._requests) or not self._loaded
        return _DEADLINE * (plan.threads if plan is not None else 1) if owed else float("inf")

    def _hear(self, reply: object) -> None:
        with self._lock:
            if isinstance(reply, Loaded):
                self._loaded = True
                self._deaths = 0
                self._send_waiting()
            elif isinstance(reply, TooLong):
                self._grow(reply)
            elif isinstance(reply, Progress) and not reply.id:
                for running in self._requests.values():
                    running.tell(
                        Progress(running.request.id, Stage.LOADING, reply.done, reply.total)
                    )
            elif isinstance(reply, Failed):
                self._finish(reply.id, reply.problem)
            elif isinstance(reply, Answer):
                self._finish(reply.id, reply)
            elif isinstance(reply, Progress | Piece) and reply.id in self._requests:
                self._requests[reply.id].tell(reply)

    def _send_waiting(self) -> None:
        """Send what waits; after a crash one suspect at a time, and nothing beside it."""
        child = self._child
        if child is None:
            return
        if any(r.attempts for r in self._requests.values() if r.sent):
            return
        if self._suspects:
            self._send(child, self._suspects.popleft())
            return
        self._widen(child)
        while self._queue:
            self._send(child, self._queue.popleft())

    def _send(self, child: Child, running: _Running) -> None:
        if running.request.id in self._requests:
            running.sent = True
            child.send(running.request)

    def _wanted(self) -> int:
        """How many sequences are to be filled at once; a kept document takes one as well."""
        with self._lock:
            return 1 if self._suspects else max(1, len(self._requests)) + self._keeps

    def _widen(self, child: Child) -> None:
        """Plan anew where more is asked at once than there is room for.

        Also where positions are stretched, which usual requests are better read without.
        """
        if self._plan is None:
            return
        stretched = self._plan.yarn_factor > 1 and not self._longest
        if not stretched and self._wanted() <= self._plan.sequences - 1:
            return
        try:
            wider = self._plan_for(self._longest, self._wanted())
        except ProblemError:
            return  # as many as there is room for, one after the other
        if stretched or wider.sequences > self._plan.sequences:
            self._replan(child, wider)

    def _grow(self, reply: TooLong) -> None:
        """Plan anew for a request that needs more room than there is."""
        running, child = self._requests.get(reply.id), self._child
        if running is None or child is None:
            return
        longest = max(self._longest, reply.tokens)
        try:
            larger = self._plan_for(longest, self._wanted())
        except ProblemError as error:
            self._finish(reply.id, error.problem)
            return
        if running.grown or larger.context < reply.tokens:
            detail = (
                f"It needs room for {reply.tokens:,} tokens, and there is room for "
                f"{larger.context:,}."
            )
            self._finish(
                reply.id, problem(Code.PROMPT_TOO_LONG, running.request.name, detail).problem
            )
            return
        running.grown = True
        self._longest = longest
        self._replan(child, larger)
        child.send(running.request)

    def _replan(self, child: Child, plan: Plan) -> None:
        if plan != self._plan:
            _log.info("plan: %s", plan)
            self._plan = plan
            # What the child holds now it gives back only when it goes over to the plan.
            child.memory_limit = max(child.memory_limit, _limit(plan))
            child.send(Replan(plan))

    def _finish(self, request_id: str, outcome: Answer | Problem) -> None:
        running = self._requests.pop(request_id, None)
        self._last_used = time.monotonic()
        if running is not None:
            running.tell(outcome)
        self._send_waiting()

    def _give_up(self, request_id: str) -> None:
        with self._lock:
            running = self._requests.pop(request_id, None)
            if running is None:
                return
            if running.sent and self._child is not None:
                self._child.send(Cancel(request_id))
            for waiting in (self._queue, self._suspects):
                if running in waiting:
                    waiting.remove(running)
            if self._loaded:
                self._send_waiting()

    def _died(self, code: Code) -> None:
        """The child is no more: give up who was there twice, and try the others alone."""
        with self._lock:
            if self._stopping:
                return
            there = [r for r in self._requests.values() if r.sent]
            if not self._loaded:
                self._deaths += 1
                if self._deaths >= _ATTEMPTS:
                    self._end(problem(code, self._model.name).problem)
                return
            for running in there:
                running.attempts += 1
                running.sent = False
                if running.attempts >= _ATTEMPTS and len(there) == 1:
                    self._requests.pop(running.request.id)
                    running.tell(problem(code, running.request.name).problem)
                else:
                    self._suspects.append(running)

    def _end(self, why: Problem) -> None:
        with self._lock:
            ended = list(self._requests.values())
            self._requests.clear()
            self._queue.clear()
            self._suspects.clear()
        for running in ended:
            running.tell(why)

    def _watch(self, child: Child) -> None:
        """Stop a child that has nothing to do for long, or when memory is short."""
        while self._child is child:
            time.sleep(_LOOK)
            with self._lock:
                if self._requests or self._child is not child:
                    continue
                idle = time.monotonic() - self._last_used
                memory = psutil.virtual_memory()
                short = memory.available < _SHORT * memory.total
                if idle > _IDLE or (short and idle > _LOOK):
                    child.stop()


def _limit(plan: Plan) -> int:
    """Resident bytes that the child may take: what was predicted, and a quarter for surprises."""
    return max(plan.memory + plan.memory // 4, 1 << 30)
