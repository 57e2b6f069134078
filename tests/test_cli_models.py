"""The commands for models: what they do, what they say, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import cli
from app.engine.models.catalog import catalogue
from app.engine.models.store import Model, ModelStore, Unfinished
from tests.engine.model_server import Answer, ModelServer, sha256
from tests.tiny_model import tiny_models

CATALOGUE = """
default = "m"
[projectors.p]
name = "mmproj.gguf"
address = "{address}/p"
size = {sight_size}
sha256 = "{sight_hash}"
[[models]]
name = "m"
label = "Model M"
good_for = "Tests."
licence = "MIT"
architecture = "qwen35"
quantisation = "F16"
memory = 1_000_000
projector = "p"
[models.file]
name = "m.gguf"
address = "{address}/m"
size = {size}
sha256 = "{hash}"
"""


@pytest.fixture
def server() -> Iterator[ModelServer]:
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture
def environment(
    server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """A catalogue of models that the server on loopback has, and a folder for them."""
    body, sight = tiny_models().text.read_bytes(), tiny_models().projector.read_bytes()
    server.serve("/m", Answer(body, etag='"1"'))
    server.serve("/p", Answer(sight, etag='"2"'))
    list_of_models = tmp_path / "catalog.toml"
    list_of_models.write_text(
        CATALOGUE.format(
            address=server.address,
            size=len(body),
            hash=sha256(body),
            sight_size=len(sight),
            sight_hash=sha256(sight),
        ),
        encoding="utf-8",
    )
    monkeypatch.setenv("PAPERCLERK_CATALOGUE", str(list_of_models))
    monkeypatch.setenv("PAPERCLERK_MODELS", str(tmp_path / "models"))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    catalogue.cache_clear()
    yield dict(os.environ)
    catalogue.cache_clear()
    for number, handler in handlers.items():  # the program sets its own
        signal.signal(number, handler)


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


Models = Callable[..., Done]


@pytest.fixture
def models(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Models:
    """Run a command in this process: starting one takes longer than all that it does."""

    def run(*arguments: object) -> Done:
        capsys.readouterr()
        status = cli.main(["models", *map(str, arguments)], lambda _: 0)
        said = capsys.readouterr()
        return Done(status, said.out, said.err)

    return run


def store(environment: dict[str, str]) -> ModelStore:
    return ModelStore(Path(environment["PAPERCLERK_MODELS"]))


def test_list_shows_what_can_be_downloaded_without_asking_anybody(
    server: ModelServer, models: Models, environment: dict[str, str]
) -> None:
    done = models("list")
    assert done.returncode == 0, done.stderr
    assert "There is no model on this computer yet" in done.stdout
    assert "Model M (usual)" in done.stdout
    assert not server.asked
    assert not Path(environment["PAPERCLERK_MODELS"]).exists()


def test_a_model_is_downloaded_listed_checked_and_removed(
    models: Models, environment: dict[str, str]
) -> None:
    done = models("download")
    assert done.returncode == 0, done.stderr
    assert "“Model M” (m) is on this computer." in done.stdout
    assert "Documents are read with m." in done.stdout
    listed = models("list")
    assert "in use, checked against the list of models" in listed.stdout
    checked = models("check")
    assert checked.returncode == 0, checked.stderr
    assert "“m” is unchanged." in checked.stdout
    path = store(environment).model("m").path
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    checked = models("check", "m")
    assert checked.returncode == 1
    assert "damaged" in checked.stderr
    removed = models("remove", "m")
    assert removed.returncode == 0, removed.stderr
    assert not store(environment).standings()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C is sent otherwise there")
def test_ctrl_c_pauses_and_the_same_command_goes_on(
    server: ModelServer, models: Models, environment: dict[str, str]
) -> None:
    body = tiny_models().text.read_bytes()
    server.serve("/m", Answer(body, etag='"1"', cut=300_000, stall=True), Answer(body, etag='"1"'))
    with subprocess.Popen(
        [sys.executable, "-m", "app", "models", "download", "m"],
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
        encoding="utf-8",
    ) as running:
        part = Path(environment["PAPERCLERK_MODELS"]) / "m" / "m.gguf.part"
        until = time.monotonic() + 60
        while not part.exists() and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.3)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
        assert running.returncode == 130, said
        assert said.startswith("Paused: ")
        assert "paperclerk models download m" in said
        assert "Traceback" not in said
    [standing] = store(environment).standings()
    assert isinstance(standing, Unfinished)
    assert "“download” goes on" in models("list").stdout
    done = models("download", "m")
    assert done.returncode == 0, done.stderr
    ranges = [asked for asked in server.ranges_asked() if asked]
    assert ranges == [f"bytes={standing.done}-"]


def test_a_failed_download_says_why_and_what_to_do(server: ModelServer, models: Models) -> None:
    server.serve("/m", Answer(status=404))
    done = models("download", "m")
    assert done.returncode == 1
    assert "127.0.0.1 does not have it" in done.stderr
    assert "mirror" in done.stderr
    done = models("download", "other")
    assert done.returncode == 1
    assert "Choose one of: m." in done.stderr


def test_a_mirror_and_a_proxy_are_kept(models: Models, environment: dict[str, str]) -> None:
    address = "https://mirror.example.com"
    done = models("source", "--mirror", address, "--proxy", "http://proxy:3128")
    assert done.returncode == 0, done.stderr
    done = models("source")
    assert address in done.stdout
    assert "http://proxy:3128" in done.stdout
    assert models("source", "--mirror", "mirror").returncode == 1
    refused = models("source", "--proxy", "socks5://proxy:1080")
    assert refused.returncode == 1
    assert "is not an address that can be used" in refused.stderr
    assert models("source", "--mirror", "").returncode == 0
    assert store(environment).settings().mirror == ""


def test_a_model_and_an_adapter_are_imported(
    models: Models, environment: dict[str, str], tmp_path: Path
) -> None:
    tiny = tiny_models()
    done = models("import", tiny.text, "--projector", tiny.projector)
    assert done.returncode == 0, done.stderr
    # It is the very model of the catalogue, and so it is known by its name there.
    assert "“Model M” is on this computer as m; it can see pictures." in done.stdout
    attached = models("adapter", "invoice", tiny.adapter)
    assert attached.returncode == 0, attached.stderr
    assert "adapters for invoice" in models("list").stdout
    assert store(environment).model("m").adapter("invoice") is not None
    assert models("adapter", "poem", tiny.adapter).returncode == 1
    assert models("adapter", "invoice").returncode == 0
    assert store(environment).model("m").adapter("invoice") is None
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GIF89a")
    refused = models("import", bad)
    assert refused.returncode == 1
    assert "“bad.gguf” is not a model file." in refused.stderr


def test_another_model_can_be_used(models: Models, environment: dict[str, str]) -> None:
    tiny = tiny_models()
    assert models("import", tiny.text, "--no-projector").returncode == 0
    assert models("import", tiny.mtp, "--no-projector").returncode == 0
    done = models("use", "tiny-mtp")
    assert done.returncode == 0, done.stderr
    assert "Documents are read with tiny-mtp." in done.stdout
    unknown = models("use", "none")
    assert unknown.returncode == 1
    assert "paperclerk models list" in unknown.stderr
    current = store(environment).current()
    assert isinstance(current, Model)
    assert current.name == "tiny-mtp"


def test_the_office_server_is_set_and_unset(
    models: Models, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = models("server")
    assert "Pages stay on this computer." in done.stdout
    monkeypatch.setenv("PAPERCLERK_SERVER_KEY", "secret")
    done = models(
        "server",
        "https://models.example.com:8000/v1",
        "--model",
        "big",
    )
    assert done.returncode == 0, done.stderr
    assert "Pages are sent to https://models.example.com:8000." in done.stdout
    kept = store(environment).settings().server
    assert kept is not None
    assert (kept.model, kept.key) == ("big", "secret")
    listed = models("list")
    assert "Pages are sent to the server https://models.example.com:8000." in listed.stdout
    assert "secret" not in listed.stdout
    assert models("server", "two words").returncode == 1
    bare = models("server", "192.168.1.20:8000")
    assert "Pages are sent to http://192.168.1.20:8000." in bare.stdout
    assert models("server", "--off").returncode == 0
    assert store(environment).settings().server is None


def test_damaged_settings_and_lists_are_sentences(
    models: Models,
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = Path(environment["PAPERCLERK_MODELS"])
    folder.mkdir()
    (folder / "settings.json").write_text("{", encoding="utf-8")
    done = models("list")
    assert done.returncode == 1
    assert "Model M" in done.stdout
    assert "cannot be read any more" in done.stderr
    bad = tmp_path / "bad.toml"
    bad.write_text("default = 3", encoding="utf-8")
    monkeypatch.setenv("PAPERCLERK_CATALOGUE", str(bad))
    catalogue.cache_clear()
    done = models("list")
    assert done.returncode == 1
    assert "bad.toml" in done.stderr
    assert "Traceback" not in done.stderr
