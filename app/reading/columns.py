"""What stands in the columns of a printed table: numbers, and the header that names them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from app.document import Box, Page, Word, union_of
from app.reading.amounts import plain, read_amount, read_number
from app.reading.currencies import PATTERN as CURRENCY
from app.reading.labels import LabelHit, find_labels
from app.reading.layout import Line, Segment, em, lines_of, overlap, segments_of
from app.reading.readings import Convention
from app.reading.tables import joined_rules

TEXT_ROLES = frozenset(
    {"description", "item_number", "position", "date", "value_date", "unit", "tax_code"}
)
_NUMBER_ROLES = frozenset(
    {"quantity", "unit_price", "amount", "tax_rate", "discount", "balance", "debit", "credit"}
    | {"tax_base"}
)
_MONEY = frozenset({"amount", "debit", "credit"})
_TOTAL_ROLES = {"net": "amount", "gross": "amount", "tax": "tax", "due": "amount"}
"""Wordings of totals that head a column of amounts too ("Total", "Netto")."""

COLUMN_ROLES = TEXT_ROLES | _NUMBER_ROLES

_CENTS = re.compile(r"\d[.,]\d\d(?!\d)")
_GROUP = re.compile(r"\d{3}(?:[.,]\d+)?\D{0,4}")
_LEADING = re.compile(r"\D{0,4}\d{1,3}(?: \d{3})*")
_CURRENCY = re.compile(CURRENCY, re.IGNORECASE)
_LONG_CODE = re.compile(r"\d{9}")
_SIGNS = frozenset({"-", "+", "−", "–"})
_UNIT = re.compile(r"[^\W\d_]{1,10}[.]?(?:\(\w{1,4}\))?|m[²³]|m2|m3")
_UNITS = frozenset(
    [
        *(
            "x",
            "×",
            "stk",
            "st",
            "stck",
            "stück",
            "stueck",
            "psch",
            "pausch",
            "pauschal",
            "paar",
            "pkt",
        ),
        *("pack", "packung", "karton", "rolle", "dose", "flasche", "fl", "kasten", "satz", "set"),
        *("h", "std", "stunde", "stunden", "min", "tag", "tage", "monat", "monate", "mon", "jahr"),
        *("pc", "pcs", "piece", "pieces", "ea", "each", "unit", "units", "hr", "hrs", "hour"),
        *("hours", "day", "days", "week", "weeks", "month", "months", "mo", "yr", "year", "box"),
        *("ctn", "pkt", "pair", "roll", "dozen", "doz", "lot", "pkg", "btl", "can", "sheet"),
        *("kg", "g", "gr", "mg", "t", "to", "l", "lt", "ltr", "ml", "cl", "m", "lfm", "lm", "mm"),
        *("cm", "km", "m2", "m²", "qm", "m3", "m³", "cbm", "kwh", "gb", "mb", "tb"),
        *("unité", "unités", "unité(s)", "pièce", "pièces", "pce", "pces", "u", "heure", "heures"),
        *("jour", "jours", "mois", "litre", "litres", "litre(s)", "forfait", "ens", "lot"),
        *("ud", "uds", "unidad", "unidades", "un", "und", "hora", "horas", "día", "días", "mes"),
        *("pz", "pezzo", "pezzi", "nr", "n", "ore", "ora", "giorni", "mese", "mesi", "cf", "conf"),
        *(
            "stuk",
            "stuks",
            "uur",
            "dag",
            "dagen",
            "maand",
            "doos",
            "szt",
            "godz",
            "kpl",
            "op",
            "opak",
        ),
        *(
            "usł",
            "mc",
            "rbh",
            "ks",
            "hod",
            "krt",
            "bal",
            "db",
            "óra",
            "kom",
            "buc",
            "ore",
            "stycken",
        ),
    ]
)
_WIDE_SPACE = 0.55
"""Groups of one number stand closer than this many heights of the type."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number on a line: ``start`` to ``end`` are word indices, ``value`` is canonical.

    ``money`` is whether it looks like an amount (cents or a currency beside it).
    """

    raw: str
    value: Decimal
    start: int
    end: int
    box: Box
    money: bool = False
    percent: bool = False
    unit: str = ""
    certainty: float = 1.0
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Printed:
    """A line with its segments and numbers, and its page for the proportions."""

    page: Page
    line: Line
    segments: tuple[Segment, ...]
    numbers: tuple[Number, ...]

    @property
    def box(self) -> Box:
        return self.line.box

    @property
    def height(self) -> float:
        """The height of the type, as a fraction of the page's height."""
        return self.line.box.height

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.line.words)


