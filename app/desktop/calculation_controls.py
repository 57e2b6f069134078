"""Stands in for the controls of a calculation until they are here."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.library.calculation import Calculation, Measure


class CalculationControls(QWidget):
    """Holds a calculation."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._calculation = Calculation(Measure.COUNT)
        QVBoxLayout(self).addWidget(QLabel("…", self))

    def calculation(self) -> Calculation:
        return self._calculation

    def set_calculation(self, calculation: Calculation) -> None:
        self._calculation = calculation
        self.changed.emit()

    def problem(self) -> str:
        return ""
