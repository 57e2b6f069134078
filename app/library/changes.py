"""Changes: what was done when, by whom, and how to take it back.

A change keeps the state of what it touched before and after.  Undo and redo put one of
the two in place; readings are never touched by either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlite_utils import Database

from app.library.packing import pack_short, unpack_short
from app.library.passages import index_name
from app.library.queries import now, some
from app.library.readings import edits_of, index_shown, load, refresh, settle_read
from app.library.rows import Change, ChangeKind, Part
from app.library.standing import ASKED_FOR, enqueue, set_trashed
from app.library.store import Shelf

# How a change stands.  "overtaken": taken back, and then something else was done.
# "fixed": it is in the history and can not be taken back.
_DONE, _UNDONE, _OVERTAKEN = "done", "undone", "overtaken"

_COLUMNS = "id, at, who, kind, record_id, part, line, key, before, after, standing"


@dataclass(frozen=True, slots=True)
class Entry:
    """A change about to be written down; ``old`` and ``new`` are packed states."""

    kind: ChangeKind
    record_id: int | None
    part: Part = Part.FIELDS
    line: int | None = None
    key: str = ""
    before: str | None = None
    after: str | None = None
    old: bytes | None = None
    new: bytes | None = None
    document_ids: tuple[int, ...] = ()


class Changes(Shelf):
    """The part of the library that remembers, takes back, and deletes."""

    def history(self, record_id: int) -> list[Change]:
        """Every change to a record and its document, the latest first."""
        with self._store.reading() as db:
            return _changes(
                db,
                "record_id = ? OR id IN (SELECT c.change_id FROM changed_documents c"
                " JOIN records r ON r.document_id = c.document_id WHERE r.id = ?)"
                " ORDER BY id DESC",
                [record_id, record_id],
            )

    def undo(self) -> Change | None:
        """Take back the latest change, also one from before a restart; ``None`` if none."""
        return self._step(_LAST_DONE, "old", _UNDONE)

    def redo(self) -> Change | None:
        """Do again what was taken back last; ``None`` if nothing was, or a change came after."""
        return self._step(_FIRST_UNDONE, "new", _DONE)

    def undoable(self) -> Change | None:
        """What :meth:`undo` would take back."""
        with self._store.reading() as db:
            return next(iter(_changes(db, _LAST_DONE, [_DONE])), None)

    def redoable(self) -> Change | None:
        """What :meth:`redo` would do again."""
        with self._store.reading() as db:
            return next(iter(_changes(db, _FIRST_UNDONE, [_UNDONE])), None)

    def _step(self, which: str, state: str, standing: str) -> Change | None:
        with self._store.writing() as db:
            found = _changes(db, which, [_DONE if standing == _UNDONE else _UNDONE])
            if not found:
                return None
            change = found[0]
            (packed,) = db.execute(
                f"SELECT {state} FROM changes WHERE id = ?",  # noqa: S608 - only fixed text
                [change.id],
            ).fetchone()
            apply(db, change, packed)
            db.execute("UPDATE changes SET standing = ? WHERE id = ?", [standing, change.id])
        return replace(change, undone=standing == _UNDONE)

    def trash(self, document_ids: Iterable[int]) -> Change | None:
        """Put documents into the trash (undoable); they leave the queue and every table.

        What was found inside them goes with them.  ``None`` if they were there already.
        """
        return self._move(document_ids, ChangeKind.TRASH, trashed=True)

    def restore(self, document_ids: Iterable[int]) -> Change | None:
        """Take documents out of the trash again (undoable), with what was inside them."""
        return self._move(document_ids, ChangeKind.RESTORE, trashed=False)

    def _move(
        self, document_ids: Iterable[int], kind: ChangeKind, *, trashed: bool
    ) -> Change | None:
        with self._store.writing() as db:
            family = db.execute(
                "WITH RECURSIVE family(id) AS (SELECT value FROM json_each(?)"
                " UNION SELECT d.id FROM documents d JOIN family f ON d.parent = f.id)"
                " SELECT d.id FROM documents d JOIN family f ON f.id = d.id"
                " WHERE d.trashed = ? ORDER BY d.id",
                [some(document_ids), int(not trashed)],
            ).fetchall()
            if not family:
                return None
            ids = tuple(row[0] for row in family)
            entry = Entry(
                kind,
                None,
                old=pack_short(not trashed),
                new=pack_short(trashed),
                document_ids=ids,
            )
            change = record_change(db, entry)
            apply(db, change, entry.new)
        return change


_LAST_DONE = "standing = ? ORDER BY id DESC LIMIT 1"
_FIRST_UNDONE = "standing = ? ORDER BY id LIMIT 1"


def record_change(db: Database, entry: Entry) -> Change:
    """Write a change of the user's down; what was undone before can no longer be redone."""
    db.execute("UPDATE changes SET standing = ? WHERE standing = ?", [_OVERTAKEN, _UNDONE])
    at = now()
    change_id: int = db.execute(
        "INSERT INTO changes"
        " (at, who, kind, record_id, part, line, key, before, after, old, new, standing)"
        " VALUES (?, 'user', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            at,
            entry.kind,
            entry.record_id,
            entry.part,
            entry.line,
            entry.key,
            entry.before,
            entry.after,
            entry.old,
            entry.new,
            _DONE,
        ],
    ).lastrowid
    db.conn.executemany(
        "INSERT INTO changed_documents VALUES (?, ?)",
        [(change_id, document_id) for document_id in entry.document_ids],
    )
    return Change(
        id=change_id,
        at=at,
        who="user",
        kind=entry.kind,
        record_id=entry.record_id,
        document_ids=entry.document_ids,
        part=entry.part,
        line=entry.line,
        key=entry.key,
        before=entry.before,
        after=entry.after,
        undone=False,
    )


