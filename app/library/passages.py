"""The search index, in step with documents and records by the same transactions.

A passage is a page of a document.  Its ``words`` are the page's, its ``fields`` the values
of the records that begin on it, its ``name`` (first page only) the file's name and subject;
so words of all three are found together in what is mostly one page.  The first passage is
there as soon as the document is.  A passage's row number holds its document and page, so
that a search needs no other table to know them.

Why not one trigram index, which finds the middle of words and needs no spaces?  Measured
on 20,000 made pages (91 MB of text, SQLite 3.40): the trigram index takes 247 MB and 90 ms
to count the pages with a common word; an index of words takes 50 MB and 1.5 ms, and 87 MB
with its beginnings of two and three letters, which then cost the same 1.5 ms (else 42 ms).
A trigram also cannot find a Chinese word of two characters.  So ``passages`` is an index of
terms (:mod:`app.library.terms` parts what has no spaces into characters), and the middle of
a word is looked for in the ``vocabulary``: each term but plain numbers once, under trigrams.
A term that no page holds any more stays there; it finds nothing.

What FTS5 holds are folded terms, not text: a row is taken out with exactly the terms that
were put in, whatever has become of the page's file or of Unicode since.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec
from sqlite_utils import Database

from app.document import Record
from app.library import files
from app.library.packing import unpack
from app.library.terms import has_middle, terms_of

PAGE_BITS = 20  # of a row number, for the page
_PAGE_MASK = (1 << PAGE_BITS) - 1
_GAP = " | "  # between two values: a term that nobody can ask for, so that no phrase spans it


class Column(StrEnum):
    """Where in a passage a term stands."""

    NAME = "name"
    FIELDS = "fields"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class _Text:
    text: str


@dataclass(frozen=True, slots=True)
class _Texts:
    words: tuple[_Text, ...]


def row_of(document_id: int, page: int) -> int:
    """The row number of a passage."""
    return document_id << PAGE_BITS | page


def place_of(row: int) -> tuple[int, int]:
    """Document and page of a row number."""
    return row >> PAGE_BITS, row & _PAGE_MASK


def index_name(db: Database, document_id: int) -> None:
    """Take in a document's name and subject."""
    _put(db, document_id, 1, Column.NAME, name_texts(db, document_id))


def index_words(db: Database, document_id: int, page: int, words: Iterable[str]) -> None:
    """Take in a page's words; they come in reading order."""
    _put(db, document_id, page, Column.WORDS, ["\n".join(words)])


def index_fields(db: Database, document_id: int, page: int, records: Iterable[Record]) -> None:
    """Take in the values of all records that begin on a page, as they are shown."""
    texts = [text for record in records for text in field_texts(record)]
    _put(db, document_id, page, Column.FIELDS, texts)


def forget_fields(db: Database, document_id: int, but: Iterable[int]) -> None:
    """Take out the values of records that no longer begin on a page, ``but`` on these."""
    kept = set(but)
    for (row,) in db.execute(
        "SELECT rowid FROM passages WHERE rowid BETWEEN ? AND ? AND fields <> ''",
        [row_of(document_id, 0), row_of(document_id, _PAGE_MASK)],
    ).fetchall():
        if (page := place_of(row)[1]) not in kept:
            _put(db, document_id, page, Column.FIELDS, [])


def forget_words(db: Database, document_id: int, after: int) -> None:
    """Take out the words of the pages after this one."""
    for (row,) in db.execute(
        "SELECT rowid FROM passages WHERE rowid BETWEEN ? AND ? AND words <> ''",
        [row_of(document_id, after + 1), row_of(document_id, _PAGE_MASK)],
    ).fetchall():
        _put(db, document_id, place_of(row)[1], Column.WORDS, [])


def forget_document(db: Database, document_id: int) -> None:
    """Take out a document that is deleted for good."""
    db.execute(
        "DELETE FROM passages WHERE rowid BETWEEN ? AND ?",
        [row_of(document_id, 0), row_of(document_id, _PAGE_MASK)],
    )
    db.execute("DELETE FROM unindexed WHERE document_id = ?", [document_id])


def name_texts(db: Database, document_id: int) -> list[str]:
    """What a document is called."""
    row = db.execute("SELECT name, subject FROM documents WHERE id = ?", [document_id]).fetchone()
    return [text for text in row if text]


def field_texts(record: Record) -> list[str]:
    """The values of a record, canonical and as printed, each once and in order."""
    texts: dict[str, None] = {}
    for row in (record.fields, *record.lines, *record.taxes):
        for field in row:
            texts[field.value or ""] = None
            texts[field.raw if field.value is not None else ""] = None
    for pair in record.pairs:
        texts.update(dict.fromkeys(pair))
    return [text for text in texts if text]


def page_words(folder: Path, sha256: str, page: int) -> tuple[str, ...]:
    """The words of a stored page; none if its file was lost (only a damaged disk does that)."""
    path = folder / files.pages_name(sha256) / f"{files.page_stem(page)}.words"
    try:
        return tuple(word.text for word in unpack(path.read_bytes(), _Texts).words)
    except (FileNotFoundError, zlib.error, msgspec.MsgspecError):
        return ()


def _put(db: Database, document_id: int, page: int, column: Column, texts: Iterable[str]) -> None:
    row = row_of(document_id, page)
    terms = [found for text in texts if (found := terms_of(text))]
    text = _GAP.join(map(" ".join, terms))
    there = db.execute(f"SELECT {column} FROM passages WHERE rowid = ?", [row]).fetchone()  # noqa: S608 - only fixed text
    if there is None:
        if text:
            sql = f"INSERT INTO passages (rowid, {column}) VALUES (?, ?)"  # noqa: S608 - only fixed text
            db.execute(sql, [row, text])
    elif (there[0] or "") != text:
        db.execute(f"UPDATE passages SET {column} = ? WHERE rowid = ?", [text, row])  # noqa: S608 - only fixed text
        db.execute(
            "DELETE FROM passages WHERE rowid = ? AND"
            " coalesce(name, '') || coalesce(fields, '') || coalesce(words, '') = ''",
            [row],
        )
    else:
        return
    db.conn.executemany(
        "INSERT OR IGNORE INTO vocabulary (term) VALUES (?)",
        [(term,) for term in {t for found in terms for t in found} if has_middle(term)],
    )
