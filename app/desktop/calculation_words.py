"""A calculation's parts as they are called in the window, and what is typed into them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QLocale

from app.desktop import words
from app.desktop.words import tr
from app.document import date_of
from app.document_types import DocumentType, FieldType, Kind, document_types
from app.library.calculation import Bucket, Column, Measure, Operator, Order
from app.library.rows import Part
from app.reading import values
from app.reading.readings import Convention

TYPE, NAME = Column("@type"), Column("@name")
DATED = "issue_date"  # the role of the day that a document bears
NO_COLUMN = Column("")  # where none is chosen


@dataclass(frozen=True, slots=True)
class Known:
    """What the document types say about a column: its label in the user's language."""

    column: Column
    label: str
    kind: Kind


def known_columns(kinds: Sequence[str] = ()) -> tuple[Known, ...]:
    """The columns that documents of these types have (none named: of all), fields first.

    A role that is called differently in several types bears the label that most of them
    give it; two columns that would read the same name their types.
    """
    named = tuple(name for name in document_types() if name in kinds)
    return _known_columns(named or tuple(document_types()))


@lru_cache(maxsize=100)
def _known_columns(types: tuple[str, ...]) -> tuple[Known, ...]:
    definitions = [document_types()[name] for name in types]
    found: dict[Column, list[tuple[DocumentType, FieldType]]] = {}
    for part in Part:
        for definition in definitions:
            for field in _fields(definition, part):
                column = Column(field.role or field.key, part)
                found.setdefault(column, []).append((definition, field))
    labels = {column: _label(column, uses) for column, uses in found.items()}
    often = Counter(labels.values())
    known = []
    for column, uses in found.items():
        label = labels[column]
        if often[label] > 1:
            plurals = ", ".join(words.type_label(d.plural) for d, _ in uses)
            label = f"{label} ({plurals})"
        known.append(Known(column, label, uses[0][1].kind))
    known.append(Known(TYPE, tr("Type of document"), Kind.TEXT))
    known.append(Known(NAME, tr("File name"), Kind.TEXT))
    return tuple(known)


def _fields(definition: DocumentType, part: Part) -> tuple[FieldType, ...]:
    return {
        Part.FIELDS: definition.fields,
        Part.LINES: definition.lines,
        Part.TAXES: definition.taxes,
    }[part]


def _label(column: Column, uses: Sequence[tuple[DocumentType, FieldType]]) -> str:
    most = Counter(words.type_label(field.label) for _, field in uses).most_common(1)[0][0]
    if column.part is Part.LINES:
        lines = words.type_label(uses[0][0].lines_label) or tr("Line items")
        return f"{lines}: {most}"
    return tr("Taxes: {0}").format(most) if column.part is Part.TAXES else most


def known_column(column: Column, kinds: Sequence[str] = ()) -> Known | None:
    """What is known of one column, ``None`` if documents of these types do not have it."""
    return next((known for known in known_columns(kinds) if known.column == column), None)


def column_words(column: Column, kinds: Sequence[str] = ()) -> str:
    """A column's label; its bare name if no document type has it."""
    known = known_column(column, kinds) or known_column(column)
    return known.label if known else column.name


def column_kind(column: Column) -> Kind:
    """The form of a column's values, that of text if no document type has it."""
    known = known_column(column)
    return known.kind if known else Kind.TEXT


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
    if column == NAME:
        return (Operator.HAS, Operator.LACKS, Operator.IS)
    there = (Operator.MISSING, Operator.PRESENT)
    kind = column_kind(column)
    if kind in words.NUMERIC:
        return (Operator.LEAST, Operator.MOST, Operator.IS, *there)
    if kind is Kind.DATE:
        return (Operator.IN, *there)
    return (Operator.HAS, Operator.LACKS, Operator.IS, *there)


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

_PERIOD = re.compile(
    r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|(?P<month>\d\d)(?:-(?P<day>\d\d))?))?"
    r"|(?P<which>this|last)-(?P<unit>week|month|quarter|year)"
    r"|(?P<way>last|next)-(?P<days>\d{1,5})-days"
    r"|(?P<word>today|yesterday)"
)
_BETWEEN = re.compile(r"(?P<since>\d{4}-\d\d-\d\d)?\.\.(?P<until>\d{4}-\d\d-\d\d)?")


def ends_of(period: str) -> tuple[str, str] | None:
    """The two days (ISO 8601, one of them may be "") of a period that is made of days."""
    found = _BETWEEN.fullmatch(period)
    ends = (found["since"] or "", found["until"] or "") if found else ("", "")
    return ends if any(ends) and all(not end or date_of(end) for end in ends) else None


def is_period(period: str) -> bool:
    """Whether a text names a period."""
    if ".." in period:
        since, _, until = period.partition("..")
        return bool(since or until) and all(
            not e or _stretch(e) is not None for e in (since, until)
        )
    return not period or _stretch(period) is not None


def period_words(period: str) -> str:
    """A period as it reads after "dated"; what is none of them stays as it is."""
    if not period:
        return tr("at any time")
    if ".." in period:
        since, _, until = period.partition("..")
        first, last = _stretch(since) or since, _stretch(until) or until
        if since and until:
            return tr("from {0} to {1}").format(first, last)
        if since:
            return tr("from {0} on").format(first)
        return tr("up to {0}").format(last) if until else period
    found, text = _PERIOD.fullmatch(period), _stretch(period)
    if found is None or text is None:
        return period
    if found["days"]:
        return tr("in {0}").format(text)
    if found["day"]:
        return tr("on {0}").format(text)
    return text if found["which"] or found["word"] else tr("in {0}").format(text)


def _stretch(period: str) -> str | None:
    """A period without a preposition; ``None`` for what is no such period."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        return None
    if found["word"]:
        return tr("today") if found["word"] == "today" else tr("yesterday")
    if found["which"]:
        return {
            "this-week": tr("this week"),
            "this-month": tr("this month"),
            "this-quarter": tr("this quarter"),
            "this-year": tr("this year"),
            "last-week": tr("last week"),
            "last-month": tr("last month"),
            "last-quarter": tr("last quarter"),
            "last-year": tr("last year"),
        }[period]
    if found["days"]:
        count = int(found["days"])
        text = tr("the last {0} days") if found["way"] == "last" else tr("the next {0} days")
        return text.format(count)
    year = found["year"]
    if found["quarter"]:
        return tr("quarter {0} of {1}").format(found["quarter"], year)
    if found["day"]:
        day = date_of(period)
        return None if day is None else words.shown_date(day)
    if found["month"]:
        month = int(found["month"])
        return f"{QLocale().standaloneMonthName(month)} {year}" if 1 <= month <= 12 else None
    return year


def bucket_words(bucket: Bucket) -> str:
    return {
        Bucket.NONE: "",
        Bucket.DAY: tr("day"),
        Bucket.MONTH: tr("month"),
        Bucket.QUARTER: tr("quarter"),
        Bucket.YEAR: tr("year"),
    }[bucket]


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
