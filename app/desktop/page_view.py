"""The page beside the table: its picture, and the places that the values were read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QImage,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QGraphicsPixmapItem,
    QGraphicsRectItem,
    QGraphicsScene,
    QGraphicsView,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import background
from app.desktop.icons import icon
from app.desktop.pictures import load
from app.desktop.plain_text import tip
from app.desktop.tones import Tone
from app.desktop.value_ref import ValueRef
from app.document import Box, Status

_SMALLEST, _LARGEST = 0.05, 8.0
_STEP = 1.2


@dataclass(frozen=True, slots=True)
class Place:
    """Where one value stands on its page, and what to call it."""

    ref: ValueRef
    label: str
    box: Box
    status: Status


@dataclass(frozen=True, slots=True)
class Mark:
    """Lines of a page that something rests on, drawn as with a text marker."""

    box: Box
    label: str


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A picture as it lay on the disk when it was asked for; it may change under its path."""

    path: Path
    changed_at: int
    size: int

    @classmethod
    def of(cls, path: Path) -> _Drawn:
        try:
            found = path.stat()
        except OSError:  # it is said when the picture is loaded
            return cls(path, 0, 0)
        return cls(path, found.st_mtime_ns, found.st_size)


class _PlaceItem(QGraphicsRectItem):
    def __init__(self, place: Place, rect: QRectF) -> None:
        super().__init__(rect)
        self.place = place
        self.setToolTip(tip(place.label))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_current(False)

    def set_current(self, current: bool) -> None:
        colour = QColor(Tone.PLACE.value[0])
        if self.place.status is Status.DOUBTFUL:
            colour = QColor(Tone.DOUBT.value[0])
        ground = QColor(colour)
        ground.setAlpha(60 if current else 22)
        edge = QColor(colour)
        edge.setAlpha(255 if current else 90)
        pen = QPen(edge, 2.0 if current else 1.0)
        pen.setCosmetic(True)
        self.setPen(pen)
        self.setBrush(ground)
        self.setZValue(2 if current else 1)


class _MarkItem(QGraphicsRectItem):
    def __init__(self, mark: Mark, rect: QRectF) -> None:
        super().__init__(rect)
        self.setToolTip(tip(mark.label))
        ground = QColor(Tone.MARKED.value[0])
        edge = QColor(ground).darker(170)
        ground.setAlpha(90)
        pen = QPen(edge, 1.5)
        pen.setCosmetic(True)
        self.setPen(pen)
        self.setBrush(ground)
        self.setZValue(1.5)


