"""Numbers and amounts of money as documents print them.

The grammar is strict on purpose: a text that is not wholly a number gives ``None``.
What a single separator means (``1.234``) is settled by the document's convention, else
the reading is marked ambiguous.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from decimal import Decimal

from app.reading.currencies import PATTERN as CURRENCY
from app.reading.currencies import WEAK, currency_of
from app.reading.readings import Convention, Reading

LONGEST = 48  # characters; no printed amount is longer, and longer text is not looked at

_SPACES = dict.fromkeys(
    map(
        ord,
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t",
    ),
    " ",
)
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"), "-")
_QUOTES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u00b4`\u2032"), "'")
_ODD = {
    ord("\u066b"): ".",
    ord("\u066c"): ",",
    ord("\u00b7"): ".",
    ord("\uff0c"): ",",
    ord("\uff0e"): ".",
    ord("\u200b"): None,
    ord("\ufeff"): None,
    ord("\u200e"): None,
    ord("\u200f"): None,
    ord("\u00ad"): None,
}
_PLAIN = {**_SPACES, **_DASHES, **_QUOTES, **_ODD}

# A number's body: digits with separators, where a space may stand between groups of three
# or, by a slip of the OCR, right behind a separator.
BODY = r"\d(?:(?:[.,']|[.,]\x20(?=\d{2,3}(?!\d))|\x20(?=\d{3}(?!\d)))?\d)*"

GAP = "\x01"  # stands between the words of two columns, where only a currency may reach over

_APART = r"\s?[*#]|\s?"
_AMOUNT = re.compile(
    rf"""(?P<open>\()?\s*(?P<sign1>[-+])?\s*
    (?:(?P<cur1>{CURRENCY})[\s{GAP}]*[:=]?\s*)?(?P<sign2>[-+])?\s*
    (?P<open2>\()?
    (?P<body>{BODY})(?P<whole>[.,]-{{1,2}}(?!\d)|[.,](?=\s|$))?
    (?P<close2>\))?
    (?P<sign3>[-+](?!\w))?(?:\s*(?P<cur2>{CURRENCY})(?!\x20?\d))?(?P<sign4>[-+](?!\w))?
    (?:\s*(?P<close>\)))?(?:\s*(?P<side>(?:CR|DR)\.?)(?!\w))?
    (?P<mark>{_APART}(?:[A-FT]|SR|ZR|ZRL|TX)(?![A-Za-z]))?""",
    re.VERBOSE | re.IGNORECASE,
)
_FULL = re.compile(_AMOUNT.pattern + r"\s*[.;:]?", re.VERBOSE | re.IGNORECASE)

_NUMBER = re.compile(
    rf"(?P<sign>[-+]\s?)?(?P<body>{BODY})\s?(?P<sign2>-(?!\d))?\s*(?P<unit>%|[^\W\d_]{{1,12}}\.?(?:\s?[23²³])?|[xX×*])?"
)
_TIMES = re.compile(r"[xX×*@]\s*")

# Letters that OCR prints for digits, taken as such only inside what is otherwise a number.
_CONFUSED = str.maketrans({"O": "0", "o": "0", "Q": "0", "l": "1", "I": "1", "|": "1"})
_NEARLY = re.compile(r"^[^\w]*(?:(?:RM|EUR|USD|MYR|[€$£])\s*)?[\dOoQlI|]*\d[\dOoQlI|.,' ]*[^\w]*$")


def plain(raw: str) -> str:
    """``raw`` with every kind of space, dash and apostrophe made the plain one."""
    return unicodedata.normalize("NFKC", raw.translate(_PLAIN)).translate(_PLAIN).strip()


def _grouped(groups: list[str], indian: bool) -> bool:
    """Whether these runs of digits are a number's groups of thousands."""
    first, rest = groups[0], groups[1:]
    if not 1 <= len(first) <= 3 or (first.startswith("0") and first != "0"):
        return False
    if all(len(group) == 3 for group in rest):
        return True
    return (
        indian
        and len(first) <= 2
        and len(rest[-1]) == 3
        and all(len(group) == 2 for group in rest[:-1])
    )


def _digits(body: str, convention: Convention) -> Reading | None:
    """The number that an unsigned body stands for."""
    body = re.sub(r"(?<=[.,]) ", "", body)
    if body.endswith((".", ",", "'")):
        body = body[:-1]
    if not body or len(body) > LONGEST:
        return None
    if " " in body or "'" in body:
        head, *_ = re.split(r"[.,]", body)
        if not _grouped(re.split(r"[ ']", head), indian=False):
            return None
        rest = body[len(head) :]
        if " " in rest or "'" in rest:
            return None
        if rest and rest[1:].isdigit():
            return _fraction(re.sub(r"[ ']", "", head), rest[1:], 0.97)
        return _fraction(re.sub(r"[ ']", "", head), "", 0.9) if not rest else None
    points, commas = body.count("."), body.count(",")
    if not points and not commas:
        return Reading(str(int(body)), 0.9) if len(body) <= 15 else None
    if points and commas:
        mark = max(".", ",", key=body.rfind)
        other = "," if mark == "." else "."
        whole, _, fraction = body.rpartition(mark)
        if mark in whole or other in fraction or not fraction:
            return None
        if not _grouped(whole.split(other), indian=other == ","):
            return None
        surely = 0.99 if convention.decimal in ("", mark) else 0.85
        return _fraction(whole.replace(other, ""), fraction, surely)
    mark = "." if points else ","
    groups = body.split(mark)
    if "" in groups[:-1] or not groups[-1]:
        return None
    if len(groups) > 2:
        if _grouped(groups, indian=mark == ","):
            return Reading("".join(groups), 0.95)
        if len(groups[-1]) == 2 and _grouped(groups[:-1], indian=False):
            # OCR takes the last separator for the other one: 1.234.56
            return _fraction("".join(groups[:-1]), groups[-1], 0.7)
        return None
    whole, fraction = groups
    if len(fraction) == 3 and _grouped([whole, fraction], indian=False) and whole != "0":
        thousands = Reading(whole + fraction, 0.5, ambiguous=True)
        if not convention.decimal:
            return thousands
        if convention.decimal == mark:
            return _fraction(whole, fraction, 0.8)
        return replace(thousands, certainty=0.95, ambiguous=False)
    if len(whole) > 1 and whole.startswith("0"):
        return _fraction(whole, fraction, 0.5)
    if len(fraction) <= 2:
        return _fraction(whole, fraction, 0.98 if convention.decimal in ("", mark) else 0.8)
    return _fraction(whole, fraction, 0.85 if convention.decimal == mark else 0.6)


