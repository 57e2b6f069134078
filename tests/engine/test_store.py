"""The store of models: what counts as there, what survives, what is damaged."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.models.files import FileProgress
from app.engine.models.importing import import_model
from app.engine.models.store import (
    NOTE,
    SETTINGS,
    Broken,
    Model,
    ModelStore,
    Settings,
    Unfinished,
    default_models_folder,
    new_name,
)
from app.engine.server.settings import server_settings
from app.errors import Code, ProblemError
from tests.tiny_model import tiny_models


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one model and its projector."""
    folder = tmp_path_factory.mktemp("filled") / "models"
    tiny = tiny_models()
    list(import_model(ModelStore(folder), tiny.text, tiny.projector))
    return folder


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> ModelStore:
    return ModelStore(shutil.copytree(filled, tmp_path / "models"))


def code_of(work: Callable[[], object]) -> Code:
    with pytest.raises(ProblemError) as caught:
        work()
    assert caught.value.problem.message
    assert caught.value.problem.advice
    return caught.value.problem.code


def test_a_model_is_there_with_its_projector_and_in_use(store: ModelStore) -> None:
    [model] = store.standings()
    assert isinstance(model, Model)
    assert model.sees
    assert model.name == "tiny"
    assert store.current() == model
    assert model.size == model.path.stat().st_size + tiny_models().projector.stat().st_size


def test_a_store_that_was_never_used_is_empty_and_makes_no_folder(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "none")
    assert store.standings() == ()
    assert store.current() is None
    assert store.settings() == Settings()
    assert not store.folder.exists()


def test_the_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PAPERCLERK_MODELS", str(tmp_path))
    assert default_models_folder() == tmp_path
    monkeypatch.delenv("PAPERCLERK_MODELS")
    assert default_models_folder().name == "models"


@pytest.mark.parametrize("harm", ["gone", "shorter", "longer"])
@pytest.mark.parametrize("which", ["model", "projector"])
def test_a_model_counts_only_if_its_files_have_their_sizes(
    store: ModelStore, harm: str, which: str
) -> None:
    model = store.model("tiny")
    path = model.path if which == "model" else model.projector
    assert path is not None
    if harm == "gone":
        path.unlink()
    else:
        os.truncate(path, path.stat().st_size + (1 if harm == "longer" else -1))
    [standing] = store.standings()
    assert isinstance(standing, Broken)
    assert path.name in standing.problem.message
    assert code_of(store.current) is Code.MODEL_FILES_CHANGED


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"label": 1}',
        b'{"label":"","licence":"","architecture":"","added":"","version":2,'
        b'"model":{"name":"tiny.gguf","size":1,"sha256":"","verified":"catalogue"}}',
        b'{"label":"","licence":"","architecture":"","added":"",'
        b'"model":{"name":"../../etc/passwd","size":1,"sha256":"","verified":"catalogue"}}',
    ],
)
def test_a_damaged_note_is_a_sentence_and_the_model_can_be_removed(
    store: ModelStore, text: bytes
) -> None:
    (store.folder / "tiny" / NOTE).write_bytes(text)
    [standing] = store.standings()
    assert isinstance(standing, Broken)
    assert standing.problem.code is Code.MODEL_NOTE_DAMAGED
    assert code_of(lambda: list(store.check("tiny"))) is Code.MODEL_NOTE_DAMAGED
    store.remove("tiny")
    assert store.standings() == ()


def test_files_without_a_note_are_not_a_model(store: ModelStore) -> None:
    (store.folder / "tiny" / NOTE).unlink()
    assert store.standings() == (Unfinished("tiny", 0, 0),)
    assert code_of(lambda: store.model("tiny")) is Code.MODEL_NOT_THERE
    assert code_of(lambda: store.use("tiny")) is Code.MODEL_NOT_THERE


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../tiny", "a/b", "a\\b", "C:", "nul", "COM1.x", "locks", ".hidden"]
)
def test_a_name_never_leads_out_of_the_folder(store: ModelStore, name: str) -> None:
    for work in (store.model, store.use, store.remove, lambda n: list(store.check(n))):
        assert code_of(lambda work=work: work(name)) in (  # type: ignore[misc]
            Code.MODEL_NOT_THERE,
            Code.MODEL_UNKNOWN,
        )
    assert isinstance(store.model("tiny"), Model)


@given(st.text())
def test_a_new_name_is_always_allowed(text: str) -> None:
    name = new_name(text)
    assert ModelStore(Path("x")).place(name) == Path("x") / name
    assert name == name.casefold()
    assert len(name) <= 90


def test_a_check_finds_a_changed_bit_and_the_model_is_not_offered_any_more(
    store: ModelStore,
) -> None:
    assert all(isinstance(report, FileProgress) for report in store.check("tiny"))
    path = store.model("tiny").path
    data = bytearray(path.read_bytes())
    data[-1000] ^= 1
    path.write_bytes(data)
    assert isinstance(store.model("tiny"), Model)  # its size is right
    assert code_of(lambda: list(store.check("tiny"))) is Code.MODEL_ALTERED
    assert code_of(lambda: store.model("tiny")) is Code.MODEL_ALTERED
    data[-1000] ^= 1
    path.write_bytes(data)
    list(store.check("tiny"))
    assert isinstance(store.model("tiny"), Model)


