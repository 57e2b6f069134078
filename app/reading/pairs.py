"""What a document of no known type says: its title, and its labelled values.

A pair is a label with a colon and what follows it, or two texts side by side where the
page lists several such pairs below each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.document import Box, Field, Page, Reader, Row, Status, union_of
from app.document_types import DocumentType
from app.reading.layout import Line, Segment, em, lines_of, segments_of
from app.reading.tables import find_tables, is_number

_LONGEST_KEY = 45
_LONGEST_VALUE = 200
_MOST = 200
_INSIDE = re.compile(r"^(?P<key>[^:：]{2,45}?)\s?[:：]\s?(?P<value>\S.*)$")
_NO_KEY = re.compile(r"^(?:https?|www|[\d\W]+)$", re.IGNORECASE)
_CLOCK = re.compile(r"\d[:：]\d")


def read_title(pages: Sequence[Page]) -> str:
    """The heading of the first page: its largest type near the top, "" if nothing stands out."""
    if not pages or not pages[0].words:
        return ""
    page = pages[0]
    lines = [line for line in lines_of(page) if any(c.isalpha() for c in line.text)]
    if not lines:
        return ""
    upper = [line for line in lines if line.box.y0 < 0.45] or lines
    heights = sorted(_height(line) for line in lines)
    usual = heights[len(heights) // 2]
    best = max(
        upper,
        key=lambda line: (
            _height(line) / usual
            + (0.25 if all(w.bold for w in line.words) else 0.0)
            - 0.5 * line.box.y0
            - (0.6 if len(line.text) > 90 or ":" in line.text else 0.0)
        ),
    )
    segments = segments_of(best, page)
    widest = max(segments, key=lambda s: sum(c.isalpha() for c in s.text))
    title = widest.text
    # A title in large type may take two lines.
    at = lines.index(best)
    if at + 1 < len(lines) and _height(best) > 1.25 * usual and len(segments) == 1:
        following = lines[at + 1]
        if (
            abs(_height(following) - _height(best)) < 0.08 * _height(best)
            and following.box.y0 - best.box.y1 < 0.7 * _height(best)
            and len(segments_of(following, page)) == 1
        ):
            title = f"{title} {following.text}"
    return title.strip(" -–—*=_")[:_LONGEST_VALUE]


def _height(line: Line) -> float:
    sizes = [word.size or word.box.height for word in line.words]
    return sum(sizes) / len(sizes)


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value as printed, with the places of both."""

    key: str
    value: str
    page: int
    key_box: Box
    value_box: Box


def read_pairs(pages: Sequence[Page]) -> tuple[tuple[str, str], ...]:
    """The labelled values, in the order in which they are printed, each pair once."""
    return tuple(dict.fromkeys((pair.key, pair.value) for pair in find_pairs(pages)))


def pair_rows(pages: Sequence[Page], definition: DocumentType) -> tuple[Row, ...]:
    """The pairs as rows of a definition whose columns are a name and a value."""
    rows = []
    for pair in find_pairs(pages):
        texts = {"pair_name": (pair.key, pair.key_box), "pair_value": (pair.value, pair.value_box)}
        rows.append(
            tuple(
                Field(
                    column.key,
                    texts[column.role][0],
                    Status.FOUND,
                    texts[column.role][0],
                    pair.page,
                    texts[column.role][1],
                    Reader.QUICK,
                    0.7,
                )
                if column.role in texts
                else Field(column.key, None, Status.MISSING)
                for column in definition.lines
            )
        )
    return tuple(rows)


def find_pairs(pages: Sequence[Page]) -> tuple[Pair, ...]:
    """The labelled values of the pages with their places, each pair once."""
    found: list[Pair] = []
    for page in pages:
        tables = [t.box for t in find_tables(page) if len(t.rows[0]) > 2 or not _is_list(t.rows)]
        lines = [
            line for line in lines_of(page) if not any(b.contains(*line.box.middle) for b in tables)
        ]
        rows = [(line, segments_of(line, page)) for line in lines]
        listed = _listed(page, rows)
        for at, (_, segments) in enumerate(rows):
            following = rows[at + 1][1] if at + 1 < len(rows) else []
            found.extend(_pairs_of(page, segments, following, at in listed))
    unique = {(pair.key, pair.value): pair for pair in reversed(found)}
    return tuple(reversed(unique.values()))[:_MOST]


