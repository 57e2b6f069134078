"""How well each candidate fits each role: the features that a clerk would use, weighed.

A label speaks for the values beside and below it (:func:`links_of`); together with where
a value stands and what it looks like this gives features per role, and the weights in
``resources/weights`` turn them into log-odds.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from app.document_types import RESOURCES, Kind
from app.reading.candidates import Candidate, Label, Printed, Scene
from app.reading.layout import overlap

Features = Mapping[str, float]

# Roles whose labels name a column of line items or entries.
COLUMNS = frozenset(
    {
        "description", "quantity", "unit_price", "amount", "tax_rate", "position", "item_number",
        "balance", "debit", "credit", "unit", "rate", "base",
    }
)  # fmt: skip
# Roles that are no rival of any value: they name the document, its money or its pages.
_SILENT = frozenset({"currency", "page"})


def _silent(role: str) -> bool:
    return role in _SILENT or role.startswith("title_")


DATES = frozenset({"issue_date", "due_date", "period_start", "period_end"})
AMOUNTS = frozenset(
    {"net", "tax", "gross", "due", "prepaid", "allowances", "charges", "rounding", "opening",
     "closing"}
)  # fmt: skip


# Labels that are no rivals of a role, because what they name may well be the same figure.
_ALLIES: dict[str, tuple[str, ...]] = {
    "gross": ("due", "card_payment", "amount", "cash_given"),
    "due": ("gross", "amount"),
    "net": ("subtotal", "amount", "base"),
    "tax": ("tax_rate", "rate", "amount"),
    "issue_date": ("date", "time", "period_end"),
    "due_date": ("date", "due", "terms", "period_end", "validity"),
    "number": ("item_number", "position"),
    "period_start": ("period", "period_end", "date", "issue_date"),
    "period_end": ("period", "period_start", "date", "issue_date", "due_date"),
    "opening": ("balance", "date"),
    "closing": ("balance", "date"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A label speaking for a candidate, with how plainly it does (0 to 1)."""

    label: Label
    candidate: Candidate
    weight: float
    beside: bool


_MONEY = AMOUNTS | {
    "subtotal", "cash_given", "change", "card_payment", "discount", "savings", "tax_base",
    "shipping", "unit_price", "amount", "balance", "debit", "credit", "fax", "fee",
}  # fmt: skip
_DAYS = DATES | {
    "date", "delivery_date", "order_date", "value_date", "printed", "validity", "time",
    "birth_date", "period",
}  # fmt: skip
_PEOPLE = frozenset(
    {"seller", "buyer", "account_holder", "ship_to", "contact", "bank", "cashier", "description"}
)
_FIGURES = frozenset({Kind.AMOUNT, Kind.NUMBER})
_CODES = frozenset({Kind.IDENTIFIER, Kind.NUMBER, Kind.VAT_ID, Kind.IBAN})


def speaks_of(role: str, kind: Kind) -> bool:
    """Whether a label of ``role`` can say anything about a value of ``kind``."""
    if role in _PEOPLE:
        return kind is Kind.NAME
    if role in _DAYS:
        return kind is Kind.DATE or (role == "period" and kind is Kind.IDENTIFIER)
    if role in _MONEY:
        return kind in _FIGURES or (kind is Kind.DATE and role == "due")
    if role == "terms":
        return kind is Kind.DATE
    return kind is not Kind.NAME and (kind in _CODES or kind is not Kind.DATE)


def links_of(scene: Scene) -> dict[Candidate, list[Link]]:
    """For every candidate the labels to its left and above it, strongest first."""
    links: dict[Candidate, list[Link]] = defaultdict(list)
    for line in scene.lines:
        for label in line.labels:
            beside = _beside(line, label)
            beside = [b for b in beside if speaks_of(label.role, b.candidate.kind)]
            for link in beside:
                links[link.candidate].append(link)
            for link in _below(scene, line, label):
                # A label that already has its value beside it hardly speaks for what is below.
                if not speaks_of(label.role, link.candidate.kind):
                    continue
                kinds = {b.candidate.kind for b in beside if b.weight > 0.5}
                if link.candidate.kind in kinds:
                    link = Link(label, link.candidate, link.weight * 0.25, False)
                links[link.candidate].append(link)
    for group in links.values():
        group.sort(key=lambda link: -link.weight * link.label.strength)
    return links


_FILLER = re.compile(
    r"^[\W_]*$|^(?:RM|EUR|USD|GBP|CHF|MYR|TWD|NT)[.:$]?$|^\(.*\)?:?$", re.IGNORECASE
)


