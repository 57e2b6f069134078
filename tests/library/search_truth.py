"""What the search index must hold, worked out from what the library shows."""

from __future__ import annotations

from collections import defaultdict

from app.library import Library
from app.library.passages import Column, place_of, texts_of
from app.library.terms import terms_by_line, terms_of

Index = dict[tuple[int, int], dict[str, set[str]]]
_GAP = "|"


def terms(*texts: str | None) -> set[str]:
    return {term for text in texts if text for term in terms_of(text)}


def truth(library: Library) -> Index:
    """By document and page, the terms of each column; what is empty is left out."""
    index: Index = defaultdict(lambda: defaultdict(set))
    everything = [*library.document_ids(), *library.document_ids(trashed=True)]
    for row in library.document_rows(everything):
        index[row.id, 1]["name"] |= terms(row.name, row.subject)
        index[row.id, 1]["note"] |= terms(library.note(row.id))
        for page in library.pages(row.id):
            index[row.id, page.number]["words"] |= terms(*(word.text for word in page.words))
        for record_id in row.records:
            record = library.record(record_id).record
            for cells in (record.fields, *record.lines, *record.taxes):
                shown = [cell for cell in cells if cell.value is not None]
                values = [text for cell in shown for text in (cell.value, cell.raw)]
                index[row.id, record.first_page]["fields"] |= terms(*values)
    return _without_empty(index)


def owners(library: Library) -> dict[tuple[int, int], set[int]]:
    """By document and page, the records whose values are kept there."""
    found: dict[tuple[int, int], set[int]] = {}
    for row in library.document_rows(
        [*library.document_ids(), *library.document_ids(trashed=True)]
    ):
        for record_id in row.records:
            page = library.record(record_id).record.first_page
            found.setdefault((row.id, page), set()).add(record_id)
    return found


def held(library: Library) -> Index:
    """The same as :func:`truth`, as the index has it, term by term."""
    index: Index = defaultdict(lambda: defaultdict(set))
    with library._store._lock:
        db = library._store._writer
        db.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.instances"
            " USING fts5vocab(main, passages, instance)"
        )
        for term, row, column in db.execute("SELECT term, doc, col FROM temp.instances"):
            index[place_of(row)][column].add(term)
    for columns in index.values():
        for found in columns.values():
            found.discard(_GAP)
    return _without_empty(index)


def kept(library: Library) -> tuple[Index, dict[tuple[int, int], set[int]]]:
    """The same as :func:`truth` and :func:`owners`, as the texts beside the index have it."""
    index: Index = {}
    owned: dict[tuple[int, int], set[int]] = {}
    with library._store.reading() as db:
        for row, packed in db.execute("SELECT row, packed FROM passage_texts").fetchall():
            texts = texts_of(packed)
            index[place_of(row)] = {
                str(column): terms(texts.column(column).lines) for column in Column
            }
            for column in Column:
                text = texts.column(column)
                assert terms_by_line(text.lines) == text.terms
            assert len(texts.owners) == (texts.fields.lines.count("\n") + 1 if texts.owners else 0)
            if texts.owners:
                owned[place_of(row)] = set(texts.owners)
    return _without_empty(index), owned


def check_index(library: Library) -> None:
    """The index and its texts are whole and true, and the vocabulary knows every longer term."""
    expected = truth(library)
    assert held(library) == expected
    assert kept(library) == (expected, owners(library))
    with library._store._lock:
        db = library._store._writer
        # They raise if an index is damaged, or differs from the texts that it was made of.
        for check in (
            "INSERT INTO passages(passages) VALUES ('integrity-check')",
            "INSERT INTO vocabulary_parts(vocabulary_parts, rank) VALUES ('integrity-check', 1)",
        ):
            db.execute(check)
        known = {term for (term,) in db.execute("SELECT term FROM vocabulary")}
    for columns in expected.values():
        for name, found in columns.items():
            assert {term for term in found if len(term) > 3 and not term.isdecimal()} <= known
            if name != "words":
                assert {term for term in found if len(term) > 4} <= known


def _without_empty(index: Index) -> Index:
    filled = {
        place: {name: found for name, found in columns.items() if found}
        for place, columns in index.items()
    }
    return {place: columns for place, columns in filled.items() if columns}
