"""Search over everything: a box, filters that fold away, and the places that were found."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import background
from app.desktop.cited_lines import strokes
from app.desktop.documents_page import CardList
from app.desktop.hit_list import HitDelegate, HitModel
from app.desktop.icons import icon
from app.desktop.page_view import Mark
from app.desktop.quiet_label import QuietLabel
from app.desktop.search_filters import SearchFilters
from app.library import Among, Found, Hit, Library, Query

_WAIT = 150  # milliseconds after a key before it is searched
_AT_ONCE = 40  # hits
_MOST = 1_000  # hits that are looked up again when the library changed
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class SearchPage(QWidget):
    """``page_wanted`` carries a document's id, a page and the Marks on it; id 0 for none.

    ``opened`` carries a Hit whose document is to be opened.
    """

    page_wanted = Signal(int, int, object)
    opened = Signal(object)
    current_changed = Signal()
    failed = Signal(object)
    searched = Signal()

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("search")
        self._library = library
        self._stopped = False
        self._running = False
        self._again = False
        self._adding = False
        self._asked = 0  # counts what was asked for, so that what comes late is dropped
        self._looked_at = 0
        self._shown: Query | None = None  # what the list shows the hits of
        self._build()
        self._connect()
        self._tell_nothing()

    # building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self.box = QLineEdit(self)
        self.box.setPlaceholderText(self.tr("Search in everything"))
        self.box.setAccessibleName(self.tr("Search in everything"))
        self.box.setClearButtonEnabled(True)
        glass = self.box.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        glass.setText(self.tr("Search"))
        for button in self.box.findChildren(QToolButton):
            if button.defaultAction() is not glass:
                button.setAccessibleName(self.tr("Clear"))
        font = self.box.font()
        font.setPointSizeF(font.pointSizeF() * 1.2)
        self.box.setFont(font)
        self.box.setMinimumHeight(int(self.box.fontMetrics().height() * 2))
        self.fold = QToolButton(self)
        self.fold.setCheckable(True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setAutoRaise(True)
        self.filters = SearchFilters(self)
        self.filters.hide()
        self.count = QLabel(self)
        self.count.setTextFormat(Qt.TextFormat.PlainText)
        self.count.setWordWrap(True)
        self.count.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.box, 1)
        head.addWidget(self.fold)

        self.model = HitModel(self)
        self.view = CardList(self)
        self.view.setObjectName("hits")
        self.view.setAccessibleName(self.tr("What was found"))
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setModel(self.model)
        self.view.setItemDelegate(HitDelegate(self.view))
        self.view.fit_rows()
        self.hint = _Hint(self)
        self.nothing = _Nothing(self)
        self.stack = QStackedWidget(self)
        for widget in (self.hint, self.view, self.nothing):
            self.stack.addWidget(widget)
        top = QVBoxLayout()
        top.setContentsMargins(14, 10, 14, 8)
        top.setSpacing(8)
        top.addLayout(head)
        top.addWidget(self.filters)
        top.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.stack, 1)
        self._name_fold()

    def _connect(self) -> None:
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_WAIT)
        self._typing.timeout.connect(self.refresh)
        self.box.textChanged.connect(self._on_text)
        self.box.installEventFilter(self)
        self.fold.toggled.connect(self._on_fold)
        self.filters.changed.connect(self._on_filters)
        self.nothing.clear.clicked.connect(self.filters.clear.click)
        bar = self.view.verticalScrollBar()
        bar.valueChanged.connect(lambda _: self._ask_more())
        bar.rangeChanged.connect(lambda *_: self._ask_more())
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.view.activated.connect(self._on_activated)

    # what the window asks -------------------------------------------------------------------

    def take_focus(self) -> None:
        """Let the user type."""
        self.box.setFocus()
        self.box.selectAll()

    @property
    def current(self) -> Hit | None:
        """The hit that is chosen."""
        row = self.view.currentIndex().row()
        found = self.stack.currentWidget() is self.view and 0 <= row < len(self.model.hits)
        return self.model.hits[row] if found else None

    @property
    def trashed(self) -> bool:
        """Whether the trash is searched."""
        return self._shown is not None and self._shown.filters.among is Among.TRASH

    def look(self) -> None:
        """Show the page of the chosen hit."""
        hit = self.current
        self._looked_at += 1
        asked = self._looked_at
        if hit is None:
            self.page_wanted.emit(0, 0, ())
            return
        page = hit.page or 1

        def marks() -> tuple[Mark, ...]:
            found = self._library.page(hit.document_id, page) if hit.words else None
            if found is None:
                return ()
            boxes = [found.words[n].box for n in hit.words if n < len(found.words)]
            return tuple(Mark(box, self.tr("Found here")) for box in strokes(boxes))

        def arrived(found: tuple[Mark, ...]) -> None:
            if asked == self._looked_at and not self._stopped:
                self.page_wanted.emit(hit.document_id, page, found)

        background.run(self, marks, success=arrived, failure=self._on_gone)

    def refresh(self) -> None:
        """Search for what is typed, also again after the library changed."""
        self._typing.stop()
        if self._stopped:
            return
        self._asked += 1
        if self._running:
            self._again = True  # one at a time: the next letter comes before the last search ends
            return
        query = Query(self.box.text(), self.filters.filters(), _AT_ONCE)
        same = self._shown is not None and self._wanted(self._shown) == self._wanted(query)
        if same:
            limit = min(_MOST, max(_AT_ONCE, len(self.model.hits)))
            query = Query(query.text, query.filters, limit)
        asked = self._asked
        self._running = True
        background.run(
            self,
            lambda: self._library.search(query),
            success=lambda found: self._arrived(asked, query, found, same=same),
            failure=self._on_failed,
        )

    def stop(self) -> None:
        """Ask the library for nothing any more."""
        self._stopped = True
        self._typing.stop()

    # inside -------------------------------------------------------------------------------

    @staticmethod
    def _wanted(query: Query) -> tuple[str, object]:
        return query.text, query.filters

    def _on_text(self) -> None:
        self._typing.start()

    def _on_filters(self) -> None:
        self._name_fold()
        self._typing.start()

    def _on_fold(self, shown: bool) -> None:
        self.filters.setVisible(shown)
        self._name_fold()

    def _name_fold(self) -> None:
        count = self.filters.count
        text = self.tr("Filters ({0})").format(count) if count else self.tr("Filters")
        self.fold.setText(text)
        self.fold.setIcon(icon("unfold" if self.fold.isChecked() else "fold"))
        self.fold.setToolTip(
            self.tr("Hide the filters") if self.fold.isChecked() else self.tr("Show the filters")
        )

    def _ended(self) -> bool:
        """A search has ended; whether what it brought is still wanted."""
        self._running = False
        if self._again and not self._stopped:
            self._again = False
            self.refresh()
        return not self._stopped

    def _on_failed(self, error: Exception) -> None:
        if self._ended():
            self.failed.emit(error)

    def _on_gone(self, error: Exception) -> None:
        if isinstance(error, KeyError):  # deleted meanwhile: the next search leaves it out
            self.page_wanted.emit(0, 0, ())
        else:
            self.failed.emit(error)

    def _arrived(self, asked: int, query: Query, found: Found, *, same: bool) -> None:
        wanted = asked == self._asked
        if not self._ended() or not wanted:
            return
        self._shown = query
        before, scrolled = self.current, self.view.verticalScrollBar().value()
        self.model.show(found.hits, _in_all(found))
        if not found.total:
            self._tell_nothing(found)
        else:
            self._tell_count(found)
            self.stack.setCurrentWidget(self.view)
            row = _row_of(before, self.model.hits) if same else 0
            if not self.view.currentIndex().isValid() or self.view.currentIndex().row() != row:
                self.view.setCurrentIndex(self.model.index(row, 0))
            self.view.verticalScrollBar().setValue(scrolled if same else 0)
        if self.current != before or not same:
            self.look()
        self.current_changed.emit()
        self.searched.emit()

    def _ask_more(self) -> None:
        """Look for the next hits, if the end of these is near."""
        query, bar = self._shown, self.view.verticalScrollBar()
        near = bar.value() + bar.pageStep() >= bar.maximum()
        if self._adding or self._stopped or query is None or self.model.complete or not near:
            return
        self._adding = True
        asked = self._asked
        following = Query(query.text, query.filters, _AT_ONCE, offset=len(self.model.hits))

        def arrived(found: Found) -> None:
            self._adding = False
            if asked == self._asked and not self._stopped:
                self.model.add(found.hits, _in_all(found))
                self._ask_more()

        def failed(error: Exception) -> None:
            self._adding = False
            self.failed.emit(error)

        background.run(
            self, lambda: self._library.search(following), success=arrived, failure=failed
        )

    def _tell_count(self, found: Found) -> None:
        count = QLocale().toString(found.total)
        if found.more:
            told = [self.tr("Found in more than {0} places.").format(count)]
        elif found.total == 1:
            told = [self.tr("Found in 1 place.")]
        else:
            told = [self.tr("Found in {0} places.").format(count)]
        if found.beginnings_only:
            told.append(
                self.tr("Only words that begin so; type more of the word to find it inside others.")
            )
        self._tell(told, found)

    def _tell_nothing(self, found: Found | None = None) -> None:
        if not self.box.text().strip():
            self.stack.setCurrentWidget(self.hint)
            told = [self.tr("Type a word to search with these filters.")]
            self._tell(told if self.filters.count else [], found)
        else:
            self.nothing.tell(self.box.text().strip(), filtered=bool(self.filters.count))
            self.stack.setCurrentWidget(self.nothing)
            self._tell([], found)

    def _tell(self, told: list[str], found: Found | None) -> None:
        waiting = found.unindexed if found is not None else 0
        if waiting:
            one = self.tr("1 document is not searched yet; it will be in a moment.")
            many = self.tr("{0} documents are not searched yet; they will be in a moment.")
            told = [*told, one if waiting == 1 else many.format(waiting)]
        self.count.setText(" ".join(told))
        self.count.setVisible(bool(told))

    def _on_current(self, index: QModelIndex) -> None:
        if index.isValid():
            self.look()
            self.current_changed.emit()

    def _on_activated(self, index: QModelIndex) -> None:
        if 0 <= index.row() < len(self.model.hits):
            self.opened.emit(self.model.hits[index.row()])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys in the box move through the list, Enter opens what is chosen there."""
        if watched is not self.box or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        if event.type() != QEvent.Type.KeyPress or event.modifiers() & ~_KEYPAD:
            return super().eventFilter(watched, event)
        key = Qt.Key(event.key())
        if key in _MOVES:
            self._move(key)
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._typing.isActive():
                self.refresh()  # what is seen is not what was typed
            elif self.current is not None and not self._running:
                self.opened.emit(self.current)
            return True
        return super().eventFilter(watched, event)

    def _move(self, key: Qt.Key) -> None:
        page = max(1, self.view.viewport().height() // max(1, self.view.rowHeight(0)) - 1)
        step = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
        }[key]
        last = len(self.model.hits) - 1
        row = min(last, max(0, self.view.currentIndex().row() + step))
        if self.stack.currentWidget() is self.view and last >= 0:
            self.view.setCurrentIndex(self.model.index(row, 0))


