"""Pages as text for a model: printed lines in reading order, with their layout.

Two spaces part the segments of a line and a blank line parts pages, as near to the look
of the page as text can be for few tokens.  The text is data: what looks like a mark is
written otherwise, control characters are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.reading.candidates import Scene
from app.reading.layout import Segment
from app.reading.model.formats import mark_text
from app.reading.model.hidden import Place
from app.reading.model.marks import Mark, escaped

_BETWEEN_SEGMENTS = "  "
_BETWEEN_PAGES = "\n\n"


def text_of(
    scene: Scene, marks: Sequence[Mark] = (), hidden: frozenset[Place] = frozenset()
) -> str:
    """The text of a scene's pages with the marks in their places and without what is hidden."""
    places: dict[int, dict[int, str]] = {}
    for number, mark in enumerate(marks, 1):
        places.setdefault(mark.line, {})[mark.word] = mark_text(number, len(marks))
    by_page: dict[int, list[str]] = {page.number: [] for page in scene.pages}
    for line in scene.lines:
        segments = [s for s in line.segments if (line.index, s.start) not in hidden]
        if segments:
            by_page[line.page].append(_line(segments, places.get(line.index, {})))
    return _BETWEEN_PAGES.join("\n".join(lines) for lines in by_page.values() if lines)


def _line(segments: Sequence[Segment], marks: Mapping[int, str]) -> str:
    return _BETWEEN_SEGMENTS.join(
        " ".join(
            marks.get(segment.start + at, "") + escaped(word.text)
            for at, word in enumerate(segment.words)
        )
        for segment in segments
    )
