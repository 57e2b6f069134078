"""The tables below: all values of one record, its line items, its tax breakdown."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QLabel, QPushButton, QVBoxLayout, QWidget

from app.desktop import words
from app.desktop.cells import CellTable
from app.desktop.icons import icon
from app.desktop.record_model import BESIDE, TYPICAL, cell_data
from app.desktop.value_ref import ValueRef, columns_of, definition_of
from app.document import Field, Row, cell
from app.document_types import DocumentType, FieldType, Kind
from app.library import Part, StoredRecord

Index = QModelIndex | QPersistentModelIndex


class _Model(QAbstractTableModel):
    """Cells that each name a value of one record; ``edit_wanted`` as in RecordModel."""

    edit_wanted = QtSignal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stored: StoredRecord | None = None
        self._definition: DocumentType | None = None

    def show(self, stored: StoredRecord | None) -> None:
        """Show another record, or the same one anew."""
        same = self._shape(self._stored) == self._shape(stored) and stored is not None
        if not same:
            self.beginResetModel()
        self._stored = stored
        self._definition = definition_of(stored.record.document_type) if stored else None
        if not same:
            self.endResetModel()
        elif self.rowCount():
            self.dataChanged.emit(
                self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1)
            )

    def _shape(self, stored: StoredRecord | None) -> tuple[object, ...]:
        if stored is None:
            return ()
        return (stored.record_id, stored.record.document_type, stored.line_ids, stored.tax_ids)

    def ref(self, index: Index) -> ValueRef | None:
        raise NotImplementedError

    def value(self, index: Index) -> tuple[Field | None, FieldType] | None:
        """The field in a cell and its definition; ``None`` where no value stands."""
        raise NotImplementedError

    def index_of(self, ref: ValueRef) -> QModelIndex | None:
        for row in range(self.rowCount()):
            for column in range(self.columnCount()):
                index = self.index(row, column)
                if self.ref(index) == ref:
                    return index
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        base = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return base | Qt.ItemFlag.ItemIsEditable if self.ref(index) is not None else base

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        found = self.value(index) if index.isValid() else None
        return None if found is None else cell_data(found[0], found[1], role)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        ref = self.ref(index)
        if role != Qt.ItemDataRole.EditRole or ref is None or not isinstance(value, str):
            return False
        if value.strip() != str(self.data(index, Qt.ItemDataRole.EditRole) or "").strip():
            self.edit_wanted.emit(ref, value)
        return True


class FieldsModel(_Model):
    """One row for each field of the record: its name and its value."""

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self._definition is None else len(self._definition.fields)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 3

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Field"), self.tr("Value"), self.tr("State"))[section]
        return None

    def ref(self, index: Index) -> ValueRef | None:
        if self._stored is None or self._definition is None or index.column() != 1:
            return None
        return ValueRef(self._stored.record_id, self._definition.fields[index.row()].key)

    def value(self, index: Index) -> tuple[Field | None, FieldType] | None:
        if self._stored is None or self._definition is None:
            return None
        definition = self._definition.fields[index.row()]
        return self._stored.record.field(definition.key), definition

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        found = self.value(index) if index.isValid() else None
        if found is None:
            return None
        field, definition = found
        if index.column() == 0:
            if role == Qt.ItemDataRole.DisplayRole:
                return words.type_label(definition.label)
            return None
        if index.column() == 1:
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            return super().data(index, role)
        if role == Qt.ItemDataRole.DisplayRole:
            if field is None:
                return self.tr("Not found on the page")
            text = words.status_words(field.status)
            return f"{text}: {field.reason}" if field.reason else text
        if role == Qt.ItemDataRole.ToolTipRole:
            return words.explanation(field, definition)
        return None


class LinesModel(_Model):
    """One row for each line item (or tax rate) of the record."""

    def __init__(self, part: Part, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.part = part

    @property
    def line_ids(self) -> tuple[int, ...]:
        if self._stored is None:
            return ()
        return self._stored.line_ids if self.part is Part.LINES else self._stored.tax_ids

    @property
    def _rows(self) -> tuple[Row, ...]:
        if self._stored is None:
            return ()
        record = self._stored.record
        return record.lines if self.part is Part.LINES else record.taxes

    @property
    def columns(self) -> tuple[FieldType, ...]:
        return columns_of(self._definition, self.part) if self._definition else ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.line_ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return words.type_label(column.label)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return cell_data(None, column, role)
        return None

    def ref(self, index: Index) -> ValueRef | None:
        if self._stored is None or not index.isValid() or index.row() >= len(self.line_ids):
            return None
        key = self.columns[index.column()].key
        return ValueRef(self._stored.record_id, key, self.part, self.line_ids[index.row()])

    def value(self, index: Index) -> tuple[Field | None, FieldType] | None:
        if index.row() >= len(self._rows):
            return None
        column = self.columns[index.column()]
        return cell(self._rows[index.row()], column.key), column

    def index_of(self, ref: ValueRef) -> QModelIndex | None:
        keys = [column.key for column in self.columns]
        if ref.line not in self.line_ids or ref.key not in keys:
            return None
        return self.index(self.line_ids.index(ref.line), keys.index(ref.key))


class RowsTable(QWidget):
    """A CellTable over one of the models above, with its buttons for rows if it has lines."""

    current_changed = QtSignal(object)
    add_wanted = QtSignal(object, object)  # part, position or None
    remove_wanted = QtSignal(object, int)  # part, line

    def __init__(self, name: str, model: FieldsModel | LinesModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.model = model
        model.setParent(self)
        self.view = CellTable(name, self)
        self.view.setModel(model)
        self.view.delete_clears = True
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.view.entered_focus.connect(self._on_current)
        header = self.view.horizontalHeader()
        header.setStretchLastSection(isinstance(model, FieldsModel))
        model.modelReset.connect(self._lay_out)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view, 1)
        self.add_button: QPushButton | None = None
        self.remove_button: QPushButton | None = None
        if isinstance(model, LinesModel):
            layout.addLayout(self._buttons())
        else:
            self.view.setSelectionMode(CellTable.SelectionMode.SingleSelection)

    def show_record(self, stored: StoredRecord | None) -> None:
        """Show the rows of ``stored``."""
        current = self.view.currentIndex()
        ref = self.model.ref(current) if current.isValid() else None
        row, column = current.row(), current.column()
        self.model.show(stored)
        if ref is not None and not self.view.currentIndex().isValid():
            index = self.model.index_of(ref)
            same = stored is not None and stored.record_id == ref.record_id
            if index is None and same and self.model.rowCount():
                # The row itself was read anew: the user stays at its place.
                index = self.model.index(min(row, self.model.rowCount() - 1), column)
            if index is not None and index.isValid():
                self._quietly(index)
        self._enable(stored)

    def go_to(self, ref: ValueRef, *, edit: bool = False) -> bool:
        """Make the value current; ``False`` if it does not stand here."""
        index = self.model.index_of(ref)
        if index is None:
            return False
        self._quietly(index)
        self.view.scrollTo(index)
        if edit:
            self.view.setFocus()
            self.view.edit(index)
        return True

    def _quietly(self, index: QModelIndex) -> None:
        selection = self.view.selectionModel()
        selection.blockSignals(True)
        self.view.setCurrentIndex(index)
        selection.blockSignals(False)
        self.view.viewport().update()

    def _buttons(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setContentsMargins(6, 6, 6, 6)
        self.add_button = QPushButton(icon("row_add"), self.tr("Add row"), self)
        self.remove_button = QPushButton(icon("row_remove"), self.tr("Remove row"), self)
        self.add_button.clicked.connect(self.add_row)
        self.remove_button.clicked.connect(self.remove_row)
        self._note = QLabel(self)
        self._note.setForegroundRole(self._note.foregroundRole())
        bar.addWidget(self.add_button)
        bar.addWidget(self.remove_button)
        bar.addStretch(1)
        bar.addWidget(self._note)
        return bar

    def add_row(self) -> None:
        """Ask for an empty row below the current one."""
        if isinstance(self.model, LinesModel):
            row = self.view.currentIndex().row()
            last = row < 0 or row + 1 >= self.model.rowCount()
            self.add_wanted.emit(self.model.part, None if last else row + 1)

    def remove_row(self) -> None:
        """Ask that the current row be taken out."""
        row = self.view.currentIndex().row()
        if isinstance(self.model, LinesModel) and 0 <= row < len(self.model.line_ids):
            self.remove_wanted.emit(self.model.part, self.model.line_ids[row])

    def _enable(self, stored: StoredRecord | None) -> None:
        if self.add_button is not None and self.remove_button is not None:
            self.add_button.setEnabled(stored is not None and self.model.columnCount() > 0)
            self.remove_button.setEnabled(self.model.rowCount() > 0)

    def _on_current(self, *_: object) -> None:
        index = self.view.currentIndex()
        if not index.isValid():
            return
        if isinstance(self.model, FieldsModel) and index.column() != 1:
            index = self.model.index(index.row(), 1)
        ref = self.model.ref(index)
        if ref is not None:
            self.current_changed.emit(ref)

    def _lay_out(self) -> None:
        metrics = self.view.fontMetrics()
        character = metrics.averageCharWidth()
        if isinstance(self.model, FieldsModel):
            for number, width in ((0, 22), (1, 30)):
                self.view.setColumnWidth(number, width * character)
            return
        header = self.view.horizontalHeader()
        for place, column in enumerate(self.model.columns):
            wide = column.kind in (Kind.TEXT, Kind.NAME)
            header.setSectionResizeMode(
                place,
                QHeaderView.ResizeMode.Stretch if wide else QHeaderView.ResizeMode.Interactive,
            )
            title = metrics.horizontalAdvance(words.type_label(column.label)) + 28
            typical = metrics.horizontalAdvance(TYPICAL[column.kind]) + BESIDE
            self.view.setColumnWidth(place, max(title, typical))
