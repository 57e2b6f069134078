"""Forms: what an answer consists of, and how it is taken apart again."""

from __future__ import annotations

import re

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.engine.forms import Fixed, Form, Rows, Slot

FORM = Form(
    (
        Fixed("a"),
        Slot("number", r"(?:-| [^\n]{1,20})"),
        Fixed("\nb"),
        Slot("total", r"(?:-| [0-9.,]{1,12})"),
        Fixed("\n"),
        Rows(
            "lines",
            (
                Slot("what", r"[^|\n]{1,20}"),
                Fixed("|"),
                Slot("amount", r"-|[0-9.,]{1,12}"),
                Fixed("\n"),
            ),
            3,
        ),
    )
)


def test_an_answer_is_taken_apart_with_the_places_of_its_values() -> None:
    answer = "a RE-17\nb 12,00\n+Bolt|-\n+Nut|3,00\n."
    assert re.fullmatch(FORM.pattern, answer)
    written = FORM.read(answer)
    assert [(w.key, w.rows, w.row, w.text) for w in written] == [
        ("number", "", 0, " RE-17"),
        ("total", "", 0, " 12,00"),
        ("what", "lines", 0, "Bolt"),
        ("amount", "lines", 0, "-"),
        ("what", "lines", 1, "Nut"),
        ("amount", "lines", 1, "3,00"),
    ]
    assert all(answer[w.start : w.end] == w.text for w in written)


def test_an_answer_that_was_cut_off_gives_what_is_complete() -> None:
    assert [w.text for w in FORM.read("a RE-17\nb 12,0")] == [" RE-17"]
    assert [w.text for w in FORM.read("a RE-17\nb 12,00\n+Bolt|3")] == [" RE-17", " 12,00", "Bolt"]
    assert FORM.read("") == ()
    assert FORM.read("nonsense") == ()


def test_rows_are_bounded() -> None:
    row = "+x|1\n"
    assert re.fullmatch(FORM.pattern, "a-\nb-\n" + 3 * row + ".")
    assert not re.fullmatch(FORM.pattern, "a-\nb-\n" + 4 * row + ".")


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="|\n"), min_size=1, max_size=20)
AMOUNT = st.from_regex(r"\A(?:-|[0-9.,]{1,12})\Z")


@given(st.lists(st.tuples(TEXT, AMOUNT), max_size=3))
def test_whatever_is_written_in_rows_is_read_back(rows: list[tuple[str, str]]) -> None:
    answer = "a-\nb-\n" + "".join(f"+{what}|{amount}\n" for what, amount in rows) + "."
    written = [w for w in FORM.read(answer) if w.rows]
    assert [(w.row, w.text) for w in written] == [
        (number, text) for number, row in enumerate(rows) for text in row
    ]


def test_a_form_crosses_to_a_child_and_back() -> None:
    assert msgspec.json.decode(msgspec.json.encode(FORM), type=Form) == FORM


def test_a_slot_is_all_that_stands_before_what_follows_it() -> None:
    line = Slot("line", "count|count of bills|sum(?: of bills)?")
    for end in (Fixed("\n"), Rows("lines", (Slot("cell", "[a-z]{1,3}"),), 2)):
        form = Form((line, end))
        last = "\n" if isinstance(end, Fixed) else "+ab."
        for text in ("count", "count of bills", "sum of bills"):
            assert form.read(text + last)[0].text == text
        assert form.read("count of bills") == ()
