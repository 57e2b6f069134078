"""The queue: rows that survive a restart.  What fails twice is not tried a third time.

What a restart does again anyhow (a claim, the progress, a page before its document is
finished) does not wait for the disk; :meth:`finish` puts all of it there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sqlite_utils import Database

from app.document import Page
from app.errors import Code, Problem
from app.library import files
from app.library.incoming import keep_file
from app.library.packing import pack
from app.library.passages import index_words
from app.library.queries import some
from app.library.rows import Added, Job, State
from app.library.standing import ASKED_FOR, FAILED_BEFORE, enqueue, settle
from app.library.store import Shelf
from app.library.text import storable

_ATTEMPTS = 2  # a document that stops its reader this often is left alone
_INTERRUPTIONS = 4  # so often the whole program may die while it reads one document
_PAUSED = "queue.paused"

_PASSWORD = (Code.PASSWORD_NEEDED, Code.PASSWORD_WRONG)


class Jobs(Shelf):
    """The part of the library that hands out work."""

    def claim_job(self, *, most_bytes: int | None = None) -> Job | None:
        """Take the next waiting job, or ``None`` (nothing waits, or the queue is paused).

        What the user asked for again comes first, then the oldest, then what failed
        before.  ``most_bytes`` leaves larger files to other workers, so that a small
        file need not wait behind large ones.
        """
        sql = "SELECT 1 FROM jobs WHERE claimed = 0 LIMIT 1"
        with self._store.reading() as db:  # asked often; most of the time there is nothing
            if is_paused(db) or not db.execute(sql).fetchone():
                return None
        with self._store.writing(lasting=False) as db:
            row = db.execute(
                "SELECT j.id, j.document_id, d.name, d.sha256, d.suffix, d.media_type, d.size,"
                " d.chosen_type, j.from_pages, j.attempts"
                " FROM jobs j JOIN documents d ON d.id = j.document_id"
                " WHERE j.claimed = 0 AND j.size <= ? ORDER BY j.priority, j.id LIMIT 1",
                [2**62 if most_bytes is None else most_bytes],
            ).fetchone()
            if row is None:
                return None
            db.execute("UPDATE jobs SET claimed = 1 WHERE id = ?", [row[0]])
            db.execute("UPDATE documents SET state = ? WHERE id = ?", [State.READING, row[1]])
            if not row[8]:
                db.execute("UPDATE documents SET pages_read = 0 WHERE id = ?", [row[1]])
            depth = db.execute(
                "WITH RECURSIVE up(id) AS (SELECT parent FROM documents WHERE id = ?"
                " UNION SELECT d.parent FROM documents d JOIN up ON d.id = up.id)"
                " SELECT count(id) FROM up",
                [row[1]],
            ).fetchone()[0]
        return Job(
            id=row[0],
            document_id=row[1],
            name=row[2],
            path=self._store.folder / files.original_name(row[3], row[4]),
            sha256=row[3],
            media_type=row[5],
            size=row[6],
            document_type=row[7],
            from_pages=bool(row[8]),
            attempt=row[9] + 1,
            depth=depth,
        )

    def progress(self, job_id: int, pages: int, pages_read: int, media_type: str = "") -> bool:
        """Note how far the reading is.  ``False``: the job was cancelled, stop."""
        with self._store.writing(lasting=False) as db:
            document_id = document_of(db, job_id)
            if document_id is None:
                return False
            db.execute(
                "UPDATE documents SET pages = ?, pages_read = ?,"
                " media_type = CASE WHEN ? = '' THEN media_type ELSE ? END WHERE id = ?",
                [pages, pages_read, media_type, media_type, document_id],
            )
        return True

    def save_page(self, job_id: int, page: Page, picture: Path | None) -> bool:
        """Keep a page's words and *move* its picture into the library; counts pages_read.

        ``False``: the job was cancelled, stop.
        """
        with self._store.reading() as db:
            row = db.execute(
                "SELECT d.sha256 FROM jobs j JOIN documents d ON d.id = j.document_id"
                " WHERE j.id = ?",
                [job_id],
            ).fetchone()
        if row is None:
            return False
        folder = self._store.folder / files.pages_name(row[0])
        stem = files.page_stem(page.number)
        name = "" if picture is None else stem + files.suffix_of(picture.name)
        words = pack(replace(page, image=name))
        with self._store.writing(lasting=False) as db:
            document_id = document_of(db, job_id)
            if document_id is None:
                return False
            files.write(folder / f"{stem}.words", words)
            if picture is not None:
                files.move_in(picture, folder / name)
            files.flush_folder(folder)
            db.execute(
                "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?)",
                [document_id, page.number, name, page.look],
            )
            index_words(db, document_id, page.number, (word.text for word in page.words))
            db.execute(
                "UPDATE documents SET pages_read = max(pages_read, ?), pages = max(pages, ?)"
                " WHERE id = ?",
                [page.number, page.number, document_id],
            )
        if page.number == 1:
            self._looks.add(document_id, page.look)
        return True

    def contained(self, job_id: int, path: Path, name: str) -> Added | None:
        """Keep a file found inside the job's document as a document of its own, and queue it.

        Doing it again (after a crash) changes nothing.  ``None``: the job was cancelled.
        """
        with self._store.reading() as db:
            parent = document_of(db, job_id)
        if parent is None:
            return None
        try:
            return keep_file(self._store, path, storable(name), parent, job_id)
        except KeyError:
            return None

    def fail(self, job_id: int, problem: Problem, *, retry: bool = False) -> State:
        """End the job with a problem; with ``retry`` it gets one more attempt, no more.

        Gives the document's new state (``waiting`` if it will be tried again,
        ``cancelled`` if the job was cancelled meanwhile).
        """
        with self._store.writing() as db:
            row = db.execute(
                "SELECT document_id, attempts + 1 FROM jobs WHERE id = ?", [job_id]
            ).fetchone()
            if row is None:
                return State.CANCELLED
            document_id, attempts = row
            if retry and attempts < _ATTEMPTS:
                db.execute(
                    "UPDATE jobs SET attempts = ?, claimed = 0, priority = ? WHERE id = ?",
                    [attempts, FAILED_BEFORE, job_id],
                )
                _set_state(db, document_id, State.WAITING)
                return State.WAITING
            return _end_badly(db, document_id, problem)

    def release(self, job_id: int) -> None:
        """Give a claimed job back untouched (the program is closing)."""
        with self._store.writing(lasting=False) as db:
            document_id = document_of(db, job_id)
            if document_id is not None:
                db.execute("UPDATE jobs SET claimed = 0 WHERE id = ?", [job_id])
                _set_state(db, document_id, State.WAITING)

    def requeue(self, document_ids: Iterable[int], *, document_type: str | None = None) -> int:
        """Read these documents again from their files; gives how many were queued.

        ``document_type`` chooses a type ("" = recognise it, ``None`` = as chosen before).
        A password is never stored: the journey keeps it while it runs.
        """
        count = 0
        with self._store.writing() as db:
            for (document_id,) in db.execute(
                "SELECT id FROM documents WHERE trashed = 0"
                " AND id IN (SELECT value FROM json_each(?))",
                [some(document_ids)],
            ).fetchall():
                if document_type is not None:
                    db.execute(
                        "UPDATE documents SET chosen_type = ? WHERE id = ?",
                        [document_type, document_id],
                    )
                enqueue(db, document_id, ASKED_FOR)
                count += 1
        return count

    def cancel(self, document_ids: Iterable[int] | None = None) -> tuple[int, ...]:
        """Take these (``None``: all) out of the queue; gives the ids of jobs to be stopped."""
        wanted = None if document_ids is None else some(document_ids)
        with self._store.writing() as db:
            jobs = db.execute(
                "SELECT j.id, j.document_id, j.claimed, d.name"
                " FROM jobs j JOIN documents d ON d.id = j.document_id"
                " WHERE ? IS NULL OR j.document_id IN (SELECT value FROM json_each(?))",
                [wanted, wanted],
            ).fetchall()
            for _, document_id, _, name in jobs:
                _end_badly(db, document_id, Problem(Code.CANCELLED, name))
        return tuple(job_id for job_id, _, claimed, _ in jobs if claimed)

    def pause(self) -> None:
        """No job is handed out until :meth:`resume`, across restarts too."""
        with self._store.writing() as db:
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, 'true')", [_PAUSED])

    def resume(self) -> None:
        """Hand out jobs again."""
        with self._store.writing() as db:
            db.execute("DELETE FROM settings WHERE name = ?", [_PAUSED])

    @property
    def paused(self) -> bool:
        """Whether the queue is paused."""
        with self._store.reading() as db:
            return is_paused(db)


def recover(db: Database) -> None:
    """Running jobs wait again: their program died.  A document that keeps killing it fails."""
    for job_id, document_id, interruptions, name in db.execute(
        "SELECT j.id, j.document_id, j.interruptions + 1, d.name"
        " FROM jobs j JOIN documents d ON d.id = j.document_id WHERE j.claimed = 1"
    ).fetchall():
        if interruptions >= _INTERRUPTIONS:
            _end_badly(db, document_id, Problem(Code.CRASHED, name))
            continue
        db.execute(
            "UPDATE jobs SET claimed = 0, interruptions = ? WHERE id = ?", [interruptions, job_id]
        )
        _set_state(db, document_id, State.WAITING)


def give_back_all(db: Database) -> None:
    """Running jobs wait again: their program closes in good order."""
    db.execute(
        "UPDATE documents SET state = ? WHERE id IN (SELECT document_id FROM jobs WHERE claimed)",
        [State.WAITING],
    )
    db.execute("UPDATE jobs SET claimed = 0 WHERE claimed = 1")
    db.execute("UPDATE refinements SET claimed = 0 WHERE claimed = 1")


def document_of(db: Database, job_id: int) -> int | None:
    """The document that a claimed job is about; ``None`` if the job is no more."""
    row = db.execute(
        "SELECT document_id FROM jobs WHERE id = ? AND claimed = 1", [job_id]
    ).fetchone()
    return row and int(row[0])


def _set_state(db: Database, document_id: int, state: State) -> None:
    db.execute("UPDATE documents SET state = ? WHERE id = ?", [state, document_id])


def _end_badly(db: Database, document_id: int, problem: Problem) -> State:
    """Take a document out of the queue with a problem; a former reading of it still counts."""
    db.execute("DELETE FROM jobs WHERE document_id = ?", [document_id])
    db.execute(
        "UPDATE documents SET problem_code = ?, problem_detail = ? WHERE id = ?",
        [problem.code, problem.detail, document_id],
    )
    if problem.code in _PASSWORD:
        otherwise = State.LOCKED
    elif problem.code is Code.CANCELLED:
        otherwise = State.CANCELLED
    else:
        otherwise = State.FAILED
    state = settle(db, document_id, otherwise)
    if problem.code is Code.CANCELLED and state is not otherwise:
        db.execute("UPDATE documents SET problem_code = '' WHERE id = ?", [document_id])
    return state


def is_paused(db: Database) -> bool:
    return bool(db.execute("SELECT 1 FROM settings WHERE name = ?", [_PAUSED]).fetchone())
