"""Document types as data: what an invoice, a receipt or a bank statement consists of.

A definition is a TOML file in ``resources/document_types`` (or, for a type that the
user made, a row of the library in the same form).  The readers, the checks, the review
table and the exports all derive from it; code refers to a field's *role* (what the
field means: the gross total, the seller …), never to a list of keys of its own.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from app.errors import Code, problem

RESOURCES = Path(__file__).resolve().parent.parent / "resources"


class Kind(StrEnum):
    """The form of a field's value, and so how it is parsed, aligned, sorted and exported."""

    TEXT = "text"
    NAME = "name"  # a person or a company
    ADDRESS = "address"
    IDENTIFIER = "identifier"  # an invoice or receipt number: text in which digits matter
    DATE = "date"
    AMOUNT = "amount"  # money, in the record's currency
    NUMBER = "number"  # a quantity or a rate
    CURRENCY = "currency"
    IBAN = "iban"
    VAT_ID = "vat_id"


class Adding(StrEnum):
    """How a type's amounts count in a figure over types that nobody named."""

    ADDED = "added"
    SUBTRACTED = "subtracted"  # taken off the others' (a credit note takes back an invoice)
    APART = "apart"  # left out: an order's total must not be added to its invoice's


@dataclass(frozen=True, slots=True)
class FieldType:
    """One field, or one column of a table.

    ``role`` ties the field to the rules that know its meaning; a field without one is
    read by its label alone.  ``term`` names its source in a standard (EN 16931 "BT-1",
    ISO 20022).  ``shown`` is whether its column stands in the table from the start.
    """

    key: str
    label: str
    kind: Kind
    role: str = ""
    term: str = ""
    required: bool = False
    shown: bool = True
    description: str = ""
    labels: tuple[str, ...] = ()  # how documents print it, beyond the role's own wordings


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A kind of document: its fields, the columns of its lines, and of its tax breakdown.

    ``adding`` is how its amounts count together with those of other types; a type that
    does not say so stays apart, so that nothing is counted twice.
    """

    name: str
    label: str
    plural: str
    fields: tuple[FieldType, ...]
    lines: tuple[FieldType, ...] = ()
    taxes: tuple[FieldType, ...] = ()
    lines_label: str = ""
    description: str = ""
    adding: Adding = Adding.APART

    def field(self, key: str) -> FieldType:
        """The field with this key; raises ``KeyError`` if the type has none."""
        for field in self.fields:
            if field.key == key:
                return field
        raise KeyError(key)

    def key_of(self, role: str) -> str | None:
        """The key of the field that plays ``role`` here, or ``None``."""
        return next((f.key for f in self.fields if f.role == role), None)

    def column_of(self, role: str) -> str | None:
        """The key of the line column that plays ``role`` here, or ``None``."""
        return next((f.key for f in self.lines if f.role == role), None)


def parse(text: str) -> DocumentType:
    """A definition from its TOML text.

    Raises ``ValueError`` (with what is wrong) for a definition that is not well formed.
    """
    data = tomllib.loads(text)

    def column(entry: dict[str, object]) -> FieldType:
        labels = entry.get("labels", [])
        if not isinstance(labels, list):
            raise ValueError(f"labels of {entry.get('key')!r} must be a list")
        return FieldType(
            key=str(entry["key"]),
            label=str(entry["label"]),
            kind=Kind(str(entry["kind"])),
            role=str(entry.get("role", "")),
            term=str(entry.get("term", "")),
            required=bool(entry.get("required", False)),
            shown=bool(entry.get("shown", True)),
            description=str(entry.get("description", "")),
            labels=tuple(str(label) for label in labels),
        )

    try:
        kind = DocumentType(
            name=str(data["name"]),
            label=str(data["label"]),
            plural=str(data["plural"]),
            fields=tuple(column(entry) for entry in data.get("fields", [])),
            lines=tuple(column(entry) for entry in data.get("lines", [])),
            taxes=tuple(column(entry) for entry in data.get("taxes", [])),
            lines_label=str(data.get("lines_label", "")),
            description=str(data.get("description", "")),
            adding=Adding(str(data.get("adding", Adding.APART))),
        )
    except KeyError as missing:
        raise ValueError(f"a definition needs {missing}") from missing
    for fields in (kind.fields, kind.lines, kind.taxes):
        keys = [field.key for field in fields]
        if len(keys) != len(set(keys)):
            raise ValueError(f"{kind.name}: a key stands twice")
    return kind


@cache
def document_types() -> dict[str, DocumentType]:
    """The types that come with the program, by name, in the order in which they are shown."""
    folder = RESOURCES / "document_types"
    order = tomllib.loads((folder / "order.toml").read_text(encoding="utf-8"))["order"]
    return {name: parse((folder / f"{name}.toml").read_text(encoding="utf-8")) for name in order}


def document_type(name: str) -> DocumentType:
    """The type called ``name``; raises ``ProblemError`` (``unknown_type``) if there is none."""
    types = document_types()
    if name not in types:
        raise problem(Code.UNKNOWN_TYPE, name, ", ".join(types))
    return types[name]
