"""The list at the left: where to go, and how much is there."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.desktop import words
from app.desktop.icons import icon
from app.desktop.tones import Tone, tone
from app.document_types import document_types
from app.library import Counts

ALL, LOOK, FAILED, TRASH, ASK = "@all", "@look", "@failed", "@trash", "@ask"
SEARCH = "@search"
_NAME = Qt.ItemDataRole.UserRole
_COUNT = Qt.ItemDataRole.UserRole + 1
_WARN = Qt.ItemDataRole.UserRole + 2


class _Delegate(QStyledItemDelegate):
    """Draws the count at the right end of an entry."""

    def sizeHint(self, option: QStyleOptionViewItem, index: object) -> QSize:
        given = index.data(Qt.ItemDataRole.SizeHintRole)  # type: ignore[attr-defined]
        if isinstance(given, QSize):
            return given
        return QSize(120, int(option.fontMetrics.height() * 2.1))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: object) -> None:
        item = QStyleOptionViewItem(option)
        count = index.data(_COUNT)  # type: ignore[attr-defined]
        text = str(count) if count else ""
        room = option.fontMetrics.horizontalAdvance(text) + 18 if text else 0
        self.initStyleOption(item, index)  # type: ignore[arg-type]
        style = option.widget.style() if option.widget else None
        if style is None:
            return
        style.drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, item, painter, item.widget
        )
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        rect = option.rect.adjusted(12, 0, -10, 0)
        side = 18
        spot = QRect(rect.left(), rect.center().y() - side // 2, side, side)
        mode = item.icon.Mode.Selected if selected else item.icon.Mode.Normal
        item.icon.paint(painter, spot, Qt.AlignmentFlag.AlignCenter, mode)
        painter.save()
        painter.setFont(item.font)
        painter.setPen(option.palette.color(role))
        words_room = rect.adjusted(side + 10, 0, -room, 0)
        elided = item.fontMetrics.elidedText(
            item.text, Qt.TextElideMode.ElideRight, words_room.width()
        )
        centre = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words_room, centre | Qt.AlignmentFlag.AlignLeft, elided)
        colour: QColor = option.palette.color(role)
        if not selected:
            colour = tone(Tone.DOUBT if index.data(_WARN) else Tone.QUIET)  # type: ignore[attr-defined]
        painter.setPen(colour)
        painter.drawText(rect, centre | Qt.AlignmentFlag.AlignRight, text)
        painter.restore()


class Navigation(QListWidget):
    """``chosen`` carries a place (``ALL``, ``SEARCH`` …) or a document type's name."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("navigation")
        self.setAccessibleName(self.tr("Where to go"))
        self.setItemDelegate(_Delegate(self))
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setIconSize(QSize(18, 18))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._entries: dict[str, QListWidgetItem] = {}
        self._add(ALL, self.tr("All documents"), "documents")
        self._add(LOOK, self.tr("Needs a look"), "look")
        self._add(FAILED, self.tr("Not read"), "failed")
        self._entries[FAILED].setHidden(True)
        self._add(SEARCH, self.tr("Search"), "search")
        self._add(ASK, self.tr("Ask"), "ask")
        self._gap()
        for name, definition in document_types().items():
            self._add(name, words.type_label(definition.plural), name)
        self._gap()
        self._add(TRASH, self.tr("Trash"), "trash")
        self.setCurrentItem(self._entries[ALL])
        self.currentItemChanged.connect(self._on_current)

    @property
    def current(self) -> str:
        """Where the user is."""
        item = self.currentItem()
        return str(item.data(_NAME)) if item is not None else ALL

    def go_to(self, name: str) -> None:
        """Choose an entry, as a click would."""
        if name in self._entries:
            self.setCurrentItem(self._entries[name])

    def show_counts(self, counts: Counts) -> None:
        """Show the library's figures."""
        self._set(ALL, counts.documents, self.tr("All documents"))
        self._set(LOOK, counts.needs_look, self.tr("Needs a look"), warn=True)
        not_read = counts.failed + counts.cancelled
        self._set(FAILED, not_read, self.tr("Not read"), warn=True)
        self._entries[FAILED].setHidden(not not_read and self.current != FAILED)
        self._set(TRASH, counts.trash, self.tr("Trash"))
        found = {t.document_type: t for t in counts.types}
        for name, definition in document_types().items():
            records = found[name].records if name in found else 0
            self._set(name, records, words.type_label(definition.plural))

    def _add(self, name: str, text: str, picture: str) -> None:
        item = QListWidgetItem(icon(picture), text, self)
        item.setData(_NAME, name)
        self._entries[name] = item

    def _gap(self) -> None:
        item = QListWidgetItem(self)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setSizeHint(QSize(10, 10))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, " ")

    def _set(self, name: str, count: int, text: str, *, warn: bool = False) -> None:
        item = self._entries[name]
        item.setData(_COUNT, count)
        item.setData(_WARN, warn)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{text}: {count}")

    def _on_current(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(_NAME):
            self.chosen.emit(str(item.data(_NAME)))
