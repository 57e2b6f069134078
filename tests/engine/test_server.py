"""The office's own server, with a real one on loopback: llama-cpp-python's, and a tiny model."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from app.engine.engine import Engine
from app.engine.forms import Form, Slot
from app.engine.messages import Answer, Piece
from app.engine.server.asking import Way
from app.engine.server.connection import Patience
from app.engine.server.engine import ServerEngine
from app.engine.server.host import Kind
from app.engine.server.settings import ServerSettings, server_settings
from app.errors import Code, ProblemError
from tests.engine.engine_contract import (
    DOCUMENT,
    FORM,
    EngineContract,
    answer_of,
    assert_fits,
    problem_of,
    request,
)
from tests.engine.llama_cpp_server import KEY, llama_cpp_server
from tests.tiny_model import tiny_models

PATIENT = Patience(connect=20, first=100, between=60, short=60, retries=1, pause=0.05)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with llama_cpp_server(tiny_models().text, key=KEY) as address:
        yield address


@pytest.fixture(scope="module")
def seeing_address() -> Iterator[str]:
    models = tiny_models()
    with llama_cpp_server(models.text, models.projector) as address:
        yield address


@pytest.fixture
def settings(address: str) -> ServerSettings:
    return server_settings(address, key=KEY)


@pytest.fixture
def engine(settings: ServerSettings) -> Iterator[ServerEngine]:
    engine = ServerEngine(settings, PATIENT)
    yield engine
    engine.stop()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "page.png"
    page = Image.new("RGB", (128, 96), "white")
    ImageDraw.Draw(page).text((10, 30), "RE-2024-17", fill="black")
    page.save(path)
    return path


@pytest.fixture
def too_long() -> str:
    return DOCUMENT * 400


class TestTextServer(EngineContract):
    """On a server whose model reads text only."""

    @pytest.fixture(autouse=True)
    def _blind(self, engine: ServerEngine) -> None:
        engine._learned(False, None)  # what asking with a picture finds out, see below


class TestSeeingServer(EngineContract):
    """On a server whose model takes pictures."""

    @pytest.fixture
    def engine(self, seeing_address: str) -> Iterator[Engine]:
        engine = ServerEngine(server_settings(seeing_address), PATIENT)
        yield engine
        engine.stop()


def test_the_server_is_recognised(engine: ServerEngine) -> None:
    host = engine.check()
    assert host.kind is Kind.LLAMA_CPP_PYTHON
    assert host.model == "tiny"
    assert host.at_once == 1
    assert engine.place.startswith("http://127.0.0.1:")


def test_certainties_come_from_the_server(engine: ServerEngine) -> None:
    assert engine.tells_certainty is None
    answer = answer_of(engine.ask(request(DOCUMENT, form=FORM)))
    assert engine.tells_certainty is True
    assert len({filled.certainty for filled in answer.filled}) > 1


def test_json_becomes_the_same_kind_of_answer(
    engine: ServerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.server.office.ways", lambda host, request: (Way.SCHEMA,))
    answer = answer_of(engine.ask(request(DOCUMENT, form=FORM)))
    assert_fits(FORM, answer)
    assert len({filled.certainty for filled in answer.filled}) > 1


def test_json_of_any_shape_is_bounded_by_the_form(
    engine: ServerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Random weights write whatever JSON comes, without end.
    monkeypatch.setattr("app.engine.server.office.ways", lambda host, request: (Way.OBJECT,))
    last = None
    with contextlib.suppress(ProblemError):
        *_, last = engine.ask(request(DOCUMENT, form=FORM)).events()
    assert last is None or isinstance(last, Answer)
    assert last is None or all(
        re.fullmatch(part.pattern, filled.text)
        for filled in last.filled
        for part in FORM.parts
        if isinstance(part, Slot) and part.key == filled.key
    )


def test_a_wrong_key_is_refused(settings: ServerSettings) -> None:
    engine = ServerEngine(replace(settings, key="wrong"), PATIENT)
    assert problem_of(engine.ask(request(DOCUMENT))) is Code.SERVER_REFUSED
    engine.stop()


def test_a_model_that_is_not_there_is_said(settings: ServerSettings) -> None:
    engine = ServerEngine(replace(settings, model="huge"), PATIENT)
    with pytest.raises(ProblemError) as raised:
        engine.check()
    assert raised.value.problem.code is Code.SERVER_WRONG_MODEL
    assert "tiny" in raised.value.problem.advice
    engine.stop()


def test_a_server_that_leaves_pictures_out_is_noticed(engine: ServerEngine, picture: Path) -> None:
    assert engine.sees
    running = engine.ask(request("", form=FORM, pictures=[picture]))
    assert problem_of(running) is Code.SERVER_NO_PICTURES
    assert not engine.sees


def test_a_picture_reaches_the_model(seeing_address: str, tmp_path: Path) -> None:
    engine = ServerEngine(server_settings(seeing_address), PATIENT)
    said = []
    for name, colour in (("white", "white"), ("black", "black"), ("again", "white")):
        path = tmp_path / f"{name}.png"
        Image.new("RGB", (128, 96), colour).save(path)
        said.append(answer_of(engine.ask(request("Read.", form=FORM, pictures=[path]))))
    engine.stop()
    assert engine.sees
    # Certainties, since random weights may well prefer the same words for both.
    white, black, again = ([f.certainty for f in answer.filled] for answer in said)
    assert white == pytest.approx(again)
    assert white != pytest.approx(black)


def test_many_in_flight_wait_their_turn(engine: ServerEngine) -> None:
    running = [engine.ask(request(f"{DOCUMENT} {number}", form=FORM)) for number in range(5)]
    for each in running:
        assert_fits(FORM, answer_of(each))


def test_the_slots_of_a_form_are_all_of_the_answer_that_is_kept(engine: ServerEngine) -> None:
    answer = answer_of(engine.ask(request(DOCUMENT, form=Form((FORM.parts[0], FORM.parts[1])))))
    assert answer.text == "a" + answer.filled[0].text


def test_text_streams_while_it_is_written(engine: ServerEngine) -> None:
    events = list(engine.ask(request(DOCUMENT, most_tokens=12)).events())
    assert sum(isinstance(event, Piece) for event in events) > 3
    assert isinstance(events[-1], Answer)
