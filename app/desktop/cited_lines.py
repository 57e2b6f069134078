"""Where the lines that an answer cites stand on their page."""

from __future__ import annotations

from collections.abc import Sequence

from app.asking.lines import line_boxes
from app.asking.messages import Citation
from app.document import Box, union_of
from app.library import Library

_GAP = 0.03  # of the page's width, between words that are marked in one stroke


def cited_lines(library: Library, citation: Citation) -> tuple[Box, ...]:
    """The strokes of a text marker over the lines of a citation.

    None for lines that are not there: the document may have been read anew since.  Raises
    ``KeyError`` if the document is gone.
    """
    page = library.page(citation.document_id, citation.page)
    if page is None:
        return ()
    return strokes(line_boxes(page, citation.first_line, citation.last_line))


def strokes(words: Sequence[Box]) -> tuple[Box, ...]:
    """Boxes of words, those beside each other on a line made one."""
    made: list[Box] = []
    for box in words:
        before = made[-1] if made else None
        if (
            before is not None
            and before.y0 < box.middle[1] < before.y1
            and 0 <= box.x0 - before.x1 + _GAP <= 2 * _GAP
        ):
            made[-1] = union_of([before, box])
        else:
            made.append(box)
    return tuple(made)