def _beside(line: Printed, label: Label) -> list[Link]:
    found: list[Link] = []
    seen: Counter[Kind] = Counter()
    last_end: dict[Kind, int] = {}
    for value in sorted(line.values, key=lambda v: (v.start, v.end)):
        # A currency may belong to both: "Total EUR" and "EUR 9.00".
        if value.end <= label.end or value.start <= label.start:
            continue
        weight = 1.0
        between = line.words[label.end : value.start]
        others = [
            other
            for other in line.labels
            if label.end <= other.start < value.start
            and not _silent(other.role)
            and not _FILLER.match(other.text)
        ]
        weight *= 0.35 ** len({o.role for o in others if o.role != label.role})
        plain = [w for w in between if not _FILLER.match(w.text)]
        in_labels = sum(other.end - other.start for other in others)
        weight *= 0.88 ** max(0, len(plain) - in_labels)
        if last_end.get(value.kind, -1) <= value.start and value.kind in last_end:
            seen[value.kind] += 1
        weight *= 0.6 ** seen[value.kind]
        last_end[value.kind] = max(value.end, last_end.get(value.kind, 0))
        gap = value.box.x0 - label.box.x1
        if gap > 25 * line.em:
            weight *= 0.8
        if weight > 0.05:
            found.append(Link(label, value, weight, True))
    return found


def _below(scene: Scene, line: Printed, label: Label) -> list[Link]:
    found: list[Link] = []
    height = label.box.height or scene.type_size or 0.01
    seen: Counter[Kind] = Counter()
    blocked = 1.0
    for other in scene.lines[line.index + 1 :]:
        if other.page != line.page or other.box.y0 - label.box.y1 > 6 * height:
            break
        gap = other.box.y0 - label.box.y1
        if gap < -0.6 * height:
            continue
        hits: set[Kind] = set()
        for value in other.values:
            drop = value.box.y0 - label.box.y1
            if drop < -0.6 * height:
                continue
            aligned = _aligned(label, value, line.em)
            if not aligned:
                continue
            own = any(
                lab.end <= value.start and not _silent(lab.role) and _near(lab, value, other)
                for lab in other.labels
            )
            weight = 0.9 * aligned * blocked * (0.55 ** seen[value.kind])
            weight *= 0.9 ** max(0.0, drop / height - 1)
            if own:
                weight *= 0.3
            hits.add(value.kind)
            if weight > 0.05:
                found.append(Link(label, value, weight, False))
        for kind in hits:
            seen[kind] += 1
        if any(
            not _silent(lab.role)
            and overlap(lab.box.x0, lab.box.x1, label.box.x0, label.box.x1) > 0.3
            for lab in other.labels
        ):
            blocked *= 0.3
    return found


def _near(label: Label, value: Candidate, line: Printed) -> bool:
    return value.box.x0 - label.box.x1 < 12 * line.em


def _aligned(label: Label, value: Candidate, em: float) -> float:
    """How well the value stands in the label's column, 0 when it does not."""
    left = abs(label.box.x0 - value.box.x0)
    right = abs(label.box.x1 - value.box.x1)
    middle = abs(label.box.middle[0] - value.box.middle[0])
    if min(left, right, middle) < 0.8 * em:
        return 1.0
    shared = overlap(label.box.x0, label.box.x1, value.box.x0, value.box.x1)
    return 0.8 if shared > 0.6 else 0.5 if shared > 0.2 else 0.0


def item_rows(scene: Scene) -> set[int]:
    """The lines that belong to a table of items: from its header to the first total."""
    inside: set[int] = set()
    open_on = 0
    for line in scene.lines:
        roles = {label.role for label in line.labels}
        heads = [label for label in line.labels if label.role in COLUMNS]
        columns = {
            at
            for at, segment in enumerate(line.segments)
            if any(segment.start <= label.start < segment.end for label in heads)
        }
        # A header row is made of headings; a sentence may hold two such words as well.
        named = {at for label in line.labels for at in range(label.start, label.end)}
        if 2 * len(named) < len(line.words):
            columns = set()
        distinct = {label.role for label in line.labels if label.strength > 0.7} & {
            "description", "quantity", "unit_price", "position", "item_number",
        }  # fmt: skip
        if len(columns) >= 2 and distinct and not any(v.kind is Kind.AMOUNT for v in line.values):
            open_on = line.page
            inside.add(line.index)
            continue
        if open_on:
            totals = roles & {"net", "gross", "tax", "due", "subtotal"}
            if totals and any(v.kind is Kind.AMOUNT for v in line.values):
                open_on = 0
                continue
            inside.add(line.index)
    return inside


