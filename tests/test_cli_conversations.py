"""The commands for conversations, on a real library: what they print, write and change."""

from __future__ import annotations

import csv
import io
import json
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

from app import cli
from app.asking.keeping import documents_of, pack_reply
from app.asking.messages import Citation, Computed, Given, Reply, Told, Way
from app.cli.grids import table
from app.library import Library
from app.library.calculation import Calculation, Column, Figure, Figures, Measure
from tests.library.papers import add_and_read, invoice

PAID = Computed(
    Calculation(Measure.SUM, Column("gross"), by=Column("seller")),
    Figures(
        (Figure("Miller", "EUR", Decimal("12.50"), 2), Figure("=Ä", "GBP", Decimal("3.00"), 1)),
        groups=2,
    ),
    "Miller 12.50 EUR; =Ä 3.00 GBP.",
    "2026-03-31",
)
LENGTH = Told(
    "Three \x1b[31mmonths [1:2].",
    Way.WHOLE,
    (Citation(18, 23, 1, "lease.pdf", 1, 2, 2, "three months"),),
    given=(Given(1, "lease.pdf", 1),),
    thinking="hm",
)


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


Conversations = Callable[..., Done]


@pytest.fixture
def conversations(capsys: pytest.CaptureFixture[str]) -> Iterator[Conversations]:
    """Run a command in this process: starting one takes longer than all that it does."""

    def run(*arguments: object) -> Done:
        capsys.readouterr()
        status = cli.main(["conversations", *map(str, arguments)], lambda _: 0)
        said = capsys.readouterr()
        return Done(status, said.out, said.err)

    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield run
    for number, handler in handlers.items():  # the program sets its own
        signal.signal(number, handler)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library with two conversations: 1 about a document, 2 about the library."""
    with Library.open(tmp_path / "library") as library:
        record = add_and_read(library, tmp_path, "lease.pdf", invoice("R-1"))
        listed = Computed(
            Calculation(Measure.LIST, kinds=("invoice",)),
            Figures(listed=(record,), rows=1),
            "There is 1 invoice.",
            "2026-03-31",
        )
        about = library.begin_conversation("Notice period", [1])
        keep(library, about, "How long?", LENGTH)
        over = library.begin_conversation("Miller")
        for question, reply in (("Which?", listed), ("What was paid?", PAID), ("And?", LENGTH)):
            keep(library, over, question, reply)
    return tmp_path / "library"


def keep(library: Library, talk: int, question: str, reply: Reply) -> None:
    text = reply.text if isinstance(reply, Told) else reply.sentence
    library.add_turn(talk, question, text, pack_reply(reply), documents_of(reply))


def test_conversations_are_listed_and_found(conversations: Conversations, folder: Path) -> None:
    done = conversations("list", "--library", folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.index("Miller") < done.stdout.index("Notice period")
    assert "lease.pdf" in done.stdout
    assert "the library" in done.stdout
    done = conversations(
        *("list", "--search", "NOTICE months", "--format", "json"),
        *("--library", folder),
    )
    [found] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (found["id"], found["title"], found["questions"]) == (1, "Notice period", 1)
    assert found["documents"] == [{"document_id": 1, "name": "lease.pdf", "deleted": False}]
    done = conversations("list", "--search", "poem", "--library", folder)
    assert done.stdout.strip() == "No conversation has these words."
    Library.open(folder.parent / "new").close()
    done = conversations("list", "--library", folder.parent / "new")
    assert done.stdout.strip() == "There is no conversation yet."


def test_a_narrow_terminal_shows_the_numbers_that_commands_take() -> None:
    console = Console(width=50, file=io.StringIO())
    title = "What is the penalty for late delivery in this contract?"
    row = ["1234", "2026-11-21", title, "1", "framework-agreement.pdf"]
    heads = ["ID", "Date", "Title", "Questions", "About"]
    with console.capture() as printed:
        console.print(table("Conversations", heads, [row], whole=("ID", "Date")))
    assert " 1234 " in printed.get()
    assert " 2026-11-21 " in printed.get()


def test_a_conversation_is_shown_with_what_it_rests_on(
    conversations: Conversations, folder: Path
) -> None:
    done = conversations("show", "1", "--library", folder)
    assert done.returncode == 0, done.stderr
    assert "  Three [31mmonths [1].\n" in done.stdout  # no colours of a document's choosing
    assert "  [1] lease.pdf, page 1, line 2:\n        | three months\n" in done.stdout
    assert "hm" not in done.stdout
    done = conversations("show", "2", "--format", "json", "--library", folder)
    shown = json.loads(done.stdout)
    assert [turn["question"] for turn in shown["turns"]] == ["Which?", "What was paid?", "And?"]
    assert shown["turns"][1]["reply"]["figures"]["figures"][0]["value"] == "12.50"
    assert shown["turns"][2]["reply"]["thinking"] == ""


def test_a_conversation_is_renamed_and_deleted(conversations: Conversations, folder: Path) -> None:
    done = conversations("rename", "2", "  Zahlungen an Müller ", "--library", folder)
    assert done.returncode == 0, done.stderr
    assert "“Zahlungen an Müller”" in done.stdout
    done = conversations("delete", "1", "--library", folder)
    assert "“Notice period” was deleted." in done.stdout
    with Library.open(folder, read_only=True) as library:
        assert [row.title for row in library.conversations()] == ["Zahlungen an Müller"]
        assert library.counts().documents == 1
        with library._store.reading() as db:
            assert db.execute("SELECT count(*) FROM conversations").fetchone() == (1,)


def test_a_conversation_is_exported_as_text_and_its_tables_for_excel(
    conversations: Conversations, folder: Path, tmp_path: Path
) -> None:
    export = ("export", "--library", folder, "2")
    done = conversations(*export, tmp_path / "talk.txt")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "talk.txt").read_text(encoding="utf-8-sig")
    assert text.startswith("Miller\n")
    assert "Question 3" in text
    done = conversations(*export, tmp_path / "paid.csv")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "paid.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[1][1:] == ["12.50", "EUR", "2"]
    assert conversations(*export, tmp_path / "paid.xlsx").returncode == 0
    sheet = openpyxl.load_workbook(tmp_path / "paid.xlsx").active
    assert sheet is not None
    cells = list(sheet.iter_rows(values_only=True))
    assert cells[1][1] == 12.5
    assert sheet["A3"].data_type == "s"  # "=Ä" is a name and no formula
    done = conversations(*export, tmp_path / "which.csv", "--question", "1")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "which.csv").open(encoding="utf-8", newline="") as stream:
        [row] = csv.DictReader(stream)
    assert row["invoice_number"] == "R-1"


def test_wrong_usage_says_what_to_do(
    conversations: Conversations, folder: Path, tmp_path: Path
) -> None:
    for arguments, said in (
        (("show", "9"), "There is no conversation 9. “paperclerk conversations list”"),
        (("delete", "9"), "There is no conversation 9"),
        (("export", "9", tmp_path / "x.txt"), "There is no conversation 9"),
        (("rename", "1", "  "), "A title has at least one letter."),
        (("export", "1", tmp_path / "x.pdf"), ".csv, .txt, .xlsx"),
        (("export", "1", tmp_path / "x.csv"), "No answer has a table."),
        (("export", "2", tmp_path / "x.csv", "--question", "3"), "That answer has no table."),
        (("export", "2", tmp_path / "x.csv", "--question", "4"), "That answer has no table."),
    ):
        done = conversations(*arguments, "--library", folder)
        assert done.returncode == 2, arguments
        assert said in done.stderr
    assert not list(tmp_path.glob("x.*"))
    assert conversations("list", "--library", tmp_path / "none").returncode == 1
