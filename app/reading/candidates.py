"""Everything on the pages that could be a value, and every label, with their places.

High recall and no judgement: a :class:`Scene` is what a clerk's eye takes in before
deciding anything.  Dates, amounts, numbers, IBANs and VAT ids come from
``values.find_values``; added here are identifiers: any token with a digit in it, also in
several groups.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.document import Box, Page, Word, union_of
from app.document_types import Kind
from app.reading.labels import LabelHit, find_labels
from app.reading.layout import Block, Line, Segment, blocks_of, lines_of, segments_of
from app.reading.names import end_of_name, is_only_legal_form, looks_like_name, parts_of
from app.reading.readings import Convention
from app.reading.values import Spotted, find_values


@dataclass(frozen=True, slots=True)
class Label:
    """A printed wording that says what stands beside or below it."""

    role: str
    language: str
    strength: float
    page: int
    line: int
    start: int
    end: int
    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span of one line that reads as a value of ``kind``.

    ``line`` indexes the scene's lines, ``start`` and ``end`` that line's words.
    """

    kind: Kind
    raw: str
    value: str
    certainty: float
    ambiguous: bool
    currency: str
    page: int
    line: int
    start: int
    end: int
    box: Box


@dataclass(frozen=True, slots=True)
class Printed:
    """One line with its segments, its labels and the values on it."""

    index: int
    page: int
    line: Line
    segments: tuple[Segment, ...]
    labels: tuple[Label, ...]
    values: tuple[Candidate, ...]
    em: float  # height of its type as a fraction of the page's width

    @property
    def words(self) -> tuple[Word, ...]:
        return self.line.words

    @property
    def box(self) -> Box:
        return self.line.box


@dataclass(frozen=True, slots=True)
class Scene:
    """All pages of one document, taken apart."""

    pages: tuple[Page, ...]
    lines: tuple[Printed, ...]
    blocks: tuple[Block, ...]
    convention: Convention
    type_size: float  # the usual height of the type, as a fraction of the page's height

    def of_kind(self, *kinds: Kind) -> list[Candidate]:
        return [v for line in self.lines for v in line.values if v.kind in kinds]


_GLUED = re.compile(
    r"^(?P<label>[^\W\d_][^:：#=\d]*(?:[:：=]|#[:：]?))(?P<value>(?!//).*[\d$€£].*)$"
    r"|^(?P<word>[^\W\d_]{4,})(?P<amount>(?:RM|[$€£])?\d{1,3}(?:[.,]\d{3})*[.,]\d{2})$"
    r"|^(?P<cjk>[\u4e00-\u9fff]{2,}[:：]?)(?P<after>[$A-Z]*\d.*)$"
)


# The thin space between thousands has no letter in many fonts: "1\ufffd154,15".
_LOST_SPACE = re.compile(r"(?<=\d)\ufffd(?=\d{3})")


def unglue(page: Page) -> Page:
    """The page with tokens such as "Total:9.00" taken apart into label and value."""
    if not any(_GLUED.match(word.text) or _LOST_SPACE.search(word.text) for word in page.words):
        return page
    words: list[Word] = []
    for printed in page.words:
        word = replace(printed, text=_LOST_SPACE.sub("\u202f", printed.text))
        match = _GLUED.match(word.text)
        parts = [part for part in match.groups() if part] if match else []
        if len(parts) != 2:
            words.append(word)
            continue
        cut = word.box.x0 + word.box.width * len(parts[0]) / len(word.text)
        left, right = replace(word.box, x1=cut), replace(word.box, x0=cut)
        words += [replace(word, text=parts[0], box=left), replace(word, text=parts[1], box=right)]
    return replace(page, words=tuple(words))


