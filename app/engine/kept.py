"""Decoded documents on disk: where they are, how much of the disk they may take, and their end.

A document that was asked about is kept as llama.cpp decoded it, so that the next question
on it starts at once.  Such a state is the document's content in another shape: the folder
is the user's alone, and :func:`forget_kept` empties it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

FOLDER = "kept"
"""Under the engine's cache folder; instructions that requests share have one of their own."""

PICTURES = "pictures"
"""Beside it: pages as the model sees them (:mod:`app.engine.encoded_pictures`)."""

_SHARE = 0.1
"""Of the disk's room that is free or taken by kept documents."""

_LEAST = 2_000_000_000
"""Bytes that may be kept however full the disk is, as long as :data:`_SPARE` stays free."""

_MOST = 20_000_000_000
_SPARE = 1_000_000_000
_SUFFIX, _NOTE, _PART = ".state", ".json", ".part"
_NAME = re.compile(r"[0-9a-f]{16}-(\d{7})-[0-9a-f]{32}")
_DAY = 24 * 3600.0
_BLOCK = 1 << 20


class Point(msgspec.Struct, frozen=True):
    """How far a prompt is decoded.

    ``elements`` are its tokens and pictures from the beginning, a picture counting once;
    ``cells`` what they fill of the attention cache, of which ``pictures`` are tokens of
    pictures; ``position`` is the next M-RoPE position.
    """

    elements: int
    position: int
    cells: int
    pictures: int


class _Note(msgspec.Struct, frozen=True):
    """What stands beside a state: where it ends, and the SHA-256 of that and of its file."""

    point: Point
    digest: str


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A state on disk that was found to be whole."""

    path: Path
    point: Point


def forget_kept(cache: Path) -> bool:
    """Remove every decoded document and every encoded page from the engine's cache folder.

    For when a document is deleted for good: which file holds what of it is not looked at.
    Returns whether nothing is left; a file that another program holds open may stay.  What
    a running engine has in memory it forgets when it is stopped.
    """
    folders = (cache / FOLDER, cache / PICTURES)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return not any(folder.exists() for folder in folders)


class KeptFiles:
    """The states in a folder; least recently used ones are given up for room.

    ``kind`` names everything that a state depends on beside its prompt, and ``name`` its
    prompt up to a number of elements.  Nothing here fails a request: a folder that cannot
    be read or written, or a full disk, means that documents are decoded again.
    """

    def __init__(self, folder: Path, most_bytes: Callable[[int, int], int] | None = None) -> None:
        """``most_bytes`` gives the bound from the bytes that are kept and those free."""
        self._folder = folder
        self._most_bytes = most_bytes or most_kept

    def lengths(self, kind: str) -> list[int]:
        """The elements of each state of this kind, longest first."""
        found: set[int] = set()
        with contextlib.suppress(OSError):
            for path in self._folder.glob(f"{kind}-*{_SUFFIX}"):
                match = _NAME.fullmatch(path.stem)
                if match is not None:
                    found.add(int(match[1]))
        return sorted(found, reverse=True)

    def get(self, kind: str, elements: int, name: str) -> KeptFile | None:
        """A state that is as it was written; after a power cut its end may be zeros."""
        path = self._path(kind, elements, name)
        try:
            if not path.exists():
                return None
            note = msgspec.json.decode(path.with_suffix(_NOTE).read_bytes(), type=_Note)
            if note.point.elements != elements or _digest(path, note.point) != note.digest:
                self._remove(path)
                return None
            os.utime(path)  # used last
        except (OSError, msgspec.MsgspecError):
            return None
        return KeptFile(path, note.point)

    def put(
        self, kind: str, name: str, point: Point, size: int, write: Callable[[Path], bool]
    ) -> None:
        """Keep a state of ``size`` bytes, which ``write`` writes to a path."""
        path = self._path(kind, point.elements, name)
        draft = self._folder / f"{uuid.uuid4().hex}{_PART}"  # of this process alone
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._make_room(size):
                return
            # Made before the library opens it: it would be readable for others otherwise.
            draft.touch(mode=0o600, exist_ok=False)
            if write(draft):
                note = msgspec.json.encode(_Note(point, _digest(draft, point)))
                self._write_note(path.with_suffix(_NOTE), note)
                draft.replace(path)
        except OSError:
            return
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)

    def _write_note(self, path: Path, data: bytes) -> None:
        part = self._folder / f"{uuid.uuid4().hex}{_PART}"
        part.touch(mode=0o600, exist_ok=False)
        part.write_bytes(data)
        part.replace(path)

    def _path(self, kind: str, elements: int, name: str) -> Path:
        return self._folder / f"{kind}-{elements:07d}-{name}{_SUFFIX}"

    def _make_room(self, size: int) -> bool:
        """Give up old states until one of this size fits; whether it does then."""
        for part in self._folder.glob(f"*{_PART}"):  # of a write that was interrupted
            if time.time() - part.stat().st_mtime > _DAY:
                part.unlink(missing_ok=True)
        states = [(path, path.stat()) for path in self._folder.glob(f"*{_SUFFIX}")]
        states.sort(key=lambda state: state[1].st_mtime)
        total = sum(stat.st_size for _, stat in states)
        while True:
            free = shutil.disk_usage(self._folder).free
            if total + size <= self._most_bytes(total, free):
                return True
            if not states:
                return False
            oldest, stat = states.pop(0)
            total -= stat.st_size
            self._remove(oldest)

    def _remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        path.with_suffix(_NOTE).unlink(missing_ok=True)


def most_kept(kept: int, free: int) -> int:
    """Bytes that kept documents may take, where they take ``kept`` and ``free`` are left."""
    share = min(max(round(_SHARE * (kept + free)), _LEAST), _MOST)
    return min(share, kept + free - _SPARE)


def _digest(path: Path, point: Point) -> str:
    digest = hashlib.sha256(msgspec.json.encode(point))
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
