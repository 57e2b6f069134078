"""Choosing together what belongs together: totals that add up, dates in order.

Each total's candidates come with log-odds of their own; a set of totals that satisfies
the sums of an invoice (net + tax = gross) is worth more than its parts, one that breaks
them less.  The sums that hold are also handed back: they are what makes a value verified.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import combinations, product

from app.document import decimal_of
from app.reading.candidates import Candidate
from app.reading.scores import Ranked, probability

_CONSIDERED = 8  # candidates of each role that take part in the sums
_ODDS_FLOOR = -5.5  # what is less likely than this takes no part
_SUM_BONUS = 3.0
_RATE_BONUS = 5.0  # the tax is, to the cent, a rate that countries charge
_PARTIAL_BONUS = 1.5
_BROKEN = -1.5
_PART_ODDS = -1.5  # of an amount due and one paid before, where both make up the total
_ABSURD = -4.0
_RATES = tuple(
    Decimal(rate)
    for rate in [
        "2.1",
        "2.5",
        "2.6",
        "3",
        "3.7",
        "3.8",
        "4",
        "5",
        "5.5",
        "6",
        "7",
        "7.5",
        "7.7",
        "8",
        "8.1",
        "8.5",
        "9",
        "9.5",
        "10",
        "11",
        "12",
        "13",
        "13.5",
        "14",
        "15",
        "16",
        "17",
        "18",
        "19",
        "20",
        "21",
        "22",
        "23",
        "24",
        "25",
        "25.5",
        "27",
    ]
)
_STEP = Decimal("0.1")  # what cash totals are rounded by is less
_CENT = Decimal("0.015")


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum that holds between the values of these roles, printed in as many places."""

    roles: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Totals:
    """The chosen candidate of each role, all that were considered, and the sums that hold."""

    chosen: Mapping[str, Ranked]
    pools: Mapping[str, Sequence[Ranked]]
    sums: tuple[Sum, ...]


def plausible_rate(base: Decimal, tax: Decimal) -> bool:
    """Whether ``tax`` could be a sales tax on ``base``: between 0.5 and 30 percent of it."""
    if not base or not tax or (base > 0) != (tax > 0):
        return False
    return Decimal("0.005") <= tax / base <= Decimal("0.3")


def choose_totals(
    ranked: Mapping[str, Sequence[Ranked]], parts: frozenset[Candidate] = frozenset()
) -> Totals:
    """The best set of net, tax and gross, then what follows from it (due, prepaid …).

    ``parts`` are amounts of one tax rate among several, and so no totals.
    """
    pools: dict[str, list[Ranked | None]] = {
        role: [
            None,
            *(
                s
                for s in ranked.get(role, ())[:_CONSIDERED]
                if s.odds > _ODDS_FLOOR and s.candidate not in parts
            ),
        ]
        for role in ("net", "tax", "gross")
    }
    adjusting = _values(ranked, ("allowances", "charges", "prepaid"), -0.5)
    rounding = [step for step in _values(ranked, ("rounding",), -0.5) if abs(step) < _STEP]
    taxes = _values(ranked, ("tax",), -2.0)
    best_gross = max((s.odds for s in pools["gross"] if s is not None), default=0.0)
    best_worth = float("-inf")
    best_set: tuple[Ranked | None, Ranked | None, Ranked | None] = (None, None, None)
    for net, tax, gross in product(pools["net"], pools["tax"], pools["gross"]):
        picked = [s for s in (net, tax, gross) if s is not None]
        if _overlapping([s.candidate for s in picked]):
            continue
        worth = sum(s.odds for s in picked) + _worth(
            net, tax, gross, adjusting, rounding, taxes, best_gross
        )
        if worth > best_worth:
            best_worth, best_set = worth, (net, tax, gross)
    net, tax, gross = best_set
    chosen: dict[str, Ranked] = {}
    sums: list[Sum] = []
    for role, scored in (("net", net), ("tax", tax), ("gross", gross)):
        if scored is not None:
            chosen[role] = scored
    if net and tax and gross:
        left = _of(gross) - _of(net) - _of(tax)
        rounded = bool(left) and left in rounding
        if rounded or _adds_up(net, tax, gross):
            row = net.candidate.line == tax.candidate.line == gross.candidate.line
            bonus = 0.5 if row else _bonus(_of(net), _of(tax))
            # Three figures may add up by chance; with labels for all of them hardly ever.
            surely = min(net.odds, tax.odds, gross.odds) > 0 or (
                min(net.odds, tax.odds) > -3.0
                and gross.odds > max(0.0, best_gross - 0.3)
                and bonus == _RATE_BONUS
            )
            unrounded = not rounded and any(
                other.odds > -1.0 and _of(other) - _of(gross) in rounding
                for other in ranked.get("gross", ())
            )
            if surely and not unrounded and plausible_rate(_of(net), _of(tax)):
                reason = "net + tax + rounding = gross" if rounded else "net + tax = gross"
                sums.append(Sum(("net", "tax", "gross"), reason))
            for role in ("net", "tax", "gross"):
                chosen[role] = _raised(chosen[role], bonus)
    elif net and gross and _rows_explain(_of(gross) - _of(net), taxes):
        for role in ("net", "gross"):
            chosen[role] = _raised(chosen[role], _PARTIAL_BONUS)
    _choose_due(ranked, chosen, sums)
    return Totals(chosen, ranked, tuple(sums))


