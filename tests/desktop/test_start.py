"""Starting and ending: a second window, and what is said after a bad end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app.desktop import crash_log, start
from app.library import Library

_ROOT = Path(__file__).resolve().parents[2]


def test_a_second_window_on_the_same_library_is_told_so_and_ends(
    library: Library, qtbot: QtBot
) -> None:
    said: list[str] = []

    def read_and_close() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        said.append(box.text())
        box.close()

    QTimer.singleShot(300, read_and_close)
    assert start.run(library.folder, []) == 1
    assert "already open" in said[0]


def test_the_window_starts_on_a_new_library_and_ends_well(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from PySide6.QtCore import QTimer\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from app import desktop\n"
        "from app.desktop.start import application\n"
        "app = application([])\n"
        "QTimer.singleShot(1500, app.closeAllWindows)\n"
        "sys.exit(desktop.run(Path(sys.argv[1]), []))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "library")],
        cwd=_ROOT,
        env={
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "PAPERCLERK_MODELS": str(tmp_path / "models"),
        },
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    with Library.open(tmp_path / "library"):
        pass  # it was closed, so it can be opened again


def test_a_crash_report_names_the_place_and_leaves_out_what_was_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", lambda *_: None)
    with crash_log.watching(tmp_path):
        try:
            int("IBAN DE00 of a private person")
        except ValueError as error:
            sys.excepthook(type(error), error, error.__traceback__)
    report = crash_log.from_last_time(tmp_path)
    assert "ValueError" in report
    assert "test_start.py" in report
    assert "IBAN" not in report


def test_nothing_is_reported_after_a_good_end(tmp_path: Path) -> None:
    with crash_log.watching(tmp_path):
        pass
    assert crash_log.from_last_time(tmp_path) == ""
