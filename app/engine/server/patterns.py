"""A slot's pattern in the words of servers: GBNF, a plain regular expression, JSON Schema.

Servers differ in which regular expressions they take, so a pattern is parsed (the subset
that :mod:`app.engine.forms` states) and written anew from character ranges, without
classes such as ``\\w`` whose extent differs from program to program.  What a server
writes is matched against the original pattern afterwards, so these may be a little
narrower or wider than it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from app.engine.forms import Fixed, Form, Rows, Slot

Ranges = tuple[tuple[int, int], ...]
"""Code points from–to, in order, none touching the next."""

_LAST = 0x10FFFF
_DIGITS: Ranges = ((0x30, 0x39),)
_SPACES: Ranges = ((0x09, 0x0D), (0x20, 0x20))
_LETTERS: Ranges = (  # the scripts of the papers that are read, without their every gap
    (0x41, 0x5A),
    (0x61, 0x7A),
    (0xAA, 0xAA),
    (0xB5, 0xB5),
    (0xBA, 0xBA),
    (0xC0, 0xD6),
    (0xD8, 0xF6),
    (0xF8, 0x2C1),
    (0x370, 0x3FF),
    (0x400, 0x481),
    (0x48A, 0x556),
    (0x561, 0x587),
    (0x5D0, 0x5EA),
    (0x620, 0x64A),
    (0x904, 0x939),
    (0xE01, 0xE30),
    (0x10A0, 0x10FF),
    (0x1E00, 0x1FFF),
    (0x3041, 0x30FF),
    (0x3400, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xFF21, 0xFF3A),
    (0xFF41, 0xFF5A),
)
_UNSAFE_IN_JSON: Ranges = ((0x00, 0x1F), (0x22, 0x22), (0x5C, 0x5C), (0x7F, 0x7F))
_META = set("\\.^$|?*+()[]{}")


@dataclass(frozen=True, slots=True)
class Char:
    """One character out of a set."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Repeat:
    """``item`` at least ``least`` and at most ``most`` times."""

    item: Char | Choice
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences."""

    options: tuple[tuple[Repeat, ...], ...]


class UnknownPatternError(ValueError):
    """A pattern outside the subset."""


@cache
def parse(pattern: str) -> Choice:
    """The parsed pattern; raises :class:`UnknownPatternError` outside the subset."""
    reader = _Reader(pattern)
    choice = reader.choice()
    if reader.at != len(pattern):
        raise UnknownPatternError(f"{pattern!r} at {reader.at}")
    return choice


@cache
def longest(pattern: str) -> int:
    """The most characters that the pattern matches."""
    return _longest(parse(pattern))


def longest_answer(form: Form) -> int:
    """The most characters that an answer of the form has."""

    def of(part: Fixed | Slot) -> int:
        return len(part.text) if isinstance(part, Fixed) else longest(part.pattern)

    total = 0
    for part in form.parts:
        if isinstance(part, Rows):
            row = len(part.another) + sum(of(inner) for inner in part.parts)
            total += part.most * row + len(part.end)
        else:
            total += of(part)
    return total


def form_grammar(form: Form) -> str:
    """The form as a GBNF grammar, for the servers of llama.cpp."""
    names: dict[str, str] = {}

    def of(part: Fixed | Slot) -> str:
        if isinstance(part, Fixed):
            return _literal(part.text)
        return names.setdefault(part.pattern, f"s{len(names)}")

    root: list[str] = []
    for part in form.parts:
        if isinstance(part, Rows):
            row = " ".join([_literal(part.another), *(of(inner) for inner in part.parts)])
            root.append(f"({row}){{0,{part.most}}} {_literal(part.end)}")
        else:
            root.append(of(part))
    rules = [f"root ::= {' '.join(root)}"]
    rules += [f"{name} ::= {_gbnf(parse(pattern))}" for pattern, name in names.items()]
    return "\n".join(rules) + "\n"


def form_expression(form: Form) -> str:
    """The form as a plain regular expression, for servers that take one."""

    def of(part: Fixed | Slot) -> str:
        if isinstance(part, Fixed):
            return _plain(part.text)
        return f"({_expression(parse(part.pattern))})"

    whole = ""
    for part in form.parts:
        if isinstance(part, Rows):
            row = _plain(part.another) + "".join(of(inner) for inner in part.parts)
            whole += f"({row}){{0,{part.most}}}{_plain(part.end)}"
        else:
            whole += of(part)
    return whole


def slot_schema(pattern: str) -> dict[str, object]:
    """A JSON Schema for a text that matches the pattern.

    The grammars that servers make of a schema's pattern do not escape what JSON must
    escape, so a slot that may hold quotation marks is bounded in length only.
    """
    choice = parse(pattern)
    if _admits_unsafe(choice):
        return {"type": "string", "maxLength": longest(pattern)}
    return {"type": "string", "pattern": f"^({_expression(choice)})$"}


# parsing --------------------------------------------------------------------------


class _Reader:
    """Recursive descent over one pattern; ``at`` is the offset reached."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def choice(self) -> Choice:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return Choice(tuple(options))

    def _sequence(self) -> tuple[Repeat, ...]:
        items: list[Repeat] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            item = self._item()
            least, most = self._times()
            items.append(Repeat(item, least, most))
        return tuple(items)

    def _item(self) -> Char | Choice:
        if self._take("(?:") or self._take("("):
            if self.pattern.startswith("?", self.at):
                raise UnknownPatternError(f"{self.pattern!r} at {self.at}")
            inner = self.choice()
            if not self._take(")"):
                raise UnknownPatternError(f"{self.pattern!r}: a bracket is missing")
            return inner
        if self._take("["):
            return Char(self._class())
        if self._take("."):
            return Char(_without(((0x0A, 0x0A),)))
        if self._take("\\"):
            return Char(self._escape())
        char = self._next()
        if char in "*+?{}^$":
            raise UnknownPatternError(f"{self.pattern!r} at {self.at}")
        return Char(((ord(char), ord(char)),))

    def _times(self) -> tuple[int, int]:
        least, most = 1, 1
        if self._take("?"):
            least, most = 0, 1
        elif self._take("{"):
            end = self.pattern.find("}", self.at)
            low, _, high = self.pattern[self.at : end].partition(",")
            if end < 0 or not low.isdecimal() or not (high or low).isdecimal():
                raise UnknownPatternError(f"{self.pattern!r} at {self.at}: not bounded")
            least, most = int(low), int(high or low)
            if self.pattern[end - 1] == ",":
                raise UnknownPatternError(f"{self.pattern!r} at {self.at}: not bounded")
            self.at = end + 1
        if self.pattern[self.at : self.at + 1] in {"*", "+", "?", "{"}:
            raise UnknownPatternError(f"{self.pattern!r} at {self.at}")
        return least, most

    def _class(self) -> Ranges:
        negated = self._take("^")
        found: list[tuple[int, int]] = []
        first = True
        while first or not self.pattern.startswith("]", self.at):
            first = False
            low = self._member()
            single = len(low) == 1 and low[0][0] == low[0][1]
            if (
                single
                and self.pattern.startswith("-", self.at)
                and not self.pattern.startswith("-]", self.at)
            ):
                self.at += 1
                high = self._member()
                found.append((low[0][0], high[-1][1]))
            else:
                found += low
        self.at += 1
        ranges = _joined(found)
        return _without(ranges) if negated else ranges

    def _member(self) -> Ranges:
        if self._take("\\"):
            return self._escape()
        code = ord(self._next())
        return ((code, code),)

    def _escape(self) -> Ranges:
        char = self._next()
        words = _joined([*_LETTERS, *_DIGITS, (0x5F, 0x5F)])
        classes = {"d": _DIGITS, "s": _SPACES, "w": words}
        if char in classes:
            return classes[char]
        if char.lower() in classes:
            return _without(classes[char.lower()])
        controls = {"n": 0x0A, "t": 0x09, "r": 0x0D, "f": 0x0C, "v": 0x0B}
        lengths = {"x": 2, "u": 4, "U": 8}
        if char in lengths:
            digits = self.pattern[self.at : self.at + lengths[char]]
            self.at += lengths[char]
            code = int(digits, 16)
        elif char in controls:
            code = controls[char]
        elif char.isalnum():
            raise UnknownPatternError(f"{self.pattern!r} at {self.at}")
        else:
            code = ord(char)
        return ((code, code),)

    def _take(self, text: str) -> bool:
        if self.pattern.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def _next(self) -> str:
        if self.at >= len(self.pattern):
            raise UnknownPatternError(f"{self.pattern!r} ends too early")
        self.at += 1
        return self.pattern[self.at - 1]


