"""Pictures go into the model as llama.cpp's own helper would put them there."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import llama_cpp
import numpy as np
import pytest
from llama_cpp import llama_cpp as llama
from llama_cpp import mtmd_cpp as mtmd
from llama_cpp.llama_chat_format import MTMDChatHandler
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from app.engine.encoded_pictures import Encoded, EncodedPictures
from app.engine.vision_child import Vision, positions_of
from app.errors import Code, ProblemError
from tests.tiny_model import tiny_models

Logits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Files:
    """A model and its projector, and how its logits behave.

    ``same`` is the largest difference that counts as rounding, ``mistaken`` by how much a
    mistake moves them at the least.
    """

    text: Path
    projector: Path
    same: float
    mistaken: float


def files_of(name: str) -> Files:
    if name == "tiny":  # logits of a scale of 2; random weights hardly heed positions
        return Files(tiny_models().text, tiny_models().projector, 2e-4, 5e-3)
    return Files(MICRO / "micro.gguf", MICRO / "micro-mmproj.gguf", 2e-3, 0.1)


MICRO = Path(__file__).resolve().parents[2] / "models" / "micro"

BEFORE = "<|im_start|>user\n"
AFTER = "What is it?<|im_end|>\n<|im_start|>assistant\n"


def nothing(done: int, total: int) -> None:
    pass


def never() -> bool:
    return False


class Bench:
    """A context without any of the engine's own code around it."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.model = llama.llama_model_load_from_file(
            str(files.text).encode(), llama.llama_model_default_params()
        )
        settings = llama.llama_context_default_params()
        settings.n_ctx, settings.n_batch, settings.n_ubatch = 1024, 256, 128
        settings.n_seq_max = 4
        settings.kv_unified = True
        settings.n_threads = settings.n_threads_batch = 1
        self.context = llama.llama_init_from_model(self.model, settings)
        self.vocabulary = llama.llama_model_get_vocab(self.model)
        self.words = llama.llama_vocab_n_tokens(self.vocabulary)

    def close(self) -> None:
        llama.llama_free(self.context)
        llama.llama_model_free(self.model)

    def clear(self) -> None:
        llama.llama_memory_clear(llama.llama_get_memory(self.context), True)

    def tokens(self, text: str) -> list[int]:
        data = text.encode()
        buffer = (llama.llama_token * (len(data) + 8))()
        count = llama.llama_tokenize(
            self.vocabulary, data, len(data), buffer, len(data) + 8, False, True
        )
        return list(buffer[:count])

    def decode(self, tokens: Sequence[int], position: int, sequence: int = 0) -> Logits:
        batch = llama.llama_batch_init(len(tokens), 0, 1)
        for place, token in enumerate(tokens):
            batch.token[place] = token
            batch.pos[place] = position + place
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = sequence
            batch.logits[place] = place == len(tokens) - 1
        batch.n_tokens = len(tokens)
        assert llama.llama_decode(self.context, batch) == 0
        llama.llama_batch_free(batch)
        return self.logits()

    def logits(self) -> Logits:
        pointer = llama.llama_get_logits_ith(self.context, -1)
        return np.ctypeslib.as_array(pointer, (self.words,)).copy()


