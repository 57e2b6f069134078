"""Bank statements: signs, balances, years and descriptions, drawn as real PDFs."""

from __future__ import annotations

import pytest

from app.document import Page, cell
from app.document_types import document_type
from app.reading.conventions import infer
from app.reading.line_items import read_lines
from app.reading.statement import entries_table
from tests.reading.sheets import Column, Sheet

STATEMENT = document_type("bank_statement")
SIDES = [
    *(Column(40, 60), Column(110, 220), Column(335, 65, "r")),
    *(Column(410, 65, "r"), Column(480, 75, "r")),
]
SINGLE = [Column(40, 60), Column(110, 260), Column(380, 80, "r"), Column(470, 85, "r")]


def entries(pages: list[Page]) -> list[tuple[str | None, ...]]:
    keys = ("date", "description", "amount", "balance")
    rows = read_lines(pages, STATEMENT, infer(pages))
    return [tuple(f.value if (f := cell(row, key)) else None for key in keys) for row in rows]


def test_the_column_gives_the_sign() -> None:
    sheet = Sheet()
    sheet.row(SIDES, ["Datum", "Verwendungszweck", "Soll", "Haben", "Saldo"])
    sheet.row(SIDES, ["", "Anfangssaldo", "", "", "473,93"])
    sheet.row(SIDES, ["01.02.2024", "Lastschrift Strom\nMandat 906134", "94,04", "", "379,89"])
    sheet.row(SIDES, ["02.02.2024", "Gehalt", "", "2.184,77", "2.564,66"])
    sheet.row(SIDES, ["02.02.2024", "Kartenzahlung Markt", "40,12", "", "2.524,54"])
    sheet.row(SIDES, ["", "Endsaldo", "", "", "2.524,54"])
    assert entries(sheet.pages()) == [
        ("2024-02-01", "Lastschrift Strom Mandat 906134", "-94.04", "379.89"),
        ("2024-02-02", "Gehalt", "2184.77", "2564.66"),
        ("2024-02-02", "Kartenzahlung Markt", "-40.12", "2524.54"),
    ]


def test_the_running_balance_settles_unsigned_amounts() -> None:
    sheet = Sheet()
    sheet.line((40, "Opening balance"), (200, "1,000.00"))
    sheet.row(SINGLE, ["Date", "Description", "Amount", "Balance"])
    sheet.row(SINGLE, ["03/04/2024", "Rent", "600.00", "400.00"])
    sheet.row(SINGLE, ["15/04/2024", "Salary", "1,500.00", "1,900.00"])
    sheet.row(SINGLE, ["28/04/2024", "Groceries", "45.10", "1,854.90"])
    assert [row[2] for row in entries(sheet.pages())] == ["-600.00", "1500.00", "-45.10"]


@pytest.mark.parametrize(
    ("out", "into"),
    [("-45,10", "+12,00"), ("45,10-", "12,00"), ("45,10 S", "12,00 H"), ("45,10 DR", "12,00 CR")],
)
def test_signs_as_they_are_printed(out: str, into: str) -> None:
    columns = [Column(40, 60), Column(110, 260), Column(400, 100, "r")]
    sheet = Sheet()
    sheet.row(columns, ["Datum", "Buchungstext", "Betrag"])
    sheet.row(columns, ["28.03.2024", "Einkauf", out])
    sheet.row(columns, ["29.03.2024", "Erstattung", into])
    sheet.row(columns, ["30.03.2024", "Einkauf zwei", out])
    assert [row[2] for row in entries(sheet.pages())] == ["-45.10", "12.00", "-45.10"]


def test_a_day_without_a_year_takes_it_from_the_period() -> None:
    sheet = Sheet()
    sheet.line((40, "Statement period: 15 December 2023 to 14 January 2024"), step=3)
    sheet.row(SIDES, ["Date", "Description", "Debit", "Credit", "Balance"])
    sheet.row(SIDES, ["28 Dec", "Bookshop", "20.00", "", "80.00"])
    sheet.row(SIDES, ["", "Refund", "", "5.00", "85.00"])
    sheet.row(SIDES, ["03 Jan", "Bakery", "4.00", "", "81.00"])
    assert [row[:3] for row in entries(sheet.pages())] == [
        ("2023-12-28", "Bookshop", "-20.00"),
        ("2023-12-28", "Refund", "5.00"),
        ("2024-01-03", "Bakery", "-4.00"),
    ]


