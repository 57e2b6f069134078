"""The search index, in step with documents and records by the same transactions.

A passage is a page of a document.  Its ``words`` are the page's, its ``fields`` the values
of the records that begin on it, its ``name`` and ``note`` (first page only) the file's name
and subject and what the user wrote about it; so words of all of them are found together in
what is mostly one page.  The first passage is there as soon as the document is.  A passage's
row number holds its document and page, so that a search needs no other table to know them.

Why not one trigram index, which finds the middle of words and needs no spaces?  Measured
on 20,000 made pages (91 MB of text, SQLite 3.40): the trigram index takes 247 MB and 90 ms
to count the pages with a common word; an index of words takes 50 MB and 1.5 ms, and 87 MB
with its beginnings of two and three letters, which then cost the same 1.5 ms (else 42 ms).
A trigram also cannot find a Chinese word of two characters.  So ``passages`` is an index of
terms (:mod:`app.library.terms` parts what has no spaces into characters), and the middle of
a word is looked for in the ``vocabulary``: each term once, under trigrams, but not the plain
numbers of pages, which are too many.  A term that no page holds any more stays there; it
finds nothing.

Names, notes and values stand in a second, small index too, ``labels``.  What has a word in
one of these comes first, and in ``passages`` that takes going through every page with the
word: with 100,000 pages 10 to 100 ms, against less than 1 ms.

The indexes themselves hold no text.  ``passage_texts`` has what a snippet is cut from, deflated,
beside the folded terms that were put in: a row is taken out with exactly these, whatever has
become of the page's file or of Unicode since.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import msgspec
from sqlite_utils import Database

from app.document import Record
from app.library import files
from app.library.packing import pack, unpack
from app.library.terms import has_middle, number_has_middle, terms_by_line

PAGE_BITS = 20  # of a row number, for the page
PAGE_MASK = (1 << PAGE_BITS) - 1
_GAP = " | "  # between two values: a term that nobody can ask for, so that no phrase spans it


class Column(StrEnum):
    """Where in a passage a term stands."""

    NAME = "name"
    NOTE = "note"
    FIELDS = "fields"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Text:
    """What a column holds: a word of the page or a value to a line, and the terms of each line."""

    lines: str = ""
    terms: str = ""


@dataclass(frozen=True, slots=True)
class PassageTexts:
    """What a passage holds; ``owners`` has the record of each line of ``fields``."""

    name: Text = Text()
    note: Text = Text()
    fields: Text = Text()
    words: Text = Text()
    owners: tuple[int, ...] = ()

    def column(self, column: Column) -> Text:
        return {
            Column.NAME: self.name,
            Column.NOTE: self.note,
            Column.FIELDS: self.fields,
            Column.WORDS: self.words,
        }[column]

    def labels(self) -> list[str]:
        """The columns beside the page's words, as the indexes take them."""
        return [text.terms.replace("\n", _GAP) for text in (self.name, self.note, self.fields)]

    def terms(self) -> list[str]:
        """All columns as the index takes them."""
        words = self.words.terms.replace("\n", " ")  # a line break is no separator for the index
        return [*self.labels(), words]


_NOTHING = PassageTexts()


@dataclass(frozen=True, slots=True)
class _Word:
    text: str


@dataclass(frozen=True, slots=True)
class _Words:
    words: tuple[_Word, ...]


def row_of(document_id: int, page: int) -> int:
    """The row number of a passage."""
    return document_id << PAGE_BITS | page


def place_of(row: int) -> tuple[int, int]:
    """Document and page of a row number."""
    return row >> PAGE_BITS, row & PAGE_MASK


def texts_of(packed: bytes) -> PassageTexts:
    """What a row of ``passage_texts`` holds."""
    return unpack(packed, PassageTexts)


def index_name(db: Database, document_id: int) -> None:
    """Take in a document's name and subject, and its note."""
    name, subject, note = db.execute(
        "SELECT name, subject, note FROM documents WHERE id = ?", [document_id]
    ).fetchone()
    old = _texts(db, row_of(document_id, 1))
    new = replace(old, name=_text([name, subject]), note=_text([note]))
    _put(db, row_of(document_id, 1), old, new)


def index_words(db: Database, document_id: int, page: int, words: Iterable[str]) -> None:
    """Take in a page's words; they come in reading order."""
    row = row_of(document_id, page)
    old = _texts(db, row)
    lines = "\n".join([word.replace("\n", " ") for word in words])
    _put(db, row, old, replace(old, words=Text(lines, terms_by_line(lines))))


def index_fields(
    db: Database, document_id: int, page: int, records: Iterable[tuple[int, Record]]
) -> None:
    """Take in the values of all records (id, as shown) that begin on a page."""
    lines = [(record_id, text) for record_id, record in records for text in field_texts(record)]
    row = row_of(document_id, page)
    old = _texts(db, row)
    fields = _text([text for _, text in lines])
    _put(db, row, old, replace(old, fields=fields, owners=tuple(owner for owner, _ in lines)))


