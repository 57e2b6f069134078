"""Values are read in the document's convention, strictly, and never raise."""

from __future__ import annotations

import datetime as dt
import string
from decimal import Decimal
from itertools import pairwise

import pytest
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document import Box, Word, decimal_of
from app.document_types import Kind
from app.reading.readings import UNKNOWN, Convention
from app.reading.values import (
    find_values,
    read,
    read_amount,
    read_currency,
    read_date,
    read_iban,
    read_number,
    read_vat_id,
)

COMMA = Convention(decimal=",", day_first=True)
POINT = Convention(decimal=".", day_first=True)


def line(text: str, height: float = 0.012) -> list[Word]:
    """The words of a typewritten line: one letter is 0.01 wide, more spaces are wider gaps."""
    words = []
    at = 0
    for part in text.split(" "):
        if part:
            words.append(Word(part, Box(at * 0.01, 0.0, (at + len(part)) * 0.01, height)))
        at += len(part) + 1
    return words


def spotted(text: str, convention: Convention = UNKNOWN) -> list[tuple[Kind, str, str]]:
    return [(s.kind, s.raw, s.reading.value) for s in find_values(line(text), convention)]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1\u202f234,56", "1234.56"),
        ("1\u2009234.56", "1234.56"),
        ("1'234.50", "1234.50"),
        ("1’234.50", "1234.50"),
        ("27,80", "27.80"),
        ("(12.00)", "-12.00"),
        ("12.00-", "-12.00"),
        ("- 12,00", "-12.00"),
        ("−12,00", "-12.00"),
        ("12,-", "12"),
        ("12.--", "12"),
        ("€12", "12"),
        ("RM 9.00", "9.00"),
        ("9.00RM", "9.00"),
        ("1,23,456.00", "123456.00"),
        ("1.234, 56", "1234.56"),
        ("1. 234,56", "1234.56"),
        ("1.234.567", "1234567"),
        ("12,345,678", "12345678"),
        ("-€5.00", "-5.00"),
        ("$-5.00", "-5.00"),
        ("(€5.00)", "-5.00"),
        ("12,00 EUR-", "-12.00"),
        ("1,99 A", "1.99"),
        ("0.00", "0.00"),
        ("-0.00", "0.00"),
        ("+3,00", "3.00"),
        ("1234.5", "1234.5"),
        ("12,50-", "-12.50"),
    ],
)
def test_an_amount_is_read_as_it_is_printed(raw: str, value: str) -> None:
    reading = read_amount(raw, UNKNOWN)
    assert reading is not None
    assert (reading.value, reading.ambiguous) == (value, False)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "abc",
        "25.12.2018",
        "12:30",
        "1 2 3",
        "1,2,3",
        "12,34,5",
        "1..2",
        "--",
        "12 kg",
        "A1",
        "1/2",
    ],
)
def test_what_is_no_amount_is_not_read_as_one(raw: str) -> None:
    assert read_amount(raw, UNKNOWN) is None


def test_a_single_separator_before_three_digits_is_settled_by_the_convention_only() -> None:
    unknown = read_amount("1.234", UNKNOWN)
    assert unknown is not None
    assert unknown.ambiguous
    comma, point = read_amount("1.234", COMMA), read_amount("1.234", POINT)
    assert comma is not None
    assert point is not None
    assert (comma.value, comma.ambiguous) == ("1234", False)
    assert (point.value, point.ambiguous) == ("1.234", False)


def test_a_quantity_with_three_decimals_keeps_them() -> None:
    reading = read_number("0,734 kg", COMMA)
    assert reading is not None
    assert reading.value == "0.734"


@pytest.mark.parametrize(
    ("raw", "value"), [("2x", "2"), ("3 Stk", "3"), ("19 %", "19"), ("x 4", "4"), ("7,5%", "7.5")]
)
def test_a_quantity_may_carry_its_unit(raw: str, value: str) -> None:
    reading = read_number(raw, COMMA)
    assert reading is not None
    assert reading.value == value


@pytest.mark.parametrize(
    ("raw", "value"), [("12,5O", "12.50"), ("l2,50", "12.50"), ("1O0.00", "100.00")]
)
def test_letters_that_ocr_takes_for_digits_are_mended_with_less_certainty(
    raw: str, value: str
) -> None:
    reading = read_amount(raw, UNKNOWN)
    assert reading is not None
    assert reading.value == value
    assert reading.certainty < 0.8


