"""Account and tax numbers, proved by their check digits where they have them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from app.reading.amounts import plain
from app.reading.readings import Convention, Reading

# Lengths of the IBAN by country (SWIFT IBAN registry).
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BI": 27, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27,
    "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32,
    "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24,
    "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31,
    "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23,
    "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip


class _Number(Protocol):
    """What is used of a python-stdnum module."""

    def is_valid(self, number: str) -> bool: ...


@cache
def _checker(name: str) -> _Number:
    return cast(_Number, import_module(f"stdnum.{name}"))


@dataclass(frozen=True, slots=True)
class _Form:
    """How a country's VAT number looks behind its prefix, and what checks it."""

    pattern: str
    checker: str


_EU = {
    "AT": r"U\d{8}",
    "BE": r"[01]?\d{9}",
    "BG": r"\d{9,10}",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "GR": r"\d{9}",
    "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"\d{8}",
    "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"\d[A-Z0-9+*]\d{5}[A-Z]{1,2}",
    "IT": r"\d{11}",
    "LT": r"(?:\d{12}|\d{9})",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{12}",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
    "XI": r"\d{9}",
}
_PREFIXED = {
    **{country: _Form(pattern, "eu.vat") for country, pattern in _EU.items()},
    "GB": _Form(r"(?:\d{12}|\d{9}|GD\d{3}|HA\d{3})", "gb.vat"),
    "NO": _Form(r"\d{9}(?:MVA)?", "no.mva"),
    "CHE": _Form(r"\d{9}(?:MWST|TVA|IVA|HR)?", "ch.uid"),
}
# Without a prefix a number is a tax number only in its own country, or beside its label.
_NATIONAL = {
    "IT": _Form(r"\d{11}", "it.iva"),
    "PL": _Form(r"\d{10}", "pl.nip"),
    "ES": _Form(r"[A-Z]\d{7}[A-Z0-9]|[XYZ]?\d{7,8}[A-Z]", "es.nif"),
    "PT": _Form(r"\d{9}", "pt.nif"),
    "GB": _Form(r"\d{9}|\d{12}", "gb.vat"),
    "TW": _Form(r"\d{8}", "tw.ubn"),
    "AU": _Form(r"\d{11}", "au.abn"),
    "IN": _Form(r"\d{2}[A-Z]{5}\d{4}[A-Z][A-Z0-9]Z[A-Z0-9]", "in_.gstin"),
    "BE": _Form(r"0\d{9}", "be.vat"),
    "NO": _Form(r"\d{9}MVA", "no.mva"),
    "TR": _Form(r"\d{10}", "tr.vkn"),
    "RO": _Form(r"\d{2,10}", "ro.cf"),
    "NL": _Form(r"\d{9}B\d{2}", "nl.btw"),
    "BR": _Form(r"\d{14}", "br.cnpj"),
    "CZ": _Form(r"\d{8,10}", "cz.dic"),
}
_COUNTRIES = {"EL": "GR", "XI": "GB"}
_PUNCTUATION = re.compile(r"[\s.\-/:·]")
_LETTERS_FOR_DIGITS = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "S": "5", "B": "8"})


def _compact(raw: str) -> str:
    return _PUNCTUATION.sub("", plain(raw)).upper()


def read_iban(raw: str, convention: Convention) -> Reading | None:
    """The IBAN that ``raw`` is; one whose check digits fail is read with little certainty."""
    del convention
    if len(raw) > 80:
        return None
    number = re.sub(r"^I\W?BAN(?:NR|NO|N|CODE)?", "", _compact(raw))
    length = IBAN_LENGTHS.get(number[:2])
    if length is None or len(number) != length or not number.isalnum() or not number.isascii():
        return None
    tail = number[2:]
    if not tail[:2].isdigit() or sum(c.isdigit() for c in number) < length // 2:
        mended = number[:2] + tail.translate(_LETTERS_FOR_DIGITS)
        return Reading(mended, 0.85) if _checker("iban").is_valid(mended) else None
    if _checker("iban").is_valid(number):
        return Reading(number, 0.995)
    mended = number[:2] + tail.translate(_LETTERS_FOR_DIGITS)
    if mended != number and _checker("iban").is_valid(mended):
        return Reading(mended, 0.85)
    return Reading(number, 0.5)


def read_vat_id(raw: str, convention: Convention) -> Reading | None:
    """The VAT id that ``raw`` is, with the prefix that is printed (none is added)."""
    if len(raw) > 60:
        return None
    number = _compact(raw)
    if not number.isascii() or not number.isalnum() or not 8 <= len(number) <= 18:
        return None
    for width in (3, 2):
        form = _PREFIXED.get(number[:width])
        at_home = convention.country in ("", number[:2], _COUNTRIES.get(number[:2]))
        if form and re.fullmatch(form.pattern, number[width:]):
            if _checker(form.checker).is_valid(number):
                # "NO" before nine digits is more often the word than the country
                return Reading(number, 0.98 if at_home or number[:2] != "NO" else 0.4)
            return Reading(number, 0.6 if at_home else 0.4)
    for country, form in _NATIONAL.items():
        if country != convention.country and country not in ("IN",):
            continue
        if re.fullmatch(form.pattern, number):
            valid = _checker(form.checker).is_valid(number)
            return Reading(number, 0.7 if valid else 0.3)
    return None