def test_an_entry_may_go_on_over_the_page_break() -> None:
    sheet = Sheet()
    sheet.row(SIDES, ["Date", "Description", "Debit", "Credit", "Balance"])
    sheet.row(SIDES, ["03/01/2024", "Bookshop", "20.00", "", "80.00"])
    sheet.row(SIDES, ["04/01/2024", "Transfer to the landlord", "", "", ""])
    sheet.new_page()
    sheet.row(SIDES, ["", "for the month of January", "60.00", "", "20.00"])
    sheet.row(SIDES, ["05/01/2024", "Salary", "", "900.00", "920.00"])
    assert entries(sheet.pages()) == [
        ("2024-01-03", "Bookshop", "-20.00", "80.00"),
        ("2024-01-04", "Transfer to the landlord for the month of January", "-60.00", "20.00"),
        ("2024-01-05", "Salary", "900.00", "920.00"),
    ]


def test_carried_balances_and_repeated_headers_are_no_entries() -> None:
    sheet = Sheet()
    for page in range(2):
        if page:
            sheet.new_page()
        sheet.row(SIDES, ["Datum", "Text", "Soll", "Haben", "Saldo"])
        if page:
            sheet.row(SIDES, ["", "Übertrag", "", "", "80,00"])
        sheet.row(SIDES, [f"0{page + 3}.01.2024", "Einkauf", "10,00", "", f"{80 - 10 * page},00"])
        if not page:
            sheet.row(SIDES, ["", "Übertrag", "", "", "80,00"])
    assert len(entries(sheet.pages())) == 2


def test_a_list_without_a_header() -> None:
    columns = [Column(40, 60), Column(110, 260), Column(400, 100, "r")]
    sheet = Sheet()
    for day in range(1, 5):
        sheet.row(columns, [f"0{day}.01.2024", f"Einkauf {'abcd'[day - 1]}", f"-{day},50"])
    assert entries(sheet.pages()) == [
        (f"2024-01-0{day}", f"Einkauf {'abcd'[day - 1]}", f"-{day}.50", None) for day in range(1, 5)
    ]


def test_the_entries_as_a_table_have_a_header_and_equal_rows() -> None:
    sheet = Sheet()
    sheet.row(SIDES, ["Date", "Description", "Debit", "Credit", "Balance"])
    sheet.row(SIDES, ["03/01/2024", "Bookshop", "20.00", "", "80.00"])
    sheet.row(SIDES, ["13/01/2024", "Salary", "", "900.00", ""])
    pages = sheet.pages()
    table = entries_table(read_lines(pages, STATEMENT, infer(pages)), STATEMENT)
    assert table is not None
    assert table.rows == (
        ("Date", "Description", "Amount", "Balance"),
        ("2024-01-03", "Bookshop", "-20.00", "80.00"),
        ("2024-01-13", "Salary", "900.00", ""),
    )


def test_the_title_of_a_section_gives_the_side_and_its_total_is_no_entry() -> None:
    columns = [Column(40, 60), Column(110, 300), Column(450, 105, "r")]
    sheet = Sheet()
    sheet.line((40, "Statement period: March 1, 2024 to March 31, 2024"), step=3)
    for title, entry in (
        ("Deposits", ["03/05/2024", "Salary", "526.65"]),
        ("Withdrawals", ["03/07/2024", "Rent", "354.79"]),
    ):
        sheet.line((40, title), step=2)
        sheet.row(columns, ["Date", "Description", "Amount"])
        sheet.row(columns, entry)
        sheet.row(columns, ["", f"Total {title.lower()}", entry[-1]])
        sheet.y += 20
    assert entries(sheet.pages()) == [
        ("2024-03-05", "Salary", "526.65", None),
        ("2024-03-07", "Rent", "-354.79", None),
    ]
