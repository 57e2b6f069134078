"""Records → files: CSV for Excel, CSV for programs, typed XLSX, JSON lines.

Everything derives from the document type's definition.  A :class:`Sheet` says what to
write (records, definition, chosen columns), :func:`write` in which form and where::

    layout = default_layout(definition, RowsOf.DOCUMENTS)
    write(Format.XLSX, [Sheet(definition, layout, entries)], path, locale="de_DE")

Files appear complete or not at all; what cannot be written is a ``ProblemError``
(``disk_full`` or ``cannot_write``).
"""

from app.export.formats import Format, write
from app.export.grid import Grid
from app.export.json_lines import record_json, refusal_json
from app.export.rows import Entry
from app.export.sheet import (
    Column,
    Layout,
    RowsOf,
    Sheet,
    columns_for,
    combined,
    default_layout,
)

__all__ = [
    "Column",
    "Entry",
    "Format",
    "Grid",
    "Layout",
    "RowsOf",
    "Sheet",
    "columns_for",
    "combined",
    "default_layout",
    "record_json",
    "refusal_json",
    "write",
]
