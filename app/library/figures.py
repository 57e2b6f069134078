"""Figures: what a calculation comes to, worked out by the database.

Money is added in whole millionths, so a sum is exact; amounts of different currencies never
meet.  Where groups have several currencies, they stand in the order of the currency that
most rows are in; groups without it come after.  Months and days in which nothing is dated
are not invented.

Gaps.  A record could have changed the answer if nothing that is known for certain keeps it
out: what fails a condition with a sound value is out, and what is missing, doubtful or not
readable in a column decides nothing.  Such records are counted for each column and matter.
They are *among* the records that meet, or may meet, all conditions on other columns.
A value that a person has confirmed to be absent is no gap.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from sqlite_utils import Database

from app.errors import Code, problem
from app.library.calculation import (
    Bucket,
    Calculation,
    Column,
    Figure,
    Figures,
    Gap,
    Measure,
    Order,
    Why,
)
from app.library.columns import NAME, TYPE, Form
from app.library.facts import OWN, SCALE, State, amount_of, day_number
from app.library.plans import Plan, plan_of
from app.library.queries import ids_of, some
from app.library.rows import State as Standing
from app.library.sources import (
    OF_DAY,
    Known,
    Source,
    anchor_of,
    only_records,
    rows_considered,
    rows_counted,
    rows_in_doubt,
)
from app.library.store import Shelf
from app.library.text import fold, letters, plain_number

SECONDS = 20.0
_STEPS = 20_000  # of SQLite's machine, a few milliseconds, between two looks at the clock
_CURRENCY = Column("currency")
_NUMBER = Column("number")
_UNREAD = (
    Standing.WAITING,
    Standing.READING,
    Standing.FAILED,
    Standing.LOCKED,
    Standing.CANCELLED,
)
_BUCKETS = {
    Bucket.DAY: "{0}",
    Bucket.MONTH: "{0} / 100",
    Bucket.QUARTER: "{0} / 10000 * 10 + ({0} / 100 % 100 + 2) / 3",
    Bucket.YEAR: "{0} / 10000",
}
_SIGNED = "CASE WHEN {2} AND {0}.state & {1} = 0 THEN -{0}.number ELSE {0}.number END"
_OWN = (
    (Why.MISSING, State.MISSING),
    (Why.UNREADABLE, State.UNREADABLE),
    (Why.DOUBTFUL, State.DOUBTFUL),
)
_OF_DAY = (
    (Why.MISSING, State.NO_DAY),
    (Why.UNREADABLE, State.UNREADABLE_DAY),
    (Why.DOUBTFUL, State.DOUBTFUL_DAY),
)


class Figuring(Shelf):
    """The part of the library that works out figures."""

    def calculate(
        self, calculation: Calculation, today: dt.date, *, seconds: float = SECONDS
    ) -> Figures:
        """What ``calculation`` comes to, with relative periods counted from ``today``.

        Raises ``ValueError`` with a sentence for what cannot be worked out (a column or type
        that there is not, days that there are not …), ``ProblemError``
        (``calculation_too_long``) if it would take more than ``seconds``.
        """
        plan = plan_of(calculation, today)
        with self._within(seconds) as db:
            known = Known.of(db)
            if calculation.measure is Measure.LIST:
                figures = _listed(db, plan, known)
            else:
                figures = _worked_out(db, plan, known)
            gaps = tuple(_gaps(db, plan, known, figures.rows))
        since, until = plan.days
        return replace(
            figures,
            gaps=gaps,
            since="" if since is None else since.isoformat(),
            until="" if until is None else until.isoformat(),
        )

    def behind(
        self, calculation: Calculation, today: dt.date, figure: Figure, *, seconds: float = SECONDS
    ) -> list[int]:
        """The ids of the records that ``figure`` of ``calculation`` was made of, by date.

        Of a smallest or largest value, those that have it.
        """
        plan = plan_of(calculation, today)
        with self._within(seconds) as db:
            known = Known.of(db)
            source = _with_group(plan, known)
            _only_group(plan, known, source, figure.group)
            of = plan.calculation.of
            if of is not None:
                alias = source.aliases[of]
                if plan.money:
                    source.where(f"coalesce({alias}.currency, '') = ?", figure.currency)
                if calculation.measure in (Measure.SMALLEST, Measure.LARGEST):
                    number = int(figure.value.scaleb(SCALE).to_integral_value())
                    source.where(f"{alias}.number = ?", max(-(2**63), min(2**63 - 1, number)))
            return _records(db, source, _by_date(plan, source))

    def in_gap(
        self, calculation: Calculation, today: dt.date, gap: Gap, *, seconds: float = SECONDS
    ) -> list[int]:
        """The ids of the records in a gap of ``calculation``, in the order of adding.

        None for documents that are not read (:meth:`unread` has those).
        """
        plan = plan_of(calculation, today)
        with self._within(seconds) as db:
            known = Known.of(db)
            if gap.why is Why.TWICE:
                return sorted(_twice(db, plan, known))
            for doubt in _doubts(plan):
                for why, told, state in doubt.matters:
                    if (why, told) == (gap.why, gap.column):
                        source = rows_in_doubt(plan, known, doubt.column, state)
                        return _records(db, source, "f0.record")
        return []

    def unread(self) -> list[int]:
        """The ids of the documents that no figure knows: they wait, or could not be read."""
        with self._store.reading() as db:
            return sorted(_unread(db))

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[Database]:
        """A connection for reading whose queries end in time."""
        late = time.monotonic() + seconds
        with self._store.reading() as db:
            db.conn.set_progress_handler(lambda: time.monotonic() > late, _STEPS)
            try:
                yield db
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                    raise
                raise problem(Code.CALCULATION_TOO_LONG, self._store.name) from error
            finally:
                db.conn.set_progress_handler(None, 0)


class _Group(NamedTuple):  # there are tens of thousands of them, and a tuple is made faster
    """Rows of one group and currency.

    ``name`` is how they print the group, ``key`` what of it is compared and ordered.
    """

    key: str
    name: str
    currency: str
    value: int
    rows: int
    subtracted: bool  # something in it was taken off


def _with_group(plan: Plan, known: Known) -> Source:
    by = plan.calculation.by
    return rows_counted(plan, known, *(() if by is None else (by,)))


def _group_of(plan: Plan, source: Source) -> str:
    """SQL of what a row's group is told by: a text as it is printed, or a number."""
    by = plan.calculation.by
    if plan.by_days:
        return _BUCKETS[plan.bucket].format(f"{source.aliases[anchor_of(plan)]}.day")
    if by is None:
        return "''"
    if by == TYPE:
        return "f0.type"
    alias = source.aliases[by]
    if plan.by_form is Form.TEXT:
        return f"{alias}.text"
    number = f"{alias}.number"
    return _BUCKETS[plan.bucket].format(number) if plan.by_form is Form.DATE else number


