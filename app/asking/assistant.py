"""Answers questions to a library: works out figures, or has a model tell what pages say.

Each question has a thread of its own.  What is answered is kept as a turn of a conversation,
also what was stopped or broke off.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.asking.answers import Answering
from app.asking.filling import Earlier, fill_request, names_like, names_of, settled
from app.asking.gathering import Gatherer
from app.asking.going import Going
from app.asking.keeping import documents_of, pack_reply, unpack_reply
from app.asking.messages import Answered, Ask, Chosen, Computed, Doing, Reply, Told, Way
from app.asking.prompting import Before
from app.asking.showing import Pictures
from app.asking.telling import Teller
from app.asking.wording import sentence
from app.engine.engine import Engine
from app.engine.messages import Answer, Progress
from app.errors import Code, ProblemError, problem
from app.library import Library
from app.library.calculation import Calculation
from app.library.text import valid

_TITLE = 80  # characters of a question that become a title
_NAME = 60  # characters of a question in the words of a problem

_log = logging.getLogger(__name__)


class Assistant:
    """See :class:`app.asking.answers.Answers`.

    ``engine`` gives the engine to ask, ``None`` without a model.  :meth:`close` it before
    the library.
    """

    def __init__(
        self,
        library: Library,
        engine: Callable[[], Engine | None],
        today: Callable[[], dt.date] = dt.date.today,
    ) -> None:
        self._library = library
        self._engine = engine
        self._today = today
        self._pictures = Pictures()
        self._teller = Teller(library, Gatherer(library, self._pictures))
        self._going: set[Going] = set()
        self._lock = threading.Lock()
        self._closed = False

    @property
    def can_read(self) -> bool:
        """Whether a model is chosen, even if it cannot be used just now."""
        try:
            return self._engine() is not None
        except ProblemError:
            return True

    def ask(self, ask: Ask) -> Answering:
        """Begin with a question."""
        ask = _valid(ask)
        going = Going(ask.text[:_NAME])
        with self._lock:
            if self._closed:
                going.stop()
            else:
                self._going.add(going)
        going.start(lambda each: self._answer(ask, each), self._done)
        return going

    def close(self) -> None:
        """Stop what is on its way, which keeps what was written, and wait for it."""
        with self._lock:
            self._closed = True
            left = tuple(self._going)
        for going in left:
            going.stop()
        for going in left:
            going.join()
        self._pictures.close()

    def _done(self, going: Going) -> None:
        with self._lock:
            self._going.discard(going)

    def _answer(self, ask: Ask, going: Going) -> None:
        going.go_on()
        before = self._before(ask)
        if ask.calculation is not None:
            going.tell(Chosen(Way.COMPUTED))
            self._keep(ask, self._by_hand(ask.calculation, going), going)
            return
        engine = self._engine()
        if engine is None:
            raise problem(Code.MODEL_MISSING, going.name)
        if not ask.documents and ask.way in (None, Way.COMPUTED):
            computed = self._filled_and_computed(engine, ask, before, going)
            if computed is not None:
                self._keep(ask, computed, going)
                return
        turns = [Before(turn.question, turn.text) for turn in before]
        known = bool(before) and _was_whole(before[-1].reply, ask.documents)
        outcome = self._teller.tell(engine, ask, turns, going, known=known)
        self._keep(ask, outcome.told, going)
        if outcome.problem is not None:
            raise ProblemError(outcome.problem)

    def _by_hand(self, calculation: Calculation, going: Going) -> Computed:
        try:
            return self._computed(calculation, time.monotonic(), by_hand=True)
        except ValueError as error:
            raise problem(Code.CALCULATION_UNFIT, going.name, str(error)) from error

    def _filled_and_computed(
        self, engine: Engine, ask: Ask, before: Sequence[_Turn], going: Going
    ) -> Computed | None:
        """What the library comes to, ``None`` where the question is about what papers say."""
        began = time.monotonic()
        calculation = self._filled(engine, ask, before, going)
        if calculation is None:
            return None
        going.go_on()
        going.tell(Chosen(Way.COMPUTED))
        try:
            return self._computed(calculation, began, place=engine.place)
        except ValueError as error:  # no calculation after all: pages may say something
            _log.warning("a filled form cannot be worked out: %s", type(error).__name__)
            return None

    def _names(self, question: str) -> tuple[str, ...]:
        """Spellings of the library's sellers and buyers that a question may mean."""
        try:
            return names_like(question, names_of(self._library, self._today()))
        except (ValueError, ProblemError):  # the question can be understood without
            return ()

    def _filled(
        self, engine: Engine, ask: Ask, before: Sequence[_Turn], going: Going
    ) -> Calculation | None:
        """The calculation that the question asks for, ``None`` where it asks what papers say."""
        earlier = [
            Earlier(
                turn.question,
                turn.reply.calculation if isinstance(turn.reply, Computed) else None,
            )
            for turn in before
        ]
        request = fill_request(ask.text, self._today(), earlier, self._names(ask.text))
        for event in going.hear(engine, request):
            if isinstance(event, Progress):
                going.tell(Doing(event.stage, event.done, event.total, event.left))
            elif isinstance(event, Answer):
                return settled(event)
        return None

    def _computed(
        self, calculation: Calculation, began: float, *, by_hand: bool = False, place: str = ""
    ) -> Computed:
        today = self._today()
        figures = self._library.calculate(calculation, today)
        return Computed(
            calculation,
            figures,
            sentence(calculation, figures),
            today.isoformat(),
            by_hand,
            time.monotonic() - began,
            place,
        )

    def _before(self, ask: Ask) -> list[_Turn]:
        """The conversation's turns so far; none of one that was deleted."""
        if ask.conversation is None:
            return []
        try:
            turns = self._library.turns(ask.conversation)
        except KeyError:
            return []
        return [_Turn(turn.question, turn.text, unpack_reply(turn.reply)) for turn in turns]

    def _keep(self, ask: Ask, reply: Reply, going: Going) -> None:
        """Tell the answer, kept as a turn of its conversation where it can be."""
        conversation, turn, trouble = 0, 0, None
        if not self._library.read_only:
            try:
                conversation, turn = self._kept(ask, reply)
            except ProblemError as error:
                trouble = error.problem
        going.tell(Answered(conversation, turn, reply))
        if trouble is not None:
            raise ProblemError(trouble)

    def _kept(self, ask: Ask, reply: Reply) -> tuple[int, int]:
        text = reply.sentence if isinstance(reply, Computed) else reply.text
        data, documents = pack_reply(reply), documents_of(reply)
        if ask.conversation is not None:
            try:
                turn = self._library.add_turn(ask.conversation, ask.text, text, data, documents)
            except KeyError:
                pass  # it was deleted for good: the answer begins another one
            else:
                return ask.conversation, turn
        conversation = self._library.begin_conversation(titled(ask.text or text), ask.documents)
        turn = self._library.add_turn(conversation, ask.text, text, data, documents)
        return conversation, turn


def _valid(ask: Ask) -> Ask:
    """The question as text that can be kept and sent: a half of a character pair is none."""
    calculation = ask.calculation
    if calculation is not None:
        where = tuple(replace(each, value=valid(each.value)) for each in calculation.where)
        calculation = replace(calculation, where=where)
    return replace(ask, text=valid(ask.text), calculation=calculation)


@dataclass(frozen=True, slots=True)
class _Turn:
    """An earlier turn; ``reply`` is ``None`` where a newer version of the program kept it."""

    question: str
    text: str
    reply: Reply | None


def titled(question: str) -> str:
    """A question as the title of a conversation: its beginning, cut between words."""
    line = " ".join(question.split())
    if len(line) <= _TITLE:
        return line
    cut = line.rfind(" ", _TITLE // 2, _TITLE)
    return line[: cut if cut > 0 else _TITLE - 1].rstrip(" ,;:.-") + "…"


def _was_whole(reply: Reply | None, documents: Sequence[int]) -> bool:
    """Whether the turn before was answered from the whole of the same documents."""
    if not isinstance(reply, Told) or reply.way is not Way.WHOLE:
        return False
    given = {page.document_id for page in reply.given}
    return bool(given) and given.issuperset(documents)
