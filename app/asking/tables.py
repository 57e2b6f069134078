"""The figures of a calculation as a table, for files."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from app.asking.phrases import ENGLISH
from app.asking.wording import (
    group_words,
    grouping_words,
    heading,
    kind_of,
    noun,
)
from app.document import date_of
from app.document_types import Kind
from app.export.formats import Format, write
from app.export.grid import Grid
from app.export.rows import Value
from app.export.sheet import Column, Source
from app.library.calculation import Bucket, Calculation, Figure, Figures, Measure


def write_figures(
    figures: Figures, calculation: Calculation, target: Path, form: Format, locale: str = ENGLISH
) -> int:
    """Write the figures to ``target``; the number of rows below the header.

    ``locale`` is for the CSV for Excel.  The file appears complete or not at all.  Raises
    ``ProblemError`` (``disk_full``, ``cannot_write``), and ``ValueError`` for a list, whose
    records have an export of their own, and for JSON.
    """
    return write(form, [figures_grid(figures, calculation)], target, locale)


def figures_grid(figures: Figures, calculation: Calculation) -> Grid:
    """A row for each group and currency: its name, the value, the currency, the records.

    Days are dates; months and quarters are texts that sort (``2026-03``, ``2026-Q1``) and
    years numbers.  Raises ``ValueError`` for a list, whose rows are records.
    """
    if calculation.measure is Measure.LIST:
        raise ValueError("a list has records and no figures")
    of, by = calculation.of, grouping_words(calculation)
    counted = calculation.measure is Measure.COUNT or of is None
    kind = Kind.NUMBER if counted or of is None else kind_of(of, calculation.kinds)
    money = kind is Kind.AMOUNT
    columns = [
        *([_column("group", by, _kind_of_group(calculation))] if by else []),
        _column(str(calculation.measure), heading(calculation), kind),
        *([_column("currency", "currency", Kind.CURRENCY)] if money else []),
        *([] if counted else [_column("rows", noun(calculation, 2), Kind.NUMBER)]),
    ]
    rows = tuple(_row(each, calculation, bool(by), money, counted) for each in figures.figures)
    return Grid(heading(calculation), tuple(columns), rows)


def _row(
    figure: Figure, calculation: Calculation, grouped: bool, money: bool, counted: bool
) -> tuple[Value, ...]:
    cells: list[Value] = [_group(figure.group, calculation)] if grouped else []
    cells.append(figure.value)
    if money:
        cells.append(figure.currency or None)
    if not counted:
        cells.append(Decimal(figure.rows))
    return tuple(cells)


def _group(group: str, calculation: Calculation) -> Value:
    day = date_of(group)
    if not group or day is None:
        return group_words(group, calculation) if group else None
    match calculation.bucket:
        case Bucket.YEAR:
            return Decimal(day.year)
        case Bucket.QUARTER:
            return f"{day.year}-Q{(day.month - 1) // 3 + 1}"
        case Bucket.MONTH:
            return f"{day:%Y-%m}"
        case Bucket.DAY:
            return day
    return day if _kind_of_group(calculation) is Kind.DATE else group


def _kind_of_group(calculation: Calculation) -> Kind:
    """The kind of the groups' names; identifiers are kept from becoming dates or numbers."""
    match calculation.bucket:
        case Bucket.DAY:
            return Kind.DATE
        case Bucket.YEAR:
            return Kind.NUMBER
        case Bucket.MONTH | Bucket.QUARTER:
            return Kind.IDENTIFIER
    return Kind.TEXT if calculation.by is None else kind_of(calculation.by, calculation.kinds)


def _column(key: str, label: str, kind: Kind) -> Column:
    return Column(key, label[:1].upper() + label[1:], kind, Source.PROGRAM)
