"""Invoices and credit notes on A4, in as many looks as the choices in :class:`Look` allow."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tests.data.paper.canvas import (
    A4,
    BLACK,
    GREY,
    LETTER,
    MONO,
    PALE,
    SANS,
    SERIF,
    WHITE,
    Canvas,
    Colour,
    Face,
)
from tests.data.paper.facts import Bill, Item
from tests.data.paper.wording import WORDS
from tests.data.paper.writing import Habit

Column = Literal[
    "position", "item_number", "description", "quantity", "unit", "price", "discount", "rate",
    "amount",
]  # fmt: skip

_NUMERIC = frozenset({"quantity", "price", "discount", "rate", "amount"})
_SHARES = {
    "position": 0.5, "item_number": 1.1, "description": 4.2, "quantity": 0.9, "unit": 0.8,
    "price": 1.2, "discount": 0.9, "rate": 0.8, "amount": 1.3,
}  # fmt: skip


# A credit note does not call its day the invoice's.
_PLAIN_DATE = {
    "en": "Date", "de": "Datum", "fr": "Date", "es": "Fecha", "it": "Data", "nl": "Datum",
    "pt": "Data", "pl": "Data wystawienia",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """How a sender's invoices look.  ``picks`` settles which wording of each label is used."""

    face: Face = SANS
    accent: Colour = (0.10, 0.30, 0.52)
    size: float = 9.5
    margin: float = 56
    letterhead: Literal["left", "right", "centre", "band", "small"] = "right"
    buyer: Literal["window", "right", "parties"] = "window"
    meta: Literal["list", "boxed row", "grid", "inline", "under title"] = "list"
    colon: str = ":"
    table: Literal["band", "ruled", "lines", "plain", "zebra"] = "band"
    columns: tuple[Column, ...] = (
        "position", "description", "quantity", "unit", "price", "amount",
    )  # fmt: skip
    totals: Literal["right", "boxed", "wide", "tax table"] = "right"
    bank: Literal["footer", "payment", "head"] = "footer"
    vat: Literal["footer", "head", "meta"] = "footer"
    signs: Literal["totals", "cells", "header"] = "totals"
    show_due_amount: bool = False
    picks: int = 0
    paper: tuple[float, float] = A4


def some_look(chance: random.Random) -> Look:
    """A look drawn by chance."""
    columns: list[Column] = ["description", "quantity", "price", "amount"]
    if chance.random() < 0.45:
        columns.insert(0, "position")
    if chance.random() < 0.35:
        columns.insert(columns.index("description"), "item_number")
    if chance.random() < 0.45:
        columns.insert(columns.index("quantity") + 1, "unit")
    if chance.random() < 0.4:
        columns.insert(-1, "rate")
    if chance.random() < 0.15:
        columns.insert(-1, "discount")
    if chance.random() < 0.15:  # quantities first, as on many English bills
        columns.remove("quantity")
        columns.insert(0, "quantity")
    return Look(
        face=chance.choice((SANS, SANS, SANS, SERIF, SERIF, MONO)),
        accent=chance.choice(
            (
                (0.1, 0.3, 0.52),
                (0.55, 0.12, 0.15),
                (0.1, 0.42, 0.3),
                (0.15, 0.15, 0.2),
                (0.8, 0.4, 0),
            )
        ),
        size=chance.choice((8.0, 8.5, 9.0, 9.5, 10.0)),
        margin=chance.choice((40, 48, 56, 64)),
        letterhead=chance.choice(("left", "right", "centre", "band", "small")),
        buyer=chance.choice(("window", "window", "right", "parties")),
        meta=chance.choice(("list", "list", "boxed row", "grid", "inline", "under title")),
        colon=chance.choice((":", ":", "", " :")),
        table=chance.choice(("band", "ruled", "lines", "plain", "zebra")),
        columns=tuple(columns),
        totals=chance.choice(("right", "right", "boxed", "wide", "tax table")),
        bank=chance.choice(("footer", "payment", "head")),
        vat=chance.choice(("footer", "head", "meta")),
        signs=chance.choice(("totals", "cells", "header")),
        show_due_amount=chance.random() < 0.3,
        picks=chance.randint(1, 10_000),
        paper=chance.choice((A4, A4, A4, LETTER)),
    )


