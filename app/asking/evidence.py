"""What printed lines say, in a form against which an answer can be held."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from app.asking.naming import folded_words
from app.asking.sheets import Paper, Sheet
from app.asking.spotting import (
    Code,
    Days,
    Number,
    PartOfDate,
    Spot,
    currencies,
    levelled,
    spots,
    unit_after,
    words_as_numbers,
)
from app.reading.dates import fold, month_of
from app.reading.readings import UNKNOWN, Convention

_MOST = 2_000  # characters of one line that are looked at; no printed line is longer
_RUN = re.compile(r"[^\W_]+")
_SHORT_DATE = re.compile(r"(?<![\w.,/])(\d{1,2})[./](\d{1,2})(?:\.(?!\d)|(?![\w.,/]))")
_TAKES_OFF = re.compile(
    r"(?<![^\W_])- ?(?:[$€£¥]|[A-Z]{3})? ?\d|\d ?-(?![\w])|\( ?[$€£¥]? ?\d"
    r"|(?<![^\W_])(?:S|D|DR|DB|Soll|debit|d[eé]bit|Lastschrift|minus|moins|menos)(?![^\W_])",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_INSIDE_BEFORE = re.compile(r"[^\W_][.,'/:\-]?$")
_INSIDE_AFTER = re.compile(r"[.,'/:\-]?[^\W_]")


@dataclass(frozen=True, slots=True)
class Facts:
    """The numbers, days and words of one printed line, or of two that follow each other.

    ``signs`` are those between the figures of its dates, ``day_first`` their order.
    ``currencies`` stand beside its figures, "" for what may be none.  ``units`` are numbers
    with the unit of time behind them; ``minus`` says that a sign or a word takes something
    off.  ``text`` is as it is
    printed, ``compact`` its letters and digits, folded, of which words begin at ``starts``
    and end at ``ends``.
    """

    numbers: frozenset[Decimal]
    days: frozenset[dt.date]
    signs: frozenset[str]
    day_first: bool | None
    months: frozenset[tuple[int, int | None, int | None]]
    words: frozenset[str]
    currencies: frozenset[str]
    units: frozenset[tuple[Decimal, str]]
    minus: bool
    text: str
    compact: str
    starts: frozenset[int]
    ends: frozenset[int]

    def has_code(self, written: str) -> bool:
        """Whether this is printed here, whatever signs and spaces stand in it."""
        wanted, _, _ = _compact(written)
        at = self.compact.find(wanted) if wanted else -1
        while at >= 0:
            if at in self.starts and at + len(wanted) in self.ends:
                return True
            at = self.compact.find(wanted, at + 1)
        return False

    def has(self, spot: Spot, written: str) -> bool:
        """Whether what stands in an answer as ``written`` stands here, by its value."""
        if isinstance(spot, Number):
            return not self.numbers.isdisjoint(spot.values)
        if isinstance(spot, Days):
            return not self.days.isdisjoint(self._meant(spot, written)) or self.has_code(written)
        if isinstance(spot, PartOfDate):
            return self._has_part(spot) or self.has_code(written)
        parts = bool(spot.parts) and all(
            not self.numbers.isdisjoint(values) for values in spot.parts
        )
        return parts or (self.has_code(written) if spot.loose else self._has_text(written))

    def _has_text(self, written: str) -> bool:
        """Whether this is printed here with the same signs, and not inside something longer."""
        wanted = levelled(written)
        at = self.text.find(wanted)
        while at >= 0:
            around = self.text[max(0, at - 2) : at], self.text[at + len(wanted) :][:2]
            if not _INSIDE_BEFORE.search(around[0]) and not _INSIDE_AFTER.match(around[1]):
                return True
            at = self.text.find(wanted, at + 1)
        return False

    def _meant(self, days: Days, written: str) -> frozenset[dt.date]:
        """The days that a date can mean; written as here, 03/04 means what it means here."""
        if len(days.days) < 2 or days.sign not in self.signs:
            return days.days
        again = spots(written, Convention(day_first=self.day_first))
        return frozenset(day for spot in again if isinstance(spot, Days) for day in spot.days)

    def _has_part(self, part: PartOfDate) -> bool:
        wanted = (part.month, part.day, part.year)
        return any(
            all(want is None or want == got for want, got in zip(wanted, there, strict=True))
            for there in self.months
        )


def facts_of(text: str, convention: Convention = UNKNOWN) -> Facts:
    """What a line says."""
    text = text[:_MOST]
    in_words = list(words_as_numbers(text))
    numbers: set[Decimal] = {value for value, _ in in_words}
    units = {(value, unit_after(text, end)[0]) for value, end in in_words}
    days: set[dt.date] = set()
    signs: set[str] = set()
    months: set[tuple[int, int | None, int | None]] = set()
    for spot in spots(text, convention):
        if isinstance(spot, Number):
            numbers |= spot.values
            units |= {(value, unit_after(text, spot.end)[0]) for value in spot.values}
            if " " in levelled(text[spot.start : spot.end]):
                # Two columns may stand as close as thousands do.
                for part in _RUN.findall(text[spot.start : spot.end]):
                    numbers |= {Decimal(part)} if part.isdecimal() else set()
        elif isinstance(spot, Code):
            for values in spot.parts:
                numbers |= values
        elif isinstance(spot, Days):
            days |= spot.days
            signs |= {spot.sign} if spot.sign else set()
            numbers |= {Decimal(day.year) for day in spot.days}
        else:
            months.add((spot.month, spot.day, spot.year))
            numbers |= {Decimal(part) for part in (spot.day, spot.year) if part is not None}
    months |= {(day.month, day.day, day.year) for day in days}
    for word in _RUN.findall(text):
        month = month_of(word, UNKNOWN) if word.isalpha() and 3 < len(word) < 15 else None
        months |= {(month, None, None)} if month is not None else set()
    for first, second in _SHORT_DATE.findall(text):
        for day, part in ((int(first), int(second)), (int(second), int(first))):
            months |= {(part, day, None)} if 1 <= day <= 31 and 1 <= part <= 12 else set()
    return Facts(
        frozenset(numbers),
        frozenset(days),
        frozenset(signs),
        convention.day_first,
        frozenset(months),
        frozenset(folded_words(text)),
        frozenset(money.code for money in currencies(text)),
        frozenset((value, unit) for value, unit in units if unit),
        _TAKES_OFF.search(levelled(text)) is not None,
        levelled(text),
        *_compact(text),
    )


class Evidence:
    """The facts of the lines that were given, each taken apart once."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._papers = {paper.document_id: paper for paper in papers}
        self._facts: dict[tuple[int, int, int, bool], Facts] = {}
        self._years: dict[int, frozenset[int]] = {}
        self._figures: dict[tuple[int, int], list[tuple[int, str]]] = {}

    def of_lines(self, document_id: int, page: int, first: int, last: int) -> list[Facts]:
        """The facts of some lines, each and together with the next of them."""
        return [
            self._of(document_id, page, number, joined=joined)
            for number in range(first, last + 1)
            for joined in (False, True)
            if not joined or number < last
        ]

    def has_anywhere(self, spot: Spot, written: str) -> bool:
        """Whether it stands on any line that was given."""
        telling = _telling(spot, written)
        return any(
            facts.has(spot, written)
            for paper in self._papers.values()
            for sheet in paper.sheets
            for line, digits in self._digits(paper.document_id, sheet)
            if telling in digits
            for facts in self.of_lines(paper.document_id, sheet.page.number, line, line)
        )

    def years(self, document_id: int) -> frozenset[int]:
        """The years that stand anywhere on the pages of a document: 19xx and 20xx."""
        if document_id not in self._years:
            self._years[document_id] = frozenset(
                int(year)
                for sheet in self._papers[document_id].sheets
                for line in sheet.lines
                for year in _YEAR.findall(levelled(line.text[:_MOST]))
            )
        return self._years[document_id]

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Words that follow each other anywhere in what was given, folded."""
        found: set[tuple[str, str]] = set()
        for paper in self._papers.values():
            for sheet in paper.sheets:
                words = [w for line in sheet.lines for w in folded_words(line.text[:_MOST])]
                found.update(pairwise(words))
        return frozenset(found)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word that was given, folded."""
        return frozenset(
            word
            for paper in self._papers.values()
            for sheet in paper.sheets
            for line in sheet.lines
            for word in folded_words(line.text[:_MOST])
        )

    def _digits(self, document_id: int, sheet: Sheet) -> list[tuple[int, str]]:
        """By line, its digits alone: a quick look before a thorough one."""
        key = (document_id, sheet.page.number)
        if key not in self._figures:
            self._figures[key] = [
                (line.number, "".join(filter(str.isdecimal, levelled(line.text[:_MOST]))))
                for line in sheet.lines
            ]
        return self._figures[key]

    def _of(self, document_id: int, page: int, number: int, *, joined: bool) -> Facts:
        key = (document_id, page, number, joined)
        if key not in self._facts:
            paper = self._papers[document_id]
            lines = paper.by_page[page].lines[number - 1 : number + joined]
            text = " ".join(line.text for line in lines)
            self._facts[key] = facts_of(text, paper.convention)
        return self._facts[key]


def _compact(text: str) -> tuple[str, frozenset[int], frozenset[int]]:
    parts: list[str] = []
    starts: set[int] = set()
    ends: set[int] = set()
    at = 0
    for run in _RUN.findall(levelled(text)):
        folded = fold(run)
        starts.add(at)
        at += len(folded)
        ends.add(at)
        parts.append(folded)
    return "".join(parts), frozenset(starts), frozenset(ends)


def _telling(spot: Spot, written: str) -> str:
    """Digits that a line must have to have this, in whatever notation."""
    if isinstance(spot, Number):
        return min((_significant(value) for value in spot.values), key=len, default="")
    if isinstance(spot, Code) and not spot.parts:
        return max(re.findall(r"\d+", levelled(written)), key=len, default="")
    return ""


def _significant(value: Decimal) -> str:
    digits = "".join(filter(str.isdecimal, format(value.normalize(), "f")))
    return digits.strip("0")
