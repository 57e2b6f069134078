"""Passages for a question: the pages that are worth reading before it is answered.

A question is not a search: no page holds all of its words.  So a page is found by any of
them and ranked by BM25, in which a word counts the more, the fewer pages have it; that
weighs "what", "is" and "the" down in every language without a list of them.  A word is
found by its first letters too, because a page may say "terminates" where the question
says "termination"; the whole word counts on top of that.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from app.library.passages import PAGE_BITS, PAGE_MASK, place_of, row_of
from app.library.queries import some
from app.library.search import WEIGHTS, quoted
from app.library.store import Shelf
from app.library.terms import is_unspaced, terms_of

_ASKED = 40  # different words of a question that are looked up
_STEM = 5  # letters that words of one stem share
_SHORTEST_STEMMED = 4
_RAREST = 10  # of the words that are looked up, those that are looked for
_RANKED = 3_000  # pages that are ranked, the newest first, where every page may be

_MORE = 10  # times as many where few of the pages that have a word are ranked
_COUNTED = 20_000  # pages with a word: more are as good as all


@dataclass(frozen=True, slots=True)
class Passage:
    """A page that may answer a question; a higher ``score`` (above 0) is a better one."""

    document_id: int
    document_name: str
    page: int
    score: float


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """The best passages, best first; ``total`` is how many pages there are to choose from."""

    passages: tuple[Passage, ...]
    total: int


class Questions(Shelf):
    """The part of the library that finds what a question is about."""

    def passages(self, text: str, *, documents: Sequence[int] = (), limit: int) -> PassagesFound:
        """The pages that hold most of what ``text`` asks about, at most ``limit`` of them.

        Only pages of ``documents`` if any are named, and never of what is in the trash.
        Any text will do.
        """
        with self._store.reading() as db:
            scope, parameters = _scope(db, documents)
            total = db.execute(
                "SELECT count(*) FROM pages p"  # noqa: S608 - only fixed text
                f" WHERE {scope.format(document='p.document_id')}",
                parameters,
            ).fetchone()[0]
            asked = _worth_asking(db, _words(text), everywhere=not documents)
            if not asked:
                return PassagesFound((), total)
            first, last = (min(documents), max(documents)) if documents else (0, 1 << 40)
            rows = db.execute(
                "SELECT f.rowid, d.name, f.score FROM"  # noqa: S608 - only fixed text
                f" (SELECT rowid, bm25(passages, {WEIGHTS}) AS score FROM passages"
                "  WHERE passages MATCH ? AND rowid BETWEEN ? AND ?"
                f" AND {scope.format(document=f'(rowid >> {PAGE_BITS})')}"
                "  ORDER BY rowid DESC LIMIT ?) f"
                f" JOIN documents d ON d.id = f.rowid >> {PAGE_BITS}"
                " JOIN pages p ON p.document_id = d.id"
                f" AND p.number = f.rowid & {PAGE_MASK}"
                " ORDER BY f.score, f.rowid DESC LIMIT ?",
                [
                    " OR ".join(asked),
                    row_of(first, 0),
                    row_of(last, PAGE_MASK),
                    *parameters,
                    _RANKED if not documents else -1,
                    limit,
                ],
            ).fetchall()
        return PassagesFound(
            tuple(
                Passage(document_id, name, page, -score)
                for row, name, score in rows
                for document_id, page in [place_of(row)]
            ),
            total,
        )


def _scope(db: Database, documents: Sequence[int]) -> tuple[str, list[object]]:
    """SQL that ``{document}`` may be looked at, and its parameters."""
    scope = "{document} NOT IN (SELECT id FROM documents WHERE trashed = 1)"
    if not documents:
        return scope, []
    among = " AND {document} IN (SELECT value FROM json_each(?))"
    return scope + among, [some(documents)]


def _words(text: str) -> list[str]:
    """What is looked for, as FTS5 takes it: a match for each word, in the question's order.

    In scripts without spaces, where a term is a character, each two neighbours are a word.
    """
    words: dict[str, None] = {}
    for unspaced, group in itertools.groupby(terms_of(text), key=is_unspaced):
        terms = list(group)
        if unspaced and len(terms) > 1:
            words.update((quoted(f"{one} {two}"), None) for one, two in itertools.pairwise(terms))
            continue
        for term in terms:
            stem = term[: max(_STEM, len(term) * 2 // 3)]
            either = f"({quoted(term)} OR {quoted(stem)} *)"
            words[either if len(term) >= _SHORTEST_STEMMED else quoted(term)] = None
        if len(words) >= _ASKED:
            break
    return list(words)[:_ASKED]


def _worth_asking(db: Database, words: Sequence[str], *, everywhere: bool) -> list[str]:
    """The rarest of the words, as long as the pages that have them are not too many to rank."""
    sql = "SELECT count(*) FROM (SELECT 1 FROM passages WHERE passages MATCH ? LIMIT ?)"
    pages = {word: int(db.execute(sql, [word, _COUNTED]).fetchone()[0]) for word in words}
    known = sorted((word for word in words if pages[word]), key=lambda word: pages[word])
    most = _RANKED if everywhere else _RANKED * _MORE
    asked: list[str] = []
    so_far = 0
    for word in known[:_RAREST]:
        so_far += pages[word]
        if asked and so_far > most:
            break
        asked.append(word)
    return asked
