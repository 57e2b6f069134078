"""Starting the window: the program's name and language, the library, the queue."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication, QMessageBox

from app.asking.assistant import Assistant
from app.desktop import crash_log, words
from app.desktop.icons import program_icon
from app.desktop.models import reading_engine
from app.desktop.window import Window
from app.document_types import RESOURCES
from app.engine.choice import Engines
from app.engine.models.store import ModelStore
from app.errors import ProblemError
from app.journey import Journey
from app.library import Library


def application(arguments: list[str]) -> QApplication:
    """The one application object, with name, icon and translations."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    app = QApplication([sys.argv[0], *arguments])
    app.setApplicationName("Paperclerk")
    app.setApplicationDisplayName("Paperclerk")
    app.setDesktopFileName("paperclerk")
    app.setWindowIcon(program_icon())
    _translate(app)
    return app


def _translate(app: QApplication) -> None:
    """Install the catalogues for this computer's language, if there are any."""
    qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for name, folder in (("qtbase", qt), ("paperclerk", str(RESOURCES / "translations"))):
        translator = QTranslator(app)
        if translator.load(QLocale(), name, "_", folder):
            app.installTranslator(translator)


def run(library_folder: Path, arguments: list[str]) -> int:
    """Open the window on the library in ``library_folder``; the exit status.

    ``arguments`` may name files to add at once.
    """
    app = application([])
    try:
        library = Library.open(library_folder)
    except ProblemError as error:
        _refuse(error)
        return 1
    with library, crash_log.watching(library_folder):
        engines = Engines(ModelStore())
        journey = Journey(library, engine=reading_engine(engines, library), adapter=engines.adapter)
        assistant = Assistant(library, reading_engine(engines, library))
        window = Window(library, journey, engines, assistant)
        window.show()
        journey.start()
        report = crash_log.from_last_time(library_folder)
        if report:
            crash_log.show(window, report, library_folder)
        if arguments:
            window.add([Path(argument) for argument in arguments])
        try:
            return app.exec()
        finally:
            assistant.close()
            journey.stop()
            engines.stop()


def _refuse(error: ProblemError) -> None:
    message, advice = words.problem_words(error.problem)
    box = QMessageBox()
    box.setWindowTitle("Paperclerk")
    box.setIcon(QMessageBox.Icon.Information)
    box.setText(message)
    box.setInformativeText(advice)
    box.exec()
