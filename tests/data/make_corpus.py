"""Makes any number of unseen documents with their truth, to measure the readers on.

``python -m tests.data.make_corpus OUT --count 200 --seed 1`` writes invoices, receipts and
statements of random companies in random looks (eight languages; text PDFs, scans,
photos) and ``labels.jsonl`` with a line for each: id, file, kind, lang, variant, truth.
The same seed gives the same documents.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass
from pathlib import Path

import pymupdf

from tests.data.paper import bills, invent, truth, wear
from tests.data.paper.account_look import draw_account, some_account_look
from tests.data.paper.canvas import Canvas, finish
from tests.data.paper.invoice_look import draw_invoice, some_look
from tests.data.paper.taiwan_look import draw_taiwanese, taiwanese_till
from tests.data.paper.till_look import draw_till, some_till_look
from tests.data.paper.truth import Truth
from tests.data.paper.writing import some

KINDS = ("invoice", "receipt", "statement")
_MIX = (0.6, 0.3, 0.1)


@dataclass(frozen=True, slots=True)
class Made:
    """A document: its bytes, the ending of its name, what was done to it, its truth."""

    data: bytes
    suffix: str
    variant: str
    truth: Truth


def make(out: Path, count: int, seed: int, kinds: tuple[str, ...] = KINDS) -> None:
    """Write ``count`` documents and ``labels.jsonl`` into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    weights = [_MIX[KINDS.index(kind)] for kind in kinds]
    with (out / "labels.jsonl").open("w", encoding="utf-8", newline="\n") as labels:
        for place in range(count):
            chance = random.Random(f"{seed}-{place}")
            kind = chance.choices(kinds, weights)[0]
            made = MAKERS[kind](chance)
            name = f"{kind}-{seed}-{place:04d}"
            (out / f"{name}{made.suffix}").write_bytes(made.data)
            line = truth.label(name, f"{name}{made.suffix}", made.truth)
            labels.write(json.dumps(line | {"variant": made.variant}, ensure_ascii=False) + "\n")


def invoice(chance: random.Random) -> Made:
    """An invoice or a credit note: four of five with a text layer, the others scanned."""
    language = chance.choice(tuple(invent.COUNTRIES))
    bill = bills.some_bill(language, chance)
    habit = some(language, bill.currency, bill.seller.country, chance)
    canvas, drawn = draw_invoice(bill, some_look(chance), habit)
    found = truth.of_bill(bill, frozenset(drawn.printed), drawn.pages)
    if chance.random() < 0.8:
        return Made(canvas.finished(bill.number), ".pdf", "original", found)
    return Made(_scan(canvas, chance), ".pdf", "scan", found)


def receipt(chance: random.Random) -> Made:
    """A receipt: as the shop's own PDF, scanned, or photographed."""
    canvas, found = _till(chance)
    variant = chance.choice(("original", "scan", "photo"))
    if variant == "original":
        return Made(canvas.finished("receipt"), ".pdf", variant, found)
    resolution = chance.choice((150, 200, 250, 300))
    clean = wear.picture_of(canvas.picture(resolution)[0])
    clean = wear.faded(clean, chance.randrange(10**6), chance.uniform(0.1, 0.5))
    number = chance.randrange(10**6)
    if variant == "scan":
        worn = wear.scanned(clean, number, skew=chance.uniform(-2, 2), noise=chance.uniform(2, 12))
    else:
        worn = wear.photographed(
            clean,
            number,
            tilt=chance.uniform(0.01, 0.09),
            blur=chance.uniform(0.4, 1.1) * resolution / 200,
            noise=chance.uniform(1, 8),
            light=chance.uniform(0.1, 0.6),
            crumple=chance.uniform(0, 3),
            margin=chance.uniform(0.02, 0.3),
        )
    return Made(wear.jpeg(worn, chance.randint(45, 88)), ".jpg", variant, found)


def _till(chance: random.Random) -> tuple[Canvas, Truth]:
    """A European receipt, or one of those that look most unlike them."""
    region = chance.choices(("Europe", "Malaysia", "Taiwan"), (0.6, 0.28, 0.12))[0]
    if region == "Taiwan":
        return draw_taiwanese(taiwanese_till(chance), chance)
    language = "en" if region == "Malaysia" else chance.choice(tuple(invent.COUNTRIES))
    if region == "Malaysia":
        till = bills.malaysian_till(chance)
    else:
        till = bills.some_till(language, chance)
    habit = some(language, till.currency, till.shop.country, chance)
    canvas, printed = draw_till(till, some_till_look(chance), habit)
    return canvas, truth.of_till(till, printed)


def statement(chance: random.Random) -> Made:
    """A bank statement with a text layer."""
    language = chance.choice(bills.ACCOUNT_LANGUAGES)
    account = bills.some_account(language, chance)
    habit = some(language, account.currency, "", chance)
    canvas = draw_account(account, some_account_look(chance), habit)
    found = truth.of_account(account, canvas.pages)
    return Made(canvas.finished("statement"), ".pdf", "original", found)


MAKERS = {"invoice": invoice, "receipt": receipt, "statement": statement}


def _scan(canvas: Canvas, chance: random.Random) -> bytes:
    document = pymupdf.open()
    resolution, skew = chance.choice((120, 150, 200)), chance.gauss(0, 0.8)
    noise = chance.uniform(2, 12)
    for clean in canvas.picture(resolution):
        worn = wear.scanned(wear.picture_of(clean), chance.randrange(10**6), skew=skew, noise=noise)
        page = document.new_page(width=canvas.width, height=canvas.height)
        page.insert_image(page.rect, stream=wear.jpeg(worn, chance.randint(45, 80)))
    return finish(document, "", "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default=",".join(KINDS))
    given = parser.parse_args()
    make(given.out, given.count, given.seed, tuple(given.kinds.split(",")))
