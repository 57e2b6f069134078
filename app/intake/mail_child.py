"""Mails to pages and attachments."""

from __future__ import annotations

from collections.abc import Iterator

from app.document import Attached
from app.errors import Code, problem
from app.intake import Carried, Opened, Part, Request, mail, outlook
from app.intake.draw_child import draw_pages
from app.intake.letter import Enclosure, Letter
from app.intake.media import IMAGES, MediaType, is_document, kind_of
from app.intake.unpacked import Unpacked

_SMALLEST_INLINE = 40_000  # bytes; below this a picture in the text is a logo or an icon


def read_mail(request: Request) -> Iterator[Part]:
    """The mail's text as pages, unless it is only a note that goes with its files, and those
    files that are documents as ``Attached``.

    Raises ``ProblemError``: ``DAMAGED``, ``TOO_LARGE``, or ``NO_PAGES`` for an empty mail.
    """
    letter = _letter(request)
    enclosures = [enclosure for enclosure in letter.enclosures if _is_worth(enclosure)]
    drawn = letter.body and (letter.is_document or not enclosures)
    pages = draw_pages(letter.blocks, request.work, request.images) if drawn else ()
    if not pages and not enclosures:
        raise problem(Code.NO_PAGES, request.name)
    yield Opened(request.media_type, len(pages))
    yield from pages
    yield from _unpack(request, enclosures)
    yield Carried(subject=letter.subject[:300])


def _letter(request: Request) -> Letter:
    if request.path.stat().st_size > mail.MAX_BYTES:
        raise problem(Code.TOO_LARGE, request.name)
    try:
        if request.media_type == MediaType.MSG:
            return outlook.letter_of(request.path)
        return mail.letter_of(request.path)
    except (*mail.BROKEN, *outlook.BROKEN) as error:
        raise problem(Code.DAMAGED, request.name) from error


def _is_worth(enclosure: Enclosure) -> bool:
    kind = kind_of(enclosure.data[:65_536], enclosure.name)
    if kind in IMAGES and enclosure.inline:
        return len(enclosure.data) >= _SMALLEST_INLINE
    return is_document(kind) or kind is MediaType.OFFICE


def _unpack(request: Request, enclosures: list[Enclosure]) -> Iterator[Attached]:
    unpacked = Unpacked(request.work, request.name)
    for enclosure in enclosures:
        path = unpacked.new_path()
        unpacked.grow(len(enclosure.data))
        path.write_bytes(enclosure.data)
        attached = unpacked.keep(path, enclosure.name)
        if attached is not None:
            yield attached
