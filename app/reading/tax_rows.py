"""The breakdown of an invoice or a receipt by tax rate.

A row is known by its arithmetic: a rate, an amount, and the tax that the rate makes of it.
No header is needed, and the order of the columns does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import permutations

from app.document import Row
from app.document_types import DocumentType
from app.reading.cells import missing, number_field
from app.reading.columns import Number, Printed, label_hits

_TAX_ROLES = frozenset({"tax", "tax_rate", "net", "rate", "base"})
_HIGHEST = Decimal(35)
_CENT = Decimal("0.0151")


def read_tax_rows(
    printed: Sequence[Sequence[Printed]], definition: DocumentType
) -> tuple[Row, ...]:
    """One row for each rate, in the order in which they are printed."""
    rows: list[Row] = []
    seen: set[tuple[Decimal, Decimal]] = set()
    for lines in printed:
        for line in lines:
            found = _breakdown(line)
            if found is None:
                continue
            rate, base, tax = found
            if (rate.value, tax.value) in seen:
                continue
            seen.add((rate.value, tax.value))
            page = line.page.number
            numbers = {"rate": rate, "base": base, "tax": tax}
            row: list[Number | None] = [numbers.get(column.role) for column in definition.taxes]
            confidence = 0.95 if base is not None else 0.75
            rows.append(
                tuple(
                    missing(column.key)
                    if number is None
                    else number_field(column.key, page, number, confidence)
                    for column, number in zip(definition.taxes, row, strict=True)
                )
            )
    return tuple(rows)


def _breakdown(line: Printed) -> tuple[Number, Number | None, Number] | None:
    """Rate, base and tax on one line; the base is None where only the tax is printed."""
    if len(line.numbers) < 2:
        return None
    labelled, strange = _wording(line)
    rates = [n for n in line.numbers if n.percent and 0 <= n.value <= _HIGHEST] or (
        [n for n in line.numbers if 0 < n.value <= _HIGHEST] if labelled or not strange else []
    )
    money = [n for n in line.numbers if n.money or n.value == 0]
    if strange > 14 and not labelled:
        return None
    for rate in rates:
        others = [n for n in money if n is not rate]
        for base, tax in permutations(others, 2):
            # The gross may stand beside both; the base is the one that the rate makes the tax of.
            if rate.value and not tax.value:
                continue
            if not rate.value and (tax.value or not rate.percent or not base.value):
                continue
            if abs(base.value * rate.value / 100 - tax.value) <= _CENT and (
                abs(base.value) > abs(tax.value)
            ):
                return rate, base, tax
    percents = [n for n in line.numbers if n.percent]
    if labelled and len(percents) == 1 and len(money) == 1 and 0 < percents[0].value <= _HIGHEST:
        return percents[0], None, money[0]
    return None


def _wording(line: Printed) -> tuple[bool, int]:
    """Whether the line speaks of tax, and how many of its letters no label explains."""
    texts = line.texts
    covered: set[int] = set()
    labelled = False
    for hit in label_hits(texts):
        if hit.role in _TAX_ROLES:
            labelled = labelled or hit.role in {"tax", "tax_rate"}
            covered.update(range(hit.start, hit.end))
    strange = sum(c.isalpha() for i, t in enumerate(texts) if i not in covered for c in t)
    return labelled, strange
