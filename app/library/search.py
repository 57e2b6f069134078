"""Search: what a person types, over words of pages, values, names and notes of documents.

Up to a thousand hits are ranked by BM25, a name counting more than a value or a note, and
these more than a word of a page; a page with a word comes before one with the middle of a
word.  Ranking costs as much as there are pages with a word, and a common one has 100,000:
beyond a thousand hits, or if all of its words are that common, what has it in a name or a
note comes first, then what has it in a value, and then the newest; and after two thousand
nobody counts on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlite_utils import Database

from app.library.filters import Condition, Filters, of_passage, of_passages, of_record
from app.library.passages import Column, PassageTexts, place_of, texts_of
from app.library.queries import ids_of, some
from app.library.snippets import Finding, find
from app.library.store import Shelf
from app.library.terms import Phrase, asks_for_middle, has_middle, phrases_of

WEIGHTS = "10.0, 5.0, 5.0, 1.0"  # of name, note, fields, words
_COUNTED = 2_000  # hits: more are found, and not counted
_RANKED = 1_000  # hits that are ranked by their words
_PROMOTED = 1_000  # of the pages with the words in a name or a value, those that come first
_RARE = 5_000  # pages with a word up to which it says something about a hit
_BEGINNINGS = 100  # terms with the same beginning that are looked for one by one
_MIDDLES = 100  # terms with the same middle, beyond which only beginnings are looked for


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
    is ``None`` if only the document's name or note was.  ``words`` are the indexes of the
    found words in the page's ``words`` (:meth:`Library.pages`), whatever the snippet shows.
    ``record_id`` is the record that the page belongs to: of several on one page the one
    with the value, and of several in one file with a name the first that the filters
    want; ``None`` if the document has none.
    """

    document_id: int
    document_name: str
    page: int | None
    record_id: int | None
    column: Column
    snippet: str
    matches: tuple[tuple[int, int], ...]
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of the hits, best first, and how many there are in all.

    With ``more`` there are more than ``total``, and nobody has counted them.
    ``beginnings_only``: so many words have one of the asked ones in their middle that
    only those which begin with it were looked for.  ``unindexed`` documents are not
    searched yet.
    """

    total: int
    hits: tuple[Hit, ...]
    beginnings_only: bool
    unindexed: int
    more: bool = False


class Search(Shelf):
    """The part of the library that finds."""

    def search(self, query: Query) -> Found:
        """The pages (and names, and notes) in which all of ``query`` occurs, ranked."""
        phrases = phrases_of(query.text)
        with self._store.reading() as db:
            unindexed = int(db.execute("SELECT count(*) FROM unindexed").fetchone()[0])
            if not phrases:
                return Found(0, (), False, unindexed)
            asked = _asked(db, phrases, query.filters)
            newest = asked.newest(db)
            more = len(newest) > _COUNTED
            ranked = asked.ranked(db, newest)
            rows = ranked[query.offset : query.offset + query.limit]
            if more and len(rows) < query.limit:
                skipped = max(0, query.offset - len(ranked))
                rows += asked.others(db, ranked, query.limit - len(rows), skipped)
            stored = _stored(db, rows, query.filters)
        return Found(
            total=min(len(newest), _COUNTED),
            hits=tuple(_hit(one, asked.phrases) for one in stored),
            beginnings_only=asked.beginnings_only,
            unindexed=unindexed,
            more=more,
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query as FTS5 and SQL take it.

    ``narrow`` has a match for each phrase, and ``wide`` all of them with the middles of words.
    """

    phrases: tuple[Phrase, ...]
    narrow: tuple[str, ...]
    wide: str
    filters: Filters
    where: Condition
    beginnings_only: bool

    def newest(self, db: Database) -> list[int]:
        """Everything that is found, the newest first; one too many if there is too much."""
        return self._rows(db, "", [], _COUNTED + 1, 0)

    def others(self, db: Database, than: Sequence[int], limit: int, skipped: int) -> list[int]:
        """What is found beside these."""
        but = " AND rowid NOT IN (SELECT value FROM json_each(?))"
        return self._rows(db, but, [some(than)], limit, skipped)

    def _rows(
        self, db: Database, more: str, values: list[object], limit: int, offset: int
    ) -> list[int]:
        return ids_of(
            db,
            f"SELECT rowid AS id FROM passages WHERE passages MATCH ?{self.where.sql}{more}"  # noqa: S608 - only fixed text
            " ORDER BY rowid DESC LIMIT ? OFFSET ?",
            [self.wide, *self.where.parameters, *values, limit, offset],
        )

    def ranked(self, db: Database, newest: Sequence[int]) -> list[int]:
        """What is found, the best first."""
        if not newest:
            return []
        rare = [match for match in self.narrow if _is_rare(db, match)]
        if rare and len(newest) <= _RANKED:
            first = self._scored(db, newest, rare)
        else:
            first = self._promoted(db, newest)
        return list(dict.fromkeys([*first, *newest]))

    def _scored(self, db: Database, rows: Sequence[int], rare: Sequence[str]) -> list[int]:
        # To score a word, FTS5 goes through all pages that have it: for one that very many
        # have, and that says little for that reason, it is not worth the time.
        # With the plus, each match is looked up among the rows, not each row for the match.
        return ids_of(
            db,
            "SELECT rowid AS id FROM passages WHERE passages MATCH ?"  # noqa: S608 - only fixed text
            " AND rowid >= ? AND +rowid IN (SELECT value FROM json_each(?))"
            f" ORDER BY bm25(passages, {WEIGHTS}), rowid DESC",
            [" AND ".join(rare), rows[-1], some(rows)],
        )

    def _promoted(self, db: Database, rows: Sequence[int]) -> list[int]:
        first: list[int] = []
        narrow = " AND ".join(self.narrow)
        for columns, of_name in (("{name note}", True), ("fields", False)):
            where = of_passage(db, self.filters, of_name=of_name)
            first += ids_of(
                db,
                "SELECT passage AS id FROM (SELECT rowid AS passage FROM passages"  # noqa: S608 - only fixed text
                f" WHERE passages MATCH ? ORDER BY rowid DESC LIMIT {_PROMOTED})"
                f" WHERE 1{where.sql} ORDER BY passage DESC",
                [f"{columns} : ({narrow})", *where.parameters],
            )
        if narrow != self.wide:
            first += ids_of(
                db,
                "SELECT rowid AS id FROM passages WHERE passages MATCH ? AND rowid >= ?"
                " AND +rowid IN (SELECT value FROM json_each(?)) ORDER BY rowid DESC",
                [narrow, rows[-1], some(rows)],
            )
        return first