def forget_fields(db: Database, document_id: int, but: Iterable[int]) -> None:
    """Take out the values of records that no longer begin on a page, ``but`` on these."""
    kept = set(but)
    for (row,) in db.execute(
        "SELECT row FROM passage_texts WHERE row BETWEEN ? AND ? AND has_fields = 1",
        [row_of(document_id, 0), row_of(document_id, PAGE_MASK)],
    ).fetchall():
        if place_of(row)[1] not in kept:
            old = _texts(db, row)
            _put(db, row, old, replace(old, fields=Text(), owners=()))


def forget_words(db: Database, document_id: int, after: int) -> None:
    """Take out the words of the pages after this one."""
    for row in _rows(db, document_id, after + 1):
        old = _texts(db, row)
        _put(db, row, old, replace(old, words=Text()))


def forget_documents(db: Database, document_ids: Iterable[int]) -> None:
    """Take out documents that are deleted for good, and the words that no other has."""
    terms: set[str] = set()
    for document_id in document_ids:
        for row in _rows(db, document_id, 0):
            texts = _texts(db, row)
            for text in (texts.name, texts.note, texts.fields, texts.words):
                terms.update(text.terms.split())
            _put(db, row, texts, _NOTHING)
        db.execute("DELETE FROM unindexed WHERE document_id = ?", [document_id])
    for term in sorted(terms):
        _unlearn(db, term)


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
        return tuple(word.text for word in unpack(path.read_bytes(), _Words).words)
    except (FileNotFoundError, zlib.error, msgspec.MsgspecError):
        return ()


def _text(values: Sequence[str]) -> Text:
    lines = "\n".join([" ".join(value.split()) for value in values if value])
    return Text(lines, terms_by_line(lines))


def _rows(db: Database, document_id: int, first_page: int) -> list[int]:
    rows = db.execute(
        "SELECT row FROM passage_texts WHERE row BETWEEN ? AND ?",
        [row_of(document_id, first_page), row_of(document_id, PAGE_MASK)],
    )
    return [row for (row,) in rows.fetchall()]


def _texts(db: Database, row: int) -> PassageTexts:
    found = db.execute("SELECT packed FROM passage_texts WHERE row = ?", [row]).fetchone()
    return texts_of(found[0]) if found else _NOTHING


def _put(db: Database, row: int, old: PassageTexts, new: PassageTexts) -> None:
    if old == new:
        return
    _label(db, row, old.labels(), new.labels())
    if old != _NOTHING:
        db.execute(
            "INSERT INTO passages (passages, rowid, name, note, fields, words)"
            " VALUES ('delete', ?, ?, ?, ?, ?)",
            [row, *old.terms()],
        )
    if new == _NOTHING:
        db.execute("DELETE FROM passage_texts WHERE row = ?", [row])
        return
    db.execute(
        "INSERT INTO passages (rowid, name, note, fields, words) VALUES (?, ?, ?, ?, ?)",
        [row, *new.terms()],
    )
    db.execute(
        "INSERT OR REPLACE INTO passage_texts VALUES (?, ?, ?)",
        [row, int(bool(new.owners)), pack(new)],
    )
    _learn(db, old, new)


def _label(db: Database, row: int, old: Sequence[str], new: Sequence[str]) -> None:
    if old == new:
        return
    if any(old):
        db.execute(
            "INSERT INTO labels (labels, rowid, name, note, fields) VALUES ('delete', ?, ?, ?, ?)",
            [row, *old],
        )
    if any(new):
        db.execute(
            "INSERT INTO labels (rowid, name, note, fields) VALUES (?, ?, ?, ?)", [row, *new]
        )


def _unlearn(db: Database, term: str) -> None:
    """Take a term out of the vocabulary, unless a page still has it."""
    row = db.execute("SELECT id FROM vocabulary WHERE term = ?", [term]).fetchone()
    if (
        row is None
        or db.execute(
            "SELECT 1 FROM passages WHERE passages MATCH ? LIMIT 1", [f'"{term}"']
        ).fetchone()
    ):
        return
    db.execute(
        "INSERT INTO vocabulary_parts(vocabulary_parts, rowid, term) VALUES ('delete', ?, ?)",
        [row[0], term],
    )
    db.execute("DELETE FROM vocabulary WHERE id = ?", [row[0]])


def _learn(db: Database, old: PassageTexts, new: PassageTexts) -> None:
    """Take the new terms into the vocabulary, if their middles are looked for."""
    terms: set[str] = set()
    if new.words != old.words:
        terms.update(term for term in set(new.words.terms.split()) if has_middle(term))
    for before, after in ((old.name, new.name), (old.note, new.note), (old.fields, new.fields)):
        if before != after:
            terms.update(
                term for term in after.terms.split() if has_middle(term) or number_has_middle(term)
            )
    db.conn.executemany(
        "INSERT OR IGNORE INTO vocabulary (term) VALUES (?)", [(term,) for term in sorted(terms)]
    )
