"""Search: what a person types, over words of pages, values, and names of documents.

Ranking costs as much as there are hits, and a common word has 100,000.  So the newest
thousand are ranked (BM25, a name counting more than a value and a value more than a word of
a page), together with the newest thousand that have it in a name or a value; what is left,
and what has a word in the middle only, follows from the newest on.  Up to a thousand hits,
that is all of them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from sqlite_utils import Database

from app.document_types import Kind, document_types
from app.library.passages import (
    PAGE_BITS,
    Column,
    field_texts,
    name_texts,
    page_words,
    place_of,
)
from app.library.queries import some
from app.library.readings import load
from app.library.rows import State
from app.library.snippets import find
from app.library.store import Shelf
from app.library.terms import Phrase, phrases_of
from app.library.text import sort_key

_RANKED = 1_000
_WEIGHTS = "10.0, 5.0, 1.0"  # of name, fields, words
_MIDDLES = 300  # terms with the same middle, beyond which only beginnings are looked for
_DATES = ("issue_date", "period_end")
_AMOUNTS = ("gross", "closing")
_SELLERS = ("seller",)


class Among(StrEnum):
    """Which documents are searched."""

    ALL = ""  # all but the trash
    LOOK = "look"  # something asks for a look
    DONE = "done"  # read, and nothing asks for a look
    TRASH = "trash"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a hit's document must be.

    One of its records must be of ``document_type``, from a seller whose name holds
    ``supplier`` (case and accents apart), dated from ``since`` to ``until``, with a total
    from ``least`` to ``most`` (in whatever currency), all bounds included.
    """

    document_type: str = ""
    supplier: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    among: Among = Among.ALL


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for, and which stretch of the hits is wanted.

    Each word of ``text`` must occur, as the beginning of a word or (from three letters on)
    in the middle of one; what stands in double quotes, as it is.  Any text will do.
    """

    text: str
    filters: Filters = field(default_factory=Filters)
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where it was found.

    ``column`` is where most of it stands, and what ``snippet`` is cut from;
    ``matches`` are the stretches (start, end) of the snippet that were found.  ``page``
    is ``None`` if only the document's name was.  ``words`` are the indexes of the found
    words in the page's ``words`` (:meth:`Library.pages`), whatever the snippet shows.
    """

    document_id: int
    document_name: str
    page: int | None
    column: Column
    snippet: str
    matches: tuple[tuple[int, int], ...]
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of the hits, best first, and how many there are in all.

    ``beginnings_only``: so many words have one of the asked ones in their middle that
    only those which begin with it were looked for.  ``unindexed`` documents are not
    searched yet.
    """

    total: int
    hits: tuple[Hit, ...]
    beginnings_only: bool
    unindexed: int


class Search(Shelf):
    """The part of the library that finds."""

    def search(self, query: Query) -> Found:
        """The pages (and names) in which all of ``query`` occurs, ranked."""
        phrases = phrases_of(query.text)
        with self._store.reading() as db:
            unindexed = int(db.execute("SELECT count(*) FROM unindexed").fetchone()[0])
            if not phrases:
                return Found(0, (), False, unindexed)
            asked, beginnings_only = _asked(db, phrases, query.filters)
            total = asked.count(db)
            rows = asked.stretch(db, total, query.offset, query.limit)
            shown = [replace(p, inside=p.inside and p in asked.inside) for p in phrases]
            hits = tuple(_hit(db, self._store.folder, row, shown) for row in rows)
        return Found(total, hits, beginnings_only, unindexed)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query as FTS5 and SQL take it: ``narrow`` is ``wide`` without the middles of words."""

    narrow: str
    wide: str
    where: str
    parameters: tuple[object, ...]
    inside: frozenset[Phrase]

    def count(self, db: Database) -> int:
        sql = f"SELECT count(*) FROM passages WHERE passages MATCH ?{self.where}"  # noqa: S608 - only fixed text
        return int(db.execute(sql, [self.wide, *self.parameters]).fetchone()[0])

    def stretch(self, db: Database, total: int, offset: int, limit: int) -> list[int]:
        scores = self._scores(db, self.narrow)
        if len(scores) == _RANKED:
            for row, score in self._scores(db, f"{{name fields}} : ({self.narrow})").items():
                scores[row] = min(score, scores.get(row, 0.0))
        ranked = sorted(scores, key=lambda row: (scores[row], -row))
        rows = ranked[offset : offset + limit]
        if len(rows) < limit and len(ranked) < total:
            sql = (
                f"SELECT rowid FROM passages WHERE passages MATCH ?{self.where}"  # noqa: S608 - only fixed text
                " AND rowid NOT IN (SELECT value FROM json_each(?))"
                " ORDER BY rowid DESC LIMIT ? OFFSET ?"
            )
            rest = [some(ranked), limit - len(rows), max(0, offset - len(ranked))]
            rows += [row for (row,) in db.execute(sql, [self.wide, *self.parameters, *rest])]
        return rows

    def _scores(self, db: Database, match: str) -> dict[int, float]:
        sql = (
            f"SELECT rowid, bm25(passages, {_WEIGHTS}) FROM passages"  # noqa: S608 - only fixed text
            f" WHERE passages MATCH ?{self.where} ORDER BY rowid DESC LIMIT {_RANKED}"
        )
        return dict(db.execute(sql, [match, *self.parameters]).fetchall())


