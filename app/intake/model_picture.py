"""How large a page is shown to the model: from the size of its print, within a budget.

The vision tower sees patches of 16 pixels and hands on one token for each 2 × 2 of them,
so a picture costs one token for every 32 × 32 pixels, and time and memory with it (on a
CPU about 50 ms a token).  What it must be large enough for is the print: a page in large
type can be shown small, a page with small print cannot, whatever its paper size.

- ``NEEDED_PRINT``: type of 12 pixels, counted from the top of an ``h`` to the foot of a
  ``g``.  A digit is then 9 pixels high and 6 wide, more than half of a patch, and a token
  stands for about a dozen characters.  A page of 10-point type on A4 is shown at
  710 × 1010 pixels before its margins go; one with 7-point small print wants twice the
  tokens, as many as the budget has.
- The print that is measured is the *small* print (of every ten words the smallest but one),
  because bank details and tax numbers stand in the footer.
- Never more than the stored picture's own pixels, except for print that is smaller than
  needed, which is enlarged to at most twice its size: that adds no detail, but the patches
  of the tower are of a fixed size, and print that is smaller than them is blurred.
- At least ``least`` tokens where the picture has the pixels: a page whose only words found
  are its large headings may hold smaller ones that were not.
- At most ``most`` tokens, always.  The sides' proportions are kept exactly: what is missing
  to a whole patch is filled with what lies around, or with paper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.document import Box, Page, WordSource

PATCH = 32
"""Pixels of each side that become one token: patches of 16, merged 2 × 2."""

NEEDED_PRINT = 12.0
MOST_ENLARGED = 2.0
_FEWEST = 8  # tokens; the projector would blow up a smaller picture by itself
_SMALL = 0.1  # of the words are smaller than what counts as the small print
_TELLING = 2  # letters and digits; a lone sign says little about the size of the type


@dataclass(frozen=True, slots=True)
class Budget:
    """The tokens that a page's picture may and should at least take."""

    least: int = 256
    most: int = 1280

    def __post_init__(self) -> None:
        if not _FEWEST <= self.least <= self.most:
            raise ValueError("a budget needs 8 ≤ least ≤ most tokens")


USUAL = Budget()


@dataclass(frozen=True, slots=True)
class Resolution:
    """The size at which a picture is shown.

    The content is ``content_width`` × ``content_height`` pixels, ``scale`` times its own
    size; ``width`` × ``height`` is that, filled up to whole patches.
    """

    width: int
    height: int
    content_width: int
    content_height: int
    scale: float

    @property
    def tokens(self) -> int:
        return (self.width // PATCH) * (self.height // PATCH)


@dataclass(frozen=True, slots=True)
class ModelPicture:
    """A page's picture as the model is shown it.

    ``path`` is the PNG, ``key`` the SHA-256 of its bytes.  ``box`` is the part of the page
    that it shows (it may reach beyond the page where it was filled up).  ``print_px`` is
    the height of the small print in it, in pixels, 0.0 where no print was found.
    """

    path: str
    key: str
    width: int
    height: int
    box: Box
    print_px: float

    @property
    def tokens(self) -> int:
        return (self.width // PATCH) * (self.height // PATCH)

    def __str__(self) -> str:
        return (
            f"{self.width} × {self.height} pixels, {self.tokens} tokens, "
            f"small print of {self.print_px:.1f} pixels"
        )


@dataclass(frozen=True, slots=True)
class Ink:
    """How much of a page is printed on, and how much of that no word accounts for.

    ``printed`` is a share of the page, ``unread`` a share of the printed part (0.0 of none).
    """

    printed: float
    unread: float


def resolution_for(
    width_px: int, height_px: int, print_px: float, budget: Budget = USUAL
) -> Resolution:
    """At what size to show a picture of ``width_px`` × ``height_px``.

    ``print_px`` is the height of its small print in its own pixels, 0.0 if that is not
    known (it is then shown as it is, if the budget allows).
    Raises ``ValueError`` for a picture without pixels.
    """
    if width_px < 1 or height_px < 1:
        raise ValueError("a picture has at least one pixel")
    needed = min(MOST_ENLARGED, NEEDED_PRINT / print_px) if print_px > 0 else 1.0
    enough = math.sqrt(budget.least * PATCH * PATCH / (width_px * height_px))
    wanted = _sized(width_px, height_px, max(needed, min(1.0, enough)))
    if wanted.tokens <= budget.most:
        return wanted
    return _sized(width_px, height_px, _largest_scale(width_px, height_px, budget.most))


def _sized(width_px: int, height_px: int, scale: float) -> Resolution:
    # Rounded down by a hair's breadth, so that a scale that just fits does not grow.
    content_width = max(1, math.floor(width_px * scale + 1e-6))
    content_height = max(1, math.floor(height_px * scale + 1e-6))
    across, down = math.ceil(content_width / PATCH), math.ceil(content_height / PATCH)
    if across * down < _FEWEST:
        if width_px >= height_px:
            across = math.ceil(_FEWEST / down)
        else:
            down = math.ceil(_FEWEST / across)
    return Resolution(across * PATCH, down * PATCH, content_width, content_height, scale)


def _largest_scale(width_px: int, height_px: int, most: int) -> float:
    """The largest scale at which a picture takes no more than ``most`` tokens."""
    return max(
        min(PATCH * across / width_px, PATCH * (most // across) / height_px)
        for across in range(1, most + 1)
    )


def small_of(sizes: Sequence[float]) -> float:
    """The size that nine of ten are at least as large as; 0.0 if there are none."""
    ordered = sorted(size for size in sizes if size > 0)
    return ordered[int(_SMALL * len(ordered))] if ordered else 0.0


def is_telling(text: str) -> bool:
    """Whether a word has enough letters or digits to tell the size of its type."""
    return sum(char.isalnum() for char in text) >= _TELLING


def printed_sizes(page: Page) -> tuple[float, ...]:
    """The sizes of the type that the page's own file states, as fractions of its height.

    None for words that OCR found: the boxes that it draws around small print are up to
    half as high again as the print, so there the picture itself is measured.
    """
    if page.source not in (WordSource.TEXT, WordSource.RENDERED):
        return ()
    return tuple(word.size for word in page.words if word.size > 0 and is_telling(word.text))
