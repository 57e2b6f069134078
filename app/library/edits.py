"""What the user does to records and documents: it stands beside the reading and can be undone."""

from __future__ import annotations

from dataclasses import replace

from sqlite_utils import Database

from app.document import Box, Field, Status, cell
from app.library import overlay
from app.library.changes import Entry, apply, record_change
from app.library.overlay import Shown
from app.library.packing import Line, UserLine, UserValue, pack_short
from app.library.readings import Stored, load
from app.library.rows import Change, ChangeKind, Part
from app.library.store import Shelf
from app.library.text import valid


class Edits(Shelf):
    """The part of the library that takes the user's corrections."""

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
        with self._store.writing() as db:
            stored = load(db, record_id)
            role = _role(stored, part, key)
            now_there = _cell(stored.shown(), part, line, key)
            if page is None and box is None and value is not None:
                raw, page, box = _place_of(now_there, value, raw)
            new = UserValue(value, raw or value or "", page, box, role)
            return _set_value(db, stored, part, line, key, now_there, new)

    def confirm(
        self, record_id: int, key: str, *, part: Part = Part.FIELDS, line: int | None = None
    ) -> Change:
        """Approve a value as it is (a missing one: that it is not there)."""
        with self._store.writing() as db:
            stored = load(db, record_id)
            role = _role(stored, part, key)
            field = _cell(stored.shown(), part, line, key)
            new = UserValue(field.value, field.raw, field.page, field.box, role)
            return _set_value(db, stored, part, line, key, field, new)

    def set_reviewed(self, record_id: int, reviewed: bool) -> Change:
        """Mark a record as looked over; it no longer asks for a look."""
        with self._store.writing() as db:
            stored = load(db, record_id)
            entry = Entry(
                ChangeKind.REVIEWED,
                record_id,
                before=_yes(stored.reviewed),
                after=_yes(reviewed),
                old=pack_short(stored.reviewed),
                new=pack_short(reviewed),
            )
            change = record_change(db, entry)
            apply(db, change, entry.new)
            return change

    def add_line(
        self, record_id: int, position: int | None = None, *, part: Part = Part.LINES
    ) -> int:
        """Add an empty row before ``position`` (``None``: at the end); gives its id."""
        with self._store.writing() as db:
            stored = load(db, record_id)
            places = [place for place, _, _ in overlay.rows_placed(part, *_rows(stored, part))]
            index = len(places) if position is None else max(0, min(position, len(places)))
            # Rows of the reading stand at 1, 2, 3 …; taken-out ones still hold their place.
            above = places[index - 1] if index else 0.0
            last = max([above, *map(float, range(len(_rows(stored, part)[0]) + 1))])
            below = places[index] if index < len(places) else last + 1
            (line,) = db.execute(
                "SELECT next_line FROM records WHERE id = ?", [record_id]
            ).fetchone()
            db.execute("UPDATE records SET next_line = ? WHERE id = ?", [line + 1, record_id])
            entry = Entry(
                ChangeKind.ADD_LINE,
                record_id,
                part=part,
                line=line,
                new=pack_short(UserLine(True, False, (above + below) / 2)),
            )
            apply(db, record_change(db, entry), entry.new)
        return int(line)

    def remove_line(self, record_id: int, line: int, *, part: Part = Part.LINES) -> Change:
        """Take a row out; a later reading does not bring it back."""
        with self._store.writing() as db:
            stored = load(db, record_id)
            row = _row(stored.shown(), part, line)
            old = stored.edits.lines.get((part, line))
            new = replace(old, removed=True) if old else UserLine(False, True)
            entry = Entry(
                ChangeKind.REMOVE_LINE,
                record_id,
                part=part,
                line=line,
                before=" · ".join(f.value for f in row if f.value),
                old=pack_short(old) if old else None,
                new=pack_short(new),
            )
            change = record_change(db, entry)
            apply(db, change, entry.new)
            return change

    def change_type(self, record_id: int, document_type: str) -> Change:
        """Queue the record's document to be read again, from its stored pages, as this type.

        Values of the user stay with fields of the same key or role.
        """
        with self._store.writing() as db:
            row = db.execute(
                "SELECT d.id, d.chosen_type, r.document_type FROM records r"
                " JOIN documents d ON d.id = r.document_id WHERE r.id = ?",
                [record_id],
            ).fetchone()
            if row is None:
                raise KeyError(record_id)
            document_id, chosen, now_is = row
            entry = Entry(
                ChangeKind.TYPE,
                record_id,
                before=now_is,
                after=document_type,
                old=pack_short(chosen),
                new=pack_short(document_type),
                document_ids=(document_id,),
            )
            change = record_change(db, entry)
            apply(db, change, entry.new)
            return change

    def note(self, document_id: int) -> str:
        """What the user wrote about a document; "" if nothing."""
        with self._store.reading() as db:
            return _note(db, document_id)

    def set_note(self, document_id: int, text: str) -> Change | None:
        """Write a note about a document, found by search at once; ``None`` if it is as it was.

        It can be undone like any edit, and reading the document again leaves it alone.
        """
        text = valid(text).strip()
        with self._store.writing() as db:
            before = _note(db, document_id)
            if text == before:
                return None
            entry = Entry(
                ChangeKind.NOTE,
                None,
                before=before,
                after=text,
                old=pack_short(before),
                new=pack_short(text),
                document_ids=(document_id,),
            )
            change = record_change(db, entry)
            apply(db, change, entry.new)
            return change


