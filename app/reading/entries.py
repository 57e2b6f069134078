"""The rows below a header: which words and numbers of which lines make one entry.

A line with a number under one of the header's value columns starts an entry; lines of
words alone carry on the description of the entry above or below, whichever is nearer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, permutations

from app.document import Box, Word, WordSource, union_of
from app.reading.columns import TEXT_ROLES, Header, Number, Printed, is_unit, label_hits, separators
from app.reading.layout import em, overlap

_VALUE_ROLES = frozenset({"quantity", "unit_price", "amount", "balance", "debit", "credit"})
_TOTALS = frozenset({"net", "gross", "tax", "due", "prepaid", "rounding"})
_SUBTOTALS = frozenset(
    {"subtotal", "carried_forward", "brought_forward", "quantity_total", "allowances"}
)
_BESIDE = frozenset({"unit", "position", "item_number"})
_FAR = 0.09
"""A number further than this (of the page's width) from every heading is in none of the columns."""


@dataclass(slots=True)
class Run:
    """Words that stand together on a line, under no value column."""

    words: tuple[Word, ...]
    box: Box
    cell: int | None = None  # the header cell that it stands under

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(slots=True)
class Placed:
    """A line with its numbers by header cell and its runs of words."""

    printed: Printed
    numbers: dict[int, Number]
    runs: list[Run]

    @property
    def box(self) -> Box:
        return self.printed.box


@dataclass(slots=True)
class Entry:
    """One row of the table: its numbers by header cell, its words by header cell."""

    page: int
    numbers: dict[int, Number]
    lines: list[Placed] = field(default_factory=list)

    @property
    def top(self) -> float:
        return min(placed.box.y0 for placed in self.lines)

    @property
    def bottom(self) -> float:
        return max(placed.box.y1 for placed in self.lines)

    def words(self, cell: int) -> list[Word]:
        """The words under a header cell, in reading order."""
        return [
            word
            for placed in sorted(self.lines, key=lambda p: p.box.middle[1])
            for run in placed.runs
            if run.cell == cell
            for word in run.words
        ]


def total_kind(printed: Printed) -> str:
    """ "total", "subtotal", "allowance" or "": whether the line is a sum of those above it.

    It is when the label of a sum opens the line and is most of its words, or when such a
    label is all that stands before the line's last amount (a box of totals to the right of
    something else).
    """
    amounts = [n for n in printed.numbers if not n.percent]
    if not amounts:
        return ""
    texts = printed.texts
    sums: list[tuple[int, int, str]] = []
    meanings: dict[tuple[int, int], set[str]] = {}
    for hit in label_hits(texts):
        meanings.setdefault((hit.start, hit.end), set()).add(hit.role)
    for (start, end), roles in meanings.items():
        if roles & (_TOTALS | _SUBTOTALS):
            # "Subtotal" may be the net total, or that of a part of the lines.
            kind = "subtotal" if roles & _SUBTOTALS else "total"
            if not roles & (_TOTALS | _SUBTOTALS - {"allowances"}):
                kind = "allowance"
            sums.append((start, end, kind))
    if not sums:
        return ""
    counted = {i for n in printed.numbers for i in range(n.start, n.end)}
    last = max(amounts, key=lambda n: n.start)
    before = next(
        (s.start for s in printed.segments if s.start <= last.start - 1 < s.end), last.start
    )
    for low, high in ((0, len(texts)), (before, last.start)):
        letters = sum(_letters(texts[i]) for i in range(low, high) if i not in counted)
        inside = [s for s in sums if low <= s[0] and s[1] <= high]
        covered = sum(_letters(t) for start, end, _ in inside for t in texts[start:end])
        if inside and letters and covered >= (0.5 if low == 0 else 0.7) * letters:
            return inside[0][2]
    return ""


def _letters(text: str) -> int:
    return sum(c.isalpha() for c in text)


def place(printed: Printed, header: Header) -> Placed:
    """The numbers of a line under the header's cells, and its other words as runs."""
    numbers = _under(printed, header)
    used = {i for n in numbers.values() for i in range(n.start, n.end)}
    for cell, number in numbers.items():
        if header.cells[cell].role in ("quantity", "") and _unit_follows(printed, number):
            used.add(number.end)
    runs: list[Run] = []
    for segment in printed.segments:
        words: list[Word] = []
        for index in range(segment.start, segment.end + 1):
            if index < segment.end and index not in used:
                words.append(printed.line.words[index])
            elif words:
                runs.append(Run(tuple(words), union_of([w.box for w in words])))
                words = []
    return Placed(printed, numbers, runs)


def _unit_follows(printed: Printed, number: Number) -> bool:
    """Whether the word behind a number is its unit, and not the beginning of a description."""
    if number.end >= len(printed.line.words):
        return False
    unit = printed.line.words[number.end].text
    if not number.unit or unit != number.unit:
        return False
    if is_unit(unit):
        return True
    segment = next(s for s in printed.segments if s.start <= number.start < s.end)
    first = number.start == 0 or all(n.start >= number.start for n in printed.numbers)
    return number.end == segment.end - 1 and not first


def _under(printed: Printed, header: Header) -> dict[int, Number]:
    """The line's numbers by the header cell that they stand under.

    Cells and numbers keep their order, each cell takes one number at most, and what costs
    least in distance wins; a number may also be left out.
    """
    numbers = [n for n in printed.numbers if _may_be_value(printed, header, n)]
    cells = [at for at, cell in enumerate(header.cells) if cell.role not in TEXT_ROLES]
    # best[j]: the cheapest way to place the numbers so far with the first j cells used up
    best: list[tuple[float, tuple[tuple[int, Number], ...]]] = [(0.0, ())] * (len(cells) + 1)
    for number in numbers:
        following: list[tuple[float, tuple[tuple[int, Number], ...]]] = [
            (best[0][0] + _left_out(number), best[0][1])
        ]
        for used in range(1, len(cells) + 1):
            box = header.cells[cells[used - 1]].box
            apart = _apart(number.box, box)
            options = [
                (best[used][0] + _left_out(number), best[used][1]),
                following[used - 1],
            ]
            if apart <= _FAR:
                cost = apart + 0.2 * _misaligned(number.box, box)
                before = best[used - 1]
                options.append((before[0] + cost, (*before[1], (cells[used - 1], number))))
            following.append(min(options, key=lambda option: option[0]))
        best = following
    return dict(best[-1][1])


def _left_out(number: Number) -> float:
    """What it costs to place a number under no heading; money hardly ever stands alone."""
    return 0.2 if number.money else 0.1


def _apart(box: Box, head: Box) -> float:
    return max(0.0, box.x0 - head.x1, head.x0 - box.x1)


def _misaligned(box: Box, head: Box) -> float:
    return min(abs(box.x1 - head.x1), abs(box.x0 - head.x0), abs(box.middle[0] - head.middle[0]))


def _may_be_value(printed: Printed, header: Header, number: Number) -> bool:
    """Whether a number is a column's value, and not a part of a text or a position."""

    def distance(at: int) -> float:
        gap = _apart(number.box, header.cells[at].box)
        # Beside a heading of words, a number rather belongs to the heading of numbers.
        return gap + (0.03 if gap and header.cells[at].role in _BESIDE else 0.0)

    cell = min(
        range(len(header.cells)),
        key=lambda at: (distance(at), _misaligned(number.box, header.cells[at].box)),
    )
    box = header.cells[cell].box
    if header.cells[cell].role in TEXT_ROLES or distance(cell) > _FAR:
        return False
    below = overlap(number.box.x0, number.box.x1, box.x0, box.x1) >= 0.3
    segment = next(s for s in printed.segments if s.start <= number.start < s.end)
    if number.start > segment.start and not any(
        n.end == number.start or (n.unit and n.end + 1 == number.start) for n in printed.numbers
    ):
        # Words right before it: a number inside a text, unless it stands below the heading.
        return below
    following = number.end + (1 if number.unit else 0)
    if following < segment.end and not any(n.start <= following < n.end for n in printed.numbers):
        # Words right behind it: the beginning of a text, unless it stands below the heading.
        return below or distance(cell) <= 0.02
    return True


def entries_below(
    lines: Sequence[Printed], start: int, stop: int, header: Header
) -> tuple[list[Entry], bool]:
    """The entries on lines ``start`` to before ``stop``, and whether a total ended them."""
    placed: list[Placed] = []
    ended = False
    softly = False
    for at in range(start, stop):
        printed = lines[at]
        kind = total_kind(printed)
        now = place(printed, header)
        if kind and not _is_product(now, header):
            if kind == "total" and placed and any(p.numbers for p in placed):
                ended = True
                break
            softly = True
            placed.append(Placed(printed, {}, []))  # a border that no text is carried over
            continue
        if softly and len(_values(now, header)) == 1 and _single(placed, header) > 1:
            continue
        if placed and _is_far(placed, now, header):
            break
        placed.append(now)
    place_words(placed, header)
    return _grouped(placed, header), ended


def _is_far(placed: Sequence[Placed], now: Placed, header: Header) -> bool:
    """Whether a line far below the entries has fewer values than they: a footer, not an entry."""
    gap = now.box.y0 - placed[-1].box.y1
    return gap > 4.5 * now.printed.height and len(_values(now, header)) < max(
        2, _single(placed, header)
    )


def _single(placed: Sequence[Placed], header: Header) -> int:
    """The usual number of values of an entry so far."""
    counts = sorted(len(_values(p, header)) for p in placed if p.numbers)
    return counts[len(counts) // 2] if counts else 0


def _is_product(placed: Placed, header: Header) -> bool:
    """Whether some number of the line is the product of two others: no line of totals."""
    values = [placed.numbers[cell].value for cell in _values(placed, header)]
    return len(values) >= 3 and any(
        a * b == c != 0 and a != 0 for a, b, c in permutations(values, 3) if a != 1 and b != 1
    )


def _values(placed: Placed, header: Header) -> list[int]:
    return [cell for cell in placed.numbers if header.cells[cell].role in _VALUE_ROLES | {""}]


def place_words(placed: Sequence[Placed], header: Header) -> None:
    """Put each run of words under a header cell.

    Where the printed columns of text are as many as the header's text cells they match in
    order, because a heading may be centred over a column that starts far to its left.
    """
    cells = [at for at, cell in enumerate(header.cells) if cell.role in TEXT_ROLES or not cell.role]
    if not cells:
        return
    for p in placed:
        p.runs = [part for run in p.runs for part in _at_heading(run, header)]
    anchors = [p for p in placed if _values(p, header)]
    groups: list[list[Box]] = []
    for p in anchors:
        tolerance = 1.0 * em(p.printed.page, p.box)
        for run in p.runs:
            home = next((g for g in groups if abs(g[0].x0 - run.box.x0) < tolerance), None)
            if home is None:
                groups.append([run.box])
            else:
                home.append(run.box)
    columns = sorted(
        (union_of(g) for g in groups if len(g) >= max(1, 0.5 * len(anchors))), key=lambda b: b.x0
    )
    order = _in_order(columns, [header.cells[at].box for at in cells])
    for p in placed:
        for run in p.runs:
            inside = max(
                range(len(header.cells)),
                key=lambda at: overlap(
                    run.box.x0, run.box.x1, header.cells[at].box.x0, header.cells[at].box.x1
                ),
            )
            box = header.cells[inside].box
            share = overlap(run.box.x0, run.box.x1, box.x0, box.x1)
            if share > 0.6 and inside not in cells and len(run.text) <= 12 and p.numbers:
                continue  # a unit, a currency or a tax letter beside a number
            if order:
                nearest = min(range(len(columns)), key=lambda i: abs(columns[i].x0 - run.box.x0))
                run.cell = cells[order[nearest]]
            elif share > 0.3 and inside in cells:
                run.cell = inside
            else:
                run.cell = min(
                    cells,
                    key=lambda at: max(
                        0.0,
                        run.box.x0 - header.cells[at].box.x1,
                        header.cells[at].box.x0 - run.box.x1,
                    ),
                )
            run.cell = _by_wording(run, header)


def _at_heading(run: Run, header: Header) -> list[Run]:
    """A run parted where an item number ends and the description begins, each at its heading.

    Columns may stand no further apart than words do.
    """
    heads = {header.cells[at].role: header.cells[at].box for at in range(len(header.cells))}
    code, text = heads.get("item_number"), heads.get("description")
    if code is None or text is None or not code.x1 < text.x0 or len(run.words) < 2:
        return [run]
    near = 0.006
    if abs(run.words[0].box.x0 - code.x0) > near or not any(map(str.isdigit, run.words[0].text)):
        return [run]
    for at, word in enumerate(run.words[1:], 1):
        if abs(word.box.x0 - text.x0) <= near:
            both = (run.words[:at], run.words[at:])
            return [Run(words, union_of([w.box for w in words])) for words in both]
    return [run]


def _by_wording(run: Run, header: Header) -> int | None:
    """Where headings share a place (above each other), words are the description."""
    if run.cell is None or header.cells[run.cell].role not in ("position", "item_number"):
        return run.cell
    box = header.cells[run.cell].box
    if _letters(run.text) < 3 or _letters(run.text) < 0.5 * len(run.text):
        return run.cell
    return next(
        (
            at
            for at, cell in enumerate(header.cells)
            if cell.role == "description"
            and overlap(cell.box.x0, cell.box.x1, box.x0, box.x1) > 0.5
        ),
        run.cell,
    )


def _in_order(columns: Sequence[Box], heads: Sequence[Box]) -> tuple[int, ...]:
    """Which heading each column of text stands under, from left to right; () if too many."""
    if not columns or len(columns) > len(heads) or len(heads) > 9:
        return ()

    def apart(chosen: tuple[int, ...]) -> float:
        return sum(
            max(0.0, column.x0 - heads[at].x1, heads[at].x0 - column.x1)
            + 0.1 * min(abs(column.x0 - heads[at].x0), abs(column.middle[0] - heads[at].middle[0]))
            for column, at in zip(columns, chosen, strict=True)
        )

    return min(combinations(range(len(heads)), len(columns)), key=apart)


def _grouped(placed: Sequence[Placed], header: Header) -> list[Entry]:
    entries: list[Entry] = []
    borders = _borders(placed)
    owner: list[Entry | None] = [None] * len(placed)
    for at, p in enumerate(placed):
        if not _values(p, header):
            continue
        last = entries[-1] if entries else None
        if (
            last is not None
            and not _parted(last.lines[-1], p, borders)
            and _completes(last, p, header)
        ):
            last.numbers.update(p.numbers)
            last.lines.append(p)
            owner[at] = last
            continue
        entry = Entry(p.printed.page.number, dict(p.numbers), [p])
        entries.append(entry)
        owner[at] = entry
    if not entries:
        return []
    above = _describes_above(placed, owner, header)
    at = 0
    while at < len(placed):
        if owner[at] is not None or not placed[at].runs:
            at += 1
            continue
        end = at
        while (
            end < len(placed)
            and owner[end] is None
            and placed[end].runs
            and not (end > at and _parted(placed[end - 1], placed[end], borders))
        ):
            end += 1
        over = at > 0 and not _parted(placed[at - 1], placed[at], borders)
        under = end < len(placed) and not _parted(placed[end - 1], placed[end], borders)
        upper = owner[at - 1] if over else None
        lower = owner[end] if under else None
        if (upper is None) != (lower is None) and (
            (at > 0 and not over) or (end < len(placed) and not under)
        ):
            # A ruling on the other side: the whole row belongs together.
            owner[at:end] = [upper or lower] * (end - at)
        else:
            _share(placed, owner, range(at, end), upper, lower, above)
        at = end
    for at, p in enumerate(placed):
        entry_of = owner[at]
        if entry_of is not None and p not in entry_of.lines:
            entry_of.numbers.update(
                {c: n for c, n in p.numbers.items() if c not in entry_of.numbers}
            )
            entry_of.lines.append(p)
    return entries


def _completes(entry: Entry, p: Placed, header: Header) -> bool:
    """Whether the line's numbers belong to the entry above: set a little lower in the same row."""
    if set(entry.numbers) & set(p.numbers):
        return False
    gap = p.box.y0 - entry.bottom
    if gap > 0.25 * p.printed.height:
        return False
    roles = {header.cells[c].role for c in entry.numbers}
    return "amount" not in roles or not any(run.cell is not None for run in p.runs)


def _borders(placed: Sequence[Placed]) -> list[float]:
    """The rulings between entries; none where only the table's frame is drawn."""
    if not placed:
        return []
    left = min(p.box.x0 for p in placed)
    right = max(p.box.x1 for p in placed)
    top, bottom = placed[0].box.middle[1], placed[-1].box.middle[1]
    return [y for y in separators(placed[0].printed.page, left, right) if top < y < bottom]


def _parted(upper: Placed, lower: Placed, borders: Sequence[float]) -> bool:
    return any(upper.box.middle[1] < y < lower.box.middle[1] for y in borders)


def _describes_above(
    placed: Sequence[Placed], owner: Sequence[Entry | None], header: Header
) -> bool:
    """Whether descriptions stand on the lines above their numbers."""
    described = {at for at, cell in enumerate(header.cells) if cell.role == "description"}
    anchors = [p for p, o in zip(placed, owner, strict=True) if o is not None]
    bare = sum(
        not any(
            _letters(run.text) > 2 and (run.cell in described or not described) for run in p.runs
        )
        for p in anchors
    )
    return bare > 0.5 * len(anchors)


def _share(
    placed: Sequence[Placed],
    owner: list[Entry | None],
    wordy: range,
    upper: Entry | None,
    lower: Entry | None,
    above: bool,
) -> None:
    """Give the ``wordy`` lines to the entry above or below them."""
    start, end = wordy.start, wordy.stop
    gaps = [
        placed[at].box.y0 - placed[at - 1].box.y1 if at else 1.0
        for at in range(start, end + 1)
        if at < len(placed)
    ]
    height = placed[start].printed.height
    limit = 1.3 * height
    if upper is not None and lower is not None:
        widest = max(range(len(gaps)), key=lambda i: gaps[i])
        others = [g for i, g in enumerate(gaps) if i != widest]
        scanned = placed[start].printed.page.source == WordSource.OCR
        clear = (0.8 if above else 0.35) if scanned else 0.1
        if (not others and not above) or (others and gaps[widest] - max(others) > clear * height):
            cut = start + widest
        else:
            cut = start if above else end
        for at in range(start, end):
            owner[at] = upper if at < cut else lower
        return
    if upper is not None and not above:
        for at in range(start, end):
            if gaps[at - start] > limit or at - start >= 10:
                break
            owner[at] = upper
    elif lower is not None:
        for at in range(end - 1, start - 1, -1):
            gap = placed[at + 1].box.y0 - placed[at].box.y1
            if gap > limit or end - at > 6:
                break
            owner[at] = lower
