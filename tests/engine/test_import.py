"""Models, projectors and adapters from files; each wrong one gets its sentence."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf import GGUFWriter

from app.engine.models.files import FileProgress, Step
from app.engine.models.importing import attach_adapter, detach_adapter, import_model, pairs_of
from app.engine.models.store import Model, ModelStore, Verified
from app.errors import Code, ProblemError
from models.random_model import TINY_VISION, write_projector
from tests.tiny_model import tiny_models


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A USB stick with a model and its projector."""
    folder = tmp_path / "stick é"
    folder.mkdir()
    shutil.copy(tiny_models().text, folder / "My Model.gguf")
    shutil.copy(tiny_models().projector, folder / "mmproj-F16.gguf")
    return folder


def imported(
    store: ModelStore, file: Path, projector: Path | None = None, look_beside: bool = True
) -> Model:
    *reports, last = import_model(store, file, projector, look_beside)
    assert isinstance(last, Model)
    assert all(isinstance(report, FileProgress) for report in reports)
    return last


def refused(store: ModelStore, file: Path, projector: Path | None = None) -> Code:
    with pytest.raises(ProblemError) as caught:
        imported(store, file, projector)
    trouble = caught.value.problem
    assert trouble.message
    assert trouble.advice
    assert not store.standings()
    assert not list(store.folder.rglob("*.gguf"))
    return trouble.code