def _only_group(plan: Plan, known: Known, source: Source, group: str) -> None:
    """Narrow ``source`` to the rows of the group of this name."""
    key = _group_of(plan, source)
    value: object = None
    if plan.calculation.by == TYPE:
        value = known.types.get(group, -1)
    elif plan.by_days or plan.by_form is Form.DATE:
        value = _bucket_number(group, plan.bucket)
    elif plan.by_form is Form.NUMBER:
        value = int(Decimal(group).scaleb(SCALE)) if group else None
    else:
        by = plan.calculation.by
        key, value = f"coalesce({source.aliases[by]}.folded, '')" if by else "''", fold(group)
    if plan.calculation.by is not None or plan.by_days:
        source.where(f"{key} IS ?", value)


def _worked_out(db: Database, plan: Plan, known: Known) -> Figures:
    groups = _query_groups(db, plan, known)
    by_group = _merged(groups, _COMBINED[plan.calculation.measure])
    grouped = plan.by_days or plan.calculation.by is not None
    currencies = _by_frequency(groups)
    ordered = sorted(by_group.values(), key=lambda same: _place(plan, same, currencies))
    limit = plan.calculation.limit
    figures = tuple(
        _figure(plan, group)
        for same in (ordered[:limit] if limit and grouped else ordered)
        for group in sorted(same, key=lambda group: currencies[group.currency])
    )
    if not figures and not grouped and plan.calculation.measure is Measure.COUNT:
        figures = (Figure("", "", Decimal(0), 0),)
    rows = sum(group.rows for group in groups)
    return Figures(
        figures=figures,
        groups=len(by_group) if grouped else 0,
        rows=rows,
        subtracted=plan.subtracted if any(group.subtracted for group in groups) else (),
    )


def _query_groups(db: Database, plan: Plan, known: Known) -> list[_Group]:
    """The groups as the database finds them: one for each way in which a name is printed."""
    try:
        rows = _grouped_rows(db, plan, known, "sum({0})", "0")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        # The sum does not fit into 64 bits; the sums of its halves do.
        rows = _grouped_rows(db, plan, known, "sum(({0}) & 4294967295)", "sum(({0}) >> 32)")
    named: dict[str | int | None, tuple[str, str]] = {}
    groups = []
    for key, code, low, high, taken, count in rows:
        if not count:
            continue
        group = named.get(key)
        if group is None:
            group = named[key] = _named(plan, known, key)
        groups.append(_Group(*group, code, (high << 32) + low, count, bool(taken)))
    return groups


