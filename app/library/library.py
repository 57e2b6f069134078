"""The library: one folder that holds every document, its reading and the user's work."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import filelock

from app.errors import Code, ProblemError, problem
from app.library import files
from app.library.backlog import Backlog, Indexing
from app.library.changes import Changes
from app.library.conversations import Conversations, forget_deleted
from app.library.documents import Documents
from app.library.duplicates import Duplicates
from app.library.edits import Edits
from app.library.facts import count_anew_if_redefined
from app.library.figures import Figuring
from app.library.incoming import INCOMING, WORK, forget_incoming
from app.library.jobs import Jobs, give_back_all, recover
from app.library.looks import Looks
from app.library.questions import Questions
from app.library.readings import Readings
from app.library.records import Records
from app.library.refinements import Refinements, recover_refinements
from app.library.search import Search
from app.library.store import DATABASE, Store
from app.library.upkeep import Upkeep, back_up, backup_due, remove_doomed

_log = logging.getLogger(__name__)

LOCK = "in-use.lock"
_CHECK = 0.25  # seconds spent at each start on looking for damage
_QUICKLY_COPIED = 32_000_000  # bytes of a database whose daily backup is made while it opens


class Library(
    Documents,
    Jobs,
    Readings,
    Refinements,
    Records,
    Search,
    Questions,
    Figuring,
    Duplicates,
    Edits,
    Changes,
    Backlog,
    Conversations,
    Upkeep,
):
    """One library folder, open.  Every method may be called from any thread.

    Layout: ``library.sqlite`` (documents, queue, records, edits, search, conversations),
    ``files/ab/<sha256>.pdf`` (originals, byte for byte), ``pages/ab/<sha256>/0001.jpg`` and
    ``.words`` (pictures and words of pages), ``backups/``, ``work/`` (scratch, emptied at
    open), ``incoming/`` (notes about files on their way in).  All paths inside are
    relative, so the folder can be copied.

    Every method that changes something has its change on the disk when it returns (a
    claim, the progress and a page only when the document is finished: a restart does
    them again); it raises ``ProblemError`` (``disk_full``, ``library_read_only``,
    ``library_damaged``, ``cannot_write``) and changes nothing if it cannot.  Ids that do
    not exist raise ``KeyError``.
    """

    def __init__(self, store: Store, lock: filelock.BaseFileLock | None) -> None:
        """Use :meth:`open`."""
        self._store = store
        self._looks = Looks()
        self._lock = lock
        self._indexing = Indexing(store)

    @classmethod
    def open(cls, folder: Path, *, read_only: bool = False) -> Self:
        """Open the library in ``folder``; makes it if there is none.

        Only one program may have it open for writing; any number may read it
        (``read_only=True``) meanwhile.  Raises ``ProblemError``: ``library_in_use``,
        ``library_read_only``, ``library_damaged``, ``library_newer``, ``disk_full``;
        to be read, ``vanished`` if there is none, and ``library_older`` if an older
        version made it: it must be opened for writing once.
        """
        folder = folder.absolute()
        if read_only:
            return cls(_open_to_read(folder), None)
        lock = _take(folder)
        try:
            library = cls(_open_to_write(folder), lock)
            library._indexing.start()
            return library  # noqa: TRY300 - what cannot be started must give the lock back
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Close it; running jobs wait again.  Calling it twice is harmless."""
        self._indexing.stop()
        if self._lock is not None and self._lock.is_locked:
            try:
                # What cannot be written now is put right by the next start.
                with contextlib.suppress(ProblemError), self._store.writing() as db:
                    give_back_all(db)
                    forget_deleted(db)
                self._store.close()
            finally:
                self._lock.release()
        self._store.close()

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
        return self._store.folder

    @property
    def work_folder(self) -> Path:
        """A scratch folder inside the library, emptied at open; make your own inside it."""
        return self._store.folder / WORK

    @property
    def read_only(self) -> bool:
        """Whether this library was opened to be read only."""
        return self._store.read_only


def _take(folder: Path) -> filelock.BaseFileLock:
    """Make the folder if need be, and be the only one to write in it."""
    name = folder.name or str(folder)
    lock = filelock.FileLock(folder / LOCK, timeout=0, thread_local=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass  # a folder that takes no new files is read-only, whatever files it holds
        lock.acquire()
    except filelock.Timeout as taken:
        raise problem(Code.LIBRARY_IN_USE, name) from taken
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise problem(Code.DISK_FULL, name) from error
        raise problem(Code.LIBRARY_READ_ONLY, name) from error
    return lock


def _open_to_write(folder: Path) -> Store:
    store = Store(folder, read_only=False)
    try:
        with store.problems():
            for name in (WORK, INCOMING, "files", "pages"):
                (folder / name).mkdir(exist_ok=True)
            files.empty_folder(folder / WORK)
        fresh = store.is_new()
        if not fresh:
            store.check(_CHECK)
        pending = store.pending()
        if pending:
            if not fresh:
                back_up(store)
            store.migrate()
        elif backup_due(store) and store.size() < _QUICKLY_COPIED:
            _daily_backup(store)
        with store.problems():  # the names of a new library's files and folders must last
            files.flush_folder(folder)
            files.flush_folder(folder.parent)
        with store.writing() as db:
            recover(db)
            recover_refinements(db)
            forget_deleted(db)
            count_anew_if_redefined(db)
        with store.problems():
            for intent in (folder / INCOMING).iterdir():
                forget_incoming(store, intent)
            remove_doomed(store)
    except BaseException:
        store.close()
        raise
    return store


def _daily_backup(store: Store) -> None:
    try:
        back_up(store)
    except ProblemError as error:  # a full disk must not keep anyone from their papers
        _log.warning("no backup was made: %s", error.problem.code)


def _open_to_read(folder: Path) -> Store:
    name = folder.name or str(folder)
    if not os.path.lexists(folder / DATABASE):
        raise problem(Code.NO_LIBRARY, str(folder))
    store = Store(folder, read_only=True)
    try:
        if store.pending():  # made by an older version: it must be opened for writing once
            raise problem(Code.LIBRARY_OLDER, name)  # noqa: TRY301 - closed below
    except BaseException:
        store.close()
        raise
    return store
