"""What an export holds: which rows, and which columns in which order.

A column has a key that tells its source, so that a choice can be remembered as plain
text: ``total_gross`` is a field of the document, ``lines.amount`` a column of its line
items, ``taxes.rate`` one of its tax breakdown, ``document.file`` what the program itself
knows.  Nothing else lists fields: the definition of the document type does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from app.document_types import DocumentType, FieldType, Kind

if TYPE_CHECKING:
    from app.export.rows import Entry

FILE = "document.file"
DOCUMENT_TYPE = "document.type"
FIRST_PAGE = "document.first_page"
PAGES = "document.pages"
LINE_NUMBER = "document.line"
NEEDS_A_LOOK = "document.needs_a_look"


class RowsOf(StrEnum):
    """What one row of an export stands for."""

    DOCUMENTS = "documents"
    LINES = "lines"
    TAXES = "taxes"


class Source(StrEnum):
    """Where a column's cells come from."""

    PROGRAM = "program"  # the file and the reading: name, pages, what needs a look
    FIELD = "field"  # a field of the document
    ROW = "row"  # a column of its line items or of its tax breakdown


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``key`` to remember it by, ``label`` for its header, ``kind`` of value."""

    key: str
    label: str
    kind: Kind
    source: Source
    shown: bool = True
    role: str = ""

    @property
    def inner_key(self) -> str:
        """The key inside the row (``amount`` for ``lines.amount``)."""
        return self.key.partition(".")[2] if self.source is Source.ROW else self.key


@dataclass(frozen=True, slots=True)
class Layout:
    """A choice of rows and columns, made of plain text so that it can be remembered.

    Keys that the definition does not know (any more) are passed over.
    """

    rows: RowsOf
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What to write: the entries, of one document type, in the chosen columns.

    ``entries`` is gone through once, so it may be a generator over a large library.
    """

    definition: DocumentType
    layout: Layout
    entries: Iterable[Entry]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The chosen columns, in the chosen order."""
        known = {c.key: c for c in columns_for(self.definition, self.layout.rows)}
        return tuple(known[key] for key in self.layout.columns if key in known)

    @property
    def title(self) -> str:
        """The name of the sheet in a workbook."""
        plural = self.definition.plural
        if self.layout.rows is RowsOf.DOCUMENTS:
            return plural
        if self.layout.rows is RowsOf.TAXES:
            return f"{plural}, taxes"
        return f"{plural}, {self.definition.lines_label.lower() or 'lines'}"


def columns_for(definition: DocumentType, rows: RowsOf) -> tuple[Column, ...]:
    """Every column that can be chosen, in the order in which it is offered."""
    inner = {
        RowsOf.DOCUMENTS: (),
        RowsOf.LINES: definition.lines,
        RowsOf.TAXES: definition.taxes,
    }[rows]
    own = [
        Column(FILE, "File", Kind.TEXT, Source.PROGRAM),
        Column(DOCUMENT_TYPE, "Document type", Kind.TEXT, Source.PROGRAM, shown=False),
        Column(FIRST_PAGE, "First page", Kind.NUMBER, Source.PROGRAM, shown=False),
        Column(PAGES, "Pages", Kind.NUMBER, Source.PROGRAM, shown=False),
    ]
    if rows is not RowsOf.DOCUMENTS:
        own.append(Column(LINE_NUMBER, "Line", Kind.NUMBER, Source.PROGRAM, shown=False))
    return (
        *own,
        *(_column(field, field.key, Source.FIELD) for field in definition.fields),
        *(_column(field, f"{rows}.{field.key}", Source.ROW) for field in inner),
        Column(NEEDS_A_LOOK, "Needs a look", Kind.TEXT, Source.PROGRAM),
    )


def default_layout(definition: DocumentType, rows: RowsOf) -> Layout:
    """The columns to start from, before the user has chosen any.

    A row of a document has the fields that the review table shows.  A row of a line has
    the line's columns and what tells its document apart (number, date, parties,
    currency), not the document's totals: they would be added up once for each line.
    """
    chosen = [
        column.key
        for column in columns_for(definition, rows)
        if column.shown
        and (rows is RowsOf.DOCUMENTS or column.source is not Source.FIELD or _tells_apart(column))
    ]
    return Layout(rows, tuple(chosen))


def combined(definitions: Sequence[DocumentType]) -> DocumentType:
    """One definition with the fields of all, for a single table over several types.

    Fields with the same key become one column, labelled as in the first that has it.
    """
    if len(definitions) == 1:
        return definitions[0]
    return DocumentType(
        name="documents",
        label="Document",
        plural="Documents",
        fields=_union([d.fields for d in definitions]),
        lines=_union([d.lines for d in definitions]),
        taxes=_union([d.taxes for d in definitions]),
        lines_label="Lines",
    )


def _union(groups: Sequence[Sequence[FieldType]]) -> tuple[FieldType, ...]:
    union: dict[str, FieldType] = {}
    for field in (field for group in groups for field in group):
        known = union.setdefault(field.key, field)
        union[field.key] = replace(known, required=known.required and field.required)
    return tuple(union.values())


def _column(field: FieldType, key: str, source: Source) -> Column:
    return Column(key, field.label, field.kind, source, field.shown, field.role)


def _tells_apart(column: Column) -> bool:
    kinds = (Kind.NAME, Kind.IDENTIFIER, Kind.CURRENCY)
    return column.kind in kinds or column.role == "issue_date"
