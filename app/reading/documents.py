"""A document to its records: which readers are asked, and what they are asked for.

An e-invoice's XML is read first and is exact; the quick reader reads the pages in any
case, to show where the values stand and whether the page says the same.
"""

from __future__ import annotations

import datetime as dt

from app.document import Document, Flag, Record
from app.document_types import document_type as definition_of
from app.reading.einvoice import EInvoice, NotReadableError, read_einvoice
from app.reading.einvoice_record import order_record, record_of


def read(document: Document, document_type: str = "") -> tuple[Record, ...]:
    """See :func:`app.reading.read_document`."""
    today = dt.datetime.now(dt.UTC).date()
    invoice, flags = _einvoice(document)
    if invoice is not None:
        return (_with_flags(_from_einvoice(invoice, document, document_type, today), flags),)
    return ()


def _einvoice(document: Document) -> tuple[EInvoice | None, tuple[Flag, ...]]:
    """What the document's XML says, and a flag if it carries one that cannot be read."""
    if not document.einvoice_xml:
        return None, ()
    try:
        return read_einvoice(document.einvoice_xml), ()
    except NotReadableError:
        message = (
            "The embedded e-invoice could not be read; the values were taken from the page instead."
        )
        return None, (Flag("einvoice_unreadable", message),)


def _from_einvoice(
    invoice: EInvoice, document: Document, document_type: str, today: dt.date
) -> Record:
    definition = definition_of(document_type or invoice.document_type)
    if invoice.order and not definition.key_of("gross"):
        return order_record(invoice, document, definition)
    return record_of(invoice, document, definition, (), (), (), today)


def _with_flags(record: Record, flags: tuple[Flag, ...]) -> Record:
    return Record(
        record.document_type,
        record.fields,
        record.lines,
        record.taxes,
        (*flags, *record.flags),
        record.tables,
        record.pairs,
        record.first_page,
        record.last_page,
    )
