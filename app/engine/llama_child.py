"""llama.cpp through its low-level interface: a model, its vocabulary, and a context.

The high-level ``Llama`` class clears its cache at every request, knows one sequence, and
counts a picture's positions as tokens; what the engine is for (a shared prefix, several
sequences in one batch, rollback) needs ``llama_decode`` itself.
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np
from llama_cpp import llama_cpp as llama
from numpy.typing import NDArray

from app.engine.gguf_file import read_file
from app.engine.hardware import GraphicsCard
from app.engine.header import Kind
from app.engine.plan import CacheType, Plan
from app.errors import Code, ProblemError, problem

_CACHE_TYPES = {
    CacheType.F16: llama.GGML_TYPE_F16,
    CacheType.Q8_0: llama.GGML_TYPE_Q8_0,
    CacheType.Q4_0: llama.GGML_TYPE_Q4_0,
}
_NOT_TEXT = (
    llama.LLAMA_TOKEN_ATTR_CONTROL
    | llama.LLAMA_TOKEN_ATTR_USER_DEFINED
    | llama.LLAMA_TOKEN_ATTR_UNUSED
    | llama.LLAMA_TOKEN_ATTR_UNKNOWN
)
_LONGEST_PIECE = 1024
_GPU = 1  # GGML_BACKEND_DEVICE_TYPE_GPU: a card with a memory of its own


def version() -> str:
    """The library's version, as part of the keys of what is kept on disk."""
    import llama_cpp

    return str(llama_cpp.__version__)


@llama.llama_log_callback  # type: ignore[untyped-decorator]
def quiet(level: int, text: bytes, data: ctypes.c_void_p) -> None:
    """Say nothing: what goes wrong is told by return values."""


def graphics_cards() -> tuple[GraphicsCard, ...]:
    """The graphics cards that this build of the library can compute on."""
    library = llama._lib
    if not llama.llama_supports_gpu_offload() or not hasattr(library, "ggml_backend_dev_count"):
        return ()
    llama.llama_backend_init()
    library.ggml_backend_dev_count.restype = ctypes.c_size_t
    device_of = library.ggml_backend_dev_get
    device_of.restype, device_of.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    name_of = library.ggml_backend_dev_description
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.c_void_p]
    library.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
    size = ctypes.POINTER(ctypes.c_size_t)
    library.ggml_backend_dev_memory.argtypes = [ctypes.c_void_p, size, size]
    found: list[GraphicsCard] = []
    for index in range(library.ggml_backend_dev_count()):
        device = device_of(index)
        if library.ggml_backend_dev_type(device) != _GPU:
            continue
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        library.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(total))
        found.append(GraphicsCard(name_of(device).decode(errors="replace"), free.value))
    return tuple(found)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)


class Vocabulary:
    """The tokens of a model."""

    def __init__(self, model: llama.llama_model_p) -> None:
        self._vocab = llama.llama_model_get_vocab(model)
        self.size = int(llama.llama_vocab_n_tokens(self._vocab))
        self.end_of_turn = int(llama.llama_vocab_eos(self._vocab))
        self._pieces: list[bytes] | None = None
        self._buffer = ctypes.create_string_buffer(_LONGEST_PIECE)

    @property
    def pieces(self) -> list[bytes]:
        """The bytes of every token; control tokens by their names."""
        if self._pieces is None:
            self._pieces = [self._piece(token) for token in range(self.size)]
        return self._pieces

    def _piece(self, token: int) -> bytes:
        length = llama.llama_token_to_piece(
            self._vocab, token, self._buffer, _LONGEST_PIECE, 0, True
        )
        return ctypes.string_at(self._buffer, max(0, length))

    @property
    def controls(self) -> list[int]:
        """Tokens that are no text."""
        return [
            token
            for token in range(self.size)
            if llama.llama_vocab_get_attr(self._vocab, token) & _NOT_TEXT
        ]

    def is_end(self, token: int) -> bool:
        """Whether a turn ends with this token."""
        return bool(llama.llama_vocab_is_eog(self._vocab, token))

    def tokens(self, text: str | bytes, *, control: bool = False) -> list[int]:
        """The tokens of a text; ``control`` takes the names of control tokens for these."""
        data = text.encode() if isinstance(text, str) else text
        if control:
            return self._tokens(data, control=True)
        # The library takes the names of some tokens (<think>) for these all the same: they
        # are cut after their first character.
        cuts = [match.start() + 1 for match in self._named.finditer(data)]
        edges = [0, *cuts, len(data)]
        return [t for start, end in pairwise(edges) for t in self._tokens(data[start:end])]

    @cached_property
    def _named(self) -> re.Pattern[bytes]:
        """The names of the tokens that are looked for in any text."""
        names = [
            re.escape(self._piece(token))
            for token in range(self.size)
            if llama.llama_vocab_get_attr(self._vocab, token) & llama.LLAMA_TOKEN_ATTR_USER_DEFINED
        ]
        return re.compile(b"|".join(names) or rb"(?!)")

    def _tokens(self, data: bytes, *, control: bool = False) -> list[int]:
        room = len(data) + 8
        buffer = (llama.llama_token * room)()
        count = llama.llama_tokenize(self._vocab, data, len(data), buffer, room, False, control)
        return list(buffer[:count])


