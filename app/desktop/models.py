"""Models and the window: what is there, who reads, where pages go, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool, Signal
from PySide6.QtWidgets import QWidget

from app.desktop import background
from app.desktop.model_state import ModelState, StateReader
from app.desktop.model_strip import ModelStrip, Situation
from app.desktop.model_work import ModelWork, Underway
from app.desktop.models_dialog import ModelsDialog
from app.desktop.server_bar import ServerBar
from app.desktop.server_page import LastServer
from app.engine.choice import Engines
from app.engine.engine import Engine
from app.engine.messages import Stage
from app.engine.models.download import Patience
from app.engine.models.store import Model
from app.engine.server.settings import ServerSettings
from app.errors import Problem
from app.journey import Considering, Journey, Refining
from app.library import Library

READING = "model.reading"
"""The library's setting for whether documents are read with the model in use."""

_LAST_SERVER = "model.server"
_OF_THE_MODEL = ("model_", "server_", "prompt_")
"""How the codes of those problems begin that the strip tells of, not the notice."""


def reading_engine(engines: Engines, library: Library) -> Callable[[], Engine | None]:
    """The engine for the journey: the one in use, or none while reading with it is off."""

    def current() -> Engine | None:
        if library.setting(READING, bool, True):
            engine = engines.current()
            if library.setting(READING, bool, True):  # not switched off while it was made
                return engine
        engines.retire()
        return None

    return current


