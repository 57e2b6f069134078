"""An answer as the bytes that the library keeps of it."""

from __future__ import annotations

import math

import msgspec

from app.asking.messages import Computed, Reply, Told

_VERSION = b"\x01"
"""The first byte; another one when an older program could misread what follows.

A field that is added with a default needs none: older programs leave it out.
"""

_DIGITS = 100  # before and behind the point; more are no amount of anything
_decoder: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Told | Computed)


def pack_reply(reply: Reply) -> bytes:
    """``reply`` as bytes; :func:`unpack_reply` gives it back."""
    return _VERSION + msgspec.msgpack.encode(reply)


def unpack_reply(data: bytes) -> Reply | None:
    """What :func:`pack_reply` made of a reply.

    ``None`` for what a newer version of the program wrote or what is damaged, whatever the
    bytes are: the answer's text, which the library keeps beside them, is shown then.
    """
    if data[:1] != _VERSION:
        return None
    try:
        reply = _decoder.decode(data[1:])
    except (ValueError, RecursionError):  # msgspec's own errors are ValueErrors
        return None
    return reply if _sound(reply) else None


def documents_of(reply: Reply) -> tuple[int, ...]:
    """The ids of the documents whose pages it was answered from, each once.

    Figures name no documents: they are worked out anew for those that are there.
    """
    if isinstance(reply, Computed):
        return ()
    given = [page.document_id for page in reply.given]
    cited = [citation.document_id for citation in reply.citations]
    return tuple(dict.fromkeys(given + cited))


def _sound(reply: Reply) -> bool:
    """Whether it can be shown: stretches lie in the text, numbers are of this world."""
    if isinstance(reply, Computed):
        return math.isfinite(reply.seconds) and all(
            figure.value.is_finite()
            and abs(figure.value.adjusted()) < _DIGITS
            and len(figure.value.as_tuple().digits) < 2 * _DIGITS
            for figure in reply.figures.figures
        )
    times = (reply.seconds, reply.thought_seconds, reply.seconds_for_all or 0.0)
    places = [(one.start, one.end) for one in reply.citations]
    places += [(one.start, one.end) for one in reply.doubts]
    return all(map(math.isfinite, times)) and all(
        0 <= start <= end <= len(reply.text) for start, end in places
    )
