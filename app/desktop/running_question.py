"""A question that is being answered: on a thread of its own, gathered for the window's thread."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from app.asking.answers import Answering, Answers
from app.asking.messages import Answered, Ask, Chosen, Doing, Event, Piece

_PAUSE = 40  # milliseconds between two looks at what came
_MOST = 4_000  # pieces that are taken at one look
_LONGEST = 6_000  # characters of them, after which the next look goes on


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


class RunningQuestion(QObject):
    """``wrote`` and ``thought`` carry text, many pieces at once; ``doing`` and ``chose`` what
    they are named for.  At the end comes ``answered`` (an Answered) or ``failed`` (an
    exception), or first the one and then the other: what was written before it failed.
    ``ended`` follows both.

    Nothing is signalled for each piece: a timer looks at what has gathered, so that however
    fast an answer comes, the window has its turn.
    """

    doing = Signal(object)
    chose = Signal(object)
    wrote = Signal(str)
    thought = Signal(str)
    answered = Signal(object)
    failed = Signal(object)
    ended = Signal()

    def __init__(self, answers: Answers, ask: Ask, parent: QObject) -> None:
        super().__init__(parent)
        self.ask = ask
        self._answers = answers
        self._came: deque[Event | _Failed] = deque()
        self._answering: Answering | None = None
        self._stopped = self._told = False
        self._lock = threading.Lock()
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE)
        self._timer.timeout.connect(self._look)
        # A daemon: an engine that does not come back must not keep the program alive.
        self._thread = threading.Thread(target=self._run, name="question", daemon=True)
        self._thread.start()
        self._timer.start()

    def stop(self) -> None:
        """End the answer where it is; what came of it is still told."""
        with self._lock:
            self._stopped = True
            answering = self._answering
        if answering is not None:
            answering.stop()

    def finish(self, seconds: float) -> bool:
        """Stop, tell nothing any more, and wait at most so long; whether it has ended."""
        self._timer.stop()
        self.stop()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        """On the question's own thread."""
        try:
            answering = self._answers.ask(self.ask)
            with self._lock:
                self._answering = answering
                stopped = self._stopped
            if stopped:
                answering.stop()
            for event in answering.events():
                self._came.append(event)
        except Exception as error:  # noqa: BLE001 - told as the question's end
            self._came.append(_Failed(error))

    def _look(self) -> None:
        ended = not self._thread.is_alive()
        length = 0
        written: list[str] = []
        thought: list[str] = []
        doing: Doing | None = None
        for _ in range(_MOST):
            if not self._came or length >= _LONGEST:
                break
            event = self._came.popleft()
            if isinstance(event, Piece):
                length += len(event.text)
                (thought if event.thinking else written).append(event.text)
            elif isinstance(event, Doing):
                doing = event
            elif isinstance(event, Chosen):
                self.chose.emit(event)
            else:
                self._tell(doing, thought, written)
                doing, thought, written = None, [], []
                self._tell_end(event)
        self._tell(doing, thought, written)
        if ended and not self._came:
            self._timer.stop()
            if not self._told:
                # It must not look as if the answer went on.
                self._tell_end(_Failed(RuntimeError("a question ended without an answer")))
            self.ended.emit()

    def _tell(self, doing: Doing | None, thought: list[str], written: list[str]) -> None:
        if doing is not None:
            self.doing.emit(doing)
        if thought:
            self.thought.emit("".join(thought))
        if written:
            self.wrote.emit("".join(written))

    def _tell_end(self, event: Answered | _Failed) -> None:
        self._told = True
        if isinstance(event, _Failed):
            self.failed.emit(event.error)
        else:
            self.answered.emit(event)
