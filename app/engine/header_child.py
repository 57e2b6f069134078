"""The header child: reads what a GGUF file says of itself, apart from everything else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from app.child import serve
from app.engine.gguf_file import read_file
from app.engine.header import ReadHeader

_ADDRESS_SPACE = 2 * 1024**3  # bytes, virtual; what a header holds fits many times


def handle(request: object) -> Iterator[object]:
    """Answer one :class:`~app.engine.header.ReadHeader`."""
    if isinstance(request, ReadHeader):
        yield read_file(Path(request.path))


def main() -> NoReturn:
    """Serve until the parent goes away."""
    serve((ReadHeader,), handle, _ADDRESS_SPACE)