@dataclass(frozen=True, slots=True)
class Heading:
    """One cell of a header: what it says, where, and the column's role ("" if unknown)."""

    text: str
    role: str
    box: Box
    total_role: str = ""  # "net" or "gross" where the wording says which amount it is
    roles: frozenset[str] = frozenset()  # every role that the wording may have


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a table: lines ``first`` to ``last`` of the page, cells from left to right."""

    first: int
    last: int
    cells: tuple[Heading, ...]

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(cell.role for cell in self.cells if cell.role)


def is_unit(text: str) -> bool:
    """Whether a word is a usual unit of quantity, in any of the languages."""
    return text.casefold().rstrip(".") in _UNITS


def separators(page: Page, left: float, right: float) -> list[float]:
    """The heights at which a ruling parts the lines of a table that spans ``left`` to ``right``."""
    across = joined_rules(
        [
            (r.box.middle[1], r.box.x0, r.box.x1)
            for r in page.rules
            if r.box.width >= r.box.height and r.box.width > 0.004
        ]
    )
    wide = 0.6 * (right - left)
    return [y for y, x0, x1 in across if min(x1, right) - max(x0, left) >= wide]


@lru_cache(maxsize=4096)
def label_hits(texts: tuple[str, ...]) -> tuple[LabelHit, ...]:
    """The labels among these texts; a line is asked for them several times."""
    return tuple(find_labels(texts))


@lru_cache(maxsize=16)
def printed_lines(page: Page, convention: Convention) -> tuple[Printed, ...]:
    """The lines of ``page`` from top to bottom, sideways print left out."""
    result = []
    for line in lines_of(page):
        if len(line.words) == 1 and em(page, line.box) > 2.2 * max(line.box.width, 1e-6):
            continue
        segments = tuple(segments_of(line, page))
        result.append(Printed(page, line, segments, tuple(_numbers(page, segments, convention))))
    return tuple(result)


def _numbers(page: Page, segments: Sequence[Segment], convention: Convention) -> list[Number]:
    numbers: list[Number] = []
    for segment in segments:
        at = 0
        floor = 0
        while at < len(segment.words):
            number = (
                _number(page, segment, at, floor, convention)
                if any(c.isdigit() for c in segment.words[at].text)
                else None
            )
            if number is None:
                at += 1
                continue
            numbers.append(number)
            at = floor = number.end - segment.start
    return numbers


def _number(
    page: Page, segment: Segment, at: int, floor: int, convention: Convention
) -> Number | None:
    """The number whose digits begin at word ``at`` of the segment."""
    words = segment.words
    text = words[at].text
    if len(text) > 24 or _LONG_CODE.search(text):
        return None
    reading = read_amount(text, convention)
    unit = ""
    if reading is None:
        reading = read_number(text, convention)
        unit = re.sub(r"[^\D]|[.,'%+\-]", "", plain(text)).strip() if reading else ""
    if reading is None:
        return None
    start, end = at, at + 1
    if end < len(words) and _cut_off(page, words[at], words[end]):
        longer = read_amount(text + words[end].text, convention)
        if longer is not None:
            text, reading, end = text + words[end].text, longer, end + 1
    while (
        end < len(words)
        and not unit
        and _GROUP.fullmatch(plain(words[end].text))
        and _LEADING.fullmatch(plain(text))
        and words[end].box.x0 - words[end - 1].box.x1 <= 1.05 * _letter(words[end - 1 : end + 1])
    ):
        longer = read_amount(f"{text} {words[end].text}", convention)
        if longer is None:
            break
        text, reading, end = f"{text} {words[end].text}", longer, end + 1
    mark = re.sub(r"[\d.,'\s()+\-]", "", plain(text))
    money = bool(reading.currency or (mark and not unit and _is_currency(mark))) or bool(
        _CENTS.search(plain(text))
    )
    percent = "%" in text
    before = words[start - 1].text if start > floor else ""
    if before and (before in _SIGNS or _is_currency(before)):
        longer = read_amount(f"{before} {text}", convention)
        if longer is not None:
            text, reading, start = f"{before} {text}", longer, start - 1
            money = money or before not in _SIGNS
    if end < len(words) and not percent:
        after = words[end].text
        if after == "%":
            text, end, percent = f"{text} %", end + 1, True
        elif _leans_on(page, words, end) and (
            after in _SIGNS or after.upper() in {"CR", "DR"} or _is_currency(after)
        ):
            longer = read_amount(f"{text} {after}", convention)
            if longer is not None:
                text, reading, end = f"{text} {after}", longer, end + 1
                money = money or after not in _SIGNS
        elif not unit and _UNIT.fullmatch(after):
            unit = after
    if percent:
        percentage = read_number(text, convention)
        if percentage is None:
            return None
        reading = percentage
    return Number(
        raw=" ".join(w.text for w in words[start:end]),
        value=Decimal(reading.value),
        start=segment.start + start,
        end=segment.start + end,
        box=union_of([w.box for w in words[start:end]]),
        money=money and not percent,
        percent=percent,
        unit=unit,
        certainty=reading.certainty,
        ambiguous=reading.ambiguous,
    )


def _cut_off(page: Page, word: Word, other: Word) -> bool:
    """Whether OCR parted the last cents of a number from it ("70.0 0")."""
    return (
        word.confidence < 1.0
        and bool(re.search(r"\d[.,]\d?$", word.text))
        and bool(re.fullmatch(r"\d{1,2}\D?", other.text))
        and other.box.x0 - word.box.x1 < _WIDE_SPACE * em(page, other.box)
    )


def _leans_on(page: Page, words: Sequence[Word], at: int) -> bool:
    """Whether word ``at`` belongs to the number before it rather than to one behind it."""
    if at + 1 >= len(words) or not words[at + 1].text[:1].isdigit():
        return True
    before = words[at].box.x0 - words[at - 1].box.x1
    behind = words[at + 1].box.x0 - words[at].box.x1
    return before <= behind + 0.1 * em(page, words[at].box)


def _is_currency(text: str) -> bool:
    # A mark that several currencies share is a currency's all the same.
    return len(text) <= 5 and bool(_CURRENCY.fullmatch(plain(text)))


# Headers


def find_header(lines: Sequence[Printed], at: int) -> Header | None:
    """The header whose main line is ``at``, with the lines above and below that belong to it."""
    base = lines[at]
    if any(n.money for n in base.numbers) or len(base.line.words) > 40:
        return None
    cells = _headings(base)
    if len({cell.role for cell in cells if cell.role}) < 2:
        return None
    first = last = at
    # Wordings that are broken over lines ("Unit" above "price") belong together.
    while first > 0 and first > at - 2 and _belongs(lines[first - 1], lines[first], cells, True):
        first -= 1
        cells = _stacked(lines[first], cells, above=True)
    while (
        last + 1 < len(lines)
        and last < at + 2
        and _belongs(lines[last + 1], lines[last], cells, False)
    ):
        last += 1
        cells = _stacked(lines[last], cells, above=False)
    cells = _told_apart(_unit_prices(cells))
    if not any(cell.role == "quantity" for cell in cells):
        # "Units" heads the numbers themselves where nothing else does.
        cells = [replace(c, role="quantity") if c.role == "unit" else c for c in cells]
    return Header(first, last, tuple(sorted(cells, key=lambda cell: cell.box.x0)))


def _unit_prices(cells: Sequence[Heading]) -> list[Heading]:
    """The headings with "Price per" over "unit EUR" as one: it heads the prices alone."""
    left = list(cells)
    for price in [cell for cell in cells if cell.role == "unit_price"]:
        whole = price
        while True:
            part = next(
                (
                    cell
                    for cell in left
                    if cell is not price
                    and (cell.role in ("unit", "") or _is_currency(cell.text))
                    and overlap(cell.box.x0, cell.box.x1, whole.box.x0, whole.box.x1) > 0.5
                ),
                None,
            )
            if part is None:
                break
            left.remove(part)
            whole = replace(whole, box=whole.box.union(part.box))
        left[left.index(price)] = whole
    return left


def _told_apart(cells: Sequence[Heading]) -> list[Heading]:
    """Where two headings have one role, the wording that may mean another gets that one."""
    told = list(cells)
    for at, cell in enumerate(told):
        taken = {c.role for i, c in enumerate(told) if i != at}
        if cell.role == "amount" and "value_date" in cell.roles and taken & _MONEY:
            told[at] = replace(cell, role="value_date")
            continue
        free = sorted(cell.roles - taken - {cell.role, "tax"})
        if cell.role in taken and free:
            told[at] = replace(cell, role=free[0])
    return told


def _role(texts: Sequence[str]) -> tuple[str, str]:
    """The column role of a heading's words and the total that it names, by its longest label."""
    return _roles(texts)[:2]