_KEYPAD = Qt.KeyboardModifier.KeypadModifier


def _in_all(found: Found) -> int:
    """How many hits there are at least; one more than was counted where not all were."""
    return found.total + 1 if found.more else found.total


def _row_of(hit: Hit | None, hits: list[Hit]) -> int:
    """Where a place is now; the first one if it is gone."""
    if hit is None:
        return 0
    place = (hit.document_id, hit.page)
    return next((n for n, h in enumerate(hits) if (h.document_id, h.page) == place), 0)


class _Hint(QWidget):
    """What can be searched, with examples, while nothing is typed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        title = QLabel(self.tr("Search in everything"), self)
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setBold(True)
        title.setFont(font)
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title.setWordWrap(True)
        about = QuietLabel(
            self,
            self.tr(
                "It finds words on all pages, values, file names and your notes, while you type. "
                "Capitals and accents make no difference."
            ),
        )
        about.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 16, 28, 16)
        layout.setSpacing(10)
        layout.addStretch(2)
        layout.addWidget(title)
        layout.addWidget(about)
        layout.addSpacing(8)
        for example, meaning in (
            (self.tr("miller paper"), self.tr("both words, or words that begin so")),
            (self.tr('"notice period"'), self.tr("in double quotes: these words together")),
            (self.tr("1,234.50"), self.tr("an amount or a number, as it is printed")),
        ):
            line = QLabel(f"{example}   –   {meaning}", self)
            line.setTextFormat(Qt.TextFormat.PlainText)
            line.setAlignment(Qt.AlignmentFlag.AlignCenter)
            line.setWordWrap(True)
            layout.addWidget(line)
        layout.addStretch(3)


class _Nothing(QWidget):
    """What to do where nothing was found."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = QLabel(self)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text.setWordWrap(True)
        self.clear = QPushButton(self.tr("Clear filters"), self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 16, 28, 16)
        layout.setSpacing(12)
        layout.addStretch(2)
        layout.addWidget(self.text)
        layout.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def tell(self, text: str, *, filtered: bool) -> None:
        """Say that ``text`` was not found."""
        shown = text if len(text) <= 60 else f"{text[:59]}…"
        advice = (
            self.tr("Clear the filters, or try fewer words.")
            if filtered
            else self.tr("Check how it is spelled, or try fewer words or a part of a word.")
        )
        self.text.setText(self.tr("Nothing was found for “{0}”.").format(shown) + "\n" + advice)
        self.clear.setVisible(filtered)
