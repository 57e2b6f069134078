"""The way into the intake room: one file in; its pages, attachments and facts out."""

from __future__ import annotations

import errno
import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path

from app.document import Attached, Document, Page
from app.errors import Code, problem
from app.intake import Carried, Format, Opened, Part, Request
from app.intake.archive import read_archive
from app.intake.image_child import read_image
from app.intake.mail_child import read_mail
from app.intake.media import IMAGES, MediaType, sniff
from app.intake.pdf_child import read_pdf
from app.intake.xml_file import read_xml

MAX_BYTES = 1_000_000_000
_CHUNK = 1 << 20


def open_document(
    path: Path, name: str, work: Path, password: str = "", images: bool = True
) -> Iterator[Opened | Page | Attached | Document]:
    """Take in the file at ``path``, which the user knows as ``name``.

    Yields ``Opened``, then each ``Page`` as soon as it is read (its picture in ``work`` as
    ``page-0001.jpg``), ``Attached`` for each document inside a mail or archive, and last a
    ``Document`` without pages.  Raises ``ProblemError`` for whatever cannot be read.
    """
    _check(path, name)
    try:
        sha256 = _digest(path)
        media_type = sniff(path, name)
    except FileNotFoundError as error:
        raise problem(Code.VANISHED, name) from error
    except OSError as error:
        raise problem(Code.UNREADABLE, name) from error
    read = _format(media_type)
    if read is None:
        raise problem(Code.UNSUPPORTED, name)
    einvoice_xml = subject = ""
    for part in _named(read(Request(path, name, work, media_type, password, images)), path, name):
        if isinstance(part, Carried):
            einvoice_xml = part.einvoice_xml or einvoice_xml
            subject = part.subject or subject
        else:
            yield part
    yield Document(name, sha256, media_type, (), einvoice_xml, subject)


def _named(parts: Iterator[Part], path: Path, name: str) -> Iterator[Part]:
    """The parts, with failures of the machine turned into problems of this file."""
    try:
        yield from parts
    except MemoryError as error:
        raise problem(Code.OUT_OF_MEMORY, name) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise problem(Code.DISK_FULL, name) from error
        code = Code.UNREADABLE if path.exists() else Code.VANISHED
        raise problem(code, name) from error


def _format(media_type: MediaType) -> Format | None:
    if media_type is MediaType.PDF:
        return read_pdf
    if media_type in IMAGES:
        return read_image
    return {
        MediaType.ZIP: read_archive,
        MediaType.MAIL: read_mail,
        MediaType.MSG: read_mail,
        MediaType.XML: read_xml,
    }.get(media_type)


def _check(path: Path, name: str) -> None:
    """Refuse what is no ordinary file before it is opened: opening a pipe would wait forever."""
    try:
        state = path.stat()
    except FileNotFoundError as error:
        raise problem(Code.VANISHED, name) from error
    except PermissionError as error:
        raise problem(Code.UNREADABLE, name) from error
    except (OSError, ValueError) as error:  # a loop of links, a name that no system allows
        raise problem(Code.NOT_A_FILE, name) from error
    if not stat.S_ISREG(state.st_mode):
        raise problem(Code.NOT_A_FILE, name)
    if state.st_size == 0:
        raise problem(Code.EMPTY, name)
    if state.st_size > MAX_BYTES:
        raise problem(Code.TOO_LARGE, name)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
