"""A question becomes a calculation: what a model is asked, and what its answer says.

The model writes one line of the notation, or ``read`` for a question about what papers
say.  A grammar holds it to lines that can be run (:mod:`app.asking.calculable`), so an
answer needs no second look at its form; whether it is what was meant, the person sees,
since it is shown as controls.  A question is data: whatever it says, the answer is a
calculation over the library, which reads and changes nothing else.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from rapidfuzz.distance import DamerauLevenshtein

from app.asking.calculable import pattern
from app.asking.phrases import named, weekday_words
from app.document_types import DocumentType, document_types
from app.engine.forms import Fixed, Form, Slot
from app.engine.messages import Answer, Request, TextPart
from app.library import Library
from app.library.calculation import Bucket, Calculation, Column, Condition, Measure, Operator, Order
from app.library.columns import Form as ColumnForm
from app.library.columns import columns_of, form_of
from app.library.notation import read_notation, written, written_column
from app.library.periods import days_of
from app.library.terms import terms_of

READ = "read"
"""What is written for a question that no calculation answers."""

_SLOT = "calculation"
_END = "\n"  # a line that is whole could be the beginning of another
_MOST_TOKENS = 400  # ten times what a line usually has
_LONGEST_QUESTION = 1_000  # characters
_EARLIER = 3  # questions of the conversation that are given again
_MOST_NAMES = 5
_PARTIES = ("seller", "buyer")
_MOST_COMPARED = 2_000  # of each, with the words of a question
_SHORTEST = 3  # letters of a word that may be a name
_LONG = 5  # letters of a word that may have one wrong

_INSTRUCTIONS = """\
You turn a question about a library of business papers into one line:
MEASURE COLUMN of TYPES where CONDITION & CONDITION when PERIOD by GROUP top N highest
Leave out what the question does not ask for. The question is in any language; the line is not.
TYPES: without them, all bills count, less credit notes.
MEASURE: count; sum, average, smallest, largest of a number; list, by date or by the number or \
date that follows it: highest or latest first with highest, else lowest first.
CONDITION: text is "…", text has "…", text lacks "…", number from 100, number to 99.50, \
date in PERIOD, any missing, any present
PERIOD: 2026 or 2026-03 or 2026-Q1 or 2026-03-31 or today, yesterday, this-month, last-quarter, \
next-year, last-30-days, ..yesterday, 2026-03.., 2026-01..2026-05
GROUP: a text, or day, month, quarter, year of the paper's own date, or due_date month
when is the paper's own date. Overdue: due_date in ..yesterday. Still owed: due from 0.01. \
What was bought: line.description, for line.amount.
A question about what papers say, advise or mean becomes: read

Types and columns:
"""

_EXAMPLES = """\

How much did we spend at Aldi last month?
sum gross where seller has "Aldi" when last-month
Welche Rechnungen über 500 Euro sind überfällig?
list of invoice where due_date in ..yesterday & gross from 500
Nos cinq plus gros fournisseurs de 2025 ?
sum gross when 2025 by seller top 5 highest
¿Cuántas facturas hay por mes este año?
count of invoice when this-year by month
Wie viel ging im Mai 2026 vom Konto ab?
sum line.amount of bank_statement where line.amount to 0 when 2026-05
What is the notice period in the lease?
read
"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A question of the same conversation; ``None`` where it was answered from pages."""

    question: str
    calculation: Calculation | None


def fill_request(
    question: str,
    today: dt.date,
    earlier: Sequence[Earlier] = (),
    names: Sequence[str] = (),
) -> Request:
    """What to ask a model about ``question``; :func:`settled` reads the answer.

    ``earlier`` are the questions before it, oldest first, so that "and in April?" can be
    understood.  ``names`` are the library's own spellings of what the question may mean
    (:func:`names_like` of :func:`names_of`).
    """
    lines = [f"Today: {weekday_words(today)} {today.isoformat()}"]
    if names:
        lines.append(f"Names: {'; '.join(named(name) for name in names[:_MOST_NAMES])}")
    for each in earlier[-_EARLIER:]:
        lines += [f"Before: {_one_line(each.question)}", _said(each.calculation)]
    lines.append(f"Question: {_one_line(question)}")
    return Request(
        uuid.uuid4().hex,
        instructions(),
        (TextPart("\n".join(lines)),),
        Form((Slot(_SLOT, f"{pattern()}|{READ}"), Fixed(_END))),
        _MOST_TOKENS,
    )


