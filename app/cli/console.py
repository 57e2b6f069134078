"""Where the command line prints: tables on one stream, complaints and progress on the other."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from enum import StrEnum

import msgspec
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.segment import Segment

from app.errors import Problem

_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class _PlainConsole(Console):
    """Shows text as it is: what a file is called or says moves no cursor and turns no digits.

    Nor does it draw a picture for what stands between two colons, as in 1:100:2.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(
            stderr=stderr, soft_wrap=stderr, highlight=False, markup=False, emoji=False
        )

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """What is printed, without the characters that a terminal obeys; they have no width."""
        for segment in super().render(renderable, options):
            if segment.control or not _OBEYED.search(segment.text):
                yield segment
            else:
                yield Segment(_OBEYED.sub("", segment.text), segment.style)


out = _PlainConsole()
if not out.is_terminal:  # a pipe or a file has no width: nothing is cut off
    out.width = 2000
err = _PlainConsole(stderr=True)


class Printed(StrEnum):
    """How a command prints what it found."""

    TEXT = "text"
    JSON = "json"


def print_json(value: object) -> None:
    """Print one object on a line, as UTF-8 whatever the terminal has."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


def complain(trouble: Problem) -> None:
    """Say what went wrong, and what to do about it."""
    err.print(f"{trouble.message} {trouble.advice}")


def counting() -> Progress:
    """A progress bar on a terminal; silence in a pipe."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