def made(path: Path, architecture: str, template: str = "", parts: int = 0) -> Path:
    """A GGUF file of another architecture, or without what a model needs."""
    writer = GGUFWriter(path, architecture)
    writer.add_context_length(4096)
    writer.add_embedding_length(32)
    writer.add_block_count(1)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_token_list(["a", "b"])
    if template:
        writer.add_chat_template(template)
    if parts:
        writer.add_uint16("split.count", parts)
    writer.add_tensor("token_embd.weight", np.zeros((8, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_model_from_a_stick_brings_the_projector_beside_it(
    store: ModelStore, stick: Path
) -> None:
    model = imported(store, stick / "My Model.gguf")
    assert model.name == "my-model"
    assert model.path.read_bytes() == tiny_models().text.read_bytes()
    assert model.projector is not None
    assert model.projector.read_bytes() == tiny_models().projector.read_bytes()
    assert model.note.model.verified is Verified.COMPUTED
    assert store.current() == model
    shutil.rmtree(stick)
    assert isinstance(store.model("my-model"), Model)
    assert {entry.name for entry in store.folder.iterdir()} == {
        "locks",
        "my-model",
        "settings.json",
    }


def test_without_a_projector_if_so_wanted(store: ModelStore, stick: Path) -> None:
    assert not imported(store, stick / "My Model.gguf", look_beside=False).sees


def test_a_projector_that_comes_later_is_added_and_adapters_stay(
    store: ModelStore, stick: Path
) -> None:
    imported(store, stick / "My Model.gguf", look_beside=False)
    list(attach_adapter(store, "my-model", "invoice", tiny_models().adapter))
    model = imported(store, stick / "My Model.gguf")
    assert model.sees
    assert model.adapter("invoice") is not None
    assert len(store.standings()) == 1
    assert imported(store, stick / "My Model.gguf", look_beside=False).sees


def test_a_projector_of_another_model_beside_it_is_passed_over(
    store: ModelStore, stick: Path
) -> None:
    other = dataclasses.replace(TINY_VISION, projection=256)
    write_projector(stick / "mmproj-F16.gguf", other)
    assert not imported(store, stick / "My Model.gguf").sees


def test_the_more_precise_projector_is_taken(store: ModelStore, stick: Path) -> None:
    right = (stick / "mmproj-F16.gguf").read_bytes()
    (stick / "mmproj-Q4_0.gguf").write_bytes(right)
    (stick / "mmproj-broken-F16.gguf").write_bytes(right[:1000])
    model = imported(store, stick / "My Model.gguf")
    assert model.note.projector is not None
    assert model.note.projector.source == "mmproj-F16.gguf"


def test_a_projector_of_another_model_is_refused(store: ModelStore, tmp_path: Path) -> None:
    other = tmp_path / "mmproj.gguf"
    write_projector(other, dataclasses.replace(TINY_VISION, projection=256))
    assert refused(store, tiny_models().text, other) is Code.PROJECTOR_OF_ANOTHER
    assert refused(store, tiny_models().text, tiny_models().adapter) is Code.NOT_A_PROJECTOR
    assert refused(store, tiny_models().text, tiny_models().text) is Code.NOT_A_PROJECTOR
    assert refused(store, tiny_models().text, tmp_path / "none.gguf") is Code.VANISHED


def test_files_that_are_dropped_together_find_each_other(tmp_path: Path) -> None:
    tiny = tiny_models()
    other = tmp_path / "sight-of-another.gguf"
    write_projector(other, dataclasses.replace(TINY_VISION, projection=256))
    none = tmp_path / "none.gguf"
    dropped = [other, tiny.projector, tiny.text, none, tiny.adapter]
    assert pairs_of(dropped) == (
        (tiny.text, tiny.projector),
        (none, None),
        (tiny.adapter, None),
        (other, None),
    )


def test_what_is_no_model_gets_its_sentence(store: ModelStore, tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    assert refused(store, file) is Code.VANISHED
    file.write_bytes(b"")
    assert refused(store, file) is Code.EMPTY
    file.write_bytes(b"%PDF-1.7 an invoice")
    assert refused(store, file) is Code.NOT_A_MODEL
    file.write_bytes(tiny_models().text.read_bytes()[:-50_000])
    assert refused(store, file) is Code.MODEL_CUT_OFF
    assert refused(store, tmp_path) is Code.NOT_A_FILE
    assert refused(store, tiny_models().projector) is Code.PROJECTOR_ALONE
    assert refused(store, tiny_models().adapter) is Code.ADAPTER_ALONE


def test_a_model_of_another_kind_is_refused(store: ModelStore, tmp_path: Path) -> None:
    llama = made(tmp_path / "llama.gguf", "llama", template="{{ x }}")
    assert refused(store, llama) is Code.MODEL_KIND
    base = made(tmp_path / "base.gguf", "phi3")
    assert refused(store, base) is Code.MODEL_KIND
    parts = made(tmp_path / "p.gguf", "phi3", template="{{ x }}", parts=3)
    assert refused(store, parts) is Code.MODEL_IN_PARTS


def test_a_model_with_the_name_of_another_gets_a_name_of_its_own(
    store: ModelStore, tmp_path: Path
) -> None:
    first = imported(store, tiny_models().text, look_beside=False)
    other = tmp_path / "tiny.gguf"
    shutil.copy(tiny_models().mtp, other)
    second = imported(store, other, look_beside=False)
    assert (first.name, second.name) == ("tiny", "tiny-2")
    assert store.model("tiny").path.read_bytes() == tiny_models().text.read_bytes()
    current = store.current()
    assert current is not None
    assert current.name == "tiny"


def test_a_model_with_the_name_of_one_of_the_catalogue_is_not_taken_for_it(
    store: ModelStore, tmp_path: Path
) -> None:
    file = tmp_path / "Qwen3.5-4B-Q4_K_M.gguf"
    shutil.copy(tiny_models().text, file)
    assert imported(store, file).name == "qwen3.5-4b-q4_k_m-2"


def test_an_import_that_is_cancelled_leaves_nothing(store: ModelStore, stick: Path) -> None:
    large = stick / "My Model.gguf"
    with large.open("ab") as stream:  # the file may be longer than its header says
        stream.write(bytes(60_000_000))
    reports = import_model(store, large)
    first = next(reports)
    assert isinstance(first, FileProgress)
    assert first.step is Step.COPYING
    reports.close()
    assert not store.standings()
    assert not list(store.folder.rglob("*.part"))
    assert not list(store.folder.glob(".incoming*"))


def test_what_a_killed_import_left_goes_with_the_next(store: ModelStore, stick: Path) -> None:
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from app.engine.models import importing\n"
        "from app.engine.models.store import ModelStore\n"
        "calls = []\n"
        "def die_after_the_copy(*_):\n"
        "    calls.append(1)\n"
        "    if len(calls) == 2: os._exit(9)\n"
        "importing.check_projector = die_after_the_copy\n"
        "folder, model, projector = map(Path, sys.argv[1:])\n"
        "list(importing.import_model(ModelStore(folder), model, projector))\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            script,
            str(store.folder),
            str(stick / "My Model.gguf"),
            str(stick / "mmproj-F16.gguf"),
        ],
        check=False,
    )
    assert done.returncode == 9
    assert list(store.folder.glob(".incoming*"))
    assert not store.standings()
    assert imported(store, stick / "My Model.gguf").sees
    assert not list(store.folder.glob(".incoming*"))


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="needs a small disk of its own"
)
def test_a_disk_that_is_full_is_named(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], check=False
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        assert refused(ModelStore(disk / "models"), tiny_models().text) is Code.MODEL_NO_ROOM
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_adapters_belong_to_a_type_of_documents(store: ModelStore, tmp_path: Path) -> None:
    imported(store, tiny_models().text, look_beside=False)
    *_, model = attach_adapter(store, "tiny", "invoice", tiny_models().adapter)
    assert isinstance(model, Model)
    *_, model = attach_adapter(store, "tiny", "reçu / 1", tiny_models().adapter)
    assert isinstance(model, Model)
    first, second = model.adapter("invoice"), model.adapter("reçu / 1")
    assert first is not None
    assert second is not None
    assert first != second
    assert first.read_bytes() == tiny_models().adapter.read_bytes()
    assert model.adapter("receipt") is None
    # Another takes its place, and the file of the one before goes.
    other = tmp_path / "other.gguf"
    other.write_bytes(tiny_models().adapter.read_bytes() + b"\0")
    *_, model = attach_adapter(store, "tiny", "invoice", other)
    assert isinstance(model, Model)
    assert model.adapter("invoice") != first
    assert not first.exists()
    model = detach_adapter(store, "tiny", "invoice")
    assert model.adapter("invoice") is None
    assert model.adapter("reçu / 1") == second
    assert len(list(model.path.parent.glob("adapter-*"))) == 1
    assert all(isinstance(report, FileProgress) for report in store.check("tiny"))


def test_what_is_no_adapter_of_the_model_is_refused(store: ModelStore, tmp_path: Path) -> None:
    imported(store, tiny_models().text, look_beside=False)
    writer = GGUFWriter(tmp_path / "llama.gguf", "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_tensor("blk.0.attn_q.weight.lora_a", np.zeros((4, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    for file, code in (
        (tmp_path / "llama.gguf", Code.ADAPTER_OF_ANOTHER),
        (tiny_models().text, Code.NOT_AN_ADAPTER),
        (tiny_models().projector, Code.NOT_AN_ADAPTER),
    ):
        with pytest.raises(ProblemError) as caught:
            list(attach_adapter(store, "tiny", "invoice", file))
        assert caught.value.problem.code is code
    assert store.model("tiny").note.adapters == ()
    with pytest.raises(ProblemError) as caught:
        list(attach_adapter(store, "other", "invoice", tiny_models().adapter))
    assert caught.value.problem.code is Code.MODEL_NOT_THERE
