"""A screenshot of a shop's order page, as a browser shows it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from tests.data.paper.canvas import BLACK, GREY, PALE, WHITE, Canvas
from tests.data.paper.facts import Item
from tests.data.paper.writing import Habit

_BLUE = (0.11, 0.36, 0.66)
_GREEN = (0.13, 0.50, 0.28)


@dataclass(frozen=True, slots=True)
class OrderPage:
    """What the page shows; ``shipping`` is added to the items' sum."""

    shop: str
    title: str
    number: str
    placed: dt.date
    currency: str
    items: tuple[Item, ...]
    shipping: Decimal
    pairs: tuple[tuple[str, str], ...]

    @property
    def total(self) -> Decimal:
        return sum((item.amount for item in self.items), self.shipping)


def draw_order(order: OrderPage, habit: Habit) -> Canvas:
    canvas = Canvas((1180, 760))
    canvas.box(0, 0, 1180, 760, fill=(0.965, 0.97, 0.975))
    canvas.box(0, 0, 1180, 58, fill=_BLUE)
    canvas.text(40, 38, order.shop, 22, bold=True, colour=WHITE)
    canvas.box(330, 15, 800, 43, fill=WHITE, radius=0.2)
    canvas.text(344, 34, "Search for products", 13, colour=GREY)
    for x, text in ((880, "My account"), (1000, "Orders"), (1080, "Basket (0)")):
        canvas.text(x, 35, text, 13, colour=WHITE)
    canvas.text(40, 92, "Home  ›  My account  ›  Orders", 12, colour=GREY)
    canvas.text(40, 134, order.title, 24, bold=True)
    canvas.box(960, 112, 1140, 142, fill=(0.88, 0.96, 0.9), radius=0.3)
    canvas.text(1050, 132, "Delivered", 14, bold=True, colour=_GREEN, align="centre")
    canvas.box(40, 160, 770, 700, fill=WHITE, line=(0.85, 0.86, 0.88))
    canvas.box(790, 160, 1140, 480, fill=WHITE, line=(0.85, 0.86, 0.88))
    _items(canvas, order, habit)
    y = 196.0
    canvas.text(810, y, "Order details", 16, bold=True)
    for name, value in order.pairs:
        y += 38
        canvas.text(810, y, name, 12, colour=GREY)
        canvas.text(810, y + 16, value, 13.5)
    return canvas


def _items(canvas: Canvas, order: OrderPage, habit: Habit) -> None:
    columns = ((130, "Product"), (500, "Quantity"), (610, "Price"), (745, "Total"))
    for x, text in columns:
        right = text in ("Quantity", "Price", "Total")
        align = "right" if right else "left"
        canvas.text(x, 190, text, 13, bold=True, align=align)  # type: ignore[arg-type]
    canvas.line(60, 202, 750, 202, 1, (0.8, 0.82, 0.85))
    y = 222.0
    for place, item in enumerate(order.items):
        canvas.box(60, y, 112, y + 52, fill=PALE, radius=0.1)
        canvas.disc(
            86,
            y + 26,
            13 + place * 2,
            ((0.85, 0.6, 0.3), (0.4, 0.6, 0.8), (0.5, 0.7, 0.5))[place % 3],
        )
        canvas.text(130, y + 24, item.description, 14)
        canvas.text(130, y + 42, f"Article {item.number}", 11.5, colour=GREY)
        canvas.text(500, y + 24, habit.number(item.quantity, None), 14, align="right")
        canvas.text(610, y + 24, habit.amount(item.unit_price), 14, align="right")
        canvas.text(745, y + 24, habit.amount(item.amount), 14, align="right")
        y += 74
        canvas.line(60, y - 10, 750, y - 10, 0.6, (0.88, 0.89, 0.91))
    sums = (
        ("Items", order.total - order.shipping, False),
        ("Shipping", order.shipping, False),
        ("Order total", order.total, True),
    )
    y += 14
    for name, amount, strong in sums:
        canvas.text(500, y, name, 14, bold=strong, colour=BLACK)
        canvas.text(745, y, habit.amount(amount), 14, bold=strong, align="right")
        y += 26
