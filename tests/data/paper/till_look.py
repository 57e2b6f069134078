"""Receipts as tills print them: narrow, in one or two typefaces, much of it centred."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tests.data.paper.canvas import MONO, SANS, Canvas, Face
from tests.data.paper.facts import Sold, Till
from tests.data.paper.wording import TILL
from tests.data.paper.writing import Habit

WIDTHS = (164.0, 204.0, 227.0)  # points: 58, 72 and 80 mm


@dataclass(frozen=True, slots=True)
class TillLook:
    """How a till prints.  ``quantity`` is where several of one thing are counted."""

    face: Face = MONO
    width: float = 227.0
    size: float = 8.5
    quantity: Literal["below", "above", "before", "columns"] = "below"
    marks: bool = True
    taxes: Literal["table", "lines", "none"] = "table"
    sign: Literal["none", "total", "all"] = "total"
    rule: str = "-"
    time_first: bool = False
    meta: Literal["top", "bottom"] = "top"
    date_label: bool = True
    subtotal: bool = False
    count: bool = False
    picks: int = 0


def some_till_look(chance: random.Random) -> TillLook:
    return TillLook(
        face=chance.choice((MONO, MONO, MONO, SANS)),
        width=chance.choice(WIDTHS),
        size=chance.choice((7.5, 8.0, 8.5, 9.0)),
        quantity=chance.choice(("below", "above", "before", "columns")),
        marks=chance.random() < 0.5,
        taxes=chance.choice(("table", "table", "lines", "none")),
        sign=chance.choice(("none", "total", "total", "all")),
        rule=chance.choice(("-", "=", "_", "", "*")),
        meta=chance.choice(("top", "bottom")),
        date_label=chance.random() < 0.6,
        subtotal=chance.random() < 0.3,
        count=chance.random() < 0.3,
        picks=chance.randint(1, 10_000),
    )


def draw_till(till: Till, look: TillLook, habit: Habit) -> tuple[Canvas, frozenset[str]]:
    """The receipt on a page of its own length, and the keys whose values it prints."""
    long = Canvas((look.width, 2000), look.face)
    first = _Tape(till, look, habit, long)
    first.print()
    canvas = Canvas((look.width, first.y + 24), look.face)
    tape = _Tape(till, look, habit, canvas)
    tape.print()
    return canvas, frozenset(tape.printed)


class _Tape:
    def __init__(self, till: Till, look: TillLook, habit: Habit, canvas: Canvas) -> None:
        self.till = till
        self.look = look
        self.habit = habit
        self.canvas = canvas
        self.y = 26.0
        self.printed: set[str] = set()
        self._margin = 12.0

    def print(self) -> None:
        self._head()
        if self.look.meta == "top":
            self._facts()
        self._rule()
        if self.look.quantity == "columns":
            self._column_heads()
        for sold in self.till.sold:
            self._sold(sold)
        self._rule()
        self._totals()
        self._taxes()
        if self.look.meta == "bottom":
            self._rule()
            self._facts()
        self._foot()

    def word(self, name: str) -> str:
        regional = f"{self.till.language}_{self.till.shop.country}"
        choices = TILL.get(regional, TILL[self.till.language]).get(name, ("",))
        place = random.Random(f"{self.look.picks}{name}").randrange(len(choices))
        return choices[place if self.look.picks else 0]

    def _head(self) -> None:
        shop = self.till.shop
        self._centred(shop.name, self.look.size * 1.6, bold=True)
        self.y += 3
        for text in (*shop.address, f"Tel. {shop.phone}"):
            self._centred(text)
        if shop.country == "MY":
            self._centred(f"(Co. Reg. No: {shop.register})")
        if shop.vat_id:
            self._centred(f"{self.word('vat_id')}: {shop.vat_id}")
            self.printed.add("merchant_vat_id")
        self.y += 5
        if title := self.word("title"):
            self._centred(title, self.look.size * 1.2, bold=True)

    def _facts(self) -> None:
        till = self.till
        day, hour = self.habit.date(till.time.date()), till.time.strftime("%H:%M")
        label = self.word("date") if self.look.date_label else ""
        date = f"{label}: {day}" if label else day
        self._ends(date, hour)
        self._ends(f"{self.word('receipt')} {till.number}", "")
        self.printed.add("receipt_number")
        if till.cashier:
            self._ends(f"{self.word('cashier')}: {till.cashier}", "")

    def _column_heads(self) -> None:
        heads = {
            "en": ("Item", "Qty", "Price", "Amount"),
            "de": ("Artikel", "Anz", "Preis", "Betrag"),
            "fr": ("Article", "Qté", "P.U.", "Montant"),
            "es": ("Artículo", "Cant", "Precio", "Importe"),
            "it": ("Articolo", "Qtà", "Prezzo", "Importo"),
            "nl": ("Artikel", "Aant", "Prijs", "Bedrag"),
            "pt": ("Artigo", "Qtd", "Preço", "Valor"),
            "pl": ("Nazwa", "Ilość", "Cena", "Wartość"),
        }[self.till.language]
        self._ends(heads[0], "")
        self._four("", *heads[1:])
        self._rule()

    def _sold(self, sold: Sold) -> None:
        habit, look = self.habit, self.look
        amount = self._money(sold.amount)
        if look.marks and sold.mark:
            amount += f" {sold.mark}"
        count = habit.number(sold.quantity, None)
        several = sold.quantity != 1
        times = f"{count} x {self._money(sold.unit_price)}"
        if look.quantity == "columns":
            self._ends(sold.description, "")
            self._four("", count, self._money(sold.unit_price), amount)
            self.printed |= {"lines.quantity", "lines.unit_price"}
        elif look.quantity == "before":
            text = f"{count} {sold.description}" if several else f"1 {sold.description}"
            self._ends(text, amount)
            self.printed.add("lines.quantity")
        elif look.quantity == "above" and several:
            self._ends(f"  {times}", "")
            self._ends(sold.description, amount)
        else:
            self._ends(sold.description, amount)
            if several:
                self._ends(f"    {times}", "")

    def _totals(self) -> None:
        till, look = self.till, self.look
        if look.count:
            pieces = sum(int(sold.quantity) for sold in till.sold)
            self._ends(self.word("items").format(n=pieces), "")
        if look.subtotal or till.rounding:
            self._ends(self.word("subtotal"), self._money(till.goods))
        if till.rounding:
            self._ends(self.word("rounding"), self.habit.number(till.rounding))
        sign = look.sign in ("total", "all")
        total = self.habit.amount(till.total) if sign else self.habit.number(till.total)
        label = self.word("total")
        self.y += 3
        self._ends(label, total, size=look.size * 1.35, bold=True)
        self.y += 3
        if sign or till.currency in label.upper():
            self.printed.add("currency")
        if till.cash is None:
            self._ends(self.word("card"), self._money(till.total))
        else:
            self._ends(self.word("cash"), self._money(till.cash))
            self._ends(self.word("change"), self._money(till.cash - till.total))

    def _taxes(self) -> None:
        till, habit = self.till, self.habit
        if self.look.taxes == "none":
            return
        self._rule()
        if self.look.taxes == "lines":
            for tax in till.taxes:
                rate = habit.number(tax.rate, None)
                self._ends(self.word("tax").format(rate=rate), habit.number(tax.tax))
        else:
            self._four(*(self.word(name) for name in ("rate", "net", "taxname", "gross")))
            for tax in till.taxes:
                mark = next((s.mark for s in till.sold if s.rate == tax.rate), "")
                head = f"{mark} " if self.look.marks and mark else ""
                self._four(
                    f"{head}{habit.number(tax.rate, None)}%",
                    habit.number(tax.base),
                    habit.number(tax.tax),
                    habit.number(tax.base + tax.tax),
                )
            self.printed.add("taxes")
        if len(till.taxes) == 1 and till.tax:
            self.printed.add("tax")

    def _foot(self) -> None:
        self.y += 6
        for note in self.till.notes:
            self._centred(note)
        self._centred(self.word("thanks"))
        self._centred(self.till.shop.web)

    def _money(self, amount: Decimal) -> str:
        return self.habit.amount(amount) if self.look.sign == "all" else self.habit.number(amount)

    def _centred(self, text: str, size: float = 0, *, bold: bool = False) -> None:
        size = size or self.look.size
        room = self.look.width - 2 * self._margin
        for line in self.canvas.broken(text, size, room, bold=bold):
            fits = min(size, size * room / max(self.canvas.measure(line, size, bold=bold), 1))
            self.canvas.text(self.look.width / 2, self.y, line, fits, bold=bold, align="centre")
            self.y += size * 1.35

    def _ends(self, left: str, right: str, *, size: float = 0, bold: bool = False) -> None:
        size = size or self.look.size
        room = self.look.width - 2 * self._margin
        both = self.canvas.measure(f"{left}  {right}", size, bold=bold)
        fits = min(size, size * room / max(both, 1))
        self.canvas.text(self._margin, self.y, left, fits, bold=bold)
        if right:
            x = self.look.width - self._margin
            self.canvas.text(x, self.y, right, fits, bold=bold, align="right")
        self.y += size * 1.4

    def _four(self, *texts: str) -> None:
        room = (self.look.width - 2 * self._margin) / 4
        for place, text in enumerate(texts):
            size = self.look.size
            size = min(size, size * (room - 3) / max(self.canvas.measure(text, size), 1))
            x = self._margin + room * (place + (1 if place else 0))
            align: Literal["left", "right"] = "right" if place else "left"
            self.canvas.text(x, self.y, text, size, align=align)
        self.y += self.look.size * 1.4

    def _rule(self) -> None:
        if self.look.rule:
            width = self.canvas.measure(self.look.rule, self.look.size)
            count = int((self.look.width - 2 * self._margin) / width)
            self.canvas.text(self._margin, self.y, self.look.rule * count, self.look.size)
        self.y += self.look.size * 1.4
