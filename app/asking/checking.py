"""Holds an answer against the lines that it cites, and marks what does not stand in them.

What is looked at: numbers, dates, codes (invoice numbers, IBANs, addresses of mail) and
names.  All but names are compared by value: 1.234,50 is 1,234.50, and 3 November 2026 is
03.11.2026.  The rules, with their reasons:

- A value belongs to the citations that follow it on its line of the answer, or, where none
  do, to the ones before it.  Citations with nothing but signs between them are one group; a
  line that only cites belongs to the line before it.
- A value that its group does not have is ``NOT_THERE``, even if other lines have it: net and
  gross must not change places.
- A value on a line without any citation is ``NOT_CITED``, unless the answer has it verified
  elsewhere (a last sentence may sum up).
- A value that only repeats the question is right wherever the given pages have it: "The
  total of invoice 4711 is …" cites the line of the total.  If they do not have it, it is
  marked: nobody may be told "yes, 500" because they asked for 500.
- "1.", "2." at the beginnings of lines are numbering if they count up from 1.  "page 3" and
  "line 12" are right if that page or line was given.
- Words for numbers count only before a unit of time or per cent ("three months"): what an
  answer counts itself ("two invoices") is not printed anywhere.
- A currency or a unit of time beside a number is marked if the lines with the number name
  others and not it; a minus before it, if nothing in these lines takes anything off.
- A day is right where its lines print it without a year, as statements of accounts do, and
  the document has the year elsewhere.
- A name is right if the lines of any citation have it, or the question, or a file's name,
  since a sentence about somebody seldom cites the line with the name.  A single capitalised
  word, which may be no name, is right if any given line has it.

What is too long to be checked is one stretch that is not cited: nothing passes unlooked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.asking.citing import cited
from app.asking.evidence import Evidence, Facts
from app.asking.messages import Citation, Doubt, Doubted
from app.asking.naming import Name, folded_words, names
from app.asking.sheets import Paper
from app.asking.spotting import (
    Days,
    Number,
    PartOfDate,
    Spot,
    codes_of,
    currencies,
    is_minus,
    spots,
    unit_after,
)
from app.asking.vocabulary import vocabulary
from app.reading.dates import fold

_LONGEST = 20_000  # characters of an answer that are checked
_PIECE = 600  # characters that are taken apart at once, which bounds the time
_CURRENCY = 12  # characters beside a number in which its currency stands
_OF_FORM = 3  # words at the end of a company's name: its legal form, and what is before that
_MOST_GROUP = 24  # citations that stand for one value

_NUMBERING = re.compile(r"\s*(?:[-*•>#]+\s*)?\(?(?P<number>\d{1,2})[.)](?=\s|$)")
_WORD_BEFORE = re.compile(r"([^\W\d_]{1,10})\.?\s?$")


@dataclass(frozen=True, slots=True)
class Checked:
    """The citations of an answer, and what of it could not be verified."""

    citations: tuple[Citation, ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Citations that stand together: where, and which."""

    start: int
    end: int
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """A value of the answer, and the citations that it belongs to, ``None`` without any."""

    start: int
    end: int
    spot: Spot
    group: _Group | None


