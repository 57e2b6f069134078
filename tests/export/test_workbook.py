"""The workbook, read back with another library."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from app.document import Field, Reader, Record, Row, Status
from app.document_types import document_type
from app.export import Entry, Format, Layout, RowsOf, Sheet, default_layout, workbook, write
from app.export.printable import shown
from app.export.workbook import write_workbook

INVOICE = document_type("invoice")


def row(**cells: str) -> Row:
    return tuple(
        Field(key, value, Status.FOUND, value, reader=Reader.QUICK) for key, value in cells.items()
    )


def sheet(columns: tuple[str, ...], *rows: Row, kind: str = "invoice") -> Sheet:
    entries = [Entry(f"{n}.pdf", Record(kind, fields)) for n, fields in enumerate(rows)]
    return Sheet(document_type(kind), Layout(RowsOf.DOCUMENTS, columns), entries)


def read_back(*sheets: Sheet) -> list[Worksheet]:
    stream = io.BytesIO()
    write_workbook(sheets, stream)
    return list(openpyxl.load_workbook(stream).worksheets)


def test_dates_and_amounts_are_real_dates_and_numbers() -> None:
    columns = ("issue_date", "currency", "total_gross")
    (page,) = read_back(
        sheet(columns, row(issue_date="2026-11-03", currency="EUR", total_gross="-1234.50"))
    )
    assert [cell.value for cell in page[1]] == ["Invoice date", "Currency", "Total with tax"]
    date, currency, amount = page[2]
    assert date.value == dt.datetime(2026, 11, 3)
    assert date.is_date
    assert currency.value == "EUR"
    assert amount.value == -1234.5
    assert amount.number_format == "#,##0.00"


@pytest.mark.parametrize(
    ("currency", "amount", "pattern"),
    [
        ("EUR", "12.00", "#,##0.00"),
        ("EUR", "0.1234", "#,##0.0000"),
        ("JPY", "1200", "#,##0"),
        ("KWD", "1.500", "#,##0.000"),
        ("", "12", "#,##0.00"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(
    currency: str, amount: str, pattern: str
) -> None:
    (page,) = read_back(
        sheet(("currency", "total_gross"), row(currency=currency, total_gross=amount))
    )
    assert page["B2"].number_format == pattern


def test_leading_zeros_and_long_digits_are_kept() -> None:
    number = "00004711000000000012345"
    (page,) = read_back(sheet(("invoice_number",), row(invoice_number=number)))
    assert page["A2"].value == number
    assert page["A2"].number_format == "@"


def test_an_amount_with_more_digits_than_excel_has_is_exact_text() -> None:
    amount = "1234567890123456.78"
    (page,) = read_back(sheet(("total_gross",), row(total_gross=amount)))
    assert page["A2"].value == amount
    assert page["A2"].data_type == "s" or page["A2"].data_type == "inlineStr"


@pytest.mark.parametrize(
    "text", ["=1+1", "{=1+1}", "https://example.com", "mailto:a@b.cd", "-5", "@x"]
)
def test_text_is_never_a_formula_nor_a_link(text: str) -> None:
    (page,) = read_back(sheet(("seller_name",), row(seller_name=text)))
    assert page["A2"].value == text
    assert page["A2"].data_type != "f"
    assert page["A2"].hyperlink is None


def test_a_date_before_excels_calendar_is_text() -> None:
    (page,) = read_back(sheet(("issue_date",), row(issue_date="1899-12-31")))
    assert page["A2"].value == "1899-12-31"


def test_a_text_longer_than_a_cell_is_cut_visibly() -> None:
    (page,) = read_back(sheet(("seller_name",), row(seller_name="😀" * 20_000)))
    text = page["A2"].value
    assert isinstance(text, str)
    assert text.endswith("…")
    assert len(text.encode("utf-16-le")) // 2 <= 32_767


def test_more_rows_than_a_sheet_holds_go_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 4)
    rows = [row(invoice_number=str(n)) for n in range(8)]
    pages = read_back(sheet(("invoice_number",), *rows))
    assert [page.title for page in pages] == ["Invoices", "Invoices (2)", "Invoices (3)"]
    assert [page.max_row for page in pages] == [4, 4, 3]
    assert [page["A1"].value for page in pages] == ["Invoice number"] * 3


def test_the_header_stays_in_sight_and_filters() -> None:
    (page,) = read_back(sheet(("invoice_number", "total_gross"), row(invoice_number="1")))
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:B2"


def test_columns_are_as_wide_as_what_they_hold_within_reason() -> None:
    columns = ("invoice_number", "seller_name", "buyer_name")
    (page,) = read_back(
        sheet(columns, row(invoice_number="1", seller_name="x" * 30, buyer_name="y" * 500))
    )
    widths = [page.column_dimensions[letter].width for letter in "ABC"]
    assert widths[0] < 20 < widths[1] < 40 < widths[2] < 70


def test_each_type_has_a_sheet_of_its_own() -> None:
    pages = read_back(
        sheet(("invoice_number",), row(invoice_number="1")),
        sheet(("total",), row(total="2.00"), kind="receipt"),
        sheet(("invoice_number",), row(invoice_number="3")),
    )
    assert [page.title for page in pages] == ["Invoices", "Receipts", "Invoices (2)"]


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_any_text_comes_back_as_a_spreadsheet_can_show_it(text: str) -> None:
    (page,) = read_back(sheet(("seller_name",), row(seller_name=text)))
    assert (page["A2"].value or "") == shown(text)


@settings(max_examples=60, deadline=None)
@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12
    )
)
def test_any_amount_comes_back_to_the_cent(amount: Decimal) -> None:
    (page,) = read_back(sheet(("total_gross",), row(total_gross=f"{amount:f}")))
    assert f"{page['A2'].value:.2f}" == f"{amount:.2f}" or amount == 0


def test_line_items_are_exported_one_row_each(tmp_path: Path) -> None:
    lines = (row(description="Nails", quantity="2", unit_price="1.50", amount="3.00"),)
    entry = Entry("a.pdf", Record("invoice", row(currency="EUR"), lines=lines))
    path = tmp_path / "lines.xlsx"
    write(Format.XLSX, [Sheet(INVOICE, default_layout(INVOICE, RowsOf.LINES), [entry])], path, "en")
    page = openpyxl.load_workbook(path).worksheets[0]
    assert page.title == "Invoices, line items"
    header = [cell.value for cell in page[1]]
    values = dict(zip(header, (cell.value for cell in page[2]), strict=True))
    assert values["Description"] == "Nails"
    assert (values["Quantity"], values["Unit price"], values["Amount"]) == (2, 1.5, 3)