def _fraction(whole: str, fraction: str, certainty: float) -> Reading:
    text = f"{int(whole)}.{fraction}" if fraction else str(int(whole))
    return Reading(text, certainty)


def _signed(reading: Reading, negative: bool) -> Reading:
    if not negative or not Decimal(reading.value):
        return reading
    return replace(reading, value="-" + reading.value)


def amount_in(match: re.Match[str], convention: Convention) -> Reading | None:
    """The amount that a match of the amount pattern stands for."""
    parts = match.groupdict()
    opened = bool(parts["open"] or parts["open2"])
    closed = bool(parts["close"] or parts["close2"])
    reading = _digits(parts["body"], convention)
    if reading is None:
        return None
    whole = (parts["whole"] or "").strip()
    minus = [parts[name] == "-" for name in ("sign1", "sign2", "sign3", "sign4")]
    if "-" in whole and not reading.value.isdigit():
        return None  # "12,50,-" is no number
    negative = any(minus) or (opened and closed) or (parts["side"] or "").upper().startswith("DR")
    mark = parts["cur1"] or parts["cur2"] or ""
    if parts["cur1"] and parts["cur2"]:
        first, second = (currency_of(parts[n], convention)[0] for n in ("cur1", "cur2"))
        if first and second and first != second:
            return None
        mark = parts["cur1"] if first else parts["cur2"]
    currency = currency_of(mark, convention)[0] if mark else ""
    if mark.casefold() in WEAK and (not currency or currency != convention.currency):
        glued = match.start("body") == match.end("cur1") or match.end("body") == match.start("cur2")
        if glued and reading.value.lstrip("-").isdigit():
            return None  # "R000027830" is a number with a letter, no amount of rands
        currency = ""
    reading = replace(_signed(reading, negative), currency=currency)
    if parts["mark"] or opened != closed:
        reading = replace(reading, certainty=reading.certainty * 0.9)
    return reading


def read_amount(raw: str, convention: Convention) -> Reading | None:
    """The amount of money that ``raw`` is, with the currency printed beside it if any."""
    if len(raw) > LONGEST:
        return None
    text = plain(raw)
    match = _FULL.fullmatch(text)
    if match:
        return amount_in(match, convention)
    return _mended(text, convention)


def _mended(text: str, convention: Convention) -> Reading | None:
    """A number in which OCR printed letters for some digits."""
    digits = sum(c.isdigit() for c in text)
    letters = sum(c in "OoQlI|" for c in text)
    if not letters or digits <= letters or not _NEARLY.match(text):
        return None
    match = _FULL.fullmatch(text.translate(_CONFUSED))
    if not match or not re.search(r"[.,]\d\d$", match["body"]):
        return None
    reading = amount_in(match, convention)
    return reading and replace(reading, certainty=reading.certainty * 0.75)


def read_number(raw: str, convention: Convention) -> Reading | None:
    """The quantity or rate that ``raw`` is; a unit or a percent sign behind it is allowed."""
    if len(raw) > LONGEST:
        return None
    text = _TIMES.sub("", plain(raw), count=1) if raw[:1] in "xX×*@" else plain(raw)
    match = _NUMBER.fullmatch(text)
    if not match:
        return _mended(text, convention)
    reading = _digits(match["body"], convention)
    if reading is None:
        return None
    negative = (match["sign"] or "").strip() == "-" or bool(match["sign2"])
    if match["unit"] and match["unit"] != "%":
        reading = replace(reading, certainty=reading.certainty * 0.9)
    return _signed(reading, negative)


# The same in running text: not inside a word, a longer number, a date or a version, and
# without a tax mark that stands apart (it is a word of its own).
_SPOTTED = _AMOUNT.pattern.replace(_APART, r"[*#]|")
SPOT = re.compile(
    r"(?<![\w#\x00])(?<!\d[.,'/\-:])(?<!\w[\-/])" + _SPOTTED + r"(?![\w:]|[.,'\-/]\d)",
    re.VERBOSE | re.IGNORECASE,
)
# An amount glued to the word before it by OCR: "TOTAL9.00".
GLUED = re.compile(
    r"(?<=[^\W\d_]{3})[:.]?(?P<amount>-?(?:RM|EUR|[€$£])?\d{1,3}(?:[.,]?\d{3})*[.,]\d{2})(?![\w.,:/\-])"
)
