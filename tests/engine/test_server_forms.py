"""What a server is told about a form, and how what it wrote becomes the form's slots."""

from __future__ import annotations

import asyncio
import json
import re
import string
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise

import llama_cpp
import llguidance
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document_types import document_types
from app.engine.forms import Fixed, Form, Rows, Slot
from app.engine.server.forms import (
    NEUTRAL,
    Certainties,
    Token,
    longest_json,
    read_json,
    read_text,
    schema,
    sentence,
)
from app.engine.server.messages import MAX_EVENT, NotAStreamError, events
from app.engine.server.patterns import (
    UnknownPatternError,
    form_expression,
    form_grammar,
    longest,
    parse,
    slot_schema,
)
from app.engine.server.settings import host_of, server_settings
from app.engine.server.text import harmless, repeats
from app.engine.server.thinking import Apart
from app.errors import Code, ProblemError
from app.reading.model.formats import FORMATS
from tests.tiny_model import tiny_models

FORMS = {
    f"{name}-{kind}": answer_format.form(definition, 120, 30)
    for name, answer_format in FORMATS.items()
    for kind, definition in document_types().items()
}
SLOTS = sorted(
    {
        slot.pattern
        for form in FORMS.values()
        for part in form.parts
        for slot in getattr(part, "parts", (part,))
        if isinstance(slot, Slot)
    }
)
UNTOLD = Certainties("", ())
FORM = Form(
    (
        Fixed("a"),
        Slot("number", r" (?:[A-Z]{2}-\d{1,4}|-)"),
        Fixed("\nb"),
        Slot("note", r" (?:[^\x00-\x1f]{1,20})"),
        Fixed("\n"),
        Rows(
            "lines",
            (
                Slot("name", r"(?:[a-z]{1,8}|-)"),
                Fixed("|"),
                Slot("amount", r"(?:\d{1,4},\d\d|-)"),
                Fixed("\n"),
            ),
            2,
        ),
    )
)


def values(form: Form, said: str) -> dict[str, str]:
    reading = read_json(form, said, UNTOLD)
    assert reading is not None
    return {f"{f.key}{f.row if f.rows else ''}": f.text for f in reading.filled}


# patterns -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def vocabulary() -> Iterator[object]:
    options = llama_cpp.llama_model_default_params()
    options.vocab_only = True
    model = llama_cpp.llama_model_load_from_file(str(tiny_models().text).encode(), options)
    yield llama_cpp.llama_model_get_vocab(model)
    llama_cpp.llama_model_free(model)


@pytest.mark.parametrize("name", FORMS)
def test_llama_cpp_takes_every_form_as_grammar_and_as_schema(name: str, vocabulary: object) -> None:
    # What it cannot parse ends the server of llama-cpp-python, with everybody's requests.
    form = FORMS[name]
    of_schema = llama_cpp.llama_grammar.json_schema_to_gbnf(json.dumps(schema(form)))
    for grammar in (form_grammar(form), of_schema):
        parsed = llama_cpp.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")
        assert parsed
        llama_cpp.llama_sampler_free(parsed)


@pytest.mark.parametrize("name", FORMS)
def test_vllms_backends_take_every_form_as_expression(name: str) -> None:
    # One of its backends is llguidance; the expression means the same in Rust and Python.
    expression = form_expression(FORMS[name])
    assert re.compile(expression)
    grammar = llguidance.LLMatcher.grammar_from_regex(expression)
    assert llguidance.LLMatcher.validate_grammar(grammar) == ""