class Judge:
    """Scores candidates of one scene; holds what is computed once for all of them."""

    def __init__(self, scene: Scene, narrow: bool, credit: bool = False) -> None:
        self.scene = scene
        self.narrow = narrow
        self.credit = credit  # a credit note, which may name the invoice that it corrects
        self.links = links_of(scene)
        self.items = item_rows(scene)
        self.dates = [v for line in scene.lines for v in line.values if v.kind is Kind.DATE]
        self.amounts = [v for line in scene.lines for v in line.values if v.kind is Kind.AMOUNT]
        self.recurs = Counter((v.kind, v.value) for line in scene.lines for v in line.values)
        self.largest = max((abs(float(v.value)) for v in self.amounts), default=0.0)
        self.last_page = scene.pages[-1].number if scene.pages else 1
        self.first_page = scene.pages[0].number if scene.pages else 1
        self.sums = _column_sums(scene)
        self._paid, self._rounded, self._unrounded = self._settled()

    def pull(self, candidate: Candidate, roles: frozenset[str] | set[str]) -> float:
        """How plainly a label of one of ``roles`` speaks for the candidate, 0 to 1."""
        return max(
            (
                link.weight * link.label.strength
                for link in self.links.get(candidate, ())
                if link.label.role in roles
            ),
            default=0.0,
        )

    def rival(self, candidate: Candidate, roles: frozenset[str] | set[str]) -> float:
        """How plainly a label of any other role speaks for it."""
        own = {
            (link.label.line, link.label.start)
            for link in self.links.get(candidate, ())
            if link.label.role in roles
        }
        return max(
            (
                link.weight * link.label.strength
                for link in self.links.get(candidate, ())
                if link.label.role not in roles
                and not _silent(link.label.role)
                # One wording may mean several things; it is no rival of itself.
                and (link.label.line, link.label.start) not in own
            ),
            default=0.0,
        )

    def _settled(self) -> tuple[set[int], set[int], set[int]]:
        """Totals in cents that how it was paid speaks for.

        Cash given less change; a total with the printed rounding added; and the totals
        that are rounded by it.
        """
        said: dict[str, set[int]] = defaultdict(set)
        for candidate in self.amounts:
            for role in ("cash_given", "change", "rounding"):
                if self.pull(candidate, {role}) > 0.45:
                    said[role].add(_cents(candidate))
        paid = {
            given - change
            for given in said["cash_given"]
            for change in said["change"]
            if 0 < change < given
        }
        totals = {
            _cents(c) for c in self.amounts if self.pull(c, {"gross", "due", "subtotal"}) > 0.3
        }
        steps = {step for step in said["rounding"] if 0 < abs(step) < 5}
        rounded = {total + step for total in totals for step in steps}
        unrounded = {total for total in totals for step in steps if (total + step) % 5 == 0}
        return paid, rounded, unrounded

    def features(self, role: str, candidate: Candidate) -> dict[str, float]:
        """The features of a candidate for a role; absent ones are 0."""
        line = self.scene.lines[candidate.line]
        own = self.pull(candidate, {role})
        rival = self.rival(candidate, {role, *_ALLIES.get(role, ())})
        beside = max(
            (
                link.weight * link.label.strength
                for link in self.links.get(candidate, ())
                if link.label.role == role and link.beside
            ),
            default=0.0,
        )
        features = {
            "bias": 1.0,
            "own": own,
            "own_beside": beside,
            "rival": rival,
            "rival_wins": float(rival > own + 0.05),
            "no_label": float(own < 0.15 and rival < 0.15),
            "in_items": float(candidate.line in self.items),
            "certainty": candidate.certainty,
            "recurs": math.log(self.recurs[(candidate.kind, candidate.value)]),
            "first_page": float(candidate.page == self.first_page),
            "last_page": float(candidate.page == self.last_page),
            "height": candidate.box.middle[1],
            "size": _relative(candidate.box.height, self.scene.type_size),
            "glued": float(_is_glued(candidate, line)),
        }
        if role in DATES:
            features |= self._date(candidate, line)
        elif role in AMOUNTS:
            features |= self._amount(candidate, line)
        elif candidate.kind is Kind.IDENTIFIER:
            features |= self._identifier(candidate, line)
            if features["title_beside"] >= _NEXT and not _CENTS.search(candidate.raw):
                # What follows the title right away is named by it, whatever stands above.
                features |= {"rival": 0.0, "rival_wins": 0.0, "as_amount": 0.0}
        return features

    def _date(self, candidate: Candidate, line: Printed) -> dict[str, float]:
        rank = self.dates.index(candidate)
        days = sorted({d.value for d in self.dates})
        return {
            "first": float(rank == 0),
            "rank": min(rank, 5) / 5,
            "only": float(len(days) == 1),
            "earliest": float(candidate.value == days[0]),
            "latest": float(candidate.value == days[-1]),
            "time_beside": float(
                any(_CLOCK.match(w.text) for w in line.words[candidate.end : candidate.end + 3])
            ),
            "upper_half": float(
                candidate.page == self.first_page and candidate.box.middle[1] < 0.5
            ),
            "period_first": self._in_period(candidate, line, first=True),
            "period_second": self._in_period(candidate, line, first=False),
            "pay_label": self.pull(candidate, {"due", "terms"}),
            "until_label": self.pull(candidate, {"period_end"}),
        }

    def _in_period(self, candidate: Candidate, line: Printed, first: bool) -> float:
        """Whether it is the first (or the second) of two dates that a period label speaks for."""
        others = [v for v in line.values if v.kind is Kind.DATE and v != candidate]
        if first:
            fits = any(other.start >= candidate.end for other in others)
        else:
            fits = any(other.end <= candidate.start for other in others)
        if not fits:
            return 0.0
        pull = self.pull(candidate, {"period", "period_start", "title_bank_statement"})
        return max(pull, 0.5 if line.index < 12 and len(others) == 1 else 0.0)

    def _amount(self, candidate: Candidate, line: Printed) -> dict[str, float]:
        size = abs(float(candidate.value))
        same_line = [v for v in line.values if v.kind is Kind.AMOUNT]
        return {
            "largest": float(
                candidate.kind is Kind.AMOUNT and size >= self.largest - 0.001 and size > 0
            ),
            "whole": float(candidate.kind is Kind.NUMBER),
            "percent": float(candidate.raw.endswith("%")),
            "currency": float(bool(candidate.currency)),
            "last_on_line": float(not same_line or same_line[-1] == candidate),
            "alone_on_line": float(len(same_line) <= 1),
            "column_sum": float(candidate in self.sums),
            "zero": float(size == 0),
            "paid": float(_cents(candidate) in self._paid),
            "rounded": float(_cents(candidate) in self._rounded),
            "unrounded": float(
                _cents(candidate) in self._unrounded and _cents(candidate) not in self._rounded
            ),
            "small": float(size < 0.02 * self.largest),
            "due_label": self.pull(candidate, {"due"}),
            "subtotal_label": self.pull(candidate, {"subtotal"}),
            "card_label": self.pull(candidate, {"card_payment"}),
            "cash_label": self.pull(candidate, {"cash_given", "change", "rounding", "discount"}),
            "order": self._order(candidate),
            "rightness": candidate.box.x1,
            "bold": float(line.words[candidate.start].bold),
        }

    def _order(self, candidate: Candidate) -> float:
        count = len(self.amounts)
        if candidate.kind is not Kind.AMOUNT or count < 2:
            return 0.5
        return self.amounts.index(candidate) / (count - 1)

    def _title_beside(self, candidate: Candidate, line: Printed) -> float:
        """Whether the document's title stands to the left ("Invoice (380) No. 12")."""
        return max(
            (
                0.85 ** (candidate.start - label.end)
                for label in line.labels
                if label.role.startswith("title_") and label.end <= candidate.start
            ),
            default=0.0,
        )

    def _is_referred(self, candidate: Candidate, line: Printed) -> bool:
        """Whether a credit note names an invoice by it ("Credit for invoice 2026/144")."""
        before = [
            label
            for label in line.labels
            if label.role.startswith("title_") and label.end <= candidate.start
        ]
        nearest = max(before, key=lambda label: label.end, default=None)
        if nearest is None or nearest.role != "title_invoice":
            return False
        return not any(label.role == "title_credit_note" for label in before)

    def _identifier(self, candidate: Candidate, line: Printed) -> dict[str, float]:
        text = candidate.raw
        digits = sum(ch.isdigit() for ch in text)
        overlapping = {
            v.kind for v in line.values if v.start < candidate.end and candidate.start < v.end
        }
        next_text = line.words[candidate.end].text if candidate.end < len(line.words) else ""
        referred = self.credit and self._is_referred(candidate, line)
        return {
            "title_beside": 0.0 if referred else self._title_beside(candidate, line),
            "referred": float(referred),
            "e_invoice": float(_TW_NUMBER.match(text.replace(" ", "")) is not None),
            "digits": min(digits, 12) / 12,
            "short": float(len(text) < 3),
            "long": float(len(text) > 20),
            "mixed": float(any(ch.isalpha() for ch in text)),
            "lower": float(any(ch.islower() for ch in text)),
            "as_date": float(Kind.DATE in overlapping and not _CODE.match(text)),
            "as_amount": float(Kind.AMOUNT in overlapping),
            "as_id": float(bool(overlapping & {Kind.IBAN, Kind.VAT_ID})),
            "percent": float(text.endswith("%") or next_text.startswith("%")),
            "run": float(candidate.end - candidate.start > 1),
            "upper_half": float(
                candidate.page == self.first_page and candidate.box.middle[1] < 0.5
            ),
        }


