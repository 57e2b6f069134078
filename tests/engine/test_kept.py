"""Kept documents: the next question on one starts where it ends, and answers no differently."""

from __future__ import annotations

import hashlib
import itertools
import math
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from app.engine.kept import FOLDER, KeptFiles, Point, forget_kept, most_kept
from app.engine.local import LocalEngine
from app.engine.messages import (
    Answer,
    Part,
    PicturePart,
    Piece,
    Progress,
    Request,
    Stage,
    TextPart,
)
from app.engine.plan import CacheType, Plan
from app.errors import ProblemError
from tests.engine.test_local import FORM, INSTRUCTIONS, TEXTS, answer_of, answers_of, plan
from tests.tiny_model import tiny_models

CONTRACT = "§ 7 The notice period is three months to the end of a quarter. " * 16
OTHER = "Lease of 03.11.2026 between Müller & Söhne and the tenant, 1.234,50 EUR a month. " * 14
QUESTIONS = ["\nWhat is the notice period?", "\nWho signs?", "\nHow much is it, and when?"]

_numbers = itertools.count(1)


def about(
    document: str | tuple[Part, ...], question: str, *, kept: bool = True, **more: object
) -> Request:
    """A question about a document, of which more come if it is ``kept``."""
    parts = (TextPart(document),) if isinstance(document, str) else document
    asked = Request(
        f"question {next(_numbers)}",
        INSTRUCTIONS,
        (*parts, TextPart(question)),
        most_tokens=24,
        kept=len(parts) if kept else 0,
    )
    return replace(asked, **more)  # type: ignore[arg-type]


def started(cache: Path, chosen: Plan | None = None, *, model: Path | None = None) -> LocalEngine:
    made = chosen or plan()
    models = tiny_models()
    return LocalEngine(model or models.text, models.projector, cache, lambda _t, _r: made)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[LocalEngine]:
    made = started(tmp_path)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Request], Answer]]:
    """Answers without anything kept."""
    made = started(tmp_path_factory.mktemp("plain"))
    yield lambda asked: answer_of(made, replace(asked, id=f"plain {asked.id}", kept=0))
    made.stop()


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[PicturePart, PicturePart]:
    found = []
    for number in range(2):
        path = tmp_path / f"page-{number}.png"
        image = Image.new("RGB", (192, 128), "white")
        ImageDraw.Draw(image).text((20, 50), f"Total {number}2,50 EUR", fill="black")
        image.save(path)
        found.append(PicturePart(str(path), hashlib.sha256(path.read_bytes()).hexdigest()))
    return found[0], found[1]


def states(cache: Path) -> list[Path]:
    return sorted((cache / FOLDER).glob("*.state"))


def own_tokens(answer: Answer) -> int:
    """Tokens of the prompt that had to be decoded."""
    return answer.counts.prompt - answer.counts.cached


def assert_same(one: Answer, other: Answer) -> None:
    assert one.text == other.text
    assert one.counts.sampled == other.counts.sampled
    sure = [[math.log(filled.certainty) for filled in each.filled] for each in (one, other)]
    assert sure[0] == pytest.approx(sure[1], abs=0.02)


def test_the_next_question_decodes_only_its_own_words(
    engine: LocalEngine, plain: Callable[[Request], Answer]
) -> None:
    first, *others = [about(CONTRACT, question) for question in QUESTIONS]
    cold = answer_of(engine, first)
    assert_same(cold, plain(first))
    assert cold.counts.cached == 0
    for asked in others:
        warm = answer_of(engine, asked)
        assert_same(warm, plain(asked))
        assert 0 < own_tokens(warm) < 60
        assert warm.counts.cached > 500
    again = answer_of(engine, replace(first, id="again"))
    assert_same(again, cold)


def test_a_filled_form_is_as_sure_as_without(
    engine: LocalEngine, plain: Callable[[Request], Answer]
) -> None:
    for question in QUESTIONS:
        asked = about(CONTRACT, question, form=FORM, most_tokens=200)
        assert_same(answer_of(engine, asked), plain(asked))


def test_a_document_is_there_after_a_restart(
    tmp_path: Path, plain: Callable[[Request], Answer]
) -> None:
    first = started(tmp_path)
    answer_of(first, about(CONTRACT, QUESTIONS[0]))
    first.stop()
    assert len(states(tmp_path)) == 1
    # Guessing changes from start to start with what was learned; states do not depend on it.
    for chosen in (plan(), plan(drafts=4)):
        second = started(tmp_path, chosen)
        try:
            for question in QUESTIONS[1:]:
                asked = about(CONTRACT, question)
                kept = answer_of(second, asked)
                assert own_tokens(kept) < 60
                assert kept.text == plain(asked).text
        finally:
            second.stop()
    assert len(states(tmp_path)) == 1


