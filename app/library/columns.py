"""The columns that can be calculated with: what the document types' fields are called.

A column is named by its role, which is the same in every type, or by its key where the
field has none.  All of it comes from the definitions of the types.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.document_types import DocumentType, FieldType, Kind, document_types
from app.library.calculation import Column, Operator
from app.library.rows import Part

TYPE = Column("@type")
NAME = Column("@name")

DATES = ("issue_date", "period_end")
"""The roles by which documents are dated, the first that a type has."""

_ROWS_DATE = "date"


class Form(StrEnum):
    """What a column's values are compared as."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Choice:
    """A column that can be chosen: what its values are, its label, and the types that have it."""

    column: Column
    kind: Kind
    label: str
    types: tuple[str, ...]


_OPERATORS = {
    Form.TEXT: (Operator.IS, Operator.HAS, Operator.LACKS, Operator.MISSING, Operator.PRESENT),
    Form.NUMBER: (
        Operator.IS,
        Operator.LEAST,
        Operator.MOST,
        Operator.MISSING,
        Operator.PRESENT,
    ),
    Form.DATE: (Operator.IN, Operator.MISSING, Operator.PRESENT),
}
_OF_EVERY_RECORD = (
    (TYPE, Kind.TEXT, "Document type"),
    (NAME, Kind.TEXT, "Document name"),
)


def form_of(kind: Kind) -> Form:
    """What values of ``kind`` are compared as."""
    if kind is Kind.DATE:
        return Form.DATE
    return Form.NUMBER if kind in (Kind.AMOUNT, Kind.NUMBER) else Form.TEXT


def operators_of(kind: Kind) -> tuple[Operator, ...]:
    """How a column of ``kind`` can be compared."""
    return _OPERATORS[form_of(kind)]


def fields_of(definition: DocumentType, part: Part) -> tuple[FieldType, ...]:
    """The fields of one part of a type."""
    if part is Part.LINES:
        return definition.lines
    return definition.taxes if part is Part.TAXES else definition.fields


def named(definition: DocumentType, part: Part) -> dict[str, FieldType]:
    """The fields of one part by the names of their columns.

    Where two fields of a part would have one name, the second goes by its key.
    """
    found: dict[str, FieldType] = {}
    for field in fields_of(definition, part):
        name = field.role or field.key
        found.setdefault(field.key if name in found else name, field)
    return found


def columns_of(kinds: Sequence[str] = ()) -> tuple[Choice, ...]:
    """The columns of these document types (none named: of all), each once, in their order.

    Raises ``ValueError`` for a type that there is not.
    """
    found: dict[Column, Choice] = {}
    definitions = types_named(kinds)
    for definition in definitions:
        for part in Part:
            for name, field in named(definition, part).items():
                column = Column(name, part)
                choice = found.get(column) or Choice(column, field.kind, field.label, ())
                found[column] = replace(choice, types=(*choice.types, definition.name))
    every = tuple(definition.name for definition in definitions)
    for column, kind, label in _OF_EVERY_RECORD:
        found[column] = Choice(column, kind, label, every)
    return tuple(found.values())


def types_named(kinds: Sequence[str]) -> tuple[DocumentType, ...]:
    """The definitions of these types (none named: all); raises ``ValueError`` for unknown ones."""
    known = document_types()
    for name in kinds:
        if name not in known:
            raise ValueError(f"There is no document type “{name[:100]}”.")
    return tuple(known[name] for name in dict.fromkeys(kinds or known))


def kind_of(definition: DocumentType, column: Column) -> Kind | None:
    """What the values of a column are in one type, ``None`` if the type has no such column."""
    if column in (TYPE, NAME):
        return Kind.TEXT
    field = named(definition, column.part).get(column.name)
    return None if field is None else field.kind


def date_column(definition: DocumentType) -> Column | None:
    """The column that dates a document of this type: its issue, or else its first date."""
    dates = [
        name for name, field in named(definition, Part.FIELDS).items() if field.kind is Kind.DATE
    ]
    first = next((name for name in DATES if name in dates), next(iter(dates), None))
    return None if first is None else Column(first)


def row_date_column(definition: DocumentType, part: Part) -> Column | None:
    """The column that dates a row of its own (the entry of a statement), if there is one."""
    field = named(definition, part).get(_ROWS_DATE) if part is not Part.FIELDS else None
    return Column(_ROWS_DATE, part) if field is not None and field.kind is Kind.DATE else None