@pytest.mark.parametrize("raw", ["Ol.OO", "IO", "SOLL", "lO,l0l", "O"])
def test_words_are_not_mended_into_numbers(raw: str) -> None:
    assert read_amount(raw, UNKNOWN) is None


@pytest.mark.parametrize(
    ("raw", "country", "code"),
    [
        ("€", "", "EUR"),
        ("RM", "", "MYR"),
        ("zł", "", "PLN"),
        ("NT$", "", "TWD"),
        ("S$", "", "SGD"),
        ("chf", "", "CHF"),
        ("kr", "SE", "SEK"),
        ("kr", "DK", "DKK"),
        ("$", "US", "USD"),
        ("$", "AU", "AUD"),
        ("$", "CA", "CAD"),
    ],
)
def test_a_currency_is_read_from_its_mark_and_the_country(
    raw: str, country: str, code: str
) -> None:
    reading = read_currency(raw, Convention(country=country))
    assert reading is not None
    assert reading.value == code


@pytest.mark.parametrize("raw", ["$", "kr", "abc", "", "xyz"])
def test_a_currency_is_never_made_up(raw: str) -> None:
    assert read_currency(raw, UNKNOWN) is None


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2018-12-25", "2018-12-25"),
        ("2018.12.25", "2018-12-25"),
        ("2018/12/25", "2018-12-25"),
        ("20181225", "2018-12-25"),
        ("25.12.2018", "2018-12-25"),
        ("25/12/18", "2018-12-25"),
        ("12/25/2018", "2018-12-25"),
        ("25-DEC-2018", "2018-12-25"),
        ("25DEC2018", "2018-12-25"),
        ("Dec. 25, 2018", "2018-12-25"),
        ("December 25th, 2018", "2018-12-25"),
        ("3rd of May 2024", "2024-05-03"),
        ("25.12.18 14:33", "2018-12-25"),
        ("25/12/201814:33", "2018-12-25"),
        ("25/12/2018 8:13:39 PM", "2018-12-25"),
        ("Date: 25/12/2018", "2018-12-25"),
        ("Montag, 12. März 2024", "2024-03-12"),
        ("12. Maerz 2024", "2024-03-12"),
        ("le 1er août 2023", "2023-08-01"),
        ("12 de março de 2024", "2024-03-12"),
        ("12 de marzo de 2024", "2024-03-12"),
        ("12 gennaio 2024", "2024-01-12"),
        ("12 maart 2024", "2024-03-12"),
        ("12 listopada 2023 r.", "2023-11-12"),
        ("2024. március 12.", "2024-03-12"),
        ("113年05月12日", "2024-05-12"),
        ("中華民國113年5月12日", "2024-05-12"),
        ("2024年5月12日", "2024-05-12"),
        ("25/12/2O18", "2018-12-25"),
        ("5-Sep-20", "2020-09-05"),
        ("2020-11-21T10:00:00Z", "2020-11-21"),
    ],
)
def test_a_date_is_read_in_figures_and_in_words(raw: str, value: str) -> None:
    reading = read_date(raw, UNKNOWN)
    assert reading is not None
    assert (reading.value, reading.ambiguous) == (value, False)


@pytest.mark.parametrize(
    "raw",
    ["", "10.00", "1.2.3", "32.12.2018", "25/13/2018x", "Jan 2020", "12345678", "14:33", "1,20,30"],
)
def test_what_is_no_date_is_not_read_as_one(raw: str) -> None:
    assert read_date(raw, UNKNOWN) is None


def test_day_and_month_are_settled_by_the_convention_or_marked_as_open() -> None:
    raw = "03/04/2026"
    day = read_date(raw, Convention(day_first=True))
    month = read_date(raw, Convention(day_first=False))
    unsettled = read_date(raw, UNKNOWN)
    assert day is not None
    assert month is not None
    assert unsettled is not None
    assert (day.value, day.ambiguous) == ("2026-04-03", False)
    assert (month.value, month.ambiguous) == ("2026-03-04", False)
    assert unsettled.ambiguous


def test_a_taiwanese_year_counts_from_1912_in_a_chinese_document_only() -> None:
    taiwan = Convention(country="TW", languages=("zh",))
    reading = read_date("113-05-12", taiwan)
    assert reading is not None
    assert reading.value == "2024-05-12"
    assert read_date("113-05-12", UNKNOWN) is None


def test_a_day_far_from_today_is_hardly_believed() -> None:
    reading = read_date("12.03.1961", UNKNOWN)
    assert reading is not None
    assert reading.certainty < 0.25
    assert spotted("geboren 12.03.1961") == []


