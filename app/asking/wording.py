"""A calculation and what came out of it, in words.

The words claim what the figures hold and no more: a document is *dated* in March, since
nothing in it proves when it was paid; a sum names each currency by itself; what was left
out is a sentence of its own (:func:`gap_words`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from app.asking.phrases import (
    ENGLISH,
    amount_words,
    day_words,
    joined,
    month_words,
    named,
    number_words,
    period_words,
    quarter_words,
    span_words,
)
from app.document import date_of, decimal_of
from app.document_types import FieldType, Kind, document_types
from app.library.calculation import (
    Bucket,
    Calculation,
    Column,
    Condition,
    Figure,
    Figures,
    Gap,
    Measure,
    Operator,
    Order,
    Why,
)
from app.library.columns import NAME, TYPE, Form, form_of
from app.library.columns import named as fields_by_name
from app.library.rows import Part

_FEW = 6
"""So many figures of groups are told one by one."""

_ALIKE = {"number": "number", "issue_date": "date", "gross": "total", "seller": "seller"}
"""Words for roles that each type labels in its own way, where several types are meant."""

_OWN = {TYPE: "document type", NAME: "document name"}
_PLURALS = {"currency": "currencies", "description": "descriptions"}


def sentence(calculation: Calculation, figures: Figures, locale: str = ENGLISH) -> str:
    """What came out, in one or two sentences; ``locale`` is for the signs in numbers."""
    said = _Result(calculation, figures, locale).words()
    if not figures.subtracted:
        return said
    taken_off = [_plural(name) for name in figures.subtracted]
    return f"{said} {_capital(joined(taken_off))} were subtracted."


def gap_words(gap: Gap, calculation: Calculation) -> str:
    """Why figures may be incomplete: ``2 of 41 invoices have no due date.``"""
    one = gap.records == 1
    if gap.why is Why.UNREAD:
        what = "document has" if one else "documents have"
        return f"{gap.records} {what} not been read yet, or could not be read."
    among = f"{gap.records} of {gap.among} {noun(calculation, gap.among)}"
    if gap.why is Why.TWICE:
        return f"{among} {'is' if one else 'are'} probably there twice."
    if gap.why is Why.CURRENCY:
        return f"{among} {'names' if one else 'name'} no currency."
    what = column_words(gap.column, calculation.kinds) if gap.column is not None else "value"
    if gap.why is Why.MISSING:
        return f"{among} {'has' if one else 'have'} no {what}."
    if gap.why is Why.DOUBTFUL:
        return f"In {among} the {what} is doubtful."
    kind = kind_of(gap.column, calculation.kinds) if gap.column is not None else Kind.TEXT
    return f"In {among} the {what} is no {'date' if kind is Kind.DATE else 'number'}."


def calculation_words(calculation: Calculation, locale: str = ENGLISH) -> str:
    """What is worked out: ``Sum of the total, invoices, dated in March 2026, by month``."""
    if calculation.measure in (Measure.COUNT, Measure.LIST) or calculation.of is None:
        parts = [f"{_measure_words(calculation)} of {noun(calculation, 2)}"]
    else:
        parts = [_measure_words(calculation), noun(calculation, 2)]
    parts += [condition_words(each, calculation.kinds, locale) for each in calculation.where]
    if calculation.period:
        parts.append(f"dated {period_words(calculation.period)}")
    if by := grouping_words(calculation):
        parts.append(f"by {by}")
    if calculation.limit:
        parts.append(f"the {calculation.limit} {_first(calculation)}")
    elif calculation.order is not Order.GROUP:
        parts.append(f"the {_first(calculation)} first")
    return ", ".join(parts)


def grouping_words(calculation: Calculation) -> str:
    """What the figures are grouped by: ``seller``, ``month``, ``month of the due date``; or ""."""
    by = calculation.by
    if calculation.bucket is not Bucket.NONE:
        own = by is None or by.name in ("issue_date", "date")
        return calculation.bucket + (
            "" if own or by is None else f" of the {column_words(by, calculation.kinds)}"
        )
    return "" if by is None else column_words(by, calculation.kinds)


def condition_words(
    condition: Condition, kinds: tuple[str, ...] = (), locale: str = ENGLISH
) -> str:
    """What a record must be: ``from “Miller”``, ``without a due date``."""
    what = column_words(condition.column, kinds)
    value = f"“{named(condition.value)}”"
    match condition.operator:
        case Operator.MISSING:
            return f"with no {what}"
        case Operator.PRESENT:
            return f"with {_article(what)}"
        case Operator.IN:
            return f"with the {what} {period_words(condition.value)}"
        case Operator.LEAST:
            return f"with {_article(what)} of at least {_number(condition.value, locale)}"
        case Operator.MOST:
            return f"with {_article(what)} of at most {_number(condition.value, locale)}"
        case Operator.LACKS:
            return f"without {value} in the {what}"
        case Operator.HAS | Operator.IS:
            if condition.column.name == "seller":
                return f"from {value}"
            if condition.column.name == "buyer":
                return f"to {value}"
            if condition.operator is Operator.HAS:
                return f"with {value} in the {what}"
            if form_of(kind_of(condition.column, kinds)) is Form.NUMBER:
                return f"with {_article(what)} of {_number(condition.value, locale)}"
            return f"with the {what} {value}"


def column_words(column: Column, kinds: tuple[str, ...] = ()) -> str:
    """A column's name inside a sentence: ``due date``, ``total``."""
    if column in _OWN:
        return _OWN[column]
    found = _definitions(column, kinds)
    if not found:
        return named(column.name).replace("_", " ")
    alike = _ALIKE.get(column.name) if column.part is Part.FIELDS else None
    if alike and len({each.label for each in found}) > 1:
        return alike
    return _inside(found[0].label)


