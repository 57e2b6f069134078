"""Passages for a question: the pages that say most about it, from where it may look."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.library import Library, PassagesFound
from tests.library.papers import paper
from tests.library.test_search import add

FILLER = (
    "what is the day of this and that in the office",
    "the weather is fine in the city and what is this",
    "a list of the things that are in this house",
    "the meeting is in the afternoon, what a day",
)


def contracts(library: Library, desk: Path) -> None:
    add(library, desk, "lease.pdf", "This is the lease of a flat", "Notice periods: three months")
    add(library, desk, "loan.pdf", "The loan is paid back in ten years", "Interest is due monthly")
    for number, text in enumerate(FILLER):
        add(library, desk, f"{number}.pdf", text, seller="Nobody", date="2020-01-01")


def best(library: Library, question: str, **options: object) -> list[tuple[str, int]]:
    found = library.passages(question, limit=5, **options)  # type: ignore[arg-type]
    return [(passage.document_name, passage.page) for passage in found.passages]


def test_a_page_with_the_rare_words_of_a_question_comes_first(library: Library, desk: Path) -> None:
    contracts(library, desk)
    found = library.passages("What is the notice period in this contract?", limit=3)
    assert found.total == 8
    assert len(found.passages) == 3
    first = found.passages[0]
    assert (first.document_id, first.document_name, first.page) == (1, "lease.pdf", 2)
    scores = [passage.score for passage in found.passages]
    assert scores == sorted(scores, reverse=True)
    assert all(score > 0 for score in scores)


@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("Anything noticeable?", ("lease.pdf", 2)),  # a stem
        ("When is interest due?", ("loan.pdf", 2)),
        ("how many YEARS “until” the loan is paid back", ("loan.pdf", 1)),
    ],
)
def test_words_are_found_by_their_beginning(
    library: Library, desk: Path, question: str, page: tuple[str, int]
) -> None:
    contracts(library, desk)
    assert best(library, question)[0] == page


def test_scripts_without_spaces_are_asked_by_pairs_of_characters(
    library: Library, desk: Path
) -> None:
    add(library, desk, "a.pdf", "本合同的通知期限为三个月")
    add(library, desk, "b.pdf", "通常会知道期待的限度")
    assert best(library, "通知期限是多久？")[0] == ("a.pdf", 1)


def test_only_the_named_documents_are_looked_at(library: Library, desk: Path) -> None:
    contracts(library, desk)
    found = library.passages("notice period of the loan", documents=[2], limit=5)
    assert found.total == 2
    assert {passage.document_id for passage in found.passages} == {2}
    found = library.passages("what is the notice period?", documents=[4, 1], limit=5)
    assert found.total == 3
    assert {passage.document_id for passage in found.passages} == {1, 4}
    assert library.passages("notice", documents=[99], limit=5) == PassagesFound((), 0)


def test_the_trash_is_not_looked_at(library: Library, desk: Path) -> None:
    contracts(library, desk)
    library.trash([1])
    assert library.passages("notice", limit=5) == PassagesFound((), 6)
    assert library.passages("notice", documents=[1], limit=5) == PassagesFound((), 0)


def test_a_document_without_pages_has_no_passage(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "notice period.pdf"))
    assert library.passages("notice period?", limit=5) == PassagesFound((), 0)


def test_the_name_and_values_of_a_document_speak_for_its_page(library: Library, desk: Path) -> None:
    add(library, desk, "Müller 2024.pdf", "one", seller="Acme Ltd")
    add(library, desk, "other.pdf", "two", seller="Kowalski")
    assert best(library, "What did we pay Acme?") == [("Müller 2024.pdf", 1)]
    assert best(library, "muller?") == [("Müller 2024.pdf", 1)]


def test_common_words_are_left_out_where_rarer_ones_say_more(
    library: Library, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.library.questions._RANKED", 2)
    contracts(library, desk)
    assert best(library, "what is the notice?") == [("lease.pdf", 2)]
    assert len(best(library, "what is the?")) == 2  # the newest, if there is nothing rarer
    assert len(best(library, "what is the notice?", documents=range(1, 7))) == 5


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("filled")
    library = Library.open(folder / "library")
    add(library, folder, "AND OR.pdf", "not near and or rowid 東京 zebra")
    return library


_SYNTAX = st.sampled_from(
    [
        '"',
        "*",
        "(",
        ")",
        "AND",
        "OR",
        "NOT",
        "NEAR(",
        "{name}:",
        "^",
        "+",
        "-",
        "'",
        ";--",
        "?",
        "%",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.one_of(st.text(), st.lists(st.one_of(st.text(), _SYNTAX)).map(" ".join)),
    documents=st.lists(st.integers(-2, 5), max_size=3),
    limit=st.integers(0, 3),
)
def test_any_text_is_a_valid_question(
    filled: Library, text: str, documents: list[int], limit: int
) -> None:
    found = filled.passages(text, documents=documents, limit=limit)
    assert len(found.passages) <= limit
    assert found.total == int(not documents or 1 in documents)


def test_a_very_long_question_is_a_valid_one(filled: Library) -> None:
    for text in ("zebra " * 50_000, " ".join(f"zebra{n}" for n in range(50_000)), "z" * 500_000):
        assert len(filled.passages(text, limit=5).passages) <= 1
    assert len(filled.passages("zebra " * 50_000, limit=5).passages) == 1
