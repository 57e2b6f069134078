"""Currencies as they are printed: codes, symbols and abbreviations."""

from __future__ import annotations

import re
from functools import cache

from babel.numbers import list_currencies

from app.reading.readings import Convention

# What is printed for exactly one currency.  CLDR's own symbols are left out on purpose:
# many of them are shared ("kr", "$", "£" in Egypt) and would settle what is not settled.
_CERTAIN = {
    "€": "EUR",
    "eur": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "us$": "USD",
    "usd$": "USD",
    "$us": "USD",
    "$ca": "CAD",
    "$au": "AUD",
    "$nz": "NZD",
    "$sg": "SGD",
    "$hk": "HKD",
    "£gb": "GBP",
    "a$": "AUD",
    "au$": "AUD",
    "aud$": "AUD",
    "c$": "CAD",
    "ca$": "CAD",
    "cad$": "CAD",
    "nz$": "NZD",
    "s$": "SGD",
    "sg$": "SGD",
    "sgd$": "SGD",
    "hk$": "HKD",
    "nt$": "TWD",
    "ntd": "TWD",
    "nt": "TWD",
    "mx$": "MXN",
    "r$": "BRL",
    "rm": "MYR",
    "myr": "MYR",
    "rmb": "CNY",
    "zł": "PLN",
    "zl": "PLN",
    "kč": "CZK",
    "kc": "CZK",
    "ft": "HUF",
    "sfr": "CHF",
    "sfr.": "CHF",
    "fr.": "CHF",
    "₹": "INR",
    "₽": "RUB",
    "₴": "UAH",
    "грн": "UAH",
    "грн.": "UAH",
    "руб": "RUB",
    "руб.": "RUB",
    "лв": "BGN",
    "лв.": "BGN",
    "₺": "TRY",
    "tl": "TRY",
    "฿": "THB",
    "bht": "THB",
    "₩": "KRW",
    "₫": "VND",
    "₱": "PHP",
    "₦": "NGN",
    "₪": "ILS",
    "rp": "IDR",
    "rp.": "IDR",
    "lei": "RON",
    "元": "TWD",
    "圓": "TWD",
    "円": "JPY",
    "dkr": "DKK",
    "skr": "SEK",
    "nkr": "NOK",
    "stg": "GBP",
}

# Printed for several currencies: the country, or else the language, decides.
_SHARED: dict[str, dict[str, str]] = {
    "$": {
        "US": "USD",
        "CA": "CAD",
        "AU": "AUD",
        "NZ": "NZD",
        "SG": "SGD",
        "HK": "HKD",
        "TW": "TWD",
        "MX": "MXN",
        "CL": "CLP",
        "CO": "COP",
        "AR": "ARS",
        "UY": "UYU",
        "PR": "USD",
        "EC": "USD",
        "SV": "USD",
        "PA": "USD",
        "BM": "BMD",
        "JM": "JMD",
        "FJ": "FJD",
        "BR": "BRL",
    },
    "£": {"GB": "GBP", "EG": "EGP", "LB": "LBP", "GI": "GIP", "IM": "GBP", "JE": "GBP"},
    "¥": {"JP": "JPY", "CN": "CNY"},
    "kr": {"SE": "SEK", "DK": "DKK", "NO": "NOK", "IS": "ISK", "GL": "DKK", "FO": "DKK"},
    "rs": {"IN": "INR", "PK": "PKR", "LK": "LKR", "NP": "NPR", "MU": "MUR"},
    "fr": {"CH": "CHF", "LI": "CHF"},
    "р": {"RU": "RUB"},
    "r": {"ZA": "ZAR"},
    "din": {"RS": "RSD"},
}
_SHARED["kr."] = _SHARED["kr"]
_SHARED["rs."] = _SHARED["rs"]
_SHARED["r."] = _SHARED["r"]
_SHARED["￥"] = _SHARED["¥"]

# Without a country, what the language says about a shared sign, and how surely.
_BY_LANGUAGE: dict[str, dict[str, tuple[str, float]]] = {
    "$": {"en": ("USD", 0.75), "es": ("MXN", 0.3), "fr": ("CAD", 0.5), "zh": ("TWD", 0.8)},
    "£": {"en": ("GBP", 0.97), "": ("GBP", 0.9)},
    "¥": {"ja": ("JPY", 0.95), "zh": ("CNY", 0.8)},
    "kr": {"sv": ("SEK", 0.95), "da": ("DKK", 0.95), "nb": ("NOK", 0.95), "is": ("ISK", 0.95)},
    "kr.": {"sv": ("SEK", 0.9), "da": ("DKK", 0.95), "nb": ("NOK", 0.9), "is": ("ISK", 0.95)},
    "rs": {"en": ("INR", 0.8), "": ("INR", 0.7)},
    "rs.": {"en": ("INR", 0.8), "": ("INR", 0.7)},
    "fr": {"de": ("CHF", 0.9)},
}

