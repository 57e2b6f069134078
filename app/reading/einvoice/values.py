"""XML texts to canonical values: dates, decimals and codes as EN 16931 writes them.

Unlike print, the XML has one convention (a point for decimals, no thousands separator),
so nothing is guessed here: what does not follow it is reported as unreadable.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal, DecimalException, Inexact, localcontext

from app.reading.einvoice.model import Adjustment, Value

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")
# UNTDID 2379: 102 is CCYYMMDD, 203 CCYYMMDDHHMM, 204 CCYYMMDDHHMMSS.
_PLAIN_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{4}|\d{6})?")


class Collector:
    """Gathers the values of one XML, and the names of those that could not be read."""

    def __init__(self) -> None:
        self.unreadable: list[str] = []

    def text(self, role: str, raw: str) -> list[Value]:
        """Free text: as it stands, on one line."""
        value = " ".join(raw.split())
        return [Value(role, raw, value)] if value else []

    def compact(self, role: str, raw: str) -> list[Value]:
        """IBANs, VAT ids and codes: without spaces, upper case."""
        value = "".join(raw.split()).upper()
        return [Value(role, raw, value)] if value else []

    def day(self, role: str, raw: str) -> list[Value]:
        return self._read(role, raw, day_of(raw))

    def amount(self, role: str, raw: str) -> list[Value]:
        """Money: the digits as they stand, but no zeros after the second decimal."""
        number = number_of(raw)
        return self._read(role, raw, "" if number is None else plain(number, 2))

    def number(self, role: str, raw: str) -> list[Value]:
        """A quantity or a rate: without zeros at its end."""
        number = number_of(raw)
        return self._read(role, raw, "" if number is None else plain(number, 0))

    def price(self, raw: str, base: str, quantity: str, amount: str) -> list[Value]:
        """The net price of one unit: the price (BT-146) through its base quantity (BT-149).

        Some programs repeat the line's quantity as the base quantity although the price is
        for one unit; the line's own sum shows it.  A quotient that does not end is kept to
        ten decimals.
        """
        number, per = number_of(raw), number_of(base)
        if number is None or per is None or per <= 0 or per == 1:
            return self.amount("unit_price", raw)
        count, total = number_of(quantity), number_of(amount)
        if (
            count is not None
            and total is not None
            and count * number == total != number * count / per
        ):
            return self.amount("unit_price", raw)
        with localcontext() as context:
            context.clear_flags()
            each = number / per
            if context.flags[Inexact]:
                each = round(each, 10)
        return [Value("unit_price", f"{raw} / {base}", plain(each, 2))]

    def _read(self, role: str, raw: str, value: str) -> list[Value]:
        if not raw:
            return []
        if not value:
            self.unreadable.append(f"{role.replace('_', ' ')} “{raw[:40]}”")
            return []
        return [Value(role, raw, value)]


def day_of(raw: str) -> str:
    """An ISO date, from ``20260131``, ``202601311200``, ``2026-01-31`` or a date and time."""
    found = _ISO_DAY.match(raw) or _PLAIN_DAY.fullmatch(raw)
    if not found:
        return ""
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return ""


def number_of(raw: str) -> Decimal | None:
    """The decimal that ``raw`` is in XML Schema's form, or ``None``."""
    if len(raw) > 40 or not _DECIMAL.fullmatch(raw):
        return None
    try:
        return Decimal(raw)
    except DecimalException:
        return None


def balance_of(adjustments: Iterable[Adjustment]) -> str:
    """Charges less allowances, as plain digits; unreadable amounts count as nothing."""
    total = Decimal(0)
    for adjustment in adjustments:
        amount = number_of(adjustment.amount) or Decimal(0)
        total += amount if adjustment.charge else -amount
    return format(total, "f")


def plain(number: Decimal, decimals: int) -> str:
    """Digits without an exponent; zeros at the end are dropped down to ``decimals`` of them."""
    text = format(number, "f")
    whole, _, fraction = text.partition(".")
    kept = fraction[:decimals] + fraction[decimals:].rstrip("0")
    if not decimals:
        kept = kept.rstrip("0")
    text = f"{whole}.{kept}" if kept else whole
    return "0" if text in {"-0", ""} else text
