"""Looking values up on pages, and the status that each value gets."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document import Box, Claim, Field, Reader, Status, WordSource
from app.document_types import Kind, document_type
from app.reading.discounts import line_discounts
from app.reading.einvoice import EInvoice, read_einvoice
from app.reading.evidence import (
    DOUBT,
    SURE,
    Weighed,
    einvoice_rows,
    same,
    verify_entries,
    verify_rows,
    weigh,
    weigh_einvoice,
)
from app.reading.lookup import PrintedPages
from tests.reading.einvoices import cii
from tests.reading.printed import page_of

INVOICE = document_type("invoice")
BOX = Box(0.1, 0.1, 0.2, 0.12)


def claim(
    key: str, value: str, confidence: float = 0.95, raw: str = "", box: Box | None = BOX
) -> Claim:
    return Claim(key, raw or value, value, 1, box, Reader.QUICK, confidence)


def found_at(kind: Kind, value: str, *lines: str) -> list[str]:
    return [place.raw for place in PrintedPages([page_of(lines)]).places(kind, value)]


# Looking up


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("1234.56", "1.234,56"),
        ("1234.56", "1,234.56"),
        ("1234.56", "1 234,56"),
        ("1234.56", "1'234.56"),
        ("1234.56", "EUR1234,56"),
        ("1234.56", "(1,234.56)"),
        ("-1234.56", "1.234,56-"),
        ("1234567.80", "1 234 567,80"),
        ("27.80", "27,80€"),
        ("9.00", "9,00"),
        ("4000", "4.000,00"),
        ("4000", "4000"),
    ],
)
def test_amounts_are_found_in_every_convention(value: str, printed: str) -> None:
    assert found_at(Kind.AMOUNT, value, f"Total {printed} due") == [printed]


@pytest.mark.parametrize(
    ("value", "printed"),
    [("9.00", "9"), ("12.34", "1234"), ("12.34", "112,34"), ("12.34", "12,345"), ("0", "")],
)
def test_amounts_are_not_found_in_other_numbers(value: str, printed: str) -> None:
    assert found_at(Kind.AMOUNT, value, f"Total {printed} due") == []


@settings(deadline=None)  # the machine may be busy with other tests
@given(
    st.decimals(0, 10_000_000, places=2),
    st.sampled_from(["en_US", "de_DE", "fr_FR", "de_CH", "pl_PL", "en_IN"]),
)
def test_amounts_are_found_as_any_locale_prints_them(number: Decimal, locale: str) -> None:
    if locale == "en_IN" and number >= 100_000:
        return  # groups of two, which no reader here claims to know
    printed = format_decimal(number, "#,##0.00", locale)
    printed = printed.replace("\u202f", " ").replace("\xa0", " ")
    assert found_at(Kind.AMOUNT, str(number), f"Sum: {printed} paid")


@settings(deadline=None)  # the machine may be busy with other tests
@given(
    st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31)),
    st.sampled_from(
        [
            "en_US",
            "en_GB",
            "de_DE",
            "fr_FR",
            "es_ES",
            "it_IT",
            "nl_NL",
            "pt_PT",
            "pl_PL",
            "sv_SE",
            "da_DK",
        ]
    ),
    st.sampled_from(["short", "medium", "long"]),
)
def test_dates_are_found_as_any_locale_prints_them(day: dt.date, locale: str, width: str) -> None:
    printed = format_date(day, width, locale).replace("\xa0", " ")
    assert found_at(Kind.DATE, day.isoformat(), f"Date: {printed} Berlin")


@pytest.mark.parametrize(
    "printed",
    ["03.11.2026", "3/11/26", "11/03/2026", "2026-11-03", "20261103", "3rd of November, 2026",
     "Nov 3, 2026", "3. November 2026", "2026年11月3日", "03-Nov-2026", "le 3 novembre 2026"],
)  # fmt: skip
def test_dates_are_found_in_any_order_and_language(printed: str) -> None:
    assert found_at(Kind.DATE, "2026-11-03", f"Datum: {printed} 12:30")


@pytest.mark.parametrize("printed", ["04.11.2026", "03.12.2026", "03.11.2025", "3 11", "11.2026"])
def test_other_days_are_not_taken_for_it(printed: str) -> None:
    assert found_at(Kind.DATE, "2026-11-03", printed) == []


@pytest.mark.parametrize(
    ("kind", "value", "printed", "raw"),
    [
        (Kind.IBAN, "DE89370400440532013000", "IBAN DE89 3704 0044 0532 0130 00", None),
        (Kind.VAT_ID, "DE136695976", "USt-IdNr.: DE 136 695 976", "DE 136 695 976"),
        (Kind.NAME, "Café Zum Löwen", "an CAFE ZUM LOWEN, Berlin", "CAFE ZUM LOWEN,"),
        (Kind.IDENTIFIER, "R-2026/17", "No.: R-2026/17", "R-2026/17"),
        (Kind.IDENTIFIER, "4711022", "Rechnung-Nr.:4711022", "Rechnung-Nr.:4711022"),
        (Kind.CURRENCY, "EUR", "Total 12,00 €", "€"),
        (Kind.CURRENCY, "USD", "Total USD 12.00", "USD"),
    ],
)
def test_names_numbers_and_currencies_are_found_whatever_the_spelling(
    kind: Kind, value: str, printed: str, raw: str | None
) -> None:
    found = found_at(kind, value, "Something above", printed)
    assert len(found) == 1
    assert raw is None or found == [raw]


def test_a_short_number_is_not_found_inside_a_longer_one() -> None:
    assert found_at(Kind.IDENTIFIER, "471", "No. 4711") == []
    assert found_at(Kind.IDENTIFIER, "4711", "No. 47 11") == ["47 11"]


def test_a_name_that_wraps_in_its_column_is_found_with_a_box_around_both_lines() -> None:
    page = page_of(["Anton Ahorn", "und Söhne"])
    place = PrintedPages([page]).places(Kind.NAME, "Anton Ahorn und Söhne")[0]
    assert place.box.y0 < 0.06
    assert place.box.y1 > 0.09


# The quick reader's values


def settled(
    *claims: Claim,
    supports: dict[str, list[str]] | None = None,
    alternatives: dict[str, Claim] | None = None,
    contradicted: dict[str, str] | None = None,
) -> dict[str, Field]:
    fields = weigh(INVOICE, claims, supports or {}, alternatives or {}, contradicted or {})
    assert [f.key for f in fields] == [f.key for f in INVOICE.fields]
    return {f.key: f for f in fields}


def test_a_field_without_a_claim_is_missing() -> None:
    field = settled()["total_gross"]
    assert (field.value, field.status) == (None, Status.MISSING)


def test_a_single_reader_is_only_found_and_needs_support_to_be_verified() -> None:
    one = claim("total_gross", "119.00")
    assert settled(one)["total_gross"].status is Status.FOUND
    field = settled(one, supports={"total_gross": ["net + tax = total"]})["total_gross"]
    assert (field.status, field.reason) == (Status.VERIFIED, "net + tax = total")


def test_support_does_not_verify_what_the_reader_is_not_sure_of() -> None:
    unsure = claim("total_gross", "119.00", SURE - 0.01)
    field = settled(unsure, supports={"total_gross": ["net + tax = total"]})["total_gross"]
    assert field.status is Status.FOUND


def test_an_uncertain_reading_is_doubtful_and_shows_the_others() -> None:
    best, other = claim("invoice_number", "A1", DOUBT - 0.1), claim("invoice_number", "B2", 0.2)
    field = settled(best, other)["invoice_number"]
    assert (field.value, field.status, field.alternatives) == ("A1", Status.DOUBTFUL, (other,))


def test_day_and_month_that_could_be_swapped_are_doubtful_with_the_other_day() -> None:
    best = claim("issue_date", "2026-04-03", raw="03/04/2026")
    other = claim("issue_date", "2026-03-04", DOUBT, raw="03/04/2026")
    field = settled(
        best, supports={"issue_date": ["it stands twice"]}, alternatives={"issue_date": other}
    )["issue_date"]
    assert field.status is Status.DOUBTFUL
    assert field.alternatives[0].value == "2026-03-04"


def test_a_value_in_a_sum_that_does_not_hold_is_doubtful() -> None:
    field = settled(
        claim("total_tax", "19.00"), contradicted={"total_tax": "Net 100 plus tax 19 is 119"}
    )["total_tax"]
    assert (field.status, field.reason) == (Status.DOUBTFUL, "Net 100 plus tax 19 is 119")


def lines_of(*rows: tuple[str, str, str]) -> list[tuple[Field, ...]]:
    return [
        tuple(
            Field(key, value, Status.FOUND)
            for key, value in zip(("quantity", "unit_price", "amount"), row, strict=True)
        )
        for row in rows
    ]


def test_cells_that_multiply_or_add_up_are_verified() -> None:
    rows = lines_of(("2", "5.00", "10.00"), ("1", "7.00", "7.00"))
    product, single = verify_rows(INVOICE, rows, None)
    assert {f.status for f in product} == {Status.VERIFIED}
    assert {f.status for f in single} == {Status.FOUND}
    added = verify_rows(INVOICE, rows, Decimal("17.00"))
    assert [f.status for f in added[1]] == [Status.FOUND, Status.FOUND, Status.VERIFIED]


@pytest.mark.parametrize("newest_first", [False, True])
def test_entries_between_two_balances_are_verified_when_they_make_the_difference(
    newest_first: bool,
) -> None:
    statement = document_type("bank_statement")
    printed = [("-30.00", ""), ("5.00", "75.00"), ("1.00", "77.00"), ("-7.00", "70.00")]
    if newest_first:
        printed.reverse()
    rows = [
        (Field("amount", amount, Status.FOUND), Field("balance", balance or None, Status.FOUND))
        for amount, balance in printed
    ]
    found = verify_entries(statement, rows, Decimal("100.00"))
    proven = [row[0].status is Status.VERIFIED for row in found]
    assert proven == ([True, False, True, True] if newest_first else [True, True, False, True])


@pytest.mark.parametrize(
    ("line", "explained"),
    [
        ("12  9.40  10 %  101.52", True),
        ("12  9.40  -11.28  101.52", True),
        ("12  9.40  10 %  -101.52", True),
        ("12  9.40  5 %  101.52", False),
        ("12  9.40  101.52", False),
    ],
)
def test_a_discount_explains_an_amount_only_where_it_is_printed(line: str, explained: bool) -> None:
    printed = PrintedPages([page_of(["Pencils  10", "", "", line])])
    box = printed.places(Kind.AMOUNT, "101.52")[0].box
    row = (
        Field("quantity", "12", Status.FOUND),
        Field("unit_price", "9.40", Status.FOUND),
        Field("amount", line.split()[-1], Status.FOUND, page=1, box=box),
    )
    expected = Decimal("-11.28") if explained else Decimal(0)
    assert line_discounts([row], INVOICE, printed) == [expected]


# E-invoices

PRINTED = (
    "Tischlerei Ahorn GmbH     USt-IdNr. DE136695976",
    "An: Café Zum Löwen",
    "Rechnung R-2026/17 vom 3. November 2026",
    "2  Oak table  120,00  240,00",
    "1  Delivery by van  50,00  50,00",
    "Rabatt 10,00",
    "Netto 280,00   MwSt 19 % 53,20   Gesamt 333,20 €",
    "Anzahlung 100,00  Noch zu zahlen bis 03.12.2026: 233,20 €",
)


def weighed(
    lines: tuple[str, ...] = PRINTED,
    drawn: bool = False,
    quick: tuple[Claim, ...] = (),
    supports: dict[str, tuple[str, ...]] | None = None,
    invoice: EInvoice | None = None,
) -> Weighed:
    source = WordSource.RENDERED if drawn else WordSource.TEXT
    printed = PrintedPages([page_of(lines, source=source)])
    read = invoice or read_einvoice(cii())
    return weigh_einvoice(INVOICE, read, printed, drawn, supports or {}, quick)


def field(result: Weighed, key: str) -> Field:
    return next(f for f in result.fields if f.key == key)


def test_what_xml_and_page_both_say_is_verified_with_its_place() -> None:
    result = weighed()
    for key in ("invoice_number", "issue_date", "due_date", "buyer_name", "total_gross"):
        found = field(result, key)
        assert found.status is Status.VERIFIED, key
        assert found.reader is Reader.EINVOICE
        assert found.page == 1
        assert found.box is not None
    assert field(result, "issue_date").raw == "3. November 2026"
    assert field(result, "total_gross").raw == "333,20"
    assert result.flags == ()


def test_what_only_the_xml_says_is_found_without_a_place() -> None:
    found = field(weighed(), "iban")
    assert (found.value, found.status) == ("DE89370400440532013000", Status.FOUND)
    assert (found.page, found.box) == (None, None)


def test_a_page_that_says_something_else_is_flagged_with_both() -> None:
    other = tuple(line.replace("333,20", "444,20") for line in PRINTED)
    result = weighed(other, quick=(claim("total_gross", "444.20", raw="444,20"),))
    found = field(result, "total_gross")
    assert (found.value, found.status) == ("333.20", Status.DOUBTFUL)
    assert found.alternatives[0].value == "444.20"
    flag = result.flags[0]
    assert (flag.code, flag.fields) == ("einvoice_differs", ("total_gross",))
    assert "333.20" in flag.message
    assert "444,20" in flag.message


def test_a_guess_about_the_page_is_no_difference() -> None:
    other = tuple(line.replace("333,20", "444,20") for line in PRINTED)
    unsure = claim("total_gross", "444.20", SURE - 0.1)
    assert weighed(other, quick=(unsure,)).flags == ()
    # The quick reader chose a wrong number, but the right one stands there too.
    assert weighed(quick=(claim("total_gross", "280.00"),)).flags == ()


def test_a_page_drawn_from_the_xml_supports_nothing_by_itself() -> None:
    result = weighed(drawn=True, supports={"gross": ("net + tax = total",)})
    assert field(result, "total_gross").status is Status.VERIFIED
    assert field(result, "invoice_number").status is Status.FOUND
    assert field(result, "invoice_number").box is not None


def test_what_a_low_profile_leaves_out_comes_from_the_page_only_when_it_is_sure() -> None:
    invoice = read_einvoice(cii("MINIMUM"))
    sure = claim("due_date", "2026-12-03", raw="03.12.2026")
    assert field(weighed(invoice=invoice), "due_date").status is Status.MISSING
    found = field(weighed(invoice=invoice, quick=(sure,)), "due_date")
    assert (found.value, found.status, found.reader) == (
        "2026-12-03",
        Status.FOUND,
        Reader.QUICK,
    )
    unsure = claim("due_date", "2026-12-03", SURE - 0.1)
    missing = field(weighed(invoice=invoice, quick=(unsure,)), "due_date")
    assert missing.status is Status.MISSING


def test_each_cell_of_a_line_is_found_beside_its_description() -> None:
    invoice = read_einvoice(cii())
    printed = PrintedPages([page_of(PRINTED)])
    rows = einvoice_rows(INVOICE.lines, (i.values for i in invoice.lines), printed, False)
    for row, top in zip(rows, (0.14, 0.17), strict=True):
        assert all(f.status is Status.VERIFIED for f in row)
        assert all(f.box is not None and abs(f.box.y0 - top) < 0.005 for f in row)
    delivery = {f.key: f for f in rows[1]}
    assert delivery["amount"].value == "50.00"


@pytest.mark.parametrize(
    ("kind", "one", "other", "agree"),
    [
        (Kind.AMOUNT, "12.00", "12", True),
        (Kind.AMOUNT, "12.00", "12.01", False),
        (Kind.NAME, "Café Löwen", "CAFE LOWEN", True),
        (Kind.IDENTIFIER, "R-17", "R 17", True),
        (Kind.DATE, "2026-01-02", "2026-02-01", False),
        (Kind.NAME, "", "—", False),
    ],
)
def test_values_agree_by_their_kind(kind: Kind, one: str, other: str, agree: bool) -> None:
    assert same(kind, one, other) is agree