def kind_of(column: Column, kinds: tuple[str, ...] = ()) -> Kind:
    """The kind of a column's values; text where no type has it."""
    found = _definitions(column, kinds)
    return found[0].kind if found else Kind.TEXT


def heading(calculation: Calculation) -> str:
    """What stands over the figures in a table or a chart: ``Sum of the total``, ``Invoices``."""
    if calculation.measure in (Measure.COUNT, Measure.LIST):
        return _capital(noun(calculation, 2))
    return _measure_words(calculation)


def group_words(group: str, calculation: Calculation) -> str:
    """A group's name: ``Miller GmbH``, ``March 2026``, ``no seller``."""
    if not group:
        return f"no {_group_noun(calculation)}"
    day = date_of(group)
    if calculation.bucket is Bucket.NONE or day is None:
        if calculation.by == TYPE and group in document_types():
            return document_types()[group].plural
        return day_words(day) if day is not None else named(group)
    match calculation.bucket:
        case Bucket.YEAR:
            return str(day.year)
        case Bucket.QUARTER:
            return quarter_words(day)
        case Bucket.MONTH:
            return month_words(day)
        case Bucket.DAY:
            return day_words(day)


def figure_words(figure: Figure, calculation: Calculation, locale: str = ENGLISH) -> str:
    """A figure's number: ``4,310.20 EUR``; averages are rounded to what can be paid."""
    if calculation.measure is Measure.COUNT or calculation.of is None:
        return number_words(figure.value, locale)
    rounded = calculation.measure is Measure.AVERAGE
    if figure.currency or kind_of(calculation.of, calculation.kinds) is Kind.AMOUNT:
        return amount_words(figure.value, figure.currency, locale, rounded=rounded)
    return (
        number_words(figure.value, locale, most=2)
        if rounded
        else number_words(figure.value, locale)
    )


def noun(calculation: Calculation, count: int) -> str:
    """What is counted: ``invoices and receipts``, ``line``, ``documents``."""
    kinds = calculation.kinds
    part = _part_of(calculation)
    if part is Part.LINES:
        rows = _row_noun(kinds, count)
        return f"{rows} of {_plurals(kinds)}" if kinds else rows
    if part is Part.TAXES:
        rows = "tax rate" if count == 1 else "tax rates"
        return f"{rows} of {_plurals(kinds)}" if kinds else rows
    if count == 1:
        return joined([_singular(name) for name in kinds], "or") if kinds else "document"
    return _plurals(kinds) if kinds else "documents"


def short_noun(calculation: Calculation, count: int) -> str:
    """What is counted, where it has been said of which documents."""
    part = _part_of(calculation)
    if len(calculation.kinds) == 1 and part is Part.FIELDS:
        return noun(calculation, count)
    if part is Part.LINES:
        return _row_noun(calculation.kinds, count)
    return noun(replace(calculation, kinds=()), count)


