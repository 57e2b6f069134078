"""A calculation made ready: every name looked up, every value brought to its form.

Which types take part.  Those that are named; or else all that have every column that the
calculation mentions, but in a sum, an average, a smallest or a largest value only those
whose amounts may stand together (``DocumentType.adding``): what stays apart takes part if
nothing else has the columns.  What takes back (a credit note) is subtracted in a sum of
money over several types; an average, a smallest or a largest value leaves it out unless it
is named, and then takes its amounts as they are printed.

What is dated by what.  A document by its issue, a statement by the end of its period, a
type with neither by its first date; a line by its own date where it has one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from app.document_types import Adding, DocumentType, Kind
from app.library.calculation import (
    OF_NUMBERS,
    Bucket,
    Calculation,
    Column,
    Condition,
    Measure,
    Operator,
)
from app.library.columns import (
    NAME,
    TYPE,
    Form,
    date_column,
    form_of,
    kind_of,
    operators_of,
    row_date_column,
    types_named,
)
from app.library.facts import LARGEST, MOST_TEXT, SCALE, day_number
from app.library.periods import Days, days_of
from app.library.rows import Part
from app.library.text import comparable, fold

_MOST_CONDITIONS = 20
_WITHOUT_SPACES = (Kind.IBAN, Kind.VAT_ID)

Value = str | int


@dataclass(frozen=True, slots=True)
class Test:
    """A condition made ready: ``values`` are what its SQL takes, in order."""

    column: Column
    operator: Operator
    form: Form
    values: tuple[Value, ...] = ()

    @property
    def asks_whether_there_is_one(self) -> bool:
        """Whether a missing value answers it."""
        return self.operator in (Operator.MISSING, Operator.PRESENT)


@dataclass(frozen=True, slots=True)
class Plan:
    """A calculation made ready.

    ``part`` is whose rows are counted.  ``types`` are the document types that take part,
    ``None`` for whatever there is.  ``days`` is the period, ``dated_by`` the column that
    gaps in it are told of.  ``by_days`` groups by the date that records are counted by.
    ``money``: what is worked out has a currency.
    """

    calculation: Calculation
    part: Part
    types: tuple[str, ...] | None
    tests: tuple[Test, ...]
    days: Days
    dated_by: Column | None
    by_days: bool
    of_form: Form
    by_form: Form
    bucket: Bucket
    money: bool
    subtracted: tuple[str, ...]

    @property
    def has_period(self) -> bool:
        return self.days != (None, None)


def plan_of(calculation: Calculation, today: dt.date) -> Plan:
    """``calculation`` made ready for ``today``.

    Raises ``ValueError`` with a sentence for what cannot be worked out: a column or a type
    that there is not, a comparison that its values do not have, no days, no number.
    """
    _check_shape(calculation)
    by_days = calculation.by is None and calculation.bucket is not Bucket.NONE
    days = days_of(calculation.period, today) if calculation.period else (None, None)
    dated = by_days or bool(calculation.period)
    part = _part(calculation)
    definitions = _taking_part(calculation, dated)
    kinds = {column: _one_kind(definitions, column) for column in calculation.columns}
    of, measure = calculation.of, calculation.measure
    if of is not None and measure in OF_NUMBERS and form_of(kinds[of]) is not Form.NUMBER:
        raise ValueError(f"“{of.name}” holds no numbers that could be added up or compared.")
    by_form = Form.DATE if calculation.by is None else form_of(kinds[calculation.by])
    if calculation.by is not None and by_form is not Form.DATE and calculation.bucket:
        raise ValueError(f"“{calculation.by.name}” holds no dates to be put together.")
    money = of is not None and kinds[of] is Kind.AMOUNT
    definitions, subtracted = _adding(calculation, definitions, money=money)
    free = not calculation.kinds and not dated and all(c in (NAME, TYPE) for c in kinds)
    types = tuple(definition.name for definition in definitions)
    return Plan(
        calculation=calculation,
        part=part,
        types=None if free and not _type_tests(calculation) else types,
        tests=tuple(
            _test(condition, kinds[condition.column], today)
            for condition in calculation.where
            if condition.column != TYPE
        ),
        days=days,
        dated_by=_dated_by(definitions, part) if dated else None,
        by_days=by_days,
        of_form=Form.TEXT if of is None else form_of(kinds[of]),
        by_form=by_form,
        bucket=calculation.bucket or Bucket.DAY,
        money=money,
        subtracted=subtracted,
    )


def _check_shape(calculation: Calculation) -> None:
    measure, of = calculation.measure, calculation.of
    if measure in OF_NUMBERS and of is None:
        raise ValueError("It is not said which amount is to be worked out.")
    if measure is Measure.COUNT and of is not None:
        raise ValueError("What is counted are documents or lines, not the values of a column.")
    if measure is Measure.LIST and (calculation.by is not None or calculation.bucket):
        raise ValueError("A list has no groups.")
    if len(calculation.where) > _MOST_CONDITIONS:
        raise ValueError(f"There can be {_MOST_CONDITIONS} conditions at most.")
    if calculation.limit < 0:
        raise ValueError("A limit is not negative.")


def _part(calculation: Calculation) -> Part:
    parts = {column.part for column in calculation.columns} - {Part.FIELDS}
    if len(parts) > 1:
        raise ValueError("Lines and tax rates cannot be worked out together.")
    return next(iter(parts), Part.FIELDS)


def _type_tests(calculation: Calculation) -> list[Condition]:
    return [condition for condition in calculation.where if condition.column == TYPE]


def _taking_part(calculation: Calculation, dated: bool) -> tuple[DocumentType, ...]:
    """The types that have all the columns and are what conditions on types ask for."""
    wanted = types_named(calculation.kinds)
    columns = calculation.columns
    for column in columns:
        if not any(kind_of(definition, column) for definition in types_named(())):
            raise ValueError(f"There is no column “{column.name[:100]}”.")
    for condition in _type_tests(calculation):
        wanted = tuple(d for d in wanted if _is_such_a_type(d, condition))
    found = []
    for definition in wanted:
        lacking = next((c for c in columns if kind_of(definition, c) is None), None)
        if lacking is None and (not dated or _has_date(definition, calculation)):
            found.append(definition)
        elif calculation.kinds:
            what = "a date" if lacking is None else f"“{lacking.name}”"
            raise ValueError(f"{definition.plural} do not have {what}.")
    if not found and not _type_tests(calculation):
        raise ValueError("No type of document has all of these columns.")
    return tuple(found)


def _has_date(definition: DocumentType, calculation: Calculation) -> bool:
    own = row_date_column(definition, _part(calculation))
    return own is not None or date_column(definition) is not None


def _is_such_a_type(definition: DocumentType, condition: Condition) -> bool:
    names = {fold(definition.name), fold(definition.label), fold(definition.plural)}
    asked = fold(condition.value)
    if condition.operator is Operator.IS:
        return asked in names
    if condition.operator is Operator.HAS:
        return any(asked in name for name in names)
    if condition.operator is Operator.LACKS:
        return not any(asked in name for name in names)
    if condition.operator in (Operator.MISSING, Operator.PRESENT):
        return condition.operator is Operator.PRESENT
    raise ValueError("A document type cannot be compared like that.")


def _one_kind(definitions: Sequence[DocumentType], column: Column) -> Kind:
    """What a column's values are, in all of these types."""
    kinds = [kind for d in definitions if (kind := kind_of(d, column)) is not None]
    if len({form_of(kind) for kind in kinds}) > 1:
        raise ValueError(
            f"“{column.name}” is not the same in all of these types: choose one of them."
        )
    # Money in one of them is money: only what is no money anywhere goes without a currency.
    return Kind.AMOUNT if Kind.AMOUNT in kinds else kinds[0] if kinds else Kind.TEXT


