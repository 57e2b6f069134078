"""A calculation that is written on the command line, and the file that its table goes to."""

from __future__ import annotations

from pathlib import Path

import typer

from app.asking.messages import Computed, Reply
from app.asking.tables import write_figures
from app.cli.documents import entry_of, own_locale, sheets_of
from app.document_types import document_types
from app.export import Format, RowsOf, write
from app.library import Library
from app.library.calculation import Calculation, Column, Measure
from app.library.columns import columns_of
from app.library.notation import read_notation
from app.library.rows import Part

EXAMPLE = "sum gross of invoice when 2026 by month"

TABLES = {form.suffix: form for form in (Format.XLSX, Format.CSV)}
"""The kinds of file that a table can be written to."""


def calculation_of(text: str) -> Calculation:
    """The calculation that ``text`` writes (:mod:`app.library.notation`).

    Wrong usage is said with what there is to choose from: raises ``typer.BadParameter``.
    """
    try:
        calculation = read_notation(" ".join(text.split()))
    except ValueError as error:
        raise typer.BadParameter(
            f"“{text}” cannot be worked out. {error} Write it like this: “{EXAMPLE}”."
        ) from None
    unknown = [name for name in calculation.kinds if name not in document_types()]
    if unknown:
        there = ", ".join(document_types())
        raise typer.BadParameter(f"There is no document type “{unknown[0]}”. There are: {there}.")
    columns = [choice.column for choice in columns_of(calculation.kinds)]
    for column in calculation.columns:
        if column not in columns:
            names = ", ".join(_name(each) for each in columns)
            raise typer.BadParameter(f"There is no “{_name(column)}” in these. There are: {names}.")
    return calculation


def table_form(path: Path) -> Format:
    """The kind of file that ``path`` names; raises ``typer.BadParameter`` for another one."""
    form = TABLES.get(path.suffix.lower())
    if form is None:
        raise typer.BadParameter(f"“{path.name}” must end in .csv or .xlsx.")
    return form


def write_table(kept: Library, reply: Reply, path: Path) -> str:
    """Write the table of an answer, and say so; "" where the answer has none."""
    if not isinstance(reply, Computed):
        return ""
    form, figures = table_form(path), reply.figures
    if reply.calculation.measure is Measure.LIST:
        there = [row.record_id for row in kept.rows(figures.listed)]
        entries = [entry_of(kept, record_id) for record_id in there]
        rows = write(form, sheets_of(entries, RowsOf.DOCUMENTS, form), path, own_locale())
    else:
        rows = write_figures(figures, reply.calculation, path, form, own_locale())
    return f"{rows} {'row' if rows == 1 else 'rows'} written to {path}."


def _name(column: Column) -> str:
    """A column as the notation writes it."""
    return {Part.FIELDS: "", Part.LINES: "line.", Part.TAXES: "tax."}[column.part] + column.name
