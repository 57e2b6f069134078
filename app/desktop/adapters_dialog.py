"""Adapters (LoRA) of a model: one for each type of documents that has one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import words
from app.desktop.model_files import ask_for_adapter
from app.desktop.model_work import ModelWork
from app.document_types import document_types
from app.engine.models.store import Model


class AdaptersDialog(QDialog):
    """A row for each type of documents: what it has, and buttons to change that."""

    def __init__(self, model: Model, work: ModelWork, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Adapters of {0}").format(model.note.label))
        self._model = model
        self._work = work
        about = QLabel(
            self.tr(
                "An adapter (LoRA) is a small file that was trained for one kind of paper. "
                "It is used only for documents of the type that you choose it for."
            ),
            self,
        )
        about.setWordWrap(True)
        attached = {a.document_type: a.file.source or a.file.name for a in model.note.adapters}
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self.choose: dict[str, QPushButton] = {}
        self.detach: dict[str, QPushButton] = {}
        for row, (name, definition) in enumerate(document_types().items()):
            plural = words.type_label(definition.plural)
            file = QLabel(attached.get(name, self.tr("none")), self)
            file.setTextFormat(Qt.TextFormat.PlainText)
            file.setToolTip(file.text())
            choose = QPushButton(self.tr("Choose…"), self)
            choose.setAccessibleName(self.tr("Choose an adapter for: {0}").format(plural))
            choose.clicked.connect(lambda _=False, kind=name: self._choose(kind))
            detach = QPushButton(self.tr("Remove"), self)
            detach.setAccessibleName(self.tr("Remove the adapter for: {0}").format(plural))
            detach.setEnabled(name in attached)
            detach.clicked.connect(lambda _=False, kind=name: self._detach(kind))
            for button in (choose, detach):
                button.setAutoDefault(False)
            self.choose[name], self.detach[name] = choose, detach
            for column, widget in enumerate((QLabel(plural, self), file, choose, detach)):
                grid.addWidget(widget, row, column)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(14)
        layout.addWidget(about)
        layout.addLayout(grid)
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.resize(560, 320)

    def _choose(self, kind: str) -> None:
        file = ask_for_adapter(self)
        if file is not None:
            self._work.attach(self._model.name, self._model.note.label, kind, file)
            self.accept()

    def _detach(self, kind: str) -> None:
        self._work.detach(self._model.name, self._model.note.label, kind)
        self.accept()
