"""Work on models that takes time: downloads, imports, checks.  Never on the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal, Slot

from app.desktop import background
from app.engine.models.catalog import CatalogueModel
from app.engine.models.download import Download, Patience
from app.engine.models.files import FileProgress
from app.engine.models.importing import attach_adapter, detach_adapter, import_model, pairs_of
from app.engine.models.store import Model, ModelStore
from app.errors import Code, ProblemError

_AT_ONCE = 4
_PATIENCE = 10_000  # milliseconds that closing the window waits for what is being written

Reports = Iterator[FileProgress | Model]


class Does(Enum):
    """What is done with a model."""

    DOWNLOAD = "download"
    IMPORT = "import"
    CHECK = "check"
    ATTACH = "attach"
    CHANGE = "change"  # what takes no time: use, remove, detach, settings


@dataclass(slots=True)
class Underway:
    """One piece of work on the model called ``name``, and how far it is.

    ``stop`` ends it soon; what a download got is kept unless it is ``thrown_away``.
    """

    name: str
    label: str
    does: Does
    report: FileProgress | None = None
    stopping: bool = False
    thrown_away: bool = False
    stop: Callable[[], None] = field(default=lambda: None, repr=False)


class ModelWork(QObject):
    """``progressed``, ``ended`` and ``failed`` carry an Underway; the latter two also the
    Model (or ``None``) and the exception.  ``changed`` says to look everything up again.
    """

    progressed = Signal(object)
    ended = Signal(object, object)
    failed = Signal(object, object)
    changed = Signal()
    _heard = Signal(object, object)

    def __init__(
        self,
        store: ModelStore,
        parent: QObject | None = None,
        patience: Patience | None = None,
        let_go: Callable[[], None] = lambda: None,
    ) -> None:
        """``let_go`` makes the engine give back the files that it has open."""
        super().__init__(parent)
        self.store = store
        self._patience = patience
        self._let_go = let_go
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(_AT_ONCE)
        self._underway: dict[str, Underway] = {}
        self._heard.connect(self._on_report, Qt.ConnectionType.QueuedConnection)

    @property
    def underway(self) -> tuple[Underway, ...]:
        """What is being worked on, in the order in which it began."""
        return tuple(self._underway.values())

    def of(self, name: str) -> Underway | None:
        """The work on the model called ``name``."""
        return self._underway.get(name)

    def stop(self) -> None:
        """End everything and wait for it; downloads go on at the next start."""
        for work in self.underway:
            work.stopping = True
            work.stop()
        self._pool.waitForDone(_PATIENCE)

    # what takes time ------------------------------------------------------------------

    def download(self, listed: CatalogueModel) -> None:
        """Download a model, or go on with its download."""
        running = Download(self.store, listed, self._patience)
        work = Underway(listed.name, listed.label, Does.DOWNLOAD, stop=running.pause)
        self._begin(work, running.events)

    def import_files(self, files: Sequence[Path]) -> None:
        """Take models from files; projectors among them go with the models that they fit."""
        work = Underway(f"import {files[0]}", files[0].name, Does.IMPORT)
        self._begin(work, lambda: _imported(self.store, tuple(files)))

    def check(self, name: str, label: str) -> None:
        """Compare a model's files with what they were when they came."""
        self._begin(Underway(name, label, Does.CHECK), lambda: self.store.check(name))

    def attach(self, name: str, label: str, document_type: str, file: Path) -> None:
        """Use an adapter (LoRA) with a model for documents of a type."""
        work = Underway(name, label, Does.ATTACH)
        self._begin(work, lambda: attach_adapter(self.store, name, document_type, file))

    def pause(self, name: str) -> None:
        """Stop a download and keep what came; the same ends other work."""
        work = self.of(name)
        if work is not None:
            work.stopping = True
            work.stop()
            self.progressed.emit(work)

    def cancel(self, name: str) -> None:
        """Stop, and throw away what came of a download."""
        work = self.of(name)
        if work is not None:
            work.thrown_away = work.does is Does.DOWNLOAD
            self.pause(name)
        else:
            self._throw_away(name, name)

    # what does not --------------------------------------------------------------------

    def use(self, name: str, label: str) -> None:
        """Read with this model from now on."""
        self._change(name, label, lambda: self.store.use(name))

    def remove(self, name: str, label: str) -> None:
        """Take a model off the disk."""
        self._change(name, label, lambda: self._remove(name))

    def detach(self, name: str, label: str, document_type: str) -> None:
        """Use no adapter any more for documents of a type."""
        self._change(name, label, lambda: detach_adapter(self.store, name, document_type))

    def set_source(self, mirror: str, proxy: str) -> None:
        """Where to download from, and by which way; "" for the usual."""

        def work() -> None:
            self.store.set_mirror(mirror)
            self.store.set_proxy(proxy)

        self._change("", "", work)

    # inside ---------------------------------------------------------------------------

    def _remove(self, name: str) -> None:
        if self.store.settings().in_use == name:
            self._let_go()
        self.store.remove(name)

    def _throw_away(self, name: str, label: str) -> None:
        """Take what came of a download off the disk: nothing, if it was still connecting."""

        def work() -> None:
            try:
                self._remove(name)
            except ProblemError as error:
                if error.problem.code is not Code.MODEL_NOT_THERE:
                    raise

        self._change(name, label, work)

    def _begin(self, work: Underway, reports: Callable[[], Reports]) -> None:
        if work.name in self._underway:
            return
        self._underway[work.name] = work

        def follow() -> Model | None:
            last: Model | None = None
            following = reports()
            for report in following:
                if isinstance(report, Model):
                    last = report
                else:
                    self._heard.emit(work, report)
                if work.stopping and work.does is not Does.DOWNLOAD:
                    getattr(following, "close", lambda: None)()
                    break
            return last

        background.run(
            self,
            follow,
            success=lambda model: self._done(work, model),
            failure=lambda error: self._gone_wrong(work, error),
            pool=self._pool,
        )
        self.progressed.emit(work)

    def _change(self, name: str, label: str, do: Callable[[], object]) -> None:
        work = Underway(name, label, Does.CHANGE)
        background.run(
            self,
            do,
            success=lambda _: self._done(work, None),
            failure=lambda error: self._gone_wrong(work, error),
            pool=self._pool,
        )

    @Slot(object, object)
    def _on_report(self, work: Underway, report: FileProgress) -> None:
        if self._underway.get(work.name) is work:
            work.report = report
            self.progressed.emit(work)

    def _done(self, work: Underway, model: Model | None) -> None:
        if work.does is not Does.CHANGE:
            self._underway.pop(work.name, None)
        self.ended.emit(work, model)
        self.changed.emit()

    def _gone_wrong(self, work: Underway, error: Exception) -> None:
        if work.does is not Does.CHANGE:
            self._underway.pop(work.name, None)
        code = error.problem.code if isinstance(error, ProblemError) else None
        if work.thrown_away:
            self._throw_away(work.name, work.label)
            return
        if code is Code.DOWNLOAD_PAUSED and work.stopping:
            self.ended.emit(work, None)
        else:
            self.failed.emit(work, error)
        self.changed.emit()


def _imported(store: ModelStore, files: tuple[Path, ...]) -> Reports:
    """Import the models among the files, each with the projector among them that fits it."""
    pairs = pairs_of(files) if len(files) > 1 else ((files[0], None),)
    for file, projector in pairs:
        yield from import_model(store, file, projector)
