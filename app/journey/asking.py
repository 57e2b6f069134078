"""Asking a model about one file, and waiting for it: for who reads without a library."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from app.document import Document, Flag, Record
from app.engine.engine import Engine, Running
from app.engine.messages import Answer
from app.errors import Code, ProblemError, problem
from app.journey.refining import BUDGETS, TOO_MUCH
from app.library.refinements import FAILED
from app.reading.messages import Given, PrepareQuestions, Question, SettleAnswers
from app.reading.reader import FileReader


class Asker:
    """Puts questions to one engine from several threads; :meth:`stop` ends all of them."""

    def __init__(self, engine: Engine, adapter: Callable[[str], str] = lambda _: "") -> None:
        self._engine = engine
        self._adapter = adapter
        self._running: list[Running] = []
        self._lock = threading.Lock()
        self._stopped = False

    def refined(
        self,
        reader: FileReader,
        document: Document,
        records: tuple[Record, ...],
        pictures: Path,
        document_type: str,
    ) -> tuple[Record, ...]:
        """The records of a document with the model's answers.

        ``document`` has its pages, whose pictures lie in ``pictures``.  Where the model
        fails, ``records`` with a flag that says so; raises ``cancelled`` when stopped.
        """
        try:
            work = pictures / "model"
            work.mkdir(exist_ok=True)
            prepare = PrepareQuestions(
                document, str(pictures), str(work), document_type, self._engine.sees
            )
            answers = self._answers(reader, prepare)
            if not answers:
                return records
            return reader.settle(SettleAnswers(document, answers, document_type)).records
        except ProblemError as error:
            if error.problem.code is Code.CANCELLED or not records:
                raise
            flag = Flag(FAILED, error.problem.message)
            first = dataclasses.replace(records[0], flags=(*records[0].flags, flag))
            return (first, *records[1:])

    def stop(self) -> None:
        """Give up everything that is on its way; what is asked later is cancelled at once."""
        with self._lock:
            self._stopped = True
            running = tuple(self._running)
        for each in running:
            each.cancel()

    def _answers(self, reader: FileReader, prepare: PrepareQuestions) -> tuple[Given, ...]:
        """The answers about a document, of which less is given where it is too much at once."""
        for budget in BUDGETS:
            questions = reader.prepare(dataclasses.replace(prepare, budget=budget))
            try:
                return self._given(prepare.document.name, questions)
            except ProblemError as error:
                if error.problem.code not in TOO_MUCH or budget == BUDGETS[-1]:
                    raise
        raise AssertionError("unreachable")

    def _given(self, name: str, questions: Sequence[Question]) -> tuple[Given, ...]:
        """The answers to all questions about one document."""
        running: list[Running] = []
        try:
            for question in questions:
                running.append(self._ask(question))
            return tuple(
                Given(question.asked, _answer(name, each))
                for question, each in zip(questions, running, strict=True)
            )
        except Exception:
            for each in running:  # the other records' questions are in vain
                each.cancel()
            raise
        finally:
            with self._lock:
                self._running = [each for each in self._running if each not in running]

    def _ask(self, question: Question) -> Running:
        adapter = self._adapter(question.asked.document_type)
        running = self._engine.ask(dataclasses.replace(question.request, adapter=adapter))
        with self._lock:
            self._running.append(running)
            stopped = self._stopped
        if stopped:
            running.cancel()
        return running


def _answer(name: str, running: Running) -> Answer:
    for event in running.events():
        if isinstance(event, Answer):
            return event
    raise problem(Code.MODEL_CRASHED, name)
