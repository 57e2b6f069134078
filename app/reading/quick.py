"""The quick reader: the fields of a document's head from its words, without a model.

Candidates, scores, choice: see the modules of these names.  What a definition's field
means is its role; a field without a role is read by its label alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.document import Box, Claim, Page, Reader
from app.document_types import DocumentType, FieldType, Kind
from app.reading.candidates import Candidate, Scene, scene_of
from app.reading.choice import Totals, choose_totals
from app.reading.currencies import currency_of
from app.reading.labels import key_of
from app.reading.parties import Parties, settle
from app.reading.rates import parts_of_rates
from app.reading.readings import Convention
from app.reading.scores import AMOUNTS, DATES, Judge, Ranked, log_odds, ranked
from app.reading.values import read

ALTERNATIVES = 3
"""How many claims a field may have."""

_NAMES = 40  # names that take part in settling who is who
_WORTH_SHOWING = 0.02  # an alternative that is less likely only distracts

# Below these probabilities nothing is claimed: a wrong value is worse than a missing one.
_FLOOR = 0.3
_FLOORS = {"seller": 0.25, "buyer": 0.4, "due": 0.5, "allowances": 0.6, "charges": 0.6,
           "rounding": 0.6, "prepaid": 0.5}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Support:
    """A second, independent fact that the chosen values of ``keys`` rest on."""

    keys: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class QuickReading:
    """Claims, best first for each key, and what supports the first ones."""

    claims: tuple[Claim, ...]
    supports: tuple[Support, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """A candidate with the probability that it is the field's value."""

    raw: str
    value: str
    page: int | None
    box: Box | None
    confidence: float


def read_quick(
    pages: Sequence[Page], definition: DocumentType, convention: Convention
) -> QuickReading:
    """The fields of one record that ``pages`` hold; missing ones have no claim."""
    if not pages:
        return QuickReading(())
    scene = scene_of(pages, convention)
    narrow = definition.key_of("seller_address") is not None and is_narrow(scene)
    judge = Judge(scene, narrow, definition.name == "credit_note")
    parties = Parties(scene, judge)
    totals = _totals(scene, judge)
    found: dict[str, list[_Found]] = {}
    named = _parties(parties, definition)
    for field in definition.fields:
        role = field.role
        if role in totals.chosen:
            found[field.key] = _amounts(role, totals)
        elif role in AMOUNTS:
            found[field.key] = (
                [] if role not in {"opening", "closing"} else _best(judge, role, Kind.AMOUNT)
            )
    for field in definition.fields:
        role = field.role
        if role in DATES:
            found[field.key] = _best(judge, role, Kind.DATE)
        elif role == "number":
            found[field.key] = _best(judge, role, Kind.IDENTIFIER)
        elif role in {"seller", "buyer", "account_holder"}:
            found[field.key] = named[role]
        elif role == "seller_address":
            found[field.key] = _address(parties, named.get("seller", ()))
        elif role == "seller_vat_id":
            found[field.key] = _vat_ids(scene, judge)
        elif role == "iban":
            found[field.key] = _ibans(scene)
        elif role == "currency":
            found[field.key] = _currency(scene, convention, totals)
        elif field.key not in found:
            found[field.key] = _by_label(scene, field, convention)
    claims = [
        Claim(key, f.raw, f.value, f.page, f.box, Reader.QUICK, round(f.confidence, 4))
        for key, several in found.items()
        for place, f in enumerate(several[:ALTERNATIVES])
        if place == 0 or f.confidence >= _WORTH_SHOWING
    ]
    return QuickReading(tuple(claims), _supports(definition, totals, found))


def is_narrow(scene: Scene) -> bool:
    """Whether the print is a till receipt's: short lines in a single column."""
    if not scene.lines:
        return False
    lengths = sorted(sum(len(w.text) + 1 for w in line.words) for line in scene.lines)
    return lengths[int(len(lengths) * 0.9)] < 56