class Model:
    """A loaded model file.

    ``progress`` hears the share that is loaded (0 to 1); loading ends early with
    ``cancelled`` when it returns ``False``.
    """

    def __init__(self, path: Path, plan: Plan, progress: Callable[[float], bool]) -> None:
        llama.llama_log_set(quiet, ctypes.c_void_p(0))
        llama.llama_backend_init()
        settings = llama.llama_model_default_params()
        settings.n_gpu_layers = plan.gpu_layers
        settings.load_mode = (
            llama.LLAMA_LOAD_MODE_MMAP if plan.mapped else llama.LLAMA_LOAD_MODE_NONE
        )
        settings.use_extra_bufts = plan.repacked
        settings.load_mtp = plan.nextn
        stopped = False

        @llama.llama_progress_callback  # type: ignore[untyped-decorator]
        def heard(share: float, _: ctypes.c_void_p) -> bool:
            nonlocal stopped
            stopped = stopped or not progress(share)
            return not stopped

        settings.progress_callback = heard
        self.path = path
        loaded = llama.llama_model_load_from_file(str(path).encode(), settings)
        if loaded is None:
            raise problem(Code.CANCELLED if stopped else Code.MODEL_DAMAGED, path.name)
        self.handle = loaded
        self.vocabulary = Vocabulary(loaded)
        self._adapters: dict[str, llama.llama_adapter_lora_p] = {}

    @property
    def template(self) -> str:
        """The chat template that the file carries, "" if it has none."""
        text = llama.llama_model_chat_template(self.handle, None)
        return text.decode(errors="replace") if text else ""

    def adapter(self, path: str) -> llama.llama_adapter_lora_p:
        """A LoRA adapter for this model, loaded once.

        Raises ``ProblemError`` (``model_adapter``).
        """
        if path not in self._adapters:
            try:
                # The library ends the process over some files that are none.
                header = read_file(Path(path))
            except ProblemError as error:
                raise problem(Code.MODEL_ADAPTER, Path(path).name) from error
            if header.kind is not Kind.ADAPTER:
                raise problem(Code.MODEL_ADAPTER, Path(path).name)
            loaded = llama.llama_adapter_lora_init(self.handle, path.encode())
            if loaded is None:
                raise problem(Code.MODEL_ADAPTER, Path(path).name)
            self._adapters[path] = loaded
        return self._adapters[path]


