"""How each page of a document is shown to the model, with the pictures made for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from app.document import Document, Page, Record
from app.engine.messages import PicturePart
from app.errors import ProblemError
from app.intake.model_picture_child import ink_of, prepare
from app.reading.messages import PrepareQuestions, ShownPage, ShowPages
from app.reading.model.question import Showing, pages_of
from app.reading.model.sight import sight_of

_FRONT, _BACK = 6, 2
"""Pages of one record that may be shown as pictures; each costs as much as two of text."""

_log = logging.getLogger(__name__)


def showings_of(request: PrepareQuestions, records: Sequence[Record]) -> dict[int, Showing]:
    """By page number, how it is shown; pages that are not named go as text.

    Writes the pictures into the request's folder ``work``.
    """
    if not request.sees:
        return {}
    found: dict[int, Showing] = {}
    for record in records:
        for page in _outer(request.document, record):
            shown = _showing(page, request.pictures, request.work, second_look=request.second_look)
            if shown is not None:
                found[page.number] = shown
    return found


def shown_pages(request: ShowPages) -> tuple[ShownPage, ...]:
    """The first pages that need a picture; writes the pictures into the request's ``work``."""
    found: list[ShownPage] = []
    for page in request.document.pages:
        if len(found) == request.most:
            break
        shown = _showing(page, request.pictures, request.work)
        if shown is not None and shown.picture is not None:
            found.append(ShownPage(page.number, shown.picture, shown.tokens, shown.text))
    return tuple(found)


def _outer(document: Document, record: Record) -> list[Page]:
    pages = pages_of(document, record)
    return pages if len(pages) <= _FRONT + _BACK else [*pages[:_FRONT], *pages[-_BACK:]]


def _showing(page: Page, pictures: str, work: str, *, second_look: bool = False) -> Showing | None:
    if not page.image:
        return None
    picture = Path(pictures) / page.image
    try:
        sight = sight_of(page, ink_of(picture, page), second_look=second_look)
        _log.info("page %d goes to the model as %s: %s", page.number, sight.show, sight.reason)
        if not sight.picture:
            return None
        made = prepare(picture, page, Path(work))
    except ProblemError as error:
        # The words are there all the same; a stored picture that is damaged hides nothing.
        _log.warning("page %d has no picture for the model: %s", page.number, error.problem.code)
        return None
    return Showing(sight.text, PicturePart(made.path, made.key), made.tokens)
