"""Reading documents with a model, and without, against their truth."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.document import Record
from app.engine.engine import Engine
from app.journey.once import read_once
from tests.eval.scoring import Paper, Scores, Tally, truth_of

TRUTH = "labels.jsonl"


@dataclass(frozen=True, slots=True)
class Extraction:
    """The scores with one engine (or none), and the seconds that a document took."""

    scores: Scores = field(default_factory=Scores)
    seconds: float = 0.0


def papers_in(folder: Path, truth: Path | None = None) -> list[Paper]:
    """The documents of a folder that have a truth; raises ``OSError`` where there is no file."""
    text = (truth or folder / TRUTH).read_text(encoding="utf-8")
    return [paper for paper in truth_of(text.splitlines()) if (folder / paper.file).is_file()]


def extract(folder: Path, papers: Sequence[Paper], engine: Engine | None) -> Extraction:
    """Read the documents as ``paperclerk read`` does, and score them."""
    scores = Scores()
    began = time.monotonic()
    for paper, record in _read(folder, papers, engine):
        scores.add(paper, record)
    return Extraction(scores, (time.monotonic() - began) / max(1, len(papers)))


def show(console: Console, quick: Extraction, model: Extraction) -> None:
    """Print how each field was read without the model and with it."""
    table = Table("field", "truths", "F1 without", "F1 with", "precision", "recall")
    for name, tally in model.scores.fields.items():
        other = quick.scores.fields.get(name, Tally())
        table.add_row(
            name,
            str(tally.right + tally.missed),
            _percent(other.f1),
            _percent(tally.f1),
            _percent(tally.precision),
            _percent(tally.recall),
        )
    console.print(table)
    for name, found in (("without", quick), ("with", model)):
        scores = found.scores
        console.print(
            f"{name} the model: {scores.documents} documents, {scores.unread} not read, "
            f"{found.seconds:.1f} s each; sure and wrong: {len(scores.silent)} of {scores.sure}"
        )
    for paper, name, value in model.scores.silent:
        console.print(f"  sure and wrong: {paper}: {name} {value!r}")


def _read(
    folder: Path, papers: Sequence[Paper], engine: Engine | None
) -> Iterator[tuple[Paper, Record | None]]:
    first: dict[Path, Record] = {}
    paths = [(folder / paper.file).resolve() for paper in papers]
    for outcome in read_once(dict.fromkeys(paths), engine=engine):
        if outcome.records:
            first.setdefault(outcome.path.resolve(), outcome.records[0])
    for paper, path in zip(papers, paths, strict=True):
        yield paper, first.get(path)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
