"""``paperclerk ask`` as a program of its own, with a scripted server in the model's place."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.engine.models.store import ModelStore
from app.engine.server.settings import server_settings
from app.library import Library
from tests.asking.shelf import INVOICE, LEASE, put
from tests.engine.scripted_server import Handler, answers, scripted_server
from tests.library.papers import invoice
from tests.test_cli import paperclerk

RIGHT = answers("The total ", "is 1.190,00 EUR ", "[1:5].")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelStore:
    """The store that the command uses."""
    monkeypatch.setenv("PAPERCLERK_MODELS", str(tmp_path / "models"))
    return ModelStore(tmp_path / "models")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library with an invoice (document 1) and a lease (document 2)."""
    folder = tmp_path / "library"
    with Library.open(folder) as library:
        put(library, tmp_path, "rechnung.pdf", INVOICE, records=[invoice()])
        put(library, tmp_path, "lease.pdf", LEASE)
    return folder


def test_an_answer_comes_with_its_way_its_sources_and_is_kept(
    folder: Path, store: ModelStore
) -> None:
    with scripted_server(RIGHT) as server:
        store.set_server(server_settings(server.address))
        done = paperclerk("ask", "What is the total?", "--document", 1, "--library", folder)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("The total is 1.190,00 EUR [1:5].\n")
        assert "[1:5] rechnung.pdf, page 1, line 5:\n      | Gesamt" in done.stdout
        assert "Answered from the whole of 1 document (1 page)." in done.stdout
        assert f"Pages are read by the server {server.address}." in done.stderr
        with Library.open(folder) as library:
            [row] = library.conversations()
        follow = ("ask", "And?", "--conversation", row.id, "--format", "json")
        done = paperclerk(*follow, "--library", folder)
        assert done.returncode == 0, done.stderr
        assert "Asked before" in str(server.chats[-1].body)
        kept = json.loads(done.stdout)
        assert kept["conversation_id"] == row.id
        assert kept["text"] == "The total is 1.190,00 EUR [1:5]."
        assert kept["reply"]["citations"][0]["quote"].startswith("Gesamt")
        assert kept["error"] is None


def test_an_answer_is_printed_as_it_is(folder: Path, store: ModelStore) -> None:
    """What stands between two colons is no name of a picture."""
    with scripted_server(answers("The account :", "100: is EUR 1:100:2 [1:5].")) as server:
        store.set_server(server_settings(server.address))
        done = paperclerk("ask", "Which :on: account?", "--document", 1, "--library", folder)
        assert done.stdout.startswith("The account :100: is EUR 1:100:2 [1:5].\n")
        done = paperclerk("conversations", "list", "--library", folder)
        assert "Which :on: account?" in done.stdout


def test_what_could_not_be_verified_is_listed_and_is_exit_1(
    folder: Path, store: ModelStore
) -> None:
    with scripted_server(answers("It is 1.191,00 [1:5].")) as server:
        store.set_server(server_settings(server.address))
        done = paperclerk("ask", "Total?", "--document", 1, "--library", folder)
    assert done.returncode == 1
    assert "“1.191,00”: It does not stand in the lines that are named for it." in done.stdout


def test_a_question_about_numbers_is_computed(folder: Path, store: ModelStore) -> None:
    line = json.dumps({"calculation": "sum gross of invoice"})
    with scripted_server(answers(line)) as server:
        store.set_server(server_settings(server.address))
        done = paperclerk("ask", "What did we pay in all?", "--library", folder)
        assert done.returncode == 0, done.stderr
        assert "119.00" in done.stdout
        assert "Computed from the records of the library." in done.stdout


def test_a_library_that_is_open_elsewhere_is_only_read(folder: Path, store: ModelStore) -> None:
    with scripted_server(RIGHT) as server, Library.open(folder) as library:
        store.set_server(server_settings(server.address))
        done = paperclerk("ask", "What is the total?", "--document", 1, "--library", folder)
        assert done.returncode == 0, done.stderr
        assert "1.190,00" in done.stdout
        assert "this answer is not kept" in done.stderr
        assert library.conversations() == []


