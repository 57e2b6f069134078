"""The window: what stands where, and what follows from what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QLineEdit,
    QMainWindow,
    QMenu,
    QMessageBox,
    QSplitter,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from app.asking.answers import Answers
from app.desktop import background, words
from app.desktop.actions import Actions
from app.desktop.asking import Asking
from app.desktop.changes import Changes
from app.desktop.documents_page import DocumentsPage, Shows
from app.desktop.empty_page import EmptyPage
from app.desktop.export_dialog import export_from
from app.desktop.feed import Feed
from app.desktop.help_dialogs import show_about, show_shortcuts
from app.desktop.history_dialog import HistoryDialog
from app.desktop.incoming import Incoming, accepts, paths_in
from app.desktop.model_files import model_files
from app.desktop.models import Models
from app.desktop.navigation import ALL, ASK, FAILED, LOOK, SEARCH, TRASH, Navigation
from app.desktop.notice import Notice, PasswordNotice
from app.desktop.page_link import PageLink
from app.desktop.page_view import Mark, PageView, Place
from app.desktop.queue_bar import QueueBar
from app.desktop.record_page import RecordPage
from app.desktop.search_page import SearchPage
from app.desktop.value_ref import ValueRef, definition_of, field_type
from app.document_types import document_types
from app.engine.choice import Engines
from app.errors import Problem
from app.journey import Journey
from app.library import (
    Added,
    Change,
    ChangeKind,
    Counts,
    DocumentRow,
    Hit,
    Library,
    State,
    StoredRecord,
)

_REFRESH = 150  # milliseconds that changes are gathered for
DOCUMENT_PLACES = (ALL, FAILED, TRASH)


@dataclass(frozen=True, slots=True)
class _Figures:
    """What the window shows of the whole library, looked up at once."""

    counts: Counts
    paused: bool
    refining_paused: bool
    locked: list[DocumentRow]
    undoable: Change | None
    redoable: Change | None


class Window(QMainWindow):
    """One library in one window."""

    def __init__(
        self, library: Library, journey: Journey, engines: Engines, answers: Answers
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Paperclerk")
        self.setAcceptDrops(True)
        self.library = library
        self.journey = journey
        self._counts: Counts | None = None
        self._closed = False
        self._counting = False
        self._count_again = False
        self.changes = Changes(library, journey, engines, self)
        self.incoming = Incoming(journey, self)
        self.feed = Feed(journey, self)
        self.models = Models(engines, library, journey, self)
        self.notice = Notice(self)
        self.asking = Asking(answers, library, self.notice, self)
        self._build()
        self._connect()
        self._refresh = QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.setInterval(_REFRESH)
        self._refresh.timeout.connect(self.refresh)
        self._restore_geometry()
        self.go_to(ALL)
        self._count()

    # building -----------------------------------------------------------------------

    def _build(self) -> None:
        self.navigation = Navigation(self)
        self.documents = DocumentsPage(self.library, self)
        self.records = RecordPage(self.library, self.changes, self)
        self.search = SearchPage(self.library, self)
        self.empty = EmptyPage(self)
        self.page = PageView(self)
        self.link = PageLink(self.library, self.page, self)
        self.queue_bar = QueueBar(self)
        self.password = PasswordNotice(self)
        self.stack = QStackedWidget(self)
        for page in (self.empty, self.documents, self.records, self.search, self.asking.page):
            self.stack.addWidget(page)
        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.queue_bar, self.password, self.notice):
            column.addWidget(widget)
        column.addWidget(self.stack, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.setChildrenCollapsible(False)
        for part, least in ((self.navigation, 150), (middle, 380), (self.page, 280)):
            part.setMinimumWidth(least)
            self.splitter.addWidget(part)
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 3)
        self.splitter.setStretchFactor(2, 2)
        whole = QWidget(self)
        rows = QVBoxLayout(whole)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.models.bar)
        rows.addWidget(self.splitter, 1)
        rows.addWidget(self.models.strip)
        self.setCentralWidget(whole)
        self.actions_ = Actions(self)
        self.actions_.fill_menus(self.page)
        bar = QToolBar(self.tr("Toolbar"), self)
        bar.setObjectName("toolbar")
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.actions_.fill_toolbar(bar)
        self.addToolBar(bar)
        self.setTabOrder(self.navigation, self.documents.search)
        for view in (self.documents.view, self.records.table.view):
            view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            view.customContextMenuRequested.connect(
                lambda where, view=view: self._offer_actions(view.viewport().mapToGlobal(where))
            )

    def _connect(self) -> None:
        self.navigation.chosen.connect(self._on_chosen)
        self.documents.current_changed.connect(self._on_document)
        self.documents.opened.connect(self.open_document)
        self.documents.restore_wanted.connect(self.changes.restore)
        self.documents.empty_wanted.connect(self.empty_trash)
        self.documents.selection_changed.connect(self._enable)
        self.records.record_changed.connect(self._on_record)
        self.records.selection_changed.connect(self._enable)
        self.records.exhausted.connect(self._on_exhausted)
        self.search.page_wanted.connect(self._on_found_page)
        self.search.opened.connect(self._open_hit)
        self.search.current_changed.connect(self._enable)
        self.page.place_clicked.connect(self._on_place)
        self.empty.add_files.connect(self.choose_files)
        self.empty.add_folder.connect(self.choose_folder)
        self.queue_bar.pause_wanted.connect(self.changes.set_paused)
        self.queue_bar.cancel_wanted.connect(self.changes.cancel)
        self.password.given.connect(self.changes.unlock)
        self.incoming.added.connect(self._on_added)
        self.changes.saved.connect(self.refresh)
        self.changes.saved.connect(self.notice.on_saved)
        self.changes.trashed.connect(self._on_trashed)
        self.feed.changed.connect(lambda _: self._later())
        self.feed.queue.connect(lambda _: self._later())
        self.feed.trouble.connect(self._on_problem)
        self.feed.refining.connect(self.models.on_refining)
        self.feed.considering.connect(self.models.on_considering)
        self.models.shown.connect(self._on_models)
        self.models.arrived.connect(self._on_model_arrived)
        self.empty.models_wanted.connect(self.models.open)
        self.models.shown.connect(lambda: self.asking.look(off=self.models.off))
        self.asking.lines_wanted.connect(self.link.show_lines)
        self.asking.gone.connect(self.link.clear)
        self.asking.shown.connect(self._clear_for_asking)
        self.asking.record_wanted.connect(self._show_record)
        self.asking.document_wanted.connect(self.link.show_document)
        self.asking.opened.connect(lambda i: self._open_record(self.library.record(i), None))
        self.asking.documents_wanted.connect(self._choose_to_ask)
        self.asking.models_wanted.connect(self.models.open)
        self.asking.records_export_wanted.connect(
            lambda ids: export_from(self, self.library, None, ids, [], self.notice)
        )
        for source in (
            self.incoming, self.changes, self.documents, self.records, self.search, self.models,
            self.asking,
        ):  # fmt: skip
            source.failed.connect(self.show_error)
        does = self.actions_
        does.add_files.triggered.connect(self.choose_files)
        does.add_folder.triggered.connect(self.choose_folder)
        does.export.triggered.connect(self.export)
        does.quit.triggered.connect(self.close)
        does.undo.triggered.connect(self.changes.undo)
        does.redo.triggered.connect(self.changes.redo)
        does.paste.triggered.connect(self.paste)
        does.find.triggered.connect(self._find)
        does.search.triggered.connect(self.search_everything)
        does.ask.triggered.connect(self.ask)
        does.ask_about.triggered.connect(self.ask_about)
        does.edit.triggered.connect(self._edit)
        does.confirm.triggered.connect(self._confirm)
        does.next_doubtful.triggered.connect(lambda: self._doubtful(1))
        does.previous_doubtful.triggered.connect(lambda: self._doubtful(-1))
        does.looked_over.triggered.connect(self._looked_over)
        does.add_row.triggered.connect(self._add_row)
        does.remove_row.triggered.connect(self._remove_row)
        does.read_again.triggered.connect(lambda: self.changes.read_again(self.chosen_documents()))
        does.refine.triggered.connect(lambda: self.refine(second_look=False))
        does.second_look.triggered.connect(lambda: self.refine(second_look=True))
        does.models.triggered.connect(self.models.open)
        does.keep_here.triggered.connect(lambda: self.models.set_server(None))
        does.open_original.triggered.connect(self._open_original)
        does.history.triggered.connect(self._history)
        does.trash.triggered.connect(self.trash)
        does.restore.triggered.connect(lambda: self.changes.restore(self.chosen_documents()))
        does.shortcuts.triggered.connect(lambda: show_shortcuts(self, does.documented()))
        does.about.triggered.connect(
            lambda: show_about(self, self.library.folder, self.models.place)
        )
        does.type_group.triggered.connect(lambda action: self.change_type(str(action.data())))

    # where the user is ----------------------------------------------------------------

    def go_to(self, where: str) -> None:
        """Show a page of the navigation: ``ALL``, ``LOOK``, ``TRASH`` or a type's name."""
        if self.navigation.current == where:
            self._on_chosen(where)
        else:
            self.navigation.go_to(where)

    def _on_chosen(self, where: str) -> None:
        if where in DOCUMENT_PLACES:
            self.link.clear()
            shows = {TRASH: Shows.TRASH, FAILED: Shows.FAILED}
            self.documents.show_place(shows.get(where, Shows.ALL))
            if where == FAILED:
                self.password.ask_again()
                self._later()
            self.stack.setCurrentWidget(self.documents)
        elif where == SEARCH:
            self.stack.setCurrentWidget(self.search)
            self.search.refresh()
            self.search.look()
        elif where == ASK:
            self.stack.setCurrentWidget(self.asking.page)
            self._clear_for_asking()
        else:
            self.records.show_type(None if where == LOOK else definition_of(where))
            self.stack.setCurrentWidget(self.records)
        self._show_emptiness()
        self._enable()

    def _show_emptiness(self) -> None:
        """The friendly page stands in for everything while there is no document at all."""
        counts = self._counts
        nothing = counts is not None and counts.documents == 0
        empty = nothing and self.navigation.current != TRASH
        if empty:
            self.stack.setCurrentWidget(self.empty)
        elif self.stack.currentWidget() is self.empty:
            where = self.navigation.current
            page: QWidget = self.documents if where in DOCUMENT_PLACES else self.records
            page = {ASK: self.asking.page, SEARCH: self.search}.get(where, page)
            self.stack.setCurrentWidget(page)
            self._later()
        self.page.setVisible(not empty)

    @property
    def reviewing(self) -> bool:
        """Whether a table of records is shown."""
        return self.stack.currentWidget() is self.records

    def chosen_documents(self) -> list[int]:
        """The documents that an action is meant for."""
        if self.stack.currentWidget() is self.documents:
            return self.documents.selected()
        if self.searching:
            hit = self.search.current
            return [hit.document_id] if hit is not None else []
        if not self.reviewing:
            return []
        rows = self.library.rows(self.records.selected_or_current())
        return list(dict.fromkeys(row.document_id for row in rows))

    @property
    def searching(self) -> bool:
        """Whether the search over everything is shown."""
        return self.stack.currentWidget() is self.search

    def search_everything(self) -> None:
        """Go to where everything is searched."""
        if not self.searching:
            self.go_to(SEARCH)
        self.search.take_focus()

    def _on_found_page(self, document_id: int, page: int, marks: Sequence[Mark]) -> None:
        if not self.searching:
            return
        if document_id:
            self.link.show_lines(document_id, page, marks)
        else:
            self.link.clear(self.tr("The page of what is found is shown here."))

    def _open_hit(self, hit: Hit) -> None:
        """Go to the table in which the found document stands."""
        try:
            row = self.library.document(hit.document_id)
            stored = None if hit.record_id is None else self.library.record(hit.record_id)
        except KeyError as error:  # read again or deleted since it was found
            self.show_error(error)
            return
        if stored is not None and row.trashed_at is None:
            self._open_record(stored, None)
            return
        self.go_to(ALL if row.trashed_at is None else TRASH)
        self.documents.search.clear()
        self.documents.show_when_there(hit.document_id)

    def ask(self) -> None:
        """Go to where a question is typed."""
        self.go_to(ASK)
        self.asking.page.box.take_focus()

    def ask_about(self) -> None:
        """Ask about the chosen documents."""
        documents = self.chosen_documents()
        if documents:
            self.go_to(ASK)
            self.asking.ask_about(documents)

    def _clear_for_asking(self) -> None:
        """Another conversation is open: the page at the side is not of it."""
        if self.stack.currentWidget() is self.asking.page:
            self.link.clear(self.tr("Follow a link in an answer to see its page here."))

    def _choose_to_ask(self) -> None:
        """Let documents be chosen for a question."""
        self.go_to(ALL)
        self.documents.view.setFocus()
        self.notice.tell(
            self.tr("Choose one or more documents, with Ctrl or Shift held for several."),
            button=self.tr("Ask about them"),
            do=self.ask_about,
        )

    def _show_record(self, record_id: int) -> None:
        """Show a record's page at the side, without leaving where the user is."""
        try:
            self.link.show_record(self.library.record(record_id), None)
        except KeyError as error:  # read again or deleted since it was listed
            self.show_error(error)

    def open_document(self, document_id: int) -> None:
        """Go to a document's record in its table."""
        records = self.library.records_of(document_id)
        if records:
            self._open_record(self.library.record(records[0]), None)

    def _open_record(self, stored: StoredRecord, ref: ValueRef | None) -> None:
        self.records.search.clear()
        self.records.only_doubtful.setChecked(False)
        self.go_to(definition_of(stored.record.document_type).name)
        self.records.table.go_to(ref if ref is not None else stored.record_id)

    # what comes in --------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if accepts(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        models = model_files(paths_in(event.mimeData()))
        if models:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.add(paths_in(event.mimeData()))
        elif self.incoming.add_mime(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._after_adding()

    def paste(self) -> None:
        """Add the picture or the files in the clipboard."""
        mime = QGuiApplication.clipboard().mimeData()
        if model_files(paths_in(mime)):
            self.add(paths_in(mime))
        elif self.incoming.add_mime(mime):
            self._after_adding()
        else:
            self.notice.tell(
                self.tr("There is no picture and no file in the clipboard to paste."), problem=True
            )

    def add(self, paths: Sequence[Path]) -> None:
        """Add files and folders; files of models go where models are."""
        models = model_files(paths)
        others = [path for path in paths if path not in models]
        if models:
            self.models.import_files(models)
        if others:
            self.incoming.add_paths(others)
            self._after_adding()

    def choose_files(self) -> None:
        """Ask for files to add."""
        names, _ = QFileDialog.getOpenFileNames(self, self.tr("Add files"))
        if names:
            self.add([Path(name) for name in names])

    def choose_folder(self) -> None:
        """Ask for a folder to add."""
        name = QFileDialog.getExistingDirectory(self, self.tr("Add a folder"))
        if name:
            self.add([Path(name)])

    def _after_adding(self) -> None:
        if self.navigation.current == TRASH:
            self.go_to(ALL)

    def _on_added(self, outcomes: Sequence[Added | Problem]) -> None:
        problems = [o for o in outcomes if isinstance(o, Problem)]
        known = [o for o in outcomes if isinstance(o, Added) and o.already_there]
        new = len(outcomes) - len(problems) - len(known)
        self.refresh()
        if problems:
            first = " ".join(words.problem_words(problems[0]))
            more = len(problems) - 1
            text = first + (self.tr(" ({0} more could not be added.)").format(more) if more else "")
            self.notice.tell(text, problem=True)
        elif known:
            if self.stack.currentWidget() is self.documents:
                self.documents.go_to(known[0].document_id)
            one = self.tr("This document is here already; it was not added twice.")
            many = self.tr("{0} documents are here already; they were not added twice.")
            self.notice.tell(one if len(known) == 1 else many.format(len(known)))
        elif not new:
            self.notice.tell(self.tr("There was nothing in it that can be read."), problem=True)

    # what follows from a change ---------------------------------------------------------

    def _later(self) -> None:
        if not self._refresh.isActive() and not self._closed:
            self._refresh.start()

    def refresh(self) -> None:
        """Look up again what is shown, after the library changed."""
        if self._closed:
            return
        self._count()
        if self.stack.currentWidget() is self.documents:
            self.documents.refresh()
        elif self.reviewing:
            self.records.refresh()
        elif self.searching:
            self.search.refresh()

    def _count(self) -> None:
        if self._counting:
            self._count_again = True
            return
        self._counting = True

        def work() -> _Figures:
            library = self.library
            return _Figures(
                library.counts(),
                library.paused,
                library.refining_paused,
                library.documents(states=[State.LOCKED], limit=20),
                library.undoable(),
                library.redoable(),
            )

        def done(found: _Figures) -> None:
            self._counting = False
            counts = found.counts
            self._counts = counts
            self.navigation.show_counts(counts)
            left = counts.waiting + counts.reading
            settled = counts.documents - left
            self.queue_bar.show_progress(left, settled, paused=found.paused)
            self.models.on_paused(found.paused or found.refining_paused)
            self.password.ask(found.locked)
            self._name_undo(found.undoable, found.redoable)
            self._show_emptiness()
            self._enable()
            if self._count_again:
                self._count_again = False
                self._later()

        def failed(error: Exception) -> None:
            self._counting = False
            self.show_error(error)

        background.run(self, work, success=done, failure=failed)

    def _name_undo(self, undoable: Change | None, redoable: Change | None) -> None:
        undo, redo = self.actions_.undo, self.actions_.redo
        undo.setProperty("plain", self.tr("Undo"))
        redo.setProperty("plain", self.tr("Redo"))
        for action, change in ((undo, undoable), (redo, redoable)):
            action.setEnabled(change is not None)
            plain = str(action.property("plain"))
            text = plain if change is None else f"{plain}: {self._change_words(change)}"
            action.setText(text)
            action.setToolTip(f"{text} ({action.shortcut().toString()})")

    def _change_words(self, change: Change) -> str:
        label = change.key
        if change.kind is ChangeKind.VALUE:
            for definition in document_types().values():
                found = field_type(definition, change.part, change.key)
                if found is not None:
                    label = words.type_label(found.label)
                    break
        return words.change_words(change, label)

    def _on_document(self, document_id: int) -> None:
        if self.stack.currentWidget() is self.documents:
            self.link.show_document(document_id)
        self._enable()

    def _on_record(self, stored: StoredRecord | None, ref: ValueRef | None) -> None:
        if self.reviewing:
            self.link.show_record(stored, ref)
            self._enable()

    def _on_place(self, place: Place) -> None:
        if self.reviewing:
            self.records.go_to(place.ref)
        elif self.stack.currentWidget() is self.asking.page or not self.documents.trashed:
            self._open_record(self.library.record(place.ref.record_id), place.ref)

    def _on_trashed(self, document_ids: Sequence[int]) -> None:
        count = len(document_ids)
        text = (
            self.tr("Moved to the trash.")
            if count == 1
            else self.tr("{0} documents were moved to the trash.").format(count)
        )
        # These, whatever was changed since.
        self.notice.tell(
            text, button=self.tr("Undo"), do=lambda: self.changes.restore(document_ids)
        )

    def _on_exhausted(self, step: int) -> None:
        """Say that the end of this table is reached, and where more is waiting."""
        text = (
            self.tr("Nothing further down asks for a look.")
            if step > 0
            else self.tr("Nothing further up asks for a look.")
        )
        waiting = self._counts.needs_look if self._counts else 0
        if waiting and self.navigation.current != LOOK:
            self.notice.tell(
                text, button=self.tr("Show all that do ({0})").format(waiting),
                do=lambda: self.go_to(LOOK),
            )  # fmt: skip
        else:
            self.notice.tell(text)

    def _on_problem(self, problem: Problem) -> None:
        if self.models.takes(problem):
            return
        self.notice.tell(" ".join(words.problem_words(problem)), problem=True)

    def show_error(self, error: Exception) -> None:
        """Say what went wrong and what to do next."""
        self.notice.tell(" ".join(words.error_words(error)), problem=True)

    def _on_models(self) -> None:
        """There is another model or server, or none any more."""
        self.actions_.keep_here.setEnabled(bool(self.models.place))
        self.empty.show_reader(self.models.place, has_model=self.models.reads)

    def _on_model_arrived(self, label: str) -> None:
        """Offer to read what is here already with a model that has just come."""
        count = self._counts.documents if self._counts else 0
        if count:
            self.notice.tell(
                self.tr("New documents are read with {0} from now on.").format(label),
                button=self.tr("Read those that are here too"),
                do=lambda: self.changes.refine(None),
            )

    # what the user asks for -------------------------------------------------------------

    def refine(self, *, second_look: bool) -> None:
        """Have the chosen documents read by the model, with their pictures if wanted."""
        documents = self.chosen_documents()
        if not documents:
            return
        if self.models.off:
            self.notice.tell(
                self.tr("Reading with the model is switched off."),
                button=self.tr("Switch on"),
                do=lambda: self.models.set_reading(True),
            )
            return
        if not self.models.reads:
            self.notice.tell(
                self.tr("There is no model to read with yet."),
                button=self.tr("Models…"),
                do=self.models.open,
            )
            return
        if second_look and not self.models.sees:
            self.notice.tell(
                self.tr("The model in use reads text only: it cannot look at the picture."),
                button=self.tr("Models…"),
                do=self.models.open,
            )
            return
        self.changes.refine(documents, second_look=second_look)
        self.notice.tell(self.tr("It is read again with the model. What you typed stays as it is."))

    def change_type(self, name: str) -> None:
        """Have the chosen documents read again as another type."""
        if self.reviewing:
            chosen = self.records.selected_or_current()
        else:
            chosen = [r for d in self.chosen_documents() for r in self.library.records_of(d)]
        if chosen:
            self.changes.change_type(chosen, name)
            definition = definition_of(name)
            self.notice.tell(
                self.tr("It is read again as “{0}” and then stands under “{1}”.").format(
                    words.type_label(definition.label), words.type_label(definition.plural)
                ),
                button=self.tr("Undo"),
                do=self.changes.undo,
                changes=2,  # this one, and the next
            )

    def trash(self) -> None:
        """Move the chosen documents to the trash; ask first if more go there than were chosen."""
        documents = self.chosen_documents()
        if not documents:
            return
        held = [r for document in documents for r in self.library.records_of(document)]
        if self.reviewing and set(held) - set(self.records.selected_or_current()):
            rows = self.library.rows(held)
            types = {row.document_type for row in rows}
            what = self.tr("documents")
            if len(types) == 1:
                what = words.type_label(definition_of(types.pop()).plural).lower()
            text = (
                self.tr("“{0}” holds {1} {2}; all of them go to the trash.").format(
                    rows[0].document_name, len(rows), what
                )
                if len(documents) == 1
                else self.tr("These {0} files hold {1} {2}; all of them go to the trash.").format(
                    len(documents), len(rows), what
                )
            )
            if not self._agreed(text, self.tr("Move to trash")):
                return
        self.changes.trash(documents)

    def _agreed(self, text: str, yes: str) -> bool:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(text)
        agree = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        box.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(agree)
        box.exec()
        return box.clickedButton() is agree

    def empty_trash(self) -> None:
        """Delete for good, after asking."""
        count = self._counts.trash if self._counts else 0
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(self.tr("Delete what is in the trash for good?"))
        box.setInformativeText(
            self.tr("Documents: {0}. Their files and values cannot be brought back.").format(count)
        )
        delete = box.addButton(self.tr("Delete for good"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        trashed = self.library.document_ids(trashed=True)
        quoting = len(self.library.conversations_with(trashed))
        if quoting:
            # Answers quote documents, so who wants no word of them left deletes these as well.
            text = self.tr("Also delete what was asked about them (conversations: {0})")
            box.setCheckBox(QCheckBox(text.format(quoting), box))
        box.exec()
        if box.clickedButton() is delete:
            also = box.checkBox()
            self.changes.empty_trash(with_conversations=also is not None and also.isChecked())

    def export(self) -> None:
        """Open the export dialog for what is shown."""
        table = self.records.table
        if self.reviewing:
            definition, shown = table.definition, list(table.model.ids)
            selected = table.selected_records()
        else:
            definition, shown = None, self.library.table("")
            selected = [r for d in self.documents.selected() for r in self.library.records_of(d)]
        export_from(self, self.library, definition, shown, selected, self.notice)

    def _find(self) -> None:
        if self.searching:
            self.search.take_focus()
            return
        search = self.records.search if self.reviewing else self.documents.search
        search.setFocus()
        search.selectAll()

    def _edit(self) -> None:
        if self.reviewing and self.records.current is not None:
            self.records.go_to(self.records.current, edit=True)

    def _confirm(self) -> None:
        if self.reviewing and self.records.current is not None:
            self.changes.confirm(self.records.current)

    def _doubtful(self, step: int) -> None:
        if not self.reviewing:
            self.go_to(LOOK)
            return
        self.records.next_doubtful(step)

    def _looked_over(self) -> None:
        if self.reviewing:
            rows = self.library.rows(self.records.selected_or_current())
            if rows:
                self.changes.set_reviewed(
                    [row.record_id for row in rows], not all(row.reviewed for row in rows)
                )

    def _add_row(self) -> None:
        if self.reviewing:
            self.records.tabs.setCurrentWidget(self.records.lines)
            self.records.lines.add_row()

    def _remove_row(self) -> None:
        if self.reviewing:
            self.records.lines.remove_row()

    def _open_original(self) -> None:
        chosen = self.chosen_documents()
        if chosen:
            path = self.library.original_path(chosen[0])
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def _history(self) -> None:
        stored = self.records.stored if self.reviewing else None
        if stored is not None:
            HistoryDialog(self.library, stored, self).exec()

    def _offer_actions(self, where: QPoint) -> None:
        does, menu = self.actions_, QMenu(self)
        if self.documents.trashed and not self.reviewing:
            menu.addAction(does.restore)
        else:
            if self.reviewing:
                for action in (does.edit, does.confirm, does.looked_over):
                    menu.addAction(action)
                menu.addSeparator()
            menu.addAction(does.ask_about)
            menu.addMenu(does.types)
            for action in (does.read_again, does.refine, does.second_look):
                menu.addAction(action)
            menu.addSeparator()
            for action in (does.open_original, does.history):
                menu.addAction(action)
            menu.addSeparator()
            menu.addAction(does.trash)
        menu.exec(where)

    def _enable(self) -> None:
        does = self.actions_
        documents = self.stack.currentWidget() is self.documents
        trashed = (documents and self.documents.trashed) or (self.searching and self.search.trashed)
        record = self.reviewing and self.records.stored is not None
        hit = self.searching and self.search.current is not None
        some = record or hit or (documents and bool(self.documents.selected()))
        for action in (does.confirm, does.edit):
            action.setEnabled(record and self.records.current is not None)
        for action in (does.looked_over, does.add_row, does.remove_row, does.history):
            action.setEnabled(record)
        for action in (
            does.trash, does.read_again, does.refine, does.second_look, does.types.menuAction(),
            does.ask_about,
        ):  # fmt: skip
            action.setEnabled(some and not trashed)
        self._name_ask_about()
        does.open_original.setEnabled(some)
        does.restore.setEnabled(trashed and some)
        look = self._counts is not None and self._counts.needs_look > 0
        does.next_doubtful.setEnabled(self.reviewing or look)
        does.previous_doubtful.setEnabled(self.reviewing)
        does.export.setEnabled(self._counts is not None and bool(self._counts.types))
        stored = self.records.stored if record else None
        for action in does.type_group.actions():
            action.setChecked(stored is not None and action.data() == stored.record.document_type)

    def _name_ask_about(self) -> None:
        chosen = (
            len(self.documents.selected())
            if self.stack.currentWidget() is self.documents
            else len(self.records.selected_or_current())
            if self.reviewing
            else 0
        )
        self.actions_.ask_about.setText(
            self.tr("Ask about this document")
            if chosen < 2
            else self.tr("Ask about these {0} documents").format(chosen)
        )

    # opening and closing ------------------------------------------------------------------

    def _restore_geometry(self) -> None:
        self.resize(1280, 800)
        self.splitter.setSizes([190, 620, 470])
        geometry = self.library.setting("window.geometry", str, "")
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
        splitter = self.library.setting("window.splitter", str, "")
        if splitter:
            self.splitter.restoreState(QByteArray.fromBase64(splitter.encode()))

    def closeEvent(self, event: QCloseEvent) -> None:
        editor = self.focusWidget()
        if isinstance(editor, QLineEdit):
            self.setFocus()  # an open editor gives what was typed in it
        self._closed = True
        self.feed.close()
        self._refresh.stop()
        self.incoming.stop()
        self.records.stop()
        self.documents.stop()
        self.search.stop()
        self.models.stop()
        self.asking.stop()
        self.changes.finish()
        background.finish(self)
        if not self.library.read_only:
            self.library.set_setting(
                "window.geometry", bytes(self.saveGeometry().toBase64().data()).decode()
            )
            self.library.set_setting(
                "window.splitter", bytes(self.splitter.saveState().toBase64().data()).decode()
            )
        super().closeEvent(event)
