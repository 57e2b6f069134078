"""A document to its records: which readers are asked, and what they are asked for.

An e-invoice's XML is read first and is exact; the quick reader reads the pages in any
case, to show where the values stand and whether the page says the same.  A model's answers,
where there are any, are a third reading of the same pages.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.document import Document, Flag, Page, Record, WordSource
from app.document_types import document_type as definition_of
from app.reading import einvoice_record, quick_record
from app.reading.conventions import infer
from app.reading.einvoice import EInvoice, NotReadableError, read_einvoice
from app.reading.layout import forget_lines
from app.reading.line_items import read_lines, read_taxes
from app.reading.messages import Given
from app.reading.model.answers import reading_of
from app.reading.quick import read_quick
from app.reading.recognise import recognise, split

_NAMED_PAGES = 5


def read(
    document: Document, document_type: str = "", answers: Sequence[Given] = ()
) -> tuple[Record, ...]:
    """See :func:`app.reading.read_document`.

    ``answers`` are a model's about the records of the very same document, by their index.
    """
    try:
        return _read(document, document_type, {given.asked.record: given for given in answers})
    finally:
        forget_lines()


def _read(
    document: Document, document_type: str, answers: Mapping[int, Given]
) -> tuple[Record, ...]:
    today = dt.datetime.now(dt.UTC).date()
    invoice, flags = _einvoice(document)
    flags = (*flags, *_page_flags(document.pages))
    if invoice is not None:
        record = _from_einvoice(invoice, document, document_type, today, answers.get(0))
        return (replace(record, flags=(*flags, *record.flags)),)
    records: list[Record] = []
    for first, last in split(document.pages):
        part = [page for page in document.pages if first <= page.number <= last]
        definition = definition_of(document_type or recognise(part)[0])
        convention = infer(part)
        given = answers.get(len(records))
        model = reading_of(given, part, definition, convention) if given is not None else None
        records.append(quick_record.record_of(part, definition, convention, today, model))
    if flags and records:
        records[0] = replace(records[0], flags=(*flags, *records[0].flags))
    return tuple(records)


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
    invoice: EInvoice,
    document: Document,
    document_type: str,
    today: dt.date,
    given: Given | None,
) -> Record:
    definition = definition_of(document_type or invoice.document_type)
    if invoice.order and not definition.key_of("gross"):
        return einvoice_record.order_record(invoice, document, definition)
    pages = document.pages
    if all(page.source is WordSource.RENDERED for page in pages):
        return einvoice_record.record_of(invoice, document, definition, (), (), (), today)
    convention = infer(pages)
    claims = list(read_quick(quick_record.outer(pages), definition, convention).claims)
    if given is not None:
        # What the XML leaves out may be on the page; what it says stands as it is.
        answered = reading_of(given, pages, definition, convention)
        claims += [claim for claim in answered.claims if claim.box is not None]
    return einvoice_record.record_of(
        invoice,
        document,
        definition,
        claims,
        () if invoice.lines else read_lines(pages, definition, convention),
        () if invoice.taxes else read_taxes(pages, definition, convention),
        today,
    )


def _page_flags(pages: Sequence[Page]) -> tuple[Flag, ...]:
    """Flags for pages without words, and for e-invoice data that intake had to leave out."""
    flags = [
        Flag("einvoice_unreadable", f"Page {page.number}: {note}.")
        for page in pages
        for note in page.notes
        if "e-invoice" in note
    ]
    blank = [str(page.number) for page in pages if not page.words]
    if blank:
        listed = ", ".join(blank[:_NAMED_PAGES])
        more = f" and {len(blank) - _NAMED_PAGES} more" if len(blank) > _NAMED_PAGES else ""
        which = "Page" if len(blank) == 1 else "Pages"
        flags.append(Flag("no_words", f"{which} {listed}{more}: no readable words were found."))
    return tuple(flags)
