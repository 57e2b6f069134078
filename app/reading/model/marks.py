"""Which values on the pages get a mark, so that an answer can name them by number.

A mark costs about three tokens of every prompt, an answer without one about ten more, so
nearly every right value should have a mark and little else should: dates, amounts, IBANs
and VAT ids all do, numbers where they stand in rows or beside a label, and of identifiers
and names those that the quick reader's scores leave possible.

One mark stands before a word; it means every span that begins there, and the field that
is answered picks the one of its kind.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.document import Box, union_of
from app.document_types import DocumentType, FieldType, Kind
from app.reading.candidates import Candidate, Printed, Scene
from app.reading.model.formats import MOST_MARKS
from app.reading.model.hidden import Place
from app.reading.parties import Parties
from app.reading.quick import is_narrow
from app.reading.scores import AMOUNTS, Judge, log_odds

MOST = 300
"""Marks in one prompt; what comes after these is written, not pointed at."""

_NUMBERS = 6  # identifiers that could be the document's number
_NAMES = 4  # names that could be a party's, by party
_UNLIKELY = 9.0  # in log-odds below the likeliest
_POSSIBLE = 0.0005  # of the likeliest one's probability
_LETTERS = 2  # what has fewer is no text
_TIMES = re.compile(r"^[xX×*@]")
_TEXT = frozenset({Kind.TEXT, Kind.NAME, Kind.ADDRESS})
_SURE = frozenset({Kind.IBAN, Kind.VAT_ID, Kind.DATE})
_FIGURES = frozenset({Kind.AMOUNT, Kind.NUMBER})
_PARTIES = ("seller", "buyer", "account_holder")
_LOOKS_LIKE_MARK = re.compile(r"\[(\d+)\]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of words on one line that could be a value of ``kind``."""

    kind: Kind
    raw: str
    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Mark:
    """The spans that begin at word ``word`` of the scene's line ``line``."""

    line: int
    word: int
    spans: tuple[Span, ...]

    def span(self, kind: Kind) -> Span:
        """The span that an answer for a field of ``kind`` means."""
        return min(self.spans, key=lambda span: _preference(kind, span))


def _preference(wanted: Kind, span: Span) -> tuple[int, int]:
    alike = (
        (wanted in _FIGURES and span.kind in _FIGURES)
        or (wanted in _TEXT and span.kind in _TEXT)
        or (wanted is Kind.VAT_ID and span.kind is Kind.IDENTIFIER)
    )
    rank = 0 if span.kind is wanted else 1 if alike else 2
    # Of several spans of text the longest is the cell; of others the one that is most itself.
    return rank, -len(span.raw) if wanted in _TEXT else 0


def escaped(text: str) -> str:
    """Printed text in which nothing passes for a mark, and without control characters."""
    return _LOOKS_LIKE_MARK.sub(r"(\1)", _CONTROLS.sub("", text))


def marks_of(
    scene: Scene, definition: DocumentType, hidden: frozenset[Place] = frozenset()
) -> tuple[Mark, ...]:
    """The marks of the scene's pages in reading order; mark n is the n-th of them."""
    starts: defaultdict[tuple[int, int], dict[tuple[Kind, str], Candidate]] = defaultdict(dict)
    for candidate in _worthy(scene, definition):
        key = (candidate.kind, candidate.raw)
        starts[candidate.line, candidate.start].setdefault(key, candidate)
    unseen = {
        (line.index, word)
        for line in scene.lines
        for segment in line.segments
        if (line.index, segment.start) in hidden
        for word in range(segment.start, segment.end)
    }
    marks = [
        Mark(line, word, tuple(Span(c.kind, c.raw, c.page, c.box) for c in found.values()))
        for (line, word), found in sorted(starts.items())
        if (line, word) not in unseen
    ]
    return tuple(marks[: min(MOST, MOST_MARKS)])


def _worthy(scene: Scene, definition: DocumentType) -> Iterator[Candidate]:
    judge = Judge(scene, is_narrow(scene), definition.name == "credit_note")
    fields = (*definition.fields, *definition.lines)
    wanted = _kinds(fields)
    rows = rows_of(scene, definition)
    # A third of a page's marks: where no rows are asked for, what stands in them is no answer.
    passed_over = frozenset() if definition.lines else _items(scene, fields)
    for line in scene.lines:
        if line.index in passed_over:
            continue
        yield from _values(line, fields, in_row=line.index in rows)
        if line.index in rows and _kinds(definition.lines) & _TEXT:
            yield from _texts(line)
    if Kind.IDENTIFIER in wanted:
        numbers = _identifiers(scene, judge, definition, rows)
        yield from (c for c in numbers if c.line not in passed_over)
    if Kind.NAME in wanted:
        names = _names(scene, judge, definition)
        yield from (c for c in names if c.line not in passed_over)


def _kinds(fields: Iterable[FieldType]) -> set[Kind]:
    return {field.kind for field in fields}


def rows_of(scene: Scene, definition: DocumentType) -> frozenset[int]:
    """The lines that could be rows of the document's table: print beside figures."""
    if not definition.lines:
        return frozenset()
    if definition.column_of("pair_name"):
        return frozenset(line.index for line in scene.lines)
    return frozenset(
        line.index
        for line in scene.lines
        if any(v.kind is Kind.AMOUNT for v in line.values)
        or sum(v.kind in _FIGURES for v in line.values) > 1
    )


