"""The scorer counts exactly what is right, wrong and left out."""

from __future__ import annotations

import json

import pytest

from app.document import Field, Record, Row, Status
from tests.eval.scoring import Paper, Scores, Tally, matched, same, truth_of

TRUTH = {
    "invoice_number": "RE-00417",
    "issue_date": "2026-11-03",
    "due_date": None,
    "seller": "Müller & Söhne GmbH",
    "total_gross": ["119.00", "119.50"],
    "currency": "€",
    "vat_id": "DE123456789",
    "line_items": [
        {"description": "Desk, oak", "amount": "100.00", "quantity": "1"},
        {"description": "Delivery", "amount": "19.00", "unit_price": "19"},
    ],
}


def paper(truth: object = TRUTH, **more: object) -> Paper:
    line = json.dumps({"id": "a", "file": "a.pdf", "kind": "invoice", "truth": truth, **more})
    (found,) = truth_of([line, "", json.dumps({"id": "b", "file": "b", "kind": "robustness"})])
    return found


def field(key: str, value: str | None, status: Status = Status.FOUND) -> Field:
    return Field(key, value, status if value else Status.MISSING)


def row(**cells: str) -> Row:
    return tuple(field(key, value) for key, value in cells.items())


def record(*fields: Field, lines: tuple[Row, ...] = ()) -> Record:
    return Record("invoice", fields, lines)


RIGHT = record(
    field("invoice_number", "RE-00417"),
    field("issue_date", "2026-11-03"),
    field("due_date", None),
    field("seller_name", "MÜLLER & SÖHNE"),
    field("total_gross", "119.5"),
    field("currency", "EUR"),
    field("seller_vat_id", "123456789"),
    field("iban", "DE89370400440532013000"),
    lines=(
        row(description="Delivery", amount="19.00", unit_price="19.00"),
        row(description="Desk oak 120 cm", amount="100.00", quantity="2"),
    ),
)


def tallies(read: Record | None, truth: Paper | None = None) -> dict[str, tuple[int, int, int]]:
    scores = Scores()
    scores.add(truth or paper(match={"seller": "contains"}), read)
    return {name: (t.right, t.wrong, t.missed) for name, t in scores.fields.items()}


def test_what_is_right_is_right_however_it_is_spelt_and_ordered() -> None:
    assert tallies(RIGHT) == {
        "invoice_number": (1, 0, 0),
        "issue_date": (1, 0, 0),
        "due_date": (0, 0, 0),
        "seller": (1, 0, 0),
        "total_gross": (1, 0, 0),
        "currency": (1, 0, 0),
        "vat_id": (1, 0, 0),
        "line_items": (2, 0, 0),
        "  quantity": (0, 1, 1),
        "  unit_price": (1, 0, 0),
    }


def test_what_was_not_read_is_left_out_and_nothing_is_wrong() -> None:
    found = tallies(None)
    assert found["invoice_number"] == (0, 0, 1)
    assert found["due_date"] == (0, 0, 0)
    assert found["line_items"] == (0, 0, 2)


def test_what_is_wrong_or_made_up_is_counted() -> None:
    read = record(
        field("invoice_number", "RE-0417"),
        field("due_date", "2026-12-03"),
        field("total_gross", "119.06", Status.VERIFIED),
        lines=(row(description="Delivery", amount="9.00"),),
    )
    found = tallies(read)
    assert found["invoice_number"] == (0, 1, 1)
    assert found["due_date"] == (0, 1, 0)
    assert found["total_gross"] == (0, 1, 1)
    assert found["line_items"] == (0, 1, 2)
    scores = Scores()
    scores.add(paper(), read)
    assert (scores.sure, scores.silent) == (1, [("a", "total_gross", "119.06")])


@pytest.mark.parametrize(
    ("name", "wanted", "value", "right"),
    [
        ("issue_date", "2026-11-03T10:00", "2026-11-03", True),
        ("issue_date", "2026-11-03", "2026-03-11", False),
        ("total_net", "10.004", "10", True),
        ("total_net", "10.00", "10.01", False),
        ("total_net", "10.00", "-10.00", False),
        ("seller", "Lidl", "LIDL Vertriebs-GmbH", False),
        ("buyer", "Müller & Söhne GmbH", "MULLER&SOHNE GMBH", False),
        ("buyer", "Müller & Söhne GmbH", "MÜLLER&SÖHNE GMBH", True),
        ("iban", "DE89 3704", "de893704", True),
        ("currency", "USD", "$", True),
        ("vat_id", "DE123456789", "DE123456780", False),
    ],
)
def test_values_are_compared_by_what_they_mean(
    name: str, wanted: str, value: str, right: bool
) -> None:
    assert same(name, wanted, value, paper()) is right


def test_signs_count_unless_the_truth_says_otherwise() -> None:
    assert same("total_net", "10.00", "-10.00", paper(sign_free=True))


def test_rows_of_the_same_text_are_told_apart_by_their_amounts() -> None:
    items = [{"description": "Bread", "amount": str(n)} for n in (1, 2, 3)]
    wanted = paper({"line_items": items}).items
    assert wanted is not None
    pairs = matched(wanted, tuple(reversed(wanted)), paper())
    assert sorted((a.amount, b.amount) for a, b in pairs) == [("1", "1"), ("2", "2"), ("3", "3")]


def test_the_shares_are_those_of_the_field() -> None:
    tally = Tally(3, 1, 2)
    assert (tally.precision, tally.recall) == (0.75, 0.6)
    assert tally.f1 == pytest.approx(2 / 3)
    assert Tally().f1 is None
