"""Answers as plain text: what they rest on, what is doubtful, and nothing that acts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given

from app.asking.keeping import documents_of, pack_reply
from app.asking.messages import Citation, Computed, Doubt, Doubted, Given, Reply, Told, Way
from app.asking.transcript import copied, export_transcript, transcript
from app.document import Field, Status
from app.errors import Code, ProblemError
from app.library import Library
from app.library.calculation import (
    Calculation,
    Column,
    Figure,
    Figures,
    Gap,
    Measure,
    Operator,
    Why,
)
from app.library.calculation import Condition as Where
from tests.asking.replies import replies
from tests.library.papers import add_and_read, invoice

ANSWER = "Three months [1:2-3], so 31 March [1:2-3]. The fee is 99 EUR [2:1]."


def cited(reply_text: str, mark: str, page: int, lines: tuple[int, int], quote: str) -> Citation:
    start = reply_text.index(mark)
    return Citation(start, start + len(mark), 7, "lease.pdf", page, *lines, quote)


TOLD = Told(
    ANSWER,
    Way.PASSAGES,
    citations=(
        cited(ANSWER, "[2:1]", 2, (1, 1), "Fee: 90 EUR"),
        Citation(13, 20, 7, "lease.pdf", 1, 2, 3, "The notice period\nis three months."),
        Citation(34, 41, 7, "lease.pdf", 1, 2, 3, "The notice period\nis three months."),
    ),
    doubts=(Doubt(ANSWER.index("99"), ANSWER.index("99") + 6, Doubted.NOT_THERE),),
    given=tuple(Given(7, "lease.pdf", page) for page in range(1, 13)),
    pages=340,
    thinking="The user wants to know",
    place="https://models.example.com",
)

BY_SELLER = Computed(
    Calculation(
        Measure.SUM,
        Column("gross"),
        kinds=("invoice",),
        where=(Where(Column("seller"), Operator.HAS, "Miller"),),
        period="2026-03",
        by=Column("seller"),
    ),
    Figures(
        (
            Figure("Miller GmbH", "EUR", Decimal("4310.20"), 4),
            Figure("Miller Ltd", "GBP", Decimal("55.00"), 1),
        ),
        groups=2,
        gaps=(Gap(Why.MISSING, Column("due_date"), 2, 41),),
        since="2026-03-01",
        until="2026-03-31",
    ),
    "Miller GmbH 4,310.20 EUR; Miller Ltd 55.00 GBP.",
    "2026-04-02",
)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library") as opened:
        yield opened


def keep(library: Library, talk: int, question: str, reply: Reply) -> None:
    text = reply.text if isinstance(reply, Told) else reply.sentence
    library.add_turn(talk, question, text, pack_reply(reply), documents_of(reply))


def test_an_answer_is_copied_with_its_sources_its_doubts_and_its_way() -> None:
    assert copied(TOLD) == (
        "Three months [1], so 31 March [1]. The fee is 99 EUR (?) [2].\n"
        "\n"
        "Sources:\n"
        "  [1] lease.pdf, page 1, lines 2–3:\n"
        "      | The notice period\n"
        "      | is three months.\n"
        "  [2] lease.pdf, page 2, line 1:\n"
        "      | Fee: 90 EUR\n"
        "\n"
        "Not verified (?):\n"
        "  “99 EUR”: It does not stand in the lines that are named for it.\n"
        "\n"
        "Answered from 12 of 340 pages. The question went to the server"
        " https://models.example.com."
    )


def test_figures_are_copied_as_a_table_with_what_is_missing_from_them() -> None:
    text = copied(BY_SELLER)
    assert text.startswith("Miller GmbH 4,310.20 EUR; Miller Ltd 55.00 GBP.\n\n")
    assert (
        "  Miller GmbH  4,310.20 EUR  (4 invoices)\n"
        "  Miller Ltd      55.00 GBP  (1 invoice)\n" in text
    )
    assert "2 of 41 invoices have no due date." in text
    assert "Worked out on 2026-04-02: Sum of the" in text
    assert "Miller" in text.split("Worked out")[1]
    assert text.endswith("Computed from the records of the library.")


def test_figures_of_no_groups_are_told_in_the_sentence_alone() -> None:
    figures = (Figure("", "EUR", Decimal("24.23"), 2), Figure("", "MYR", Decimal("60.30"), 1))
    text = copied(
        Computed(
            Calculation(Measure.LARGEST, Column("gross"), kinds=("receipt",)),
            Figures(figures, groups=1),
            "The largest total is 24.23 EUR (of 2 receipts) and 60.30 MYR (of 1 receipt).",
            "2026-04-02",
        )
    )
    assert text.count("24.23 EUR") == 1


def test_figures_of_several_types_are_counted_in_documents() -> None:
    several = replace(BY_SELLER.calculation, kinds=("invoice", "receipt"))
    assert "4,310.20 EUR  (4 documents)\n" in copied(
        Computed(several, BY_SELLER.figures, "", "2026-04-02")
    )


def test_counts_of_groups_are_not_counted_once_more() -> None:
    text = copied(
        Computed(
            Calculation(Measure.COUNT, by=Column("@type")),
            Figures((Figure("receipt", "", Decimal(3), 3),), groups=1),
            "3 documents.",
            "2026-04-02",
        )
    )
    assert "  Receipts  3\n" in text


def test_a_listed_record_tells_its_amount_and_what_was_asked_about(
    library: Library, tmp_path: Path
) -> None:
    read = invoice()
    due = Field("due_date", "2026-04-01", Status.FOUND, "1.4.2026")
    record = add_and_read(
        library, tmp_path, "rechnung.pdf", replace(read, fields=(*read.fields, due))
    )
    overdue = Calculation(
        Measure.LIST,
        kinds=("invoice",),
        where=(Where(Column("due_date"), Operator.IN, "..yesterday"),),
    )
    found = Figures(listed=(record,), rows=1)
    text = copied(Computed(overdue, found, "There is 1.", "2026-04-02"), library.rows([record]))
    assert "119.00 EUR" in text
    assert "due date 2026-04-01" in text


def test_an_answer_that_was_stopped_says_so() -> None:
    given = (Given(1, "a.pdf", 1), Given(2, "b.pdf", 1), Given(2, "b.pdf", 2))
    stopped = Told("It is", Way.WHOLE, given=given, pages=3, stopped=True)
    assert copied(stopped) == (
        "It is\n\nAnswered from the whole of 2 documents (3 pages)."
        " The answer is not complete: it was stopped."
    )


@given(replies)
def test_every_answer_becomes_text_without_anything_that_acts(reply: Reply) -> None:
    for letter in copied(reply):
        assert letter in "\t\n" or unicodedata.category(letter) not in ("Cc", "Cs"), letter


def test_hostile_text_neither_acts_nor_passes_for_the_programs_own() -> None:
    hostile = "Pay \x1b]0;x\x07 \u202e99\u202c\x9b2J now\u2028Sources:\x85  [1] bank.pdf\r\nend"
    start = hostile.index("99")
    told = Told(
        hostile,
        Way.WHOLE,
        citations=(Citation(0, 3, 1, hostile, 1, 1, 1, "a\x0bSources:\n  [9] x"),),
        doubts=(Doubt(start, len(hostile), Doubted.NOT_CITED),),
    )
    text = copied(told)
    assert not any(letter in text for letter in "\x1b\x07\u202e\x9b\u2028\x85\r\x0b")
    quoted = text.split("\n\nSources:\n")[1].split("\n\nNot verified")[0]
    first, *others = quoted.split("\n")
    assert first.startswith("  [1] Pay")
    assert all(line.startswith("      | ") for line in others)


def test_a_whole_conversation_is_a_text_that_every_program_opens(
    library: Library, tmp_path: Path
) -> None:
    for name in ("lease.pdf", "Büro.pdf"):
        add_and_read(library, tmp_path, name, invoice(name))
    talk = library.begin_conversation("Notice", [1, 2])
    keep(library, talk, "How long is\nthe notice period?", TOLD)
    keep(library, talk, "What was paid?", BY_SELLER)
    library.add_turn(talk, "And later?", "From a later version.", b"\x09 what it wrote")
    library.trash([1])
    library.empty_trash()
    text = transcript(library, talk)
    assert text.startswith("Notice\nBegun on 20")
    assert "About:\n  lease.pdf (deleted)\n  Büro.pdf\n" in text
    assert ":\n  How long is\n  the notice period?\n\nAnswer 1:\n  Three months [1]" in text
    assert "Answer 2:\n  Miller GmbH" in text
    assert "Answer 3:\n  From a later version.\n\n  How this was answered" in text
    assert "The user wants" not in text  # the thinking
    target = tmp_path / "Gespräch.txt"
    target.write_text("older")
    export_transcript(library, talk, target)
    data = target.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfNotice\r\n")
    assert data.decode("utf-8-sig").replace("\r\n", "\n") == text
    assert data.count(b"\n") == data.count(b"\r\n")


def test_a_list_names_its_records_as_they_are(library: Library, tmp_path: Path) -> None:
    first = add_and_read(library, tmp_path, "a.pdf", invoice("R-1", doubt=True))
    second = add_and_read(library, tmp_path, "b.pdf", invoice("R-2", seller="Ä & Co"))
    library.edit(second, "invoice_number", "MINE")
    talk = library.begin_conversation("Overdue")
    figures = Figures(listed=(second, first, 99), rows=3)
    listing = Computed(Calculation(Measure.LIST), figures, "There are 3.", "2026-03-31")
    keep(library, talk, "Which?", listing)
    text = transcript(library, talk)
    assert (
        "    b.pdf, page 1: Ä & Co, MINE, 2026-11-03, 119.00 EUR\n"
        "    a.pdf, page 1: Müller GmbH, R-1, 2026-11-03, 119.00 EUR (?)\n"
    ) in text


def test_what_cannot_be_exported_says_why_and_leaves_the_older_file(
    library: Library, tmp_path: Path
) -> None:
    talk = library.begin_conversation("x")
    with pytest.raises(ProblemError) as caught:
        export_transcript(library, talk, tmp_path / "no folder" / "x.txt")
    assert caught.value.problem.code is Code.CANNOT_WRITE
    target = tmp_path / "x.txt"
    target.write_text("older")
    with pytest.raises(KeyError):
        export_transcript(library, talk + 1, target)
    assert target.read_text() == "older"
