"""An answer in words as it grows, with links where it cites and marks where it is in doubt.

The text stands in pieces below each other, so that what comes is laid out with its own
piece and never with all that came before.  It is shown as plain text: nothing in it is
taken for markup, and the only links are those made here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QSizeF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFont,
    QKeyEvent,
    QKeySequence,
    QTextCharFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QMenu,
    QSizePolicy,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app.asking.messages import Citation, Doubt
from app.desktop import ask_words
from app.desktop.icons import icon
from app.desktop.plain_text import harmless, tip
from app.desktop.tones import Tone, tone

MOST_SHOWN = 200_000
"""Characters of an answer that are shown; all of them are copied and exported."""

_FULL, _HIGHEST = 3_000, 4_000  # characters after which a piece ends at a line, or anywhere
_AT_ONCE = 2_000  # characters that are laid out in one step of the event loop
_PAUSE = 15  # milliseconds between two steps
_SCROLLS = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
    Qt.Key.Key_Home, Qt.Key.Key_End,
)  # fmt: skip
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of the answer that is shown in a way of its own; ``link`` numbers citations."""

    start: int
    end: int
    shown: str
    tip: str
    link: int | None


class _Piece(QTextBrowser):
    """Some of the text, as high as it is; what scrolls is what it stands in."""

    cited = Signal(int)
    reached = Signal(object, int)
    copy_wanted = Signal()

    def __init__(self, parent: QWidget, start: int) -> None:
        super().__init__(parent)
        self.start = start
        self.length = 0
        self.dressed = False
        self.setAccessibleName(self.tr("Answer"))
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAcceptDrops(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
            | Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(1)
        self.document().documentLayout().documentSizeChanged.connect(self._on_size)
        self.anchorClicked.connect(self._on_anchor)
        self.setFixedHeight(self.fontMetrics().lineSpacing() + 2)

    def grow(self, text: str) -> None:
        """Put text after what is there."""
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text, QTextCharFormat())
        self.length += len(text)

    def close_line(self) -> None:
        """Take the last line's end away: the next piece begins on a line of its own."""
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.deletePreviousChar()

    def fill(self, text: str, spans: Sequence[_Span]) -> None:
        """Show ``text`` anew, with ``spans``, whose places count from its beginning."""
        self.dressed = True
        self.setUpdatesEnabled(False)
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        plain, here = QTextCharFormat(), 0
        for span in spans:
            cursor.insertText(text[here : span.start], plain)
            if span.link is None:
                cursor.insertText(text[span.start : span.end], _doubted(span.tip))
                cursor.insertText("(?)", _sign(span.tip))
            elif span.shown:
                cursor.insertText("[", plain)
                cursor.insertText(span.shown, _linked(span))
                cursor.insertText("]", plain)
            here = span.end
        cursor.insertText(text[here:], plain)
        cursor.endEditBlock()
        self.setUpdatesEnabled(True)

    def _on_size(self, size: QSizeF) -> None:
        high = math.ceil(size.height())
        if high != self.height():
            self.setFixedHeight(high)

    def _on_anchor(self, address: QUrl) -> None:
        number = address.toString()
        if number.isdecimal():
            self.cited.emit(int(number))

    def loadResource(self, kind: int, name: QUrl | str) -> None:
        """Nothing: an answer has no pictures, and nothing in it may name a file."""
        del kind, name

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _SCROLLS and event.modifiers() in _PLAIN:
            event.ignore()  # what it stands in scrolls
            return
        if event.matches(QKeySequence.StandardKey.Copy) and not self.textCursor().hasSelection():
            self.copy_wanted.emit()
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def focusNextPrevChild(self, forward: bool) -> bool:
        moved = super().focusNextPrevChild(forward)
        if moved and self.hasFocus():
            self.reached.emit(self, self.cursorRect().center().y())
        return moved

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        chosen = menu.addAction(icon("copy"), self.tr("Copy what is selected"))
        chosen.setEnabled(self.textCursor().hasSelection())
        chosen.triggered.connect(self.copy)
        menu.addAction(icon("copy"), self.tr("Copy the whole answer")).triggered.connect(
            self.copy_wanted
        )
        menu.exec(event.globalPos())
        menu.deleteLater()


def _linked(span: _Span) -> QTextCharFormat:
    link = QTextCharFormat()
    link.setAnchor(True)
    link.setAnchorHref(str(span.link))
    link.setForeground(tone(Tone.LINK))
    link.setFontUnderline(True)
    link.setToolTip(tip(span.tip))
    return link


def _doubted(why: str) -> QTextCharFormat:
    doubted = QTextCharFormat()
    doubted.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
    doubted.setUnderlineColor(tone(Tone.DOUBT))
    doubted.setBackground(tone(Tone.DOUBT_GROUND))
    doubted.setToolTip(tip(why))
    return doubted


def _sign(why: str) -> QTextCharFormat:
    sign = QTextCharFormat()
    sign.setForeground(tone(Tone.DOUBT))
    sign.setFontWeight(QFont.Weight.Bold)
    sign.setToolTip(tip(why))
    return sign


