"""An answer is held against the lines that it cites: what does not stand there is marked."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.asking.checking import Checked, checked
from app.asking.messages import Doubted
from app.asking.sheets import Paper
from tests.asking.shelf import INVOICE, LEASE, lettered, paper_of

NOT_THERE, NOT_CITED, NO_LINES = Doubted.NOT_THERE, Doubted.NOT_CITED, Doubted.NO_SUCH_LINES

LOCALES = ("en", "de", "fr", "es", "it", "de_CH", "nl", "pl", "sv", "en_IN")


def doubts(text: str, *papers: Paper, question: str = "?") -> list[tuple[str, Doubted]]:
    """What of an answer is marked, and why."""
    found = checked(text, question, papers or (paper_of(INVOICE),))
    return [(text[doubt.start : doubt.end], doubt.why) for doubt in found.doubts]


@pytest.mark.parametrize(
    "answer",
    [
        "The total is 1,190.00 EUR [1:5].",
        "Die Rechnung RE-2024-17 vom 3. November 2026 [1:1, 1:2] lautet über 1190 Euro [1:5].",
        "La facture du 3 novembre 2026 [1:2] s'élève à 1 190,00 € [1:5].",
        "El total es 1190 [1:5], de los cuales 190,00 son IVA del 19 % [1:4].",
        "According to [1:5] the total is 1,190.00.",
        "The total is 1,190.00 EUR. [1:5]",
        "- Net: 1,000.00 [1:3]\n- Gross: 1,190.00 [1:5]",
        "1. Net is 1,000.00 [1:3]\n2. Gross is 1,190.00 [1:5]\n3. Tax is 190.00 [1:4]",
        "1) The net is 1,000.00.\n[1:3]",
        "The seller is Made-up Tools GmbH [1:1]. Made-up Tools GmbH is owed 1,190.00 [1:5].",
        "The total is €1,190.00 or € 1,190.00 or 1190 Euro [1:5].",
        "There are two amounts: 1,000.00 [1:3] and 1,190.00 [1:5]. Thus 1,190.00 must be paid.",
        "On page 1, line 5, the total is 1,190.00 [1:5].",
        "Net and gross are 1,000.00 and 1,190.00 [1:3][1:5].",
        "It is not in these documents.",
        "Das steht nicht in diesen Dokumenten.",
        "",
    ],
)
def test_what_stands_in_its_cited_lines_is_not_marked(answer: str) -> None:
    assert doubts(answer) == []


@pytest.mark.parametrize(
    ("answer", "marked", "why"),
    [
        ("The total is 1,191.00 EUR [1:5].", "1,191.00", NOT_THERE),
        ("The total is 1,000.00 EUR [1:5].", "1,000.00", NOT_THERE),  # the net
        ("The total is 1.19 EUR [1:5].", "1.19", NOT_THERE),
        ("The total is 119,000 EUR [1:5].", "119,000", NOT_THERE),
        ("The total is 119000 [1:5].", "119000", NOT_THERE),
        ("The total is 1190-00 [1:5].", "1190-00", NOT_THERE),
        ("The total is 11,90.00 [1:5].", "11,90.00", NOT_THERE),
        ("Dated 3 December 2026 [1:2].", "3 December 2026", NOT_THERE),
        ("Dated 11.03.2026 [1:2].", "11.03.2026", NOT_THERE),
        ("Dated 3 December [1:2].", "3 December", NOT_THERE),
        ("Dated in November 2025 [1:2].", "November 2025", NOT_THERE),
        ("The invoice RE-2024-18 [1:1].", "RE-2024-18", NOT_THERE),
        ("The invoice RE-2024-1 [1:1].", "RE-2024-1", NOT_THERE),
        ("It is due in 14 days [1:5].", "14", NOT_THERE),
        ("It is due in fourteen days [1:5].", "fourteen", NOT_THERE),
        ("Zahlbar in dreißig Tagen [1:5].", "dreißig", NOT_THERE),
        ("From page 7: 190.00 [1:4].", "7", NOT_THERE),
        ("The seller is Johnson Brothers Ltd [1:1].", "Johnson Brothers Ltd", NOT_THERE),
        ("The person is called Johnson there [1:1].", "Johnson", NOT_THERE),
        ("The total is 1,190.00 USD [1:5].", "USD", NOT_THERE),
        ("The total is £1,190.00 [1:5].", "£", NOT_THERE),
        ("The total is 1,190.00 EUR.", "1,190.00", NOT_CITED),
        ("Dated 3 November 2026.", "3 November 2026", NOT_CITED),
        ("2026. That is all.", "2026", NOT_CITED),  # no numbering
        ("The total is 1,190.00 [1:6].", "[1:6]", NO_LINES),
        ("The total is 1,190.00 [9:99].", "[9:99]", NO_LINES),
        ("The total is 1,190.00 [1:5-4].", "[1:5-4]", NO_LINES),
        ("The total is 1,190.00 [1:0].", "[1:0]", NO_LINES),
        ("The total is 1,190.00 [B1:5].", "[B1:5]", NO_LINES),
        ("The total is 1,190.00 [1].", "[1]", NO_LINES),
        ("The total is 1,190.00 [1:5", "[1:5", NO_LINES),
    ],
)
def test_what_does_not_stand_there_is_marked(answer: str, marked: str, why: Doubted) -> None:
    assert (marked, why) in doubts(answer)


RENT = (
    "Office lease between Oakridge Properties LLC and Bright Dental Inc.",
    "The term is five (5) years from January 1, 2026.  Monthly rent $12,500.00,",
    "payable on the first day of each month.  Interest is 1.5% per month.",
    "The landlord's revenue was $1.2 million.  Parking costs $80-$120.",
    "Write to leases@oakridge.example with ninety days' notice.",
)
STATEMENT = (
    "Statement of account  01.01.2026 - 31.01.2026",
    "05 Jan  Rent  -850.00",
    "07.01. Salary  2,400.00",
)


@pytest.mark.parametrize(
    ("lines", "answer", "marked"),
    [
        (RENT, "The revenue was $1.2 billion [1:4].", "1.2 billion"),
        (RENT, "The revenue was $1.2 [1:4].", "1.2"),
        (RENT, "Rent is $12.5 million [1:2].", "12.5 million"),
        (RENT, "Rent is $125k [1:2].", "125k"),
        (RENT, "Rent is €12,500.00 [1:2].", "€"),
        (RENT, "Rent is 12,500.00 euros [1:2].", "euros"),
        (RENT, "Rent is 12,500.00 pounds [1:2].", "pounds"),
        (RENT, "The lease lasts five months [1:2].", "months"),
        (RENT, "The lease lasts 5 weeks [1:2].", "weeks"),
        (RENT, "The notice is 90 months [1:5].", "months"),
        (RENT, "Interest is 1.5% per year [1:3].", "year"),
        (RENT, "Parking costs $80-$210 [1:4].", "80-$210"),
        (RENT, "The tenant is Bright Dental LLC [1:1].", "Bright Dental LLC"),
        (RENT, "Write to lease@oakridge.example [1:5].", "lease@oakridge.example"),
        (STATEMENT, "The salary was -2,400.00 [1:3].", "2,400.00"),
        (STATEMENT, "The salary was minus 2,400.00 [1:3].", "2,400.00"),
        (STATEMENT, "Rent was paid on 05.01.2025 [1:2].", "05.01.2025"),
        (STATEMENT, "Rent was paid on 6 January 2026 [1:2].", "6 January 2026"),
        (INVOICE, "The total is 1,190.00 dollars [1:5].", "dollars"),
        (INVOICE, "Der Betrag ist -1.190,00 EUR [1:5].", "1.190,00"),
    ],
)
def test_what_stands_beside_a_number_is_held_against_its_lines(
    lines: tuple[str, ...], answer: str, marked: str
) -> None:
    assert doubts(answer, paper_of(lines)) == [(marked, NOT_THERE)]


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (RENT, "The revenue was $1,200,000 [1:4], or 1.2 million dollars [1:4]."),
        (RENT, "Rent is $12,500 [1:2], $12.5k or 12.500,00 US-Dollar [1:2] (USD 12,500 [1:2])."),
        (RENT, "It is due on the 1st of each month [1:3]."),
        (RENT, "El contrato dura cinco años [1:2]; die Frist sind 90 Kalendertage [1:5]."),
        (RENT, "Parking is between $80 and $120 [1:4], that is $80–120 [1:4]."),
        (RENT, "Bright Dental Inc. rents from Oakridge Properties LLC [1:1]."),
        (RENT, "Write to leases@oakridge.example [1:5]."),
        (
            STATEMENT,
            "Die Miete von 850,00 ging am 05.01.2026 ab [1:2], der Lohn am 7. Januar [1:3].",
        ),
        (STATEMENT, "- 2,400.00 came in [1:3]\n- -850.00 went out [1:2]"),
        (INVOICE, "Es sind 1.000 Euro Nettobetrag [1:3]."),
    ],
)
def test_the_same_in_other_words_is_not_marked(lines: tuple[str, ...], answer: str) -> None:
    assert doubts(answer, paper_of(lines)) == []


def test_a_number_that_the_question_asks_for_is_not_confirmed_by_asking() -> None:
    asked = "Is the total of invoice RE-2024-17 500 EUR?"
    answer = "Yes, the total of invoice RE-2024-17 is 500 EUR [1:5]."
    assert doubts(answer, question=asked) == [("500", NOT_THERE)]
    assert doubts("Yes, 500.", question=asked) == [("500", NOT_CITED)]


def test_words_that_count_things_are_not_taken_for_terms() -> None:
    lease = paper_of(LEASE)
    assert doubts("Three months [1:3]; two people signed it.", lease) == []
    assert doubts("Two months [1:3].", lease) == [("Two", NOT_THERE)]
    assert doubts("Die Frist beträgt 3 Monate [1:3].", lease) == []
    assert doubts("Die Frist beträgt vier Monate [1:3].", lease) == [("vier", NOT_THERE)]


def test_a_date_that_goes_on_in_the_next_line_is_found_where_both_are_cited() -> None:
    paper = paper_of(("The lease begins on 3", "November 2026 and has no end."))
    assert doubts("It begins on 03.11.2026 [1:1-2].", paper) == []
    assert doubts("It begins on 03.11.2026 [1:2].", paper) == [("03.11.2026", NOT_THERE)]


def test_day_and_month_that_changed_places_are_marked() -> None:
    american = paper_of(("Invoice date 03/04/2026", "Due date 03/25/2026", "Ship to Dallas, TX"))
    assert doubts("Dated 3/4/2026 [1:1].", american) == []
    assert doubts("Dated 4 March 2026 [1:1].", american) == []
    assert doubts("Dated 04/03/2026 [1:1].", american) == [("04/03/2026", NOT_THERE)]
    assert doubts("Dated 3 April 2026 [1:1].", american) == [("3 April 2026", NOT_THERE)]


def test_an_iban_counts_whole_whatever_its_spaces() -> None:
    paper = paper_of(("IBAN DE89370400440532013000 Phone 040/123456",))
    assert doubts("Pay to DE89 3704 0044 0532 0130 00 [1:1].", paper) == []
    assert doubts("Call +49 40 123456 or 040 123456 [1:1].", paper) == [
        ("+49 40 123456", NOT_THERE)
    ]
    assert len(doubts("Pay to DE89 3704 0044 0532 0130 01 [1:1].", paper)) == 1


def test_of_several_documents_each_has_its_letter() -> None:
    papers = lettered(paper_of(INVOICE), paper_of(LEASE))
    answer = "The total is 1,190.00 [A1:5], the rent 850.00 [B1:5]."
    found = checked(answer, "?", papers)
    assert [(c.document_id, c.page, c.first_line) for c in found.citations] == [
        (1, 1, 5),
        (2, 1, 5),
    ]
    assert not found.doubts
    assert doubts("The rent is 850.00 [A1:5].", *papers) == [("850.00", NOT_THERE)]
    assert ("[1:5]", NO_LINES) in doubts("The rent is 850.00 [1:5].", *papers)


def test_citations_say_where_they_stand_and_quote_their_lines() -> None:
    answer = "Net [1:3-4], and more [1:1, 1:5]."
    found = checked(answer, "?", [paper_of(INVOICE)]).citations
    assert [answer[c.start : c.end] for c in found] == ["[1:3-4]", "[1:1", ", 1:5]"]
    assert found[0].quote == "Nettobetrag  1.000,00 EUR\nMwSt 19 %  190,00 EUR"
    assert [(c.first_line, c.last_line) for c in found] == [(3, 4), (1, 1), (5, 5)]


def test_what_is_too_long_to_be_checked_is_marked_whole() -> None:
    text = "Yes. " * 10_000
    assert doubts(text)[-1] == (text[20_000:], NOT_CITED)


# Properties -----------------------------------------------------------------------------

amounts = st.integers(1_000, 99_999_999).map(lambda cents: Decimal(cents) / 100)
days = st.dates(dt.date(2001, 1, 1), dt.date(2027, 12, 31))
locales = st.sampled_from(LOCALES)


@given(amount=amounts, printed=locales, said=locales)
def test_an_amount_is_recognised_in_any_notation(amount: Decimal, printed: str, said: str) -> None:
    page = paper_of(("Rechnung 4711-X", f"Summe  {number(amount, printed)} EUR"))
    assert doubts(f"Total: {number(amount, said)} EUR [1:2].", page) == []


@given(amount=amounts, printed=locales, said=locales, data=st.data())
def test_an_amount_with_a_changed_digit_is_marked(
    amount: Decimal, printed: str, said: str, data: st.DataObject
) -> None:
    wrong = with_another_digit(number(amount, said), data)
    page = paper_of(("Rechnung 4711-X", f"Summe  {number(amount, printed)} EUR"))
    assert doubts(f"Total: {wrong} EUR [1:2].", page) == [(wrong, NOT_THERE)]


@given(amount=amounts, times=st.sampled_from((10, 100, 1000)), printed=locales, said=locales)
def test_an_amount_with_its_point_elsewhere_is_marked(
    amount: Decimal, times: int, printed: str, said: str
) -> None:
    wrong = number(amount * times, said)
    page = paper_of(("Rechnung 4711-X", f"Summe  {number(amount, printed)} EUR"))
    assert doubts(f"Total: {wrong} EUR [1:2].", page) == [(wrong, NOT_THERE)]


@given(day=days, printed=locales, said=locales, form=st.sampled_from(("long", "medium")))
def test_a_day_is_recognised_in_any_language(
    day: dt.date, printed: str, said: str, form: str
) -> None:
    page = paper_of((f"Datum {format_date(day, 'dd.MM.yyyy', printed)}", "Lieferung 31.12.2026"))
    assert doubts(f"On: {format_date(day, form, said)} [1:1].", page) == []


@given(day=days, other=days, said=locales)
def test_another_day_is_marked(day: dt.date, other: dt.date, said: str) -> None:
    assume(day != other)
    page = paper_of((f"Datum {day:%d.%m.%Y}", "Lieferung 31.12.2026"))
    wrong = format_date(other, "long", said)
    assert [why for _, why in doubts(f"On: {wrong} [1:1].", page)] == [NOT_THERE]


@given(st.text(max_size=400), st.text(max_size=60))
def test_any_text_can_be_checked(answer: str, question: str) -> None:
    assert_sound(answer, checked(answer, question, [paper_of(INVOICE)]))


@given(st.lists(st.sampled_from(("[", "]", "1:", "1:5", "-", ",", "A", "\n", "1.190,00", " ", ".")))
)  # fmt: skip
@settings(max_examples=300)
def test_any_text_of_brackets_can_be_checked(pieces: list[str]) -> None:
    answer = "".join(pieces)
    assert_sound(answer, checked(answer, answer, [paper_of(INVOICE)]))


@pytest.mark.parametrize(
    "answer",
    [
        "[" * 10_000,
        "[1:" * 7_000,
        "[1:5]1" * 3_500,
        "1" * 20_000,
        "1.1," * 5_000,
        "A1-" * 7_000,
        "[1:1-5] 5 " * 2_000,
        "Abc Def " * 2_500,
        "03.04.2026 " * 2_000,
        "\x00\x1b[31m\u202e\n" * 2_000,
        "9" * 500 + "[1:5]",
        "[1:99999999999999999999]",
        "two days " * 2_000,
    ],
    ids=lambda text: repr(text[:10]),
)
def test_hostile_answers_are_checked_in_bounded_time(answer: str) -> None:
    began = time.process_time()
    assert_sound(answer, checked(answer, answer, [paper_of(INVOICE)]))
    assert time.process_time() - began < 30  # seconds; the slowest takes 3


def assert_sound(answer: str, found: Checked) -> None:
    """Whatever was written: stretches lie in the text, and lines that are cited exist."""
    for place in (*found.citations, *found.doubts):
        assert 0 <= place.start < place.end <= len(answer)
    for one in found.citations:
        assert one.page == 1
        assert 1 <= one.first_line <= one.last_line <= len(INVOICE)


def number(amount: Decimal, locale: str) -> str:
    """An amount as it is written there."""
    return str(format_decimal(amount, "#,##,##0.00" if locale == "en_IN" else "#,##0.00", locale))


def with_another_digit(written: str, data: st.DataObject) -> str:
    """The same with one of its digits changed."""
    places = [at for at, c in enumerate(written) if c.isdigit()]
    at = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in "123456789" if d != written[at]]))
    return written[:at] + digit + written[at + 1 :]
