"""A model reads what is read, in the background; on a real library and reading child.

The model is a script (see ``tests.engine_script``): what matters here is when it is asked,
and what becomes of its answers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.document import Reader, Status
from app.document_types import document_type
from app.engine.engine import Engine
from app.engine.messages import Request
from app.errors import Code, ProblemError, problem
from app.journey import Changed, Event, Journey, Refining, read_once
from app.library import Library, State
from tests.engine_script import ScriptedEngine, says, text_of
from tests.journey.test_journey import add, wait_for
from tests.paper import invoice_pdf

INVOICE = document_type("invoice")
RIGHT = {
    "invoice_number": "A-1001",
    "issue_date": "03 November 2026",
    "seller_name": "Made-up Tools GmbH",
    "buyer_name": "Invented Customer Ltd",
    "currency": "EUR",
    "total_gross": "119.00",
}


class Desk:
    """A library, a journey and the engine that the model's part is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine: Engine | None = ScriptedEngine(says(INVOICE, RIGHT))
        self.events: list[Event] = []
        self.library = Library.open(folder / "library")
        self.journey = self._journey()

    def _journey(self) -> Journey:
        journey = Journey(self.library, workers=1, engine=lambda: self.engine)
        journey.subscribe(self.events.append)
        return journey

    @property
    def script(self) -> ScriptedEngine:
        assert isinstance(self.engine, ScriptedEngine)
        return self.engine

    def restart(self) -> None:
        self.close()
        self.library = Library.open(self.folder / "library")
        self.journey = self._journey()

    def read(self, name: str = "a.pdf", number: str = "A-1001") -> int:
        [document_id] = add(self.journey, invoice_pdf(self.folder / name, number))
        self.journey.start()
        self.journey.drain()
        return document_id

    def record_id(self, document_id: int) -> int:
        [record_id] = self.library.records_of(document_id)
        return record_id

    def close(self) -> None:
        self.journey.stop()
        self.library.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def status(desk: Desk, document_id: int, key: str) -> tuple[str | None, Status, Reader | None]:
    field = desk.library.record(desk.record_id(document_id)).record.field(key)
    assert field is not None
    return field.value, field.status, field.reader


def waits(desk: Desk) -> Callable[[], bool]:
    return lambda: desk.library.refinement_counts().running == 1


def test_the_model_confirms_what_the_quick_reader_found(desk: Desk) -> None:
    desk.engine = None
    document_id = desk.read()
    assert status(desk, document_id, "invoice_number")[1] is Status.FOUND
    desk.engine = ScriptedEngine(says(INVOICE, RIGHT))
    assert desk.journey.refiner.refine() == 1
    desk.journey.drain()
    assert status(desk, document_id, "invoice_number")[:2] == ("A-1001", Status.VERIFIED)
    assert status(desk, document_id, "buyer_name")[:2] == ("Invented Customer Ltd", Status.VERIFIED)


def test_what_is_dropped_while_a_model_is_in_use_comes_to_it_by_itself(desk: Desk) -> None:
    document_id = desk.read()
    assert status(desk, document_id, "invoice_number")[1] is Status.VERIFIED
    assert desk.library.refinement_counts().waiting == 0
    assert "A-1001" in text_of(desk.script.asked.get_nowait())


def test_without_a_model_nothing_is_asked_and_nothing_changes(desk: Desk) -> None:
    desk.engine = None
    document_id = desk.read()
    assert desk.library.refinement_counts().waiting == 0
    assert status(desk, document_id, "invoice_number")[1] is Status.FOUND


def test_the_quick_reading_is_there_before_the_model_has_answered(desk: Desk) -> None:
    desk.script.gate.clear()
    [document_id] = add(desk.journey, invoice_pdf(desk.folder / "a.pdf"))
    desk.journey.start()
    wait_for(waits(desk))
    assert status(desk, document_id, "total_gross")[0] == "119.00"
    desk.script.gate.set()
    desk.journey.drain()
    assert status(desk, document_id, "invoice_number")[1] is Status.VERIFIED


def test_an_edit_made_in_between_wins(desk: Desk) -> None:
    desk.script.gate.clear()
    [document_id] = add(desk.journey, invoice_pdf(desk.folder / "a.pdf"))
    desk.journey.start()
    wait_for(waits(desk))
    desk.journey.edit(desk.record_id(document_id), "invoice_number", "MINE")
    desk.script.gate.set()
    desk.journey.drain()
    assert status(desk, document_id, "invoice_number")[:2] == ("MINE", Status.CONFIRMED)
    assert status(desk, document_id, "buyer_name")[1] is Status.VERIFIED


def test_a_record_that_was_looked_over_in_between_stays_as_it_was(desk: Desk) -> None:
    desk.script.script = says(INVOICE, RIGHT | {"invoice_number": "20457"})
    desk.script.gate.clear()
    [document_id] = add(desk.journey, invoice_pdf(desk.folder / "a.pdf"))
    desk.journey.start()
    wait_for(waits(desk))
    desk.library.set_reviewed(desk.record_id(document_id), True)
    desk.script.gate.set()
    desk.journey.drain()
    stored = desk.library.record(desk.record_id(document_id))
    assert stored.reviewed
    assert status(desk, document_id, "invoice_number")[:2] == ("A-1001", Status.FOUND)


def test_an_answer_about_a_reading_that_is_no_more_is_dropped(desk: Desk) -> None:
    desk.script.gate.clear()
    [document_id] = add(desk.journey, invoice_pdf(desk.folder / "a.pdf"))
    desk.journey.start()
    wait_for(waits(desk))
    first = desk.script
    desk.engine = None
    desk.journey.change_type(desk.record_id(document_id), "receipt")
    wait_for(lambda: desk.library.table("receipt") != [])
    first.gate.set()
    desk.journey.drain()
    assert status(desk, document_id, "receipt_number")[2] is not Reader.MODEL
    assert desk.library.refinement_counts() == desk.library.refinement_counts()