@dataclass(frozen=True, slots=True)
class _Result:
    """Figures on their way to words."""

    calculation: Calculation
    figures: Figures
    locale: str

    def words(self) -> str:
        calculation, figures = self.calculation, self.figures
        if calculation.measure is Measure.LIST:
            return self._list()
        if not figures.figures or not self._rows(figures.figures):
            return self._nothing()
        if grouping_words(calculation):
            return self._grouped()
        counted = self._counted(self._rows(figures.figures))
        if calculation.measure is Measure.COUNT:
            verb = "is" if self._rows(figures.figures) == 1 else "are"
            return f"There {verb} {counted}."
        if calculation.of is None:
            return f"{_capital(counted)}."
        what = column_words(calculation.of, calculation.kinds)
        values = self._values(figures.figures)
        match calculation.measure:
            case Measure.SUM:
                return f"The {what} of {counted} adds up to {values}."
            case Measure.AVERAGE:
                return f"The {what} of {counted} is {values} on average."
            case _:
                return f"The {calculation.measure} {what} of {counted} is {values}."

    def _nothing(self) -> str:
        calculation = self.calculation
        what = self._described(noun(calculation, 1))
        if calculation.of is None or calculation.measure is Measure.LIST:
            return f"No {what} was found."
        value = column_words(calculation.of, calculation.kinds)
        return f"No {what} was found that has {_article(value)}."

    def _list(self) -> str:
        calculation, figures = self.calculation, self.figures
        if not figures.rows:
            return self._nothing()
        there = f"There {'is' if figures.rows == 1 else 'are'} {self._counted(figures.rows)}"
        listed = len(figures.listed)
        first = ""
        if listed > 1 and (calculation.order is not Order.GROUP or calculation.of is not None):
            what = "" if calculation.of is None else column_words(calculation.of, calculation.kinds)
            first = f", the {f'{_first(calculation)} {what}'.strip()} first"
        if _part_of(calculation) is not Part.FIELDS:
            documents = noun(replace(calculation, where=(), of=None), listed)
            verb = "is" if listed == 1 else "are"
            return f"{there}; {listed} {documents} {verb} listed{first}."
        if listed < figures.rows:
            verb = "is" if listed == 1 else "are"
            return f"{there}; {listed} of them {verb} listed{first}."
        return f"{there}{first}."

    def _grouped(self) -> str:
        calculation, figures = self.calculation, self.figures
        groups = [list(each) for _, each in groupby(figures.figures, key=lambda f: f.group)]
        total = max(figures.groups, len(groups))
        whole = len(groups) == total
        counted = self._counted(self._rows(figures.figures))
        names = f"{total} {_group_noun(calculation, total)}"
        lead = f"{counted}, by {grouping_words(calculation)}"
        if calculation.measure is not Measure.COUNT and calculation.of is not None:
            lead = f"{_measure_words(calculation)} of {lead}"
        if not whole:
            lead += f", {self._some(len(groups))} of {names}"
        lead = _capital(lead)
        if whole and len(groups) > 1 and calculation.measure is Measure.SUM:
            lead += f", together {self._together()}"
        if len(figures.figures) <= _FEW:
            told = "; ".join(self._group(each) for each in groups)
            return f"{lead}: {told}."
        if calculation.order is Order.GROUP:
            return f"{lead}: {names}." if whole else f"{lead}."
        first = f"first {self._group(groups[0])}"
        return f"{lead}: {names}, {first}." if whole else f"{lead}: {first}."

    def _some(self, shown: int) -> str:
        return f"the {shown} {_first(self.calculation)}"

    def _group(self, figures: Sequence[Figure]) -> str:
        name = group_words(figures[0].group, self.calculation)
        return f"{name} with {joined([self._figure(each) for each in figures])}"

    def _together(self) -> str:
        """The sums of all groups, one for each currency."""
        sums: dict[str, Decimal] = {}
        for figure in self.figures.figures:
            sums[figure.currency] = sums.get(figure.currency, Decimal(0)) + figure.value
        return joined([self._figure(Figure("", c, value, 0)) for c, value in sums.items()])

    def _values(self, figures: Sequence[Figure]) -> str:
        """The values; where there are several currencies, with how many records each is of."""
        if len(figures) == 1:
            return self._figure(figures[0])
        return joined([f"{self._figure(f)} ({self._of(f.rows)})" for f in figures])

    def _of(self, rows: int) -> str:
        number = number_words(Decimal(rows), self.locale)
        of = "" if self.calculation.measure is Measure.SUM else "of "
        return f"{of}{number} {short_noun(self.calculation, rows)}"

    def _figure(self, figure: Figure) -> str:
        return figure_words(figure, self.calculation, self.locale)

    def _rows(self, figures: Sequence[Figure]) -> int:
        return sum(figure.rows for figure in figures)

    def _counted(self, rows: int) -> str:
        number = number_words(Decimal(rows), self.locale)
        return f"{number} {self._described(noun(self.calculation, rows))}"

    def _described(self, what: str) -> str:
        """The noun with the conditions and the period."""
        calculation, figures = self.calculation, self.figures
        parts = [what]
        conditions = [condition_words(c, calculation.kinds, self.locale) for c in calculation.where]
        parties = [each for each in conditions if each.startswith(("from ", "to "))]
        parts += [*parties, joined([each for each in conditions if each not in parties])]
        dated = span_words(figures.since, figures.until)
        if not dated and calculation.period:
            dated = period_words(calculation.period)
        if dated:
            parts.append(f"dated {dated}")
        return " ".join(part for part in parts if part)