def test_an_iban_is_proved_by_its_check_digits() -> None:
    good = read_iban("DE89 3704 0044 0532 0130 00", UNKNOWN)
    bad = read_iban("DE88 3704 0044 0532 0130 00", UNKNOWN)
    assert good is not None
    assert bad is not None
    assert good.value == "DE89370400440532013000"
    assert good.certainty > 0.95 > bad.certainty
    assert read_iban("DE89 3704 0044 0532 0130", UNKNOWN) is None
    assert read_iban("HELLO WORLD", UNKNOWN) is None


def test_an_iban_with_a_letter_for_a_digit_is_mended_by_its_check_digits() -> None:
    reading = read_iban("DE89 37O4 0044 0532 0130 00", UNKNOWN)
    assert reading is not None
    assert reading.value == "DE89370400440532013000"


@pytest.mark.parametrize(
    ("raw", "country", "value"),
    [
        ("DE 136 695 976", "", "DE136695976"),
        ("ATU 37675002", "", "ATU37675002"),
        ("FR 40 303 265 045", "", "FR40303265045"),
        ("NL 004495445B01", "", "NL004495445B01"),
        ("00743110157", "IT", "00743110157"),
        ("PL 856-734-62-15", "", "PL8567346215"),
        ("856-734-62-15", "PL", "8567346215"),
        ("22555003", "TW", "22555003"),
        ("CHE-107.787.577 MWST", "", "CHE107787577MWST"),
    ],
)
def test_a_vat_id_is_read_as_printed(raw: str, country: str, value: str) -> None:
    reading = read_vat_id(raw, Convention(country=country))
    assert reading is not None
    assert reading.value == value


def test_a_plain_number_is_no_vat_id_where_the_country_is_unknown() -> None:
    assert read_vat_id("00743110157", UNKNOWN) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Total EUR 1 234,56", [(Kind.AMOUNT, "EUR 1 234,56", "1234.56")]),
        ("1 234,56 €", [(Kind.AMOUNT, "1 234,56 €", "1234.56")]),
        ("2     234,56", [(Kind.NUMBER, "2", "2"), (Kind.AMOUNT, "234,56", "234.56")]),
        ("19 % MwSt 3,80", [(Kind.NUMBER, "19 %", "19"), (Kind.AMOUNT, "3,80", "3.80")]),
        ("DATE:25/12/2018 14:33", [(Kind.DATE, "25/12/2018", "2018-12-25")]),
        ("TOTAL:RM9.00", [(Kind.AMOUNT, "RM9.00", "9.00")]),
        ("TOTAL9.00", [(Kind.AMOUNT, "9.00", "9.00")]),
        ("RM     9.00", [(Kind.AMOUNT, "RM 9.00", "9.00")]),
        ("3 November 2026", [(Kind.DATE, "3 November 2026", "2026-11-03")]),
        ("1,99 B", [(Kind.AMOUNT, "1,99", "1.99")]),
        ("1,99B", [(Kind.AMOUNT, "1,99B", "1.99")]),
        ("42.00 $ 42.00", [(Kind.AMOUNT, "42.00", "42.00"), (Kind.AMOUNT, "$ 42.00", "42.00")]),
        ("12,00 € 14,00 €", [(Kind.AMOUNT, "12,00", "12.00"), (Kind.AMOUNT, "€ 14,00 €", "14.00")]),
        (
            "1 234,56 €   12,00",
            [(Kind.AMOUNT, "1 234,56 €", "1234.56"), (Kind.AMOUNT, "12,00", "12.00")],
        ),
        (
            "IBAN: DE89 3704 0044 0532 0130 00 BIC COBADEFF",
            [(Kind.IBAN, "DE89 3704 0044 0532 0130 00", "DE89370400440532013000")],
        ),
        (
            "IBANDE89370400440532013000",
            [(Kind.IBAN, "DE89370400440532013000", "DE89370400440532013000")],
        ),
        ("USt-IdNr. DE136695976", [(Kind.VAT_ID, "DE136695976", "DE136695976")]),
        ("Invoice ABC-123", []),
        ("14:33", []),
        ("R000027830", []),
        ("LOT 1851-A", [(Kind.NUMBER, "1851", "1851")]),
        ("Page (380)", [(Kind.NUMBER, "380", "380")]),
    ],
)
def test_values_are_spotted_with_their_words(text: str, found: list[tuple[Kind, str, str]]) -> None:
    assert spotted(text) == found


