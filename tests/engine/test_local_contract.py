"""The model on this computer does what every engine must do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from app.engine.engine import Engine
from app.engine.local import LocalEngine
from app.engine.plan import Plan
from tests.engine.engine_contract import EngineContract
from tests.tiny_model import tiny_models


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    def plan_for(tokens: int, _requests: int) -> Plan:
        room = min(8192, max(4096, tokens))
        return Plan(context=room, sequences=5, batch=256, micro_batch=256, threads=1)

    models = tiny_models()
    cache = tmp_path_factory.mktemp("cache")
    engine = LocalEngine(models.text, models.projector, cache, plan_for)
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "page.png"
    image = Image.new("RGB", (192, 128), "white")
    ImageDraw.Draw(image).text((20, 50), "Total 12,50 EUR", fill="black")
    image.save(path)
    return path


@pytest.fixture(scope="module")
def too_long() -> str:
    return "word " * 5000


class TestLocalEngine(EngineContract):
    """All of it."""
