"""Decoding is timed once on this computer, and a trial that fails costs nothing else."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.engine.calibration import TOKENS, Timed, _best, calibrated, remembered
from app.engine.gguf_file import read_file
from app.engine.hardware import Machine, machine
from app.engine.header import Header
from app.engine.plan import Measured, Step
from tests.tiny_model import tiny_models


@pytest.fixture(scope="module")
def here() -> Machine:
    # One thread, since two wait for each other where tests run side by side.
    return replace(machine(), free=8_000_000_000, cores=1)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copy(tiny_models().text, tmp_path / "tiny.gguf"))


@pytest.fixture
def header(model: Path) -> Header:
    return read_file(model)


def test_a_model_is_timed_once_and_remembered(
    model: Path, header: Header, here: Machine, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    assert remembered(model, here, cache) is None
    found = calibrated(model, header, here, cache)
    assert [step.tokens for step in found.steps] == sorted(TOKENS)
    assert all(step.seconds > 0 for step in found.steps)
    assert 1 <= found.threads <= here.cores
    assert remembered(model, here, cache) == found
    assert calibrated(model, header, here, cache) == found


def test_another_file_or_computer_is_timed_anew(
    model: Path, header: Header, here: Machine, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    calibrated(model, header, here, cache)
    assert remembered(model, replace(here, processor="another"), cache) is None
    assert remembered(model, replace(here, cores=here.cores + 1), cache) is None
    with model.open("ab") as file:
        file.write(b"\0")
    assert remembered(model, here, cache) is None


def test_without_memory_or_time_the_defaults_stand_and_nothing_is_kept(
    model: Path, header: Header, here: Machine, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    assert calibrated(model, header, replace(here, free=1000), cache) == Measured()
    assert calibrated(model, header, here, cache, longest=0.0) == Measured()
    assert not cache.exists()


def test_a_model_that_does_not_load_leaves_the_defaults(
    model: Path, header: Header, here: Machine, tmp_path: Path
) -> None:
    model.write_bytes(b"GGUF and nothing else")
    assert calibrated(model, header, here, tmp_path / "cache") == Measured()


def test_a_damaged_note_is_measured_again(
    model: Path, header: Header, here: Machine, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "calibration.json").write_bytes(b'[{"key": 7')
    found = calibrated(model, header, here, cache)
    assert found.steps
    assert remembered(model, here, cache) == found


def test_only_the_newest_trials_are_kept(
    model: Path, header: Header, here: Machine, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    found = calibrated(model, header, here, cache)
    text = (cache / "calibration.json").read_text(encoding="utf-8")
    one = text[1:-1]
    many = ",".join(one.replace('"key":"', f'"key":"{number:04}') for number in range(40))
    (cache / "calibration.json").write_text(f"[{many},{one}]", encoding="utf-8")
    other = replace(here, processor="another")
    calibrated(model, header, other, cache)
    assert (cache / "calibration.json").read_text(encoding="utf-8").count('"key"') == 20
    assert remembered(model, here, cache) == found


def test_repacked_weights_must_be_clearly_faster() -> None:
    plain = Timed(False, 2, (Step(1, 0.100), Step(64, 1.5)))
    little = Timed(True, 2, (Step(1, 0.099), Step(64, 1.45)))
    clearly = Timed(True, 2, (Step(1, 0.090), Step(64, 1.1)))
    assert _best([plain, little]) == Measured(False, 2, plain.steps)
    assert _best([plain, clearly]) == Measured(True, 2, clearly.steps)
    assert _best([]) is None
