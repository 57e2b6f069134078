"""Upkeep: deleting for good, settings, backups."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TypeVar

import msgspec

from app.library import files
from app.library.conversations import forget_with_trash
from app.library.duplicates import forget_shared_bills
from app.library.facts import forget_facts
from app.library.passages import forget_documents
from app.library.store import Shelf, Store

T = TypeVar("T")

BACKUPS = "backups"
_KEPT = 5
_EVERY = dt.timedelta(days=1)
_STAMP = "%Y%m%dT%H%M%SZ"
_AT_ONCE = 100  # files that are deleted in one transaction


class Upkeep(Shelf):
    """The part of the library that cleans up and keeps copies."""

    def empty_trash(self, *, with_conversations: bool = False) -> int:
        """Delete what is in the trash for good, files too; gives how many documents.

        Conversations stay, with what their answers quote from these documents
        (:meth:`Library.conversations_with` names them); ``with_conversations`` deletes them
        as well, for good and with no way back, for who wants no word of them left here.
        """
        with self._store.writing() as db:
            if with_conversations:
                forget_with_trash(db)
            rows = db.execute(
                "SELECT id, sha256, suffix FROM documents WHERE trashed = 1"
            ).fetchall()
            # First written down, then done: a crash between the two leaves no orphan.
            db.conn.executemany(
                "INSERT OR IGNORE INTO doomed VALUES (?)",
                [(files.original_name(sha256, suffix),) for _, sha256, suffix in rows]
                + [(files.pages_name(sha256),) for _, sha256, _ in rows],
            )
            forget_documents(db, [document_id for document_id, _, _ in rows])
            doomed = db.execute(
                "SELECT r.id FROM records r JOIN documents d ON d.id = r.document_id"
                " WHERE d.trashed = 1"
            ).fetchall()
            forget_facts(db, [record_id for (record_id,) in doomed])
            db.execute("DELETE FROM documents WHERE trashed = 1")
            forget_shared_bills(db)
            db.execute(
                "DELETE FROM changes WHERE record_id IS NULL AND id NOT IN"
                " (SELECT change_id FROM changed_documents)"
            )
        remove_doomed(self._store)
        return len(rows)

    def setting(self, name: str, kind: type[T], default: T) -> T:
        """A stored setting; the default if it is absent or no longer of that form."""
        with self._store.reading() as db:
            row = db.execute("SELECT value FROM settings WHERE name = ?", [name]).fetchone()
        if row is None:
            return default
        try:
            return msgspec.json.decode(row[0], type=kind)
        except msgspec.MsgspecError:  # written by another version of the program
            return default

    def set_setting(self, name: str, value: object) -> None:
        """Keep a setting: plain values, lists, dictionaries or dataclasses (stored as JSON)."""
        text = msgspec.json.encode(value).decode()
        with self._store.writing() as db:
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", [name, text])

    @property
    def backup_due(self) -> bool:
        """Whether the latest backup is older than a day.

        A small library makes its daily backup while it opens; for a large one call
        :meth:`backup` from a worker thread when this says so.
        """
        return not self._store.read_only and backup_due(self._store)

    def backup(self) -> Path:
        """Copy the database into ``backups/`` while it is in use; the latest few are kept.

        Takes seconds for a large library: call it from a worker thread.
        """
        return back_up(self._store)


def backup_due(store: Store) -> bool:
    """Whether there is no backup from the last day."""
    kept = _backups(store.folder)
    if not kept:
        return True
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromtimestamp(kept[-1].stat().st_mtime, dt.UTC)
    return age > _EVERY


def back_up(store: Store) -> Path:
    """The work of :meth:`Upkeep.backup`, also done before the tables are changed."""
    folder = store.folder / BACKUPS
    with store.problems(BACKUPS):
        files.make_folder(folder)
    stem = f"library-{dt.datetime.now(dt.UTC).strftime(_STAMP)}"
    target = folder / f"{stem}.sqlite"
    part = folder / f"{stem}.part"
    for left in folder.glob("*.part"):  # from a backup that was cut short
        left.unlink(missing_ok=True)
    try:
        store.copy_to(part)
        with store.problems(target.name):
            files.move_in(part, target)
            files.flush_folder(folder)
    finally:
        part.unlink(missing_ok=True)
    for old in _backups(store.folder)[:-_KEPT]:
        old.unlink(missing_ok=True)
    return target


def remove_doomed(store: Store) -> None:
    """Delete the files of documents that are gone, unless they were added again meanwhile."""
    while True:
        with store.writing() as db:
            paths = db.execute("SELECT path FROM doomed LIMIT ?", [_AT_ONCE]).fetchall()
            if not paths:
                return
            for (path,) in paths:
                sha256 = Path(path).stem
                row = db.execute("SELECT 1 FROM documents WHERE sha256 = ?", [sha256]).fetchone()
                if row is None:
                    files.remove(store.folder / path)
                db.execute("DELETE FROM doomed WHERE path = ?", [path])


def _backups(folder: Path) -> list[Path]:
    """The backups that are there, the oldest first (their names hold the time)."""
    return sorted((folder / BACKUPS).glob("library-*.sqlite"))