def test_a_state_is_the_users_alone(tmp_path: Path, engine: LocalEngine) -> None:
    answer_of(engine, about(CONTRACT, QUESTIONS[0]))
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / FOLDER).stat().st_mode) == 0o700
        for path in (tmp_path / FOLDER).iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {path.suffix for path in (tmp_path / FOLDER).iterdir()} == {".state", ".json"}


def test_what_is_forgotten_is_read_again(
    tmp_path: Path, plain: Callable[[Request], Answer]
) -> None:
    asked = about(CONTRACT, QUESTIONS[0])
    for _ in range(2):
        engine = started(tmp_path)
        try:
            answer = answer_of(engine, asked)
        finally:
            engine.stop()
        # The instructions, which hold nothing of a document, are there the second time.
        assert own_tokens(answer) > 500
        assert_same(answer, plain(asked))
        assert states(tmp_path)
        assert forget_kept(tmp_path)
        assert not (tmp_path / FOLDER).exists()
    assert forget_kept(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda state: state.write_bytes(state.read_bytes()[:100]),
        lambda state: state.write_bytes(state.read_bytes()[:-64] + bytes(64)),
        lambda state: state.write_bytes(state.read_bytes()[:9999].ljust(state.stat().st_size)),
        lambda state: state.with_suffix(".json").unlink(),
        lambda state: state.with_suffix(".json").write_text("{}"),
        lambda state: state.with_suffix(".json").write_bytes(
            state.with_suffix(".json").read_bytes().replace(b'"cells":', b'"cells":1')
        ),
    ],
)
def test_a_damaged_state_costs_only_time(
    tmp_path: Path, plain: Callable[[Request], Answer], damage: Callable[[Path], object]
) -> None:
    first = started(tmp_path)
    answer_of(first, about(CONTRACT, QUESTIONS[0]))
    first.stop()
    [state] = states(tmp_path)
    damage(state)
    second = started(tmp_path)
    try:
        asked = about(CONTRACT, QUESTIONS[1])
        answer = answer_of(second, asked)
        assert own_tokens(answer) > 500
        assert_same(answer, plain(asked))
        warm = about(CONTRACT, QUESTIONS[2])
        answer = answer_of(second, warm)
        assert own_tokens(answer) < 60
        assert_same(answer, plain(warm))
    finally:
        second.stop()


def test_a_folder_that_cannot_be_written_costs_only_time(
    tmp_path: Path, plain: Callable[[Request], Answer]
) -> None:
    (tmp_path / FOLDER).write_text("a file stands where the folder should be")
    engine = started(tmp_path)
    try:
        for question in QUESTIONS:
            asked = about(CONTRACT, question)
            assert_same(answer_of(engine, asked), plain(asked))
        assert own_tokens(answer_of(engine, about(CONTRACT, "\nAnd?"))) < 60
    finally:
        engine.stop()


def test_instructions_that_requests_share_do_not_push_a_document_out(
    engine: LocalEngine, plain: Callable[[Request], Answer]
) -> None:
    answer_of(engine, about(CONTRACT, QUESTIONS[0]))
    for number, question in enumerate(QUESTIONS):
        invoice = about(TEXTS[number], "", kept=False, instructions=f"Type {number % 2}. Read it.")
        assert_same(answer_of(engine, invoice), plain(invoice))
        asked = about(CONTRACT, question)
        answer = answer_of(engine, asked)
        assert own_tokens(answer) < 60
        assert_same(answer, plain(asked))


def test_questions_and_a_pile_go_through_together(
    engine: LocalEngine, plain: Callable[[Request], Answer]
) -> None:
    pile = [about(text, "", kept=False, instructions="Read this.") for text in TEXTS]
    asked = [about(document, q) for q in QUESTIONS for document in (CONTRACT, OTHER)]
    mixed = [*asked[:3], *pile, *asked[3:]]
    for request, answer in zip(mixed, answers_of(engine, mixed), strict=True):
        assert_same(answer, plain(request))


def test_two_questions_on_a_new_document_read_it_once(engine: LocalEngine) -> None:
    answer_of(engine, about("x", "", kept=False))
    asked = [about(CONTRACT, question) for question in QUESTIONS[:2]]
    # Whatever comes first goes through alone, so that is something else.
    _, first, second = answers_of(engine, [about("y", "", kept=False), *asked])
    assert own_tokens(first) > 500
    assert own_tokens(second) < 60


