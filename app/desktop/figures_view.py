"""Stands in for the table and the chart of figures until they are here."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.asking.messages import Computed


class FiguresView(QWidget):
    """Shows how many figures there are."""

    records_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = QLabel(self)
        QVBoxLayout(self).addWidget(self._label)

    def show_figures(self, computed: Computed) -> None:
        self._label.setText(str(len(computed.figures.figures)))