def checked(text: str, question: str, papers: Sequence[Paper]) -> Checked:
    """Check an answer to a question against the papers that it was given."""
    whole, text = len(text), text[:_LONGEST]
    found = cited(text, papers)
    evidence = Evidence(papers)
    groups = _groups(text, found.citations, found.spans)
    bare = _without(text, found.spans)
    said = list(_said(bare, groups))
    asked = _Asked(question, evidence)
    doubts = list(found.doubts)
    verified: list[_Said] = []
    open_: list[_Said] = []
    for one in said:
        written = bare[one.start : one.end]
        if one.group is not None and _stands(one.spot, written, evidence, one.group):
            verified.append(one)
            doubts += _wrong_beside(bare, one, evidence, one.group)
        elif not _names_place(bare, one, papers) and not asked.repeats(one.spot, written):
            open_.append(one)
    doubts += [
        Doubt(one.start, one.end, Doubted.NOT_THERE if one.group is not None else Doubted.NOT_CITED)
        for one in open_
        if one.group is not None or not _is_among(one, bare, verified)
    ]
    doubts += _doubted_names(bare, said, question, papers, found.citations, evidence)
    if whole > _LONGEST:
        doubts.append(Doubt(_LONGEST, whole, Doubted.NOT_CITED))
    return Checked(found.citations, tuple(sorted(doubts, key=lambda doubt: doubt.start)))


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with nothing in the places of its citations."""
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts += [text[at:start], " " * (end - start)]
        at = end
    return "".join([*parts, text[at:]])


def _groups(
    text: str, citations: Sequence[Citation], spans: Sequence[tuple[int, int]]
) -> list[_Group]:
    """Citations with only signs between them, together.  Those that do not exist part none."""
    groups: list[_Group] = []
    at = 0
    for start, end in spans:
        inside: list[Citation] = []
        while at < len(citations) and citations[at].start < end:
            inside.append(citations[at])
            at += 1
        last = groups[-1] if groups else None
        between = text[last.end : start] if last is not None else ""
        if last is not None and "\n" not in between and not any(c.isalnum() for c in between):
            both = (*last.citations, *inside)[:_MOST_GROUP]
            groups[-1] = _Group(last.start, end, both)
        else:
            groups.append(_Group(start, end, tuple(inside[:_MOST_GROUP])))
    return [group for group in groups if group.citations]


def _said(text: str, groups: Sequence[_Group]) -> Iterator[_Said]:
    """The values of an answer, line by line."""
    lines = list(_lines(text))
    counted = 0
    at = 0
    for index, (start, end) in enumerate(lines):
        here: list[_Group] = []
        while at < len(groups) and groups[at].start < end:
            here.append(groups[at])
            at += 1
        if not here and index + 1 < len(lines) and at < len(groups):
            below = lines[index + 1]
            if below[0] <= groups[at].start < below[1] and not text[slice(*below)].strip(" .\n"):
                here = [groups[at]]
        numbering = _NUMBERING.match(text, start, end)
        begin = start
        if numbering is not None and int(numbering["number"]) == counted + 1:
            counted += 1
            begin = numbering.end()
        for piece_start, piece_end in _pieces(text, begin, end):
            for spot in spots(text[piece_start:piece_end]):
                first, last = piece_start + spot.start, piece_start + spot.end
                yield _Said(first, last, spot, _group_of(last, here))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, start + len(line)
        start += len(line)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches of a bounded length, cut at spaces where there are any."""
    while end - start > _PIECE:
        space = text.rfind(" ", start + _PIECE // 2, start + _PIECE)
        cut = space if space > start else start + _PIECE
        yield start, cut
        start = cut
    if start < end:
        yield start, end


def _group_of(end: int, groups: Sequence[_Group]) -> _Group | None:
    """The citations that a value belongs to, of those on its line."""
    behind = next((group for group in groups if group.start >= end), None)
    return behind if behind is not None else (groups[-1] if groups else None)


def _stands(spot: Spot, written: str, evidence: Evidence, group: _Group) -> bool:
    if any(facts.has(spot, written) for facts in _facts(evidence, group.citations)):
        return True
    return isinstance(spot, Days) and any(
        (day.month, day.day, None) in facts.months
        for one in group.citations
        for day in spot.days
        if day.year in evidence.years(one.document_id)
        for facts in _facts(evidence, [one])
    )


def _wrong_beside(text: str, said: _Said, evidence: Evidence, group: _Group) -> Iterator[Doubt]:
    """A currency, a unit or a sign beside a number, where its lines have it otherwise."""
    if not isinstance(said.spot, Number):
        return
    written = text[said.start : said.end]
    lines = [f for f in _facts(evidence, group.citations) if f.has(said.spot, written)]
    yield from _wrong_currency(text, said, lines)
    unit, start, end = unit_after(text, said.end)
    printed = {of for f in lines for value, of in f.units if value in said.spot.values}
    if unit and printed and unit not in printed:
        yield Doubt(start, end, Doubted.NOT_THERE)
    if is_minus(text, said.start) and not any(facts.minus for facts in lines):
        yield Doubt(said.start, said.end, Doubted.NOT_THERE)


def _wrong_currency(text: str, said: _Said, lines: Sequence[Facts]) -> Iterator[Doubt]:
    printed = {code for facts in lines for code in facts.currencies}
    if not printed or "" in printed:
        return
    possible = frozenset(code for mark in printed for code in codes_of(mark) or {mark})
    around = max(0, said.start - _CURRENCY), min(len(text), said.end + _CURRENCY)
    for money in currencies(text, *around):
        between = text[min(money.end, said.end) : max(money.start, said.start)]
        meant = codes_of(money.code or text[money.start : money.end])
        if meant and meant.isdisjoint(possible) and not between.strip():
            yield Doubt(money.start, money.end, Doubted.NOT_THERE)


def _facts(evidence: Evidence, citations: Iterable[Citation]) -> Iterator[Facts]:
    for one in citations:
        yield from evidence.of_lines(one.document_id, one.page, one.first_line, one.last_line)


class _Asked:
    """What the question itself says."""

    def __init__(self, question: str, evidence: Evidence) -> None:
        self._spots = [
            (spot, question[start + spot.start : start + spot.end])
            for start, end in _pieces(question[:_LONGEST], 0, len(question[:_LONGEST]))
            for spot in spots(question[start:end])
        ]
        self._evidence = evidence

    def repeats(self, spot: Spot, written: str) -> bool:
        """Whether a value is of the question, and stands in what was given."""
        return any(
            _same(spot, written, other, other_written) for other, other_written in self._spots
        ) and self._evidence.has_anywhere(spot, written)


def _same(spot: Spot, written: str, other: Spot, other_written: str) -> bool:
    if isinstance(spot, Number) and isinstance(other, Number):
        return not spot.values.isdisjoint(other.values)
    if isinstance(spot, Days) and isinstance(other, Days):
        return not spot.days.isdisjoint(other.days)
    if isinstance(spot, PartOfDate) and isinstance(other, PartOfDate):
        return (spot.month, spot.day, spot.year) == (other.month, other.day, other.year)
    return fold(written) == fold(other_written)


def _is_among(said: _Said, text: str, verified: Sequence[_Said]) -> bool:
    """Whether the answer has this value verified in another place."""
    written = text[said.start : said.end]
    return any(
        type(one.spot) is type(said.spot)
        and _same(said.spot, written, one.spot, text[one.start : one.end])
        for one in verified
    )


def _names_place(text: str, said: _Said, papers: Sequence[Paper]) -> bool:
    """Whether a number is that of a page or a line that was given."""
    if not isinstance(said.spot, Number):
        return False
    before = _WORD_BEFORE.search(text[max(0, said.start - 14) : said.start])
    word = fold(before[1]) if before is not None else ""
    sheets = [sheet for paper in papers for sheet in paper.sheets]
    if word in vocabulary().page:
        return any(sheet.page.number in said.spot.values for sheet in sheets)
    longest = max((len(sheet.lines) for sheet in sheets), default=0)
    return word in vocabulary().line and any(1 <= value <= longest for value in said.spot.values)


def _doubted_names(
    text: str,
    said: Sequence[_Said],
    question: str,
    papers: Sequence[Paper],
    citations: Sequence[Citation],
    evidence: Evidence,
) -> Iterator[Doubt]:
    asked = [*folded_words(question[:_LONGEST])]
    for paper in papers:
        asked += folded_words(paper.name)
    known = set(asked)
    for facts in _facts(evidence, citations):
        known |= facts.words
    moneys = (money for line in _lines(text) for money in currencies(text, *line))
    taken = sorted([(s.start, s.end) for s in said] + [(m.start, m.end) for m in moneys])
    at = 0
    for start, end in (piece for line in _lines(text) for piece in _pieces(text, *line)):
        for name in names(text[start:end]):
            first, last = start + name.start, start + name.end
            while at < len(taken) and taken[at][1] <= first:
                at += 1
            if at < len(taken) and taken[at][0] < last:
                continue  # of a date, a code or money, which was held against its own lines
            if not _is_known(name, known, asked, evidence):
                yield Doubt(first, last, Doubted.NOT_THERE if citations else Doubted.NOT_CITED)


def _is_known(name: Name, known: set[str], asked: Sequence[str], evidence: Evidence) -> bool:
    if all(word in known for word in name.words):
        last = name.words[-_OF_FORM:]
        # The legal form of one company behind the name of another is not read off a line.
        return not name.company or all(
            pair in evidence.pairs or pair in pairwise(asked) for pair in pairwise(last)
        )
    return name.single and all(word in evidence.words for word in name.words)
