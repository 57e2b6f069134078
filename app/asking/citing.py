"""Citations in an answer: ``[3:12]``, ``[3:12-14]``, ``[B3:12]``, several with commas between.

Whoever writes them is not trusted: one that names lines which were not given is no citation
but a doubt.  Square brackets around anything else are text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.asking.messages import Citation, Doubt, Doubted
from app.asking.sheets import Paper

_QUOTE = 600  # characters of the cited lines that are kept with an answer
_MOST = 120  # characters between two brackets; no citation is longer
_BRACKETS = re.compile(rf"\[([^\[\]\n]{{1,{_MOST}}})\]")
_UNCLOSED = re.compile(r"\[(?=\s?[A-Za-z]{0,2}\s?p?\d{1,6}\s?:\s?\d)")
_ITEM = re.compile(
    r"\s*(?P<letter>[A-Za-z]{0,2}?)\s?[pP]?\.?\s?(?P<page>\d{1,6})"
    r"(?:\s?:\s?(?P<first>\d{1,6})(?:\s?[-–—]\s?(?P<last>\d{1,6}))?)?\s*"
)
_MORE_LINES = re.compile(r"\s*(?P<first>\d{1,6})(?:\s?[-–—]\s?(?P<last>\d{1,6}))?\s*")
_BETWEEN = re.compile(r"[,;]")


@dataclass(frozen=True, slots=True)
class Cited:
    """What was found: citations of lines that were given, and doubts about all others.

    ``spans`` are the stretches of the text that are citations of either kind.
    """

    citations: tuple[Citation, ...]
    doubts: tuple[Doubt, ...]
    spans: tuple[tuple[int, int], ...]


def cited(text: str, papers: Sequence[Paper]) -> Cited:
    """The citations in a text.

    Where several stand in one pair of brackets, their stretches share it out among them.
    """
    by_letter = {paper.letter: paper for paper in papers}
    if len(papers) == 1:
        by_letter |= {"": papers[0], "A": papers[0]}
    citations: list[Citation] = []
    doubts: list[Doubt] = []
    spans: list[tuple[int, int]] = []
    for bracket in _BRACKETS.finditer(text):
        items = _items(bracket[1])
        if not items:
            continue
        spans.append(bracket.span())
        for at, item in enumerate(items):
            start = bracket.start() if at == 0 else bracket.start(1) + item.start
            end = bracket.end() if at + 1 == len(items) else bracket.start(1) + item.end
            found = _citation(start, end, item, by_letter.get(item.letter))
            if found is None:
                doubts.append(Doubt(start, end, Doubted.NO_SUCH_LINES))
            else:
                citations.append(found)
    for opening in _UNCLOSED.finditer(text):
        start = opening.start()
        if _BRACKETS.match(text, start) is None:
            end = start + len(_opened(text[start : start + _MOST]))
            doubts.append(Doubt(start, end, Doubted.NO_SUCH_LINES))
            spans.append((start, end))
    return Cited(tuple(citations), tuple(sorted(doubts, key=_start)), tuple(sorted(spans)))


def without_citations(text: str) -> str:
    """A text as it is told again: what it rested on then has other names now."""

    def bare(bracket: re.Match[str]) -> str:
        return "" if _items(bracket[1]) else bracket[0]

    return _BRACKETS.sub(bare, text)


@dataclass(frozen=True, slots=True)
class _Item:
    start: int
    end: int
    letter: str
    page: int
    first: int  # 0: no lines are named
    last: int


def _items(inside: str) -> list[_Item]:
    """The citations between two brackets; none if anything else stands there."""
    found: list[_Item] = []
    at = 0
    for piece in _BETWEEN.split(inside):
        whole = _ITEM.fullmatch(piece)
        lines = _MORE_LINES.fullmatch(piece)
        if lines is not None and found and found[-1].first:
            letter, page, match = found[-1].letter, found[-1].page, lines
        elif whole is not None:
            letter, page, match = whole["letter"].upper(), int(whole["page"]), whole
        else:
            return []
        first = int(match["first"] or 0)
        # The comma belongs to what comes after it.
        start = at - 1 if found else at
        found.append(
            _Item(start, at + len(piece), letter, page, first, int(match["last"] or first))
        )
        at += len(piece) + 1
    return found


def _citation(start: int, end: int, item: _Item, paper: Paper | None) -> Citation | None:
    sheet = paper.by_page.get(item.page) if paper is not None else None
    if paper is None or sheet is None or not 1 <= item.first <= item.last <= len(sheet.lines):
        return None
    quote = "\n".join(line.text for line in sheet.lines[item.first - 1 : item.last])
    return Citation(
        start,
        end,
        paper.document_id,
        paper.name,
        item.page,
        item.first,
        item.last,
        quote if len(quote) <= _QUOTE else f"{quote[: _QUOTE - 1]}…",
    )


_OPENED = re.compile(r"\[[\sA-Za-z]{0,4}[\d:,;\s\-–—p]*\d")


def _opened(text: str) -> str:
    match = _OPENED.match(text)
    return match[0] if match else text[:1]


def _start(doubt: Doubt) -> int:
    return doubt.start
