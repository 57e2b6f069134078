"""PDF files: words with boxes as shown, rulings, a picture of every page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.document import Page, WordSource
from app.errors import Code, problem
from app.intake import Carried, Opened, Part, Request
from app.intake.embedded_xml_child import embedded_invoice
from app.intake.mupdf_child import BROKEN, pymupdf
from app.intake.page_words_child import rules_of, words_of
from app.intake.picture_child import look_of, render, write_picture
from app.intake.text_layer import LARGE_IMAGE, Layer, has_ink, judge, merge

MAX_PAGES = 2_000
_SHOWN_DPI = 120
_OCR_DPI = 200
_MOST_DPI = 300
_SCANNED = 0.8  # of the page is one image: its text was written by some other OCR
_TINY = 9.0  # points; a page smaller than this shows nothing that could be read


def read_pdf(request: Request) -> Iterator[Part]:
    """Every page of a PDF, and the XML invoice that it carries.

    A page that cannot be parsed becomes an empty page with a note.  Raises
    ``ProblemError`` with ``PASSWORD_NEEDED``, ``PASSWORD_WRONG``, ``DAMAGED``,
    ``NO_PAGES`` or ``TOO_MANY_PAGES``.
    """
    document = _open(request)
    try:
        count = _page_count(document, request)
        if count < 1:
            raise problem(Code.NO_PAGES, request.name)
        if count > MAX_PAGES:
            raise problem(Code.TOO_MANY_PAGES, request.name, str(count))
        yield Opened(request.media_type, count)
        invoice = embedded_invoice(document)
        for number in range(1, count + 1):
            page = _read_page(document, number, request)
            if number == 1 and invoice.note:
                page = replace(page, notes=(*page.notes, invoice.note))
            yield page
        yield Carried(einvoice_xml=invoice.xml, subject=_title(document))
    finally:
        document.close()
        pymupdf.TOOLS.store_shrink(100)


def _open(request: Request) -> pymupdf.Document:
    try:
        document = pymupdf.open(request.path, filetype="pdf")
    except pymupdf.EmptyFileError as error:
        raise problem(Code.EMPTY, request.name) from error
    except BROKEN as error:
        raise problem(Code.DAMAGED, request.name) from error
    if document.needs_pass:
        if not request.password:
            raise problem(Code.PASSWORD_NEEDED, request.name)
        if not document.authenticate(request.password):
            raise problem(Code.PASSWORD_WRONG, request.name)
    return document


def _page_count(document: pymupdf.Document, request: Request) -> int:
    try:
        return int(document.page_count)
    except BROKEN as error:
        raise problem(Code.DAMAGED, request.name) from error


def _title(document: pymupdf.Document) -> str:
    return str((document.metadata or {}).get("title") or "").strip()[:300]


def _read_page(document: pymupdf.Document, number: int, request: Request) -> Page:
    try:
        return _read_sound_page(document.load_page(number - 1), number, request)
    except BROKEN:
        return _empty(number, 595.0, 842.0, "this page is damaged and could not be read")


def _read_sound_page(page: pymupdf.Page, number: int, request: Request) -> Page:
    words = words_of(page)
    width, height = float(page.rect.width), float(page.rect.height)
    if not (width >= _TINY and height >= _TINY and math.isfinite(width * height)):
        return _empty(number, max(width, 1.0), max(height, 1.0), "this page is too small to read")
    pixels = render(page, _SHOWN_DPI)
    if pixels is None:
        source = WordSource.TEXT if words else WordSource.NONE
        note = "this page could not be drawn"
        return Page(number, width, height, words, source, notes=(note,))
    image = _largest_image(page)
    layer = judge(words, pixels, image.share)
    sharp = None
    if layer is not Layer.SOUND or image.share >= _SCANNED:
        sharp = render(page, round(min(_MOST_DPI, max(_OCR_DPI, image.dpi))))
    if layer is Layer.SOUND and sharp is not None:
        from app.intake.ocr_child import agrees  # on demand, as below

        if not agrees(sharp, words):
            layer = Layer.JUNK
    source = WordSource.TEXT if words else WordSource.NONE
    notes: tuple[str, ...] = ()
    rules = rules_of(page)
    if layer is not Layer.SOUND and (words or has_ink(pixels)):
        from app.intake.ocr_child import read_picture  # takes a second and 150 MB to load

        is_level = layer is Layer.PARTIAL and image.share < LARGE_IMAGE
        reading = read_picture(sharp if sharp is not None else pixels, is_level)
        if reading.moved:
            rules = ()
            if reading.turned in (90, 270):
                width, height = height, width
        is_partial = layer is Layer.PARTIAL and not reading.moved
        words = merge(words, reading.words) if is_partial else reading.words
        pixels = reading.pixels
        notes = reading.notes
        source = WordSource.OCR if words else WordSource.NONE
    picture = write_picture(pixels, request.work, number) if request.images else ""
    return Page(number, width, height, words, source, picture, rules, notes, look_of(pixels))


@dataclass(frozen=True, slots=True)
class _LargestImage:
    """The share of the page that it covers, and its dots per inch as placed there."""

    share: float = 0.0
    dpi: float = 0.0


def _largest_image(page: pymupdf.Page) -> _LargestImage:
    try:
        images = page.get_image_info()
    except BROKEN:
        return _LargestImage()
    area = abs(page.cropbox.width * page.cropbox.height) or 1.0
    largest = _LargestImage()
    for image in images:
        box = pymupdf.Rect(image["bbox"])
        share = abs(box) / area
        if share > largest.share:
            dots = math.sqrt(image["width"] * image["height"] / abs(box))
            largest = _LargestImage(share, 72 * dots)
    return largest


def _empty(number: int, width: float, height: float, note: str) -> Page:
    return Page(number, width, height, (), WordSource.NONE, notes=(note,))
