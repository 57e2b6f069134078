"""The engine's peer, in a process of its own: the stock ``Llama`` with a JSON schema.

What a user would otherwise run: default loading, one request at a time, and for pictures
``MTMDChatHandler``.  The schema accepts only the true answer, and a logits processor
dictates its usual tokens, since a model of random weights would spell it in odd pieces.
Prints one line of JSON with what was measured.
"""

from __future__ import annotations

import argparse
import base64
import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import llama_cpp
import numpy as np
import psutil
from llama_cpp.llama_chat_format import MTMDChatHandler
from numpy.typing import NDArray

CONTEXT = 8192


@dataclass(frozen=True, slots=True)
class PeerPaper:
    """What the peer is asked, ``json`` being the true answer, and a schema for nothing else."""

    instructions: str
    text: str
    json: str
    schema: dict[str, object]


class Dictation:
    """A logits processor under which the model writes one given text and then ends."""

    def __init__(self, llama: llama_cpp.Llama, text: str) -> None:
        tokens = llama.tokenize(text.encode(), add_bos=False, special=False)
        self._tokens = [*tokens, llama.token_eos()]
        self.count = 0

    def __call__(
        self, input_ids: NDArray[np.intc], scores: NDArray[np.single]
    ) -> NDArray[np.single]:
        token = self._tokens[min(self.count, len(self._tokens) - 1)]
        self.count += 1
        scores[:] = -np.inf
        scores[token] = 0.0
        return scores


def ask(llama: llama_cpp.Llama, paper: PeerPaper, picture: Path | None) -> dict[str, float]:
    """One request, as seconds and tokens."""
    content: object = paper.text
    if picture is not None:
        data = base64.b64encode(picture.read_bytes()).decode()
        content = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}]
    dictation = Dictation(llama, paper.json)
    began = time.perf_counter()
    reply = llama.create_chat_completion(
        messages=[
            {"role": "system", "content": paper.instructions},
            {"role": "user", "content": content},
        ],
        response_format={"type": "json_object", "schema": paper.schema},
        logits_processor=llama_cpp.LogitsProcessorList([dictation]),
        temperature=0.0,
        max_tokens=2048,
    )
    seconds = time.perf_counter() - began
    written = reply["choices"][0]["message"]["content"]
    if json.loads(written) != json.loads(paper.json):
        raise ValueError(f"the peer wrote something else: {written!r}")
    return {
        "seconds": seconds,
        "answer": dictation.count,
        "prompt": reply["usage"]["prompt_tokens"],
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("paper", type=Path, help="a PeerPaper as JSON")
    parser.add_argument("--projector", type=Path)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--threads", type=int, help="instead of the stock class's own choice")
    parser.add_argument("--repeat", type=int, default=1)
    chosen = parser.parse_args()
    paper = PeerPaper(**json.loads(chosen.paper.read_text(encoding="utf-8")))
    began = time.perf_counter()
    handler = MTMDChatHandler(str(chosen.projector), verbose=False) if chosen.picture else None
    llama = llama_cpp.Llama(
        str(chosen.model),
        n_ctx=CONTEXT,
        n_threads=chosen.threads,
        chat_handler=handler,
        verbose=False,
    )
    load = time.perf_counter() - began
    asked = [ask(llama, paper, chosen.picture) for _ in range(chosen.repeat)]
    print(
        json.dumps(
            {
                "load": load,
                "asked": asked,
                "threads": llama.n_threads,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "after": psutil.Process().memory_info().rss,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