class Batch:
    """The tokens of one ``llama_decode``, written straight into the arrays that it reads."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._token = np.zeros(room, np.int32)
        self._pos = np.zeros(room, np.int32)
        self._counts = np.ones(room, np.int32)
        self._sequence = np.zeros(room, np.int32)
        self._logits = np.zeros(room, np.int8)
        addresses = self._sequence.ctypes.data + 4 * np.arange(room, dtype=np.uint64)
        self._sequences = addresses.astype(np.uint64)
        self.native = llama.llama_batch(
            n_tokens=0,
            token=self._token.ctypes.data_as(ctypes.POINTER(llama.llama_token)),
            embd=None,
            pos=self._pos.ctypes.data_as(ctypes.POINTER(llama.llama_pos)),
            n_seq_id=self._counts.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            seq_id=self._sequences.ctypes.data_as(
                ctypes.POINTER(ctypes.POINTER(llama.llama_seq_id))
            ),
            logits=self._logits.ctypes.data_as(ctypes.POINTER(ctypes.c_int8)),
        )

    @property
    def count(self) -> int:
        return int(self.native.n_tokens)

    def clear(self) -> None:
        self.native.n_tokens = 0

    def contents(self) -> tuple[list[int], list[int], list[int]]:
        """The tokens, their positions and their sequences."""
        count = self.count
        arrays = (self._token, self._pos, self._sequence)
        tokens, positions, sequences = (array[:count].tolist() for array in arrays)
        return tokens, positions, sequences

    def add(self, tokens: Sequence[int], position: int, sequence: int) -> range:
        """Add tokens of a sequence from a position on; gives their places in the batch."""
        start, end = self.count, self.count + len(tokens)
        self._token[start:end] = tokens
        self._pos[start:end] = np.arange(position, position + len(tokens))
        self._sequence[start:end] = sequence
        self._logits[start:end] = 0
        self.native.n_tokens = end
        return range(start, end)

    def want(self, places: range) -> None:
        """Have the logits of these places computed."""
        self._logits[places.start : places.stop] = 1


class Context:
    """What a model remembers of its sequences, and the decoding of batches.

    :meth:`abort` may be called from any thread and stops a decoding in progress within
    milliseconds; the sequences of that batch are then worth nothing and must be cleared.
    """

    def __init__(self, model: Model, plan: Plan) -> None:
        # The callback is asked between all nodes of the graph.  A Python function would cost
        # several per cent of the time; C's atoi reads the flag without Python.
        self._flag = ctypes.create_string_buffer(b"0")
        self._abort = ctypes.cast(_libc().atoi, llama.ggml_abort_callback)
        settings = self._settings(plan)
        settings.n_rs_seq = plan.drafts
        created = llama.llama_init_from_model(model.handle, settings)
        if created is None:
            raise problem(Code.MODEL_MEMORY, model.path.name)
        self.handle = created
        self._memory = llama.llama_get_memory(created)
        self._words = model.vocabulary.size
        self.batch = Batch(plan.batch)

    def beside(self, model: Model, plan: Plan) -> llama.llama_context_p:
        """A context for the model's next-token layer, of the same room."""
        settings = self._settings(plan)
        settings.ctx_type = llama.LLAMA_CONTEXT_TYPE_MTP
        settings.ctx_other = self.handle
        created = llama.llama_init_from_model(model.handle, settings)
        if created is None:
            raise RuntimeError("no context for the next-token layer")
        return cast("llama.llama_context_p", created)

    def _settings(self, plan: Plan) -> llama.llama_context_params:
        settings = llama.llama_context_default_params()
        settings.n_ctx = plan.context
        settings.n_batch = plan.batch
        settings.n_ubatch = plan.micro_batch
        settings.n_seq_max = plan.sequences
        settings.n_outputs_max = min(plan.batch, plan.sequences * (1 + plan.drafts))
        settings.n_threads = settings.n_threads_batch = plan.threads
        settings.type_k = settings.type_v = _CACHE_TYPES[plan.cache_type]
        # A quantised V cache needs flash attention; it is never slower on what was measured.
        settings.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_ENABLED
        settings.kv_unified = True  # one pool of cells, and a shared prefix that is not copied
        settings.no_perf = True
        if plan.yarn_factor > 1:
            settings.rope_scaling_type = llama.LLAMA_ROPE_SCALING_TYPE_YARN
            settings.rope_freq_scale = 1 / plan.yarn_factor
        settings.abort_callback = self._abort
        settings.abort_callback_data = ctypes.addressof(self._flag)
        return cast("llama.llama_context_params", settings)

    def close(self) -> None:
        llama.llama_free(self.handle)

    def abort(self) -> None:
        """Stop the decoding in progress, and every one until :meth:`go_on`."""
        self._flag[0] = b"1"

    def go_on(self) -> None:
        """Decode again."""
        self._flag[0] = b"0"

    def decode(self) -> bool:
        """Decode the batch; ``False`` if it was aborted.

        Raises ``ProblemError`` (``prompt_too_long``) when no cells are left, and
        ``RuntimeError`` for anything that the library calls an error.
        """
        code = llama.llama_decode(self.handle, self.batch.native)
        if code == 0:
            return True
        if code == 2:
            return False
        if code == 1:
            raise problem(Code.PROMPT_TOO_LONG, "")
        raise RuntimeError(f"llama_decode returned {code}")

    def logits(self, place: int) -> NDArray[np.float32]:
        """The logits after a token of the batch; a view that the next decoding overwrites."""
        pointer = llama.llama_get_logits_ith(self.handle, place)
        return np.ctypeslib.as_array(pointer, (self._words,))

    def copy(self, source: int, target: int) -> None:
        """Let ``target`` know all that ``source`` knows."""
        llama.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def clear(self, sequence: int) -> None:
        """Forget a sequence."""
        llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def take_back(self, sequence: int, position: int) -> bool:
        """Forget a sequence from a position on; ``False`` if it cannot go back that far."""
        return bool(llama.llama_memory_seq_rm(self._memory, sequence, position, -1))

    def use_adapter(self, adapter: llama.llama_adapter_lora_p | None) -> None:
        """Decode with this adapter from now on."""
        if adapter is None:
            llama.llama_set_adapters_lora(self.handle, None, 0, None)
            return
        adapters = (llama.llama_adapter_lora_p_ctypes * 1)(adapter)  # type: ignore[misc]
        llama.llama_set_adapters_lora(self.handle, adapters, 1, (ctypes.c_float * 1)(1.0))

    def size(self, sequence: int) -> int:
        """Bytes of a sequence's state."""
        return int(llama.llama_state_seq_get_size(self.handle, sequence))

    def save(self, sequence: int, path: Path, tokens: Sequence[int]) -> bool:
        """Write a sequence's state, and the tokens that led to it."""
        known = (llama.llama_token * len(tokens))(*tokens)
        written = llama.llama_state_seq_save_file(
            self.handle, str(path).encode(), sequence, known, len(tokens)
        )
        return bool(written)

    def load(self, sequence: int, path: Path, tokens: Sequence[int]) -> bool:
        """Read a state into a cleared sequence; ``False`` if it is not that of these tokens."""
        known = (llama.llama_token * max(1, len(tokens)))()
        count = ctypes.c_size_t(0)
        read = llama.llama_state_seq_load_file(
            self.handle, str(path).encode(), sequence, known, len(tokens), ctypes.byref(count)
        )
        if read and list(known[: count.value]) == list(tokens):
            return True
        self.clear(sequence)
        return False
