"""Downloads of models: begun only when the user asks for one.

A download goes on where it stopped (also after a crash, a restart or a power cut), and
ends with a model that was verified, or with nothing.  Only https is spoken, except with
an address that the user typed.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Iterator
from pathlib import Path

from app.engine.models.catalog import CatalogueModel
from app.engine.models.download_answers import checked_address
from app.engine.models.download_file import Patience, Way, fetch
from app.engine.models.files import FileProgress
from app.engine.models.importing_checks import check_model, check_projector
from app.engine.models.store import (
    Model,
    ModelStore,
    Note,
    Partial,
    StoredAdapter,
    StoredFile,
    now,
)
from app.errors import Code, Problem, ProblemError

__all__ = ["Download", "Patience", "checked_address"]


class Download:
    """One model on its way from its address into the store."""

    def __init__(
        self, store: ModelStore, model: CatalogueModel, patience: Patience | None = None
    ) -> None:
        self._store = store
        self._model = model
        self._patience = patience or Patience()
        self._reports: queue.SimpleQueue[FileProgress | Model | Problem | Exception] = (
            queue.SimpleQueue()
        )
        self._paused = threading.Event()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Model] | None = None

    def events(self) -> Iterator[FileProgress | Model]:
        """Download: reports on the way, last the model.

        Closing the iterator pauses.  Raises ``ProblemError``: ``download_paused`` after
        :meth:`pause`, the other ``download_…`` codes, ``model_no_room``, ``model_busy``,
        ``model_folder``, ``address_wrong``, and what is wrong with files for which no
        hash was known (see :mod:`app.engine.models.importing_checks`).  Whatever came is kept
        and used the next time, unless it turned out to be wrong.
        """
        worker = threading.Thread(target=self._work, name="download", daemon=True)
        worker.start()
        try:
            while True:
                try:
                    report = self._reports.get(timeout=0.5)  # so that Ctrl+C comes through
                except queue.Empty:
                    continue
                if isinstance(report, Problem):
                    raise ProblemError(report)
                if isinstance(report, Exception):
                    raise report
                yield report
                if isinstance(report, Model):
                    return
        finally:
            self.pause()
            worker.join()

    def pause(self) -> None:
        """Stop now, and keep what came.  From any thread."""
        self._paused.set()
        with self._lock:
            loop, task = self._loop, self._task
        if loop is not None and task is not None:
            with contextlib.suppress(RuntimeError):  # it has just come to its end
                loop.call_soon_threadsafe(task.cancel)

    def _work(self) -> None:
        try:
            self._reports.put(asyncio.run(self._main()))
        except ProblemError as error:
            self._reports.put(error.problem)
        except asyncio.CancelledError:
            self._reports.put(Problem(Code.DOWNLOAD_PAUSED, self._model.label))
        except Exception as error:  # noqa: BLE001 - it is raised where the reports are read
            self._reports.put(error)

    async def _main(self) -> Model:
        with self._lock:
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if self._paused.is_set():
            raise asyncio.CancelledError
        with self._store.working_on(self._model.name) as place:
            try:
                return self._store.model(self._model.name)
            except ProblemError:  # it is not there, or not right
                adapters = self._salvage(place)
            return await self._fetch_all(place, adapters)

    async def _fetch_all(self, place: Path, adapters: tuple[StoredAdapter, ...]) -> Model:
        settings = self._store.settings()
        stored: list[StoredFile] = []
        for at, file in enumerate(self._model.files):
            before = sum(one.size for one in stored)
            others = before + sum(later.size for later in self._model.files[at + 1 :])
            way = Way(
                settings, self._patience, self._reports.put, self._paused.is_set, before, others
            )
            stored.append(await fetch(self._store, self._model.name, file, way))
        model, projector = stored[0], stored[1] if len(stored) > 1 else None
        try:
            header = check_model(place / model.name)
            if projector is not None:
                check_projector(place / projector.name, header, self._model.label)
        except ProblemError:
            for entry in place.iterdir():
                entry.unlink()
            raise
        note = Note(
            label=self._model.label,
            licence=self._model.licence,
            architecture=header.architecture,
            added=now(),
            model=model,
            projector=projector,
            adapters=adapters,
        )
        return self._store.install(self._model.name, note)

    def _salvage(self, place: Path) -> tuple[StoredAdapter, ...]:
        """Of a model that is not right any more, keep the files that are; its adapters."""
        note = self._store.forget_note(self._model.name)
        if note is None:
            return ()
        whole: set[str] = set()
        for file in note.files:
            path = place / file.name
            if file.name == note.altered or not path.exists():
                continue
            if path.stat().st_size == file.size:
                whole.add(file.name)
        for wanted in self._model.files:
            for file in note.files:
                if file.name == wanted.name and file.name in whole and file.source:
                    found = Partial(
                        file.source, file.size, file.size, file.sha256, verified=file.verified
                    )
                    self._store.note_partial(self._model.name, file.name, found)
        return tuple(adapter for adapter in note.adapters if adapter.file.name in whole)
