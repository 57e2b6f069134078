"""What models and documents wrote, without what steers a terminal or turns the order of letters."""

from __future__ import annotations

from app.library.text import valid

_UNSHOWN = dict.fromkeys(
    [
        *(code for code in range(32) if chr(code) not in "\n\t"),
        *range(0x7F, 0xA0),
        *range(0x202A, 0x202F),  # what turns the order of letters around
        *range(0x2066, 0x206A),
        0xFEFF,
    ]
)


def shown_text(text: str) -> str:
    """``text`` as it is shown; its lines end as they did."""
    return valid(text).translate(_UNSHOWN)


def plain(text: str) -> str:
    """``text`` as it is shown; its lines end with ``\\n``, whatever ended them."""
    return shown_text("\n".join(text.splitlines()))
