"""Which files are meant by the paths that a user dropped or typed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.intake import is_container, is_document, sniff


def files_in(paths: Iterable[Path]) -> Iterator[Path]:
    """The files to read, in the order given; folders are walked in the order of names.

    A file that was named is always given, whatever it is, so that its problem can be
    told.  Inside a folder only documents and containers count: nobody who drops a folder
    wants to hear of its hidden files and spreadsheets one by one.  Links inside folders
    are not followed, so a loop cannot trap the walk.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, subfolders, names in os.walk(path, onerror=None, followlinks=False):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            for name in sorted(names):
                file = Path(folder) / name
                if not name.startswith(".") and _readable_kind(file):
                    yield file


def _readable_kind(file: Path) -> bool:
    if file.is_symlink() or not file.is_file():
        return False
    try:
        kind = sniff(file, file.name)
    except OSError:
        return True  # let reading it say what is wrong with it
    return is_document(kind) or is_container(kind)
