"""Filling the query form: tokens that are sampled, and what the grammar costs.

    python -m tests.bench.bench_filling

Each question of the data gets its right line dictated, so what is counted is what a model
that is right would have to choose.  The vocabulary has the real one's size, and its words
are learned from this project's texts; the weights are random and few, so the seconds are
those of the grammar and of the form, not of a model.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median

from rich.console import Console

from app.asking.filling import fill_request, instructions
from app.engine.local import LocalEngine
from app.engine.messages import Answer
from app.engine.plan import Plan
from models.random_model import QWEN_4B, RESOURCES, TINY, write_text_model
from models.random_vocabulary import vocabulary
from tests.eval.filling import calculation_of
from tests.eval.questions import TODAY, cases

GOAL = 40
PLAN = Plan(context=4096, sequences=2, batch=256, micro_batch=256, threads=1)


def main() -> None:
    """Print the figures."""
    console = Console(highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "wide.gguf"
        shape = replace(TINY, vocabulary=QWEN_4B.vocabulary)
        write_text_model(model, shape, vocabulary(RESOURCES, shape.vocabulary))
        engine = LocalEngine(model, None, Path(folder), lambda _tokens, _requests: PLAN)
        try:
            answers = [_dictated(engine, case.question, case.wanted) for case in cases()]
        finally:
            engine.stop()
    sampled = [answer.counts.sampled for answer in answers]
    longest = max(answers, key=lambda answer: answer.counts.sampled)
    console.print(
        f"{len(answers)} questions: {median(sampled):.0f} tokens sampled (median), "
        f"{max(sampled)} at most, of {sum(each <= GOAL for each in sampled)} at most {GOAL}"
    )
    console.print(f"  the longest: {longest.text.splitlines()[0]}")
    own = [answer.counts.prompt - answer.counts.cached for answer in answers[1:]]
    shared = answers[-1].counts.cached
    console.print(f"tokens decoded once: {shared}; for each question: {median(own):.0f} (median)")
    seconds = [answer.counts.seconds for answer in answers[1:]]
    console.print(f"a filled form without the model's weights: {median(seconds):.2f} s (median)")
    console.print(f"characters of the instructions: {len(instructions())}")


def _dictated(engine: LocalEngine, question: str, line: str) -> Answer:
    calculation_of(line)
    request = replace(fill_request(question, TODAY), dictated=f"{line}\n")
    *_, answer = engine.ask(request).events()
    assert isinstance(answer, Answer)
    assert answer.text == request.dictated, (answer.text, line)
    return answer


if __name__ == "__main__":
    main()
