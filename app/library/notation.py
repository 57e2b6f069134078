"""A calculation as one short line of text: what a model, a command or a test writes.

    sum gross of invoice,receipt where seller has "Miller" & due_date in ..yesterday
        when 2026-03 by month top 5 highest

(in one line).  In this order, each part but the first may be left out:

=====================  =========================================================
``sum``                the :class:`Measure`
``gross``              the column that it is about; ``line.amount`` is one of lines,
                       ``tax.rate`` one of the tax breakdown
``of invoice,receipt`` the document types
``where … & …``        conditions: a column, an operator, a value.  Texts stand in double
                       quotes (``seller is "Miller"``), numbers (``gross from 100.50``) and
                       periods (``due_date in ..yesterday``) as they are; ``missing`` and
                       ``present`` have no value
``when 2026-03``       the period
``by seller``          the grouping; of dates with their stretch (``by due_date month``), or
                       the stretch alone for the date of the document (``by month``)
``top 5``              the limit
``highest``            the order, unless it is by group
=====================  =========================================================

There is one way to write each calculation, and nothing else is read.  A name that is not
made of small letters, digits and ``_``, or that is a word of the notation, stands in
single quotes.
"""

from __future__ import annotations

import re
import unicodedata

from app.library.calculation import (
    Bucket,
    Calculation,
    Column,
    Condition,
    Measure,
    Operator,
    Order,
)
from app.library.periods import PATTERN as _PERIOD
from app.library.periods import is_period
from app.library.rows import Part

MOST = 4_000  # characters of a whole calculation
MOST_TEXT = 200  # characters of a value or a name

WORDS = frozenset(
    {"of", "where", "when", "by", "top"}
    | {str(word) for words in (Operator, Bucket, Order) for word in words if word}
)
"""Words that have a meaning in the notation: a column of that name stands in quotes."""

_PREFIXES = {Part.FIELDS: "", Part.LINES: "line.", Part.TAXES: "tax."}
_TEXTS = (Operator.IS, Operator.HAS, Operator.LACKS)
_NUMBERS = (Operator.LEAST, Operator.MOST)
_ALONE = (Operator.MISSING, Operator.PRESENT)

_QUOTED = "'[^'\"]+'"
_BARE = f"(?!(?:{'|'.join(sorted(WORDS))})(?![a-z0-9_]))@?[a-z][a-z0-9_]*"
_NAME = f"(?:{_BARE}|{_QUOTED})"
_COLUMN = rf"(?:line\.|tax\.)?{_NAME}"
_NUMBER = r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?"


def _one_of(words: tuple[Operator, ...] | type[Measure] | type[Bucket]) -> str:
    return "|".join(word for word in words if word)


_CONDITION = (
    f'{_COLUMN} (?:(?:{_one_of(_TEXTS)}) "[^"]*"|(?:{_one_of(_NUMBERS)}) {_NUMBER}'
    f"|{Operator.IN} {_PERIOD}|{_one_of(_ALONE)})"
)
_WHOLE = re.compile(
    f"(?P<measure>{_one_of(Measure)})"
    f"(?: (?P<of>{_COLUMN}))?"
    f"(?: of (?P<kinds>{_NAME}(?:,{_NAME})*))?"
    f"(?: where (?P<where>{_CONDITION}(?: & {_CONDITION})*))?"
    f"(?: when (?P<period>{_PERIOD}))?"
    f"(?P<by> by(?: (?P<group>{_COLUMN}))?(?: (?P<bucket>{_one_of(Bucket)}))?)?"
    f"(?: top (?P<limit>[1-9][0-9]{{0,8}}))?"
    f"(?: (?P<order>{Order.HIGHEST}|{Order.LOWEST}))?"
)
_CONDITIONS = re.compile(_CONDITION)
_NAMES = re.compile(_NAME)
_TESTED = re.compile(f"(?P<column>{_COLUMN}) (?P<operator>[a-z]+)(?: (?P<value>.+))?", re.DOTALL)


