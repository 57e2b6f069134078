"""Bank statements on A4, over as many pages as they need."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tests.data.paper.canvas import A4, GREY, PALE, SANS, SERIF, Canvas, Colour, Face
from tests.data.paper.facts import Account, Posting
from tests.data.paper.invoice_look import spaced
from tests.data.paper.wording import STATEMENT
from tests.data.paper.writing import Habit, date_as


@dataclass(frozen=True, slots=True)
class AccountLook:
    """``amounts``: one signed column, or one for each direction; ``minus`` how it is signed."""

    face: Face = SANS
    accent: Colour = (0.05, 0.35, 0.4)
    size: float = 9.0
    amounts: Literal["signed", "two columns"] = "two columns"
    minus: Literal["before", "after", "letters"] = "before"
    short_dates: bool = False
    ruled: bool = False
    picks: int = 0


def some_account_look(chance: random.Random) -> AccountLook:
    return AccountLook(
        face=chance.choice((SANS, SANS, SERIF)),
        accent=chance.choice(((0.05, 0.35, 0.4), (0.5, 0.1, 0.1), (0.1, 0.2, 0.5))),
        size=chance.choice((8.5, 9.0, 9.5)),
        amounts=chance.choice(("signed", "two columns")),
        minus=chance.choice(("before", "before", "after", "letters")),
        short_dates=chance.random() < 0.3,
        ruled=chance.random() < 0.3,
        picks=chance.randint(1, 10_000),
    )


def draw_account(account: Account, look: AccountLook, habit: Habit) -> Canvas:
    """The statement; drawn twice, because every page says how many there are."""
    pages = 1
    while True:
        canvas = Canvas(A4, look.face)
        _Statement(account, look, habit, canvas, pages).draw()
        if canvas.pages == pages:
            return canvas
        pages = canvas.pages


_LEFT, _RIGHT, _BOTTOM = 56.0, 539.0, 770.0
_LETTERS = {"de": ("S", "H"), "en": ("DR", "CR")}


class _Statement:
    def __init__(
        self, account: Account, look: AccountLook, habit: Habit, canvas: Canvas, pages: int
    ) -> None:
        self.account = account
        self.look = look
        self.habit = habit
        self.canvas = canvas
        self._pages = pages
        self._y = 0.0
        self._balance = account.opening

    def word(self, name: str) -> str:
        choices = STATEMENT[self.account.language][name]
        place = random.Random(f"{self.look.picks}{name}").randrange(len(choices))
        return choices[place if self.look.picks else 0]

    def draw(self) -> None:
        self.canvas.begin = self._start_page
        self._start_page(self.canvas)
        self._head()
        self._heads()
        self._balance_row(self._dated("opening"), self.account.opening)
        for posting, balance in zip(self.account.postings, self.account.balances, strict=True):
            high = len(self._described(posting)) * self.look.size * 1.3 + 6
            if self._y + high > _BOTTOM:
                self._turn()
            self._posting(posting, balance, high)
            self._balance = balance
        self._balance_row(self._dated("closing"), self.account.closing)

    def _start_page(self, canvas: Canvas) -> None:
        bank, look = self.account.bank, self.look
        canvas.box(_LEFT, 34, _LEFT + 22, 56, fill=look.accent)
        canvas.text(_LEFT + 30, 51, bank.name, 15, bold=True, colour=look.accent)
        canvas.text(_RIGHT, 44, bank.street, 7.5, align="right", colour=GREY)
        canvas.text(_RIGHT, 54, bank.place, 7.5, align="right", colour=GREY)
        page = self.word("page").format(n=canvas.pages, all=self._pages)
        canvas.text(_RIGHT, 810, page, 8, align="right")
        canvas.text(_LEFT, 810, f"{bank.name} · {bank.web} · BIC {bank.bic}", 7, colour=GREY)
        self._y = 92

    def _head(self) -> None:
        account, canvas, size = self.account, self.canvas, self.look.size
        holder = account.holder
        for row, text in enumerate((holder.name, *holder.address)):
            canvas.text(_LEFT, 112 + row * size * 1.4, text, size + 0.5)
        canvas.text(_LEFT, 196, self.word("title"), 16, bold=True)
        start, end = self.habit.date(account.start), self.habit.date(account.end)
        facts = [
            (self.word("holder"), holder.name),
            (self.word("account"), spaced(holder.iban)),
            (self.word("period"), f"{start} {self.word('to')} {end}"),
            (self.word("currency"), account.currency),
        ]
        y = 218.0
        for label, value in facts:
            if label:
                canvas.text(_LEFT, y, f"{label}:", size, colour=GREY)
                canvas.text(_LEFT + 120, y, value, size)
                y += size * 1.5
        self._y = y + 14

    @property
    def _edges(self) -> tuple[float, ...]:
        """The right ends of the columns of figures."""
        if self.look.amounts == "signed":
            return (_RIGHT - 95, _RIGHT - 4)
        return (_RIGHT - 170, _RIGHT - 88, _RIGHT - 4)

    def _heads(self) -> None:
        canvas, size, y = self.canvas, self.look.size, self._y
        canvas.box(_LEFT, y, _RIGHT, y + size * 2, fill=PALE)
        base = y + size * 1.35
        canvas.text(_LEFT + 4, base, self.word("date"), size, bold=True)
        canvas.text(_LEFT + 82, base, self.word("description"), size, bold=True)
        signed = self.look.amounts == "signed"
        names = ("amount", "balance") if signed else ("debit", "credit", "balance")
        for edge, name in zip(self._edges, names, strict=True):
            canvas.text(edge, base, self.word(name), size, bold=True, align="right")
        self._y = y + size * 2 + 4

    def _dated(self, name: str) -> str:
        start, end = self.habit.date(self.account.start), self.habit.date(self.account.end)
        return self.word(name).format(start=start, end=end)

    def _balance_row(self, label: str, balance: Decimal) -> None:
        size = self.look.size
        base = self._y + size + 3
        self.canvas.text(_LEFT + 82, base, label, size, bold=True)
        self.canvas.text(
            self._edges[-1], base, self._signed(balance), size, bold=True, align="right"
        )
        self._y += size * 1.3 + 8
        self.canvas.line(_LEFT, self._y - 3, _RIGHT, self._y - 3, 0.6, GREY)

    def _turn(self) -> None:
        self._balance_row(self.word("carried"), self._balance)
        self.canvas.new_page()
        self._heads()
        self._balance_row(self.word("carried"), self._balance)

    def _posting(self, posting: Posting, balance: Decimal, high: float) -> None:
        canvas, size, habit = self.canvas, self.look.size, self.habit
        base = self._y + size + 2
        day = habit.date(posting.date)
        if self.look.short_dates:
            pattern = "%d.%m." if self.account.language == "de" else "%d %b"
            day = date_as(posting.date, pattern, self.account.language)
        canvas.text(_LEFT + 4, base, day, size)
        for row, text in enumerate(self._described(posting)):
            canvas.text(_LEFT + 82, base + row * size * 1.3, text, size)
        if self.look.amounts == "signed":
            texts = [self._signed(posting.amount)]
            edges = self._edges[:1]
        else:
            texts = [habit.number(abs(posting.amount))]
            edges = self._edges[:1] if posting.amount < 0 else self._edges[1:2]
        for edge, text in zip(
            (*edges, self._edges[-1]), (*texts, self._signed(balance)), strict=True
        ):
            canvas.text(edge, base, text, size, align="right")
        self._y += high
        if self.look.ruled:
            canvas.line(_LEFT, self._y - 3, _RIGHT, self._y - 3, 0.3, GREY)

    def _described(self, posting: Posting) -> list[str]:
        room = self._edges[0] - 62 - (_LEFT + 82)
        texts = (posting.description, *posting.details)
        return [line for text in texts for line in self.canvas.broken(text, self.look.size, room)]

    def _signed(self, amount: Decimal) -> str:
        text = self.habit.number(abs(amount))
        letters = _LETTERS.get(self.account.language)
        if self.look.minus == "letters" and letters:
            return f"{text} {letters[amount >= 0]}"
        if amount >= 0:
            return text
        return f"{text}-" if self.look.minus == "after" else f"-{text}"
