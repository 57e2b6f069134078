"""The models on this computer: what is there, which one is in use, and the settings for it.

A folder in the user's data folder holds one folder for each model.  A model is there when
its note (``model.json``) is there and its files have the sizes noted: the note is written
last, whole, and goes first, so that a crash at any point leaves a model that is either
there or not.  What is half downloaded lies in ``*.part`` files beside a ``*.state.json``.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TypeVar

import filelock
import msgspec
import platformdirs

from app.engine.models.files import FileProgress, hashing, sync_folder, write_whole
from app.engine.server.settings import ServerSettings
from app.errors import Code, Problem, ProblemError, problem

NOTE = "model.json"
SETTINGS = "settings.json"
_LOCKS = "locks"
_SETTINGS_LOCK = ".settings.lock"  # the dot keeps it from being that of a model
_INCOMING_LOCK = ".incoming.lock"
_REMOVED = ".removed-"
_INCOMING = ".incoming-"
_VERSION = 1
_PATIENCE = 10.0  # seconds for another process to finish writing the settings
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")

T = TypeVar("T")


def default_models_folder() -> Path:
    """Where models lie unless another folder is named (also by ``PAPERCLERK_MODELS``)."""
    named = os.environ.get("PAPERCLERK_MODELS")
    if named:
        return Path(named)
    return Path(platformdirs.user_data_dir("Paperclerk", appauthor=False)) / "models"


class Verified(StrEnum):
    """What a file's hash was compared with when it came."""

    CATALOGUE = "catalogue"
    ANNOUNCED = "announced"  # by the server that sent it
    COMPUTED = "computed"  # with nothing: from now on it can be seen whether it changes


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it was when it came; ``source`` is its address, or its name at import."""

    name: str
    size: int
    sha256: str
    verified: Verified
    source: str = ""


@dataclass(frozen=True, slots=True)
class StoredAdapter:
    """A LoRA file and the type of documents that it is used for."""

    document_type: str
    file: StoredFile


@dataclass(frozen=True, slots=True)
class Note:
    """What is noted about a model.

    ``added`` is ISO 8601; ``altered`` names the file that a check found changed.
    """

    label: str
    licence: str
    architecture: str
    added: str
    model: StoredFile
    projector: StoredFile | None = None
    adapters: tuple[StoredAdapter, ...] = ()
    altered: str = ""
    version: int = _VERSION

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """All files, the model first."""
        projector = (self.projector,) if self.projector is not None else ()
        return (self.model, *projector, *(adapter.file for adapter in self.adapters))


@dataclass(frozen=True, slots=True)
class Partial:
    """How far the download of a file is (``NAME.state.json``).

    Of ``NAME.part``, the first ``synced`` bytes are safely on the disk and have the hash
    ``sha256``.  ``etag`` and ``modified`` are what the server said of the whole, which has
    ``total`` bytes (0: unknown) and the hash ``announced`` ("": none).  When ``verified``
    is set, the file is complete.
    """

    address: str
    total: int = 0
    synced: int = 0
    sha256: str = ""
    etag: str = ""
    modified: str = ""
    announced: str = ""
    verified: Verified | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is completely there; the paths are of its files."""

    name: str
    note: Note
    path: Path
    projector: Path | None

    @property
    def sees(self) -> bool:
        """Whether it takes pictures."""
        return self.projector is not None

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.note.files)

    def adapter(self, document_type: str) -> Path | None:
        """The LoRA file for documents of this type, or ``None``."""
        for adapter in self.note.adapters:
            if adapter.document_type == document_type:
                return self.path.with_name(adapter.file.name)
        return None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A model that was not downloaded to the end; sizes in bytes of what has begun."""

    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A model that cannot be used, and why."""

    name: str
    problem: Problem