def test_work_for_the_model_survives_a_restart(desk: Desk) -> None:
    desk.script.gate.clear()
    [document_id] = add(desk.journey, invoice_pdf(desk.folder / "a.pdf"))
    desk.journey.start()
    wait_for(waits(desk))
    desk.restart()
    assert desk.library.refinement_counts().waiting == 1
    desk.script.gate.set()
    desk.journey.start()
    desk.journey.drain()
    assert status(desk, document_id, "invoice_number")[1] is Status.VERIFIED


def test_what_kills_the_engine_needs_attention_and_the_rest_goes_on(desk: Desk) -> None:
    bad, good = "A-6666", "A-1001"

    def script(request: Request) -> str | ProblemError:
        text = text_of(request)
        if bad in text:
            return problem(Code.MODEL_CRASHED, "request")
        return says(INVOICE, RIGHT)(request)

    desk.script.script = script
    [bad_id] = add(desk.journey, invoice_pdf(desk.folder / "bad.pdf", bad))
    [good_id] = add(desk.journey, invoice_pdf(desk.folder / "good.pdf", good, 23800))
    desk.journey.start()
    desk.journey.drain()
    record = desk.library.record(desk.record_id(bad_id)).record
    [flag] = [flag for flag in record.flags if flag.code == "model_failed"]
    assert "bad.pdf" in flag.message
    assert desk.library.document(bad_id).state is State.ATTENTION
    assert status(desk, bad_id, "invoice_number")[0] == bad
    assert status(desk, good_id, "buyer_name")[1] is Status.VERIFIED
    assert desk.library.refinement_counts().waiting == 0


def test_an_engine_that_cannot_work_now_leaves_everything_waiting(desk: Desk) -> None:
    desk.script.script = lambda _: problem(Code.MODEL_DAMAGED, "model.gguf")
    [document_id] = add(desk.journey, invoice_pdf(desk.folder / "a.pdf"))
    desk.journey.start()
    wait_for(
        lambda: any(not isinstance(e, Refining) and hasattr(e, "problem") for e in desk.events)
    )
    wait_for(lambda: desk.library.refinement_counts().waiting == 1)
    desk.script.script = says(INVOICE, RIGHT)
    desk.journey.refiner.resume()
    desk.journey.drain()
    assert status(desk, document_id, "invoice_number")[1] is Status.VERIFIED


def test_a_prompt_that_is_too_long_is_asked_with_fewer_pages(desk: Desk) -> None:
    sizes: list[int] = []

    def script(request: Request) -> str | ProblemError:
        sizes.append(len(text_of(request)))
        return problem(Code.PROMPT_TOO_LONG, "request")

    desk.script.script = script
    document_id = desk.read()
    assert len(sizes) == 3
    record = desk.library.record(desk.record_id(document_id)).record
    assert [flag.code for flag in record.flags if flag.code == "model_failed"]


def test_the_queue_of_the_model_can_be_paused_and_cancelled(desk: Desk) -> None:
    desk.journey.refiner.pause()
    document_id = desk.read()
    assert desk.library.refinement_counts().waiting == 1
    assert status(desk, document_id, "invoice_number")[1] is Status.FOUND
    desk.journey.refiner.cancel([document_id])
    desk.journey.refiner.resume()
    desk.journey.drain()
    assert status(desk, document_id, "invoice_number")[1] is Status.FOUND


def test_cancelling_ends_what_is_on_its_way(desk: Desk) -> None:
    desk.script.gate.clear()
    [document_id] = add(desk.journey, invoice_pdf(desk.folder / "a.pdf"))
    desk.journey.start()
    wait_for(waits(desk))
    desk.journey.refiner.cancel()
    desk.journey.drain()
    assert status(desk, document_id, "invoice_number")[1] is Status.FOUND


def test_progress_counts_documents(desk: Desk) -> None:
    for at in range(3):
        add(desk.journey, invoice_pdf(desk.folder / f"{at}.pdf", f"A-100{at}", 10000 + at))
    desk.script.script = says(INVOICE, {"currency": "EUR"})
    desk.journey.start()
    desk.journey.drain()
    told = [event for event in desk.events if isinstance(event, Refining)]
    assert max(event.total for event in told) >= 1
    assert (told[-1].done, told[-1].left) == (told[-1].total, 0.0)
    assert any(isinstance(event, Changed) for event in desk.events)


def test_no_thread_stays_behind(desk: Desk) -> None:
    desk.script.gate.clear()
    add(desk.journey, invoice_pdf(desk.folder / "a.pdf"))
    desk.journey.start()
    wait_for(waits(desk))
    desk.journey.stop()
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"refining", "asking"}


def test_reading_without_a_library_asks_the_model_too(tmp_path: Path) -> None:
    engine = ScriptedEngine(says(INVOICE, RIGHT))
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
    engine = ScriptedEngine(says(INVOICE, RIGHT))
    engine.never = ("A-2002", "A-3003")
    files = [
        invoice_pdf(tmp_path / f"{number}.pdf", number) for number in ("A-1001", "A-2002", "A-3003")
    ]
    outcomes = read_once(files, engine=engine)
    assert next(outcomes).problem is None
    outcomes.close()  # type: ignore[attr-defined]
    assert not [t.name for t in threading.enumerate() if t.name.startswith("read_")]
