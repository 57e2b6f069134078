"""Export: what, in which rows and columns, in which form; the last choice is remembered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLocale, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import background, words
from app.desktop.icons import icon
from app.desktop.notice import Notice
from app.desktop.value_ref import definition_of
from app.document_types import DocumentType
from app.export import (
    Entry,
    Format,
    Layout,
    RowsOf,
    Sheet,
    columns_for,
    combined,
    default_layout,
    write,
)
from app.library import Library

_FORMS = (Format.XLSX, Format.CSV_EXCEL, Format.CSV)
_FOLDER = "export.folder"  # the setting that names where the last files were written
_AT_ONCE = 100
_KEY = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen last for one document type."""

    form: str = Format.XLSX.value
    rows: str = RowsOf.DOCUMENTS.value
    document_columns: tuple[str, ...] = ()
    line_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one type among those to be exported; ``None``: of all types together."""

    definition: DocumentType
    types: frozenset[str]
    shown: tuple[int, ...]
    selected: tuple[int, ...]


class ExportDialog(QDialog):
    """Chooses; :attr:`layout_choice`, :attr:`form` and :attr:`records` tell what was chosen."""

    def __init__(self, library: Library, groups: Sequence[Group], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export"))
        self._library = library
        self._groups = list(groups)
        self._choices: dict[str, Choice] = {}
        self._filling = False
        self._shown_rows = RowsOf.DOCUMENTS
        self._build()
        self._show_group()
        self.resize(560, 600)

    def _build(self) -> None:
        self.group = QComboBox(self)
        for group in self._groups:
            self.group.addItem(
                icon(group.definition.name), words.type_label(group.definition.plural)
            )
        group_label = QLabel(self.tr("&Documents"), self)
        group_label.setBuddy(self.group)
        self.group.currentIndexChanged.connect(lambda _: self._show_group())
        self.all_shown = QRadioButton(self)
        self.only_selected = QRadioButton(self)
        which = QButtonGroup(self)
        self.by_document = QRadioButton(self.tr("Documents: one row each"), self)
        self.by_line = QRadioButton("", self)
        rows = QButtonGroup(self)
        for group_of, buttons in (
            (which, (self.all_shown, self.only_selected)),
            (rows, (self.by_document, self.by_line)),
        ):
            for choice in buttons:
                group_of.addButton(choice)
        self.by_line.toggled.connect(lambda _: self._on_rows())

        self.columns = QListWidget(self)
        self.columns.setAccessibleName(self.tr("Columns"))
        self.columns.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.columns.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.columns.setSpacing(3)
        self.columns.itemChanged.connect(lambda _: self._enable())
        columns_label = QLabel(self.tr("&Columns (drag to change their order)"), self)
        columns_label.setBuddy(self.columns)
        up = QPushButton(self.tr("Move up"), self)
        down = QPushButton(self.tr("Move down"), self)
        up.clicked.connect(lambda: self._move(-1))
        down.clicked.connect(lambda: self._move(1))
        every = QPushButton(self.tr("All"), self)
        none = QPushButton(self.tr("None"), self)
        usual = QPushButton(self.tr("As at first"), self)
        every.clicked.connect(lambda: self._tick(True))
        none.clicked.connect(lambda: self._tick(False))
        usual.clicked.connect(self._usual)
        side = QVBoxLayout()
        for button in (up, down):
            side.addWidget(button)
        side.addSpacing(12)
        for button in (every, none, usual):
            side.addWidget(button)
        side.addStretch(1)
        beside = QHBoxLayout()
        beside.addWidget(self.columns, 1)
        beside.addLayout(side)

        self.form_box = QComboBox(self)
        for form in _FORMS:
            self.form_box.addItem(words.tr(form.label), form.value)
        self.form_box.currentIndexChanged.connect(lambda _: self._explain())
        form_label = QLabel(self.tr("&Format"), self)
        form_label.setBuddy(self.form_box)
        self.about_form = QLabel(self)
        self.about_form.setWordWrap(True)

        buttons_ = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.go = buttons_.addButton(self.tr("Export…"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setIcon(icon("export"))
        self.go.setDefault(True)
        buttons_.accepted.connect(self.accept)
        buttons_.rejected.connect(self.reject)

        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.addWidget(group_label, 0, 0)
        grid.addWidget(self.group, 0, 1)
        grid.addWidget(self.all_shown, 1, 1)
        grid.addWidget(self.only_selected, 2, 1)
        grid.addWidget(QLabel(self.tr("Rows"), self), 3, 0)
        grid.addWidget(self.by_document, 3, 1)
        grid.addWidget(self.by_line, 4, 1)
        grid.addWidget(form_label, 5, 0)
        grid.addWidget(self.form_box, 5, 1)
        grid.addWidget(self.about_form, 6, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(10)
        layout.addLayout(grid)
        layout.addWidget(columns_label)
        layout.addLayout(beside, 1)
        layout.addWidget(buttons_)

    # what was chosen ------------------------------------------------------------------

    @property
    def current(self) -> Group:
        return self._groups[max(0, self.group.currentIndex())]

    @property
    def rows(self) -> RowsOf:
        return RowsOf.LINES if self.by_line.isChecked() else RowsOf.DOCUMENTS

    @property
    def form(self) -> Format:
        return Format(self.form_box.currentData())

    @property
    def layout_choice(self) -> Layout:
        """The rows and the ticked columns in their order."""
        return Layout(self.rows, self._ticked())

    @property
    def records(self) -> tuple[int, ...]:
        """The ids of the records to be written."""
        return self.current.selected if self.only_selected.isChecked() else self.current.shown

    def remember(self) -> None:
        """Keep the choice for the next time."""
        self._keep(self.rows)
        name = self.current.definition.name
        self._library.set_setting(f"export.{name}", self._choices[name])

    # inside ---------------------------------------------------------------------------

    def _choice(self) -> Choice:
        name = self.current.definition.name
        if name not in self._choices:
            self._choices[name] = self._library.setting(f"export.{name}", Choice, Choice())
        return self._choices[name]

    def _show_group(self) -> None:
        group, choice = self.current, self._choice()
        self.all_shown.setText(self.tr("All that are shown ({0})").format(len(group.shown)))
        self.only_selected.setText(self.tr("Only the selected ({0})").format(len(group.selected)))
        self.only_selected.setEnabled(bool(group.selected))
        (self.only_selected if len(group.selected) > 1 else self.all_shown).setChecked(True)
        label = words.type_label(group.definition.lines_label) or self.tr("Lines")
        self.by_line.setText(self.tr("{0}: one row each").format(label))
        self.by_line.setEnabled(bool(group.definition.lines))
        self._filling = True
        lines = choice.rows == RowsOf.LINES and bool(group.definition.lines)
        (self.by_line if lines else self.by_document).setChecked(True)
        place = self.form_box.findData(choice.form)
        self.form_box.setCurrentIndex(max(0, place))
        self._filling = False
        self._fill()
        self._explain()

    def _on_rows(self) -> None:
        if not self._filling:
            self._keep(self._shown_rows)
            self._fill()

    def _keep(self, rows: RowsOf) -> None:
        old, ticked = self._choice(), self._ticked()
        lines = rows is RowsOf.LINES
        self._choices[self.current.definition.name] = Choice(
            self.form.value,
            self.rows.value,
            old.document_columns if lines else ticked,
            ticked if lines else old.line_columns,
        )

    def _fill(self) -> None:
        choice, definition, rows = self._choice(), self.current.definition, self.rows
        kept = choice.line_columns if rows is RowsOf.LINES else choice.document_columns
        self._fill_with(kept or default_layout(definition, rows).columns)

    def _usual(self) -> None:
        self._fill_with(default_layout(self.current.definition, self.rows).columns)

    def _fill_with(self, ticked: Sequence[str]) -> None:
        self._shown_rows = self.rows
        known = {c.key: c for c in columns_for(self.current.definition, self.rows)}
        order = [key for key in ticked if key in known]
        order += [key for key in known if key not in order]
        self.columns.blockSignals(True)
        self.columns.clear()
        for key in order:
            item = QListWidgetItem(words.type_label(known[key].label), self.columns)
            item.setData(_KEY, key)
            item.setFlags(
                Qt.ItemFlag.ItemIsEnabled
                | Qt.ItemFlag.ItemIsSelectable
                | Qt.ItemFlag.ItemIsUserCheckable
                | Qt.ItemFlag.ItemIsDragEnabled
            )
            item.setCheckState(Qt.CheckState.Checked if key in ticked else Qt.CheckState.Unchecked)
        self.columns.blockSignals(False)
        self.columns.setCurrentRow(0)
        self._enable()

    def _ticked(self) -> tuple[str, ...]:
        items = [self.columns.item(row) for row in range(self.columns.count())]
        return tuple(
            str(item.data(_KEY)) for item in items if item.checkState() is Qt.CheckState.Checked
        )

    def _tick(self, on: bool) -> None:
        for row in range(self.columns.count()):
            state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
            self.columns.item(row).setCheckState(state)

    def _move(self, step: int) -> None:
        row = self.columns.currentRow()
        target = row + step
        if row >= 0 and 0 <= target < self.columns.count():
            item = self.columns.takeItem(row)
            self.columns.insertItem(target, item)
            self.columns.setCurrentRow(target)

    def _enable(self) -> None:
        self.go.setEnabled(bool(self._ticked()) and bool(self.records))

    def _explain(self) -> None:
        self.about_form.setText(
            {
                Format.XLSX: self.tr("Opens in Excel with real dates and numbers. Best for Excel."),
                Format.CSV_EXCEL: self.tr("A text file that Excel opens with a double click."),
                Format.CSV: self.tr("A text file for accounting programs and databases."),
            }[self.form]
        )


def groups_of(
    library: Library,
    definition: DocumentType | None,
    shown: Sequence[int],
    selected: Sequence[int],
) -> list[Group]:
    """The records sorted by type; over several types, all together come first."""
    if definition is not None:
        only = frozenset({definition.name})
        return [Group(definition, only, tuple(shown), tuple(selected))]
    chosen = set(selected)
    by_type: dict[str, list[int]] = {}
    for start in range(0, len(shown), _AT_ONCE * 5):
        for row in library.rows(shown[start : start + _AT_ONCE * 5]):
            by_type.setdefault(row.document_type, []).append(row.record_id)
    groups = [
        Group(
            definition_of(name),
            frozenset({name}),
            tuple(ids),
            tuple(record_id for record_id in ids if record_id in chosen),
        )
        for name, ids in sorted(by_type.items(), key=lambda entry: -len(entry[1]))
    ]
    if len(groups) > 1:
        together = Group(
            combined([group.definition for group in groups]),
            frozenset(by_type),
            tuple(shown),
            tuple(selected),
        )
        groups.append(together)
    return groups


def entries_of(library: Library, record_ids: Sequence[int]) -> Iterator[Entry]:
    """The records as the export wants them, fetched one after another."""
    for record_id in record_ids:
        try:
            stored = library.record(record_id)
            row = library.document(stored.document_id)
        except KeyError:
            continue  # deleted meanwhile
        yield Entry(row.name, stored.record, row.sha256, row.pages)


def export_to(
    parent: QWidget,
    library: Library,
    dialog: ExportDialog,
    path: Path,
    notice: Notice,
) -> None:
    """Write what ``dialog`` chose to ``path``, and say where it is."""
    form, layout = dialog.form, dialog.layout_choice
    definition, records = dialog.current.definition, dialog.records
    locale = QLocale().name()

    def work() -> int:
        return write(form, [Sheet(definition, layout, entries_of(library, records))], path, locale)

    def done(rows: int) -> None:
        count = words.tr("1 row") if rows == 1 else words.tr("{0} rows").format(rows)
        notice.tell(
            words.tr("Saved to {0} ({1}).").format(path, count),
            button=words.tr("Open folder"),
            do=lambda: show_folder(path.parent),
        )

    def failed(error: Exception) -> None:
        notice.tell(" ".join(words.error_words(error)), problem=True)

    background.run(parent, work, success=done, failure=failed)


def show_folder(folder: Path) -> None:
    """Open the folder in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def export_folder(library: Library) -> Path:
    """Where files are offered to be written: where the last ones were, or the documents' folder."""
    return Path(
        library.setting(_FOLDER, str, "")
        or QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    )


def export_from(
    parent: QWidget,
    library: Library,
    definition: DocumentType | None,
    shown: Sequence[int],
    selected: Sequence[int],
    notice: Notice,
) -> None:
    """Ask what to export and where to, and do it."""
    groups = groups_of(library, definition, shown, selected)
    if not any(group.shown for group in groups):
        notice.tell(words.tr("There is nothing to export yet."), problem=True)
        return
    dialog = ExportDialog(library, groups, parent)
    if dialog.exec() != QDialog.DialogCode.Accepted:
        return
    dialog.remember()
    name = words.type_label(dialog.current.definition.plural) + dialog.form.suffix
    chosen, _ = QFileDialog.getSaveFileName(
        parent,
        words.tr("Export"),
        str(export_folder(library) / name),
        f"{words.tr(dialog.form.label)} (*{dialog.form.suffix})",
    )
    if not chosen:
        return
    path = Path(chosen)
    if not path.suffix:
        path = path.with_name(path.name + dialog.form.suffix)
    library.set_setting(_FOLDER, str(path.parent))
    export_to(parent, library, dialog, path, notice)