def _totals(scene: Scene, judge: Judge) -> Totals:
    amounts = [c for c in scene.of_kind(Kind.AMOUNT, Kind.NUMBER) if not c.raw.endswith("%")]
    # Total + change = cash given has the form of net + tax = gross, and is none.
    bought = [
        c
        for c in amounts
        if (given := judge.pull(c, {"cash_given", "change"})) < 0.45
        # "Amount paid" is cash on a receipt, and what was paid before on an invoice.
        or (not judge.narrow and judge.pull(c, {"prepaid"}) >= given)
    ]
    return choose_totals(
        {
            role: ranked(
                [
                    (log_odds(role, judge.features(role, c)), c)
                    for c in (amounts if role == "gross" else bought)
                ],
                8,
            )
            for role in AMOUNTS - {"opening", "closing"}
        },
        parts_of_rates(judge),
    )


def _amounts(role: str, totals: Totals) -> list[_Found]:
    """The chosen total first, then what else it could be."""
    chosen = totals.chosen[role]
    first = _found(chosen)
    if first.confidence < _FLOORS.get(role, _FLOOR):
        return []
    rest = [
        replace(found, confidence=min(found.confidence, 1 - first.confidence))
        for other in totals.pools.get(role, ())
        if (found := _found(other)).value != first.value
    ]
    return [first, *rest]


def _found(ranked: Ranked) -> _Found:
    candidate = ranked.candidate
    return _Found(
        candidate.raw,
        candidate.value,
        candidate.page,
        candidate.box,
        ranked.share * (0.6 if candidate.ambiguous else 1.0),
    )


def _best(judge: Judge, role: str, *kinds: Kind) -> list[_Found]:
    scored = [(log_odds(role, judge.features(role, c)), c) for c in judge.scene.of_kind(*kinds)]
    found = [_found(each) for each in ranked(scored, ALTERNATIVES)]
    if not found or found[0].confidence < _FLOORS.get(role, _FLOOR):
        return []
    return found


def _parties(parties: Parties, definition: DocumentType) -> dict[str, list[_Found]]:
    """The names of the parties by role; seller and buyer are settled together."""
    likely = {
        role: parties.ranked(role, _NAMES)
        for role in ("seller", "buyer", "account_holder")
        if definition.key_of(role) is not None
    }
    if "seller" in likely and "buyer" in likely:
        likely["seller"], likely["buyer"] = settle(likely["seller"], likely["buyer"])
    found: dict[str, list[_Found]] = {}
    for role, names in likely.items():
        found[role] = [
            _found(replace(each, candidate=parties.whole(each.candidate)))
            for each in names[:ALTERNATIVES]
        ]
        if not found[role] or found[role][0].confidence < _FLOORS.get(role, _FLOOR):
            found[role] = _by_domain(parties) if role == "seller" else []
    return found


def _by_domain(parties: Parties) -> list[_Found]:
    """A shop whose logo could not be read, by the one web address on its receipt."""
    if not parties.judge.narrow or len(parties.domains) != 1:
        return []
    (domain,) = parties.domains.values()
    return [_Found(domain.printed, domain.printed, domain.page, domain.box, 0.4)]


def _address(parties: Parties, seller: Sequence[_Found]) -> list[_Found]:
    if not seller:
        return []
    for name in parties.names:
        if name.page == seller[0].page and seller[0].raw.startswith(name.raw):
            address = parties.address(name)
            if address is not None:
                text, box = address
                return [_Found(text, text, name.page, box, 0.6 * seller[0].confidence)]
    return []


def _vat_ids(scene: Scene, judge: Judge) -> list[_Found]:
    scored: list[tuple[float, Candidate]] = []
    for candidate in scene.of_kind(Kind.VAT_ID):
        own = judge.pull(candidate, {"seller_vat_id"})
        other = judge.pull(candidate, {"buyer_vat_id"})
        odds = 1.0 + 2.5 * own - 4 * other + (candidate.certainty - 0.5)
        odds -= 3 if candidate.line in judge.items else 0
        scored.append((odds, candidate))
    for candidate in scene.of_kind(Kind.IDENTIFIER):
        own = judge.pull(candidate, {"seller_vat_id"})
        digits = sum(ch.isdigit() for ch in candidate.raw)
        if own > 0.6 and 7 <= digits <= 15:
            scored.append((-2.0 + 3.0 * own, candidate))
    found = [_found(each) for each in ranked(scored, ALTERNATIVES)]
    return found if found and found[0].confidence >= _FLOOR else []