def apply(db: Database, change: Change, state: bytes | None) -> None:
    """Put what ``change`` touched into ``state`` (one that it kept; ``None``: nothing there)."""
    if change.kind in (ChangeKind.TRASH, ChangeKind.RESTORE):
        set_trashed(db, change.document_ids, unpack_short(state or b"", bool))
        return
    if change.kind is ChangeKind.NOTE:
        for document_id in change.document_ids:
            _write_note(db, document_id, unpack_short(state or b"", str))
        return
    if change.kind is ChangeKind.TYPE:
        for document_id in change.document_ids:
            _choose_type(db, document_id, unpack_short(state or b"", str))
        return
    if change.record_id is None:
        raise ValueError(f"a change of kind {change.kind} without a record")
    place = [change.record_id, change.part, change.line or 0]
    stored = load(db, change.record_id)
    if change.kind is ChangeKind.REVIEWED:
        stored = replace(stored, reviewed=unpack_short(state or b"", bool))
    elif change.kind is ChangeKind.VALUE:
        db.execute(
            "DELETE FROM user_values WHERE record_id = ? AND part = ? AND line = ? AND key = ?",
            [*place, change.key],
        )
        if state is not None:
            db.execute(
                "INSERT INTO user_values VALUES (?, ?, ?, ?, ?)", [*place, change.key, state]
            )
    else:
        db.execute("DELETE FROM user_lines WHERE record_id = ? AND part = ? AND line = ?", place)
        if state is not None:
            db.execute("INSERT INTO user_lines VALUES (?, ?, ?, ?)", [*place, state])
    refresh(db, replace(stored, edits=edits_of(db, change.record_id)))
    if change.kind is not ChangeKind.REVIEWED:
        index_shown(db, stored.document_id, stored.record.first_page)
    settle_read(db, stored.document_id)


def _write_note(db: Database, document_id: int, note: str) -> None:
    db.execute("UPDATE documents SET note = ? WHERE id = ?", [note, document_id])
    index_name(db, document_id)


def _choose_type(db: Database, document_id: int, document_type: str) -> None:
    """Have a document read again as another type, from what is stored of it if that is enough."""
    db.execute("UPDATE documents SET chosen_type = ? WHERE id = ?", [document_type, document_id])
    trashed, whole = db.execute(
        "SELECT trashed, pages > 0 AND pages = (SELECT count(*) FROM pages WHERE document_id = ?)"
        " FROM documents WHERE id = ?",
        [document_id, document_id],
    ).fetchone()
    if not trashed:
        enqueue(db, document_id, ASKED_FOR, from_pages=bool(whole))


def _changes(db: Database, where: str, parameters: list[object]) -> list[Change]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM changes WHERE {where}", parameters).fetchall()  # noqa: S608 - only fixed text
    documents: dict[int, list[int]] = {}
    for change_id, document_id in db.execute(
        "SELECT change_id, document_id FROM changed_documents"
        " WHERE change_id IN (SELECT value FROM json_each(?))",
        [some(row[0] for row in rows)],
    ):
        documents.setdefault(change_id, []).append(document_id)
    return [
        Change(
            id=row[0],
            at=row[1],
            who=row[2],
            kind=ChangeKind(row[3]),
            record_id=row[4],
            document_ids=tuple(documents.get(row[0], ())),
            part=Part(row[5]),
            line=row[6],
            key=row[7],
            before=row[8],
            after=row[9],
            undone=row[10] in (_UNDONE, _OVERTAKEN),
        )
        for row in rows
    ]