class Models(QObject):
    """``arrived`` tells that there is a model where there was none before.

    It carries the model's name, ``failed`` an exception; ``shown`` follows every look.
    """

    arrived = Signal(str)
    shown = Signal()
    failed = Signal(object)

    def __init__(
        self,
        engines: Engines,
        library: Library,
        journey: Journey,
        window: QWidget,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(window)
        self._engines = engines
        self._library = library
        self._journey = journey
        self._window = window
        self._reader = StateReader(engines.store)
        self._looking = self._look_again = self._closed = False
        self._known = False
        self._last = LastServer()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)  # settings in the order in which they were made
        self.work = ModelWork(engines.store, self, patience, engines.stop)
        self.strip = ModelStrip(window)
        self.bar = ServerBar(window)
        self.now = Situation()
        self._dialog: ModelsDialog | None = None
        self.work.progressed.connect(self._on_progress)
        self.work.changed.connect(self._on_work_changed)
        self.work.ended.connect(self._on_work_ended)
        self.work.failed.connect(self._on_work_failed)
        self.strip.models_wanted.connect(self.open)
        self.strip.pause_wanted.connect(self.set_paused)
        self.strip.go_on_wanted.connect(self._go_on)
        self.bar.off_wanted.connect(lambda: self.set_server(None))
        self.look()

    # what there is --------------------------------------------------------------------

    @property
    def state(self) -> ModelState | None:
        """What was found when it was last looked up."""
        return self.now.state

    @property
    def place(self) -> str:
        """The address that pages go to, "" for this computer only."""
        return self.bar.address

    @property
    def reads(self) -> bool:
        """Whether there is a model or a server that reads."""
        return self._chosen and self.now.reading

    @property
    def off(self) -> bool:
        """Whether there is one, and reading with it is switched off."""
        return self._chosen and not self.now.reading

    @property
    def _chosen(self) -> bool:
        state = self.state
        return state is not None and (state.settings.server or state.in_use) is not None

    @property
    def sees(self) -> bool:
        """Whether it can look at pictures, as far as is known."""
        state = self.state
        if state is None or state.settings.server is not None or state.in_use is None:
            return True
        return state.in_use.model is None or state.in_use.model.sees

    def look(self) -> None:
        """Look everything up anew."""
        if self._closed:
            return
        if self._looking:
            self._look_again = True
            return
        self._looking = True

        def work() -> tuple[ModelState, bool, LastServer, bool]:
            library = self._library
            return (
                self._reader.read(),
                library.setting(READING, bool, True),
                library.setting(_LAST_SERVER, LastServer, LastServer()),
                library.refining_paused or library.paused,
            )

        def done(found: tuple[ModelState, bool, LastServer, bool]) -> None:
            self._looking = False
            self._found(*found)
            if self._look_again:
                self._look_again = False
                self.look()

        def failed(error: Exception) -> None:
            self._looking = False
            self.failed.emit(error)

        background.run(self, work, success=done, failure=failed)

    def _found(self, state: ModelState, reading: bool, last: LastServer, paused: bool) -> None:
        read = self.reads
        self._last = last
        self.now = replace(self.now, state=state, reading=reading, paused=paused)
        server = state.settings.server if reading else None
        address = server.address if server is not None else ""
        if address != self.bar.address:
            self.bar.show_address(address)
        self._show()
        if self._dialog is not None:
            self._dialog.show_state(state, reading=reading, last=last)
        if self._known and self.reads and not read:
            label = address or (state.in_use.label if state.in_use is not None else "")
            self.arrived.emit(label)
        self._known = True
        self.shown.emit()

    def _show(self) -> None:
        self.now = replace(self.now, underway=self.work.underway)
        self.strip.show_situation(self.now)

    # what the journey tells -----------------------------------------------------------

    def on_refining(self, refining: Refining) -> None:
        """How far the model is."""
        if refining.place and refining.place != self.bar.address:
            # A server that was switched on elsewhere, as by the command line.
            self.bar.show_address(refining.place)
            self.look()
        before = self.now.refining
        moved = before is None or refining.done != before.done or not refining.total
        over = refining.done >= refining.total
        self.now = replace(
            self.now,
            refining=None if over else refining,
            loading=False if over else self.now.loading,
            problem=None if moved and refining.done else self.now.problem,
        )
        self._show()

    def on_considering(self, considering: Considering) -> None:
        """How far it is with one document: it works, then."""
        self.now = replace(self.now, loading=considering.stage is Stage.LOADING, problem=None)
        self._show()

    def takes(self, problem: Problem) -> bool:
        """Whether a problem is the model's, which the strip then tells of."""
        if not problem.code.value.startswith(_OF_THE_MODEL):
            return False
        self.now = replace(self.now, problem=problem)
        self._show()
        return True

    def on_paused(self, paused: bool) -> None:
        """The whole queue was paused, or goes on."""
        if paused != self.now.paused:
            self.look()

    # what the user asks for -----------------------------------------------------------

    def open(self) -> None:
        """Open the window for models."""
        if self._dialog is None:
            self._dialog = ModelsDialog(self.work, self._window)
            self._dialog.models.reading_wanted.connect(self.set_reading)
            self._dialog.server.server_wanted.connect(self.set_server)
        if self.state is not None:
            self._dialog.show_state(self.state, reading=self.now.reading, last=self._last)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()
        self.look()

    @property
    def dialog(self) -> ModelsDialog | None:
        """The window for models, once it was opened."""
        return self._dialog

    def import_files(self, files: Sequence[Path]) -> None:
        """Take models from files that were dropped."""
        self.open()
        if self._dialog is not None:
            self._dialog.tabs.setCurrentWidget(self._dialog.models)
            self._dialog.models.import_files(files)

    def set_reading(self, on: bool) -> None:
        """Read documents with the model in use, or do not."""

        def work() -> None:
            self._library.set_setting(READING, on)
            if not on:
                self._engines.retire()

        self._change(work)

    def set_server(self, server: ServerSettings | None) -> None:
        """Send pages to this server, or keep them on this computer."""

        def work() -> None:
            if server is not None:
                last = LastServer(server.address, server.model, server.proxy)
                self._library.set_setting(_LAST_SERVER, last)
                self._library.set_setting(READING, True)
            self._engines.store.set_server(server)
            self._engines.retire()  # at once, also what is on its way to the server before

        self._change(work)

    def set_paused(self, paused: bool) -> None:
        """Pause the model, or let it (and the queue, if that was paused) go on."""

        def work() -> None:
            if paused:
                self._journey.refiner.pause()
                return
            self._journey.refiner.resume()
            if self._journey.paused:
                self._journey.resume()

        self._change(work)

    def _change(self, work: Callable[[], object]) -> None:
        background.run(
            self,
            work,
            success=lambda _: self._engine_changed(),
            failure=self.failed.emit,
            pool=self._pool,
        )

    def _engine_changed(self) -> None:
        """Another engine may be in use: what waits for one can go on."""
        self.now = replace(self.now, problem=None)
        self._journey.refiner.notify(anew=True)
        self.look()

    def _go_on(self, name: str) -> None:
        offer = self.state.offer(name) if self.state is not None else None
        if offer is not None and offer.listed is not None:
            self.work.download(offer.listed)

    def _on_progress(self, _: Underway) -> None:
        if not self._closed:
            self._show()

    def _on_work_changed(self) -> None:
        if not self._closed:
            self._engine_changed()

    def _on_work_ended(self, work: Underway, model: Model | None) -> None:
        del work, model
        self._show()

    def _on_work_failed(self, work: Underway, error: Exception) -> None:
        del work
        self._show()
        if self._dialog is None or not self._dialog.isVisible():
            self.failed.emit(error)

    def stop(self) -> None:
        """End all work, and wait for it."""
        self._closed = True
        self.work.stop()
        self._pool.waitForDone()
        if self._dialog is not None:
            self._dialog.server.stop()
            self._dialog.close()
