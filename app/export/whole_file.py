"""A file that appears complete or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from app.errors import Code, problem

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A new binary file that takes ``path``'s place when the block ends well.

    It is written beside ``path`` under a hidden name and moved over it at the end, so
    that an export that fails, or a computer that goes off, leaves the older file as it
    was.  Raises ``ProblemError``: ``disk_full``, or ``cannot_write`` when the folder is
    missing or read-only, or the file is open in another program (Windows), or ``path``
    is something other than a file.
    """
    draft = path.with_name(f".{secrets.token_hex(8)}.part")  # short: names have a limit
    try:
        if path.exists() and not path.is_file():
            raise problem(Code.CANNOT_WRITE, path.name)
        try:
            with draft.open("xb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(path)
        finally:
            # Gone already when it was moved into place.
            with contextlib.suppress(OSError):
                draft.unlink()
    except OSError as error:
        code = Code.DISK_FULL if error.errno in _NO_ROOM else Code.CANNOT_WRITE
        raise problem(code, path.name) from error
