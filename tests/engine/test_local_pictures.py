"""Pictures through the whole engine: what the stock path answers, alone, together and again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from app.engine.engine import Running
from app.engine.local import LocalEngine
from app.engine.messages import Answer, PicturePart, Progress, Request, Stage, TextPart
from app.engine.plan import Plan
from app.errors import Code, ProblemError
from app.reading.model.formats import VALUES
from models.micro.pictures import Slip, slip, slip_type
from models.micro.vocabulary import HERE
from tests.engine.test_micro import FRESH, Micro

SHOWN = [slip(FRESH + seed) for seed in range(5)]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def engine(cache: Path) -> Iterator[LocalEngine]:
    plan = Plan(context=4096, sequences=6, batch=256, micro_batch=256, threads=1)
    made = LocalEngine(
        HERE / "micro.gguf", HERE / "micro-mmproj.gguf", cache, lambda _tokens, _requests: plan
    )
    yield made
    made.stop()


def part(folder: Path, content: bytes) -> PicturePart:
    key = hashlib.sha256(content).hexdigest()
    path = folder / f"{key}.png"
    path.write_bytes(content)
    return PicturePart(str(path), key)


def request(shown: Slip, folder: Path, name: str) -> Request:
    instructions = VALUES.instructions(slip_type())
    return Request(name, instructions, (part(folder, shown.png()),), most_tokens=80)


def answer_of(running: Running) -> Answer:
    *_, last = running.events()
    assert isinstance(last, Answer)
    return last


@pytest.fixture(scope="module")
def expected() -> list[str]:
    """What llama.cpp's own helper and greedy decoding make of each slip."""
    micro = Micro()
    told = [micro.look(shown) for shown in SHOWN]
    micro.close()
    return told


def test_a_picture_is_answered_as_by_the_stock_path(
    engine: LocalEngine, cache: Path, expected: list[str], tmp_path: Path
) -> None:
    for number, (shown, told) in enumerate(zip(SHOWN, expected, strict=True)):
        answer = answer_of(engine.ask(request(shown, tmp_path, f"alone-{number}")))
        assert answer.text == told
        assert answer.counts.pictures == shown.width * shown.height
    assert len(list((cache / "pictures").iterdir())) == len(SHOWN)


def test_pictures_together_and_kept_ones_are_answered_no_differently(
    engine: LocalEngine, expected: list[str], tmp_path: Path
) -> None:
    running = [
        engine.ask(request(shown, tmp_path, f"together-{number}"))
        for number, shown in enumerate(SHOWN)
    ]
    assert [answer_of(each).text for each in running] == expected


def test_text_in_the_middle_of_a_picture_does_not_disturb_it(
    engine: LocalEngine, expected: list[str], tmp_path: Path
) -> None:
    looking = engine.ask(request(SHOWN[0], tmp_path, "looking"))
    reading = engine.ask(
        Request("reading", "Say it.", (TextPart("Total 12,50 EUR\n" * 20),), most_tokens=12)
    )
    assert answer_of(looking).text == expected[0]
    assert answer_of(reading).counts.sampled


def test_a_picture_that_is_being_encoded_can_be_given_up(
    engine: LocalEngine, expected: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "large.png"
    Image.new("RGB", (1600, 1600), "#f0f0f0").save(path)
    large = Request("large", "", (part(tmp_path, path.read_bytes()),), most_tokens=4)
    running = engine.ask(large)
    with pytest.raises(ProblemError) as raised:  # noqa: PT012 - given up while it is on its way
        for event in running.events():
            if isinstance(event, Progress) and event.stage is Stage.PICTURES:
                running.cancel()
    assert raised.value.problem.code is Code.CANCELLED
    assert answer_of(engine.ask(request(SHOWN[0], tmp_path, "after"))).text == expected[0]