def _adding(
    calculation: Calculation, definitions: tuple[DocumentType, ...], *, money: bool
) -> tuple[tuple[DocumentType, ...], tuple[str, ...]]:
    """The types whose values stand together, and the names of those that are subtracted."""
    adds = calculation.measure in OF_NUMBERS
    subtracts = money and calculation.measure is Measure.SUM
    if adds and not calculation.kinds:
        together = (Adding.ADDED, Adding.SUBTRACTED) if subtracts else (Adding.ADDED,)
        definitions = tuple(d for d in definitions if d.adding in together) or definitions
    taken_off = tuple(d.name for d in definitions if d.adding is Adding.SUBTRACTED)
    several = len(definitions) > len(taken_off)
    return definitions, taken_off if subtracts and several else ()


def _dated_by(definitions: Sequence[DocumentType], part: Part) -> Column | None:
    for definition in definitions:
        column = row_date_column(definition, part) or date_column(definition)
        if column is not None:
            return column
    return None


def _test(condition: Condition, kind: Kind, today: dt.date) -> Test:
    column, operator = condition.column, condition.operator
    if operator not in operators_of(kind):
        raise ValueError(f"“{column.name}” cannot be compared with “{operator}”.")
    form = form_of(kind)
    values: tuple[Value, ...] = ()
    if operator is Operator.IN:
        values = day_numbers(days_of(condition.value, today))
    elif form is Form.NUMBER and operator not in (Operator.MISSING, Operator.PRESENT):
        values = (_number(condition.value),)
    elif operator in (Operator.IS, Operator.HAS, Operator.LACKS):
        values = (_text(condition.value, kind),)
    return Test(column, operator, form, values)


def day_numbers(days: Days) -> tuple[int, int]:
    """A period as the numbers that days are stored as, an open side as far as days go."""
    since, until = days
    return day_number(since or dt.date.min), day_number(until or dt.date.max)


def _number(value: str) -> int:
    """A number in millionths; one that no stored amount reaches as what lies beyond them."""
    digits = value.removeprefix("-")
    whole, _, decimals = digits.partition(".")
    if (
        not (whole.isascii() and whole.isdecimal() and len(whole) <= 30)
        or (decimals and not (decimals.isascii() and decimals.isdecimal()))
        or len(decimals) > SCALE
        or digits.endswith(".")
    ):
        raise ValueError(f"“{value[:100]}” is not a number with {SCALE} decimals at most.")
    number = int(whole + decimals.ljust(SCALE, "0"))
    number = -number if value.startswith("-") else number
    return max(-LARGEST - 1, min(LARGEST + 1, number))


def _text(value: str, kind: Kind) -> str:
    if len(value) > MOST_TEXT:
        raise ValueError("The text that is looked for is too long.")
    folded = fold(comparable(value))
    if kind in _WITHOUT_SPACES:
        folded = folded.replace(" ", "")
    if not folded:
        raise ValueError("It is not said which text is looked for.")
    return folded
