"""How a document writes numbers, dates and money, inferred from all of its pages.

Evidence comes first (separators that can only be decimal, a 25 that can only be a day,
printed currency codes); what it leaves open is settled by the country, then by the
language; what they leave open stays open.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from app.document import Page
from app.reading.amounts import plain
from app.reading.countries import ENOUGH, customs, scores
from app.reading.currencies import COMMON_CODES, DOLLARS, WEAK, currency_of, is_mark
from app.reading.dates import DAY_MONTH, MONTH_DAY, YEAR_LAST, fold, month_of
from app.reading.labels import common_words
from app.reading.readings import UNKNOWN, Convention

__all__ = ["UNKNOWN", "Convention", "infer"]

_MOST_WORDS = 12_000  # of a long document its beginning and its end are looked at
_MOST_LANGUAGES = 3
_LEAST = 1.5  # words (shared ones in part) that name a language

_SURE_COMMA = re.compile(r"(?<![\d.,])\d{1,3}(?:[.' ]\d{3})+,\d{1,2}(?![\d.,])")
_SURE_POINT = re.compile(
    r"(?<![\d.,])\d{1,3}(?:[,' ]\d{2,3})+\.\d{1,2}(?![\d.,])"
    r"|(?<![\d.,])\d{1,3}(?:,\d{3}){2,}(?![\d.,])"
)
_COMMA = re.compile(r"(?<![\d.,/\-])\d+,\d{2}(?![\d.,:/])")
_POINT = re.compile(r"(?<![\d.,/\-])\d+\.\d{2}(?![\d.,:/\-]|\.\S)")
_MONEY = re.compile(
    r"^[(\-+]*(?P<before>[^\d\s.,()+\-]{1,4})?[-:]?\d[\d.,' ]*[-]?"
    r"(?P<behind>[^\d\s.,()+\-:/%]{1,4})?[)\-.]*$"
)

# Languages of (nearly) one currency; the others need a country.
_BY_LANGUAGE = {
    "de": ("EUR", 0.5),
    "it": ("EUR", 0.6),
    "nl": ("EUR", 0.6),
    "fi": ("EUR", 0.7),
    "pl": ("PLN", 0.7),
    "cs": ("CZK", 0.7),
    "hu": ("HUF", 0.7),
    "sv": ("SEK", 0.6),
    "da": ("DKK", 0.7),
    "nb": ("NOK", 0.7),
    "ro": ("RON", 0.6),
}
# Languages told by their script: its first and last letter.
_SCRIPTS = (
    ("ru", "\u0400", "\u04ff"),
    ("el", "\u0370", "\u03ff"),
    ("ko", "\uac00", "\ud7af"),
    ("th", "\u0e00", "\u0e7f"),
)
_COMMA_LANGUAGES = frozenset(
    [
        "de",
        "fr",
        "it",
        "es",
        "pt",
        "nl",
        "pl",
        "cs",
        "sk",
        "sv",
        "da",
        "nb",
        "fi",
        "ro",
        "hu",
        "tr",
        "hr",
        "sl",
    ]
)


def infer(pages: Sequence[Page]) -> Convention:
    """The convention of the document that these pages are."""
    words = [word.text for page in pages for word in page.words]
    if len(words) > _MOST_WORDS:
        words = words[: _MOST_WORDS * 2 // 3] + words[-_MOST_WORDS // 3 :]
    texts = [plain(word) for word in words]
    joined = " ".join(texts)
    languages = _languages(texts, joined)
    by_country = scores(texts)
    convention = Convention(languages=languages, country=_country(by_country, languages))
    currency, certainty = _currency(texts, convention)
    convention = replace(convention, currency=currency, currency_certainty=certainty)
    if not convention.country and certainty >= 0.9:
        likely = [c for c in by_country if customs(c).currency == currency]
        if likely:
            best = max(likely, key=lambda country: by_country[country])
            convention = replace(convention, country=best)
    return replace(
        convention,
        decimal=_decimal(joined, convention),
        day_first=_day_first(joined, convention),
    )


def _languages(texts: Sequence[str], joined: str) -> tuple[str, ...]:
    """The languages of the text, best first."""
    tally: defaultdict[str, float] = defaultdict(float)
    common = common_words()
    for text in texts:
        for token in re.split(r"[^\w]+", fold(text)):
            languages = common.get(token)
            if languages:
                for language in languages:
                    tally[language] += 1.0 / len(languages)
    han = sum("\u4e00" <= c <= "\u9fff" for c in joined)
    kana = sum("\u3040" <= c <= "\u30ff" for c in joined)
    if kana > 5:
        tally["ja"] += (kana + han) / 3
    elif han > 5:
        tally["zh"] += han / 3
    for language, first, last in (
        ("ru", "\u0400", "\u04ff"),
        ("el", "\u0370", "\u03ff"),
        ("ko", "\uac00", "\ud7af"),
        ("th", "\u0e00", "\u0e7f"),
    ):
        letters = sum(first <= c <= last for c in joined)
        if letters > 10:
            tally[language] += letters / 4
    ranked = sorted(tally, key=lambda language: -tally[language])[:_MOST_LANGUAGES]
    if not ranked or tally[ranked[0]] < _LEAST:
        return ()
    least = max(2 * _LEAST, tally[ranked[0]] / 4)
    return (ranked[0], *(language for language in ranked[1:] if tally[language] >= least))


_AT_HOME = 1.6  # a country weighs more where the text is in its language
_AHEAD = 1.25  # how far the first country must be ahead of the second
_HOMES = {
    "de": ("DE", "AT", "CH"), "fr": ("FR", "BE", "CH", "CA", "LU"), "it": ("IT", "CH"),
    "es": ("ES", "MX", "AR", "CL", "CO", "PE"), "nl": ("NL", "BE"), "pt": ("PT", "BR"),
    "pl": ("PL",), "cs": ("CZ",), "sk": ("SK",), "sv": ("SE", "FI"), "da": ("DK",), "nb": ("NO",),
    "fi": ("FI",), "ro": ("RO",), "hu": ("HU",), "zh": ("TW", "CN", "HK"), "ja": ("JP",),
}  # fmt: skip


def _country(tally: dict[str, float], languages: Sequence[str]) -> str:
    """The country that the evidence names, "" where it names none or several alike."""
    homes = _HOMES.get(languages[0], ()) if languages else ()
    weighed = {c: n * (_AT_HOME if c in homes else 1.0) for c, n in tally.items()}
    ranked = sorted(weighed, key=lambda country: -weighed[country])
    if not ranked or weighed[ranked[0]] < ENOUGH:
        return ""
    if len(ranked) > 1 and weighed[ranked[0]] < _AHEAD * weighed[ranked[1]]:
        return ""
    return ranked[0]


def _currency(texts: Sequence[str], convention: Convention) -> tuple[str, float]:
    """The document's currency and how surely it is that one."""
    marks = _marks(texts)
    home = customs(convention.country).currency if convention.country else ""
    votes: Counter[str] = Counter()
    sure: dict[str, float] = {}
    for mark, count in marks.items():
        code, certainty = currency_of(mark, replace(convention, currency=home))
        if not code or (mark in WEAK and code != home):
            continue
        votes[code] += count
        sure[code] = max(sure.get(code, 0.0), certainty)
    if marks["$"] and not convention.country:
        # without a country a bare "$" means what a printed code of a dollar says
        vague, _ = currency_of("$", convention)
        exact = [code for code in votes if code in DOLLARS and code != vague and sure[code] == 1.0]
        if vague and exact and sure.get(vague, 1.0) < 1.0:
            best = max(exact, key=lambda code: votes[code])
            votes[best] += votes.pop(vague)
    if votes:
        return _leading(votes, sure, home)
    if home:
        return home, 0.75
    if convention.language in _BY_LANGUAGE and not convention.country:
        return _BY_LANGUAGE[convention.language]
    return "", 0.0


