"""The documents of the library (or of its trash), of which only those in sight are fetched."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.desktop import words
from app.library import DocumentRow, Library

Index = QModelIndex | QPersistentModelIndex
_STRETCH = 40
_KEPT = 40  # stretches
ROW = Qt.ItemDataRole.UserRole


class DocumentModel(QAbstractListModel):
    """One item for each document; ``ROW`` gives its DocumentRow."""

    def __init__(self, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._ids: list[int] = []
        self._stretches: OrderedDict[int, dict[int, DocumentRow]] = OrderedDict()

    @property
    def ids(self) -> Sequence[int]:
        """The ids of all documents, newest first."""
        return self._ids

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row(index.row()) if index.isValid() else None
        if row is None:
            return None
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.name}, {words.state_words(row)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(p for p in (row.name, *advice(row)) if p)
        return None

    def row(self, number: int) -> DocumentRow | None:
        """The document at this place, fetched with its neighbours if need be."""
        if not 0 <= number < len(self._ids):
            return None
        stretch = number // _STRETCH
        if stretch not in self._stretches:
            wanted = self._ids[stretch * _STRETCH : (stretch + 1) * _STRETCH]
            self._stretches[stretch] = {r.id: r for r in self._library.document_rows(wanted)}
            while len(self._stretches) > _KEPT:
                self._stretches.popitem(last=False)
        self._stretches.move_to_end(stretch)
        return self._stretches[stretch].get(self._ids[number])

    def row_of(self, document_id: int) -> int | None:
        try:
            return self._ids.index(document_id)
        except ValueError:
            return None

    def set_ids(self, ids: list[int]) -> bool:
        """Take the new list; ``True`` if the model was reset (a selection is lost)."""
        self._stretches.clear()
        new = len(ids) - len(self._ids)
        if ids == self._ids:
            self.refresh()
            return False
        if new > 0 and ids[new:] == self._ids:
            self.beginInsertRows(QModelIndex(), 0, new - 1)
            self._ids = ids
            self.endInsertRows()
            self.refresh()
            return False
        self.beginResetModel()
        self._ids = ids
        self.endResetModel()
        return True

    def refresh(self) -> None:
        """Fetch everything anew as it is shown."""
        self._stretches.clear()
        if self._ids:
            self.dataChanged.emit(self.index(0), self.index(len(self._ids) - 1))


def advice(row: DocumentRow) -> tuple[str, ...]:
    """What went wrong with a document and what to do, if something did."""
    if row.problem is None or row.state.value not in ("failed", "locked"):
        return ()
    return words.problem_words(row.problem)
