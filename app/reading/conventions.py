"""How a document writes numbers, dates and money, inferred from all of its pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from app.document import Page
from app.reading.amounts import plain
from app.reading.readings import UNKNOWN, Convention

__all__ = ["UNKNOWN", "Convention", "infer"]

_COMMA = re.compile(r"(?<![\d.,])\d{1,3}(?:\.?\d{3})*,\d{2}(?![\d.,])")
_POINT = re.compile(r"(?<![\d.,])\d{1,3}(?:,?\d{3})*\.\d{2}(?![\d.,/\-])")


def infer(pages: Sequence[Page]) -> Convention:
    """The convention of the document that these pages are."""
    votes: Counter[str] = Counter()
    for page in pages:
        for word in page.words:
            text = plain(word.text)
            votes[","] += len(_COMMA.findall(text))
            votes["."] += len(_POINT.findall(text))
    decimal = ""
    if votes[","] != votes["."]:
        decimal = max(votes, key=lambda mark: votes[mark])
    return Convention(decimal=decimal)