def _choose_due(
    ranked: Mapping[str, Sequence[Ranked]], chosen: dict[str, Ranked], sums: list[Sum]
) -> None:
    """Amount due, prepaid, allowances …: each by its own label, checked against the total."""
    gross = chosen.get("gross")
    for role in ("due", "prepaid", "allowances", "charges", "rounding"):
        for each in ranked.get(role, ())[:4]:
            taken = [
                other.candidate
                for name, other in chosen.items()
                if not (role == "due" and name == "gross")
            ]
            if each.odds > 0 and not _overlapping([*taken, each.candidate]):
                chosen[role] = each
                break
    if gross and not ("due" in chosen and "prepaid" in chosen):
        chosen |= _paid_in_part(ranked, gross)
    due, prepaid = chosen.get("due"), chosen.get("prepaid")
    if gross and due and prepaid:
        if abs(_of(gross) - abs(_of(prepaid)) - _of(due)) <= _CENT and _of(prepaid):
            if _of(prepaid) < 0 < _of(gross):
                # Printed as what is taken off; what was paid is still a positive amount.
                paid = replace(prepaid.candidate, value=str(-_of(prepaid)))
                chosen["prepaid"] = replace(prepaid, candidate=paid)
            sums.append(Sum(("gross", "prepaid", "due"), "due = gross − prepaid"))
            for role in ("gross", "due", "prepaid"):
                chosen[role] = _raised(chosen[role], 2.0)
    elif gross and due and due.candidate.value == gross.candidate.value:
        chosen["due"] = _raised(due, 1.0)


def _paid_in_part(ranked: Mapping[str, Sequence[Ranked]], gross: Ranked) -> dict[str, Ranked]:
    """Amount due and prepaid where neither stands for itself, but both make up the total."""
    for due, prepaid in product(ranked.get("due", ())[:4], ranked.get("prepaid", ())[:4]):
        paid = abs(_of(prepaid))
        if (
            paid
            and _of(due)
            and min(due.odds, prepaid.odds) > _PART_ODDS
            and abs(_of(gross) - paid - _of(due)) <= _CENT
            and not _overlapping([gross.candidate, due.candidate, prepaid.candidate])
        ):
            return {"due": due, "prepaid": prepaid}
    return {}


def _worth(
    net: Ranked | None,
    tax: Ranked | None,
    gross: Ranked | None,
    adjusting: Sequence[Decimal],
    rounding: Sequence[Decimal],
    taxes: Sequence[Decimal],
    best_gross: float,
) -> float:
    worth = 0.0
    if gross and net:
        if abs(_of(gross)) < abs(_of(net)) - _CENT:
            worth += _ABSURD
        elif not tax and _of(gross) != _of(net):
            explained = _rows_explain(_of(gross) - _of(net), taxes)
            worth += 2 * _PARTIAL_BONUS if explained else -0.5
    if gross and tax:
        if abs(_of(tax)) >= abs(_of(gross)) and _of(gross):
            worth += _ABSURD
        elif not net and _of(tax) and not plausible_rate(_of(gross) - _of(tax), _of(tax)):
            worth -= 1.0
    if net and tax and _of(tax) and _of(net) and not plausible_rate(_of(net), _of(tax)):
        worth -= 2.0
    if net and tax and gross:
        if _adds_up(net, tax, gross):
            # The rows of a tax table add up as well, each for its own rate.
            row = net.candidate.line == tax.candidate.line == gross.candidate.line
            if not row:
                worth += 2.0 * _bonus(_of(net), _of(tax))
            elif gross.odds < best_gross - 0.3:
                worth += _ABSURD
        else:
            left = _of(gross) - _of(net) - _of(tax)
            if left and left in rounding:
                worth += 2.0 * _bonus(_of(net), _of(tax))
            else:
                explained = any(abs(abs(left) - abs(value)) <= _CENT for value in adjusting)
                worth += 0.5 if explained else 2 * _BROKEN
    return worth


@lru_cache(maxsize=4096)
def _bonus(net: Decimal, tax: Decimal) -> float:
    """What it says that net, tax and gross add up: much with a tax, little without."""
    if not plausible_rate(net, tax):
        return 0.5
    common = any(abs(net * rate / 100 - tax) <= _CENT for rate in _RATES)
    return _RATE_BONUS if common else _SUM_BONUS


def _raised(ranked: Ranked, bonus: float) -> Ranked:
    """The choice made surer by a fact that goes with it; ``bonus`` in log-odds."""
    share = min(max(ranked.share, 1e-6), 1 - 1e-6)
    odds = math.log(share / (1 - share)) + bonus
    return replace(ranked, odds=ranked.odds + bonus, share=probability(odds))


def _adds_up(net: Ranked, tax: Ranked, gross: Ranked) -> bool:
    return abs(_of(net) + _of(tax) - _of(gross)) <= _CENT


def _rows_explain(left: Decimal, taxes: Sequence[Decimal]) -> bool:
    """Whether two or three printed tax amounts make up the difference of gross and net."""
    if left <= 0:
        return False
    pool = list(dict.fromkeys(t for t in taxes if 0 < t < left))[:8]
    return any(
        abs(sum(some) - left) <= _CENT * 2 for count in (2, 3) for some in combinations(pool, count)
    )


def _values(
    ranked: Mapping[str, Sequence[Ranked]], roles: Sequence[str], floor: float
) -> list[Decimal]:
    return [_of(s) for role in roles for s in ranked.get(role, ())[:8] if s.odds > floor]


def _of(scored: Ranked) -> Decimal:
    return _number(scored.candidate.value)


@lru_cache(maxsize=4096)
def _number(value: str) -> Decimal:
    # Hundreds of sets of the same few figures are tried for each document.
    return decimal_of(value) or Decimal(0)


def _overlapping(candidates: Sequence[Candidate]) -> bool:
    """Whether one span of print would serve two fields."""
    return any(
        a.line == b.line and a.start < b.end and b.start < a.end
        for a, b in combinations(candidates, 2)
    )
