"""Downloads from a real server that behaves badly in every way."""

from __future__ import annotations

import base64
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.engine.models.catalog import CatalogueFile, CatalogueModel
from app.engine.models.download import Download, Patience
from app.engine.models.files import FileProgress, Step
from app.engine.models.store import Model, ModelStore, Unfinished, Verified
from app.errors import Code, ProblemError
from tests.engine.model_server import Answer, ModelServer, sha256
from tests.tiny_model import tiny_models

QUICK = Patience(
    connect=20.0, stall=20.0, tries=3, first_wait=0.01, longest_wait=0.05, safe_bytes=100_000
)
HASTY = replace(QUICK, stall=0.5)
"""For servers that say nothing any more; a busy computer may look so to it."""
ETAG = '"one"'


@pytest.fixture
def server() -> Iterator[ModelServer]:
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture(scope="module")
def body() -> bytes:
    return tiny_models().text.read_bytes()


def offered(address: str, body: bytes, known: bool = True) -> CatalogueModel:
    file = CatalogueFile("m.gguf", address, len(body), sha256(body) if known else "")
    return CatalogueModel("m", "Model M", "Tests", "MIT", "qwen35", "F16", 0, file)


def download(
    store: ModelStore, model: CatalogueModel, patience: Patience = QUICK
) -> tuple[Model, list[FileProgress]]:
    *reports, last = Download(store, model, patience).events()
    assert isinstance(last, Model)
    return last, [report for report in reports if isinstance(report, FileProgress)]


def failed(store: ModelStore, model: CatalogueModel, patience: Patience = QUICK) -> Code:
    with pytest.raises(ProblemError) as caught:
        download(store, model, patience)
    trouble = caught.value.problem
    assert trouble.message
    assert trouble.advice
    assert not [one for one in store.standings() if isinstance(one, Model)]
    return trouble.code


def resumed_at(server: ModelServer) -> list[int]:
    ranges = [asked for asked in server.ranges_asked() if asked]
    return [int(asked.removeprefix("bytes=").rstrip("-")) for asked in ranges]