def _asked(db: Database, phrases: Sequence[Phrase], filters: Filters) -> tuple[_Asked, bool]:
    narrow = [_match(phrase) for phrase in phrases]
    wide = list(narrow)
    beginnings_only = False
    inside: set[Phrase] = set()
    for place, phrase in enumerate(phrases):
        if not phrase.inside:
            continue
        middles = _with_middle(db, phrase.terms[0])
        if len(middles) > _MIDDLES:
            beginnings_only = True
            continue
        inside.add(phrase)
        if middles:
            wide[place] = f"({' OR '.join([narrow[place], *map(_quoted, middles)])})"
    where, parameters = _conditions(db, filters)
    asked = _Asked(
        " AND ".join(narrow), " AND ".join(wide), where, tuple(parameters), frozenset(inside)
    )
    return asked, beginnings_only


def _match(phrase: Phrase) -> str:
    return _quoted(" ".join(phrase.terms)) + (" *" if phrase.begins else "")


def _quoted(terms: str) -> str:
    """Terms as FTS5 takes them; they hold letters, digits and marks only, so no quotes."""
    return f'"{terms}"'


def _with_middle(db: Database, part: str) -> list[str]:
    """The terms that hold ``part`` further on; one too many if there are too many."""
    trigrams = {part[place : place + 3] for place in range(len(part) - 2)}
    rows = db.execute(
        "SELECT v.term FROM vocabulary_parts p CROSS JOIN vocabulary v ON v.id = p.rowid"
        " WHERE vocabulary_parts MATCH ? AND instr(substr(v.term, 2), ?) > 0 LIMIT ?",
        [" AND ".join(map(_quoted, sorted(trigrams))), part, _MIDDLES + 1],
    )
    return [term for (term,) in rows]


def _conditions(db: Database, filters: Filters) -> tuple[str, list[object]]:
    """What SQL adds to a match; each condition makes its set of documents once."""
    wanted: list[str] = []
    parameters: list[object] = []
    if filters.among is Among.ALL:
        if db.execute("SELECT 1 FROM documents WHERE trashed = 1 LIMIT 1").fetchone():
            wanted.append("NOT IN (SELECT id FROM documents WHERE trashed = 1)")
    elif filters.among is Among.TRASH:
        wanted.append("IN (SELECT id FROM documents WHERE trashed = 1)")
    else:
        wanted.append("IN (SELECT id FROM documents WHERE trashed = 0 AND state = ?)")
        parameters.append(State.ATTENTION if filters.among is Among.LOOK else State.READY)
    records: list[str] = []
    if filters.document_type:
        records.append("document_type = ?")
        parameters.append(filters.document_type)
    for roles, condition, values in _ranges(filters):
        records.append(
            "id IN (SELECT record_id FROM sort_keys"  # noqa: S608 - only fixed text
            f" WHERE key IN (SELECT value FROM json_each(?)) AND {condition})"
        )
        parameters += [json.dumps(sorted(_keys(filters.document_type, roles))), *values]
    if records:
        wanted.append(f"IN (SELECT document_id FROM records WHERE {' AND '.join(records)})")  # noqa: S608 - only fixed text
    return "".join(f" AND (rowid >> {PAGE_BITS}) {one}" for one in wanted), parameters


def _ranges(filters: Filters) -> Iterable[tuple[tuple[str, ...], str, list[object]]]:
    # A lone half of a character pair is no text for SQLite.
    supplier = filters.supplier.encode("utf-8", "replace").decode()
    if part := sort_key(supplier, Kind.NAME):
        yield _SELLERS, "instr(sort, ?) > 0", [part]
    if filters.since is not None or filters.until is not None:
        since, until = filters.since or dt.date.min, filters.until or dt.date.max
        yield _DATES, "sort BETWEEN ? AND ?", [since.isoformat(), until.isoformat()]
    if filters.least is not None or filters.most is not None:
        least = float("-inf") if filters.least is None else float(filters.least)
        most = float("inf") if filters.most is None else float(filters.most)
        yield _AMOUNTS, "sort BETWEEN ? AND ?", [least, most]


def _keys(document_type: str, roles: Sequence[str]) -> set[str]:
    """The keys that play one of ``roles`` in this type ("": in any)."""
    return {
        column.key
        for definition in document_types().values()
        if definition.name == (document_type or definition.name)
        for column in definition.fields
        if column.role in roles
    }


def _hit(db: Database, folder: Path, row: int, phrases: Sequence[Phrase]) -> Hit:
    document_id, page = place_of(row)
    name, sha256 = db.execute(
        "SELECT name, sha256 FROM documents WHERE id = ?", [document_id]
    ).fetchone()
    words = find("\n".join(page_words(folder, sha256, page)), phrases)
    fields = [
        find(text, phrases)
        for (record_id,) in db.execute(
            "SELECT id FROM records WHERE document_id = ? AND first_page = ? ORDER BY position",
            [document_id, page],
        ).fetchall()
        for text in field_texts(load(db, record_id).shown().record)
    ]
    names = [find(text, phrases) for text in name_texts(db, document_id)] if page == 1 else []
    places = [(Column.WORDS, words)]
    places += [(Column.FIELDS, value) for value in fields]
    places += [(Column.NAME, text) for text in names]
    column, best = max(places, key=lambda place: place[1].phrases)
    snippet, matches = best.snippet()
    on_page = words.phrases or any(value.phrases for value in fields)
    return Hit(
        document_id=document_id,
        document_name=name,
        page=page if on_page else None,
        column=column,
        snippet=snippet,
        matches=matches,
        words=words.lines(),
    )
