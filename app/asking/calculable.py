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
from app.library.calculation import Calculation, Column, Measure
from app.library.columns import (
    Choice,
    Form,
    columns_of,
    date_column,
    form_of,
)
from app.library.notation import written
from app.library.rows import Part

MOST_CONDITIONS = 3
MOST_TEXT = 60
"""Characters of a text in a condition."""

_TOGETHER = 3
"""So many document types can be named at once, if they have totals in common."""

_TOTAL = Column("gross")

_TEXT = (
    f'"[^" \\x00-\\x1f\\x7f-\\x9f\u00a0\u2028\u2029]'
    f'[^"\\x00-\\x1f\\x7f-\\x9f\u2028\u2029]{{0,{MOST_TEXT - 1}}}"'
)
_NUMBER = r"-?[0-9]{1,9}(?:\.[0-9]{1,2})?"

_YEAR = "20[0-9]{2}"
_LEAP_DAY = "20(?:[02468][048]|[13579][26])-02-29"
_DAY = (
    "(?:02-(?:0[1-9]|1[0-9]|2[0-8])"
    "|(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30))"
)
_DATED = f"(?:{_YEAR}(?:-Q[1-4]|-(?:0[1-9]|1[0-2])|-{_DAY})?|{_LEAP_DAY})"
_RELATIVE = (
    "(?:today|yesterday|tomorrow|(?:this|last|next)-(?:week|month|quarter|year)"
    "|(?:last|next)-[1-9][0-9]{0,2}-days)"
)
# Two dates around the dots may be the wrong way round, which is put right afterwards.
_PERIOD = (
    f"(?:{_DATED}(?:\\.\\.(?:{_DATED})?)?|{_RELATIVE}(?:\\.\\.)?|\\.\\.(?:{_DATED}|{_RELATIVE}))"
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
_OVER_NUMBERS = (Measure.SUM, Measure.AVERAGE, Measure.SMALLEST, Measure.LARGEST)
_NO_NAMES = (Kind.AMOUNT, Kind.DATE)  # each value would be a group of its own

_Columns = Sequence[tuple[Column, Kind]]


def pattern() -> str:
    """The regular expression for the document types that there are."""
    return _pattern(tuple(document_types().values()))


@cache
def _pattern(definitions: tuple[DocumentType, ...]) -> str:
    dated = {each.name for each in definitions if date_column(each) is not None}
    # Types with the same columns share what can follow their names.
    named: dict[tuple[tuple[tuple[Column, Kind], ...], bool], list[str]] = {}
    for names in _sets(definitions):
        choices = _shared(columns_of(names), len(names) or len(definitions))
        if not names:  # of all types: what those with totals have, so that there is one to run on
            totals = _with_totals(definitions)
            choices = _shared(columns_of(totals), len(totals)) if totals else choices
        key = tuple((each.column, each.kind) for each in choices), dated.issuperset(names)
        named.setdefault(key, []).append(f" of {','.join(map(_quoted, names))}" if names else "")
    return _any(
        shape
        for (columns, with_dates), kinds in named.items()
        for shape in _of_types(_any(kinds), columns, with_dates)
    )


def _sets(definitions: Sequence[DocumentType]) -> list[tuple[str, ...]]:
    """The types that can be named: none (all of them), each one, some together with totals."""
    totals = _with_totals(definitions)[:_TOGETHER]
    together = [each for count in range(2, len(totals) + 1) for each in permutations(totals, count)]
    return [(), *((each.name,) for each in definitions), *together]


def _with_totals(definitions: Sequence[DocumentType]) -> list[str]:
    return [each.name for each in definitions if any(f.role == _TOTAL.name for f in each.fields)]


def _shared(choices: Iterable[Choice], types: int) -> list[Choice]:
    """The columns that all of the types have."""
    return [choice for choice in choices if len(choice.types) == types]


def _of_types(kinds: str, columns: _Columns, dated: bool) -> list[str]:
    """The calculations over these types: of documents, of their lines, of their tax rates."""
    fields = [each for each in columns if each[0].part is Part.FIELDS]
    found = [_shape(kinds, fields, fields, dated, lists=True)]
    for part in (Part.LINES, Part.TAXES):
        rows = [each for each in columns if each[0].part is part]
        if rows:
            found.append(_shape(kinds, rows, [*fields, *rows], dated, lists=part is Part.LINES))
    return found


def _shape(kinds: str, over: _Columns, columns: _Columns, dated: bool, *, lists: bool) -> str:
    """Every calculation with a measure over ``over`` and conditions on ``columns``.

    What a limit or a group would not change is allowed with them: it would take all of
    this twice to leave it out.
    """
    numbers = [_name(column) for column, kind in over if form_of(kind) is Form.NUMBER]
    measures = [str(Measure.COUNT), str(Measure.LIST)]
    if numbers:
        of = f"{_any([*_OVER_NUMBERS, Measure.LIST])} {_any(numbers)}"
        measures = [of, *measures] if lists else [of]
    conditions = _conditions(columns)
    where = f"(?: where {conditions}(?: & {conditions}){{0,{MOST_CONDITIONS - 1}}})?"
    when = f"(?: when {_PERIOD})?" if dated else ""
    return f"{_any(measures)}{kinds}{where}{when}{_groups(columns, dated)}{_LIMIT}{_ORDER}"


def _conditions(columns: _Columns) -> str:
    """One condition on any of these columns."""
    found: list[str] = []
    for form in Form:
        names = [_name(column) for column, kind in columns if form_of(kind) is form]
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
    """A column as the notation writes it, as a pattern."""
    sample = written(Calculation(Measure.COUNT, of=column))
    return re.escape(sample.removeprefix(f"{Measure.COUNT} "))


def _quoted(kind: str) -> str:
    sample = written(Calculation(Measure.COUNT, kinds=(kind,)))
    return re.escape(sample.removeprefix(f"{Measure.COUNT} of "))


def _any(options: Iterable[str]) -> str:
    return f"(?:{'|'.join(options)})"
