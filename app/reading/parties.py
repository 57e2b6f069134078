"""Who sends the document and who receives it: names among the lines of print.

A clerk finds the seller by its letterhead, by the return line above the address window,
by the small print at the foot (bank, VAT id, legal form), and by the domain of its mail
and web addresses; and the buyer in the address window or under "Bill to".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.document import Box
from app.document_types import Kind
from app.reading.candidates import Candidate, Printed, Scene
from app.reading.layout import Segment
from app.reading.names import (
    address_likeness,
    compact,
    end_of_name,
    ends_in_legal_form,
    has_legal_form,
    has_name_word,
    is_contact,
    is_name_label,
    is_only_legal_form,
    is_only_trade,
    looks_like_name,
    parts_of,
)
from app.reading.scores import Judge, Ranked, log_odds, ranked

_ADDRESS = 0.59  # what looks more like an address than this is never shown as a name
_PARTY = {"seller", "buyer", "account_holder", "ship_to"}
_DOMAIN = re.compile(
    r"(?:@|www\.|https?://(?:www\.)?)([\w-]+(?:\.[\w-]+)*)\.[a-z]{2,}", re.IGNORECASE
)
_BARE_DOMAIN = re.compile(
    r"^([\w-]{3,})\.(?:com|de|fr|nl|it|es|pl|pt|at|ch|be|eu|net|org|co\.uk|com\.my|io)$", re.I
)
_BANK = re.compile(
    r"\b(?:bank|banque|banco|banca|sparkasse|volksbank|commerzbank|raiffeisen\w*|b[ck]p)\b|bank$",
    re.IGNORECASE,
)
_FREE_MAIL = frozenset(
    {"gmail", "hotmail", "yahoo", "outlook", "gmx", "web", "t-online", "icloud", "live", "orange",
     "wanadoo", "free", "localhost", "example"}
)  # fmt: skip


class Parties:
    """Scores the names of one scene as seller, buyer and account holder."""

    def __init__(self, scene: Scene, judge: Judge) -> None:
        self.scene = scene
        self.judge = judge
        self.names = [
            name
            for name in scene.of_kind(Kind.NAME)
            if address_likeness(name.raw) < _ADDRESS or has_legal_form(name.raw)
        ]
        self.texts = {compact(n.raw): (n.line, n.start) for n in reversed(self.names)}
        self.domains = _domains(scene)
        self.first_text = next((line.index for line in scene.lines if _has_word(line)), 0)
        self.holders = [
            label for line in scene.lines for label in line.labels if label.role in _PARTY
        ]
        self.printed = "".join(compact(line.line.text) for line in scene.lines)

    def ranked(self, role: str, count: int) -> list[Ranked]:
        """The names by how likely they play ``role``, several printings of one together."""
        name = f"{role}_narrow" if self.judge.narrow and role == "seller" else role
        scored: dict[str, list[tuple[float, Candidate]]] = defaultdict(list)
        for candidate in self.names:
            odds = log_odds(name, self.features(role, candidate))
            scored[compact(candidate.raw)].append((odds, candidate))
        one = [
            (odds, replace(candidate, value=best.raw))
            for same in scored.values()
            for best in [max(same, key=lambda s: s[0])[1]]
            for odds, candidate in same
        ]
        return _fullest(ranked(one, count))

    def features(self, role: str, candidate: Candidate) -> dict[str, float]:
        """The features of a name for ``role``; absent ones are 0."""
        line = self.scene.lines[candidate.line]
        raw = candidate.raw
        address = address_likeness(raw) * (0.3 if has_legal_form(raw) else 1.0)
        own = self.judge.pull(candidate, {role})
        other = {"seller": "buyer", "buyer": "seller"}.get(role, "")
        others = {other, "ship_to", "contact", "bank", "cashier"} - {""}
        top = candidate.page == self.judge.first_page
        y = candidate.box.middle[1]
        size = candidate.box.height / (self.scene.type_size or candidate.box.height or 1.0)
        following = self._following(candidate)
        rank = candidate.line - self.first_text if top else 99
        spelled = compact(raw)
        domain = max((_resembles(spelled, d) for d in self.domains), default=0.0)
        inside = sum(
            label.end - label.start
            for label in {(lab.start, lab.end): lab for lab in line.labels}.values()
            if candidate.start <= label.start and label.end <= candidate.end
        )
        values = sum(
            1
            for v in line.values
            if v.kind in {Kind.DATE, Kind.AMOUNT, Kind.IBAN, Kind.VAT_ID}
            and candidate.start <= v.start < candidate.end
        )
        words = raw.split()
        letters = [ch for ch in raw if ch.isalpha()]
        section = self._section(candidate)
        return {
            "bias": 1.0,
            "own": own,
            "other": max(self.judge.pull(candidate, others), 0.0),
            "named": float(self._is_named(candidate)),
            "section_own": float(section == role),
            "section_other": float(section in others),
            "holder": self.judge.pull(candidate, {"account_holder"}),
            "rival": self.judge.rival(candidate, _PARTY | COLUMN_HEADS),
            "legal_form": float(has_legal_form(raw)),
            "name_word": float(has_name_word(raw)),
            "address": address,
            "digits": sum(ch.isdigit() for ch in raw) / max(len(raw), 1),
            "labels_inside": min(1.0, inside / max(1, candidate.end - candidate.start)),
            "all_label": float(inside >= candidate.end - candidate.start),
            "title": float(any(lab.role.startswith("title_") for lab in line.labels)
                           and inside > 0),
            "values_inside": float(values > 0),
            "sentence": float(raw.rstrip().endswith((".", "!", "?")) and not has_legal_form(raw)
                              and len(words) > 3),
            "long": float(len(words) > 6),
            "short": float(len(letters) < 4),
            "capitals": float(raw.isupper() and len(letters) > 2),
            "lower": float(words[0][:1].islower()),
            "first": float(rank == 0),
            "rank": min(rank, 12) / 12,
            "top": float(top and y < 0.12),
            "upper": float(top and y < 0.4),
            "left": float(candidate.box.x0 < 0.5),
            "window": float(top and 0.1 < y < 0.38 and candidate.box.x0 < 0.35),
            "foot": float(y > 0.87 and not self.judge.narrow),
            "large": max(0.0, min(2.0, size - 1.15)),
            "bold": float(line.words[candidate.start].bold),
            "heads_block": float(self._heads_block(candidate)),
            "under_name": float(not has_legal_form(raw) and self._under_name(candidate)),
            "over_legal": float(not has_legal_form(raw) and self._over_legal(candidate)),
            "address_follows": following,
            "contact_follows": float(self._contact_near(candidate)),
            "return_line": float(self._is_return_line(candidate, line)),
            "recurs": min(3.0, self.printed.count(spelled) - 1.0) if len(spelled) > 4 else 0.0,
            "domain": domain,
            "in_items": float(candidate.line in self.judge.items),
            "whole_line": float(candidate.start == 0 and candidate.end == len(line.words)),
            "partial": float(self._is_inner(candidate, line)),
            "page_one": float(top),
            "begins_another": float(self._begins_another(candidate, spelled)),
            "spaced": float(len(words) > 3 and len(raw) < 3.2 * len(words)),
            "all_lower": float(raw.islower()),
            "late_legal": float(has_legal_form(raw) and rank > 10),
            "thanks": float("!" in raw),
            "bank": float(bool(_BANK.search(raw))),
        }  # fmt: skip

    def _begins_another(self, candidate: Candidate, spelled: str) -> bool:
        """Whether a fuller printing of the name stands elsewhere ("Saturn", "Saturn GmbH")."""
        return any(
            len(spelled) + 1 < len(other) < 60
            and other.startswith(spelled)
            and place != (candidate.line, candidate.start)
            for other, place in self.texts.items()
        )

    def whole(self, candidate: Candidate) -> Candidate:
        """The name with its rest, where that stands on the line below.

        The rest is a legal form alone, or the second line of a name in large type.
        """
        candidate = self._with_beginning(candidate)
        line = self.scene.lines[candidate.line]
        for other in self.scene.lines[line.index + 1 : line.index + 3]:
            if other.page != line.page or other.box.y0 - line.box.y1 > 1.2 * line.box.height:
                break
            for segment in other.segments:
                if not _stacked(candidate.box, segment.box, line):
                    continue
                ending = is_only_legal_form(segment.text) or (
                    is_only_trade(segment.text) and not ends_in_legal_form(candidate.raw)
                )
                if ending or self._continues(candidate, segment):
                    raw = f"{candidate.raw} {segment.text}".rstrip(" ,;")
                    return replace(
                        candidate, raw=raw, value=raw, box=candidate.box.union(segment.box)
                    )
        return candidate

    def _with_beginning(self, candidate: Candidate) -> Candidate:
        """The name with the line above, where it is but a trade and a legal form of its own.

        "HARDWARE SDN. BHD." below "KOTA SEMERAH" is the end of a name that takes two lines.
        """
        line = self.scene.lines[candidate.line]
        if line.index == 0 or not has_legal_form(candidate.raw):
            return candidate
        if not is_only_trade(candidate.raw):
            return candidate
        above = self.scene.lines[line.index - 1]
        if above.page != line.page or line.box.y0 - above.box.y1 > 0.9 * line.box.height:
            return candidate
        for segment in above.segments:
            if (
                _stacked(candidate.box, segment.box, line)
                and 0.8 < segment.box.height / candidate.box.height < 1.25
                and looks_like_name(segment.text)
                and not ends_in_legal_form(segment.text)
                and address_likeness(segment.text) < 0.3
                and not any(
                    label.role.startswith("title_") or label.strength > 0.9
                    for label in above.labels
                )
            ):
                raw = f"{segment.text} {candidate.raw}"
                return replace(candidate, raw=raw, value=raw, box=candidate.box.union(segment.box))
        return candidate

    def _continues(self, candidate: Candidate, segment: Segment) -> bool:
        """Whether a segment is the second line of a large, short name above it."""
        usual = self.scene.type_size or candidate.box.height
        return (
            candidate.box.height > 1.35 * usual
            and 0.85 < segment.box.height / candidate.box.height < 1.18
            and len(candidate.raw.split()) <= 3
            and not has_legal_form(candidate.raw)
            and looks_like_name(segment.text)
            and address_likeness(segment.text) < 0.3
            and not any(
                label.role.startswith("title_") or label.strength > 0.9
                for label in self.scene.lines[candidate.line + 1].labels
            )
        )

    def address(self, name: Candidate) -> tuple[str, Box] | None:
        """The lines of the address below a name, joined, with their box."""
        line = self.scene.lines[name.line]
        parts: list[str] = []
        box: Box | None = None
        last = name.box
        for other in self.scene.lines[line.index + 1 : line.index + 9]:
            if other.page != line.page or other.box.y0 - last.y1 > 2.5 * other.box.height:
                break
            text = other.line.text
            score = address_likeness(text)
            if is_contact(text) or any(v.kind in {Kind.DATE, Kind.VAT_ID} for v in other.values):
                break
            labelled = any(
                lab.strength > 0.7
                and (
                    lab.role in {"issue_date", "gross", "seller_vat_id", "phone"}
                    or lab.role.startswith("title_")
                    or (lab.role == "number" and score < 0.4)
                )
                for lab in other.labels
            )
            if labelled:
                break
            if not parts and score < 0.3:
                # The rest of the name, its registration number or a slogan may come between.
                if other.index - line.index > 3:
                    return None
                last = other.box
                continue
            if parts and score < 0.2 and not text.rstrip().endswith((",", ".")) and len(parts) >= 3:
                break
            parts.append(text.strip(" ,;"))
            box = other.box if box is None else box.union(other.box)
            last = other.box
        return (", ".join(parts), box) if box is not None and parts else None

    def _following(self, candidate: Candidate) -> float:
        """How much the next lines below in the same column look like an address."""
        best = 0.0
        line = self.scene.lines[candidate.line]
        seen = 0
        for other in self.scene.lines[line.index + 1 : line.index + 12]:
            if other.page != line.page or other.box.y0 - candidate.box.y1 > 5 * line.box.height:
                break
            for segment in other.segments:
                if _stacked(candidate.box, segment.box, line):
                    seen += 1
                    if seen <= 3:
                        best = max(
                            best, address_likeness(segment.text) * (1.0 if seen < 3 else 0.8)
                        )
        return best

    def _contact_near(self, candidate: Candidate) -> bool:
        line = self.scene.lines[candidate.line]
        for other in self.scene.lines[line.index : line.index + 8]:
            if other.page != line.page or other.box.y0 - candidate.box.y1 > 8 * line.box.height:
                break
            for segment in other.segments:
                if _stacked(candidate.box, segment.box, line) and is_contact(segment.text):
                    return True
        return False

    def _heads_block(self, candidate: Candidate) -> bool:
        line = self.scene.lines[candidate.line]
        for other in reversed(self.scene.lines[max(0, line.index - 4) : line.index]):
            if other.page != line.page:
                break
            gap = candidate.box.y0 - other.box.y1
            if gap > 0.9 * line.box.height:
                break
            for segment in other.segments:
                if _stacked(candidate.box, segment.box, line) and gap > -0.6 * line.box.height:
                    return any(
                        lab.role in _PARTY and segment.start <= lab.start < segment.end
                        for lab in other.labels
                    )
        return True

    def _under_name(self, candidate: Candidate) -> bool:
        """Whether another name stands right above: then this is a contact or a department."""
        line = self.scene.lines[candidate.line]
        for other in reversed(self.scene.lines[max(0, line.index - 4) : line.index]):
            if other.page != line.page:
                break
            gap = candidate.box.y0 - other.box.y1
            if gap > 0.9 * line.box.height or gap < -0.6 * line.box.height:
                continue
            for name in other.values:
                if (
                    name.kind is Kind.NAME
                    and _stacked(candidate.box, name.box, line)
                    and address_likeness(name.raw) < 0.3
                    and not any(
                        lab.start < name.end and name.start < lab.end and lab.strength > 0.7
                        for lab in other.labels
                    )
                ):
                    return True
        return False

    def _over_legal(self, candidate: Candidate) -> bool:
        """Whether a name with a legal form stands right below: then this is its heading."""
        line = self.scene.lines[candidate.line]
        for other in self.scene.lines[line.index + 1 : line.index + 4]:
            if other.page != line.page or other.box.y0 - candidate.box.y1 > 1.2 * line.box.height:
                break
            for segment in other.segments:
                if _stacked(candidate.box, segment.box, line):
                    return has_legal_form(segment.text) and not is_only_legal_form(segment.text)
        return False

    def _is_return_line(self, candidate: Candidate, line: Printed) -> bool:
        """Whether it begins a one-line address: "Firm · Street 1 · 12345 Town"."""
        for segment in line.segments:
            if segment.start == candidate.start and candidate.end < segment.end:
                parts = parts_of(segment.words)
                rest = [" ".join(w.text for w in segment.words[a:b]) for a, b in parts[1:]]
                return len(rest) >= 1 and max(address_likeness(text) for text in rest) >= 0.45
        return False

    def _is_inner(self, candidate: Candidate, line: Printed) -> bool:
        """Whether it is only a piece of its segment, not cut at a label or a return line."""
        for segment in line.segments:
            if segment.start <= candidate.start < segment.end:
                return (
                    candidate.end < end_of_name(line.words, candidate.start, segment.end)
                    and not self._is_return_line(candidate, line)
                    and not ends_in_legal_form(candidate.raw)
                )
        return False

    def _is_named(self, candidate: Candidate) -> bool:
        """Whether "Name:" or "Company:" stands before it."""
        line = self.scene.lines[candidate.line]
        for start in range(max(0, candidate.start - 2), candidate.start):
            text = " ".join(w.text for w in line.words[start : candidate.start])
            if is_name_label(text):
                return True
        return False

    def _section(self, candidate: Candidate) -> str:
        """The party whose heading stands nearest above, in the same column."""
        line = self.scene.lines[candidate.line]
        best, found = 12 * line.box.height, ""
        for label in self.holders:
            if label.page != candidate.page or label.line >= candidate.line:
                continue
            drop = candidate.box.y0 - label.box.y1
            side = candidate.box.x0 - label.box.x0
            if drop + 0.5 * line.box.height >= 0 and drop < best and -0.04 < side < 0.35:
                best, found = drop, label.role
        return found


COLUMN_HEADS = frozenset({"description", "date"})


def _fullest(order: list[Ranked]) -> list[Ranked]:
    """With the fuller of two printings of the likeliest name first ("azure", "Azure Interior")."""
    if len(order) < 2:
        return order
    first = order[0]
    begun = compact(first.candidate.raw)
    for at, other in enumerate(order[1:4], 1):
        longer = compact(other.candidate.raw)
        if longer != begun and longer.startswith(begun) and other.odds > first.odds - 2.5:
            both = replace(other, share=min(0.99, first.share + other.share))
            return [both, *order[:at], *order[at + 1 :]]
    return order


def _has_word(line: Printed) -> bool:
    return any(sum(ch.isalpha() for ch in w.text) > 1 for w in line.words)


def _stacked(upper: Box, lower: Box, line: Printed) -> bool:
    """Whether two boxes are in one column: aligned left, right or centred."""
    return (
        abs(upper.x0 - lower.x0) < 1.2 * line.em
        or abs(upper.middle[0] - lower.middle[0]) < 1.5 * line.em
        or abs(upper.x1 - lower.x1) < 0.8 * line.em
    )


@dataclass(frozen=True, slots=True)
class Domain:
    """A name in a mail or web address, as printed there, and the address's place."""

    printed: str
    page: int
    box: Box


