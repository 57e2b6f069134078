"""The words by which the checks of an answer know what a number or a name is.

They are data: ``resources/asking/words.toml``.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from app.document_types import RESOURCES


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Folded words: numbers by word, articles that may be numbers, units, and so on."""

    numbers: dict[str, int]
    articles: dict[str, int]
    ordinals: dict[str, int]
    magnitudes: dict[str, int]
    units: dict[str, str]
    page: frozenset[str]
    line: frozenset[str]
    links: frozenset[str]
    capital_nouns: frozenset[str]


@cache
def vocabulary() -> Vocabulary:
    """All of it."""
    path = RESOURCES / "asking" / "words.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))

    def values(name: str) -> dict[str, int]:
        return {str(word): int(value) for value, words in data[name].items() for word in words}

    return Vocabulary(
        values("numbers"),
        values("articles"),
        values("ordinals"),
        values("magnitudes"),
        {str(word): str(unit) for unit, words in data["units"].items() for word in words},
        frozenset(data["places"]["page"]),
        frozenset(data["places"]["line"]),
        frozenset(data["names"]["links"]),
        frozenset(data["names"]["capital_nouns"]),
    )
