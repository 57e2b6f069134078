"""The model's queue: documents that are read, and that a model is to read as well.

A refinement ends with the reading that it was made for: whoever reads the document again
(another type, the file itself) takes its row away, and the model's answer is dropped.
What a model's answer changes is the program's reading only.  The user's values lie over
it, and a record that the user has looked over stays as it was looked over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlite_utils import Database

from app.document import Flag, Record
from app.library import files
from app.library.jobs import is_paused
from app.library.packing import pack_short
from app.library.queries import some
from app.library.readings import keep_records, load, refresh
from app.library.rows import Refinement, RefinementCounts, State
from app.library.standing import ASKED_FOR, FAILED_BEFORE, NEW, settle
from app.library.store import Shelf

FAILED = "model_failed"
"""The code of the flag of a document that the model could not read."""

_ATTEMPTS = 2
_INTERRUPTIONS = 4
_PAUSED = "refining.paused"
_READ = (State.READY, State.ATTENTION)
_CLOSED_AGAIN = "The program ended more than once while the model read this document."


class Refinements(Shelf):
    """The part of the library that hands out work for the model."""

    def refine(
        self, document_ids: Iterable[int] | None = None, *, second_look: bool = False
    ) -> int:
        """Have a model read these documents (``None``: all that are read); gives how many.

        ``second_look`` has it look at the pages themselves and asks about everything.
        What waits already is asked anew.  Documents that are not read yet are left out:
        they come by themselves.
        """
        wanted = None if document_ids is None else some(document_ids)
        priority = NEW if document_ids is None else ASKED_FOR
        with self._store.writing() as db:
            found = db.execute(
                "SELECT id FROM documents WHERE trashed = 0 AND state IN (?, ?)"
                " AND (? IS NULL OR id IN (SELECT value FROM json_each(?))) ORDER BY id",
                [*_READ, wanted, wanted],
            ).fetchall()
            for (document_id,) in found:
                enqueue_refinement(db, document_id, priority, second_look=second_look)
        return len(found)

    def claim_refinement(self) -> Refinement | None:
        """Take the next document for the model, or ``None`` (none waits, or all is paused).

        What the user asked for comes first, then the oldest, then what failed before.  As
        long as a new document waits to be read at all, only what the user asked for is
        handed out.
        """
        with self._store.reading() as db:
            if self._refining_paused(db) or is_paused(db) or not _waits(db):
                return None
        with self._store.writing(lasting=False) as db:
            row = db.execute(
                "SELECT r.id, r.document_id, d.name, d.sha256, d.chosen_type, r.second_look,"
                " r.attempts FROM refinements r JOIN documents d ON d.id = r.document_id"
                " WHERE r.claimed = 0 AND d.trashed = 0 AND d.state IN (?, ?)"
                " AND (r.priority = ? OR NOT EXISTS (SELECT 1 FROM jobs WHERE claimed = 0))"
                " ORDER BY r.priority, r.id LIMIT 1",
                [*_READ, ASKED_FOR],
            ).fetchone()
            if row is None:
                return None
            db.execute("UPDATE refinements SET claimed = 1 WHERE id = ?", [row[0]])
        return Refinement(
            id=row[0],
            document_id=row[1],
            name=row[2],
            pictures=self._store.folder / files.pages_name(row[3]),
            document_type=row[4],
            second_look=bool(row[5]),
            attempt=row[6] + 1,
        )

    def finish_refinement(self, refinement_id: int, records: Sequence[Record]) -> tuple[int, ...]:
        """Keep a reading with the model's answers and give the ids of its records.

        Empty where it came too late: cancelled, or the document was read again meanwhile.
        """
        with self._store.writing() as db:
            document_id = _document_of(db, refinement_id)
            if document_id is None:
                return ()
            db.execute("DELETE FROM refinements WHERE id = ?", [refinement_id])
            ids = keep_records(db, document_id, records, spare_reviewed=True)
            settle(db, document_id, State.READY)
        return ids

    def fail_refinement(self, refinement_id: int, reason: str, *, retry: bool = False) -> bool:
        """End it without an answer; with ``retry`` it gets one more attempt, no more.

        At the end ``reason`` stands as a flag beside the document's records, which so need
        attention; the reading itself stays.  Whether it will be tried again.
        """
        with self._store.writing() as db:
            row = db.execute(
                "SELECT document_id, attempts + 1 FROM refinements WHERE id = ? AND claimed = 1",
                [refinement_id],
            ).fetchone()
            if row is None:
                return False
            document_id, attempts = row
            if retry and attempts < _ATTEMPTS:
                db.execute(
                    "UPDATE refinements SET attempts = ?, claimed = 0, priority = ? WHERE id = ?",
                    [attempts, FAILED_BEFORE, refinement_id],
                )
                return True
            _give_up(db, document_id, reason)
        return False

    def drop_refinement(self, refinement_id: int) -> None:
        """End it with nothing said: the model could add nothing to the reading."""
        with self._store.writing() as db:
            db.execute("DELETE FROM refinements WHERE id = ?", [refinement_id])

    def release_refinement(self, refinement_id: int) -> None:
        """Give a claimed one back untouched (the program is closing, there is no model now)."""
        with self._store.writing(lasting=False) as db:
            db.execute("UPDATE refinements SET claimed = 0 WHERE id = ?", [refinement_id])

    def cancel_refinements(self, document_ids: Iterable[int] | None = None) -> tuple[int, ...]:
        """Take these (``None``: all) out of the model's queue; gives the ids of claimed ones."""
        wanted = None if document_ids is None else some(document_ids)
        with self._store.writing() as db:
            rows = db.execute(
                "SELECT id, claimed FROM refinements"
                " WHERE ? IS NULL OR document_id IN (SELECT value FROM json_each(?))",
                [wanted, wanted],
            ).fetchall()
            for refinement_id, _ in rows:
                db.execute("DELETE FROM refinements WHERE id = ?", [refinement_id])
        return tuple(refinement_id for refinement_id, claimed in rows if claimed)

    def refinement_wanted(self, refinement_id: int) -> bool:
        """Whether a claimed refinement is still wanted."""
        with self._store.reading() as db:
            return _document_of(db, refinement_id) is not None

    def refinement_counts(self) -> RefinementCounts:
        """How many documents wait for the model, and how many it is reading."""
        with self._store.reading() as db:
            waiting, running = db.execute(
                "SELECT coalesce(sum(claimed = 0), 0), coalesce(sum(claimed), 0)"
                " FROM refinements r JOIN documents d ON d.id = r.document_id WHERE d.trashed = 0"
            ).fetchone()
        return RefinementCounts(waiting, running)

    def pause_refining(self) -> None:
        """Nothing is handed out for the model until :meth:`resume_refining`."""
        with self._store.writing() as db:
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, 'true')", [_PAUSED])

    def resume_refining(self) -> None:
        """Hand out documents for the model again."""
        with self._store.writing() as db:
            db.execute("DELETE FROM settings WHERE name = ?", [_PAUSED])

    @property
    def refining_paused(self) -> bool:
        """Whether the model's queue is paused by itself."""
        with self._store.reading() as db:
            return self._refining_paused(db)

    def _refining_paused(self, db: Database) -> bool:
        return bool(db.execute("SELECT 1 FROM settings WHERE name = ?", [_PAUSED]).fetchone())


