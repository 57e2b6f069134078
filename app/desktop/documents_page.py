"""All documents (or the trash) as cards: the first page's picture, the name, the state in words."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.desktop import background, words
from app.desktop.cells import selected_ground
from app.desktop.document_model import ROW, DocumentModel, advice
from app.desktop.icons import icon
from app.desktop.pictures import Thumbnails
from app.desktop.tones import Tone, tone
from app.desktop.value_ref import definition_of
from app.library import DocumentRow, Library, State

Index = QModelIndex | QPersistentModelIndex
_PICTURE = QSize(66, 84)
_FAILED = (State.FAILED, State.LOCKED, State.CANCELLED)


class _CardDelegate(QStyledItemDelegate):
    def __init__(self, library: Library, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._library = library
        self._thumbnails = thumbnails
        self._paths: dict[int, Path] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        high = max(_PICTURE.height(), int(option.fontMetrics.lineSpacing() * 5.4))
        return QSize(240, high + 20)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            base = option.palette.color(QPalette.ColorRole.Base)
            painter.fillRect(option.rect, selected_ground(option.palette, base))
        row = index.data(ROW)
        if not isinstance(row, DocumentRow):
            return
        painter.save()
        rect = option.rect.adjusted(12, 10, -12, -10)
        if selected and option.state & QStyle.StateFlag.State_HasFocus:
            painter.fillRect(
                QRect(option.rect.topLeft(), QSize(3, option.rect.height())),
                option.palette.color(QPalette.ColorRole.Highlight),
            )
        self._paint_picture(painter, option, QRect(rect.topLeft(), _PICTURE), row)
        text = rect.adjusted(_PICTURE.width() + 14, 0, 0, 0)
        self._paint_text(painter, option, text, row)
        painter.setPen(QPen(option.palette.color(QPalette.ColorRole.Midlight), 1))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        painter.restore()

    def _paint_picture(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, row: DocumentRow
    ) -> None:
        path = self._paths.get(row.id)
        if path is None:
            path = self._library.picture_path(row.id, 1)
            if path is not None:
                self._paths[row.id] = path
        picture = None if path is None else self._thumbnails.get(path)
        frame = option.palette.color(QPalette.ColorRole.Mid)
        if picture is None:
            painter.setPen(QPen(tone(Tone.QUIET), 1, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(rect.adjusted(0, 0, -1, -1), 3, 3)
            name = row.types[0] if row.types else "other"
            icon(name, Tone.QUIET).paint(painter, rect.adjusted(20, 28, -20, -28))
            return
        size = picture.size().scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(rect.topLeft(), size)
        target.moveCenter(rect.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(target, picture)
        painter.setPen(QPen(frame, 1))
        painter.drawRect(target.adjusted(0, 0, -1, -1))

    def _paint_text(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        rect: QRect,
        row: DocumentRow,
    ) -> None:
        line = option.fontMetrics.lineSpacing()
        plain = option.palette.color(QPalette.ColorRole.Text)
        quiet = tone(Tone.QUIET)
        bold = QFont(option.font)
        bold.setBold(True)

        def write(at: int, text: str, colour: QColor, font: QFont, indent: int = 0) -> None:
            painter.setFont(font)
            painter.setPen(colour)
            room = QRect(rect.left() + indent, at, rect.width() - indent, line + 2)
            metrics = painter.fontMetrics()
            mode = Qt.TextElideMode.ElideMiddle if font is bold else Qt.TextElideMode.ElideRight
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(room, flags, metrics.elidedText(text, mode, room.width()))

        top = rect.top()
        write(top, row.name, plain, bold)
        name, colour = words.state_icon(row.state)
        from_top = top + int(line * 1.35)
        size = min(16, line)
        box = QRect(rect.left(), from_top + (line - size) // 2 + 1, size, size)
        icon(name, colour).paint(painter, box)
        strong = row.state in (State.ATTENTION, State.FAILED, State.LOCKED)
        write(from_top, words.state_words(row), tone(colour), bold if strong else option.font, 22)
        problem = advice(row)
        if problem:
            reason = " ".join(problem)
            room = rect.adjusted(0, int(line * 2.5), 0, 4)
            painter.setFont(option.font)
            painter.setPen(plain)
            painter.drawText(room, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop, reason)
            return
        write(top + int(line * 2.6), _about(row), quiet, option.font)


def _about(row: DocumentRow) -> str:
    labels = [words.type_label(definition_of(name).label) for name in dict.fromkeys(row.types)]
    parts = [", ".join(labels)] if labels else []
    if len(row.types) > 1:
        parts = [words.tr("{0}, {1} in this file").format(parts[0], len(row.types))]
    if row.pages:
        parts.append(words.pages_words(row.pages))
    parts.append(words.tr("added {0}").format(words.shown_time(row.added_at)))
    return " · ".join(parts)


class CardList(QTableView):
    """A list that is a table of one column: it knows where its rows lie without asking each.

    A QListView measures every row again whenever one is added, which takes nearly half a
    second for 100,000.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalScrollBar().setSingleStep(24)

    def fit_rows(self) -> None:
        """Give every row the height that the delegate asks for."""
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        high = self.itemDelegate().sizeHint(option, QModelIndex()).height()
        self.verticalHeader().setDefaultSectionSize(high)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        last = self.model().rowCount() - 1
        if last >= 0 and action is QAbstractItemView.CursorAction.MoveHome:
            return self.model().index(0, 0)
        if last >= 0 and action is QAbstractItemView.CursorAction.MoveEnd:
            return self.model().index(last, 0)
        return super().moveCursor(action, modifiers)


