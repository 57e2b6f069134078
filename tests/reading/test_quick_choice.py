"""Totals chosen together, and the sums that support them."""

from __future__ import annotations

from decimal import Decimal as D

from app.document import Box
from app.document_types import Kind
from app.reading.candidates import Candidate
from app.reading.choice import choose_totals, plausible_rate
from app.reading.scores import Ranked, probability


def ranked(value: str, odds: float, line: int, start: int = 1) -> Ranked:
    box = Box(0.8, 0.01 * line, 0.9, 0.01 * line + 0.01)
    candidate = Candidate(
        Kind.AMOUNT, value, value, 1.0, False, "", 1, line, start, start + 1, box
    )  # fmt: skip
    return Ranked(odds, probability(odds), candidate)


def values(pools: dict[str, list[Ranked]]) -> dict[str, str]:
    return {role: r.candidate.value for role, r in choose_totals(pools).chosen.items()}


def test_totals_that_add_up_win_over_a_likelier_one_that_does_not() -> None:
    pools = {
        "net": [ranked("112.00", 3.0, 10), ranked("262.90", 2.0, 20)],
        "tax": [ranked("16.94", 1.0, 21)],
        "gross": [ranked("279.84", 4.0, 22)],
    }
    assert values(pools) == {"net": "262.90", "tax": "16.94", "gross": "279.84"}
    (found,) = choose_totals(pools).sums
    assert found.roles == ("net", "tax", "gross")


def test_one_print_serves_one_field_only() -> None:
    same = ranked("100.00", 3.0, 20)
    chosen = choose_totals({"net": [same], "gross": [same]}).chosen
    assert len(chosen) == 1


def test_a_row_of_a_tax_table_is_not_the_total() -> None:
    pools = {
        "net": [ranked("17.33", 1.0, 30, 1)],
        "tax": [ranked("1.21", 1.0, 30, 2)],
        "gross": [ranked("24.23", 5.0, 25), ranked("18.54", 3.0, 30, 3)],
    }
    totals = choose_totals(pools)
    assert totals.chosen["gross"].candidate.value == "24.23"
    assert totals.sums == ()


def test_a_sum_of_unlikely_figures_is_no_support() -> None:
    pools = {
        "net": [ranked("100.00", -3.0, 5)],
        "tax": [ranked("19.00", -3.0, 6)],
        "gross": [ranked("119.00", 3.0, 22)],
    }
    assert choose_totals(pools).sums == ()


def test_rounding_is_part_of_the_sum() -> None:
    pools = {
        "net": [ranked("56.90", 3.0, 20)],
        "tax": [ranked("3.41", 3.0, 21)],
        "gross": [ranked("60.30", 4.0, 24), ranked("60.31", 1.0, 22)],
        "rounding": [ranked("-0.01", 3.0, 23)],
    }
    totals = choose_totals(pools)
    assert totals.chosen["gross"].candidate.value == "60.30"
    assert [s.reason for s in totals.sums] == ["net + tax + rounding = gross"]


def test_what_is_left_to_pay_is_supported_by_what_was_paid() -> None:
    pools = {
        "gross": [ranked("671.15", 5.0, 20)],
        "prepaid": [ranked("201.00", 3.0, 21)],
        "due": [ranked("470.15", 3.0, 22)],
    }
    assert ("gross", "prepaid", "due") in {s.roles for s in choose_totals(pools).sums}


def test_no_tax_and_absurd_taxes_are_no_plausible_rate() -> None:
    assert plausible_rate(D("100"), D("19"))
    assert plausible_rate(D("-100"), D("-19"))
    assert not plausible_rate(D("100"), D("0"))
    assert not plausible_rate(D("100"), D("45"))
    assert not plausible_rate(D("100"), D("-19"))
