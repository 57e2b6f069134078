"""Figures in files: every number exact and typed, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from app.asking.tables import figures_grid, write_figures
from app.export import Format
from app.library.calculation import Bucket, Calculation, Column, Figure, Figures, Measure
from app.library.rows import Part

BY_SELLER = Calculation(Measure.SUM, Column("gross"), ("invoice",), by=Column("seller"))
FOUND = Figures(
    (
        Figure("Müller; Söhne", "EUR", Decimal("4310.2"), 10),
        Figure("=HYPERLINK(1)", "JPY", Decimal("-1200"), 2),
        Figure("", "", Decimal("0.12345678901234567890"), 1),
    ),
    3,
)


def sheet(path: Path) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))


def test_a_workbook_holds_numbers_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "figures.xlsx"
    assert write_figures(FOUND, BY_SELLER, path, Format.XLSX) == 3
    assert sheet(path) == [
        ("Seller", "Sum of the total with tax", "Currency", "Invoices"),
        ("Müller; Söhne", 4310.2, "EUR", 10),
        ("=HYPERLINK(1)", -1200, "JPY", 2),
        (None, "0.12345678901234567890", None, 1),
    ]
    cell = openpyxl.load_workbook(path).active["A3"]
    assert cell.data_type == "s"


def test_the_csv_for_programs_has_canonical_values(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    write_figures(FOUND, BY_SELLER, path, Format.CSV)
    with path.open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream)) == [
            ["group", "sum", "currency", "rows"],
            ["Müller; Söhne", "4310.2", "EUR", "10"],
            ["=HYPERLINK(1)", "-1200", "JPY", "2"],
            ["", "0.12345678901234567890", "", "1"],
        ]


def test_the_csv_for_excel_follows_the_region_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    write_figures(FOUND, BY_SELLER, path, Format.CSV_EXCEL, "de_DE")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream, delimiter=";"))
    assert rows[1] == ["Müller; Söhne", "4310,2", "EUR", "10"]
    assert rows[2][0] == "'=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("bucket", "name"),
    [
        (Bucket.DAY, dt.date(2026, 4, 1)),
        (Bucket.MONTH, "2026-04"),
        (Bucket.QUARTER, "2026-Q2"),
        (Bucket.YEAR, Decimal(2026)),
    ],
)
def test_stretches_of_time_are_named_so_that_they_sort(bucket: Bucket, name: object) -> None:
    monthly = Calculation(Measure.COUNT, kinds=("invoice",), bucket=bucket)
    grid = figures_grid(Figures((Figure("2026-04-01", "", Decimal(2), 2),), 1), monthly)
    assert grid.rows == ((name, Decimal(2)),)
    assert [column.label for column in grid.columns] == [bucket.capitalize(), "Invoices"]


def test_a_single_figure_is_a_row(tmp_path: Path) -> None:
    quantity = Calculation(Measure.AVERAGE, Column("quantity", Part.LINES), ("invoice",))
    grid = figures_grid(Figures((Figure("", "", Decimal("4.5"), 7),), 1), quantity)
    assert [c.label for c in grid.columns] == ["Average of the quantity", "Line items of invoices"]
    assert grid.rows == ((Decimal("4.5"), Decimal(7)),)
    assert write_figures(Figures(), quantity, tmp_path / "none.csv", Format.CSV) == 0


def test_what_has_no_table_of_figures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="list"):
        figures_grid(Figures(), replace(BY_SELLER, measure=Measure.LIST))
    with pytest.raises(ValueError, match="JSON"):
        write_figures(FOUND, BY_SELLER, tmp_path / "figures.jsonl", Format.JSON)
    assert list(tmp_path.iterdir()) == []
