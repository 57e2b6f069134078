"""Records: the rows of the tables, filtered, sorted and shown with the user's edits."""

from __future__ import annotations

from collections.abc import Sequence

from app.document import Field
from app.library.overlay import Edits, fields_shown
from app.library.packing import Fields, UserValue, unpack, unpack_short
from app.library.queries import ids_of, matching, some
from app.library.readings import load
from app.library.rows import Only, Part, RecordRow, Sort, State, StoredRecord
from app.library.store import Shelf

_ONLY = {
    Only.DOUBTFUL: "r.doubtful + r.doubtful_lines + r.missing > 0",
    Only.FLAGGED: "r.flags > 0",
    Only.LOOK: "r.look = 1",
}
_IN_ORDER = {
    False: "SELECT record_id AS id FROM sort_keys WHERE key = ? ORDER BY sort, record_id",
    True: "SELECT record_id AS id FROM sort_keys WHERE key = ? ORDER BY sort DESC, record_id DESC",
}


class Records(Shelf):
    """The part of the library that shows records."""

    def table(
        self,
        document_type: str,
        *,
        search: str = "",
        sort: str = "",
        descending: bool = False,
        only: Only | str = Only.ALL,
        trashed: bool = False,
    ) -> list[int]:
        """The ids of all records of a type ("" = every type), filtered and in order.

        ``search``: every word must occur in a value, a raw text or the document's name,
        whatever the case and accents.  ``sort`` is a field's key or a :class:`Sort`;
        records without the value come last in both directions.
        """
        conditions = ["r.trashed = ?"]
        parameters: list[object] = [int(trashed)]
        if document_type:
            conditions.append("r.document_type = ?")
            parameters.append(document_type)
        if Only(only) is not Only.ALL:
            conditions.append(_ONLY[Only(only)])
        words, found = matching("s.text", search)
        conditions += words
        parameters += found
        source = "records r"
        if words:
            source += " CROSS JOIN searchable s ON s.record_id = r.id"
        order = ["r.id"]
        if sort == Sort.NAME:
            source += " JOIN documents d ON d.id = r.document_id"
            order = ["d.folded_name", "r.id"]
        elif sort == Sort.LOOK:
            order = ["r.look DESC", "r.id"]
        if descending:
            order = [o.removesuffix(" DESC") if o.endswith(" DESC") else o + " DESC" for o in order]
        sql = f"SELECT r.id FROM {source} WHERE {' AND '.join(conditions)} ORDER BY "  # noqa: S608 - only fixed text
        with self._store.reading() as db:
            ids = ids_of(db, sql + ", ".join(order), parameters)
            if sort in (Sort.ADDED, Sort.NAME, Sort.LOOK):
                return ids
            ordered = ids_of(db, _IN_ORDER[descending], [sort])
            wanted = set(ids)
            first = [record_id for record_id in ordered if record_id in wanted]
        if len(first) < len(ids):
            wanted.difference_update(first)
            first += [record_id for record_id in ids if record_id in wanted]
        return first

    def rows(self, record_ids: Sequence[int]) -> list[RecordRow]:
        """These records as rows, in this order; ids that are gone are left out."""
        wanted = some(record_ids)
        with self._store.reading() as db:
            values: dict[int, dict[tuple[Part, int, str], UserValue]] = {}
            for record_id, key, state in db.execute(
                "SELECT record_id, key, state FROM user_values"
                " WHERE part = 'fields' AND record_id IN (SELECT value FROM json_each(?))",
                [wanted],
            ):
                place = (Part.FIELDS, 0, key)
                values.setdefault(record_id, {})[place] = unpack_short(state, UserValue)
            found = {}
            for row in db.execute(
                "SELECT r.id, r.document_id, d.name, r.document_type, d.state, g.fields, r.lines,"
                " r.doubtful, r.doubtful_lines, r.missing, r.flags, r.reviewed, r.look,"
                " r.first_page, r.last_page FROM records r"
                " JOIN readings g ON g.record_id = r.id JOIN documents d ON d.id = r.document_id"
                " WHERE r.id IN (SELECT value FROM json_each(?))",
                [wanted],
            ):
                fields: tuple[Field, ...] = unpack(row[5], Fields)
                if row[0] in values:
                    fields = fields_shown(row[3], fields, Edits(values[row[0]]))
                found[row[0]] = RecordRow(
                    record_id=row[0],
                    document_id=row[1],
                    document_name=row[2],
                    document_type=row[3],
                    state=State(row[4]),
                    fields=fields,
                    lines=row[6],
                    doubtful=row[7],
                    doubtful_lines=row[8],
                    missing=row[9],
                    flags=row[10],
                    reviewed=bool(row[11]),
                    needs_look=bool(row[12]),
                    first_page=row[13],
                    last_page=row[14],
                )
        return [found[record_id] for record_id in record_ids if record_id in found]

    def record(self, record_id: int) -> StoredRecord:
        """A whole record with the user's edits in place."""
        with self._store.reading() as db:
            stored = load(db, record_id)
        shown = stored.shown()
        return StoredRecord(
            record_id=record_id,
            document_id=stored.document_id,
            document_name=stored.document_name,
            record=shown.record,
            line_ids=shown.line_ids,
            tax_ids=shown.tax_ids,
            reviewed=stored.reviewed,
            needs_look=stored.look,
        )

    def records_of(self, document_id: int) -> list[int]:
        """The ids of a document's records, in order."""
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT id FROM records WHERE document_id = ? ORDER BY position", [document_id]
            )
            return [row[0] for row in rows]
