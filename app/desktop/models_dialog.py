"""The window for models: on this computer, on the office's own server, and where they come from."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTabWidget, QVBoxLayout, QWidget

from app.desktop.icons import icon
from app.desktop.incoming import paths_in
from app.desktop.model_files import model_files
from app.desktop.model_state import ModelState
from app.desktop.model_work import ModelWork
from app.desktop.models_page import ModelsPage
from app.desktop.server_page import LastServer, ServerPage
from app.desktop.source_page import SourcePage


class ModelsDialog(QDialog):
    """Stays open beside the main window; closing it stops nothing."""

    def __init__(self, work: ModelWork, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Models"))
        self.setAcceptDrops(True)
        self.models = ModelsPage(work, self)
        self.server = ServerPage(self)
        self.source = SourcePage(work, self)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("Models"))
        self.tabs.addTab(self.models, icon("model"), self.tr("On this computer"))
        self.tabs.addTab(self.server, icon("server"), self.tr("The office's own server"))
        self.tabs.addTab(self.source, self.tr("More"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setAutoDefault(False)  # Enter in a field of a page is not meant for it
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 12)
        layout.addWidget(self.tabs, 1)
        row = QVBoxLayout()
        row.setContentsMargins(14, 0, 14, 0)
        row.addWidget(buttons)
        layout.addLayout(row)
        screen = parent.screen().availableSize()
        self.resize(min(720, round(screen.width() * 0.9)), min(640, round(screen.height() * 0.85)))

    def show_state(self, state: ModelState, *, reading: bool, last: LastServer) -> None:
        """Show everything as it is now."""
        self.models.show_state(state, reading=reading)
        self.server.show_server(state.settings.server, last)
        self.source.show_settings(state.settings)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if model_files(paths_in(event.mimeData())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = model_files(paths_in(event.mimeData()))
        if files:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.tabs.setCurrentWidget(self.models)
            self.models.import_files(files)
