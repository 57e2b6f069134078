"""The slim bar that is there while documents are read."""

from __future__ import annotations

import time

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from app.desktop import words
from app.desktop.icons import icon


class QueueBar(QWidget):
    """“Reading 12 of 200 — about 1 minute left”, with Pause and Cancel."""

    pause_wanted = Signal(bool)
    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._left = 0
        self._done = 0
        self._first = 0
        self._paused = False
        self._began = 0.0
        self._done_at_begin = 0
        self.text = QLabel(self)
        self.bar = QProgressBar(self)
        self.bar.setAccessibleName(self.tr("Progress of reading"))
        self.bar.setTextVisible(False)
        self.bar.setMaximumHeight(10)
        self.pause = QPushButton(icon("pause"), self.tr("Pause"), self)
        self.pause.clicked.connect(lambda: self.pause_wanted.emit(not self._paused))
        self.cancel = QPushButton(icon("cancel"), self.tr("Cancel"), self)
        self.cancel.clicked.connect(self.cancel_wanted)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 6, 14, 6)
        layout.setSpacing(12)
        layout.addWidget(self.text)
        layout.addWidget(self.bar, 1)
        layout.addWidget(self.pause)
        layout.addWidget(self.cancel)
        self.hide()

    def show_progress(self, left: int, settled: int, *, paused: bool) -> None:
        """Take new figures: documents in the queue, and those of the library that are done."""
        if left == 0:
            self._left = 0
            self.hide()
            return
        if self._left == 0:
            self._first = settled
            self._begin(0)
        self._done = max(0, settled - self._first)
        if self._paused and not paused:
            self._begin(self._done)
        self._left = left
        self._paused = paused
        self._show()
        self.show()

    def _begin(self, done: int) -> None:
        self._began = time.monotonic()
        self._done_at_begin = done

    def _show(self) -> None:
        done, total = self._done, self._done + self._left
        self.bar.setMaximum(total)
        self.bar.setValue(done)
        if self._paused:
            waiting = self.tr("1 document waits") if self._left == 1 else self.tr(
                "{0} documents wait"
            ).format(self._left)  # fmt: skip
            text = self.tr("Paused: {0}").format(waiting)
        else:
            text = self.tr("Reading {0} of {1}").format(done + 1, total)
            left = self._time_left(done)
            if left:
                text = f"{text} — {left}"
        self.text.setText(text)
        self.pause.setText(self.tr("Resume") if self._paused else self.tr("Pause"))
        self.pause.setIcon(icon("resume" if self._paused else "pause"))

    def _time_left(self, done: int) -> str:
        fresh = done - self._done_at_begin
        if fresh < 2:
            return ""
        return words.time_left((time.monotonic() - self._began) / fresh * self._left)
