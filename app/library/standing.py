"""Where a document stands: in the queue, read, in the trash."""

from __future__ import annotations

from collections.abc import Iterable

from sqlite_utils import Database

from app.library.queries import now
from app.library.rows import State

# What is claimed next: what the user waits for, then what is new, then what failed once.
ASKED_FOR, NEW, FAILED_BEFORE = 0, 1, 2


def enqueue(db: Database, document_id: int, priority: int, *, from_pages: bool = False) -> None:
    """Put a document into the queue; one that is there already starts anew."""
    db.execute("DELETE FROM jobs WHERE document_id = ?", [document_id])
    # A model's answer would be about a reading that is to be replaced.
    db.execute("DELETE FROM refinements WHERE document_id = ?", [document_id])
    db.execute(
        "INSERT INTO jobs (document_id, priority, from_pages, size)"
        " SELECT id, ?, ?, size FROM documents WHERE id = ?",
        [priority, int(from_pages), document_id],
    )
    db.execute(
        "UPDATE documents SET state = ?, problem_code = '', problem_detail = '' WHERE id = ?",
        [State.WAITING, document_id],
    )


def settle(db: Database, document_id: int, otherwise: State) -> State:
    """Set the state that a document's records give it, or ``otherwise`` if it has none."""
    count, look = db.execute(
        "SELECT count(*), coalesce(sum(look), 0) FROM records WHERE document_id = ?", [document_id]
    ).fetchone()
    state = otherwise if not count else State.ATTENTION if look else State.READY
    db.execute("UPDATE documents SET state = ? WHERE id = ?", [state, document_id])
    return state


def set_trashed(db: Database, document_ids: Iterable[int], trashed: bool) -> None:
    """Move documents into or out of the trash; out of it, unread ones are queued again.

    What waits for the model keeps its place, and is not handed out while it is in the trash.
    """
    for document_id in document_ids:
        db.execute(
            "UPDATE documents SET trashed = ?, trashed_at = ? WHERE id = ?",
            [int(trashed), now() if trashed else None, document_id],
        )
        db.execute(
            "UPDATE records SET trashed = ? WHERE document_id = ?", [int(trashed), document_id]
        )
        if trashed:
            db.execute("DELETE FROM jobs WHERE document_id = ?", [document_id])
            # The answer to a claimed one is not wanted: a row that waits replaces its row.
            db.execute(
                "INSERT OR REPLACE INTO refinements"
                " (document_id, priority, second_look, attempts, interruptions)"
                " SELECT document_id, priority, second_look, attempts, interruptions"
                " FROM refinements WHERE document_id = ? AND claimed = 1",
                [document_id],
            )
            continue
        row = db.execute("SELECT state FROM documents WHERE id = ?", [document_id]).fetchone()
        if row and row[0] in (State.WAITING, State.READING):
            enqueue(db, document_id, NEW)