def _is_rare(db: Database, match: str) -> bool:
    sql = "SELECT 1 FROM passages WHERE passages MATCH ? LIMIT 1 OFFSET ?"
    return db.execute(sql, [match, _RARE]).fetchone() is None


def _asked(db: Database, phrases: Sequence[Phrase], filters: Filters) -> _Asked:
    narrow = [_match(db, phrase) for phrase in phrases]
    wide = list(narrow)
    shown = list(phrases)
    beginnings_only = False
    for place, phrase in enumerate(phrases):
        if not phrase.inside:
            continue
        middles = _with_middle(db, phrase.terms[0])
        if len(middles) > _MIDDLES:
            beginnings_only = True
            shown[place] = replace(phrase, inside=False)
        elif middles:
            wide[place] = f"({' OR '.join([narrow[place], *map(quoted, middles)])})"
    every = " AND ".join(wide)
    return _Asked(
        phrases=tuple(shown),
        narrow=tuple(narrow),
        wide=every,
        filters=filters,
        where=of_passages(db, filters, f"{{name note}} : ({every})"),
        beginnings_only=beginnings_only,
    )


def _match(db: Database, phrase: Phrase) -> str:
    *head, last = phrase.terms
    ways = [quoted(" ".join(phrase.terms)) + (" *" if phrase.begins else "")]
    if phrase.begins and has_middle(last):
        beginnings = _with_beginning(db, last)
        if len(beginnings) <= _BEGINNINGS:
            ways = [quoted(" ".join([*head, term])) for term in beginnings or [last]]
    ways += [quoted(" ".join(terms)) for terms in phrase.others]
    return ways[0] if len(ways) == 1 else f"({' OR '.join(ways)})"


def _with_beginning(db: Database, part: str) -> list[str]:
    """The terms that begin with ``part``; one too many if there are too many.

    FTS5 has an index for short beginnings.  For a longer one it gathers all pages of all
    these terms before it gives the first, which takes long if one of them is common.
    """
    rows = db.execute(
        "SELECT term FROM vocabulary WHERE term >= ? AND term < ? || char(1114111) LIMIT ?",
        [part, part, _BEGINNINGS + 1],
    )
    return [term for (term,) in rows.fetchall()]