def _domains(scene: Scene) -> dict[str, Domain]:
    """The names in mail and web addresses, without the providers that everyone uses."""
    found: dict[str, Domain] = {}
    for line in scene.lines:
        for word in line.words:
            if "." not in word.text:
                continue
            match = _DOMAIN.search(word.text) or _BARE_DOMAIN.match(word.text.strip("().,;"))
            if match:
                label = match[1].split(".")[-1]
                if label.casefold() not in _FREE_MAIL:
                    found.setdefault(compact(label), Domain(label, line.page, word.box))
    return found


def _resembles(name: str, domain: str) -> float:
    """How far a domain is made of a name: 1 when one contains the other."""
    if len(domain) < 4 or len(name) < 4:
        return 0.0
    if domain in name or name in domain:
        return 1.0
    shared = 0
    while shared < min(len(name), len(domain)) and name[shared] == domain[shared]:
        shared += 1
    return 0.7 if shared >= 5 else 0.0


def settle(
    sellers: Sequence[Ranked], buyers: Sequence[Ranked]
) -> tuple[list[Ranked], list[Ranked]]:
    """Seller and buyer chosen together: each share is over all pairs of two different parties.

    Either may be absent, with what probability the shares leave over.
    """
    absent = [max(1e-6, 1 - sum(r.share for r in some)) for some in (sellers, buyers)]
    sold = [0.0] * len(sellers)
    bought = [0.0] * len(buyers)
    whole = absent[0] * absent[1]
    for at, seller in enumerate(sellers):
        sold[at] += seller.share * absent[1]
    for at, buyer in enumerate(buyers):
        bought[at] += buyer.share * absent[0]
    whole += sum(sold) + sum(bought)
    for i, seller in enumerate(sellers):
        for j, buyer in enumerate(buyers):
            if not same_party(seller.candidate.raw, buyer.candidate.raw):
                both = seller.share * buyer.share
                sold[i] += both
                bought[j] += both
                whole += both

    def sorted_by(shares: list[float], some: Sequence[Ranked]) -> list[Ranked]:
        settled = [replace(r, share=share / whole) for r, share in zip(some, shares, strict=True)]
        return sorted(settled, key=lambda r: -r.share)

    return sorted_by(sold, sellers), sorted_by(bought, buyers)


def same_party(a: str, b: str) -> bool:
    """Whether two printed names are one party's: equal, or one the beginning of the other."""
    one, two = compact(a), compact(b)
    if not one or not two:
        return False
    if has_legal_form(a) and has_legal_form(b) and min(len(one), len(two)) > 4:
        return one == two
    return one.startswith(two) or two.startswith(one)
