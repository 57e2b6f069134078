"""Files of models as they are dropped or chosen."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

ENDING = ".gguf"


def _tr(text: str) -> str:
    return QCoreApplication.translate("", text)


def model_files(paths: Iterable[Path]) -> list[Path]:
    """Those of the paths that are files of models, by their names."""
    return [path for path in paths if path.suffix.casefold() == ENDING]


def ask_for_model_files(parent: QWidget) -> list[Path]:
    """Have the user choose a model, and its projector if it lies elsewhere."""
    names, _ = QFileDialog.getOpenFileNames(
        parent,
        _tr("Import a model, and the part that sees pictures if it lies elsewhere"),
        "",
        f"{_tr('Models')} (*{ENDING} *{ENDING.upper()});;{_tr('All files')} (*)",
    )
    return [Path(name) for name in names]


def ask_for_adapter(parent: QWidget) -> Path | None:
    """Have the user choose an adapter."""
    name, _ = QFileDialog.getOpenFileName(
        parent,
        _tr("Choose an adapter"),
        "",
        f"{_tr('Adapters')} (*{ENDING} *{ENDING.upper()});;{_tr('All files')} (*)",
    )
    return Path(name) if name else None
