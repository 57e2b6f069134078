"""Where a user's library lies unless another folder is named."""

from __future__ import annotations

from pathlib import Path

import platformdirs


def default_folder() -> Path:
    """The library folder in the user's data folder, as each system has it."""
    return Path(platformdirs.user_data_dir("Paperclerk", appauthor=False)) / "library"
