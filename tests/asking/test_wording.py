"""What is said about figures: every number of them, and nothing that they do not hold."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.asking.phrases import amount_words, named, period_words, span_words
from app.asking.wording import (
    calculation_words,
    column_words,
    figure_words,
    gap_words,
    group_words,
    heading,
    noun,
    sentence,
)
from app.library.calculation import (
    Bucket,
    Calculation,
    Column,
    Condition,
    Figure,
    Figures,
    Gap,
    Measure,
    Operator,
    Order,
    Why,
)
from app.library.rows import Part

GROSS, SELLER, DUE = Column("gross"), Column("seller"), Column("due_date")
MILLER = Condition(SELLER, Operator.HAS, "Miller")
COUNT = Calculation(Measure.COUNT, kinds=("invoice",))
SUM = Calculation(Measure.SUM, GROSS, ("invoice",), (MILLER,), "2026-03")
MARCH = Figures(since="2026-03-01", until="2026-03-31")


def figure(value: str, rows: int, currency: str = "EUR", group: str = "") -> Figure:
    return Figure(group, currency, Decimal(value), rows)


def with_figures(*figures: Figure, groups: int = 1) -> Figures:
    return replace(MARCH, figures=figures, groups=groups)


def test_a_count_says_what_was_counted_and_how_it_is_dated() -> None:
    calculation = replace(COUNT, where=(MILLER,), period="2026-03")
    assert sentence(calculation, with_figures(figure("12", 12, ""))) == (
        "There are 12 invoices from “Miller” dated in March 2026."
    )


def test_one_and_none_are_said_as_a_person_says_them() -> None:
    assert sentence(COUNT, Figures((figure("1", 1, ""),), 1)) == "There is 1 invoice."
    assert sentence(COUNT, Figures((figure("0", 0, ""),), 1)) == "No invoice was found."
    assert sentence(SUM, MARCH) == (
        "No invoice from “Miller” dated in March 2026 was found that has a total with tax."
    )


def test_a_sum_names_each_currency_with_its_own_documents() -> None:
    found = with_figures(figure("4310.2", 10), figure("120", 1, "USD"), figure("5", 1, ""))
    assert sentence(SUM, found) == (
        "The total with tax of 12 invoices from “Miller” dated in March 2026 adds up to "
        "4,310.20 EUR (10 invoices), 120.00 USD (1 invoice) and "
        "5.00 without a currency (1 invoice)."
    )


def test_what_was_subtracted_is_said() -> None:
    found = replace(with_figures(figure("10", 2)), subtracted=("credit_note",))
    assert sentence(SUM, found).endswith("10.00 EUR. Credit notes were subtracted.")


def test_a_sum_keeps_every_digit_and_an_average_is_rounded_to_what_can_be_paid() -> None:
    assert "0.12345 EUR" in sentence(SUM, with_figures(figure("0.12345", 2)))
    average = replace(SUM, measure=Measure.AVERAGE)
    assert sentence(average, with_figures(figure("359.1833333333", 12))) == (
        "The total with tax of 12 invoices from “Miller” dated in March 2026 is "
        "359.18 EUR on average."
    )
    yen = with_figures(figure("1234.5678", 3, "JPY"))
    assert "1,235 JPY on average" in sentence(average, yen)


def test_the_largest_is_said_with_what_it_was_the_largest_of() -> None:
    largest = replace(SUM, measure=Measure.LARGEST, where=(), kinds=("invoice", "receipt"))
    assert sentence(largest, with_figures(figure("900", 41))) == (
        "The largest total of 41 invoices and receipts dated in March 2026 is 900.00 EUR."
    )


def test_numbers_that_are_no_money_have_no_currency() -> None:
    quantity = Calculation(Measure.SUM, Column("quantity", Part.LINES), ("invoice",))
    assert sentence(quantity, Figures((figure("45.0", 7, ""),), 1)) == (
        "The quantity of 7 line items of invoices adds up to 45."
    )


def test_a_few_groups_are_told_one_by_one_with_the_sum_of_each_currency() -> None:
    grouped = replace(SUM, where=(), by=SELLER)
    found = with_figures(
        figure("300", 3, group="Huber AG"),
        figure("20", 1, "USD", group="Huber AG"),
        figure("100", 2, group=""),
        groups=2,
    )
    assert sentence(grouped, found) == (
        "Sum of the total with tax of 6 invoices dated in March 2026, by seller, together "
        "400.00 EUR and 20.00 USD: Huber AG with 300.00 EUR and 20.00 USD; "
        "no seller with 100.00 EUR."
    )


def test_some_of_many_groups_are_said_to_be_some_and_are_not_added_up() -> None:
    top = replace(SUM, where=(), by=SELLER, order=Order.HIGHEST, limit=5)
    five = [figure(str(50 - n), 2, group=f"Seller {n}") for n in range(5)]
    assert sentence(top, with_figures(*five, groups=23)) == (
        "Sum of the total with tax of 10 invoices dated in March 2026, by seller, "
        "the 5 highest of 23 sellers: Seller 0 with 50.00 EUR; Seller 1 with 49.00 EUR; "
        "Seller 2 with 48.00 EUR; Seller 3 with 47.00 EUR; Seller 4 with 46.00 EUR."
    )


def test_of_many_groups_the_first_is_named() -> None:
    top = replace(SUM, where=(), by=SELLER, order=Order.HIGHEST)
    many = [figure(str(50 - n), 2, group=f"Seller {n}") for n in range(7)]
    assert sentence(top, with_figures(*many, groups=7)).endswith(
        "together 329.00 EUR: 7 sellers, first Seller 0 with 50.00 EUR."
    )
    some = sentence(replace(top, limit=7), with_figures(*many, groups=23))
    assert some.endswith("the 7 highest of 23 sellers: first Seller 0 with 50.00 EUR.")


def test_conditions_are_strung_together_and_documents_said_once() -> None:
    calculation = Calculation(
        Measure.LARGEST,
        Column("amount", Part.LINES),
        ("invoice", "receipt"),
        (
            MILLER,
            Condition(Column("amount", Part.LINES), Operator.LEAST, "10"),
            Condition(Column("description", Part.LINES), Operator.HAS, "desk"),
        ),
    )
    assert sentence(calculation, Figures((figure("45", 7), figure("3", 1, "USD")), 0)) == (
        "The largest amount of 8 lines of invoices and receipts from “Miller” with an amount of "
        "at least 10 and with “desk” in the description is 45.00 EUR (of 7 lines) and "
        "3.00 USD (of 1 line)."
    )


def test_groups_of_time_are_counted_and_named() -> None:
    monthly = replace(COUNT, bucket=Bucket.MONTH)
    months = [figure("2", 2, "", f"2026-{m:02}-01") for m in range(1, 13)]
    assert sentence(monthly, Figures(tuple(months), 12)) == "24 invoices, by month: 12 months."
    assert group_words("2026-03-01", monthly) == "March 2026"
    assert group_words("2026-04-01", replace(COUNT, bucket=Bucket.QUARTER)) == (
        "the second quarter of 2026"
    )
    assert group_words("2026-01-01", replace(COUNT, bucket=Bucket.YEAR)) == "2026"


def test_a_list_says_how_many_there_are_and_how_many_are_listed() -> None:
    overdue = Condition(DUE, Operator.IN, "..yesterday")
    late = Calculation(Measure.LIST, kinds=("invoice",), where=(overdue,))
    assert sentence(late, Figures(listed=(1, 2), rows=2)) == (
        "There are 2 invoices with the due date up to yesterday."
    )
    dearest = replace(late, of=GROSS, where=(), order=Order.HIGHEST, limit=5)
    assert sentence(dearest, Figures(listed=(1, 2, 3, 4, 5), rows=41)) == (
        "There are 41 invoices; 5 of them are listed, the highest total with tax first."
    )


def test_a_list_says_what_comes_first() -> None:
    listed = Figures(listed=(1, 2), rows=2)
    newest = Calculation(Measure.LIST, kinds=("invoice",), order=Order.HIGHEST, limit=3)
    assert sentence(newest, listed) == "There are 2 invoices, the newest first."
    assert calculation_words(newest) == "List of invoices, the 3 newest"
    due = replace(newest, of=DUE, order=Order.LOWEST)
    assert sentence(due, listed) == "There are 2 invoices, the earliest due date first."


def test_a_list_of_lines_counts_lines_and_documents() -> None:
    desks = Condition(Column("description", Part.LINES), Operator.HAS, "desk")
    listing = Calculation(Measure.LIST, kinds=("invoice",), where=(desks,))
    assert sentence(listing, Figures(listed=(1, 2), rows=5)) == (
        "There are 5 line items of invoices with “desk” in the description; 2 invoices are listed."
    )


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (Gap(Why.MISSING, DUE, 2, 41), "2 of 41 invoices have no due date."),
        (Gap(Why.MISSING, DUE, 1, 41), "1 of 41 invoices has no due date."),
        (Gap(Why.DOUBTFUL, GROSS, 3, 41), "In 3 of 41 invoices the total with tax is doubtful."),
        (Gap(Why.CURRENCY, GROSS, 3, 41), "3 of 41 invoices name no currency."),
        (Gap(Why.UNREADABLE, DUE, 1, 1), "In 1 of 1 invoice the due date is no date."),
        (Gap(Why.UNREADABLE, GROSS, 1, 2), "In 1 of 2 invoices the total with tax is no number."),
        (Gap(Why.TWICE, None, 2, 41), "2 of 41 invoices are probably there twice."),
        (Gap(Why.UNREAD, None, 1, 50), "1 document has not been read yet, or could not be read."),
    ],
)
def test_what_could_change_the_figures_is_counted_and_named(gap: Gap, said: str) -> None:
    assert gap_words(gap, COUNT) == said


def test_a_calculation_reads_as_a_line() -> None:
    calculation = Calculation(
        Measure.SUM,
        GROSS,
        ("invoice", "receipt"),
        (MILLER, Condition(GROSS, Operator.LEAST, "1000.50"), Condition(DUE, Operator.MISSING)),
        "2026-03",
        bucket=Bucket.MONTH,
        order=Order.HIGHEST,
        limit=5,
    )
    assert calculation_words(calculation) == (
        "Sum of the total, invoices and receipts, from “Miller”, with a total of at least "
        "1,000.5, with no due date, dated in March 2026, by month, the 5 highest"
    )
    assert heading(calculation) == "Sum of the total"
    assert heading(COUNT) == "Invoices"


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("2026", "in 2026"),
        ("2026-03", "in March 2026"),
        ("2026-Q1", "in the first quarter of 2026"),
        ("2026-03-31", "on 31 March 2026"),
        ("today", "today"),
        ("last-month", "last month"),
        ("next-30-days", "in the next 30 days"),
        ("..yesterday", "up to yesterday"),
        ("2026-03..", "from March 2026 on"),
        ("2026-03..2026-05", "from March 2026 to May 2026"),
        ("no such thing", "no such thing"),
    ],
)
def test_periods_are_said_as_they_were_asked_for(period: str, said: str) -> None:
    assert period_words(period) == said


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("", "", ""),
        ("2026-01-01", "2026-12-31", "in 2026"),
        ("2025-01-01", "2026-12-31", "from 2025 to 2026"),
        ("2026-02-01", "2026-02-28", "in February 2026"),
        ("2026-04-01", "2026-06-30", "in the second quarter of 2026"),
        ("2026-02-01", "2026-04-30", "from February 2026 to April 2026"),
        ("2026-02-02", "2026-02-28", "from 2 February 2026 to 28 February 2026"),
        ("2026-02-02", "", "from 2 February 2026 on"),
        ("", "2026-02-02", "up to 2 February 2026"),
        ("2026-02-02", "2026-02-02", "on 2 February 2026"),
    ],
)
def test_days_are_said_as_the_stretch_that_they_make(since: str, until: str, said: str) -> None:
    assert span_words(since, until) == said


def test_the_signs_in_numbers_follow_the_locale() -> None:
    assert amount_words(Decimal("-4310.2"), "EUR", "de_DE") == "−4.310,20 EUR"
    assert amount_words(Decimal("4310.2"), "EUR", "no such locale") == "4,310.20 EUR"
    assert figure_words(figure("1234567.89", 1), SUM, "de_DE") == "1.234.567,89 EUR"


def test_names_out_of_documents_stay_one_short_line() -> None:
    assert named("a\u202eb\n\x00c  d") == "a b c d"
    assert len(named("x" * 500)) == 80
    hostile = Condition(SELLER, Operator.HAS, "<b>\n" + "y" * 300)
    assert "\n" not in sentence(replace(SUM, where=(hostile,)), MARCH)


def test_a_column_is_named_as_its_types_label_it() -> None:
    assert column_words(GROSS, ("invoice",)) == "total with tax"
    assert column_words(GROSS, ("receipt",)) == "total"
    assert column_words(GROSS) == "total"
    assert column_words(Column("iban")) == "IBAN"
    assert column_words(Column("rate", Part.TAXES)) == "rate (%)"
    assert column_words(Column("no_such_field")) == "no such field"
    assert column_words(Column("@name")) == "document name"


def test_rows_are_called_what_their_table_calls_them() -> None:
    """An entry of a bank statement is no line of it for who reads the table."""
    paid = Calculation(
        Measure.SUM,
        Column("amount", Part.LINES),
        kinds=("bank_statement",),
        where=(Condition(Column("amount", Part.LINES), Operator.MOST, "0"),),
    )
    figures = Figures((Figure("", "EUR", Decimal(-7), 2),), 1, rows=2)
    said = sentence(paid, figures)
    assert said == (
        "The amount of 2 entries of bank statements with an amount of at most 0 adds up to "
        "−7.00 EUR."
    )
    assert noun(paid, 1) == "entry of bank statements"
    assert noun(replace(paid, kinds=("bank_statement", "receipt")), 2).startswith("lines of")
