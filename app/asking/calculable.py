"""Which calculations a model may write: a regular expression of those that can be run.

Narrower than the notation (:mod:`app.library.notation`), so that each text that it allows
makes sense: the columns are those of the document types that are named, operators fit the
values of their column, what is added up is a number, dates are put together in stretches,
and days exist.  Amounts of a document are never added up by its lines, where they would
count once for each line.  It is bounded, and built from the definitions of the types.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import permutations

from app.document_types import DocumentType, Kind, document_types
from app.library.calculation import OF_NUMBERS, Column, Measure
from app.library.columns import (
    TYPE,
    Form,
    columns_of,
    date_column,
    form_of,
    named,
)
from app.library.notation import written_column, written_name
from app.library.rows import Part

MOST_CONDITIONS = 3
MOST_TEXT = 60
"""Characters of a text in a condition."""

_TOGETHER = 3
"""So many document types can be named at once, if they have totals in common."""

_TOTAL = Column("gross")

# A text begins with what is left of it when it is compared: no space, no mark of its own.
_BEGINNING = (
    "[!#-~\u00c0-\u02af\u0388-\u0482\u048a-\u0556\u0561-\u0587\u05d0-\u05ea\u0620-\u064a"
    "\u0904-\u0939\u0e01-\u0e30\u10a0-\u10ff\u1e00-\u1fbc\u3041-\u3096\u30a1-\u30fa"
    "\u3400-\u9fff\uac00-\ud7a3\uff10-\uff5a]"
)
_TEXT = f'"{_BEGINNING}[^"\\x00-\\x1f\\x7f-\\x9f\u2028\u2029]{{0,{MOST_TEXT - 1}}}"'
_NUMBER = r"-?[0-9]{1,9}(?:\.[0-9]{1,2})?"

_YEAR = "20[0-9]{2}"
_LEAP_DAY = "20(?:[02468][048]|[13579][26])-02-29"
_DAY = (
    "(?:02-(?:0[1-9]|1[0-9]|2[0-8])"
    "|(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30))"
)
_DATED = f"(?:{_YEAR}(?:-Q[1-4]|-(?:0[1-9]|1[0-2])|-{_DAY})?|{_LEAP_DAY})"
_UNIT = "(?:week|month|quarter|year)"
_DAYS = "[1-9][0-9]{0,2}-days"
_RELATIVE = f"(?:today|yesterday|tomorrow|(?:this|last|next)-{_UNIT}|(?:last|next)-{_DAYS})"
_BEGUN = f"(?:today|yesterday|(?:this|last)-{_UNIT}|last-{_DAYS})"
_NOT_OVER = f"(?:today|tomorrow|(?:this|next)-{_UNIT}|next-{_DAYS})"
# Two dates around the dots may be the wrong way round, which is put right afterwards.
_PERIOD = (
    f"(?:{_DATED}(?:\\.\\.(?:{_DATED})?)?|{_RELATIVE}(?:\\.\\.)?|{_BEGUN}\\.\\.{_NOT_OVER}"
    f"|\\.\\.(?:{_DATED}|{_RELATIVE}))"
)

_TESTS = {
    Form.TEXT: f"(?:(?:is|has|lacks) {_TEXT}|missing|present)",
    Form.NUMBER: f'(?:is "{_NUMBER}"|(?:from|to) {_NUMBER}|missing|present)',
    Form.DATE: f"(?:in {_PERIOD}|missing|present)",
}
"""What follows a column in a condition."""

_BUCKETS = "(?:day|month|quarter|year)"
_LIMIT = "(?: top [1-9][0-9]{0,2})?"
_ORDER = "(?: highest| lowest)?"
_NO_NAMES = (Kind.AMOUNT, Kind.DATE)  # each value would be a group of its own

_Columns = tuple[tuple[Column, Kind], ...]


def pattern() -> str:
    """The regular expression for the document types that there are."""
    return _pattern(tuple(document_types().values()))


@cache
def _pattern(definitions: tuple[DocumentType, ...]) -> str:
    dated = {each.name for each in definitions if date_column(each) is not None}
    unlike = _unlike(definitions)
    # Types with the same columns share what can follow their names.
    alike: dict[tuple[_Columns, bool], list[str]] = {}
    for names in _sets(definitions):
        choices = columns_of(names)
        shared = [each for each in choices if len(each.types) == len(names)]
        columns = tuple((each.column, each.kind) for each in shared)
        kinds = alike.setdefault((columns, dated.issuperset(names)), [])
        kinds.append(f" of {','.join(map(_quoted, names))}")
    found: list[str] = []
    for (columns, with_dates), kinds in alike.items():
        # Of all types: there is one at least that has these columns.
        anyone = "?" if unlike.isdisjoint(column for column, _ in columns) else ""
        found += _of_types(f"{_any(kinds)}{anyone}", columns, with_dates)
    return _any(found)


def _sets(definitions: Sequence[DocumentType]) -> list[tuple[str, ...]]:
    """The types that can be named: each one, and some together that have totals."""
    totals = _with_totals(definitions)[:_TOGETHER]
    together = [each for count in range(2, len(totals) + 1) for each in permutations(totals, count)]
    return [*((each.name,) for each in definitions), *together]


def _unlike(definitions: Sequence[DocumentType]) -> set[Column]:
    """The columns that are one thing in one type and another in another: a text, a number."""
    forms: dict[Column, set[Form]] = {}
    for part in Part:
        for definition in definitions:
            for name, field in named(definition, part).items():
                forms.setdefault(Column(name, part), set()).add(form_of(field.kind))
    return {column for column, kinds in forms.items() if len(kinds) > 1}


def _with_totals(definitions: Sequence[DocumentType]) -> list[str]:
    return [each.name for each in definitions if any(f.role == _TOTAL.name for f in each.fields)]


def _of_types(kinds: str, columns: _Columns, dated: bool) -> list[str]:
    """The calculations over these types: of documents, of their lines, of their tax rates."""
    fields = tuple(each for each in columns if each[0].part is Part.FIELDS)
    found = [_shape(kinds, fields, fields, dated, lists=True)]
    for part in (Part.LINES, Part.TAXES):
        rows = tuple(each for each in columns if each[0].part is part)
        if rows and (part is Part.LINES or any(form_of(kind) is Form.NUMBER for _, kind in rows)):
            found.append(_shape(kinds, rows, (*fields, *rows), dated, lists=part is Part.LINES))
    return found


def _shape(kinds: str, over: _Columns, columns: _Columns, dated: bool, *, lists: bool) -> str:
    """Every calculation with a measure over ``over`` and conditions on ``columns``.

    What a limit or a group would not change is allowed with them: it would take all of
    this twice to leave it out.
    """
    numbers = [_name(column) for column, kind in over if form_of(kind) is Form.NUMBER]
    dates = [_name(column) for column, kind in over if form_of(kind) is Form.DATE]
    measures = [f"{_any(OF_NUMBERS)} {_any(numbers)}"] if numbers else []
    if lists:
        by = f"(?: {_any([*numbers, *dates])})?" if numbers or dates else ""
        measures += [str(Measure.COUNT), f"{Measure.LIST}{by}"]
    conditions = _conditions(columns)
    where = f"(?: where {conditions}(?: & {conditions}){{0,{MOST_CONDITIONS - 1}}})?"
    when = f"(?: when {_PERIOD})?" if dated else ""
    return f"{_any(measures)}{kinds}{where}{when}{_groups(columns, dated)}{_LIMIT}{_ORDER}"


def _conditions(columns: _Columns) -> str:
    """One condition on any of these columns; types are named before, by ``of``."""
    found: list[str] = []
    for form in Form:
        names = [
            _name(column) for column, kind in columns if form_of(kind) is form and column != TYPE
        ]
        if names:
            found.append(f"{_any(names)} {_TESTS[form]}")
    return _any(found)


def _groups(columns: _Columns, dated: bool) -> str:
    names = [_name(column) for column, kind in columns if kind not in _NO_NAMES]
    dates = [_name(column) for column, kind in columns if kind is Kind.DATE]
    found = [_any(names)] if names else []
    if dates:
        found.append(f"{_any(dates)} {_BUCKETS}")
    if dated:
        found.append(_BUCKETS)
    return f"(?: by {_any(found)})?" if found else ""


def _name(column: Column) -> str:
    return re.escape(written_column(column))


def _quoted(kind: str) -> str:
    return re.escape(written_name(kind))


def _any(options: Iterable[str]) -> str:
    return f"(?:{'|'.join(options)})"