def test_a_model_is_downloaded_verified_and_in_use(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    address = server.serve("/m", Answer(body, etag=ETAG))
    model, reports = download(store, offered(address, body))
    assert model.path.read_bytes() == body
    assert model.note.model.verified is Verified.CATALOGUE
    assert model.note.architecture == "qwen35"
    assert reports[0].step is Step.CONNECTING
    assert sorted(entry.name for entry in model.path.parent.iterdir()) == ["m.gguf", "model.json"]
    current = store.current()
    assert current is not None
    assert current.name == "m"


def test_nothing_is_asked_of_anybody_before_the_events_are_read(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    Download(store, offered(server.serve("/m", Answer(body)), body), QUICK)
    time.sleep(0.1)
    assert not server.asked
    assert not store.folder.exists()


def test_what_is_there_already_is_not_downloaded_again(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    model = offered(server.serve("/m", Answer(body)), body)
    download(store, model)
    download(store, model)
    assert len(server.asked) == 1


@pytest.mark.parametrize("validator", ["etag", "modified"])
def test_a_broken_connection_goes_on_where_it_broke(
    server: ModelServer, store: ModelStore, body: bytes, validator: str
) -> None:
    good = (
        Answer(body, etag=ETAG)
        if validator == "etag"
        else Answer(body, modified="Sat, 21 Nov 2026 10:00:00 GMT")
    )
    address = server.serve("/m", replace(good, cut=300_000), replace(good, cut=200_000), good)
    model, reports = download(store, offered(address, body))
    assert model.path.read_bytes() == body
    assert resumed_at(server) == [300_000, 500_000]
    assert [r.problem.code for r in reports if r.problem] == [Code.DOWNLOAD_STALLED] * 2


def test_a_server_that_stalls_is_left_and_asked_again(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    good = Answer(body, etag=ETAG)
    address = server.serve("/m", replace(good, cut=250_000, stall=True), good)
    model, _ = download(store, offered(address, body), HASTY)
    assert model.path.read_bytes() == body
    assert resumed_at(server) == [250_000]


def test_a_server_that_never_gets_on_ends_in_a_sentence_and_what_came_is_kept(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    good = Answer(body, etag=ETAG)
    none = replace(good, cut=0, stall=True)
    address = server.serve("/m", replace(good, cut=250_000), none, none, none, good)
    assert failed(store, offered(address, body), HASTY) is Code.DOWNLOAD_STALLED
    assert store.standings() == (Unfinished("m", 250_000, len(body)),)
    server.answers["/m"] = [good]
    model, _ = download(store, offered(address, body))
    assert model.path.read_bytes() == body
    assert resumed_at(server)[-1] == 250_000


def test_a_server_without_ranges_starts_over(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    good = Answer(body, etag=ETAG, ranges=False)
    address = server.serve("/m", replace(good, cut=300_000), good)
    model, _ = download(store, offered(address, body))
    assert model.path.read_bytes() == body
    assert resumed_at(server) == [300_000]


def test_a_server_without_ranges_that_always_breaks_is_given_up(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    address = server.serve("/m", Answer(body, etag=ETAG, ranges=False, cut=300_000))
    assert failed(store, offered(address, body)) is Code.DOWNLOAD_STALLED
    assert len(server.asked) < 10


@pytest.mark.parametrize("known", [True, False])
def test_a_file_that_changes_in_between_is_begun_anew(
    server: ModelServer, store: ModelStore, body: bytes, known: bool
) -> None:
    other = bytearray(body)
    other[100_000:200_000] = bytes(100_000)
    first = Answer(bytes(other), etag='"before"', cut=300_000)
    address = server.serve("/m", first, Answer(body, etag='"after"'))
    model, _ = download(store, offered(address, body, known))
    assert model.path.read_bytes() == body


def test_pieces_of_two_files_under_one_etag_are_found_out_and_mended(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    other = bytearray(body)
    other[100_000:200_000] = bytes(100_000)
    first = Answer(bytes(other), etag=ETAG, cut=300_000)
    address = server.serve("/m", first, Answer(body, etag=ETAG))
    model, _ = download(store, offered(address, body))
    assert model.path.read_bytes() == body
    assert server.ranges_asked() == ["", "bytes=300000-", ""]


@pytest.mark.parametrize(
    "whole_range", ["bytes 0-9/10", "bytes 1-99/100", "nonsense", "bytes 300000-300001/300002"]
)
def test_a_piece_that_was_not_asked_for_is_not_used(
    server: ModelServer, store: ModelStore, body: bytes, whole_range: str
) -> None:
    good = Answer(body, etag=ETAG)
    address = server.serve(
        "/m", replace(good, cut=300_000), replace(good, whole_range=whole_range), good
    )
    model, _ = download(store, offered(address, body))
    assert model.path.read_bytes() == body


def test_a_wrong_file_is_refused_and_thrown_away(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    other = body[:-1] + bytes([body[-1] ^ 1])
    address = server.serve("/m", Answer(other, etag=ETAG))
    assert failed(store, offered(address, body)) is Code.DOWNLOAD_WRONG
    assert not list(store.folder.rglob("*.part"))


@pytest.mark.parametrize("length", [10, 5_000_000])
def test_a_file_of_another_length_than_the_catalogue_says_is_refused_at_once(
    server: ModelServer, store: ModelStore, body: bytes, length: int
) -> None:
    address = server.serve("/m", Answer(body, etag=ETAG, length=length))
    assert failed(store, offered(address, body)) is Code.DOWNLOAD_WRONG
    assert len(server.asked) == 1


def test_a_length_that_never_comes_is_a_broken_connection(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    address = server.serve("/m", Answer(body, length=len(body) + 10))
    assert failed(store, offered(address, body, known=False)) is Code.DOWNLOAD_STALLED


def test_a_file_without_announced_length_is_taken_whole(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    address = server.serve("/m", Answer(body, chunked=True))
    model, _ = download(store, offered(address, body))
    assert model.path.read_bytes() == body


def test_a_file_without_announced_length_does_not_fill_the_disk(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    endless = b"GGUF" + bytes(8_000_000)
    model = offered(server.serve("/m", Answer(endless, chunked=True)), body[:1000], known=False)
    assert failed(store, model) is Code.DOWNLOAD_WRONG
    assert not list(store.folder.rglob("*.part"))


def test_the_hash_that_hugging_face_announces_is_used_where_none_is_known(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    # As the hub does it: the hash stands on the redirect, and the ETag of the server that it
    # leads to is a hash of something else.
    data = server.serve(
        "/cdn", Answer(body, etag=f'"{"b" * 64}"', cut=300_000), Answer(body, etag=f'"{"b" * 64}"')
    )
    linked = {"X-Linked-Etag": f'"{sha256(body)}"', "X-Linked-Size": str(len(body))}
    address = server.serve("/hub", Answer(location=data, headers=linked))
    model, _ = download(store, offered(address, body, known=False))
    assert model.note.model.verified is Verified.ANNOUNCED
    assert resumed_at(server) == [300_000, 300_000]  # of both: the address is asked anew


def test_a_file_that_is_not_what_the_server_announced_is_refused(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    headers = {"X-Linked-Etag": f'"{"0" * 64}"'}
    address = server.serve("/m", Answer(body, headers=headers))
    assert failed(store, offered(address, body, known=False)) is Code.DOWNLOAD_WRONG


@pytest.mark.parametrize(
    ("headers", "verified"),
    [
        ({}, Verified.COMPUTED),
        ({"ETag": f'"{"b" * 64}"'}, Verified.COMPUTED),
        ({"ETag": "OK", "X-Repo-Commit": "c"}, Verified.ANNOUNCED),
        ({"Repr-Digest": "OK"}, Verified.ANNOUNCED),
    ],
)
def test_it_is_recorded_what_a_hash_was_compared_with(
    server: ModelServer,
    store: ModelStore,
    body: bytes,
    headers: dict[str, str],
    verified: Verified,
) -> None:
    digest = base64.b64encode(bytes.fromhex(sha256(body))).decode()
    right = {"ETag": f'"{sha256(body)}"', "Repr-Digest": f"sha-256=:{digest}:"}
    sent = {name: right[name] if value == "OK" else value for name, value in headers.items()}
    address = server.serve("/m", Answer(body, headers=sent))
    model, _ = download(store, offered(address, body, known=False))
    assert model.note.model.verified is verified
    assert model.note.model.sha256 == sha256(body)


@pytest.mark.parametrize(
    ("status", "code", "tries"),
    [
        (404, Code.DOWNLOAD_MISSING, 1),
        (410, Code.DOWNLOAD_MISSING, 1),
        (401, Code.DOWNLOAD_REFUSED, 1),
        (403, Code.DOWNLOAD_REFUSED, 1),
        (407, Code.DOWNLOAD_PROXY, 1),
        (418, Code.DOWNLOAD_SERVER, 1),
        (429, Code.DOWNLOAD_SERVER, 3),
        (500, Code.DOWNLOAD_SERVER, 3),
        (503, Code.DOWNLOAD_SERVER, 3),
    ],
)
def test_answers_that_are_errors_become_sentences(
    server: ModelServer, store: ModelStore, body: bytes, status: int, code: Code, tries: int
) -> None:
    address = server.serve("/m", Answer(status=status))
    assert failed(store, offered(address, body)) is code
    assert len(server.asked) == tries


def test_a_server_that_is_busy_for_a_while_is_waited_for(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    busy = Answer(status=503, headers={"Retry-After": "1"})
    address = server.serve("/m", busy, Answer(status=500), Answer(body))
    model, reports = download(store, offered(address, body))
    assert model.path.read_bytes() == body
    assert [r.step for r in reports].count(Step.WAITING) == 2


def test_a_range_that_the_file_does_not_have_any_more_begins_anew(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    good = Answer(body, etag=ETAG)
    address = server.serve("/m", replace(good, cut=300_000), Answer(status=416), good)
    model, _ = download(store, offered(address, body))
    assert model.path.read_bytes() == body


def test_a_sign_in_page_is_not_taken_for_a_model(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    page = b"<html>Welcome to the hotel</html>"
    html = Answer(page, headers={"Content-Type": "text/html; charset=utf-8"})
    address = server.serve("/m", html)
    assert failed(store, offered(address, body)) is Code.DOWNLOAD_NOT_A_MODEL
    server.serve("/m", Answer(page))
    assert failed(store, offered(address, body, known=False)) is Code.DOWNLOAD_NOT_A_MODEL


def test_redirects_are_followed_and_circles_are_not(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    server.serve("/c", Answer(body))
    server.serve("/b", Answer(location="/c", status=307))
    address = server.serve("/a", Answer(location="/b", status=301))
    model, _ = download(store, offered(address, body))
    assert model.path.read_bytes() == body
    store.remove("m")
    address = server.serve("/round", Answer(location="/round"))
    assert failed(store, offered(address, body)) is Code.DOWNLOAD_SERVER


@pytest.mark.parametrize(
    "location", ["http://example.com/m", "ftp://127.0.0.1/m", "file:///etc/passwd"]
)
def test_a_redirect_never_leads_away_from_https(
    server: ModelServer, store: ModelStore, body: bytes, location: str
) -> None:
    address = server.serve("/m", Answer(location=location))
    code = failed(store, offered(address, body))
    assert code in (Code.DOWNLOAD_UNSAFE, Code.ADDRESS_WRONG)


def test_an_address_of_the_catalogue_without_https_is_not_used(
    store: ModelStore, body: bytes
) -> None:
    assert failed(store, offered("http://example.com/m", body)) is Code.DOWNLOAD_UNSAFE


def test_a_server_that_is_not_there_is_named(store: ModelStore, body: bytes) -> None:
    assert failed(store, offered("http://127.0.0.1:9/m", body)) is Code.DOWNLOAD_UNREACHABLE


def test_a_mirror_takes_the_place_of_the_address(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    server.serve("/models/x/resolve/main/m.gguf", Answer(body))
    store.set_mirror(f"{server.address}/models/")
    model, _ = download(store, offered("https://example.com/x/resolve/main/m.gguf", body))
    assert model.path.read_bytes() == body
    assert model.note.model.source == "https://example.com/x/resolve/main/m.gguf"


def test_a_proxy_is_used_and_its_refusal_is_a_sentence(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    server.serve("/m", Answer(body))
    store.set_proxy(server.address)
    model, _ = download(store, offered("http://127.0.0.1:9/m", body))
    assert model.path.read_bytes() == body
    assert server.asked[0].path == "http://127.0.0.1:9/m"
    store.remove("m")
    server.serve("CONNECT", Answer(status=407))
    assert failed(store, offered("https://example.com/m", body)) is Code.DOWNLOAD_PROXY


def test_a_server_that_is_not_who_it_says_is_not_trusted(
    server: ModelServer, store: ModelStore, body: bytes, tmp_path: Path
) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("nothing here makes certificates")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate]
    subprocess.run([openssl, *map(str, made), *subject], check=True, capture_output=True)
    address = server.serve("/m", Answer(body))
    server.speak_tls(certificate, key)
    model = offered(address.replace("http://", "https://"), body)
    assert failed(store, model) is Code.DOWNLOAD_UNSAFE
    assert not server.asked


def test_a_pause_keeps_what_came_and_a_new_start_goes_on(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    good = Answer(body, etag=ETAG)
    address = server.serve("/m", replace(good, cut=400_000, stall=True), good)
    model = offered(address, body)
    running = Download(store, model, QUICK)

    def pausing() -> None:
        for report in running.events():
            if isinstance(report, FileProgress) and report.step is Step.DOWNLOADING:
                threading.Timer(0.2, running.pause).start()

    with pytest.raises(ProblemError) as caught:
        pausing()
    assert caught.value.problem.code is Code.DOWNLOAD_PAUSED
    [standing] = store.standings()
    assert isinstance(standing, Unfinished)
    assert 0 < standing.done <= 400_000
    with pytest.raises(ProblemError) as caught:
        store.model("m")
    assert caught.value.problem.code is Code.MODEL_NOT_THERE
    done, _ = download(store, model)
    assert done.path.read_bytes() == body
    assert resumed_at(server) == [standing.done]


def test_leaving_the_events_pauses(server: ModelServer, store: ModelStore, body: bytes) -> None:
    address = server.serve("/m", Answer(body, etag=ETAG, cut=400_000, stall=True))
    running = Download(store, offered(address, body), QUICK)
    for report in running.events():
        if isinstance(report, FileProgress) and report.step is Step.DOWNLOADING:
            break
    assert not [thread for thread in threading.enumerate() if thread.name == "download"]


def test_a_part_that_was_damaged_on_the_disk_is_begun_anew(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    good = Answer(body, etag=ETAG)
    none = replace(good, cut=0)
    address = server.serve("/m", replace(good, cut=300_000), none)
    failed(store, offered(address, body))
    [part] = store.folder.rglob("*.part")
    data = bytearray(part.read_bytes())
    data[1000] ^= 1
    part.write_bytes(data)
    server.asked.clear()
    server.serve("/m", good)
    download(store, offered(address, body))
    assert server.ranges_asked() == [""]


@pytest.mark.parametrize("damage", ["shorter", "gone", "longer", "state"])
def test_a_part_that_does_not_fit_its_state_is_handled(
    server: ModelServer, store: ModelStore, body: bytes, damage: str
) -> None:
    good = Answer(body, etag=ETAG)
    address = server.serve("/m", replace(good, cut=300_000), replace(good, cut=0))
    failed(store, offered(address, body))
    [part] = store.folder.rglob("*.part")
    if damage == "shorter":
        os.truncate(part, 1000)
    elif damage == "gone":
        part.unlink()
    elif damage == "longer":
        with part.open("ab") as stream:
            stream.write(b"rubbish")
    else:
        next(store.folder.rglob("*.state.json")).write_text("{", encoding="utf-8")
    server.serve("/m", good)
    model, _ = download(store, offered(address, body))
    assert model.path.read_bytes() == body


def test_a_projector_that_is_here_already_is_not_downloaded_again(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    sight = tiny_models().projector.read_bytes()
    file = CatalogueFile(
        "mmproj.gguf", server.serve("/p", Answer(sight)), len(sight), sha256(sight)
    )
    address = server.serve("/m", Answer(body))
    first = replace(offered(address, body), projector=file)
    model, _ = download(store, first)
    assert model.sees
    second, _ = download(store, replace(first, name="second"))
    paths = [asked.path for asked in server.asked]
    assert paths.count("/p") == 1
    assert second.projector is not None
    assert second.projector.read_bytes() == sight
    store.remove("m")
    assert second.projector.read_bytes() == sight


def test_a_model_whose_projector_failed_needs_only_the_projector_again(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    sight = tiny_models().projector.read_bytes()
    file = CatalogueFile(
        "mmproj.gguf", server.serve("/p", Answer(status=404)), len(sight), sha256(sight)
    )
    model = replace(offered(server.serve("/m", Answer(body)), body), projector=file)
    assert failed(store, model) is Code.DOWNLOAD_MISSING
    server.serve("/p", Answer(sight))
    done, _ = download(store, model)
    assert done.sees
    assert [asked.path for asked in server.asked] == ["/m", "/p", "/p"]


def test_a_model_that_lost_a_file_needs_only_that_again(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    sight = tiny_models().projector.read_bytes()
    file = CatalogueFile(
        "mmproj.gguf", server.serve("/p", Answer(sight)), len(sight), sha256(sight)
    )
    model = replace(offered(server.serve("/m", Answer(body)), body), projector=file)
    done, _ = download(store, model)
    assert done.projector is not None
    done.projector.unlink()
    server.asked.clear()
    done, _ = download(store, model)
    assert done.sees
    assert [asked.path for asked in server.asked] == ["/p"]


def test_a_file_of_another_kind_is_not_installed_even_if_nobody_knew_its_hash(
    server: ModelServer, store: ModelStore
) -> None:
    sight = tiny_models().projector.read_bytes()
    model = offered(server.serve("/m", Answer(sight)), sight, known=False)
    assert failed(store, model) is Code.PROJECTOR_ALONE
    assert not list(store.folder.rglob("*.gguf"))


def test_two_downloads_of_one_model_do_not_meet(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    model = offered(server.serve("/m", Answer(body)), body)
    with store.working_on("m"):
        assert failed(store, model) is Code.MODEL_BUSY


def test_a_disk_without_room_is_named_before_anything_is_written(
    server: ModelServer, store: ModelStore, body: bytes
) -> None:
    address = server.serve("/m", Answer(body, length=10**16))
    assert failed(store, offered(address, body, known=False)) is Code.MODEL_NO_ROOM
    assert not list(store.folder.rglob("*.part"))


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="needs a small disk of its own"
)
def test_a_disk_that_fills_up_on_the_way_keeps_what_came(
    server: ModelServer, tmp_path: Path, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], check=False
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        # The room seems to be there when it is asked for, and is used by others then.
        monkeypatch.setattr(shutil, "disk_usage", lambda _: _Roomy())
        large = body[:4] + random.Random(1).randbytes(2_000_000)
        address = server.serve("/m", Answer(large, etag=ETAG))
        store = ModelStore(disk / "models")
        assert failed(store, offered(address, large)) is Code.MODEL_NO_ROOM
        [standing] = store.standings()
        assert isinstance(standing, Unfinished)
        assert 0 < standing.done < 1_000_000
    finally:
        subprocess.run(["umount", str(disk)], check=True)


class _Roomy:
    free = 10**12


def test_a_download_that_is_killed_again_and_again_comes_to_its_end(
    server: ModelServer, store: ModelStore
) -> None:
    """Killed at random moments: never a model before it is whole, and each start goes on."""
    body = tiny_models().text.read_bytes()
    address = server.serve("/m", Answer(body, etag=ETAG, rate=len(body)))
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from app.engine.models.catalog import CatalogueFile, CatalogueModel\n"
        "from app.engine.models.download import Download, Patience\n"
        "from app.engine.models.store import ModelStore\n"
        "folder, address, size, digest = sys.argv[1:]\n"
        "file = CatalogueFile('m.gguf', address, int(size), digest)\n"
        "model = CatalogueModel('m', 'M', '', 'MIT', 'qwen35', '', 0, file)\n"
        "patience = Patience(safe_bytes=50_000)\n"
        "for report in Download(ModelStore(Path(folder)), model, patience).events(): pass\n"
    )
    command = [sys.executable, "-c", script, str(store.folder), address, str(len(body))]
    chance = random.Random(7)
    for _ in range(25):
        asked = len(server.asked)
        running = subprocess.Popen([*command, sha256(body)])
        while len(server.asked) == asked and running.poll() is None:
            time.sleep(0.01)
        try:
            running.wait(chance.uniform(0.2, 0.6))
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            for standing in store.standings():
                assert isinstance(standing, Unfinished) or _whole(store, body)
            continue
        assert running.returncode == 0
        break
    assert _whole(store, body)
    assert any(server.ranges_asked())


def _whole(store: ModelStore, body: bytes) -> bool:
    return store.model("m").path.read_bytes() == body
