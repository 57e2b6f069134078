"""The table of records: filter, sort, edit in place, and remember where the user is."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QHeaderView, QMenu, QVBoxLayout, QWidget

from app.desktop import background
from app.desktop.cells import CellTable
from app.desktop.column_memory import ColumnMemory, ShownColumn
from app.desktop.record_model import BESIDE, TYPICAL, RecordModel, columns_for
from app.desktop.value_ref import ValueRef
from app.document_types import DocumentType
from app.library import Library, Only

_KNOWN_BY = ("seller", "account_holder", "issue_date", "number", "gross", "closing")


class RecordTable(QWidget):
    """``current_changed`` carries the record's id (0: none) and the ValueRef or ``None``."""

    current_changed = Signal(int, object)
    selection_changed = Signal()
    loaded = Signal(int)
    failed = Signal(object)

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._definition: DocumentType | None = None
        self._always = Only.ALL
        self._search = ""
        self._only = Only.ALL
        self._sort = ""
        self._descending = False
        self._asked = 0
        self.loads = 0  # how often the rows were looked up, for those who wait for it
        self._again = False
        self._stopped = False
        self._wanted: ValueRef | int | None = None
        self._columns = ColumnMemory(library)
        self.model = RecordModel(library, self)
        self.view = CellTable(self.tr("Table of documents"), self)
        self.view.setObjectName("records")
        self.view.setModel(self.model)
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.view.selectionModel().selectionChanged.connect(
            lambda *_: self.selection_changed.emit()
        )
        header = self.view.horizontalHeader()
        header.setSectionsMovable(True)
        header.setStretchLastSection(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.sortIndicatorChanged.connect(self._on_sort)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._offer_columns)
        header.sectionResized.connect(lambda *_: self._on_columns())
        header.sectionMoved.connect(lambda *_: self._on_columns())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(300)
        self._later.timeout.connect(self.reload)
        self._laying_out = False
        self._columns_changed = False

    # what it shows ----------------------------------------------------------------

    @property
    def definition(self) -> DocumentType | None:
        """The type whose records are shown; ``None`` for the table over all types."""
        return self._definition

    def show_type(self, definition: DocumentType | None, only: Only = Only.ALL) -> None:
        """Show the records of a type, or (``None``) of all types, narrowed to ``only``."""
        self._keep_columns()
        self._definition = definition
        self._always = only
        self._sort, self._descending = "", False
        header = self.view.horizontalHeader()
        header.blockSignals(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.blockSignals(False)
        self._laying_out = True
        self.model.set_columns(columns_for(definition))
        self._lay_out_columns()
        self._laying_out = False
        self.view.horizontalScrollBar().setValue(0)
        self.reload()

    def filter(self, search: str, only: Only) -> None:
        """Narrow what is shown."""
        if (search, only) != (self._search, self._only):
            self._search, self._only = search, only
            self.reload()

    def reload(self) -> None:
        """Ask the library which rows there are now; the place of the user is kept."""
        if self.view.editing:
            self._later.start()  # what is being typed comes first
            return
        if self._again:
            return
        self._again = True
        QTimer.singleShot(0, self._ask)

    def stop(self) -> None:
        """Ask the library for nothing any more."""
        self._stopped = True
        self._later.stop()
        self._keep_columns()

    def go_to(self, where: ValueRef | int) -> None:
        """Make a value (or a record) the current one, as soon as its row is there."""
        self._wanted = where
        self._fulfil()

    @property
    def current_record(self) -> int:
        """The id of the current record, 0 if there is none."""
        number = self.view.currentIndex().row()
        return self.model.ids[number] if 0 <= number < len(self.model.ids) else 0

    def selected_records(self) -> list[int]:
        """The ids of the selected records, in the table's order."""
        ids = self.model.ids
        rows = {r.row() for r in self.view.selectionModel().selectedRows()}
        return [ids[row] for row in sorted(rows) if row < len(ids)]

    def visible_keys(self) -> list[str]:
        """The keys of the visible columns, in the order in which they stand."""
        header = self.view.horizontalHeader()
        places = [header.logicalIndex(v) for v in range(header.count())]
        return [
            self.model.columns[p].key
            for p in places
            if not self.view.isColumnHidden(p) and self.model.columns[p].key
        ]

    # inside -------------------------------------------------------------------------

    def _ask(self) -> None:
        self._again = False
        if self._stopped:
            return
        self._asked += 1
        asked = self._asked
        name = self._definition.name if self._definition else ""
        search, sort, descending = self._search, self._sort, self._descending
        only = self._only if self._always is Only.ALL else self._always
        background.run(
            self,
            lambda: self._library.table(
                name, search=search, sort=sort, descending=descending, only=only
            ),
            success=lambda ids: self._arrived(asked, ids),
            failure=self.failed.emit,
        )

    def _arrived(self, asked: int, ids: list[int]) -> None:
        if asked != self._asked or self._stopped:
            return
        if self.view.editing:
            self._later.start()
            return
        index = self.view.currentIndex()
        record, column, row = self.current_record, index.column(), index.row()
        kept = set(self.selected_records())
        scroll = self.view.verticalScrollBar().value()
        if self.model.set_ids(ids):
            number = self.model.row_of(record) if record else None
            if number is None and record and ids:
                number = min(row, len(ids) - 1)
            if number is not None:
                self.view.setCurrentIndex(self.model.index(number, column))
                if len(kept) > 1:
                    self._select(kept)
            self.view.verticalScrollBar().setValue(scroll)
        self._fulfil()
        if not self.view.currentIndex().isValid() and ids:
            self.view.setAutoScroll(False)  # the first column stays in sight
            self.view.setCurrentIndex(self.model.index(0, self._first_column()))
            self.view.setAutoScroll(True)
        elif not ids:
            self.current_changed.emit(0, None)
        else:
            self._on_current(self.view.currentIndex(), QModelIndex())
        self.loads += 1
        self.loaded.emit(len(ids))

    def _select(self, record_ids: set[int]) -> None:
        selection = self.view.selectionModel()
        flags = selection.SelectionFlag.Select | selection.SelectionFlag.Rows
        for number, record_id in enumerate(self.model.ids):
            if record_id in record_ids:
                selection.select(self.model.index(number, 0), flags)

    def _first_column(self) -> int:
        return min(1, max(0, len(self.model.columns) - 1))

    def _fulfil(self) -> None:
        wanted = self._wanted
        if wanted is None:
            return
        if isinstance(wanted, int):
            number = self.model.row_of(wanted)
            index = None if number is None else self.model.index(number, self._first_column())
        else:
            index = self.model.index_of(wanted)
        if index is None:
            return
        self._wanted = None
        self.view.setColumnHidden(index.column(), False)
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index)

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        if not index.isValid():
            return
        self.current_changed.emit(self.current_record, self.model.ref(index))

    def _on_sort(self, section: int, order: Qt.SortOrder) -> None:
        columns = self.model.columns
        key = columns[section].sort if 0 <= section < len(columns) else ""
        self._sort = key
        self._descending = bool(key) and order is Qt.SortOrder.DescendingOrder
        self.reload()

    def _lay_out_columns(self) -> None:
        metrics = self.view.fontMetrics()
        heavy = self.view.font()
        heavy.setBold(True)  # as what needs a look is shown
        bold = QFontMetrics(heavy)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for place, column in enumerate(self.model.columns):
            shown = True
            if self._definition is not None and column.key:
                shown = self._definition.field(column.key).shown
            self.view.setColumnHidden(place, not shown)
            title = metrics.horizontalAdvance(column.title) + 30
            own = {"look": self.tr("Needs a look"), "type": self.tr("Bank statement")}
            typical = own.get(column.own) or TYPICAL[column.kind]
            measure = bold if column.own == "look" else metrics
            width = measure.horizontalAdvance(typical) + BESIDE
            self.view.setColumnWidth(place, max(title, width))
        self._restore_columns()

    def _restore_columns(self) -> None:
        """Place the columns as the user left them; those that are new since then come last."""
        look = self._columns.look(self._name)
        header = self.view.horizontalHeader()
        logical = {column.name: place for place, column in enumerate(self.model.columns)}
        names = [shown.name for shown in look if shown.name in logical]
        if not look and self._definition is not None:
            # What a paper is known by stands at the left, where it needs no scrolling.
            known_by = {field.role: field.key for field in self._definition.fields}
            names = ["look", *(known_by[role] for role in _KNOWN_BY if role in known_by)]
        names += [name for name in logical if name not in names]
        for visual, name in enumerate(names):
            header.moveSection(header.visualIndex(logical[name]), visual)
        for shown in look:
            place = logical.get(shown.name)
            if place is not None:
                self.view.setColumnHidden(place, shown.hidden)
                if shown.width:
                    self.view.setColumnWidth(place, shown.width)

    @property
    def _name(self) -> str:
        return self._definition.name if self._definition else "@look"

    def _on_columns(self) -> None:
        if not self._laying_out:
            self._columns_changed = True

    def _keep_columns(self) -> None:
        """Remember how the columns of this table stand, if that was changed."""
        if not self._columns_changed:
            return
        self._columns_changed = False
        header, look = self.view.horizontalHeader(), []
        for visual in range(header.count()):
            place = header.logicalIndex(visual)
            hidden = self.view.isColumnHidden(place)
            width = 0 if hidden else self.view.columnWidth(place)
            look.append(ShownColumn(self.model.columns[place].name, width, hidden))
        self._columns.keep(self._name, tuple(look))

    def _offer_columns(self, where: QPoint) -> None:
        menu = QMenu(self)
        for place, column in enumerate(self.model.columns):
            action = QAction(column.title, menu)
            action.setCheckable(True)
            action.setChecked(not self.view.isColumnHidden(place))
            action.setEnabled(column.own != "look")
            action.toggled.connect(
                lambda checked, place=place: self.view.setColumnHidden(place, not checked)
            )
            menu.addAction(action)
        menu.exec(self.view.horizontalHeader().mapToGlobal(where))
