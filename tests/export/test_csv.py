"""CSV for Excel and CSV for programs."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.document import Field, Reader, Record, Row, Status
from app.document_types import document_type
from app.export import Entry, Format, Layout, RowsOf, Sheet, columns_for, default_layout, write
from app.export.csv_text import conventions, harmless, write_for_excel, write_plain

INVOICE = document_type("invoice")


def record(lines: tuple[Row, ...] = (), **fields: str) -> Record:
    return Record("invoice", row(**fields), lines=lines)


def row(**cells: str) -> Row:
    return tuple(
        Field(key, value, Status.FOUND, value, reader=Reader.QUICK) for key, value in cells.items()
    )


def sheet(rows: RowsOf, columns: tuple[str, ...], *records: Record) -> Sheet:
    entries = [Entry(f"{n}.pdf", record) for n, record in enumerate(records)]
    return Sheet(INVOICE, Layout(rows, columns), entries)


def excel(given: Sheet, locale: str) -> str:
    stream = io.BytesIO()
    write_for_excel(given, stream, locale)
    return stream.getvalue().decode("utf-8")


def plain(given: Sheet) -> str:
    stream = io.BytesIO()
    write_plain(given, stream)
    return stream.getvalue().decode("utf-8")


def cells_in_excel(given: Sheet, locale: str) -> list[list[str]]:
    text = io.StringIO(excel(given, locale).removeprefix("\ufeff"), newline="")
    return list(csv.reader(text, delimiter=conventions(locale)[1]))


TOTALS = ("issue_date", "seller_name", "total_gross")
SHOP = record(issue_date="2026-11-03", seller_name="Żółw; Søn, „AG“", total_gross="-1234.50")


def test_a_german_excel_gets_semicolons_decimal_commas_and_a_byte_order_mark() -> None:
    assert excel(sheet(RowsOf.DOCUMENTS, TOTALS, SHOP), "de_DE") == (
        '\ufeff"Invoice date";"Seller";"Total with tax"\r\n'
        '"2026-11-03";"Żółw; Søn, „AG“";"-1234,50"\r\n'
    )


def test_an_english_excel_gets_commas_and_decimal_points() -> None:
    assert excel(sheet(RowsOf.DOCUMENTS, TOTALS, SHOP), "en-GB") == (
        '\ufeff"Invoice date","Seller","Total with tax"\r\n'
        '"2026-11-03","Żółw; Søn, „AG“","-1234.50"\r\n'
    )


def test_a_program_gets_canonical_values_under_keys_and_no_byte_order_mark() -> None:
    assert plain(sheet(RowsOf.DOCUMENTS, TOTALS, SHOP)) == (
        'issue_date,seller_name,total_gross\r\n2026-11-03,"Żółw; Søn, „AG“",-1234.50\r\n'
    )


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("de_DE", (",", ";")),
        ("fr-FR", (",", ";")),
        ("pl_PL.UTF-8", (",", ";")),
        ("en_US", (".", ",")),
        ("ja_JP", (".", ",")),
        ("de_CH", (".", ";")),
        ("en_ZA", (",", ";")),
        ("C", (".", ",")),
        ("", (".", ",")),
        ("nonsense_!!", (".", ",")),
    ],
)
def test_each_region_has_its_signs(locale: str, expected: tuple[str, str]) -> None:
    assert conventions(locale) == expected


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(A1:A9)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "  =1+1",
        "＝1+1",
        "+49 30 1234567",
        "-",
    ],
)
def test_text_that_would_run_begins_with_an_apostrophe(text: str) -> None:
    assert harmless(text).startswith("'")


@pytest.mark.parametrize("text", ["-12.00", "-1234,5", "+3", "A=1", "7-Zip", "“=1”", ""])
def test_text_that_cannot_run_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_negative_amounts_stay_numbers_in_every_region() -> None:
    refund = record(total_gross="-0.05", seller_name="-0.05")
    given = sheet(RowsOf.DOCUMENTS, ("total_gross", "seller_name"), refund)
    assert excel(given, "de_DE").splitlines()[1] == '"-0,05";"-0.05"'


def test_a_header_that_would_run_is_harmless_too() -> None:
    labelled = replace(INVOICE, fields=(replace(INVOICE.fields[0], label="=1+1"),))
    given = Sheet(labelled, Layout(RowsOf.DOCUMENTS, ("invoice_number",)), [])
    assert excel(given, "en") == '\ufeff"\'=1+1"\r\n'


def test_a_row_for_each_line_repeats_the_document_and_numbers_the_lines() -> None:
    bill = record(
        (row(description="Nails", amount="2.00"), row(description="Screws", amount="3.00")),
        invoice_number="007",
    )
    without = record(invoice_number="008")
    columns = ("document.file", "invoice_number", "document.line", "lines.amount")
    assert plain(sheet(RowsOf.LINES, columns, bill, without)).splitlines()[1:] == [
        "0.pdf,007,1,2.00",
        "0.pdf,007,2,3.00",
        "1.pdf,008,,",
    ]


def test_a_row_for_each_tax_rate() -> None:
    bill = Record("invoice", (), taxes=(row(rate="19", tax="1.90"), row(rate="7", tax="0.70")))
    given = sheet(RowsOf.TAXES, ("taxes.rate", "taxes.tax"), bill)
    assert plain(given).splitlines()[1:] == ["19,1.90", "7,0.70"]


def test_the_pairs_of_another_document_are_its_lines() -> None:
    other = document_type("other")
    letter = Record("other", (), pairs=(("Order no.", "12"), ("Carrier", "Ship & Co")))
    layout = Layout(RowsOf.LINES, ("lines.name", "lines.value"))
    given = Sheet(other, layout, [Entry("letter.png", letter)])
    assert plain(given).splitlines()[1:] == ["Order no.,12", "Carrier,Ship & Co"]


def test_columns_come_in_the_chosen_order_and_forgotten_ones_are_passed_over() -> None:
    given = sheet(RowsOf.DOCUMENTS, ("total_gross", "gone", "issue_date"), SHOP)
    assert plain(given).splitlines()[0] == "total_gross,issue_date"


def test_what_needs_a_look_is_told_in_words() -> None:
    doubtful = Field("total_gross", "1.00", Status.DOUBTFUL)
    missing = Field("invoice_number", None, Status.MISSING)
    optional = Field("due_date", None, Status.MISSING)
    bill = Record("invoice", (doubtful, missing, optional))
    given = sheet(RowsOf.DOCUMENTS, ("document.needs_a_look",), bill)
    assert plain(given).splitlines()[1] == "Total with tax: doubtful; Invoice number: missing"


@pytest.mark.parametrize("rows", list(RowsOf))
def test_the_columns_derive_from_the_definition(rows: RowsOf) -> None:
    keys = [column.key for column in columns_for(INVOICE, rows)]
    assert len(keys) == len(set(keys))
    assert {field.key for field in INVOICE.fields} <= set(keys)
    inner = {"documents": (), "lines": INVOICE.lines, "taxes": INVOICE.taxes}[rows]
    assert {f"{rows}.{field.key}" for field in inner} <= set(keys)


def test_totals_of_the_document_do_not_stand_on_each_line_unless_chosen() -> None:
    chosen = default_layout(INVOICE, RowsOf.LINES).columns
    assert "currency" in chosen
    assert "lines.amount" in chosen
    assert "total_gross" not in chosen


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=5))
def test_what_a_program_reads_back_is_what_was_written(texts: list[tuple[str, str]]) -> None:
    """CSV has no other empty value than the empty text."""
    records = [record(seller_name=seller, buyer_name=buyer) for seller, buyer in texts]
    given_sheet = sheet(RowsOf.DOCUMENTS, ("seller_name", "buyer_name"), *records)
    back = list(csv.reader(io.StringIO(plain(given_sheet), newline="")))
    assert back == [["seller_name", "buyer_name"], *([a, b] for a, b in texts)]


@given(
    st.decimals(-(10**9), 10**9, allow_nan=False, places=2),
    st.sampled_from(["de_DE", "en_US", "fr_FR", "de_CH", "pl_PL", "pt_PT"]),
)
def test_amounts_survive_the_way_through_excel(amount: Decimal, locale: str) -> None:
    given_sheet = sheet(RowsOf.DOCUMENTS, ("total_gross",), record(total_gross=f"{amount:f}"))
    decimal, _ = conventions(locale)
    assert cells_in_excel(given_sheet, locale)[1][0].replace(decimal, ".") == f"{amount:f}"


@given(st.text(max_size=40), st.sampled_from(["de_DE", "en_US"]))
@example("\x1b@SUM(A1)", "de_DE")
def test_no_cell_of_any_text_runs(text: str, locale: str) -> None:
    given_sheet = sheet(RowsOf.DOCUMENTS, ("seller_name",), record(seller_name=text))
    cell = cells_in_excel(given_sheet, locale)[1][0]
    starts = cell.lstrip().startswith(("=", "+", "-", "@"))
    assert not starts or Decimal(cell.replace(",", ".")).is_finite()


def test_a_csv_holds_one_sheet(tmp_path: Path) -> None:
    given = sheet(RowsOf.DOCUMENTS, TOTALS, SHOP)
    with pytest.raises(ValueError, match="one sheet"):
        write(Format.CSV, [given, given], tmp_path / "out.csv", "en")
