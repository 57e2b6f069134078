"""Questions and the window: what is asked, what is being answered, and what is kept of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QLocale, QObject, QThreadPool, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from app.asking.answers import Answers
from app.asking.keeping import unpack_reply
from app.asking.messages import Answered, Ask, Citation, Computed, Reply
from app.asking.plain_text import plain
from app.asking.tables import write_figures
from app.asking.transcript import copied, export_transcript, write_text
from app.desktop import ask_words, background
from app.desktop.ask_page import AskPage
from app.desktop.behind_list import MOST, Behind, Entry, of_document, of_record
from app.desktop.cited_lines import cited_lines
from app.desktop.export_dialog import export_folder
from app.desktop.notice import Notice
from app.desktop.page_view import Mark
from app.desktop.question_box import Picked
from app.desktop.running_question import RunningQuestion
from app.desktop.transcript import KeptTurn, Transcript
from app.desktop.turn_view import TurnView
from app.export.formats import Format
from app.library import ConversationRow, Library
from app.library.calculation import Calculation, Figure, Gap, Measure, Why

T = TypeVar("T")

THINK = "ask.think"
"""The library's setting for whether the model thinks before it answers."""

_COPIED = 10_000  # records at most that the text of an answer lists
_PATIENCE = 5.0  # seconds that the window waits, when it closes, for an answer to be kept


@dataclass(frozen=True, slots=True)
class _Opened:
    """A conversation that was kept, as it was looked up."""

    row: ConversationRow
    turns: tuple[KeptTurn, ...]


