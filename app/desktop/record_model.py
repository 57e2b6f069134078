"""The records of one table, of which only the rows in sight are fetched.

The model holds the ids of all rows, which the library gives in a fraction of a second
for 100,000 records, and asks for the rows themselves in stretches as they are shown.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtGui import QBrush, QFont

from app.desktop import words
from app.desktop.icons import icon
from app.desktop.tones import Tone, tone
from app.desktop.value_ref import ValueRef, definition_of
from app.document import Field, Status
from app.document_types import DocumentType, FieldType, Kind
from app.library import Library, RecordRow, Sort

Index = QModelIndex | QPersistentModelIndex
_FIXED = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_EDITABLE = _FIXED | Qt.ItemFlag.ItemIsEditable
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_STRETCH = 60
_KEPT = 40  # stretches

TYPICAL = {  # what a column should have room for, beside its icon
    Kind.TEXT: "A description of some length",
    Kind.NAME: "Company and Partners Ltd",
    Kind.ADDRESS: "12 Example Road, Exampletown",
    Kind.IDENTIFIER: "INV-2026-000123",
    Kind.DATE: "30 Sep 2026",
    Kind.AMOUNT: "123,456.78",
    Kind.NUMBER: "1,234.5",
    Kind.CURRENCY: "EUR",
    Kind.IBAN: "DE00 0000 0000 0000 0000 00",
    Kind.VAT_ID: "DE000000000",
}
BESIDE = 46  # pixels for the icon and the paddings

_EVERYWHERE = (
    # What stands in the table of several types: roles, in the order of preference.
    ("Who", Kind.NAME, ("seller", "account_holder", "title")),
    ("Date", Kind.DATE, ("issue_date", "period_end")),
    ("Total", Kind.AMOUNT, ("gross", "closing")),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: of a field (``key``), of a role in several types, or of the program itself."""

    title: str
    kind: Kind
    key: str = ""
    roles: tuple[str, ...] = ()
    own: str = ""  # "look", "type" or "file"
    sort: str = ""

    @property
    def name(self) -> str:
        """What the column is called where it is remembered."""
        return self.key or self.own or self.roles[0]

    def field_type(self, definition: DocumentType) -> FieldType | None:
        """The field of ``definition`` that this column shows, if it has one."""
        if self.own:
            return None
        for field in definition.fields:
            if (field.key == self.key) if self.key else (field.role in self.roles and field.role):
                return field
        return None


def columns_for(
    definition: DocumentType | None, also: frozenset[str] = frozenset()
) -> list[Column]:
    """The columns of a type's table, or of the table over all types (``None``)."""
    file = Column(words.tr("File"), Kind.TEXT, own="file", sort=Sort.NAME)
    look = Column(words.tr("State"), Kind.TEXT, own="look", sort=Sort.LOOK)
    if definition is None:
        kind = Column(words.tr("Type"), Kind.TEXT, own="type")
        shared = [Column(words.tr(t), k, roles=roles) for t, k, roles in _EVERYWHERE]
        return [look, kind, *shared, file]
    fields = [
        Column(words.type_label(f.label), f.kind, key=f.key, sort=f.key) for f in definition.fields
    ]
    return [look, *fields, file]