def _joined(ranges: list[tuple[int, int]]) -> Ranges:
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def _without(ranges: Ranges) -> Ranges:
    """Every character that is not in ``ranges``."""
    found: list[tuple[int, int]] = []
    start = 0
    for low, high in ranges:
        if start < low:
            found.append((start, low - 1))
        start = high + 1
    if start <= _LAST:
        found.append((start, _LAST))
    return tuple(found)


# writing --------------------------------------------------------------------------


def _longest(item: Char | Choice) -> int:
    if isinstance(item, Char):
        return 1
    return max(sum(_longest(each.item) * each.most for each in option) for option in item.options)


def _admits_unsafe(item: Char | Choice) -> bool:
    if isinstance(item, Char):
        return any(
            low <= high_unsafe and low_unsafe <= high
            for low, high in item.ranges
            for low_unsafe, high_unsafe in _UNSAFE_IN_JSON
        )
    return any(_admits_unsafe(each.item) for option in item.options for each in option)


def _gbnf(item: Char | Choice) -> str:
    if isinstance(item, Char):
        negated = item.ranges[-1:] == ((item.ranges[-1][0], _LAST),) if item.ranges else False
        ranges = _without(item.ranges) if negated else item.ranges
        return f"[{'^' if negated else ''}{''.join(_gbnf_range(*each) for each in ranges)}]"
    options = []
    for option in item.options:
        words = []
        for each in option:
            inner = _gbnf(each.item)
            inner = f"({inner})" if isinstance(each.item, Choice) else inner
            words.append(inner + _count(each))
        options.append(" ".join(words) or '""')
    return " | ".join(options)


