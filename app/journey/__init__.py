"""The journey of a document: added, read in a child, checked, saved.  Knows no window.

:class:`Journey` reads a library's queue in the background; :func:`read_once` reads files
without keeping them.
"""

from app.journey.events import (
    Changed,
    Considering,
    Event,
    Progress,
    Queue,
    Refining,
    Trouble,
)
from app.journey.once import Outcome, read_once
from app.journey.worker import Journey

__all__ = [
    "Changed",
    "Considering",
    "Event",
    "Journey",
    "Outcome",
    "Progress",
    "Queue",
    "Refining",
    "Trouble",
    "read_once",
]
