"""What a calculation gave: a table, charts, and what may be missing from the figures."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.asking.messages import Computed
from app.asking.wording import gap_words
from app.desktop import words
from app.desktop.calculation_words import known_column
from app.desktop.cells import CellTable
from app.desktop.chart import ChartView
from app.desktop.figures_model import GROUP, Drawing, FiguresModel, drawings
from app.desktop.icons import icon
from app.desktop.record_model import BESIDE, TYPICAL, Column, RecordModel, columns_for
from app.desktop.tones import Tone
from app.document_types import Kind, document_types
from app.library import Library
from app.library.calculation import Calculation, Gap, Measure
from app.library.rows import Part

_MOST_ROWS = 12  # in sight at once; the rest is scrolled to
_MEASURED = 30  # rows that say how wide the columns of a list are


class AnswerTable(CellTable):
    """A table that is read, copied (Ctrl+C) and followed: ``followed`` carries a row's number.

    Enter follows from anywhere in a row, a click from the cells that ``links`` names.
    """

    followed = Signal(int)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self.links: frozenset[int] | None = None  # the columns to click on, ``None`` for all
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.clicked.connect(self._on_clicked)
        self.entered.connect(self._on_entered)

    def fit(self, rows: int) -> None:
        """Be as high as so many rows, up to what is seen at once."""
        shown = min(max(1, rows), _MOST_ROWS)
        bar = self.horizontalScrollBar().sizeHint().height()
        header = self.horizontalHeader()
        high = max(header.sizeHint().height(), header.minimumHeight())
        high += shown * self.verticalHeader().defaultSectionSize() + 2 * self.frameWidth()
        self.setFixedHeight(high + (bar if self.links is None else 0))
        scrolled = rows > _MOST_ROWS
        self.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if scrolled
            else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )  # fmt: skip

    def copied(self) -> str:
        """The selected rows (all, if none is), as a spreadsheet takes them."""
        model: QAbstractItemModel = self.model()
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        columns = [c for c in range(model.columnCount()) if not self.isColumnHidden(c)]
        horizontal = Qt.Orientation.Horizontal
        lines = [[str(model.headerData(c, horizontal) or "") for c in columns]]
        for row in rows or range(model.rowCount()):
            lines.append([str(model.index(row, c).data() or "") for c in columns])
        return "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.copied())
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            if self.currentIndex().isValid():
                self.followed.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)

    def _on_clicked(self, index: QModelIndex) -> None:
        if self.links is None or index.column() in self.links:
            self.followed.emit(index.row())

    def _on_entered(self, index: QModelIndex) -> None:
        link = self.links is None or index.column() in self.links
        shape = Qt.CursorShape.PointingHandCursor if link else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)


class FiguresView(QWidget):
    """``figure_wanted`` carries a Figure and ``gap_wanted`` a Gap whose records are wanted.

    ``record_wanted`` carries the id of the record that was chosen in a list.
    """

    figure_wanted = Signal(object)
    gap_wanted = Signal(object)
    record_wanted = Signal(int)

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawings: list[Drawing] = []
        self.figures = FiguresModel()
        self.figures.setParent(self)
        self.table = AnswerTable(self.tr("Figures"), self)
        self.table.setModel(self.figures)
        self.table.followed.connect(self._on_figure)
        self.records = RecordModel(library, self)
        self.list = AnswerTable(self.tr("Documents that were found"), self)
        self.list.followed.connect(self._on_record)
        self.list.setModel(self.records)
        self.more = QLabel(self)
        self.more.setTextFormat(Qt.TextFormat.PlainText)
        self.more.setWordWrap(True)
        self.charts: list[ChartView] = []
        self.gaps: list[QToolButton] = []
        self._chart_places = QVBoxLayout()
        self._chart_places.setSpacing(12)
        self._gap_places = QVBoxLayout()
        self._gap_places.setSpacing(4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.table)
        layout.addWidget(self.list)
        layout.addWidget(self.more)
        layout.addLayout(self._chart_places)
        layout.addLayout(self._gap_places)
        for widget in (self.table, self.list, self.more):
            widget.hide()

    def show_figures(self, computed: Computed) -> None:
        """Show an answer in figures."""
        figures = computed.figures
        listing = computed.calculation.measure is Measure.LIST
        self.table.setVisible(not listing and bool(figures.figures))
        self.list.setVisible(listing and bool(figures.listed))
        if listing:
            self._show_list(computed)
        else:
            self._show_table(computed)
        self._show_charts(computed)
        self._show_gaps(computed)
        self.updateGeometry()

    # inside -------------------------------------------------------------------------------

    def _show_table(self, computed: Computed) -> None:
        self.figures.show(computed)
        header = self.table.horizontalHeader()
        columns = self.figures.columns
        for place, column in enumerate(columns):
            stretch = column == GROUP or (GROUP not in columns and place == 0)
            header.setSectionResizeMode(
                place,
                QHeaderView.ResizeMode.Stretch if stretch
                else QHeaderView.ResizeMode.ResizeToContents,
            )  # fmt: skip
        self.table.links = frozenset(p for p, column in enumerate(columns) if column != GROUP)
        self.table.fit(self.figures.rowCount())
        figures = computed.figures
        shown = len({figure.group for figure in figures.figures})
        self.more.setVisible(shown < figures.groups)
        self.more.setText(self.tr("{0} of {1} are shown.").format(shown, figures.groups))

    def _show_list(self, computed: Computed) -> None:
        ids = list(dict.fromkeys(computed.figures.listed))
        rest = computed.figures.rows - len(computed.figures.listed)
        self.more.setVisible(rest > 0)
        self.more.setText(self.tr("There are {0} more.").format(rest))
        columns = _columns(computed.calculation)
        self.records.set_columns(columns)
        self.records.set_ids(ids)
        metrics = self.list.fontMetrics()
        self.list.horizontalHeader().setResizeContentsPrecision(_MEASURED)
        for place, column in enumerate(columns):
            title = metrics.horizontalAdvance(column.title) + 30
            typical = metrics.horizontalAdvance(TYPICAL[column.kind]) + BESIDE
            needed = self.list.sizeHintForColumn(place) + 12
            self.list.setColumnWidth(place, max(title, min(typical, needed)))
        self.list.horizontalHeader().setStretchLastSection(True)
        self.list.fit(len(ids))

    def _show_charts(self, computed: Computed) -> None:
        for old in self.charts:
            self._chart_places.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.charts = []
        self._drawings = drawings(computed)
        for drawing in self._drawings:
            view = ChartView(self)
            view.show_chart(drawing.chart)
            view.chosen.connect(lambda bar, drawing=drawing: self._on_bar(drawing, bar))
            self._chart_places.addWidget(view)
            self.charts.append(view)

    def _show_gaps(self, computed: Computed) -> None:
        while (item := self._gap_places.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        self.gaps = []
        for gap in computed.figures.gaps:
            line = self._gap_line(gap, computed.calculation)
            self._gap_places.addWidget(line)
            line.show()  # at once, so that it can have the keyboard

    def _gap_line(self, gap: Gap, calculation: Calculation) -> QWidget:
        line = QWidget(self)
        sign = QLabel(line)
        sign.setPixmap(icon("warning", Tone.DOUBT).pixmap(16, 16))
        text = QLabel(gap_words(gap, calculation), line)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        link = QToolButton(line)
        link.setText(self.tr("Show them") if gap.records != 1 else self.tr("Show it"))
        link.setAccessibleName(f"{link.text()}: {text.text()}")
        link.setAutoRaise(True)
        link.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        link.setIcon(icon("next"))
        link.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        link.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        link.clicked.connect(lambda: self.gap_wanted.emit(gap))
        self.gaps.append(link)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget, stretch in ((sign, 0), (text, 1), (link, 0)):
            row.addWidget(widget, stretch)
        return line

    def _on_figure(self, row: int) -> None:
        figure = self.figures.figure(row)
        if figure is not None:
            self.figure_wanted.emit(figure)

    def _on_bar(self, drawing: Drawing, bar: int) -> None:
        figure = drawing.figures[bar] if bar < len(drawing.figures) else None
        if figure is not None:
            self.figure_wanted.emit(figure)

    def _on_record(self, row: int) -> None:
        if row < len(self.records.ids):
            self.record_wanted.emit(self.records.ids[row])


def _columns(calculation: Calculation) -> list[Column]:
    """What a record is known by, and what the calculation speaks of, which stands before totals.

    The type is left out where there is but one.
    """
    left_out = ("look", "type") if len(calculation.kinds) == 1 else ("look",)
    columns = [column for column in columns_for(None) if column.own not in left_out]
    roles = {role for column in columns for role in column.roles}
    wanted = [condition.column for condition in calculation.where]
    currency = Column(words.tr("Currency"), Kind.CURRENCY, roles=("currency",))
    extra: list[Column] = []
    for column in dict.fromkeys([*wanted, *calculation.columns]):
        known = known_column(column, calculation.kinds)
        if known is None or column.part is not Part.FIELDS or column.name.startswith("@"):
            continue
        if column.name not in (*roles, "currency"):
            role = any(d.key_of(column.name) for d in document_types().values())
            key, names = ("", (column.name,)) if role else (column.name, ())
            extra.append(Column(known.label, known.kind, key=key, roles=names))
    *known_by, total, file = columns
    return [*known_by, *extra, total, currency, file]
