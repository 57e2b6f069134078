"""Questions that the database answers: by a filled form, or by controls, over a real library."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.asking.assistant import Assistant
from app.asking.filling import names_like
from app.asking.keeping import unpack_reply
from app.asking.messages import Answered, Ask, Chosen, Computed, Event, Told, Way
from app.engine.engine import Engine
from app.engine.messages import Request
from app.errors import Code, ProblemError, problem
from app.library import Library
from app.library.calculation import Calculation, Column, Condition, Measure, Operator
from app.library.notation import read_notation
from tests.asking.shelf import INVOICE, put
from tests.engine_script import ScriptedEngine, Spoken, text_of
from tests.library.papers import invoice

TODAY = dt.date(2026, 11, 21)
SUM = "sum gross of invoice"

Asker = Callable[[Engine | None], Assistant]


@pytest.fixture
def assistant(library: Library, desk: Path) -> Iterator[Asker]:
    """Makes assistants for a library with three invoices, and closes them at the end."""
    for at, total in enumerate(("119.00", "238.00", "1000.00"), 1):
        seller = "Müller GmbH" if at < 3 else "Schmidt KG"
        record = invoice(f"R-{at}", total, seller=seller)
        put(library, desk, f"{at}.pdf", INVOICE, records=[record])
    made: list[Assistant] = []

    def make(engine: Engine | None) -> Assistant:
        made.append(Assistant(library, lambda: engine, lambda: TODAY))
        return made[-1]

    yield make
    for each in made:
        each.close()


def filling(line: str, told: str = "It is 1.190,00 [A1:5].") -> ScriptedEngine:
    """An engine that fills the form with this line, and tells this from pages."""

    def script(request: Request) -> str | Spoken:
        return f"{line}\n" if request.form is not None else Spoken(told)

    return ScriptedEngine(script)


def last_of(assistant: Assistant, ask: Ask) -> tuple[list[Event], Answered]:
    events = list(assistant.ask(ask).events())
    last = events[-1]
    assert isinstance(last, Answered)
    return events, last


def test_a_question_about_numbers_is_answered_by_the_database(
    library: Library, assistant: Asker
) -> None:
    engine = filling('sum gross of invoice where seller has "Müller"')
    events, last = last_of(assistant(engine), Ask("What did we pay Mueller?"))
    assert Chosen(Way.COMPUTED) in events
    reply = last.reply
    assert isinstance(reply, Computed)
    assert [figure.value for figure in reply.figures.figures] == [Decimal("357.00")]
    assert "357.00" in reply.sentence
    assert not reply.by_hand
    assert reply.today == "2026-11-21"
    [turn] = library.turns(last.conversation)
    assert turn.text == reply.sentence
    assert unpack_reply(turn.reply) == reply


def test_the_model_is_told_how_the_library_spells_a_name(assistant: Asker) -> None:
    engine = filling(SUM)
    last_of(assistant(engine), Ask("What did we pay muller?"))
    assert "Names: Müller GmbH\n" in text_of(engine.asked.get())


def test_a_follow_up_knows_the_calculation_before_it(assistant: Asker) -> None:
    engine = filling(SUM)
    asking = assistant(engine)
    _, first = last_of(asking, Ask("What did we pay?"))
    last_of(asking, Ask("And in March?", conversation=first.conversation))
    engine.asked.get()
    assert f"Before: What did we pay?\n{SUM}\nQuestion: And in March?" in text_of(
        engine.asked.get()
    )


def test_controls_set_by_hand_need_no_model(library: Library, assistant: Asker) -> None:
    calculation = read_notation("count of invoice")
    _, last = last_of(assistant(None), Ask("", calculation=calculation))
    reply = last.reply
    assert isinstance(reply, Computed)
    assert reply.by_hand
    assert [figure.value for figure in reply.figures.figures] == [3]
    assert library.conversation(last.conversation).title == reply.sentence


def test_controls_that_cannot_be_worked_out_say_so(library: Library, assistant: Asker) -> None:
    wrong = Calculation(
        Measure.SUM,
        Column("gross"),
        where=(Condition(Column("no_such_field"), Operator.HAS, "'; DROP TABLE records; --"),),
    )
    with pytest.raises(ProblemError) as raised:
        last_of(assistant(None), Ask("Sum", calculation=wrong))
    assert raised.value.problem.code is Code.CALCULATION_UNFIT
    assert library.counts().documents == 3


def test_a_question_about_what_papers_say_is_answered_from_pages(assistant: Asker) -> None:
    engine = filling("read", "The total is 1.190,00 EUR [A1:5].")
    _, last = last_of(assistant(engine), Ask("What does the Rechnung say about the Gesamt?"))
    assert isinstance(last.reply, Told)
    assert last.reply.way is Way.PASSAGES
    assert [citation.first_line for citation in last.reply.citations] == [5]


def test_the_user_can_choose_pages_instead_of_figures(assistant: Asker) -> None:
    engine = filling(SUM, "1.190,00 [A1:5]")
    _, last = last_of(assistant(engine), Ask("Gesamt Rechnung", way=Way.PASSAGES))
    assert isinstance(last.reply, Told)
    assert engine.asked.get().form is None


def test_documents_that_were_picked_are_read_and_not_counted(
    library: Library, assistant: Asker
) -> None:
    engine = filling(SUM, "1.190,00 [1:5]")
    document = library.document_ids()[0]
    _, last = last_of(assistant(engine), Ask("What is the total?", (document,)))
    assert isinstance(last.reply, Told)


def test_where_the_model_fails_at_the_form_nothing_is_made_up(
    library: Library, assistant: Asker
) -> None:
    engine = ScriptedEngine(lambda _: problem(Code.MODEL_CRASHED, "x"))
    with pytest.raises(ProblemError, match="model_crashed"):
        last_of(assistant(engine), Ask("What did we pay?"))
    assert library.conversations() == []


def test_half_a_character_in_a_condition_or_a_question_loses_no_answer(
    library: Library, assistant: Asker
) -> None:
    condition = Condition(Column("seller"), Operator.IS, "x\ud800")
    by_hand = Calculation(Measure.COUNT, where=(condition,))
    _, last = last_of(assistant(None), Ask("", calculation=by_hand))
    assert library.turns(last.conversation)
    engine = filling(SUM)
    _, last = last_of(assistant(engine), Ask("How many \udcff?"))
    assert isinstance(last.reply, Computed)
    assert text_of(engine.asked.get()).endswith("How many \ufffd?")  # it can be sent


def test_a_question_as_long_as_a_book_is_answered(assistant: Asker) -> None:
    _, last = last_of(assistant(filling(SUM)), Ask("muller " * 1_000_000))
    assert isinstance(last.reply, Computed)


def test_names_are_looked_for_in_the_beginning_of_a_question_only() -> None:
    names = tuple(f"Seller{at} GmbH" for at in range(500))
    assert names_like("x " * 1_000_000 + "Seller7", names) == ()
    assert names_like("Seller7?", names)[0] == "Seller7 GmbH"
