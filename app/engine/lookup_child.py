"""Prompt lookup: guesses the next tokens of an answer from where its last ones stood before.

Values are mostly copies of the page's text: on the micro model's documents a match of
three tokens exists for 61 % of the value tokens and is right for 97 % of them.
"""

from __future__ import annotations

from collections.abc import Sequence

_LENGTHS = (3, 2)


class Lookup:
    """The tokens of a sequence, indexed by what came before each."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self._after: dict[tuple[int, ...], int] = {}

    def add(self, tokens: Sequence[int]) -> None:
        """These tokens are the next ones of the sequence."""
        for token in tokens:
            for length in _LENGTHS:
                if len(self.tokens) >= length:
                    self._after[tuple(self.tokens[-length:])] = len(self.tokens)
            self.tokens.append(token)

    def after(self, pending: Sequence[int], most: int) -> list[int]:
        """Up to ``most`` tokens that stood after the same ones; the longest match decides."""
        last = [*self.tokens[-max(_LENGTHS) :], *pending]
        for length in _LENGTHS:
            at = self._after.get(tuple(last[-length:]))
            if at is not None:
                return self.tokens[at : at + most]
        return []
