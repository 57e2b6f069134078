"""Where a value that is already known stands on the pages.

The opposite of reading: nothing is guessed about a document's conventions, every form in
which the value could be printed counts.  It serves the readers whose values do not come
from the page (e-invoice XML, a language model): the place shows the user where to look,
and that there is one is a second support for the value.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import groupby

from babel.dates import get_month_names
from babel.numbers import get_currency_symbol

from app.document import Box, Page, Word, date_of, decimal_of, union_of
from app.document_types import Kind
from app.reading.layout import lines_of


@dataclass(frozen=True, slots=True)
class Place:
    """One place on a page: the text as printed there, and its box."""

    page: int
    box: Box
    raw: str


MOST_PLACES = 50

_NUMBER = re.compile(r"\d+(?:[.,'’\s ]\d+)*")
_GROUPED = re.compile(r"\d{1,3}(?:[ ' ’  ]\d{3})+(?:[.,]\d+)?")
_PIECE = re.compile(r"\d+|[^\W\d_]+")
# Month names of the languages that documents are likely to be in; CLDR has them all.
_MONTH_LANGUAGES = [
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
    "da",
    "sv",
    "nb",
    "fi",
    "hu",
    "ro",
    "hr",
    "sl",
    "lt",
    "lv",
    "et",
    "el",
    "bg",
    "ru",
    "uk",
    "tr",
    "id",
    "ms",
    "vi",
]
_BETWEEN = frozenset({"de", "del", "of", "den", "the", "le", "el", "st", "nd", "rd", "th", "er"})
_CJK_DATE = frozenset("年月日")
_SYMBOL_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "da", "sv", "hu")
_BREAK = "\n"  # between printed lines; no folded text has it
_TWO_DECIMALS = re.compile(r"[.,]\d{2,}$|[.,][-–—]{1,2}$")


class PrintedPages:
    """The words of some pages, indexed for looking values up."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._pages = pages
        self._lines = [
            (page.number, line.words) for page in pages for line in lines_of(page) if line.words
        ]
        self._numbers: dict[int, dict[Decimal, list[Place]]] | None = None
        self._folded: list[_Folded] | None = None
        self._known_texts: dict[str, list[Place]] = {}

    def places(
        self, kind: Kind, value: str, *, page: int | None = None, loose: bool = False
    ) -> list[Place]:
        """The places where ``value`` (canonical) stands, in page and line order.

        ``page`` looks for a number on one page only; texts that recur are given up to
        :data:`MOST_PLACES` times.

        For numbers the sign is left aside: a credit note prints with a minus what the
        XML states as positive.  ``loose`` takes "9" for 9.00 too, which is right only where
        something else (its row) says that this is the place.
        """
        if not value:
            return []
        if kind in {Kind.AMOUNT, Kind.NUMBER}:
            number = decimal_of(value)
            if number is None:
                return []
            found = self._number_places(abs(number), page)
            if kind is Kind.AMOUNT and not loose:
                # "9" on a page is seldom 9.00; print with decimals is preferred.
                exact = [p for p in found if _TWO_DECIMALS.search(p.raw.rstrip(" €$£)-"))]
                return exact or (found if abs(number) >= 100 else [])
            return found
        if kind is Kind.DATE:
            day = date_of(value)
            return [] if day is None else list(self._dates(day))
        if kind is Kind.CURRENCY:
            return list(self._currencies(value))
        if value not in self._known_texts:
            self._known_texts[value] = self._texts(value)
        return self._known_texts[value]

    def _number_places(self, number: Decimal, page: int | None) -> list[Place]:
        if self._numbers is None:
            self._numbers = defaultdict(lambda: defaultdict(list))
            for on, words in self._lines:
                for place, numbers in _printed_numbers(on, words):
                    for found in numbers:
                        self._numbers[on][found].append(place)
        if page is not None:
            return self._numbers.get(page, {}).get(number, [])
        return [p for places in self._numbers.values() for p in places.get(number, ())]

    def _dates(self, day: dt.date) -> Iterator[Place]:
        for page, words in self._lines:
            pieces = [
                (folded, at)
                for at, word in enumerate(words)
                for folded in _PIECE.findall(fold(word.text, letters_only=False))
                if folded not in _BETWEEN and folded not in _CJK_DATE
            ]
            compact = f"{day:%Y%m%d}"
            for at, (piece, word) in enumerate(pieces):
                if piece == compact:
                    yield _place(page, words[word : word + 1])
                elif at + 2 < len(pieces) and _is_day([p for p, _ in pieces[at : at + 3]], day):
                    last = pieces[at + 2][1]
                    if last - word <= 4:
                        yield _place(page, words[word : last + 1])

    def _currencies(self, code: str) -> Iterator[Place]:
        signs = currency_signs(code)
        for page, words in self._lines:
            for word in words:
                if any(part in signs for part in re.split(r"[\d.,:()\s]+", word.text.upper())):
                    yield _place(page, [word])

    def _texts(self, value: str) -> list[Place]:
        needle = fold(value)
        if not needle:
            return []
        if self._folded is None:
            # Columns side by side: what wraps within a column is found in the words' own
            # order, what runs across it on the printed lines.
            self._folded = [_Folded(page.number, [page.words]) for page in self._pages]
            for number, lines in groupby(self._lines, key=lambda line: line[0]):
                self._folded.append(_Folded(number, [words for _, words in lines]))
        found: list[Place] = []
        for text in self._folded:
            for place in text.find(needle):
                if not any(p.page == place.page and _overlap(p.box, place.box) for p in found):
                    found.append(place)
                if len(found) >= MOST_PLACES:
                    break
        return sorted(found, key=lambda p: (p.page, p.box.y0, p.box.x0))