@pytest.mark.skipif(os.name == "nt", reason="a console's Ctrl+C cannot be sent to one process")
def test_ctrl_c_ends_the_answer_and_keeps_what_was_written(folder: Path, store: ModelStore) -> None:
    def slowly(handler: Handler) -> None:
        handler.open_stream()
        handler.piece("The total is 1.190,00 EUR [1:5] ")
        handler.wait()

    with scripted_server(slowly) as server:
        store.set_server(server_settings(server.address))
        asked = ["ask", "Total?", "--document", "1", "--library", str(folder)]
        running = subprocess.Popen(
            [sys.executable, "-m", "app", *asked],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert running.stdout is not None
        first = running.stdout.read(9)
        running.send_signal(signal.SIGINT)
        rest, errors = running.communicate(timeout=60)
    assert first == "The total"
    assert running.returncode == 130, errors
    assert "The answer is not complete: it was stopped." in rest
    assert "Traceback" not in errors
    with Library.open(folder) as library:
        [row] = library.conversations()
        [turn] = library.turns(row.id)
    assert turn.text == "The total is 1.190,00 EUR [1:5]"


def test_without_a_model_it_says_what_to_do(folder: Path, store: ModelStore) -> None:
    done = paperclerk("ask", "Total?", "--library", folder)
    assert done.returncode == 1
    assert "There is no model yet" in done.stderr
    assert "paperclerk ask --work-out '" in done.stderr
    assert done.stdout == ""
    done = paperclerk("ask", "Total?", "--format", "json", "--library", folder)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "model_missing"


def test_a_calculation_is_worked_out_by_hand_without_a_model(
    folder: Path, store: ModelStore, tmp_path: Path
) -> None:
    table = tmp_path / "by-month.csv"
    work_out = ("ask", "--work-out", "sum  gross of invoice when 2026 by month")
    done = paperclerk(*work_out, "--export", table, "--library", folder)
    assert done.returncode == 0, done.stderr
    assert "  November 2026  119.00 EUR  (1 invoice)\n" in done.stdout
    assert "1 row written to" in done.stderr
    assert "2026-11" in table.read_text("utf-8-sig")
    done = paperclerk(*work_out, "--format", "json", "--library", folder)
    answer = json.loads(done.stdout)
    assert answer["reply"]["by_hand"] is True
    assert answer["reply"]["figures"]["figures"][0]["value"] == "119"
    with Library.open(folder) as library:
        titles = [row.title for row in library.conversations()]
    assert titles == ["Sum of the total with tax, invoices, dated in 2026, by month"] * 2


def test_a_list_that_is_worked_out_is_written_as_a_workbook(
    folder: Path, store: ModelStore, tmp_path: Path
) -> None:
    table = tmp_path / "list.xlsx"
    asked = ("ask", "Ours?", "--work-out", "list of invoice", "--export", table)
    done = paperclerk(*asked, "--library", folder)
    assert done.returncode == 0, done.stderr
    assert table.read_bytes().startswith(b"PK")
    with Library.open(folder) as library:
        assert [row.title for row in library.conversations()] == ["Ours?"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["how much"], "Write it like this: “sum gross of invoice"),
        (["sum gross of invoices"], "There is no document type “invoices”. There are: invoice,"),
        (["sum tax.amount of invoice"], "There is no “tax.amount” in these. There are: number,"),
        (["list", "--document", "1"], "leave out --document"),
        (["list", "--export", "table.txt"], "must end in .csv or .xlsx"),
    ],
)
def test_what_cannot_be_worked_out_is_said_with_what_can(
    asked: list[str], said: str, folder: Path, store: ModelStore
) -> None:
    done = paperclerk("ask", "--work-out", *asked, "--library", folder)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_an_answer_without_a_table_is_not_written(
    folder: Path, store: ModelStore, tmp_path: Path
) -> None:
    with scripted_server(RIGHT) as server:
        store.set_server(server_settings(server.address))
        table = tmp_path / "none.csv"
        asked = ("ask", "Total?", "--document", 1, "--export", table)
        done = paperclerk(*asked, "--library", folder)
    assert done.returncode == 1
    assert "The answer has no table: nothing was written." in done.stderr
    assert not table.exists()


def test_wrong_usage_is_said(folder: Path, store: ModelStore, tmp_path: Path) -> None:
    assert paperclerk("ask").returncode == 2
    assert paperclerk("ask", " ", "--library", folder).returncode == 2
    done = paperclerk("ask", "?", "--conversation", 9, "--library", folder)
    assert done.returncode == 2
    assert "There is no conversation 9." in done.stderr
    done = paperclerk("ask", "?", "--library", tmp_path / "none")
    assert done.returncode == 1
    assert "There is no library in" in done.stderr
    assert "Add documents first" in done.stderr
    assert not (tmp_path / "none").exists()