@pytest.mark.parametrize("pattern", SLOTS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_what_a_server_may_write_fits_the_slot(pattern: str, data: st.DataObject) -> None:
    written = form_expression(Form((Slot("x", pattern),)))
    text = data.draw(
        st.from_regex(written, fullmatch=True, alphabet=st.characters(codec="latin-1"))
    )
    assert re.fullmatch(pattern, text)
    assert len(text) <= longest(pattern)


@given(
    st.text(string.printable, min_size=1, max_size=5),
    st.booleans(),
    st.text(string.printable + "é漢", max_size=3),
)
def test_a_class_means_the_same_written_anew(members: str, negated: bool, tried: str) -> None:
    pattern = f"[{'^' if negated else ''}{re.escape(members)}]{{0,3}}"
    written = form_expression(Form((Slot("x", pattern),)))
    assert bool(re.fullmatch(pattern, tried)) == bool(re.fullmatch(written, tried))


@pytest.mark.parametrize(
    "pattern",
    ["a*", "a+", "(?=a)", "(?P<x>a)", "a{2,}", "^a", "a$", "[a", "(a", "a)", "a??", r"\b"],
)
def test_patterns_outside_the_subset_are_refused(pattern: str) -> None:
    with pytest.raises(UnknownPatternError):
        parse(pattern)


def test_a_slot_that_may_hold_quotation_marks_is_bounded_in_length_only() -> None:
    assert slot_schema(r"[^\n]{1,40}") == {"type": "string", "maxLength": 40}
    assert slot_schema(r"\d{2}\.\d{2}") == {
        "type": "string",
        "pattern": "^([0-9]{2,2}[.][0-9]{2,2})$",
    }


@pytest.mark.parametrize("pattern", SLOTS)
def test_a_schema_has_no_escape_that_a_grammar_does_not_know(pattern: str) -> None:
    written = str(slot_schema(pattern).get("pattern", ""))
    assert set(re.findall(r"\\(.)", written)) <= set("nrtx[]\\")


# JSON -----------------------------------------------------------------------------


def test_a_schema_has_the_keys_that_the_instructions_name() -> None:
    made = schema(FORM)
    assert made["required"] == ["a", "b", "lines"]
    said = sentence(FORM)
    assert '"a", "b"' in said
    assert "name, amount" in said


def test_json_becomes_the_forms_own_text() -> None:
    reading = read_json(
        FORM,
        '{"a":"RE-7","b":"say \\"hi\\"","lines":[["bolt","3,00"],["nut","-"],["more","1,00"]]}',
        UNTOLD,
    )
    assert reading is not None
    assert reading.whole
    assert reading.text == 'a RE-7\nb say "hi"\n+bolt|3,00\n+nut|-\n.'
    assert [w.text for w in FORM.read(reading.text)] == [f.text for f in reading.filled]
    assert re.fullmatch(FORM.pattern, reading.text)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ('{"a":null,"b":"x"}', {"number": " -", "note": " x"}),
        ('{"a":"-","b":7}', {"number": " -", "note": " 7"}),
        ('{"a":["RE-7"],"b":{"x":1}}', {"number": " -", "note": " -"}),
        ('{"a":"re-7","b":"' + "x" * 30 + '"}', {"number": " -", "note": " -"}),
        ('{"a":"RE-7","b":"two\\nlines"}', {"number": " RE-7", "note": " two lines"}),
        (
            '{"lines":[{"name":"bolt","amount":"3,00"}],"a":"RE-7","b":"x"}',
            {"number": " RE-7", "note": " x", "name0": "bolt", "amount0": "3,00"},
        ),
        ('{"lines":[["bolt"],7,null],"a":"RE-7","b":"x"}', {
            "number": " RE-7", "note": " x", "name0": "bolt", "amount0": "-",
            "name1": "-", "amount1": "-",
        }),
        ('{"lines":"none","a":"RE-7","b":"x"}', {"number": " RE-7", "note": " x"}),
    ],
)  # fmt: skip
def test_json_that_is_not_quite_right_gives_what_is_right(said: str, found: dict[str, str]) -> None:
    assert values(FORM, said) == found


@settings(max_examples=50, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("ab") | st.text(), inner),
    ),
    st.integers(0, 60),
)
def test_no_json_breaks_the_reading(content: object, cut: int) -> None:
    said = json.dumps({"a": content, "lines": [content]})
    for text in (said, said[:cut], said[cut:]):
        reading = read_json(FORM, text, UNTOLD)
        for filled in reading.filled if reading is not None else ():
            patterns = {"number": 1, "note": 3}
            if filled.key in patterns:
                part = FORM.parts[patterns[filled.key]]
                assert isinstance(part, Slot)
                assert re.fullmatch(part.pattern, filled.text)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    reading = read_text(FORM, text, UNTOLD)
    assert reading.whole == bool(re.fullmatch(FORM.pattern, reading.text))
    read_json(FORM, text, UNTOLD)


def test_marks_keep_their_digits_and_written_values_their_frame() -> None:
    form = FORMS["marks-invoice"]
    keys = [part.key for part in form.parts if isinstance(part, Slot)]
    found = values(form, json.dumps({"a": "7", "b": 12, "c": "033", "d": "Müller & Söhne"}))
    assert [found[key] for key in keys[:4]] == ["007", "012", "033", "=Müller & Söhne\n"]


