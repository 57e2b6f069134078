"""Days as documents print them, in figures and in words.

Month names come from CLDR (through Babel), in the languages that the program reads.
What 03/04/2026 means is settled by the document's convention, else the reading is
marked ambiguous.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import replace
from functools import cache

from babel import Locale

from app.reading.amounts import plain
from app.reading.readings import Convention, Reading

LONGEST = 64  # characters; no printed date is longer

# The languages whose month names are known; of two meanings of one name the convention's
# language decides, then this order.
LANGUAGES = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "nl",
    "pt",
    "pl",
    "cs",
    "sk",
    "sv",
    "da",
    "nb",
    "fi",
    "ro",
    "hu",
    "tr",
    "ca",
    "hr",
    "sl",
    "id",
    "ms",
    "et",
    "lv",
    "lt",
    "ru",
    "uk",
    "bg",
    "el",
)
# Abbreviations in print that CLDR does not list.
_MORE = {
    "sept": 9,
    "mrz": 3,
    "maer": 3,
    "maerz": 3,
    "jaen": 1,
    "jaenner": 1,
    "janner": 1,
    "feber": 2,
    "febr": 2,
    "okt": 10,
    "avr": 4,
    "juil": 7,
    "jui": 7,
    "fevr": 2,
    "ene": 1,
    "abr": 4,
    "ago": 8,
    "dic": 12,
    "genn": 1,
    "febb": 2,
    "mag": 5,
    "giu": 6,
    "giugn": 6,
    "lug": 7,
    "sett": 9,
    "ott": 10,
    "mrt": 3,
    "mei": 5,
    "juin": 6,
    "mars": 3,
    "set": 9,
    "out": 10,
    "dez": 12,
    "setiembre": 9,
    "janv": 1,
    "aout": 8,
}
_FIRST_YEAR = 1990
_ZERO_ROC = 1911  # year 1 of the Taiwanese calendar is 1912
_ZERO_THAI = 543


def fold(text: str) -> str:
    """Lower case without accents, so that "Março", "MARCO" and "março" are one."""
    lowered = text.casefold().replace("ł", "l").replace("ı", "i").replace("ø", "o")
    if lowered.isascii():
        return lowered
    apart = unicodedata.normalize("NFKD", lowered)
    return "".join(c for c in apart if not unicodedata.combining(c))


@cache
def months() -> dict[str, dict[str, int]]:
    """Month numbers by folded name, and then by language ("" for the common abbreviations)."""
    names: dict[str, dict[str, int]] = {}
    for language in LANGUAGES:
        calendar = Locale(language).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in calendar[context][width].items():
                    folded = fold(name).rstrip(".")
                    if len(folded) < 3 or not folded.isalpha():
                        continue
                    known = names.setdefault(folded, {})
                    known.setdefault(language, number)
    for name, number in _MORE.items():
        names.setdefault(name, {}).setdefault("", number)
    return names


@cache
def weekdays() -> frozenset[str]:
    """The folded names of the days of the week in every language."""
    return frozenset(
        fold(name).rstrip(".")
        for language in LANGUAGES
        for width in ("wide", "abbreviated")
        for name in Locale(language).days["format"][width].values()
    )


def month_of(name: str, convention: Convention) -> int | None:
    """The month that a printed name means, or ``None``."""
    folded = fold(name).rstrip(".")
    if folded not in months():
        # umlauts written out, "Maerz", and what OCR makes of short names
        folded = folded.replace("0", "o").replace("1", "l")
    known = months().get(folded)
    if not known:
        return None
    for language in (*convention.languages, *LANGUAGES, ""):
        if language in known:
            return known[language]
    return None


_SEP = r"[./\-,]"
_TIME = (
    r"(?:[ T,]{0,3}\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?:\.\d{1,6})?"
    r"\s?(?:Z|[AaPp]\.?[Mm]\.?|[+-]\d{2}:?\d{2})?)"
)
_ALONE = r"(?<!\d)(?<!\d[.,/\-])"  # not the tail of a longer number
_LONG_YEAR = r"(?:19|20|25)\d{2}"
# The year may run on into digits only where they are a time: "25/12/201814:33".
YEAR_FIRST = re.compile(
    rf"{_ALONE}(?P<y>{_LONG_YEAR})\s?(?P<s>[./\-,]|年)\s?(?P<m>\d{{1,2}})\s?(?:(?P=s)|月)\s?"
    rf"(?P<d>\d{{1,2}})(?:日|\.)?(?={_TIME}|(?!\d))"
)
YEAR_LAST = re.compile(
    rf"{_ALONE}(?P<a>\d{{1,2}})\s?(?P<s>{_SEP})\s?(?P<b>\d{{1,2}})\s?(?P<t>{_SEP})\s?"
    rf"(?P<y>{_LONG_YEAR}(?={_TIME}|(?!\d))|'?\d{{2}}(?={_TIME}|(?!\d)))(?![./\-]\d)"
)
_COMPACT = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)"
)
_SPACED = re.compile(
    r"(?<![\d.,] )(?<![\d.,/\-])(?P<a>\d{2}) (?P<b>\d{2}) (?P<y>20\d{2})(?! ?[\d.,/\-]\d)(?!\d)"
)
_ROC = re.compile(
    r"(?<![\d./\-])(?:中華民國|民國)?\s?(?P<y>1[0-3]\d|[89]\d)\s?(?P<s>年|[./\-])\s?(?P<m>\d{1,2})"
    r"\s?(?:月|(?P=s))\s?(?P<d>\d{1,2})\s?日?(?![\d./\-])"
)
_NAME = r"(?P<month>[^\W\d_]{3,14})"
_OF = r"(?:\s?(?:de|of|di|d'|del|den)(?=\s)\s?)?"
_YEAR_BEHIND = rf"(?P<y>{_LONG_YEAR}(?={_TIME}|(?!\d))|\d{{2}}(?![\d.,:%]))"
DAY_MONTH = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|re|º|°|o|\.a)?[.,]?[\s\-/.]{{0,2}}{_OF}[\s\-/.]{{0,2}}"
    rf"{_NAME}\.?,?[\s\-/.']{{0,3}}(?:(?:de|del|of)\s)?{_YEAR_BEHIND}(?:\s?r\.)?",
    re.IGNORECASE,
)
MONTH_DAY = re.compile(
    rf"(?<![^\W\d_]){_NAME}\.?[\s\-/.]{{0,2}}(?P<d>\d{{1,2}})(?!\d)(?:st|nd|rd|th)?"
    rf"[,.]?[\s\-/.,']{{1,3}}{_YEAR_BEHIND}",
    re.IGNORECASE,
)
YEAR_MONTH_DAY = re.compile(
    rf"(?<!\d)(?P<y>(?:19|20)\d{{2}})[.,]?[\s\-/.]{{0,2}}{_NAME}\.?[\s\-/.]{{0,2}}"
    r"(?P<d>\d{1,2})(?!\d)\.?"
)
# A date in figures where OCR put letters for some of them.
_NEARLY = re.compile(
    r"(?<!\w)[\dOoIl]{1,2}(?P<s>[./\-])[\dOoIl]{1,2}(?P=s)(?:[\dOoIl]{4}|[\dOoIl]{2})(?!\w)"
)
_CONFUSED = str.maketrans("OoIl", "0011")


def _year(text: str) -> tuple[int, bool]:
    """The year that its printed figures mean, and whether the century was left out."""
    number = int(text.lstrip("'"))
    if len(text.lstrip("'")) == 2:
        return (2000 + number if number < 70 else 1900 + number), True
    if 2500 <= number < 2600:
        return number - _ZERO_THAI, False
    return number, False


def plausible(day: dt.date) -> bool:
    """Whether a business document of today may carry this day."""
    today = dt.date.today()
    return day.year >= _FIRST_YEAR and day <= dt.date(today.year + 2, 12, 31)


def _reading(
    year: int, month: int, day: int, certainty: float, ambiguous: bool = False
) -> Reading | None:
    try:
        date = dt.date(year, month, day)
    except ValueError:
        return None
    if not plausible(date):
        certainty = min(certainty, 0.2)
    return Reading(date.isoformat(), certainty, ambiguous)


def _settle(
    first: int, second: int, year: int, short: bool, separator: str, convention: Convention
) -> Reading | None:
    """A date whose first two figures are day and month in an order to be found."""
    surely = 0.95 if short else 0.98
    if first > 12 or second > 12 or first == second:
        day, month = (second, first) if second > 12 >= first else (first, second)
        reading = _reading(year, month, day, surely)
        against = convention.day_first is (second > 12) and first != second
        if reading and against:
            return Reading(reading.value, 0.85)
        return reading
    day_first = convention.day_first
    if day_first is None and separator in ".,":
        day_first = True  # nobody writes month.day.year
        surely = 0.93
    if day_first is None:
        return _reading(year, second, first, 0.5, ambiguous=True)
    day, month = (first, second) if day_first else (second, first)
    return _reading(year, month, day, surely)


def spot_dates(text: str, convention: Convention) -> list[tuple[int, int, Reading]]:
    """Every date in ``text`` (plain, see :func:`amounts.plain`): start, end and reading.

    Spans do not overlap, and are in the order of the text.
    """
    found: list[tuple[int, int, Reading]] = []
    free = text

    def take(start: int, end: int, reading: Reading | None) -> None:
        nonlocal free
        if reading is not None:
            found.append((start, end, reading))
            free = free[:start] + "\x00" * (end - start) + free[end:]

    if not any(c.isdigit() for c in text):
        return found
    for match in YEAR_FIRST.finditer(free):
        year, _ = _year(match["y"])
        reading = _reading(year, int(match["m"]), int(match["d"]), 0.99)
        if reading is None and int(match["m"]) > 12:
            reading = _reading(year, int(match["d"]), int(match["m"]), 0.6)
        take(*match.span(), reading)
    for match in _NEARLY.finditer(free):
        text_of = match[0]
        if sum(c.isdigit() for c in text_of) >= 4 and not text_of.replace(match["s"], "").isdigit():
            mended = spot_dates(text_of.translate(_CONFUSED), convention)
            if mended:
                take(*match.span(), replace(mended[0][2], certainty=0.6))
    for match in YEAR_LAST.finditer(free):
        year, short = _year(match["y"])
        if (short and "," in (match["s"], match["t"])) or (short and match["s"] != match["t"]):
            continue  # "1,20,30" is a list, not a day
        reading = _settle(int(match["a"]), int(match["b"]), year, short, match["s"], convention)
        if reading and match["s"] != match["t"]:
            reading = replace(reading, certainty=reading.certainty * 0.8)
        take(*match.span(), reading)
    if convention.country == "TW" or convention.language.startswith("zh") or "年" in text:
        for match in _ROC.finditer(free):
            reading = _reading(int(match["y"]) + _ZERO_ROC, int(match["m"]), int(match["d"]), 0.95)
            take(*match.span(), reading)
    if any(c.isalpha() for c in free):
        for pattern in (YEAR_MONTH_DAY, DAY_MONTH, MONTH_DAY):
            for match in pattern.finditer(free):
                month = month_of(match["month"], convention)
                if month is None:
                    continue
                year, short = _year(match["y"])
                take(*match.span(), _reading(year, month, int(match["d"]), 0.95 if short else 0.99))
    for match in _COMPACT.finditer(free):
        take(*match.span(), _reading(int(match["y"]), int(match["m"]), int(match["d"]), 0.5))
    for match in _SPACED.finditer(free):
        reading = _settle(int(match["a"]), int(match["b"]), int(match["y"]), False, " ", convention)
        take(*match.span(), reading and replace(reading, certainty=reading.certainty * 0.5))
    found.sort(key=lambda spot: spot[0])
    return found


def read_date(raw: str, convention: Convention) -> Reading | None:
    """The day that ``raw`` is; a weekday before it and a time behind it are allowed."""
    if len(raw) > LONGEST:
        return None
    text = plain(raw)
    spots = spot_dates(text, convention)
    if len(spots) != 1:
        return None
    start, end, reading = spots[0]
    before, behind = text[:start], text[end:]
    if not re.fullmatch(r"[\s,;:.()|]*(?:[^\W\d_]{1,14}[.\-]?[,:]?\s*){0,3}", before):
        return None
    words = re.findall(r"[^\W\d_]{3,}", behind)
    if words and fold(words[0]) in weekdays():
        behind = behind.replace(words[0], "", 1)
    if not re.fullmatch(rf"[\s,;.()]*{_TIME}?[\s,;.()]*(?:Uhr|hrs?|uur|h)?[\s.)]*", behind):
        return None
    return reading
