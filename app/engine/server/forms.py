"""What a server wrote, made into the filled slots of a form, whichever way it was asked.

A server may be asked for the form's own text (under a grammar, an expression, or on trust)
or for JSON.  Nothing that it answers is trusted: every value must match its slot's
pattern, there are no more rows than the form allows, and what does not fit is dropped.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from app.engine.forms import Fixed, Form, Rows, Slot
from app.engine.messages import Filled
from app.engine.server.patterns import UnknownPatternError, longest, slot_schema

NEUTRAL = 0.5
"""The certainty of a value where the server tells none."""

# How the answer formats write what a document does not hold.
_NOTHING = ("", "-", " -")
# What may stand around a value in the form's own text, and is left out in JSON.
_AROUND = ((" ", ""), ("0", ""), ("00", ""), ("=", "\n"), ("=", "|"), ("", "\n"), ("", "|"))

_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"', re.DOTALL)
_FENCE = re.compile(r"\A\s*```[a-z]*\n(.*?)\n?```\s*\Z", re.DOTALL)
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Token:
    """A token that the server reported: its bytes and the logarithm of its probability."""

    data: bytes
    logprob: float


class Certainties:
    """How probable each part of a text was, by the tokens that it was written in."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        written = b"".join(token.data for token in tokens)
        self._text = text
        self._start = written.rfind(text.encode("utf-8", "surrogatepass")) if text else -1
        self._ends = list(accumulate(len(token.data) for token in tokens))
        self._sums = list(accumulate((token.logprob for token in tokens), initial=0.0))

    @property
    def known(self) -> bool:
        """Whether the server told them, and they belong to this text."""
        return self._start >= 0

    def of(self, start: int, end: int) -> float:
        """The product of the probabilities of the tokens in these characters."""
        if not self.known:
            return NEUTRAL
        if start >= end:
            return 1.0
        first = self._start + len(self._text[:start].encode("utf-8", "surrogatepass"))
        last = first + len(self._text[start:end].encode("utf-8", "surrogatepass"))
        from_token = bisect_right(self._ends, first)  # the first that ends after it begins
        to_token = bisect_left(self._ends, last)  # the first that reaches its end
        total = self._sums[min(to_token, len(self._ends) - 1) + 1] - self._sums[from_token]
        return math.exp(min(total, 0.0))


@dataclass(frozen=True, slots=True)
class Reading:
    """A form as it was filled: its text, the slots, and whether every slot was reached."""

    text: str
    filled: tuple[Filled, ...]
    whole: bool


def read_text(form: Form, text: str, certainties: Certainties) -> Reading:
    """The slots of the form's own text."""
    inside = _FENCE.match(text)
    if inside is not None:
        text = inside[1]
    shift = 0
    if not form.read(text):
        shift = len(text) - len(text.lstrip())
        text = text.strip()
    end = form.parts[-1]
    if isinstance(end, Fixed) and end.text.isspace() and not text.endswith(end.text):
        text += end.text  # cut off by the server, or just now
    written = form.read(text)
    filled = tuple(
        Filled(
            each.key,
            each.rows,
            each.row,
            each.text,
            certainties.of(each.start + shift, each.end + shift) if inside is None else NEUTRAL,
        )
        for each in written
    )
    values = {(each.rows, each.row, each.key): _Value(each.text) for each in written}
    rendered, _ = _render(form, values)
    return Reading(text, filled, rendered == text)


# JSON -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    part: Slot | Rows


def schema(form: Form) -> dict[str, object]:
    """The JSON Schema of a form's values: short keys, texts, rows as lists of texts."""
    properties: dict[str, object] = {}
    for each in _names(form):
        if isinstance(each.part, Slot):
            properties[each.name] = _slot_schema(each.part)
            continue
        cells = [_slot_schema(inner) for inner in each.part.parts if isinstance(inner, Slot)]
        properties[each.name] = {
            "type": "array",
            "maxItems": each.part.most,
            "items": {
                "type": "array",
                "prefixItems": cells,
                "items": False,
                "minItems": len(cells),
                "maxItems": len(cells),
            },
        }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def sentence(form: Form) -> str:
    """What is added to the instructions when the values are wanted as JSON."""
    names = _names(form)
    singles = ", ".join(f'"{each.name}"' for each in names if isinstance(each.part, Slot))
    said = (
        "Give the answer as one JSON object instead of lines of text, with nothing around it. "
        f"Its keys are {singles}, in this order; each value is the text that would follow that "
        "letter or name above."
        if singles
        else "Give the answer as one JSON object instead of lines of text, with nothing around it."
    )
    for each in names:
        if isinstance(each.part, Rows):
            columns = ", ".join(p.key for p in each.part.parts if isinstance(p, Slot))
            said += (
                f' The key "{each.name}" holds a list of rows, each a list of texts in this order: '
                f"{columns}; an empty list if there is no row."
            )
    return said


