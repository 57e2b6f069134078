"""Numbers, days, periods and names as a person reads them in a sentence.

The sentence is English, as the program is; only the signs in numbers follow the locale.
What comes out of documents is cut to one short line without control characters.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal, localcontext

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_precision

from app.document import date_of

ENGLISH = "en"
_LONGEST_NAME = 80
_MOST_DECIMALS = 12
_ORDINALS = ("first", "second", "third", "fourth")
_DAYS = re.compile(r"(last|next)-(\d+)-days")
_UNIT = re.compile(r"(this|last|next)-(week|month|quarter|year)")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEAR = re.compile(r"\d{4}")


def joined(texts: Sequence[str], last: str = "and") -> str:
    """``a, b and c``."""
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} {last} {texts[-1]}"


def named(text: str) -> str:
    """A name or a text out of a document or a model, as one short line."""
    kept = (" " if unicodedata.category(ch)[0] in "ZC" else ch for ch in text)
    line = " ".join("".join(kept).split())
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1].rstrip() + "…"


def number_words(
    value: Decimal, locale: str = ENGLISH, least: int = 0, most: int = _MOST_DECIMALS
) -> str:
    """A number with ``least`` to ``most`` decimals and the locale's signs (``de_DE``)."""
    pattern = "#,##0." + "0" * least + "#" * (most - least) if most else "#,##0"
    with localcontext() as context:  # Babel rounds within it, whatever a document prints
        context.prec = max(context.prec, value.adjusted() + 2 * _MOST_DECIMALS)
        text: str = format_decimal(value, format=pattern, locale=_known(locale))
    return text.replace("-", "−", 1) if text.startswith("-") else text


def amount_words(
    value: Decimal, currency: str, locale: str = ENGLISH, *, rounded: bool = False
) -> str:
    """``4,310.20 EUR``, ``55.00 without a currency``; ``rounded`` to what the currency has."""
    decimals = get_currency_precision(currency) if currency else 2
    number = number_words(value, locale, decimals, decimals if rounded else _MOST_DECIMALS)
    return f"{number} {named(currency)}" if currency else f"{number} without a currency"


def day_words(day: dt.date) -> str:
    """``3 March 2026``."""
    return str(format_date(day, "d MMMM yyyy", locale=ENGLISH))


def weekday_words(day: dt.date) -> str:
    """``Monday``."""
    return str(format_date(day, "EEEE", locale=ENGLISH))


def month_words(day: dt.date) -> str:
    """``March 2026``."""
    return str(format_date(day, "MMMM yyyy", locale=ENGLISH))


def quarter_words(day: dt.date) -> str:
    """``the first quarter of 2026``."""
    return f"the {_ORDINALS[(day.month - 1) // 3]} quarter of {day.year}"


def span_words(since: str, until: str) -> str:
    """Days (ISO 8601, both included, "" where it is open): ``in March 2026``, "" for all time."""
    first, last = date_of(since), date_of(until)
    if first is None and last is None:
        return ""
    if last is None:
        return f"from {day_words(first)} on" if first is not None else ""
    if first is None:
        return f"up to {day_words(last)}"
    if first == last:
        return f"on {day_words(first)}"
    if first.day == 1 and (last + dt.timedelta(days=1)).day == 1:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        if months == 1:
            return f"in {month_words(first)}"
        if months == 3 and first.month % 3 == 1:
            return f"in {quarter_words(first)}"
        if months % 12 == 0 and first.month == 1:
            return f"in {first.year}" if months == 12 else f"from {first.year} to {last.year}"
        return f"from {month_words(first)} to {month_words(last)}"
    return f"from {day_words(first)} to {day_words(last)}"


def period_words(period: str) -> str:
    """A period as a calculation writes it: ``in March 2026``, ``last month``, ``up to yesterday``.

    What is no period is given as it stands.
    """
    first, dots, last = period.partition("..")
    if not dots:
        return _within(period)
    if not last:
        return f"from {_point(first)} on"
    return f"from {_point(first)} to {_point(last)}" if first else f"up to {_point(last)}"


def _within(period: str) -> str:
    if date_of(period) is not None:
        return f"on {_point(period)}"
    if _QUARTER.fullmatch(period) or _MONTH.fullmatch(period) or _YEAR.fullmatch(period):
        return f"in {_point(period)}"
    return f"in {_point(period)}" if _DAYS.fullmatch(period) else _point(period)


def _point(period: str) -> str:
    day = date_of(period)
    if day is not None:
        return day_words(day)
    if match := _QUARTER.fullmatch(period):
        return quarter_words(dt.date(int(match[1]), 3 * int(match[2]), 1))
    if (match := _MONTH.fullmatch(period)) and (day := date_of(f"{period}-01")) is not None:
        return month_words(day)
    if match := _DAYS.fullmatch(period):
        return f"the {match[1]} {match[2]} days"
    if match := _UNIT.fullmatch(period):
        return f"{match[1]} {match[2]}"
    return named(period)


def _known(locale: str) -> Locale:
    try:
        return Locale.parse(locale.partition(".")[0].replace("-", "_"))
    except (ValueError, TypeError, UnknownLocaleError):
        return Locale(ENGLISH)