def scene_of(pages: Sequence[Page], convention: Convention) -> Scene:
    """Take the pages apart into lines with labels and values, and into blocks."""
    printed: list[Printed] = []
    blocks: list[Block] = []
    heights: list[float] = []
    for original in pages:
        page = unglue(original)
        lines = lines_of(page)
        blocks += blocks_of(page, lines)
        for line in lines:
            index = len(printed)
            segments = tuple(segments_of(line, page))
            labels = tuple(_labels(line, index, segments, convention))
            values = (
                *_values(line, index, segments, labels, convention),
                *_names(line, index, segments, labels),
            )
            height = sorted(w.box.height for w in line.words)[len(line.words) // 2]
            heights += [height] * len(line.words)
            wide = height * page.height / page.width if page.width else height
            printed.append(Printed(index, page.number, line, segments, labels, values, wide))
    usual = sorted(heights)[len(heights) // 2] if heights else 0.0
    return Scene(tuple(pages), tuple(printed), tuple(blocks), convention, usual)


_TOKEN = re.compile(r"^[#(\[]*(?P<body>[^\W_](?:[\w/\\.#+*_–-]*[\w])?)[)\].,;:]*$")
_TIME = re.compile(r"^\d{1,2}[:.]\d{2}([:.]\d{2})?([ap]m)?$", re.IGNORECASE)
_PREFIX = re.compile(r"^(?!N[OR]?[.:°º]?$|NUM|REF|ID$)[A-ZÄÖÜ]{1,5}[-/]?$")
_JOINER = re.compile(r"^[-–/]$")
_OTHER = {Kind.DATE, Kind.IBAN}


def _spotted(line: Line, segments: Sequence[Segment], convention: Convention) -> list[Spotted]:
    """The values on a line; dates in words also where the type is widely spaced."""
    spots = find_values(line.words, convention)
    for segment in segments:
        for start, end in _grouped(segment):
            joined = find_values(_closed_up(line.words[start:end]), convention)
            if len(joined) == 1 and joined[0].kind is Kind.AMOUNT and joined[0].start == 0:
                spots = [s for s in spots if s.end <= start or s.start >= end]
                spots.append(replace(joined[0], start=start, end=start + joined[0].end))
    if not any(spot.kind is Kind.IBAN for spot in spots):
        for at, word in enumerate(line.words):
            if not _IBAN_HEAD.match(word.text):
                continue
            joined = find_values(_closed_up(line.words[at : at + 10]), convention)
            for spot in joined[:1]:
                if spot.kind is Kind.IBAN:
                    spots = [s for s in spots if s.end <= at or s.start >= at + spot.end]
                    spots.append(replace(spot, start=at + spot.start, end=at + spot.end))
    spots.sort(key=lambda spot: spot.start)
    if any(spot.kind is Kind.DATE for spot in spots):
        return spots
    for segment in segments:
        if sum(any(ch.isalpha() for ch in w.text) for w in segment.words) == 0:
            continue
        for spot in find_values(_closed_up(segment.words), convention):
            if spot.kind is Kind.DATE and any(ch.isalpha() for ch in spot.raw):
                start, end = segment.start + spot.start, segment.start + spot.end
                spots = [s for s in spots if s.end <= start or s.start >= end]
                spots.append(replace(spot, start=start, end=end))
    return spots


_IBAN_HEAD = re.compile(r"^[A-Z]{2}\d{2}")
_GROUP = re.compile(r"^\d{1,3}$")
_LAST_GROUP = re.compile(r"^\d{3}[.,]\d{2}$")


def _grouped(segment: Segment) -> list[tuple[int, int]]:
    """Numbers whose thousands stand apart ("1 785,61"), by a little more than a space."""
    found: list[tuple[int, int]] = []
    for at in range(1, len(segment.words)):
        left, right = segment.words[at - 1], segment.words[at]
        if not _LAST_GROUP.match(right.text) or not _GROUP.match(left.text):
            continue
        before = segment.words[at - 2].text if at > 1 else ""
        letter = right.box.width / len(right.text)
        if not any(ch.isdigit() for ch in before) and right.box.x0 - left.box.x1 < 1.7 * letter:
            found.append((segment.start + at - 1, segment.start + at + 1))
    return found


def _closed_up(words: Sequence[Word]) -> list[Word]:
    """The words moved together until they stand a letter apart."""
    moved: list[Word] = []
    for word in words:
        if moved:
            at = moved[-1].box.x1 + 0.4 * word.box.width / max(1, len(word.text))
            box = replace(word.box, x0=at, x1=at + word.box.width)
            moved.append(replace(word, box=box))
        else:
            moved.append(word)
    return moved


def _values(
    line: Line,
    index: int,
    segments: Sequence[Segment],
    labels: Sequence[Label],
    convention: Convention,
) -> list[Candidate]:
    found: list[Candidate] = []
    for spot in _spotted(line, segments, convention):
        start = spot.start
        # A lone colon before a value belongs to its label.
        while start < spot.end - 1 and line.words[start].text.strip(":：.=") == "":
            start += 1
        found.append(
            Candidate(
                spot.kind,
                " ".join(spot.raw.split()).lstrip(":：= "),
                spot.reading.value,
                spot.reading.certainty,
                spot.reading.ambiguous,
                spot.reading.currency,
                line.page,
                index,
                start,
                spot.end,
                union_of([w.box for w in line.words[start : spot.end]]),
            )
        )
    # A date in digits alone may as well be a number ("20210304"), and so may one right
    # behind the label of a number ("Faktura nr 16/07/2025").
    numbered = {lab.end for lab in labels if lab.role == "number" and lab.strength >= 0.9}
    taken = {
        at
        for c in found
        if c.kind in _OTHER
        and not c.raw.isdigit()
        and not _in_code(c, line)
        and not (c.start in numbered and _FIGURES.match(c.raw))
        for at in range(c.start, c.end)
    }
    return found + _identifiers(line, index, segments, taken)


def _in_code(candidate: Candidate, line: Line) -> bool:
    """Whether letters stand glued to a date in figures: the number "R/16/07/2025"."""
    printed = "".join(w.text for w in line.words[candidate.start : candidate.end])
    return (
        candidate.kind is Kind.DATE
        and not any(ch.isalpha() for ch in candidate.raw)
        and _CODE_OF_DATE.match(printed) is not None
    )


_FIGURES = re.compile(r"^[\d/]+$")
_CODE_OF_DATE = re.compile(r"^[A-Z]{1,5}[-/]\d")


def _identifiers(
    line: Line, index: int, segments: Sequence[Segment], taken: set[int]
) -> list[Candidate]:
    """Tokens with a digit, and runs of them ("INV 0815", "4711 / 08")."""
    found: list[Candidate] = []

    def add(start: int, end: int) -> None:
        words = line.words[start:end]
        raw = " ".join(w.text for w in words).strip("#()[].,;: ")
        found.append(
            Candidate(
                Kind.IDENTIFIER, raw, raw, 1.0, False, "", line.page, index, start, end,
                union_of([w.box for w in words]),
            )
        )  # fmt: skip

    for segment in segments:
        at = segment.start
        while at < segment.end:
            if at in taken or not _starts(line, at, segment.end, taken):
                at += 1
                continue
            end = at + 1
            while end < segment.end and end - at < 5 and _goes_on(line, end, segment.end, taken):
                end += 1
            if not any(ch.isdigit() for w in line.words[at:end] for ch in w.text):
                at += 1
                continue
            if end - at > 1:
                add(at, end)
                if any(ch.isdigit() for ch in line.words[at].text):
                    add(at, at + 1)
            else:
                add(at, end)
            at = end
    return found


# Words further apart than this many heights of the type are no one label.
_LABEL_GAP = 1.8
_FOREIGN = 0.55  # of the strength of a wording in a language that the document is not in


def _labels(
    line: Line, index: int, segments: Sequence[Segment], convention: Convention
) -> list[Label]:
    """The labels on a line, each meaning once, those in the document's languages strongest."""
    spoken = {language[:2] for language in convention.languages} | {"en", "co"}
    strongest: dict[tuple[str, int, int], tuple[float, str]] = {}
    for start, end in _label_runs(line, segments):
        texts = [word.text for word in line.words[start:end]]
        hits = find_labels(texts) or _either_or(texts)
        for hit in hits:
            if _is_chance(hit, texts):
                continue
            known = not convention.languages or hit.language[:2] in spoken
            strength = hit.strength * (1.0 if known else _FOREIGN)
            key = (hit.role, start + hit.start, start + hit.end)
            if strength > strongest.get(key, (0.0, ""))[0]:
                strongest[key] = (strength, hit.language)
    return [
        Label(
            role, language, strength, line.page, index, start, end,
            union_of([w.box for w in line.words[start:end]]),
            " ".join(w.text for w in line.words[start:end]),
        )
        for (role, start, end), (strength, language) in strongest.items()
    ]  # fmt: skip


def _label_runs(line: Line, segments: Sequence[Segment]) -> list[tuple[int, int]]:
    """Stretches of a line in which a label may stand: segments, near ones together."""
    height = sorted(w.box.height for w in line.words)[len(line.words) // 2]
    runs: list[tuple[int, int]] = []
    for segment in segments:
        if runs:
            start, end = runs[-1]
            gap = segment.box.x0 - line.words[end - 1].box.x1
            width = line.words[end - 1].box.width / max(1, len(line.words[end - 1].text))
            if gap < _LABEL_GAP * max(1.8 * width, 0.3 * height) and gap < 0.03:
                runs[-1] = (start, segment.end)
                continue
        runs.append((segment.start, segment.end))
    return runs


def _either_or(texts: Sequence[str]) -> list[LabelHit]:
    """The labels of "Buyer/Recipient", which is not listed as a whole, over all of it."""
    if len(texts) > 4 or not any("/" in text for text in texts):
        return []
    found: list[LabelHit] = []
    for part in " ".join(texts).split("/"):
        words = part.split()
        found += [
            replace(hit, start=0, end=len(texts))
            for hit in find_labels(words)
            if hit.start == 0 and hit.end == len(words)
        ]
    return found


def _is_chance(hit: LabelHit, texts: Sequence[str]) -> bool:
    """Whether the hit is no label at all: a letter, a preposition, or part of a firm's name."""
    printed = "".join(texts[hit.start : hit.end])
    letters = sum(ch.isalpha() for ch in printed)
    if hit.role in {"seller", "buyer"}:
        following = texts[hit.end : hit.end + 1]
        if following and is_only_legal_form(following[0]):
            return True  # "Supplier Ltd"
        return not hit.colon and (letters < 4 or any(ch.isdigit() for ch in printed))
    return letters < 2 and not hit.colon and "#" not in printed and "%" not in printed


def _names(
    line: Line, index: int, segments: Sequence[Segment], labels: Sequence[Label]
) -> list[Candidate]:
    """Stretches of print that could be a name: whole segments, and what follows a label."""
    spans: list[tuple[int, int]] = []
    sure = {at for lab in labels if lab.strength >= 0.9 for at in range(lab.start, lab.end)}
    for segment in segments:
        spans.append((segment.start, segment.end))
        # "Bill to: Firm Ltd", "Name: Firm Ltd": what stands behind the leading labels.
        start = segment.start
        while behind := [lab.end for lab in labels if lab.start == start and lab.end > start]:
            start = max(behind)
        for at in range(segment.start, min(segment.start + 3, segment.end)):
            if line.words[at].text.endswith((":", "：")):
                start = max(start, at + 1)
        if segment.start < start < segment.end:
            spans.append((start, segment.end))
        # "Bank … – Account holder: Firm Ltd"
        spans += [
            (lab.end, segment.end)
            for lab in labels
            if lab.role in {"account_holder", "seller", "buyer"}
            and lab.strength > 0.7
            and segment.start < lab.start
            and lab.end < segment.end
        ]
        parts = parts_of(segment.words)
        if len(parts) > 1:
            first, last = parts[0]
            spans.append((segment.start + first, segment.start + last))
    if len(segments) in (2, 3) and not labels and _is_spread(segments):
        spans.append((0, len(line.words)))
    found: list[Candidate] = []
    for start, end in dict.fromkeys((a, end_of_name(line.words, a, b)) for a, b in spans):
        words = line.words[start:end]
        raw = " ".join(w.text for w in words).strip(" ,;:|-–•·*=~_")
        if looks_like_name(raw) and not sure.issuperset(range(start, end)):
            found.append(
                Candidate(
                    Kind.NAME, raw, raw, 1.0, False, "", line.page, index, start, end,
                    union_of([w.box for w in words]),
                )
            )  # fmt: skip
    return found


def _is_spread(segments: Sequence[Segment]) -> bool:
    """Whether the gaps between segments may be those of spaced type, not of columns."""
    return all(right.box.x0 - left.box.x1 < 0.06 for left, right in pairwise(segments))


def _has_digit(text: str) -> bool:
    return any(ch.isdigit() for ch in text)


def _is_token(text: str) -> bool:
    return (
        _has_digit(text)
        and len(text) <= 40
        and _TOKEN.match(text) is not None
        and _TIME.match(text) is None
    )


def _starts(line: Line, at: int, end: int, taken: set[int]) -> bool:
    text = line.words[at].text
    if _is_token(text):
        return True
    return (
        _PREFIX.match(text) is not None
        and at + 1 < end
        and at + 1 not in taken
        and _is_token(line.words[at + 1].text)
    )


def _goes_on(line: Line, at: int, end: int, taken: set[int]) -> bool:
    if at in taken:
        return False
    text, before = line.words[at].text, line.words[at - 1].text
    if before.endswith((",", ";", ":", ")")):
        return False
    if _is_token(text):
        return True
    return (
        _JOINER.match(text) is not None
        and at + 1 < end
        and at + 1 not in taken
        and _is_token(line.words[at + 1].text)
    )