class _Folded:
    """Runs of words (a page's, its lines') as one folded string that knows its words."""

    def __init__(self, page: int, runs: Sequence[Sequence[Word]]) -> None:
        self.page = page
        self.words: list[Word] = []
        self.starts: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        parts: list[str] = []
        at = 0
        for run in runs:
            for word in run:
                folded = fold(word.text)
                if folded:
                    self.starts[at] = len(self.words)
                    at += len(folded)
                    self.ends[at] = len(self.words)
                    parts.append(folded)
                self.words.append(word)
            parts.append(_BREAK)
            at += 1
        self.text = "".join(parts)
        self._sorted = sorted(self.starts)

    def find(self, needle: str) -> Iterator[Place]:
        at = self.text.find(needle)
        while at >= 0:
            end = at + len(needle)
            first, last = self.starts.get(at), self.ends.get(end)
            if len(needle) >= 6:
                # Print may glue a label to a value ("No.:471102"), never a word to a short one.
                first = self._word_at(at) if first is None else first
                last = self._word_at(end - 1) if last is None else last
            if first is not None and last is not None:
                words = self.words[first : last + 1]
                if _compact(words):
                    yield _place(self.page, words)
            at = self.text.find(needle, at + 1)

    def _word_at(self, offset: int) -> int:
        return self.starts[self._sorted[bisect_right(self._sorted, offset) - 1]]


def fold(text: str, letters_only: bool = True) -> str:
    """Letters and digits without case and accents; other characters dropped or kept."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(
        c for c in decomposed if not unicodedata.combining(c) and (c.isalnum() or not letters_only)
    )


@cache
def currency_signs(code: str) -> frozenset[str]:
    """The code and the symbols under which a currency is printed, in upper case."""
    signs = {get_currency_symbol(code, locale).upper() for locale in _SYMBOL_LANGUAGES}
    return frozenset(signs | {code}) | (frozenset({"EURO"}) if code == "EUR" else frozenset())


@cache
def _months() -> dict[str, frozenset[int]]:
    names: defaultdict[str, set[int]] = defaultdict(set)
    for language in _MONTH_LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for month, name in get_month_names(width, context, language).items():
                    names[fold(name)].add(month)
                    if width == "wide":
                        names[fold(name)[:3]].add(month)
    return {name: frozenset(months) for name, months in names.items() if name}


def _is_day(pieces: list[str], day: dt.date) -> bool:
    """Whether three pieces of print, in any usual order, are this day."""
    years = {str(day.year), f"{day.year % 100:02d}", str(day.year - 1911)}
    days = {str(day.day), f"{day.day:02d}"}
    numeric = {str(day.month), f"{day.month:02d}"}

    def is_month(piece: str) -> bool:
        return piece in numeric or day.month in _months().get(piece, ())

    a, b, c = pieces
    return (
        (a in days and is_month(b) and c in years)
        or (is_month(a) and b in days and c in years)
        or (a in years and is_month(b) and c in days)
    )


def _printed_numbers(page: int, words: Sequence[Word]) -> Iterator[tuple[Place, set[Decimal]]]:
    for start, word in enumerate(words):
        if not any(c.isdigit() for c in word.text):
            continue
        for found in _NUMBER.findall(word.text):
            yield _place(page, words[start : start + 1]), numbers_of(found)
        # Groups of thousands set apart by spaces are several words.
        for end in range(start + 2, min(start + 5, len(words)) + 1):
            joined = " ".join(w.text for w in words[start:end])
            grouped = _GROUPED.search(joined)
            if grouped and grouped[0].count(" ") == end - start - 1:
                yield _place(page, words[start:end]), numbers_of(grouped[0])


def numbers_of(printed: str) -> set[Decimal]:
    """Every number that a run of digits and separators can stand for, in any convention."""
    text = re.sub(r"[\s'’ ]", "", printed)
    separators = [c for c in text if c in ".,"]
    results: set[Decimal] = set()
    if len(text) > 30:
        return results
    digits = re.sub(r"[.,]", "", text)
    if not separators:
        return {Decimal(digits)}
    groups = re.split(r"[.,]", text)
    if all(len(g) == 3 for g in groups[1:]) and len(set(separators)) == 1:
        results.add(Decimal(digits))
    if separators.count(separators[-1]) == 1:
        whole, fraction = digits[: -len(groups[-1])], groups[-1]
        results.add(Decimal(f"{whole}.{fraction}"))
    return results


def _place(page: int, words: Sequence[Word]) -> Place:
    return Place(page, union_of([w.box for w in words]), " ".join(w.text for w in words))


def _compact(words: Sequence[Word]) -> bool:
    """Whether words that spell a text also stand together: in a line or in lines below it."""
    box = union_of([w.box for w in words])
    height = max(w.box.height for w in words)
    return box.height <= max(1, len(words)) * 2.5 * height


def _overlap(a: Box, b: Box) -> bool:
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1
