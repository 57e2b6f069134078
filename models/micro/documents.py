"""Short invoices, made from a seed, with what they say: what the micro model learns from.

Nothing here needs torch or a model, so that tests and the self-test can make the same
documents.  A document is lines of segments of runs; a run that is a value knows which
field it belongs to, so the printed text, the marked text and the true answer in either
format all come from the same description.
"""

# ruff: noqa: S311 - what is made up here is no secret
from __future__ import annotations

import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from app.document_types import DocumentType, parse
from app.reading.model.formats import AnswerFormat, Said, mark_text

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Run:
    """Printed text that belongs together.

    ``key`` is the field or column that it is the value of, "" for none; ``row`` is the
    row of a column's value, -1 otherwise.  ``candidate`` says that the quick reader would
    see a value in it, so that the marked text marks it; ``shared``, that the mark of the
    run before it (a currency's sign) is its own as well.
    """

    text: str
    key: str = ""
    row: int = -1
    candidate: bool = False
    shared: bool = False


Segment = tuple[Run, ...]
Line = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A made document.  ``currency`` is the ISO code that it is in, "" if it does not say."""

    lines: tuple[Line, ...]
    rows: int = 0
    currency: str = ""

    @property
    def text(self) -> str:
        """As it is printed: two spaces between the segments of a line."""
        return "\n".join(
            "  ".join("".join(run.text for run in segment) for segment in line)
            for line in self.lines
        )

    @property
    def marks(self) -> int:
        """How many values are marked in :attr:`marked_text`."""
        return sum(run.candidate for run in self._runs())

    @property
    def marked_text(self) -> str:
        """The text with a mark before each candidate, numbered in reading order."""
        number, lines, marks = 0, [], self.marks
        for line in self.lines:
            segments = []
            for segment in line:
                printed = ""
                for run in segment:
                    if run.candidate:
                        number += 1
                        printed += mark_text(number, marks)
                    printed += run.text
                segments.append(printed)
            lines.append("  ".join(segments))
        return "\n".join(lines)

    def fields(self) -> dict[str, Said]:
        """What the document says, by the definition's keys."""
        said = {"currency": Said(text=self.currency)} if self.currency else {}
        said |= {run.key: told for run, told in self._said() if run.row < 0}
        return said

    def items(self) -> tuple[dict[str, Said], ...]:
        """What its rows say, by the keys of the columns."""
        rows: list[dict[str, Said]] = [{} for _ in range(self.rows)]
        for run, told in self._said():
            if run.row >= 0:
                rows[run.row][run.key] = told
        return tuple(rows)

    def prompt(self, way: AnswerFormat) -> str:
        """The document as the format wants it."""
        return self.marked_text if way.marks else self.text

    def answer(self, way: AnswerFormat, definition: DocumentType) -> str:
        """The true answer in the format."""
        fields = self.fields() if way.marks else _unmarked(self.fields())
        rows = self.items() if way.marks else [_unmarked(row) for row in self.items()]
        return way.write(definition, fields, rows, self.marks)

    def _runs(self) -> list[Run]:
        return [run for line in self.lines for segment in line for run in segment]

    def _said(self) -> list[tuple[Run, Said]]:
        number, said = 0, []
        for run in self._runs():
            number += run.candidate
            if run.key:
                marked = run.candidate or run.shared
                said.append((run, Said(number if marked else 0, run.text)))
        return said


def _unmarked(fields: dict[str, Said]) -> dict[str, Said]:
    return {key: Said(text=said.text) for key, said in fields.items()}


