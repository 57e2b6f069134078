"""Questions and the calculations that they should become: what a model makes of them."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table

from app.asking.filling import (
    READ,
    Earlier,
    fill_request,
    names_like,
    names_of,
    settled,
)
from app.engine.engine import Engine
from app.engine.messages import Answer
from app.library import Library
from app.library.calculation import Calculation, Figures
from app.library.notation import read_notation, written


@dataclass(frozen=True, slots=True)
class Case:
    """A question and the line that it should become: notation, or ``read``.

    ``language`` is as in ISO 639-1.  ``before`` are the questions and lines before it.
    """

    question: str
    language: str
    wanted: str
    before: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a model made of a case: the same line, or another one with the same result."""

    case: Case
    got: str
    exact: bool
    same_result: bool
    sampled: int
    seconds: float


def calculation_of(line: str) -> Calculation | None:
    """The calculation that a line of the data says, ``None`` for ``read``."""
    return None if line == READ else read_notation(line)


def fill(
    cases: Iterable[Case], engine: Engine, library: Library, today: dt.date
) -> Iterator[Outcome]:
    """Ask the model each question, one after the other."""
    sellers = names_of(library, today)
    for case in cases:
        earlier = [Earlier(question, calculation_of(line)) for question, line in case.before]
        names = names_like(case.question, sellers)
        request = fill_request(case.question, today, earlier, names)
        began = time.monotonic()
        *_, answer = engine.ask(request).events()
        seconds = time.monotonic() - began
        assert isinstance(answer, Answer)
        got, wanted = settled(answer), calculation_of(case.wanted)
        same = got == wanted
        if not same and got is not None and wanted is not None:
            same = same_result(library.calculate(got, today), library.calculate(wanted, today))
        line = READ if got is None else written(got)
        yield Outcome(case, line, got == wanted, same, answer.counts.sampled, seconds)


def same_result(one: Figures, other: Figures) -> bool:
    """Whether two calculations came to the same figures, or the same list, in any order."""
    figures = [{(f.group, f.currency, f.value) for f in each.figures} for each in (one, other)]
    return figures[0] == figures[1] and sorted(one.listed) == sorted(other.listed)


def show(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print what became of each question, and the scores by language."""
    for each in outcomes:
        mark = "=" if each.exact else "~" if each.same_result else "x"
        console.print(f"{mark} [{each.case.language}] {each.case.question}")
        console.print(f"    wanted  {each.case.wanted}")
        if not each.exact:
            console.print(f"    got     {each.got}")
    table = Table("language", "questions", "exact", "same result", "tokens", "seconds")
    languages = sorted({each.case.language for each in outcomes})
    for language in [*languages, "all"]:
        some = [each for each in outcomes if language in (each.case.language, "all")]
        if some:
            table.add_row(
                language,
                str(len(some)),
                str(sum(each.exact for each in some)),
                str(sum(each.same_result for each in some)),
                f"{median(each.sampled for each in some):.0f}",
                f"{median(each.seconds for each in some):.1f}",
            )
    console.print(table)
