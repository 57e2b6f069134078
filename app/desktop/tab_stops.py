"""In which order the Tab key goes through widgets that were not made in that order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def tab_stops(part: QWidget) -> list[QWidget]:
    """What the Tab key stops at in ``part``, itself included, in the order of making."""
    found = []
    if part.focusPolicy() & Qt.FocusPolicy.TabFocus and part.focusProxy() is None:
        found.append(part)
    for child in part.children():
        if isinstance(child, QWidget) and not child.isWindow():
            found += tab_stops(child)
    return found


def chain(stops: Sequence[QWidget]) -> None:
    """Have the Tab key go through these one after the other."""
    for before, after in pairwise(stops):
        QWidget.setTabOrder(before, after)