def _ibans(scene: Scene) -> list[_Found]:
    scored = [
        (1.0 + 2 * candidate.certainty - 0.1 * rank, candidate)
        for rank, candidate in enumerate(scene.of_kind(Kind.IBAN))
    ]
    return [_found(each) for each in ranked(scored, ALTERNATIVES)]


def _currency(scene: Scene, convention: Convention, totals: Totals) -> list[_Found]:
    """The currency printed with the totals, else with most amounts, else by its code alone."""
    votes: Counter[str] = Counter()
    places: dict[str, Candidate] = {}
    chosen = {id(r.candidate) for r in totals.chosen.values()}
    for candidate in scene.of_kind(Kind.AMOUNT):
        if candidate.currency:
            votes[candidate.currency] += 6 if id(candidate) in chosen else 1
            places.setdefault(candidate.currency, candidate)
    named: dict[str, tuple[str, int, Box]] = {}
    for line in scene.lines:
        for at, word in enumerate(line.words):
            code, certainty = currency_of(word.text, convention)
            if not code or certainty < 0.9:
                continue
            said = any(
                lab.role == "currency" and lab.end <= at <= lab.end + 2 for lab in line.labels
            )
            votes[code] += 12 if said else 1
            named.setdefault(code, (word.text, line.page, word.box))
    if convention.currency and convention.currency_certainty:
        votes[convention.currency] += 3
    if not votes:
        return []
    code, count = votes.most_common(1)[0]
    share = count / sum(votes.values())
    if code in named:
        raw, page, box = named[code]
        return [_Found(raw, code, page, box, min(0.98, 0.6 + 0.38 * share))]
    if code in places:
        place = places[code]
        certainty = convention.currency_certainty if code == convention.currency else 0.6
        return [
            _Found(
                place.raw,
                code,
                place.page,
                place.box,
                min(0.97, max(0.5, certainty) * (0.7 + 0.3 * share)),
            )
        ]
    return [_Found("", code, None, None, 0.9 * convention.currency_certainty)]


def _by_label(scene: Scene, field: FieldType, convention: Convention) -> list[_Found]:
    """A field that the user made: what stands beside or below one of its labels."""
    wanted = {key_of(text) for text in (field.label, *field.labels) if key_of(text)}
    for line in scene.lines:
        for start in range(len(line.words)):
            for end in range(min(len(line.words), start + 6), start, -1):
                if key_of("".join(w.text for w in line.words[start:end])) in wanted:
                    found = _value_at(scene, line.index, start, end, field, convention)
                    if found is not None:
                        return [found]
    return []


def _value_at(
    scene: Scene, index: int, start: int, end: int, field: FieldType, convention: Convention
) -> _Found | None:
    line = scene.lines[index]
    label = line.words[start].box.union(line.words[end - 1].box)
    tries: list[tuple[Box, str, float]] = []
    behind = [s for s in line.segments if s.end > end]
    if behind:
        words = line.words[max(end, behind[0].start) : behind[0].end]
        if words:
            box = words[0].box.union(words[-1].box)
            tries.append((box, " ".join(w.text for w in words).strip(" :"), 0.75))
    for other in scene.lines[index + 1 : index + 4]:
        if other.page != line.page or other.box.y0 - label.y1 > 3 * label.height:
            break
        for segment in other.segments:
            if abs(segment.box.x0 - label.x0) < 1.5 * line.em:
                tries.append((segment.box, segment.text, 0.55))
    for box, text, confidence in tries:
        reading = read(field.kind, text, convention) if text else None
        if reading is not None:
            return _Found(text, reading.value, line.page, box, confidence * reading.certainty)
    return None


def _supports(
    definition: DocumentType, totals: Totals, found: dict[str, list[_Found]]
) -> tuple[Support, ...]:
    supports: list[Support] = []
    for total in totals.sums:
        keys: list[str] = []
        for role in total.roles:
            key = definition.key_of(role)
            if key is None:
                continue
            claims = found.get(key)
            if not claims or claims[0].value != totals.chosen[role].candidate.value:
                break
            keys.append(key)
        if len(keys) > 1 and len(keys) == sum(map(bool, map(definition.key_of, total.roles))):
            supports.append(Support(tuple(keys), total.reason))
    return tuple(supports)
