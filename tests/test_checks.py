"""The checks: silent on what is consistent, and telling about what is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.checks import (
    Fingerprint,
    balances,
    check,
    distance,
    duplicates,
    iban_valid,
    lines_sum,
    tax_products,
    totals,
    vat_id_valid,
)
from app.document import Field, Flag, Record, Status
from app.document_types import document_type

INVOICE = document_type("invoice")
RECEIPT = document_type("receipt")
STATEMENT = document_type("bank_statement")
TODAY = dt.date(2026, 11, 21)
CENT = Decimal("0.01")

COMPLETE = {
    "invoice_number": "R-17",
    "issue_date": "2026-11-03",
    "due_date": "2026-12-03",
    "seller_name": "Ahorn GmbH",
    "seller_vat_id": "DE136695976",
    "currency": "EUR",
    "iban": "DE89370400440532013000",
}


def row(values: Mapping[str, str]) -> tuple[Field, ...]:
    return tuple(Field(key, value or None, Status.FOUND) for key, value in values.items())


def record(
    kind: str,
    values: Mapping[str, str],
    lines: Sequence[Mapping[str, str]] = (),
    taxes: Sequence[Mapping[str, str]] = (),
) -> Record:
    return Record(kind, row(values), tuple(map(row, lines)), tuple(map(row, taxes)))


def codes(flags: Sequence[Flag]) -> set[str]:
    return {flag.code for flag in flags}


def changed(original: Record, key: str, by: Decimal) -> Record:
    """The record with one amount of its head moved by ``by``."""
    return replace(
        original,
        fields=tuple(
            replace(f, value=str(Decimal(f.value or "0") + by)) if f.key == key else f
            for f in original.fields
        ),
    )


@st.composite
def invoices(draw: st.DrawFn) -> Record:
    """An invoice whose every sum holds, with lines, one rate and a part already paid."""
    items = draw(
        st.lists(
            st.tuples(st.integers(1, 60), st.decimals("0.05", 900, places=2)),
            min_size=1,
            max_size=6,
        )
    )
    rate = draw(st.sampled_from([0, 5, 7, 19, 20, 21]))
    lines = [
        {
            "description": f"Item {number}",
            "quantity": str(quantity),
            "unit_price": str(price),
            "amount": str(quantity * price),
        }
        for number, (quantity, price) in enumerate(items)
    ]
    net = sum((Decimal(line["amount"]) for line in lines), Decimal(0))
    discount = draw(st.decimals(0, net, places=2))
    net -= discount
    tax = (net * rate / 100).quantize(CENT, ROUND_HALF_UP)
    gross = net + tax
    paid = draw(st.decimals(0, gross, places=2))
    values = COMPLETE | {
        "total_net": str(net),
        "total_tax": str(tax),
        "total_gross": str(gross),
        "amount_due": str(gross - paid),
        "total_prepaid": str(paid),
        "total_allowances": str(discount),
    }
    return record(
        "invoice",
        values,
        lines,
        [{"rate": str(rate), "base": str(net), "tax": str(tax)}],
    )


@settings(deadline=None)  # the machine may be busy with other tests
@given(invoices())
def test_a_consistent_invoice_is_not_flagged(invoice: Record) -> None:
    assert check(invoice, INVOICE, TODAY) == ()


@settings(deadline=None)  # the machine may be busy with other tests
@given(
    invoices(),
    st.sampled_from(["total_net", "total_tax", "total_gross", "amount_due"]),
    st.decimals("1.00", 5000, places=2),
    st.booleans(),
)
def test_one_wrong_total_is_flagged_with_its_numbers(
    invoice: Record, key: str, by: Decimal, down: bool
) -> None:
    wrong = changed(invoice, key, -by if down else by)
    due, gross = wrong.field("amount_due"), wrong.field("total_gross")
    assert due is not None
    assert gross is not None
    if key == "amount_due" and due.value == str(-Decimal(gross.value or "0")):
        return  # a credit note's way of stating the amount due
    flags = check(wrong, INVOICE, TODAY)
    assert flags
    field = wrong.field(key)
    assert field is not None
    assert any(str(field.value) in flag.message for flag in flags)


@settings(deadline=None)  # the machine may be busy with other tests
@given(invoices(), st.integers(0, 5), st.decimals("1.00", 500, places=2))
def test_one_wrong_line_amount_is_flagged(invoice: Record, at: int, by: Decimal) -> None:
    at %= len(invoice.lines)
    line = tuple(
        replace(f, value=str(Decimal(f.value or "0") + by)) if f.key == "amount" else f
        for f in invoice.lines[at]
    )
    lines = (*invoice.lines[:at], line, *invoice.lines[at + 1 :])
    flags = check(replace(invoice, lines=lines), INVOICE, TODAY)
    assert "line_amount" in codes(flags)
    assert any(f"line {at + 1}:" in flag.message for flag in flags)


def test_rounding_of_each_printed_term_is_tolerated_and_no_more() -> None:
    def off_by(cents: int) -> bool:
        gross = Decimal("119.00") + cents * CENT
        made = {"total_net": "100.00", "total_tax": "19.00", "total_gross": str(gross)}
        return all(s.holds for s in totals(record("invoice", made), INVOICE))

    assert off_by(0)
    assert off_by(1)
    assert not off_by(2)


def test_a_rounded_unit_price_explains_a_small_difference() -> None:
    line = {"description": "Nougat", "quantity": "20", "unit_price": "4.10", "amount": "81.90"}
    assert "line_amount" not in codes(check(record("invoice", COMPLETE, [line]), INVOICE, TODAY))
    line["quantity"] = "2"
    assert "line_amount" in codes(check(record("invoice", COMPLETE, [line]), INVOICE, TODAY))


def test_lines_may_include_tax_and_a_receipt_may_round_for_cash() -> None:
    lines = [{"amount": "59.50"}, {"amount": "59.50"}]
    with_tax = {"total_net": "100.00", "total_tax": "19.00", "total_gross": "119.00"}
    assert all(s.holds for s in lines_sum(record("invoice", with_tax, lines), INVOICE))
    assert all(s.holds for s in lines_sum(record("receipt", {"total": "119.05"}, lines), RECEIPT))
    wrong = lines_sum(record("receipt", {"total": "119.10"}, lines), RECEIPT)
    assert not any(s.holds for s in wrong)


def test_a_sum_with_a_zero_in_it_holds_but_tells_nothing() -> None:
    made = {"total_net": "50.00", "total_tax": "0.00", "total_gross": "50.00", "amount_due": "50"}
    found = totals(record("invoice", made), INVOICE)
    assert [(s.holds, s.telling) for s in found] == [(True, False), (True, False)]


def test_rounding_and_credit_are_allowed_for_in_the_amount_due() -> None:
    rounded = {"total_gross": "269.17", "rounding": "-0.17", "amount_due": "269.00"}
    assert all(s.holds for s in totals(record("invoice", rounded), INVOICE))
    credited = {"total_gross": "269.17", "amount_due": "-269.17"}
    assert all(s.holds for s in totals(record("invoice", credited), INVOICE))


def test_each_tax_rate_and_their_sum_are_recalculated() -> None:
    taxes = [
        {"rate": "19", "base": "100.00", "tax": "19.00"},
        {"rate": "7", "base": "50.00", "tax": "5.00"},
    ]
    found = tax_products(record("invoice", {"total_tax": "22.50"}, taxes=taxes), INVOICE)
    failing = [s.message for s in found if not s.holds]
    assert failing == [
        "7 % of 50.00 is 3.50, but the tax is 5.00.",
        "The taxes of the 2 rates add up to 24.00, but the tax is 22.50.",
    ]


def test_the_taxes_of_several_rates_stand_in_for_a_tax_total_that_is_not_printed() -> None:
    taxes = [{"rate": "21", "tax": "154.88"}, {"rate": "10", "tax": "35.28"}]
    made = {"total_net": "1090.32", "total_gross": "1280.48"}
    assert [s.holds for s in totals(record("invoice", made, taxes=taxes), INVOICE)] == [True]
    made["total_gross"] = "1290.48"
    assert [s.holds for s in totals(record("invoice", made, taxes=taxes), INVOICE)] == [False]


def test_a_lines_own_discount_is_part_of_its_product() -> None:
    line = {"description": "Part", "quantity": "2", "unit_price": "12.00", "amount": "20.00"}
    made = record("invoice", COMPLETE, [line])
    assert "line_amount" in codes(check(made, INVOICE, TODAY))
    adjusted = check(made, INVOICE, TODAY, line_adjustments=[Decimal("-4.00")])
    assert "line_amount" not in codes(adjusted)


def test_required_fields_that_are_missing_are_named() -> None:
    flags = check(record("invoice", {"invoice_number": "1"}), INVOICE, TODAY)
    named = {key for flag in flags if flag.code == "missing" for key in flag.fields}
    assert named == {"issue_date", "seller_name", "currency", "total_gross"}


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("total_gross", "five hundred", "an amount"),
        ("total_gross", "NaN", "an amount"),
        ("due_date", "soon", "a date"),
        ("due_date", "31/02/2026", "a date"),
        ("due_date", "2026-02-31", "a date"),
    ],
)
def test_a_value_that_is_none_of_its_kind_is_flagged(key: str, value: str, kind: str) -> None:
    [flag] = check(record("invoice", COMPLETE | {"total_gross": "1", key: value}), INVOICE, TODAY)
    assert (flag.code, flag.fields) == ("not_a_value", (key,))
    assert flag.message == f"{INVOICE.field(key).label}: “{value}” cannot be read as {kind}."


def test_the_row_of_a_value_that_is_none_of_its_kind_is_named() -> None:
    items = [{"amount": "1"}, {"quantity": "a few", "amount": "1"}]
    made = record("invoice", COMPLETE | {"total_gross": "2"}, items, [{"rate": "full"}])
    assert [flag.message for flag in check(made, INVOICE, TODAY)] == [
        "Quantity in line 2: “a few” cannot be read as a number.",
        "Rate (%) in row 1 of the taxes: “full” cannot be read as a number.",
    ]


@pytest.mark.parametrize(
    ("iban", "valid"),
    [
        ("DE89370400440532013000", True),
        ("NO9386011117947", True),
        ("DE89370400440532013001", False),
        ("DE12123456789012345678", False),
        ("IBAN32423940", False),
        ("", False),
    ],
)
def test_iban_check_digits(iban: str, valid: bool) -> None:
    assert iban_valid(iban) is valid


@pytest.mark.parametrize(
    ("vat_id", "valid"),
    [
        ("DE136695976", True),
        ("DE136695977", False),
        ("ATU13585627", True),
        ("EL094259216", True),
        ("NO995525828MVA", True),
        ("GB980780684", True),
        ("GB980780685", False),
        ("CHE107787577IVA", True),
        ("123456789", None),
        ("ZZ123456789", None),
        ("", None),
    ],
)
def test_vat_id_check_digits_where_the_country_is_known(vat_id: str, valid: bool | None) -> None:
    assert vat_id_valid(vat_id) is valid


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"issue_date": "2026-11-03", "due_date": "2026-10-03"}, "date_order"),
        ({"issue_date": "2026-11-03", "due_date": "2036-11-03"}, "date_term"),
        ({"issue_date": "2062-11-03"}, "date_future"),
        ({"issue_date": "1926-11-03"}, "date_past"),
    ],
)
def test_dates_out_of_order_or_reason_are_flagged(values: dict[str, str], code: str) -> None:
    assert code in codes(check(record("invoice", values), INVOICE, TODAY))


def entries(amounts: Sequence[str], shown: Sequence[str]) -> list[dict[str, str]]:
    return [{"amount": a, "balance": b} for a, b in zip(amounts, shown, strict=True)]


ENDS = {"opening_balance": "100.00", "closing_balance": "75.00"}


def test_a_running_balance_holds_in_either_order_and_with_gaps() -> None:
    rows = entries(["-50.00", "20.00", "5.00"], ["50.00", "70.00", "75.00"])
    assert balances(record("bank_statement", ENDS, rows), STATEMENT) == ()
    assert balances(record("bank_statement", ENDS, rows[::-1]), STATEMENT) == ()
    rows[1]["balance"] = ""
    assert balances(record("bank_statement", ENDS, rows), STATEMENT) == ()


def test_the_entry_at_which_a_balance_breaks_is_named() -> None:
    rows = entries(["-50.00", "20.00", "5.00"], ["50.00", "71.00", "76.00"])
    flags = balances(record("bank_statement", ENDS, rows), STATEMENT)
    assert codes(flags) == {"running_balance"}
    assert "entry 2." in flags[0].message
    rows = entries(["-50.00", "20.00", "4.00"], ["", "", ""])
    flags = balances(record("bank_statement", ENDS, rows), STATEMENT)
    assert codes(flags) == {"statement_total"}
    assert "75.00" in flags[0].message


LOOK = "a1b2c3d4e5f60718"
KNOWN = Fingerprint("old.pdf", "aa", "Ahorn GmbH", "R-17", "119.00", (LOOK,))


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (Fingerprint("b.pdf", "aa"), "the files are the same"),
        (Fingerprint("b.pdf", "bb", "AHORN GmbH", "R 17", "119.0"), "supplier, number"),
        (Fingerprint("b.jpg", "bb", looks=("a1b2c3d4e5f60719",)), "look the same"),
        (Fingerprint("b.jpg", "bb", "Ahorn", "", "119.00", (LOOK,)), "look the same"),
        (Fingerprint("b.pdf", "bb", "Ahorn GmbH", "R-18", "119.00", (LOOK,)), ""),
        (Fingerprint("b.pdf", "bb", "Ahorn GmbH", "R-17", "120.00", (LOOK,)), ""),
        (Fingerprint("b.pdf", "bb", "Birke GmbH", "R-17", "119.00"), ""),
        (Fingerprint("b.pdf", "bb", looks=("5e4d3c2b1a09f8e7",)), ""),
        (Fingerprint("b.pdf", "bb", looks=(LOOK, LOOK)), ""),
        (Fingerprint("b.pdf", "bb"), ""),
    ],
)
def test_duplicates_by_bytes_by_number_and_by_look(new: Fingerprint, reason: str) -> None:
    flags = duplicates(new, [KNOWN])
    assert bool(flags) is bool(reason)
    assert all(reason in flag.message and "old.pdf" in flag.message for flag in flags)


@settings(deadline=None)  # the machine may be busy with other tests
@given(st.integers(0, 2**64 - 1), st.sets(st.integers(0, 63)))
def test_the_distance_of_looks_counts_bits(bits: int, flipped: set[int]) -> None:
    other = bits
    for bit in flipped:
        other ^= 1 << bit
    assert distance(f"{bits:016x}", f"{other:016x}") == len(flipped)
    assert distance("", f"{bits:016x}") == 64
