"""The model's eyes: pictures through the projector, and what it gives into the model.

``mtmd`` does three things for a picture: it cuts it into patches, runs the vision tower
over them, and decodes the result.  The first two are used here; the third is done by
:meth:`Vision.decode_portion`, so that the engine's scheduler says when, into which sequence
and in which portions, and so that an encoded picture can be kept on disk.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp as llama
from llama_cpp import mtmd_cpp as mtmd
from numpy.typing import NDArray

from app.engine.encoded_pictures import Encoded, EncodedPictures, identity_of, picture_key
from app.engine.llama_child import quiet, version
from app.errors import Code, ProblemError, problem

MOST_TOKENS = 4096
"""A picture of more is made smaller by mtmd; the pictures that are prepared have fewer."""

_PROBE = (64, 128)  # pixels: 8 tokens, the fewest that a Qwen-VL projector takes
_MROPE_ROWS = 4
_ABORTED = 2
_NO_ROOM = 1

Progress = Callable[[int, int], None]
"""Called with the tokens that are done (estimated by the share of the work) and all of them."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How many tokens a picture takes across and down, and how many positions."""

    nx: int
    ny: int
    tokens: int
    positions: int


class _Watch:
    """Hears of every node of the vision tower's graph: counts it, and stops on demand.

    llama.cpp has an abort callback for the language model but none for the vision tower.
    What it has is the callback meant for looking at intermediate results: it is asked
    before each node whether the result is wanted, and the graph ends where the callback
    says so after one.  So encoding stops between two nodes, the longest of which (attention
    over 4,000 patches) takes about half a second on two cores.
    """

    def __init__(self) -> None:
        self.nodes = 0
        self.stopped = False
        self.error: Exception | None = None
        self._heard: Callable[[int], bool] | None = None
        self.callback = llama.ggml_backend_sched_eval_callback(self._called)

    def begin(self, heard: Callable[[int], bool] | None) -> None:
        """``heard`` is told the number of nodes done, and says whether to go on."""
        self.nodes, self.stopped, self.error, self._heard = 0, False, None, heard

    def _called(self, node: int | None, asked: bool, data: int | None) -> bool:
        if asked:
            return True
        self.nodes += 1
        if self.stopped or self._heard is None:
            return not self.stopped
        try:
            self.stopped = not self._heard(self.nodes)
        except Exception as error:  # noqa: BLE001 - raised again outside of the native code
            self.error, self.stopped = error, True
        return not self.stopped


