"""Amounts that belong to one tax rate of several: net, tax or gross of a part of the document.

Where tax is printed for each rate, the tax of the first rate is no total; only a sum of
all of them is.
"""

from __future__ import annotations

import re
from decimal import Decimal

from app.document import decimal_of
from app.document_types import Kind
from app.reading.candidates import Candidate, Printed
from app.reading.scores import Judge

_CENT = Decimal("0.011")
_HIGHEST = Decimal(30)
_PERCENT = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,2})?) ?%")


def parts_of_rates(judge: Judge) -> frozenset[Candidate]:
    """The amounts on the rows of a document's tax rates; none where fewer than two have tax."""
    rates: set[Decimal] = set()
    parts: set[Candidate] = set()
    for line in judge.scene.lines:
        rate = _rate(line)
        if rate is None or line.index in judge.items:
            continue
        row = _row(judge, rate, [v for v in line.values if v.kind is Kind.AMOUNT])
        if row:
            rates.add(rate)
            parts.update(row)
    return frozenset(parts) if len(rates) > 1 else frozenset()


def _rate(line: Printed) -> Decimal | None:
    """The one percentage on a line, if it could be a tax rate above zero."""
    found = {Decimal(m[1].replace(",", ".")) for m in _PERCENT.finditer(line.line.text)}
    rate = found.pop() if len(found) == 1 else Decimal(0)
    return rate if 0 < rate <= _HIGHEST else None


def _row(judge: Judge, rate: Decimal, amounts: list[Candidate]) -> list[Candidate]:
    """The tax at ``rate``, what it is charged on and both together, as far as they stand there.

    A box of totals may stand on the same line: other amounts are none of the rate's.
    """
    if len(amounts) == 1:
        alone = _of(amounts[0]) and judge.pull(amounts[0], {"tax"}) > 0.5
        return amounts if alone else []
    for base in map(_of, amounts):
        for tax in map(_of, amounts):
            net = abs(base * rate / 100 - tax) <= _CENT
            if tax and (net or abs(base * rate / (100 + rate) - tax) <= _CENT):
                row = {base, tax, base + tax if net else base - tax}
                return [a for a in amounts if _of(a) in row]
    return []


def _of(amount: Candidate) -> Decimal:
    return decimal_of(amount.value) or Decimal(0)
