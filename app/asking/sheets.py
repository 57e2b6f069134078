"""What a model is given to answer from: pages of documents as numbered lines and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from app.asking.lines import NumberedLine, numbered, page_text, shown
from app.asking.messages import Given
from app.document import Page
from app.engine.messages import Part, PicturePart, TextPart
from app.reading.conventions import infer
from app.reading.model.question import tokens_of
from app.reading.readings import Convention

_ALPHABET = "ABCDEFGHIJKLMNOQRSTUVWXYZ"  # without the P of a page
_LONGEST_NAME = 120  # characters of a file's name that are shown
_PICTURE_ALONE = "(This page is only shown as a picture: it has no lines.)\n"
_BLANK = "(Nothing is printed on this page.)\n"


@dataclass(frozen=True)
class Sheet:
    """A page as it is given: in words, as a picture, or both.

    ``picture_tokens`` is what the picture costs.
    """

    page: Page
    worded: bool = True
    picture: PicturePart | None = None
    picture_tokens: int = 0

    @cached_property
    def lines(self) -> tuple[NumberedLine, ...]:
        """Its lines, none where it is only shown."""
        return numbered(self.page) if self.worded else ()

    @property
    def text(self) -> str:
        """The page in words."""
        if self.lines:
            return page_text(self.page.number, self.lines)
        return page_text(self.page.number, ()) + (_PICTURE_ALONE if self.picture else _BLANK)

    @property
    def tokens(self) -> int:
        """About what the page costs, before its lines are put together."""
        words = self.page.words if self.worded else ()
        # A line has some six words, and its number three tokens.
        return tokens_of(" ".join(w.text for w in words)) + len(words) // 2 + self.picture_tokens


@dataclass(frozen=True)
class Paper:
    """A document, or those of its pages that are given.

    ``letter`` is what citations call it, "" where it is the only one.  ``fields`` are the
    values of its records in words.  ``pages`` is how many it has, where not all are given.
    """

    document_id: int
    name: str
    letter: str
    sheets: tuple[Sheet, ...]
    fields: str = ""
    pages: int = 0

    @cached_property
    def convention(self) -> Convention:
        """How it writes numbers and dates."""
        return infer([sheet.page for sheet in self.sheets])

    @cached_property
    def by_page(self) -> dict[int, Sheet]:
        return {sheet.page.number: sheet for sheet in self.sheets}

    @property
    def heading(self) -> str:
        """The line over its pages."""
        which = f"Document {self.letter}" if self.letter else "Document"
        some = f" ({len(self.sheets)} of its {self.pages} pages)" if self.pages else ""
        return f"{which}: {shown(self.name)[:_LONGEST_NAME]}{some}\n"

    def parts(self) -> list[Part]:
        """Its pages in order; text that stands together is one part."""
        parts: list[Part] = []
        text = self.heading
        for sheet in self.sheets:
            text += sheet.text
            if sheet.picture is not None:
                parts += [TextPart(text), sheet.picture]
                text = ""
        text += "\n"
        return [*parts, TextPart(text)]

    def given(self) -> list[Given]:
        """Its pages, for whoever shows what an answer rests on."""
        return [Given(self.document_id, self.name, sheet.page.number) for sheet in self.sheets]


def letters(count: int) -> list[str]:
    """What citations call so many documents: nothing where there is one, else A, B … AA."""
    if count == 1:
        return [""]
    return [_letter(number) for number in range(count)]


def _letter(number: int) -> str:
    first, second = divmod(number, len(_ALPHABET))
    return (_letter(first - 1) if first else "") + _ALPHABET[second]


def parts_of(papers: Sequence[Paper]) -> list[Part]:
    """All that is given, in order."""
    return [part for paper in papers for part in paper.parts()]
