"""A fresh library on the disk for every test, and an assistant for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Where the papers lie that are added."""
    folder = tmp_path / "desk"
    folder.mkdir()
    return folder
