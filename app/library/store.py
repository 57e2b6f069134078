"""The database file: connections, transactions, and what can go wrong with a disk.

One connection writes, behind a lock; readers borrow one each from a pool, so that (in
WAL mode) nobody who reads ever waits for somebody who writes.
"""

from __future__ import annotations

import contextlib
import errno
import queue
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database

from app.errors import Code, ProblemError, problem
from app.library.looks import Looks
from app.library.schema import migrations

DATABASE = "library.sqlite"
_BUSY = 10_000  # milliseconds to wait for a lock held by another process
_CACHE = -16_000  # KiB of page cache for each connection (negative: SQLite's way to say KiB)
_LOG_KEPT = 64_000_000  # bytes of the write-ahead log's file that stay after a rush


class Store:
    """The open database of the library in ``folder``."""

    def __init__(self, folder: Path, *, read_only: bool) -> None:
        self.folder = folder
        self.read_only = read_only
        self._lock = threading.RLock()
        self._idle: queue.LifoQueue[Database] = queue.LifoQueue()
        self._all: list[Database] = []
        self._closed = False
        self._immutable = False
        with self.problems():
            self._writer = self._connect_to_read() if read_only else self._connect_to_write()

    @property
    def name(self) -> str:
        """How the library is called in messages."""
        return self.folder.name or str(self.folder)

    def _connect(self, options: str) -> Database:
        # Percent-encoding by as_uri(): a folder may hold "?" or "#" in its name.
        connection = sqlite3.connect(
            f"{(self.folder / DATABASE).as_uri()}?{options}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            timeout=_BUSY / 1000,
        )
        try:
            # Plugins of sqlite-utils that happen to be installed have no business here.
            db = Database(connection, execute_plugins=False)
            db.execute("PRAGMA foreign_keys = ON")
            db.execute(f"PRAGMA cache_size = {_CACHE}")
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except BaseException:
            connection.close()
            raise
        self._all.append(db)
        return db

    def _connect_to_write(self) -> Database:
        db = self._connect("mode=rwc")
        mode = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":  # a file system without shared memory: slower, and as safe
            db.execute("PRAGMA journal_mode = TRUNCATE")
        # FULL: a commit is on the disk before the window shows it, also in a power cut.
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA journal_size_limit = {_LOG_KEPT}")
        return db

    def _connect_to_read(self) -> Database:
        try:
            db = self._connect("mode=ro&immutable=1" if self._immutable else "mode=ro")
        except sqlite3.OperationalError:
            # On a read-only disk WAL's shared memory cannot be made; nobody else can be
            # writing there either, so the file may be read as one that never changes.
            wal = self.folder / f"{DATABASE}-wal"
            if self._immutable or not self.read_only or (wal.exists() and wal.stat().st_size):
                raise
            self._immutable = True
            db = self._connect("mode=ro&immutable=1")
        db.execute("PRAGMA query_only = ON")
        return db

    def close(self) -> None:
        """Close every connection; the database file then stands alone, without a WAL."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if not self.read_only:
                # A full disk must not keep the program from closing: the WAL stays then,
                # and the next open takes it in.
                with contextlib.suppress(sqlite3.OperationalError):
                    self._writer.execute("PRAGMA analysis_limit = 400")
                    self._writer.execute("PRAGMA optimize")
                    self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for db in reversed(self._all):  # who writes goes last: only it can take the WAL away
                db.close()

    @contextlib.contextmanager
    def problems(self, file: str = "") -> Iterator[None]:
        """Turns what the disk and SQLite say into coded problems.

        ``file`` is what did not fit ("": the library).
        """
        try:
            yield
        except sqlite3.Error as error:
            translated = self._translate(error, file)
            if translated is None:
                raise
            raise translated from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise problem(Code.DISK_FULL, file or self.name) from error
            if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise problem(Code.LIBRARY_READ_ONLY, self.name) from error
            raise problem(Code.CANNOT_WRITE, file or self.name) from error

    def _translate(self, error: sqlite3.Error, file: str) -> ProblemError | None:
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            return None
        primary = code & 0xFF
        if primary == sqlite3.SQLITE_FULL:
            return problem(Code.DISK_FULL, file or self.name)
        if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return problem(Code.LIBRARY_READ_ONLY, self.name)
        if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return problem(Code.LIBRARY_DAMAGED, self.name)
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return problem(Code.LIBRARY_IN_USE, self.name)
        if primary == sqlite3.SQLITE_IOERR:
            # SQLite says "I/O error" for some forms of a full disk (quota, size limits).
            return problem(Code.DISK_FULL, file or self.name)
        return None

    @contextlib.contextmanager
    def reading(self) -> Iterator[Database]:
        """A connection that sees one state of the library throughout."""
        if self._closed:
            raise RuntimeError("the library is closed")
        try:
            db = self._idle.get_nowait()
        except queue.Empty:
            with self.problems(), self._lock:
                db = self._connect_to_read()
        try:
            with self.problems():
                db.execute("BEGIN")
                try:
                    yield db
                finally:
                    if db.conn.in_transaction:
                        db.execute("ROLLBACK")
        finally:
            if not self._closed:
                self._idle.put(db)

    def must_be_writable(self) -> None:
        """Raises ``library_read_only`` if nothing can be changed here."""
        if self.read_only:
            raise problem(Code.LIBRARY_READ_ONLY, self.name)

    @contextlib.contextmanager
    def writing(self, file: str = "", *, lasting: bool = True) -> Iterator[Database]:
        """A transaction: all of it is on the disk at the end, or none of it.

        ``file`` is what did not fit if the disk is full.  Without ``lasting`` it is
        whole or absent as well, but a power cut may still undo it until the next lasting
        one is on the disk: right for what a restart does again anyhow, and it saves the
        wait for the disk.
        """
        self.must_be_writable()
        with self._lock, self.problems(file):
            if self._closed:
                raise RuntimeError("the library is closed")
            db = self._writer
            if not lasting:
                db.execute("PRAGMA synchronous = NORMAL")
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.conn.in_transaction:
                    db.execute("ROLLBACK")
                raise
            finally:
                if not lasting:
                    db.execute("PRAGMA synchronous = FULL")

    def check(self, seconds: float) -> None:
        """Look for damage, for at most ``seconds``; raises ``library_damaged``."""
        connection = self._writer.conn
        # An interrupt, because a progress handler is not asked while a whole tree is checked.
        clock = threading.Timer(seconds, connection.interrupt)
        clock.start()
        try:
            with self.problems():
                row = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            return
        finally:
            clock.cancel()
            clock.join()  # so that it cannot interrupt what comes next
        if row[0] != "ok":
            raise problem(Code.LIBRARY_DAMAGED, self.name)

    def pending(self) -> bool:
        """Whether the tables must be brought up to date; raises ``library_newer``."""
        with self.problems():
            known = {m.name for m in migrations.pending(self._writer)}
            applied = {m.name for m in migrations.applied(self._writer)}
            known |= applied & {m.name for m in migrations._migrations}
        if applied - known:
            raise problem(Code.LIBRARY_NEWER, self.name)
        return known != applied

    def is_new(self) -> bool:
        """Whether nothing has been stored yet."""
        return not self._writer.table_names()

    def size(self) -> int:
        """Bytes of the database file."""
        return (self.folder / DATABASE).stat().st_size

    def migrate(self) -> None:
        """Bring the tables up to date; each step is a transaction of its own."""
        with self._lock, self.problems():
            migrations.apply(self._writer)

    def copy_to(self, target: Path) -> None:
        """Copy the database as it is now, while others read and write."""
        with self.problems(target.name):
            source = self._connect_to_read()
            try:
                copy = sqlite3.connect(target, isolation_level=None)
                try:
                    source.conn.backup(copy)
                    copy.execute("PRAGMA journal_mode = DELETE")
                finally:
                    copy.close()
            finally:
                self._all.remove(source)
                source.close()


class Shelf:
    """What every part of the library works on."""

    _store: Store
    _looks: Looks
