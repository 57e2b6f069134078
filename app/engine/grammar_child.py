"""Keeps an answer within its form, token by token.

The automaton over tokens is llguidance's (MIT): it knows which bytes may follow, computes
the mask of a vocabulary of 248,320 tokens in well under a millisecond, and says which
tokens are forced.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper
from numpy.typing import NDArray

from app.engine.forms import Form
from app.engine.llama_child import Vocabulary


class _Tokenizer:
    """A model's vocabulary as llguidance asks for it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.eos_token_id = vocabulary.end_of_turn
        self.bos_token_id = None
        self.tokens = vocabulary.pieces
        self.special_token_ids = vocabulary.controls
        self._vocabulary = vocabulary

    def __call__(self, text: bytes | str) -> list[int]:
        return self._vocabulary.tokens(text)


class Grammars:
    """Makes guides for one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        # Without slices: they speed up masks of free text, and cost seconds at the start.
        self._tokenizer = LLTokenizer(TokenizerWrapper(_Tokenizer(vocabulary)), slices=[])

    def guide(self, form: Form) -> Guide:
        """A guide for one answer; raises ``ValueError`` for a pattern that is not one."""
        return Guide(self._tokenizer, self._vocabulary, form.pattern)


class Guide:
    """Where one answer stands within its form."""

    def __init__(self, tokenizer: LLTokenizer, vocabulary: Vocabulary, pattern: str) -> None:
        self._vocabulary = vocabulary
        self._matcher = LLMatcher(tokenizer, LLMatcher.grammar_from_regex(pattern), log_level=0)
        if self._matcher.is_error():
            raise ValueError(self._matcher.get_error())

    @property
    def complete(self) -> bool:
        """Whether nothing can follow."""
        return bool(self._matcher.is_stopped())

    def forced(self) -> list[int]:
        """The tokens that must follow, taken as written; none where there is a choice."""
        if self.complete:
            return []
        tokens = list(self._matcher.compute_ff_tokens())
        if tokens:
            self._matcher.consume_tokens(tokens)
        return tokens

    def best(self, logits: NDArray[np.float32]) -> int:
        """The likeliest token that may follow; the mask is only asked for when it is needed."""
        token = int(logits.argmax())
        if self.allows([token]):
            return token
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        allowed = np.unpackbits(bits, bitorder="little")[: len(logits)].view(bool)
        places = np.flatnonzero(allowed)
        if not len(places):
            raise RuntimeError(f"the form allows nothing: {self._matcher.get_error()}")
        return int(places[logits[places].argmax()])

    def allows(self, tokens: Sequence[int]) -> int:
        """How many of these tokens may follow, from the first."""
        return int(self._matcher.validate_tokens(list(tokens)))

    def take(self, token: int) -> None:
        """Go on with this token; raises ``ValueError`` if it may not follow."""
        if not self._matcher.consume_token(token):
            raise ValueError(f"token {token} may not follow: {self._matcher.get_error()}")
