"""Periods in words that a person, a model and a form share, and the days that they are."""

from __future__ import annotations

import calendar
import datetime as dt
import re

MOST = 100  # characters of a period

_FIXED = (
    r"(?:[0-9]{4}(?:-Q[1-4]|-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?"
    r"|today|yesterday|tomorrow"
    r"|(?:this|last|next)-(?:week|month|quarter|year)"
    r"|(?:last|next)-[1-9][0-9]{0,3}-days)"
)
PATTERN = rf"(?:{_FIXED}(?:\.\.(?:{_FIXED})?)?|\.\.{_FIXED})"
"""A regular expression of what can be a period; some of it is no day (``2026-02-30``)."""

_PERIOD = re.compile(PATTERN)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}

Days = tuple[dt.date | None, dt.date | None]
"""The first and the last day; ``None`` where a period is open."""


def is_period(text: str) -> bool:
    """Whether ``text`` has the form of a period; :func:`days_of` says whether there is one."""
    return len(text) <= MOST and _PERIOD.fullmatch(text) is not None


def days_of(text: str, today: dt.date) -> Days:
    """The days of a period.

    Weeks begin on Monday (ISO 8601).  ``last-30-days`` are thirty days, the last of which
    is today; ``next-30-days`` are thirty, the first of which is today.  Raises
    ``ValueError`` with a sentence for what is no period, for days that no calendar has,
    and for a stretch that ends before it begins.
    """
    if not is_period(text):
        raise ValueError(f"“{text[:MOST]}” is not a period.")
    first, between, last = text.partition("..")
    try:
        if not between:
            return _stretch(text, today)
        since = _stretch(first, today)[0] if first else None
        until = _stretch(last, today)[1] if last else None
    except (ValueError, OverflowError) as error:
        raise ValueError(f"There are no such days: “{text}”.") from error
    if since is not None and until is not None and until < since:
        raise ValueError(f"The period “{text}” ends before it begins.")
    return since, until


def _stretch(text: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of a period that is not made of two."""
    try:
        return _named(text, today) if text[0].isalpha() else _dated(text)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"There are no such days: “{text}”.") from error


def _dated(text: str) -> tuple[dt.date, dt.date]:
    if len(text) == 10:
        day = dt.date.fromisoformat(text)
        return day, day
    year = int(text[:4])
    if len(text) == 4:
        return _months(year, 1, 12)
    if text[5] == "Q":
        return _months(year, int(text[6]) * 3 - 2, 3)
    return _months(year, int(text[5:]), 1)


def _named(text: str, today: dt.date) -> tuple[dt.date, dt.date]:
    near = {"yesterday": -1, "today": 0, "tomorrow": 1}
    if text in near:
        day = today + dt.timedelta(days=near[text])
        return day, day
    which, _, unit = text.partition("-")
    if unit.endswith("-days"):
        rest = dt.timedelta(days=int(unit.removesuffix("-days")) - 1)
        return (today - rest, today) if which == "last" else (today, today + rest)
    step = {"last": -1, "this": 0, "next": 1}[which]
    if unit == "week":
        monday = today - dt.timedelta(days=today.weekday()) + dt.timedelta(weeks=step)
        return monday, monday + dt.timedelta(days=6)
    length = _MONTHS[unit]
    month = (today.year * 12 + today.month - 1) // length * length + step * length
    return _months(month // 12, month % 12 + 1, length)


def _months(year: int, month: int, length: int) -> tuple[dt.date, dt.date]:
    """First and last day of ``length`` months within a year."""
    end = month + length - 1
    return dt.date(year, month, 1), dt.date(year, end, calendar.monthrange(year, end)[1])
