"""Where the command line prints: tables on one stream, complaints and progress on the other."""

from __future__ import annotations

import sys
from enum import StrEnum

import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from app.errors import Problem

out = Console(highlight=False, markup=False)
if not out.is_terminal:  # a pipe or a file has no width: nothing is cut off
    out.width = 2000
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)


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