def enqueue_refinement(
    db: Database, document_id: int, priority: int, *, second_look: bool = False
) -> None:
    """Put a document into the model's queue; one that is there already starts anew."""
    db.execute("DELETE FROM refinements WHERE document_id = ?", [document_id])
    db.execute(
        "INSERT INTO refinements (document_id, priority, second_look) VALUES (?, ?, ?)",
        [document_id, priority, int(second_look)],
    )


def recover_refinements(db: Database) -> None:
    """What was claimed waits again: its program died.  What keeps killing it is given up."""
    for refinement_id, document_id, interruptions in db.execute(
        "SELECT id, document_id, interruptions + 1 FROM refinements WHERE claimed = 1"
    ).fetchall():
        if interruptions >= _INTERRUPTIONS:
            _give_up(db, document_id, _CLOSED_AGAIN)
            continue
        db.execute(
            "UPDATE refinements SET claimed = 0, interruptions = ? WHERE id = ?",
            [interruptions, refinement_id],
        )


def _give_up(db: Database, document_id: int, reason: str) -> None:
    db.execute("DELETE FROM refinements WHERE document_id = ?", [document_id])
    for (record_id,) in db.execute(
        "SELECT id FROM records WHERE document_id = ? ORDER BY position LIMIT 1", [document_id]
    ).fetchall():
        stored = load(db, record_id)
        others = [flag for flag in stored.record.flags if flag.code != FAILED]
        record = replace(stored.record, flags=(*others, Flag(FAILED, reason)))
        db.execute(
            "UPDATE readings SET flags = ? WHERE record_id = ?",
            [pack_short(record.flags), record_id],
        )
        refresh(db, replace(stored, record=record))
    settle(db, document_id, State.READY)


def _waits(db: Database) -> bool:
    return bool(db.execute("SELECT 1 FROM refinements WHERE claimed = 0 LIMIT 1").fetchone())


def _document_of(db: Database, refinement_id: int) -> int | None:
    row = db.execute(
        "SELECT document_id FROM refinements WHERE id = ? AND claimed = 1", [refinement_id]
    ).fetchone()
    return row and int(row[0])
