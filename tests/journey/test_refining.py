"""A model reads what is read, in the background; on a real library and reading child.

The model is a script (see ``tests.engine_script``): what matters here is when it is asked,
and what becomes of its answers.
"""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pymupdf
import pytest

from app.document import Reader, Status
from app.document_types import document_type
from app.engine.choice import Engines
from app.engine.engine import Engine
from app.engine.messages import Request
from app.engine.models.store import ModelStore
from app.engine.server.settings import server_settings
from app.errors import Code, ProblemError, problem
from app.journey import Considering, Event, Journey, Refining, Trouble, read_once
from app.library import Library, State
from tests.engine.scripted_server import Server, scripted_server
from tests.engine_script import ScriptedEngine, says, text_of
from tests.journey.test_journey import add, wait_for
from tests.paper import invoice_pdf
from tests.reading.einvoices import cii

INVOICE = document_type("invoice")
RIGHT = {
    "issue_date": "03 November 2026",
    "seller_name": "Made-up Tools GmbH",
    "buyer_name": "Invented Customer Ltd",
    "currency": "EUR",
    "total_gross": "119.00",
}


def right(request: Request) -> str | ProblemError:
    """The right answer about any of the papers here."""
    number = re.search(r"A-\d+", text_of(request))
    assert number is not None
    return says(INVOICE, RIGHT | {"invoice_number": number[0]})(request)


class Desk:
    """A library, a journey and the engine that the model's part is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine: Engine | None = None
        self.engines: Engines | None = None  # the real ones, for tests of these
        self.events: list[Event] = []
        self.also: Callable[[Event], object] = lambda _: None
        self.papers = 1000
        self.library = Library.open(folder / "library")
        self.journey = self._journey()
        self.clear()

    def _journey(self) -> Journey:
        journey = Journey(self.library, workers=1, engine=self._current)
        journey.subscribe(self._hear)
        return journey

    def _current(self) -> Engine | None:
        return self.engines.current() if self.engines is not None else self.engine

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self.also(event)

    def clear(self) -> None:
        """As it is before a test: a model that knows the answers, and no work."""
        self.engine, self.engines = ScriptedEngine(right), None
        self.also = lambda _: None
        self.events.clear()
        self.journey.cancel()
        self.journey.refiner.cancel()
        self.journey.refiner.resume()

    @property
    def script(self) -> ScriptedEngine:
        assert isinstance(self.engine, ScriptedEngine)
        return self.engine

    @property
    def number(self) -> str:
        """The number of the latest paper."""
        return f"A-{self.papers}"

    @property
    def work(self) -> tuple[int, int]:
        """How many documents wait for the model, and how many it is asked about."""
        counts = self.library.refinement_counts()
        return counts.waiting, counts.running

    def wait_for_trouble(self, times: int = 1) -> None:
        wait_for(lambda: sum(isinstance(e, Trouble) for e in tuple(self.events)) >= times)

    def restart(self) -> None:
        self.close()
        self.library = Library.open(self.folder / "library")
        self.journey = self._journey()

    def drop(self) -> int:
        """Another paper; gives its id."""
        self.papers += 1
        path = invoice_pdf(self.folder / f"{self.number}.pdf", self.number)
        [document_id] = add(self.journey, path)
        self.journey.start()
        return document_id

    def read(self) -> int:
        document_id = self.drop()
        self.journey.drain()
        return document_id

    def drop_and_hold(self) -> int:
        """A paper that the model is asked about, and does not answer yet."""
        self.script.gate.clear()
        document_id = self.drop()
        wait_for(lambda: self.library.refinement_counts().running == 1)
        return document_id

    def answer(self) -> None:
        """Let the model answer."""
        self.script.gate.set()
        self.journey.drain()

    def record_id(self, document_id: int) -> int:
        [record_id] = self.library.records_of(document_id)
        return record_id

    def close(self) -> None:
        self.journey.stop()
        self.library.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    # One for all tests: starting its children takes longer than most of them.
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.close()


@pytest.fixture
def desk(shared: Desk) -> Desk:
    shared.clear()
    return shared


@pytest.fixture
def office(desk: Desk, tmp_path: Path) -> Iterator[Server]:
    """The office's server, which is in use and says nothing to what it is asked."""
    with scripted_server(lambda handler: handler.wait()) as server:
        engines = Engines(ModelStore(tmp_path / "models"), tmp_path / "cache")
        engines.store.set_server(server_settings(server.address))
        desk.engines = engines
        yield server
        desk.clear()
        engines.stop()


def status(desk: Desk, document_id: int, key: str) -> tuple[str | None, Status, Reader | None]:
    field = desk.library.record(desk.record_id(document_id)).record.field(key)
    assert field is not None
    return field.value, field.status, field.reader


