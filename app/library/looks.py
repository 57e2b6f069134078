"""How first pages look, kept in memory: comparing 100,000 of them takes milliseconds then."""

from __future__ import annotations

import threading
from collections.abc import Iterable


class Looks:
    """Perceptual hashes (64 bits) of first pages by document."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looks: dict[int, int] = {}
        self._filled = False

    def filled(self) -> bool:
        """Whether :meth:`fill` was called."""
        return self._filled

    def fill(self, looks: Iterable[tuple[int, str]]) -> None:
        """Take in every document's look; those that were added meanwhile are newer."""
        stored = {document_id: int(look, 16) for document_id, look in looks}
        with self._lock:
            self._looks = stored | self._looks
            self._filled = True

    def add(self, document_id: int, look: str) -> None:
        """One more first page was read; "" for one without a picture."""
        with self._lock:
            if look:
                self._looks[document_id] = int(look, 16)
            else:
                self._looks.pop(document_id, None)

    def near(self, look: str, within: int) -> list[tuple[int, int]]:
        """Distance in bits and document of every look so near to this one, nearest first."""
        wanted = int(look, 16)
        with self._lock:
            return sorted(
                (distance, document_id)
                for document_id, other in self._looks.items()
                if (distance := (other ^ wanted).bit_count()) <= within
            )
