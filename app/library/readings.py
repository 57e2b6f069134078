"""Readings: what the program read, kept apart from what the user did with it.

Everything that the tables sort, filter and count by is worked out here, in the
transaction that changes a reading or an edit, so it never falls out of step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from app.document import Document, Field, Flag, Record, Status
from app.document_types import Kind
from app.library import overlay
from app.library.duplicates import keep_bills
from app.library.facts import forget_facts, keep_facts
from app.library.jobs import document_of
from app.library.overlay import Edits, Shown
from app.library.packing import (
    Body,
    Fields,
    Line,
    UserLine,
    UserValue,
    pack,
    pack_short,
    unpack,
    unpack_short,
)
from app.library.passages import forget_fields, forget_words, index_fields, index_name
from app.library.queries import now
from app.library.rows import ChangeKind, Part, State
from app.library.standing import NEW, settle
from app.library.store import Shelf
from app.library.text import fold, sort_key

_SEARCHED = 4_000  # characters of a record that the filter looks at


class Readings(Shelf):
    """The part of the library that takes readings in."""

    def finish(
        self,
        job_id: int,
        document: Document,
        records: Sequence[Record],
        *,
        refine: bool = False,
    ) -> tuple[int, ...]:
        """Keep the reading in one transaction, end the job, and give the records' ids.

        ``document`` may come without pages (they were saved one by one); its media type,
        subject and XML are kept.  A former reading is replaced, the user's edits never.
        Empty for a container, and for a job that was cancelled meanwhile.  ``refine`` puts
        the document into the model's queue.
        """
        with self._store.writing() as db:
            document_id = document_of(db, job_id)
            if document_id is None:
                return ()
            from_pages = db.execute("SELECT from_pages FROM jobs WHERE id = ?", [job_id])
            _keep_document(db, document_id, document, from_pages=bool(from_pages.fetchone()[0]))
            ids = keep_records(db, document_id, records)
            db.execute("DELETE FROM jobs WHERE id = ?", [job_id])
            settle(db, document_id, State.CONTAINER)
            if refine and ids:
                db.execute("DELETE FROM refinements WHERE document_id = ?", [document_id])
                db.execute(
                    "INSERT INTO refinements (document_id, priority) VALUES (?, ?)",
                    [document_id, NEW],
                )
        return ids

    def save_flags(self, record_id: int, flags: Sequence[Flag]) -> None:
        """Replace what the checks say about a record (the caller computes it after an edit)."""
        with self._store.writing() as db:
            stored = load(db, record_id)
            db.execute(
                "UPDATE readings SET flags = ? WHERE record_id = ?",
                [pack_short(tuple(flags)), record_id],
            )
            refresh(db, replace(stored, record=replace(stored.record, flags=tuple(flags))))
            settle_read(db, stored.document_id)


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it lies in the database: the reading, and the edits beside it.

    ``record`` has the reading's fields and flags, and no rows: those are in ``body``.
    """

    record_id: int
    document_id: int
    document_name: str
    reviewed: bool
    look: bool
    record: Record
    body: Body
    edits: Edits

    def shown(self) -> Shown:
        return overlay.shown(self.record, self.body, self.edits)


def load(db: Database, record_id: int) -> Stored:
    """A record with all that belongs to it; raises ``KeyError`` if there is none."""
    row = db.execute(
        "SELECT r.document_id, d.name, r.reviewed, r.look, r.document_type, r.first_page,"
        " r.last_page, g.fields, g.body, g.flags FROM records r"
        " JOIN readings g ON g.record_id = r.id JOIN documents d ON d.id = r.document_id"
        " WHERE r.id = ?",
        [record_id],
    ).fetchone()
    if row is None:
        raise KeyError(record_id)
    body = unpack(row[8], Body)
    record = Record(
        document_type=row[4],
        fields=unpack(row[7], Fields),
        flags=unpack_short(row[9], tuple[Flag, ...]),
        tables=body.tables,
        pairs=body.pairs,
        first_page=row[5],
        last_page=row[6],
    )
    return Stored(
        record_id=record_id,
        document_id=row[0],
        document_name=row[1],
        reviewed=bool(row[2]),
        look=bool(row[3]),
        record=record,
        body=body,
        edits=edits_of(db, record_id),
    )


def edits_of(db: Database, record_id: int) -> Edits:
    """What the user did to a record."""
    values = {
        (Part(part), line, key): unpack_short(state, UserValue)
        for part, line, key, state in db.execute(
            "SELECT part, line, key, state FROM user_values WHERE record_id = ?", [record_id]
        )
    }
    lines = {
        (Part(part), line): unpack_short(state, UserLine)
        for part, line, state in db.execute(
            "SELECT part, line, state FROM user_lines WHERE record_id = ?", [record_id]
        )
    }
    return Edits(values, lines)


