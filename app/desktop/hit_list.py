"""The places that a search found: the document, the page, and the words around what was found."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QPainter, QPalette, QPen, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.desktop import words
from app.desktop.cells import selected_ground
from app.desktop.plain_text import harmless, one_line
from app.desktop.tones import Tone, tone
from app.library import Hit
from app.library.passages import Column

Index = QModelIndex | QPersistentModelIndex
HIT = Qt.ItemDataRole.UserRole
_LINES = 2  # of a snippet


class HitModel(QAbstractTableModel):
    """One row for each hit so far."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._hits: list[Hit] = []
        self._total = 0

    @property
    def hits(self) -> list[Hit]:
        return self._hits

    @property
    def complete(self) -> bool:
        """Whether these are all."""
        return len(self._hits) >= self._total

    def show(self, hits: Sequence[Hit], total: int) -> None:
        """Show other hits, of ``total`` in all."""
        self._total = total
        if list(hits) == self._hits:
            return
        self.beginResetModel()
        self._hits = list(hits)
        self.endResetModel()

    def add(self, hits: Sequence[Hit], total: int) -> None:
        """Show the next ones below."""
        self._total = total
        if hits:
            first = len(self._hits)
            self.beginInsertRows(QModelIndex(), first, first + len(hits) - 1)
            self._hits.extend(hits)
            self.endInsertRows()
        else:
            self._total = len(self._hits)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._hits)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._hits):
            return None
        hit = self._hits[index.row()]
        if role == HIT:
            return hit
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{one_line(hit.document_name)}, {where_words(hit)}: {harmless(hit.snippet)}"
        return None


def where_words(hit: Hit) -> str:
    """Where in its document a hit is."""
    if hit.page is not None:
        return words.tr("page {0}").format(hit.page)
    return words.tr("your note") if hit.column is Column.NOTE else words.tr("file name")


class HitDelegate(QStyledItemDelegate):
    """Draws a hit as plain text, whatever is in it; what was found is bold."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line = option.fontMetrics.lineSpacing()
        return QSize(240, int(line * (1.35 + _LINES)) + 20)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        hit = index.data(HIT)
        if not isinstance(hit, Hit):
            return
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if selected:
            base = option.palette.color(QPalette.ColorRole.Base)
            painter.fillRect(option.rect, selected_ground(option.palette, base))
            mark = QRect(option.rect.topLeft(), QSize(3, option.rect.height()))
            painter.fillRect(mark, option.palette.color(QPalette.ColorRole.Highlight))
        rect = option.rect.adjusted(14, 9, -14, -9)
        line = option.fontMetrics.lineSpacing()
        head = QRect(rect.left(), rect.top(), rect.width(), line + 2)
        centre = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(option.font)
        painter.setPen(tone(Tone.QUIET))
        where = where_words(hit)
        painter.drawText(head, Qt.AlignmentFlag.AlignRight | centre, where)
        room = rect.width() - option.fontMetrics.horizontalAdvance(where) - 16
        bold = QFont(option.font)
        bold.setBold(True)
        painter.setFont(bold)
        plain = option.palette.color(QPalette.ColorRole.Text)
        painter.setPen(plain)
        name = painter.fontMetrics().elidedText(
            one_line(hit.document_name), Qt.TextElideMode.ElideMiddle, room
        )
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft | centre, name)
        top = QPointF(rect.left(), rect.top() + 1.35 * line)
        layout = snippet_layout(hit, option.font, rect.width(), plain)
        painter.setPen(plain)
        layout.draw(painter, top)
        painter.setPen(QPen(option.palette.color(QPalette.ColorRole.Midlight), 1))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        painter.restore()


def snippet_layout(hit: Hit, font: QFont, width: int, colour: QColor) -> QTextLayout:
    """A hit's snippet in two lines, the found stretches bold."""
    text = "".join(" " if character.isspace() else character for character in harmless(hit.snippet))
    layout = _laid_out(text, hit, font, width, colour)
    kept = len(text)
    while layout.lineCount() > _LINES and kept > 0:
        end = layout.lineAt(_LINES - 1)
        kept = min(kept, _characters(text, end.textStart() + end.textLength())) - 3
        layout = _laid_out(text[: max(0, kept)].rstrip() + "…", hit, font, width, colour)
    return layout


def _laid_out(text: str, hit: Hit, font: QFont, width: int, colour: QColor) -> QTextLayout:
    layout = QTextLayout(text, font)
    found = QTextCharFormat()
    found.setFontWeight(QFont.Weight.Bold)
    found.setForeground(colour)
    ranges = []
    for start, end in hit.matches:
        if start < end <= len(text):
            stretch = QTextLayout.FormatRange()
            stretch.start = _units(text[:start])
            stretch.length = _units(text[start:end])
            stretch.format = found
            ranges.append(stretch)
    layout.setFormats(ranges)
    layout.beginLayout()
    high = 0.0
    while (line := layout.createLine()).isValid() and layout.lineCount() <= _LINES + 1:
        line.setLineWidth(max(20, width))
        line.setPosition(QPointF(0, high))
        high += line.height()
    layout.endLayout()
    return layout


def _units(text: str) -> int:
    """How many of Qt's characters (UTF-16) a text has."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _characters(text: str, units: int) -> int:
    """How many characters of ``text`` make up so many of Qt's."""
    counted = 0
    for place, character in enumerate(text):
        if counted >= units:
            return place
        counted += 2 if ord(character) > 0xFFFF else 1
    return len(text)
