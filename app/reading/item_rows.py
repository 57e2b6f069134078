"""The line items of invoices.

A header in any of the known languages says what the columns are; where its words leave it
open, or there is no header, the numbers themselves do: quantity times price is the amount.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations

from rapidfuzz import fuzz

from app.document import Box, Field, Reader, Row, Status, Word, union_of
from app.document_types import DocumentType, FieldType, Kind
from app.reading.cells import missing, number_field, text_field
from app.reading.columns import (
    Header,
    Heading,
    Number,
    Printed,
    find_header,
)
from app.reading.entries import Entry, entries_below, total_kind

_WEIGHTS = {
    "description": 2.0,
    "quantity": 2.0,
    "unit_price": 2.0,
    "amount": 2.0,
    "position": 1.0,
    "item_number": 1.0,
    "discount": 0.5,
    "tax_rate": 0.3,
    "unit": 0.3,
}
_LEAST = 4.0
_CENT = Decimal("0.011")
_MAX_ENTRIES = 2000


@dataclass(frozen=True, slots=True)
class _Part:
    """The entries below one header."""

    header: Header
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which header cell plays which role, and for how many entries the product holds."""

    cells: dict[str, int]
    proven: frozenset[int]  # indices of entries whose quantity times price is the amount


def read_items(printed: Sequence[Sequence[Printed]], definition: DocumentType) -> tuple[Row, ...]:
    """The line items on these pages (each given as its printed lines), best rows only."""
    parts = _parts(printed)
    rows: list[Row] = []
    for group in _alike(parts):
        rows.extend(_rows(group, definition))
    if not rows:
        rows = list(_without_header(printed, definition))
    return tuple(rows[:_MAX_ENTRIES])


# Headers and the entries below them


def _weight(header: Header) -> float:
    """How much a header looks like that of line items."""
    weight = sum(_WEIGHTS.get(role, 0.0) for role in header.roles)
    if not header.roles & {"amount", "unit_price"}:
        return 0.0
    if not header.roles & {"description", "item_number", "position"} and all(
        cell.role for cell in header.cells
    ):
        return 0.0  # a breakdown of tax, or of due dates
    if "tax" in header.roles and not header.roles & {"quantity", "unit_price", "description"}:
        return 0.0
    return weight


def _headers(lines: Sequence[Printed]) -> list[Header]:
    """The headers of line items on a page, from top to bottom."""
    found = [
        (weight, header)
        for at in range(len(lines))
        if (header := find_header(lines, at)) is not None and (weight := _weight(header)) >= _LEAST
    ]
    found.sort(key=lambda f: -f[0])
    kept: list[Header] = []
    for weight, header in found:
        if weight < found[0][0] - 2.0:
            break
        if not any(header.first <= k.last and k.first <= header.last for k in kept):
            kept.append(header)
    return sorted(kept, key=lambda h: h.first)


def _parts(printed: Sequence[Sequence[Printed]]) -> list[_Part]:
    by_page = [_headers(lines) for lines in printed]
    heaviest = max((_weight(h) for headers in by_page for h in headers), default=0.0)
    parts: list[_Part] = []
    running: Header | None = None
    for lines, all_headers in zip(printed, by_page, strict=True):
        headers = [h for h in all_headers if _weight(h) >= heaviest - 2.0]
        if running is not None:
            # The table goes on above the next header, or on a page without one.
            stop = headers[0].first if headers else len(lines)
            entries, ended = entries_below(lines, 0, stop, running)
            entries = [e for e in entries if _is_continued(e, running, parts)]
            if entries and not headers:
                parts.append(_Part(running, entries))
            if ended:
                running = None
        for at, header in enumerate(headers):
            stop = headers[at + 1].first if at + 1 < len(headers) else len(lines)
            entries, ended = entries_below(lines, header.last + 1, stop, header)
            if entries:
                parts.append(_Part(header, entries))
            running = None if ended else header
    return parts


