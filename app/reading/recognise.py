"""What kind of document pages are, and where one document in a file ends and the next begins.

A type gathers points from what the document calls itself (titles), from the labels that
only such documents have, and from its layout; the points are weights of evidence in the
sense of a clerk's judgement, not probabilities.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from app.document import Page
from app.reading.amounts import plain
from app.reading.labels import LabelHit, find_labels
from app.reading.layout import Line, em, lines_of, segments_of

_TYPES = ("invoice", "credit_note", "receipt", "bank_statement")
_LOOKED_AT = 3  # pages from the beginning, besides the last one

_MONEY = re.compile(
    r"(?<![\d.,])-?\d{1,3}(?:[.,' ]?\d{3})*[.,]\d{2}(?![\d.,]|/)|[$€£¥₹]\s?\d|\d\s?(?:[€元]|RM)"
)
_STARTS_WITH_DATE = re.compile(
    r"^\W*(?:\d{1,2}[./\-]\d{1,2}(?:[./\-]\d{2,4})?|\d{4}[./\-]\d{1,2}[./\-]\d{1,2}"
    r"|\d{1,2}[ .\-]{0,2}[^\W\d_]{3,9}|[^\W\d_]{3,4}\.? \d{1,2})\b"
)
_PAGE_OF = re.compile(
    r"(?:\b(?:page|pg|seite|blatt|page no|página|pagina|pág|pag|strona|str|sida|side|sivu"
    r"|oldal)\W{0,3})"
    r"(\d{1,4})\s?(?:/|of|von|de|di|van|z|av|af|sur|from|\|)\s?(\d{1,4})\b",
    re.IGNORECASE,
)
_PAGE = re.compile(
    r"\b(?:page|seite|blatt|página|pagina|pág|strona|sida)\W{0,3}(\d{1,4})\b", re.IGNORECASE
)

# Labels that only documents of a type carry, with their weight; each counts once.
_LABELS: dict[str, dict[str, float]] = {
    "invoice": {
        "due_date": 1.5,
        "buyer": 1.0,
        "iban": 0.8,
        "bic": 0.5,
        "customer_number": 0.6,
        "order_number": 0.4,
        "terms": 0.5,
        "unit_price": 0.5,
        "position": 0.3,
        "net": 0.5,
        "gross": 0.5,
        "due": 0.7,
        "tax": 0.4,
        "delivery_date": 0.3,
        "seller_vat_id": 0.3,
        "prepaid": 0.2,
        "period": 0.2,
        "buyer_vat_id": 0.5,
        "contract_number": 0.3,
    },
    "receipt": {
        "cash_given": 1.2,
        "change": 1.5,
        "card_payment": 0.8,
        "cashier": 0.8,
        "terminal": 0.8,
        "transaction": 0.6,
        "points": 0.8,
        "savings": 0.6,
        "rounding": 0.8,
        "quantity_total": 0.7,
        "gross": 0.4,
        "tax": 0.2,
        "time": 0.3,
    },
    "bank_statement": {
        "opening": 2.5,
        "closing": 2.5,
        "value_date": 1.2,
        "debit": 0.8,
        "credit": 0.8,
        "balance": 0.7,
        "account_holder": 0.8,
        "statement_number": 1.2,
        "account_number": 0.5,
        "iban": 0.4,
        "period": 0.5,
    },
}


@dataclass(slots=True)
class _Seen:
    """What was seen on the pages so far."""

    points: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    roles: dict[str, float] = field(default_factory=dict)  # the best strength of each
    named: set[str] = field(default_factory=set)  # types that a label names: "Receipt No."
    money: int = 0
    entries: int = 0  # lines that begin with a date and end with an amount
    lines: int = 0


def recognise(pages: Sequence[Page]) -> tuple[str, float]:
    """The name of the document type of ``pages``, and how surely (0 to 1) it is that one."""
    looked_at = [*pages[:_LOOKED_AT], *(pages[-1:] if len(pages) > _LOOKED_AT else ())]
    seen = _Seen()
    for index, page in enumerate(looked_at):
        _look(page, seen, first=index == 0)
    if not seen.lines:
        return "other", 0.5
    points = _weighed(seen, pages[0])
    best = max(_TYPES, key=lambda name: points[name])
    ahead = points[best] - points["other"]
    if ahead <= 0:
        return "other", _confidence(-ahead)
    rival = max(points[name] for name in ("other", *_TYPES) if name != best)
    return best, _confidence(points[best] - rival)


def _confidence(margin: float) -> float:
    return round(0.5 + 0.49 * (1 - math.exp(-max(margin, 0.0) / 2.0)), 3)


def _look(page: Page, seen: _Seen, first: bool) -> None:
    lines = lines_of(page)
    sizes = [word.box.height for word in page.words]
    usual = median(sizes) if sizes else 0.0
    for number, line in enumerate(lines):
        seen.lines += 1
        text = plain(line.text)
        amounts = len(_MONEY.findall(text))
        seen.money += amounts
        if amounts and _STARTS_WITH_DATE.match(text):
            seen.entries += 1
        for segment in segments_of(line, page):
            texts = [word.text for word in segment.words]
            hits = find_labels(texts)
            for hit in hits:
                if hit.role.startswith("title_"):
                    weight = _title_weight(hit, hits, texts, line, number, usual, first)
                    name = hit.role.removeprefix("title_")
                    if weight > seen.points[name]:
                        seen.points[name] = weight
                elif hit.strength >= 0.7:
                    seen.roles[hit.role] = max(seen.roles.get(hit.role, 0.0), hit.strength)
                    if hit.role == "number" and hit.end - hit.start >= 1:
                        seen.named |= _names(texts[hit.start : hit.end])


def _names(texts: Sequence[str]) -> set[str]:
    """The document types that the words of a number's label name ("Receipt No.")."""
    names = {
        hit.role.removeprefix("title_")
        for size in (1, 2)
        for at in range(len(texts) - size + 1)
        for hit in find_labels(texts[at : at + size])
        if hit.role.startswith("title_") and hit.strength >= 0.7
    }
    joined = "".join(texts).casefold()
    if re.search(r"rechn|invoice|fattura|factur|faktur|fatura|lasku|számla|^re[.-]?nr", joined):
        names.add("invoice")
    if re.search(r"gutschrift|storno|credit|avoir|abono|creditn|korekt", joined):
        names.add("credit_note")
    if re.search(r"receipt|quittung|bon|ticket|scontrino|paragon|kvitto|reçu", joined):
        names.add("receipt")
    return names


