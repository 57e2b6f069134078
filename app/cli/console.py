"""Where the command line prints: tables on one stream, complaints and progress on the other."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from app.errors import Problem

out = Console(highlight=False, markup=False, emoji=False)  # “1:100:2” is no picture
if not out.is_terminal:  # a pipe or a file has no width: nothing is cut off
    out.width = 2000
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)


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
