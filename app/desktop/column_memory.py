"""How the user left the columns of a table: their order, their widths, which are hidden."""

from __future__ import annotations

from dataclasses import dataclass

from app.library import Library


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """One column; ``width`` in pixels, 0 where it is hidden and therefore not known."""

    name: str
    width: int
    hidden: bool


class ColumnMemory:
    """Kept in the library's settings, one for each table."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[str, tuple[ShownColumn, ...]] = {}

    def look(self, table: str) -> tuple[ShownColumn, ...]:
        """The columns of ``table`` from left to right; none if they were never changed."""
        if table not in self._known:
            self._known[table] = self._library.setting(
                f"columns.{table}", tuple[ShownColumn, ...], ()
            )
        return self._known[table]

    def keep(self, table: str, look: tuple[ShownColumn, ...]) -> None:
        """Remember the columns of ``table``."""
        if look != self.look(table) and not self._library.read_only:
            self._known[table] = look
            self._library.set_setting(f"columns.{table}", look)
