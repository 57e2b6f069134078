"""The model's part of the journey: what is read is read once more by a model, in the background.

One thread, the clerk, has a reading child of its own, which does what takes time in Python:
it puts the questions into words and settles the answers.  Each document in flight has a
thread that waits for its answers, so that an engine can work on many together.  What is in
flight is a row of the library; whatever happens to this program, nothing is lost by it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.document import Document
from app.engine.engine import Engine, Running
from app.engine.messages import Answer, Progress, Request
from app.errors import Code, Problem, ProblemError, problem
from app.journey.events import Considering, Event, Refining, Trouble
from app.library import Library, Refinement
from app.reading.messages import (
    Finished,
    Given,
    PrepareQuestions,
    Question,
    SettleAnswers,
)
from app.reading.reader import FileReader

TOGETHER = 16
"""Documents in flight; an engine that has room for fewer lets the others wait."""

MOST_WORDS = 200_000
"""Words that are sent to the child at once; a longer document is left to the quick reader."""

_IDLE = 20.0  # seconds without work after which the child is stopped
_AGAIN_AFTER = 60.0  # seconds before an engine that could not work is asked again
_TOLD = 0.5  # seconds between two reports about one document
_AGAIN_STOPPED = 0.1

BUDGETS = (0, 3_000, 1_000)
"""Tokens of one question: the usual, and less where that was too much for the engine."""

TOO_MUCH = {Code.PROMPT_TOO_LONG, Code.MODEL_MEMORY}
_OF_THE_DOCUMENT = {
    Code.PROMPT_TOO_LONG,
    Code.MODEL_CRASHED,  # the engine has tried it twice, the second time alone
    Code.MODEL_STUCK,
    Code.MODEL_BLIND,
    Code.MODEL_ADAPTER,
    Code.DAMAGED,  # the picture of a page
    Code.VANISHED,
    Code.CRASHED,
    Code.TIMED_OUT,
    Code.OUT_OF_MEMORY,
    Code.SERVER_BAD_ANSWER,
    Code.SERVER_TIMEOUT,
    Code.UNKNOWN_TYPE,
}
_OF_EITHER = {
    Code.MODEL_MEMORY,
    Code.SERVER_FAILED,
    Code.SERVER_BROKE_OFF,
    Code.SERVER_THINKS,
}
"""May lie with the engine or with the document: asked again after a pause, but only once."""

_ONCE_MORE = {
    Code.CRASHED,
    Code.TIMED_OUT,
    Code.OUT_OF_MEMORY,
    Code.SERVER_BAD_ANSWER,
    Code.SERVER_TIMEOUT,
}
_NAMED_OTHERWISE = {Code.SERVER_BAD_ANSWER, Code.SERVER_TIMEOUT, Code.MODEL_ADAPTER}
"""Problems that name the server or the adapter rather than the document."""

_TOO_LONG = "This document is too long for the model; it was read without it."
_LOST = "The pages of this document could not be loaded for the model; have it read again."

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Flight:
    """A document that the model is asked about."""

    refinement: Refinement
    document: Document
    work: Path
    place: str = ""  # the server that its pages go to
    tries: int = 0
    running: list[Running] = field(default_factory=list)
    answers: tuple[Given, ...] = ()
    problem: Problem | None = None
    cancelled: bool = False
    thread: threading.Thread | None = None


class Refiner:
    """Has a model read what a library holds.  Every method may be called from any thread.

    ``engine`` gives the engine to ask, ``None`` without a model; ``adapter`` the path of
    the LoRA file for a type of documents, "" for none.  ``save`` keeps the records of a
    document that was settled.  ``tell`` is called with every event.
    """

    def __init__(
        self,
        library: Library,
        engine: Callable[[], Engine | None],
        save: Callable[[Refinement, Document, Finished], None],
        tell: Callable[[Event], None],
        *,
        adapter: Callable[[str], str] = lambda _: "",
        together: int = TOGETHER,
    ) -> None:
        self._library = library
        self._engine = engine
        self._save = save
        self._tell = tell
        self._adapter = adapter
        self._together = together
        self._reader = FileReader()
        self._thread: threading.Thread | None = None
        self._flights: dict[int, _Flight] = {}
        self._unsettled: set[int] = set()  # claimed, and not in flight
        self._landed: deque[_Flight] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._not_before = 0.0
        self._done = 0
        self._began = 0.0
        self._left: dict[int, float] = {}  # seconds, by document in flight

    @property
    def wanted(self) -> bool:
        """Whether a model is in use, so that what is read now should come to it too."""
        try:
            return self._engine() is not None
        except ProblemError:
            return True  # it is chosen, and may work again by then

    @property
    def busy(self) -> bool:
        """Whether something is in flight, or waits and could be."""
        counts = self._library.refinement_counts()
        if counts.running or self._flights:
            return True
        paused = self._library.refining_paused or self._library.paused
        waits = counts.waiting and not paused and self._not_before <= time.monotonic()
        return bool(waits) and self.wanted

    def start(self) -> None:
        """Begin; harmless if it has begun."""
        if self._thread is None:
            self._stopping = False
            self._thread = threading.Thread(target=self._run, name="refining", daemon=True)
            self._thread.start()

    def give_up(self) -> None:
        """Start nothing more."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()

    def stop(self) -> None:
        """Stop at once; what was in flight waits again.  The engine is not stopped."""
        self.give_up()
        thread = self._thread
        while thread is not None and thread.is_alive():
            for flight in tuple(self._flights.values()):
                _cancel(flight)
            self._reader.stop()
            thread.join(_AGAIN_STOPPED)
        self._reader.stop()
        self._thread = None

    def notify(self, *, anew: bool = False) -> None:
        """Look for work now; ``anew``: also where no engine worked a moment ago."""
        with self._wake:
            self._not_before = 0.0 if anew else self._not_before
            self._wake.notify_all()

    def refine(
        self, document_ids: Sequence[int] | None = None, *, second_look: bool = False
    ) -> int:
        """Have these documents (``None``: all) read by the model; gives how many."""
        count = self._library.refine(document_ids, second_look=second_look)
        self.notify(anew=True)
        self.tell_progress()
        return count

    def pause(self) -> None:
        """Start nothing new; what is in flight is finished."""
        self._library.pause_refining()
        self.tell_progress()

    def resume(self) -> None:
        """Go on."""
        self._library.resume_refining()
        self.notify(anew=True)
        self.tell_progress()

    def cancel(self, document_ids: Sequence[int] | None = None) -> None:
        """Take these documents (``None``: all) out of the model's queue."""
        for flight in tuple(self._flights.values()):  # first: a full disk stops none of it
            if document_ids is None or flight.refinement.document_id in document_ids:
                _cancel(flight)
        self._library.cancel_refinements(document_ids)
        self.tell_progress()

    def tell_progress(self) -> None:
        """Tell how far the whole is."""
        counts = self._library.refinement_counts()
        remaining = counts.waiting + counts.running
        if not remaining and not self._flights:
            total, self._done = self._done, 0
            self._tell(Refining(total, total, 0.0, False, ""))
            return
        places = [flight.place for flight in tuple(self._flights.values())]
        self._tell(
            Refining(
                self._done,
                self._done + remaining,
                self._time_left(remaining),
                self._library.refining_paused,
                next(filter(None, places), ""),
            )
        )

    def _time_left(self, remaining: int) -> float | None:
        """Seconds, from how long the documents before took; else as the engine estimates."""
        if self._done:
            return (time.monotonic() - self._began) / self._done * remaining
        lefts = list(self._left.values())
        return max(lefts) * max(1.0, remaining / len(lefts)) if lefts else None

    # the clerk --------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping:
                worked = False
                try:
                    worked = self._land()
                    if not worked:
                        self._settle()
                        self._recall()
                        worked = self._take_off()
                except ProblemError as error:
                    # The library cannot be written, or no engine works: try again later.
                    self._unsettled.update(self._drop_the_stranded())
                    self._tell(Trouble(error.problem))
                    self._not_before = time.monotonic() + _AGAIN_AFTER
                except Exception:  # noqa: BLE001 - a fault of ours must not end the queue for all
                    _log.exception("reading with the model")
                    self._fail_the_stranded()
                if worked:
                    continue
                with self._wake:
                    if not self._stopping and not self._landed:
                        self._wake.wait(1.0)
                if self._reader.running and time.monotonic() - self._reader.last_used > _IDLE:
                    self._reader.stop()
        finally:
            self._give_back()

    def _settle(self) -> None:
        """Put back what could not be put back when the library could not be written."""
        for refinement_id in tuple(self._unsettled):
            self._library.release_refinement(refinement_id)
            self._unsettled.discard(refinement_id)

    def _recall(self) -> None:
        """Cancel what is in flight and not wanted: in the trash, or to be read anew."""
        for flight in tuple(self._flights.values()):
            if not flight.cancelled and not self._library.refinement_wanted(flight.refinement.id):
                _cancel(flight)

    def _drop_the_stranded(self) -> dict[int, Refinement]:
        """Take out of flight what neither waits for an answer nor has one: it was struck."""
        with self._wake:
            stranded = [
                flight
                for flight in self._flights.values()
                if flight.thread is None and flight not in self._landed
            ]
        for flight in stranded:
            self._clear(flight)
        return {flight.refinement.id: flight.refinement for flight in stranded}

    def _fail_the_stranded(self) -> None:
        for refinement_id, refinement in self._drop_the_stranded().items():
            why = Problem(Code.MODEL_CRASHED, refinement.name)
            try:
                self._library.fail_refinement(refinement_id, why.message, retry=True)
            except ProblemError:
                self._unsettled.add(refinement_id)

    def _give_back(self) -> None:
        """At the end: nothing stays claimed, no thread stays behind."""
        for flight in tuple(self._flights.values()):
            _cancel(flight)
            thread = flight.thread
            if thread is not None:
                thread.join()
            self._clear(flight)
            self._unsettled.add(flight.refinement.id)
        self._landed.clear()
        with contextlib.suppress(ProblemError):  # else the next start does it
            self._settle()

    def _take_off(self) -> bool:
        """Put the next document's questions to the engine, if there is one and room for it."""
        room = len(self._flights) < self._together and time.monotonic() >= self._not_before
        waits = room and self._library.refinement_counts().waiting > 0
        if not waits and not self._flights:
            return False
        # Looked up while anything is in flight: so one that was replaced is noticed and retired.
        engine = self._engine()
        if engine is None or not waits:
            return False
        refinement = self._library.claim_refinement()
        if refinement is None:
            return False
        if not self._flights and not self._done:
            self._began = time.monotonic()
        self._unsettled.add(refinement.id)  # until it is in flight or has failed
        work = self._library.work_folder / f"refine-{refinement.id}"
        try:
            document = self._library.stored_document(refinement.document_id)
        except KeyError:  # it was deleted just now, and its row with it
            return True
        except ProblemError:  # the library's own, not this document's
            raise
        except Exception:  # noqa: BLE001 - what is stored of one document must not stop the others
            _log.exception("loading a document for the model")
            self._library.fail_refinement(refinement.id, _LOST, retry=True)
            self.tell_progress()
            return True
        flight = _Flight(refinement, document, work)
        self._flights[refinement.id] = flight
        self._unsettled.discard(refinement.id)
        self.tell_progress()
        self._ask(flight, engine)
        return True

    def _ask(self, flight: _Flight, engine: Engine) -> None:
        refinement = flight.refinement
        if sum(len(page.words) for page in flight.document.pages) > MOST_WORDS:
            self._library.fail_refinement(refinement.id, _TOO_LONG)
            self._gone(flight)
            return
        try:
            flight.work.mkdir(parents=True, exist_ok=True)
            questions = self._reader.prepare(
                PrepareQuestions(
                    flight.document,
                    str(refinement.pictures),
                    str(flight.work),
                    refinement.document_type,
                    engine.sees,
                    refinement.second_look,
                    budget=BUDGETS[flight.tries],
                )
            )
        except ProblemError as error:
            self._failed(flight, error.problem)
            return
        except OSError:
            self._failed(flight, Problem(Code.DISK_FULL, refinement.name))
            return
        if not questions:  # nothing that a model could add to
            self._library.drop_refinement(refinement.id)
            self._gone(flight)
            return
        flight.problem = None
        flight.place = engine.place
        self.tell_progress()  # where pages go is told before they do
        flight.thread = threading.Thread(
            target=self._wait, args=(flight, engine, questions), name="asking", daemon=True
        )
        flight.thread.start()

    def _land(self) -> bool:
        """Settle the answers of one document that is through, if one is."""
        if not self._landed:
            return False
        flight = self._landed.popleft()
        if flight.problem is not None:
            self._failed(flight, flight.problem)
            return True
        try:
            finished = self._reader.settle(
                SettleAnswers(flight.document, flight.answers, flight.refinement.document_type)
            )
        except ProblemError as error:
            self._failed(flight, error.problem)
            return True
        try:
            self._save(flight.refinement, flight.document, finished)
        except ProblemError:
            # What cannot be written now is asked again: the library says when it can.
            self._library.release_refinement(flight.refinement.id)
            self._gone(flight)
            raise
        self._done += 1
        self._gone(flight)
        return True

    def _failed(self, flight: _Flight, why: Problem) -> None:
        refinement = flight.refinement
        if why.code is Code.CANCELLED or self._stopping:
            # Cancelled by the user, its row is gone already; else it waits again.
            self._library.release_refinement(refinement.id)
        elif why.code in TOO_MUCH and flight.tries + 1 < len(BUDGETS):
            flight.tries += 1
            engine = self._engine()
            if engine is not None:
                self._ask(flight, engine)
                return
            self._library.release_refinement(refinement.id)
        elif why.code in _OF_THE_DOCUMENT:
            if why.code not in _NAMED_OTHERWISE:
                why = Problem(why.code, refinement.name, why.detail)
            reason = _TOO_LONG if why.code is Code.PROMPT_TOO_LONG else why.message
            self._library.fail_refinement(refinement.id, reason, retry=why.code in _ONCE_MORE)
        else:
            if why.code in _OF_EITHER:
                self._library.fail_refinement(refinement.id, why.message, retry=True)
            else:
                self._library.release_refinement(refinement.id)
            self._not_before = time.monotonic() + _AGAIN_AFTER
            self._tell(Trouble(why))
        self._gone(flight)

    def _gone(self, flight: _Flight) -> None:
        self._clear(flight)
        self.tell_progress()

    def _clear(self, flight: _Flight) -> None:
        self._flights.pop(flight.refinement.id, None)
        self._left.pop(flight.refinement.id, None)
        shutil.rmtree(flight.work, ignore_errors=True)

    # a document in flight -----------------------------------------------------------

    def _wait(self, flight: _Flight, engine: Engine, questions: Sequence[Question]) -> None:
        """Wait for the answers to all questions about one document; on a thread of its own."""
        try:
            self._begin(flight, engine, questions)
            answers = [
                Given(question.asked, self._answer(flight, running))
                for question, running in zip(questions, flight.running, strict=True)
            ]
            flight.answers = tuple(answers)
        except ProblemError as error:
            for running in flight.running:  # the other records' questions are in vain
                running.cancel()
            flight.problem = error.problem
        except Exception:  # noqa: BLE001 - a fault of ours must not leave a document in flight
            _log.exception("asking the model")
            flight.problem = Problem(Code.MODEL_CRASHED, flight.refinement.name)
        with self._wake:
            flight.thread = None
            self._landed.append(flight)
            self._wake.notify_all()

    def _begin(self, flight: _Flight, engine: Engine, questions: Sequence[Question]) -> None:
        """Ask everything about a document that is still wanted."""
        if not self._library.refinement_wanted(flight.refinement.id):
            raise problem(Code.CANCELLED, flight.refinement.name)
        flight.running.clear()
        for question in questions:
            flight.running.append(engine.ask(self._adapted(question)))
        if flight.cancelled or self._stopping:
            _cancel(flight)

    def _adapted(self, question: Question) -> Request:
        return dataclasses.replace(
            question.request, adapter=self._adapter(question.asked.document_type)
        )

    def _answer(self, flight: _Flight, running: Running) -> Answer:
        told = 0.0
        for event in running.events():
            if isinstance(event, Answer):
                return event
            now = time.monotonic()
            if not isinstance(event, Progress) or now - told < _TOLD:
                continue
            told = now
            if event.left is not None:
                self._left[flight.refinement.id] = event.left
            self._tell(
                Considering(
                    flight.refinement.document_id, event.stage, event.done, event.total, event.left
                )
            )
            if not self._library.refinement_wanted(flight.refinement.id):
                _cancel(flight)  # it was cancelled, or is read again
        raise problem(Code.MODEL_CRASHED, flight.refinement.name)


def _cancel(flight: _Flight) -> None:
    flight.cancelled = True
    for running in flight.running:
        running.cancel()
