"""Where the program starts: as a child, as a command, or as the window.

The child flag is looked at before anything else is imported, so that a child never
loads Qt and the window never loads a file parser.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import NoReturn


def main() -> int:
    arguments = sys.argv[1:]
    _keep_log()
    if arguments[:1] == ["--child"]:
        _be_child(*arguments[1:])
    try:
        from app import cli

        return cli.main(arguments, _open_window)
    except KeyboardInterrupt:  # before the command line was there to catch it
        return 130


def _keep_log() -> None:
    """Write what happens into the file that ``PAPERCLERK_LOG`` names, if it names one.

    Children inherit it.  Of documents it holds sizes and choices, never what they say.
    """
    path = os.environ.get("PAPERCLERK_LOG")
    if path:
        form = "%(asctime)s %(process)d %(name)s: %(message)s"
        logging.basicConfig(filename=path, level=logging.INFO, format=form, encoding="utf-8")
        logging.getLogger("httpx").setLevel(logging.WARNING)


def _be_child(role: str) -> NoReturn:
    """Serve as one of the child processes; each loads only what it needs."""
    match role:
        case "reading":
            from app.reading import reading_child

            reading_child.main()
        case "engine":
            try:
                from app.engine import engine_child
            except ImportError as error:
                from app.engine import absent_child

                absent_child.main(str(error))
            engine_child.main()
        case "calibration":
            from app.engine import calibration_child

            calibration_child.main()
        case "header":
            from app.engine import header_child

            header_child.main()
    sys.exit(f"there is no child {role}")


def _open_window(library_folder: Path) -> int:
    from app import desktop  # Qt is loaded only for the window

    return desktop.run(library_folder, [])


if __name__ == "__main__":
    sys.exit(main())
