"""Pictures as the model sees them, and the folder that keeps them between requests.

Encoding a page costs half a minute on a CPU and gives 10 MB of numbers, so a page that is
looked at again (a second question, another document type, the next start) is read from the
disk instead.  The numbers are kept as they came, so that a kept picture changes nothing.
They are a page in another shape: the folder is the user's alone, and
:func:`app.engine.kept.forget_kept` empties it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 512 * 1024 * 1024
"""About fifty pages of a 4B model."""

_SUFFIX = ".picture"
_MAGIC = b"paperclerk picture 1\n"
_DIGEST = hashlib.sha256().digest_size
_MOST_SIDE = 4096
_MOST_WIDTH = 1 << 16
_FAR_PAST = 24 * 3600.0  # seconds; what an interrupted write left behind is no longer wanted
_SAMPLES = 64
_SAMPLE = 64 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A picture as the projector gave it.

    ``embeddings`` is float32 of tokens × width, in rows from the top left; the width is the
    model's ``n_embd_inp`` (its embedding, times 1 + the layers of deepstack).  ``nx`` and
    ``ny`` are the tokens across and down.  ``positions`` is by how much the text after the
    picture moves on: with M-RoPE the larger side, otherwise the number of tokens.
    """

    embeddings: NDArray[np.float32]
    nx: int
    ny: int
    positions: int

    @property
    def tokens(self) -> int:
        """Cells of the attention cache that the picture takes."""
        return int(self.embeddings.shape[0])


class _Shape(msgspec.Struct, frozen=True):
    tokens: int
    width: int
    nx: int
    ny: int
    positions: int


class EncodedPictures:
    """Encoded pictures in a folder, the least recently used ones given up for room.

    Nothing here ever fails a request: a folder that cannot be read or written means that
    pictures are encoded again.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes

    def get(self, key: str) -> Encoded | None:
        """The picture kept under this key, ``None`` if there is none or it is damaged."""
        path = self._path(key)
        try:
            data = path.read_bytes()
            encoded = _unpack(data)
            os.utime(path)  # used last
        except (OSError, ValueError):
            return None
        return encoded

    def put(self, key: str, encoded: Encoded) -> None:
        """Keep a picture, in place of what stood under its key."""
        part = self._folder / f"{uuid.uuid4().hex}.part"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.write_bytes(_pack(encoded))
            part.replace(self._path(key))
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            return
        self._make_room()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"

    def _make_room(self) -> None:
        with contextlib.suppress(OSError):
            found = [(path, path.stat()) for path in self._folder.iterdir()]
            found.sort(key=lambda entry: entry[1].st_mtime, reverse=True)
            newest = found[0][1].st_mtime if found else 0.0
            total = 0
            for path, state in found:
                if path.suffix == _SUFFIX:
                    total += state.st_size
                    if total > self._most_bytes:
                        path.unlink(missing_ok=True)
                elif path.suffix == ".part" and newest - state.st_mtime > _FAR_PAST:
                    path.unlink(missing_ok=True)


def picture_key(picture: bytes, projector: str, version: str) -> str:
    """Under what an encoded picture is kept: its bytes, what encoded it, and by which library."""
    digest = hashlib.sha256(picture).hexdigest()
    return hashlib.sha256(f"{digest}\n{projector}\n{version}".encode()).hexdigest()


def identity_of(projector: Path) -> str:
    """What tells one projector file from another, wherever it lies.

    Its size and 64 samples of its content: hashing all of its 700 MB would take seconds at
    every start, and weights that differ at all differ everywhere.
    Raises ``OSError``.
    """
    digest = hashlib.sha256()
    with projector.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        digest.update(str(size).encode())
        for sample in range(_SAMPLES):
            stream.seek(max(0, size - _SAMPLE) * sample // (_SAMPLES - 1))
            digest.update(stream.read(_SAMPLE))
    return digest.hexdigest()


def _pack(encoded: Encoded) -> bytes:
    tokens, width = encoded.embeddings.shape
    shape = _Shape(tokens, width, encoded.nx, encoded.ny, encoded.positions)
    numbers = np.ascontiguousarray(encoded.embeddings, dtype="<f4")
    body = msgspec.json.encode(shape) + b"\n" + numbers.tobytes()
    return _MAGIC + hashlib.sha256(body).digest() + body


def _unpack(data: bytes) -> Encoded:
    """Raises ``ValueError`` (of which msgspec's errors are a kind) for anything not whole."""
    if not data.startswith(_MAGIC):
        raise ValueError("not an encoded picture")
    digest, body = data[len(_MAGIC) :][:_DIGEST], data[len(_MAGIC) + _DIGEST :]
    if hashlib.sha256(body).digest() != digest:
        raise ValueError("damaged")
    head, _, numbers = body.partition(b"\n")
    shape = msgspec.json.decode(head, type=_Shape)
    if not (0 < shape.nx <= _MOST_SIDE and 0 < shape.ny <= _MOST_SIDE):
        raise ValueError("an impossible grid")
    if not 0 < shape.width <= _MOST_WIDTH or shape.tokens < 1:
        raise ValueError("an impossible shape")
    embeddings = np.frombuffer(numbers, dtype="<f4").reshape(shape.tokens, shape.width)
    return Encoded(embeddings.astype(np.float32), shape.nx, shape.ny, shape.positions)
