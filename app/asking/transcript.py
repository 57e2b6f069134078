"""Answers and whole conversations as plain text: for the clipboard, a file, a terminal.

Plain text and no Markdown or HTML: what documents and models wrote is only ever shown in
it, while a page that renders it could be made to load a picture from somewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from app.asking.keeping import unpack_reply
from app.asking.messages import Citation, Computed, Doubted, Reply, Told, Way
from app.asking.phrases import amount_words
from app.asking.plain_text import plain
from app.asking.wording import (
    calculation_words,
    column_words,
    figure_words,
    gap_words,
    group_words,
    grouping_words,
    short_noun,
)
from app.document import Status, decimal_of
from app.document_types import FieldType, Kind, document_types
from app.export.whole_file import whole_file
from app.library import ConversationRow, Library, RecordRow, Turn
from app.library.calculation import Calculation, Column, Measure
from app.library.columns import named
from app.library.rows import Part

DOUBT = "(?)"
"""What follows a stretch of an answer that could not be verified."""

WHY_DOUBTED = {
    Doubted.NO_SUCH_LINES: "It names lines that were not given.",
    Doubted.NOT_CITED: "No lines are named for it.",
    Doubted.NOT_THERE: "It does not stand in the lines that are named for it.",
}

_UNREADABLE = "How this was answered was kept by another version of the program."
_ROLES = (
    "seller",
    "account_holder",
    "title",
    "number",
    "issue_date",
    "period_start",
    "period_end",
    "gross",
    "closing",
)
"""What tells a record from others, where its type has it."""

_LISTED = 10_000  # records at most that a text lists


def way_taken(reply: Reply) -> str:
    """How it was answered, in a sentence or several."""
    if isinstance(reply, Computed):
        said = ["Computed from the records of the library."]
    elif reply.way is Way.WHOLE:
        documents = len({page.document_id for page in reply.given})
        said = [f"Answered from the whole of {_count(documents, 'document')}"]
        said = [f"{said[0]} ({_count(len(reply.given), 'page')})."]
    else:
        said = [f"Answered from {len(reply.given)} of {_count(reply.pages, 'page')}."]
    if isinstance(reply, Told) and reply.stopped:
        said.append("The answer is not complete: it was stopped.")
    if reply.place:
        said.append(f"The question went to the server {plain(reply.place)}.")
    return " ".join(said)


def copied(reply: Reply, listed: Sequence[RecordRow] = ()) -> str:
    """An answer as plain text, with the way taken, what it rests on, and what is doubtful.

    ``listed`` are the records of an answer that lists them.  Thinking is left out.
    """
    blocks = _computed(reply, listed) if isinstance(reply, Computed) else _told(reply)
    return "\n\n".join(block for block in [*blocks, way_taken(reply)] if block)


def transcript(library: Library, conversation_id: int) -> str:
    """A whole conversation as plain text; ``KeyError`` if there is none with this id."""
    turns = library.turns(conversation_id)
    blocks = [_head(library.conversation(conversation_id))]
    blocks += [_turn(library, number, turn) for number, turn in enumerate(turns, 1)]
    return "\n\n\n".join(blocks) + "\n"


def export_transcript(library: Library, conversation_id: int, path: Path) -> None:
    """Write a whole conversation; raises ``KeyError``, and what :func:`write_text` raises."""
    write_text(transcript(library, conversation_id), path)


def write_text(text: str, path: Path) -> None:
    """Write plain text to ``path``.

    UTF-8 with a byte-order mark and CRLF on every system, since files travel: without the
    mark some programs on Windows take accents for other letters.  The file appears whole
    or not at all.  Raises ``ProblemError`` (``disk_full``, ``cannot_write``).
    """
    with whole_file(path) as stream:
        stream.write(text.replace("\n", "\r\n").encode("utf-8-sig"))


def _head(conversation: ConversationRow) -> str:
    lines = [plain(conversation.title), f"Begun on {_moment(conversation.began_at)}"]
    if conversation.document_ids:
        named = zip(conversation.document_ids, conversation.document_names, strict=True)
        lines += ["About:"]
        lines += [
            f"  {_name(name)}{' (deleted)' if document_id in conversation.gone else ''}"
            for document_id, name in named
        ]
    else:
        lines += ["About the whole library"]
    return "\n".join(lines)


def _turn(library: Library, number: int, turn: Turn) -> str:
    reply = unpack_reply(turn.reply)
    if reply is None:
        answer = f"{plain(turn.text)}\n\n{_UNREADABLE}"
    else:
        listed = library.rows(reply.figures.listed[:_LISTED]) if isinstance(reply, Computed) else ()
        answer = copied(reply, listed)
    asked = f"Question {number}, {_moment(turn.at)}:\n{_indented(plain(turn.question), '  ')}"
    return f"{asked}\n\nAnswer {number}:\n{_indented(answer, '  ')}"


def _told(reply: Told) -> Iterator[str]:
    numbers: dict[tuple[int, int, int, int], int] = {}
    sources: list[str] = []
    marks = [(doubt.end, doubt.end, f" {DOUBT}") for doubt in reply.doubts]
    for citation in sorted(reply.citations, key=lambda one: one.start):
        lines = (citation.document_id, citation.page, citation.first_line, citation.last_line)
        if lines not in numbers:
            numbers[lines] = len(numbers) + 1
            sources.append(source_words(str(numbers[lines]), citation))
        marks.append((citation.start, citation.end, f"[{numbers[lines]}]"))
    yield plain(_marked(reply.text, marks))
    yield "\n".join(["Sources:", *sources]) if sources else ""
    if reply.doubts:
        yield "\n".join(
            [
                f"Not verified {DOUBT}:",
                *(
                    f"  “{_name(reply.text[doubt.start : doubt.end])}”: {WHY_DOUBTED[doubt.why]}"
                    for doubt in reply.doubts
                ),
            ]
        )


def _marked(text: str, marks: Iterable[tuple[int, int, str]]) -> str:
    """``text`` with each stretch from start to end replaced by its mark."""
    parts, at = [], 0
    for start, end, mark in sorted(marks):
        parts += [text[at : max(start, at)], mark]
        at = max(end, at)
    return "".join([*parts, text[at:]])


def source_words(label: str, citation: Citation) -> str:
    """A citation as it stands below an answer: its label, its place, the lines themselves."""
    first, last = citation.first_line, citation.last_line
    lines = f"line {first}" if first == last else f"lines {first}–{last}"
    place = f"  [{label}] {_name(citation.document_name)}, page {citation.page}, {lines}:"
    return f"{place}\n{_indented(plain(citation.quote), '      | ')}"


def _computed(reply: Computed, listed: Sequence[RecordRow]) -> Iterator[str]:
    calculation, figures = reply.calculation, reply.figures
    yield plain(reply.sentence)
    if grouping_words(calculation):  # else the sentence names every figure
        yield _table(
            [
                (
                    group_words(figure.group, calculation),
                    figure_words(figure, calculation),
                    ""
                    if calculation.measure is Measure.COUNT
                    else f"({figure.rows} {short_noun(calculation, figure.rows)})",
                )
                for figure in figures.figures
            ]
        )
    yield "\n".join(f"  {_record(row, calculation)}" for row in listed)
    yield "\n".join(plain(gap_words(gap, calculation)) for gap in figures.gaps)
    yield f"Worked out on {_name(reply.today)}: {plain(calculation_words(calculation))}."


def _table(rows: Sequence[tuple[str, str, str]]) -> str:
    shown = [(_name(group), value, count) for group, value, count in rows]
    first = max((len(row[0]) for row in shown), default=0)
    second = max((len(row[1]) for row in shown), default=0)
    lines = (f"  {g.ljust(first)}  {v.rjust(second)}  {c}" for g, v, c in shown)
    return "\n".join(line.rstrip() for line in lines)


def _record(row: RecordRow, calculation: Calculation) -> str:
    """A record in a line: where it is from, what tells it from others, what was asked about."""
    definition = document_types().get(row.document_type)
    known = named(definition, Part.FIELDS) if definition is not None else {}
    names = [name for name in _ROLES if name in known]
    columns = [calculation.of, *(each.column for each in calculation.where)]
    asked = dict.fromkeys(
        each.name for each in columns if each is not None and each.part is Part.FIELDS
    )
    values = [_value(row, known[name]) for name in names]
    values += [
        f"{column_words(Column(name), (row.document_type,))} {_value(row, known[name]) or '—'}"
        for name in asked
        if name in known and name not in names
    ]
    told = ", ".join(value for value in values if value) or "—"
    return f"{_name(row.document_name)}, page {row.first_page}: {told}"


def _value(row: RecordRow, definition: FieldType) -> str:
    """A value of a record as it is read in a sentence, "" where there is none."""
    field = row.field(definition.key)
    if field is None or not field.value:
        return ""
    value = _name(field.value)
    number = decimal_of(field.value) if definition.kind is Kind.AMOUNT else None
    if number is not None:
        value = amount_words(number, _currency(row))
    return f"{value} {DOUBT}" if field.status is Status.DOUBTFUL else value


def _currency(row: RecordRow) -> str:
    definition = document_types().get(row.document_type)
    key = definition.key_of("currency") if definition is not None else None
    field = row.field(key) if key is not None else None
    return _name(field.value) if field is not None and field.value else ""


def _moment(at: str) -> str:
    return f"{at[:16].replace('T', ' ')} UTC"


def _name(text: str) -> str:
    return " ".join(plain(text).split())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _indented(text: str, by: str) -> str:
    return "\n".join(f"{by}{line}".rstrip() for line in text.split("\n"))
