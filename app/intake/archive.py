"""ZIP archives: every document inside, also inside archives within, unpacked within bounds."""

from __future__ import annotations

import errno
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from app.document import Attached
from app.errors import Code, problem
from app.intake import Opened, Part, Request
from app.intake.media import MediaType
from app.intake.unpacked import MAX_FILE, MAX_FILES, Unpacked

MAX_DEPTH = 3
_LISTED = 20 * MAX_FILES  # entries of folders and of other programs' files count too
_CHUNK = 1 << 20
_BOMB_RATIO = 250
_BOMB_SIZE = 100_000_000
_ENCRYPTED = 0x1
_NAMED_IN_UTF8 = 0x800


def read_archive(request: Request) -> Iterator[Part]:
    """Each document in the archive as ``Attached``; the archive itself has no pages.

    Raises ``ProblemError``: ``DAMAGED``, ``TOO_LARGE``, ``TOO_DEEP``, ``PASSWORD_NEEDED``,
    ``PASSWORD_WRONG``, or ``NO_PAGES`` when there is no document in it.
    """
    yield Opened(request.media_type, 0)
    unpacked = Unpacked(request.work, request.name)
    found = False
    for attached in _documents(request, request.path, unpacked, 1):
        found = True
        yield attached
    if not found:
        raise problem(Code.NO_PAGES, request.name)


def _documents(request: Request, path: Path, unpacked: Unpacked, depth: int) -> Iterator[Attached]:
    if depth > MAX_DEPTH:
        raise problem(Code.TOO_DEEP, request.name)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise problem(Code.DAMAGED, request.name) from error
    with archive:
        entries = archive.infolist()
        if len(entries) > _LISTED:
            raise problem(Code.TOO_LARGE, request.name)
        for entry in entries:
            name = _name(entry)
            if entry.is_dir() or _is_foreign(name) or entry.file_size == 0:
                continue
            part = unpacked.new_path()
            _unpack(request, archive, entry, part, unpacked)
            attached = unpacked.keep(part, name)
            if attached is None:
                continue
            if attached.media_type == MediaType.ZIP:
                yield from _documents(request, Path(attached.path), unpacked, depth + 1)
                Path(attached.path).unlink()
            else:
                yield attached


def _name(entry: zipfile.ZipInfo) -> str:
    """Many programs write names in UTF-8 without saying so, which is then taken for CP437."""
    if entry.flag_bits & _NAMED_IN_UTF8:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


def _is_foreign(name: str) -> bool:
    """Whether another program keeps its own things in this file."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts:
        return True
    last = parts[-1]
    return "__MACOSX" in parts or last.startswith("._") or last in {".DS_Store", "Thumbs.db"}


def _unpack(
    request: Request,
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    target: Path,
    unpacked: Unpacked,
) -> None:
    if entry.flag_bits & _ENCRYPTED and not request.password:
        raise problem(Code.PASSWORD_NEEDED, request.name)
    password = request.password.encode() if entry.flag_bits & _ENCRYPTED else None
    size = 0
    try:
        with archive.open(entry, pwd=password) as source, target.open("wb") as sink:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                unpacked.grow(len(chunk))
                if size > MAX_FILE or (
                    size > _BOMB_SIZE and size > _BOMB_RATIO * max(1, entry.compress_size)
                ):
                    raise problem(Code.TOO_LARGE, request.name)
                sink.write(chunk)
    except NotImplementedError as error:  # a way of packing or encrypting that is not known
        raise problem(Code.UNSUPPORTED, request.name) from error
    except RuntimeError as error:
        raise problem(Code.PASSWORD_WRONG, request.name) from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # an absurd place in the archive; else the disk's matter
            raise
        raise problem(Code.DAMAGED, request.name) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        if password is not None:
            raise problem(Code.PASSWORD_WRONG, request.name) from error
        raise problem(Code.DAMAGED, request.name) from error
