"""What the made documents say: parties, bills, tills and statements, with sums that add up.

All amounts are :class:`~decimal.Decimal` in the document's currency, rounded half up to
the cent, as bookkeeping programs do.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Party:
    """A company or a person; every name, address and number is invented."""

    name: str
    street: str
    postcode: str
    city: str
    country: str  # ISO 3166-1 alpha-2
    country_name: str = ""
    vat_id: str = ""
    iban: str = ""
    bic: str = ""
    bank: str = ""
    phone: str = ""
    web: str = ""  # the domain
    register: str = ""  # entry in a trade register, tax number, …
    trade: str = ""  # what the company does, as printed under its name

    @property
    def email(self) -> str:
        return f"info@{self.web}" if self.web else ""

    @property
    def place(self) -> str:
        if self.country in ("GB", "US"):
            return f"{self.city} {self.postcode}"
        return f"{self.postcode} {self.city}"

    @property
    def address(self) -> tuple[str, ...]:
        return (self.street, self.place)


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a bill; ``rate`` is the tax rate in percent, ``discount`` in percent."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    rate: Decimal
    unit: str = ""
    number: str = ""
    discount: Decimal = Decimal(0)
    note: str = ""  # a second printed line that belongs to the description

    @property
    def amount(self) -> Decimal:
        return cents(self.quantity * self.unit_price * (100 - self.discount) / 100)


@dataclass(frozen=True, slots=True)
class Tax:
    rate: Decimal
    base: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice or a credit note, prices without tax."""

    language: str
    number: str
    issue_date: dt.date
    due_date: dt.date | None
    seller: Party
    buyer: Party
    currency: str
    items: tuple[Item, ...]
    prepaid: Decimal = Decimal(0)
    customer_number: str = ""
    order_number: str = ""
    delivery_date: dt.date | None = None
    credit: bool = False
    reason: str = ""  # what a credit note takes back
    notes: tuple[str, ...] = ()

    @property
    def net(self) -> Decimal:
        return sum((item.amount for item in self.items), Decimal("0.00"))

    @property
    def taxes(self) -> tuple[Tax, ...]:
        bases: dict[Decimal, Decimal] = {}
        for item in self.items:
            bases[item.rate] = bases.get(item.rate, Decimal(0)) + item.amount
        return tuple(
            Tax(rate, bases[rate], cents(bases[rate] * rate / 100))
            for rate in sorted(bases, reverse=True)
        )

    @property
    def tax(self) -> Decimal:
        return sum((tax.tax for tax in self.taxes), Decimal("0.00"))

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax

    @property
    def due(self) -> Decimal:
        return self.gross - self.prepaid


@dataclass(frozen=True, slots=True)
class Sold:
    """A line of a receipt, prices with tax; ``mark`` is the tax letter beside it."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    rate: Decimal
    mark: str = ""
    unit: str = ""

    @property
    def amount(self) -> Decimal:
        return cents(self.quantity * self.unit_price)


@dataclass(frozen=True, slots=True)
class Till:
    """A receipt: prices with tax, already paid."""

    language: str
    shop: Party
    number: str
    time: dt.datetime
    currency: str
    sold: tuple[Sold, ...]
    cash: Decimal | None = None  # what was handed over; ``None`` when paid by card
    cashier: str = ""
    notes: tuple[str, ...] = ()
    rounding: Decimal = Decimal("0.00")  # to the smallest coin, where cents are not used

    @property
    def total(self) -> Decimal:
        """What is to be paid, after rounding."""
        return self.goods + self.rounding

    @property
    def goods(self) -> Decimal:
        return sum((sold.amount for sold in self.sold), Decimal("0.00"))

    @property
    def taxes(self) -> tuple[Tax, ...]:
        gross: dict[Decimal, Decimal] = {}
        for sold in self.sold:
            gross[sold.rate] = gross.get(sold.rate, Decimal(0)) + sold.amount
        found = []
        for rate in sorted(gross, reverse=True):
            tax = cents(gross[rate] * rate / (100 + rate))
            found.append(Tax(rate, gross[rate] - tax, tax))
        return tuple(found)

    @property
    def tax(self) -> Decimal:
        return sum((tax.tax for tax in self.taxes), Decimal("0.00"))


@dataclass(frozen=True, slots=True)
class Posting:
    """An entry of a statement; ``details`` are further printed lines of its description."""

    date: dt.date
    description: str
    amount: Decimal
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """A bank statement."""

    language: str
    bank: Party
    holder: Party
    number: str
    start: dt.date
    end: dt.date
    currency: str
    opening: Decimal
    postings: tuple[Posting, ...] = field(default_factory=tuple)

    @property
    def balances(self) -> tuple[Decimal, ...]:
        running, found = self.opening, []
        for posting in self.postings:
            running += posting.amount
            found.append(running)
        return tuple(found)

    @property
    def closing(self) -> Decimal:
        return self.balances[-1] if self.postings else self.opening
