"""The command that finds: ``paperclerk search``."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from app.cli.console import Printed, err, out, print_json
from app.cli.documents import LibraryOption
from app.document_types import document_type
from app.library import Among, Filters, Found, Hit, Library, Query
from app.library.place import default_folder

_INDENT = 4  # of what stands on a page, below where that is


def day(text: str) -> dt.date:
    """A date of the command line."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"“{text}” is not a date; write it as 2026-03-31.") from None


def amount(text: str) -> Decimal:
    """An amount of the command line."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise typer.BadParameter(f"“{text}” is not an amount; write it as 1234.50.")
    return number


def search(
    text: Annotated[str, typer.Argument(help="Words; “in quotes” what belongs together.")],
    library: LibraryOption = None,
    kind: Annotated[str, typer.Option("--type", metavar="NAME", help="Only this type.")] = "",
    supplier: Annotated[str, typer.Option(help="Only from sellers whose name holds this.")] = "",
    since: Annotated[
        dt.date | None,
        typer.Option("--from", metavar="DATE", parser=day, help="Dated on this day or later."),
    ] = None,
    until: Annotated[
        dt.date | None,
        typer.Option("--to", metavar="DATE", parser=day, help="Dated on this day or before."),
    ] = None,
    least: Annotated[
        Decimal | None,
        typer.Option("--min", metavar="AMOUNT", parser=amount, help="A total of at least this."),
    ] = None,
    most: Annotated[
        Decimal | None,
        typer.Option("--max", metavar="AMOUNT", parser=amount, help="A total of at most this."),
    ] = None,
    among: Annotated[
        Among | None,
        typer.Option("--state", help="Only these; the trash is left out unless named."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many places.")] = 20,
    form: Annotated[Printed, typer.Option("--format", help="How to print.")] = Printed.TEXT,
) -> int:
    """Find words in the pages, values, names and notes of a library's documents."""
    if kind:
        document_type(kind)
    filters = Filters(kind, supplier, since, until, least, most, among or Among.ALL)
    with Library.open(library or default_folder(), read_only=True) as kept:
        found = kept.search(Query(text, filters, limit))
    if form is Printed.JSON:
        print_json(asdict(found))
    else:
        _show(found)
    if found.beginnings_only:
        err.print("Very many words have that in their middle: only beginnings were looked for.")
    if found.unindexed:
        err.print(f"{found.unindexed} documents are not searched yet; open the window for a while.")
    return 0


def _show(found: Found) -> None:
    for hit in found.hits:
        out.print(_place(hit), style="bold")
        line = Text(hit.snippet)
        for start, end in hit.matches:
            line.stylize("reverse", start, end)
        if out.is_terminal:
            out.print(Padding.indent(line, _INDENT))
        else:
            out.print(Text(" " * _INDENT) + line)
    if not found.hits:
        out.print("Nothing was found.")
        err.print("Check how it is spelled, or try fewer words or a part of a word.")
        return
    shown = f", the first {len(found.hits)} are shown" if len(found.hits) < found.total else ""
    places = "place" if found.total == 1 else "places"
    more = "more than " if found.more else ""
    out.print(f"Found in {more}{found.total} {places}{shown}.")


def _place(hit: Hit) -> str:
    page = "" if hit.page is None else f", page {hit.page}"
    return f"{hit.document_name}{page}  (document {hit.document_id})"
