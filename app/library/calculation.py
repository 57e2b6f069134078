"""What is to be worked out over the library, and what came out: plain values.

A calculation is what a question about numbers becomes.  A model may fill it, a person sees
and changes it as controls, and the library works it out; it never holds SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.library.rows import Part


class Measure(StrEnum):
    """What is worked out."""

    LIST = "list"  # the records (or rows) themselves
    COUNT = "count"
    SUM = "sum"
    AVERAGE = "average"
    SMALLEST = "smallest"
    LARGEST = "largest"


OF_NUMBERS = (Measure.SUM, Measure.AVERAGE, Measure.SMALLEST, Measure.LARGEST)
"""The measures that need a column of numbers."""


class Operator(StrEnum):
    """How a column is compared."""

    IS = "is"  # texts but for case and accents; numbers
    HAS = "has"  # a text holds this
    LACKS = "lacks"  # a text does not hold this, or there is none
    LEAST = "from"  # a number is at least this
    MOST = "to"  # a number is at most this
    IN = "in"  # a date lies in a period
    MISSING = "missing"  # there is no value
    PRESENT = "present"  # there is one


class Bucket(StrEnum):
    """How long the stretches are in which dates are put together."""

    NONE = ""
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Order(StrEnum):
    """What comes first."""

    GROUP = "group"  # by the name or the date of a group, lists by date
    HIGHEST = "highest"
    LOWEST = "lowest"


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the records, or a column of their lines.

    ``name`` is the field's role, which is the same in every document type ("gross",
    "seller"), or its key where it has none.  Of every record there are also the fields
    ``@type`` and ``@name`` (of the document).
    """

    name: str
    part: Part = Part.FIELDS


@dataclass(frozen=True, slots=True)
class Condition:
    """What a record (or a row of one) must be.

    ``value`` is text, a decimal number with a point, or a period (``Calculation.period``);
    "" for ``MISSING`` and ``PRESENT``.
    """

    column: Column
    operator: Operator
    value: str = ""


@dataclass(frozen=True, slots=True)
class Calculation:
    """What is worked out, over which records.

    ``of`` is what is added up, averaged, compared or ordered by; ``None`` for counts and
    plain lists.  Where any column is one of lines, lines are what is counted and listed.
    ``kinds`` are names of document types, empty for all in which the columns occur.
    ``period`` is when the documents are dated (lines by their own date where they have
    one): ``2026``, ``2026-03``, ``2026-Q1``, ``2026-03-31``, ``today``, ``yesterday``,
    ``tomorrow``, ``this-``, ``last-`` or ``next-`` with ``week``, ``month``, ``quarter`` or
    ``year``, ``last-30-days``, ``next-30-days`` (any number), or two of these around ``..``,
    of which one may be left out (``..yesterday``).  ``by`` groups by a column; dates are put
    together in stretches of ``bucket``, which without ``by`` are of the document's (or
    line's) date.  ``limit`` 0 is all.
    """

    measure: Measure
    of: Column | None = None
    kinds: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    period: str = ""
    by: Column | None = None
    bucket: Bucket = Bucket.NONE
    order: Order = Order.GROUP
    limit: int = 0

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column that is mentioned, each once."""
        found = [self.of, *(condition.column for condition in self.where), self.by]
        return tuple(dict.fromkeys(column for column in found if column is not None))


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: of a group and a currency.

    ``group`` is its name as documents print it most, or the first day of its bucket
    (``2026-03-01``), "" where the calculation has no groups or the records have no value.
    ``currency`` is "" for what is not money, and for money whose currency is not known.
    ``rows`` are how many records (or lines) are in it.
    """

    group: str
    currency: str
    value: Decimal
    rows: int


class Why(StrEnum):
    """Why a record may be missing from the figures, or be wrong in them."""

    MISSING = "missing"  # it has no value in the column
    DOUBTFUL = "doubtful"  # the value in the column is doubtful
    CURRENCY = "currency"  # an amount without a currency
    UNREADABLE = "unreadable"  # the value is no number or date
    UNREAD = "unread"  # a document waits to be read, or could not be
    TWICE = "twice"  # it and another one that is counted are probably the same bill


@dataclass(frozen=True, slots=True)
class Gap:
    """So many of the ``among`` records (or lines) that could have changed the figures.

    ``among`` are those that meet, or may meet, every condition on other columns ("2 of 41
    invoices have no due date"); of ``TWICE`` the counted ones, of ``UNREAD`` all documents.
    ``column`` is what is missing or doubtful, ``None`` for ``TWICE`` and ``UNREAD``.
    """

    why: Why
    column: Column | None
    records: int
    among: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What came out.

    ``figures`` are in order, one a group and currency, and at most ``Calculation.limit``
    groups of them; ``groups`` says how many there are in all.  For ``LIST`` there are none,
    and ``listed`` are the ids of the records in order, each once, ``rows`` in all.
    ``subtracted`` names the document types whose amounts were taken off (credit notes).
    ``since`` and ``until`` are the period in days, "" where it is open.
    """

    figures: tuple[Figure, ...] = ()
    groups: int = 0
    listed: tuple[int, ...] = ()
    rows: int = 0
    gaps: tuple[Gap, ...] = ()
    subtracted: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
