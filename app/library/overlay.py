"""The user's edits laid over the program's reading: a record as it is shown.  Pure functions."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.document import Claim, Field, Reader, Record, Row, Status
from app.document_types import DocumentType, FieldType, document_types
from app.library.packing import Body, Fields, Line, UserLine, UserValue
from app.library.rows import Part

_NEAR = 20  # rows that a changed row may have moved between two readings


@dataclass(frozen=True, slots=True)
class Edits:
    """Everything that the user did to one record.

    ``values`` are by part, row id (0 for the fields) and key; ``lines`` by part and row id.
    """

    values: dict[tuple[Part, int, str], UserValue] = field(default_factory=dict)
    lines: dict[tuple[Part, int], UserLine] = field(default_factory=dict)

    def touches_rows(self) -> bool:
        return bool(self.lines) or any(part is not Part.FIELDS for part, _, _ in self.values)


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as it is shown, with the ids of its rows."""

    record: Record
    line_ids: tuple[int, ...]
    tax_ids: tuple[int, ...]


def definition_of(name: str) -> DocumentType | None:
    """The definition of a type, ``None`` for one that this program does not have."""
    return document_types().get(name)


def columns_of(name: str, part: Part) -> tuple[FieldType, ...]:
    """The columns of one part of a type."""
    definition = definition_of(name)
    if definition is None:
        return ()
    if part is Part.LINES:
        return definition.lines
    return definition.taxes if part is Part.TAXES else definition.fields


def role_of(name: str, part: Part, key: str) -> str:
    """The role that ``key`` plays in a type, "" for none."""
    return next((c.role for c in columns_of(name, part) if c.key == key), "")


def shown(record: Record, body: Body, edits: Edits) -> Shown:
    """``record`` (its fields and flags) with its rows from ``body`` and the user's edits."""
    lines, line_ids = rows_shown(record.document_type, Part.LINES, body.lines, edits)
    taxes, tax_ids = rows_shown(record.document_type, Part.TAXES, body.taxes, edits)
    fields = fields_shown(record.document_type, record.fields, edits)
    return Shown(replace(record, fields=fields, lines=lines, taxes=taxes), line_ids, tax_ids)


def fields_shown(document_type: str, fields: Fields, edits: Edits) -> Fields:
    """A record's fields with the user's values in place."""
    values = {key: v for (part, _, key), v in edits.values.items() if part is Part.FIELDS}
    return _cells(columns_of(document_type, Part.FIELDS), fields, values)


def rows_shown(
    document_type: str, part: Part, lines: Sequence[Line], edits: Edits
) -> tuple[tuple[Row, ...], tuple[int, ...]]:
    """The rows of one part in order, with their ids."""
    columns = columns_of(document_type, part)
    values: dict[int, dict[str, UserValue]] = {}
    for (where, line, key), value in edits.values.items():
        if where is part:
            values.setdefault(line, {})[key] = value
    placed = rows_placed(part, lines, edits)
    rows = tuple(
        _cells(columns, cells, values[line_id]) if line_id in values else cells
        for _, line_id, cells in placed
    )
    return rows, tuple(line_id for _, line_id, _ in placed)


def rows_placed(part: Part, lines: Sequence[Line], edits: Edits) -> list[tuple[float, int, Row]]:
    """Position, id and read cells of every row of one part that is there, in order."""
    placed: list[tuple[float, int, Row]] = []
    for position, line in enumerate(lines, start=1):
        user = edits.lines.get((part, line.id))
        if user is None or not user.removed:
            placed.append((position, line.id, line.cells))
    known = {line.id for line in lines}
    for (where, line_id), user in edits.lines.items():
        if where is part and user.added and not user.removed and line_id not in known:
            placed.append((user.position, line_id, ()))
    placed.sort(key=lambda entry: (entry[0], entry[1]))
    return placed


def _cells(
    columns: Sequence[FieldType], cells: Sequence[Field], values: dict[str, UserValue]
) -> tuple[Field, ...]:
    if not values:
        return tuple(cells)
    roles = {column.key: column.role for column in columns}
    by_role = {value.role: value for value in values.values() if value.role}

    def user_value(key: str) -> UserValue | None:
        return values.get(key) or by_role.get(roles.get(key, ""))

    result = []
    for cell in cells:
        value = user_value(cell.key)
        result.append(cell if value is None else confirmed(cell, value))
    # A value for a key that the reading left out stands where the definition puts it.
    present = {cell.key for cell in cells}
    for position, column in enumerate(columns):
        value = None if column.key in present else user_value(column.key)
        if value is not None:
            before = {c.key for c in columns[:position]}
            place = max((i + 1 for i, c in enumerate(result) if c.key in before), default=0)
            result.insert(place, confirmed(Field(column.key, None, Status.MISSING), value))
    present = {cell.key for cell in result}
    defined = {column.key for column in columns}
    for key, value in values.items():
        # A key that belongs to no column here waits, unless the type itself is unknown.
        if key not in present and (not columns or key in defined):
            result.append(confirmed(Field(key, None, Status.MISSING), value))
    return tuple(result)


def confirmed(cell: Field, user: UserValue) -> Field:
    """The user's value in the place of ``cell``, whose claim stays as an alternative."""
    alternatives = cell.alternatives
    if cell.value is not None and cell.value != user.value and cell.reader is not None:
        claim = Claim(
            cell.key, cell.raw, cell.value, cell.page, cell.box, cell.reader, cell.confidence
        )
        alternatives = (claim, *alternatives)
    return Field(
        key=cell.key,
        value=user.value,
        status=Status.CONFIRMED,
        raw=user.raw,
        page=user.page,
        box=user.box,
        reader=Reader.USER,
        confidence=1.0,
        alternatives=alternatives,
    )


def carry_rows(
    old: Sequence[Line], new: Sequence[Row], kept: set[int], next_id: int
) -> tuple[tuple[Line, ...], int]:
    """Give the rows of a new reading the ids of the same rows of the old one.

    Rows are the same if all their values are, or else if they stand in the same order
    among what is left and share half of their values.  A row in ``kept`` (the user
    worked in it) that has no successor stays.  Gives the rows and the next free id.
    """
    ids: list[int | None] = [None] * len(new)
    contents = [_values(row) for row in new]
    former = [_values(line.cells) for line in old]
    places: dict[frozenset[tuple[str, str]], deque[int]] = {}
    for place, content in enumerate(former):
        places.setdefault(content, deque()).append(place)
    for index, content in enumerate(contents):
        if places.get(content):
            ids[index] = old[places[content].popleft()].id
    left = sorted(place for group in places.values() for place in group)
    for index, content in enumerate(contents):
        if ids[index] is None:
            near = (place for place in left if abs(place - index) <= _NEAR)
            alike = next((place for place in near if _alike(former[place], content)), None)
            if alike is not None:
                ids[index] = old[alike].id
                left.remove(alike)
    lines: list[Line] = []
    for row_id, row in zip(ids, new, strict=True):
        if row_id is None:
            row_id, next_id = next_id, next_id + 1
        lines.append(Line(row_id, row))
    for place in left:
        if old[place].id in kept:
            lines.insert(min(place, len(lines)), old[place])
    return tuple(lines), next_id


def _values(row: Row) -> frozenset[tuple[str, str]]:
    return frozenset((cell.key, cell.value) for cell in row if cell.value is not None)


def _alike(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    return 2 * len(one & other) >= max(len(one), len(other)) > 0