def _note(db: Database, document_id: int) -> str:
    row = db.execute("SELECT note FROM documents WHERE id = ?", [document_id]).fetchone()
    if row is None:
        raise KeyError(document_id)
    return str(row[0])


def _set_value(
    db: Database,
    stored: Stored,
    part: Part,
    line: int | None,
    key: str,
    before: Field,
    new: UserValue,
) -> Change:
    old = stored.edits.values.get((part, line or 0, key))
    entry = Entry(
        ChangeKind.VALUE,
        stored.record_id,
        part=part,
        line=line,
        key=key,
        before=before.value,
        after=new.value,
        old=pack_short(old) if old else None,
        new=pack_short(new),
    )
    change = record_change(db, entry)
    apply(db, change, entry.new)
    return change


def _role(stored: Stored, part: Part, key: str) -> str:
    columns = overlay.columns_of(stored.record.document_type, part)
    if columns and key not in {column.key for column in columns}:
        raise KeyError(key)
    return overlay.role_of(stored.record.document_type, part, key)


def _rows(stored: Stored, part: Part) -> tuple[tuple[Line, ...], overlay.Edits]:
    return (stored.body.taxes if part is Part.TAXES else stored.body.lines), stored.edits


def _row(shown: Shown, part: Part, line: int | None) -> tuple[Field, ...]:
    """The cells of a row; raises ``KeyError`` if it is not there."""
    if part is Part.FIELDS:
        return shown.record.fields
    ids = shown.line_ids if part is Part.LINES else shown.tax_ids
    rows = shown.record.lines if part is Part.LINES else shown.record.taxes
    if line not in ids:
        raise KeyError(line)
    return rows[ids.index(line)]


def _cell(shown: Shown, part: Part, line: int | None, key: str) -> Field:
    return cell(_row(shown, part, line), key) or Field(key, None, Status.MISSING)


def _place_of(field: Field, value: str, raw: str) -> tuple[str, int | None, Box | None]:
    """Where ``value`` stands according to what was read, and how it is printed there."""
    if field.value == value:
        return raw or field.raw, field.page, field.box
    for claim in field.alternatives:
        if claim.value == value:
            return raw or claim.raw, claim.page, claim.box
    return raw, None, None


def _yes(value: bool) -> str:
    return "yes" if value else "no"