def _items(scene: Scene, fields: Sequence[FieldType]) -> frozenset[int]:
    """The lines that are surely items: words of their own with several figures.

    A label of an amount that is asked for makes a line none.
    """
    totals = AMOUNTS & {field.role for field in fields}
    return frozenset(
        line.index
        for line in scene.lines
        if sum(value.kind in _FIGURES for value in line.values) > 1
        and any(value.kind is Kind.AMOUNT for value in line.values)
        and not any(label.role in totals for label in line.labels)
        and any(sum(ch.isalpha() for ch in word.text) > _LETTERS for word in line.words)
    )


def _values(line: Printed, fields: Sequence[FieldType], *, in_row: bool) -> Iterator[Candidate]:
    """Dates, amounts, numbers, IBANs and VAT ids of a line that a field could want."""
    wanted = _kinds(fields)
    # Where all that is counted is quantities, a percentage is none of them.
    rates = any(field.kind is Kind.NUMBER and field.role != "quantity" for field in fields)
    labelled = in_row or any(label.role in AMOUNTS for label in line.labels)
    for value in line.values:
        if value.kind in _SURE:
            if value.kind in wanted:
                yield value
        elif value.kind is Kind.AMOUNT:
            if wanted & _FIGURES:
                yield value
        elif (
            value.kind is Kind.NUMBER
            and wanted & _FIGURES
            and labelled
            and (rates or "%" not in value.raw)
            and not _is_worded(line, value)
        ):
            yield value


def _is_worded(line: Printed, value: Candidate) -> bool:
    """Whether a number is part of a text: "A4 paper 80 g", but not "Tea 2 x 3.00"."""
    if any(v.kind is Kind.AMOUNT and v.start == value.end for v in line.values):
        return False
    if value.end < len(line.words) and _TIMES.match(line.words[value.end].text):
        return False
    segment = next(s for s in line.segments if s.start <= value.start < s.end)
    before = line.words[segment.start : value.start]
    labelled = {at for label in line.labels for at in range(label.start, label.end)}
    return any(
        any(ch.isalpha() for ch in word.text) and segment.start + at not in labelled
        for at, word in enumerate(before)
    )


def _texts(line: Printed) -> Iterator[Candidate]:
    """The cells of a row that hold words, also without the position or quantity before them."""
    labelled = {at for label in line.labels for at in range(label.start, label.end)}
    amounts = [v for v in line.values if v.kind is Kind.AMOUNT]
    for segment in line.segments:
        end = min(
            (v.start for v in amounts if segment.start < v.start < segment.end),
            default=segment.end,
        )
        start = segment.start
        while start < end and not any(ch.isalpha() for ch in line.words[start].text):
            start += 1
        words = line.words[start:end]
        if sum(ch.isalpha() for word in words for ch in word.text) < _LETTERS:
            continue
        if not labelled.issuperset(range(start, end)):
            yield _text(line, start, end)


def _text(line: Printed, start: int, end: int) -> Candidate:
    words = line.words[start:end]
    raw = " ".join(word.text for word in words).strip(" |·•")
    return Candidate(
        Kind.TEXT, raw, raw, 1.0, False, "", line.page, line.index, start, end,
        union_of([word.box for word in words]),
    )  # fmt: skip


def _identifiers(
    scene: Scene, judge: Judge, definition: DocumentType, rows: frozenset[int]
) -> Iterator[Candidate]:
    """Identifiers that could be the document's number; all, where the user asks for others."""
    found = scene.of_kind(Kind.IDENTIFIER)
    roles = {field.role for field in definition.fields if field.kind is Kind.IDENTIFIER}
    if roles - {"number"}:
        yield from (c for c in found if len(c.raw) > 2)
        return
    if Kind.IDENTIFIER in _kinds(definition.lines):
        yield from (c for c in found if c.line in rows)
    odds = [(log_odds("number", judge.features("number", c)), c) for c in found]
    likely = sorted(odds, key=lambda each: -each[0])[:_NUMBERS]
    yield from (c for each, c in likely if each > likely[0][0] - _UNLIKELY)


def _names(scene: Scene, judge: Judge, definition: DocumentType) -> Iterator[Candidate]:
    """Names that could be a party's; every one, where the user asks for others."""
    roles = {field.role for field in definition.fields if field.kind is Kind.NAME}
    if not roles <= set(_PARTIES):
        yield from scene.of_kind(Kind.NAME)
        return
    parties = Parties(scene, judge)
    found: list[Candidate] = []
    for role in _PARTIES:
        if role in roles:
            likely = parties.ranked(role, _NAMES)
            found += (
                parties.whole(each.candidate)
                for each in likely
                if each.share > likely[0].share * _POSSIBLE
            )
    # A name that is printed again in the footer is the same answer.
    first: dict[str, Candidate] = {}
    for candidate in sorted(found, key=lambda c: (c.line, c.start)):
        first.setdefault(candidate.raw.casefold(), candidate)
    yield from first.values()