def _roles(texts: Sequence[str]) -> tuple[str, str, frozenset[str]]:
    """As :func:`_role`, with every role that a wording as long may have."""
    best = ("", "")
    size = 0
    strongest = 0.0
    alike: set[str] = set()
    for hit in label_hits(tuple(texts)):
        role = _TOTAL_ROLES.get(hit.role, hit.role)
        if role not in COLUMN_ROLES and role != "tax":
            continue
        length = sum(len(t) for t in texts[hit.start : hit.end])
        named = hit.role if hit.role in _TOTAL_ROLES else ""
        # A wording for columns means more here than one for a total.
        strength = hit.strength + (0.0 if named else 0.1)
        if length > size:
            best, size, strongest, alike = (role, named), length, strength, {role}
        elif length == size:
            alike.add(role)
            if strength > strongest:
                best, strongest = (role, best[1] if best[0] == role else ""), strength
            if named and role == best[0]:
                best = (role, named if named in ("net", "gross") else best[1])
    return *best, frozenset(alike)


def _headings(printed: Printed) -> list[Heading]:
    """The cells of one header line: its segments, parted where two labels stand close."""
    cells: list[Heading] = []
    for segment in printed.segments:
        for words in _pieces(segment.words):
            texts = [word.text for word in words]
            spans: list[tuple[int, int]] = []
            for hit in label_hits(tuple(texts)):
                known = hit.role in COLUMN_ROLES or hit.role in _TOTAL_ROLES
                if known and (hit.start, hit.end) not in spans:
                    spans.append((hit.start, hit.end))
            cuts = [0, *(start for start, _ in spans[1:]), len(words)]
            for start, end in pairwise(cuts):
                role, total, roles = _roles(texts[start:end])
                box = union_of([w.box for w in words[start:end]])
                cells.append(Heading(" ".join(texts[start:end]), role, box, total, roles))
    return cells