def _is_list(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a grid of two columns lists labels and their values."""
    return sum(row[0].rstrip().endswith((":", "：")) for row in rows) >= 0.4 * len(rows)


def _pairs_of(
    page: Page, segments: Sequence[Segment], following: Sequence[Segment], listed: bool
) -> list[Pair]:
    pairs: list[Pair] = []
    at = 0
    while at < len(segments):
        text = segments[at].text.strip()
        if text.endswith((":", "：")) and _may_be_key(text[:-1]):
            if at + 1 < len(segments) and not segments[at + 1].text.rstrip().endswith(":"):
                pairs.append(_pair(text[:-1], segments[at], segments[at + 1]))
                at += 2
                continue
            below = [
                s
                for s in following
                if abs(s.box.x0 - segments[at].box.x0) < em(page, s.box)
                and s.box.y0 - segments[at].box.y1 < 0.8 * s.box.height
                and ":" not in s.text
            ]
            if below:
                pairs.append(_pair(text[:-1], segments[at], below[0]))
        else:
            match = _INSIDE.match(text)
            if (
                match
                and _may_be_key(match["key"])
                and not _CLOCK.search(text[: match.end("key") + 3])
            ):
                pairs.append(_parted(segments[at], match["key"], match["value"]))
            elif listed and len(segments) == 2 and at == 0 and _may_be_key(text):
                pairs.append(_pair(text, segments[at], segments[1]))
                at += 2
                continue
        at += 1
    return pairs


def _pair(key: str, name: Segment, value: Segment) -> Pair:
    return Pair(key.strip(), value.text[:_LONGEST_VALUE], name.page, name.box, value.box)


def _parted(segment: Segment, key: str, value: str) -> Pair:
    """A pair that one run of words holds; the words behind the key's length are the value's."""
    length = 0
    cut = 0
    while cut < len(segment.words) - 1 and length < len(key):
        length += len(segment.words[cut].text) + 1
        cut += 1
    cut = max(1, cut)
    names, values = segment.words[:cut], segment.words[cut:] or segment.words
    return Pair(
        key.strip(),
        value[:_LONGEST_VALUE],
        segment.page,
        union_of([w.box for w in names]),
        union_of([w.box for w in values]),
    )


def _may_be_key(text: str) -> bool:
    text = text.strip()
    letters = sum(c.isalpha() for c in text)
    return (
        letters >= 2
        and len(text) <= _LONGEST_KEY
        and len(text.split()) <= 6
        and not _NO_KEY.match(text)
        and not is_number(text)
    )


def _listed(page: Page, rows: Sequence[tuple[Line, list[Segment]]]) -> set[int]:
    """The lines of two texts that stand in a list of such lines, aligned on both columns."""
    listed: set[int] = set()
    run: list[int] = []
    for at, (line, segments) in enumerate(rows):
        fits = len(segments) == 2 and len(segments[0].text) <= _LONGEST_KEY
        if fits and run:
            above = rows[run[-1]][1]
            wide = 1.2 * em(page, line.box)
            fits = (
                at == run[-1] + 1
                and abs(above[0].box.x0 - segments[0].box.x0) < wide
                and (
                    abs(above[1].box.x0 - segments[1].box.x0) < wide
                    or abs(above[1].box.x1 - segments[1].box.x1) < wide
                )
            )
            if not fits:
                run = _closed(run, listed)
                fits = True
        if fits:
            run.append(at)
        else:
            run = _closed(run, listed)
    _closed(run, listed)
    return listed


def _closed(run: list[int], listed: set[int]) -> list[int]:
    if len(run) >= 3:
        listed.update(run)
    return []