# Letters that are words or tax marks as often as a currency: only beside a number.
WEAK = frozenset(
    (
        *("r", "r.", "p", "р", "nt", "ft", "tl", "fr", "din", "stg", "kc", "rp", "rp."),
        *(
            "bhd",
            "pen",
            "try",
            "cop",
            "mad",
            "sar",
            "rub",
            "ron",
            "bam",
            "ils",
            "amd",
            "php",
            "ars",
        ),
    )
)

_SIGNS = "€$£¥￥₹₽₴₺฿₩₫₱₦₪"


@cache
def codes() -> frozenset[str]:
    """Every ISO 4217 code that is or was in use, in upper case."""
    return frozenset(list_currencies()) - {"XXX", "XTS", "BOB", "ALL", "TOP", "ANG"}


# Codes that a clerk meets; the rarer ones collide with words and abbreviations
# ("ALL", "TOP", "BOB", "INC" are none, "CUP", "MOP", "LAK" …) and are taken beside a number only.
COMMON_CODES = frozenset(
    [
        "EUR",
        "USD",
        "GBP",
        "CHF",
        "PLN",
        "CZK",
        "HUF",
        "SEK",
        "DKK",
        "NOK",
        "ISK",
        "RON",
        "BGN",
        "HRK",
        "RSD",
        "UAH",
        "RUB",
        "TRY",
        "MYR",
        "SGD",
        "IDR",
        "THB",
        "PHP",
        "VND",
        "TWD",
        "HKD",
        "CNY",
        "JPY",
        "KRW",
        "INR",
        "PKR",
        "LKR",
        "BDT",
        "NPR",
        "AUD",
        "NZD",
        "CAD",
        "MXN",
        "BRL",
        "ARS",
        "CLP",
        "COP",
        "PEN",
        "UYU",
        "ZAR",
        "NGN",
        "KES",
        "GHS",
        "EGP",
        "MAD",
        "TND",
        "ILS",
        "AED",
        "SAR",
        "QAR",
        "KWD",
        "BHD",
        "OMR",
        "JOD",
        "GEL",
        "KZT",
        "BAM",
        "MKD",
        "MDL",
        "AMD",
        "AZN",
    ]
)

DOLLARS = frozenset(_SHARED["$"].values())

_ALTERNATIVES = sorted(
    {*_CERTAIN, *_SHARED, *(code.casefold() for code in COMMON_CODES)}, key=len, reverse=True
)
# One currency mark; letters must not run on into other letters ("RM" in "FIRM", "kr" in "krem").
PATTERN = (
    "(?:"
    + "|".join(re.escape(mark) for mark in _ALTERNATIVES if any(c in _SIGNS for c in mark))
    + "|(?<![^\\W\\d_])(?:"
    + "|".join(re.escape(mark) for mark in _ALTERNATIVES if not any(c in _SIGNS for c in mark))
    + ")(?![^\\W\\d_]))"
)


def currency_of(mark: str, convention: Convention) -> tuple[str, float]:
    """The ISO code that a printed mark stands for, and how surely; ``("", 0.0)`` if none."""
    text = mark.strip().strip(":;()[]").strip().casefold()
    if not text:
        return "", 0.0
    if text in _CERTAIN:
        return _CERTAIN[text], 0.8 if text in WEAK else 1.0
    if text in _SHARED:
        known = _SHARED[text]
        if convention.country in known:
            return known[convention.country], 0.95
        if convention.currency in known.values():
            return convention.currency, 0.9
        guesses = _BY_LANGUAGE.get(text, {})
        for language in (*convention.languages[:1], ""):
            if language in guesses:
                return guesses[language]
        return "", 0.0
    upper = text.upper()
    if len(upper) == 3 and upper in codes():
        return upper, 1.0 if upper in COMMON_CODES else 0.6
    return "", 0.0


def is_mark(text: str) -> bool:
    """Whether a word in lower case is a currency's code, sign or abbreviation."""
    return text in _CERTAIN or text in _SHARED or text.upper() in COMMON_CODES
