"""PyMuPDF, made ready for untrusted files: the other modules take it from here."""

from __future__ import annotations

import sys

# PyMuPDF loads a neural layout model when it is imported (0.7 s, 100 MB), which nothing
# here uses.  A name that is None in sys.modules cannot be imported, and PyMuPDF copes.
sys.modules.setdefault("pymupdf.layout", None)  # type: ignore[arg-type]

import pymupdf  # noqa: E402 - only after the line above

__all__ = ["BROKEN", "pymupdf"]

pymupdf.TOOLS.mupdf_display_errors(False)
pymupdf.TOOLS.mupdf_display_warnings(False)

BROKEN: tuple[type[Exception], ...] = (
    RuntimeError,
    ValueError,
    IndexError,
    TypeError,
    pymupdf.mupdf.FzErrorBase,
)
"""What PyMuPDF raises for a damaged file or a damaged part of one."""