class Shows(Enum):
    """Which documents the page lists."""

    ALL = "all"
    FAILED = "failed"
    TRASH = "trash"


class DocumentsPage(QWidget):
    """``current_changed`` carries the current document's id, ``opened`` that of a double click."""

    current_changed = Signal(int)
    selection_changed = Signal()
    opened = Signal(int)
    restore_wanted = Signal(object)
    empty_wanted = Signal()
    failed = Signal(object)
    loaded = Signal(int)

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._shows = Shows.ALL
        self._asked = 0
        self._wanted = 0
        self._pending = False
        self._stopped = False
        self._thumbnails = Thumbnails(_PICTURE * 2, self)

        self.title = QLabel(self)
        font = self.title.font()
        font.setPointSizeF(font.pointSizeF() * 1.35)
        font.setBold(True)
        self.title.setFont(font)
        self.count = QLabel(self)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search by file name"))
        self.search.setAccessibleName(self.tr("Search by file name"))
        self.search.setClearButtonEnabled(True)
        glass = self.search.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        glass.setText(self.tr("Search"))
        self.search.setMaximumWidth(320)
        self.restore_button = QPushButton(icon("restore"), self.tr("Restore"), self)
        self.restore_button.clicked.connect(lambda: self.restore_wanted.emit(self.selected()))
        self.empty_button = QPushButton(icon("trash"), self.tr("Empty trash…"), self)
        self.empty_button.clicked.connect(self.empty_wanted)
        head = QHBoxLayout()
        head.setContentsMargins(14, 10, 14, 8)
        head.setSpacing(10)
        head.addWidget(self.title)
        head.addWidget(self.count)
        head.addStretch(1)
        head.addWidget(self.restore_button)
        head.addWidget(self.empty_button)
        head.addWidget(self.search, 2)

        self.model = DocumentModel(library, self)
        self.view = CardList(self)
        self._thumbnails.arrived.connect(lambda _: self.view.viewport().update())
        self.view.setObjectName("documents")
        self.view.setAccessibleName(self.tr("Documents"))
        self.view.setModel(self.model)
        self.view.setItemDelegate(_CardDelegate(library, self._thumbnails, self.view))
        self.view.fit_rows()
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._on_selection())
        self.view.activated.connect(self._on_activated)
        self.nothing = QLabel(self)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.nothing.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.nothing, 1)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(200)
        self._typing.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda _: self._typing.start())

    def show_place(self, shows: Shows) -> None:
        """Show all documents, those that could not be read, or the trash."""
        self._shows = shows
        trashed = self.trashed
        self.title.setText(
            {
                Shows.ALL: self.tr("All documents"),
                Shows.FAILED: self.tr("Not read"),
                Shows.TRASH: self.tr("Trash"),
            }[shows]
        )
        self.restore_button.setVisible(trashed)
        self.empty_button.setVisible(trashed)
        self.search.setVisible(not trashed)
        self.model.set_ids([])
        self.count.clear()
        self.refresh()

    @property
    def trashed(self) -> bool:
        """Whether the trash is shown."""
        return self._shows is Shows.TRASH

    @property
    def current(self) -> int:
        """The current document's id, 0 if there is none."""
        row = self.view.currentIndex().row()
        return self.model.ids[row] if 0 <= row < len(self.model.ids) else 0

    def selected(self) -> list[int]:
        """The ids of the selected documents, in the order shown."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedIndexes())
        return [self.model.ids[row] for row in rows if row < len(self.model.ids)]

    def go_to(self, document_id: int) -> None:
        """Make a document current."""
        row = self.model.row_of(document_id)
        if row is not None:
            self.view.setCurrentIndex(self.model.index(row))

    def show_when_there(self, document_id: int) -> None:
        """Make a document current as soon as the list is there."""
        self._wanted = document_id
        self.refresh()

    def refresh(self) -> None:
        """Look up again which documents there are."""
        if not self._pending:
            self._pending = True
            QTimer.singleShot(0, self._ask)

    def stop(self) -> None:
        """Ask the library for nothing any more."""
        self._stopped = True
        self._typing.stop()
        self._thumbnails.stop()

    def _ask(self) -> None:
        self._pending = False
        if self._stopped:
            return
        self._asked += 1
        asked, trashed = self._asked, self.trashed
        states = _FAILED if self._shows is Shows.FAILED else ()
        search = "" if trashed else self.search.text().strip()
        background.run(
            self,
            lambda: self._library.document_ids(states=states, search=search, trashed=trashed),
            success=lambda ids: self._arrived(asked, ids),
            failure=self.failed.emit,
        )

    def _arrived(self, asked: int, ids: list[int]) -> None:
        if asked != self._asked or self._stopped:
            return
        current, row = self.current, self.view.currentIndex().row()
        chosen = set(self.selected())
        scroll = self.view.verticalScrollBar().value()
        if self.model.set_ids(ids):
            number = self.model.row_of(current) if current else None
            if number is None and current and ids:
                number = min(row, len(ids) - 1)
            if number is not None:
                self.view.setCurrentIndex(self.model.index(number))
            selection = self.view.selectionModel()
            for place, document_id in enumerate(ids if len(chosen) > 1 else ()):
                if document_id in chosen:
                    index = self.model.index(place)
                    selection.select(index, selection.SelectionFlag.Select)
            self.view.verticalScrollBar().setValue(scroll)
        if self._wanted and not self._pending:
            wanted, self._wanted = self._wanted, 0
            self.go_to(wanted)
        if ids and not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.model.index(0))
        self.count.setText(str(len(ids)) if ids else "")
        self.view.setVisible(bool(ids))
        self.nothing.setVisible(not ids)
        if not ids:
            searched = bool(self.search.text().strip()) and not self.trashed
            self.nothing.setText(
                self.tr("The trash is empty.")
                if self.trashed
                else self.tr("Nothing matches. Clear the search to see everything.")
                if searched
                else self.tr("Nothing here yet. Drop files on this window to add them.")
            )
        self.empty_button.setEnabled(bool(ids))
        self._on_selection()
        self.current_changed.emit(self.current)
        self.loaded.emit(len(ids))

    def _on_current(self, *_: object) -> None:
        self.current_changed.emit(self.current)

    def _on_selection(self) -> None:
        self.restore_button.setEnabled(bool(self.selected()))
        self.selection_changed.emit()

    def _on_activated(self, index: QModelIndex) -> None:
        if index.isValid() and not self.trashed:
            self.opened.emit(self.model.ids[index.row()])