class Vision:
    """A projector file, opened for a loaded model.  Used by one thread at a time.

    ``before`` and ``after`` are the tokens that stand around every picture
    (``<|vision_start|>`` and ``<|vision_end|>``); they are decoded as ordinary tokens and
    stand nowhere else: the chat template must not add its own.  ``sees_at_once`` says that
    the tokens of a picture attend to each other both ways, so it is decoded in one piece.
    ``identity`` names the projector file by its content.
    """

    def __init__(
        self,
        model: llama.llama_model_p,
        projector: Path,
        threads: int,
        *,
        use_gpu: bool = False,
        kept: EncodedPictures | None = None,
    ) -> None:
        """Raises ``ProblemError`` (``projector_unfit``) for a file that cannot be used.

        That is: it is damaged, or belongs to another model.
        """
        mtmd.mtmd_helper_log_set(quiet, ctypes.c_void_p(0))
        self._name = projector.name
        self._model = model
        self._kept = kept
        on_gpu = use_gpu and llama.llama_supports_gpu_offload()
        # On a GPU a picture takes a fraction of a second, and the callback would break up
        # what it computes at once.
        self._watch = None if on_gpu else _Watch()
        settings = mtmd.mtmd_context_params_default()
        settings.use_gpu = use_gpu
        settings.n_threads = threads
        settings.print_timings = False
        settings.warmup = False
        settings.image_max_tokens = MOST_TOKENS
        if self._watch is not None:
            settings.cb_eval = self._watch.callback
        try:
            self.identity = identity_of(projector)
        except OSError as error:
            raise problem(Code.PROJECTOR_UNFIT, projector.name) from error
        opened = mtmd.mtmd_init_from_file(str(projector).encode(), model, settings)
        if opened is None:
            raise problem(Code.PROJECTOR_UNFIT, projector.name)
        self._handle = opened
        self._width = int(llama.llama_model_n_embd_inp(model))
        self._marker = mtmd.mtmd_get_marker(opened)
        self._nodes = 0  # of the graph; known after the first picture
        self.uses_mrope = bool(mtmd.mtmd_decode_use_mrope(opened))
        self.sees_at_once = bool(mtmd.mtmd_decode_use_non_causal(opened, None))
        try:
            self.before, self.after = self._try_out()
        except ProblemError:
            self.close()
            raise

    def close(self) -> None:
        """Give its memory back."""
        mtmd.mtmd_free(self._handle)

    def measure(self, picture: Path) -> Grid:
        """How large the model will see a picture, without the cost of encoding it.

        Raises ``ProblemError`` (``damaged``) for what is no picture.
        """
        with ExitStack() as stack:
            bitmap = self._load(stack, _read(picture), picture.name, size_only=True)
            return _grid_of(self._cut(stack, bitmap)[1])

    def encode(self, picture: Path, progress: Progress, cancelled: Callable[[], bool]) -> Encoded:
        """The picture as the model sees it, from the disk if it was seen before.

        ``cancelled`` is asked between the nodes of the graph; encoding ends within about
        half a second after it said yes (on a GPU it is not asked, and runs to its end).
        Raises ``ProblemError``: ``cancelled``; ``damaged`` for what is no picture;
        ``model_memory``.
        """
        data = _read(picture)
        key = picture_key(data, self.identity, version())
        known = self._kept.get(key) if self._kept is not None else None
        if known is not None and known.embeddings.shape[1] == self._width:
            progress(known.tokens, known.tokens)
            return known
        with ExitStack() as stack:
            bitmap = self._load(stack, data, picture.name)
            chunk = self._cut(stack, bitmap)[1]
            encoded = self._run(chunk, picture.name, progress, cancelled)
        if self._kept is not None:
            self._kept.put(key, encoded)
        return encoded

    def decode_picture(
        self,
        context: llama.llama_context_p,
        encoded: Encoded,
        sequence: int,
        position: int,
        batch: int,
    ) -> int:
        """Decode a picture into a sequence from a position on, and give the position after it.

        In portions of ``batch`` tokens (at most the context's ``n_batch``).  No logits are
        asked for: the token after a picture is never the picture's.  Raises
        ``ProblemError``: ``prompt_too_long`` when no cells are left, ``cancelled`` when the
        context's abort callback stopped it (the sequence is then worth nothing and must be
        cleared); ``RuntimeError`` for anything that the library calls an error.
        """
        step = encoded.tokens if self.sees_at_once else batch
        for start in range(0, encoded.tokens, step):
            portion = range(start, min(start + step, encoded.tokens))
            self.decode_portion(context, encoded, portion, sequence, position)
        return position + encoded.positions

    def decode_portion(
        self,
        context: llama.llama_context_p,
        encoded: Encoded,
        portion: range,
        sequence: int,
        position: int,
    ) -> None:
        """Decode some tokens of a picture that begins at ``position``.

        For a scheduler that gives others their turn in between.  Portions are decoded in
        order; where ``sees_at_once``, the only portion is the whole picture.  Raises what
        :meth:`decode_picture` raises.
        """
        rows = positions_of(encoded, position, mrope=self.uses_mrope)
        batch = _Batch(encoded.embeddings[portion.start : portion.stop], sequence)
        batch.place(rows[:, portion.start : portion.stop])
        if self.sees_at_once:
            llama.llama_set_causal_attn(context, False)
        try:
            code = int(llama.llama_decode(context, batch.native))
        finally:
            if self.sees_at_once:
                llama.llama_set_causal_attn(context, True)
        if code == _NO_ROOM:
            raise problem(Code.PROMPT_TOO_LONG, "")
        if code == _ABORTED:
            raise problem(Code.CANCELLED, "")
        if code != 0:
            raise RuntimeError(f"llama_decode returned {code} for a picture")

    def _run(
        self,
        chunk: mtmd.mtmd_input_chunk_p,
        name: str,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> Encoded:
        grid = _grid_of(chunk)
        if self._watch is not None and not self._nodes:
            self._count_nodes(self._watch)
        told = -1

        def heard(nodes: int) -> bool:
            nonlocal told
            done = min(grid.tokens, grid.tokens * nodes // max(1, self._nodes))
            if done > told:
                told = done
                progress(done, grid.tokens)
            return not cancelled()

        progress(0, grid.tokens)
        if cancelled():
            raise problem(Code.CANCELLED, name)
        if self._watch is not None:
            self._watch.begin(heard)
        code = mtmd.mtmd_encode_chunk(self._handle, chunk)
        if self._watch is not None:
            if self._watch.error is not None:
                raise self._watch.error
            if self._watch.stopped:
                raise problem(Code.CANCELLED, name)
            self._nodes = self._watch.nodes
        if code != 0:
            raise problem(Code.MODEL_MEMORY, self._name)
        result = mtmd.mtmd_get_output_embd(self._handle)
        numbers = np.ctypeslib.as_array(result, (grid.tokens, self._width)).copy()
        progress(grid.tokens, grid.tokens)
        return Encoded(numbers, grid.nx, grid.ny, grid.positions)

    def _try_out(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The tokens around a picture.

        Raises ``ProblemError`` (``projector_unfit``) for a projector that takes no pictures,
        or places its tokens otherwise than :func:`positions_of`.
        """
        if not mtmd.mtmd_support_vision(self._handle):
            raise problem(Code.PROJECTOR_UNFIT, self._name)
        with ExitStack() as stack:
            before, picture, after = self._cut(stack, self._blank(stack))
            grid = _grid_of(picture)
            numbers = np.zeros((grid.tokens, 1), np.float32)
            blank = Encoded(numbers, grid.nx, grid.ny, grid.positions)
            known = positions_of(blank, 0, mrope=self.uses_mrope)
            own = _own_positions(picture, grid.tokens)[: len(known)]
            if not np.array_equal(own, known):
                raise problem(Code.PROJECTOR_UNFIT, self._name)
            return _tokens_of(before), _tokens_of(after)

    def _count_nodes(self, watch: _Watch) -> None:
        """Learn how many nodes the graph has, on a picture that costs next to nothing."""
        watch.begin(None)
        with ExitStack() as stack:
            mtmd.mtmd_encode_chunk(self._handle, self._cut(stack, self._blank(stack))[1])
        self._nodes = watch.nodes

    def _blank(self, stack: ExitStack) -> mtmd.mtmd_bitmap_p:
        width, height = _PROBE
        pixels = (ctypes.c_uint8 * (width * height * 3))()
        bitmap: mtmd.mtmd_bitmap_p = mtmd.mtmd_bitmap_init(width, height, pixels)
        stack.callback(mtmd.mtmd_bitmap_free, bitmap)
        return bitmap

    def _load(
        self, stack: ExitStack, data: bytes, name: str, *, size_only: bool = False
    ) -> mtmd.mtmd_bitmap_p:
        buffer = (ctypes.c_uint8 * len(data)).from_buffer_copy(data)
        bitmap = mtmd.mtmd_helper_bitmap_init_from_buf(self._handle, buffer, len(data), size_only)
        if bitmap is None:
            raise problem(Code.DAMAGED, name)
        stack.callback(mtmd.mtmd_bitmap_free, bitmap)
        return bitmap

    def _cut(
        self, stack: ExitStack, bitmap: mtmd.mtmd_bitmap_p
    ) -> tuple[mtmd.mtmd_input_chunk_p, mtmd.mtmd_input_chunk_p, mtmd.mtmd_input_chunk_p]:
        """The picture in patches, between the tokens that belong around it.

        Raises ``ProblemError`` (``projector_unfit``) for projectors that cut a picture into
        several pieces, which no model of the catalogue does.
        """
        chunks = mtmd.mtmd_input_chunks_init()
        stack.callback(mtmd.mtmd_input_chunks_free, chunks)
        text = mtmd.mtmd_input_text(
            text=self._marker, text_len=len(self._marker), add_special=False, parse_special=True
        )
        pictures = (mtmd.mtmd_bitmap_p_ctypes * 1)(bitmap)
        code = mtmd.mtmd_tokenize(self._handle, chunks, ctypes.byref(text), pictures, 1)
        parts = [
            mtmd.mtmd_input_chunks_get(chunks, index)
            for index in range(mtmd.mtmd_input_chunks_size(chunks))
        ]
        kinds = [mtmd.mtmd_input_chunk_get_type(part) for part in parts]
        expected = [
            mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT,
            mtmd.MTMD_INPUT_CHUNK_TYPE_IMAGE,
            mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT,
        ]
        if code != 0 or kinds != expected:
            raise problem(Code.PROJECTOR_UNFIT, self._name)
        before, picture, after = parts
        return before, picture, after


def positions_of(encoded: Encoded, position: int, *, mrope: bool) -> NDArray[np.int32]:
    """The positions of a picture's tokens, as rows that a batch of embeddings wants.

    With M-RoPE four rows: time (the same for all), then how far down, then how far across,
    each from ``position`` on, and a row that is not used.  Without, one row that counts on.
    """
    places = np.arange(encoded.tokens, dtype=np.int32)
    if not mrope:
        return (position + places)[None]
    rows = np.zeros((_MROPE_ROWS, encoded.tokens), np.int32)
    rows[0] = position
    rows[1] = position + places // encoded.nx
    rows[2] = position + places % encoded.nx
    return rows


class _Batch:
    """Embeddings of one sequence as a ``llama_batch``, in arrays that live as long as it."""

    def __init__(self, embeddings: NDArray[np.float32], sequence: int) -> None:
        count = len(embeddings)
        self._embeddings = np.ascontiguousarray(embeddings, np.float32)
        self._counts = np.ones(count, np.int32)
        self._sequence = np.full(1, sequence, np.int32)
        self._sequences = np.full(count, self._sequence.ctypes.data, np.uintp)
        self._logits = np.zeros(count, np.int8)
        self._positions = np.zeros(0, np.int32)
        self.native = llama.llama_batch(
            n_tokens=count,
            token=None,
            embd=self._embeddings.ctypes.data_as(ctypes.POINTER(ctypes.c_float)),
            pos=None,
            n_seq_id=self._counts.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            seq_id=self._sequences.ctypes.data_as(
                ctypes.POINTER(ctypes.POINTER(llama.llama_seq_id))
            ),
            logits=self._logits.ctypes.data_as(ctypes.POINTER(ctypes.c_int8)),
        )

    def place(self, rows: NDArray[np.int32]) -> None:
        """Set the positions, as rows × tokens."""
        self._positions = np.ascontiguousarray(rows, np.int32)
        pointer = self._positions.ctypes.data_as(ctypes.POINTER(llama.llama_pos))
        self.native.pos = pointer  # type: ignore[assignment]  # declared as an array


def _read(picture: Path) -> bytes:
    try:
        return picture.read_bytes()
    except OSError as error:
        raise problem(Code.VANISHED, picture.name) from error


def _grid_of(chunk: mtmd.mtmd_input_chunk_p) -> Grid:
    image = mtmd.mtmd_input_chunk_get_tokens_image(chunk)
    return Grid(
        int(mtmd.mtmd_image_tokens_get_nx(image)),
        int(mtmd.mtmd_image_tokens_get_ny(image)),
        int(mtmd.mtmd_input_chunk_get_n_tokens(chunk)),
        int(mtmd.mtmd_input_chunk_get_n_pos(chunk)),
    )


def _tokens_of(chunk: mtmd.mtmd_input_chunk_p) -> tuple[int, ...]:
    count = ctypes.c_size_t(0)
    tokens = mtmd.mtmd_input_chunk_get_tokens_text(chunk, ctypes.byref(count))
    return tuple(tokens[: count.value])


def _own_positions(chunk: mtmd.mtmd_input_chunk_p, tokens: int) -> NDArray[np.int32]:
    """The positions that mtmd itself would give a picture at 0, as :func:`positions_of`."""
    places = (mtmd.mtmd_decoder_pos * tokens)()
    image = mtmd.mtmd_input_chunk_get_tokens_image(chunk)
    mtmd.mtmd_helper_image_get_decoder_pos(image, 0, places)
    return np.array([[at.t, at.y, at.x, at.z] for at in places], np.int32).T