def _title_weight(
    hit: LabelHit,
    hits: Sequence[LabelHit],
    texts: Sequence[str],
    line: Line,
    number: int,
    usual: float,
    first: bool,
) -> float:
    """What a title speaks for its type: more where it stands alone, high up, and in large type."""
    around = [text for text in texts if not any(c.isdigit() for c in text)]
    letters = sum(len(text) for text in (*around, *texts[hit.start : hit.end]))
    letters -= sum(len(text) for text in texts[hit.start : hit.end] if text in around)
    covered = sum(len(text) for text in texts[hit.start : hit.end]) / max(letters, 1)
    words = line.words
    top = line.box.y0 < 0.45 or number < 12
    size = max((word.box.height for word in words), default=0.0) / usual if usual else 1.0
    weight = 2.2 * hit.strength
    if covered < 0.6 and hit.start > 1:
        weight *= 0.25  # inside a sentence
    elif covered < 0.45:
        weight *= 0.6
    if not top:
        weight *= 0.55
    if size >= 1.35:
        weight *= 1.5
    if hit.colon:
        weight *= 0.25 if hit.role == "title_other" else 0.7
    if not first:
        weight *= 0.4
    if texts[hit.start].isupper() or texts[hit.start][:1].isupper():
        weight *= 1.1
    return weight


def _weighed(seen: _Seen, page: Page) -> dict[str, float]:
    """The points of every type when titles, labels and layout are put together."""
    points = {name: seen.points[name] for name in (*_TYPES, "other")}
    titled = {name for name in points if points[name] >= 1.2}
    for name, labels in _LABELS.items():
        points[name] += min(
            4.5, sum(weight for role, weight in labels.items() if role in seen.roles)
        )
    for name in seen.named:
        points[name] += 1.6
    narrow = _narrow(page)
    points["receipt"] += narrow
    if narrow > 1.5:
        points["invoice"] -= 0.5
    elif narrow < 0:
        points["receipt"] -= 0.5
    if seen.entries >= 5:
        share = seen.entries / max(seen.lines, 1)
        points["bank_statement"] += 1.0 + 2.0 * min(share, 0.5)
        if "balance" in seen.roles or "opening" in seen.roles:
            points["bank_statement"] += 1.0
    if not {"opening", "closing", "balance"} & seen.roles.keys() and seen.entries < 5:
        points["bank_statement"] -= 1.5
    if not seen.money:
        for name in _TYPES:
            points[name] -= 1.0
    if "invoice" not in titled and "invoice" not in seen.named:
        points["invoice"] -= 0.8
    credit = points["credit_note"] >= 2.0 or "credit_note" in seen.named
    if credit and "bank_statement" not in titled:
        # it has an invoice's labels too
        points["credit_note"] += max(points["invoice"] - seen.points["invoice"], 0.0)
        if seen.points["credit_note"] < seen.points["invoice"] and (
            "credit_note" not in seen.named
        ):
            points["credit_note"] = min(points["credit_note"], points["invoice"] - 0.2)
    # A letter or an order page has an invoice's labels as well: what it calls itself decides.
    if "other" in titled and not titled & {"invoice", "credit_note", "receipt"}:
        points["other"] += 2.0 if "invoice" not in seen.named else 0.0
    if titled & {"invoice", "credit_note", "receipt", "bank_statement"}:
        points["other"] *= 0.5
    points["other"] += 1.2
    if seen.money and {"gross", "due"} & seen.roles.keys():
        points["other"] -= 0.8
        if {"tax", "net", "subtotal", "cash_given", "seller_vat_id"} & seen.roles.keys():
            points["other"] -= 0.5
    return points