_NEXT = 0.99  # how plainly a title speaks for the word right behind it
_CENTS = re.compile(r"[.,]\d{2}$")
# A number that is built like a date: "R/16/07/2025".
_CODE = re.compile(r"^[A-Z]{1,5}[-/]\d")
# Taiwan's uniform invoices are numbered with two letters and eight digits, unlabelled.
_TW_NUMBER = re.compile(r"^[A-Z]{2}-?\d{8}$")


def _cents(candidate: Candidate) -> int:
    return round(float(candidate.value) * 100)


def _is_glued(candidate: Candidate, line: Printed) -> bool:
    """Whether other letters stand in the same words: a code, rather than a value."""
    printed = "".join(w.text for w in line.words[candidate.start : candidate.end])
    return sum(map(str.isalnum, printed)) > sum(map(str.isalnum, candidate.raw))


_CLOCK = re.compile(r"^\(?\d{1,2}[:.]\d{2}")


def _relative(height: float, usual: float) -> float:
    return max(-1.0, min(1.0, math.log(height / usual))) if height > 0 and usual > 0 else 0.0


def _column_sums(scene: Scene) -> set[Candidate]:
    """Amounts that are the sum of two or more amounts right above them in their column."""
    found: set[Candidate] = set()
    for page in scene.pages:
        amounts = [
            (v, scene.lines[v.line].em)
            for line in scene.lines
            if line.page == page.number
            for v in line.values
            if v.kind is Kind.AMOUNT
        ]
        for at, (value, em) in enumerate(amounts):
            target, total, count = round(float(value.value) * 100), 0, 0
            if target == 0:
                continue
            for other, _ in reversed(amounts[max(0, at - 60) : at]):
                if other.line == value.line or abs(other.box.x1 - value.box.x1) > 1.2 * em:
                    continue
                total += round(float(other.value) * 100)
                count += 1
                if count >= 2 and total == target:
                    found.add(value)
                    break
    return found


