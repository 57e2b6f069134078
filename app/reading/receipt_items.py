"""The items of till receipts: narrow lines of a name and a price, in one of many arrangements.

A line that ends in a price is an item's.  Its name stands on the same line, on the lines
above (codes and quantities beside the price), or below; which one it is, is seen from the
receipt as a whole.  "2 x 1,50" without a name belongs to the item whose price is the product.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from statistics import median

from app.document import Field, Row, Word
from app.document_types import DocumentType
from app.reading.cells import missing, number_field, text_field
from app.reading.columns import Number, Printed, find_header, label_hits
from app.reading.entries import total_kind

_STOPS = frozenset(
    {
        "gross",
        "net",
        "due",
        "tax",
        "subtotal",
        "quantity_total",
        "cash_given",
        "change",
        "card_payment",
        "rounding",
        "paid",
    }
)
_NOT_ITEMS = frozenset(
    {
        "issue_date",
        "date",
        "number",
        "phone",
        "fax",
        "seller_vat_id",
        "iban",
        "order_number",
        "customer_number",
        "cashier",
        "time",
        "page",
        "registration_number",
        "points",
    }
)
_TIMES = re.compile(r"^[xX×*@]$|^(?:à|a|je|@)$")
_TAX_MARK = re.compile(r"^[*#]?(?:[A-Za-z]{1,2}|ZRL|TX|\d)[*]?$|^[*#]$")
_UNITS = frozenset(
    [
        *("kg", "g", "l", "ml", "st", "stk", "stück", "stuck", "pc", "pcs", "pce", "ea", "unit"),
        *("units", "x", "pkt", "btl", "ctn", "pack", "set", "m", "cm", "szt", "ud", "uds", "pz"),
        *("un", "eur", "euro", "rm", "usd", "€", "$", "£", "/kg", "eur/kg", "€/kg", "eur/stk"),
    ]
)
_CODE = re.compile(r"^[\dA-Z][\dA-Z./#*-]{3,}$")
_CENT = Decimal("0.011")


@dataclass(slots=True)
class _Item:
    at: int  # index of the priced line
    page: int
    amount: Number
    words: list[Word]
    quantity: Number | None = None
    price: Number | None = None
    lines: list[int] = field(default_factory=list)


def read_receipt_items(
    printed: Sequence[Sequence[Printed]], definition: DocumentType
) -> tuple[Row, ...]:
    """The items on these pages, each given as its printed lines."""
    lines = [line for page in printed for line in page]
    items = _items(lines)
    return tuple(
        tuple(_field(column.key, column.role, item) for column in definition.lines)
        for item in items
    )


def _field(key: str, role: str, item: _Item) -> Field:
    proven = (
        item.quantity is not None
        and item.price is not None
        and _holds(item.quantity.value, item.price.value, item.amount.value)
    )
    confidence = 0.93 if proven else 0.8
    if role == "description":
        return text_field(key, item.page, item.words, confidence)
    number = {
        "quantity": item.quantity,
        "unit_price": item.price,
        "amount": item.amount,
    }.get(role)
    return number_field(key, item.page, number, confidence) if number else missing(key)


def _holds(quantity: Decimal, price: Decimal, amount: Decimal) -> bool:
    slack = _CENT if quantity == int(quantity) else Decimal("0.02")
    return abs(abs(quantity * price) - abs(amount)) <= slack


def _items(lines: Sequence[Printed]) -> list[_Item]:
    cents = sum(any(n.money for n in line.numbers) for line in lines) >= 2
    begin, columns = _begin(lines, cents)
    stop = _stop(lines, begin, cents)
    if stop is None:
        return []
    edge = _price_edge(lines[begin:stop], cents)
    priced: list[int] = []
    loose: list[int] = []  # quantity lines without an amount of their own
    for at in range(begin, stop):
        if _is_label(lines[at]):
            continue
        if _multiplication(lines[at]) is not None:
            loose.append(at)
        elif _price(lines[at], edge, cents) is not None:
            priced.append(at)
    if not priced:
        return []
    items = []
    for at in priced:
        amount = _price(lines[at], edge, cents)
        if amount is None:
            continue
        item = _Item(at, lines[at].page.number, amount, _name(lines[at], amount), lines=[at])
        _factors(item, lines[at])
        items.append(item)
    _name_items(items, lines, begin, stop, set(loose), columns)
    _multiply(items, lines, loose)
    _leading_quantities(items, lines)
    return [item for item in items if item.words]


def _begin(lines: Sequence[Printed], cents: bool) -> tuple[int, bool]:
    """Where items may begin, and whether a header with columns stands before them."""
    stop = _stop(lines, 0, cents)
    for at in range(len(lines) if stop is None else stop):
        header = find_header(lines, at)
        if header is None:
            continue
        roles = header.roles
        if roles & {"amount", "unit_price"} and roles & {"description", "quantity", "item_number"}:
            return header.last + 1, True
    return 0, False


def _stop(lines: Sequence[Printed], begin: int, cents: bool) -> int | None:
    """The first line that sums up: no item stands below it."""
    seen = False
    for at in range(begin, len(lines)):
        line = lines[at]
        money = [n for n in line.numbers if n.money or (not cents and not n.percent)]
        if seen or begin:
            if total_kind(line) in ("total", "subtotal"):
                return at
            texts = line.texts
            hits = label_hits(texts)
            if any(h.role in _STOPS and h.start == 0 and h.strength > 0.3 for h in hits) and (
                not _letters(texts, max(h.end for h in hits if h.start == 0))
            ):
                return at
        elif money and total_kind(line) in ("total", "subtotal"):
            return at
        seen = seen or bool(money and sum(c.isalpha() for t in line.texts for c in t) > 2)
    return len(lines) if seen else None


def _letters(texts: Sequence[str], start: int) -> int:
    return sum(c.isalpha() for t in texts[start:] if t.casefold() not in _UNITS for c in t)


def _is_label(line: Printed) -> bool:
    """Whether the line is a date, a number or the like, whatever its digits look like."""
    hits = label_hits(line.texts)
    if any(t.endswith((":", "：")) for t in line.texts):
        return True  # "Table: 12", "Total: 9.00"
    return any(
        h.role in _NOT_ITEMS and h.start == 0 and h.strength > 0.6 for h in hits
    ) and not any(h.role in {"description", "discount", "deposit"} for h in hits)


def _price_edge(lines: Sequence[Printed], cents: bool) -> float:
    """The right edge of the column of prices."""
    edges = [
        max(n.box.x1 for n in line.numbers if n.money or not cents)
        for line in lines
        if any(n.money or not cents for n in line.numbers)
    ]
    if not edges:
        return 1.0
    # The column of prices is the rightmost that several lines share.
    edges.sort()
    shared = [e for e in edges if sum(abs(e - o) < 0.05 for o in edges) >= max(1, len(edges) // 3)]
    return max(shared) if shared else median(edges)


def _price(line: Printed, edge: float, cents: bool) -> Number | None:
    """The price that the line ends in, if it does."""
    usable = [n for n in line.numbers if not n.percent and (n.money or not cents)]
    if not usable:
        return None
    last = usable[-1]
    if abs(last.box.x1 - edge) > 0.12:
        return None
    behind = line.texts[last.end :]
    if any(not _TAX_MARK.match(t) and t.casefold() not in _UNITS for t in behind):
        return None
    return last


def _multiplication(line: Printed) -> tuple[Number, Number] | None:
    """Quantity and price of a line that only says "2 x 1,50": its product stands elsewhere."""
    numbers = [n for n in line.numbers if not n.percent]
    if len(numbers) != 2 or not numbers[1].money:
        return None
    one, other = numbers
    used = {i for n in numbers for i in range(n.start, n.end)}
    rest = [t for i, t in enumerate(line.texts) if i not in used]
    if any(
        any(c.isalpha() for c in t)
        and not _TIMES.match(t)
        and t.casefold().strip(".") not in _UNITS
        for t in rest
    ):
        return None
    between = line.texts[one.end : other.start]
    glued = one.raw[-1:] in "xX×*@" or other.raw[:1] in "xX×*@" or one.unit in ("x", "X", "×")
    return (one, other) if glued or any(_TIMES.match(t) for t in between) else None


def _name(line: Printed, price: Number) -> list[Word]:
    """The words of a priced line that name the item; empty for codes, units and numbers."""
    counted = {i for n in line.numbers if n.end <= price.start for i in range(n.start, n.end)}
    words = [w for i, w in enumerate(line.line.words[: price.start])]
    letters = sum(
        c.isalpha()
        for i, w in enumerate(words)
        if i not in counted
        and w.text.casefold().strip(".()") not in _UNITS
        and not (_CODE.match(w.text) and any(c.isdigit() for c in w.text))
        for c in w.text
    )
    if letters < 2 and not any(ord(c) > 0x2E80 for w in words for c in w.text):
        return []
    # Quantity and price at the end of the name are values of their own.
    end = len(words)
    if end > 1 and end - 1 in counted and _stands_alone(line, end - 1):
        end -= 1  # the quantity, in a column of its own
    while end > 1 and (
        (end - 1 in counted and _in_factors(line, end - 1, price))
        or _TIMES.match(words[end - 1].text)
        or words[end - 1].text.casefold() in {"€", "eur", "rm", "$", "-", ":"}
        or (
            words[end - 1].text.casefold() in _UNITS
            and end - 2 in counted
            and _in_factors(line, end - 2, price)
        )
    ):
        end -= 1
    start = 0
    while start < end - 1 and re.fullmatch(r"\d{5,}|\d{1,3}[x×*]|[xX×*]", words[start].text):
        start += 1
    return words[start:end]


def _stands_alone(line: Printed, index: int) -> bool:
    """Whether the word is a segment of its own, a column away from its neighbours."""
    return any(s.start == index and s.end == index + 1 for s in line.segments)


def _in_factors(line: Printed, index: int, price: Number) -> bool:
    """Whether the number at this word is a quantity or price that makes the line's amount."""
    factors = _pair(line, price)
    return any(n.start <= index < n.end for n in factors) or any(
        n.start <= index < n.end and n.value == 0 for n in line.numbers
    )