class Invoice:
    """Draws one bill onto a canvas, which may hold others before it.

    After :meth:`draw`, ``printed`` has the keys whose values stand on the page, and
    ``pages`` the first and the last page, counted from 1.
    """

    def __init__(
        self, bill: Bill, look: Look, habit: Habit, canvas: Canvas, all_pages: int = 0
    ) -> None:
        self.bill = bill
        self.look = look
        self.habit = habit
        self.canvas = canvas
        self.words = WORDS[bill.language]
        self.printed: set[str] = {"lines.amount"}
        self.pages = (canvas.pages, canvas.pages)
        self._all_pages = all_pages
        self._first = canvas.pages
        self._y = 0.0

    def word(self, name: str) -> str:
        """The wording of ``name`` that this sender uses."""
        choices = self.words[name]
        place = random.Random(f"{self.look.picks}{name}").randrange(len(choices))
        return choices[place if self.look.picks else 0]

    def draw(self) -> None:
        self.canvas.begin = self._continue
        self._letterhead()
        self._footer()
        self._addresses()
        self._title_and_meta()
        self._table()
        self._totals()
        self._closing()
        self.canvas.begin = None
        self.pages = (self._first, self.canvas.pages)

    # The frame of every page.

    @property
    def _left(self) -> float:
        return self.look.margin

    @property
    def _right(self) -> float:
        return self.canvas.width - self.look.margin

    @property
    def _bottom(self) -> float:
        return self.canvas.height - (88 if self._has_footer else 56)

    @property
    def _has_footer(self) -> bool:
        return "footer" in (self.look.bank, self.look.vat)

    def _continue(self, canvas: Canvas) -> None:
        seller = self.bill.seller
        canvas.text(self._left, 44, seller.name, self.look.size, bold=True)
        canvas.text(
            self._right,
            44,
            f"{self._number_label} {self.bill.number}",
            self.look.size,
            align="right",
        )
        canvas.line(self._left, 50, self._right, 50, 0.5, GREY)
        self._footer()
        self._y = 78

    def _letterhead(self) -> None:
        canvas, seller, look = self.canvas, self.bill.seller, self.look
        left, right, accent = self._left, self._right, look.accent
        contact = [*seller.address, f"{self.word('phone')} {seller.phone}", seller.email]
        if look.bank == "head" and seller.iban:
            contact.append(f"IBAN {spaced(seller.iban)}")
            self.printed.add("iban")
        if look.vat == "head" and seller.vat_id:
            contact.append(f"{self.word('vat_id')} {seller.vat_id}")
            self.printed.add("seller_vat_id")
        if look.letterhead == "band":
            canvas.box(0, 0, canvas.width, 78, fill=accent)
            canvas.text(left, 46, seller.name, 18, bold=True, colour=WHITE)
            y = 22.0
            for text in contact:
                canvas.text(right, y, text, 7.5, align="right", colour=WHITE)
                y += 10
            self._y = 108
            return
        if look.letterhead == "centre":
            middle = canvas.width / 2
            canvas.text(middle, 52, seller.name, 17, bold=True, align="centre", colour=accent)
            half = (len(contact) + 1) // 2
            for y, texts in ((66, contact[:half]), (77, contact[half:])):
                canvas.text(middle, y, " · ".join(texts), 8, align="centre", colour=GREY)
            canvas.line(left, 86, right, 86, 1, accent)
            self._y = 112
            return
        if look.letterhead == "small":
            canvas.text(left, 52, seller.name, 11, bold=True)
            y = 64.0
            for text in contact:
                canvas.text(left, y, text, 8)
                y += 10.5
            self._y = y + 14
            return
        on_right = look.letterhead == "right"
        x: float = right if on_right else left
        align: Literal["left", "right"] = "right" if on_right else "left"
        self._logo(left if on_right else right - 34, 34)
        canvas.text(x, 52, seller.name, 14, bold=True, align=align, colour=accent)
        y = 66.0
        for text in contact:
            canvas.text(x, y, text, 8, align=align, colour=GREY)
            y += 10.5
        self._y = y + 16

    def _logo(self, x: float, y: float) -> None:
        canvas, accent = self.canvas, self.look.accent
        canvas.box(x, y, x + 34, y + 34, fill=accent, radius=0.2)
        canvas.disc(x + 12, y + 13, 5, WHITE)
        canvas.disc(x + 22, y + 22, 7, (1, 0.85, 0.5))

    def _footer(self) -> None:
        if not self._has_footer:
            return
        canvas, seller, look = self.canvas, self.bill.seller, self.look
        y = canvas.height - 66
        canvas.line(self._left, y, self._right, y, 0.5, look.accent)
        register = self.word("register").format(city=seller.city, n=seller.register)
        if seller.country == "US":
            register = seller.trade  # the wordings name registers of other countries
        columns = [[seller.name, *seller.address], [seller.web, seller.email, seller.phone]]
        if look.vat == "footer" and seller.vat_id:
            columns.append([f"{self.word('vat_id')}: {seller.vat_id}", register])
            self.printed.add("seller_vat_id")
        else:
            columns.append([register])
        if look.bank == "footer" and seller.iban:
            columns.append(
                [
                    f"{self.word('bank')}: {seller.bank}",
                    f"IBAN: {spaced(seller.iban)}",
                    f"BIC: {seller.bic}",
                ]
            )
            self.printed.add("iban")
        width = (self._right - self._left) / len(columns)
        for place, column in enumerate(columns):
            for row, text in enumerate(column):
                size = self._fitting(text, 6.6, width - 6)
                canvas.text(self._left + place * width, y + 12 + row * 9, text, size, colour=GREY)
        if self._all_pages > 1:
            number = canvas.pages - self._first + 1
            page = self.word("page").format(n=number, all=self._all_pages)
            canvas.text(self._right, canvas.height - 24, page, 7.5, align="right")

    # The head of the first page.

    @property
    def _number_label(self) -> str:
        return self.word("credit_number" if self.bill.credit else "number")

    def _addresses(self) -> None:
        canvas, bill, look, size = self.canvas, self.bill, self.look, self.look.size
        lines = [bill.buyer.name, *bill.buyer.address]
        if bill.buyer.country != bill.seller.country:
            lines.append(bill.buyer.country_name)
        if look.buyer == "parties":
            middle = (self._left + self._right) / 2 + 10
            blocks = (
                (self._left, "from", [bill.seller.name, *bill.seller.address]),
                (middle, "to", lines),
            )
            top = self._y
            for x, heading, block in blocks:
                canvas.text(x, top, self.word(heading), size - 1, bold=True, colour=look.accent)
                canvas.line(x, top + 4, x + 200, top + 4, 0.5, look.accent)
                for row, text in enumerate(block):
                    canvas.text(x, top + 18 + row * size * 1.35, text, size, bold=row == 0)
            self._y = top + 18 + 5 * size * 1.35
            return
        x = self._left if look.buyer == "window" else (self._left + self._right) / 2 + 20
        y = max(self._y, 140)
        if look.buyer == "window":
            small = f"{bill.seller.name} · {bill.seller.street} · {bill.seller.place}"
            canvas.text(x, y - 14, small, 6.2, colour=GREY)
            canvas.line(x, y - 10, x + 210, y - 10, 0.3, GREY)
        else:
            canvas.text(x, y - 12, self.word("to"), size - 1, bold=True)
        for row, text in enumerate(lines):
            canvas.text(x, y + 4 + row * size * 1.4, text, size)
        self._address_top, self._y = y, y + 4 + len(lines) * size * 1.4 + 20

    def _meta(self) -> list[tuple[str, str]]:
        bill, word = self.bill, self.word
        date = _PLAIN_DATE[bill.language] if bill.credit else word("date")
        facts = [(self._number_label, bill.number), (date, self.habit.date(bill.issue_date))]
        if bill.delivery_date:
            facts.append((word("delivery"), self.habit.date(bill.delivery_date)))
        if bill.customer_number:
            facts.append((word("customer"), bill.customer_number))
        if bill.order_number:
            facts.append((word("order"), bill.order_number))
        if bill.due_date:
            facts.append((word("due"), self.habit.date(bill.due_date)))
            self.printed.add("due_date")
        if self.look.vat == "meta" and bill.seller.vat_id:
            facts.append((word("vat_id"), bill.seller.vat_id))
            self.printed.add("seller_vat_id")
        return facts

    def _title_and_meta(self) -> None:
        canvas, look, size = self.canvas, self.look, self.look.size
        title = self.word("credit" if self.bill.credit else "invoice")
        facts = self._meta()
        if look.meta == "list" and look.buyer == "window":
            self._listed(facts, (self._left + self._right) / 2 + 30, self._address_top - 6)
            self._y = max(self._y, self._address_top + len(facts) * size * 1.45 + 16)
            canvas.text(self._left, self._y + 8, title, 15, bold=True, colour=look.accent)
            self._y += 34
        elif look.meta == "boxed row":
            canvas.text(self._left, self._y + 8, title, 15, bold=True, colour=look.accent)
            self._boxed_row(facts, self._y + 22)
        elif look.meta == "grid":
            canvas.text(self._right, self._y + 6, title, 16, bold=True, align="right")
            self._grid(facts, self._y + 20)
        elif look.meta == "inline":
            number, date, *rest = facts
            line = f"{title} {number[1]}"
            canvas.text(self._left, self._y + 8, line, 13, bold=True)
            canvas.text(
                self._right, self._y + 8, f"{date[0]}{look.colon} {date[1]}", size, align="right"
            )
            y = self._y + 26
            for place, (label, value) in enumerate(rest):
                x = self._left + (place % 2) * 230
                canvas.text(x, y + (place // 2) * size * 1.5, f"{label}{look.colon} {value}", size)
            self._y = y + (len(rest) + 1) // 2 * size * 1.5 + 14
        else:
            canvas.text(self._left, self._y + 8, title, 17, bold=True, colour=look.accent)
            self._y = self._listed(facts, self._left, self._y + 28) + 12
        if self.bill.credit and self.bill.reason:
            reason = self.word("reverse").format(number=self.bill.reason)
            canvas.text(self._left, self._y, reason, size)
            self._y += 20

    def _listed(self, facts: list[tuple[str, str]], x: float, y: float) -> float:
        look, size = self.look, self.look.size
        labels = [f"{label}{look.colon}" for label, _ in facts]
        width = max(self.canvas.measure(label, size) for label in labels) + 14
        for label, (_, value) in zip(labels, facts, strict=True):
            self.canvas.text(x, y, label, size, colour=GREY if look.table == "plain" else BLACK)
            self.canvas.text(x + width, y, value, size, bold=label == labels[0])
            y += size * 1.45
        return y

    def _fitting(self, text: str, size: float, room: float) -> float:
        """``size``, or what is small enough for ``text`` to fit into ``room``."""
        return min(size, size * room / max(self.canvas.measure(text, size), 1))

    def _boxed_row(self, facts: list[tuple[str, str]], y: float) -> None:
        canvas, size = self.canvas, self.look.size
        width = (self._right - self._left) / len(facts)
        canvas.box(self._left, y, self._right, y + 16, fill=PALE, line=GREY)
        canvas.box(self._left, y + 16, self._right, y + 36, line=GREY)
        for place, (label, value) in enumerate(facts):
            x = self._left + place * width
            if place:
                canvas.line(x, y, x, y + 36, 0.6, GREY)
            canvas.text(x + 4, y + 11, label, self._fitting(label, 7.5, width - 8))
            canvas.text(x + 4, y + 30, value, self._fitting(value, size, width - 8))
        self._y = y + 60

    def _grid(self, facts: list[tuple[str, str]], y: float) -> None:
        canvas, size = self.canvas, self.look.size
        x0, high = self._right - 250, size * 1.9
        for label, value in facts:
            canvas.box(x0, y, x0 + 125, y + high, fill=PALE, line=GREY, width=0.5)
            canvas.box(x0 + 125, y, self._right, y + high, line=GREY, width=0.5)
            canvas.text(x0 + 5, y + high - 5, label, size, bold=True)
            canvas.text(self._right - 5, y + high - 5, value, size, align="right")
            y += high
        self._y = y + 26

    # The table.

    def _table(self) -> None:
        look, canvas, size = self.look, self.canvas, self.look.size
        if look.table != "plain" and look.meta in ("list", "under title"):
            self._y = canvas.paragraph(
                self._left, self._y, self.word("dear"), size, self._right - self._left
            )
            self._y += 10
        edges = self._edges()
        self._header(edges)
        for place, item in enumerate(self.bill.items, start=1):
            lines = self._wrapped(item, edges)
            high = len(lines) * size * 1.3 + 7
            if self._y + high > self._bottom:
                self._break(edges)
            self._row(place, item, lines, edges, high)
        if look.table in ("lines", "band", "zebra"):
            canvas.line(self._left, self._y, self._right, self._y, 0.8, look.accent)
        for column in look.columns:
            self.printed.add({"price": "lines.unit_price"}.get(column, f"lines.{column}"))

    def _edges(self) -> list[float]:
        shares = [_SHARES[column] for column in self.look.columns]
        width = (self._right - self._left) / sum(shares)
        edges = [self._left]
        for share in shares:
            edges.append(edges[-1] + share * width)
        return edges

    def _break(self, edges: list[float]) -> None:
        if self.look.table == "ruled":
            self.canvas.line(self._left, self._y, self._right, self._y, 0.5)
        self.canvas.new_page()
        self._header(edges)

    def _header(self, edges: list[float]) -> None:
        canvas, look, size = self.canvas, self.look, self.look.size
        small = size - 0.5
        labels = [self._heading(column) for column in look.columns]
        rooms = [end - start - 6 for start, end in itertools.pairwise(edges)]
        broken = [
            canvas.broken(label, small, room, bold=True)
            for label, room in zip(labels, rooms, strict=True)
        ]
        high, y = size * (0.9 + 1.1 * max(map(len, broken))), self._y
        colour = WHITE if look.table == "band" else BLACK
        if look.table == "band":
            canvas.box(self._left, y, self._right, y + high, fill=look.accent)
        elif look.table == "zebra":
            canvas.box(self._left, y, self._right, y + high, fill=(0.86, 0.88, 0.9))
        elif look.table == "ruled":
            canvas.box(self._left, y, self._right, y + high, fill=PALE, line=BLACK)
        elif look.table == "lines":
            canvas.line(self._left, y + high, self._right, y + high, 1)
        for place, texts in enumerate(broken):
            for row, text in enumerate(texts):
                fits = self._fitting(text, small, rooms[place])
                base = y + size * (1.35 + 1.1 * row)
                self._cell(edges, place, base, text, fits, bold=True, colour=colour)
            if look.table == "ruled" and place:
                canvas.line(edges[place], y, edges[place], y + high, 0.5)
        self._y = y + high + (2 if look.table == "lines" else 0)

    def _heading(self, column: Column) -> str:
        in_header = column in ("price", "amount") and self.look.signs == "header"
        return f"{self.word(column)} {self.bill.currency}" if in_header else self.word(column)

    def _wrapped(self, item: Item, edges: list[float]) -> list[str]:
        place = self.look.columns.index("description")
        width = edges[place + 1] - edges[place] - 8
        lines = self.canvas.broken(item.description, self.look.size, width)
        return lines + (self.canvas.broken(item.note, self.look.size, width) if item.note else [])

    def _row(
        self, number: int, item: Item, lines: list[str], edges: list[float], high: float
    ) -> None:
        canvas, look, size = self.canvas, self.look, self.look.size
        y = self._y
        if look.table == "zebra" and number % 2 == 0:
            canvas.box(self._left, y, self._right, y + high, fill=(0.95, 0.96, 0.97))
        base = y + size + 3
        for place, column in enumerate(look.columns):
            if column == "description":
                for row, text in enumerate(lines):
                    self._cell(edges, place, base + row * size * 1.3, text, size)
            else:
                self._cell(edges, place, base, self._text(number, item, column), size)
            if look.table == "ruled":
                canvas.line(edges[place], y, edges[place], y + high, 0.5)
        if look.table == "ruled":
            canvas.line(self._right, y, self._right, y + high, 0.5)
            canvas.line(self._left, y + high, self._right, y + high, 0.5)
        elif look.table == "lines":
            canvas.line(self._left, y + high, self._right, y + high, 0.25, GREY)
        self._y = y + high

    def _text(self, number: int, item: Item, column: Column) -> str:
        habit, in_cells = self.habit, self.look.signs == "cells"
        money: Callable[[Decimal], str] = habit.amount if in_cells else habit.number
        match column:
            case "position":
                return str(number)
            case "item_number":
                return item.number
            case "quantity":
                return habit.number(item.quantity, None)
            case "unit":
                return item.unit
            case "price":
                return money(item.unit_price)
            case "discount":
                return f"{habit.number(item.discount, None)}%" if item.discount else ""
            case "rate":
                return f"{habit.number(item.rate, None)}%"
            case _:
                return money(item.amount)

    def _cell(
        self,
        edges: list[float],
        place: int,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        colour: Colour = BLACK,
    ) -> None:
        right = self.look.columns[place] in _NUMERIC
        x = edges[place + 1] - 4 if right else edges[place] + 4
        self.canvas.text(
            x, y, text, size, bold=bold, colour=colour, align="right" if right else "left"
        )

    # Below the table.

    def _totals(self) -> None:
        bill, look, habit, size = self.bill, self.look, self.habit, self.look.size
        rows = [(self.word("net"), bill.net, False)]
        label = self.word("tax")
        if look.totals == "tax table" and "{rate}" in label:
            label = _without_rate(label)
        if "{rate}" in label or (len(bill.taxes) > 1 and look.totals != "tax table"):
            for tax in bill.taxes:
                rate = habit.number(tax.rate, None)
                text = label.format(rate=rate) if "{rate}" in label else f"{label} {rate} %"
                rows.append((text, tax.tax, False))
            self.printed.add("taxes")
        else:
            rows.append((label, bill.tax, False))
        if len(bill.taxes) == 1 or look.totals == "tax table":
            self.printed.add("total_tax")
        rows.append((self.word("gross"), bill.gross, True))
        self.printed |= {"total_net", "total_gross"}
        if bill.prepaid:
            rows.append((self.word("prepaid"), -bill.prepaid, False))
            self.printed.add("total_prepaid")
        if bill.prepaid or look.show_due_amount:
            rows.append((self.word("payable"), bill.due, True))
            self.printed.add("amount_due")
        high = size * 1.75
        needed = (
            len(rows) * high + 40 + (len(bill.taxes) * high + 20) * (look.totals == "tax table")
        )
        if self._y + needed > self._bottom:
            self.canvas.new_page()
        self._y += 8
        top = self._y
        x0 = self._left if look.totals == "wide" else self._right - 220
        for text, amount, strong in rows:
            y = self._y
            if look.totals == "boxed":
                fill = PALE if strong else None
                self.canvas.box(x0, y, self._right, y + high, fill=fill, line=GREY)
            elif strong:
                self.canvas.line(x0, y, self._right, y, 0.8)
            base = y + high - size * 0.5
            self.canvas.text(x0 + 5, base, text, size, bold=strong)
            printed = (
                habit.amount(amount) if look.signs != "header" or strong else habit.number(amount)
            )
            self.canvas.text(self._right - 4, base, printed, size, bold=strong, align="right")
            self._y += high
        if look.totals == "tax table":
            self._tax_table(top)
        self._y += 18

    def _tax_table(self, y: float) -> None:
        canvas, habit, size = self.canvas, self.habit, self.look.size - 1
        edges = [self._left, self._left + 62, self._left + 165, self._left + 235]
        heads = (self.word("rate"), self.word("base"), self.word("tax"))
        for place, head in enumerate(heads):
            canvas.text(
                edges[place + 1], y + 10, _without_rate(head), size, bold=True, align="right"
            )
        canvas.line(edges[0], y + 14, edges[-1], y + 14, 0.5)
        for row, tax in enumerate(self.bill.taxes, start=1):
            texts = (
                f"{habit.number(tax.rate, None)} %",
                habit.number(tax.base),
                habit.number(tax.tax),
            )
            for place, text in enumerate(texts):
                canvas.text(edges[place + 1], y + 12 + row * size * 1.6, text, size, align="right")
        self.printed |= {"taxes", "taxes.base", "total_tax"}
        self._y = max(self._y, y + 20 + len(self.bill.taxes) * size * 1.6)

    def _closing(self) -> None:
        bill, canvas, look, size = self.bill, self.canvas, self.look, self.look.size
        texts = list(bill.notes)
        if bill.due_date and not bill.credit:
            days = (bill.due_date - bill.issue_date).days
            terms = self.word("terms")
            texts.append(terms.format(days=days, due=self.habit.date(bill.due_date)))
        texts.append(self.word("thanks"))
        if look.bank == "payment" and bill.seller.iban:
            texts.insert(
                -1,
                f"{self.word('bank')}: {bill.seller.bank} · IBAN {spaced(bill.seller.iban)} "
                f"· BIC {bill.seller.bic}",
            )
            self.printed.add("iban")
        if self._y + len(texts) * size * 2 > self._bottom:
            canvas.new_page()
        for text in texts:
            self._y = canvas.paragraph(self._left, self._y, text, size, self._right - self._left)
            self._y += 4


def _without_rate(label: str) -> str:
    """The name of the tax alone, from “plus {rate}% VAT”."""
    bare = label.replace("{rate}", "").replace("%", "").replace("()", "")
    return " ".join(part for part in bare.split() if part != "zzgl.")


def spaced(number: str) -> str:
    """An IBAN in groups of four, as it is printed."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def draw_invoice(bill: Bill, look: Look, habit: Habit) -> tuple[Canvas, Invoice]:
    """A canvas with this one bill; drawn twice where the number of pages must be printed."""
    canvas = Canvas(look.paper, look.face)
    drawn = Invoice(bill, look, habit, canvas)
    drawn.draw()
    if canvas.pages > 1:
        pages = canvas.pages
        canvas = Canvas(look.paper, look.face)
        drawn = Invoice(bill, look, habit, canvas, pages)
        drawn.draw()
    return canvas, drawn