def _part_of(calculation: Calculation) -> Part:
    """Whose rows are counted: documents, their lines, or their tax rates."""
    parts = (each.part for each in calculation.columns)
    return next((part for part in parts if part is not Part.FIELDS), Part.FIELDS)


def _first(calculation: Calculation) -> str:
    """What comes first: the highest, the newest …"""
    down = calculation.order is Order.HIGHEST
    if calculation.measure is Measure.LIST:
        if calculation.of is None:
            return "newest" if down else "oldest"
        if kind_of(calculation.of, calculation.kinds) is Kind.DATE:
            return "latest" if down else "earliest"
        return "highest" if down else "lowest"
    return "first" if calculation.order is Order.GROUP else str(calculation.order)


def _measure_words(calculation: Calculation) -> str:
    measure = calculation.measure
    if measure is Measure.LIST:
        return "List"
    if measure is Measure.COUNT or calculation.of is None:
        return "Number"
    what = column_words(calculation.of, calculation.kinds)
    if measure in (Measure.SUM, Measure.AVERAGE):
        return f"{_capital(measure)} of the {what}"
    return f"{_capital(measure)} {what}"


def _group_noun(calculation: Calculation, count: int = 1) -> str:
    if calculation.bucket is not Bucket.NONE:
        single = "date" if count == 0 else str(calculation.bucket)
    else:
        single = grouping_words(calculation)
    if count == 1:
        return single
    word, space, rest = single.partition(" (")  # rate (%)
    return _PLURALS.get(single, f"{word}s{space}{rest}")


def _definitions(column: Column, kinds: tuple[str, ...]) -> list[FieldType]:
    """The fields that a column stands for in the types that are meant: by role, or by key."""
    known = document_types()
    types = [known[name] for name in kinds if name in known] or list(known.values())
    found = (fields_by_name(each, column.part).get(column.name) for each in types)
    return [field for field in found if field is not None]


def _singular(name: str) -> str:
    definition = document_types().get(name)
    if definition is None:
        return named(name)
    if definition.plural == f"{definition.label} documents":
        return f"{_inside(definition.label)} document"
    return _inside(definition.label)


def _plural(name: str) -> str:
    definition = document_types().get(name)
    return _inside(definition.plural) if definition is not None else named(name)


def _row_noun(kinds: tuple[str, ...], count: int) -> str:
    """What tables call the rows of these types: ``entries``; lines where they differ."""
    known = document_types()
    labels = {known[name].lines_label for name in kinds if name in known}
    label = labels.pop() if len(labels) == 1 else ""
    rows = _inside(label) or "lines"
    if count != 1:
        return rows
    return f"{rows[:-3]}y" if rows.endswith("ies") else rows.removesuffix("s")


def _plurals(kinds: tuple[str, ...]) -> str:
    return joined([_plural(name) for name in kinds])


def _inside(label: str) -> str:
    """A label inside of a sentence: abbreviations stay as they are."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _article(what: str) -> str:
    return f"{'an' if what[:1].lower() in 'aeiou' else 'a'} {what}"


def _number(value: str, locale: str) -> str:
    number = decimal_of(value)
    return named(value) if number is None else number_words(number, locale)