def refresh(db: Database, stored: Stored) -> Shown:
    """Work out again what tables, filters and counts know about a record."""
    shown = stored.shown()
    record = shown.record
    columns = overlay.columns_of(record.document_type, Part.FIELDS)
    values = {field.key: field for field in record.fields}
    doubtful = sum(field.status is Status.DOUBTFUL for field in record.fields)
    doubtful_lines = sum(
        cell.status is Status.DOUBTFUL for row in (*record.lines, *record.taxes) for cell in row
    )
    missing = sum(column.required and _is_missing(values.get(column.key)) for column in columns)
    look = not stored.reviewed and bool(doubtful or doubtful_lines or missing or record.flags)
    db.execute(
        "UPDATE records SET document_type = ?, doubtful = ?, doubtful_lines = ?, missing = ?,"
        " flags = ?, look = ?, lines = ?, reviewed = ? WHERE id = ?",
        [
            record.document_type,
            doubtful,
            doubtful_lines,
            missing,
            len(record.flags),
            look,
            len(record.lines),
            stored.reviewed,
            stored.record_id,
        ],
    )
    db.execute(
        "INSERT OR REPLACE INTO searchable VALUES (?, ?)",
        [stored.record_id, _searchable(record, stored.document_name)],
    )
    kinds = {column.key: column.kind for column in columns}
    db.execute("DELETE FROM sort_keys WHERE record_id = ?", [stored.record_id])
    db.conn.executemany(
        "INSERT INTO sort_keys VALUES (?, ?, ?)",
        [
            (stored.record_id, field.key, key)
            for field in record.fields
            if (key := sort_key(field.value, kinds.get(field.key, Kind.TEXT))) is not None
        ],
    )
    keep_bills(db, stored.record_id, record)
    keep_facts(db, stored.record_id, stored.document_name, shown)
    return shown


def settle_read(db: Database, document_id: int) -> None:
    """Set a read document's state after an edit; one that is in the queue stays so."""
    (state,) = db.execute("SELECT state FROM documents WHERE id = ?", [document_id]).fetchone()
    if state in (State.READY, State.ATTENTION):
        settle(db, document_id, State.READY)


def _keep_document(db: Database, document_id: int, document: Document, *, from_pages: bool) -> None:
    db.execute(
        "UPDATE documents SET media_type = ?, subject = ?, problem_code = '', problem_detail = ''"
        " WHERE id = ?",
        [document.media_type, document.subject, document_id],
    )
    index_name(db, document_id)
    if from_pages:
        return
    db.execute("DELETE FROM einvoices WHERE document_id = ?", [document_id])
    if document.einvoice_xml:
        db.execute(
            "INSERT INTO einvoices VALUES (?, ?)", [document_id, pack(document.einvoice_xml)]
        )
    # pages_read counts what this reading saved: anything beyond is from a former one.
    (last,) = db.execute("SELECT pages_read FROM documents WHERE id = ?", [document_id]).fetchone()
    db.execute("DELETE FROM pages WHERE document_id = ? AND number > ?", [document_id, last])
    forget_words(db, document_id, after=last)


def keep_records(
    db: Database, document_id: int, records: Sequence[Record], *, spare_reviewed: bool = False
) -> tuple[int, ...]:
    """Put a new reading in place of the former one, and give the ids of the records.

    With ``spare_reviewed``, what the user has looked over stays as it is.
    """
    old = [
        load(db, record_id)
        for (record_id,) in db.execute(
            "SELECT id FROM records WHERE document_id = ? ORDER BY position", [document_id]
        ).fetchall()
    ]
    (name,) = db.execute("SELECT name FROM documents WHERE id = ?", [document_id]).fetchone()
    former = _pair(old, records)
    ids = []
    for position, (record, stored) in enumerate(zip(records, former, strict=True)):
        if stored is None:
            ids.append(_insert(db, document_id, name, position, record))
        elif spare_reviewed and stored.reviewed:
            ids.append(stored.record_id)
        else:
            ids.append(_replace(db, stored, position, record))
    for stored in old:
        if stored.record_id in ids:
            continue
        if stored.edits.values or stored.edits.lines:
            # The new reading has no place for it, but the user worked on it.
            db.execute(
                "UPDATE records SET position = position + ? WHERE id = ?",
                [len(records), stored.record_id],
            )
            ids.append(stored.record_id)
        else:
            forget_facts(db, [stored.record_id])
            db.execute("DELETE FROM records WHERE id = ?", [stored.record_id])
    index_shown(db, document_id)
    return tuple(ids)


def index_shown(db: Database, document_id: int, page: int | None = None) -> None:
    """Take in for search what the records that begin on ``page`` (``None``: all) now show."""
    records: dict[int, list[tuple[int, Record]]] = {}
    for record_id, first_page in db.execute(
        "SELECT id, first_page FROM records WHERE document_id = ?"
        " AND (? IS NULL OR first_page = ?) ORDER BY position",
        [document_id, page, page],
    ).fetchall():
        shown = load(db, record_id).shown().record
        records.setdefault(first_page, []).append((record_id, shown))
    for first_page, begun in records.items():
        index_fields(db, document_id, first_page, begun)
    if page is None:
        forget_fields(db, document_id, but=records)