class AnswerText(QWidget):
    """``cited`` carries a Citation whose link was followed.

    ``reached`` carries a widget and a height in it that the keyboard came to; ``settled``
    tells that all of it is shown.
    """

    cited = Signal(object)
    reached = Signal(object, int)
    copy_wanted = Signal()
    settled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._length = 0  # of what is laid out
        self._pieces: list[_Piece] = []
        self._citations: tuple[Citation, ...] = ()
        self._spans: tuple[_Span, ...] = ()
        self._whole = False
        self.cut = QLabel(self.tr("It is longer than what is shown here: copy it to have all."))
        self.cut.setTextFormat(Qt.TextFormat.PlainText)
        self.cut.setWordWrap(True)
        self.cut.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.cut)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE)
        self._timer.timeout.connect(self._step)

    @property
    def text(self) -> str:
        """The answer, also what of it is not shown (yet)."""
        return self._text

    @property
    def shown(self) -> str:
        """The text as it stands on the screen."""
        return "\n".join(piece.toPlainText() for piece in self._pieces)

    @property
    def pieces(self) -> tuple[QTextBrowser, ...]:
        """The widgets that show the text."""
        return tuple(self._pieces)

    @property
    def working(self) -> bool:
        """Whether there is something left to lay out."""
        return self._timer.isActive()

    def append(self, text: str) -> None:
        """Put text after what came before; it is laid out step by step."""
        self._text += harmless(text)
        self._go_on()

    def finish(
        self, text: str, citations: Sequence[Citation] = (), doubts: Sequence[Doubt] = ()
    ) -> None:
        """Show the whole answer with its citations and doubts."""
        text = harmless(text)
        self._whole = True
        self._citations = tuple(citations)
        self._spans = _spans(text, citations, doubts)
        shown = self._text[: self._length]
        if not text.startswith(shown):
            keep = next(
                (
                    number
                    for number, piece in enumerate(self._pieces)
                    if not text.startswith(shown[piece.start : piece.start + piece.length],
                                           piece.start)
                ),
                len(self._pieces),
            )  # fmt: skip
            self._drop(keep)
        self._text = text
        for piece in self._pieces:
            piece.dressed = False
        self._go_on()

    def _drop(self, keep: int) -> None:
        for piece in self._pieces[keep:]:
            self._column.removeWidget(piece)
            piece.hide()
            piece.deleteLater()
        del self._pieces[keep:]
        self._length = sum(piece.length for piece in self._pieces)

    def _go_on(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _step(self) -> None:
        until = min(len(self._text), MOST_SHOWN)
        if self._length < until:
            self._lay_out(self._text[self._length : min(until, self._length + _AT_ONCE)])
            self._timer.start()
            return
        self.cut.setVisible(self._whole and len(self._text) > MOST_SHOWN)
        if not self._whole:
            return
        for piece in self._pieces:
            if not piece.dressed:
                self._dress(piece)
                self._timer.start()
                return
        self.settled.emit()

    def _lay_out(self, text: str) -> None:
        while text:
            if not self._pieces or _is_full(self._pieces[-1], self._text):
                self._begin()
            piece = self._pieces[-1]
            taken = _room(piece, text)
            piece.grow(text[:taken])
            self._length += taken
            text = text[taken:]
            if _is_full(piece, self._text) and self._text[self._length - 1] == "\n":
                piece.close_line()

    def _begin(self) -> None:
        piece = _Piece(self, self._length)
        piece.cited.connect(self._on_cited)
        piece.reached.connect(self.reached)
        piece.copy_wanted.connect(self.copy_wanted)
        self._pieces.append(piece)
        self._column.insertWidget(len(self._pieces) - 1, piece)

    def _dress(self, piece: _Piece) -> None:
        start, end = piece.start, piece.start + piece.length
        last = piece is self._pieces[-1]
        spans = [
            _Span(
                max(span.start, start) - start,
                min(span.end, end) - start,
                span.shown if start <= span.start else "",  # a link stands where it begins
                span.tip,
                span.link,
            )
            for span in self._spans
            if (span.start < end or (last and span.start == end))
            and (span.end > start or span.start == span.end == start)
        ]
        if not spans:
            piece.dressed = True
            return
        text = self._text[start:end]
        if _is_full(piece, self._text) and text.endswith("\n"):
            text = text[:-1]
            spans = [
                _Span(min(s.start, len(text)), min(s.end, len(text)), s.shown, s.tip, s.link)
                for s in spans
            ]
        piece.fill(text, spans)

    def _on_cited(self, number: int) -> None:
        if number < len(self._citations):
            self.cited.emit(self._citations[number])

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._whole:
            # The colours of links and marks are those of the moment in which they were made.
            for piece in self._pieces:
                piece.dressed = False
            self._go_on()

    def stop(self) -> None:
        """Lay out nothing any more."""
        self._timer.stop()


def place_in(outer: QWidget, inner: QWidget, height: int) -> QPoint:
    """The point at ``height`` of ``inner`` as ``outer`` counts."""
    return inner.mapTo(outer, QPoint(0, height))


def _is_full(piece: _Piece, text: str) -> bool:
    if piece.length >= _HIGHEST:
        return True
    end = piece.start + piece.length
    return piece.length >= _FULL and text[end - 1 : end] == "\n"


def _room(piece: _Piece, text: str) -> int:
    """How many characters of ``text`` still belong to this piece."""
    from_here = max(0, _FULL - piece.length - 1)
    end_of_line = text.find("\n", from_here)
    most = _HIGHEST - piece.length
    if 0 <= end_of_line < most:
        return end_of_line + 1
    return min(len(text), most)


def _spans(text: str, citations: Sequence[Citation], doubts: Sequence[Doubt]) -> tuple[_Span, ...]:
    """What is shown in a way of its own, in order and without overlaps."""
    wanted = [
        _Span(c.start, c.end, ask_words.citation_words(c), c.quote, number)
        for number, c in enumerate(citations)
    ]
    wanted += [_Span(d.start, d.end, "", ask_words.doubt_words(d.why), None) for d in doubts]
    wanted.sort(key=lambda span: (span.start, span.link is None))
    spans: list[_Span] = []
    here = 0
    for span in wanted:
        start, end = max(here, span.start), min(span.end, len(text))
        if start > end or (start == end and span.link is None) or span.start > len(text):
            continue
        spans.append(_Span(start, end, span.shown, span.tip, span.link))
        here = end
    return tuple(spans)
