"""Duplicates: the same bytes, the same bill, the same look.

The library proposes; the checks decide and explain.
"""

from __future__ import annotations

from sqlite_utils import Database

from app.document import Record, decimal_of
from app.library import overlay
from app.library.rows import Part, Twin
from app.library.store import Shelf
from app.library.text import letters, plain_number


class Duplicates(Shelf):
    """The part of the library that finds what is there already."""

    def same_bytes(self, sha256: str) -> int | None:
        """The document with these bytes, trashed or not."""
        with self._store.reading() as db:
            row = db.execute("SELECT id FROM documents WHERE sha256 = ?", [sha256]).fetchone()
        return row and int(row[0])

    def same_bill(
        self, seller: str, number: str, total: str, *, apart_from: int | None = None
    ) -> tuple[Twin, ...]:
        """Records with this seller (case, accents and punctuation aside), number and total.

        For a paper without a number give its date instead.  ``apart_from`` is a
        document's id; the trash is left out.
        """
        bill = _bill(seller, number, total)
        if not bill:
            return ()
        with self._store.reading() as db:
            return tuple(
                Twin(*row)
                for row in db.execute(
                    "SELECT r.document_id, r.id, d.name FROM bills b"
                    " JOIN records r ON r.id = b.record_id JOIN documents d ON d.id = r.document_id"
                    " WHERE b.bill = ? AND r.trashed = 0 AND r.document_id <> ? ORDER BY r.id",
                    [bill, -1 if apart_from is None else apart_from],
                )
            )

    def same_look(
        self, look: str, *, within: int = 6, apart_from: int | None = None
    ) -> tuple[Twin, ...]:
        """Documents whose first page looks like ``look`` (``Page.look``), the nearest first."""
        if not look:
            return ()
        twins = []
        with self._store.reading() as db:
            if self._store.read_only or not self._looks.filled():
                self._looks.fill(
                    db.execute(
                        "SELECT document_id, look FROM pages WHERE number = 1 AND look <> ''"
                    )
                )
            for distance, document_id in self._looks.near(look, within):
                row = db.execute(
                    "SELECT name FROM documents WHERE id = ? AND trashed = 0", [document_id]
                ).fetchone()
                if row and document_id != apart_from:
                    twins.append(Twin(document_id, None, row[0], distance))
        return tuple(twins)


def keep_bills(db: Database, record_id: int, record: Record) -> None:
    """Note what a record is found by as the same bill, and whether another one has it too."""
    db.execute("DELETE FROM bills WHERE record_id = ?", [record_id])
    for bill in bills_of(record):
        db.execute(
            "INSERT OR IGNORE INTO shared_bills SELECT bill FROM bills WHERE bill = ? LIMIT 1",
            [bill],
        )
        db.execute("INSERT INTO bills VALUES (?, ?)", [record_id, bill])


def forget_shared_bills(db: Database) -> None:
    """Forget the shared bills that no record has any more."""
    db.execute(
        "DELETE FROM shared_bills WHERE NOT EXISTS"
        " (SELECT 1 FROM bills WHERE bills.bill = shared_bills.bill)"
    )


def bills_of(record: Record) -> set[str]:
    """What a record is found by as the same bill: by its number, and by its date."""
    by_role = {
        column.role: field.value
        for column in overlay.columns_of(record.document_type, Part.FIELDS)
        if (field := record.field(column.key)) is not None and field.value
    }
    seller, total = by_role.get("seller", ""), by_role.get("gross", "")
    told_apart_by = (by_role.get("number", ""), by_role.get("issue_date", ""))
    return {bill for mark in told_apart_by if (bill := _bill(seller, mark, total))}


def _bill(seller: str, number: str, total: str) -> str:
    amount = decimal_of(total)
    parts = (letters(seller), letters(number))
    if amount is None or not all(parts):
        return ""
    return "|".join((*parts, plain_number(amount)))
