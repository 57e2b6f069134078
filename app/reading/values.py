"""Values of every kind from raw text, and where they stand among the words of a line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.document import Word
from app.document_types import Kind
from app.reading.amounts import GAP, GLUED, SPOT, amount_in, plain, read_amount, read_number
from app.reading.currencies import currency_of
from app.reading.dates import read_date, spot_dates
from app.reading.identifiers import IBAN_LENGTHS, read_iban, read_vat_id
from app.reading.readings import UNKNOWN, Convention, Reading

__all__ = [
    "UNKNOWN",
    "Reading",
    "Spotted",
    "find_values",
    "read",
    "read_amount",
    "read_currency",
    "read_date",
    "read_iban",
    "read_number",
    "read_vat_id",
]


@dataclass(frozen=True, slots=True)
class Spotted:
    """A value among the words of a line: ``words[start:end]`` hold it.

    ``raw`` is the text of the value alone ("25/12/2018" of the word "DATE:25/12/2018").
    Kinds: date, amount, IBAN, VAT id, and number for bare integers and percentages.
    """

    kind: Kind
    start: int
    end: int
    raw: str
    reading: Reading


def read_currency(raw: str, convention: Convention) -> Reading | None:
    """The currency that ``raw`` names by code or symbol."""
    code, certainty = currency_of(raw, convention)
    return Reading(code, certainty, currency=code) if code else None


def _read_text(raw: str, convention: Convention) -> Reading | None:
    del convention
    text = " ".join(raw.split())
    return Reading(text, 0.9) if text else None


_READERS: dict[Kind, Callable[[str, Convention], Reading | None]] = {
    Kind.DATE: read_date,
    Kind.AMOUNT: read_amount,
    Kind.NUMBER: read_number,
    Kind.CURRENCY: read_currency,
    Kind.IBAN: read_iban,
    Kind.VAT_ID: read_vat_id,
}


def read(kind: Kind, raw: str, convention: Convention = UNKNOWN) -> Reading | None:
    """``raw`` as a value of ``kind``, or ``None`` when it is no such value."""
    return _READERS.get(kind, _read_text)(raw, convention)


_IBAN = re.compile(
    r"(?:(?<![A-Z0-9])|(?<=IBAN))([A-Z]{2})\s?\d{2}(?:\s?[A-Z0-9]){11,30}(?![A-Z0-9])"
)
_VAT = re.compile(
    r"(?<![A-Z0-9])(?:(?:AT\s?U|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|GR|HR|HU|IE|IT|LT|LU|LV|MT|NL"
    r"|NO|PL|PT|RO|SE|SI|SK|XI)[ \-:.]?(?:[A-Z0-9]{1,4}[ .\-]?)?\d(?:[ .\-]?[A-Z0-9]){5,13}"
    r"|CHE[ \-]?\d{3}\.?\d{3}\.?\d{3}(?:\s?(?:MWST|TVA|IVA))?)(?![A-Z0-9])"
)


def find_values(words: Sequence[Word], convention: Convention) -> list[Spotted]:
    """Every value among the words of one printed line, in their order, not overlapping.

    Numbers split by a space are joined only where the gap is no wider than a space, so
    that neighbours in two columns stay apart.
    """
    if not words:
        return []
    starts: list[int] = []
    text = ""
    for index, word in enumerate(words):
        if index:
            text += " " if _close(words[index - 1], word) else GAP
        starts.append(len(text))
        # NFKC may change the length of a word, which the offsets allow for
        text += plain(word.text).replace("\n", " ") or "?"
    if not any(c.isdigit() for c in text):
        return []
    spots: list[Spotted] = []

    def add(kind: Kind, start: int, end: int, reading: Reading) -> None:
        nonlocal text
        start += len(text[start:end]) - len(text[start:end].lstrip())
        end -= len(text[start:end]) - len(text[start:end].rstrip())
        first = bisect_right(starts, start) - 1
        last = bisect_right(starts, end - 1) - 1
        spots.append(
            Spotted(kind, first, last + 1, text[start:end].replace(GAP, " ").strip(), reading)
        )
        text = text[:start] + "\x00" * (end - start) + text[end:]

    upper = text.upper()
    if len(upper) == len(text):
        for match in _IBAN.finditer(upper):
            length = IBAN_LENGTHS.get(match[1])
            if length is None:
                continue
            end = _end_of(upper, match.start(), length)
            reading = end and read_iban(upper[match.start() : end], convention)
            if end and reading and reading.certainty <= 0.5:
                # A VAT id and the word behind it may be as long as an IBAN.
                first = read_vat_id(re.split(f"[ {GAP}]", upper[match.start() :])[0], convention)
                if first and first.certainty > 0.9:
                    continue
            if end and reading:
                add(Kind.IBAN, match.start(), end, reading)
    for match in _VAT.finditer(text):
        for end in _word_ends(text, match.start(), match.end()):
            reading = read_vat_id(text[match.start() : end], convention)
            if reading:
                add(Kind.VAT_ID, match.start(), end, reading)
                break
    for start, end, reading in spot_dates(text, convention):
        if reading.certainty > 0.25:
            add(Kind.DATE, start, end, reading)
    for match in SPOT.finditer(text):
        start, end = match.span()
        reading = amount_in(match, convention)
        if reading is None:
            continue
        bare = not reading.currency and reading.value.lstrip("-").isdigit()
        if bare and match["body"].isdigit():
            # a dash or a bracket before plain figures is punctuation: "Page - 4", "(380)"
            apart = text[match.start("body") - 1 : match.start("body")] in (" ", "(", GAP)
            if apart and reading.value.startswith("-"):
                start, end = match.span("body")
                reading = replace(reading, value=reading.value[1:])
        percent = bool(re.match(r"\s?%", text[end:]))
        kind = (
            Kind.NUMBER if percent or (bare and "-" not in (match["whole"] or "")) else Kind.AMOUNT
        )
        if percent:
            end += len(text[end:]) - len(text[end:].lstrip()) + 1
        add(kind, start, end, reading)
    for match in GLUED.finditer(text):
        reading = read_amount(match["amount"], convention)
        if reading:
            add(Kind.AMOUNT, *match.span("amount"), reading)
    spots.sort(key=lambda spot: (spot.start, spot.end))
    return spots


def _close(left: Word, right: Word) -> bool:
    """Whether two words stand one space apart, and not in two columns."""
    gap = right.box.x0 - left.box.x1
    letter = max(left.box.width / max(len(left.text), 1), right.box.width / max(len(right.text), 1))
    return gap <= 1.1 * letter or not letter


def _end_of(text: str, start: int, count: int) -> int | None:
    """Where ``count`` letters and digits from ``start`` end, if a word ends there."""
    seen = 0
    for index in range(start, len(text)):
        if text[index].isalnum():
            seen += 1
            if seen == count:
                end = index + 1
                return end if end == len(text) or not text[end].isalnum() else None
    return None


def _word_ends(text: str, start: int, end: int) -> list[int]:
    """The ends of the words in a span, the longest first."""
    ends = [end]
    ends += [i for i in range(end - 1, start + 6, -1) if text[i] in (" ", GAP)]
    return ends