def test_the_longest_json_fits_its_bound() -> None:
    full = {"a": "RE-1234", "b": '"' * 20, "lines": [["a" * 8, "1234,00"]] * 2}
    assert len(json.dumps(full)) < longest_json(FORM)


# certainty ------------------------------------------------------------------------


def tokens(*pairs: tuple[str, float]) -> tuple[Token, ...]:
    return tuple(Token(text.encode(), logprob) for text, logprob in pairs)


def test_a_value_is_as_certain_as_its_tokens() -> None:
    text = "a RE-7\nb né\n."
    told = tokens(
        ("<think>", -9), ("a", -1), (" RE", -0.1), ("-7", -0.2), ("\nb", -1), (" n", -0.3)
    )
    told += (Token(b"\xc3", -0.4), Token(b"\xa9", -0.5), Token(b"\n.", -2))
    reading = read_text(FORM, text, Certainties(text, told))
    certainty = {f.key: f.certainty for f in reading.filled}
    assert certainty == pytest.approx({"number": 0.7408, "note": 0.3012}, abs=1e-3)


def test_json_values_are_as_certain_as_their_tokens() -> None:
    pieces = (('{"a":"', -1), ("RE", -0.1), ("-7", -0.2), ('","b":"', -1), ("x", -0.5), ('"}', 0))
    text = "".join(text for text, _ in pieces)
    reading = read_json(FORM, text, Certainties(text, tokens(*pieces)))
    assert reading is not None
    assert [f.certainty for f in reading.filled] == pytest.approx([0.7408, 0.6065], abs=1e-3)


def test_without_tokens_every_value_is_neutral() -> None:
    reading = read_text(FORM, "a RE-7\nb x\n.", Certainties("a RE-7\nb x\n.", ()))
    assert [f.certainty for f in reading.filled] == [NEUTRAL, NEUTRAL]


def test_a_key_that_stands_twice_leaves_certainty_open() -> None:
    text = '{"a":"RE-7","a":"RE-8","b":"x"}'
    reading = read_json(FORM, text, Certainties(text, tokens((text, -0.1))))
    assert reading is not None
    assert {f.certainty for f in reading.filled} == {NEUTRAL}


# text, streams, thinking ------------------------------------------------------------


@pytest.mark.parametrize(
    "token",
    ["<|im_end|>", "<|vision_start|>", "<think>", "</think>", "<s>", "</s>", "<start_of_turn>",
     "[INST]", "[/INST]", "<<SYS>>", "<｜end▁of▁sentence｜>", "<__media__>", "<|", "|>",
     "<|>", "<image>"],
)  # fmt: skip
def test_control_tokens_of_a_document_are_set_off(token: str) -> None:
    made = harmless(f"10,00{token}EUR {token}{token}")
    assert token not in made
    assert harmless(made) == made


@pytest.mark.parametrize(
    "text", ["Max <max@office.example>", "1 < 2 > 0", "a|b|c", "[07] 12,50", "x <= y", "Art. [A-1]"]
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(st.text(alphabet="<|>[]/IMENDim_s", max_size=30))
def test_nothing_like_a_token_is_left(text: str) -> None:
    made = harmless(text)
    assert "<|" not in made
    assert "|>" not in made


def test_repetition_is_seen_and_ordinary_rows_are_not() -> None:
    assert repeats("so " + "it goes on and " * 20, 8)
    assert repeats("x" * 200, 8)
    assert not repeats("+beer|1|3,50\n" * 12, 40)
    assert not repeats("Total .......... 12,50", 8)
    assert not repeats("-----------------------", 8)


@given(
    st.lists(st.text(alphabet="ab:é \t", max_size=6), max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.data(),
)
def test_events_are_whole_however_they_arrive(
    texts: list[str], end: str, data: st.DataObject
) -> None:
    raw = "".join(f": ping{end}{end}id: 1{end}data: {text}{end}{end}" for text in texts).encode()
    cuts = sorted(data.draw(st.sets(st.integers(0, len(raw)), max_size=8)) | {0, len(raw)})

    async def pieces() -> AsyncIterator[bytes]:
        for start, stop in pairwise(cuts):
            yield raw[start:stop]

    async def read() -> list[str]:
        return [data.decode() async for data in events(pieces())]

    assert asyncio.run(read()) == texts


def test_an_event_without_end_is_no_event() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MAX_EVENT // 65536 + 2):
            yield b"x" * 65536

    async def read() -> None:
        async for _ in events(pieces()):
            pass

    with pytest.raises(NotAStreamError):
        asyncio.run(read())


@given(st.text(max_size=20), st.text(max_size=20), st.data())
def test_thinking_and_answer_are_apart_however_they_arrive(
    thought: str, answer: str, data: st.DataObject
) -> None:
    thought = thought.replace("<", "").lstrip("\n")
    answer = answer.replace("<", "").lstrip("\n")
    whole = f"<think>\n{thought}</think>\n\n{answer}"
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=6)) | {0, len(whole)})
    apart = Apart(asked=data.draw(st.booleans()))
    told = [apart.said(whole[a:b]) for a, b in pairwise(cuts)]
    told.append(apart.end(cut=False))
    assert apart.answer == answer == "".join(said for _, said in told)
    assert apart.thought == "".join(said for said, _ in told)
    assert apart.thought.lstrip("\n") == thought