Standing = Model | Unfinished | Broken


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose.

    ``in_use`` is a model's name.  ``mirror`` takes the place of scheme and host in the
    catalogue's addresses; ``proxy`` is used for downloads instead of the system's.
    """

    in_use: str = ""
    mirror: str = ""
    proxy: str = ""
    server: ServerSettings | None = None
    version: int = _VERSION


class ModelStore:
    """The models in ``folder``.  Several programs may use it at once, from any thread."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_models_folder()

    def standings(self) -> tuple[Standing, ...]:
        """Everything in the store, by name.  Raises ``ProblemError`` (``model_folder``)."""
        try:
            names = sorted(
                entry.name
                for entry in self.folder.iterdir()
                if entry.is_dir() and entry.name != _LOCKS and not entry.name.startswith(".")
            )
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._folder_problem(error) from error
        return tuple(self._standing(name) for name in names)

    def model(self, name: str) -> Model:
        """The model called ``name``, complete.

        Raises ``ProblemError``: ``model_not_there``, ``model_note_damaged``,
        ``model_files_changed``, ``model_altered``.
        """
        standing = self._standing(name) if _plain(name) else None
        if isinstance(standing, Model):
            return standing
        if isinstance(standing, Broken):
            raise ProblemError(standing.problem)
        raise problem(Code.MODEL_NOT_THERE, name)

    def current(self) -> Model | None:
        """The model in use, or ``None`` while none was chosen.

        Raises ``ProblemError`` when the chosen one cannot be used.
        """
        name = self.settings().in_use
        return self.model(name) if name else None

    def use(self, name: str) -> Model:
        """Make this model the one in use.  Raises ``ProblemError`` like :meth:`model`."""
        model = self.model(name)
        with self._changing() as settings:
            self._write_settings(replace(settings, in_use=name))
        return model

    def settings(self) -> Settings:
        """The settings.

        Raises ``ProblemError``: ``model_settings_damaged`` (any change writes new ones),
        ``model_settings_newer``.
        """
        path = self.folder / SETTINGS
        try:
            settings = _decoded(path, Settings)
        except FileNotFoundError:
            return Settings()
        except OSError as error:
            raise self._folder_problem(error) from error
        except ValueError as error:
            raise problem(Code.MODEL_SETTINGS_DAMAGED, SETTINGS) from error
        if settings.version > _VERSION:
            raise problem(Code.MODEL_SETTINGS_NEWER, SETTINGS)
        return settings

    def set_server(self, server: ServerSettings | None) -> None:
        """Send pages to this server, or to none.  The address must be one that the user typed."""
        with self._changing() as settings:
            self._write_settings(replace(settings, server=server))

    def set_mirror(self, address: str) -> None:
        """Where to download from instead; "" for the catalogue's own addresses."""
        with self._changing() as settings:
            self._write_settings(replace(settings, mirror=address))

    def set_proxy(self, address: str) -> None:
        """The proxy for downloads; "" for the system's."""
        with self._changing() as settings:
            self._write_settings(replace(settings, proxy=address))

    def place(self, name: str) -> Path:
        """The folder in which the files of the model called ``name`` lie, or will."""
        if not _plain(name):
            raise problem(Code.MODEL_UNKNOWN, name, "…")
        return self.folder / name

    @contextlib.contextmanager
    def working_on(self, name: str) -> Iterator[Path]:
        """Keep others from changing this model; its folder exists meanwhile.

        Raises ``ProblemError``: ``model_busy``, ``model_folder``.
        """
        place = self.place(name)
        try:
            locks = self.folder / _LOCKS
            locks.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(locks / f"{name}.lock", timeout=0, thread_local=False)
            with lock:
                self._sweep(_REMOVED)
                place.mkdir(exist_ok=True)
                try:
                    yield place
                finally:
                    with contextlib.suppress(OSError):
                        place.rmdir()  # only where nothing came of it
        except filelock.Timeout as error:
            raise problem(Code.MODEL_BUSY, name) from error
        except OSError as error:
            raise self._folder_problem(error) from error

    @contextlib.contextmanager
    def incoming(self, file: str) -> Iterator[Path]:
        """An empty folder on the store's disk, which is gone afterwards; one at a time.

        It is for what the user knows as ``file``.  What an import that was killed left
        behind goes at the next one.  Raises ``ProblemError``: ``model_busy``,
        ``model_folder``.
        """
        try:
            locks = self.folder / _LOCKS
            locks.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(locks / _INCOMING_LOCK, timeout=0, thread_local=False):
                self._sweep(_INCOMING)
                place = self.folder / f"{_INCOMING}{secrets.token_hex(8)}"
                place.mkdir()
                try:
                    yield place
                finally:
                    self._sweep(_INCOMING)
        except filelock.Timeout as error:
            raise problem(Code.MODEL_BUSY, file) from error
        except OSError as error:
            raise self._folder_problem(error) from error

    def install(self, name: str, note: Note) -> Model:
        """Say that the model's files, which lie in :meth:`place`, are complete.

        Call it within :meth:`working_on`.  The first model to come is the one in use.
        """
        place = self.place(name)
        try:
            write_whole(place / NOTE, _encoded(note))
            kept = {NOTE, *(file.name for file in note.files)}
            for entry in place.iterdir():
                if entry.name not in kept:
                    entry.unlink()
        except OSError as error:
            raise self._folder_problem(error) from error
        model = self.model(name)
        with self._changing() as settings:
            if not settings.in_use or isinstance(self._standing(settings.in_use), Unfinished):
                self._write_settings(replace(settings, in_use=name))
        return model

    def revise(self, name: str, note: Note) -> Model:
        """Write the note of a model that is there anew.  Call it within :meth:`working_on`."""
        try:
            write_whole(self.place(name) / NOTE, _encoded(note))
        except OSError as error:
            raise self._folder_problem(error) from error
        return self.model(name)

    def forget_note(self, name: str) -> Note | None:
        """Say that a model is not there, though its files may be; what was noted, if readable.

        Call it within :meth:`working_on`.  Raises ``OSError``.
        """
        note = None
        with contextlib.suppress(ProblemError):
            note = self._note(name)
        (self.place(name) / NOTE).unlink(missing_ok=True)
        return note

    def remove(self, name: str) -> None:
        """Take a model, or what was downloaded of it, off the disk.

        Raises ``ProblemError``: ``model_not_there``, ``model_busy`` (also while its files
        are open, on Windows), ``model_folder``.
        """
        place = self.place(name)
        self._sweep(_REMOVED)
        if not place.is_dir():
            raise problem(Code.MODEL_NOT_THERE, name)
        gone = self.folder / f"{_REMOVED}{secrets.token_hex(8)}"
        with self.working_on(name):
            try:
                place.replace(gone)  # all of it at once
            except PermissionError as error:
                raise problem(Code.MODEL_BUSY, name) from error
        sync_folder(self.folder)
        self._sweep(_REMOVED)
        with contextlib.suppress(ProblemError), self._changing() as settings:
            if settings.in_use == name:
                self._write_settings(replace(settings, in_use=""))

    def check(self, name: str) -> Iterator[FileProgress]:
        """Hash a model's files again and compare; reports on the way.

        Raises ``ProblemError`` (``model_altered``, and then the model is not offered any
        more until it was removed, or :meth:`model`'s).
        """
        found = self._standing(self.model_name(name))
        if isinstance(found, Broken) and found.problem.code is Code.MODEL_ALTERED:
            note = self._note(name)  # it may have been a disk that was not well connected
        else:
            note = self.model(name).note
        total, done = sum(file.size for file in note.files), 0
        altered = ""
        with self.working_on(name) as place:
            for file in note.files:
                try:
                    for report in hashing(place / file.name, file.name, done, total):
                        if isinstance(report, FileProgress):
                            yield report
                        elif report != file.sha256:
                            altered = altered or file.name
                except OSError:
                    altered = altered or file.name
                done += file.size
            if altered != note.altered:
                write_whole(place / NOTE, _encoded(replace(note, altered=altered)))
        if altered:
            raise problem(Code.MODEL_ALTERED, name, altered)

    def model_name(self, name: str) -> str:
        """``name``, if there is anything of that name; else ``model_not_there`` is raised."""
        if not _plain(name) or not (self.folder / name).is_dir():
            raise problem(Code.MODEL_NOT_THERE, name)
        return name

    def same_file(self, sha256: str) -> Path | None:
        """A file with this hash that is here already, of whatever model."""
        for standing in self.standings():
            if isinstance(standing, Model):
                for file in standing.note.files:
                    if sha256 and file.sha256 == sha256:
                        return standing.path.with_name(file.name)
        return None

    def partial(self, name: str, file: str) -> Partial | None:
        """How far the download of this file is; ``None`` where nothing is known of it."""
        try:
            return _decoded(self.place(name) / f"{file}.state.json", Partial)
        except (OSError, ValueError):
            return None

    def note_partial(self, name: str, file: str, partial: Partial) -> None:
        """Remember how far a download is.  Raises ``OSError``."""
        write_whole(self.place(name) / f"{file}.state.json", _encoded(partial))

    def _sweep(self, beginning: str) -> None:
        """Delete what is not needed any more, also what an earlier crash kept from it."""
        for left in self.folder.glob(f"{beginning}*"):
            shutil.rmtree(left, ignore_errors=True)

    def _standing(self, name: str) -> Standing:
        place = self.folder / name
        if not (place / NOTE).exists():
            return self._unfinished(name)
        try:
            note = self._note(name)
        except ProblemError as error:
            return Broken(name, error.problem)
        for file in note.files:
            try:
                whole = (place / file.name).stat().st_size == file.size
            except OSError:
                whole = False
            if not whole:
                return Broken(name, Problem(Code.MODEL_FILES_CHANGED, name, file.name))
        if note.altered:
            return Broken(name, Problem(Code.MODEL_ALTERED, name, note.altered))
        projector = place / note.projector.name if note.projector is not None else None
        return Model(name, note, place / note.model.name, projector)

    def _note(self, name: str) -> Note:
        try:
            note = _decoded(self.folder / name / NOTE, Note)
        except (OSError, ValueError) as error:
            raise problem(Code.MODEL_NOTE_DAMAGED, name) from error
        if note.version > _VERSION or not all(_plain(file.name) for file in note.files):
            raise problem(Code.MODEL_NOTE_DAMAGED, name)
        return note

    def _unfinished(self, name: str) -> Unfinished:
        done = total = 0
        with contextlib.suppress(OSError):
            for entry in (self.folder / name).iterdir():
                if entry.name.endswith(".state.json"):
                    partial = self.partial(name, entry.name.removesuffix(".state.json"))
                    if partial is not None:
                        done += partial.synced
                        total += partial.total
        return Unfinished(name, done, total)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[Settings]:
        """The settings, while nobody else changes them."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / _LOCKS).mkdir(exist_ok=True)
            lock = filelock.FileLock(self.folder / _LOCKS / _SETTINGS_LOCK, timeout=_PATIENCE)
            with lock:
                try:
                    settings = self.settings()
                except ProblemError as error:
                    if error.problem.code is not Code.MODEL_SETTINGS_DAMAGED:
                        raise
                    settings = Settings()
                yield settings
        except filelock.Timeout as error:
            raise problem(Code.MODEL_BUSY, SETTINGS) from error
        except OSError as error:
            raise self._folder_problem(error) from error

    def _write_settings(self, settings: Settings) -> None:
        # Private: there may be a key to a server among them.
        write_whole(self.folder / SETTINGS, _encoded(settings), private=True)

    def _folder_problem(self, error: OSError) -> ProblemError:
        return problem(Code.MODEL_FOLDER, self.folder.name, error.strerror or str(error))


def new_name(text: str) -> str:
    """A model's name made of any text: lower case, no spaces, allowed on every system."""
    name = re.sub(r"[^a-z0-9._-]+", "-", text.casefold()).strip("-._")[:80].strip("-._")
    return name if name and _plain(name) else f"model-{name}".strip("-")


def now() -> str:
    """This moment, as notes have it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _plain(name: str) -> bool:
    """Whether ``name`` is the bare name of a file, on every system."""
    return (
        bool(name)
        and PureWindowsPath(name).name == name
        and PurePosixPath(name).name == name
        and name not in (".", "..", _LOCKS)
        and not name.startswith(".")
        and ":" not in name
        and not _RESERVED.fullmatch(name)
    )


def _encoded(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value)) + b"\n"


def _decoded(path: Path, kind: type[T]) -> T:
    """Raises ``OSError``, and ``ValueError`` for what is not a ``kind``."""
    return msgspec.json.decode(path.read_bytes(), type=kind)
