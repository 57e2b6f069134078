"""Work off the window's thread, with both outcomes named.

``run`` takes what to do, what to do with its result and what to do when it fails; the
two callbacks run on the window's thread.  Results for a window that is gone are dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, cast

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, Slot

T = TypeVar("T")


class _Outcome(QObject, Generic[T]):
    """Lives on the window's thread and hands the outcome over to it."""

    done = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        owner: QObject,
        success: Callable[[T], None],
        failure: Callable[[Exception], None],
    ) -> None:
        super().__init__(owner)
        self._dropped = False
        self._success = success
        self._failure = failure
        self.done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)
        self.failed.connect(self._on_failed, Qt.ConnectionType.QueuedConnection)

    def drop(self) -> None:
        """Call neither of the two any more."""
        self._dropped = True

    @Slot(object)
    def _on_done(self, result: object) -> None:
        self.deleteLater()
        if not self._dropped:
            self._success(cast(T, result))

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.deleteLater()
        if not self._dropped:
            self._failure(cast(Exception, error))


class _Job(QRunnable, Generic[T]):
    def __init__(self, work: Callable[[], T], outcome: _Outcome[T]) -> None:
        super().__init__()
        self._work = work
        self._outcome = outcome

    def run(self) -> None:
        try:
            result = self._work()
        except Exception as error:  # noqa: BLE001 - handed to the failure callback
            self._tell(self._outcome.failed, error)
        else:
            self._tell(self._outcome.done, result)

    def _tell(self, signal: object, value: object) -> None:
        try:
            signal.emit(value)  # type: ignore[attr-defined]
        except RuntimeError:
            # The owner was destroyed meanwhile: nobody is left to be told.
            return


def finish(owner: QObject) -> None:
    """Wait for what was begun and drop its results for ``owner`` and all that is in it."""
    QThreadPool.globalInstance().waitForDone()
    for inside in owner.findChildren(QObject):
        if isinstance(inside, _Outcome):
            inside.drop()


def run(
    owner: QObject,
    work: Callable[[], T],
    *,
    success: Callable[[T], None],
    failure: Callable[[Exception], None],
    pool: QThreadPool | None = None,
) -> None:
    """Do ``work`` on another thread, then call ``success`` or ``failure`` on this one.

    ``owner`` is the widget or object that wants the result; when it is destroyed first,
    the result is dropped.
    """
    outcome: _Outcome[T] = _Outcome(owner, success, failure)
    (pool or QThreadPool.globalInstance()).start(_Job(work, outcome))
