"""The few colours that carry a meaning, each for a light and for a dark palette.

Nothing is told by colour alone: every tone accompanies an icon and a word.
"""

from __future__ import annotations

from enum import Enum

from PySide6.QtGui import QColor, QGuiApplication, QPalette


class Tone(Enum):
    """A meaning, as (on a light ground, on a dark ground); text has a contrast of 4.5 to 1."""

    DOUBT = ("#9a5b00", "#f0b453")
    MISSING = ("#a3352b", "#f0938a")
    SURE = ("#1f7a4d", "#6fcf9b")
    PLACE = ("#1769aa", "#1769aa")  # drawn on the page's picture, which is light in both modes
    MARKED = ("#ffd84d", "#ffd84d")  # drawn over the page's picture as well
    LINK = ("#115fa6", "#7dc1f7")
    QUIET = ("#5d6469", "#a6adb2")
    DOUBT_GROUND = ("#fff3dc", "#463515")
    MISSING_GROUND = ("#fdeceb", "#45241f")


def is_dark(palette: QPalette | None = None) -> bool:
    """Whether text is lighter than its ground."""
    palette = palette or QGuiApplication.palette()
    ground = palette.color(QPalette.ColorRole.Base)
    return ground.lightness() < palette.color(QPalette.ColorRole.Text).lightness()


def tone(which: Tone) -> QColor:
    """The colour for ``which`` under the palette of this moment."""
    return QColor(which.value[1 if is_dark() else 0])
