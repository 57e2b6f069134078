"""Pages as text for a model: printed lines in reading order, with their layout.

Two spaces part the segments of a line and a blank line parts pages, as near to the look
of the page as text can be for few tokens.  The text is data: what looks like a mark is
written otherwise, control characters are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.document import Page
from app.reading.candidates import Scene
from app.reading.layout import Segment, lines_of, segments_of
from app.reading.model.formats import mark_text
from app.reading.model.marks import Mark, escaped

_BETWEEN_SEGMENTS = "  "
_BETWEEN_PAGES = "\n\n"


def plain_text(pages: Sequence[Page]) -> str:
    """The text of some pages."""
    return _BETWEEN_PAGES.join(
        "\n".join(
            _line([(segment, {}) for segment in segments_of(line, page)]) for line in lines_of(page)
        )
        for page in pages
    )


def marked_text(scene: Scene, marks: Sequence[Mark]) -> str:
    """The text of a scene's pages with the marks in their places."""
    places: dict[int, dict[int, str]] = {}
    for number, mark in enumerate(marks, 1):
        places.setdefault(mark.line, {})[mark.word] = mark_text(number, len(marks))
    by_page: dict[int, list[str]] = {page.number: [] for page in scene.pages}
    for line in scene.lines:
        at = places.get(line.index, {})
        by_page[line.page].append(_line([(segment, at) for segment in line.segments]))
    return _BETWEEN_PAGES.join("\n".join(lines) for lines in by_page.values())


def _line(segments: Sequence[tuple[Segment, Mapping[int, str]]]) -> str:
    return _BETWEEN_SEGMENTS.join(
        " ".join(
            marks.get(segment.start + at, "") + escaped(word.text)
            for at, word in enumerate(segment.words)
        )
        for segment, marks in segments
    )