@cache
def weights() -> dict[str, dict[str, float]]:
    """Log-odds weights by role and feature, from ``resources/weights/header.json``."""
    path = RESOURCES / "weights" / "header.json"
    loaded: dict[str, dict[str, float]] = json.loads(path.read_text(encoding="utf-8"))["roles"]
    return loaded


def log_odds(role: str, features: Features) -> float:
    """The weighed sum of ``features`` for ``role``; 0 is even odds."""
    of_role = weights().get(role) or weights()["*"]
    return sum(of_role.get(name, 0.0) * value for name, value in features.items())


def probability(odds: float) -> float:
    """Log-odds as a probability."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its log-odds and the probability of its value among all of them."""

    odds: float
    share: float
    candidate: Candidate


def ranked(scored: Sequence[tuple[float, Candidate]], count: int) -> list[Ranked]:
    """The ``count`` most likely values, each at its best place, likeliest first.

    The candidates compete with each other and with "none of them" (log-odds 0); what
    stands in several places is as likely as its places together.
    """
    top = max((odds for odds, _ in scored), default=0.0)
    top = max(top, 0.0)
    whole = math.exp(-top) + sum(math.exp(odds - top) for odds, _ in scored)
    together: dict[str, float] = defaultdict(float)
    places: dict[str, tuple[float, Candidate]] = {}
    for odds, candidate in scored:
        together[candidate.value] += math.exp(odds - top) / whole
        if candidate.value not in places or odds > places[candidate.value][0]:
            places[candidate.value] = (odds, candidate)
    order = sorted(places.items(), key=lambda item: -item[1][0])[:count]
    return [Ranked(odds, together[value], candidate) for value, (odds, candidate) in order]