_GroupRow = tuple[str | int | None, str, int, int, int, int]


def _grouped_rows(
    db: Database, plan: Plan, known: Known, sum_low: str, sum_high: str
) -> list[_GroupRow]:
    """Group, currency, the value's lower and higher half, whether something was subtracted,
    and how many rows there are."""
    source = _with_group(plan, known)
    key = _group_of(plan, source)
    currency, low, high, taken = "''", "0", "0", "0"
    of, measure = plan.calculation.of, plan.calculation.measure
    subtracted = [known.types[name] for name in plan.subtracted if name in known.types]
    before: list[int] = []
    if of is not None:
        alias = source.aliases[of]
        number = f"{alias}.number"
        if plan.money:
            currency = f"coalesce({alias}.currency, '')"
        if measure in (Measure.SMALLEST, Measure.LARGEST):
            low = f"{'min' if measure is Measure.SMALLEST else 'max'}({number})"
        else:
            if subtracted:
                taken_off = f"f0.type IN ({_places(subtracted)})"
                number = _SIGNED.format(alias, int(State.NEGATIVE), taken_off)
                taken = f"max({taken_off})"
                before = subtracted * (2 if sum_high == "0" else 3)
            low, high = sum_low.format(number), sum_high.format(number)
    grouped = [place for place, sql in ((1, key), (2, currency)) if sql != "''"]
    rest = f"GROUP BY {', '.join(map(str, grouped))}" if grouped else ""
    selected = f"{key}, {currency}, {low}, {high}, {taken}, count(*)"
    rows: list[_GroupRow] = db.execute(
        source.sql(selected, rest), [*before, *source.parameters]
    ).fetchall()
    return rows


def _places(values: Sequence[object]) -> str:
    """As many places for values as there are values."""
    return ", ".join("?" * len(values))


def _named(plan: Plan, known: Known, key: str | int | None) -> tuple[str, str]:
    """What a group is compared and ordered by, and its name."""
    if key is None or key == "":
        return "", ""
    if isinstance(key, str):
        return fold(key), " ".join(key.split())
    if plan.calculation.by == TYPE:
        word = next((word for word, number in known.types.items() if number == key), "")
        return word, word
    if plan.by_days or plan.by_form is Form.DATE:
        day = _bucket_day(key, plan.bucket)
        return day, day
    return f"{key + 2**63:020}", plain_number(amount_of(key))


_COMBINED: dict[Measure, Callable[[Iterable[int]], int]] = {
    Measure.COUNT: sum,
    Measure.SUM: sum,
    Measure.AVERAGE: sum,
    Measure.SMALLEST: min,
    Measure.LARGEST: max,
}


def _merged(
    groups: Sequence[_Group], together: Callable[[Iterable[int]], int]
) -> dict[str, list[_Group]]:
    """The groups by key, each with its currencies, under the name that is printed most.

    Names that are the same but for case and accents are one group.
    """
    by_key: dict[str, list[_Group]] = {}
    for group in groups:
        by_key.setdefault(group.key, []).append(group)
    for key, same in by_key.items():
        one_name = len(same) == 1 or all(group.name == same[0].name for group in same)
        if one_name and len({group.currency for group in same}) == len(same):
            continue
        printed: dict[str, int] = {}
        currencies: dict[str, list[_Group]] = {}
        for group in same:
            printed[group.name] = printed.get(group.name, 0) + group.rows
            currencies.setdefault(group.currency, []).append(group)
        name = min(printed, key=lambda one: (-printed[one], one))
        by_key[key] = [
            _Group(
                key,
                name,
                currency,
                together(group.value for group in alike),
                sum(group.rows for group in alike),
                any(group.subtracted for group in alike),
            )
            for currency, alike in currencies.items()
        ]
    return by_key


def _by_frequency(groups: Iterable[_Group]) -> dict[str, int]:
    """The place of each currency: what most rows are in comes first, an unknown one last."""
    rows: dict[str, int] = {}
    for group in groups:
        rows[group.currency] = rows.get(group.currency, 0) + group.rows
    ordered = sorted(rows, key=lambda code: (not code, -rows[code], code))
    return {code: place for place, code in enumerate(ordered)}


