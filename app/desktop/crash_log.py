"""What happened when the program last ended badly, shown at the next start.

The report holds the program's own lines of code and the kind of the error; the text of
an error can quote a document, so it is left out.
"""

from __future__ import annotations

import contextlib
import faulthandler
import platform
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QWidget

_NATIVE = "crash-native.log"
_PYTHON = "crash.log"
_MOST = 20_000  # characters of a report


def _tr(text: str) -> str:
    return QCoreApplication.translate("", text)


def _lines(kind: type[BaseException], trace: TracebackType | None) -> str:
    """The error's kind and where it happened, without what it says."""
    frames = traceback.extract_tb(trace)
    places = [f"  {Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
    return "\n".join([f"{kind.__name__} at", *places, ""])


@contextlib.contextmanager
def watching(folder: Path) -> Iterator[None]:
    """Write down errors that nobody handled, and crashes of native code, while this lasts."""
    before, before_thread = sys.excepthook, threading.excepthook

    def note(kind: type[BaseException], trace: TracebackType | None) -> None:
        with contextlib.suppress(OSError), (folder / _PYTHON).open("a", encoding="utf-8") as log:
            log.write(_lines(kind, trace))

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        note(kind, trace)
        before(kind, error, trace)

    def thread_hook(arguments: threading.ExceptHookArgs) -> None:
        note(arguments.exc_type, arguments.exc_traceback)
        before_thread(arguments)

    from_last = from_last_time(folder)
    native = None
    with contextlib.suppress(OSError):
        native = (folder / _NATIVE).open("w", encoding="utf-8")
        (folder / _PYTHON).write_text(from_last, encoding="utf-8")
        faulthandler.enable(native)
    sys.excepthook, threading.excepthook = hook, thread_hook
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook = before, before_thread
        if native is not None:
            faulthandler.disable()
            native.close()


def from_last_time(folder: Path) -> str:
    """The report of the last run, "" if it ended well."""
    parts = []
    for name in (_PYTHON, _NATIVE):
        with contextlib.suppress(OSError):
            parts.append((folder / name).read_text(encoding="utf-8", errors="replace"))
    return "".join(parts).strip()[:_MOST]


def show(parent: QWidget, report: str, folder: Path) -> None:
    """Tell that the program ended badly last time, offer the report, and forget it."""
    for name in (_PYTHON, _NATIVE):
        with contextlib.suppress(OSError):
            (folder / name).write_text("", encoding="utf-8")
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Information)
    box.setText(_tr("The program had a problem when it was last used."))
    box.setInformativeText(
        _tr(
            "Your documents and changes are safe. The details below hold nothing from your "
            "documents; you may send them to whoever looks after this program."
        )
    )
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    box.setDetailedText(f"{system}\n{report}")
    box.open()
