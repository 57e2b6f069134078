"""What a careful clerk recalculates: sums, taxes, checksums, dates, balances, duplicates.

Pure functions over a record and its definition.  They go by the fields' *roles*, never by
their keys, so a type that the user made is checked as far as its fields have roles.  A
check flags and explains; it never blocks, and never repairs a value.  What is not there is
not checked.

Tolerances.  Every printed number may be rounded by half a unit of its last decimal, so a
sum may be off by half a unit for each of its terms, and a product by half a unit of its
result plus what half a unit of its rounded factors amounts to.  The unit of a sum is that
of its most precise term, and at most a hundredth (an ``1000`` among cents is ``1000.00``).
Two wider ones follow from practice: tax may be rounded line by line (half a unit for each
line), and cash totals may be rounded to five hundredths.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import ModuleType

from stdnum import iban as stdnum_iban
from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

from app.document import Flag, Record, Row, cell, date_of, decimal_of
from app.document_types import DocumentType, FieldType, Kind

_HALF = Decimal("0.5")
_CENT = Decimal("0.01")
_CASH_ROUNDING = Decimal("0.05")
_EARLIEST = dt.date(1970, 1, 1)
_POSTDATED = dt.timedelta(days=62)
_LONGEST_TERM = dt.timedelta(days=3 * 366)
_NAMED_ROWS = 3
_ALIKE = 6
"""Bits of 64 in which two pictures' hashes may differ and still show the same page."""

CODES = frozenset(
    {
        "missing",
        "not_a_value",
        "net_plus_tax",
        "amount_due",
        "lines_total",
        "tax_rate",
        "tax_total",
        "line_amount",
        "iban_checksum",
        "vat_id_checksum",
        "date_future",
        "date_past",
        "date_order",
        "date_term",
        "statement_total",
        "running_balance",
        "duplicate",
    }
)
"""The codes of every flag that this module gives; all others come from the reading."""


@dataclass(frozen=True, slots=True)
class Sum:
    """One sum of a record's values: what should equal what, and whether it does.

    ``keys`` are the fields that take part, ``rule`` the sum in words.  A sum that holds
    only because a term is zero is not ``telling``: it supports nothing.
    """

    code: str
    keys: tuple[str, ...]
    rule: str
    message: str
    difference: Decimal
    tolerance: Decimal
    telling: bool = True

    @property
    def holds(self) -> bool:
        return abs(self.difference) <= self.tolerance


def check(
    record: Record,
    definition: DocumentType,
    today: dt.date,
    *,
    lines_add_up: bool = True,
    line_adjustments: Sequence[Decimal] = (),
) -> tuple[Flag, ...]:
    """Every flag for one record.

    ``lines_add_up`` is false where some lines only group or explain others (the EXTENDED
    profile of e-invoices), so that their sum means nothing.  ``line_adjustments`` gives for
    each line its own charges less its own discounts, where these are known apart.
    """
    sums = [*totals(record, definition), *tax_products(record, definition)]
    if lines_add_up:
        sums += lines_sum(record, definition)
    failing = [Flag(s.code, s.message, s.keys) for s in sums if not s.holds]
    return (
        *required(record, definition),
        *unreadable(record, definition),
        *failing,
        *line_products(record, definition, line_adjustments),
        *checksums(record, definition),
        *dates(record, definition, today),
        *balances(record, definition),
    )


def required(record: Record, definition: DocumentType) -> tuple[Flag, ...]:
    """A flag for each required field that has no value."""
    return tuple(
        Flag("missing", f"{field.label} was not found.", (field.key,))
        for field in definition.fields
        if field.required and not _text(record, field.key)
    )


_READ_AS: dict[Kind, tuple[str, Callable[[str | None], object]]] = {
    Kind.AMOUNT: ("an amount", decimal_of),
    Kind.NUMBER: ("a number", decimal_of),
    Kind.DATE: ("a date", date_of),
}