def _pair(line: Printed, amount: Number) -> tuple[Number, ...]:
    """The two numbers before the amount whose product it is, quantity first."""
    before = [n for n in line.numbers if n.end <= amount.start and not n.percent]
    best: tuple[Number, ...] = ()
    for i, one in enumerate(before):
        for other in before[i + 1 :]:
            if not _holds(one.value, other.value, amount.value) or amount.value == 0:
                continue
            quantity, price = one, other
            if one.money and not other.money and one.unit.casefold() in ("", "x", "×"):
                quantity, price = other, one
            best = (quantity, price)
    return best


def _factors(item: _Item, line: Printed) -> None:
    pair = _pair(line, item.amount)
    if pair:
        item.quantity, item.price = pair
        return
    before = [n for n in line.numbers if n.end <= item.amount.start and not n.percent]
    if len(before) == 1 and not before[0].money and 0 < before[0].value < 1000:
        texts = line.texts
        segment = next(s for s in line.segments if s.start <= before[0].start < s.end)
        follows = texts[before[0].end] if before[0].end < len(texts) else ""
        alone = segment.start == before[0].start and segment.end - before[0].end <= 1
        if (alone and before[0].start > 0) or _TIMES.match(follows):
            item.quantity = before[0]


def _name_items(
    items: Sequence[_Item],
    lines: Sequence[Printed],
    begin: int,
    stop: int,
    loose: set[int],
    columns: bool,
) -> None:
    """Give the items without a name on their line the wordy lines above or below."""
    unnamed = [item for item in items if not item.words]
    if not unnamed:
        return
    priced = {item.at for item in items}
    wordy = [
        at
        for at in range(begin, stop)
        if at not in priced and at not in loose and _is_name(lines[at])
    ]
    first, last = items[0].at, items[-1].at
    head = [at for at in wordy if at < first and _joins(lines, at, first)]
    tail = [at for at in wordy if at > last and _joins(lines, last, at)]
    above = bool(head) and (not tail or columns or len(unnamed) > 1)
    bounds = [item.at for item in items]
    counts = [sum(a < at < b for at in wordy) for a, b in pairwise(bounds)]
    usual = max(1, round(median(counts))) if counts else 3
    for index, item in enumerate(items):
        if item.words:
            continue
        if above:
            low = bounds[index - 1] if index else begin - 1
            mine = [at for at in wordy if low < at < item.at]
            if index == 0 and not columns:
                mine = mine[-usual:]
            # A name that stands right above wins over one that is far away.
            mine = [at for at in mine if _joins(lines, at, item.at)]
        else:
            high = bounds[index + 1] if index + 1 < len(bounds) else stop
            mine = [at for at in wordy if item.at < at < high and _joins(lines, item.at, at)]
        if not mine:
            continue
        page = lines[mine[0]].page.number
        item.words = [
            w
            for at in mine
            if lines[at].page.number == page
            for w in lines[at].line.words
            if not re.fullmatch(r"\d{5,}", w.text)
        ]
        item.lines.extend(mine)


