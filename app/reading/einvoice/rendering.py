"""A readable page for an e-invoice that has none: what the drawing room is to set.

Dates and amounts stand in their ISO forms, as the XML has them, so that nothing is
interpreted on the way to the page.
"""

from __future__ import annotations

import re

from app.document import date_of
from app.intake.drawing import DrawnBlock, Grid, Heading, Pair, Paragraph
from app.reading.einvoice import EInvoice, Line, NotReadableError, Party, read_einvoice
from app.reading.einvoice.values import day_of

_LABELS = (
    ("issue_date", "Date"),
    ("due_date", "Due date"),
    ("currency", "Currency"),
    ("iban", "IBAN"),
)
_TOTALS = (
    ("lines_total", "Sum of the lines"),
    ("allowances", "Discounts"),
    ("charges", "Surcharges"),
    ("net", "Net total"),
    ("tax", "Tax"),
    ("gross", "Total with tax"),
    ("prepaid", "Already paid"),
    ("rounding", "Rounding"),
    ("due", "Amount due"),
)
_LONGEST_TEXT = 20_000
_TAG = re.compile(r"<[^>]{0,2000}>")

_DRAWN_LINES = 2000
"""Lines that are drawn, some fifty pages of them; no person reads on, and all are in the record."""


def blocks_of(xml: str) -> tuple[DrawnBlock, ...]:
    """What stands on the pages that show an e-invoice.

    XML that cannot be read as one is shown as its plain text, under a heading that says so.
    """
    try:
        invoice = read_einvoice(xml)
    except NotReadableError:
        text = "\n".join(line for part in _TAG.split(xml) if (line := part.strip()))
        return (
            Heading("This XML could not be read as an e-invoice"),
            Paragraph(text[:_LONGEST_TEXT]),
        )
    number = invoice.get("number")
    blocks: list[DrawnBlock] = [Heading(f"{invoice.title} {number}".strip())]
    blocks += _pairs(invoice, (("number", "Number"), *_LABELS))
    if (delivered := day_of(invoice.delivered)) and date_of(delivered):
        blocks.append(Pair("Delivered", delivered))
    blocks.append(Pair("Format", invoice.profile))
    blocks += _party("Seller", invoice.seller)
    blocks += _party("Buyer", invoice.buyer)
    if invoice.lines:
        blocks += [Heading("Lines", 2), _lines(invoice.lines), *_left_out(invoice.lines)]
    if invoice.adjustments:
        blocks.append(Heading("Discounts and surcharges", 2))
        blocks += [
            Pair(a.reason or ("Surcharge" if a.charge else "Discount"), a.amount)
            for a in invoice.adjustments
        ]
    if invoice.taxes:
        rows = tuple(
            tuple(next((v.value for v in row if v.role == role), "") for role in _TAX_COLUMNS)
            for row in invoice.taxes
        )
        header = ("Rate (%)", "Net amount", "Tax")
        blocks += [Heading("Tax", 2), Grid((header, *rows), right=(0, 1, 2))]
    blocks += [Heading("Totals", 2), *_pairs(invoice, _TOTALS)]
    blocks += [Paragraph(text) for text in (*invoice.terms, *invoice.notes)]
    return tuple(blocks)


_TAX_COLUMNS = ("rate", "base", "tax")


def _pairs(invoice: EInvoice, labels: tuple[tuple[str, str], ...]) -> list[DrawnBlock]:
    return [Pair(label, value) for role, label in labels if (value := invoice.get(role))]


def _party(title: str, party: Party) -> list[DrawnBlock]:
    if not party.name and not party.address:
        return []
    blocks: list[DrawnBlock] = [Heading(title, 2), Pair("Name", party.name)]
    if party.address:
        blocks.append(Pair("Address", "\n".join(party.address)))
    if party.vat_id:
        blocks.append(Pair("VAT ID", "".join(party.vat_id.split()).upper()))
    if party.tax_number:
        blocks.append(Pair("Tax number", party.tax_number))
    if party.contact:
        blocks.append(Pair("Contact", "\n".join(party.contact)))
    return blocks


def _lines(lines: tuple[Line, ...]) -> Grid:
    def cells(line: Line) -> tuple[str, ...]:
        described = "\n".join(
            part for part in (line.get("description"), line.detail, line.note) if part
        )
        return (
            line.number,
            described,
            line.get("quantity"),
            line.unit,
            line.get("unit_price"),
            line.get("amount"),
        )

    header = ("No.", "Description", "Quantity", "Unit", "Unit price", "Amount")
    return Grid((header, *(cells(line) for line in lines[:_DRAWN_LINES])), right=(2, 4, 5))


def _left_out(lines: tuple[Line, ...]) -> list[DrawnBlock]:
    count = len(lines) - _DRAWN_LINES
    if count <= 0:
        return []
    return [Paragraph(f"{count} more lines are not drawn here; the table of lines has them all.")]
