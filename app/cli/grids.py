"""Records as tables on a terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table as Grid

from app.cli.console import out
from app.document import Status
from app.document_types import document_types
from app.export import Entry

_WIDE = 200
"""Characters from which a terminal shows a table with a column for each field."""


def grids(entries: Sequence[Entry]) -> Iterator[Grid]:
    """A table for each document type, with the columns that it shows from the start.

    Where a terminal is too narrow for that, each record is a list of its values instead.
    """
    for name, definition in document_types().items():
        found = [entry for entry in entries if entry.record.document_type == name]
        if not found:
            continue
        shown = [field for field in definition.fields if field.shown]
        heads = ["File", *(field.label for field in shown), definition.lines_label or "Lines"]
        rows = [
            [
                Path(entry.file).name,
                *(_shown(entry, field.key) for field in shown),
                str(len(entry.record.lines)),
            ]
            for entry in found
        ]
        if not out.is_terminal or out.width >= _WIDE:
            yield table(definition.plural, heads, rows)
        else:
            yield from (_card(definition.label, heads, row) for row in rows)


def _shown(entry: Entry, key: str) -> str:
    field = entry.record.field(key)
    doubt = " ?" if field is not None and field.status is Status.DOUBTFUL else ""
    return f"{(field.value if field else None) or '—'}{doubt}"


def table(title: str, heads: list[str], rows: list[list[str]], whole: Collection[str] = ()) -> Grid:
    """A table with a line for each row.

    On a narrow terminal all columns are cut off alike; with ``whole`` those that it names are
    shown whole, and the others go on below.
    """
    grid = Grid(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for head in heads:
        grid.add_column(head, overflow="ellipsis", no_wrap=not whole or head in whole)
    for row in rows:
        grid.add_row(*row)
    return grid


def _card(title: str, heads: list[str], row: list[str]) -> Grid:
    grid = Grid(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, show_header=False
    )
    for head, value in zip(heads, row, strict=True):
        grid.add_row(head, value)
    return grid
