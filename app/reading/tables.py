"""Tables of any kind on a page: with rulings, and without.

A ruled table is a net of crossing lines; an unruled one is a run of lines whose segments
stand below each other.  Both give a grid of texts as printed, header row first, with the
lines of a wrapped cell joined by a space.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from app.document import Box, Page, Rule, Table, union_of
from app.reading.layout import Line, Segment, lines_of, overlap, segments_of

_NEAR = 0.004
"""Ruling ends this close (a fraction of the page) touch: drawn cell borders often just miss."""

_WIDEST_STEP = 2.6
"""A gap between rows of more than this many heights of the type ends an unruled table."""

_NUMERIC = re.compile(r"\d")
_NUMBER_MARKS = frozenset("0123456789.,'’ -–−+()%€$£¥/:xX*")

Grid = list[list[str]]


@dataclass(slots=True)
class _Net:
    """Rulings that touch each other, as positions with extents."""

    across: list[tuple[float, float, float]] = field(default_factory=list)  # y, x0, x1
    down: list[tuple[float, float, float]] = field(default_factory=list)  # x, y0, y1


@dataclass(frozen=True, slots=True)
class _Printed:
    """A line with its segments, which are asked for again and again."""

    line: Line
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class _Region:
    """A run of lines that share columns; ``columns`` are x intervals from left to right."""

    first: int
    last: int
    columns: tuple[tuple[float, float], ...]
    score: float


def find_tables(page: Page) -> tuple[Table, ...]:
    """The tables of ``page`` from top to bottom; cells are texts as printed, "" where empty."""
    printed = [
        _Printed(line, tuple(segments_of(line, page))) for line in lines_of(page) if line.words
    ]
    found: list[Table] = []
    for box, grid in _ruled(page, printed):
        found.append(_table(page, box, grid))
    rest = [p for p in printed if not any(t.box.contains(*p.line.box.middle) for t in found)]
    for box, grid in _unruled(rest):
        found.append(_table(page, box, grid))
    return tuple(sorted(found, key=lambda t: (t.box.y0, t.box.x0)))


def is_number(text: str) -> bool:
    """Whether a cell's text is a number, an amount, a rate or a date rather than words."""
    if not _NUMERIC.search(text):
        return False
    marks = sum(c in _NUMBER_MARKS for c in text)
    return marks >= 0.6 * len(text) or len(text) - marks <= 3


def _table(page: Page, box: Box, grid: Grid) -> Table:
    return Table(page.number, box, tuple(tuple(row) for row in grid))


# With rulings


def _ruled(page: Page, printed: Sequence[_Printed]) -> list[tuple[Box, Grid]]:
    tables: list[tuple[Box, Grid]] = []
    for net in _nets(page.rules):
        left = min([x0 for _, x0, _ in net.across] + [x for x, _, _ in net.down])
        right = max([x1 for _, _, x1 in net.across] + [x for x, _, _ in net.down])
        top = min([y for y, _, _ in net.across] + [y0 for _, y0, _ in net.down])
        bottom = max([y for y, _, _ in net.across] + [y1 for _, _, y1 in net.down])
        # A short tick is no column border.
        tall = [d for d in net.down if d[2] - d[1] > 0.008]
        xs = _distinct([left, right, *(x for x, _, _ in tall)])
        ys = _distinct([top, bottom, *(y for y, _, _ in net.across)])
        if len(xs) < 3 or len(ys) < 2:
            continue
        box = Box(left, top, right, bottom)
        inside = [p for p in printed if top - _NEAR <= p.line.box.middle[1] <= bottom + _NEAR]
        grid: Grid = []
        for upper, lower in pairwise(ys):
            band = [p for p in inside if upper <= p.line.box.middle[1] < lower]
            grid.extend(_band(band, xs, left, right))
        grid = _tidy(grid)
        if _is_grid(grid) and sum(1 for row in grid if sum(map(bool, row)) > 1) >= 2:
            tables.append((box, grid))
    return tables


