"""Bills, tills and accounts put together by chance."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal

from tests.data.paper import invent
from tests.data.paper.facts import Account, Bill, Item, Posting, Sold, Till

_FIRST_DAY = dt.date(2023, 1, 2)


def some_day(chance: random.Random) -> dt.date:
    return _FIRST_DAY + dt.timedelta(days=chance.randrange(1250))


def some_bill(language: str, chance: random.Random) -> Bill:
    """An invoice, or now and then a credit note, from an invented company."""
    country = chance.choice(invent.COUNTRIES[language])
    seller = invent.company(language, country, chance)
    buyer = invent.company(language, country, chance, person=chance.random() < 0.2)
    while buyer.name == seller.name:
        buyer = invent.company(language, country, chance)
    issued = some_day(chance)
    credit = chance.random() < 0.08
    days = chance.choice((7, 10, 14, 14, 21, 30, 30, 45, 60))
    bill = Bill(
        language=language,
        number=invent.number(
            "CN" if credit else chance.choice(("INV", "R", "F", "A")), issued.year, chance
        ),
        issue_date=issued,
        due_date=None if credit or chance.random() < 0.25 else issued + dt.timedelta(days=days),
        seller=seller,
        buyer=buyer,
        currency=invent.CURRENCIES.get(country, "EUR"),
        items=some_items(language, country, chance),
        customer_number=str(chance.randint(1000, 99_999)) if chance.random() < 0.5 else "",
        order_number=f"PO-{chance.randint(100, 9999)}" if chance.random() < 0.3 else "",
        delivery_date=issued - dt.timedelta(days=chance.randint(0, 9))
        if chance.random() < 0.3
        else None,
        credit=credit,
        reason=invent.number("R", issued.year, chance) if credit else "",
    )
    if not credit and chance.random() < 0.12:
        share = Decimal(chance.choice((10, 20, 25, 50))) / 100
        bill = replace(bill, prepaid=(bill.gross * share).quantize(Decimal("1.00")))
    return bill


def some_items(language: str, country: str, chance: random.Random) -> tuple[Item, ...]:
    """Between one and some twenty lines; mostly one tax rate, sometimes two."""
    high, *lower = invent.RATES[country]
    several = bool(lower) and chance.random() < 0.3
    count = chance.choice((1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12, 20))
    goods = list(invent.GOODS[language])
    items = []
    for _ in range(count):
        name, unit, cheap, dear = chance.choice(goods)
        quantity = Decimal(chance.choice((1, 1, 1, 2, 2, 3, 4, 5, 8, 10, 12, 25)))
        if unit in ("h", "Std", "hours", "ore", "uur", "godz.") and chance.random() < 0.5:
            quantity += Decimal(chance.choice(("0.25", "0.5", "0.75")))
        items.append(
            Item(
                description=name,
                quantity=quantity,
                unit_price=invent.price(cheap, dear, chance),
                rate=Decimal(lower[0] if several and chance.random() < 0.4 else high),
                unit=unit,
                number=f"{chance.choice('ABKMX')}{chance.randint(100, 9999)}",
                note=chance.choice(
                    ("", "", "", "", f"({chance.randint(10, 99)}-{chance.randint(100, 999)})")
                ),
            )
        )
    return tuple(items)


def malaysian_till(chance: random.Random) -> Till:
    """A Malaysian receipt: ringgit, six percent or none, rounded to five sen."""
    goods = chance.sample(invent.GROCERIES["en"], chance.choice((1, 1, 2, 3, 4, 6)))
    rate = Decimal(chance.choice((0, 6)))
    sold = tuple(
        Sold(
            description=name,
            quantity=Decimal(chance.choice((1, 1, 1, 2, 3, 5))),
            unit_price=Decimal(chance.randint(low, high) * chance.choice((1, 2, 4))) / 100,
            rate=rate,
            mark=chance.choice(("SR", "S")) if rate else "ZR",
        )
        for name, low, high, _ in goods
    )
    day = some_day(chance)
    till = Till(
        language="en",
        shop=invent.malaysian_shop(chance),
        number=chance.choice(("CS", "INV", "", "R")) + str(chance.randint(1, 99_999)).zfill(6),
        time=dt.datetime.combine(day, dt.time(chance.randint(8, 22), chance.randint(0, 59))),
        currency="MYR",
        sold=sold,
        cashier=chance.choice(("Siti", "Mei Ling", "Ravi", "1", "")),
    )
    rounded = (till.goods * 20).quantize(Decimal(1)) / 20
    if chance.random() < 0.6:
        till = replace(till, rounding=rounded.quantize(Decimal("0.01")) - till.goods)
        till = replace(till, cash=till.total + Decimal(chance.choice((0, 5, 10))))
    return till


def some_till(language: str, chance: random.Random) -> Till:
    """A receipt of a shop for daily needs."""
    country = chance.choice(invent.COUNTRIES[language])
    high, *lower = invent.RATES[country]
    goods = chance.sample(
        invent.GROCERIES[language],
        min(len(invent.GROCERIES[language]), chance.choice((1, 2, 3, 4, 5, 6, 7, 8))),
    )
    sold = []
    for name, cheap, dear, necessary in goods:
        low_rate = bool(lower) and necessary
        quantity = Decimal(chance.choice((1, 1, 1, 1, 1, 2, 2, 3, 4)))
        sold.append(
            Sold(
                description=name,
                quantity=quantity,
                unit_price=Decimal(chance.randint(cheap, dear)) / 100,
                rate=Decimal(lower[0] if low_rate else high),
                mark="B" if low_rate else "A",
            )
        )
    day = some_day(chance)
    time = dt.datetime.combine(day, dt.time(chance.randint(8, 20), chance.randint(0, 59)))
    till = Till(
        language=language,
        shop=invent.shop(language, country, chance),
        number=str(chance.randint(1, 9999)).zfill(chance.choice((1, 4, 6))),
        time=time,
        currency=invent.CURRENCIES.get(country, "EUR"),
        sold=tuple(sold),
        cashier=str(chance.randint(1, 12)) if chance.random() < 0.6 else "",
    )
    if chance.random() < 0.5:
        notes = (Decimal(5), Decimal(10), Decimal(20), Decimal(50), Decimal(100), Decimal(200))
        given = next((note for note in notes if note >= till.total), None)
        till = replace(till, cash=given)
    return till


ACCOUNT_LANGUAGES = ("en", "de", "fr", "es", "it", "nl")

_POSTINGS: dict[str, tuple[tuple[str, int, int, str], ...]] = {
    "en": (
        ("Card payment {shop}", -60, -4, ""), ("Direct debit {firm}", -180, -30, "Ref {ref}"),
        ("Salary {firm}", 1500, 3200, "Payroll {ref}"), ("Cash withdrawal", -200, -20, ""),
        ("Standing order rent", -950, -600, "Flat 4"), ("Transfer from {person}", 15, 400, ""),
    ),
    "de": (
        ("Kartenzahlung {shop}", -60, -4, ""), ("Lastschrift {firm}", -180, -30, "Mandat {ref}"),
        ("Gehalt {firm}", 1500, 3200, "Lohn/Gehalt {ref}"), ("Bargeldauszahlung", -200, -20, ""),
        ("Dauerauftrag Miete", -950, -600, "Wohnung 4"), ("Überweisung von {person}", 15, 400, ""),
    ),
    "fr": (
        ("Paiement CB {shop}", -60, -4, ""), ("Prélèvement {firm}", -180, -30, "Réf {ref}"),
        ("Virement salaire {firm}", 1500, 3200, "Paie {ref}"), ("Retrait DAB", -200, -20, ""),
        ("Virement permanent loyer", -950, -600, ""), ("Virement de {person}", 15, 400, ""),
    ),
    "es": (
        ("Pago con tarjeta {shop}", -60, -4, ""), ("Recibo {firm}", -180, -30, "Ref. {ref}"),
        ("Nómina {firm}", 1500, 3200, "Nómina {ref}"), ("Retirada cajero", -200, -20, ""),
        ("Transferencia alquiler", -950, -600, ""), ("Transferencia de {person}", 15, 400, ""),
    ),
    "it": (
        ("Pagamento POS {shop}", -60, -4, ""), ("Addebito SDD {firm}", -180, -30, "Rif. {ref}"),
        ("Stipendio {firm}", 1500, 3200, "Emolumenti {ref}"), ("Prelievo bancomat", -200, -20, ""),
        ("Bonifico affitto", -950, -600, ""), ("Bonifico da {person}", 15, 400, ""),
    ),
    "nl": (
        ("Betaalautomaat {shop}", -60, -4, ""), ("Incasso {firm}", -180, -30, "Kenmerk {ref}"),
        ("Salaris {firm}", 1500, 3200, "Loon {ref}"), ("Geldautomaat", -200, -20, ""),
        ("Periodieke overboeking huur", -950, -600, ""), ("Overboeking van {person}", 15, 400, ""),
    ),
}  # fmt: skip


def some_account(language: str, chance: random.Random, count: int = 0) -> Account:
    """A month of a private account; ``count`` postings, or a number drawn by chance."""
    country = {"en": "GB", "fr": "FR", "es": "ES", "it": "IT", "nl": "NL"}.get(language, "DE")
    holder = invent.company(language, country, chance, person=True)
    bank = replace(invent.company(language, country, chance), name=chance.choice(invent.BANKS))
    start = some_day(chance).replace(day=1)
    end = (start + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    count = count or chance.choice((5, 8, 12, 20, 35, 60))
    days = sorted(chance.randrange(end.day) for _ in range(count))
    postings = []
    kinds = list(_POSTINGS[language])
    for day in days:
        text, low, high, detail = kind = chance.choice(kinds)
        if abs(low) >= 900:  # wages and rent come once a month
            kinds.remove(kind)
        names = {
            "shop": invent.shop(language, country, chance).name,
            "firm": invent.company(language, country, chance).name,
            "person": invent.company(language, country, chance, person=True).name,
            "ref": str(chance.randint(100_000, 999_999)),
        }
        amount = Decimal(chance.randint(low * 100, high * 100)) / 100
        postings.append(
            Posting(
                start + dt.timedelta(days=day),
                text.format(**names),
                amount,
                (detail.format(**names),) if detail else (),
            )
        )
    return Account(
        language=language,
        bank=bank,
        holder=holder,
        number=holder.iban[-10:],
        start=start,
        end=end,
        currency=invent.CURRENCIES.get(country, "EUR"),
        opening=Decimal(chance.randint(-20_000, 900_000)) / 100,
        postings=tuple(postings),
    )
