"""What the search index must hold, worked out from what the library shows."""

from __future__ import annotations

from collections import defaultdict

from app.library import Library
from app.library.passages import place_of
from app.library.terms import terms_of

Index = dict[tuple[int, int], dict[str, set[str]]]


def terms(*texts: str | None) -> set[str]:
    return {term for text in texts if text for term in terms_of(text)}


def truth(library: Library) -> Index:
    """By document and page, the terms of each column; what is empty is left out."""
    index: Index = defaultdict(lambda: defaultdict(set))
    everything = [*library.document_ids(), *library.document_ids(trashed=True)]
    for row in library.document_rows(everything):
        index[row.id, 1]["name"] |= terms(row.name, row.subject)
        for page in library.pages(row.id):
            index[row.id, page.number]["words"] |= terms(*(word.text for word in page.words))
        for record_id in row.records:
            record = library.record(record_id).record
            for cells in (record.fields, *record.lines, *record.taxes):
                shown = [cell for cell in cells if cell.value is not None]
                values = [text for cell in shown for text in (cell.value, cell.raw)]
                index[row.id, record.first_page]["fields"] |= terms(*values)
    return _without_empty(index)


def held(library: Library) -> Index:
    """The same, as the index has it."""
    index: Index = {}
    with library._store.reading() as db:
        for row, *columns in db.execute("SELECT rowid, name, fields, words FROM passages"):
            texts = [(text or "").split() for text in columns]
            index[place_of(row)] = {
                name: set(text) - {"|"}
                for name, text in zip(("name", "fields", "words"), texts, strict=True)
            }
    return _without_empty(index)


def check_index(library: Library) -> None:
    """The index is whole and true, and the vocabulary knows every longer term of it."""
    there = held(library)
    assert there == truth(library)
    with library._store._lock:
        db = library._store._writer
        # They raise if an index differs from the texts that it was made of.
        for check in (
            "INSERT INTO passages(passages, rank) VALUES ('integrity-check', 1)",
            "INSERT INTO vocabulary_parts(vocabulary_parts, rank) VALUES ('integrity-check', 1)",
        ):
            db.execute(check)
        known = {term for (term,) in db.execute("SELECT term FROM vocabulary")}
    every = {term for columns in there.values() for found in columns.values() for term in found}
    assert {term for term in every if len(term) > 3 and not term.isdecimal()} <= known


def _without_empty(index: Index) -> Index:
    filled = {
        place: {name: found for name, found in columns.items() if found}
        for place, columns in index.items()
    }
    return {place: columns for place, columns in filled.items() if columns}