def longest_json(form: Form) -> int:
    """More characters than the JSON of a form can need; what is longer is not an answer."""
    total = 200
    for each in _names(form):
        slots = [p for p in getattr(each.part, "parts", (each.part,)) if isinstance(p, Slot)]
        one = sum(2 * longest(slot.pattern) + len(slot.key) + 24 for slot in slots)
        total += (each.part.most if isinstance(each.part, Rows) else 1) * one + len(each.name) + 24
    return total


def read_json(form: Form, text: str, certainties: Certainties) -> Reading | None:
    """The slots from the JSON that a server wrote; ``None`` where it holds no object.

    Of JSON that was cut off, what is complete.
    """
    start = text.find("{")
    if start < 0:
        return None
    found = _object(text, start)
    if found is None:
        return None
    spans = _Spans(text, start, certainties)
    content, literals = found
    values: dict[tuple[str, int, str], _Value] = {}
    certainty = spans.match(content) if literals else {}
    names = _names(form)
    for number, each in enumerate(names):
        held = _held(content, each, number, len(names))
        if isinstance(each.part, Slot):
            value = _fitting(each.part, held)
            if value is not None:
                known = certainty.get((each.name,), NEUTRAL)
                values["", 0, each.part.key] = _Value(value, known)
            continue
        rows = held if isinstance(held, list) else []
        slots = [inner for inner in each.part.parts if isinstance(inner, Slot)]
        for row, cells in enumerate(rows[: each.part.most]):
            for column, slot in enumerate(slots):
                value = _fitting(slot, _cell(cells, column, slot.key))
                if value is not None:
                    known = certainty.get((each.name, row, column), NEUTRAL)
                    values[each.part.key, row, slot.key] = _Value(value, known)
            values.setdefault((each.part.key, row, ""), _Value(""))
    rendered, filled = _render(form, values)
    whole = all(isinstance(each.part, Rows) or ("", 0, each.part.key) in values for each in names)
    return Reading(rendered, filled, whole)


@dataclass(frozen=True, slots=True)
class _Value:
    text: str
    certainty: float = NEUTRAL


def _render(
    form: Form, values: Mapping[tuple[str, int, str], _Value]
) -> tuple[str, tuple[Filled, ...]]:
    """The form's own text with these values in it, and the slots in order.

    A slot without a value says that there is nothing, where its pattern has a way to.
    """
    filled: list[Filled] = []

    def write(part: Fixed | Slot, rows: str, row: int) -> str:
        if isinstance(part, Fixed):
            return part.text
        value = values.get((rows, row, part.key))
        if value is None:
            nothing = next((n for n in _NOTHING if re.fullmatch(part.pattern, n)), None)
            if nothing is None:
                return ""
            value = _Value(nothing)
        filled.append(Filled(part.key, rows, row, value.text, value.certainty))
        return value.text

    text = ""
    for part in form.parts:
        if not isinstance(part, Rows):
            text += write(part, "", 0)
            continue
        count = 1 + max((row for rows, row, _ in values if rows == part.key), default=-1)
        for row in range(count):
            text += part.another + "".join(write(inner, part.key, row) for inner in part.parts)
        text += part.end
    return text, tuple(filled)


def _names(form: Form) -> tuple[_Named, ...]:
    """The JSON key of every slot and of the rows: the word before it in the form, else its own."""
    found: list[_Named] = []
    used: set[str] = set()
    before = ""
    for part in form.parts:
        if isinstance(part, Fixed):
            before = part.text
            continue
        words = re.findall(r"\w+", before) if isinstance(part, Slot) else []
        name = words[-1] if words else part.key or "rows"
        while name in used:
            name += "_"
        used.add(name)
        found.append(_Named(name, part))
        before = ""
    return tuple(found)


