"""A table that is no table of records: the figures that a question came to, for instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.export.sheet import Column

if TYPE_CHECKING:
    from app.export.rows import Value


@dataclass(frozen=True, slots=True)
class Grid:
    """A title, columns, and rows with one value for each column.

    A column of the kind ``currency`` says how many decimals the amounts of its row have.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
