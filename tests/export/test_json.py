"""The JSON object of a record."""

from __future__ import annotations

import json

from app.document import Box, Field, Flag, Reader, Record, Status, Table
from app.errors import Code, Problem
from app.export import Entry, record_json, refusal_json

QUICK = Reader.QUICK


def test_a_record_is_one_object_on_one_line() -> None:
    box = Box(0.1234567, 0.2, 0.3, 0.4)
    record = Record(
        "invoice",
        (
            Field("total_gross", "12.00", Status.VERIFIED, "12,00\n€", 2, box, QUICK, 0.98765),
            Field("due_date", None, Status.MISSING),
        ),
        lines=((Field("amount", "12.00", Status.FOUND, "12,00", 2, box, QUICK, 0.5),),),
        taxes=((Field("rate", "19", Status.FOUND, "19 %", None, None, Reader.EINVOICE, 1.0),),),
        flags=(Flag("sum", "It does not add up.", ("total_gross",)),),
        tables=(Table(1, box, (("a", "b"),)),),
        pairs=(("Order", "12"),),
        first_page=2,
        last_page=2,
    )
    text = record_json(Entry("scans/a.pdf", record, "ab" * 32, 3))
    assert "\n" not in text
    found = json.loads(text)
    assert found["file"] == "scans/a.pdf"
    assert found["sha256"] == "ab" * 32
    assert found["document_type"] == "invoice"
    assert found["pages"] == 3
    assert found["fields"]["total_gross"] == {
        "raw": "12,00\n€",
        "value": "12.00",
        "page": 2,
        "box": [0.12346, 0.2, 0.3, 0.4],
        "reader": "quick",
        "status": "verified",
        "confidence": 0.9877,
        "reason": "",
    }
    assert found["fields"]["due_date"]["value"] is None
    assert found["fields"]["due_date"]["status"] == "missing"
    assert found["lines"][0]["amount"]["value"] == "12.00"
    assert found["taxes"][0]["rate"]["box"] is None
    assert found["flags"] == [
        {"code": "sum", "message": "It does not add up.", "fields": ["total_gross"]}
    ]
    assert found["tables"] == [[["a", "b"]]]
    assert found["pairs"] == [["Order", "12"]]
    assert found["error"] is None


def test_a_file_that_could_not_be_read_says_why_and_what_to_do() -> None:
    problem = Problem(Code.DAMAGED, "a.pdf")
    found = json.loads(refusal_json("in/a.pdf", problem))
    assert found["file"] == "in/a.pdf"
    assert found["fields"] == {}
    assert found["lines"] == []
    assert found["error"] == {
        "code": "damaged",
        "message": problem.message,
        "advice": problem.advice,
    }
