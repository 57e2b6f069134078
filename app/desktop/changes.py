"""The user's changes, saved one after another off the window's thread.

A change is told as done only when it lies on the disk, so the window never shows
something as edited that a power cut would lose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QObject, QThreadPool, Signal

from app.desktop import background
from app.desktop.value_ref import ValueRef
from app.engine.choice import Engines
from app.errors import ProblemError
from app.journey import Journey
from app.library import Change, Library, Part


class Changes(QObject):
    """``saved`` follows every change that is on the disk, ``failed`` carries an exception.

    ``line_added`` carries a record's id, a Part and the new row's id; ``trashed`` the
    documents that were put into the trash.
    """

    saved = Signal()
    failed = Signal(object)
    line_added = Signal(int, object, int)
    trashed = Signal(object)

    def __init__(
        self, library: Library, journey: Journey, engines: Engines, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._journey = journey
        self._engines = engines
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)  # in the order in which they were made

    def finish(self) -> None:
        """Wait until the last change is on the disk."""
        self._pool.waitForDone()

    def edit(self, ref: ValueRef, text: str) -> None:
        """Set a value as typed."""
        self._do(
            lambda: self._journey.edit(ref.record_id, ref.key, text, part=ref.part, line=ref.line)
        )

    def take(self, ref: ValueRef, text: str) -> None:
        """Take one of the readers' alternatives; the same as typing it."""
        self.edit(ref, text)

    def confirm(self, ref: ValueRef) -> None:
        """Approve a value as it is."""

        def work() -> None:
            self._library.confirm(ref.record_id, ref.key, part=ref.part, line=ref.line)
            self._journey.check(ref.record_id)

        self._do(work)

    def set_reviewed(self, record_ids: Sequence[int], reviewed: bool) -> None:
        """Mark records as looked over, or no longer so."""

        def work() -> None:
            for record_id in record_ids:
                self._library.set_reviewed(record_id, reviewed)

        self._do(work)

    def set_note(self, document_id: int, text: str) -> None:
        """Write the user's note about a document."""

        def work() -> None:
            self._library.set_note(document_id, text)

        self._do(work)

    def add_line(self, record_id: int, part: Part, position: int | None) -> None:
        """Add an empty row before ``position``."""

        def work() -> int:
            line = self._library.add_line(record_id, position, part=part)
            self._journey.check(record_id)
            return line

        def done(line: int) -> None:
            self.saved.emit()
            self.line_added.emit(record_id, part, line)

        background.run(self, work, success=done, failure=self.failed.emit, pool=self._pool)

    def remove_line(self, record_id: int, part: Part, line: int) -> None:
        """Take a row out."""

        def work() -> None:
            self._library.remove_line(record_id, line, part=part)
            self._journey.check(record_id)

        self._do(work)

    def change_type(self, record_ids: Sequence[int], document_type: str) -> None:
        """Read the documents of these records again as another type."""

        def work() -> None:
            for record_id in record_ids:
                self._journey.change_type(record_id, document_type)

        self._do(work)

    def read_again(self, document_ids: Sequence[int]) -> None:
        """Read documents again from their files."""

        def work() -> None:
            for document_id in document_ids:
                self._journey.read_again(document_id)

        self._do(work)

    def refine(self, document_ids: Sequence[int] | None, *, second_look: bool = False) -> None:
        """Have a model read these documents (``None``: all); see :meth:`Refiner.refine`."""
        self._do(lambda: self._journey.refiner.refine(document_ids, second_look=second_look))

    def unlock(self, document_id: int, password: str) -> None:
        """Try a document again with its password."""
        self._do(lambda: self._journey.unlock(document_id, password))

    def trash(self, document_ids: Iterable[int]) -> None:
        """Move documents to the trash."""
        chosen = tuple(document_ids)

        def done(change: Change | None) -> None:
            self.saved.emit()
            if change is not None:
                self.trashed.emit(change.document_ids)

        background.run(
            self,
            lambda: self._library.trash(chosen),
            success=done,
            failure=self.failed.emit,
            pool=self._pool,
        )

    def restore(self, document_ids: Iterable[int]) -> None:
        """Take documents out of the trash."""
        chosen = tuple(document_ids)
        self._do(lambda: self._library.restore(chosen))

    def empty_trash(self, *, with_conversations: bool = False) -> None:
        """Delete what is in the trash for good, and the conversations about it if wanted.

        What the engine keeps of documents goes as well, of all of them.
        """

        def work() -> ProblemError | None:
            if self._library.empty_trash(with_conversations=with_conversations):
                try:
                    self._engines.forget_kept()
                except ProblemError as error:
                    return error
            return None

        def done(trouble: ProblemError | None) -> None:
            self.saved.emit()
            if trouble is not None:
                self.failed.emit(trouble)

        background.run(self, work, success=done, failure=self.failed.emit, pool=self._pool)

    def cancel(self) -> None:
        """Take everything out of the queue."""
        self._do(self._journey.cancel)

    def undo(self) -> None:
        self._do(self._journey.undo)

    def redo(self) -> None:
        self._do(self._journey.redo)

    def set_paused(self, paused: bool) -> None:
        """Pause the queue, or go on with it."""
        self._do(self._journey.pause if paused else self._journey.resume)

    def _do(self, work: Callable[[], object]) -> None:
        background.run(
            self,
            work,
            success=lambda _: self.saved.emit(),
            failure=self.failed.emit,
            pool=self._pool,
        )