def _joins(lines: Sequence[Printed], upper: int, lower: int) -> bool:
    """Whether no gap wider than a line parts two lines."""
    for a, b in zip(range(upper, lower), range(upper + 1, lower + 1), strict=True):
        if lines[a].page is not lines[b].page:
            return False
        gap = lines[b].box.y0 - lines[a].box.y1
        if gap > 1.3 * max(lines[a].height, lines[b].height):
            return False
    return True


def _is_name(line: Printed) -> bool:
    text = line.line.text
    if sum(c.isalpha() for c in text) < 2 and not any(ord(c) > 0x2E80 for c in text):
        return False
    return not _is_label(line)


def _multiply(items: Sequence[_Item], lines: Sequence[Printed], loose: Sequence[int]) -> None:
    """Give each "2 x 1,50" to the neighbouring item whose amount is the product."""
    for at in loose:
        factors = _multiplication(lines[at])
        if factors is None:
            continue
        quantity, price = factors
        near = [i for i in items if abs(i.at - at) <= 2 and i.quantity is None]
        near.sort(key=lambda i: (abs(i.at - at), i.at > at))
        for item in near:
            if _holds(quantity.value, price.value, item.amount.value):
                item.quantity, item.price = quantity, price
                break


def _leading_quantities(items: Sequence[_Item], lines: Sequence[Printed]) -> None:
    """Where nearly every item begins with a small number, that is its quantity."""
    leading: list[tuple[_Item, Number]] = []
    for item in items:
        first = next((n for n in lines[item.at].numbers if n.start == 0 and not n.money), None)
        if (
            first is not None
            and item.words
            and item.words[0] is lines[item.at].line.words[0]
            and first.value == int(first.value)
            and 0 < first.value < 100
            and len(item.words) > first.end
        ):
            leading.append((item, first))
    if len(leading) < max(2, 0.7 * len(items)):
        return
    numbers = [n.value for _, n in leading]
    if len(numbers) > 2 and all(b - a == 1 for a, b in pairwise(numbers)):
        return  # the items are numbered
    for item, number in leading:
        if item.quantity is None:
            item.quantity = number
            item.words = item.words[number.end :]