def _letter(words: Sequence[Word]) -> float:
    """The usual width of a letter in these words."""
    return sum(w.box.width for w in words) / max(1, sum(len(w.text) for w in words))


def _pieces(words: Sequence[Word]) -> list[Sequence[Word]]:
    """Words of a header line, parted where the gap is wider than a space.

    Headings of narrow columns stand closer than columns of a table usually do.  A space is
    no wider than a letter, also in typewriter type.
    """
    pieces: list[Sequence[Word]] = []
    start = 0
    for at in range(1, len(words) + 1):
        if at < len(words):
            gap = words[at].box.x0 - words[at - 1].box.x1
            if gap <= 1.15 * _letter(words[at - 1 : at + 1]):
                continue
        pieces.append(words[start:at])
        start = at
    return pieces


def _belongs(other: Printed, edge: Printed, cells: Sequence[Heading], above: bool) -> bool:
    """Whether the line ``other`` next to the header line ``edge`` is a part of the header."""
    gap = edge.box.y0 - other.box.y1 if above else other.box.y0 - edge.box.y1
    if gap > 0.9 * min(edge.height, other.height) or any(not n.percent for n in other.numbers):
        return False
    if len(other.segments) >= 2 and len(_labelled(other)) >= 2:
        return True
    under = [
        [c for c in cells if overlap(s.box.x0, s.box.x1, c.box.x0, c.box.x1) > 0.3]
        for s in other.segments
    ]
    if not all(under) or any(len(s.words) > 3 for s in other.segments):
        return False
    sure = False
    for segment, heads in zip(other.segments, under, strict=True):
        words = segment.text.split()
        own, _ = _role(words)
        wordy = heads[0].role in TEXT_ROLES or not heads[0].role
        if above and len(other.segments) == 1 and own in _NUMBER_ROLES and wordy:
            return False  # the title of a section ("Withdrawals") above its first column
        if own and own not in {head.role for head in heads} and (above or not wordy):
            sure = True
            continue
        if _broken(segment, heads[0], above) or _is_remark(segment.text):
            sure = True
            continue
        if not above and wordy:
            return False  # the first entry's own text
        joined = [*words, *heads[0].text.split()] if above else [*heads[0].text.split(), *words]
        role, _ = _role(joined)
        if heads[0].role in {"description", "date"} and (role == heads[0].role or not role):
            return False
        # The rest of a word that is broken with a hyphen, or a lower-case one.
        upper = segment.text if above else heads[0].text
        lower = heads[0].text if above else segment.text
        sure = sure or upper.rstrip().endswith(("-", "/")) or lower[:1].islower()
    return sure