@pytest.fixture(scope="module", params=["tiny", "micro"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    bench = Bench(files_of(request.param))
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def eyes(bench: Bench) -> Iterator[Vision]:
    eyes = Vision(bench.model, bench.files.projector, 1)
    yield eyes
    eyes.close()


def drawn(path: Path, width: int, height: int, text: str) -> Path:
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    for top in range(4, height - 20, 24):
        pen.text((4, top), f"{text} {top}", fill="black", font_size=18)
    picture.save(path)
    return path


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn(tmp_path_factory.mktemp("pictures") / "wide.png", 320, 128, "RE-4711 12,50")


@pytest.fixture(scope="module")
def tall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn(tmp_path_factory.mktemp("pictures") / "tall.png", 96, 352, "9,99")


def helpers_logits(bench: Bench, eyes: Vision, pictures: Sequence[Path], text: str) -> Logits:
    """What llama.cpp's own helper makes of a prompt with its media markers."""
    bench.clear()
    data = text.encode()
    asked = mtmd.mtmd_input_text(
        text=data, text_len=len(data), add_special=False, parse_special=True
    )
    bitmaps = [
        mtmd.mtmd_helper_bitmap_init_from_file(eyes._handle, str(path).encode(), False)
        for path in pictures
    ]
    chunks = mtmd.mtmd_input_chunks_init()
    array = (mtmd.mtmd_bitmap_p_ctypes * len(bitmaps))(*bitmaps)
    assert not mtmd.mtmd_tokenize(eyes._handle, chunks, ctypes.byref(asked), array, len(bitmaps))
    end = llama.llama_pos(0)
    assert not mtmd.mtmd_helper_eval_chunks(
        eyes._handle, bench.context, chunks, 0, 0, 128, True, ctypes.byref(end)
    )
    mtmd.mtmd_input_chunks_free(chunks)
    for bitmap in bitmaps:
        mtmd.mtmd_bitmap_free(bitmap)
    return bench.logits()


def own_logits(
    bench: Bench, eyes: Vision, pictures: Sequence[Encoded], *, batch: int = 128, sequence: int = 0
) -> Logits:
    bench.clear()
    position = 0
    text = bench.tokens(BEFORE)
    for encoded in pictures:
        tokens = [*text, *eyes.before]
        bench.decode(tokens, position, sequence)
        position = eyes.decode_picture(
            bench.context, encoded, sequence, position + len(tokens), batch
        )
        text = list(eyes.after)
    return bench.decode([*text, *bench.tokens(AFTER)], position, sequence)


@pytest.mark.parametrize("name", ["wide", "tall"])
def test_logits_are_those_of_llama_cpps_own_helper(
    name: str, bench: Bench, eyes: Vision, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(name)
    expected = helpers_logits(bench, eyes, [path], f"{BEFORE}<__media__>{AFTER}")
    encoded = eyes.encode(path, nothing, never)
    for batch, sequence in ((128, 0), (7, 2)):
        got = own_logits(bench, eyes, [encoded], batch=batch, sequence=sequence)
        assert np.abs(got - expected).max() < bench.files.same


def test_two_pictures_after_each_other(bench: Bench, eyes: Vision, wide: Path, tall: Path) -> None:
    expected = helpers_logits(bench, eyes, [wide, tall], f"{BEFORE}<__media__><__media__>{AFTER}")
    both = [eyes.encode(path, nothing, never) for path in (wide, tall)]
    assert np.abs(own_logits(bench, eyes, both) - expected).max() < bench.files.same


class Mistaken(Vision):
    """Does one thing wrong on purpose."""

    mistake = ""

    def decode_picture(
        self,
        context: llama.llama_context_p,
        encoded: Encoded,
        sequence: int,
        position: int,
        batch: int,
    ) -> int:
        if self.mistake == "height and width swapped":
            encoded = replace(encoded, nx=encoded.ny, ny=encoded.nx)
        if self.mistake == "plain positions":
            encoded = replace(encoded, nx=encoded.tokens, ny=1)
        end = super().decode_picture(context, encoded, sequence, position, batch)
        if self.mistake == "the text goes on from the picture's tokens":
            return position + encoded.tokens
        if self.mistake == "no shift after the picture":
            return position + 1
        return end


@pytest.mark.parametrize(
    "mistake",
    [
        "height and width swapped",
        "plain positions",
        "the text goes on from the picture's tokens",
        "no shift after the picture",
        "vision tokens doubled",
        "vision tokens left out",
        "another picture",
    ],
)
def test_every_mistake_moves_the_logits_far_beyond_rounding(
    mistake: str, bench: Bench, eyes: Vision, wide: Path, tmp_path: Path
) -> None:
    # What makes the tests above worth something: they would fail for each of these.
    right = own_logits(bench, eyes, [eyes.encode(wide, nothing, never)])
    wrong = Mistaken(bench.model, bench.files.projector, 1)
    wrong.mistake = mistake
    path = drawn(tmp_path / "other.png", 320, 128, "XY-0000") if "another" in mistake else wide
    if mistake == "vision tokens doubled":
        wrong.before, wrong.after = wrong.before * 2, wrong.after * 2
    if mistake == "vision tokens left out":
        wrong.before, wrong.after = (), ()
    got = own_logits(bench, wrong, [wrong.encode(path, nothing, never)])
    wrong.close()
    assert np.abs(got - right).max() > bench.files.mistaken


def test_greedy_tokens_are_those_of_the_stock_chat_handler(
    bench: Bench, eyes: Vision, wide: Path
) -> None:
    count = 12
    handler = MTMDChatHandler(str(bench.files.projector), verbose=False, use_gpu=False)
    stock = llama_cpp.Llama(
        str(bench.files.text),
        chat_handler=handler,
        n_ctx=1024,
        n_threads=1,
        n_threads_batch=1,
        flash_attn=True,  # as the engine's own; without, rounding differs
        verbose=False,
    )
    handler._init_mtmd_context(stock)
    logits: list[Logits] = []

    def heard(_: object, scores: NDArray[np.single]) -> NDArray[np.single]:
        logits.append(scores.copy())
        return scores

    message = {
        "role": "user",
        "content": [
            {"type": "image_url", "image_url": {"url": f"file://{wide}"}},
            {"type": "text", "text": "What is it?"},
        ],
    }
    stock.create_chat_completion(
        [message],
        max_tokens=count,
        temperature=0.0,
        repeat_penalty=1.0,
        logits_processor=llama_cpp.LogitsProcessorList([heard]),
    )
    template = stock.metadata["tokenizer.chat_template"]
    stock.close()
    text = llama_cpp.llama_chat_format.Jinja2ChatFormatter(template, eos_token="", bos_token="")(
        messages=[{"role": "user", "content": "<__media__>What is it?"}]
    ).prompt
    before, _, after = text.partition("<__media__>")

    bench.clear()
    tokens = [*bench.tokens(before), *eyes.before]
    bench.decode(tokens, 0)
    encoded = eyes.encode(wide, nothing, never)
    position = eyes.decode_picture(bench.context, encoded, 0, len(tokens), 128)
    tokens = [*eyes.after, *bench.tokens(after)]
    for expected in logits:
        got = bench.decode(tokens, position)
        position += len(tokens)
        assert np.abs(got - expected).max() < bench.files.same
        tokens = [int(expected.argmax())]
    assert len(logits) > 1


def test_the_grid_is_known_without_encoding(eyes: Vision, tall: Path) -> None:
    grid = eyes.measure(tall)
    encoded = eyes.encode(tall, nothing, never)
    assert (grid.nx, grid.ny, grid.tokens) == (3, 11, 33)
    assert (encoded.nx, encoded.ny, encoded.tokens) == (3, 11, 33)
    assert grid.positions == encoded.positions == 11


def test_positions_without_mrope_count_on() -> None:
    encoded = Encoded(np.zeros((6, 4), np.float32), 3, 2, 6)
    assert positions_of(encoded, 10, mrope=False).tolist() == [[10, 11, 12, 13, 14, 15]]


def test_encoding_reports_progress_and_stops_when_cancelled(eyes: Vision, wide: Path) -> None:
    said: list[tuple[int, int]] = []
    whole = eyes.encode(wide, lambda done, total: said.append((done, total)), never)
    assert said == sorted(said)
    assert len(said) > 10
    assert said[-1] == (whole.tokens, whole.tokens)

    asked = 0

    def third_time() -> bool:
        nonlocal asked
        asked += 1
        return asked >= 3

    with pytest.raises(ProblemError) as raised:
        eyes.encode(wide, nothing, third_time)
    assert raised.value.problem.code is Code.CANCELLED
    assert asked == 3  # and no node after that
    again = eyes.encode(wide, nothing, never)
    assert np.array_equal(again.embeddings, whole.embeddings)


def test_an_error_while_reporting_is_not_lost_in_native_code(eyes: Vision, wide: Path) -> None:
    def broken(done: int, total: int) -> None:
        if done > 2:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        eyes.encode(wide, broken, never)


def test_a_kept_picture_is_not_encoded_again(bench: Bench, wide: Path, tmp_path: Path) -> None:
    with_folder = Vision(
        bench.model, bench.files.projector, 1, kept=EncodedPictures(tmp_path / "kept")
    )
    first = with_folder.encode(wide, nothing, never)
    second = with_folder.encode(wide, nothing, lambda: True)  # nothing is left to cancel
    assert np.array_equal(first.embeddings, second.embeddings)
    assert (second.nx, second.ny, second.positions) == (first.nx, first.ny, first.positions)

    (file,) = (tmp_path / "kept").iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    third = with_folder.encode(wide, nothing, never)
    with_folder.close()
    assert np.array_equal(first.embeddings, third.embeddings)
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_a_context_that_is_full_says_so(bench: Bench, eyes: Vision, tmp_path: Path) -> None:
    encoded = eyes.encode(drawn(tmp_path / "large.png", 640, 640, "1"), nothing, never)
    bench.clear()
    position = eyes.decode_picture(bench.context, encoded, 0, 0, 128)
    position = eyes.decode_picture(bench.context, encoded, 0, position, 128)
    with pytest.raises(ProblemError) as raised:
        eyes.decode_picture(bench.context, encoded, 0, position, 128)
    assert raised.value.problem.code is Code.PROMPT_TOO_LONG


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(200)])
def test_what_is_no_picture_is_refused(content: bytes, eyes: Vision, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    for look in (eyes.measure, lambda picture: eyes.encode(picture, nothing, never)):
        with pytest.raises(ProblemError) as raised:
            look(path)
        assert raised.value.problem.code is Code.DAMAGED


def test_a_projector_that_does_not_fit_is_refused(bench: Bench, tmp_path: Path) -> None:
    whole = tiny_models().projector.read_bytes()
    wrong = {
        "truncated.gguf": whole[: len(whole) // 2],
        "empty.gguf": b"",
        "text.gguf": b"no GGUF at all" * 100,
        "model.gguf": tiny_models().text.read_bytes(),
    }
    for name, content in wrong.items():
        (tmp_path / name).write_bytes(content)
    for path in [*map(tmp_path.__truediv__, wrong), tmp_path / "nowhere.gguf"]:
        with pytest.raises(ProblemError) as raised:
            Vision(bench.model, path, 1)
        assert raised.value.problem.code is Code.PROJECTOR_UNFIT
