"""A calculation's parts as they are called in the window, and what is typed into them."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QLocale

from app.asking.phrases import period_words
from app.asking.wording import kind_of
from app.desktop import words
from app.desktop.words import tr
from app.document import date_of
from app.document_types import Kind, document_types
from app.library.calculation import Bucket, Calculation, Column, Measure, Operator, Order
from app.library.columns import NAME, TYPE, columns_of, named, operators_of
from app.library.columns import Choice as ColumnChoice
from app.library.periods import is_period
from app.library.plans import plan_of
from app.library.rows import Part
from app.reading import values
from app.reading.readings import Convention

_PARTS = {part: place for place, part in enumerate(Part)}
_USUAL = (Operator.HAS, Operator.LACKS, Operator.LEAST, Operator.MOST)
NO_COLUMN = Column("")  # where none is chosen


@dataclass(frozen=True, slots=True)
class Known:
    """What the document types say about a column: its label in the user's language."""

    column: Column
    label: str
    kind: Kind


def known_columns(kinds: Sequence[str] = ()) -> tuple[Known, ...]:
    """The columns that each of these types has (none named: that any type has), fields first.

    A role that is called differently in several types bears the label that most of them
    give it; two columns that would read the same name their types.
    """
    return _known_columns(tuple(name for name in document_types() if name in kinds))


@lru_cache(maxsize=100)
def _known_columns(types: tuple[str, ...]) -> tuple[Known, ...]:
    choices = sorted(
        (choice for choice in columns_of(types) if set(types) <= set(choice.types)),
        key=lambda c: (c.column in (TYPE, NAME), _PARTS[c.column.part]),
    )
    labels = {choice.column: _label(choice) for choice in choices}
    often = Counter(labels.values())
    known = []
    for choice in choices:
        label = labels[choice.column]
        if often[label] > 1:
            plurals = [words.type_label(document_types()[name].plural) for name in choice.types]
            label = f"{label} ({', '.join(plurals)})"
        known.append(Known(choice.column, label, choice.kind))
    return tuple(known)


def _label(choice: ColumnChoice) -> str:
    column = choice.column
    if column in (TYPE, NAME):
        return words.tr(choice.label)
    definitions = [document_types()[name] for name in choice.types]
    labels = [words.type_label(named(d, column.part)[column.name].label) for d in definitions]
    most = Counter(labels).most_common(1)[0][0]
    if column.part is Part.LINES:
        lines = words.type_label(definitions[0].lines_label) or tr("Line items")
        return f"{lines}: {most}"
    return tr("Taxes: {0}").format(most) if column.part is Part.TAXES else most


def known_column(column: Column, kinds: Sequence[str] = ()) -> Known | None:
    """What is known of one column, ``None`` if documents of these types do not have it."""
    return next((known for known in known_columns(kinds) if known.column == column), None)


def column_words(column: Column, kinds: Sequence[str] = ()) -> str:
    """A column's label; its bare name if no document type has it."""
    known = known_column(column, kinds) or known_column(column)
    return known.label if known else column.name


def kinds_words(kinds: Sequence[str]) -> str:
    """The types of documents in words, "all documents" for none."""
    if not kinds:
        return tr("all documents")
    types = document_types()
    names = [words.type_label(types[k].plural).lower() if k in types else k for k in kinds]
    return listing(names)


def type_words(name: str) -> str:
    """One document type, the name itself if there is no such type."""
    found = document_types().get(name)
    return words.type_label(found.label) if found else name


def listing(names: Sequence[str]) -> str:
    """Names as people list them: "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return tr("{0} and {1}").format(", ".join(names[:-1]), names[-1])


def measure_words(measure: Measure) -> str:
    return {
        Measure.SUM: tr("the sum"),
        Measure.AVERAGE: tr("the average"),
        Measure.SMALLEST: tr("the smallest"),
        Measure.LARGEST: tr("the largest"),
        Measure.COUNT: tr("the number"),
        Measure.LIST: tr("the list"),
    }[measure]


def operator_words(operator: Operator) -> str:
    return {
        Operator.IS: tr("is"),
        Operator.HAS: tr("contains"),
        Operator.LACKS: tr("does not contain"),
        Operator.LEAST: tr("is at least"),
        Operator.MOST: tr("is at most"),
        Operator.IN: tr("is dated"),
        Operator.MISSING: tr("is missing"),
        Operator.PRESENT: tr("is there"),
    }[operator]


def operators_for(column: Column) -> tuple[Operator, ...]:
    """How a column can be compared, the most usual way first."""
    if column == TYPE:
        return (Operator.IS,)
    operators = operators_of(kind_of(column))
    if column == NAME:  # every document has one
        operators = tuple(o for o in operators if o not in (Operator.MISSING, Operator.PRESENT))
    return tuple(sorted(operators, key=lambda o: _USUAL.index(o) if o in _USUAL else len(_USUAL)))


def order_words(order: Order) -> str:
    return {
        Order.GROUP: tr("in their order"),
        Order.HIGHEST: tr("highest first"),
        Order.LOWEST: tr("lowest first"),
    }[order]


def limit_words(limit: int) -> str:
    if not limit:
        return tr("all of them")
    return tr("only the first") if limit == 1 else tr("the first {0}").format(limit)


# periods ------------------------------------------------------------------------------

_BETWEEN = re.compile(r"(?P<since>\d{4}-\d\d-\d\d)?\.\.(?P<until>\d{4}-\d\d-\d\d)?")


def ends_of(period: str) -> tuple[str, str] | None:
    """The two days (ISO 8601, one of them may be "") of a period that is made of days."""
    found = _BETWEEN.fullmatch(period)
    ends = (found["since"] or "", found["until"] or "") if found else ("", "")
    return ends if any(ends) and all(not end or date_of(end) for end in ends) else None


def dated_words(period: str) -> str:
    """A period as it reads after "dated"; what is none of them stays as it is."""
    if not period:
        return tr("at any time")
    return period_words(period) if is_period(period) else period


def bucket_words(bucket: Bucket) -> str:
    return {
        Bucket.NONE: "",
        Bucket.DAY: tr("day"),
        Bucket.MONTH: tr("month"),
        Bucket.QUARTER: tr("quarter"),
        Bucket.YEAR: tr("year"),
    }[bucket]


def unworkable(calculation: Calculation) -> str:
    """Why a calculation cannot be worked out, in a sentence; "" if it can."""
    try:
        plan_of(calculation, dt.datetime.now().astimezone().date())
    except ValueError as error:
        said = str(error)
    else:
        return ""
    for (
        column
    ) in calculation.columns:  # which it calls by the names that calculations have for them
        said = said.replace(f"“{column.name}”", f"“{column_words(column)}”")
    return said


# what is typed ------------------------------------------------------------------------


def convention() -> Convention:
    """How numbers and dates are written on this computer."""
    locale = QLocale()
    form = locale.dateFormat(QLocale.FormatType.ShortFormat)
    language = locale.name().split("_")[0]
    return Convention(
        decimal="," if locale.decimalPoint() == "," else ".",
        day_first=form.lower().find("d") < form.find("M"),
        languages=() if locale.language() == QLocale.Language.C else (language,),
    )


def typed(text: str, kind: Kind) -> str | None:
    """A number, a date or a text as a condition holds it; ``None`` if it is no such value."""
    text = text.strip()
    if kind in words.NUMERIC or kind is Kind.DATE:
        reading = values.read(kind, text, convention())
        return None if reading is None else reading.value
    return text or None
