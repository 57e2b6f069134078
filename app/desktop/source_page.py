"""More about models: where they are downloaded from, by which way, and where they lie."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import words
from app.desktop.icons import icon
from app.desktop.model_work import ModelWork
from app.desktop.notice import Notice
from app.engine.models.download import checked_address
from app.engine.models.store import Settings
from app.errors import ProblemError


class SourcePage(QWidget):
    """A mirror and a proxy for downloads, both empty for most people."""

    def __init__(self, work: ModelWork, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._shown: Settings | None = None
        about = QLabel(
            self.tr(
                "Models come from their publishers over the internet. Where that is not allowed, "
                "an office can keep copies under an address of its own (a mirror)."
            ),
            self,
        )
        about.setWordWrap(True)
        self.mirror = QLineEdit(self)
        self.mirror.setPlaceholderText(self.tr("empty: from the publishers"))
        self.proxy = QLineEdit(self)
        self.proxy.setPlaceholderText(self.tr("empty: as this computer is set up"))
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(8)
        for text, field in (
            (self.tr("Download &from"), self.mirror),
            (self.tr("Through the &proxy"), self.proxy),
        ):
            form.addRow(text, field)
            field.setAccessibleName(text.replace("&", ""))
        self.save = QPushButton(self.tr("&Save"), self)
        self.save.setAutoDefault(False)
        self.save.clicked.connect(self._save)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.save)
        self.notice = Notice(self)
        place = QLabel(self.tr("Models lie in the folder\n{0}").format(work.store.folder), self)
        place.setTextFormat(Qt.TextFormat.PlainText)
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        place.setWordWrap(True)
        self.open = QPushButton(icon("folder"), self.tr("&Open the folder"), self)
        self.open.setAutoDefault(False)
        self.open.clicked.connect(self._open)
        below = QHBoxLayout()
        below.addWidget(place, 1)
        below.addWidget(self.open, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(14)
        layout.addWidget(about)
        layout.addLayout(form)
        layout.addLayout(row)
        layout.addWidget(self.notice)
        layout.addSpacing(8)
        layout.addLayout(below)
        layout.addStretch(1)

    def show_settings(self, settings: Settings) -> None:
        """Show what is set; what is being typed stays."""
        before = self._shown
        self._shown = settings
        if before is None or (before.mirror, before.proxy) != (settings.mirror, settings.proxy):
            self.mirror.setText(settings.mirror)
            self.proxy.setText(settings.proxy)

    def _save(self) -> None:
        mirror, proxy = self.mirror.text().strip(), self.proxy.text().strip()
        for field, text in ((self.mirror, mirror), (self.proxy, proxy)):
            try:
                if text:
                    checked_address(text)
            except ProblemError as error:
                self.notice.tell(" ".join(words.problem_words(error.problem)), problem=True)
                field.setFocus()
                return
        self._work.set_source(mirror, proxy)
        self.notice.tell(self.tr("Saved."))

    def _open(self) -> None:
        folder = self._work.store.folder
        place = next((p for p in (folder, *folder.parents) if p.exists()), Path.home())
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(place)))
