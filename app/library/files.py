"""The files of a library: originals by their hash, page pictures and words beside them.

A file is written under another name, flushed to the disk, and then moved into place, so
what stands under its final name is complete.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import stat
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

from app.errors import Code, problem

_CHUNK = 1024 * 1024
_ATTEMPTS = 3  # how often a file that changes while it is copied is copied again
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Copied:
    """A complete copy in the scratch folder."""

    path: Path
    sha256: str
    size: int


def suffix_of(name: str) -> str:
    """The extension under which a file of this name is stored; "" for anything odd."""
    suffix = Path(name).suffix.lower()
    return suffix if _SUFFIX.fullmatch(suffix) else ""


def original_name(sha256: str, suffix: str) -> str:
    """Where an original lies, relative to the library."""
    return f"files/{sha256[:2]}/{sha256}{suffix}"


def pages_name(sha256: str) -> str:
    """The folder of a document's page pictures and words, relative to the library."""
    return f"pages/{sha256[:2]}/{sha256}"


def page_stem(number: int) -> str:
    """The file name of a page's picture and words, without its ending."""
    return f"{number:04d}"


def flush_folder(folder: Path) -> None:
    """Make the names in ``folder`` last through a power cut (Windows does so by itself)."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make ``folder`` and those above it, lasting."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    flush_folder(folder.parent)


def copy_in(source: Path, name: str, work: Path) -> Copied:
    """Copy an ordinary file into ``work``, flushed, with its SHA-256.

    Raises ``ProblemError``: ``not_a_file``, ``vanished``, ``unreadable``, ``empty``;
    ``OSError`` if ``work`` cannot take it, leaving nothing there.
    """
    for _ in range(_ATTEMPTS - 1):
        copied, settled = _copy_once(source, name, work)
        if settled:
            return copied
        copied.path.unlink()
    return _copy_once(source, name, work)[0]


def _copy_once(source: Path, name: str, work: Path) -> tuple[Copied, bool]:
    handle = _open_source(source, name)
    target = work / uuid.uuid4().hex
    try:
        before = os.fstat(handle)
        _must_be_ordinary(before, name)
        # Not more than its size now: a file that grows for ever must end.
        sha256, size = _copy_bytes(handle, target, before.st_size, name)
        after = os.fstat(handle)
        settled = (size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        return Copied(target, sha256, size), settled
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def _copy_bytes(handle: int, target: Path, most: int, name: str) -> tuple[str, int]:
    digest = hashlib.sha256()
    left = most
    with target.open("xb") as copy:
        while left > 0:
            try:
                chunk = os.read(handle, min(_CHUNK, left))
            except OSError as error:
                raise problem(Code.UNREADABLE, name) from error
            if not chunk:
                break
            digest.update(chunk)
            copy.write(chunk)
            left -= len(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    if left == most:
        raise problem(Code.EMPTY, name)
    return digest.hexdigest(), most - left


def _must_be_ordinary(status: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise problem(Code.NOT_A_FILE, name)


def _open_source(source: Path, name: str) -> int:
    try:
        # lstat first: opening some devices has effects of its own.
        _must_be_ordinary(source.lstat(), name)
        flags = os.O_RDONLY
        for extra in ("O_BINARY", "O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_NOINHERIT"):
            flags |= getattr(os, extra, 0)
        return os.open(source, flags)
    except FileNotFoundError as error:
        raise problem(Code.VANISHED, name) from error
    except ValueError as error:  # a name with a NUL in it
        raise problem(Code.VANISHED, name) from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise problem(Code.NOT_A_FILE, name) from error
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            raise problem(Code.VANISHED, name) from error
        raise problem(Code.UNREADABLE, name) from error


def put(source: Path, target: Path) -> None:
    """Move a flushed file into place."""
    make_folder(target.parent)
    source.replace(target)
    flush_folder(target.parent)


def move_in(source: Path, target: Path) -> None:
    """Move a file of the scratch folder (or another disk) into place, flushed."""
    make_folder(target.parent)
    try:
        _flush(source)
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        part = target.with_suffix(".part")
        try:
            shutil.copyfile(source, part)
            _flush(part)
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        source.unlink(missing_ok=True)


def write(target: Path, data: bytes) -> None:
    """Write a whole file, flushed, in place of what stood there."""
    make_folder(target.parent)
    part = target.with_suffix(".part")
    try:
        with part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _flush(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def remove(path: Path) -> None:
    """Remove a file or a folder with all that is in it; nothing there is fine too."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def empty_folder(folder: Path) -> None:
    """Remove what is in ``folder``; what another program holds open stays for next time."""
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            remove(path)
