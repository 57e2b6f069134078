"""Text, picture, or both: how each page is shown to the model.

The thresholds are data (``resources/model/sight.toml``).  The reasons for the rule:

- Text is the rule.  On a CPU a page as text costs 6 to 20 seconds and a picture about a
  minute; and only words have boxes, so only what was read as words can be verified and
  pointed at.  A text layer that intake found sound *is* the page.  OCR that is sure of
  itself prints the totals, dates and numbers of a scan right on 95 of 100 pages and more.
- A photo or a scan is not shown as a picture for being one: what counts is whether its
  print was read.  OCR that is not so sure is shown together with the picture: the words
  say what stands where, the picture settles how it is spelt.  OCR that is mostly doubtful
  would mislead: then the picture alone is shown.
- Handwriting and stamps are what OCR leaves out.  They show as print outside of all
  words; where that is most of the page's print, the picture goes along.
- A page wider than high that came through OCR is most likely a screenshot, whose boxes,
  tabs and columns have no single order of reading; the words go with the picture.
- A page drawn by this program (mail text, an XML invoice) has nothing that is not text.
- A user who asks for a second look with the picture gets it, together with the text unless
  that is mostly doubtful.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

import msgspec

from app.document import Page, WordSource
from app.document_types import RESOURCES
from app.intake.model_picture import Ink


class Show(Enum):
    """What of a page the model is given."""

    TEXT = "text"
    PICTURE = "picture"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Sight:
    """How a page is shown, and why, in plain words for the log."""

    show: Show
    reason: str

    @property
    def text(self) -> bool:
        return self.show is not Show.PICTURE

    @property
    def picture(self) -> bool:
        return self.show is not Show.TEXT


@dataclass(frozen=True, slots=True)
class Certainty:
    """How sure OCR has to be of a page, each from 0 to 1 and weighed by characters."""

    middle: float
    lower_quarter: float
    doubtful: float


@dataclass(frozen=True, slots=True)
class Rule:
    """The thresholds, see ``sight.toml``."""

    few_words: int
    inked: float
    unread: float
    wide: float
    doubtful_word: float
    sure: Certainty
    legible: Certainty


def read_rule(path: Path) -> Rule:
    """The thresholds of a file; raises ``ValueError`` for one that is not as it should be."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Rule)
    except msgspec.ValidationError as error:
        raise ValueError(f"{path.name}: {error}") from error


@cache
def usual_rule() -> Rule:
    """The thresholds that come with the program."""
    return read_rule(RESOURCES / "model" / "sight.toml")


def sight_of(
    page: Page, ink: Ink | None = None, *, second_look: bool = False, rule: Rule | None = None
) -> Sight:
    """How to show a page to a model that can see.

    ``ink`` is what ``ink_of`` (``app.intake.model_picture_child``) measured on the page's
    picture; without it handwriting and stamps go unnoticed.  ``second_look`` is the user's
    wish for the picture.
    """
    rule = rule or usual_rule()
    if not page.image:
        return Sight(Show.TEXT, "there is no picture of the page")
    if not page.words:
        if ink is not None and ink.printed == 0.0:
            return Sight(Show.TEXT, "the page is blank")
        return Sight(Show.PICTURE, "no words were read")
    certainty = _certainty_of(page, rule)
    if not _reaches(certainty, rule.legible):
        return Sight(Show.PICTURE, "most of what was read is doubtful")
    if second_look:
        return Sight(Show.BOTH, "a second look with the picture was asked for")
    if page.source is WordSource.RENDERED:
        return Sight(Show.TEXT, "the page is drawn from text")
    has_unread = ink is not None and ink.printed >= rule.inked and ink.unread >= rule.unread
    if has_unread and len(page.words) < rule.few_words:
        return Sight(Show.BOTH, "there are few words on a page full of print")
    if page.source is WordSource.TEXT:
        return Sight(Show.TEXT, "the text layer is sound")
    if has_unread:
        return Sight(Show.BOTH, "most of the print was not read as words")
    if not _reaches(certainty, rule.sure):
        return Sight(Show.BOTH, "some of what was read is doubtful")
    if page.width >= rule.wide * page.height:
        return Sight(Show.BOTH, "the page looks like a screen")
    return Sight(Show.TEXT, "the words were read with certainty")


def _reaches(certainty: Certainty, wanted: Certainty) -> bool:
    return (
        certainty.middle >= wanted.middle
        and certainty.lower_quarter >= wanted.lower_quarter
        and certainty.doubtful <= wanted.doubtful
    )


def _certainty_of(page: Page, rule: Rule) -> Certainty:
    """How sure the words of a page are; it has at least one."""
    words = sorted((word.confidence, max(1, len(word.text))) for word in page.words)
    characters = sum(count for _, count in words)

    def at(share: float) -> float:
        passed = 0
        for confidence, count in words:
            passed += count
            if passed > share * characters:
                return confidence
        return words[-1][0]

    doubtful = sum(count for confidence, count in words if confidence < rule.doubtful_word)
    return Certainty(at(0.5), at(0.25), doubtful / characters)
