"""The journey's events on the window's thread, gathered so that it is told a few times a second."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.journey import (
    Changed,
    Considering,
    Event,
    Journey,
    Progress,
    Queue,
    Refining,
    Trouble,
)

_PAUSE = 250  # milliseconds between two tellings


class Feed(QObject):
    """``changed`` carries a set of document ids, ``queue`` a Queue, ``trouble`` a Problem,
    ``refining`` a Refining and ``considering`` a Considering; of these the latest counts.
    """

    changed = Signal(object)
    queue = Signal(object)
    trouble = Signal(object)
    refining = Signal(object)
    considering = Signal(object)
    _heard = Signal(object)

    def __init__(self, journey: Journey, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._documents: set[int] = set()
        self._queue: Queue | None = None
        self._refining: Refining | None = None
        self._considering: Considering | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE)
        self._timer.timeout.connect(self._tell)
        self._heard.connect(self._gather, Qt.ConnectionType.QueuedConnection)
        self._closed = False
        journey.subscribe(self._listen)

    def close(self) -> None:
        """Tell nothing any more."""
        self._closed = True
        self._timer.stop()

    def _listen(self, event: Event) -> None:
        """Called on the journey's threads."""
        if not self._closed:
            self._heard.emit(event)

    @Slot(object)
    def _gather(self, event: Event) -> None:
        if isinstance(event, Changed | Progress):
            self._documents.add(event.document_id)
        elif isinstance(event, Queue):
            self._queue = event
        elif isinstance(event, Refining):
            self._refining = event
        elif isinstance(event, Considering):
            self._considering = event
        elif isinstance(event, Trouble):
            self.trouble.emit(event.problem)
            return
        if not self._timer.isActive() and not self._closed:
            self._timer.start()

    def _tell(self) -> None:
        documents, self._documents = self._documents, set()
        queue, self._queue = self._queue, None
        if documents:
            self.changed.emit(documents)
        refining, self._refining = self._refining, None
        considering, self._considering = self._considering, None
        if queue is not None:
            self.queue.emit(queue)
        if considering is not None:
            self.considering.emit(considering)
        if refining is not None:
            self.refining.emit(refining)