def _place(
    plan: Plan, same: Sequence[_Group], currencies: dict[str, int]
) -> tuple[int, Decimal | int, bool, str]:
    """Where a group stands among the others; ``same`` are its currencies."""
    key = same[0].key
    order, measure = plan.calculation.order, plan.calculation.measure
    if order is Order.GROUP:
        return 0, 0, not key, key
    first = min(same, key=lambda group: currencies[group.currency])
    value: Decimal | int = first.value
    if measure is Measure.COUNT:
        value = first.rows
    elif measure is Measure.AVERAGE:
        value = _value(plan, first)
    return currencies[first.currency], -value if order is Order.HIGHEST else value, not key, key


def _value(plan: Plan, group: _Group) -> Decimal:
    if plan.calculation.measure is Measure.COUNT:
        return Decimal(group.rows)
    value = amount_of(group.value)
    if plan.calculation.measure is Measure.AVERAGE:
        value = (value / group.rows).quantize(amount_of(1))
    return Decimal(plain_number(value))


def _figure(plan: Plan, group: _Group) -> Figure:
    return Figure(group.name, group.currency, _value(plan, group), group.rows)


def _bucket_day(number: int, bucket: Bucket) -> str:
    """The first day of a bucket from the number that groups it."""
    year, month, day = number, 1, 1
    if bucket is Bucket.QUARTER:
        year, month = number // 10, number % 10 * 3 - 2
    elif bucket is Bucket.MONTH:
        year, month = divmod(number, 100)
    elif bucket is Bucket.DAY:
        year, month, day = number // 10_000, number // 100 % 100, number % 100
    return dt.date(year, month, day).isoformat()


def _bucket_number(name: str, bucket: Bucket) -> int | None:
    """The number that groups the bucket that begins on this day; ``None`` for no date."""
    if not name:
        return None
    day = dt.date.fromisoformat(name)
    return {
        Bucket.YEAR: day.year,
        Bucket.QUARTER: day.year * 10 + (day.month + 2) // 3,
        Bucket.MONTH: day.year * 100 + day.month,
    }.get(bucket, day_number(day))


def _listed(db: Database, plan: Plan, known: Known) -> Figures:
    of, order = plan.calculation.of, plan.calculation.order
    source = rows_counted(plan, known)
    if of is None or order is Order.GROUP:
        total = int(db.execute(source.sql("count(*)"), source.parameters).fetchone()[0])
        ids = _records(db, source, _by_date(plan, source, down=order is Order.HIGHEST))
    elif plan.money:
        total, ids = _by_money(db, plan, known)
    else:
        column = "folded" if plan.of_form is Form.TEXT else "number"
        total = int(db.execute(source.sql("count(*)"), source.parameters).fetchone()[0])
        ids = _records(db, source, _by_value(f"{source.aliases[of]}.{column}", order))
    limit = plan.calculation.limit
    return Figures(listed=tuple(ids[:limit] if limit else ids), rows=total)


def _by_money(db: Database, plan: Plan, known: Known) -> tuple[int, list[int]]:
    """How many rows there are, and the records: a currency's after the other's."""
    of = plan.calculation.of
    source = rows_counted(plan, known)
    alias = source.aliases[of] if of is not None else ""
    groups = [
        _Group("", "", code, 0, rows, False)
        for code, rows in db.execute(
            source.sql(f"coalesce({alias}.currency, ''), count(*)", "GROUP BY 1"),
            source.parameters,
        )
    ]
    ids: dict[int, None] = {}
    for code in _by_frequency(groups):
        if plan.calculation.limit and len(ids) >= plan.calculation.limit:
            break
        source = rows_counted(plan, known)
        source.where(f"coalesce({alias}.currency, '') = ?", code)
        order = _by_value(f"{alias}.number", plan.calculation.order)
        ids.update(dict.fromkeys(_records(db, source, order)))
    return sum(group.rows for group in groups), list(ids)


def _by_value(value: str, order: Order) -> str:
    down = " DESC" if order is Order.HIGHEST else ""
    return f"{value} IS NULL, {value}{down}, f0.record"


def _by_date(plan: Plan, source: Source, *, down: bool = False) -> str:
    return _by_value(
        f"{source.aliases[anchor_of(plan)]}.day", Order.HIGHEST if down else Order.LOWEST
    )


