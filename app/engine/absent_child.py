"""What stands in for the engine's child where its libraries are not installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from app.child import serve
from app.engine.setup import REQUESTS
from app.errors import Code, problem


def main(reason: str) -> NoReturn:
    """Answer every request with ``model_unavailable`` and why."""

    def handle(message: object) -> Iterator[object]:
        del message
        raise problem(Code.MODEL_UNAVAILABLE, "", f"A part of the program is missing ({reason}).")

    serve(REQUESTS, handle)