def _slot_schema(slot: Slot) -> dict[str, object]:
    try:
        return slot_schema(slot.pattern)
    except UnknownPatternError:
        return {"type": "string"}


def _fitting(slot: Slot, value: object) -> str | None:
    """The value as the slot's pattern has it, or ``None``."""
    if not isinstance(value, str):
        return None
    value = str(value)
    for text in dict.fromkeys((value, value.strip(), " ".join(value.split()))):
        for before, after in (("", ""), *_AROUND):
            tried = before + text + after
            if len(tried) <= _room(slot) and re.fullmatch(slot.pattern, tried):
                return tried
    return None


def _room(slot: Slot) -> int:
    try:
        return longest(slot.pattern)
    except UnknownPatternError:
        return 1000


def _held(content: dict[str, object], each: _Named, number: int, names: int) -> object:
    """What the object has under a name; also under the slot's own key, or in its place."""
    for name in (each.name, each.part.key):
        if name in content:
            return content[name]
    return list(content.values())[number] if len(content) == names else None


def _cell(cells: object, column: int, key: str) -> object:
    if isinstance(cells, list):
        return cells[column] if column < len(cells) else None
    if isinstance(cells, dict):
        if key in cells:
            return cells[key]
        values = list(cells.values())
        return values[column] if column < len(values) else None
    return None


def _object(text: str, start: int) -> tuple[dict[str, object], bool] | None:
    """The JSON object that begins there, completed where it was cut off.

    Numbers stay text, as they were written.  The flag says whether it was whole.
    """
    decoder = json.JSONDecoder(
        strict=False, parse_float=_Number, parse_int=_Number, parse_constant=_Number
    )
    for candidate, whole in ((text, True), (_closed(text, start), False)):
        try:
            content, _ = decoder.raw_decode(candidate, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(content, dict):
            return content, whole
    return None


def _closed(text: str, start: int) -> str:
    """Cut-off JSON up to its last complete member, with its brackets closed."""
    stack: list[str] = []
    end, closers = start, "}"
    at = start
    while at < len(text):
        char = text[at]
        if char == '"':
            literal = _STRING.match(text, at)
            if literal is None:
                break
            at = literal.end()
            continue
        if char in "{[":
            if len(stack) == _DEEPEST:
                break
            stack.append("}" if char == "{" else "]")
            if char == "[" or len(stack) == 1:
                end, closers = at + 1, "".join(reversed(stack))
        elif char in "}]":
            if not stack or stack.pop() != char:
                break
            end, closers = at + 1, "".join(reversed(stack))
        elif char == ",":
            end, closers = at, "".join(reversed(stack))
        at += 1
    return text[:end] + closers


class _Number(str):
    """A number as it is written in JSON; amounts lose nothing that way."""

    __slots__ = ()


@dataclass(slots=True)
class _Spans:
    """The certainty of each text in a JSON object, by the path to it."""

    text: str
    start: int
    certainties: Certainties
    found: dict[tuple[str | int, ...], float] = field(default_factory=dict)

    def match(self, content: dict[str, object]) -> dict[tuple[str | int, ...], float]:
        """Walk the object and its string literals side by side; they stand in one order."""
        if self.certainties.known:
            literals = _STRING.finditer(self.text, self.start)
            if not self._walk(content, (), literals):
                self.found.clear()  # a key stood twice: better none than a wrong one
        return self.found

    def _walk(
        self, value: object, path: tuple[str | int, ...], literals: Iterator[re.Match[str]]
    ) -> bool:
        if isinstance(value, dict):
            return all(
                self._literal(name, literals) is not None
                and self._walk(inner, (*path, name), literals)
                for name, inner in value.items()
            )
        if isinstance(value, list):
            return all(
                self._walk(inner, (*path, number), literals) for number, inner in enumerate(value)
            )
        if isinstance(value, str) and not isinstance(value, _Number):
            literal = self._literal(value, literals)
            if literal is None:
                return False
            self.found[path] = self.certainties.of(literal.start() + 1, literal.end() - 1)
        return True

    @staticmethod
    def _literal(value: str, literals: Iterator[re.Match[str]]) -> re.Match[str] | None:
        literal = next(literals, None)
        if literal is None or json.loads(literal[0], strict=False) != value:
            return None
        return literal
