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
from app.library.search import Among, Filters, Found, Hit, Query

__all__ = [
    "Added",
    "Among",
    "Change",
    "ChangeKind",
    "Counts",
    "DocumentRow",
    "Filters",
    "Found",
    "Hit",
    "Job",
    "Library",
    "Only",
    "Part",
    "Query",
    "RecordRow",
    "Refinement",
    "RefinementCounts",
    "Sort",
    "State",
    "StoredRecord",
    "Twin",
    "TypeCount",
]
