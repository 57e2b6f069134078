"""What the facts must be, made anew from what the library shows."""

from __future__ import annotations

from sqlite_utils import Database

from app.library import Library
from app.library.facts import forget_facts, keep_facts
from app.library.readings import load

_FACTS = (
    "SELECT w.part, w.word, f.record, f.line, t.word, f.state, f.number, f.currency, f.day, f.text,"
    " f.folded FROM facts f JOIN fact_words w ON w.id = f.name JOIN fact_words t ON t.id = f.type"
    " ORDER BY 1, 2, 3, 4"
)


def held(db: Database) -> list[tuple[object, ...]]:
    """All facts, with names in the place of numbers."""
    return list(db.execute(_FACTS).fetchall())


def check_facts(library: Library) -> None:
    """The facts are those of the records that there are, as they are shown, and no others."""
    before_any: list[tuple[object, ...]] = []
    with library._store._lock:
        db = library._store._writer
        db.execute("BEGIN")
        try:
            there = held(db)
            assert db.execute("SELECT count(*) FROM uncounted").fetchone() == (0,)
            records = [row[0] for row in db.execute("SELECT id FROM records").fetchall()]
            forget_facts(db, {row[2] for row in there if isinstance(row[2], int)})
            assert held(db) == before_any
            for record_id in records:
                stored = load(db, record_id)
                keep_facts(db, record_id, stored.document_name, stored.shown())
            assert held(db) == there
            assert {row[2] for row in there} == set(records)
        finally:
            db.execute("ROLLBACK")