class RecordModel(QAbstractTableModel):
    """Rows of a table; ``edit_wanted`` carries a ValueRef and the typed text."""

    edit_wanted = QtSignal(object, str)

    def __init__(self, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._ids: list[int] = []
        self._columns: list[Column] = []
        self._stretches: OrderedDict[int, dict[int, RecordRow]] = OrderedDict()

    # what the view asks -----------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column.kind)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        plain = self._columns[index.column()].key  # a field that every row of this table has
        return _EDITABLE if plain or self.ref(index) is not None else _FIXED

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        column = self._columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column.kind)
        row = self.row(index.row())
        if row is None:
            return None
        if column.own:
            return _own(row, column.own, role)
        definition = column.field_type(definition_of(row.document_type))
        if definition is None:
            return None
        return cell_data(row.field(definition.key), definition, role)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        ref = self.ref(index)
        if role != Qt.ItemDataRole.EditRole or ref is None or not isinstance(value, str):
            return False
        if value.strip() != str(self.data(index, Qt.ItemDataRole.EditRole) or "").strip():
            self.edit_wanted.emit(ref, value)
        return True

    # what the window asks -----------------------------------------------------------

    @property
    def columns(self) -> Sequence[Column]:
        return self._columns

    @property
    def ids(self) -> Sequence[int]:
        """The ids of all rows in order."""
        return self._ids

    def set_columns(self, columns: list[Column]) -> None:
        """Begin an empty table with other columns."""
        self.beginResetModel()
        self._columns = columns
        self._ids = []
        self._stretches.clear()
        self.endResetModel()

    def set_ids(self, ids: list[int]) -> bool:
        """Take the new rows; ``True`` if the model was reset (a selection is lost)."""
        self._stretches.clear()
        before = len(self._ids)
        if ids == self._ids:
            self._all_changed()
            return False
        if ids[:before] == self._ids:
            self.beginInsertRows(QModelIndex(), before, len(ids) - 1)
            self._ids = ids
            self.endInsertRows()
            self._all_changed()
            return False
        self.beginResetModel()
        self._ids = ids
        self.endResetModel()
        return True

    def refresh(self) -> None:
        """Fetch the rows anew as they are shown."""
        self._stretches.clear()
        self._all_changed()

    def row(self, number: int) -> RecordRow | None:
        """The row, fetched with its neighbours if need be; ``None`` if it is gone."""
        if not 0 <= number < len(self._ids):
            return None
        stretch = number // _STRETCH
        if stretch not in self._stretches:
            wanted = self._ids[stretch * _STRETCH : (stretch + 1) * _STRETCH]
            self._stretches[stretch] = {r.record_id: r for r in self._library.rows(wanted)}
            while len(self._stretches) > _KEPT:
                self._stretches.popitem(last=False)
        self._stretches.move_to_end(stretch)
        return self._stretches[stretch].get(self._ids[number])

    @property
    def fetched(self) -> int:
        """How many rows are held at this moment."""
        return sum(len(stretch) for stretch in self._stretches.values())

    def row_of(self, record_id: int) -> int | None:
        """Where a record stands, or ``None`` if the table does not show it."""
        try:
            return self._ids.index(record_id)
        except ValueError:
            return None

    def ref(self, index: Index) -> ValueRef | None:
        """The value in a cell, or ``None`` for the program's own columns."""
        if not index.isValid() or index.row() >= len(self._ids):
            return None
        row = self.row(index.row())
        if row is None:
            return None
        field = self._columns[index.column()].field_type(definition_of(row.document_type))
        return None if field is None else ValueRef(row.record_id, field.key)

    def index_of(self, ref: ValueRef) -> QModelIndex | None:
        """The cell of a field, or ``None`` if this table has no column for it."""
        number = self.row_of(ref.record_id)
        row = None if number is None else self.row(number)
        if row is None or number is None:
            return None
        definition = definition_of(row.document_type)
        for place, column in enumerate(self._columns):
            field = column.field_type(definition)
            if field is not None and field.key == ref.key:
                return self.index(number, place)
        return None

    def asks(self, number: int) -> list[int]:
        """The columns of a row whose value is doubtful, or missing though required."""
        row = self.row(number)
        if row is None or not (row.doubtful or row.missing):
            return []
        definition = definition_of(row.document_type)
        return [
            place
            for place, column in enumerate(self._columns)
            if (field := column.field_type(definition)) is not None
            and asks_for_a_look(row.field(field.key), field)
        ]

    def _all_changed(self) -> None:
        if self._ids and self._columns:
            self.dataChanged.emit(
                self.index(0, 0), self.index(len(self._ids) - 1, len(self._columns) - 1)
            )


def asks_for_a_look(field: Field | None, definition: FieldType) -> bool:
    """Whether a value is doubtful, or missing though the definition requires it."""
    if field is None or field.status is Status.MISSING:
        return definition.required
    return field.status is Status.DOUBTFUL


def cell_data(field: Field | None, definition: FieldType, role: int) -> object:
    """What a cell shows for ``role``; the same in every table of the window."""
    empty = field is None or field.value is None
    status = Status.MISSING if field is None else field.status
    if empty and status is not Status.CONFIRMED:
        status = Status.MISSING
    needed = definition.required
    match role:
        case Qt.ItemDataRole.DisplayRole:
            if not empty and field is not None:
                return words.shown(field.value, definition.kind)
            if status is Status.CONFIRMED:
                return words.tr("none")
            return words.tr("Missing") if needed else "—"
        case Qt.ItemDataRole.EditRole:
            return words.editable(field, definition.kind)
        case Qt.ItemDataRole.DecorationRole:
            found = words.status_icon(status, needed)
            return None if found is None else icon(*found)
        case Qt.ItemDataRole.ForegroundRole:
            if status is Status.MISSING:
                return QBrush(tone(Tone.MISSING if needed else Tone.QUIET))
        case Qt.ItemDataRole.BackgroundRole:
            if status is Status.DOUBTFUL:
                return QBrush(tone(Tone.DOUBT_GROUND))
            if status is Status.MISSING and needed:
                return QBrush(tone(Tone.MISSING_GROUND))
        case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
            return words.explanation(field, definition)
        case Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(definition.kind)
        case _:
            return None
    return None


def _own(row: RecordRow, what: str, role: int) -> object:
    if what == "file":
        return row.document_name if role in (
            Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole
        ) else None  # fmt: skip
    if what == "type":
        if role == Qt.ItemDataRole.DisplayRole:
            return words.type_label(definition_of(row.document_type).label)
        return icon(row.document_type) if role == Qt.ItemDataRole.DecorationRole else None
    if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
        if row.needs_look:
            return words.tr("Needs a look")
        return words.tr("Looked over") if row.reviewed else words.tr("Ready")
    if role == Qt.ItemDataRole.DecorationRole:
        return icon("doubtful", Tone.DOUBT) if row.needs_look else icon("confirmed", Tone.SURE)
    if role == Qt.ItemDataRole.ToolTipRole:
        return why_words(row)
    if role == Qt.ItemDataRole.FontRole and row.needs_look:
        font = QFont()
        font.setBold(True)
        return font
    return None


def why_words(row: RecordRow) -> str:
    """Why a record asks for a look, in a few words."""
    parts: list[str] = []
    if row.doubtful:
        parts.append(words.tr("{0} doubtful").format(row.doubtful))
    if row.missing:
        parts.append(words.tr("{0} missing").format(row.missing))
    if row.flags:
        parts.append(words.tr("{0} from the checks").format(row.flags))
    return ", ".join(parts) or words.tr("Nothing asks for a look")


def _alignment(kind: Kind) -> Qt.AlignmentFlag:
    return _RIGHT if kind in words.NUMERIC else _LEFT
