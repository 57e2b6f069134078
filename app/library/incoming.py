"""Files on their way in: a document is there whole, with its bytes and its job, or not at all."""

from __future__ import annotations

import contextlib
from pathlib import Path

from sqlite_utils import Database

from app.errors import ProblemError
from app.library import files
from app.library.passages import index_name
from app.library.queries import now
from app.library.rows import Added, State
from app.library.standing import ASKED_FOR, NEW, enqueue, set_trashed
from app.library.store import Store
from app.library.text import fold

WORK = "work"
INCOMING = "incoming"

_ENDED_BADLY = (State.FAILED, State.LOCKED, State.CANCELLED)


def keep_file(store: Store, path: Path, name: str, parent: int | None, job: int | None) -> Added:
    """Copy a file in and make a queued document of it, whole or not at all.

    ``parent`` is the document that it was found in while ``job`` was done.  Raises
    ``KeyError`` if that job is no more.
    """
    store.must_be_writable()
    with store.problems(name):
        copied = files.copy_in(path, name, store.folder / WORK)
    intent = store.folder / INCOMING / copied.sha256
    stored = files.original_name(copied.sha256, files.suffix_of(name))
    try:
        with store.writing(name) as db:
            if (
                job is not None
                and not db.execute("SELECT 1 FROM jobs WHERE id = ?", [job]).fetchone()
            ):
                raise KeyError(job)  # noqa: TRY301 - the transaction must not go on
            there = db.execute(
                "SELECT id, state, trashed, suffix FROM documents WHERE sha256 = ?",
                [copied.sha256],
            ).fetchone()
            if there is not None:
                document_id, state, trashed, suffix = there
                original = store.folder / files.original_name(copied.sha256, suffix)
                if not original.is_file():  # somebody removed it from the folder
                    files.put(copied.path, original)
                if parent is None:
                    _add_again(db, document_id, State(state), bool(trashed))
            else:
                # The note lets the next start remove a file whose row was never written.
                intent.write_text(stored, encoding="utf-8")
                files.put(copied.path, store.folder / stored)
                db.execute("DELETE FROM doomed WHERE path = ?", [stored])
                document_id = _insert(db, copied, name, parent)
            if parent is not None and parent != document_id:
                db.execute("INSERT OR IGNORE INTO contents VALUES (?, ?)", [parent, document_id])
    except BaseException:
        # If even that fails, the next start does it.
        with contextlib.suppress(ProblemError, OSError):
            if intent.exists():
                forget_incoming(store, intent)
        raise
    finally:
        copied.path.unlink(missing_ok=True)
    intent.unlink(missing_ok=True)
    return Added(document_id, there is not None)


def _insert(db: Database, copied: files.Copied, name: str, parent: int | None) -> int:
    document_id: int = db.execute(
        "INSERT INTO documents"
        " (sha256, name, folded_name, suffix, size, state, added_at, parent)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            copied.sha256,
            name,
            fold(name),
            files.suffix_of(name),
            copied.size,
            State.WAITING,
            now(),
            parent,
        ],
    ).lastrowid
    index_name(db, document_id)
    enqueue(db, document_id, NEW)
    return document_id


def _add_again(db: Database, document_id: int, state: State, trashed: bool) -> None:
    # Added for its own sake, it no longer shares the fate of a mail that it came with.
    db.execute("UPDATE documents SET parent = NULL WHERE id = ?", [document_id])
    if trashed:
        set_trashed(db, [document_id], False)
    if state in _ENDED_BADLY:
        enqueue(db, document_id, ASKED_FOR)


def forget_incoming(store: Store, intent: Path) -> None:
    """Remove the file that ``intent`` announced, unless its document is there after all."""
    # Under the lock: another thread may be adding the same bytes right now.
    with store.writing() as db:
        known = db.execute("SELECT 1 FROM documents WHERE sha256 = ?", [intent.name]).fetchone()
        if not known:
            stored = store.folder / intent.read_text(encoding="utf-8")
            # A half-written note names no file of ours.
            if stored.name.startswith(intent.name):
                files.remove(stored)
        intent.unlink(missing_ok=True)
