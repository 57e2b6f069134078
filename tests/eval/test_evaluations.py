"""The evaluations run from end to end; with random weights, their scores mean nothing."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from app.asking.filling import READ
from app.engine.local import LocalEngine
from app.engine.plan import Plan
from app.library import Library
from app.library.notation import read_notation
from tests.data.build_samples import FOLDER
from tests.eval.__main__ import ask, main, read
from tests.eval.filling import calculation_of, same_result
from tests.eval.questions import TODAY, cases
from tests.library.papers import add_and_read, invoice
from tests.tiny_model import tiny_models

PAPER = "invoice-joinery.pdf"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    """The tiny model of random weights."""
    plan = Plan(context=8192, sequences=3, batch=256, micro_batch=256, threads=1)
    cache = tmp_path_factory.mktemp("engine")
    made = LocalEngine(tiny_models().text, None, cache, lambda _tokens, _requests: plan)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    desk = tmp_path_factory.mktemp("desk")
    with Library.open(tmp_path_factory.mktemp("library")) as opened:
        for day in (1, 31):
            paper = invoice(f"R-{day}", f"{day}.50", date=f"2026-03-{day:02}")
            add_and_read(opened, desk, f"{day}.pdf", paper)
        yield opened


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(printed: io.StringIO) -> Console:
    return Console(file=printed, width=200, highlight=False, markup=False)


def papers(folder: Path) -> Path:
    """A folder with one document and its truth."""
    shutil.copy(FOLDER / PAPER, folder)
    truth = {"invoice_number": "none of this", "seller": "Nobody", "due_date": None}
    line = {"id": "one", "file": PAPER, "kind": "invoice", "truth": truth}
    gone = line | {"id": "gone", "file": "gone.pdf"}
    (folder / "labels.jsonl").write_text(f"{json.dumps(line)}\n{json.dumps(gone)}\n", "utf-8")
    return folder


def test_questions_are_asked_and_their_lines_compared(
    engine: LocalEngine, library: Library, console: Console, printed: io.StringIO
) -> None:
    asked = cases()[:3]
    ask(console, engine, library, asked)
    said = printed.getvalue()
    for case in asked:
        assert f"[{case.language}] {case.question}" in said
        assert f"wanted  {case.wanted}" in said
    got = re.findall(r"^    got     (.+?)\s*$", said, re.M)
    assert all(line == READ or read_notation(line) for line in got)
    assert re.search(r"all\W+3\W+\d\W+\d\W+\d+\W+[\d.]+", said)


def test_documents_are_read_and_scored(
    engine: LocalEngine, console: Console, printed: io.StringIO, tmp_path: Path
) -> None:
    read(console, engine, papers(tmp_path), None)
    said = printed.getvalue()
    assert re.search(r"invoice_number\W+1\W+0.0 %\W+0.0 %", said)
    assert "with the model: 1 documents, 0 not read" in said


def test_a_file_that_is_no_model_is_said_to_be_none(
    console: Console, printed: io.StringIO, tmp_path: Path
) -> None:
    path = tmp_path / "no model.gguf"
    path.write_bytes(b"nothing of the kind")
    assert main([str(path)], console) == 1
    assert "no model.gguf" in printed.getvalue()


def test_the_cases_are_of_all_languages_and_sorts_and_can_be_written() -> None:
    found = cases()
    assert {case.language for case in found} == {"en", "de", "fr", "es"}
    assert sum(case.wanted == READ for case in found) >= 8
    assert sum(bool(case.before) for case in found) >= 4
    for case in found:
        for _, line in (*case.before, (case.question, case.wanted)):
            assert line == READ or calculation_of(line) is not None


def test_another_line_with_the_same_figures_is_the_same_result(library: Library) -> None:
    lines = (
        "sum gross of invoice when 2026-03",
        "sum gross of invoice when 2026-03-01..2026-03-31",
        "sum gross of invoice when 2026-03-01..2026-03-30",
        "list of invoice when 2026-03",
        "list gross of invoice when 2026-03 highest",
    )
    march, same, less, listed, ordered = (
        library.calculate(read_notation(line), TODAY) for line in lines
    )
    assert same_result(march, same)
    assert not same_result(march, less)
    assert same_result(listed, ordered)
    assert not same_result(listed, march)
