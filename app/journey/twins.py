"""Find the second copy of a document that a library holds already."""

from __future__ import annotations

from app.checks import Fingerprint, duplicates
from app.document import Flag, Record
from app.document_types import document_type
from app.library import Library, StoredRecord

_MOST_ALIKE = 12
"""A supplier's bills all look alike: comparing with each of hundreds would slow every one."""


def twin_flags(
    library: Library, record: Record, looks: tuple[str, ...], document_id: int
) -> tuple[Flag, ...]:
    """A flag for each other document of the library that is the same as this record's.

    ``looks`` are the perceptual hashes of the record's pages.  The library proposes (same
    supplier, number and total, or a similar look), the checks decide.
    """
    new = _fingerprint("", record, looks)
    alike = library.same_look(looks[0], apart_from=document_id) if looks else ()
    same = library.same_bill(new.supplier, new.number, new.total, apart_from=document_id)
    others = [
        _stored_fingerprint(library, record_id)
        for other in sorted({twin.document_id for twin in (*same, *alike[:_MOST_ALIKE])})
        for record_id in library.records_of(other)
    ]
    return duplicates(new, others)


def looks_of(library: Library, stored: StoredRecord) -> tuple[str, ...]:
    """The perceptual hashes of a stored record's pages."""
    looks = library.looks(stored.document_id)
    return tuple(filter(None, looks[stored.record.first_page - 1 : stored.record.last_page]))


def _stored_fingerprint(library: Library, record_id: int) -> Fingerprint:
    stored = library.record(record_id)
    return _fingerprint(stored.document_name, stored.record, looks_of(library, stored))


def _fingerprint(name: str, record: Record, looks: tuple[str, ...]) -> Fingerprint:
    return Fingerprint(
        name=name,
        sha256="",  # the same bytes are one document from the start
        supplier=_value(record, "seller"),
        number=_value(record, "number"),
        total=_value(record, "gross"),
        looks=looks,
    )


def _value(record: Record, role: str) -> str:
    key = document_type(record.document_type).key_of(role)
    field = record.field(key) if key else None
    return (field.value or "") if field else ""
