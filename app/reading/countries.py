"""In which country a document was made, and what follows from that by custom.

The tell-tale wordings are data (``resources/countries.toml``); currencies, decimal
signs and the order of day and month come from CLDR through Babel.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.numbers import get_territory_currencies

from app.document_types import RESOURCES
from app.reading.dates import fold
from app.reading.identifiers import read_iban, read_vat_id
from app.reading.readings import UNKNOWN

_STRONG, _WEAK, _NUMBER, _PHONE, _DOMAIN, _POSTCODE = 3.0, 1.0, 5.0, 3.0, 3.0, 3.0
_MOST = 2  # how often one wording counts
ENOUGH = 3.0  # the least score that names a country

_FIRST_UNSPACED = "\u0e00"  # Thai, and behind it the scripts of East Asia
_TOKEN = re.compile(r"[^\W_]+")
_IBAN = re.compile(
    r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Z0-9])"
)
_VAT = re.compile(
    r"(?<![A-Z0-9])(?:(?:ATU|BE ?0|CHE|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV"
    r"|NL|NO|PL|PT|RO|SE|SI|SK)[ .-]?[A-Z0-9](?:[ .-]?\d){6,12}(?:B\d\d)?)(?![A-Z0-9])"
)
_PHONE_NUMBER = re.compile(r"(?:\+|(?<!\d)00)\s?\(?(\d{1,3})\)?(?=[\s().\-/\d]{5})")
_DOMAIN_NAME = re.compile(r"(?:@|www\.|https?://)[\w.\-]*\.([a-z]{2})(?![a-z.\w])", re.IGNORECASE)
_POSTCODES = {
    "US": re.compile(
        r"\b(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA"
        r"|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]),? \d{5}(?:-\d{4})?\b"
    ),
    "GB": re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b"),
    "CA": re.compile(r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d\b"),
    "AU": re.compile(r"\b(?:NSW|VIC|QLD|TAS|ACT)\.?,? \d{4}\b"),
    "NL": re.compile(r"\b(?!19|20)[1-9]\d{3} ?[A-Z]{2},? [A-Z]['\w]{2}"),
    "DE": re.compile(r"\bD[-–] ?\d{5}\b"),
    "AT": re.compile(r"\bA[-–] ?\d{4}\b"),
    "CH": re.compile(r"\bCH[-–] ?\d{4}\b"),
    "FR": re.compile(r"\bF[-–] ?\d{5}\b"),
    "PT": re.compile(r"\b\d{4}-\d{3} [A-Z]"),
    "PL": re.compile(r"\b\d{2}-\d{3} [A-ZŁŚŻ]"),
    "SG": re.compile(r"(?i:\bsingapore) \(?\d{6}\b"),
    "IT": re.compile(r"\b\d{5} [A-Z][\w' ]{2,25}\(?[A-Z]{2}\)"),
    "SE": re.compile(r"\bSE?-\d{3} ?\d{2}\b"),
    "DK": re.compile(r"\bDK-\d{4}\b"),
}
_OF_DOMAIN = {"UK": "GB", "EU": "", "TV": "", "IO": "", "CO": "", "ME": "", "AI": "", "CC": ""}
_OF_PREFIX = {"EL": "GR", "XI": "GB"}


@dataclass(frozen=True, slots=True)
class Customs:
    """What is usual in a country: its currency, decimal sign, and whether the day comes first."""

    currency: str
    decimal: str
    day_first: bool | None


@dataclass(frozen=True, slots=True)
class _Wordings:
    """Country and weight by wording (a tuple of tokens), found by its first token.

    ``unspaced`` are wordings in scripts that put no spaces between words.
    """

    by_first: dict[str, tuple[tuple[tuple[str, ...], str, float], ...]]
    unspaced: tuple[tuple[str, str, float], ...]
    phones: dict[str, str]


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(fold(text))


@cache
def _wordings() -> _Wordings:
    data = tomllib.loads((RESOURCES / "countries.toml").read_text(encoding="utf-8"))
    found: dict[str, list[tuple[tuple[str, ...], str, float]]] = {}
    unspaced: list[tuple[str, str, float]] = []
    phones: dict[str, str] = {}
    for country, entry in data.items():
        phones.setdefault(entry["phone"], country)
        for weight, words in ((_STRONG, entry["strong"]), (_WEAK, entry["weak"])):
            for wording in words:
                if wording[0] >= _FIRST_UNSPACED:
                    unspaced.append((wording, country, weight))
                    continue
                tokens = tuple(_tokens(wording))
                if tokens:
                    found.setdefault(tokens[0], []).append((tokens, country, weight))
    by_first = {first: tuple(rest) for first, rest in found.items()}
    return _Wordings(by_first, tuple(unspaced), phones)


@cache
def customs(country: str) -> Customs:
    """What is usual in ``country`` by CLDR; empty values where it is not known."""
    try:
        locale = Locale.parse(f"und_{country}")
    except (UnknownLocaleError, ValueError):
        return Customs("", "", None)
    currencies = get_territory_currencies(country)
    decimal = str(locale.number_symbols["latn"]["decimal"])
    pattern = str(locale.date_formats["short"].pattern)
    day_first: bool | None = pattern.find("d") < pattern.find("M")
    if country == "CA":
        day_first = None  # both orders are in use
    elif country in ("ZA", "CN", "JP", "KR", "TW", "HU", "LT", "SE") or pattern.startswith("y"):
        day_first = True  # the year comes first; where it does not, the day does
    if country in ("ZA", "MX", "CH"):
        decimal = "."
    return Customs(
        str(currencies[-1]) if currencies else "", decimal if decimal in ".," else "", day_first
    )


def scores(texts: Sequence[str]) -> dict[str, float]:
    """How much speaks for each country, in the texts of a document's words."""
    wordings = _wordings()
    tally: defaultdict[str, float] = defaultdict(float)
    joined = " ".join(texts)
    tokens = _tokens(joined)
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    for index, token in enumerate(tokens):
        for wording, country, weight in wordings.by_first.get(token, ()):
            if len(wording) > 1 and tuple(tokens[index : index + len(wording)]) != wording:
                continue
            seen[wording, country] += 1
            if seen[wording, country] <= _MOST:
                tally[country] += weight
    for text, country, weight in wordings.unspaced if not joined.isascii() else ():
        tally[country] += weight * min(_MOST, joined.count(text))
    for match in _IBAN.finditer(joined):
        number = read_iban(match[0], UNKNOWN)
        if number and number.certainty > 0.9:
            tally[number.value[:2]] += _NUMBER
    for match in _VAT.finditer(joined):
        number = read_vat_id(match[0], UNKNOWN)
        if number and number.certainty > 0.9:
            prefix = number.value[:2]
            tally[_OF_PREFIX.get(prefix, prefix)] += _NUMBER
    for match in _PHONE_NUMBER.finditer(joined):
        for width in (3, 2, 1):
            country = wordings.phones.get(match[1][:width], "")
            if country and len(match[1]) >= width:
                if country != "US":
                    tally[country] += _PHONE
                break
    for domain in {match[0].casefold() for match in _DOMAIN_NAME.finditer(joined)}:
        suffix = domain[-2:].upper()
        country = _OF_DOMAIN.get(suffix, suffix)
        if country:
            tally[country] += _DOMAIN
    for country, pattern in _POSTCODES.items():
        tally[country] += _POSTCODE * min(_MOST, len(pattern.findall(joined)))
    return {country: score for country, score in tally.items() if score}
