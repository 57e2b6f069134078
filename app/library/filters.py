"""Filters: which documents, and which of their pages, a search is narrowed to.

What a filter says of a record holds for the record's own pages: of a file with two
receipts, the page of the one that is meant is found.  A page belongs to the record that
begins last at or before it (what precedes the first one, to the first one).
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sqlite_utils import Database

from app.document_types import document_types
from app.library.columns import DATES
from app.library.passages import PAGE_BITS, PAGE_MASK, row_of
from app.library.queries import ids_of, some
from app.library.rows import State
from app.library.text import comparable, fold

_AMOUNTS = ("gross", "closing")
_SELLERS = ("seller",)
_FEW = 1_000  # documents
_PIECES = re.compile("[0-9]+|[^0-9 ]+")

# The record of a page; {row} is the passage.
_OF_PAGE = (
    "r.first_page = coalesce((SELECT max(first_page) FROM records"  # noqa: S608 - only fixed text
    f" WHERE document_id = r.document_id AND first_page <= {{row}} & {PAGE_MASK}),"
    " (SELECT min(first_page) FROM records WHERE document_id = r.document_id))"
)
# The pages of files with several records that belong to none of the wanted ones: the
# file's name and note may be what is asked for, and they stand on its first page.
_OF_OTHERS = (
    "SELECT t.row FROM (SELECT DISTINCT document_id FROM records WHERE position > 0) m"  # noqa: S608 - only fixed text
    f" CROSS JOIN passage_texts t ON t.row BETWEEN m.document_id << {PAGE_BITS}"
    f" AND m.document_id << {PAGE_BITS} | {PAGE_MASK}"
    " WHERE NOT EXISTS (SELECT 1 FROM records r WHERE r.document_id = m.document_id"
    f" AND {_OF_PAGE.format(row='t.row')} AND "
)


class Among(StrEnum):
    """Which documents are searched."""

    ALL = ""  # all but the trash
    LOOK = "look"  # something asks for a look
    DONE = "done"  # read, and nothing asks for a look
    TRASH = "trash"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a hit's document and record must be.

    Its record must be of ``document_type``, from a seller whose name holds each word of
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
class Condition:
    """A piece of SQL and its parameters; ``few`` if it leaves the pages of few documents."""

    sql: str
    parameters: tuple[object, ...] = ()
    few: bool = False


def of_record(filters: Filters) -> Condition | None:
    """What a record ``r`` must be, looked up record by record; ``None`` if it may be any."""
    return _of_records(
        filters, "EXISTS (SELECT 1 FROM sort_keys WHERE record_id = r.id AND {values})"
    )


def of_passages(db: Database, filters: Filters, in_names: str) -> Condition:
    """What is added to a match of ``passages`` that may be many: it makes sets once.

    ``in_names`` is the match for what names and notes alone hold.
    """
    state = _of_state(db, filters, "passages.rowid")
    wanted = _of_records(filters, "r.id IN (SELECT record_id FROM sort_keys WHERE {values})")
    each = of_record(filters)
    if wanted is None or each is None:
        return state
    documents = ids_of(
        db,
        f"SELECT r.document_id AS id FROM records r WHERE {wanted.sql}",  # noqa: S608 - only fixed text
        wanted.parameters,
    )
    first, last = (min(documents), max(documents)) if documents else (0, 0)
    sql = " AND passages.rowid BETWEEN ? AND ?" + state.sql
    sql += _in("passages.rowid", "IN (SELECT value FROM json_each(?))")
    parameters: list[object] = [row_of(first, 0), row_of(last, PAGE_MASK)]
    parameters += [*state.parameters, some(documents)]
    if db.execute("SELECT 1 FROM records WHERE position > 0 LIMIT 1").fetchone():
        sql += (
            f" AND passages.rowid NOT IN ({_OF_OTHERS}{each.sql})"  # noqa: S608 - only fixed text
            " AND t.row NOT IN (SELECT rowid FROM labels WHERE labels MATCH ?))"
        )
        parameters += [*each.parameters, in_names]
    return Condition(sql, tuple(parameters), few=len(documents) <= _FEW)


def of_passage(db: Database, filters: Filters, *, of_name: bool) -> Condition:
    """The same for passages that are few, as ``passage``: it looks into each of them.

    With ``of_name`` any record of the document will do, not only the page's own.
    """
    state = _of_state(db, filters, "passage")
    each = of_record(filters)
    if each is None:
        return state
    own = "" if of_name else f" AND {_OF_PAGE.format(row='passage')}"
    sql = (
        f"{state.sql} AND EXISTS (SELECT 1 FROM records r"  # noqa: S608 - only fixed text
        f" WHERE r.document_id = passage >> {PAGE_BITS}{own} AND {each.sql})"
    )
    return Condition(sql, (*state.parameters, *each.parameters))


def _of_state(db: Database, filters: Filters, row: str) -> Condition:
    if filters.among is Among.ALL:
        if not db.execute("SELECT 1 FROM documents WHERE trashed = 1 LIMIT 1").fetchone():
            return Condition("")
        return Condition(_in(row, "NOT IN (SELECT id FROM documents WHERE trashed = 1)"))
    if filters.among is Among.TRASH:
        return Condition(_in(row, "IN (SELECT id FROM documents WHERE trashed = 1)"))
    state = State.ATTENTION if filters.among is Among.LOOK else State.READY
    return Condition(
        _in(row, "IN (SELECT id FROM documents WHERE trashed = 0 AND state = ?)"), (state,)
    )


def _of_records(filters: Filters, with_values: str) -> Condition | None:
    parts: list[str] = []
    parameters: list[object] = []
    if filters.document_type:
        parts.append("r.document_type = ?")
        parameters.append(filters.document_type)
    for roles, condition, values in _of_values(filters):
        keys = "key IN (SELECT value FROM json_each(?))"
        parts.append(with_values.format(values=f"{keys} AND {condition}"))
        parameters += [json.dumps(sorted(_keys(filters.document_type, roles))), *values]
    return Condition(" AND ".join(parts), tuple(parameters)) if parts else None


def _in(row: str, documents: str) -> str:
    return f" AND ({row} >> {PAGE_BITS}) {documents}"


def _of_values(filters: Filters) -> Iterator[tuple[tuple[str, ...], str, list[object]]]:
    if pieces := _pieces(filters.supplier):
        yield _SELLERS, " AND ".join(["instr(sort, ?) > 0"] * len(pieces)), [*pieces]
    if filters.since is not None or filters.until is not None:
        since, until = filters.since or dt.date.min, filters.until or dt.date.max
        yield DATES, "sort BETWEEN ? AND ?", [since.isoformat(), until.isoformat()]
    if filters.least is not None or filters.most is not None:
        least = float("-inf") if filters.least is None else float(filters.least)
        most = float("inf") if filters.most is None else float(filters.most)
        yield _AMOUNTS, "sort BETWEEN ? AND ?", [least, most]


def _pieces(supplier: str) -> list[str]:
    """What a seller's sort key must hold.

    Numbers stand by themselves, because there they are filled up with zeros in front.
    """
    return list(dict.fromkeys(_PIECES.findall(fold(comparable(supplier)))))


def _keys(document_type: str, roles: Sequence[str]) -> set[str]:
    """The keys that play one of ``roles`` in this type ("": in any)."""
    return {
        column.key
        for definition in document_types().values()
        if definition.name == (document_type or definition.name)
        for column in definition.fields
        if column.role in roles
    }