def quoted(terms: str) -> str:
    """Terms as FTS5 takes them; they hold letters, digits and marks only, so no quotes."""
    return f'"{terms}"'


def _with_middle(db: Database, part: str) -> list[str]:
    """The terms that hold ``part`` further on; one too many if there are too many."""
    trigrams = {part[place : place + 3] for place in range(len(part) - 2)}
    of_numbers = asks_for_middle(part, of_number=True)
    rows = db.execute(
        "SELECT v.term FROM vocabulary_parts p CROSS JOIN vocabulary v ON v.id = p.rowid"
        " WHERE vocabulary_parts MATCH ? AND instr(substr(v.term, 2), ?) > 0"
        " AND (? OR v.term GLOB '*[^0-9]*') LIMIT ?",
        [" AND ".join(map(quoted, sorted(trigrams))), part, of_numbers, _MIDDLES + 1],
    )
    return [term for (term,) in rows.fetchall()]


@dataclass(frozen=True, slots=True)
class _Owner:
    """A record of a hit's document; ``wanted`` by the filters."""

    id: int
    first_page: int
    wanted: bool


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a hit is made of."""

    row: int
    name: str
    texts: PassageTexts
    owners: Sequence[_Owner]


def _stored(db: Database, rows: Sequence[int], filters: Filters) -> list[_Stored]:
    documents = some({place_of(row)[0] for row in rows})
    wanted = of_record(filters) or Condition("1")
    records: dict[int, list[_Owner]] = {}
    for document_id, record_id, first_page, is_wanted in db.execute(
        f"SELECT r.document_id, r.id, r.first_page, {wanted.sql} FROM records r"  # noqa: S608 - only fixed text
        " WHERE r.document_id IN (SELECT value FROM json_each(?)) ORDER BY r.position",
        [*wanted.parameters, documents],
    ).fetchall():
        owner = _Owner(record_id, first_page, bool(is_wanted))
        records.setdefault(document_id, []).append(owner)
    names: dict[int, str] = dict(
        db.execute(
            "SELECT id, name FROM documents WHERE id IN (SELECT value FROM json_each(?))",
            [documents],
        ).fetchall()
    )
    texts: dict[int, bytes] = dict(
        db.execute(
            "SELECT row, packed FROM passage_texts WHERE row IN (SELECT value FROM json_each(?))",
            [some(rows)],
        ).fetchall()
    )
    return [
        _Stored(row, names[document], texts_of(texts[row]), records.get(document, ()))
        for row in rows
        for document in [place_of(row)[0]]
    ]


def _hit(stored: _Stored, phrases: Sequence[Phrase]) -> Hit:
    document_id, page = place_of(stored.row)
    findings = {
        column: find(stored.texts.column(column), phrases, across=column is Column.WORDS)
        for column in Column
    }
    words = findings[Column.WORDS]
    value, values = findings[Column.FIELDS].best_line()
    counts = {
        Column.WORDS: words.phrases,
        Column.FIELDS: values,
        Column.NAME: findings[Column.NAME].best_line()[1],
        Column.NOTE: findings[Column.NOTE].best_line()[1],
    }
    column = max(counts, key=lambda one: counts[one])  # the first one of the best
    best: Finding = findings[column]
    snippet, matches = best.snippet(None if column is Column.WORDS else max(0, best.best_line()[0]))
    on_page = bool(words.places or values)
    owner = stored.texts.owners[value] if values else None
    return Hit(
        document_id=document_id,
        document_name=stored.name,
        page=page if on_page else None,
        record_id=_record(stored.owners, page if on_page else None, owner),
        column=column,
        snippet=snippet,
        matches=matches,
        words=words.lines(),
    )


def _record(owners: Sequence[_Owner], page: int | None, with_value: int | None) -> int | None:
    if page is not None and owners:
        begins = [owner.first_page for owner in owners if owner.first_page <= page]
        first = max(begins) if begins else min(owner.first_page for owner in owners)
        owners = [owner for owner in owners if owner.first_page == first]
    best = sorted(owners, key=lambda owner: (not owner.wanted, owner.id != with_value))
    return best[0].id if best else None
