"""Coded problems: what happened, to which file, and what to do next.

A problem is raised where it is known (as :class:`ProblemError`), crosses process
boundaries as a :class:`Problem` (a code and its parameters, never free text from a
child), and becomes words where it is shown.  The window looks the two templates up
in the translation catalogue under the context ``errors``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Every way in which reading or keeping a file can fail."""

    EMPTY = "empty"
    NOT_A_FILE = "not_a_file"
    VANISHED = "vanished"
    UNREADABLE = "unreadable"
    UNSUPPORTED = "unsupported"
    DAMAGED = "damaged"
    NO_PAGES = "no_pages"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    PASSWORD_NEEDED = "password_needed"
    PASSWORD_WRONG = "password_wrong"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    DISK_FULL = "disk_full"
    LIBRARY_IN_USE = "library_in_use"
    LIBRARY_READ_ONLY = "library_read_only"
    LIBRARY_DAMAGED = "library_damaged"
    LIBRARY_NEWER = "library_newer"
    CANNOT_WRITE = "cannot_write"
    UNKNOWN_TYPE = "unknown_type"
    CANCELLED = "cancelled"


_WORDS: dict[Code, tuple[str, str]] = {
    Code.EMPTY: (
        "“{file}” is empty.",
        "Check that it was copied or downloaded completely, then add it again.",
    ),
    Code.NOT_A_FILE: (
        "“{file}” is not an ordinary file.",
        "Add the document itself rather than a device, a link or a shortcut.",
    ),
    Code.VANISHED: (
        "“{file}” is no longer where it was.",
        "Put it back, or add it again from its new place.",
    ),
    Code.UNREADABLE: (
        "“{file}” may not be opened by this user account.",
        "Ask its owner for permission, or copy it to a folder of your own first.",
    ),
    Code.UNSUPPORTED: (
        "“{file}” is not a kind of file that can be read.",
        "Add a PDF, a picture, an e-mail, a ZIP archive or an e-invoice XML; "
        "other documents can be printed to PDF first.",
    ),
    Code.DAMAGED: (
        "“{file}” is damaged and could not be opened.",
        "Ask the sender for it again, or open it in its own program and print it to PDF.",
    ),
    Code.NO_PAGES: (
        "“{file}” has no pages.",
        "Ask the sender for the complete document.",
    ),
    Code.TOO_MANY_PAGES: (
        "“{file}” has {detail} pages, more than can be read at once.",
        "Split it into smaller parts and add those.",
    ),
    Code.TOO_LARGE: (
        "“{file}” is too large to be opened safely.",
        "Save it with fewer pages or as a smaller picture, then add it again.",
    ),
    Code.TOO_DEEP: (
        "“{file}” holds archives inside archives, too many to unpack safely.",
        "Unpack it yourself and add the documents that you need.",
    ),
    Code.PASSWORD_NEEDED: (
        "“{file}” is protected with a password.",
        "Enter its password, and it is read at once.",
    ),
    Code.PASSWORD_WRONG: (
        "The password does not open “{file}”.",
        "Check upper and lower case, and enter it again.",
    ),
    Code.TIMED_OUT: (
        "Reading “{file}” took too long and was stopped.",
        "Try again; if it stops again, print the document to a new PDF and add that.",
    ),
    Code.OUT_OF_MEMORY: (
        "Reading “{file}” needed more memory than allowed and was stopped.",
        "Save it with fewer pages or as a smaller picture, then add it again.",
    ),
    Code.CRASHED: (
        "The reader stopped unexpectedly at “{file}”.",
        "Try again; if it happens again, print the document to a new PDF and add that.",
    ),
    Code.DISK_FULL: (
        "There is not enough room on the disk for “{file}”.",
        "Free some space; what was added before is safe.",
    ),
    Code.LIBRARY_IN_USE: (
        "The library “{file}” is already open in another window of this program.",
        "Use that window, or close it first.",
    ),
    Code.LIBRARY_READ_ONLY: (
        "The library “{file}” cannot be changed: its folder is read-only.",
        "Copy the folder to a disk that you may write to, and open the copy.",
    ),
    Code.LIBRARY_DAMAGED: (
        "The library “{file}” is damaged.",
        "Restore the newest copy from its “backups” folder; the original files are untouched.",
    ),
    Code.LIBRARY_NEWER: (
        "The library “{file}” was made by a newer version of this program.",
        "Install the newest version to open it.",
    ),
    Code.CANNOT_WRITE: (
        "“{file}” could not be written.",
        "Close it if it is open in another program, or choose another folder.",
    ),
    Code.UNKNOWN_TYPE: (
        "There is no document type “{file}”.",
        "Choose one of: {detail}.",
    ),
    Code.CANCELLED: (
        "Reading “{file}” was cancelled.",
        "Choose “Read again” when you want it read.",
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that went wrong with one file.

    ``file`` is the name to show (never a full path of a private folder), ``detail``
    fills the one place that some templates leave open.
    """

    code: Code
    file: str
    detail: str = ""

    @property
    def message(self) -> str:
        """What happened, in a sentence that names the file."""
        return _WORDS[self.code][0].format(file=self.file, detail=self.detail)

    @property
    def advice(self) -> str:
        """What the user can do next."""
        return _WORDS[self.code][1].format(file=self.file, detail=self.detail)


class ProblemError(Exception):
    """A :class:`Problem` on its way to whoever can show it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.message}")
        self.problem = problem


def problem(code: Code, file: str, detail: str = "") -> ProblemError:
    """The exception for ``code``; ``raise problem(Code.EMPTY, name)``."""
    return ProblemError(Problem(code, file, detail))


def templates() -> tuple[tuple[Code, str, str], ...]:
    """Every code with its two templates, for translators and for the documentation."""
    return tuple((code, message, advice) for code, (message, advice) in _WORDS.items())