def _records(db: Database, source: Source, order: str) -> list[int]:
    """The records of ``source`` in this order, each once."""
    ids = ids_of(db, source.sql("f0.record AS id", f"ORDER BY {order}"), source.parameters)
    return list(dict.fromkeys(ids))


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Matters of a column: why they could have changed the figures, and of which column they
    are told."""

    column: Column
    matters: tuple[tuple[Why, Column, State], ...]


def _doubts(plan: Plan) -> list[_Doubt]:
    """All that can be in doubt in ``plan``, in the order in which it is told."""
    of, by = plan.calculation.of, plan.calculation.by
    tested = [test.column for test in plan.tests if not test.asks_whether_there_is_one]
    found: list[_Doubt] = []
    for column in dict.fromkeys([*([of] if of else []), *tested, *([by] if by else [])]):
        if column not in (TYPE, NAME):
            found.append(_Doubt(column, tuple((why, column, state) for why, state in _OWN)))
        if column == of and plan.money:
            money = (
                (Why.CURRENCY, column, State.NO_CURRENCY),
                (Why.DOUBTFUL, _CURRENCY, State.DOUBTFUL_CURRENCY),
            )
            found.append(_Doubt(column, money))
    told = plan.dated_by
    if told is not None and told not in (doubt.column for doubt in found):
        days = tuple((why, told, state) for why, state in _OF_DAY)
        found.append(_Doubt(anchor_of(plan), days))
    return found


def _gaps(db: Database, plan: Plan, known: Known, counted: int) -> Iterator[Gap]:
    considered: dict[tuple[Column | None, bool], int] = {}
    tested = {test.column for test in plan.tests}
    for doubt in _doubts(plan):
        states = [state for _, _, state in doubt.matters]
        every = states[0] | states[1] | states[-1]
        source = rows_in_doubt(plan, known, doubt.column, every)
        sums = ", ".join(f"sum(f0.state & {int(state)} <> 0)" for state in states)
        counts = db.execute(source.sql(sums), source.parameters).fetchone()
        for (why, told, state), count in zip(doubt.matters, counts, strict=True):
            if not count:
                continue
            own = bool(state & OWN) and doubt.column in tested
            key = (doubt.column if own else None, bool(state & OF_DAY))
            if key not in considered:
                source = rows_considered(plan, known, key[0], state)
                row = db.execute(source.sql("count(*)"), source.parameters).fetchone()
                considered[key] = int(row[0])
            yield Gap(why, told, int(count), considered[key])
    if twice := _twice(db, plan, known):
        yield Gap(Why.TWICE, None, len(twice), counted)
    if unread := _unread(db):
        among = db.execute(
            "SELECT count(*) FROM documents WHERE trashed = 0 AND state <> ?",
            [Standing.CONTAINER],
        ).fetchone()
        yield Gap(Why.UNREAD, None, len(unread), int(among[0]))


def _twice(db: Database, plan: Plan, known: Known) -> set[int]:
    """The counted records that are probably the same bill as another counted one.

    The same seller, total and number; or the same date, where one of the two has no number.
    """
    if plan.calculation.measure in (Measure.SMALLEST, Measure.LARGEST):
        return set()
    bills = db.execute(
        "SELECT b.bill, b.record_id FROM shared_bills s CROSS JOIN bills b ON b.bill = s.bill"
    ).fetchall()
    source = only_records(rows_counted(plan, known), {record_id for _, record_id in bills})
    counted = set(_records(db, source, "f0.record"))
    numbers = dict(
        db.execute(
            "SELECT record, folded FROM facts WHERE name = ?"
            " AND record IN (SELECT value FROM json_each(?)) AND line = 0",
            [known.columns.get(_NUMBER, -1), some(counted)],
        ).fetchall()
    )
    same: dict[str, list[int]] = {}
    for bill, record_id in bills:
        if record_id in counted:
            same.setdefault(bill, []).append(record_id)
    found: set[int] = set()
    for records in same.values():
        marks = [letters(numbers.get(record_id) or "") for record_id in records]
        told_apart = "" not in marks
        for record_id, mark in zip(records, marks, strict=True):
            if len(records) > 1 and not (told_apart and marks.count(mark) == 1):
                found.add(record_id)
    return found


def _unread(db: Database) -> list[int]:
    """The documents whose records are not in the facts."""
    rows = db.execute(
        "SELECT id FROM documents d WHERE trashed = 0"
        " AND state IN (SELECT value FROM json_each(?))"
        " AND NOT EXISTS (SELECT 1 FROM records r WHERE r.document_id = d.id)"
        " UNION SELECT r.document_id FROM uncounted u JOIN records r ON r.id = u.record_id"
        " WHERE r.trashed = 0",
        [json.dumps(_UNREAD)],
    )
    return [document_id for (document_id,) in rows]