def written(calculation: Calculation) -> str:
    """``calculation`` in the notation.

    Raises ``ValueError`` for one that it cannot say: a text with double quotes or control
    characters in it, what is no number or period, a value where there should be none.
    """
    parts: list[str] = [calculation.measure]
    if calculation.of is not None:
        parts.append(written_column(calculation.of))
    if calculation.kinds:
        parts += ["of", ",".join(map(written_name, calculation.kinds))]
    if calculation.where:
        parts += ["where", " & ".join(map(_condition, calculation.where))]
    if calculation.period:
        parts += ["when", _period(calculation.period)]
    if calculation.by is not None or calculation.bucket:
        parts.append("by")
        if calculation.by is not None:
            parts.append(written_column(calculation.by))
        if calculation.bucket:
            parts.append(calculation.bucket)
    if calculation.limit:
        if not 0 < calculation.limit < 10**9:
            raise ValueError("A limit is a number from 0 to 999999999.")
        parts += ["top", str(calculation.limit)]
    if calculation.order is not Order.GROUP:
        parts.append(calculation.order)
    text = " ".join(parts)
    if len(text) > MOST:
        raise ValueError("The calculation is too long.")
    return text


def read_notation(text: str) -> Calculation:
    """The calculation that ``text`` says; raises ``ValueError`` for anything else."""
    found = _WHOLE.fullmatch(text) if len(text) <= MOST else None
    if found is None:
        raise ValueError("This is not a calculation.")
    of, group = found["of"], found["group"]
    calculation = Calculation(
        measure=Measure(found["measure"]),
        of=None if of is None else _read_column(of),
        kinds=tuple(map(_read_name, _NAMES.findall(found["kinds"] or ""))),
        where=tuple(map(_read_condition, _CONDITIONS.findall(found["where"] or ""))),
        period=found["period"] or "",
        by=None if group is None else _read_column(group),
        bucket=Bucket(found["bucket"] or ""),
        order=Order(found["order"] or Order.GROUP),
        limit=int(found["limit"] or 0),
    )
    if written(calculation) != text:
        raise ValueError("This is not how the calculation is written.")
    return calculation


def written_name(name: str) -> str:
    """The name of a document type in the notation; raises ``ValueError`` for what can be none."""
    if re.fullmatch(_BARE, name):
        return name
    if not name or not _plain(name) or "'" in name:
        raise ValueError("A name has letters, and neither quotes nor control characters.")
    return f"'{name}'"


def written_column(column: Column) -> str:
    """A column in the notation: ``gross``, ``line.amount``."""
    return _PREFIXES[column.part] + written_name(column.name)


def _condition(condition: Condition) -> str:
    operator, value = condition.operator, condition.value
    start = f"{written_column(condition.column)} {operator}"
    if operator in _ALONE:
        if value:
            raise ValueError(f"There is no value after “{operator}”.")
        return start
    if operator in _TEXTS:
        if not _plain(value):
            raise ValueError("A text has neither double quotes nor control characters.")
        return f'{start} "{value}"'
    if operator is Operator.IN:
        return f"{start} {_period(value)}"
    if not re.fullmatch(_NUMBER, value):
        raise ValueError(f"“{value[:MOST_TEXT]}” is not a number.")
    return f"{start} {value}"


def _period(text: str) -> str:
    if not is_period(text):
        raise ValueError(f"“{text[:MOST_TEXT]}” is not a period.")
    return text


def _plain(text: str) -> bool:
    """Whether a text can stand in quotes: not long, no quotes, controls, halves of characters."""
    return (
        len(text) <= MOST_TEXT
        and '"' not in text
        and not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in text)
    )


def _read_name(text: str) -> str:
    return text[1:-1] if text[0] == "'" else text


def _read_column(text: str) -> Column:
    for part, prefix in _PREFIXES.items():
        if prefix and text.startswith(prefix):
            return Column(_read_name(text.removeprefix(prefix)), part)
    return Column(_read_name(text))


def _read_condition(text: str) -> Condition:
    found = _TESTED.fullmatch(text)
    if found is None:
        raise ValueError("This is not a condition.")
    operator, value = Operator(found["operator"]), found["value"] or ""
    if operator in _TEXTS:
        value = value[1:-1]
    return Condition(_read_column(found["column"]), operator, value)
