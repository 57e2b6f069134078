"""Search: what is found, where, in what order, and what never goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.document import Document, Page, Word, WordSource
from app.library import Filters, Found, Hit, Library, Query
from app.library.passages import Column
from tests.library.papers import PLACE, add_and_read, invoice, paper, read_next, row


def text_page(text: str, number: int = 1) -> Page:
    """A page with these words."""
    words = tuple(Word(word, PLACE) for word in text.split())
    return Page(number, 595.0, 842.0, words, WordSource.TEXT, f"page-{number:04}.jpg")


def add(library: Library, desk: Path, name: str, *texts: str, **fields: str) -> int:
    """Add a document with a page for each text; gives its id."""
    added = library.add_file(paper(desk, name))
    pages = tuple(text_page(text, number) for number, text in enumerate(texts, start=1))
    read_next(library, invoice(**fields), pages=pages)  # type: ignore[arg-type]
    return added.document_id


def found(library: Library, text: str, **options: object) -> Found:
    return library.search(Query(text, **options))  # type: ignore[arg-type]


def documents(library: Library, text: str, **filters: object) -> list[int]:
    hits = library.search(Query(text, Filters(**filters))).hits  # type: ignore[arg-type]
    return [hit.document_id for hit in hits]


def marked(hit: Hit) -> list[str]:
    return [hit.snippet[start:end] for start, end in hit.matches]


def test_words_of_pages_are_found_with_their_place(library: Library, desk: Path) -> None:
    lease = add(library, desk, "a.pdf", "Lease of a flat", "The notice period is three months")
    add(library, desk, "b.pdf", "Nothing of the kind")
    result = found(library, "notice")
    assert result.total == 1
    [hit] = result.hits
    assert (hit.document_id, hit.document_name, hit.page) == (lease, "a.pdf", 2)
    assert hit.column is Column.WORDS
    assert hit.snippet == "The notice period is three months"
    assert marked(hit) == ["notice"]
    words = library.pages(lease)[1].words
    assert [words[index].text for index in hit.words] == ["notice"]


def test_values_are_found_and_labels_are_not(library: Library, desk: Path) -> None:
    first = add(library, desk, "a.pdf", "page", seller="Kowalski S.A.", total="1234.50")
    assert documents(library, "kowalski") == [first]
    assert documents(library, "1234.50") == [first]
    assert found(library, "kowalski").hits[0].column is Column.FIELDS
    assert documents(library, "Seller") == []
    assert documents(library, "invoice_number") == []


def test_names_are_found_before_and_after_reading(library: Library, desk: Path) -> None:
    library.add_file(paper(desk, "Mietvertrag Köln.pdf"))
    [hit] = found(library, "mietvertrag koln").hits
    assert (hit.page, hit.column, marked(hit)) == (None, Column.NAME, ["Mietvertrag", "Köln"])
    job = library.claim_job()
    assert job is not None
    document = Document(job.name, job.sha256, "application/pdf", (), subject="Re: the heating")
    library.finish(job.id, document, [])
    assert documents(library, "heating") == [1]


def test_words_of_name_value_and_page_are_found_together(library: Library, desk: Path) -> None:
    first = add(library, desk, "scan17.pdf", "Lieferung von Papier", seller="Acme Ltd")
    add(library, desk, "scan18.pdf", "Lieferung von Tinte", seller="Acme Ltd")
    assert documents(library, "scan17 acme papier") == [first]
    assert documents(library, "scan18 papier") == []


@pytest.mark.parametrize(
    ("printed", "asked"),
    [
        ("Straße", "STRASSE"),
        ("Bücher", "bucher"),
        ("Bucher", "BÜCHER"),
        ("ﬁnance", "finance"),
        ("Crédit", "credit"),
        ("Ｔｏｔａｌ", "total"),
        ("İSTANBUL", "istanbul"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("Łódź", "łodz"),
        ("R-4711/2", "r 4711"),
        ("1.234,50", '"1.234,50"'),
        ("Schlussrechnung", "rechnung"),
        ("RE20264711", "4711"),
        ("Rechnung", "rec"),
        ("東京都港区", "京都"),
        ("請求書", "請求"),
        ("請求書", "書"),
        ("ﾗｰﾒﾝ", "ラーメン"),
        ("ใบแจ้งหนี้", "แจ้ง"),
        ("한국어", "한국"),
        ("हिन्दी", "हिन्दी"),
    ],
)
def test_what_is_the_same_to_a_person_is_found(
    library: Library, desk: Path, printed: str, asked: str
) -> None:
    first = add(library, desk, "a.pdf", f"before {printed} after")
    add(library, desk, "b.pdf", "before after")
    [hit] = found(library, asked).hits
    assert hit.document_id == first
    assert hit.words == (1,)
    assert all(part in printed for part in marked(hit))
    assert hit.matches


@pytest.mark.parametrize("beginnings", [0, 1, 100])
def test_each_letter_typed_keeps_what_is_meant(
    library: Library, desk: Path, monkeypatch: pytest.MonkeyPatch, beginnings: int
) -> None:
    """Also where too many words begin like that to be looked for one by one."""
    monkeypatch.setattr("app.library.search._BEGINNINGS", beginnings)
    first = add(library, desk, "a.pdf", "Kündigungsfrist drei Monate, Kündigungsfristen")
    add(library, desk, "b.pdf", "Kanu drei")
    for length in range(8, len("drei kundigungsfrist")):
        assert documents(library, '"drei monate kundigungsfrist'[: length + 9]) == [first]
    for length in range(2, len("kundigungsfrist") + 1):
        assert documents(library, "kundigungsfrist"[:length]) == [first]


def test_quotes_ask_for_a_phrase(library: Library, desk: Path) -> None:
    first = add(library, desk, "a.pdf", "the notice period ends")
    second = add(library, desk, "b.pdf", "a period of notice periods")
    assert set(documents(library, "notice period")) == {first, second}
    assert documents(library, '"notice period"') == [first]
    assert documents(library, "“notice period”") == [first]
    assert set(documents(library, '"notice per')) == {first, second}
    assert documents(library, '"otice period"') == []
    [hit] = found(library, '"notice period"').hits
    assert hit.words == (1, 2)


def test_a_phrase_does_not_span_two_values(library: Library, desk: Path) -> None:
    lines = (row("Paper", "10.00"), row("Ink", "20.00"))
    add_and_read(library, desk, "a.pdf", invoice(lines=lines))
    assert found(library, '"10.00"').total == 1
    assert found(library, '"Paper 10"').total == 0


def test_no_phrase_spans_two_values_even_of_one_word_each(library: Library, desk: Path) -> None:
    add(library, desk, "a.pdf", "page", seller="Acme", date="2026-03-31")
    assert found(library, '"acme eur"').total == 0  # its seller and its currency
    assert found(library, '"31 acme"').total == 0
    assert found(library, '"03 31"').total == 1
    add(library, desk, "b.pdf", "Acme EUR")
    assert documents(library, '"acme eur"') == [2]


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        ("1234.50", "1,234.50"),
        ("1234.50", "1.234,50"),
        ("1234.50", "1234.50"),
        ("1234.50", "1234,50"),
        ("1234.50", "1'234.50"),
        ("1234.50", "€1,234.50"),
        ("1234.50", "1234.5"),
        ("1234.5", "1.234,50"),
        ("1234", "1,234.00"),
        ("1234567.00", "1,234,567"),
        ("-1234.50", "-1.234,50"),
    ],
)
def test_an_amount_is_found_however_it_is_typed(
    library: Library, desk: Path, value: str, asked: str
) -> None:
    first = add(library, desk, "a.pdf", "p", total=value)
    second = add(library, desk, "b.pdf", f"Total EUR {asked}", total="9.00")
    add(library, desk, "c.pdf", "1 of 234 and 50 of 999", total="8.00")
    result = found(library, asked)
    assert {hit.document_id for hit in result.hits} == {first, second}
    assert all(marked(hit) for hit in result.hits)


def test_only_whole_numbers_are_another_way_to_write_an_amount(
    library: Library, desk: Path
) -> None:
    add(library, desk, "a.pdf", "123456 AB123 456 123 4567 123.456,00")
    [hit] = found(library, "123456").hits
    assert hit.words == (0, 5)


def test_an_amount_in_quotes_is_found_as_it_is(library: Library, desk: Path) -> None:
    add(library, desk, "a.pdf", "p", total="1234.50")
    assert found(library, '"1,234.50"').total == 0
    assert found(library, '"1234.50"').total == 1


@pytest.mark.parametrize(
    "asked", ["0815", "20240815", "2024", "40815", "2024-0815", "815 rechnung"]
)
def test_the_middle_of_a_number_among_the_values_is_found(
    library: Library, desk: Path, asked: str
) -> None:
    first = add(library, desk, "rechnung.pdf", "p", number="2024-0815")
    second = add(library, desk, "rechnung2.pdf", "p", number="20240815")
    add(library, desk, "other.pdf", "p", number="4711")
    expected = {
        "2024-0815": {first},
        "20240815": {second},
        "40815": {second},
        "815 rechnung": set(),  # three digits begin a number or are none
    }
    assert set(documents(library, asked)) == expected.get(asked, {first, second})


def test_numbers_of_pages_are_found_by_their_beginning_only(library: Library, desk: Path) -> None:
    first = add(library, desk, "a.pdf", "number 73920846 and 12345.67")
    assert documents(library, "7392") == [first]
    assert documents(library, "0846") == []
    assert documents(library, "supplier 47") == []
    second = add(library, desk, "b.pdf", "Supplier 4711")
    assert documents(library, "supplier 47") == [second]


def test_a_name_counts_more_than_a_value_and_a_value_more_than_a_page(
    library: Library, desk: Path
) -> None:
    on_page = add(library, desk, "1.pdf", "about zebra and other animals")
    in_value = add(library, desk, "2.pdf", "about other animals as well", seller="Zebra AG")
    in_name = add(library, desk, "zebra.pdf", "about still other animals here")
    for number in range(6):
        add(library, desk, f"other{number}.pdf", "about other animals and so on")
    assert documents(library, "zebra") == [in_name, in_value, on_page]


def test_a_word_counts_more_than_the_middle_of_one(library: Library, desk: Path) -> None:
    whole = add(library, desk, "1.pdf", "eine Rechnung mit noch sehr viel mehr Text dabei")
    part = add(library, desk, "2.pdf", "Schlussrechnung")
    assert documents(library, "rechnung") == [whole, part]


@pytest.mark.parametrize(("ranked", "counted"), [(1_000, 2_000), (10, 2_000), (5, 20), (5, 10)])
def test_every_hit_is_reached_page_by_page_once(
    library: Library, desk: Path, monkeypatch: pytest.MonkeyPatch, ranked: int, counted: int
) -> None:
    monkeypatch.setattr("app.library.search._RANKED", ranked)
    monkeypatch.setattr("app.library.search._COUNTED", counted)
    for number in range(12):
        add(library, desk, f"{number}.pdf", *["zebra one", "a zebra two", "superzebra"])
    result = found(library, "zebra", limit=7)
    assert (result.total, result.more) == (min(36, counted), counted < 36)
    pages = [found(library, "zebra", limit=7, offset=offset).hits for offset in range(0, 42, 7)]
    assert [len(page) for page in pages] == [7, 7, 7, 7, 7, 1]
    places = [(hit.document_id, hit.page) for page in pages for hit in page]
    assert len(set(places)) == 36
    assert found(library, "zebra", offset=36).hits == ()


def test_of_very_many_hits_names_come_first_then_values_then_whole_words_then_the_newest(
    library: Library, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.library.search._RANKED", 3)
    in_name = add(library, desk, "zebra.pdf", "about animals")
    in_value = add(library, desk, "1.pdf", "about animals", seller="Zebra AG")
    old = add(library, desk, "2.pdf", "a zebra")
    new = add(library, desk, "3.pdf", "zebra zebra zebra")
    middle = add(library, desk, "4.pdf", "superzebra")
    order = [in_name, in_value, new, old, middle]
    assert documents(library, "zebra") == order
    assert documents(library, "zebra", supplier="müller") == [in_name, new, old, middle]
    assert documents(library, "zebra", supplier="zebra") == [in_value]
    monkeypatch.setattr("app.library.search._COUNTED", 3)
    result = found(library, "zebra")
    assert (result.total, result.more) == (3, True)
    assert [hit.document_id for hit in result.hits] == order


def test_a_middle_in_very_many_words_is_said_and_left_out(library: Library, desk: Path) -> None:
    add(library, desk, "1.pdf", " ".join(f"x{number}abc" for number in range(400)))
    begins = add(library, desk, "2.pdf", "abcd")
    result = found(library, "abc")
    assert [hit.document_id for hit in result.hits] == [begins]
    assert result.beginnings_only
    assert not found(library, "abcd").beginnings_only


def test_a_snippet_is_cut_around_what_is_found(library: Library, desk: Path) -> None:
    long = "filler " * 300
    add(library, desk, "1.pdf", f"{long} notice {long} notice period {long}")
    [hit] = found(library, "period notice").hits
    assert len(hit.snippet) < 250
    assert hit.snippet.startswith("…filler")
    assert hit.snippet.endswith("…")
    assert marked(hit) == ["notice", "period"]
    assert hit.words == (300, 601, 602)


def test_nothing_asked_is_nothing_found(library: Library, desk: Path) -> None:
    add(library, desk, "1.pdf", "zebra")
    for text in ("", "   ", '"', "***", "€", "\x00"):
        assert found(library, text) == Found(0, (), False, 0)


_SYNTAX = st.sampled_from(
    ['"', "*", "(", ")", "AND", "OR", "NOT", "NEAR(", "{name}:", "^", "+", "-", "'", ";--", "rowid"]
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("filled")
    library = Library.open(folder / "library")
    add(library, folder, "AND OR.pdf", "not near and or rowid 東京 zebra")
    return library


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.one_of(st.text(), st.lists(st.one_of(st.text(), _SYNTAX)).map(" ".join)),
    supplier=st.text(max_size=5),
)
def test_any_text_is_a_valid_search(filled: Library, text: str, supplier: str) -> None:
    result = filled.search(Query(text, Filters(supplier=supplier)))
    assert len(result.hits) == min(result.total, 20)
    for hit in filled.search(Query(text)).hits:
        assert hit.matches


def test_a_very_long_text_is_a_valid_search(filled: Library) -> None:
    assert found(filled, "zebra " * 5_000).total == 1
    assert found(filled, " ".join(f"zebra{n}" for n in range(5_000))).total == 0
    assert found(filled, '"' + "zebra " * 5_000).total == 0
    assert found(filled, "z" * 100_000).total == 0


def test_syntax_is_searched_for_as_words(filled: Library) -> None:
    assert found(filled, "AND").total == 1
    assert found(filled, "zebra NOT near").total == 1
    assert found(filled, "zebra OR giraffe").total == 0
    assert found(filled, "words:zebra").total == 0


def test_a_page_whose_file_was_lost_is_found_all_the_same(library: Library, desk: Path) -> None:
    add(library, desk, "1.pdf", "a Zebra")
    for path in (library.folder / "pages").rglob("*.words"):
        path.unlink()
    [hit] = found(library, "zebra").hits
    assert (hit.document_id, hit.snippet, marked(hit)) == (1, "a Zebra", ["Zebra"])
