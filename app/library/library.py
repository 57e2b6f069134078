"""The library: one folder that holds every document, its reading and the user's work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from app.document import Box, Document, Flag, Page, Record
from app.errors import Problem
from app.library.rows import (
    Added,
    Change,
    Counts,
    DocumentRow,
    Job,
    Only,
    Part,
    RecordRow,
    State,
    StoredRecord,
    Twin,
)

T = TypeVar("T")


class Library:
    """One library folder, open.  Every method may be called from any thread.

    Layout: ``library.sqlite`` (documents, queue, records, edits), ``files/ab/<sha256>.pdf``
    (originals, byte for byte), ``pages/ab/<sha256>/0001.jpg`` (pictures and words),
    ``backups/``, ``work/`` (scratch, emptied at open).  All paths inside are relative,
    so the folder can be copied.

    Every method that changes something has its change on the disk when it returns; it
    raises ``ProblemError`` (``disk_full``, ``library_read_only``, ``library_damaged``)
    and changes nothing if it cannot.  Ids that do not exist raise ``KeyError``.
    """

    @classmethod
    def open(cls, folder: Path, *, read_only: bool = False) -> Self:
        """Open the library in ``folder``; makes it if there is none.

        Only one program may have it open for writing; any number may read it
        (``read_only=True``) meanwhile.  Raises ``ProblemError``: ``library_in_use``,
        ``library_read_only``, ``library_damaged``, ``library_newer``, ``disk_full``.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Close it; running jobs wait again.  Calling it twice is harmless."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """The library's folder, absolute."""
        raise NotImplementedError

    @property
    def work_folder(self) -> Path:
        """A scratch folder inside the library, emptied at open; make your own inside it."""
        raise NotImplementedError

    @property
    def read_only(self) -> bool:
        raise NotImplementedError

    # documents ------------------------------------------------------------------

    def add_file(self, path: Path, *, name: str | None = None, parent: int | None = None) -> Added:
        """Keep a copy of the file's bytes and queue it; ``name`` is the name to show.

        The same bytes twice are one document; if it was in the trash it is restored.
        Raises ``ProblemError``: ``not_a_file`` (folders, devices), ``empty``,
        ``vanished``, ``unreadable``, ``disk_full`` (nothing is left behind).
        """
        raise NotImplementedError

    def document(self, document_id: int) -> DocumentRow:
        """One document."""
        raise NotImplementedError

    def document_ids(
        self,
        *,
        states: Iterable[State] = (),
        search: str = "",
        trashed: bool = False,
        newest_first: bool = True,
    ) -> list[int]:
        """The ids of all documents in these states (none named: any) whose name matches."""
        raise NotImplementedError

    def document_rows(self, document_ids: Sequence[int]) -> list[DocumentRow]:
        """These documents in this order; ids that are gone are left out."""
        raise NotImplementedError

    def documents(
        self,
        *,
        states: Iterable[State] = (),
        search: str = "",
        trashed: bool = False,
        limit: int = 200,
        offset: int = 0,
    ) -> list[DocumentRow]:
        """A stretch of the list of documents, newest first."""
        raise NotImplementedError

    def children(self, document_id: int) -> list[int]:
        """The documents that were found inside this one (mail, ZIP)."""
        raise NotImplementedError

    def counts(self) -> Counts:
        """The figures of the sidebar."""
        raise NotImplementedError

    def original_path(self, document_id: int) -> Path:
        """Where the original lies (to open or copy it; never to change it)."""
        raise NotImplementedError

    def picture_path(self, document_id: int, page: int) -> Path | None:
        """The picture of a page (counted from 1), or ``None`` if there is none (yet)."""
        raise NotImplementedError

    def pages(self, document_id: int) -> tuple[Page, ...]:
        """Its pages that were read so far, with their words, in order."""
        raise NotImplementedError

    def stored_document(self, document_id: int) -> Document:
        """The document as it was read, with its pages and XML, to be read again."""
        raise NotImplementedError

    # the queue ------------------------------------------------------------------

    def claim_job(self, *, most_bytes: int | None = None) -> Job | None:
        """Take the next waiting job, or ``None`` (nothing waits, or the queue is paused).

        What the user asked for again comes first, then the oldest, then what failed
        before.  ``most_bytes`` leaves larger files to other workers, so that a small
        file need not wait behind large ones.
        """
        raise NotImplementedError

    def progress(self, job_id: int, pages: int, pages_read: int, media_type: str = "") -> bool:
        """Note how far the reading is.  ``False``: the job was cancelled, stop."""
        raise NotImplementedError

    def save_page(self, job_id: int, page: Page, picture: Path | None) -> bool:
        """Keep a page's words and *move* its picture into the library; counts pages_read.

        ``False``: the job was cancelled, stop.
        """
        raise NotImplementedError

    def contained(self, job_id: int, path: Path, name: str) -> Added | None:
        """Keep a file found inside the job's document as a document of its own, and queue it.

        Doing it again (after a crash) changes nothing.  ``None``: the job was cancelled.
        """
        raise NotImplementedError

    def finish(self, job_id: int, document: Document, records: Sequence[Record]) -> tuple[int, ...]:
        """Keep the reading in one transaction, end the job, and give the records' ids.

        ``document`` may come without pages (they were saved one by one); its media type,
        subject and XML are kept.  A former reading is replaced, the user's edits never.
        Empty for a container, and for a job that was cancelled meanwhile.
        """
        raise NotImplementedError

    def fail(self, job_id: int, problem: Problem, *, retry: bool = False) -> State:
        """End the job with a problem; with ``retry`` it gets one more attempt, no more.

        Gives the document's new state (``waiting`` if it will be tried again).
        """
        raise NotImplementedError

    def release(self, job_id: int) -> None:
        """Give a claimed job back untouched (the program is closing)."""
        raise NotImplementedError

    def requeue(self, document_ids: Iterable[int], *, document_type: str | None = None) -> int:
        """Read these documents again from their files; gives how many were queued.

        ``document_type`` chooses a type ("" = recognise it, ``None`` = as chosen before).
        A password is never stored: the journey keeps it while it runs.
        """
        raise NotImplementedError

    def cancel(self, document_ids: Iterable[int] | None = None) -> tuple[int, ...]:
        """Take these (``None``: all) out of the queue; gives the ids of jobs to be stopped."""
        raise NotImplementedError

    def pause(self) -> None:
        """No job is handed out until :meth:`resume`, across restarts too."""
        raise NotImplementedError

    def resume(self) -> None:
        raise NotImplementedError

    @property
    def paused(self) -> bool:
        raise NotImplementedError

    # records --------------------------------------------------------------------

    def table(
        self,
        document_type: str,
        *,
        search: str = "",
        sort: str = "",
        descending: bool = False,
        only: Only | str = Only.ALL,
        trashed: bool = False,
    ) -> list[int]:
        """The ids of all records of a type ("" = every type), filtered and in order.

        ``search``: every word must occur in a value, a raw text or the document's name,
        whatever the case and accents.  ``sort`` is a field's key or a :class:`Sort`;
        records without the value come last in both directions.
        """
        raise NotImplementedError

    def rows(self, record_ids: Sequence[int]) -> list[RecordRow]:
        """These records as rows, in this order; ids that are gone are left out."""
        raise NotImplementedError

    def record(self, record_id: int) -> StoredRecord:
        """A whole record with the user's edits in place."""
        raise NotImplementedError

    def records_of(self, document_id: int) -> list[int]:
        """The ids of a document's records, in order."""
        raise NotImplementedError

    def save_flags(self, record_id: int, flags: Sequence[Flag]) -> None:
        """Replace what the checks say about a record (the caller computes it after an edit)."""
        raise NotImplementedError

    # the user's edits -----------------------------------------------------------

    def edit(
        self,
        record_id: int,
        key: str,
        value: str | None,
        raw: str = "",
        *,
        part: Part = Part.FIELDS,
        line: int | None = None,
        page: int | None = None,
        box: Box | None = None,
    ) -> Change:
        """Set a value as the user's: it is *confirmed* and no reading overwrites it.

        ``value`` is canonical, ``None`` for "it is not there"; ``raw`` as typed.
        ``line`` is a row's id for ``Part.LINES`` and ``Part.TAXES``.  Without ``page``
        and ``box`` the place of an equal claim is taken, if there is one.
        """
        raise NotImplementedError

    def confirm(
        self, record_id: int, key: str, *, part: Part = Part.FIELDS, line: int | None = None
    ) -> Change:
        """Approve a value as it is."""
        raise NotImplementedError

    def set_reviewed(self, record_id: int, reviewed: bool) -> Change:
        """Mark a record as looked over; it no longer asks for a look."""
        raise NotImplementedError

    def add_line(
        self, record_id: int, position: int | None = None, *, part: Part = Part.LINES
    ) -> int:
        """Add an empty row before ``position`` (``None``: at the end); gives its id."""
        raise NotImplementedError

    def remove_line(self, record_id: int, line: int, *, part: Part = Part.LINES) -> Change:
        """Take a row out; a later reading does not bring it back."""
        raise NotImplementedError

    def change_type(self, record_id: int, document_type: str) -> Change:
        """Queue the record's document to be read again, from its stored pages, as this type.

        Values of the user stay with fields of the same key or role.
        """
        raise NotImplementedError

    def history(self, record_id: int) -> list[Change]:
        """Every change to a record and its document, the latest first."""
        raise NotImplementedError

    def undo(self) -> Change | None:
        """Take back the latest change, also one from before a restart; ``None`` if none."""
        raise NotImplementedError

    def redo(self) -> Change | None:
        """Do again what was taken back last; ``None`` if nothing was, or a change came after."""
        raise NotImplementedError

    def undoable(self) -> Change | None:
        """What :meth:`undo` would take back."""
        raise NotImplementedError

    def redoable(self) -> Change | None:
        """What :meth:`redo` would do again."""
        raise NotImplementedError

    # the trash ------------------------------------------------------------------

    def trash(self, document_ids: Iterable[int]) -> Change | None:
        """Put documents into the trash (undoable); they leave the queue and every table.

        What was found inside them goes with them.  ``None`` if they were there already.
        """
        raise NotImplementedError

    def restore(self, document_ids: Iterable[int]) -> Change | None:
        """Take documents out of the trash again (undoable)."""
        raise NotImplementedError

    def empty_trash(self) -> int:
        """Delete what is in the trash for good, files too; gives how many documents."""
        raise NotImplementedError

    # duplicates -----------------------------------------------------------------

    def same_bytes(self, sha256: str) -> int | None:
        """The document with these bytes, trashed or not."""
        raise NotImplementedError

    def same_bill(
        self, seller: str, number: str, total: str, *, apart_from: int | None = None
    ) -> tuple[Twin, ...]:
        """Records with this seller (case, accents and punctuation aside), number and total.

        For a paper without a number give its date instead.  ``apart_from`` is a
        document's id; the trash is left out.
        """
        raise NotImplementedError

    def same_look(
        self, look: str, *, within: int = 6, apart_from: int | None = None
    ) -> tuple[Twin, ...]:
        """Documents whose first page looks like ``look`` (``Page.look``), the nearest first."""
        raise NotImplementedError

    # settings and safety --------------------------------------------------------

    def setting(self, name: str, kind: type[T], default: T) -> T:
        """A stored setting; the default if it is absent or no longer of that form."""
        raise NotImplementedError

    def set_setting(self, name: str, value: object) -> None:
        """Keep a setting: plain values, lists, dictionaries or dataclasses (stored as JSON)."""
        raise NotImplementedError

    @property
    def backup_due(self) -> bool:
        """Whether the latest backup is older than a day."""
        raise NotImplementedError

    def backup(self) -> Path:
        """Copy the database into ``backups/`` while it is in use; the latest few are kept.

        Takes seconds for a large library: call it from a worker thread.
        """
        raise NotImplementedError
