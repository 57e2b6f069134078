"""The numbers, days, codes and names that stand in a text, whoever wrote it.

Both sides of a check are taken apart by the same rules: what an answer says, and the lines
that it cites.  A number may mean several values, since 1.234 is written for two of them; a
day may be two days for the same reason.  Where one of them agrees, it is taken to be meant.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from app.asking.vocabulary import vocabulary
from app.document import date_of, decimal_of
from app.reading.amounts import read_number
from app.reading.currencies import COMMON_CODES, PATTERN, currency_of
from app.reading.dates import fold, month_of, spot_dates
from app.reading.readings import UNKNOWN, Convention

_LONGEST_NUMBER = 40  # characters; what is longer is compared as it is written
_QUOTES = "\u2018\u2019\u02bc\u00b4`\u2032"
_CONVENTIONS = (UNKNOWN, Convention(decimal="."), Convention(decimal=","))
_MASK = "\x00"
_PERCENT = "percent"
_SIGNS = frozenset("$£¥")
_MIXED = frozenset(("zł", "zl", "Kč", "Kc", "Ft", "kr", "euro", "Euro", "euros", "Euros"))
_CURRENCY = re.compile(
    rf"(?<![^\W_])(?P<mark>{PATTERN})(?=[ \u00a0\u202f]?-?\d)"
    rf"|(?<=\d)[ \u00a0\u202f]?(?P<behind>{PATTERN})(?![^\W_])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Days:
    """A date: the days that it can mean, and the sign between its figures ("" for words)."""

    start: int
    end: int
    days: frozenset[dt.date]
    sign: str = ""


@dataclass(frozen=True, slots=True)
class PartOfDate:
    """A month with its day or its year: "3 November", "November 2026"."""

    start: int
    end: int
    month: int
    day: int | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number and what it can mean, without its sign."""

    start: int
    end: int
    values: frozenset[Decimal]


@dataclass(frozen=True, slots=True)
class Code:
    """What is compared as it is written: an invoice number, an IBAN, an address of a page.

    ``parts`` are the numbers that it is made of, where it is made of nothing else ("10-14").
    ``loose``: the signs and spaces in it mean nothing, as in an IBAN; in 1.190,00 they do.
    """

    start: int
    end: int
    parts: tuple[frozenset[Decimal], ...] = ()
    loose: bool = True


Spot = Days | PartOfDate | Number | Code


