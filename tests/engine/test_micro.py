"""The micro model reads, through the real library and nothing of the engine's own code.

It is the yardstick for the engine's tests, so it is held to an independent path itself:
its own vocabulary to llama.cpp's, and llama.cpp's logits to transformers' (``logits.json``).
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterator, Sequence

import llama_cpp
import numpy as np
import pytest
from llama_cpp import llama_cpp as llama
from llama_cpp import mtmd_cpp as mtmd
from numpy.typing import NDArray

from app.reading.model.formats import MARKS, VALUES, AnswerFormat
from models.micro.documents import Made, invoice, invoice_type, self_billed
from models.micro.pictures import Slip, slip, slip_type
from models.micro.vocabulary import CONTROL, HERE, load

FRESH = 2_000_000_000
"""Seeds from here on were neither trained on nor looked at while training."""

SAME = 0.02
"""The largest difference between two ways to compute a logit, of a scale of 20."""

Logits = NDArray[np.float32]


def chat(instructions: str, document: str) -> str:
    """The prompt, written out by hand rather than by the template."""
    return (
        f"<|im_start|>system\n{instructions}<|im_end|>\n<|im_start|>user\n{document}<|im_end|>\n"
        "<|im_start|>assistant\n<think>\n\n</think>\n\n"
    )


class Micro:
    """The model in a context of its own."""

    def __init__(self) -> None:
        self.model = llama.llama_model_load_from_file(
            str(HERE / "micro.gguf").encode(), llama.llama_model_default_params()
        )
        settings = llama.llama_context_default_params()
        settings.n_ctx = settings.n_batch = settings.n_ubatch = 2048
        settings.n_threads = settings.n_threads_batch = 1
        self.context = llama.llama_init_from_model(self.model, settings)
        self.vocabulary = llama.llama_model_get_vocab(self.model)
        self.size = llama.llama_vocab_n_tokens(self.vocabulary)
        self.end = llama.llama_vocab_eos(self.vocabulary)
        seeing = mtmd.mtmd_context_params_default()
        seeing.use_gpu = seeing.print_timings = seeing.warmup = False
        seeing.n_threads = 1
        self.eye = mtmd.mtmd_init_from_file(
            str(HERE / "micro-mmproj.gguf").encode(), self.model, seeing
        )

    def close(self) -> None:
        mtmd.mtmd_free(self.eye)
        llama.llama_free(self.context)
        llama.llama_model_free(self.model)

    def tokens(self, text: str, *, special: bool) -> list[int]:
        data = text.encode()
        found = (llama.llama_token * (len(data) + 8))()
        count = llama.llama_tokenize(
            self.vocabulary, data, len(data), found, len(data) + 8, False, special
        )
        return list(found[:count])

    def decode(self, tokens: Sequence[int], position: int, every: bool = False) -> Logits:
        """Logits (tokens, vocabulary) at every token, or (1, vocabulary) at the last."""
        batch = llama.llama_batch_init(len(tokens), 0, 1)
        for place, token in enumerate(tokens):
            batch.token[place] = token
            batch.pos[place] = position + place
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = 0
            batch.logits[place] = every or place == len(tokens) - 1
        batch.n_tokens = len(tokens)
        assert llama.llama_decode(self.context, batch) == 0
        llama.llama_batch_free(batch)
        return self.logits(len(tokens) if every else 1)

    def logits(self, count: int) -> Logits:
        pointer = llama.llama_get_logits(self.context)
        return np.ctypeslib.as_array(pointer, (count, self.size)).copy()

    def forget(self) -> None:
        llama.llama_memory_clear(llama.llama_get_memory(self.context), True)

    def show(self, instructions: str, shown: Slip) -> tuple[Logits, int]:
        """Logits after a prompt with a picture, and the position that comes next."""
        self.forget()
        pixels = np.ascontiguousarray(shown.pixels())
        data = pixels.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
        bitmap = mtmd.mtmd_bitmap_init(pixels.shape[1], pixels.shape[0], data)
        text = chat(instructions, mtmd.mtmd_default_marker().decode()).encode()
        given = mtmd.mtmd_input_text()
        given.text, given.text_len = text, len(text)
        given.add_special, given.parse_special = False, True
        chunks = mtmd.mtmd_input_chunks_init()
        bitmaps = (mtmd.mtmd_bitmap_p_ctypes * 1)(bitmap)
        assert mtmd.mtmd_tokenize(self.eye, chunks, ctypes.byref(given), bitmaps, 1) == 0
        position = llama.llama_pos(0)
        assert (
            mtmd.mtmd_helper_eval_chunks(
                self.eye, self.context, chunks, 0, 0, 2048, True, ctypes.byref(position)
            )
            == 0
        )
        mtmd.mtmd_input_chunks_free(chunks)
        mtmd.mtmd_bitmap_free(bitmap)
        return self.logits(1), position.value

    def go_on(self, logits: Logits, position: int, most: int = 400) -> str:
        """The likeliest token again and again, until the end."""
        written: list[int] = []
        while len(written) < most:
            token = int(logits[-1].argmax())
            if token == self.end:
                break
            written.append(token)
            logits = self.decode([token], position)
            position += 1
        return load().decode(written)

    def read(self, made: Made, way: AnswerFormat) -> str:
        self.forget()
        prompt = chat(way.instructions(invoice_type()), made.prompt(way))
        tokens = self.tokens(prompt, special=True)
        return self.go_on(self.decode(tokens, 0), len(tokens))

    def look(self, shown: Slip) -> str:
        return self.go_on(*self.show(VALUES.instructions(slip_type()), shown))


@pytest.fixture(scope="module")
def micro() -> Iterator[Micro]:
    model = Micro()
    yield model
    model.close()


def test_the_vocabulary_is_the_one_that_the_library_reads_from_the_file(micro: Micro) -> None:
    texts = [invoice(FRESH + seed).marked_text for seed in range(60)]
    texts += [way.instructions(invoice_type()) for way in (VALUES, MARKS)]
    texts += [
        "it's WE'LL 'save\n\n 12\u00a0345,6 — naïve\t\t x  \n y\r\n日本語 <|im_end|> [07]ß\u0301"
    ]
    for text in texts:
        assert load().encode(text) == micro.tokens(text, special=False)
        assert load().decode(load().encode(text)) == text


def test_control_tokens_are_tokens_of_their_own(micro: Micro) -> None:
    for token in CONTROL:
        assert micro.tokens(token, special=True) == [load().special(token)]
        assert len(micro.tokens(token, special=False)) > 1


def test_its_template_gives_the_prompt_that_it_was_trained_on() -> None:
    model = llama_cpp.Llama(str(HERE / "micro.gguf"), n_ctx=256, verbose=False)
    template = model.metadata["tokenizer.chat_template"]
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    formatter = Jinja2ChatFormatter(template, eos_token="<|im_end|>", bos_token="")
    messages = [{"role": "system", "content": "Do."}, {"role": "user", "content": "This."}]
    told = formatter(messages=messages, enable_thinking=False)  # type: ignore[arg-type]
    assert told.prompt == chat("Do.", "This.")
    thinking = formatter(messages=messages, enable_thinking=True)  # type: ignore[arg-type]
    assert thinking.prompt.endswith("<|im_start|>assistant\n<think>\n")


@pytest.mark.parametrize("kind", [VALUES.name, MARKS.name, "slip"])
def test_the_library_computes_what_transformers_computes(micro: Micro, kind: str) -> None:
    entries = json.loads((HERE / "logits.json").read_text(encoding="utf-8"))
    (entry,) = [entry for entry in entries if entry["kind"] == kind]
    if kind == "slip":
        shown = slip(entry["seed"], 5, 11)
        first, position = micro.show(VALUES.instructions(slip_type()), shown)
        answer = load().encode(shown.answer)
    else:
        way = VALUES if kind == VALUES.name else MARKS
        made = invoice(entry["seed"])
        micro.forget()
        prompt = micro.tokens(
            chat(way.instructions(invoice_type()), made.prompt(way)), special=True
        )
        first, position = micro.decode(prompt, 0), len(prompt)
        answer = load().encode(made.answer(way, invoice_type()))
    logits = np.concatenate([first, micro.decode(answer, position, every=True)])
    ours = logits[:: entry["every"], :: entry["of"]]
    theirs = np.array(entry["logits"])
    assert np.abs(theirs).max() > 5
    assert np.abs(ours[: len(theirs)] - theirs).max() < SAME


def test_it_fills_the_values_of_invoices_that_it_has_never_seen(micro: Micro) -> None:
    assert wholly_right(micro, VALUES, range(FRESH, FRESH + 20)) >= 16


def test_it_names_the_marks_of_invoices_that_it_has_never_seen(micro: Micro) -> None:
    assert wholly_right(micro, MARKS, range(FRESH, FRESH + 20)) >= 17


def test_it_reads_pictures_whose_values_stand_beside_and_below_their_labels(micro: Micro) -> None:
    shown = [slip(FRESH + seed) for seed in range(20)]
    assert sum(micro.look(each) == each.answer for each in shown) >= 18


def test_its_adapter_exchanges_the_parties_of_an_invoice(micro: Micro) -> None:
    adapter = llama.llama_adapter_lora_init(micro.model, str(HERE / "lora.gguf").encode())
    assert adapter
    adapters, scales = (llama.llama_adapter_lora_p_ctypes * 1)(adapter), (ctypes.c_float * 1)(1.0)
    made = [self_billed(invoice(FRESH + seed)) for seed in range(12)]
    answers = [each.answer(MARKS, invoice_type()) for each in made]
    plain = sum(micro.read(each, MARKS) == true for each, true in zip(made, answers, strict=True))
    assert llama.llama_set_adapters_lora(micro.context, adapters, 1, scales) == 0
    adapted = sum(micro.read(each, MARKS) == true for each, true in zip(made, answers, strict=True))
    assert llama.llama_set_adapters_lora(micro.context, adapters, 0, scales) == 0
    assert plain <= 2
    assert adapted >= 8


def wholly_right(micro: Micro, way: AnswerFormat, seeds: range) -> int:
    """How many answers are right to the last character."""
    made = [invoice(seed) for seed in seeds]
    return sum(micro.read(each, way) == each.answer(way, invoice_type()) for each in made)
