"""Find the second copy of a document that a library holds already."""

from __future__ import annotations

from app.checks import Fingerprint, duplicates
from app.document import Flag, Record
from app.document_types import document_type
from app.library import Library, StoredRecord


def twin_flags(library: Library, stored: StoredRecord) -> tuple[Flag, ...]:
    """A flag for each other document of the library that is the same as this record's.

    The library proposes (same supplier, number and total, or a similar look), the checks
    decide.
    """
    new = _fingerprint(library, stored)
    proposed = {
        twin.document_id
        for twin in (
            *library.same_bill(new.supplier, new.number, new.total, apart_from=stored.document_id),
            *(library.same_look(new.looks[0], apart_from=stored.document_id) if new.looks else ()),
        )
    }
    others = [
        _fingerprint(library, library.record(record_id))
        for document_id in sorted(proposed)
        for record_id in library.records_of(document_id)
    ]
    return duplicates(new, others)


def _fingerprint(library: Library, stored: StoredRecord) -> Fingerprint:
    record = stored.record
    pages = library.pages(stored.document_id)
    return Fingerprint(
        name=stored.document_name,
        sha256="",  # the same bytes are one document from the start
        supplier=_value(record, "seller"),
        number=_value(record, "number"),
        total=_value(record, "gross"),
        looks=tuple(
            page.look
            for page in pages
            if page.look and record.first_page <= page.number <= record.last_page
        ),
    )


def _value(record: Record, role: str) -> str:
    key = document_type(record.document_type).key_of(role)
    field = record.field(key) if key else None
    return (field.value or "") if field else ""
