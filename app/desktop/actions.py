"""Everything that can be done, as actions with their shortcuts, in the menus and the toolbar."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QToolButton

from app.desktop import words
from app.desktop.icons import icon
from app.desktop.page_view import PageView
from app.document_types import document_types


def _tr(text: str) -> str:
    return QCoreApplication.translate("", text)


class Actions:
    """The window's actions; the window connects them to what they do."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        key = QKeySequence.StandardKey
        self.add_files = self._make(_tr("Add files…"), "add", key.Open)
        self.add_folder = self._make(_tr("Add a folder…"), "add_folder", "Ctrl+Shift+O")
        self.export = self._make(_tr("Export…"), "export", "Ctrl+E")
        self.quit = self._make(_tr("Quit"), "", key.Quit)
        self.undo = self._make(_tr("Undo"), "undo", key.Undo)
        self.redo = self._make(_tr("Redo"), "redo", "Ctrl+Shift+Z")
        self.paste = self._make(_tr("Paste a screenshot or files"), "copy", key.Paste)
        self.find = self._make(_tr("Search in this list"), "search", key.Find)
        self.search = self._make(_tr("Search in everything"), "search", "Ctrl+Shift+F")
        self.ask = self._make(_tr("Ask a question"), "ask", "Ctrl+J")
        self.ask_about = self._make(_tr("Ask about this document"), "ask", "Ctrl+Shift+J")
        self.edit = self._make(_tr("Edit value"), "", None)
        self.edit.setShortcutVisibleInContextMenu(True)
        self.confirm = self._make(_tr("Confirm value"), "confirmed", "Ctrl+Return")
        self.next_doubtful = self._make(_tr("Next doubtful value"), "doubtful", "F8")
        self.previous_doubtful = self._make(_tr("Previous doubtful value"), "", "F7")
        self.looked_over = self._make(_tr("Mark as looked over"), "", "Ctrl+K")
        self.add_row = self._make(_tr("Add row"), "row_add", "Ctrl+Shift+A")
        self.remove_row = self._make(_tr("Remove row"), "row_remove", "Ctrl+Shift+Delete")
        self.read_again = self._make(_tr("Read again"), "restore", "Ctrl+R")
        self.models = self._make(_tr("Models…"), "model", "Ctrl+M")
        self.refine = self._make(_tr("Read again with the model"), "model", "Ctrl+Shift+R")
        self.second_look = self._make(_tr("Second look with the picture"), "look", "Ctrl+Shift+L")
        self.keep_here = self._make(_tr("Keep pages on this computer"), "private", None)
        self.open_original = self._make(_tr("Open the original file"), "folder", "Ctrl+Shift+E")
        self.history = self._make(_tr("History…"), "history", "Ctrl+H")
        self.trash = self._make(_tr("Move to trash"), "trash", key.Delete)
        self.restore = self._make(_tr("Restore from trash"), "restore", None)
        self.shortcuts = self._make(_tr("Keyboard shortcuts"), "", key.HelpContents)
        self.about = self._make(_tr("About Paperclerk"), "", None)
        self.types = QMenu(_tr("This is a…"), window)
        self.types.setIcon(icon("invoice"))
        self.type_group = QActionGroup(window)
        for name, definition in document_types().items():
            action = QAction(icon(name), words.type_label(definition.label), window)
            action.setData(name)
            action.setCheckable(True)
            self.type_group.addAction(action)
            self.types.addAction(action)

    def _make(
        self, text: str, name: str, shortcut: QKeySequence.StandardKey | str | None
    ) -> QAction:
        action = QAction(text, self._window)
        if name:
            action.setIcon(icon(name))
        if isinstance(shortcut, str):
            action.setShortcut(QKeySequence(shortcut))
        elif shortcut is not None:
            action.setShortcuts(shortcut)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        plain = text.rstrip("…")
        action.setToolTip(f"{plain} ({keys})" if keys else plain)
        self._window.addAction(action)
        return action

    def fill_menus(self, page: PageView) -> None:
        """Put every action into the menu bar."""
        bar = self._window.menuBar()
        groups: tuple[tuple[str, tuple[QAction | QMenu | None, ...]], ...] = (
            (
                _tr("&File"),
                (self.add_files, self.add_folder, self.paste, None, self.export, None, self.quit),
            ),
            (
                _tr("&Edit"),
                (self.undo, self.redo, None, self.edit, self.confirm, None,
                 self.add_row, self.remove_row, None, self.find, self.search, self.ask),
            ),
            (
                _tr("&Review"),
                (self.next_doubtful, self.previous_doubtful, self.looked_over, None,
                 self.types, self.read_again, self.refine, self.second_look, None,
                 self.history),
            ),
            (
                _tr("&Document"),
                (self.ask_about, self.open_original, None, self.trash, self.restore),
            ),
            (
                _tr("&View"),
                (page.previous_page, page.next_page, None,
                 page.zoom_in, page.zoom_out, page.fit_width, page.fit_page),
            ),
            (_tr("&Models"), (self.models, None, self.keep_here)),
            (_tr("&Help"), (self.shortcuts, self.about)),
        )  # fmt: skip
        for title, entries in groups:
            menu = bar.addMenu(title)
            for entry in entries:
                if entry is None:
                    menu.addSeparator()
                elif isinstance(entry, QMenu):
                    menu.addMenu(entry)
                else:
                    menu.addAction(entry)

    def fill_toolbar(self, bar: QToolBar) -> None:
        """Put what is needed every day into the toolbar."""
        bar.setMovable(False)
        bar.setIconSize(QSize(20, 20))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for action in (self.add_files, None, self.undo, self.redo, None, self.next_doubtful,
                       self.confirm, None, self.types, self.export):  # fmt: skip
            if action is None:
                bar.addSeparator()
            elif isinstance(action, QMenu):
                bar.addWidget(self._menu_button(action, bar))
            else:
                bar.addAction(action)
        for action in (self.undo, self.redo):
            button = bar.widgetForAction(action)
            if button is not None:
                button.setProperty("toolButtonStyle", Qt.ToolButtonStyle.ToolButtonIconOnly)

    def _menu_button(self, menu: QMenu, bar: QToolBar) -> QToolButton:
        button = QToolButton(bar)
        button.setDefaultAction(menu.menuAction())
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAutoRaise(True)
        menu.menuAction().setIconText(_tr("This is a…"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolTip(_tr("Choose what kind of document it is; it is then read again"))
        return button

    def documented(self) -> list[tuple[str, str]]:
        """Every action that has a shortcut, with its keys, for the help."""
        found = []
        for action in self._window.actions():
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            if keys:
                text = action.property("plain") or action.text()
                found.append((str(text).replace("&", "").rstrip("…"), keys))
        return found