def test_the_model_confirms_what_the_quick_reader_found(desk: Desk) -> None:
    desk.engine = None
    document_id = desk.read()
    assert desk.library.refinement_counts().waiting == 0
    assert status(desk, document_id, "invoice_number")[1] is Status.FOUND
    desk.engine = ScriptedEngine(right)
    assert desk.journey.refiner.refine([document_id]) == 1
    desk.journey.drain()
    assert status(desk, document_id, "invoice_number")[:2] == (desk.number, Status.VERIFIED)
    assert status(desk, document_id, "buyer_name")[:2] == ("Invented Customer Ltd", Status.VERIFIED)


def test_what_is_dropped_while_a_model_is_in_use_comes_to_it_by_itself(desk: Desk) -> None:
    document_id = desk.read()
    assert status(desk, document_id, "invoice_number")[1] is Status.VERIFIED
    assert desk.library.refinement_counts().waiting == 0
    assert desk.number in text_of(desk.script.asked.get_nowait())


def test_the_quick_reading_is_there_before_the_model_has_answered(desk: Desk) -> None:
    document_id = desk.drop_and_hold()
    assert status(desk, document_id, "total_gross")[0] == "119.00"
    desk.answer()
    assert status(desk, document_id, "invoice_number")[1] is Status.VERIFIED


def test_an_edit_made_in_between_wins(desk: Desk) -> None:
    document_id = desk.drop_and_hold()
    desk.journey.edit(desk.record_id(document_id), "invoice_number", "MINE")
    desk.answer()
    assert status(desk, document_id, "invoice_number")[:2] == ("MINE", Status.CONFIRMED)
    assert status(desk, document_id, "buyer_name")[1] is Status.VERIFIED


def test_a_record_that_was_looked_over_in_between_stays_as_it_was(desk: Desk) -> None:
    document_id = desk.drop_and_hold()
    desk.library.set_reviewed(desk.record_id(document_id), True)
    desk.answer()
    assert desk.library.record(desk.record_id(document_id)).reviewed
    assert status(desk, document_id, "invoice_number")[1] is Status.FOUND


def test_an_answer_about_a_reading_that_is_no_more_is_dropped(desk: Desk) -> None:
    document_id = desk.drop_and_hold()
    held = desk.script
    desk.engine = None
    desk.journey.change_type(desk.record_id(document_id), "receipt")
    wait_for(lambda: bool(desk.library.document(document_id).types == ("receipt",)))
    held.gate.set()
    desk.journey.drain()
    record = desk.library.record(desk.record_id(document_id)).record
    assert record.document_type == "receipt"
    assert Reader.MODEL not in {field.reader for field in record.fields}
    assert "read alike with and without the model" not in {field.reason for field in record.fields}


def test_work_for_the_model_survives_a_restart(desk: Desk) -> None:
    document_id = desk.drop_and_hold()
    desk.restart()
    assert desk.library.refinement_counts().waiting == 1
    desk.journey.start()
    desk.answer()
    assert status(desk, document_id, "invoice_number")[1] is Status.VERIFIED


def test_what_kills_the_engine_needs_attention_and_the_rest_goes_on(desk: Desk) -> None:
    bad = f"A-{desk.papers + 1}"

    def script(request: Request) -> str | ProblemError:
        if bad in text_of(request):
            return problem(Code.MODEL_CRASHED, "request")
        return right(request)

    desk.script.script = script
    bad_id, good_id = desk.drop(), desk.drop()
    desk.journey.drain()
    record = desk.library.record(desk.record_id(bad_id)).record
    [flag] = [flag for flag in record.flags if flag.code == "model_failed"]
    assert f"{bad}.pdf" in flag.message
    assert desk.library.document(bad_id).state is State.ATTENTION
    assert status(desk, bad_id, "invoice_number")[0] == bad
    assert status(desk, good_id, "buyer_name")[1] is Status.VERIFIED
    assert desk.library.refinement_counts().waiting == 0


def test_an_engine_that_cannot_work_now_leaves_everything_waiting(desk: Desk) -> None:
    desk.script.script = lambda _: problem(Code.MODEL_DAMAGED, "model.gguf")
    document_id = desk.drop()
    wait_for(lambda: any(isinstance(event, Trouble) for event in desk.events))
    wait_for(lambda: desk.library.refinement_counts().waiting == 1)
    desk.script.script = right
    desk.journey.refiner.resume()
    desk.journey.drain()
    assert status(desk, document_id, "invoice_number")[1] is Status.VERIFIED


def test_a_prompt_that_is_too_long_is_asked_with_fewer_pages_and_then_given_up(
    desk: Desk,
) -> None:
    asked: list[str] = []

    def script(request: Request) -> str | ProblemError:
        asked.append(request.id)
        return problem(Code.PROMPT_TOO_LONG, "request")

    desk.script.script = script
    document_id = desk.read()
    assert len(asked) == 3
    record = desk.library.record(desk.record_id(document_id)).record
    assert "model_failed" in {flag.code for flag in record.flags}


