"""What a reader of values is told beforehand, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Convention:
    """How one document writes its numbers and dates.

    ``decimal`` is "." or ",", "" when nothing in the document settles it.
    ``day_first`` is ``None`` when it cannot be settled whether 03/04 is March or April.
    ``currency`` (ISO 4217), ``country`` (ISO 3166, two letters) and ``languages`` (best
    first) are empty when unknown.  ``currency_certainty`` is 1.0 for a printed code or a
    symbol that only one currency has, less where it follows from the country alone, and
    0.0 where there is no currency.
    """

    decimal: str = ""
    day_first: bool | None = None
    currency: str = ""
    languages: tuple[str, ...] = ()
    country: str = ""
    currency_certainty: float = 0.0

    @property
    def language(self) -> str:
        """The document's main language, "" when unknown."""
        return self.languages[0] if self.languages else ""


UNKNOWN = Convention()


@dataclass(frozen=True, slots=True)
class Reading:
    """A raw text read as a value.

    ``value`` is canonical (see ``app.document``).  ``certainty`` (0 to 1) is how sure the
    reading is, given that the raw text is such a value at all; ``ambiguous`` says that
    another value is as plausible (03/04/2026, 1.234) and nothing in the document settles
    it.  ``currency`` is the one printed with an amount, "" if there is none beside it.
    """

    value: str
    certainty: float
    ambiguous: bool = False
    currency: str = ""