class Asking(QObject):
    """``lines_wanted`` carries a document's id, a page and its Marks, to be shown at the side;
    ``record_wanted`` a record's id and ``document_wanted`` a document's to be shown there,
    ``opened`` a record's to be gone to;
    ``records_export_wanted`` ids of records, ``failed`` an exception.
    """

    lines_wanted = Signal(int, int, object)
    record_wanted = Signal(int)
    document_wanted = Signal(int)
    opened = Signal(int)
    documents_wanted = Signal()
    models_wanted = Signal()
    records_export_wanted = Signal(object)
    gone = Signal(str)
    shown = Signal()
    failed = Signal(object)

    def __init__(
        self,
        answers: Answers,
        library: Library,
        notice: Notice,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._answers = answers
        self._library = library
        self._notice = notice
        self._window = window
        self._closed = False
        self._listed = 0
        self._cited = 0
        self._busy: list[Transcript] = []
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)  # changes in the order in which they were made
        self.page = AskPage(window)
        self._connect()
        self.new()
        self.look()
        self._run(
            lambda: library.setting(THINK, bool, False),
            lambda think: self.page.box.set_think(think),
        )

    def _connect(self) -> None:
        page, box = self.page, self.page.box
        box.asked.connect(self._on_asked)
        box.stop_wanted.connect(self.stop_answering)
        box.think_changed.connect(self._set_think)
        box.hand_wanted.connect(self.by_hand)
        box.models_wanted.connect(self.models_wanted)
        box.pick_wanted.connect(self.documents_wanted)
        page.welcome.hand_wanted.connect(self.by_hand)
        page.new_wanted.connect(self.new)
        page.running_wanted.connect(self.show_running)
        page.list_wanted.connect(self._list)
        page.list.search_wanted.connect(lambda _: self._list())
        page.list.opened.connect(self.open)
        page.list.renamed.connect(self._rename)
        page.list.deleted.connect(self._delete)

    # conversations --------------------------------------------------------------------------

    @property
    def transcript(self) -> Transcript:
        """The conversation that is open."""
        transcript = self.page.transcript
        assert transcript is not None, "one is open from the start"  # noqa: S101
        return transcript

    def new(self) -> None:
        """Begin a new conversation, about all documents."""
        self._switch(self._transcript(None))
        self.page.box.set_picked(())
        self.page.box.take_focus()

    def ask_about(self, documents: Sequence[int]) -> None:
        """Begin a conversation about these documents."""

        def work() -> list[Picked]:
            rows = {row.id: row for row in self._library.document_rows(list(documents))}
            return [Picked(row.id, row.name) for d in documents if (row := rows.get(d))]

        def done(picked: list[Picked]) -> None:
            if not self.transcript.empty:
                self._switch(self._transcript(None))
            self.page.talks.setChecked(False)
            self.page.box.set_picked(picked)
            self.page.box.take_focus()

        self._run(work, done)

    def open(self, conversation_id: int) -> None:
        """Open a conversation that was kept."""
        for transcript in (self.transcript, *self._busy):
            if transcript.conversation == conversation_id:
                self._switch(transcript)
                return

        def work() -> _Opened:
            row = self._library.conversation(conversation_id)
            documents = tuple(d for d in row.document_ids if d not in row.gone)
            turns = []
            for turn in self._library.turns(conversation_id):
                ask = Ask(turn.question, documents, conversation_id)
                turns.append(KeptTurn(ask, unpack_reply(turn.reply), turn.text))
            return _Opened(row, tuple(turns))

        def done(opened: _Opened) -> None:
            transcript = self._transcript(conversation_id)
            self._describe(transcript, opened.row)
            transcript.show_kept(opened.turns)
            self._switch(transcript)
            self._pick_as(opened.row)
            self.page.box.take_focus()

        self._run(work, done)

    def _transcript(self, conversation: int | None) -> Transcript:
        transcript = Transcript(self._library, conversation, self.page)
        transcript.cited.connect(self._on_cited)
        transcript.ask_wanted.connect(lambda ask: self._ask(transcript, ask))
        transcript.behind_wanted.connect(self._on_behind)
        transcript.copy_wanted.connect(self._copy)
        transcript.export_wanted.connect(lambda turn, form: self._export(transcript, turn, form))
        transcript.looked_at.connect(self._on_looked_at)
        transcript.opened.connect(self._on_opened)
        transcript.models_wanted.connect(self.models_wanted)
        transcript.hand_wanted.connect(self.by_hand)
        return transcript

    def _switch(self, transcript: Transcript) -> None:
        before = self.page.transcript
        self.page.show_transcript(transcript)
        if before is not None and before is not transcript:
            self._let_go(before)
        self.page.box.set_running(transcript.running is not None)
        self.page.show_waiting([t.turns[-1].ask.text for t in self._elsewhere()])
        self.shown.emit()

    def _elsewhere(self) -> list[Transcript]:
        return [t for t in self._busy if t is not self.page.transcript]

    def _let_go(self, transcript: Transcript) -> None:
        """Forget a conversation that is not shown, unless something is still written in it."""
        if transcript.running is None and transcript is not self.page.transcript:
            transcript.stop()
            transcript.deleteLater()

    def _describe(self, transcript: Transcript, row: ConversationRow) -> None:
        transcript.title = row.title
        transcript.documents = row.document_ids
        if transcript is self.page.transcript:
            self.page.show_conversation()

    def _pick_as(self, row: ConversationRow) -> None:
        named = zip(row.document_ids, row.document_names, strict=True)
        self.page.box.set_picked([Picked(d, name) for d, name in named if d not in row.gone])

    def _list(self) -> None:
        self._listed += 1
        asked, search = self._listed, self.page.list.search.text().strip()

        def done(rows: list[ConversationRow]) -> None:
            if asked == self._listed:
                self.page.list.show_rows(rows)

        self._run(lambda: self._library.conversations(search), done)

    def _rename(self, conversation_id: int, title: str) -> None:
        def done(row: ConversationRow) -> None:
            self._list()
            for transcript in (self.transcript, *self._busy):
                if transcript.conversation == row.id:
                    self._describe(transcript, row)

        def work() -> ConversationRow:
            self._library.rename_conversation(conversation_id, title)
            return self._library.conversation(conversation_id)

        self._run(work, done, pool=self._pool)

    def _delete(self, row: ConversationRow) -> None:
        def restore() -> None:
            self._run(
                lambda: self._library.restore_conversation(row.id),
                lambda _: self._list(),
                pool=self._pool,
            )

        def done(_: None) -> None:
            for transcript in list(self._busy):
                if transcript.conversation == row.id and transcript.running is not None:
                    transcript.running.stop()
            if self.transcript.conversation == row.id:
                showing = self.page.talks.isChecked()
                self.new()
                self.page.talks.setChecked(showing)
            self._list()
            title = ask_words.name_words(row.title)
            self._notice.tell(
                self.tr("“{0}” was deleted.").format(title), button=self.tr("Undo"), do=restore
            )

        self._run(lambda: self._library.delete_conversation(row.id), done, pool=self._pool)

    # asking ---------------------------------------------------------------------------------

    def look(self, *, off: bool = False) -> None:
        """Look up anew whether there is a model for questions; it may be switched ``off``."""
        self._run(lambda: self._answers.can_read, lambda reads: self.page.set_reads(reads, off=off))

    def by_hand(self) -> None:
        """Let a calculation be set by hand."""
        draft = self.transcript.begin_by_hand()
        self.page.talks.setChecked(False)
        self.page.show_conversation()
        draft.controls.setFocus()

    def stop_answering(self) -> None:
        """End the answer that is being written in the open conversation."""
        if self.transcript.running is not None:
            self.transcript.running.stop()

    def _on_asked(self, text: str) -> None:
        box = self.page.box
        asked = Ask(text, box.documents, think=box.think.isChecked())
        if self._ask(self.transcript, asked):
            box.clear()

    def _ask(self, transcript: Transcript, ask: Ask) -> bool:
        if self._closed:
            return False
        if transcript.running is not None:
            self._notice.tell(
                self.tr("Another question is still being answered. Wait for it, or stop it.")
            )
            return False
        if ask.calculation is not None and transcript.draft is not None:
            transcript.drop_draft()
        turn = transcript.add(replace(ask, conversation=transcript.conversation))
        running = RunningQuestion(self._answers, turn.ask, self)
        transcript.running = running
        self._busy.append(transcript)
        running.doing.connect(turn.show_doing)
        running.chose.connect(turn.show_chosen)
        running.thought.connect(turn.think)
        running.wrote.connect(turn.write)
        running.answered.connect(lambda answered: self._on_answered(transcript, turn, answered))
        running.failed.connect(lambda error: self._on_failed(transcript, turn, error))
        running.ended.connect(lambda: self._on_ended(transcript, turn))
        self.page.show_transcript(transcript)
        self.page.box.set_running(True)
        return True

    def _on_answered(self, transcript: Transcript, turn: TurnView, answered: Answered) -> None:
        turn.show_answered(answered)
        if not answered.conversation:
            return  # it could not be kept, which the turn says
        transcript.conversation = answered.conversation
        if not transcript.title:
            self._run(
                lambda: self._library.conversation(answered.conversation),
                lambda row: self._describe(transcript, row),
                failure=lambda _error: None,  # deleted meanwhile: it needs no title
            )

    def _on_failed(self, transcript: Transcript, turn: TurnView, error: Exception) -> None:
        turn.show_problem(error)
        if transcript is not self.page.transcript:
            message, advice, _ = ask_words.problem_words(error)
            question = ask_words.name_words(turn.ask.text)
            self._notice.tell(f"“{question}”: {message} {advice}", problem=True)

    def _on_ended(self, transcript: Transcript, turn: TurnView) -> None:
        running, transcript.running = transcript.running, None
        if running is not None:
            running.deleteLater()
        transcript.changed.emit()
        self._busy.remove(transcript)
        if transcript is self.page.transcript:
            self.page.box.set_running(False)
            return
        self.page.show_waiting([t.turns[-1].ask.text for t in self._elsewhere()])
        conversation = transcript.conversation
        if conversation is not None and not turn.failed:
            self._notice.tell(
                self.tr("“{0}” is answered.").format(ask_words.name_words(turn.ask.text)),
                button=self.tr("Show the answer"),
                do=lambda: self.open(conversation),
            )
        self._let_go(transcript)

    def show_running(self) -> None:
        """Go to a conversation in which an answer is being written."""
        for transcript in self._elsewhere()[:1]:
            self._switch(transcript)

    def _set_think(self, think: bool) -> None:
        if not self._library.read_only:
            self._run(
                lambda: self._library.set_setting(THINK, think), lambda _: None, pool=self._pool
            )

    # what an answer rests on ----------------------------------------------------------------

    def _on_cited(self, citation: Citation) -> None:
        self._cited += 1
        wanted = self._cited

        def work() -> tuple[Mark, ...]:
            label = ask_words.lines_words(citation)
            return tuple(Mark(box, label) for box in cited_lines(self._library, citation))

        def done(marks: tuple[Mark, ...]) -> None:
            if wanted == self._cited:
                self.lines_wanted.emit(citation.document_id, citation.page, marks)

        def failed(error: Exception) -> None:
            if not isinstance(error, KeyError):
                self.failed.emit(error)
            elif wanted == self._cited:
                self.gone.emit(
                    self.tr("{0} is not in the library any more. The answer quotes: “{1}”").format(
                        ask_words.name_words(citation.document_name),
                        ask_words.quote_words(citation),
                    )
                )

        self._run(work, done, failure=failed)

    def _on_behind(self, turn: TurnView, computed: Computed, what: object) -> None:
        calculation = computed.calculation
        today = dt.date.fromisoformat(computed.today)

        def work() -> Behind:
            name = ask_words.behind_words(calculation, what)
            if isinstance(what, Gap) and what.why is Why.UNREAD:
                unread = self._library.unread()
                documents = self._library.document_rows(unread[:MOST])
                return Behind(name, tuple(map(of_document, documents)), len(unread))
            ids = self._ids(calculation, today, what)
            rows = self._library.rows(ids[:MOST])
            return Behind(name, tuple(of_record(r, calculation.of) for r in rows), len(ids))

        def done(behind: Behind) -> None:
            turn.show_behind(behind)
            self.page.order_tabs_soon()

        self._run(work, done)

    def _ids(self, calculation: Calculation, today: dt.date, what: object) -> list[int]:
        if isinstance(what, Figure):
            return self._library.behind(calculation, today, what)
        if isinstance(what, Gap):
            return self._library.in_gap(calculation, today, what)
        return []

    def _on_looked_at(self, entry: Entry) -> None:
        if entry.record_id is not None:
            self.record_wanted.emit(entry.record_id)
        else:
            self.document_wanted.emit(entry.document_id)

    def _on_opened(self, entry: Entry) -> None:
        if entry.record_id is not None:
            self.opened.emit(entry.record_id)

    # taking an answer elsewhere -------------------------------------------------------------

    def _copy(self, turn: TurnView) -> None:
        reply = turn.reply
        if reply is not None:
            self._run(lambda: self._as_text(turn.ask.text, reply), self._on_copied)
        elif turn.answer.text:
            QGuiApplication.clipboard().setText(turn.answer.text)
            self._notice.tell(self.tr("The answer is in the clipboard, as far as it is written."))

    def _on_copied(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._notice.tell(self.tr("The question and its answer are in the clipboard."))

    def _as_text(self, question: str, reply: Reply | None) -> str:
        """A question and its answer, with the records that it lists, for who takes them away."""
        if reply is None:
            return plain(question)
        listed = reply.figures.listed[:_COPIED] if isinstance(reply, Computed) else ()
        return f"{plain(question)}\n\n{copied(reply, self._library.rows(listed))}"

    def _export(self, transcript: Transcript, turn: TurnView, form: str) -> None:
        reply, conversation = turn.reply, transcript.conversation
        table = form != "txt"
        if table and isinstance(reply, Computed) and reply.calculation.measure is Measure.LIST:
            self.records_export_wanted.emit(list(reply.figures.listed))
            return
        name = _file_name(turn.ask.text if table else transcript.title or turn.ask.text)
        folder = export_folder(self._library)
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Export"), str(folder / f"{name}.{form}"), f"*.{form}"
        )
        if not chosen:
            return
        target = Path(chosen)
        if not target.suffix:
            target = target.with_suffix(f".{form}")
        locale = QLocale().name()

        def work() -> None:
            if table and isinstance(reply, Computed):
                made = Format.XLSX if form == "xlsx" else Format.CSV_EXCEL
                write_figures(reply.figures, reply.calculation, target, made, locale)
            elif conversation is not None:
                export_transcript(self._library, conversation, target)
            else:
                write_text(self._as_text(turn.ask.text, reply), target)

        self._run(
            work,
            lambda _: self._notice.tell(self.tr("Exported to {0}.").format(target.name)),
        )

    # beginning and end ----------------------------------------------------------------------

    def _run(
        self,
        work: Callable[[], T],
        success: Callable[[T], object],
        failure: Callable[[Exception], object] | None = None,
        pool: QThreadPool | None = None,
    ) -> None:
        if self._closed:
            return
        background.run(
            self,
            work,
            success=lambda result: None if self._closed else _ignored(success(result)),
            failure=lambda error: _ignored((failure or self.failed.emit)(error)),
            pool=pool,
        )

    def stop(self) -> None:
        """Stop what is being answered, and wait until it is kept."""
        self._closed = True
        self.page.list.stop()
        self.transcript.stop()
        for transcript in self._busy:
            if transcript.running is not None:
                transcript.running.stop()
        for transcript in self._busy:
            transcript.stop()
            if transcript.running is not None:
                transcript.running.finish(_PATIENCE)
        self._pool.waitForDone()


def _ignored(_: object) -> None:
    """Nothing, of whatever a callback gave."""


def _file_name(text: str) -> str:
    """A file's name made of a question."""
    kept = "".join(c if c.isalnum() or c in " -_" else " " for c in text)
    return " ".join(kept.split())[:60] or "answer"
