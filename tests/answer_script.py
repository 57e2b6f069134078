"""Answers from a script, for tests of what is shown of them.

No model and no database is behind them: a test says what happens to a question, step by
step.  What is answered is kept in the library, as the program's own answers are.
"""

from __future__ import annotations

import datetime as dt
import queue
import threading
from collections.abc import Callable, Iterable, Iterator

from app.asking.keeping import pack_reply
from app.asking.messages import (
    Answered,
    Ask,
    Chosen,
    Computed,
    Doing,
    Event,
    Piece,
    Reply,
    Told,
    Way,
)
from app.asking.wording import sentence
from app.errors import Code, problem
from app.library import Library
from app.library.calculation import Bucket, Calculation, Column, Measure

Step = Doing | Piece | Chosen | Reply | Exception | threading.Event
"""What happens next: an event, the answer, an error, or waiting until something is set."""

Script = Callable[[Ask], Iterable[Step]]


class ScriptedAnswering:
    """A question that goes as the script says, unless it is stopped."""

    def __init__(self, library: Library | None, ask: Ask, steps: Iterable[Step]) -> None:
        self._library = library
        self._ask = ask
        self._steps = steps
        self._stopped = threading.Event()
        self._written: list[str] = []
        self.way = Way.WHOLE

    def events(self) -> Iterator[Event]:
        for step in self._steps:
            if isinstance(step, threading.Event):
                while not step.wait(0.005) and not self._stopped.is_set():
                    pass
            if self._stopped.is_set():
                yield self._cut_off()
                return
            if isinstance(step, Exception):
                raise step
            if isinstance(step, Told | Computed):
                yield self._kept(step)
                continue
            if isinstance(step, threading.Event):
                continue
            if isinstance(step, Piece) and not step.thinking:
                self._written.append(step.text)
            if isinstance(step, Chosen):
                self.way = step.way
            yield step

    def stop(self) -> None:
        self._stopped.set()

    def _cut_off(self) -> Answered:
        if not self._written:
            raise problem(Code.CANCELLED, "")
        return self._kept(Told("".join(self._written), self.way, stopped=True))

    def _kept(self, reply: Reply) -> Answered:
        library, conversation = self._library, self._ask.conversation
        if library is None:
            return Answered(0, 0, reply)
        if conversation is None:
            conversation = library.begin_conversation(self._ask.text, self._ask.documents)
        text = reply.text if isinstance(reply, Told) else reply.sentence
        turn = library.add_turn(conversation, self._ask.text, text, pack_reply(reply))
        return Answered(conversation, turn, reply)


class ScriptedAnswers:
    """Answers each question as ``script`` says; ``asked`` keeps the questions.

    Answers are kept in the library unless ``keeps`` is off.
    """

    def __init__(self, library: Library, script: Script | None = None) -> None:
        self.library = library
        self.script = script if script is not None else says("That is not in these documents.")
        self.can_read = True
        self.keeps = True
        self.asked: queue.SimpleQueue[Ask] = queue.SimpleQueue()

    def ask(self, ask: Ask) -> ScriptedAnswering:
        self.asked.put(ask)
        return ScriptedAnswering(self.library if self.keeps else None, ask, self.script(ask))


def says(text: str) -> Script:
    """A script that answers everything with this text, in pieces of a few characters."""

    def script(_: Ask) -> Iterator[Step]:
        for start in range(0, len(text), 7):
            yield Piece(text[start : start + 7])
        yield Told(text, Way.PASSAGES)

    return script


def works_out(library: Library, today: dt.date) -> Script:
    """A script that has the library work out what is asked for, or invoices by month."""

    def script(ask: Ask) -> Iterator[Step]:
        asked = ask.calculation or Calculation(
            Measure.SUM, Column("gross"), ("invoice",), by=Column("issue_date"), bucket=Bucket.MONTH
        )
        figures = library.calculate(asked, today)
        yield Chosen(Way.COMPUTED)
        yield Computed(asked, figures, sentence(asked, figures), today.isoformat())

    return script


def gives(*steps: Step) -> Script:
    """A script that takes these steps, whatever is asked."""
    return lambda _: iter(steps)
