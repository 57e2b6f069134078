"""A real window on a real library; the journey is real too, started only where it must read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.desktop.window import Window
from app.engine.choice import Engines
from app.engine.models.store import ModelStore
from app.journey import Journey
from app.library import Library
from tests.answer_script import ScriptedAnswers


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder for the files that a test makes."""
    folder = tmp_path / "desk"
    folder.mkdir()
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def journey(library: Library) -> Iterator[Journey]:
    made = Journey(library, workers=1)
    yield made
    made.stop()


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[Engines]:
    """Engines for the models of a store of its own, which is empty."""
    made = Engines(ModelStore(tmp_path / "models"), tmp_path / "cache")
    yield made
    made.stop()


@pytest.fixture
def answers(library: Library) -> ScriptedAnswers:
    """Answers whose script a test sets."""
    return ScriptedAnswers(library)


@pytest.fixture
def window(
    qtbot: QtBot, library: Library, journey: Journey, engines: Engines, answers: ScriptedAnswers
) -> Iterator[Window]:
    """The window, shown.  Tests that need documents in it add them and call ``refresh``."""
    made = Window(library, journey, engines, answers)
    made.resize(1280, 800)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    made.deleteLater()
