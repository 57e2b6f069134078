"""A list to choose from that can hold any value, also one that it does not offer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from app.desktop.cells import WheelGuard

T = TypeVar("T")


class Choice(QComboBox, Generic[T]):
    """As wide as what is chosen; ``chosen`` tells that the user chose something else.

    A value that is set and not offered is added in its own ``words``, so that nothing is
    shown as something that it is not.
    """

    chosen = Signal()

    def __init__(self, name: str, words: Callable[[T], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._values: list[T | None] = []  # None for a line between two entries
        self._now: T | None = None
        self.setAccessibleName(name)
        self.setMaxVisibleItems(24)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.installEventFilter(WheelGuard(self))
        self.activated.connect(self._on_activated)

    def offer(self, groups: Sequence[Sequence[T]]) -> None:
        """Offer other values, with a line between two groups; what is chosen stays."""
        now = self._now
        self.clear()
        self._values = []
        for group in groups:
            if self._values and group:
                self.insertSeparator(self.count())
                self._values.append(None)
            for value in group:
                self._add(value)
        if now is not None:
            self.set_value(now)

    def value(self) -> T:
        """What is chosen; raises ``LookupError`` before anything was set."""
        if self._now is None:
            raise LookupError("nothing was set")
        return self._now

    def set_value(self, value: T) -> None:
        """Choose, as the program."""
        if value not in self._values:
            self._add(value)
        self._now = value
        self.setCurrentIndex(self._values.index(value))
        self.setToolTip(self.currentText())
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        wide = metrics.horizontalAdvance(self.currentText()) + int(2.6 * metrics.height())
        return QSize(wide, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        least = min(self.sizeHint().width(), 9 * metrics.averageCharWidth() + metrics.height() * 2)
        return QSize(least, super().minimumSizeHint().height())

    def showPopup(self) -> None:
        view = self.view()
        view.setTextElideMode(Qt.TextElideMode.ElideNone)
        bar = view.verticalScrollBar().sizeHint().width()
        view.setMinimumWidth(view.sizeHintForColumn(0) + bar + 12)
        super().showPopup()

    def _add(self, value: T) -> None:
        self._values.append(value)
        self.addItem(self._words(value))

    def _on_activated(self, index: int) -> None:
        value = self._values[index] if 0 <= index < len(self._values) else None
        if value is not None and value != self._now:
            self.set_value(value)
            self.chosen.emit()