class _Heading(QLabel):
    """One line of text, shortened in its middle where there is no room for all of it."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, self.width()
        )
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()


class _Canvas(QGraphicsView):
    """Shows the scene; a click that is no drag is told, Ctrl + wheel zooms."""

    clicked = Signal(object)
    zoomed = Signal(float)
    resized = Signal()

    def __init__(self, scene: QGraphicsScene, parent: QWidget) -> None:
        super().__init__(scene, parent)
        self.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setAcceptDrops(False)
        self._pressed_at: QPoint | None = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        here = event.position().toPoint()
        start, self._pressed_at = self._pressed_at, None
        if start is None or (here - start).manhattanLength() > 4:
            return
        places = [item for item in self.items(here) if isinstance(item, _PlaceItem)]
        if places:
            # Of places that lie over each other, the smallest is the one that was meant.
            smallest = min(places, key=lambda i: i.rect().width() * i.rect().height())
            self.clicked.emit(smallest.place)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoomed.emit(_STEP ** (event.angleDelta().y() / 120))
            event.accept()
            return
        super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class PageView(QWidget):
    """One page with its places; ``place_clicked`` carries a :class:`Place`."""

    place_clicked = Signal(object)
    page_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAccessibleName(self.tr("Page"))
        self._drawn: _Drawn | None = None
        self._number = 0
        self._pages = 0
        self._items: list[_PlaceItem] = []
        self._places: tuple[Place, ...] = ()
        self._mark_items: list[_MarkItem] = []
        self._marks: tuple[Mark, ...] = ()
        self._current: ValueRef | None = None
        self._fit: str = "width"

        self._scene = QGraphicsScene(self)
        self._picture = QGraphicsPixmapItem()
        self._picture.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self._scene.addItem(self._picture)
        self.canvas = _Canvas(self._scene, self)
        self.canvas.setAccessibleName(self.tr("Picture of the page"))
        self.canvas.clicked.connect(self.place_clicked)
        self.canvas.zoomed.connect(self.zoom)
        self.canvas.resized.connect(self._refit)

        self._heading = _Heading(self)
        self._heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._heading.setTextFormat(Qt.TextFormat.PlainText)
        self._notice = QLabel(self)
        self._notice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._notice.setWordWrap(True)
        self._count = QLabel(self)

        def action(text: str, name: str, key: QKeySequence | str | None = None) -> QAction:
            made = QAction(icon(name), text, self)
            if key is not None:
                made.setShortcut(key)
                made.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            self.addAction(made)
            return made

        self.previous_page = action(self.tr("Previous page"), "previous", "Ctrl+PgUp")
        self.next_page = action(self.tr("Next page"), "next", "Ctrl+PgDown")
        self.zoom_out = action(self.tr("Zoom out"), "zoom_out", QKeySequence("Ctrl+-"))
        self.zoom_in = action(self.tr("Zoom in"), "zoom_in", QKeySequence("Ctrl++"))
        self.fit_width = action(self.tr("Fit width"), "fit_width", "Ctrl+0")
        self.fit_page = action(self.tr("Fit whole page"), "fit_page", "Ctrl+9")
        self.previous_page.triggered.connect(lambda: self.page_wanted.emit(self._number - 1))
        self.next_page.triggered.connect(lambda: self.page_wanted.emit(self._number + 1))
        self.zoom_in.triggered.connect(lambda: self.zoom(_STEP))
        self.zoom_out.triggered.connect(lambda: self.zoom(1 / _STEP))
        self.fit_width.triggered.connect(lambda: self._set_fit("width"))
        self.fit_page.triggered.connect(lambda: self._set_fit("page"))

        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 8, 6)
        bar.setSpacing(4)
        bar.addWidget(self._heading, 1)
        for entry in (self.previous_page, self._count, self.next_page, None,
                      self.zoom_out, self.zoom_in, self.fit_width, self.fit_page):  # fmt: skip
            if entry is None:
                bar.addSpacing(10)
            elif isinstance(entry, QLabel):
                bar.addWidget(entry)
            else:
                bar.addWidget(self._button(entry))

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(self._notice, 1)
        self.clear()

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setAutoRaise(True)
        button.setIconSize(QSize(18, 18))
        button.setAccessibleName(action.text())
        return button

    @property
    def number(self) -> int:
        """The page that is shown, counted from 1; 0 if none is."""
        return self._number

    @property
    def places(self) -> tuple[Place, ...]:
        return self._places

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The lines that are marked on this page."""
        return self._marks

    def clear(self, notice: str = "") -> None:
        """Show no page, but ``notice``."""
        self._drawn = None
        self._number = self._pages = 0
        self._heading.clear()
        self._count.clear()
        self._set_places((), ())
        self._picture.setPixmap(QPixmap())
        self._tell(notice or self.tr("Choose a document to see its page here."))
        self._enable()

    def show_page(
        self,
        heading: str,
        picture: Path | None,
        number: int,
        pages: int,
        places: Sequence[Place],
        marks: Sequence[Mark] = (),
    ) -> None:
        """Show page ``number`` of ``pages``; the picture follows as soon as it is decoded.

        The first of the ``marks`` is brought into sight.
        """
        self._heading.setText(heading)
        self._heading.setToolTip(tip(heading))
        drawn = None if picture is None else _Drawn.of(picture)
        changed = drawn is None or drawn != self._drawn
        self._number, self._pages = number, pages
        self._count.setText(self.tr("Page {0} of {1}").format(number, pages))
        self._enable()
        if not changed:
            self._set_places(places, marks)
            return
        self._drawn = drawn
        self._picture.setPixmap(QPixmap())
        self._set_places((), ())
        self._places, self._marks = tuple(places), tuple(marks)
        if picture is None or drawn is None:
            self._tell(self.tr("This page has no picture yet."))
            return
        background.run(
            self,
            lambda: load(picture),
            success=lambda image: self._arrived(drawn, image),
            failure=lambda _error: self._failed(drawn),
        )

    def highlight(self, ref: ValueRef | None) -> None:
        """Draw the place of this value strongly and bring it into sight."""
        self._current = ref
        self._mark()

    @property
    def highlighted(self) -> Place | None:
        """The place that is drawn strongly, if it is on this page."""
        return next((p for p in self._places if p.ref == self._current), None)

    def zoom(self, factor: float) -> None:
        """Make the page larger (``factor`` > 1) or smaller."""
        self._fit = ""
        now = self.canvas.transform().m11()
        wanted = min(_LARGEST, max(_SMALLEST, now * factor))
        self.canvas.scale(wanted / now, wanted / now)

    def _tell(self, text: str) -> None:
        self._notice.setText(text)
        self._notice.setVisible(bool(text))
        self.canvas.setVisible(not text)

    def _enable(self) -> None:
        shown = self._number > 0
        self.previous_page.setEnabled(self._number > 1)
        self.next_page.setEnabled(0 < self._number < self._pages)
        for action in (self.zoom_in, self.zoom_out, self.fit_width, self.fit_page):
            action.setEnabled(shown)

    def _arrived(self, drawn: _Drawn, image: QImage) -> None:
        if drawn != self._drawn:
            return
        self._tell("")
        self._picture.setPixmap(QPixmap.fromImage(image))
        self._scene.setSceneRect(self._picture.boundingRect())
        self.canvas.setBackgroundBrush(self.palette().window())
        self._set_places(self._places, self._marks)
        self._refit()
        self._mark()

    def _failed(self, drawn: _Drawn) -> None:
        if drawn == self._drawn:
            self._tell(self.tr("The picture of this page could not be shown."))

    def _set_places(self, places: Sequence[Place], marks: Sequence[Mark]) -> None:
        self._places, self._marks = tuple(places), tuple(marks)
        for old in (*self._items, *self._mark_items):
            self._scene.removeItem(old)
        self._items, self._mark_items = [], []
        size = self._picture.boundingRect()
        if size.isEmpty():
            return
        wide, high = size.width(), size.height()
        margin = max(2.0, 0.0025 * wide)  # so that the frame does not touch the print

        def rect(box: Box) -> QRectF:
            drawn = QRectF(box.x0 * wide, box.y0 * high, box.width * wide, box.height * high)
            return drawn.adjusted(-margin, -margin, margin, margin)

        for place in self._places:
            item = _PlaceItem(place, rect(place.box))
            self._scene.addItem(item)
            self._items.append(item)
        for mark in self._marks:
            drawn = _MarkItem(mark, rect(mark.box))
            self._scene.addItem(drawn)
            self._mark_items.append(drawn)
        self._mark()

    def _mark(self) -> None:
        for item in self._items:
            current = item.place.ref == self._current
            item.set_current(current)
            if current:
                self._show_item(item)
        if self._mark_items:
            self._show_item(self._mark_items[0])

    def _show_item(self, item: QGraphicsRectItem) -> None:
        self.canvas.ensureVisible(item, min(60, self.canvas.viewport().width() // 6), 80)

    def _set_fit(self, fit: str) -> None:
        self._fit = fit
        self._refit()

    def _refit(self) -> None:
        rect = self._picture.boundingRect()
        if rect.isEmpty() or not self._fit:
            return
        view = self.canvas
        if self._fit == "page":
            view.fitInView(rect, Qt.AspectRatioMode.KeepAspectRatio)
            return
        # The room for the scroll bar is always kept, or the two would chase each other.
        room = view.width() - view.verticalScrollBar().sizeHint().width() - 8
        scale = min(_LARGEST, max(_SMALLEST, room / rect.width()))
        view.resetTransform()
        view.scale(scale, scale)
