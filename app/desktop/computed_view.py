"""An answer in figures: the sentence, what was worked out as controls, the table and chart."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.asking.messages import Computed
from app.desktop.behind_list import Behind, BehindList, Entry
from app.desktop.calculation_controls import CalculationControls
from app.desktop.figures_view import FiguresView
from app.desktop.icons import icon
from app.desktop.plain_text import harmless
from app.library import Library


class ComputedView(QWidget):
    """``wanted`` carries the Calculation to be worked out.

    ``behind_wanted`` carries what the documents are wanted of: a Figure or a Gap.
    ``looked_at`` carries the Entry of a document to be shown at the side, ``opened`` one to
    be gone to.  Without a result it is the place where a calculation is set by hand.
    """

    wanted = Signal(object)
    behind_wanted = Signal(object)
    looked_at = Signal(object)
    opened = Signal(object)

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self.sentence = QLabel(self)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        font = self.sentence.font()
        font.setPointSizeF(font.pointSizeF() * 1.1)
        self.sentence.setFont(font)
        self.controls = CalculationControls(self)
        self._calculation = self.controls.calculation()
        self.controls.changed.connect(self._on_changed)
        self.again = QPushButton(icon("figures"), self.tr("Work it out"), self)
        self.again.clicked.connect(self._send)
        self.figures: FiguresView | None = None
        self.behind = BehindList(self)
        self.behind.looked_at.connect(self.looked_at)
        self.behind.opened.connect(self.opened)
        frame = QFrame(self)
        frame.setFrameShape(QFrame.Shape.StyledPanel)
        frame.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(10, 8, 10, 8)
        inside.addWidget(self.controls)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.again)
        inside.addLayout(row)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self.sentence)
        self._column.addWidget(frame)
        self._column.addWidget(self.behind)
        self.sentence.hide()

    def begin(self) -> None:
        """Be the place where a calculation is set by hand."""
        self._on_changed()

    def show_result(self, computed: Computed) -> None:
        """Show what came out."""
        self._calculation = computed.calculation
        self.sentence.setText(harmless(computed.sentence))
        self.sentence.show()
        if self.figures is None:
            self.figures = FiguresView(self._library, self)
            self.figures.figure_wanted.connect(self.behind_wanted)
            self.figures.gap_wanted.connect(self.behind_wanted)
            self.figures.record_wanted.connect(self._on_record)
            self._column.insertWidget(2, self.figures)
        self.figures.show_figures(computed)
        self.controls.set_calculation(computed.calculation)
        self._on_changed()

    def show_behind(self, behind: Behind) -> None:
        """List the documents behind one of the numbers."""
        self.behind.show_behind(behind)
        self.behind.list.setFocus()

    def _on_changed(self) -> None:
        """What was worked out already needs no button."""
        changed = self.controls.calculation() != self._calculation
        self.again.setVisible(changed or self.figures is None)
        self.again.setEnabled(not self.controls.problem())

    def _on_record(self, record_id: int) -> None:
        self.looked_at.emit(Entry("", "other", 0, record_id))

    def _send(self) -> None:
        calculation = self.controls.calculation()
        if self.controls.problem():
            return
        if self.figures is not None:
            # The controls stay true to the figures below; the new ones come with their own.
            self.controls.set_calculation(self._calculation)
            self._on_changed()
        self.wanted.emit(calculation)