def _marks(texts: Sequence[str]) -> Counter[str]:
    """How often each mark of a currency is printed, more for those beside a number."""
    marks: Counter[str] = Counter()
    for index, text in enumerate(texts):
        bare = text.strip("()[]:;,").casefold()
        if is_mark(bare):
            beside = any(
                0 <= near < len(texts) and any(c.isdigit() for c in texts[near])
                for near in (index - 1, index + 1)
            )
            code = bare.upper() in COMMON_CODES and text.strip("()[]:;,.").isupper()
            if beside or (text.startswith("(") and text.endswith(")")):
                marks[bare] += 3 if code else 2
            elif code or not bare.isalpha():
                marks[bare] += 1
        elif any(c.isdigit() for c in text):
            money = _MONEY.match(text)
            for mark in (money["before"], money["behind"]) if money else ():
                if mark and is_mark(mark.casefold().strip(":")):
                    marks[mark.casefold().strip(":")] += 2
        elif bare and bare[-1] in "€$£¥":
            marks[bare[-1]] += 1
    return marks


def _leading(votes: Counter[str], sure: dict[str, float], home: str) -> tuple[str, float]:
    """The currency with most votes; a rival takes from its certainty."""
    ranked = votes.most_common(2)
    code, count = ranked[0]
    if len(ranked) == 1:
        return code, sure[code]
    rival, against = ranked[1]
    if against == count and rival == home:
        code = rival
    return code, sure[code] * (0.5 + 0.5 * (count - against) / count)


def _decimal(joined: str, convention: Convention) -> str:
    """The decimal sign, "" where nothing settles it."""
    comma = 5 * len(_SURE_COMMA.findall(joined)) + len(_COMMA.findall(joined))
    point = 5 * len(_SURE_POINT.findall(joined)) + len(_POINT.findall(joined))
    if comma or point:
        if comma >= 2 * point:
            return ","
        if point >= 2 * comma:
            return "."
    usual = customs(convention.country).decimal if convention.country else ""
    if usual:
        return usual
    if comma != point:
        return "," if comma > point else "."
    if convention.language in _COMMA_LANGUAGES:
        return ","
    return "." if convention.language in ("en", "zh", "ja", "ko", "th") else ""


def _day_first(joined: str, convention: Convention) -> bool | None:
    """Whether the day comes before the month in figures; ``None`` where it cannot be settled."""
    day = month = 0
    for match in YEAR_LAST.finditer(joined):
        if "," in (match["s"], match["t"]):
            continue  # "1,23,456.00" is an amount in lakhs
        first, second = int(match["a"]), int(match["b"])
        if first > 31 or second > 31:
            continue
        if first > 12 >= second:
            day += 1
        elif second > 12 >= first:
            month += 1
    if day >= 2 * month and day:
        return True
    if month >= 2 * day and month:
        return False
    if convention.country:
        usual = customs(convention.country).day_first
        if usual is not None or convention.country == "CA":
            return usual
    if convention.currency and convention.currency_certainty >= 0.7:
        if convention.currency == "USD":
            return convention.language not in ("en", "")
        if convention.currency != "CAD":
            return True
    if convention.language and convention.language != "en":
        return True
    if convention.language == "en":
        written = sum(1 for m in MONTH_DAY.finditer(joined) if month_of(m["month"], convention))
        other = sum(1 for m in DAY_MONTH.finditer(joined) if month_of(m["month"], convention))
        if written and not other:
            return False
        if other and not written:
            return True
    return None
