"""The program reads: pages in, claims with their places out, by the engine and the micro model.

Only the model's weights are small; marks, forms, the engine's child and the settling of its
answers are those of every model.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.engine.engine import Engine
from app.engine.local import LocalEngine
from app.engine.messages import Answer, Filled, Request, TextPart
from app.engine.plan import Plan
from app.reading.candidates import scene_of
from app.reading.conventions import infer
from app.reading.evidence import same
from app.reading.messages import Asked, Given
from app.reading.model.answers import reading_of
from app.reading.model.document_text import text_of
from app.reading.model.formats import MARKS, VALUES, AnswerFormat, Said
from app.reading.model.hidden import echoes_of
from app.reading.model.marks import marks_of, rows_of
from app.reading.values import read
from models.micro.documents import Made, invoice, invoice_type
from models.micro.vocabulary import HERE
from tests.reading.printed import page_of

FRESH = 2_000_000_500
TYPE = invoice_type()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    # One thread: those of llama.cpp wait for each other, which a busy computer makes long.
    plan = Plan(context=16384, sequences=9, batch=256, micro_batch=256, threads=1)
    folder = tmp_path_factory.mktemp("cache")
    made = LocalEngine(HERE / "micro.gguf", None, folder, lambda _tokens, _requests: plan)
    yield made
    made.stop()


def truth_of(made: Made) -> dict[str, Said]:
    """What is printed, by key."""
    written = VALUES.form(TYPE, 0, 8).read(made.answer(VALUES, TYPE))
    filled = [Filled(w.key, w.rows, w.row, w.text, 1.0) for w in written]
    return dict(VALUES.read(TYPE, filled).fields)


def answer_of(engine: Engine, request: Request) -> Answer:
    for event in engine.ask(request).events():
        if isinstance(event, Answer):
            return event
    raise AssertionError("no answer")


@pytest.mark.parametrize("way", [VALUES, MARKS], ids=lambda way: way.name)
def test_invoices_that_it_has_never_seen_are_read_from_their_pages(
    engine: Engine, way: AnswerFormat
) -> None:
    right = placed = asked = 0
    for seed in range(FRESH, FRESH + 8):
        made = invoice(seed)
        page = page_of(made.text.split("\n"))
        convention = infer([page])
        scene = scene_of([page], convention)
        hidden = echoes_of(scene, rows_of(scene, TYPE))
        marks = marks_of(scene, TYPE, hidden) if way.marks else ()
        text = text_of(scene, marks, hidden)
        request = Request(
            str(seed),
            way.instructions(TYPE),
            (TextPart(text),),
            way.form(TYPE, len(marks), 8),
            1200,
        )
        question = Asked(0, TYPE.name, way.name, (1,), (1,), marks=len(marks))
        given = Given(question, answer_of(engine, request))
        claims = {c.key: c for c in reading_of(given, [page], TYPE, convention).claims}
        for field in TYPE.fields:
            printed = truth_of(made)[field.key].text
            wanted = read(field.kind, printed, convention) if printed else None
            claim = claims.get(field.key)
            asked += 1
            if wanted is None or claim is None:
                right += (wanted is None) == (claim is None)
                continue
            right += same(field.kind, claim.value, wanted.value)
            placed += claim.box is not None
    assert right > 0.9 * asked
    assert placed > 0.7 * asked