def _nets(rules: Sequence[Rule]) -> list[_Net]:
    across = joined_rules(
        [
            (r.box.middle[1], r.box.x0, r.box.x1)
            for r in rules
            if r.box.width >= r.box.height and r.box.width > 0.004
        ]
    )
    down = joined_rules(
        [
            (r.box.middle[0], r.box.y0, r.box.y1)
            for r in rules
            if r.box.height > r.box.width and r.box.height > 0.004
        ]
    )
    parent = list(range(len(across) + len(down)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for i, (y, x0, x1) in enumerate(across):
        for j, (x, y0, y1) in enumerate(down):
            if x0 - _NEAR <= x <= x1 + _NEAR and y0 - _NEAR <= y <= y1 + _NEAR:
                parent[root(i)] = root(len(across) + j)
    nets: dict[int, _Net] = {}
    for i, rule in enumerate(across):
        nets.setdefault(root(i), _Net()).across.append(rule)
    for j, rule in enumerate(down):
        nets.setdefault(root(len(across) + j), _Net()).down.append(rule)
    return [n for n in nets.values() if len(n.across) >= 1 and len(n.down) >= 1]


def joined_rules(rules: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Collinear pieces as one rule: (position, start, end)."""
    joined: list[tuple[float, float, float]] = []
    for position, start, end in sorted(rules):
        for at in range(len(joined) - 1, -1, -1):
            p, s, e = joined[at]
            if position - p > _NEAR / 2:
                joined.append((position, start, end))
                break
            if start <= e + _NEAR and end >= s - _NEAR:
                joined[at] = (p, min(s, start), max(e, end))
                break
        else:
            joined.append((position, start, end))
    return joined


def _distinct(positions: list[float]) -> list[float]:
    kept: list[float] = []
    for position in sorted(positions):
        if not kept or position - kept[-1] > _NEAR:
            kept.append(position)
    return kept


def _band(band: Sequence[_Printed], xs: list[float], left: float, right: float) -> Grid:
    """The rows between two rulings: one, or one for each line where only the frame is drawn."""
    columns = list(pairwise(xs))
    lines: list[tuple[_Printed, list[str]]] = []
    for p in band:
        cells = [""] * len(columns)
        for segment in p.segments:
            middle = segment.box.middle[0]
            if not left - _NEAR <= middle <= right + _NEAR:
                continue
            at = max(
                range(len(columns)),
                key=lambda c: overlap(segment.box.x0, segment.box.x1, *columns[c]),
            )
            cells[at] = f"{cells[at]} {segment.text}".strip()
        if any(cells):
            lines.append((p, cells))
    if not lines:
        return []
    stacked = sum(
        sum(1 for _, cells in lines if is_number(cells[c])) > 1 for c in range(len(columns))
    )
    if stacked < 1 or len(columns) < 2:
        return [
            [" ".join(filter(None, column)) for column in zip(*(c for _, c in lines), strict=True)]
        ]
    return _rows(lines)


# Without rulings


def _unruled(printed: Sequence[_Printed]) -> list[tuple[Box, Grid]]:
    regions = [r for at in range(len(printed)) if (r := _grown(printed, at)) is not None]
    regions.sort(key=lambda r: -r.score)
    taken: set[int] = set()
    tables: list[tuple[Box, Grid]] = []
    for region in regions:
        span = set(range(region.first, region.last + 1))
        if span & taken:
            continue
        inside = printed[region.first : region.last + 1]
        grid = _tidy(_rows([(p, _cells(p, region.columns)) for p in inside]))
        if not _is_table(grid):
            continue
        taken |= span
        tables.append((union_of([p.line.box for p in inside]), grid))
    left = [p for at, p in enumerate(printed) if at not in taken]
    beside = _beside(left)
    if beside is not None:
        tables.append(beside)
    return tables


def _beside(printed: Sequence[_Printed]) -> tuple[Box, Grid] | None:
    """The best table that has something else to its left or right, with a gutter between."""
    best: tuple[float, Box, Grid] | None = None
    tried: set[int] = set()
    for at, p in enumerate(printed):
        if len(p.segments) < 3:
            continue
        for one, other in pairwise(p.segments):
            gutter = (one.box.x1 + other.box.x0) / 2
            place = round(gutter * 40)
            if place in tried:
                continue
            end = at + 1
            while end < len(printed) and not any(
                s.box.x0 < gutter < s.box.x1 for s in printed[end].segments
            ):
                end += 1
            if end - at < 5:
                continue
            tried.add(place)
            for leftwards in (True, False):
                part = _part(printed[at:end], gutter, leftwards)
                region = _grown(part, 0) if part else None
                if region is None or len(region.columns) < 3:
                    continue
                inside = part[: region.last + 1]
                grid = _tidy(_rows([(q, _cells(q, region.columns)) for q in inside]))
                if _is_table(grid) and (best is None or region.score > best[0]):
                    best = (region.score, union_of([q.line.box for q in inside]), grid)
    return best[1:] if best else None


def _part(printed: Sequence[_Printed], gutter: float, leftwards: bool) -> list[_Printed]:
    """The lines of one side of a gutter, empty ones left out."""
    part: list[_Printed] = []
    for p in printed:
        segments = tuple(s for s in p.segments if (s.box.middle[0] < gutter) == leftwards)
        if segments:
            words = tuple(w for s in segments for w in s.words)
            part.append(
                _Printed(Line(words, union_of([s.box for s in segments]), p.line.page), segments)
            )
    return part


def _grown(printed: Sequence[_Printed], start: int) -> _Region | None:
    """The longest run of lines from ``start`` whose segments stand below each other."""
    if len(printed[start].segments) < 2:
        return None
    columns = [(s.box.x0, s.box.x1) for s in printed[start].segments]
    height = printed[start].line.box.height
    last = start
    filled = len(columns)
    multiple = 1
    steps: list[float] = []
    for at in range(start + 1, len(printed)):
        p = printed[at]
        gap = p.line.box.y0 - printed[at - 1].line.box.y1
        widest = max(_WIDEST_STEP * height, 1.6 * median(steps) if steps else 0.0)
        if gap > widest:
            break
        grown = _with(columns, p.segments, multiple > 3)
        if grown is None:
            break
        columns = grown
        steps.append(gap)
        if len(p.segments) > 1:
            last = at
            multiple += 1
            filled += len(p.segments)
    if multiple < 2:
        return None
    inside = printed[start : last + 1]
    columns = _settled([p for p in inside if len(p.segments) > 1], columns)
    if len(columns) < 2:
        return None
    share = filled / (multiple * len(columns))
    # More columns are better than more lines that blur them; lines of one text count against.
    score = filled * share * share * len(columns) ** 0.7 * multiple / len(inside)
    return _Region(start, last, tuple(columns), score)


def _with(
    columns: list[tuple[float, float]], segments: Sequence[Segment], settled: bool
) -> list[tuple[float, float]] | None:
    """``columns`` widened by a line's segments, or ``None`` where one runs across several."""
    grown = list(columns)
    for column in () if settled else columns:
        # Two texts within what was one column so far: the lines above were no part of this.
        if sum(_in(s, column) for s in segments) > 1:
            return None
    for segment in segments:
        x0, x1 = segment.box.x0, segment.box.x1
        touched = [at for at, (a, b) in enumerate(grown) if x0 < b and x1 > a]
        if len(touched) > 1:
            # A graze is a long word beside its column; more than that is a sentence.
            deep = [
                at
                for at in touched
                if min(x1, grown[at][1]) - max(x0, grown[at][0])
                > 0.25 * (grown[at][1] - grown[at][0])
            ]
            if len(deep) != 1:
                return None
            touched = deep
            others = [g for at, g in enumerate(grown) if at != touched[0]]
            x0 = max([x0, *(b for _, b in others if b <= x1 and b > x0)])
            x1 = min([x1, *(a for a, _ in others if a >= x0 and a < x1)])
        if touched:
            a, b = grown[touched[0]]
            grown[touched[0]] = (min(a, x0), max(b, x1))
        else:
            grown.append((x0, x1))
            grown.sort()
    return grown


def _settled(
    printed: Sequence[_Printed], columns: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Neighbouring columns of which no line fills both are one: a header beside its numbers."""
    uses = [
        {at for at, p in enumerate(printed) if any(_in(s, c) for s in p.segments)} for c in columns
    ]
    at = 0
    merged = list(columns)
    while at + 1 < len(merged):
        alone = min(len(uses[at]), len(uses[at + 1])) <= 1
        if alone and not uses[at] & uses[at + 1] and merged[at + 1][0] - merged[at][1] < 0.08:
            merged[at] = (merged[at][0], merged[at + 1][1])
            uses[at] |= uses[at + 1]
            del merged[at + 1], uses[at + 1]
        else:
            at += 1
    return merged


def _in(segment: Segment, column: tuple[float, float]) -> bool:
    return overlap(segment.box.x0, segment.box.x1, *column) > 0.5


def _cells(p: _Printed, columns: Sequence[tuple[float, float]]) -> list[str]:
    cells = [""] * len(columns)
    for segment in p.segments:
        at = max(
            range(len(columns)),
            key=lambda c: (
                overlap(segment.box.x0, segment.box.x1, *columns[c]),
                -abs(segment.box.middle[0] - sum(columns[c]) / 2),
            ),
        )
        cells[at] = f"{cells[at]} {segment.text}".strip()
    return cells


# Rows


def _rows(lines: Sequence[tuple[_Printed, list[str]]]) -> Grid:
    """One row for each entry: a line that only carries on the text of a cell is joined to it."""
    grid: Grid = []
    steps = [b[0].line.box.y0 - a[0].line.box.y1 for a, b in pairwise(lines)]
    usual = median(steps) if steps else 0.0
    width = len(lines[0][1])
    full = [cells for _, cells in lines if sum(map(bool, cells)) > 1]
    first_filled = sum(1 for cells in full if cells[0]) >= 0.8 * len(full)
    numeric = [
        sum(is_number(cells[c]) for cells in full)
        >= 0.5 * sum(bool(cells[c]) for cells in full)
        > 0
        for c in range(width)
    ]
    for at, (p, cells) in enumerate(lines):
        count = sum(map(bool, cells))
        gap = steps[at - 1] if at else 0.0
        close = at > 0 and gap <= usual + 0.35 * p.line.box.height
        has_number = any(cells[c] and numeric[c] and is_number(cells[c]) for c in range(width))
        above = grid[-1] if grid else None
        carries_on = (
            above is not None
            and close
            and not has_number
            and count < max(2, sum(map(bool, above)))
            and all(above[c] for c in range(width) if cells[c])
            and (
                (first_filled and not cells[0])
                or (
                    count == 1
                    and width > 2
                    and at < len(steps)
                    and steps[at] > gap + 0.4 * p.line.box.height
                )
                or (count == 1 and width > 2 and _flows(above, cells))
            )
        )
        heading = (
            at == 1
            and above is not None
            and close
            and not any(map(is_number, above))
            and not any(map(is_number, cells))
            and count < width
            and len(lines) > 3
            and (sum(map(bool, above)) < width or not cells[0])
        )
        if above is not None and (carries_on or heading):
            for c, text in enumerate(cells):
                above[c] = f"{above[c]} {text}".strip()
        else:
            grid.append(list(cells))
    return grid


def _flows(above: list[str], cells: list[str]) -> bool:
    """Whether the one text of ``cells`` reads on from the cell above it."""
    at, text = next((c, t) for c, t in enumerate(cells) if t)
    return text[:1].islower() or above[at][-1:] in ",-–/&(" or text[:1] in "(/&"


def _tidy(grid: Grid) -> Grid:
    """Without empty rows and columns."""
    rows = [row for row in grid if any(row)]
    if not rows:
        return []
    kept = [c for c in range(len(rows[0])) if any(row[c] for row in rows)]
    return [[row[c] for c in kept] for row in rows]


def _is_grid(grid: Grid) -> bool:
    return len(grid) >= 2 and len(grid[0]) >= 2


def _is_table(grid: Grid) -> bool:
    """Whether aligned texts are a table, and not two address blocks or a list of labels."""
    if not _is_grid(grid):
        return False
    width = len(grid[0])
    full = [row for row in grid if sum(map(bool, row)) > 1]
    if len(full) < (3 if width == 2 else 2):
        return False
    if sum(sum(map(bool, row)) for row in grid) < 0.5 * len(grid) * width:
        return False
    labels = sum(1 for row in grid if row[0].endswith(":"))
    if width == 2 and labels >= 0.4 * len(grid):
        return False
    numbers = [sum(is_number(row[c]) for row in grid) for c in range(width)]
    if width == 2:
        return numbers[1] >= max(3, 0.7 * len(grid)) and numbers[0] < 0.9 * len(grid)
    lengths = [len(cell) for row in grid for cell in row if cell]
    if max(numbers) >= 0.4 * len(grid) and max(numbers) >= 1:
        return len(full) >= 2
    return width >= 3 and len(full) >= 3 and median(lengths) <= 25