def _narrow(page: Page) -> float:
    """How much the layout is that of a till roll: its print is few letter heights wide.

    Till rolls have some 13 to 20 heights of their type across, letter paper 28 or more,
    whatever the size of the picture that shows them.
    """
    if len(page.words) < 8:
        return 0.0
    height = median(em(page, word.box) for word in page.words)
    lefts = sorted(word.box.x0 for word in page.words)
    rights = sorted(word.box.x1 for word in page.words)
    few = len(lefts) // 50  # stray marks at the edges
    across = (rights[-1 - few] - lefts[few]) / height if height else 99.0
    if across <= 20:
        return 2.6
    if across <= 25:
        return 1.2
    return -1.0 if across > 28 else 0.0


@dataclass(frozen=True, slots=True)
class _Start:
    """What tells on a page that a document begins there."""

    number: str  # the document number in its header, "" if none
    page_number: int  # what "page n of m" says, 0 if nothing
    page_count: int
    titled: bool


def split(pages: Sequence[Page]) -> list[tuple[int, int]]:
    """First and last page (from 1) of each document in the file, in order.

    Conservative: a new document begins only where a page carries another document
    number than the one before, and nothing says that it continues it.
    """
    if len(pages) < 2:
        return [(1, 1)] if pages else []
    starts = [_start(page) for page in pages]
    begins = [0]
    number = starts[0].number
    for index in range(1, len(starts)):
        here = starts[index]
        if here.page_number > 1:
            number = number or here.number
            continue
        fresh = bool(here.number) and bool(number) and here.number != number
        restarts = here.page_number == 1 and (
            starts[index - 1].page_number == 0
            or starts[index - 1].page_number >= starts[index - 1].page_count
        )
        anew = fresh and (here.titled or restarts or here.page_number == 1)
        if anew or (restarts and here.titled and starts[index - 1].page_number):
            begins.append(index)
            number = here.number
        else:
            number = number or here.number
    ends = [*(b - 1 for b in begins[1:]), len(pages) - 1]
    return [(b + 1, e + 1) for b, e in zip(begins, ends, strict=True)]


_NUMBER = re.compile(r"(?=[^\s]*\d)[A-Za-z0-9][\w\-/.#]{2,29}")


def _start(page: Page) -> _Start:
    number = ""
    titled = False
    page_number = page_count = 0
    lines = lines_of(page)
    sizes = [word.box.height for word in page.words]
    usual = median(sizes) if sizes else 0.0
    for index, line in enumerate(lines):
        text = plain(line.text)
        of = _PAGE_OF.search(text)
        if of and 1 <= int(of[1]) <= int(of[2]):
            page_number, page_count = int(of[1]), int(of[2])
        elif not page_number:
            alone = _PAGE.search(text)
            if alone and len(text) < 20:
                page_number = int(alone[1])
        # an entry of a statement names invoices too: a heading stands high and has no amount
        heading = (
            line.box.y0 < 0.6 and not _MONEY.search(text) and not _STARTS_WITH_DATE.match(text)
        )
        segments = segments_of(line, page)
        for at, segment in enumerate(segments):
            texts = [word.text for word in segment.words]
            hits = find_labels(texts)
            for hit in hits:
                if hit.role.startswith("title_") and hit.role != "title_other":
                    weight = _title_weight(hit, hits, texts, line, index, usual, first=True)
                    titled = titled or weight >= 2.2
                if heading and hit.role == "number" and hit.strength >= 0.75 and not number:
                    behind = [hit.rest, *texts[hit.end :]]
                    if not any(map(str.strip, behind)) and at + 1 < len(segments):
                        behind = [word.text for word in segments[at + 1].words]
                    number = _first_number(behind) or number
    return _Start(number, page_number, page_count, titled)


def _first_number(texts: Sequence[str]) -> str:
    for text in texts[:3]:
        match = _NUMBER.fullmatch(text.strip(" .:;,#()"))
        if match:
            return match[0]
    return ""
