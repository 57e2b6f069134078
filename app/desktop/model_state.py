"""What there is of models, looked up at once, away from the window's thread."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from app.engine.hardware import Machine, machine
from app.engine.header import read_header
from app.engine.models.catalog import Catalogue, CatalogueModel, catalogue
from app.engine.models.store import Model, ModelStore, Settings, Standing
from app.engine.plan import Work, plan
from app.errors import Code, Problem, ProblemError

_SPARE = 0.95
"""Share of the memory that a model may need; the rest belongs to the system."""


class Room(Enum):
    """Whether a model fits in this computer's memory."""

    ENOUGH = "enough"
    TIGHT = "tight"  # not beside what runs at the moment
    TOO_LITTLE = "too little"


@dataclass(frozen=True, slots=True)
class Offer:
    """One model: what is here of it (``standing``), and what the catalogue says (``listed``).

    ``memory`` is bytes that reading needs, 0 where it is not known.  ``rests``: it was
    chosen, and pages go to a server instead.
    """

    name: str
    label: str
    standing: Standing | None
    listed: CatalogueModel | None
    usual: bool
    in_use: bool
    memory: int
    room: Room
    rests: bool = False

    @property
    def model(self) -> Model | None:
        """The model, where it is completely here."""
        return self.standing if isinstance(self.standing, Model) else None


@dataclass(frozen=True, slots=True)
class ModelState:
    """Everything about models; ``problem`` says why some of it could not be looked up."""

    offers: tuple[Offer, ...]
    settings: Settings
    machine: Machine
    problem: Problem | None = None

    @property
    def in_use(self) -> Offer | None:
        """The model that was chosen; it may turn out to be damaged."""
        return next((offer for offer in self.offers if offer.in_use), None)

    def offer(self, name: str) -> Offer | None:
        """The model called ``name``."""
        return next((offer for offer in self.offers if offer.name == name), None)


class StateReader:
    """Looks things up in a store; what takes long is remembered."""

    def __init__(self, store: ModelStore) -> None:
        self.store = store
        self._needed: dict[tuple[Path, int], int] = {}

    def read(self) -> ModelState:
        """Everything as it is now: first what is here, then what can be downloaded."""
        problem: Problem | None = None
        settings, standings = Settings(), tuple[Standing, ...]()
        listed = Catalogue("", {})
        try:
            listed = catalogue()
        except ProblemError as error:
            problem = error.problem
        try:
            settings = self.store.settings()
        except ProblemError as error:
            problem = error.problem
        try:
            standings = self.store.standings()
        except ProblemError as error:
            problem = error.problem
        here = machine()
        offers = [
            self._offer(standing.name, standing, listed, settings, here) for standing in standings
        ]
        offers.sort(key=lambda offer: (not offer.in_use, offer.model is None))
        known = {standing.name for standing in standings}
        offers += [
            self._offer(name, None, listed, settings, here)
            for name in listed.models
            if name not in known
        ]
        return ModelState(tuple(offers), settings, here, problem)

    def _offer(
        self,
        name: str,
        standing: Standing | None,
        listed: Catalogue,
        settings: Settings,
        here: Machine,
    ) -> Offer:
        entry = listed.models.get(name)
        label = entry.label if entry is not None else name
        in_use = settings.in_use == name
        memory = entry.memory if entry is not None else 0
        if isinstance(standing, Model):
            label = standing.note.label or label
            memory = memory or self._memory(standing, here)
        room = Room.ENOUGH
        if memory > here.total * _SPARE:
            room = Room.TOO_LITTLE
        elif memory > here.free and not in_use:  # one in use may hold its memory already
            room = Room.TIGHT
        rests = in_use and settings.server is not None
        usual = name == listed.default
        return Offer(name, label, standing, entry, usual, in_use, memory, room, rests)

    def _memory(self, model: Model, here: Machine) -> int:
        """Bytes that a model needs that the catalogue does not know; 0 where none can tell."""
        key = (model.path, model.size)
        if key not in self._needed:
            try:
                header = read_header(model.path)
                eyes = read_header(model.projector) if model.projector is not None else None
                self._needed[key] = plan(header, eyes, here, Work(pictures=model.sees)).memory
            except ProblemError as error:
                # Of one that does not fit, more than there is; of one that is damaged, nothing.
                fits = error.problem.code is not Code.MODEL_MEMORY
                self._needed[key] = 0 if fits else here.total
        return self._needed[key]