def unreadable(record: Record, definition: DocumentType) -> tuple[Flag, ...]:
    """A flag for each amount, number and date that is none; no sum counts it.

    What the user types is kept as it is, also where it is no value of its field's kind.
    """
    flags = [
        Flag("not_a_value", f"{field.label}: {why}.", (field.key,))
        for field in definition.fields
        if (why := _unread(record.fields, field))
    ]
    for columns, rows, place in (
        (definition.lines, record.lines, "line {0}"),
        (definition.taxes, record.taxes, "row {0} of the taxes"),
    ):
        flags += [
            Flag("not_a_value", f"{column.label} in {place.format(number)}: {why}.")
            for number, row in enumerate(rows, 1)
            for column in columns
            if (why := _unread(row, column))
        ]
    return tuple(flags)


def _unread(row: Row, column: FieldType) -> str:
    """Why a cell's value is none of its kind, "" where it is one or where there is none."""
    field = cell(row, column.key)
    if field is None or not field.value or column.kind not in _READ_AS:
        return ""
    kind, read = _READ_AS[column.kind]
    return f"“{field.value}” cannot be read as {kind}" if read(field.value) is None else ""


def totals(record: Record, definition: DocumentType) -> tuple[Sum, ...]:
    """Net + tax = total, and total − already paid + rounding = amount due."""
    found: list[Sum] = []
    net, tax, gross = (_amount(record, definition, r) for r in ("net", "tax", "gross"))
    if tax is None:
        tax = _taxes_together(record, definition)
    prepaid, rounding, due = (
        _amount(record, definition, r) for r in ("prepaid", "rounding", "due")
    )
    if net is not None and tax is not None and gross is not None:
        # Some print the total after rounding it, others before.
        differences = [net + tax - gross, net + tax + (rounding or 0) - gross]
        message = f"Net {net} plus tax {tax} is {net + tax}, but the total with tax is {gross}."
        found.append(
            Sum(
                "net_plus_tax",
                _keys(definition, "net", "tax", "gross"),
                "net + tax = total",
                message,
                min(differences, key=abs),
                _HALF * 3 * _unit(net, tax, gross),
                telling=bool(tax and net),
            )
        )
    if gross is not None and due is not None:
        paid, rounded = prepaid or Decimal(0), rounding or Decimal(0)
        # A credit note may state its amount due (or nothing of it) with the other sign.
        differences = [gross - paid + rounded - due, gross + paid + rounded - due, gross + due]
        if rounding is None:
            differences = [differences[0], differences[2]] if not paid else differences
        expected = gross - paid + rounded
        parts = f"the total {gross}"
        if paid:
            parts += f" less {paid} already paid"
        if rounded:
            parts += f" with {rounded} rounding"
        message = f"The amount due is {due}, but {parts} is {expected}."
        if not paid and not rounded:
            message = f"The amount due is {due}, but the total is {gross}."
        found.append(
            Sum(
                "amount_due",
                _keys(definition, "gross", "prepaid", "rounding", "due"),
                "total − already paid = amount due",
                message,
                min(differences, key=abs),
                _HALF * 4 * _unit(gross, paid, rounded, due),
                telling=bool(paid),
            )
        )
    return tuple(found)