@cache
def invoice_type() -> DocumentType:
    """The definition that the made invoices are read with."""
    return parse((HERE / "invoice.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Effort:
    """How much a document holds at most, and whether its labels are ones never trained on."""

    rows: int = 4
    noise: int = 2  # lines that no field asks for
    present: float = 0.75  # how often an optional field is there
    unseen: bool = False
    head: bool = True  # without it there are only amounts


FULL = Effort()

_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv")
_SHARES = (6, 6, 3, 3, 2, 2, 2, 2, 1)


@cache
def _wordings() -> dict[str, dict[str, list[str]]]:
    """The wordings by language and role; those never trained on under ``unseen:`` + language."""
    data = tomllib.loads((HERE / "wordings.toml").read_text(encoding="utf-8"))
    unseen = data.pop("unseen")
    return data | {f"unseen:{language}": roles for language, roles in unseen.items()}


_CURRENCIES = (
    ("EUR", ("€", "EUR", "Euro"), 8),
    ("USD", ("$", "USD"), 4),
    ("GBP", ("£", "GBP"), 3),
    ("CHF", ("CHF", "Fr."), 3),
    ("PLN", ("zł", "PLN"), 2),
    ("SEK", ("SEK", "kr"), 2),
)

_LEGAL = (
    "GmbH", "AG", "Ltd", "Inc", "KG", "BV", "SA", "Oy", "AB", "SARL", "SRL", "SpA",
    "Lda", "S.L.", "LLC", "e.K.", "Sp. z o.o.",
)  # fmt: skip
_ONSETS = (
    "b", "d", "f", "g", "h", "k", "l", "m", "n",
    "p", "r", "s", "t", "v", "w", "z", "st", "tr",
)  # fmt: skip
_VOWELS = (
    "a", "e", "i", "o", "u", "a", "e", "i", "o", "u",
    "a", "e", "i", "o", "u", "ä", "ö", "ü", "é",
)  # fmt: skip
_CODAS = ("", "", "", "", "n", "r", "l", "s")


def _syllable(dice: random.Random) -> str:
    return dice.choice(_ONSETS) + dice.choice(_VOWELS) + dice.choice(_CODAS)


def word(dice: random.Random, least: int = 1, most: int = 2) -> str:
    """A word that means nothing."""
    return "".join(_syllable(dice) for _ in range(dice.randint(least, most)))


def company(dice: random.Random) -> str:
    """The name of a company, or now and then of a person."""
    first = word(dice, 2, 3).capitalize()
    kind = dice.random()
    if kind < 0.1:
        return f"{word(dice).capitalize()} {first}"
    if kind < 0.25:
        first += dice.choice((" & ", " und ", "-", " ")) + word(dice).capitalize()
    return f"{first} {dice.choice(_LEGAL)}"


def digits(dice: random.Random, count: int) -> str:
    """So many digits, the first not 0."""
    return str(dice.randint(1, 9)) + "".join(dice.choice("0123456789") for _ in range(count - 1))


def identifier(dice: random.Random) -> str:
    """The number of a document."""
    year = str(dice.randint(2015, 2029))
    prefix = dice.choice(("RE", "INV", "F", "R", "FA", "A", "FV", "RG", "B"))
    forms = (
        lambda: f"{prefix}-{digits(dice, dice.randint(3, 5))}",
        lambda: f"{prefix}{digits(dice, dice.randint(4, 6))}",
        lambda: f"{prefix}-{year}-{digits(dice, dice.randint(2, 4))}",
        lambda: f"{year}-{digits(dice, dice.randint(2, 4))}",
        lambda: f"{year}/{digits(dice, dice.randint(2, 3))}",
        lambda: f"{prefix}/{year}/{digits(dice, 2)}",
        lambda: digits(dice, dice.randint(4, 8)),
        lambda: f"{digits(dice, 2)}-{digits(dice, 4)}",
    )
    return dice.choice(forms)()


@dataclass(frozen=True, slots=True)
class _Hand:
    """How one document writes its dates, amounts and labels."""

    dice: random.Random
    language: str
    roles: dict[str, list[str]]
    after: str  # between a label and its value
    apart: bool  # label and value in two segments
    decimal: str
    thousands: str
    date_form: int
    code: str
    sign: str
    sign_place: int  # of an amount: 0 none, 1 before, 2 after

    def date(self) -> str:
        year = self.dice.randint(2015, 2029)
        month, day = self.dice.randint(1, 12), self.dice.randint(1, 28)
        names = self.roles.get("months")
        named = names[month - 1] if names else f"{month:02d}"
        return (
            f"{day:02d}.{month:02d}.{year}",
            f"{day:02d}/{month:02d}/{year}",
            f"{year}-{month:02d}-{day:02d}",
            f"{day}.{month}.{year % 100:02d}",
            f"{day:02d}-{month:02d}-{year}",
            f"{day} {named} {year}",
            f"{named} {day}, {year}" if self.language == "en" else f"{day}. {named} {year}",
        )[self.date_form if names or self.date_form < 5 else 0]

    def amount(self, cents: int) -> str:
        whole, rest = divmod(cents, 100)
        text = f"{whole:,}".replace(",", self.thousands)
        return f"{text}{self.decimal}{rest:02d}"

    def money(self, cents: int, key: str) -> Segment:
        """An amount, with its currency where this document prints it."""
        gap = " " if len(self.sign) > 1 or self.sign_place == 2 else self.dice.choice(("", " "))
        if self.sign_place == 1:
            # The mark stands before the sign; now and then the amount has one of its own.
            signed = self.dice.random() < 0.85 or not gap
            sign = Run(self.sign + gap, candidate=signed or self.dice.random() < 0.5)
            own = not signed
            return (sign, Run(self.amount(cents), key, candidate=own, shared=signed))
        run = Run(self.amount(cents), key, candidate=True)
        return (run, Run(gap + self.sign)) if self.sign_place == 2 else (run,)

    def label(self, role: str) -> str:
        return self.dice.choice(self.roles[role])

    def labelled(self, role: str, *value: Run, more: str = "") -> Line:
        """A label with its value beside it; ``more`` stands behind the label.

        The quick reader takes some labels, those of parties above all, for values too.
        """
        name = self.label(role) + more
        party = role in ("seller", "buyer")
        seen = self.dice.random() < (0.45 if party else 0.3 if more else 0.04)
        after = "" if name[-1] == "#" else self.after
        if self.apart:
            return ((Run(name + after.strip(), candidate=seen),), value)
        return ((Run(name + (after or " "), candidate=seen), *value),)


def invoice(seed: int, effort: Effort = FULL) -> Made:
    """The invoice of this seed."""
    dice = random.Random(seed)
    hand = _hand(dice, effort)
    here = lambda share: dice.random() < share  # noqa: E731 - reads better below
    items, cents = _items(hand, dice.choice((0, 0, 0, 1, 1, 2, 2, 3, 4)), effort)
    rate = dice.choice((7, 19, 20, 21, 5, 10))
    tax = round(cents * rate / 100)
    optional = effort.present

    head: list[Line] = []
    if here(0.95):
        head.append(
            hand.labelled("number", Run(identifier(dice), "invoice_number", candidate=True))
        )
    if here(0.93):
        head.append(hand.labelled("issue_date", Run(hand.date(), "issue_date", candidate=True)))
    if here(optional):
        head.append(hand.labelled("due_date", Run(hand.date(), "due_date", candidate=True)))
    for _ in range(dice.randint(0, effort.noise)):
        head.append(_noise(hand))
    dice.shuffle(head)
    if len(head) > 1 and here(0.2):  # two columns
        head = [(*head[0], *head[1]), *head[2:]]

    top: list[Line] = []
    seller = Run(company(dice), "seller_name", candidate=here(0.85))
    buyer = Run(company(dice), "buyer_name", candidate=here(0.9))
    placed = dice.random()
    if placed < 0.45:
        top.append(((seller,),))
    elif placed < 0.93:
        head.insert(dice.randint(0, len(head)), hand.labelled("seller", seller))
    if here(optional):
        if here(0.25):  # under its label
            at = dice.randint(0, len(head))
            label = Run(hand.label("buyer") + dice.choice((":", "")), candidate=here(0.2))
            head[at:at] = [((label,),), ((buyer,),)]
        else:
            head.insert(dice.randint(0, len(head)), hand.labelled("buyer", buyer))
    if here(0.4):
        top.insert(dice.randint(0, len(top)), ((Run(hand.dice.choice(_title(hand))),),))

    said = hand.sign_place > 0 or here(0.6)
    if said and hand.sign_place == 0:
        head.append(hand.labelled("currency", Run(hand.sign)))

    totals: list[Line] = []
    if here(optional):
        totals.append(hand.labelled("net", *hand.money(cents, "total_net")))
    if here(optional):
        more = f" {rate}%" if here(0.4) else ""
        totals.append(hand.labelled("tax", *hand.money(tax, "total_tax"), more=more))
    if here(0.95):
        totals.append(hand.labelled("gross", *hand.money(cents + tax, "total_gross")))

    tail: list[Line] = []
    if effort.noise and here(0.25):
        closing = Run(dice.choice(_roles(hand.language)["closing"]), candidate=here(0.2))
        tail.append(((closing,),))
    lines = [*top, *head, *items, *totals, *tail]
    if not effort.head:
        lines = [*items, *totals] if hand.sign_place or not said else [*items, *totals, head[-1]]
    return Made(tuple(lines), _rows(items), hand.code if said else "")


_EXCHANGED = {"seller_name": "buyer_name", "buyer_name": "seller_name"}


def self_billed(made: Made) -> Made:
    """The same document, written by the buyer: its parties exchanged in what it says."""

    def exchanged(run: Run) -> Run:
        return replace(run, key=_EXCHANGED.get(run.key, run.key))

    lines = (
        tuple(tuple(exchanged(run) for run in segment) for segment in line) for line in made.lines
    )
    return replace(made, lines=tuple(lines))


def _hand(dice: random.Random, effort: Effort) -> _Hand:
    language = dice.choices(_LANGUAGES, _SHARES)[0]
    if effort.unseen:
        language = dice.choice(("en", "de", "fr", "es"))
    roles = _roles(language)
    if effort.unseen:
        roles = roles | _wordings()[f"unseen:{language}"]
    code, signs, _ = dice.choices(_CURRENCIES, [share for _, _, share in _CURRENCIES])[0]
    decimal = dice.choice((",", "."))
    thousands = dice.choice(("", ".", " ", "'") if decimal == "," else ("", ",", " ", "'"))
    return _Hand(
        dice,
        language,
        roles,
        after=dice.choice((": ", ": ", " ", ":")),
        apart=dice.random() < 0.3,
        decimal=decimal,
        thousands=thousands,
        date_form=dice.choice((0, 0, 1, 2, 2, 3, 4, 5, 6)),
        code=code,
        sign=dice.choice(signs),
        sign_place=dice.choice((0, 1, 2)),
    )


def _roles(language: str) -> dict[str, list[str]]:
    return _wordings()[language]


def _title(hand: _Hand) -> list[str]:
    return _roles(hand.language)["title"]


def _noise(hand: _Hand) -> Line:
    """A line with a value that no field asks for."""
    dice = hand.dice
    role = dice.choice(("order", "customer", "reference", "other_date", "phone"))
    if role == "other_date":
        value, seen = hand.date(), 1.0
    elif role == "phone":
        seen = 0.4
        value = "0" + digits(dice, dice.randint(4, 7))
    else:
        value, seen = identifier(dice), 0.7
    return hand.labelled(role, Run(value, candidate=dice.random() < seen))


def _items(hand: _Hand, count: int, effort: Effort) -> tuple[list[Line], int]:
    """A table of so many rows, and the sum of its amounts in cents."""
    dice = hand.dice
    count = min(count, effort.rows)
    columns = dice.choice(
        (
            ("description", "quantity", "unit_price", "amount"),
            ("description", "quantity", "unit_price", "amount"),
            ("quantity", "description", "unit_price", "amount"),
            ("description", "amount"),
            ("description", "quantity", "amount"),
        )
    )
    lines: list[Line] = []
    total = 0
    for row in range(count):
        quantity = dice.choice((1, 1, 2, 3, 4, 5, 6, 10))
        price = dice.choice((dice.randint(50, 9999), dice.randint(1000, 60000)))
        total += quantity * price
        named = word(dice).capitalize() + (" " + word(dice) if dice.random() < 0.3 else "")
        cells = {
            "description": Run(named, "description", row, candidate=dice.random() < 0.93),
            "quantity": Run(str(quantity), "quantity", row, candidate=True),
            "unit_price": Run(hand.amount(price), "unit_price", row, candidate=True),
            "amount": Run(hand.amount(quantity * price), "amount", row, candidate=True),
        }
        lines.append(tuple((cells[column],) for column in columns))
    if lines and dice.random() < 0.8:
        lines.insert(0, tuple((Run(hand.label(column)),) for column in columns))
    return lines, total if count else dice.choice(
        (dice.randint(500, 99999), dice.randint(10000, 900000))
    )


def _rows(lines: Sequence[Line]) -> int:
    return 1 + max((run.row for line in lines for part in line for run in part), default=-1)
