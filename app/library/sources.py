"""The SQL of a calculation: which facts are read in which order, and what they must be.

Every piece of SQL is fixed text; names, texts, numbers and days are bound.  The order of
the joins is fixed (``CROSS JOIN``): what leaves the fewest records is read first, and every
further column is looked up by the table's own key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlite_utils import Database

from app.library.calculation import OF_NUMBERS, Column, Operator
from app.library.columns import NAME, TYPE, Form
from app.library.facts import OWN, State, column_ids, type_ids
from app.library.plans import Plan, Test, day_numbers
from app.library.queries import some
from app.library.rows import Part

OF_DAY = State.NO_DAY | State.DOUBTFUL_DAY | State.UNREADABLE_DAY
_OF_MONEY = State.NO_CURRENCY | State.DOUBTFUL_CURRENCY
_NONE = State.MISSING | State.NONE
_NOBODY = -1  # the number of a column or a type that no record has

# What leaves the fewest records comes first; what holds for most comes after the values.
_FIRST = (Operator.IS, Operator.HAS, Operator.IN, Operator.LEAST, Operator.MOST)
_MET = {
    (Operator.IS, Form.TEXT): "{0}.folded = ?",
    (Operator.IS, Form.NUMBER): "{0}.number = ?",
    (Operator.HAS, Form.TEXT): "instr({0}.folded, ?) > 0",
    (Operator.LACKS, Form.TEXT): "({0}.folded IS NULL OR instr({0}.folded, ?) = 0)",
    (Operator.LEAST, Form.NUMBER): "{0}.number >= ?",
    (Operator.MOST, Form.NUMBER): "{0}.number <= ?",
    (Operator.IN, Form.DATE): "{0}.number BETWEEN ? AND ?",
}
_MISSING = f"{{0}}.state & {int(_NONE)} <> 0"
_PRESENT = f"{{0}}.state & {int(_NONE)} = 0"


@dataclass(frozen=True, slots=True)
class Known:
    """What the tables of facts know of a plan's names: the numbers that stand for them."""

    columns: dict[Column, int]
    types: dict[str, int]
    has_trash: bool

    @classmethod
    def of(cls, db: Database) -> Known:
        trash = db.execute("SELECT 1 FROM records WHERE trashed = 1 LIMIT 1").fetchone()
        return cls(column_ids(db), type_ids(db), trash is not None)


@dataclass
class Source:
    """Facts joined row by row, and conditions on them."""

    aliases: dict[Column, str] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)
    of_tables: list[object] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    of_conditions: list[object] = field(default_factory=list)

    def where(self, condition: str, *values: object) -> None:
        self.conditions.append(condition)
        self.of_conditions += values

    def sql(self, selected: str, rest: str = "") -> str:
        tables, conditions = "".join(self.tables), " AND ".join(self.conditions)
        return f"SELECT {selected} FROM {tables} WHERE {conditions} {rest}"  # noqa: S608 - only fixed text

    @property
    def parameters(self) -> list[object]:
        return [*self.of_tables, *self.of_conditions]


def anchor_of(plan: Plan) -> Column:
    """A column that every counted row has: its facts carry the row's date."""
    asked = plan.calculation
    mentioned = [asked.of, *(test.column for test in plan.tests), asked.by]
    return next((c for c in mentioned if c is not None and c != TYPE and c.part is plan.part), NAME)


def rows_counted(plan: Plan, known: Known, *also: Column) -> Source:
    """The rows that meet all conditions; ``also`` are columns that are to be read as well."""
    first = [test.column for operator in _FIRST for test in plan.tests if test.operator is operator]
    of = [] if plan.calculation.of is None else [plan.calculation.of]
    then = [test.column for test in plan.tests]
    source = _joined(plan, known, [*first, *of, anchor_of(plan), *then, *also])
    for test in plan.tests:
        source.where(_met(source, test), *test.values)
    if plan.has_period:
        source.where(_in_period(plan, source), *day_numbers(plan.days))
    if plan.calculation.measure in OF_NUMBERS and plan.calculation.of is not None:
        source.where(f"{source.aliases[plan.calculation.of]}.number IS NOT NULL")
    return source


