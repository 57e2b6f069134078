"""How the parts of the window name one value to each other."""

from __future__ import annotations

from dataclasses import dataclass

from app.document import Field, cell
from app.document_types import DocumentType, FieldType, document_types
from app.library import Part, StoredRecord


@dataclass(frozen=True, slots=True)
class ValueRef:
    """One value of one record; ``line`` is the row's id in ``LINES`` and ``TAXES``."""

    record_id: int
    key: str
    part: Part = Part.FIELDS
    line: int | None = None


def definition_of(name: str) -> DocumentType:
    """The definition of a type; that of “other” for one that this version does not know."""
    types = document_types()
    return types.get(name) or types["other"]


def columns_of(definition: DocumentType, part: Part) -> tuple[FieldType, ...]:
    """The fields that a row of ``part`` has."""
    if part is Part.LINES:
        return definition.lines
    if part is Part.TAXES:
        return definition.taxes
    return definition.fields


def field_type(definition: DocumentType, part: Part, key: str) -> FieldType | None:
    """What the definition says about a value, or ``None`` if it does not know the key."""
    return next((f for f in columns_of(definition, part) if f.key == key), None)


def value_of(stored: StoredRecord, ref: ValueRef) -> Field | None:
    """The field that ``ref`` names, or ``None`` if the record does not have it (any more)."""
    record = stored.record
    if ref.part is Part.FIELDS:
        return record.field(ref.key)
    ids, rows = (
        (stored.line_ids, record.lines)
        if ref.part is Part.LINES
        else (stored.tax_ids, record.taxes)
    )
    for line_id, row in zip(ids, rows, strict=True):
        if line_id == ref.line:
            return cell(row, ref.key)
    return None