# settings -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("http://gpu:8000", "http://gpu:8000"),
        (" https://Models.Office.example/v1/ ", "https://models.office.example"),
        ("http://192.168.1.20:11434/", "http://192.168.1.20:11434"),
        ("https://office.example/llm/v1", "https://office.example/llm"),
        ("http://[fd00::1]:8000", "http://[fd00::1]:8000"),
        ("192.168.1.20", "http://192.168.1.20"),
        ("127.0.0.1:40515", "http://127.0.0.1:40515"),
        ("gpu:8000", "http://gpu:8000"),
        ("server.local/v1", "http://server.local"),
        ("server.local:8000/llm/v1", "http://server.local:8000/llm"),
        ("[fd00::1]:8000", "http://[fd00::1]:8000"),
    ],
)
def test_an_address_is_kept_in_one_spelling(typed: str, kept: str) -> None:
    assert server_settings(typed).address == kept


@pytest.mark.parametrize(
    "typed",
    ["", "five hundred", "gpu:99999", "gpu:x", "gpu?x=1", "file:/etc/passwd", "https", "https:gpu",
     "http:8000", "/v1", ".gpu", "ftp://gpu", "file:///etc/passwd", "http://", "http:///v1",
     "http://gpu:99999",
     "http://gpu:0", "http://a b", "http://gpu?x=1", "http://gpu#x", "javascript:alert(1)",
     "http://gpu\\evil", "http://.gpu", "http://gpu..x", "http://gpu\n.evil", "//gpu"],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(ProblemError) as raised:
        server_settings(typed)
    assert raised.value.problem.code is Code.SERVER_ADDRESS


@pytest.mark.parametrize(
    ("typed", "host"),
    [("gpu:8000/v1", "gpu"), ("http://gpu", "gpu"), ("http:/", ""), ("https", ""), ("[fd0", "")],
)
def test_the_host_is_known_while_its_address_is_typed(typed: str, host: str) -> None:
    assert host_of(typed) == host


def test_a_proxy_is_one_that_can_be_used() -> None:
    assert server_settings("http://gpu", proxy="http://proxy:3128").proxy == "http://proxy:3128"
    with pytest.raises(ProblemError) as raised:
        server_settings("http://gpu", proxy="socks5://proxy:1080")
    assert raised.value.problem.code is Code.SERVER_ADDRESS


def test_a_password_does_not_belong_into_an_address() -> None:
    with pytest.raises(ProblemError) as raised:
        server_settings("http://me:secret@gpu:8000")
    assert raised.value.problem.code is Code.SERVER_ADDRESS_SECRET
    assert "secret" not in raised.value.problem.message


@pytest.mark.parametrize("key", ["a b", "a\nHost: evil", "schlüssel", "a\x00"])
def test_a_key_holds_no_strange_characters(key: str) -> None:
    with pytest.raises(ProblemError) as raised:
        server_settings("http://gpu", key=key)
    assert raised.value.problem.code is Code.SERVER_KEY


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("http://gpu:8000", False),
        ("http://localhost:8000", False),
        ("http://127.0.0.1:8000", False),
        ("http://10.1.2.3", False),
        ("http://[fd00::1]", False),
        ("http://gpu.office.lan", False),
        ("https://models.example.com", False),
        ("http://models.example.com", True),
        ("models.example.com", True),
        ("http://8.8.8.8", True),
        ("http://[2001:4860:4860::8888]", True),
    ],
)
def test_going_unencrypted_to_strangers_is_warned_of(address: str, warned: bool) -> None:
    assert (server_settings(address).warning is not None) is warned
