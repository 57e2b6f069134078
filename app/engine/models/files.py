"""How the store of models touches the disk: written whole, hashed, copied, with progress."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.errors import Code, Problem, problem

CHUNK = 1 << 20
RESERVE = 200_000_000
"""Bytes of the disk that are left free for the rest of the computer."""
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WINDOW = 10.0  # seconds that a speed is measured over
_OFTEN = 0.2  # seconds between two reports


class Step(StrEnum):
    """What is being done with a model's file."""

    CONNECTING = "connecting"
    DOWNLOADING = "downloading"
    WAITING = "waiting"  # until the next try; ``FileProgress.problem`` says why
    CHECKING = "checking"  # computing a hash
    COPYING = "copying"


@dataclass(frozen=True, slots=True)
class FileProgress:
    """How far a piece of work on a model is.

    ``file`` is the one at hand; ``done`` of ``total`` bytes count all files of the work
    (``total`` 0 while unknown), ``speed`` is bytes a second (0 while unknown) and ``left``
    the estimated seconds to the end.
    """

    step: Step
    file: str
    done: int
    total: int
    speed: float = 0.0
    left: float | None = None
    problem: Problem | None = None


class Pace:
    """Speed and time left, over the last seconds; says also when to report again."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._reported = 0.0

    def due(self) -> bool:
        """Whether it is time for another report."""
        now = time.monotonic()
        if now - self._reported < _OFTEN:
            return False
        self._reported = now
        return True

    def progress(self, step: Step, file: str, done: int, total: int) -> FileProgress:
        """The state of the work as a report."""
        now = time.monotonic()
        self._seen.append((now, done))
        while now - self._seen[0][0] > _WINDOW:
            self._seen.popleft()
        began, first = self._seen[0]
        speed = (done - first) / (now - began) if now - began > _OFTEN else 0.0
        left = (total - done) / speed if speed > 0 and total >= done else None
        return FileProgress(step, file, done, total, speed, left)


def write_whole(path: Path, data: bytes, private: bool = False) -> None:
    """Put ``data`` in ``path``'s place, so that it is there completely or not at all.

    ``private`` keeps other users of the computer from reading it.  Raises ``OSError``.
    """
    draft = path.with_name(f".{secrets.token_hex(8)}.part")
    mode = 0o600 if private else 0o644
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the system keep the names in ``folder`` through a power cut (POSIX only)."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):  # some network folders refuse it; nothing is lost then
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def hashing(path: Path, name: str, before: int, total: int) -> Iterator[FileProgress | str]:
    """Compute a file's SHA-256: reports on the way, last the digest in hexadecimal.

    ``before`` bytes of ``total`` were done in the same work already.  Raises ``OSError``.
    """
    digest, done, pace = hashlib.sha256(), before, Pace()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            if pace.due():
                yield pace.progress(Step.CHECKING, name, done, total)
    yield digest.hexdigest()


def copying(
    source: Path, target: Path, name: str, before: int, total: int
) -> Iterator[FileProgress | str]:
    """Copy a file and hash it on the way: reports, last the digest in hexadecimal.

    ``target`` appears complete or not at all (beside it grows ``NAME.part``).  Raises
    ``ProblemError``: ``model_source_lost`` when the source cannot be read to the end,
    ``model_no_room``, ``model_folder``.
    """
    part = target.with_name(f"{target.name}.part")
    digest, done, pace = hashlib.sha256(), before, Pace()
    try:
        with source.open("rb") as read, part.open("wb") as written:
            while chunk := _read(read.fileno(), name):
                digest.update(chunk)
                written.write(chunk)
                done += len(chunk)
                if pace.due():
                    yield pace.progress(Step.COPYING, name, done, total)
            written.flush()
            os.fsync(written.fileno())
        part.replace(target)
    except OSError as error:
        raise disk_problem(error, name, total - done, target.parent) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    sync_folder(target.parent)
    yield digest.hexdigest()


def _read(descriptor: int, name: str) -> bytes:
    try:
        return os.read(descriptor, CHUNK)
    except OSError as error:
        raise problem(Code.MODEL_SOURCE_LOST, name) from error


def make_room(folder: Path, name: str, size: int) -> None:
    """See that ``size`` bytes for the file called ``name`` fit on the disk of ``folder``.

    Raises ``ProblemError``: ``model_no_room``, ``model_folder``.
    """
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        raise problem(Code.MODEL_FOLDER, folder.name, error.strerror or "") from error
    if free < size + RESERVE:
        raise problem(Code.MODEL_NO_ROOM, name, amount(size + RESERVE - free))


def disk_problem(error: OSError, name: str, missing: int, folder: Path) -> Exception:
    """What an error of the disk means for the file called ``name``."""
    if error.errno in NO_ROOM:
        return problem(Code.MODEL_NO_ROOM, name, amount(missing))
    return problem(Code.MODEL_FOLDER, folder.name, error.strerror or str(error))


def amount(size: float) -> str:
    """Bytes as a user reads them: “2.74 GB”, “672 MB”."""
    if size >= 1e9:
        return f"{size / 1e9:.2f} GB"
    if size >= 1e6:
        return f"{size / 1e6:.0f} MB"
    return f"{max(size, 0) / 1e3:.0f} kB"