def test_a_removed_model_leaves_nothing_and_is_not_in_use(store: ModelStore) -> None:
    store.remove("tiny")
    assert store.standings() == ()
    assert store.current() is None
    assert not list(store.folder.rglob("*.gguf"))
    assert code_of(lambda: store.remove("tiny")) is Code.MODEL_NOT_THERE


def test_a_model_that_is_worked_on_is_not_removed(store: ModelStore) -> None:
    with store.working_on("tiny"):
        assert code_of(lambda: store.remove("tiny")) is Code.MODEL_BUSY
    store.remove("tiny")


def test_what_a_killed_removal_left_goes_with_the_next(store: ModelStore) -> None:
    left = store.folder / ".removed-0123"
    left.mkdir()
    (left / "m.gguf").write_bytes(b"x")
    assert [one.name for one in store.standings()] == ["tiny"]
    store.remove("tiny")
    assert not left.exists()


def test_settings_are_kept_and_private(store: ModelStore) -> None:
    server = server_settings("https://models.example.com:8000/v1", "big", "secret")
    store.set_server(server)
    store.set_mirror("https://mirror.example.com")
    store.set_proxy("http://proxy.example.com:3128")
    again = ModelStore(store.folder).settings()
    assert again.server == server
    assert again.mirror == "https://mirror.example.com"
    assert again.proxy == "http://proxy.example.com:3128"
    assert again.in_use == "tiny"
    if sys.platform != "win32":
        assert stat.S_IMODE((store.folder / SETTINGS).stat().st_mode) == 0o600
    store.set_server(None)
    assert store.settings().server is None


@pytest.mark.parametrize("text", [b"", b"{", b'{"in_use": 3}', b"\xff"])
def test_damaged_settings_are_a_sentence_and_a_choice_writes_new_ones(
    store: ModelStore, text: bytes
) -> None:
    (store.folder / SETTINGS).write_bytes(text)
    assert code_of(store.settings) is Code.MODEL_SETTINGS_DAMAGED
    assert code_of(store.current) is Code.MODEL_SETTINGS_DAMAGED
    assert store.use("tiny").name == "tiny"
    assert store.settings() == Settings(in_use="tiny")


def test_settings_of_a_newer_version_are_not_overwritten(store: ModelStore) -> None:
    newer = b'{"in_use": "tiny", "version": 2, "news": true}'
    (store.folder / SETTINGS).write_bytes(newer)
    assert code_of(store.settings) is Code.MODEL_SETTINGS_NEWER
    assert code_of(lambda: store.use("tiny")) is Code.MODEL_SETTINGS_NEWER
    assert (store.folder / SETTINGS).read_bytes() == newer


def test_changes_from_many_threads_are_all_kept(store: ModelStore) -> None:
    work = [
        *(lambda n=n: store.set_mirror(f"https://m{n}.example.com") for n in range(10)),
        *(lambda n=n: store.set_proxy(f"http://p{n}.example.com") for n in range(10)),
        *(lambda: store.use("tiny") for _ in range(10)),
    ]
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settings = store.settings()
    assert settings.in_use == "tiny"
    assert settings.mirror.startswith("https://m")
    assert settings.proxy.startswith("http://p")
    assert not list(store.folder.glob(".*.part"))


def test_a_program_killed_while_it_writes_leaves_settings_that_can_be_read(
    store: ModelStore,
) -> None:
    script = (
        "import sys; from pathlib import Path; from app.engine.models.store import ModelStore\n"
        "store = ModelStore(Path(sys.argv[1])); print('.', flush=True)\n"
        "while True: store.set_mirror('https://example.com/' + 'x' * 1000)\n"
    )
    for wait in (0.0, 0.01, 0.03):
        command = [sys.executable, "-c", script, str(store.folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
            assert running.stdout is not None
            running.stdout.read(1)
            threading.Event().wait(wait)
            running.kill()
        assert store.settings().in_use == "tiny"
    store.use("tiny")


def test_a_folder_that_may_not_be_written_to_is_a_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    store = ModelStore(blocked / "models")
    assert code_of(lambda: store.set_mirror("https://example.com")) is Code.MODEL_FOLDER
    assert code_of(ModelStore(blocked).standings) is Code.MODEL_FOLDER


def test_a_chosen_model_that_broke_is_named(store: ModelStore) -> None:
    store.model("tiny").path.unlink()
    assert code_of(store.current) is Code.MODEL_FILES_CHANGED


def test_a_note_can_be_revised(store: ModelStore) -> None:
    note = store.model("tiny").note
    with store.working_on("tiny"):
        store.revise("tiny", replace(note, label="Mine"))
    assert store.model("tiny").note.label == "Mine"


@pytest.mark.skipif(sys.platform == "win32", reason="no fork there to crash in")
def test_a_crash_at_any_step_leaves_whole_models_and_work_that_can_be_done_again(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.crashing_store", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    steps = dict(line.split() for line in done.stdout.splitlines())
    assert all(int(steps[work]) > 3 for work in ("install", "use", "remove"))
