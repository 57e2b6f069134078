"""Writes the true results into ``questions.jsonl``: ``python -m tests.data.answer_questions``.

Each line of the file is a question in words, its language, the calculation that it should
become (in the notation), and what that comes to over the made library: counted by the
oracle, never by the library's own code.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from app.library.notation import read_notation
from tests.data.figures_oracle import Result, result

FILE = Path(__file__).parent / "questions.jsonl"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file."""

    language: str
    question: str
    notation: str
    result: Result = {}


def questions() -> list[Question]:
    """All questions, in the order of the file."""
    return msgspec.json.Decoder(Question).decode_lines(FILE.read_bytes())


def main() -> None:
    answered = [
        msgspec.structs.replace(one, result=result(read_notation(one.notation)))
        for one in questions()
    ]
    FILE.write_bytes(msgspec.json.Encoder().encode_lines(answered))


if __name__ == "__main__":
    main()
