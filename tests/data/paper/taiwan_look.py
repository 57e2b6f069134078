"""Taiwanese electronic invoices as shops print them: narrow, with a prize number and codes.

The head has the shop, the title 電子發票證明聯, the period in years of the Republic, the
number (two letters, eight digits), the time, a random code, the total and the seller's
number; two square codes follow, and mostly the list of what was bought.
"""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

from stdnum.tw import ubn

from tests.data.paper import bills
from tests.data.paper.canvas import BLACK, CHINESE, Canvas
from tests.data.paper.facts import Party, Sold, Till
from tests.data.paper.truth import Truth, of_till

_SHOPS = ("山月小舖", "清泉超市", "竹林書局", "海風咖啡館", "大樹五金行", "晨光便利商店")
_CITIES = ("台北市大安區", "台中市西屯區", "高雄市左營區", "新北市板橋區", "台南市東區")
_ROADS = ("和平路", "中正路", "民生東路", "成功街", "文化二路")
_GOODS = (
    ("鮮乳 936ml", 75, 98), ("吐司麵包", 35, 60), ("美式咖啡(中)", 40, 65), ("茶葉蛋", 10, 13),
    ("衛生紙 10包", 99, 189), ("筆記本 A5", 25, 69), ("電池 AA 4入", 79, 149),
    ("礦泉水 600ml", 15, 25),
    ("御飯糰 鮪魚", 28, 39), ("洗碗精", 55, 99),
)  # fmt: skip
_WIDTH = 162.0  # 57 mm
_LEFT = 10.0


def taiwanese_till(chance: random.Random) -> Till:
    """A receipt in whole dollars, five percent tax included."""
    goods = chance.sample(_GOODS, chance.choice((1, 1, 2, 3, 4, 6)))
    sold = tuple(
        Sold(
            description=name,
            quantity=Decimal(chance.choice((1, 1, 1, 2, 3))),
            unit_price=Decimal(chance.randint(low, high)),
            rate=Decimal(5),
        )
        for name, low, high in goods
    )
    shop = Party(
        name=chance.choice(_SHOPS),
        street=f"{chance.choice(_CITIES)}{chance.choice(_ROADS)}{chance.randint(1, 320)}號",
        postcode="",
        city="",
        country="TW",
        phone=f"0{chance.randint(2, 7)}-{chance.randint(2000, 8999)}{chance.randint(1000, 9999)}",
        register=_uniform_number(chance),
    )
    letters = "".join(chance.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(2))
    return Till(
        language="zh",
        shop=shop,
        number=f"{letters}-{chance.randint(0, 99_999_999):08d}",
        time=dt.datetime.combine(
            bills.some_day(chance),
            dt.time(chance.randint(7, 22), chance.randint(0, 59), chance.randint(0, 59)),
        ),
        currency="TWD",
        sold=sold,
    )


def draw_taiwanese(till: Till, chance: random.Random) -> tuple[Canvas, Truth]:
    """The receipt and its truth; its date is printed in the Western calendar or the other."""
    listed = chance.random() < 0.7
    canvas = Canvas((_WIDTH, 330 + (len(till.sold) * 24 + 60) * listed), CHINESE)
    y = _head(canvas, till, chance)
    y = _codes(canvas, y, chance)
    if listed:
        _list(canvas, till, y, chance)
    found = of_till(till, frozenset({"receipt_number", "lines.quantity", "lines.unit_price"}))
    fields = {key: text for key, text in found.fields.items() if key != "merchant_address"}
    lines = found.lines if listed else None
    return canvas, Truth("receipt", "zh-TW", fields, lines)


def _head(canvas: Canvas, till: Till, chance: random.Random) -> float:
    middle, time = _WIDTH / 2, till.time
    canvas.text(middle, 30, till.shop.name, 15, bold=True, align="centre")
    canvas.text(middle, 52, "電子發票證明聯", 15, align="centre")
    first = time.month - (time.month + 1) % 2
    period = f"{time.year - 1911}年{first:02d}-{first + 1:02d}月"
    canvas.text(middle, 74, period, 16, align="centre")
    canvas.text(middle, 95, till.number, 17, align="centre")
    day = time.strftime("%Y-%m-%d")
    if chance.random() < 0.15:
        day = f"{time.year - 1911}/{time:%m/%d}"
    canvas.text(_LEFT, 112, f"{day}  {time:%H:%M:%S}", 8.5)
    canvas.text(_LEFT, 126, f"隨機碼:{chance.randint(0, 9999):04d}", 8.5)
    total = f"總計:{till.total:.0f}" if chance.random() < 0.7 else f"總計: ${till.total:.0f}"
    canvas.text(_WIDTH - _LEFT, 126, total, 8.5, align="right")
    canvas.text(_LEFT, 140, f"賣方:{till.shop.register}", 8.5)
    if chance.random() < 0.25:
        canvas.text(_WIDTH - _LEFT, 140, f"買方:{_uniform_number(chance)}", 8.5, align="right")
    return 150


def _codes(canvas: Canvas, y: float, chance: random.Random) -> float:
    x = _LEFT
    while x < _WIDTH - _LEFT - 3:
        width = chance.choice((0.8, 0.8, 1.6, 2.4))
        canvas.box(x, y, x + width, y + 24, fill=BLACK)
        x += width + chance.choice((0.8, 1.6))
    y += 34
    for left in (_LEFT, _WIDTH / 2 + 6):
        _square(canvas, left, y, chance)
    return y + 84


def _square(canvas: Canvas, left: float, top: float, chance: random.Random) -> None:
    cell, count = 2.6, 25
    for row in range(count):
        for column in range(count):
            corner = _corner(row, column, count)
            if corner if corner is not None else chance.random() < 0.5:
                x, y = left + column * cell, top + row * cell
                canvas.box(x, y, x + cell, y + cell, fill=BLACK)


def _corner(row: int, column: int, count: int) -> bool | None:
    """Whether a cell of one of the three finder marks is black; ``None`` outside of them."""
    for top, left in ((0, 0), (0, count - 7), (count - 7, 0)):
        down, across = row - top, column - left
        if -1 <= down <= 7 and -1 <= across <= 7:
            ring = max(abs(down - 3), abs(across - 3))
            return ring in (0, 1, 3)
    return None


def _list(canvas: Canvas, till: Till, y: float, chance: random.Random) -> None:
    right = _WIDTH - _LEFT
    canvas.line(_LEFT, y, right, y, 0.6, dashes="[3 2] 0")
    y += 14
    canvas.text(_WIDTH / 2, y, "交易明細", 10, align="centre")
    for sold in till.sold:
        y += 13
        canvas.text(_LEFT, y, sold.description, 8.5)
        y += 11
        times = f"{sold.unit_price:.0f} x {sold.quantity:.0f}"
        canvas.text(_WIDTH / 2 + 14, y, times, 8.5, align="right")
        canvas.text(right, y, f"{sold.amount:.0f}TX", 8.5, align="right")
    y += 16
    count = sum(int(sold.quantity) for sold in till.sold)
    canvas.text(_LEFT, y, f"合計 {count} 項", 9)
    canvas.text(right, y, f"金額 ${till.total:.0f}", 9, align="right")


def _uniform_number(chance: random.Random) -> str:
    """A company's number with its check digit (統一編號)."""
    while True:
        number = f"{chance.randint(10_000_000, 99_999_999)}"
        if ubn.is_valid(number):
            return number
