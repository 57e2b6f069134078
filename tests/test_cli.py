"""The command line on real files, as a program of its own."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.engine.models.store import ModelStore
from app.engine.server.settings import server_settings
from app.library import Library
from tests.asking.shelf import put
from tests.engine.scripted_server import refuses, scripted_server
from tests.library.papers import invoice
from tests.paper import invoice_pdf, locked_pdf


def paperclerk(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
        timeout=110,
    )


def test_read_prints_one_object_a_record_and_nothing_else(tmp_path: Path) -> None:
    done = paperclerk("read", "--format", "json", "--no-model", invoice_pdf(tmp_path / "a.pdf"))
    assert done.returncode == 0, done.stderr
    [line] = done.stdout.splitlines()
    record = json.loads(line)
    assert record["file"] == str(tmp_path / "a.pdf")
    assert record["document_type"] == "invoice"
    assert record["error"] is None
    total = record["fields"]["total_gross"]
    assert total["value"] == "119.00"
    assert total["page"] == 1
    assert all(0 <= fraction <= 1 for fraction in total["box"])
    assert record["lines"][0]["amount"]["value"] == "100.00"
    assert done.stderr == ""


def test_what_cannot_be_read_has_an_error_and_the_others_are_read(tmp_path: Path) -> None:
    bad = tmp_path / "bad [1].pdf"
    bad.write_bytes(b"%PDF-1.4 no more")
    files = [bad, tmp_path / "missing.pdf", invoice_pdf(tmp_path / "good.pdf")]
    done = paperclerk("read", "--format", "json", *files)
    assert done.returncode == 1
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["file"] for row in rows] == [str(file) for file in files]
    assert rows[0]["error"]["code"] == "damaged"
    assert "bad [1].pdf" in rows[0]["error"]["message"]
    assert rows[0]["error"]["advice"]
    assert rows[1]["error"]["code"] == "vanished"
    # A name that was mistyped was never there to be put back.
    assert rows[1]["error"]["message"] == "“missing.pdf” was not found."
    assert rows[1]["error"]["advice"].startswith("Check the name")
    assert rows[2]["error"] is None


def test_wrong_usage_is_exit_2(tmp_path: Path) -> None:
    assert paperclerk("read").returncode == 2
    assert paperclerk("read", "--format", "poem", tmp_path).returncode == 2
    done = paperclerk("read", "--type", "poem", invoice_pdf(tmp_path / "a.pdf"))
    assert done.returncode == 2
    assert "invoice" in done.stderr


def test_a_chosen_type_is_used_and_csv_is_written_to_a_file(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    file = invoice_pdf(tmp_path / "a.pdf")
    done = paperclerk("read", "--type", "receipt", "--format", "csv", "--output", target, file)
    assert done.returncode == 0, done.stderr
    [row] = csv.DictReader(io.StringIO(target.read_text(encoding="utf-8")))
    assert row["total"] == "119.00"


def test_a_password_comes_from_the_environment(tmp_path: Path) -> None:
    file = locked_pdf(tmp_path / "a.pdf", "sesame")
    done = paperclerk("read", "--format", "json", file)
    assert json.loads(done.stdout)["error"]["code"] == "password_needed"
    done = paperclerk("read", "--format", "json", file, PAPERCLERK_PASSWORD="sesame")
    assert json.loads(done.stdout)["error"] is None


def test_add_list_and_export_work_on_a_library(tmp_path: Path) -> None:
    library = ("--library", tmp_path / "library")
    files = [invoice_pdf(tmp_path / f"{n}.pdf", f"A-{n}") for n in (1, 2)]
    done = paperclerk("add", *library, *files)
    assert done.returncode == 0, done.stderr
    listed = paperclerk("list", *library)
    assert "A-1" in listed.stdout
    assert "A-2" in listed.stdout
    for name in ("all.csv", "all.xlsx", "all.jsonl"):
        done = paperclerk("export", *library, tmp_path / name)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / name).stat().st_size
    assert paperclerk("export", *library, tmp_path / "all.poem").returncode == 2


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelStore:
    """The store that the commands use."""
    monkeypatch.setenv("PAPERCLERK_MODELS", str(tmp_path / "models"))
    return ModelStore(tmp_path / "models")


@pytest.mark.parametrize("command", ["read", "add"])
def test_where_pages_go_and_what_no_model_read_is_said(
    tmp_path: Path, store: ModelStore, command: str
) -> None:
    files = [invoice_pdf(tmp_path / f"{n}.pdf", f"A-{n}") for n in (1, 2)]
    library = ("--library", tmp_path / "library") if command == "add" else ()
    with scripted_server(refuses(400, "no")) as server:
        store.set_server(server_settings(server.address))
        done = paperclerk(command, *library, *files)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines.count(f"Pages are read by the server {server.address}.") == 1
    assert sorted(line for line in lines if line.startswith("“")) == [
        f"“{file.name}”: The server {server.address} gave an answer that cannot be used."
        for file in files
    ]
    if command == "read":
        assert "A-1" in done.stdout
        assert paperclerk("read", "--no-model", *files).returncode == 0


def test_a_model_that_cannot_be_used_stops_no_reading(tmp_path: Path, store: ModelStore) -> None:
    store.folder.mkdir()
    (store.folder / "settings.json").write_text("{", encoding="utf-8")
    files = [invoice_pdf(tmp_path / f"{n}.pdf", f"A-{n}") for n in range(4)]
    done = paperclerk("add", "--library", tmp_path / "library", *files)
    assert done.returncode == 1
    assert "cannot be read any more" in done.stderr
    with Library.open(tmp_path / "library") as library:
        assert library.counts().waiting == 0
    done = paperclerk("read", *files)
    assert done.returncode == 1
    assert "cannot be read any more" in done.stderr
    assert "A-3" in done.stdout


def test_doctor_asks_the_server(tmp_path: Path, store: ModelStore) -> None:
    doctor = ("doctor", "--library", tmp_path / "none")
    with scripted_server() as server:
        store.set_server(server_settings(server.address))
        done = paperclerk(*doctor)
        assert done.returncode == 0, done.stdout
        assert f"{server.address}: OpenAI-compatible with the model “one”" in done.stdout
    done = paperclerk(*doctor)
    assert done.returncode == 1
    assert f"The server {server.address} cannot be reached." in done.stdout
    assert "whether the server is running" in done.stdout


def test_doctor_reads_a_page_and_says_that_all_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log.txt"
    monkeypatch.setenv("PAPERCLERK_LOG", str(log))
    monkeypatch.setenv("PAPERCLERK_MODELS", str(tmp_path / "models"))
    done = paperclerk("doctor", "--library", tmp_path / "none")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "OCR" in done.stdout
    assert "self-test’s document was read correctly" in done.stdout
    written = log.read_text(encoding="utf-8")
    assert "answered: Counts(prompt=" in written
    assert "Hiwilwi" not in written  # what a document says is not for a log


def test_search_finds_in_a_library(tmp_path: Path) -> None:
    library = ("--library", tmp_path / "library")
    files = [invoice_pdf(tmp_path / f"{n}.pdf", f"A-{n}") for n in (1, 2)]
    assert paperclerk("add", "--no-model", *library, *files).returncode == 0
    done = paperclerk("search", "A-2", *library)
    assert done.returncode == 0, done.stderr
    assert "2.pdf, page 1" in done.stdout
    assert "Found in 1 place." in done.stdout
    done = paperclerk("search", "A", "--format", "json", "--limit", "1", *library)
    found = json.loads(done.stdout)
    assert found["total"] == 2
    [hit] = found["hits"]
    assert hit["page"] == 1
    assert hit["record_id"] in (1, 2)
    start, end = hit["matches"][0]
    assert hit["snippet"][start:end] == "A"
    for option, value, total in (
        ("--min", "119.01", 0),
        ("--max", "119", 2),
        ("--from", "2100-01-01", 0),
        ("--to", "2100-01-01", 2),
        ("--type", "receipt", 0),
        ("--supplier", "nobody at all", 0),
        ("--state", "trash", 0),
    ):
        done = paperclerk("search", "A", option, value, "--format", "json", *library)
        assert json.loads(done.stdout)["total"] == total, (option, done.stderr)


def test_a_search_that_finds_nothing_says_what_to_try(tmp_path: Path) -> None:
    Library.open(tmp_path / "library").close()
    done = paperclerk("search", "zzz", "--library", tmp_path / "library")
    assert done.returncode == 0
    assert done.stdout == "Nothing was found.\n"
    assert "try fewer words" in done.stderr


def test_search_says_what_is_wrong_with_its_options(tmp_path: Path) -> None:
    for option, value in (("--from", "31.3.2026"), ("--min", "much"), ("--limit", "0")):
        done = paperclerk("search", "A", option, value, "--library", tmp_path)
        assert done.returncode == 2
        assert option in done.stderr or value in done.stderr
    assert paperclerk("search").returncode == 2
    assert paperclerk("search", "A", "--library", tmp_path / "none").returncode == 1


def test_a_library_of_an_older_version_is_told_and_left_alone(tmp_path: Path) -> None:
    dump = Path(__file__).parent / "library" / "fixtures" / "m002_refinements.sql"
    with sqlite3.connect(tmp_path / "library.sqlite") as db:
        db.executescript(dump.read_text(encoding="utf-8"))
    db.close()
    before = (tmp_path / "library.sqlite").read_bytes()
    done = paperclerk("search", "glue", "--library", tmp_path)
    assert done.returncode == 1
    assert "made by an older version" in done.stderr
    assert "Open it once" in done.stderr
    assert (tmp_path / "library.sqlite").read_bytes() == before


def test_what_papers_and_files_say_steers_no_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    evil = "Evil \x1b[31m \x9b2J \u202efdp"
    with Library.open(folder) as library:
        record = invoice(seller=evil)
        put(library, tmp_path, "a\u202e.pdf", (f"Hidden {evil}",), records=[record])
        library.begin_conversation(evil, [1])
    for command in (["search", "hidden"], ["search", "evil"], ["list"], ["conversations", "list"]):
        done = paperclerk(*command, "--library", folder)
        assert done.returncode == 0, done.stderr
        printed = done.stdout + done.stderr
        assert ".pdf" in printed
        assert not set("\x1b\x9b\u202e") & set(printed), command
