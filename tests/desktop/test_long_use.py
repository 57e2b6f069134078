"""The window lasts: nothing runs out after many calls."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

import app.desktop  # noqa: F401 - it is what makes the calls below harmless


def test_hundreds_of_thousands_of_calls_into_qt_are_survived(qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    for number in range(300_000):
        label.setMinimumWidth(number % 100)
    assert label.minimumWidth() == 99


def test_hundreds_of_thousands_of_answers_from_qt_are_survived(qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    seen = {label.isVisible() or label.isEnabled() for _ in range(300_000)}
    assert seen == {True}
