"""Writes ``fixtures/<latest migration>.sql``: a small library as this version leaves it.

Run ``python -m tests.library.build_fixture`` once for every released migration and
commit the result; it is never made again, so that later versions can be tried on it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from app.document import Flag
from app.library import Library, Part
from app.library.passages import texts_of
from app.library.schema import migrations
from tests.library.papers import add_and_read, invoice, paper, row


def build() -> Path:
    """Write the fixture of the latest migration; gives where."""
    target = Path(__file__).parent / "fixtures" / f"{migrations._migrations[-1].name}.sql"
    target.parent.mkdir(exist_ok=True)
    with TemporaryDirectory() as name:
        folder = Path(name) / "library"
        with Library.open(folder) as library:
            lines = (row("Paper", "10.00"), row("Ink", "20.00"))
            record = add_and_read(library, Path(name), "Rechnung.pdf", invoice(lines=lines))
            library.edit(record, "invoice_number", "MINE")
            added = library.add_line(record, 1)
            library.edit(record, "description", "Glue", part=Part.LINES, line=added)
            library.remove_line(record, library.record(record).line_ids[0])
            library.save_flags(record, [Flag("sum", "The lines do not add up.", ("total_gross",))])
            library.set_note(1, "Paid in cash")
            library.set_setting("columns", ["invoice_number"])
            library.add_file(paper(Path(name), "waiting.pdf"))
            talk = library.begin_conversation("What is owed?", [1])
            library.add_turn(talk, "What is owed?", "119.00 EUR", b"\x01packed", documents=[1])
        db = sqlite3.connect(folder / "library.sqlite")
        target.write_text("\n".join(_dump(db)) + "\n", encoding="utf-8")
        db.close()
    return target


def _dump(db: sqlite3.Connection) -> Iterator[str]:
    """The database as SQL.  An index is made anew: what SQLite keeps it in cannot be loaded."""
    indexes: dict[str, str] = dict(
        db.execute("SELECT name, sql FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
    )
    left_out = re.compile(
        r'(CREATE TABLE|INSERT INTO|DELETE FROM) ["\']?(sqlite_master|({})[_"])|PRAGMA w'.format(
            "|".join(indexes)
        )
    )
    for statement in db.iterdump():
        if statement == "COMMIT;":
            yield from (f"{sql};" for sql in indexes.values())
            yield "INSERT INTO vocabulary_parts(vocabulary_parts) VALUES ('rebuild');"
            for row, packed in db.execute("SELECT row, packed FROM passage_texts"):
                texts = texts_of(packed)
                terms = ", ".join(f"'{terms}'" for terms in texts.terms())
                yield (
                    "INSERT INTO passages(rowid, name, note, fields, words)"  # noqa: S608 - our own
                    f" VALUES ({row}, {terms});"
                )
                if any(texts.labels()):
                    terms = ", ".join(f"'{terms}'" for terms in texts.labels())
                    yield (
                        "INSERT INTO labels(rowid, name, note, fields)"  # noqa: S608 - our own
                        f" VALUES ({row}, {terms});"
                    )
        if not left_out.match(statement):
            yield statement


if __name__ == "__main__":
    print(build())
