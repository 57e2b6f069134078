"""Reviewing: a table of records, what is known about the current value, and its line items."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.desktop import background, words
from app.desktop.changes import Changes
from app.desktop.icons import icon
from app.desktop.note_box import NoteBox
from app.desktop.page_view import Place
from app.desktop.record_model import asks_for_a_look
from app.desktop.record_table import RecordTable
from app.desktop.rows_table import FieldsModel, LinesModel, RowsTable
from app.desktop.tones import Tone
from app.desktop.value_panel import ValuePanel
from app.desktop.value_ref import ValueRef, columns_of, definition_of, value_of
from app.document import Status, cell
from app.document_types import DocumentType
from app.library import Library, Only, Part, StoredRecord

_AGAIN = 300  # milliseconds between two looks at whether something is still being typed


def asking_values(stored: StoredRecord) -> list[ValueRef]:
    """The values of a record that ask for a look, in the order in which they are shown.

    Where only the checks ask for one, these are the values that they speak of.
    """
    definition = definition_of(stored.record.document_type)
    found = [
        ValueRef(stored.record_id, field.key)
        for field in definition.fields
        if asks_for_a_look(stored.record.field(field.key), field)
    ]
    for part, ids, rows in (
        (Part.LINES, stored.line_ids, stored.record.lines),
        (Part.TAXES, stored.tax_ids, stored.record.taxes),
    ):
        for line_id, row in zip(ids, rows, strict=True):
            for column in columns_of(definition, part):
                field = cell(row, column.key)
                if field is not None and field.status is Status.DOUBTFUL:
                    found.append(ValueRef(stored.record_id, column.key, part, line_id))
    if found or not stored.needs_look:
        return found
    spoken_of = {key for flag in stored.record.flags for key in flag.fields}
    return [
        ValueRef(stored.record_id, field.key)
        for field in definition.fields
        if field.key in spoken_of
    ]


def places_of(stored: StoredRecord, page: int) -> list[Place]:
    """Where the values of a record stand on one of its pages."""
    definition = definition_of(stored.record.document_type)
    places: list[Place] = []
    parts = (
        (Part.FIELDS, (None,), (stored.record.fields,)),
        (Part.LINES, stored.line_ids, stored.record.lines),
        (Part.TAXES, stored.tax_ids, stored.record.taxes),
    )
    for part, ids, rows in parts:
        labels = {f.key: words.type_label(f.label) for f in columns_of(definition, part)}
        for line_id, row in zip(ids, rows, strict=True):
            for field in row:
                if field.page == page and field.box is not None and field.key in labels:
                    ref = ValueRef(stored.record_id, field.key, part, line_id)
                    label = f"{labels[field.key]}: {field.raw or field.value or ''}"
                    places.append(Place(ref, label, field.box, field.status))
    return places


class RecordPage(QWidget):
    """``record_changed`` carries the StoredRecord (or ``None``) and the current ValueRef.

    ``exhausted`` tells that nothing more asks for a look below (1) or above (-1).
    """

    record_changed = Signal(object, object)
    selection_changed = Signal()
    exhausted = Signal(int)
    failed = Signal(object)

    def __init__(self, library: Library, changes: Changes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._changes = changes
        self._stored: StoredRecord | None = None
        self._ref: ValueRef | None = None
        self._new_line: ValueRef | None = None
        self._build()
        self._connect()

    # building -----------------------------------------------------------------------

    def _build(self) -> None:
        self.title = QLabel(self)
        font = self.title.font()
        font.setPointSizeF(font.pointSizeF() * 1.35)
        font.setBold(True)
        self.title.setFont(font)
        self.count = QLabel(self)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search in this table"))
        self.search.setAccessibleName(self.tr("Search in this table"))
        self.search.setClearButtonEnabled(True)
        glass = self.search.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        glass.setText(self.tr("Search"))
        self.search.setMaximumWidth(320)
        self.only_doubtful = QCheckBox(self.tr("Only doubtful"), self)
        self.only_doubtful.setToolTip(
            self.tr("Show only documents with a doubtful or a missing value")
        )
        head = QHBoxLayout()
        head.setContentsMargins(14, 10, 14, 8)
        head.setSpacing(10)
        head.addWidget(self.title)
        head.addWidget(self.count)
        head.addStretch(1)
        head.addWidget(self.only_doubtful)
        head.addWidget(self.search, 2)

        self.table = RecordTable(self._library, self)
        self.nothing = QLabel(self)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.nothing.hide()
        upper = QWidget(self)
        stack = QVBoxLayout(upper)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(0)
        stack.addWidget(self.table, 1)
        stack.addWidget(self.nothing, 1)

        self.panel = ValuePanel(self)
        self.details = RowsTable(self.tr("All values of this document"), FieldsModel(), self)
        self.lines = RowsTable(self.tr("Line items"), LinesModel(Part.LINES), self)
        self.taxes = RowsTable(self.tr("Taxes"), LinesModel(Part.TAXES), self)
        self.checks = QListWidget(self)
        self.checks.setAccessibleName(self.tr("What the checks say"))
        self.checks.setWordWrap(True)
        self.checks.setIconSize(QSize(18, 18))
        self.checks.setSpacing(3)
        self.note = NoteBox(self)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("Parts of this document"))
        for widget in (self.lines, self.details, self.taxes, self.checks, self.note):
            self.tabs.addTab(widget, "")
        self._name_tabs()
        lower = QWidget(self)
        below = QVBoxLayout(lower)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(self.panel)
        below.addWidget(self.tabs, 1)
        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(upper)
        self.splitter.addWidget(lower)
        self.splitter.setSizes([260, 300])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.splitter, 1)

    def _connect(self) -> None:
        self._refreshing = QTimer(self)
        self._refreshing.setSingleShot(True)
        self._refreshing.setInterval(_AGAIN)
        self._refreshing.timeout.connect(self.refresh)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(200)
        self._typing.timeout.connect(self._filter)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.only_doubtful.toggled.connect(lambda _: self._filter())
        self.table.current_changed.connect(self._on_table_current)
        self.table.view.entered_focus.connect(self._on_table_focus)
        self.table.selection_changed.connect(self.selection_changed)
        self.table.loaded.connect(self._on_loaded)
        self.table.failed.connect(self.failed)
        self.table.model.edit_wanted.connect(self._changes.edit)
        for rows in (self.details, self.lines, self.taxes):
            rows.current_changed.connect(self._on_row_current)
            rows.model.edit_wanted.connect(self._changes.edit)
            rows.add_wanted.connect(self._add_line)
            rows.remove_wanted.connect(self._remove_line)
        self.panel.confirm_wanted.connect(self._changes.confirm)
        self.panel.take_wanted.connect(self._changes.take)
        self.panel.edit_wanted.connect(lambda ref: self.go_to(ref, edit=True))
        self._changes.line_added.connect(self._on_line_added)
        self.note.written.connect(self._changes.set_note)

    # what the window asks -------------------------------------------------------------

    @property
    def stored(self) -> StoredRecord | None:
        """The current record."""
        return self._stored

    @property
    def current(self) -> ValueRef | None:
        """The current value."""
        return self._ref

    def show_type(self, definition: DocumentType | None) -> None:
        """Show the table of a type; ``None``: everything that needs a look."""
        look = definition is None
        self.title.setText(
            self.tr("Needs a look") if definition is None else words.type_label(definition.plural)
        )
        self.only_doubtful.setVisible(not look)
        self._set_stored(None, None)
        self.count.clear()
        self.table.show_type(definition, Only.LOOK if look else Only.ALL)
        self.tabs.setCurrentWidget(self.details if look else self.lines)

    def stop(self) -> None:
        """Ask the library for nothing any more."""
        self.note.keep()
        self._typing.stop()
        self._refreshing.stop()
        self.table.stop()

    def refresh(self) -> None:
        """Look everything up again, after the library changed; what is being typed comes first."""
        if self._typing_below:
            self._refreshing.start()
        else:
            self.table.reload()

    def go_to(self, ref: ValueRef, *, edit: bool = False) -> None:
        """Make a value the current one, in the table where it stands."""
        if ref.part is Part.FIELDS and self.table.model.index_of(ref) is not None:
            self.table.go_to(ref)
            self.table.view.setFocus()
            if edit:
                self.table.view.edit(self.table.view.currentIndex())
            return
        if self._stored is None or self._stored.record_id != ref.record_id:
            self._ref = ref
            self.table.go_to(ref.record_id)
        rows = {Part.FIELDS: self.details, Part.LINES: self.lines, Part.TAXES: self.taxes}[ref.part]
        self.tabs.setCurrentWidget(rows)
        if rows.go_to(ref, edit=edit):
            if not edit:
                rows.view.setFocus()
            self._set_ref(ref)

    @property
    def _typing_below(self) -> bool:
        return any(rows.view.editing for rows in (self.details, self.lines, self.taxes))

    def next_doubtful(self, step: int = 1) -> None:
        """Go to the next (``step`` 1) or the previous (-1) value that asks for a look."""
        if self._stored is not None:
            asking = asking_values(self._stored)
            following = self._following(asking, step)
            if following is not None:
                self.go_to(following)
                return
        self._next_record(step)

    def selected_or_current(self) -> list[int]:
        """The ids of the records that an action is meant for."""
        chosen = self.table.selected_records()
        if chosen:
            return chosen
        return [self.table.current_record] if self.table.current_record else []

    # inside -------------------------------------------------------------------------

    def _following(self, asking: Sequence[ValueRef], step: int) -> ValueRef | None:
        """The value after the current one in the order of the record."""
        if self._stored is None or not asking:
            return None
        order = _order(self._stored)
        here = order.get(self._ref, -1) if self._ref is not None else -1
        ranked = [(order.get(ref, 0), ref) for ref in asking]
        if step > 0:
            return next((ref for place, ref in ranked if place > here), None)
        if here < 0:
            return None
        return next((ref for place, ref in reversed(ranked) if place < here), None)

    def _next_record(self, step: int) -> None:
        table, here = self.table, self.table.current_record
        ids = list(table.model.ids)
        definition = table.definition
        name = definition.name if definition else ""
        search = self.search.text()

        def work() -> int | None:
            asking = set(self._library.table(name, search=search, only=Only.LOOK))
            start = ids.index(here) if here in ids else (-1 if step > 0 else len(ids))
            places = range(start + step, len(ids) if step > 0 else -1, step)
            return next((ids[place] for place in places if ids[place] in asking), None)

        background.run(
            self, work, success=lambda r: self._arrive(r, step), failure=self.failed.emit
        )

    def _arrive(self, record_id: int | None, step: int) -> None:
        if record_id is None:
            self.exhausted.emit(step)
            return
        asking = asking_values(self._library.record(record_id))
        self.table.go_to(record_id)
        if asking:
            self.go_to(asking[0 if step > 0 else -1])
        else:
            self.tabs.setCurrentWidget(self.checks)

    def _filter(self) -> None:
        only = Only.DOUBTFUL if self.only_doubtful.isChecked() else Only.ALL
        self.table.filter(self.search.text().strip(), only)

    def _on_loaded(self, count: int) -> None:
        self.count.setText(str(count))
        self.count.setAccessibleName(self.tr("{0} rows").format(count))
        narrowed = bool(self.search.text().strip()) or self.only_doubtful.isChecked()
        self.table.setVisible(count > 0)
        self.nothing.setVisible(count == 0)
        if count == 0:
            if narrowed:
                text = self.tr("Nothing matches. Clear the search to see everything.")
            elif self.table.definition is None:
                text = self.tr("Nothing needs a look. Well done!")
            else:
                text = self.tr("Nothing here yet. Drop files on this window to add them.")
            self.nothing.setText(text)

    def _on_table_current(self, record_id: int, ref: ValueRef | None) -> None:
        if self._typing_below and self._stored and self._stored.record_id == record_id:
            self._refreshing.start()  # showing it anew would write over what is being typed
            return
        if not record_id:
            self._set_stored(None, None)
            return
        try:
            stored = self._library.record(record_id)
        except KeyError:
            self._set_stored(None, None)
            return
        if ref is None and self.table.definition is None:
            # Among what needs a look, what it needs it for is shown at once.
            ref = next(iter(asking_values(stored)), None)
            if ref is None and stored.record.flags:
                self.tabs.setCurrentWidget(self.checks)
        keep = (
            self._ref is not None
            and self._ref.record_id == record_id
            and (ref is None or not self.table.view.hasFocus())
        )
        self._set_stored(stored, self._ref if keep else ref)

    def _on_table_focus(self) -> None:
        ref = self.table.model.ref(self.table.view.currentIndex())
        if ref is not None:
            self._set_ref(ref)

    def _on_row_current(self, ref: ValueRef) -> None:
        self._set_ref(ref)

    def _set_ref(self, ref: ValueRef) -> None:
        if ref != self._ref:
            self._ref = ref
            self.panel.show_value(self._stored, ref)
            self.record_changed.emit(self._stored, ref)

    def _set_stored(self, stored: StoredRecord | None, ref: ValueRef | None) -> None:
        if stored is not None and ref is not None and ref.part is not Part.FIELDS:
            ref = ref if value_of(stored, ref) is not None else None
        self._stored, self._ref = stored, ref
        for rows in (self.details, self.lines, self.taxes):
            rows.show_record(stored)
        self._show_checks(stored)
        self._show_note(stored)
        self._name_tabs()
        self.panel.show_value(stored, ref)
        self.record_changed.emit(stored, ref)
        self._edit_new_line()

    def _show_checks(self, stored: StoredRecord | None) -> None:
        self.checks.clear()
        for flag in stored.record.flags if stored else ():
            self.checks.addItem(QListWidgetItem(icon("warning", Tone.DOUBT), flag.message))
        if stored is not None and not stored.record.flags:
            fine = self.tr("The checks found nothing to point out.")
            self.checks.addItem(QListWidgetItem(icon("confirmed", Tone.SURE), fine))

    def _show_note(self, stored: StoredRecord | None) -> None:
        if stored is None:
            self.note.show_note(0, "")
            return
        try:
            self.note.show_note(stored.document_id, self._library.note(stored.document_id))
        except KeyError:  # deleted meanwhile; the table is about to say so
            self.note.show_note(0, "")

    def _name_tabs(self) -> None:
        record = self._stored.record if self._stored else None
        definition = definition_of(record.document_type) if record else None
        label = words.type_label(definition.lines_label) if definition else ""
        lines = len(record.lines) if record else 0
        taxes = len(record.taxes) if record else 0
        flags = len(record.flags) if record else 0
        names = (
            (self.lines, label or self.tr("Line items"), lines),
            (self.details, self.tr("All values"), 0),
            (self.taxes, self.tr("Taxes"), taxes),
            (self.checks, self.tr("Checks"), flags),
            (self.note, self.tr("Note"), 0),
        )
        for widget, name, number in names:
            place = self.tabs.indexOf(widget)
            self.tabs.setTabText(place, f"{name} ({number})" if number else name)
        self.tabs.setTabVisible(
            self.tabs.indexOf(self.taxes), bool(definition and definition.taxes)
        )
        written = icon("rename") if self.note.toPlainText().strip() else QIcon()
        self.tabs.setTabIcon(self.tabs.indexOf(self.note), written)
        warn = icon("warning", Tone.DOUBT) if flags else icon("confirmed", Tone.QUIET)
        self.tabs.setTabIcon(self.tabs.indexOf(self.checks), warn)

    def _add_line(self, part: Part, position: int | None) -> None:
        if self._stored is not None:
            self._changes.add_line(self._stored.record_id, part, position)

    def _remove_line(self, part: Part, line: int) -> None:
        if self._stored is not None:
            self._changes.remove_line(self._stored.record_id, part, line)

    def _on_line_added(self, record_id: int, part: Part, line: int) -> None:
        if self._stored is None or self._stored.record_id != record_id:
            return
        columns = columns_of(definition_of(self._stored.record.document_type), part)
        if columns:
            self._new_line = ValueRef(record_id, columns[0].key, part, line)

    def _edit_new_line(self) -> None:
        """Open the editor in a row that was just added, once it is shown."""
        ref, stored = self._new_line, self._stored
        if ref is None or stored is None:
            return
        if stored.record_id != ref.record_id:
            self._new_line = None
        elif ref.line in (stored.line_ids if ref.part is Part.LINES else stored.tax_ids):
            self._new_line = None
            self.go_to(ref, edit=True)


def _order(stored: StoredRecord) -> dict[ValueRef, int]:
    """Every value of a record by its place in the order in which they are shown."""
    definition = definition_of(stored.record.document_type)
    refs = [ValueRef(stored.record_id, field.key) for field in definition.fields]
    for part, ids in ((Part.LINES, stored.line_ids), (Part.TAXES, stored.tax_ids)):
        for line in ids:
            refs += [
                ValueRef(stored.record_id, column.key, part, line)
                for column in columns_of(definition, part)
            ]
    return {ref: place for place, ref in enumerate(refs)}