class _Levels(dict[int, str]):
    """Each character in its plainest form, and always one."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        category = unicodedata.category(letter)
        plain = letter
        if category == "Nd":
            plain = str(unicodedata.decimal(letter))
        elif category == "Zs" or letter == "\t":
            plain = " "
        elif category == "Pd" or letter == "\u2212":
            plain = "-"
        elif letter in _QUOTES:
            plain = "'"
        elif letter in "\u066b\uff0e":
            plain = "."
        elif letter in "\u066c\uff0c":
            plain = ","
        elif letter == _MASK:
            plain = "\ufffd"
        if len(self) < 10_000:
            self[code] = plain
        return plain


_LEVELS = _Levels()


def levelled(text: str) -> str:
    """``text`` with plain spaces, dashes, apostrophes and digits, each in its own place."""
    return text.translate(_LEVELS)


_ADDRESS = re.compile(r"[^\s\x00<>()\"]+@[^\s\x00<>()\"]+|(?:https?://|www\.)[^\s\x00<>()\"]+")
_SPACED_CODE = re.compile(
    r"(?<![^\W_])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![^\W_])"
)
_PHONE = re.compile(r"(?<![\w.,])(?:\+\d|\(?0\d)[\d ()/\-]{5,20}\d(?![\w]|[.,]\d)")
_SPACED_NUMBER = re.compile(r"(?<![\w.,'\-/])\d{1,3}(?: \d{3})+(?:[.,]\d{1,4})?(?![\w]|[.,]\d)")
_CHUNK = re.compile(r"[^\s\x00()\[\]{}<>|\"“”„«»;!?*~=+…]*\d[^\s\x00()\[\]{}<>|\"“”„«»;!?*~=+…]*")
_PLAIN_NUMBER = re.compile(r"\d+(?:[.,']\d+)*")
_WITH_UNIT = re.compile(
    r"(?:[^\W\d_]{1,4}\.?)?(?P<number>\d+(?:[.,']\d+)*)-?(?:[^\W\d_]{1,14}\.?)?"
)
_COMPOSED = re.compile(r"\d+(?:[.,']\d+)*(?:[-/:x×]\d+(?:[.,']\d+)*)+")
_BETWEEN_PARTS = re.compile(r"[-/:x×]")
_SIGN = re.compile("[$€£¥]")  # "$80-$120" is made of two numbers
_DOLLARS = re.compile(
    r"(?<=\d) (?:US-?)?(?:(?P<dollar>d[oó]l+ar(?:s|es|i)?)|(?P<pound>pounds?|Pfund))(?![^\W_])",
    re.I,
)
_WORD = re.compile(r"[^\W\d_]+")
_UNIT = re.compile(r"(?:[ \-%]|\(\d+\)){1,4}(?P<first>[^\W\d_]+)(?: (?P<second>[^\W\d_]+))?")
_MINUS = re.compile(  # a dash and a space begin an item of a list
    r"(?:^|[\s(:|=])(?:-|(?:minus|moins|menos|meno) )(?:(?:[$€£¥]|[A-Z]{3}) ?)?$", re.IGNORECASE
)
_MAGNITUDE = re.compile(r"[ -]?(?P<word>[^\W\d_]{2,10})(?![^\W_])")
_JOINED = re.compile(r"(?<=\d)(?P<word>[^\W\d_]{1,10})$")
_NAME = r"(?P<month>[^\W\d_]{3,14})"
_DAY_MONTH = re.compile(
    r"(?<![\w.,])(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|\.)?[ \-]{1,2}(?:(?:de|of) )?" + _NAME
)
_MONTH_DAY = re.compile(
    rf"(?<![^\W\d_]){_NAME}\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\w]|[.,]\d)"
)
_MONTH_YEAR = re.compile(
    rf"(?<![^\W\d_]){_NAME}\.? (?:(?:de|del|of) )?(?P<year>(?:19|20)\d{{2}})(?![\w]|[.,]\d)"
)


def spots(text: str, convention: Convention = UNKNOWN) -> list[Spot]:
    """Every number, date and code of a text in order; stretches do not overlap."""
    free = levelled(text)
    found: list[Spot] = []

    def take(spot: Spot) -> None:
        nonlocal free
        found.append(spot)
        free = free[: spot.start] + _MASK * (spot.end - spot.start) + free[spot.end :]

    for match in _ADDRESS.finditer(free):
        take(Code(match.start(), match.start() + len(match[0].rstrip(".,;:'"))))
    if any(c.isdigit() for c in free):
        for match in _SPACED_CODE.finditer(free):
            take(Code(*match.span()))
        for days in _dates(free, convention):
            take(days)
        for match in _PHONE.finditer(free):
            take(Code(*match.span()))
        for part in _parts_of_dates(free):
            take(part)
        for match in _SPACED_NUMBER.finditer(free):
            take(_magnified(free, Number(*match.span(), values_of(match[0]))))
        for match in _CHUNK.finditer(free):
            found += [
                _magnified(free, spot) if isinstance(spot, Number) else spot
                for spot in _chunk(match[0], match.start())
            ]
    found += _numbers_in_words(free)
    return sorted(found, key=lambda spot: spot.start)


def values_of(written: str) -> frozenset[Decimal]:
    """What a number can mean; nothing for one that is too long to be a number."""
    if len(written) > _LONGEST_NUMBER:
        return frozenset()
    found: set[Decimal] = set()
    for convention in _CONVENTIONS:
        reading = read_number(written, convention)
        value = decimal_of(reading.value) if reading is not None else None
        if value is not None:
            found.add(abs(value))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Money:
    """A currency in a text.

    ``code`` is a sign where that stands for several currencies, "" where it may be none.
    """

    start: int
    end: int
    code: str


def currencies(text: str, start: int = 0, end: int | None = None) -> Iterator[Money]:
    """The codes and signs of currencies that stand beside figures in a stretch of a text."""
    for match in _DOLLARS.finditer(text, start, len(text) if end is None else end):
        yield Money(match.start() + 1, match.end(), "$" if match["dollar"] else "£")
    for match in _CURRENCY.finditer(text, start, len(text) if end is None else end):
        mark = match["mark"] or match["behind"]
        if mark.isalpha() and not mark.isupper() and mark not in _MIXED:
            continue  # a word such as "try" or "all"
        code, certainty = currency_of(mark, UNKNOWN)
        at = match.start("mark") if match["mark"] else match.start("behind")
        sign = mark if mark in _SIGNS else ""
        yield Money(at, at + len(mark), code if certainty == 1.0 else sign)


@cache
def codes_of(mark: str) -> frozenset[str]:
    """The common currencies that a code or a sign may stand for."""
    return frozenset(
        code for code in COMMON_CODES if currency_of(mark, Convention(currency=code))[0] == code
    )


def unit_after(text: str, end: int) -> tuple[str, int, int]:
    """The unit of time behind a number that ends there, and where its word stands; "" if none.

    One word may stand between them: 1.5 % per month, 30 calendar days.
    """
    match = _UNIT.match(text, end, end + 60)
    for group in ("first", "second") if match is not None else ():
        unit = vocabulary().units.get(_folded(match[group])) if match and match[group] else None
        if match is not None and unit is not None and unit != _PERCENT:
            return unit, match.start(group), match.end(group)
    return "", end, end


def is_minus(text: str, start: int) -> bool:
    """Whether the number that begins there is said to be negative."""
    return _MINUS.search(levelled(text[max(0, start - 14) : start])) is not None


def _dates(text: str, convention: Convention) -> Iterator[Days]:
    for start, end, reading in spot_dates(text, convention):
        raw = text[start:end]
        if raw.isdigit() or reading.certainty < 0.3:
            continue  # eight digits, or a year that no paper has: a number as well as a day
        sign = "" if any(c.isalpha() for c in raw) else next((c for c in raw if c in "./-"), "")
        days = {date_of(reading.value)}
        if sign and reading.ambiguous:
            for day_first in (True, False):
                for _, _, other in spot_dates(raw, replace(convention, day_first=day_first)):
                    days.add(date_of(other.value))
        yield Days(start, end, frozenset(day for day in days if day is not None), sign)


def _parts_of_dates(text: str) -> Iterator[PartOfDate]:
    taken = 0
    matches = [
        match
        for pattern in (_DAY_MONTH, _MONTH_YEAR, _MONTH_DAY)
        for match in pattern.finditer(text)
        if month_of(match["month"], UNKNOWN) is not None
    ]
    for match in sorted(matches, key=lambda match: match.start()):
        if match.start() < taken:
            continue
        month = month_of(match["month"], UNKNOWN)
        parts = match.groupdict()
        day = int(parts["day"]) if parts.get("day") else None
        year = int(parts["year"]) if parts.get("year") else None
        if month is None or (day is not None and not 1 <= day <= 31):
            continue
        taken = match.end()
        yield PartOfDate(match.start(), match.end(), month, day, year)


def _chunk(written: str, start: int) -> Iterator[Spot]:
    """What a run of print with a digit in it is."""
    first = next(at for at, c in enumerate(written) if c.isalnum())
    last = next(at for at in range(len(written), 0, -1) if written[at - 1].isalnum())
    core, start = written[first:last], start + first
    end = start + len(core)
    if _PLAIN_NUMBER.fullmatch(core):
        values = values_of(core)
        yield Number(start, end, values) if values else Code(start, end, loose=False)
    elif (match := _WITH_UNIT.fullmatch(core)) is not None and values_of(match["number"]):
        yield Number(start, end, values_of(match["number"]))
    elif len(core) <= _LONGEST_NUMBER and _COMPOSED.fullmatch(bare := _SIGN.sub("", core)):
        parts = tuple(values_of(part) for part in _BETWEEN_PARTS.split(bare))
        yield Code(start, end, parts, loose=False)
    else:
        yield Code(start, end, loose=any(c.isalpha() for c in core))


def _magnified(text: str, number: Number) -> Number:
    """A number with the word behind it that multiplies it: 1.2 million is no 1.2."""
    # "12k" has it in its own chunk.
    own = text[number.end - 1 : number.end].isalpha()
    word = (
        _JOINED.search(text, number.start, number.end)
        if own
        else _MAGNITUDE.match(text, number.end)
    )
    by = vocabulary().magnitudes.get(_folded(word["word"])) if word is not None else None
    if word is None or by is None:
        return number
    values = frozenset(value * by for value in number.values)
    return Number(number.start, max(number.end, word.end()), values)


def _numbers_in_words(text: str) -> Iterator[Number]:
    """Numbers in words that count time or per cent, at most one word before the unit.

    Two invoices or three pages are counted by whoever writes; three months are a term.
    """
    words = list(_WORD.finditer(text))
    for at, word in enumerate(words):
        value = vocabulary().numbers.get(_folded(word[0]))
        if value is None:
            continue
        if any(_folded(next_[0]) in vocabulary().units for next_ in words[at + 1 : at + 3]):
            yield Number(word.start(), word.end(), frozenset({Decimal(value)}))


def words_as_numbers(text: str) -> Iterator[tuple[Decimal, int]]:
    """The numbers that words of a printed line can mean, whatever they count, and their ends."""
    for word in _WORD.finditer(levelled(text)):
        folded = _folded(word[0])
        known = vocabulary()
        value = next(
            (w[folded] for w in (known.numbers, known.articles, known.ordinals) if folded in w),
            None,
        )
        if value is not None:
            yield Decimal(value), word.end()


def _folded(word: str) -> str:
    return fold(word) if len(word) < 20 else ""