def test_the_queue_of_the_model_can_be_paused_and_cancelled(desk: Desk) -> None:
    desk.journey.refiner.pause()
    document_id = desk.read()
    assert desk.library.refinement_counts().waiting == 1
    desk.journey.refiner.cancel([document_id])
    desk.journey.refiner.resume()
    desk.journey.drain()
    assert status(desk, document_id, "invoice_number")[1] is Status.FOUND


def test_cancelling_ends_what_is_on_its_way(desk: Desk) -> None:
    document_id = desk.drop_and_hold()
    desk.journey.refiner.cancel()
    desk.journey.drain()
    assert status(desk, document_id, "invoice_number")[1] is Status.FOUND


def test_what_goes_into_the_trash_is_asked_about_no_more_until_it_is_restored(desk: Desk) -> None:
    document_id = desk.drop_and_hold()
    desk.library.trash([document_id])
    wait_for(lambda: not desk.journey.refiner.busy, 50)
    desk.library.restore([document_id])
    desk.answer()
    assert status(desk, document_id, "invoice_number")[1] is Status.VERIFIED


def test_a_second_look_that_is_asked_for_meanwhile_is_not_lost(desk: Desk) -> None:
    path = desk.folder / "einvoice.pdf"
    with pymupdf.open(invoice_pdf(desk.folder / "plain.pdf", "E-1")) as document:
        document.embfile_add("factur-x.xml", cii().encode())
        document.save(path)
    desk.engine = None
    [document_id] = add(desk.journey, path)
    desk.journey.start()
    desk.journey.drain()
    looked: list[int] = []

    def look(event: Event) -> None:
        # On the clerk's own thread: it has claimed the first, and has not prepared it yet.
        if isinstance(event, Refining) and not looked and desk.work == (0, 1):
            looked.append(desk.library.refine([document_id], second_look=True))

    desk.also = look
    desk.engine = ScriptedEngine(lambda _: problem(Code.MODEL_CRASHED, "request"))
    assert desk.library.refine([document_id]) == 1  # what the XML says is asked of no model
    desk.journey.refiner.notify()
    assert desk.script.asked.get(timeout=50).name == "einvoice.pdf"
    desk.journey.drain()
    assert looked == [1]


@pytest.mark.parametrize(
    "code",
    [Code.SERVER_FAILED, Code.SERVER_BROKE_OFF, Code.SERVER_THINKS, Code.MODEL_MEMORY],
)
def test_what_an_engine_fails_at_twice_is_left_and_the_rest_goes_on(desk: Desk, code: Code) -> None:
    bad = f"A-{desk.papers + 1}"

    def script(request: Request) -> str | ProblemError:
        return problem(code, "http://there") if bad in text_of(request) else right(request)

    desk.script.script = script
    bad_id, good_id = desk.drop(), desk.drop()
    for times in (1, 2):
        desk.wait_for_trouble(times)
        desk.journey.refiner.notify(anew=True)
    desk.journey.drain()
    assert desk.work == (0, 0)
    record = desk.library.record(desk.record_id(bad_id)).record
    assert "model_failed" in {flag.code for flag in record.flags}
    assert status(desk, good_id, "buyer_name")[1] is Status.VERIFIED


def test_an_answer_that_cannot_be_kept_is_asked_for_again_when_it_can(desk: Desk) -> None:
    document_id = desk.drop_and_hold()
    disk = desk.library._store._writer
    disk.execute("PRAGMA query_only = ON")
    try:
        desk.script.gate.set()
        desk.wait_for_trouble()
    finally:
        disk.execute("PRAGMA query_only = OFF")
    wait_for(lambda: desk.work == (1, 0), 50)
    desk.journey.refiner.notify(anew=True)
    desk.journey.drain()
    assert status(desk, document_id, "invoice_number")[1] is Status.VERIFIED


@pytest.mark.parametrize("code", [Code.MODEL_ADAPTER, Code.DAMAGED, Code.VANISHED])
def test_what_lies_with_one_document_holds_up_no_other(desk: Desk, code: Code) -> None:
    bad = f"A-{desk.papers + 1}"

    def script(request: Request) -> str | ProblemError:
        return problem(code, "adapter.gguf") if bad in text_of(request) else right(request)

    desk.script.script = script
    bad_id, good_id = desk.drop(), desk.drop()
    desk.journey.drain()
    assert desk.work == (0, 0)
    flags = desk.library.record(desk.record_id(bad_id)).record.flags
    [told] = [flag.message for flag in flags if flag.code == "model_failed"]
    assert ("adapter.gguf" in told) == (code is Code.MODEL_ADAPTER)
    assert status(desk, good_id, "buyer_name")[1] is Status.VERIFIED


