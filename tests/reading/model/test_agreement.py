"""What becomes of a field once the model has spoken: each rule of ``app.reading.agreement``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.document import (
    Box,
    Claim,
    Document,
    Field,
    Page,
    Reader,
    Record,
    Status,
    WordSource,
)
from app.document_types import document_type
from app.engine.messages import Answer, TextPart
from app.errors import ProblemError
from app.reading import quick_record, read_document
from app.reading.agreement import Print, agreed, choose
from app.reading.evidence import field_of, weigh
from app.reading.messages import Given, Question
from app.reading.model.formats import MARKS, VALUES
from app.reading.model.question import Showing, questions
from tests.engine_script import answer_of, says
from tests.reading.einvoices import cii
from tests.reading.printed import page_of
from tests.reading.test_read_document import INVOICE, document

TYPE = document_type("invoice")
BOX = Box(0.1, 0.1, 0.2, 0.12)
PLAIN = {"currency": "EUR"}
"""What every answer says here, because an answer says something."""


def asked(
    found: Document,
    way: str = MARKS.name,
    showings: dict[int, Showing] | None = None,
    kind: str = TYPE.name,
) -> Question:
    [question] = questions(
        found,
        read_document(found, kind),
        showings or {},
        answer_format=way,
        second_look=True,
    )
    return question


def answered(
    found: Document,
    values: dict[str, str],
    rows: tuple[dict[str, str], ...] = (),
    *,
    way: str = MARKS.name,
    certainty: float = 0.97,
    showings: dict[int, Showing] | None = None,
    kind: str = TYPE.name,
) -> Record:
    """The record of a document about which a model says this."""
    question = asked(found, way, showings, kind)
    script = says(document_type(kind), PLAIN | values, rows)(question.request)
    assert not isinstance(script, ProblemError)
    answer = answer_of(question.request, script, certainty)
    return settled(found, question, answer)


def settled(found: Document, question: Question, answer: Answer) -> Record:
    kind = question.asked.document_type
    [record] = read_document(found, kind, [Given(question.asked, answer)])
    return record


def field(record: Record, key: str) -> Field:
    found = record.field(key)
    assert found is not None
    return found


def alone(found: Document, key: str) -> Field:
    """What the quick reader says by itself."""
    [record] = read_document(found, "invoice")
    return field(record, key)


PAPER = document(page_of(INVOICE))


@pytest.mark.parametrize("way", [MARKS.name, VALUES.name])
def test_two_readers_that_agree_verify_a_value(way: str) -> None:
    assert alone(PAPER, "invoice_number").status is Status.FOUND
    found = field(answered(PAPER, {"invoice_number": "A-1001"}, way=way), "invoice_number")
    assert (found.value, found.status) == ("A-1001", Status.VERIFIED)
    assert found.reason == "read alike with and without the model"
    assert found.box == alone(PAPER, "invoice_number").box


def test_ocr_that_is_unsure_of_the_print_is_not_verified_by_agreement() -> None:
    page = page_of(INVOICE, source=WordSource.OCR)

    def printed(confidence: float) -> Document:
        words = tuple(replace(word, confidence=confidence) for word in page.words)
        return document(replace(page, words=words))

    said = {"invoice_number": "A-1001"}
    assert field(answered(printed(0.99), said), "invoice_number").status is Status.VERIFIED
    assert field(answered(printed(0.7), said), "invoice_number").status is Status.FOUND


def test_readers_that_disagree_leave_the_value_doubtful_and_show_both() -> None:
    found = field(answered(PAPER, {"invoice_number": "20457"}, certainty=0.4), "invoice_number")
    assert (found.value, found.status) == ("A-1001", Status.DOUBTFUL)
    assert found.reason == "read differently with and without the model"
    assert [(a.value, a.reader) for a in found.alternatives][:1] == [("20457", Reader.MODEL)]


def test_of_two_that_disagree_the_likelier_is_shown() -> None:
    found = field(answered(PAPER, {"buyer_name": "Nails, one box"}, certainty=1.0), "buyer_name")
    assert (found.value, found.status) == ("Nails, one box", Status.DOUBTFUL)
    assert found.alternatives[0].reader is Reader.QUICK


def test_a_sum_that_holds_keeps_the_quick_readers_value() -> None:
    before = alone(PAPER, "total_gross")
    assert before.status is Status.VERIFIED
    found = field(answered(PAPER, {"total_gross": "100.00"}), "total_gross")
    assert (found.value, found.status) == ("119.00", Status.VERIFIED)
    assert any(claim.reader is Reader.MODEL for claim in found.alternatives)


def claim(key: str, value: str, reader: Reader, box: Box | None = BOX) -> Claim:
    return Claim(key, value, value, 1, box, reader, 0.9)


def test_a_sum_that_holds_only_with_the_models_value_verifies_it() -> None:
    own = {"total_net": "100.00", "total_tax": "19.00", "total_gross": "40.00"}
    quick = [claim(key, value, Reader.QUICK) for key, value in own.items()]
    model = [claim("total_gross", "119.00", Reader.MODEL)]
    fields = tuple(field_of(each, Status.FOUND, "") for each in quick)
    backed = quick_record._backed(Record("invoice", fields), TYPE, model)
    assert backed == {"total_gross"}
    chosen = choose(TYPE, quick, fields, model, backed, Print([page_of(INVOICE)], frozenset()))
    first = [each for each in chosen.claims if each.key == "total_gross"]
    assert [each.value for each in first] == ["119.00", "40.00"]
    reason = {"total_gross": ["net + tax = total"]}
    weighed = weigh(TYPE, chosen.claims, reason, {}, {})
    settled = agreed(weighed, chosen.second, frozenset(), Print([], frozenset()))
    [total] = [f for f in settled if f.key == "total_gross"]
    assert (total.value, total.status, total.reader) == ("119.00", Status.VERIFIED, Reader.MODEL)


def test_an_invented_value_backs_no_sum() -> None:
    own = {"total_net": "100.00", "total_tax": "19.00", "total_gross": "40.00"}
    fields = tuple(field_of(claim(k, v, Reader.QUICK), Status.FOUND, "") for k, v in own.items())
    model = [claim("total_gross", "119.00", Reader.MODEL, box=None)]
    assert quick_record._backed(Record("invoice", fields), TYPE, model) == frozenset()


def test_a_value_of_the_models_alone_is_found_where_it_stands_on_the_page() -> None:
    paper = document(page_of([*INVOICE, "", "xyzzy   5.00"]))
    assert alone(paper, "total_prepaid").value is None
    found = field(answered(paper, {"total_prepaid": "5.00"}), "total_prepaid")
    assert (found.value, found.status) == ("5.00", Status.FOUND)
    assert found.reader is Reader.MODEL
    assert found.box is not None


@pytest.mark.parametrize("way", [MARKS.name, VALUES.name])
def test_a_value_that_is_not_on_the_page_is_doubtful_and_has_no_place(way: str) -> None:
    found = field(answered(PAPER, {"due_date": "24.12.2029"}, way=way), "due_date")
    assert (found.value, found.status) == ("2029-12-24", Status.DOUBTFUL)
    assert found.reason == "not found on the page"
    assert (found.page, found.box) == (None, None)


def test_an_invented_value_counts_for_nothing_against_one_on_the_page() -> None:
    before = alone(PAPER, "invoice_number")
    found = field(answered(PAPER, {"invoice_number": "XX-99999"}), "invoice_number")
    assert (found.value, found.status) == (before.value, before.status)
    assert found.alternatives[0].value == "XX-99999"


def test_what_the_model_does_not_see_stays() -> None:
    before = {f.key: (f.value, f.status) for f in read_document(PAPER, "invoice")[0].fields}
    after = {f.key: (f.value, f.status) for f in answered(PAPER, {}).fields}
    assert {**before, "currency": None} == {**after, "currency": None}


def test_a_part_of_a_name_is_no_contradiction() -> None:
    before = alone(PAPER, "seller_name")
    found = field(answered(PAPER, {"seller_name": "Made-up Tools"}, way=VALUES.name), "seller_name")
    assert (found.value, found.status) == (before.value, before.status)


def test_agreement_does_not_settle_whether_a_day_is_a_month() -> None:
    lines = [line.replace("13 November 2026", "03/04/2026").replace(" EUR", "") for line in INVOICE]
    assert alone(document(page_of(lines)), "issue_date").status is Status.DOUBTFUL
    found = field(answered(document(page_of(lines)), {"issue_date": "03/04/2026"}), "issue_date")
    assert found.status is Status.DOUBTFUL


def test_agreement_does_not_mend_a_sum() -> None:
    lines = [line.replace("119.00 EUR", "120.00 EUR") for line in INVOICE]
    paper = document(page_of(lines))
    record = answered(paper, {"total_gross": "120.00"})
    assert field(record, "total_gross").status is not Status.VERIFIED
    assert "net_plus_tax" in {flag.code for flag in record.flags}


def test_the_values_of_an_e_invoice_always_win() -> None:
    paper = document(page_of(INVOICE), xml=cii())
    [exact] = read_document(paper)
    [question] = questions(paper, [exact], {}, second_look=True)
    definition = document_type(exact.document_type)
    text = says(definition, {"invoice_number": "20457", "total_gross": "60.00"})(question.request)
    assert isinstance(text, str)
    [record] = read_document(paper, "", [Given(question.asked, answer_of(question.request, text))])
    assert [f.value for f in record.fields if f.reader is Reader.EINVOICE] == [
        f.value for f in exact.fields if f.reader is Reader.EINVOICE
    ]


def test_an_e_invoice_is_asked_about_only_for_a_second_look() -> None:
    paper = document(page_of(INVOICE), xml=cii())
    assert questions(paper, read_document(paper), {}) == ()
    assert len(questions(paper, read_document(paper), {}, second_look=True)) == 1


# Rows

HAMMER = {"description": "Hammer, forged", "quantity": "2", "unit_price": "30.00"}
NAILS = {"description": "Nails, one box", "quantity": "1", "unit_price": "40.00"}


def test_cells_on_which_both_agree_are_verified() -> None:
    rows = (HAMMER | {"amount": "60.00"}, NAILS | {"amount": "40.00"})
    record = answered(PAPER, {}, rows)
    assert [cell.status for row in record.lines for cell in row] == [Status.VERIFIED] * 8
    assert "rows_differ" not in {flag.code for flag in record.flags}


def test_a_cell_on_which_they_differ_is_doubtful() -> None:
    lines = [line for line in INVOICE if "Net" not in line and "VAT" not in line]
    lines = [line.replace("119.00", "105.00") for line in lines]
    paper = document(page_of(lines))
    rows = (HAMMER | {"amount": "60.00", "quantity": "40"}, NAILS | {"amount": "40.00"})
    record = answered(paper, {}, rows, way=VALUES.name)
    by_key = {cell.key: cell for cell in record.lines[0]}
    assert by_key["description"].status is Status.VERIFIED
    assert by_key["quantity"].value == "2"


def test_rows_that_only_the_model_sees_are_taken() -> None:
    lines = (*INVOICE[:7], "One hammer, forged, at 60.00", *INVOICE[12:])
    paper = document(page_of(lines))
    assert read_document(paper, "invoice")[0].lines == ()
    rows = ({"description": "One hammer, forged, at", "amount": "60.00"},)
    record = answered(paper, {}, rows)
    assert [cell.value for cell in record.lines[0]] == [
        "One hammer, forged, at",
        None,
        None,
        "60.00",
    ]
    assert record.lines[0][3].reader is Reader.MODEL


def test_rows_of_which_nothing_is_on_the_page_are_not_taken() -> None:
    paper = document(page_of((*INVOICE[:7], *INVOICE[12:])))
    rows = ({"description": "Gold bar", "amount": "77,777.00"},)
    assert answered(paper, {}, rows, way=VALUES.name).lines == ()


def amounts(record: Record) -> list[tuple[str | None, Status]]:
    return [(c.value, c.status) for row in record.lines for c in row if c.key == "amount"]


def test_an_amount_that_is_not_on_the_page_proves_no_total() -> None:
    total = "                            Total            100.00 EUR"
    lines = (*INVOICE[:7], "One hammer, forged, at 60.00", "One box of nails", "", total)
    paper = document(page_of(lines))
    assert alone(paper, "total_gross").status is Status.FOUND
    rows = (
        {"description": "One hammer, forged, at", "amount": "60.00"},
        {"description": "One box of nails", "amount": "40.00"},
    )
    record = answered(paper, {}, rows)
    assert amounts(record) == [("60.00", Status.FOUND), ("40.00", Status.DOUBTFUL)]
    assert field(record, "total_gross").status is Status.FOUND


def test_an_amount_that_is_not_on_the_page_puts_no_rows_in_place_of_printed_ones() -> None:
    paper = document(page_of([line.replace("40.00", "41.00") for line in INVOICE]))
    rows = (HAMMER | {"amount": "60.00"}, NAILS | {"amount": "40.00"})
    record = answered(paper, {}, rows)
    assert [value for value, _ in amounts(record)] == ["60.00", "41.00"]


def test_an_amount_that_is_not_on_the_page_proves_no_price() -> None:
    paper = document(page_of((*INVOICE[:7], "One hammer, forged, 2 at 30.00")))
    row = {"description": "One hammer, forged,", "quantity": "2", "unit_price": "30.00"}
    [line] = answered(paper, {}, (row | {"amount": "60.00"},)).lines
    assert [cell.value for cell in line][1:] == ["2", "30.00", "60.00"]
    assert Status.VERIFIED not in {cell.status for cell in line}


def test_a_balance_that_is_not_on_the_page_proves_no_other() -> None:
    lines = (
        "Some Bank",
        "Account statement",
        "",
        "Opening balance              1,000.00",
        "",
        "Date          Description                 Amount",
        "03/04/2024    Rent                       -600.00",
        "15/04/2024    Salary                    1,500.00",
        "28/04/2024    Groceries                   -45.10",
    )
    record = answered(
        document(page_of(lines)), {"closing_balance": "1,854.90"}, kind="bank_statement"
    )
    assert field(record, "closing_balance").value == "1854.90"
    assert field(record, "closing_balance").status is Status.DOUBTFUL
    assert field(record, "opening_balance").status is Status.FOUND


def test_rows_that_do_not_match_are_pointed_out_where_no_sum_settles_it() -> None:
    lines = [line for line in INVOICE if "Net" not in line and "VAT" not in line]
    paper = document(page_of([line.replace("119.00", "135.00") for line in lines]))
    record = answered(paper, {}, (HAMMER | {"amount": "60.00"},))
    assert len(record.lines) == 2
    [flag] = [flag for flag in record.flags if flag.code == "rows_differ"]
    assert "1" in flag.message


# Questions


def test_a_long_document_is_asked_about_its_first_and_last_pages_and_says_so() -> None:
    pages = tuple(
        page_of([f"Page {n}", *(f"Line {n} {at}  10.00" for at in range(30))], n)
        for n in range(2, 20)
    )
    paper = document(page_of(INVOICE[:10]), *pages, page_of(INVOICE[10:], 20))
    records = read_document(paper, "invoice")
    [question] = questions(paper, records, {}, budget=700)
    assert question.asked.pages[0] == 1
    assert question.asked.pages[-1] == 20
    assert question.asked.left_out
    assert not question.asked.rows
    text = says(TYPE, PLAIN)(question.request)
    assert isinstance(text, str)
    record = settled(paper, question, answer_of(question.request, text))
    [flag] = [flag for flag in record.flags if flag.code == "model_pages"]
    assert "of 20 pages" in flag.message


def test_rows_that_a_sum_has_proven_are_not_asked_for_again() -> None:
    records = read_document(PAPER, "invoice")
    [usual] = questions(PAPER, records, {})
    [second] = questions(PAPER, records, {}, second_look=True)
    assert (usual.asked.rows, second.asked.rows) == (False, True)
    assert "Line" not in usual.request.instructions
    assert usual.request.most_tokens < second.request.most_tokens


def text_given(question: Question) -> str:
    return "".join(part.text for part in question.request.parts if isinstance(part, TextPart))


def test_rows_that_a_sum_has_proven_are_not_shown_again() -> None:
    dated = [line.replace("Nails, one box", "Nails 03.11.26") for line in INVOICE]
    paper = document(page_of(dated))
    records = read_document(paper, "invoice")
    [usual] = questions(paper, records, {})
    [second] = questions(paper, records, {}, second_look=True)
    for row in ("Hammer, forged", "60.00"):
        assert row in text_given(second)
        assert row not in text_given(usual)
    for other in ("03.11.26", "100.00 EUR", "Description", "A-1001"):
        assert other in text_given(usual)
    text = says(TYPE, PLAIN | {"invoice_number": "A-1001", "total_net": "100.00"})(usual.request)
    assert isinstance(text, str)
    record = settled(paper, usual, answer_of(usual.request, text))
    assert field(record, "invoice_number").status is Status.VERIFIED
    assert field(record, "total_net").status is Status.VERIFIED
    assert len(record.lines) == 2


def test_what_stands_beside_proven_rows_is_shown() -> None:
    beside = [
        "Made-up Tools GmbH",
        "Invented Customer Ltd            Invoice date: 13 November 2026",
        "Description          Qty  Price   Amount",
        "Hammer, forged         2  30.00    60.00      Settle by 12 December",
        "Nails, one box         1  40.00    40.00      IBAN DE89 3704 0044 0532 0130 00",
        "Net total                         100.00",
        "VAT 19%                            19.00",
        "Total                             119.00",
    ]
    before = [
        "Made-up Tools GmbH",
        "Invented Customer Ltd            Invoice date: 13 November 2026",
        "             Description      Qty  Price   Amount",
        "Invoice no.  Hammer, forged     2  30.00    60.00",
        "20267        Nails, one box     1  40.00    40.00",
        "Net total                                  100.00",
        "VAT 19%                                     19.00",
        "Total                                      119.00",
    ]
    for lines, told in ((beside, ("12 December", "IBAN DE89")), (before, ("20267",))):
        paper = document(page_of(lines))
        [record] = read_document(paper, "invoice")
        assert len(record.lines) == 2
        [question] = questions(paper, [record], {})
        assert not question.asked.rows
        for text in told:
            assert text in text_given(question), text


def test_rows_that_nothing_has_proven_are_shown() -> None:
    paper = document(page_of([line.replace("60.00", "61.00") for line in INVOICE]))
    [question] = questions(paper, read_document(paper, "invoice"), {})
    assert "Hammer, forged" in text_given(question)


def test_an_answer_that_was_cut_off_still_counts_for_what_it_says() -> None:
    question = asked(PAPER)
    text = says(TYPE, PLAIN | {"invoice_number": "A-1001"})(question.request)
    assert isinstance(text, str)
    whole = answer_of(question.request, text)
    cut = replace(whole, filled=whole.filled[:1], cut=True)
    assert field(settled(PAPER, question, cut), "invoice_number").status is Status.VERIFIED


def test_an_answer_about_other_pages_claims_nothing() -> None:
    question = asked(PAPER)
    text = says(TYPE, PLAIN | {"due_date": "13 November 2026"})(question.request)
    assert isinstance(text, str)
    other = document(page_of(INVOICE[:4]))
    record = settled(other, question, answer_of(question.request, text))
    assert field(record, "due_date").value is None


def test_blank_pages_are_not_asked_about() -> None:
    blank = Page(1, 595, 842, (), WordSource.NONE)
    paper = document(blank)
    assert questions(paper, read_document(paper, "invoice"), {}) == ()