def rows_in_doubt(plan: Plan, known: Known, column: Column, matter: State) -> Source:
    """The rows with one of these matters in ``column`` that may meet all other conditions."""
    then = [test.column for test in plan.tests]
    source = _joined(plan, known, [column, anchor_of(plan), *then], in_doubt=True)
    source.where(f"f0.state <> 0 AND f0.state & {int(matter)} <> 0")
    if matter & _OF_MONEY:
        source.where("f0.number IS NOT NULL")
    _maybe(plan, source, but=column, matter=matter)
    return source


def rows_considered(plan: Plan, known: Known, but: Column | None, matter: State) -> Source:
    """The rows that may meet all conditions but those on the column that is in doubt."""
    tests = [test for test in plan.tests if test.column != but]
    first = [test.column for operator in _FIRST for test in tests if test.operator is operator]
    source = _joined(plan, known, [*first, anchor_of(plan), *(test.column for test in tests)])
    _maybe(plan, source, but=but, matter=matter)
    return source


def only_records(source: Source, record_ids: Iterable[int]) -> Source:
    """``source`` narrowed to these records."""
    source.where("f0.record IN (SELECT value FROM json_each(?))", some(record_ids))
    return source


def _joined(
    plan: Plan, known: Known, columns: Sequence[Column], *, in_doubt: bool = False
) -> Source:
    source = Source()
    row: str | None = None
    for column in columns:
        if column in source.aliases or column == TYPE:
            continue
        alias = f"f{len(source.aliases)}"
        source.aliases[column] = alias
        number = known.columns.get(column, _NOBODY)
        if alias == "f0":
            source.tables.append("facts f0" + (" INDEXED BY facts_in_doubt" if in_doubt else ""))
            source.where("f0.name = ?", number)
        else:
            line = "0" if column.part is Part.FIELDS else row and f"{row}.line"
            same_line = f" AND {alias}.line = {line}" if line else ""
            source.tables.append(
                f" CROSS JOIN facts {alias} ON {alias}.name = ?"
                f" AND {alias}.record = f0.record{same_line}"
            )
            source.of_tables.append(number)
        if column.part is not Part.FIELDS:
            row = row or alias
    if plan.types is not None:
        numbers = [known.types.get(name, _NOBODY) for name in plan.types] or [_NOBODY]
        source.where(f"f0.type IN ({', '.join('?' * len(numbers))})", *numbers)
    if known.has_trash:
        source.where("f0.record NOT IN (SELECT id FROM records WHERE trashed = 1)")
    return source


def _met(source: Source, test: Test) -> str:
    alias = source.aliases[test.column]
    if test.operator is Operator.MISSING:
        return _MISSING.format(alias)
    if test.operator is Operator.PRESENT:
        return _PRESENT.format(alias)
    return _MET[test.operator, test.form].format(alias)


def _in_period(plan: Plan, source: Source) -> str:
    return f"{source.aliases[anchor_of(plan)]}.day BETWEEN ? AND ?"


def _maybe(plan: Plan, source: Source, *, but: Column | None, matter: State) -> None:
    """Every condition is met, or what it asks about is in doubt."""
    for test in plan.tests:
        if test.column == but and matter & OWN:
            continue
        met = _met(source, test)
        if not test.asks_whether_there_is_one:
            met = f"({met} OR {source.aliases[test.column]}.state & {int(OWN)} <> 0)"
        source.where(met, *test.values)
    if plan.has_period and not matter & OF_DAY:
        alias = source.aliases[anchor_of(plan)]
        met = f"({_in_period(plan, source)} OR {alias}.state & {int(OF_DAY)} <> 0)"
        source.where(met, *day_numbers(plan.days))
