"""An e-invoice with its pages, as a record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from app import checks
from app.document import (
    Claim,
    Document,
    Field,
    Flag,
    Reader,
    Record,
    Row,
    Status,
    WordSource,
    decimal_of,
)
from app.document_types import DocumentType, Kind
from app.reading.discounts import line_discounts
from app.reading.einvoice import EInvoice
from app.reading.evidence import EXACT, einvoice_rows, missing, weigh_einvoice
from app.reading.lookup import PrintedPages
from app.reading.tables import find_tables


def record_of(
    invoice: EInvoice,
    document: Document,
    definition: DocumentType,
    quick: Sequence[Claim],
    printed_lines: Sequence[Row],
    printed_taxes: Sequence[Row],
    today: dt.date,
) -> Record:
    """The record of an invoice or a credit note.

    ``quick`` are the quick reader's claims for the same pages, ``printed_lines`` and
    ``printed_taxes`` what it reads there; the latter stand in only where the XML's profile
    has none (MINIMUM, BASIC WL).
    """
    drawn = all(page.source is WordSource.RENDERED for page in document.pages)
    printed = PrintedPages(document.pages)
    supports = supported_roles(invoice)
    weighed = weigh_einvoice(definition, invoice, printed, drawn, supports, quick)
    lines = einvoice_rows(definition.lines, (line.values for line in invoice.lines), printed, drawn)
    taxes = einvoice_rows(definition.taxes, invoice.taxes, printed, drawn)
    record = Record(
        definition.name,
        weighed.fields,
        lines or tuple(printed_lines),
        taxes or tuple(printed_taxes),
        tables=tuple(table for page in document.pages for table in find_tables(page)),
        last_page=max(1, len(document.pages)),
    )
    found = checks.check(
        record,
        definition,
        today,
        lines_add_up=not invoice.nested and bool(lines),
        line_adjustments=[Decimal(line.adjustment) for line in invoice.lines]
        or line_discounts(record.lines, definition, printed),
    )
    flags = (*_unreadable(invoice), *weighed.flags, *found)
    return replace(record, flags=flags)


def order_record(invoice: EInvoice, document: Document, definition: DocumentType) -> Record:
    """An order: named as what it is, with its date, its parties and its totals as pairs."""
    printed = PrintedPages(document.pages)
    number = invoice.get("number")
    title = f"{invoice.title} {number}".strip()
    values = {"title": title, "issue_date": invoice.get("issue_date")}
    fields = tuple(
        _looked_up(field.key, field.kind, values.get(field.role, ""), printed)
        for field in definition.fields
    )
    pairs = tuple(
        (label, value) for label, role in _ORDER_PAIRS if (value := invoice.get(role))
    ) + tuple((line.get("description"), line.get("amount")) for line in invoice.lines)
    name_key, value_key = definition.column_of("pair_name"), definition.column_of("pair_value")
    rows = tuple(
        tuple(
            _looked_up(key, Kind.TEXT, text, printed)
            for key, text in ((name_key, name), (value_key, value))
            if key
        )
        for name, value in pairs
    )
    message = (
        f"This is an order ({invoice.profile}), not an invoice: nothing is to be paid for it yet."
    )
    return Record(
        definition.name,
        fields,
        rows,
        flags=(Flag("order", message), *_unreadable(invoice)),
        tables=tuple(table for page in document.pages for table in find_tables(page)),
        pairs=pairs,
        last_page=max(1, len(document.pages)),
    )


_ORDER_PAIRS = (
    ("Number", "number"),
    ("Date", "issue_date"),
    ("Seller", "seller"),
    ("Buyer", "buyer"),
    ("Currency", "currency"),
    ("Net total", "net"),
    ("Tax", "tax"),
    ("Total with tax", "gross"),
)


def _looked_up(key: str, kind: Kind, value: str, printed: PrintedPages) -> Field:
    """A field with a value of the XML, and its first place on the pages."""
    if not value:
        return missing(key)
    place = next(iter(printed.places(kind, value)), None)
    return Field(
        key,
        value,
        Status.FOUND,
        place.raw if place is not None else value,
        place.page if place is not None else None,
        place.box if place is not None else None,
        Reader.EINVOICE,
        EXACT,
        "in the e-invoice data",
    )


def _unreadable(invoice: EInvoice) -> tuple[Flag, ...]:
    return tuple(
        Flag("einvoice_value", f"The e-invoice data has a value that cannot be read: {value}.")
        for value in invoice.unreadable
    )


def supported_roles(invoice: EInvoice) -> dict[str, tuple[str, ...]]:
    """What the XML's own sums and checksums support, by role."""
    supported: dict[str, tuple[str, ...]] = {}

    def number(role: str) -> Decimal | None:
        return decimal_of(invoice.get(role))

    def support(reason: str, *roles: str) -> None:
        for role in roles:
            supported[role] = (*supported.get(role, ()), reason)

    net, tax, gross = number("net"), number("tax"), number("gross")
    if net is not None and tax is not None and gross is not None and net + tax == gross:
        support("net + tax = total", "net", "tax", "gross")
    due, paid = number("due"), number("prepaid") or Decimal(0)
    rounding = number("rounding") or Decimal(0)
    if gross is not None and due is not None and gross - paid + rounding == due:
        support("total − already paid = amount due", "gross", "prepaid", "rounding", "due")
    lines = [decimal_of(line.get("amount")) for line in invoice.lines]
    known = [amount for amount in lines if amount is not None]
    allowances, charges = number("allowances") or Decimal(0), number("charges") or Decimal(0)
    if known and len(known) == len(lines) and sum(known) - allowances + charges == net:
        support("the lines add up to the net total", "net", "allowances", "charges")
    if (iban := invoice.get("iban")) and checks.iban_valid(iban):
        support("the check digits are right", "iban")
    if (vat_id := invoice.get("seller_vat_id")) and checks.vat_id_valid(vat_id):
        support("the check digits are right", "seller_vat_id")
    return supported
