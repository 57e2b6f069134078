"""Asking a model about one file without a library: less where it is too much, nothing in vain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.document import Document, Page, Record, Status
from app.document_types import RESOURCES
from app.engine.messages import Request
from app.errors import Code, ProblemError, problem
from app.journey.asking import Asker
from app.reading.messages import PageRead, ReadFile
from app.reading.reader import FileReader, Heard
from tests.engine_script import Script, ScriptedEngine, ScriptedRunning
from tests.journey.test_refining import right
from tests.paper import invoice_pdf


class Remembering(ScriptedEngine):
    """A scripted engine that remembers what is on its way."""

    def __init__(self, script: Script) -> None:
        super().__init__(script)
        self.running: list[ScriptedRunning] = []

    def ask(self, request: Request) -> ScriptedRunning:
        self.running.append(super().ask(request))
        return self.running[-1]


@pytest.fixture(scope="module")
def reader() -> Iterator[FileReader]:
    made = FileReader()
    yield made
    made.stop()


def read(reader: FileReader, path: Path, work: Path) -> tuple[Document, tuple[Record, ...]]:
    """A file's document with its pages, and its records as they are without the model."""
    pages: list[Page] = []

    def heard(reply: Heard) -> None:
        if isinstance(reply, PageRead):
            pages.append(reply.page)

    finished = reader.read(ReadFile(str(path), path.name, str(work)), heard)
    return replace(finished.document, pages=tuple(pages)), finished.records


def test_what_is_too_long_is_asked_again_with_less_of_it(
    reader: FileReader, tmp_path: Path
) -> None:
    asked: list[str] = []

    def script(request: Request) -> str | ProblemError:
        asked.append(request.id)
        if len(asked) == 1:
            return problem(Code.PROMPT_TOO_LONG, request.name)
        return right(request)

    document, records = read(reader, invoice_pdf(tmp_path / "a.pdf"), tmp_path)
    asker = Asker(ScriptedEngine(script))
    [record] = asker.refined(reader, document, records, tmp_path, "")
    assert len(asked) == 2
    assert "model_failed" not in {flag.code for flag in record.flags}
    number = record.field("invoice_number")
    assert number is not None
    assert (number.value, number.status) == ("A-1001", Status.VERIFIED)


def test_what_stays_too_long_is_given_up(reader: FileReader, tmp_path: Path) -> None:
    engine = Remembering(lambda request: problem(Code.PROMPT_TOO_LONG, request.name))
    document, records = read(reader, invoice_pdf(tmp_path / "a.pdf"), tmp_path)
    [record] = Asker(engine).refined(reader, document, records, tmp_path, "")
    assert len(engine.running) == 3
    [flag] = [flag for flag in record.flags if flag.code == "model_failed"]
    assert "“a.pdf” is too long" in flag.message


def test_where_one_question_fails_the_others_about_the_file_are_cancelled(
    reader: FileReader, tmp_path: Path
) -> None:
    engine = Remembering(lambda request: problem(Code.MODEL_CRASHED, request.name))
    file = RESOURCES / "samples" / "drei-rechnungen.pdf"
    document, records = read(reader, file, tmp_path)
    numbers = [record.field("invoice_number") for record in records]
    engine.never = tuple(number.raw for number in numbers[1:] if number is not None)
    first, *others = Asker(engine).refined(reader, document, records, tmp_path, "")
    assert "model_failed" in {flag.code for flag in first.flags}
    assert others == list(records[1:])
    assert len(engine.running) == 3
    assert all(running._cancelled.is_set() for running in engine.running[1:])


def test_what_is_answered_is_not_kept(reader: FileReader, tmp_path: Path) -> None:
    document, records = read(reader, invoice_pdf(tmp_path / "a.pdf"), tmp_path)
    asker = Asker(ScriptedEngine(right))
    asker.refined(reader, document, records, tmp_path, "")
    assert asker._running == []