def test_the_document_used_last_stays_when_room_is_short(
    tmp_path: Path, plain: Callable[[Request], Answer]
) -> None:
    """There is room for one of the two and its questions; the other comes from the disk."""
    size = plain(about(CONTRACT, "")).counts.prompt
    engine = started(tmp_path, plan(context=-(-(size + 300) // 256) * 256))
    try:
        answer_of(engine, about(CONTRACT, QUESTIONS[0]))
        answer_of(engine, about(OTHER, QUESTIONS[0]))
        shutil.rmtree(tmp_path / FOLDER)  # what is not in memory is nowhere now
        stays = about(OTHER, QUESTIONS[1])
        answer = answer_of(engine, stays)
        assert own_tokens(answer) < 60
        assert_same(answer, plain(stays))
        gone = about(CONTRACT, QUESTIONS[1])
        answer = answer_of(engine, gone)
        assert own_tokens(answer) > 500
        assert_same(answer, plain(gone))
        answer_of(engine, about(OTHER, QUESTIONS[2]))
        back = about(CONTRACT, QUESTIONS[2])
        answer = answer_of(engine, back)
        assert own_tokens(answer) < 60  # out of memory, and still on the disk
        assert_same(answer, plain(back))
    finally:
        engine.stop()


def test_of_several_documents_the_one_not_asked_about_for_longest_goes(tmp_path: Path) -> None:
    third = "Minutes of the meeting of 12.03.2026, item 7: the roof is repaired. " * 16
    engine = started(tmp_path, plan(context=2048, sequences=9))
    try:
        for document in (CONTRACT, OTHER, CONTRACT):
            answer_of(engine, about(document, QUESTIONS[0]))
        answer = answer_of(engine, about(third, QUESTIONS[0]))
        assert answer.counts.prompt > 600
        shutil.rmtree(tmp_path / FOLDER)
        for document in (third, CONTRACT):
            assert own_tokens(answer_of(engine, about(document, QUESTIONS[1]))) < 60
        assert own_tokens(answer_of(engine, about(OTHER, QUESTIONS[1]))) > 500
    finally:
        engine.stop()


def test_a_request_that_needs_all_the_room_gets_it(
    tmp_path: Path, plain: Callable[[Request], Answer]
) -> None:
    engine = started(tmp_path, plan(context=2048))
    try:
        answer_of(engine, about(CONTRACT, QUESTIONS[0]))
        long = about("word " * 480, "", kept=False)
        assert plain(long).counts.prompt > 1900
        assert_same(answer_of(engine, long), plain(long))
        asked = about(CONTRACT, QUESTIONS[1])
        answer = answer_of(engine, asked)
        assert own_tokens(answer) < 60
        assert_same(answer, plain(asked))
    finally:
        engine.stop()


def test_with_one_sequence_a_document_comes_from_the_disk(
    tmp_path: Path, plain: Callable[[Request], Answer]
) -> None:
    engine = started(tmp_path, plan(sequences=2))
    try:
        for question in QUESTIONS:
            asked = about(CONTRACT, question)
            answer = answer_of(engine, asked)
            assert_same(answer, plain(asked))
        assert own_tokens(answer) < 60
    finally:
        engine.stop()


def test_a_kept_document_is_given_a_sequence_of_its_own(tmp_path: Path) -> None:
    wanted: list[int] = []

    def plan_for(_tokens: int, requests: int) -> Plan:
        wanted.append(requests)
        return plan(sequences=requests + 1)

    engine = LocalEngine(tiny_models().text, None, tmp_path, plan_for)
    try:
        answer_of(engine, about(CONTRACT, "", kept=False))
        answer_of(engine, about(CONTRACT, QUESTIONS[0]))
        shutil.rmtree(tmp_path / FOLDER)
        assert own_tokens(answer_of(engine, about(CONTRACT, QUESTIONS[1]))) < 60
    finally:
        engine.stop()
    assert wanted == [1, 2]


def test_a_new_plan_finds_the_document_on_disk(
    tmp_path: Path, plain: Callable[[Request], Answer]
) -> None:
    def plan_for(_tokens: int, requests: int) -> Plan:
        return plan(sequences=requests + 1, drafts=requests % 2)

    engine = LocalEngine(tiny_models().text, None, tmp_path, plan_for)
    try:
        answer_of(engine, about(CONTRACT, QUESTIONS[0]))
        pile = [about(text, "", kept=False) for text in TEXTS]
        for asked, answer in zip(pile, answers_of(engine, pile), strict=True):
            assert_same(answer, plain(asked))
        asked = about(CONTRACT, QUESTIONS[1])
        answer = answer_of(engine, asked)
        assert own_tokens(answer) < 60
        assert_same(answer, plain(asked))
    finally:
        engine.stop()


def test_another_number_format_or_stretch_has_states_of_its_own(tmp_path: Path) -> None:
    for chosen in (
        plan(),
        replace(plan(), cache_type=CacheType.Q8_0),
        replace(plan(), yarn_factor=4.0),
    ):
        engine = started(tmp_path, chosen)
        try:
            assert own_tokens(answer_of(engine, about(CONTRACT, QUESTIONS[0]))) > 500
        finally:
            engine.stop()
    assert len(states(tmp_path)) == 3


def test_an_adapter_has_states_of_its_own(
    engine: LocalEngine, plain: Callable[[Request], Answer]
) -> None:
    adapter = str(tiny_models().adapter)
    for question in QUESTIONS[:2]:
        asked = about(CONTRACT, question)
        adapted = replace(asked, id=f"adapted {asked.id}", adapter=adapter)
        one, other = answer_of(engine, asked), answer_of(engine, adapted)
        assert_same(one, plain(asked))
        assert_same(other, plain(adapted))
        assert one.text != other.text
    assert own_tokens(one) < 60
    assert own_tokens(other) < 60


def test_a_document_is_continued_by_another(
    tmp_path: Path, plain: Callable[[Request], Answer]
) -> None:
    """The longest state that a prompt begins with is used, whether in memory or on disk."""
    both = (TextPart(CONTRACT), TextPart(OTHER))
    first = started(tmp_path)
    answer_of(first, about(CONTRACT, QUESTIONS[0]))
    first.stop()
    second = started(tmp_path)
    try:
        asked = about(both, QUESTIONS[0])
        answer = answer_of(second, asked)
        assert answer.counts.cached > 500
        assert own_tokens(answer) > 500
        assert_same(answer, plain(asked))
        for document in (both, CONTRACT):
            asked = about(document, QUESTIONS[1])
            answer = answer_of(second, asked)
            assert own_tokens(answer) < 60
            assert_same(answer, plain(asked))
    finally:
        second.stop()


def test_pictures_of_a_document_are_kept_with_it(
    tmp_path: Path,
    plain: Callable[[Request], Answer],
    pictures: tuple[PicturePart, PicturePart],
) -> None:
    one, other = pictures
    document = (TextPart("Page 1\n"), one, TextPart("\nPage 2\n"), other)
    cache = tmp_path / "cache"
    first = started(cache)
    try:
        cold = answer_of(first, about(document, QUESTIONS[0]))
        assert cold.counts.pictures > 0
        for question in QUESTIONS:
            asked = about(document, question)
            answer = answer_of(first, asked)
            assert own_tokens(answer) < 60
            assert answer.counts.pictures == cold.counts.pictures
            assert_same(answer, plain(asked))
    finally:
        first.stop()
    shutil.rmtree(cache / "pictures")
    second = started(cache)
    try:
        asked = about(document, QUESTIONS[1])
        events = list(second.ask(asked).events())
        answer = events[-1]
        assert isinstance(answer, Answer)
        assert own_tokens(answer) < 60
        assert_same(answer, plain(asked))
        stages = [event.stage for event in events if isinstance(event, Progress)]
        assert Stage.PICTURES not in stages
        # The same pictures the other way round are another document.
        turned = about((TextPart("Page 1\n"), other, TextPart("\nPage 2\n"), one), QUESTIONS[1])
        answer = answer_of(second, turned)
        assert own_tokens(answer) > 60
        assert_same(answer, plain(turned))
        # A picture that belongs to the question comes after what is kept.
        shown = replace(asked, id="shown", parts=(*document, one, TextPart(QUESTIONS[2])))
        answer = answer_of(second, shown)
        assert 0 < own_tokens(answer) < 120
        assert_same(answer, plain(shown))
    finally:
        second.stop()


def test_the_next_token_layer_goes_on_after_a_kept_document(
    tmp_path: Path, plain: Callable[[Request], Answer]
) -> None:
    for _ in range(2):
        engine = started(tmp_path, plan(drafts=2, nextn=True), model=tiny_models().mtp)
        try:
            for question in QUESTIONS:
                asked = about(CONTRACT, question)
                answer = answer_of(engine, asked)
                assert answer.text == plain(asked).text
                assert answer.counts.drafted > 0
            assert own_tokens(answer) < 60
        finally:
            engine.stop()


def test_a_question_that_is_stopped_and_asked_again_goes_on(tmp_path: Path) -> None:
    text = " ".join(f"{number} words of page {number % 20}." for number in range(480))
    asked = about(text, QUESTIONS[0])
    engine = started(tmp_path, plan(context=16_384))
    try:
        running = engine.ask(asked)
        with pytest.raises(ProblemError):  # noqa: PT012 - given up while it is on its way
            for event in running.events():
                if isinstance(event, Progress) and _has_read(event, 5000):
                    running.cancel()
        assert not states(tmp_path)
        again = answer_of(engine, replace(asked, id="again"))
        assert again.counts.cached >= 4096
        assert own_tokens(again) > 1000
        third = answer_of(engine, replace(asked, id="third"))
        assert own_tokens(third) < 60
    finally:
        engine.stop()
    fresh = started(tmp_path / "fresh", plan(context=16_384))
    try:
        assert_same(again, answer_of(fresh, replace(asked, id="fresh", kept=0)))
        assert_same(third, again)
    finally:
        fresh.stop()


def test_thoughts_stream_before_the_answer(engine: LocalEngine) -> None:
    events = list(engine.ask(about(CONTRACT, QUESTIONS[0], think_tokens=16)).events())
    answer = events[-1]
    assert isinstance(answer, Answer)
    pieces = [event for event in events if isinstance(event, Piece)]
    assert "".join(piece.text for piece in pieces if piece.thinking) == answer.thinking != ""
    assert "".join(piece.text for piece in pieces if not piece.thinking) == answer.text
    order = [piece.thinking for piece in pieces]
    assert order == sorted(order, reverse=True)
    assert order.count(True) > 1
    # Thinking or not, the document before it is the same.
    assert own_tokens(answer_of(engine, about(CONTRACT, QUESTIONS[1]))) < 60


def test_a_long_document_being_kept_does_not_hold_up_short_requests(tmp_path: Path) -> None:
    engine = started(tmp_path, plan(context=16_384))
    try:
        answer_of(engine, about("x", "", kept=False))
        long = engine.ask(about("word " * 2500, QUESTIONS[0]))
        answer_of(engine, about(TEXTS[0], "", kept=False))
        long.cancel()
        events = list(_until_problem(long.events()))
        assert any(isinstance(e, Progress) and e.stage is Stage.READING for e in events)
        assert not any(isinstance(event, Piece) for event in events)
    finally:
        engine.stop()


def _has_read(event: Progress, tokens: int) -> bool:
    return event.stage is Stage.READING and event.done > tokens


def _until_problem(events: Iterator[object]) -> Iterator[object]:
    with pytest.raises(ProblemError):
        yield from events


# the folder ---------------------------------------------------------------------------


def put(files: KeptFiles, name: str, size: int, elements: int = 10) -> None:
    def write(path: Path) -> bool:
        path.write_bytes(name.encode() * (size // len(name)))
        return True

    files.put("0" * 16, name, Point(elements, 10, 10, 0), size, write)


def test_the_oldest_states_give_way_to_new_ones(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    files = KeptFiles(folder, lambda _kept, _free: 3200)
    names = [f"{number:032x}" for number in range(5)]
    for number, name in enumerate(names[:3]):
        put(files, name, 1024, number)
    assert files.get("0" * 16, 0, names[0]) is not None  # and so it is used last
    put(files, names[3], 1024, 3)
    assert files.get("0" * 16, 1, names[1]) is None
    assert files.get("0" * 16, 0, names[0]) is not None
    assert files.lengths("0" * 16) == [3, 2, 0]
    put(files, names[4], 4096, 4)  # too large for all of the room
    assert files.get("0" * 16, 4, names[4]) is None
    assert {path.suffix for path in folder.iterdir()} <= {".state", ".json"}


def test_the_room_on_disk_is_a_share_with_a_floor_and_a_ceiling() -> None:
    gb = 1_000_000_000
    assert most_kept(0, 100 * gb) == 10 * gb
    assert most_kept(10 * gb, 90 * gb) == 10 * gb
    assert most_kept(0, 1000 * gb) == 20 * gb
    assert most_kept(0, 10 * gb) == 2 * gb
    assert most_kept(0, 2 * gb) == gb
    assert most_kept(0, gb // 2) < 0


def test_a_state_that_was_not_written_leaves_nothing(tmp_path: Path) -> None:
    files = KeptFiles(tmp_path / FOLDER, lambda _kept, _free: 1 << 30)

    def full(path: Path) -> bool:
        path.write_bytes(b"half of it")
        raise OSError("no space left on device")

    files.put("0" * 16, "1" * 32, Point(1, 1, 1, 0), 10, full)
    files.put("0" * 16, "1" * 32, Point(1, 1, 1, 0), 10, lambda _path: False)
    assert not list((tmp_path / FOLDER).iterdir())
