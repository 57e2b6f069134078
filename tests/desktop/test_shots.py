"""Pictures of the window, taken to a folder for people to look at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtGui import QImage, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.desktop import shots


@pytest.mark.slow  # fifty pictures of the window
def test_the_window_can_be_photographed_at_two_sizes_light_and_dark(
    qtbot: QtBot, tmp_path: Path
) -> None:
    """``PAPERCLERK_SHOTS`` names the folder; without it they are thrown away."""
    folder = Path(os.environ.get("PAPERCLERK_SHOTS") or tmp_path / "shots")
    before = QPalette(QApplication.palette())
    try:
        made = shots.take(folder)
    finally:
        QApplication.setPalette(before)
    assert len(made) == 52
    for path in made:
        image = QImage(str(path))
        scheme = path.stem.split("-")[-2]
        corner = image.pixelColor(image.width() - 3, image.height() - 3)
        assert (corner.lightness() < 128) == (scheme == "dark"), path.name
