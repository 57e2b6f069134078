"""Tiny models of random weights, in the true format, for tests where weights do not matter.

Built in two seconds and kept while the tests run.  What they answer means nothing; it is
the same each time, and sampling greedily from them does not repeat one token for ever.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.random_model import (
    RESOURCES,
    TINY,
    TINY_VISION,
    write_adapter,
    write_projector,
    write_text_model,
)
from models.random_vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class TinyModels:
    """Paths of GGUF files that belong together.

    ``text`` (``qwen35``, 768 tokens of vocabulary, 16,384 of context), ``mtp`` (the same
    weights and one nextn layer), ``projector`` (pictures up to 256 pixels a side without
    scaling of positions) and ``adapter`` (LoRA for ``text``).
    """

    text: Path
    mtp: Path
    projector: Path
    adapter: Path


@cache
def tiny_models() -> TinyModels:
    """The tiny models, written once for each test process and removed at its end."""
    folder = Path(tempfile.mkdtemp(prefix="tiny-models-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    models = TinyModels(
        folder / "tiny.gguf",
        folder / "tiny-mtp.gguf",
        folder / "tiny-mmproj.gguf",
        folder / "tiny-lora.gguf",
    )
    words = vocabulary(RESOURCES, TINY.vocabulary)
    write_text_model(models.text, TINY, words)
    write_text_model(models.mtp, TINY, words, nextn=True)
    write_projector(models.projector, TINY_VISION)
    write_adapter(models.adapter, TINY)
    return models
