"""The office's server on its bad days: each ends in a sentence, and none in a hang."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.engine.forms import Fixed, Form, Slot
from app.engine.messages import Answer, Piece, Progress, Stage
from app.engine.server.connection import Patience
from app.engine.server.engine import SAFE_ROOM, ServerEngine
from app.engine.server.forms import NEUTRAL
from app.engine.server.host import Kind
from app.engine.server.settings import server_settings
from app.errors import Code, Problem, ProblemError
from tests.engine.engine_contract import answer_of, problem_of, request
from tests.engine.scripted_server import (
    Handler,
    Script,
    Server,
    answers,
    models,
    refuses,
    scripted_server,
)

PATIENT = Patience(
    connect=20, first=60, between=60, short=60, retries=2, pause=0.02, longest_pause=0.1
)
HASTY = replace(PATIENT, first=1.0, between=0.5)
FORM = Form(
    (
        Fixed("a"),
        Slot("number", r" [A-Z0-9][A-Z0-9-]{0,11}"),
        Fixed("\nb"),
        Slot("net", r" \d{1,6},\d\d"),
    )
)
JSON = '{"a": "RE-7", "b": "12,50"}'
WANTED = [("number", " RE-7"), ("net", " 12,50")]


@contextmanager
def engine_on(
    server: Server | str, patience: Patience = PATIENT, **more: str
) -> Iterator[ServerEngine]:
    address = server if isinstance(server, str) else server.address
    engine = ServerEngine(server_settings(address, **more), patience)
    try:
        yield engine
    finally:
        engine.stop()


def values(answer: Answer) -> list[tuple[str, str]]:
    return [(filled.key, filled.text) for filled in answer.filled]


def test_no_server_is_said_after_some_tries() -> None:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))  # bound, and nobody listens
        with engine_on(f"http://127.0.0.1:{listener.getsockname()[1]}") as engine:
            assert problem_of(engine.ask(request("x"))) is Code.SERVER_UNREACHABLE


def test_a_busy_server_is_asked_again() -> None:
    busy = refuses(429, "slow down", Retry_After="0.01")
    with scripted_server(busy, refuses(503), answers("hel", "lo")) as server:
        with engine_on(server) as engine:
            assert answer_of(engine.ask(request("x"))).text == "hello"
        assert len(server.chats) == 3


def test_a_server_that_stays_busy_is_said() -> None:
    with scripted_server(refuses(429)) as server, engine_on(server) as engine:
        assert problem_of(engine.ask(request("x"))) is Code.SERVER_BUSY
        assert len(server.chats) == 1 + PATIENT.retries


def test_waiting_for_a_busy_server_can_be_cancelled() -> None:
    patience = replace(PATIENT, longest_pause=60)
    busy = refuses(503, Retry_After="59")
    with scripted_server(busy) as server, engine_on(server, patience) as engine:
        running = engine.ask(replace(request("x"), name="waiting.pdf"))
        while not server.chats:
            threading.Event().wait(0.01)
        running.cancel()
        with pytest.raises(ProblemError) as raised:
            list(running.events())
        assert raised.value.problem == Problem(Code.CANCELLED, "waiting.pdf")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_not_asked_twice(status: int) -> None:
    with scripted_server(refuses(status)) as server, engine_on(server, key="wrong") as engine:
        assert problem_of(engine.ask(request("x"))) is Code.SERVER_REFUSED
        assert len(server.chats) == 1


def test_a_server_that_asks_for_a_key_is_told_from_one_that_refuses_it() -> None:
    with scripted_server(listing=refuses(401)) as server, engine_on(server) as engine:
        with pytest.raises(ProblemError) as raised:
            engine.check()
        assert raised.value.problem == Problem(Code.SERVER_WANTS_KEY, server.address)


def test_a_fault_of_the_server_is_said() -> None:
    with scripted_server(refuses(500, "boom")) as server, engine_on(server) as engine:
        assert problem_of(engine.ask(request("x"))) is Code.SERVER_FAILED
        assert problem_of(engine.ask(request("x", form=FORM))) is Code.SERVER_FAILED


def test_a_server_that_hangs_is_given_up() -> None:
    def hang(handler: Handler) -> None:
        handler.open_stream()
        handler.send(b": still there\n\n")
        handler.wait()

    with scripted_server(hang) as server, engine_on(server, HASTY) as engine:
        assert problem_of(engine.ask(request("x"))) is Code.SERVER_TIMEOUT


def test_a_server_that_stops_in_the_middle_is_given_up() -> None:
    def stall(handler: Handler) -> None:
        handler.open_stream()
        handler.piece("he")
        handler.wait()

    with scripted_server(stall) as server, engine_on(server, HASTY) as engine:
        running = engine.ask(request("x"))
        assert problem_of(running) is Code.SERVER_TIMEOUT
        assert len(server.chats) == 1  # it may not be answered twice


def break_off(handler: Handler) -> None:
    handler.open_stream()
    handler.piece("he")


def end_without_reason(handler: Handler) -> None:
    handler.open_stream()
    handler.piece("he")
    handler.send(b"data: [DONE]\n\n")
    handler.wfile.write(b"0\r\n\r\n")


def fail_in_stream(handler: Handler) -> None:
    handler.open_stream()
    handler.piece("he")
    handler.send(b'data: {"error": {"message": "CUDA error", "code": 500}}\n\n')


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (break_off, Code.SERVER_BROKE_OFF),
        (end_without_reason, Code.SERVER_BROKE_OFF),
        (fail_in_stream, Code.SERVER_FAILED),
    ],
)
def test_half_an_answer_is_none(script: Script, code: Code) -> None:
    with scripted_server(script) as server, engine_on(server) as engine:
        assert problem_of(engine.ask(request("x"))) is code
        assert len(server.chats) == 1


def test_a_stream_that_breaks_before_a_word_is_asked_for_its_reason() -> None:
    def nothing(handler: Handler) -> None:
        handler.open_stream()

    why = refuses(400, "This model's maximum context length is 2048 tokens. However, …")
    with scripted_server(nothing, nothing, why) as server, engine_on(server) as engine:
        running = engine.ask(replace(request("x", form=FORM), name="long.pdf"))
        with pytest.raises(ProblemError) as raised:
            list(running.events())
        assert raised.value.problem.code is Code.PROMPT_TOO_LONG
        assert "“long.pdf” is too long" in raised.value.problem.message
        assert "The server has room for about 2 pages." in raised.value.problem.message
        assert "stream" not in server.chats[-1].body


def garbage(handler: Handler) -> None:
    handler.open_stream()
    handler.send(b"data: <html>\xff\xfe\n\n")


def wrong_shape(handler: Handler) -> None:
    handler.open_stream()
    handler.event({"choices": "none"})


def endless_line(handler: Handler) -> None:
    handler.open_stream()
    handler.send(b"data: ")
    for _ in range(100):
        handler.send(b"x" * 65536)


def web_page(handler: Handler) -> None:
    handler.say(200, "<html>Please log in</html>")


@pytest.mark.parametrize("script", [garbage, wrong_shape, endless_line, web_page])
def test_garbage_is_no_answer(script: Script) -> None:
    with scripted_server(script) as server, engine_on(server) as engine:
        code = problem_of(engine.ask(request("x", form=FORM)))
        assert code in {Code.SERVER_BAD_ANSWER, Code.SERVER_BROKE_OFF}


def test_something_that_is_no_model_server_is_said() -> None:
    with scripted_server(listing=web_page) as server, engine_on(server) as engine:
        with pytest.raises(ProblemError) as raised:
            engine.check()
        assert raised.value.problem.code is Code.SERVER_BAD_ANSWER


def too_much(handler: Handler) -> None:
    handler.say(200, {"data": [], "padding": "x" * 5_000_000})


def long_page(status: int, begin: str = "") -> Script:
    return lambda handler: handler.say(status, f"<html>{begin}{'x' * 200_000}</html>")


@pytest.mark.parametrize("listing", [too_much, long_page(404), long_page(500)])
def test_an_answer_that_is_far_too_long_is_no_fault_of_ours(listing: Script) -> None:
    with scripted_server(listing=listing) as server, engine_on(server) as engine:
        with pytest.raises(ProblemError) as raised:
            engine.check()
        assert raised.value.problem.code is Code.SERVER_BAD_ANSWER
        assert problem_of(engine.ask(request("x"))) is Code.SERVER_BAD_ANSWER


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (long_page(500), Code.SERVER_FAILED),
        (long_page(400, "maximum context length is 2048"), Code.PROMPT_TOO_LONG),
    ],
)
def test_a_refusal_of_many_words_is_understood_from_the_first(refusal: Script, code: Code) -> None:
    with scripted_server(refusal) as server, engine_on(server) as engine:
        assert problem_of(engine.ask(request("x"))) is code


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with scripted_server(answers("stolen")) as elsewhere:
        target = {"Location": elsewhere.address + "/v1/chat/completions"}
        moved = refuses(status, **target)
        with scripted_server(moved) as server, engine_on(server) as engine:
            running = engine.ask(request("secret"))
            with pytest.raises(ProblemError) as raised:
                list(running.events())
        assert raised.value.problem.code is Code.SERVER_MOVED
        assert elsewhere.address.removeprefix("http://") in raised.value.problem.message
        assert elsewhere.asked == []


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_server(answers("stolen")) as proxy, scripted_server(answers("hello")) as server:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
        with engine_on(server) as engine:
            assert answer_of(engine.ask(request("x"))).text == "hello"
        assert proxy.asked == []


def test_a_proxy_that_was_set_is_used() -> None:
    with scripted_server() as proxy:
        proxy.scripts["http://office.test:8000/v1/models"] = [models()]
        proxy.scripts["http://office.test:8000/v1/chat/completions"] = [answers("hello")]
        with engine_on("http://office.test:8000", proxy=proxy.address) as engine:
            assert answer_of(engine.ask(request("x"))).text == "hello"


@pytest.fixture
def self_signed(tmp_path: Path) -> Path:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    both = tmp_path / "both.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(both), "-out", str(tmp_path / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )
    both.write_bytes(both.read_bytes() + (tmp_path / "cert.pem").read_bytes())
    return both


def test_an_untrusted_certificate_is_said(self_signed: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed)
    with scripted_server(answers("hello")) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        address = server.address.replace("http://", "https://")
        with engine_on(address) as engine:
            assert problem_of(engine.ask(request("x"))) is Code.SERVER_CERTIFICATE
        assert server.asked == []


def test_the_key_goes_into_the_header_and_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with scripted_server(answers("hello")) as server:
        with engine_on(server, key="sk-secret") as engine:
            answer_of(engine.ask(request("x")))
            assert "sk-secret" not in repr(engine._settings)
        for asked in server.asked:
            assert asked.headers["Authorization"] == "Bearer sk-secret"
            assert "sk-secret" not in json.dumps(asked.body)
    assert "sk-secret" not in caplog.text


# what it answers ------------------------------------------------------------------


def test_json_is_turned_back_into_slots() -> None:
    with scripted_server(answers(JSON[:9], JSON[9:])) as server, engine_on(server) as engine:
        answer = answer_of(engine.ask(request("x", form=FORM)))
    assert values(answer) == WANTED
    assert answer.text == "a RE-7\nb 12,50"
    assert {filled.certainty for filled in answer.filled} == {NEUTRAL}
    assert engine.tells_certainty is False
    asked = server.chats[0].body
    assert asked["response_format"]["type"] == "json_schema"
    assert "JSON" in asked["messages"][0]["content"]


def test_what_a_server_does_not_know_is_left_out() -> None:
    scripts = [
        refuses(400, "logprobs are not supported"),
        refuses(400, "Unrecognized request argument supplied: chat_template_kwargs"),
        refuses(400, "response_format json_schema is not supported"),
        answers(JSON),
        answers(JSON),
    ]
    with scripted_server(*scripts) as server, engine_on(server) as engine:
        assert values(answer_of(engine.ask(request("x", form=FORM)))) == WANTED
        again = answer_of(engine.ask(request("x", form=FORM)))
        assert values(again) == WANTED
        *_, fourth, fifth = server.chats
        assert len(server.chats) == 5  # the second time at once as it worked
        for asked in (fourth, fifth):
            assert asked.body["response_format"] == {"type": "json_object"}
        assert "logprobs" not in fifth.body


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ('{"a": "RE-7", "b": "twelve"}', [("number", " RE-7")]),
        ('{"a": null, "b": 12.5}', []),
        ('{"b": " 12,50", "a": "x\\ny; DROP TABLE", "c": {"d": [1]}}', [("net", " 12,50")]),
        ('```json\n{"a": "RE-7", "b": "12,50"}\n```', WANTED),
        ('Here you are: {"a": "RE-7", "b": "12,50"} I hope', WANTED),
        ('{"number": "RE-7", "net": "12,50"}', WANTED),
    ],
)
def test_values_that_do_not_fit_are_dropped(said: str, wanted: list[tuple[str, str]]) -> None:
    with scripted_server(answers(said)) as server, engine_on(server) as engine:
        running = engine.ask(request("x", form=FORM))
        if not wanted:
            assert problem_of(running) is Code.SERVER_BAD_ANSWER
        else:
            assert values(answer_of(running)) == wanted


def test_without_any_form_the_next_way_is_tried() -> None:
    with scripted_server(
        answers("Sure!"), answers("Of course."), answers("a RE-7\nb 12,50")
    ) as server:
        with engine_on(server) as engine:
            assert values(answer_of(engine.ask(request("x", form=FORM)))) == WANTED
        assert "response_format" not in server.chats[-1].body
        assert "JSON" not in json.dumps(server.chats[-1].body["messages"])


def test_what_is_cut_off_keeps_what_is_complete() -> None:
    half = answers('{"a": "RE-7", "b": "12,', reason="length")
    with scripted_server(half) as server, engine_on(server) as engine:
        answer = answer_of(engine.ask(request("x", form=FORM)))
    assert answer.cut
    assert values(answer) == WANTED[:1]


def endless(word: str) -> Script:
    def play(handler: Handler) -> None:
        handler.open_stream()
        while not handler.server.over.is_set():
            handler.piece(word)

    return play


@pytest.mark.parametrize("word", ["\n", "I am sure, I am sure. ", "x", '{"a": "RE-7", '])
def test_an_answer_without_end_is_ended(word: str) -> None:
    with scripted_server(endless(word)) as server, engine_on(server) as engine:
        free = answer_of(engine.ask(request("x", most_tokens=400)))
        assert free.cut
        assert len(free.text) < 20_000
        running = engine.ask(request("x", form=FORM))
        try:
            filled = answer_of(running)
        except ProblemError as error:
            code = error.problem.code
        else:
            code = Code.SERVER_BAD_ANSWER
            assert filled.cut
    assert code in {Code.SERVER_BAD_ANSWER, Code.SERVER_THINKS}


def test_cancel_closes_the_stream() -> None:
    stopped = threading.Event()

    def watch(handler: Handler) -> None:
        handler.open_stream()
        try:
            while True:
                handler.piece("x")
                handler.server.over.wait(0.01)
        except ConnectionError:
            stopped.set()

    with scripted_server(watch) as server, engine_on(server) as engine:
        running = engine.ask(request("x", most_tokens=100_000))
        for event in running.events():
            if isinstance(event, Piece):
                break
        running.cancel()
        assert problem_of(running) is Code.CANCELLED
        assert stopped.wait(60)


def test_several_are_in_flight_and_no_more_than_allowed() -> None:
    together = threading.Barrier(3)
    most = []

    def meet(handler: Handler) -> None:
        together.wait(60)
        most.append(together.n_waiting)
        answers("met")(handler)

    with scripted_server(meet) as server:
        engine = ServerEngine(server_settings(server.address), PATIENT, at_once=3)
        patient = [engine.ask(request(f"{number}")) for number in range(6)]
        assert [answer_of(each).text for each in patient] == ["met"] * 6
        engine.stop()


# thinking -------------------------------------------------------------------------


def reasons(handler: Handler) -> None:
    handler.open_stream()
    for word in ("Let me ", "see. "):
        handler.event({"choices": [{"delta": {"reasoning_content": word, "content": None}}]})
    handler.piece("Yes")
    handler.piece("!")
    handler.done()


@pytest.mark.parametrize(
    "script",
    [
        reasons,
        answers("<think>\n", "Let me ", "see. </th", "ink>\n\nYes", "!"),
        answers("<thi", "nk>Let me see. ", "</think>Yes!"),
        answers("Let me ", "see. ", "</think>", "\n\nYes!"),  # the template opened it
    ],
)
def test_thinking_is_kept_apart(script: Script) -> None:
    with scripted_server(script) as server, engine_on(server) as engine:
        events = list(engine.ask(request("x", think_tokens=100)).events())
        asked = server.chats[0].body
    answer = events[-1]
    assert isinstance(answer, Answer)
    assert answer.text == "Yes!"
    assert answer.thinking == "Let me see. "
    pieces = [event for event in events if isinstance(event, Piece)]
    assert "".join(p.text for p in pieces if p.thinking) == answer.thinking
    assert "".join(p.text for p in pieces if not p.thinking) == "Yes!"
    assert asked["chat_template_kwargs"] == {"enable_thinking": True}


def test_an_answer_without_thinking_is_no_thinking() -> None:
    with scripted_server(answers("Yes", "!")) as server, engine_on(server) as engine:
        answer = answer_of(engine.ask(request("x", think_tokens=100)))
    assert (answer.text, answer.thinking) == ("Yes!", "")


def ponders(handler: Handler) -> None:
    handler.open_stream()
    while not handler.server.over.is_set():
        handler.event({"choices": [{"delta": {"reasoning": "hm "}}]})


def test_thinking_has_an_end() -> None:
    with scripted_server(ponders, answers("Yes!")) as server, engine_on(server) as engine:
        answer = answer_of(engine.ask(request("x", think_tokens=20)))
        assert answer.text == "Yes!"
        assert 0 < len(answer.thinking) < 200
        assert [chat.body["chat_template_kwargs"] for chat in server.chats] == [
            {"enable_thinking": True},
            {"enable_thinking": False},
        ]


def test_a_model_that_only_thinks_is_given_up() -> None:
    with scripted_server(ponders) as server, engine_on(server) as engine:
        assert problem_of(engine.ask(request("x"))) is Code.SERVER_THINKS


def test_a_form_may_be_thought_about() -> None:
    def play(handler: Handler) -> None:
        handler.open_stream()
        handler.event({"choices": [{"delta": {"reasoning": "The number is "}}]})
        handler.piece(JSON)
        handler.done()

    with scripted_server(play, listing=models("vllm")) as server, engine_on(server) as engine:
        answer = answer_of(engine.ask(request("x", form=FORM, think_tokens=50)))
    assert values(answer) == WANTED
    assert answer.thinking == "The number is "


# the kinds of servers, as their documentation says they answer ----------------------


def test_vllm_gets_a_regular_expression() -> None:
    listing = models("vllm", ["qwen"], max_model_len=8192)
    usage = {
        "prompt_tokens": 90,
        "completion_tokens": 12,
        "prompt_tokens_details": {"cached_tokens": 64},
    }
    script = answers("a RE-7\n", "b 12,50", usage=usage)
    version: Script = lambda handler: handler.say(200, {"version": "0.14.1"})  # noqa: E731
    with scripted_server(script, listing=listing, version=version) as server:
        with engine_on(server) as engine:
            host = engine.check()
            answer = answer_of(engine.ask(request("x", form=FORM)))
        asked = server.chats[0].body
    assert (host.kind, host.model, host.context) == (Kind.VLLM, "qwen", 8192)
    assert values(answer) == WANTED
    assert (answer.counts.prompt, answer.counts.sampled, answer.counts.cached) == (90, 12, 64)
    assert set(asked["structured_outputs"]) == {"regex"}
    assert "guided_regex" not in asked
    assert "max_tokens" not in asked


def test_an_older_vllm_gets_it_under_the_older_name() -> None:
    version: Script = lambda handler: handler.say(200, {"version": "0.9.2"})  # noqa: E731
    script = answers("a RE-7\nb 12,50")
    with scripted_server(script, listing=models("vllm"), version=version) as server:
        with engine_on(server) as engine:
            answer_of(engine.ask(request("x", form=FORM)))
        assert "guided_regex" in server.chats[0].body


def test_llama_server_gets_a_grammar_and_tells_its_progress() -> None:
    def props(handler: Handler) -> None:
        handler.say(200, {"total_slots": 3, "modalities": {"vision": True}, "n_ctx": 4096})

    def play(handler: Handler) -> None:
        handler.open_stream()
        for done in (100, 200):
            progress = {"total": 200, "cache": 0, "processed": done, "time_ms": done * 10}
            handler.event({"choices": [], "prompt_progress": progress})
        entry = {"token": "a RE-7", "logprob": -0.5, "bytes": list(b"a RE-7")}
        handler.piece("a RE-7", logprobs={"content": [entry]})
        entry = {"token": "\nb 12,50", "logprob": -1.0, "bytes": list(b"\nb 12,50")}
        handler.piece("\nb 12,50", logprobs={"content": [entry]})
        handler.done()

    with scripted_server(play, listing=models("llamacpp"), props=props) as server:
        with engine_on(server) as engine:
            host = engine.check()
            events = list(engine.ask(request("x", form=FORM)).events())
        asked = server.chats[0].body
    assert (host.kind, host.at_once, host.sees) == (Kind.LLAMA_SERVER, 3, True)
    assert str(asked["grammar"]).startswith("root ::=")
    reading = [e for e in events if isinstance(e, Progress) and e.stage is Stage.READING]
    assert [(e.done, e.total, e.left) for e in reading[-2:]] == [(100, 200, 1.0), (200, 200, 0.0)]
    answer = events[-1]
    assert isinstance(answer, Answer)
    assert [filled.certainty for filled in answer.filled] == pytest.approx(
        [0.6065, 0.3679], abs=1e-3
    )


def ollama(context: int) -> dict[str, Script]:
    def version(handler: Handler) -> None:
        handler.say(200, {"version": "0.14.0"})

    def show(handler: Handler) -> None:
        handler.say(200, {"capabilities": ["completion", "vision"]})

    def loaded(handler: Handler) -> None:
        handler.say(200, {"models": [{"name": "qwen3.5:4b", "context_length": context}]})

    return {"api__version": version, "api__show": show, "api__ps": loaded}


def test_ollama_gets_a_schema_and_is_told_not_to_think() -> None:
    listing = models("library", ["qwen3.5:4b", "other:latest"])
    script = answers(JSON, usage={"prompt_tokens": 100, "completion_tokens": 9})
    with scripted_server(script, listing=listing, **ollama(4096)) as server:
        with engine_on(server, model="qwen3.5:4b") as engine:
            assert engine.check().kind is Kind.OLLAMA
            assert engine.sees
            assert values(answer_of(engine.ask(request("x", form=FORM)))) == WANTED
        asked = server.chats[0].body
    assert asked["reasoning_effort"] == "none"
    assert "chat_template_kwargs" not in asked
    assert asked["response_format"]["type"] == "json_schema"


def test_a_prompt_that_ollama_shortened_is_noticed() -> None:
    listing = models("library", ["qwen3.5:4b"])
    script = answers(JSON, usage={"prompt_tokens": 4096, "completion_tokens": 9})
    ready = scripted_server(script, listing=listing, **ollama(4096))
    with ready as server, engine_on(server) as engine:
        assert problem_of(engine.ask(request("x", form=FORM))) is Code.PROMPT_TOO_LONG


def test_which_of_several_models_must_be_said() -> None:
    with scripted_server(listing=models(names=["big", "small"])) as server:
        with engine_on(server) as engine, pytest.raises(ProblemError) as raised:
            engine.check()
        assert raised.value.problem.code is Code.SERVER_WHICH_MODEL
        assert "big, small" in raised.value.problem.advice
        with engine_on(server, model="small") as engine:
            assert engine.check().model == "small"


def test_a_server_that_does_not_stream_is_understood() -> None:
    whole = {
        "choices": [{"message": {"role": "assistant", "content": JSON}, "finish_reason": "stop"}]
    }
    ready = scripted_server(lambda handler: handler.say(200, whole))
    with ready as server, engine_on(server) as engine:
        assert values(answer_of(engine.ask(request("x", form=FORM)))) == WANTED


def test_room_is_what_the_server_says_of_itself() -> None:
    with (
        scripted_server(listing=models("vllm", ["qwen"], max_model_len=8192)) as server,
        engine_on(server) as engine,
    ):
        assert engine.room() == 8192
    said = {"total_slots": 2, "default_generation_settings": {"n_ctx": 16_384}}
    with (
        scripted_server(
            listing=models("llamacpp"), props=lambda handler: handler.say(200, said)
        ) as server,
        engine_on(server) as engine,
    ):
        assert engine.room() == 16_384
    listing = models("library", ["qwen3.5:4b"])
    with scripted_server(listing=listing, **ollama(12_288)) as server, engine_on(server) as engine:
        assert engine.room() == 12_288


def test_room_is_little_where_the_server_says_nothing() -> None:
    with scripted_server() as server:
        with engine_on(server) as engine:
            assert engine.room() == SAFE_ROOM
            assert engine.seconds(1000, 10) is None
        gone = server.address
    engine = ServerEngine(server_settings(gone), HASTY)
    try:
        assert engine.room() == SAFE_ROOM
    finally:
        engine.stop()
