"""Numbers, money and dates as documents print them, by language and habit."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal

NARROW = "\u202f"
HARD = "\u00a0"

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro "
    "dezembro",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października "
    "listopada grudnia",
}

DATES = {
    "en": ("%d %B %Y", "%d/%m/%Y", "%d %b %Y", "%d-%b-%Y", "%d.%m.%Y"),
    "en_US": ("%B %d, %Y", "%m/%d/%Y", "%b %d, %Y", "%m/%d/%y"),
    "en_MY": ("%d/%m/%Y", "%d-%m-%Y", "%d %b %Y", "%d/%m/%y", "%Y-%m-%d"),
    "de": ("%d.%m.%Y", "%d. %B %Y", "%d.%m.%y"),
    "fr": ("%d/%m/%Y", "%d %B %Y", "%d.%m.%Y"),
    "es": ("%d/%m/%Y", "%d de %B de %Y", "%d-%m-%Y"),
    "it": ("%d/%m/%Y", "%d %B %Y", "%d.%m.%Y"),
    "nl": ("%d-%m-%Y", "%d %B %Y", "%d/%m/%Y"),
    "pt": ("%d/%m/%Y", "%d de %B de %Y", "%Y-%m-%d"),
    "pl": ("%d.%m.%Y", "%Y-%m-%d", "%d %B %Y r."),
}

SIGNS = {"EUR": "€", "GBP": "£", "USD": "$", "PLN": "zł", "CHF": "CHF", "MYR": "RM", "TWD": "NT$"}

# Decimal sign and thousands separator, the usual one first.
NUMBERS = {
    "en": ((".", ","), (".", "")),
    "de": ((",", "."), (",", ""), (",", HARD)),
    "fr": ((",", HARD), (",", NARROW), (",", "")),
    "es": ((",", "."), (",", "")),
    "it": ((",", "."), (",", "")),
    "nl": ((",", "."), (",", "")),
    "pt": ((",", "."), (",", HARD), (",", "")),
    "pl": ((",", HARD), (",", ""), (",", " ")),
}


@dataclass(frozen=True, slots=True)
class Habit:
    """How one sender writes numbers, money and dates.

    ``money`` has a place for the number (``{}``) and, if it prints one, the currency.
    """

    language: str
    decimal: str
    thousands: str
    date_pattern: str
    money: str

    def number(self, number: Decimal, places: int | None = 2) -> str:
        """``places`` decimals, or as many as the number needs for ``None``."""
        if places is None:
            text = f"{number:f}"
            text = text.rstrip("0").rstrip(".") if "." in text else text
        else:
            text = f"{number:.{places}f}"
        whole, _, part = text.lstrip("-").partition(".")
        groups = [whole[max(0, end - 3) : end] for end in range(len(whole), 0, -3)]
        grouped = self.thousands.join(reversed(groups))
        return ("-" if number < 0 else "") + grouped + (self.decimal + part if part else "")

    def amount(self, amount: Decimal) -> str:
        """Money with its currency, as in a totals block."""
        text = self.money.format(self.number(abs(amount)))
        return f"-{text}" if amount < 0 else text

    def date(self, day: dt.date) -> str:
        return date_as(day, self.date_pattern, self.language)


def date_as(day: dt.date, pattern: str, language: str) -> str:
    month = MONTHS[language].split()[day.month - 1]
    text = pattern.replace("%B", month).replace("%b", month[:3].capitalize())
    if language in ("de", "fr", "en") and "%B" in pattern:
        text = text.replace("%d", str(day.day))
    return day.strftime(text)


def usual(language: str, currency: str, country: str = "") -> Habit:
    """The most common habit of a language."""
    return _habit(language, currency, country, None)


def some(language: str, currency: str, country: str, chance: random.Random) -> Habit:
    """A habit drawn by ``chance``, common ones more often."""
    return _habit(language, currency, country, chance)


def _habit(language: str, currency: str, country: str, chance: random.Random | None) -> Habit:
    dates = DATES.get(f"{language}_{country}", DATES[language])
    numbers = NUMBERS[language]
    if country == "CH":
        numbers = ((".", "’"), (".", "'"))
    sign = SIGNS.get(currency, currency)
    if language == "en":
        moneys = (sign + "{}", sign + " {}" if currency == "MYR" else sign + "{}", "{} " + currency)
    elif currency == "CHF":
        moneys = ("CHF {}", "{} CHF")
    else:
        moneys = (
            "{}" + HARD + sign,
            "{} " + currency,
            sign + HARD + "{}",
            currency + " {}",
            "{}" + sign,
        )
    if language == "nl":
        moneys = (sign + " {}", *moneys)
    if chance is None:
        date, number, money = dates[0], numbers[0], moneys[0]
    else:
        date, number, money = (_leaning(chance, s) for s in (dates, numbers, moneys))
    return Habit(language, number[0], number[1], date, money)


def _leaning(chance: random.Random, choices: tuple) -> object:  # type: ignore[type-arg]
    weights = [1 / (place + 1) for place in range(len(choices))]
    return chance.choices(choices, weights)[0]