def _pair(old: Sequence[Stored], new: Sequence[Record]) -> list[Stored | None]:
    """For each new record the former one that it replaces: in order, or by the pages shared."""
    if len(old) == len(new):
        return list(old)
    left = list(old)
    pairs: list[Stored | None] = []
    for record in new:
        best = max(left, key=lambda stored: _shared_pages(stored.record, record), default=None)
        if best is not None and _shared_pages(best.record, record) > 0:
            left.remove(best)
            pairs.append(best)
        else:
            pairs.append(None)
    return pairs


def _shared_pages(one: Record, other: Record) -> int:
    return min(one.last_page, other.last_page) - max(one.first_page, other.first_page) + 1


def _insert(db: Database, document_id: int, name: str, position: int, record: Record) -> int:
    record_id: int = db.execute(
        "INSERT INTO records (document_id, position, document_type, first_page, last_page, trashed)"
        " SELECT id, ?, ?, ?, ?, trashed FROM documents WHERE id = ?",
        [position, record.document_type, record.first_page, record.last_page, document_id],
    ).lastrowid
    lines, next_line = overlay.carry_rows((), record.lines, set(), 1)
    taxes, next_line = overlay.carry_rows((), record.taxes, set(), next_line)
    body = Body(lines, taxes, record.tables, record.pairs)
    _write(db, record_id, record, body, next_line)
    refresh(db, Stored(record_id, document_id, name, False, False, record, body, Edits()))
    return record_id


def _replace(db: Database, old: Stored, position: int, record: Record) -> int:
    (next_line,) = db.execute(
        "SELECT next_line FROM records WHERE id = ?", [old.record_id]
    ).fetchone()
    lines, next_line = overlay.carry_rows(
        old.body.lines, record.lines, _worked_in(old.edits, Part.LINES), next_line
    )
    taxes, next_line = overlay.carry_rows(
        old.body.taxes, record.taxes, _worked_in(old.edits, Part.TAXES), next_line
    )
    body = Body(lines, taxes, record.tables, record.pairs)
    for part, before, after in (
        (Part.LINES, old.body.lines, lines),
        (Part.TAXES, old.body.taxes, taxes),
    ):
        _move_added(db, old, part, before, after)
    before_it = old.shown().record
    db.execute(
        "UPDATE records SET position = ?, first_page = ?, last_page = ? WHERE id = ?",
        [position, record.first_page, record.last_page, old.record_id],
    )
    _write(db, old.record_id, record, body, next_line)
    new = replace(old, record=record, body=body, edits=edits_of(db, old.record_id))
    after_it = new.shown().record
    if old.reviewed and _contents(before_it) != _contents(after_it):
        new = replace(new, reviewed=False)  # what the user looked over has changed
    refresh(db, new)
    db.execute(
        "INSERT INTO changes (at, who, kind, record_id, before, after, standing)"
        " VALUES (?, 'program', ?, ?, ?, ?, 'fixed')",
        [now(), ChangeKind.READ, old.record_id, before_it.document_type, record.document_type],
    )
    return old.record_id


def _write(db: Database, record_id: int, record: Record, body: Body, next_line: int) -> None:
    db.execute(
        "INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?)",
        [record_id, pack(record.fields), pack(body), pack_short(record.flags)],
    )
    db.execute("UPDATE records SET next_line = ? WHERE id = ?", [next_line, record_id])


def _worked_in(edits: Edits, part: Part) -> set[int]:
    """The rows with a value of the user's in them."""
    return {line for where, line, _ in edits.values if where is part}


def _move_added(
    db: Database, old: Stored, part: Part, before: Sequence[Line], after: Sequence[Line]
) -> None:
    """Keep each added row behind the row that it stood behind."""
    places = {line.id: place for place, line in enumerate(after, start=1)}
    for (where, line_id), user in old.edits.lines.items():
        if where is not part or not user.added:
            continue
        above = math.floor(user.position)
        anchor = before[above - 1].id if 1 <= above <= len(before) else None
        if anchor in places:
            position = places[anchor] + (user.position - above)
            state = pack_short(replace(user, position=position))
            db.execute(
                "UPDATE user_lines SET state = ? WHERE record_id = ? AND part = ? AND line = ?",
                [state, old.record_id, part, line_id],
            )


def _contents(record: Record) -> tuple[object, ...]:
    def values(row: Sequence[Field]) -> tuple[tuple[str, str | None], ...]:
        return tuple((field.key, field.value) for field in row)

    return (
        record.document_type,
        values(record.fields),
        tuple(values(row) for row in record.lines),
        tuple(values(row) for row in record.taxes),
    )


def _is_missing(field: Field | None) -> bool:
    return field is None or (field.value is None and field.status is not Status.CONFIRMED)


def _searchable(record: Record, name: str) -> str:
    parts = [name]
    for row in (record.fields, *record.lines):
        for field in row:
            parts.append(field.value or "")
            if field.raw != field.value:
                parts.append(field.raw)
    for pair in record.pairs:
        parts.extend(pair)
    return fold("\n".join(parts))[:_SEARCHED]