def _gbnf_range(low: int, high: int) -> str:
    return _gbnf_char(low) if low == high else f"{_gbnf_char(low)}-{_gbnf_char(high)}"


def _gbnf_char(code: int) -> str:
    char = chr(code)
    if char.isascii() and char.isalnum():
        return char
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _literal(text: str) -> str:
    return '"' + "".join(_gbnf_char(ord(char)) for char in text) + '"'


def _expression(item: Char | Choice) -> str:
    if isinstance(item, Char):
        if len(item.ranges) == 1 and item.ranges[0][0] == item.ranges[0][1]:
            return _plain(chr(item.ranges[0][0]))
        negated = bool(item.ranges) and item.ranges[-1][1] == _LAST
        return _class(_without(item.ranges) if negated else item.ranges, negated=negated)
    options = []
    for option in item.options:
        words = []
        for each in option:
            inner = _expression(each.item)
            inner = f"({inner})" if isinstance(each.item, Choice) else inner
            words.append(inner + _count(each))
        options.append("".join(words))
    return "|".join(options)


def _class(ranges: Ranges, *, negated: bool) -> str:
    """A class in which neither "-" nor "^" needs an escape.

    llama-cpp-python makes a grammar of a schema's pattern without looking at its escapes,
    and one that its parser does not know ends the whole server.
    """
    dash, caret = ord("-"), ord("^")
    first = "-" if _holds(ranges, dash) else ""
    last = "^" if _holds(ranges, caret) else ""
    inner = "".join(
        _class_char(low) if low == high else f"{_class_char(low)}-{_class_char(high)}"
        for low, high in _split(_split(ranges, dash), caret)
    )
    return f"[{'^' if negated else ''}{first}{inner}{last}]"


def _holds(ranges: Ranges, code: int) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _split(ranges: Ranges, code: int) -> Ranges:
    """The ranges without one character."""
    found: list[tuple[int, int]] = []
    for low, high in ranges:
        if low <= code <= high:
            found += [(low, code - 1)] if low < code else []
            found += [(code + 1, high)] if code < high else []
        else:
            found.append((low, high))
    return tuple(found)


def _class_char(code: int) -> str:
    if chr(code) in "\\][":
        return "\\" + chr(code)
    return _control(code) or chr(code)


def _plain(text: str) -> str:
    """Text as itself in a regular expression, with the fewest escapes."""
    return "".join(
        (f"\\{char}" if char in "\\^[]" else f"[{char}]")
        if char in _META
        else _control(ord(char)) or char
        for char in text
    )


def _control(code: int) -> str:
    names = {0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t"}
    if code in names:
        return names[code]
    return f"\\x{code:02x}" if code < 0x20 or 0x7F <= code < 0xA0 else ""


def _count(each: Repeat) -> str:
    if (each.least, each.most) == (1, 1):
        return ""
    return "?" if (each.least, each.most) == (0, 1) else f"{{{each.least},{each.most}}}"