def _taxes_together(record: Record, definition: DocumentType) -> Decimal | None:
    """The taxes of all rates, where each has its own; ``None`` without a breakdown."""
    key = next((column.key for column in definition.taxes if column.role == "tax"), None)
    taxes = [_cell(row, key) for row in record.taxes]
    known = [tax for tax in taxes if tax is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(taxes) else None


def lines_sum(record: Record, definition: DocumentType) -> tuple[Sum, ...]:
    """The lines, less discounts and plus surcharges, are the net total or the total."""
    key = definition.column_of("amount")
    amounts = [_cell(row, key) for row in record.lines]
    known = [amount for amount in amounts if amount is not None]
    net, tax, gross = (_amount(record, definition, r) for r in ("net", "tax", "gross"))
    if not known or len(known) < len(amounts) or (net is None and gross is None):
        return ()
    allowances = _amount(record, definition, "allowances") or Decimal(0)
    charges = _amount(record, definition, "charges") or Decimal(0)
    added = sum(known, Decimal(0))
    role = "net" if net is not None else "gross"
    target = net if net is not None else gross
    if target is None:
        return ()
    adjusted = added - abs(allowances) + charges
    # Prices may include tax, and a discount may stand among the lines already.
    targets = {t for t in (net, gross) if t is not None}
    if gross is not None and tax is not None:
        targets.add(gross - tax)
    sums = (adjusted, added, added - allowances + charges)
    difference = min((d for s in sums for t in targets for d in (s - t, s + t)), key=abs)
    tolerance = _HALF * (len(known) + 1) * _unit(*known, target)
    if definition.key_of("rounding") is None:
        tolerance = max(tolerance, _CASH_ROUNDING)
    parts = f"The {len(known)} lines add up to {added}"
    if adjusted != added:
        parts += f", with discounts and surcharges to {adjusted}"
    label = next(f.label for f in definition.fields if f.role == role)
    return (
        Sum(
            "lines_total",
            _keys(definition, role),
            "the lines add up to the total",
            f"{parts}, but {label} is {target}.",
            difference,
            tolerance,
            # What comes before a discount may add up to a subtotal.
            telling=len(known) > 1 and adjusted in targets,
        ),
    )


def line_products(
    record: Record, definition: DocumentType, adjustments: Sequence[Decimal] = ()
) -> tuple[Flag, ...]:
    """One flag for the lines in which quantity × unit price is not the amount."""
    keys = [definition.column_of(role) for role in ("quantity", "unit_price", "amount")]
    wrong: list[str] = []
    for number, row in enumerate(record.lines, 1):
        quantity, price, amount = (_cell(row, key) for key in keys)
        if quantity is None or price is None or amount is None:
            continue
        tolerance = (
            _HALF * _unit(amount)
            + abs(quantity) * _HALF * _last_digit(price)
            + abs(price) * _slack(quantity)
        )
        adjustment = adjustments[number - 1] if number <= len(adjustments) else Decimal(0)
        if abs(abs(quantity * price + adjustment) - abs(amount)) > tolerance:
            wrong.append(f"line {number}: {quantity} × {price} is not {amount}")
    if not wrong:
        return ()
    more = f" (and {len(wrong) - _NAMED_ROWS} more)" if len(wrong) > _NAMED_ROWS else ""
    listed = "; ".join(wrong[:_NAMED_ROWS])
    message = f"Quantity times price differs from the amount in {listed}{more}."
    return (Flag("line_amount", message, tuple(key for key in keys if key)),)


def tax_products(record: Record, definition: DocumentType) -> tuple[Sum, ...]:
    """Rate × base = tax for each rate; the breakdown's taxes add up to the tax total."""
    by_role = {column.role: column.key for column in definition.taxes}
    found: list[Sum] = []
    taxes: list[Decimal | None] = []
    for row in record.taxes:
        rate, base, tax = (_cell(row, by_role.get(role)) for role in ("rate", "base", "tax"))
        taxes.append(tax)
        if rate is None or base is None or tax is None:
            continue
        exact = base * rate / 100
        tolerance = _HALF * max(1, len(record.lines)) * _unit(tax)
        tolerance += abs(rate) / 100 * _HALF * _unit(base)
        found.append(
            Sum(
                "tax_rate",
                _keys(definition, "tax"),
                "rate × net = tax",
                f"{rate} % of {base} is {_short(exact)}, but the tax is {tax}.",
                exact - tax,
                tolerance,
                telling=bool(tax),
            )
        )
    total = _amount(record, definition, "tax")
    known = [tax for tax in taxes if tax is not None]
    if total is not None and known and len(known) == len(taxes):
        added = sum(known, Decimal(0))
        found.append(
            Sum(
                "tax_total",
                _keys(definition, "tax"),
                "the taxes of all rates add up to the tax",
                f"The taxes of the {len(known)} rates add up to {added}, but the tax is {total}.",
                # A credit note may print with a minus in one place and without in another.
                min(added - total, added + total, key=abs),
                _HALF * (len(known) + 1) * _unit(*known, total),
                telling=len(known) > 1 and bool(total),
            )
        )
    return tuple(found)


def checksums(record: Record, definition: DocumentType) -> tuple[Flag, ...]:
    """Flags for IBANs and VAT ids whose check digits are wrong."""
    flags: list[Flag] = []
    for field in definition.fields:
        value = _text(record, field.key)
        if not value:
            continue
        if field.kind is Kind.IBAN and not iban_valid(value):
            message = f"{field.label}: the check digits of {value} are not right."
            flags.append(Flag("iban_checksum", message, (field.key,)))
        if field.kind is Kind.VAT_ID and vat_id_valid(value) is False:
            message = f"{field.label}: {value} is not a valid number in its country."
            flags.append(Flag("vat_id_checksum", message, (field.key,)))
    return tuple(flags)


def iban_valid(iban: str) -> bool:
    """Whether length, country and check digits of an IBAN are right."""
    try:
        stdnum_iban.validate(iban, check_country=False)
    except ValidationError:
        return False
    return True


def vat_id_valid(vat_id: str) -> bool | None:
    """Whether a VAT id's check digits are right; ``None`` where its country is not known."""
    country = vat_id[:2].upper()
    if not country.isalpha():
        return None
    module = _vat_module({"EL": "GR", "XI": "GB"}.get(country, country))
    if module is None:
        return None
    # Some countries' numbers are checked without their prefix (Norway, the United Kingdom).
    return bool(module.is_valid(vat_id)) or bool(module.is_valid(vat_id[2:]))


def _vat_module(country: str) -> ModuleType | None:
    try:
        module = get_cc_module(country.lower(), "vat")
    except ImportError:
        return None
    return module if isinstance(module, ModuleType) else None


def dates(record: Record, definition: DocumentType, today: dt.date) -> tuple[Flag, ...]:
    """Flags for dates that are out of order or implausible."""
    flags: list[Flag] = []
    days = {
        role: date_of(_text(record, definition.key_of(role)))
        for role in ("issue_date", "due_date", "period_start", "period_end")
    }

    def flag(code: str, message: str, *roles: str) -> None:
        flags.append(Flag(code, message, _keys(definition, *roles)))

    issued, due = days["issue_date"], days["due_date"]
    start, end = days["period_start"], days["period_end"]
    for role in ("issue_date", "period_end"):
        day = days[role]
        if day is not None and day > today + _POSTDATED:
            flag("date_future", f"The date {day} is far in the future.", role)
        if day is not None and day < _EARLIEST:
            flag("date_past", f"The date {day} is implausibly early.", role)
    if issued is not None and due is not None:
        if due < issued:
            message = f"It is due on {due}, before it was issued on {issued}."
            flag("date_order", message, "issue_date", "due_date")
        elif due - issued > _LONGEST_TERM:
            message = f"It is due on {due}, years after it was issued on {issued}."
            flag("date_term", message, "issue_date", "due_date")
    if start is not None and end is not None and start > end:
        message = f"The period ends on {end}, before it starts on {start}."
        flag("date_order", message, "period_start", "period_end")
    return tuple(flags)


def statement_sum(record: Record, definition: DocumentType) -> tuple[Sum, ...]:
    """The opening balance and all entries make the closing balance."""
    amounts = [_cell(row, definition.column_of("amount")) for row in record.lines]
    known = [amount for amount in amounts if amount is not None]
    opening, closing = (_amount(record, definition, role) for role in ("opening", "closing"))
    if opening is None or closing is None or not known or len(known) < len(amounts):
        return ()
    added = opening + sum(known, Decimal(0))
    return (
        Sum(
            "statement_total",
            _keys(definition, "opening", "closing"),
            "opening balance + entries = closing balance",
            f"The opening balance {opening} and the {len(known)} entries make {added}, "
            f"but the closing balance is {closing}.",
            added - closing,
            _HALF * _unit(opening, closing, *known),
        ),
    )


def balances(record: Record, definition: DocumentType) -> tuple[Flag, ...]:
    """Flags for a statement whose entries do not lead from balance to balance."""
    amount_key, balance_key = definition.column_of("amount"), definition.column_of("balance")
    amounts = [_cell(row, amount_key) for row in record.lines]
    if definition.key_of("closing") is None or not amounts:
        return ()
    flags = [
        Flag(s.code, s.message, s.keys) for s in statement_sum(record, definition) if not s.holds
    ]
    opening = _amount(record, definition, "opening")
    printed = [_cell(row, balance_key) for row in record.lines]
    wrong = min(
        _broken_steps(amounts, printed, opening),
        _broken_steps(amounts[::-1], printed[::-1], opening, newest_first=True),
        key=len,
    )
    if wrong:
        listed = ", ".join(str(number) for number in wrong[:_NAMED_ROWS])
        more = f" and {len(wrong) - _NAMED_ROWS} more" if len(wrong) > _NAMED_ROWS else ""
        message = f"The balance does not follow from the one before in entry {listed}{more}."
        flags.append(Flag("running_balance", message))
    return tuple(flags)


def _broken_steps(
    amounts: Sequence[Decimal | None],
    printed: Sequence[Decimal | None],
    opening: Decimal | None,
    *,
    newest_first: bool = False,
) -> list[int]:
    """The numbers (from 1, as printed) of entries at which the running balance is wrong."""
    wrong: list[int] = []
    balance = opening
    for at, (amount, shown) in enumerate(zip(amounts, printed, strict=True)):
        balance = balance + amount if balance is not None and amount is not None else None
        if shown is None:
            continue
        if balance is not None and amount is not None and abs(balance - shown) > _HALF * _CENT:
            wrong.append(len(amounts) - at if newest_first else at + 1)
        balance = shown
    return sorted(wrong)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells whether two records are of the same document.

    ``supplier``, ``number`` and ``total`` are the record's values ("" if missing),
    ``looks`` the perceptual hashes of its pages (16 hex digits each).
    """

    name: str
    sha256: str
    supplier: str = ""
    number: str = ""
    total: str = ""
    looks: tuple[str, ...] = ()


def duplicates(new: Fingerprint, others: Iterable[Fingerprint]) -> tuple[Flag, ...]:
    """One flag for each of ``others`` that is the same document as ``new``."""
    flags: list[Flag] = []
    for other in others:
        reason = _same_document(new, other)
        if reason:
            message = f"This may be a second copy of “{other.name}”: {reason}."
            flags.append(Flag("duplicate", message))
    return tuple(flags)


def _same_document(one: Fingerprint, other: Fingerprint) -> str:
    """Why two fingerprints are of one document, "" if they are not."""
    if one.sha256 and one.sha256 == other.sha256:
        return "the files are the same"
    a, b = decimal_of(one.total), decimal_of(other.total)
    if (
        _folded(one.number)
        and _folded(one.number) == _folded(other.number)
        and _folded(one.supplier)
        and _folded(one.supplier) == _folded(other.supplier)
        and a is not None
        and a == b
    ):
        return f"supplier, number {other.number} and total {other.total} are the same"
    numbers_differ = bool(
        one.number and other.number and _folded(one.number) != _folded(other.number)
    )
    totals_differ = a is not None and b is not None and a != b
    # Two invoices of one sender look alike; only those that say the same are duplicates.
    if numbers_differ or totals_differ or len(one.looks) != len(other.looks) or not one.looks:
        return ""
    if all(distance(x, y) <= _ALIKE for x, y in zip(one.looks, other.looks, strict=True)):
        return "its pages look the same"
    return ""


def distance(one: str, other: str) -> int:
    """In how many bits two perceptual hashes (hex) differ; 64 for what is no hash."""
    try:
        return (int(one, 16) ^ int(other, 16)).bit_count()
    except ValueError:
        return 64


def _folded(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _text(record: Record, key: str | None) -> str:
    field = record.field(key) if key else None
    return (field.value or "") if field is not None else ""


def _amount(record: Record, definition: DocumentType, role: str) -> Decimal | None:
    return decimal_of(_text(record, definition.key_of(role)))


def _cell(row: Row, key: str | None) -> Decimal | None:
    field = cell(row, key) if key else None
    return decimal_of(field.value) if field is not None else None


def _keys(definition: DocumentType, *roles: str) -> tuple[str, ...]:
    return tuple(key for role in roles if (key := definition.key_of(role)))


def _last_digit(number: Decimal) -> Decimal:
    """The unit of a number's last printed decimal; nothing for a whole number's rounding."""
    exponent = number.as_tuple().exponent
    return Decimal(1).scaleb(exponent) if isinstance(exponent, int) and exponent < 0 else Decimal(0)


def _slack(quantity: Decimal) -> Decimal:
    """How far a quantity may be rounded: weights and hours are, counts are not."""
    return _HALF * _last_digit(quantity)


def _unit(*numbers: Decimal) -> Decimal:
    """The unit of the most precise of some amounts, at most a hundredth."""
    return min([_CENT, *(u for n in numbers if (u := _last_digit(n)))])


def _short(number: Decimal) -> Decimal:
    return number.quantize(_CENT)
