"""What a model with real weights is worth here: ``make eval MODEL=path.gguf``.

    python -m tests.eval MODEL [--mmproj FILE] [--folder FOLDER] [--questions N] [--documents N]

Questions: each one of ``tests/data/questions`` is asked over the made library, and the line
that the model writes is compared with the one that it should be, and its result with the
true one.  With a folder, its documents are read with the model and without, and scored
against ``labels.jsonl`` in it (:mod:`tests.eval.scoring` says how that is written).
Greedy decoding: a second run gives the same answers.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from app.engine.choice import default_cache_folder, local_engine
from app.engine.engine import Engine
from app.errors import ProblemError
from app.library import Library
from tests.eval import extraction, filling
from tests.eval.questions import TODAY, cases, made_library


def main(arguments: list[str], console: Console) -> int:
    """Run the evaluations; 0 where both could be run, whatever the scores."""
    options = _options(arguments)
    try:
        engine = local_engine(options.model, options.mmproj, options.cache)
    except ProblemError as error:
        console.print(f"{error.problem.message} {error.problem.advice}")
        return 1
    try:
        with tempfile.TemporaryDirectory() as folder:
            console.print("Making the library that the questions are asked over …")
            with made_library(Path(folder)) as library:
                ask(console, engine, library, cases()[: options.questions])
        if options.folder is not None:
            read(console, engine, options.folder, options.documents)
    finally:
        engine.stop()
    return 0


def ask(console: Console, engine: Engine, library: Library, asked: Sequence[filling.Case]) -> None:
    """Questions become calculations."""
    console.print("== questions: = the same line, ~ another line with the same result, x neither")
    filling.show(console, list(filling.fill(asked, engine, library, TODAY)))


def read(console: Console, engine: Engine, folder: Path, most: int | None) -> None:
    """Documents become records."""
    console.print(f"== documents of {folder}")
    papers = extraction.papers_in(folder)[:most]
    quick = extraction.extract(folder, papers, None)
    extraction.show(console, quick, extraction.extract(folder, papers, engine))


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("tests.eval", description=__doc__.partition("\n")[0])
    parser.add_argument("model", type=Path, help="a GGUF file")
    parser.add_argument("--mmproj", type=Path, help="its projector, for pages as pictures")
    parser.add_argument("--folder", type=Path, help=f"documents with their {extraction.TRUTH}")
    parser.add_argument("--questions", type=int, help="ask the first so many only")
    parser.add_argument("--documents", type=int, help="read the first so many only")
    parser.add_argument("--cache", type=Path, default=default_cache_folder())
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Console(highlight=False, markup=False, soft_wrap=True)))