def _is_remark(text: str) -> bool:
    """Whether a text in a header says in what its column counts: a currency, "(net)", "%"."""
    bare = text.strip("()[] .")
    return text[:1] in "([" or bare == "%" or _is_currency(bare)


def _labelled(printed: Printed) -> list[Heading]:
    return [cell for cell in _headings(printed) if cell.role]


def _stacked(other: Printed, cells: Sequence[Heading], above: bool) -> list[Heading]:
    stacked = list(cells)
    for segment in other.segments:
        at = next(
            (
                i
                for i, c in enumerate(stacked)
                if overlap(segment.box.x0, segment.box.x1, c.box.x0, c.box.x1) > 0.3
            ),
            None,
        )
        if at is None:
            role, total = _role([w.text for w in segment.words])
            stacked.append(Heading(segment.text, role, segment.box, total))
            continue
        cell = stacked[at]
        own, named = _role([w.text for w in segment.words])
        if own and cell.role and own != cell.role and not _broken(segment, cell, above):
            # Two headings share the place: the entries have two lines as well.
            stacked.append(Heading(segment.text, own, segment.box, named))
            continue
        text = f"{segment.text} {cell.text}" if above else f"{cell.text} {segment.text}"
        role, total, roles = _roles(text.split())
        stacked[at] = replace(
            cell,
            text=text,
            role=role or cell.role,
            box=cell.box.union(segment.box),
            total_role=total or cell.total_role,
            roles=roles or cell.roles,
        )
    return stacked


def _broken(segment: Segment, cell: Heading, above: bool) -> bool:
    """Whether both texts together are one longer label ("Unit" above "price")."""
    texts = segment.text.split()
    both = [*texts, *cell.text.split()] if above else [*cell.text.split(), *texts]
    return any(hit.end - hit.start == len(both) for hit in label_hits(tuple(both)))