def test_spots_are_in_order_and_do_not_overlap() -> None:
    words = line("12.03.2024 2 x 1,50 EUR 3,00 19 % DE136695976 IBAN DE89370400440532013000 A-77")
    spots = find_values(words, COMMA)
    assert len(spots) >= 6
    for left, right in pairwise(spots):
        assert left.start < left.end <= len(words)
        assert left.end <= right.start


LOCALES = [
    "en_US",
    "en_GB",
    "de_DE",
    "de_CH",
    "fr_FR",
    "es_ES",
    "it_IT",
    "nl_NL",
    "pt_PT",
    "pl_PL",
    "sv_SE",
    "en_IN",
]
AMOUNTS = st.decimals(
    min_value=Decimal("-9999999.99"), max_value=Decimal("9999999.99"), places=2, allow_nan=False
)


@given(AMOUNTS, st.sampled_from(LOCALES))
@settings(max_examples=400, deadline=None)
def test_an_amount_written_in_a_locale_is_read_back(amount: Decimal, locale: str) -> None:
    grouping = "#,##,##0.00" if locale == "en_IN" else "#,##0.00"
    raw = format_decimal(amount, format=grouping, locale=locale)
    decimal = "," if raw[-3] == "," else "."
    for convention in (UNKNOWN, Convention(decimal=decimal)):
        reading = read_amount(raw, convention)
        assert reading is not None
        assert decimal_of(reading.value) == amount


@given(AMOUNTS, st.sampled_from(LOCALES), st.sampled_from(["EUR", "USD", "GBP", "CHF", "PLN"]))
@settings(max_examples=300, deadline=None)
def test_money_written_in_a_locale_is_read_back(amount: Decimal, locale: str, code: str) -> None:
    raw = format_currency(amount, code, locale=locale, format_type="standard")
    reading = read_amount(raw, UNKNOWN)
    assert reading is not None
    assert decimal_of(reading.value) == amount
    if reading.currency:
        assert reading.currency == code


@given(
    st.dates(dt.date(1991, 1, 1), dt.date(2027, 12, 31)),
    st.sampled_from(
        [
            "en",
            "en_GB",
            "de",
            "fr",
            "es",
            "it",
            "nl",
            "pt",
            "pl",
            "sv",
            "da",
            "cs",
            "fi",
            "hu",
            "ro",
        ]
    ),
    st.sampled_from(["medium", "long", "full"]),
)
@settings(max_examples=600, deadline=None)
def test_a_date_written_in_a_language_is_read_back(day: dt.date, locale: str, width: str) -> None:
    raw = format_date(day, format=width, locale=locale)
    reading = read_date(raw, Convention(languages=(locale[:2],), day_first=True))
    assert reading is not None, raw
    assert reading.value == day.isoformat(), raw


@given(st.dates(dt.date(1991, 1, 1), dt.date(2027, 12, 31)), st.booleans(), st.sampled_from("./-"))
@settings(deadline=None)
def test_a_date_in_figures_is_read_back_in_its_order(
    day: dt.date, day_first: bool, sep: str
) -> None:
    raw = day.strftime(f"%d{sep}%m{sep}%Y" if day_first else f"%m{sep}%d{sep}%Y")
    reading = read_date(raw, Convention(day_first=day_first))
    assert reading is not None
    assert reading.value == day.isoformat()


@given(st.text(max_size=80), st.sampled_from(list(Kind)))
@settings(max_examples=500, deadline=None)
def test_no_text_makes_a_reader_fail(text: str, kind: Kind) -> None:
    for convention in (UNKNOWN, COMMA, Convention(languages=("zh",), country="TW")):
        read(kind, text, convention)


@given(st.text(alphabet=string.digits + " .,'-()/:€$RMEURAOIl\u00a0", max_size=60))
@settings(max_examples=500, deadline=None)
def test_no_line_makes_the_spotting_fail(text: str) -> None:
    words = line(text)
    for spot in find_values(words, UNKNOWN):
        assert 0 <= spot.start < spot.end <= len(words)
        assert spot.raw


def test_hostile_repetition_is_read_in_bounded_time() -> None:
    for piece in (
        "1",
        "1.",
        "1 ",
        "1,1",
        "(",
        "-",
        "€",
        "12/",
        "1 January ",
        "DE1 ",
        "A1",
        "Jan 1 ",
    ):
        text = piece * 4000
        assert read_amount(text, UNKNOWN) is None
        assert read_date(text, UNKNOWN) is None
        find_values([Word(text[:8000], Box(0, 0, 1, 0.01))], UNKNOWN)
        find_values(line(text[:4000]), UNKNOWN)
