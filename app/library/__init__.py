"""The library room: documents, the queue, records, edits and search, in one folder."""

from app.library.library import Library
from app.library.rows import (
    Added,
    Change,
    ChangeKind,
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
    Twin,
    TypeCount,
)

__all__ = [
    "Added",
    "Change",
    "ChangeKind",
    "Counts",
    "DocumentRow",
    "Job",
    "Library",
    "Only",
    "Part",
    "RecordRow",
    "Refinement",
    "RefinementCounts",
    "Sort",
    "State",
    "StoredRecord",
    "Twin",
    "TypeCount",
]