def settled(answer: Answer) -> Calculation | None:
    """The calculation that an answer says.

    ``None`` where the question is about what papers say, and for an answer that was cut
    off: then the question is answered from pages, which can be done with any.
    """
    text = READ if answer.cut else answer.text.removesuffix(_END)
    return _tidied(read_notation(text)) if re.fullmatch(pattern(), text) else None


def instructions() -> str:
    """What the model is told: the same for every question, so that it is decoded once."""
    return _instructions(tuple(document_types().values()))


def names_of(library: Library, today: dt.date) -> tuple[str, ...]:
    """The names of the library's sellers and buyers, those of most documents first."""
    found: dict[str, None] = {}
    for role in _PARTIES:
        by = Calculation(Measure.COUNT, by=Column(role), order=Order.HIGHEST, limit=_MOST_COMPARED)
        figures = library.calculate(by, today).figures
        found.update((figure.group, None) for figure in figures if figure.group)
    return tuple(found)


def names_like(question: str, names: Sequence[str]) -> tuple[str, ...]:
    """Which of the library's names a question may mean, the likeliest first, at most five.

    A word of the question is a word of the name but for case, accents and a letter.
    """
    asked = set(_words(question[:_LONGEST_QUESTION]))
    found = [
        (score, name)
        for name in names
        if (score := max((_alike(a, b) for a in asked for b in _words(name)), default=0))
    ]
    return tuple(name for _, name in sorted(found, key=lambda each: -each[0])[:_MOST_NAMES])


def _words(text: str) -> list[str]:
    return [term for term in terms_of(text) if len(term) >= _SHORTEST and not term.isdecimal()]


def _alike(asked: str, word: str) -> int:
    """How alike two words are: 2 the same, 1 but for a letter of a word that has some, 0 not."""
    if asked == word:
        return 2
    if min(len(asked), len(word)) < _LONG:
        return 0
    return int(DamerauLevenshtein.distance(asked, word, score_cutoff=1) == 1)


@cache
def _instructions(definitions: tuple[DocumentType, ...]) -> str:
    lines: list[str] = []
    described: dict[str, str] = {}
    for definition in definitions:
        columns = _columns(definition)
        same = described.get(columns)
        lines.append(f"{definition.name}: {f'as {same}' if same else columns}")
        described.setdefault(columns, definition.name)
    own = "every type: text @name, @type"
    return _INSTRUCTIONS + "\n".join([*lines, own]) + "\n" + _EXAMPLES


def _columns(definition: DocumentType) -> str:
    """The columns of a type by what their values are, with the labels of unknown ones."""
    by_form: dict[ColumnForm, list[str]] = {form: [] for form in ColumnForm}
    for choice in columns_of((definition.name,)):
        if choice.column.name.startswith("@"):
            continue
        by_form[form_of(choice.kind)].append(written_column(choice.column))
    return "; ".join(f"{form} {', '.join(names)}" for form, names in by_form.items() if names)


def _said(calculation: Calculation | None) -> str:
    if calculation is None:
        return READ
    try:
        return written(calculation)
    except ValueError:  # set by hand, with what the notation cannot say
        return READ


def _one_line(question: str) -> str:
    return " ".join(question[:_LONGEST_QUESTION].split())


def _tidied(calculation: Calculation) -> Calculation:
    """The same without what means nothing: groups of a list, the order of a single figure."""
    where = tuple(dict.fromkeys(map(_tidied_condition, calculation.where)))
    tidy = replace(calculation, where=where, period=_in_order(calculation.period))
    if tidy.measure is Measure.LIST:
        return replace(tidy, by=None, bucket=Bucket.NONE)
    if tidy.by is None and tidy.bucket is Bucket.NONE:
        return replace(tidy, order=Order.GROUP, limit=0)
    return tidy


def _tidied_condition(condition: Condition) -> Condition:
    if condition.operator is Operator.IN:
        return replace(condition, value=_in_order(condition.value))
    return replace(condition, value=condition.value.strip())


def _in_order(period: str) -> str:
    """A period whose end comes after its beginning: dates that were the wrong way round."""
    first, dots, last = period.partition("..")
    if not (dots and first and last):
        return period
    some_day = dt.date(2000, 1, 1)  # both are dates of a calendar
    since, until = days_of(first, some_day)[0], days_of(last, some_day)[1]
    wrong = since is not None and until is not None and until < since
    return f"{last}..{first}" if wrong else period