def _is_continued(entry: Entry, header: Header, parts: Sequence[_Part]) -> bool:
    """Whether an entry on a later page has the columns of those before it."""
    if not parts:
        return False
    usual = [frozenset(e.numbers) for e in parts[-1].entries]
    return frozenset(entry.numbers) in usual and len(entry.numbers) > 1


def _alike(parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    """Parts whose headers have the same cells, together: their columns are settled as one."""
    groups: dict[tuple[str, ...], list[_Part]] = {}
    for part in parts:
        groups.setdefault(tuple(cell.role for cell in part.header.cells), []).append(part)
    yield from groups.values()


# Which column is which


def _product_holds(quantity: Decimal, price: Decimal, amount: Decimal) -> bool:
    """Whether the product is the amount, as far as a rounded price allows."""
    slack = _CENT + min(abs(quantity) * Decimal("0.005"), abs(amount) * Decimal("0.004"))
    return abs(quantity * price - amount) <= slack


def _holds(entry: Entry, quantity: int, price: int, amount: int, discounts: Sequence[int]) -> bool:
    numbers = entry.numbers
    q, p, a = numbers[quantity].value, numbers[price].value, numbers[amount].value
    if _product_holds(q, p, a):
        return True
    for cell in discounts:
        number = numbers.get(cell)
        if number is None or not 0 < abs(number.value) <= 100:
            continue
        factor = 1 - abs(number.value) / 100
        if _product_holds(q, p * factor, a) or _product_holds(q, p - abs(number.value), a):
            return True
        if abs(q * p - abs(number.value) - a) <= _CENT:
            return True
    return False


def _settle(header: Header, entries: Sequence[Entry]) -> _Columns:
    """The columns of quantity, price and amount: by their headings, else by their products."""
    cells = header.cells
    filled = [at for at in range(len(cells)) if any(at in e.numbers for e in entries)]
    discounts = [at for at in filled if cells[at].role == "discount" or not cells[at].role]
    best: tuple[float, tuple[int, int, int], frozenset[int]] | None = None
    for quantity, price, amount in permutations(filled, 3):
        both = [i for i, e in enumerate(entries) if {quantity, price, amount} <= set(e.numbers)]
        if not both or len(filled) > 9:
            continue
        proven = frozenset(
            i
            for i in both
            if _holds(
                entries[i],
                quantity,
                price,
                amount,
                [d for d in discounts if d not in (quantity, price, amount)],
            )
        )
        telling = sum(abs(entries[i].numbers[quantity].value) != 1 for i in proven)
        if len(proven) < 0.6 * len(both) or not proven:
            continue
        score = 1.5 * telling / len(both) + len(proven) / len(entries)
        for role, at in (("quantity", quantity), ("unit_price", price), ("amount", amount)):
            if cells[at].role == role:
                score += 0.7
            elif cells[at].role and not (role == "amount" and cells[at].role == "tax"):
                score -= 0.6
        score += 0.05 * _net(cells[price]) + 0.1 * _net(cells[amount])
        money = [
            sum(entries[i].numbers[at].money for i in proven) / len(proven)
            for at in (quantity, price, amount)
        ]
        score += 0.3 * (money[1] + money[2] - money[0])
        # A price stands left of its amount nearly everywhere.
        score += 0.15 if cells[price].box.x0 < cells[amount].box.x0 else 0.0
        if best is None or score > best[0]:
            best = (score, (quantity, price, amount), proven)
    roles = dict(zip(("quantity", "unit_price", "amount"), best[1], strict=True)) if best else {}
    for role in ("amount", "unit_price", "quantity"):
        if role in roles:
            continue
        named = [at for at in filled if cells[at].role == role and at not in roles.values()]
        if named:
            roles[role] = max(named, key=lambda at: (_net(cells[at]), cells[at].box.x1))
    if "amount" not in roles and "unit_price" not in roles:
        money_cells = [
            at
            for at in filled
            if at not in roles.values()
            and sum(e.numbers[at].money for e in entries if at in e.numbers) > 0.5 * len(entries)
        ]
        if money_cells:
            roles["amount"] = max(money_cells, key=lambda at: cells[at].box.x1)
    return _Columns(roles, best[2] if best else frozenset())


def _net(cell: Heading) -> float:
    """1 for a column of net amounts, -1 for one with tax, 0 when it does not say."""
    return {"net": 1.0, "gross": -1.0}.get(cell.total_role, 0.0)


# Rows


def _rows(parts: Sequence[_Part], definition: DocumentType) -> Iterator[Row]:
    header = parts[0].header
    entries = [entry for part in parts for entry in part.entries]
    columns = _settle(header, entries)
    amount = columns.cells.get("amount", columns.cells.get("unit_price"))
    if amount is None:
        return
    cents = sum(any(n.money for n in e.numbers.values()) for e in entries)
    described = [at for at, cell in enumerate(header.cells) if cell.role == "description"]
    if not described:
        described = _wordiest(header, entries)
    for index, entry in enumerate(entries):
        if amount not in entry.numbers and len(entry.numbers) < 2:
            continue
        if not any(n.money for n in entry.numbers.values()) and cents > 0.5 * len(entries):
            continue  # a page number, a count, the digits of an IBAN
        words = _description(entry, described, header)
        texts = any(entry.words(at) for at in range(len(header.cells)))
        if not texts and index not in columns.proven:
            continue  # numbers alone are a sum, or the remains of a footer
        confidence = 0.95 if index in columns.proven else 0.8
        yield tuple(
            _field(column, entry, columns.cells, header, words, confidence)
            for column in definition.lines
        )


def _wordiest(header: Header, entries: Sequence[Entry]) -> list[int]:
    """The header cell under which most words stand."""
    letters = {
        at: sum(
            sum(c.isalpha() for c in word.text) for entry in entries for word in entry.words(at)
        )
        for at in range(len(header.cells))
    }
    return [max(letters, key=lambda at: letters[at])] if any(letters.values()) else []


def _description(entry: Entry, described: Sequence[int], header: Header) -> list[Word]:
    words = [word for at in described for word in entry.words(at)]
    if not words:
        # The text stands under another heading of words ("Art. no." over both).
        words = [
            word
            for at, cell in enumerate(header.cells)
            if cell.role in ("item_number", "")
            for word in entry.words(at)
        ]
    if words and len(words) > 1 and words[0].text.rstrip(".").isdigit() and len(words[0].text) <= 4:
        first = entry.lines[0].printed
        segment = first.segments[0]
        if len(segment.words) == 1 and segment.words[0] is words[0]:
            words = words[1:]  # the position number, in a column that the header leaves out
    return words


def _field(
    column: FieldType,
    entry: Entry,
    roles: dict[str, int],
    header: Header,
    description: Sequence[Word],
    confidence: float,
) -> Field:
    role = column.role
    if role == "description":
        return text_field(column.key, entry.page, description, confidence)
    at = roles.get(role)
    if at is None:
        at = next((i for i, cell in enumerate(header.cells) if _names(cell, column)), None)
    if at is None:
        return missing(column.key)
    number = entry.numbers.get(at)
    if number is not None and column.kind in (Kind.AMOUNT, Kind.NUMBER):
        return number_field(column.key, entry.page, number, confidence)
    if column.kind in (Kind.AMOUNT, Kind.NUMBER):
        return missing(column.key)
    if number is not None:
        return Field(
            column.key,
            number.raw,
            Status.FOUND,
            number.raw,
            entry.page,
            number.box,
            Reader.QUICK,
            confidence,
        )
    return text_field(column.key, entry.page, entry.words(at), confidence)


def _names(cell: Heading, column: FieldType) -> bool:
    """Whether a heading is the column's, by its role or (user-made columns) by its wording."""
    if column.role:
        return cell.role == column.role
    wordings = (column.label, *column.labels)
    return any(fuzz.ratio(cell.text.casefold(), w.casefold()) > 88 for w in wordings)


# Without a header


def _without_header(
    printed: Sequence[Sequence[Printed]], definition: DocumentType
) -> Iterator[Row]:
    """Lines with words and three numbers of which two make the third, else a list of amounts."""
    parts: list[_Part] = []
    running: Header | None = None
    for lines in printed:
        header, first = _guessed_header(lines)
        if header is None and running is None:
            continue
        used = header or running
        if used is None:
            continue
        entries, ended = entries_below(lines, first if header else 0, len(lines), used)
        if header is None:
            entries = [e for e in entries if _is_continued(e, used, parts)]
        if entries:
            parts.append(_Part(used, entries))
        running = None if ended else used
    for group in _alike(parts):
        yield from _rows(group, definition)
    if not parts:
        yield from _summing_up(printed, definition)


def _guessed_header(lines: Sequence[Printed]) -> tuple[Header | None, int]:
    """The columns that lines of quantity, price and amount share, and the first such line."""
    columns: dict[str, list[Box]] = {"quantity": [], "unit_price": [], "amount": []}
    texts: list[Box] = []
    first = -1
    telling = 0
    for at, line in enumerate(lines):
        triple = _product_of(line)
        if triple is None:
            continue
        quantity, _, amount = triple
        known = columns["amount"]
        if known and abs(known[-1].x1 - amount.box.x1) > 0.02:
            continue
        counted = {i for n in line.numbers for i in range(n.start, n.end)}
        words = [w for i, w in enumerate(line.line.words) if i not in counted and len(w.text) > 1]
        if sum(c.isalpha() for w in words for c in w.text) < 3:
            continue
        for role, number in zip(columns, triple, strict=True):
            columns[role].append(number.box)
        texts.append(union_of([w.box for w in words]))
        first = at if first < 0 else first
        telling += quantity.value != 1
    if not texts or (telling == 0 and len(texts) < 2):
        return None, 0
    cells = [Heading("", role, union_of(boxes)) for role, boxes in columns.items()]
    cells.append(Heading("", "description", union_of(texts)))
    cells.sort(key=lambda cell: cell.box.x0)
    return Header(first, first, tuple(cells)), first


def _product_of(line: Printed) -> tuple[Number, Number, Number] | None:
    """Quantity, price and amount among a line's numbers, if two make the last amount."""
    numbers = [n for n in line.numbers if not n.percent]
    if len(numbers) < 3 or not numbers[-1].money or numbers[-1].value == 0:
        return None
    amount = numbers[-1]
    for quantity, price in permutations(numbers[:-1], 2):
        if (
            price.money
            and quantity.value > 0
            and _product_holds(quantity.value, price.value, amount.value)
        ):
            return quantity, price, amount
    return None


def _summing_up(printed: Sequence[Sequence[Printed]], definition: DocumentType) -> Iterator[Row]:
    """Lines of words and an amount right above a total that is exactly their sum."""
    for lines in printed:
        total = next(
            (at for at, line in enumerate(lines) if at and total_kind(line) and _money(line)), None
        )
        if total is None:
            continue
        totals = {n.value for line in lines[total:] if total_kind(line) for n in _money(line)}
        edge = _money(lines[total])[-1].box.x1
        listed = [
            line
            for line in lines[:total]
            if _money(line)
            and abs(_money(line)[-1].box.x1 - edge) < 0.03
            and line.numbers[-1].end >= len(line.line.words) - 1
            and sum(c.isalpha() for c in line.line.text) >= 3
        ]
        for count in range(1, len(listed) + 1):
            chosen = listed[-count:]
            if sum((_money(line)[-1].value for line in chosen), Decimal(0)) not in totals:
                continue
            for line in chosen:
                amount = _money(line)[-1]
                words = line.line.words[: amount.start]
                if words:
                    yield tuple(
                        text_field(column.key, line.page.number, words, 0.8)
                        if column.role == "description"
                        else number_field(column.key, line.page.number, amount, 0.85)
                        if column.role == "amount"
                        else missing(column.key)
                        for column in definition.lines
                    )
            return


def _money(line: Printed) -> list[Number]:
    return [n for n in line.numbers if n.money]