@pytest.mark.parametrize("stored", [b"x", zlib.compress(b"x"), None])
def test_a_document_whose_pages_cannot_be_loaded_gets_a_flag(
    desk: Desk, stored: bytes | None
) -> None:
    desk.engine = None
    document_id = desk.read()
    picture = desk.library.picture_path(document_id, 1)
    assert picture is not None
    words = picture.with_suffix(".words")
    words.unlink()
    if stored is None:
        words.mkdir()  # it can be opened by nobody
    else:
        words.write_bytes(stored)
    desk.engine = ScriptedEngine(right)
    desk.journey.refiner.refine([document_id])
    wait_for(lambda: desk.work == (0, 0), 50)
    desk.journey.drain()
    record = desk.library.record(desk.record_id(document_id)).record
    [flag] = [flag for flag in record.flags if flag.code == "model_failed"]
    assert "could not be loaded" in flag.message


def test_pages_on_their_way_to_a_server_come_back_when_it_is_switched_off(
    desk: Desk, office: Server
) -> None:
    assert desk.engines is not None
    desk.drop()
    wait_for(lambda: bool(office.chats))
    ModelStore(desk.engines.store.folder).set_server(None)  # as the command line does it
    wait_for(lambda: desk.work == (1, 0), 50)
    assert len(office.chats) == 1


def test_a_server_that_is_switched_off_before_anything_was_sent_gets_nothing(
    desk: Desk, office: Server
) -> None:
    engines = desk.engines
    assert engines is not None
    off: list[Event] = []

    def switch_off(event: Event) -> None:
        # On the clerk's own thread: it has chosen the engine, and has not asked it yet.
        if isinstance(event, Refining) and not off and desk.work == (0, 1):
            engines.store.set_server(None)
            assert engines.current() is None
            off.append(event)

    desk.also = switch_off
    desk.drop()
    wait_for(lambda: bool(off) and desk.work == (1, 0), 50)
    assert office.asked == []


def test_where_pages_go_is_told_before_they_go_there(desk: Desk) -> None:
    there = ScriptedEngine(right)
    there.place = "http://there"
    told: list[bool] = []

    def here(request: Request) -> ProblemError:
        desk.engine = there
        return problem(Code.PROMPT_TOO_LONG, request.name)

    def answered_there(request: Request) -> str | ProblemError:
        reports = [event for event in tuple(desk.events) if isinstance(event, Refining)]
        told.append(reports[-1].place == there.place)
        return right(request)

    desk.script.script, there.script = here, answered_there
    desk.read()
    assert told == [True]


def test_progress_counts_documents(desk: Desk) -> None:
    desk.script.gate.clear()
    ids = [desk.drop() for _ in range(3)]
    wait_for(lambda: desk.library.refinement_counts().running == 3)
    desk.answer()

    def told() -> list[Refining]:
        return [event for event in tuple(desk.events) if isinstance(event, Refining)]

    # The last report follows on the work: whoever waited for that may be a moment ahead of it.
    wait_for(lambda: (told()[-1].done, told()[-1].total, told()[-1].left) == (3, 3, 0.0))
    assert max(event.total for event in told()) == 3
    considered = {event.document_id for event in desk.events if isinstance(event, Considering)}
    assert considered == set(ids)


def test_no_thread_stays_behind(desk: Desk) -> None:
    desk.drop_and_hold()
    desk.journey.stop()
    assert not {thread.name for thread in threading.enumerate()} & {"refining", "asking"}


def test_reading_without_a_library_asks_the_model_too(tmp_path: Path) -> None:
    engine = ScriptedEngine(right)
    [outcome] = read_once([invoice_pdf(tmp_path / "a.pdf")], engine=engine)
    [record] = outcome.records
    number = record.field("invoice_number")
    assert number is not None
    assert (number.value, number.status) == ("A-1001", Status.VERIFIED)


def test_reading_without_a_library_goes_on_where_the_model_fails(tmp_path: Path) -> None:
    engine = ScriptedEngine(lambda _: problem(Code.MODEL_CRASHED, "model"))
    [outcome] = read_once([invoice_pdf(tmp_path / "a.pdf")], engine=engine)
    [record] = outcome.records
    assert outcome.problem is None
    assert "model_failed" in {flag.code for flag in record.flags}


def test_leaving_early_does_not_wait_for_the_model(tmp_path: Path) -> None:
    engine = ScriptedEngine(right)
    engine.never = ("A-2002", "A-3003")
    files = [
        invoice_pdf(tmp_path / f"{number}.pdf", number) for number in ("A-1001", "A-2002", "A-3003")
    ]
    outcomes = read_once(files, engine=engine)
    assert next(outcomes).problem is None
    outcomes.close()  # type: ignore[attr-defined]
    assert not [t.name for t in threading.enumerate() if t.name.startswith("read_")]
