"""Guesses from the model's own next-token layer (MTP, ``nextn`` in llama.cpp's words).

The layer is one more attention block that sees the last block's output for a token and the
token after it, and predicts the one after that.  It has a context of its own, which follows
every batch of the model's.  The functions that hand out the last block's output belong to
llama.cpp's staging interface and are C++: where the library was built by a compiler that
names them otherwise (Windows), there is no such guessing.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from llama_cpp import llama_cpp as llama
from numpy.typing import NDArray

from app.engine.llama_child import Batch, Context, Model
from app.engine.plan import Plan

_SET = "_Z26llama_set_embeddings_nextnP13llama_contextbb"
_GET = "_Z26llama_get_embeddings_nextnP13llama_context"
_GET_ONE = "_Z30llama_get_embeddings_nextn_ithP13llama_contexti"


def offered(model: Model) -> bool:
    """Whether this file and this build of the library can guess so."""
    library = llama._lib
    return bool(llama.llama_model_n_layer_nextn(model.handle)) and all(
        hasattr(library, name) for name in (_SET, _GET, _GET_ONE)
    )


@dataclass(slots=True)
class _Rows:
    """The last block's output for a sequence's latest tokens, from position ``start`` on."""

    start: int
    rows: NDArray[np.float32]

    def before(self, position: int) -> NDArray[np.float32] | None:
        """That for the token before this position."""
        at = position - 1 - self.start
        return self.rows[at] if 0 <= at < len(self.rows) else None


class NextTokens:
    """Follows a context, and guesses what comes next in its sequences."""

    def __init__(self, model: Model, context: Context, plan: Plan) -> None:
        """Raises ``RuntimeError`` if the layer cannot be used."""
        library = llama._lib
        self._set, self._get, self._get_one = (
            getattr(library, name) for name in (_SET, _GET, _GET_ONE)
        )
        self._set.argtypes = [ctypes.c_void_p, ctypes.c_bool, ctypes.c_bool]
        self._set.restype = None
        self._get.argtypes = [ctypes.c_void_p]
        self._get.restype = ctypes.POINTER(ctypes.c_float)
        self._get_one.argtypes = [ctypes.c_void_p, ctypes.c_int32]
        self._get_one.restype = ctypes.POINTER(ctypes.c_float)
        self._context = context
        self._own = context.beside(model, plan)
        self._set(context.handle, True, False)  # for all tokens of a batch
        self._set(self._own, True, True)  # for those whose logits are wanted
        self._memory = llama.llama_get_memory(self._own)
        batch = llama.llama_batch_ext_init(self._own)
        if batch is None:
            raise RuntimeError("no batch for the next-token layer")
        self._batch = batch
        self._width = int(llama.llama_model_n_embd_out(model.handle))
        self._words = model.vocabulary.size
        self._rows: dict[int, _Rows] = {}

    def close(self) -> None:
        llama.llama_batch_ext_free(self._batch)
        llama.llama_free(self._own)

    def follow(self, batch: Batch) -> None:
        """Take in a batch that the model has just decoded."""
        tokens, positions, sequences = batch.contents()
        pointer = self._get(self._context.handle)
        rows = np.ctypeslib.as_array(pointer, (len(tokens), self._width)).copy()
        llama.llama_batch_ext_clear(self._batch)
        nothing = np.zeros(self._width, np.float32)
        given: list[NDArray[np.float32]] = []
        seen: dict[int, int] = {}
        for at, (token, position, sequence) in enumerate(
            zip(tokens, positions, sequences, strict=True)
        ):
            if sequence in seen:
                before: NDArray[np.float32] | None = rows[at - 1]
            else:
                seen[sequence] = at
                known = self._rows.get(sequence)
                before = known.before(position) if known is not None else None
            given.append(before if before is not None else nothing)
            self._add(token, position, sequence, given[-1], wanted=False)
        for sequence, first in seen.items():
            last = first + sequences.count(sequence)
            self._rows[sequence] = _Rows(positions[first], rows[first:last])
        self._decode()

    def guess(self, sequence: int, position: int, pending: Sequence[int], most: int) -> list[int]:
        """Up to ``most`` tokens after the ``pending`` ones, which begin at ``position``."""
        known = self._rows.get(sequence)
        row = known.before(position) if known is not None else None
        if row is None:
            return []
        guessed: list[int] = []
        queue = list(pending)
        at = position
        while len(guessed) < most:
            llama.llama_batch_ext_clear(self._batch)
            self._add(queue.pop(0), at, sequence, row, wanted=True)
            self._decode()
            at += 1
            row = np.ctypeslib.as_array(self._get_one(self._own, 0), (self._width,)).copy()
            if not queue:
                logits = llama.llama_get_logits_ith(self._own, 0)
                token = int(np.ctypeslib.as_array(logits, (self._words,)).argmax())
                guessed.append(token)
                queue.append(token)
        llama.llama_memory_seq_rm(self._memory, sequence, position, -1)
        return guessed

    def copy(self, source: int, target: int) -> None:
        """See :meth:`Context.copy`."""
        llama.llama_memory_seq_cp(self._memory, source, target, -1, -1)
        if source in self._rows:
            self._rows[target] = self._rows[source]

    def clear(self, sequence: int) -> None:
        """See :meth:`Context.clear`; also before positions jump, as they do after a picture."""
        llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        self._rows.pop(sequence, None)

    def take_back(self, sequence: int, position: int) -> None:
        """See :meth:`Context.take_back`."""
        llama.llama_memory_seq_rm(self._memory, sequence, position, -1)

    def _add(
        self, token: int, position: int, sequence: int, row: NDArray[np.float32], *, wanted: bool
    ) -> None:
        place = llama.llama_batch_ext_add_token(self._batch, sequence, token)
        at = (llama.llama_pos * 1)(position)
        llama.llama_batch_ext_set_pos(self._batch, place, at)
        data = np.ascontiguousarray(row).ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        llama.llama_batch_ext_set_embd_token(
            self._batch, place, llama.llama_embd(data, 1, self._width)
        )
        if wanted:
            llama.llama_batch_ext_set_output_logits(self._batch, place, True)

    def _decode(self) -> None:
        code = llama.llama_process(self._own, llama.LLAMA_PROCESS_TYPE_DECODE, self._batch)
        if code != 0:
            raise RuntimeError(f"llama_process returned {code} for the next-token layer")
