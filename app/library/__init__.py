"""The library room: documents, the queue, records, edits, search and conversations."""

from app.library.filters import Among, Filters
from app.library.library import Library
from app.library.passages import Column
from app.library.questions import Passage, PassagesFound
from app.library.rows import (
    Added,
    Change,
    ChangeKind,
    ConversationRow,
    Counts,
    DocumentRow,
    Job,
    Only,
    Part,
    RecordRow,
    Refinement,
    RefinementCounts,
    Sort,
    State,
    StoredRecord,
    Turn,
    Twin,
    TypeCount,
)
from app.library.search import Found, Hit, Query

__all__ = [
    "Added",
    "Among",
    "Change",
    "ChangeKind",
    "Column",
    "ConversationRow",
    "Counts",
    "DocumentRow",
    "Filters",
    "Found",
    "Hit",
    "Job",
    "Library",
    "Only",
    "Part",
    "Passage",
    "PassagesFound",
    "Query",
    "RecordRow",
    "Refinement",
    "RefinementCounts",
    "Sort",
    "State",
    "StoredRecord",
    "Turn",
    "Twin",
    "TypeCount",
]
