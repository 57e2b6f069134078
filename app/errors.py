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
    NO_LIBRARY = "no_library"
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
    LIBRARY_OLDER = "library_older"
    CANNOT_WRITE = "cannot_write"
    UNKNOWN_TYPE = "unknown_type"
    CANCELLED = "cancelled"
    DOCUMENT_GONE = "document_gone"
    DOCUMENT_UNREAD = "document_unread"
    KEPT_DOCUMENTS = "kept_documents"
    MODEL_DAMAGED = "model_damaged"
    MODEL_MEMORY = "model_memory"
    MODEL_CRASHED = "model_crashed"
    MODEL_STUCK = "model_stuck"
    MODEL_UNAVAILABLE = "model_unavailable"
    MODEL_ADAPTER = "model_adapter"
    MODEL_BLIND = "model_blind"
    PROMPT_TOO_LONG = "prompt_too_long"
    MODEL_MISSING = "model_missing"
    MODEL_UNKNOWN = "model_unknown"
    MODEL_NOT_THERE = "model_not_there"
    MODEL_BUSY = "model_busy"
    MODEL_NOTE_DAMAGED = "model_note_damaged"
    MODEL_FILES_CHANGED = "model_files_changed"
    MODEL_ALTERED = "model_altered"
    MODEL_NO_ROOM = "model_no_room"
    MODEL_FOLDER = "model_folder"
    MODEL_SETTINGS_DAMAGED = "model_settings_damaged"
    MODEL_SETTINGS_NEWER = "model_settings_newer"
    NOT_A_MODEL = "not_a_model"
    MODEL_CUT_OFF = "model_cut_off"
    MODEL_KIND = "model_kind"
    MODEL_IN_PARTS = "model_in_parts"
    PROJECTOR_ALONE = "projector_alone"
    NOT_A_PROJECTOR = "not_a_projector"
    PROJECTOR_OF_ANOTHER = "projector_of_another"
    NOT_AN_ADAPTER = "not_an_adapter"
    ADAPTER_ALONE = "adapter_alone"
    ADAPTER_OF_ANOTHER = "adapter_of_another"
    MODEL_SOURCE_LOST = "model_source_lost"
    DOWNLOAD_PAUSED = "download_paused"
    DOWNLOAD_UNREACHABLE = "download_unreachable"
    DOWNLOAD_STALLED = "download_stalled"
    DOWNLOAD_REFUSED = "download_refused"
    DOWNLOAD_MISSING = "download_missing"
    DOWNLOAD_SERVER = "download_server"
    DOWNLOAD_PROXY = "download_proxy"
    DOWNLOAD_UNSAFE = "download_unsafe"
    DOWNLOAD_WRONG = "download_wrong"
    DOWNLOAD_NOT_A_MODEL = "download_not_a_model"
    ADDRESS_WRONG = "address_wrong"
    PROJECTOR_UNFIT = "projector_unfit"
    SERVER_ADDRESS = "server_address"
    SERVER_ADDRESS_SECRET = "server_address_secret"
    SERVER_KEY = "server_key"
    SERVER_IN_THE_CLEAR = "server_in_the_clear"
    SERVER_UNREACHABLE = "server_unreachable"
    SERVER_CERTIFICATE = "server_certificate"
    SERVER_MOVED = "server_moved"
    SERVER_WANTS_KEY = "server_wants_key"
    SERVER_REFUSED = "server_refused"
    SERVER_BUSY = "server_busy"
    SERVER_FAILED = "server_failed"
    SERVER_TIMEOUT = "server_timeout"
    SERVER_BROKE_OFF = "server_broke_off"
    SERVER_BAD_ANSWER = "server_bad_answer"
    SERVER_THINKS = "server_thinks"
    SERVER_NO_MODEL = "server_no_model"
    SERVER_WHICH_MODEL = "server_which_model"
    SERVER_WRONG_MODEL = "server_wrong_model"
    SERVER_NO_PICTURES = "server_no_pictures"
    CATALOGUE_DAMAGED = "catalogue_damaged"
    CALCULATION_TOO_LONG = "calculation_too_long"
    CALCULATION_UNFIT = "calculation_unfit"


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
        "“{file}” was not found.",
        "Check the name, or choose it again where it is.",
    ),
    Code.NO_LIBRARY: (
        "There is no library in “{file}” yet.",
        "Add documents first (paperclerk add FILE…), or name another folder with --library.",
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
    Code.LIBRARY_OLDER: (
        "The library “{file}” was made by an older version of this program.",
        "Open it once in this version’s window, which brings it up to date, and try again.",
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
    Code.DOCUMENT_GONE: (
        "“{file}” is in the trash or was deleted.",
        "Restore it from the trash, or ask about other documents.",
    ),
    Code.DOCUMENT_UNREAD: (
        "“{file}” has no pages to answer from: it has not been read yet, or could not be read.",
        "Wait until it is read, or have it read again; then ask once more.",
    ),
    Code.KEPT_DOCUMENTS: (
        "The documents are deleted, but what the model kept of documents to answer sooner"
        " could not all be deleted from “{file}”.",
        "Close other programs that may use it, then delete this folder yourself:"
        " what is needed in it is made again.",
    ),
    Code.MODEL_DAMAGED: (
        "The model “{file}” could not be loaded: its file is damaged or of another kind.",
        "Remove the model and download or import it again.",
    ),
    Code.MODEL_MEMORY: (
        "There is not enough free memory for the model “{file}”. {detail}",
        "Close other programs, or choose a smaller model.",
    ),
    Code.MODEL_CRASHED: (
        "The model stopped unexpectedly while it worked on “{file}”.",
        "What was read without the model is kept; choose “Read again with the model” to retry.",
    ),
    Code.MODEL_STUCK: (
        "The model took too long over “{file}” and was stopped.",
        "What was read without the model is kept; choose “Read again with the model” to retry.",
    ),
    Code.MODEL_UNAVAILABLE: (
        "The model cannot run on this computer. {detail}",
        "Everything else works without it; “paperclerk doctor” says more.",
    ),
    Code.MODEL_ADAPTER: (
        "The adapter “{file}” does not fit the model.",
        "Choose an adapter that was made for this model, or remove it.",
    ),
    Code.MODEL_BLIND: (
        "The model in use cannot look at pictures.",
        "Choose a model with picture input, or read the document as text.",
    ),
    Code.PROMPT_TOO_LONG: (
        "“{file}” is too long for the model to read at once. {detail}",
        "Choose fewer pages, or a setting with more room.",
    ),
    Code.MODEL_MISSING: (
        "There is no model yet, and without one “{file}” cannot be answered.",
        "Download or import a model under Models (“paperclerk models”). Searching, and "
        "calculations that you set up yourself, work without one.",
    ),
    Code.MODEL_UNKNOWN: (
        "There is no model “{file}” to download.",
        "Choose one of: {detail}.",
    ),
    Code.MODEL_NOT_THERE: (
        "The model “{file}” is not on this computer.",
        "Choose one that “paperclerk models list” or the Models window shows, or download "
        "or import it first.",
    ),
    Code.MODEL_BUSY: (
        "The model “{file}” is being worked on by another window or command.",
        "Wait until that is done, or stop it there.",
    ),
    Code.MODEL_NOTE_DAMAGED: (
        "What was noted about the model “{file}” cannot be read any more.",
        "Remove the model, and download or import it again.",
    ),
    Code.MODEL_FILES_CHANGED: (
        "The model “{file}” is not complete: “{detail}” is missing or has another size.",
        "Remove the model, and download or import it again.",
    ),
    Code.MODEL_ALTERED: (
        "The model “{file}” is damaged: “{detail}” is not what was downloaded or imported.",
        "Remove the model, and download or import it again. If that happens twice, "
        "have the disk checked.",
    ),
    Code.MODEL_NO_ROOM: (
        "There is not enough room on the disk for “{file}”: {detail} more are needed.",
        "Free some space and start again; what has been downloaded so far is kept.",
    ),
    Code.MODEL_FOLDER: (
        "The folder for models, “{file}”, cannot be used: {detail}.",
        "Check that the disk is there and that you may write to the folder.",
    ),
    Code.MODEL_SETTINGS_DAMAGED: (
        "The settings for models (“{file}”) cannot be read any more.",
        "Choose the model again, and enter the server or mirror again if you had one.",
    ),
    Code.MODEL_SETTINGS_NEWER: (
        "The settings for models (“{file}”) were made by a newer version of this program.",
        "Install the newest version.",
    ),
    Code.NOT_A_MODEL: (
        "“{file}” is not a model file.",
        "Choose a file in the GGUF format; its name usually ends in “.gguf”.",
    ),
    Code.MODEL_CUT_OFF: (
        "“{file}” is cut off: its end is missing.",
        "Copy or download it again; the whole file must be there.",
    ),
    Code.MODEL_KIND: (
        "“{file}” is a model of a kind that this program cannot use ({detail}).",
        "Choose a Qwen3.5 or Phi-4-mini model, best one that the program offers to download.",
    ),
    Code.MODEL_IN_PARTS: (
        "“{file}” is one of {detail} parts of a model.",
        "Get the model as one file; the ones that the program offers to download are.",
    ),
    Code.PROJECTOR_ALONE: (
        "“{file}” is only the part of a model that sees pictures.",
        "Choose the model itself; this part is taken along when it lies beside it.",
    ),
    Code.NOT_A_PROJECTOR: (
        "“{file}” is not the part of a model that sees pictures.",
        "Choose the file that came with the model; its name usually begins with “mmproj”.",
    ),
    Code.PROJECTOR_OF_ANOTHER: (
        "“{file}” belongs to another model than “{detail}”.",
        "Choose the projector that was published together with the model, or import "
        "the model without one.",
    ),
    Code.NOT_AN_ADAPTER: (
        "“{file}” is not an adapter (LoRA) for a model.",
        "Choose a LoRA file in the GGUF format.",
    ),
    Code.ADAPTER_ALONE: (
        "“{file}” is only an adapter, which changes another model.",
        "Import the model itself first, and then attach the adapter to a document type.",
    ),
    Code.ADAPTER_OF_ANOTHER: (
        "The adapter “{file}” was made for another kind of model than “{detail}”.",
        "Choose an adapter that was made for this model.",
    ),
    Code.MODEL_SOURCE_LOST: (
        "“{file}” could not be read to its end.",
        "Check that the stick or disk is still connected, and import it again.",
    ),
    Code.DOWNLOAD_PAUSED: (
        "The download of “{file}” is paused.",
        "Start it again whenever you like: it goes on where it stopped.",
    ),
    Code.DOWNLOAD_UNREACHABLE: (
        "“{file}” could not be downloaded: {detail} cannot be reached.",
        "Check the connection to the internet, then start the download again: it goes on "
        "where it stopped.",
    ),
    Code.DOWNLOAD_STALLED: (
        "The download of “{file}” broke off again and again.",
        "Start it again later: it goes on where it stopped.",
    ),
    Code.DOWNLOAD_REFUSED: (
        "“{file}” could not be downloaded: {detail} does not allow it.",
        "Set another address for downloads (a mirror), or import the model from a file.",
    ),
    Code.DOWNLOAD_MISSING: (
        "“{file}” could not be downloaded: {detail} does not have it.",
        "Set another address for downloads (a mirror), or choose another model.",
    ),
    Code.DOWNLOAD_SERVER: (
        "“{file}” could not be downloaded: the server answered with an error ({detail}).",
        "Start the download again later: it goes on where it stopped.",
    ),
    Code.DOWNLOAD_PROXY: (
        "“{file}” could not be downloaded: the proxy refused the connection ({detail}).",
        "Check the proxy's address, name and password in the settings.",
    ),
    Code.DOWNLOAD_UNSAFE: (
        "“{file}” was not downloaded: {detail} has no safe (https) connection.",
        "Check the address for downloads in the settings.",
    ),
    Code.DOWNLOAD_WRONG: (
        "What was downloaded for “{file}” is not what was published, and was thrown away.",
        "Start the download again. If it happens again, set another address for downloads, "
        "or import the model from a file.",
    ),
    Code.DOWNLOAD_NOT_A_MODEL: (
        "Instead of “{file}”, {detail} sent something that is not a model.",
        "A network that asks you to sign in first may be the reason: open a web page, "
        "sign in, and start the download again.",
    ),
    Code.ADDRESS_WRONG: (
        "“{file}” is not an address that can be used.",
        "An address begins with “https://”, for example “https://models.example.com”.",
    ),
    Code.PROJECTOR_UNFIT: (
        "“{file}” cannot be used to look at pictures: it is damaged or belongs to another model.",
        "Remove the model and download or import it again, together with its picture part.",
    ),
    Code.SERVER_ADDRESS: (
        "“{file}” is not the address of a server.",
        "Type it like https://server.example:8000 or http://192.168.1.20:8000.",
    ),
    Code.SERVER_ADDRESS_SECRET: (
        "The address of “{file}” contains a user name or a password.",
        "Leave it out of the address, and enter the key in its own place.",
    ),
    Code.SERVER_KEY: (
        "The key for the server contains characters that no key has.",
        "Copy it again as a whole, without spaces or line breaks.",
    ),
    Code.SERVER_IN_THE_CLEAR: (
        "Documents would go to {file} unencrypted, readable for everybody on the way.",
        "Use an address that begins with https://, or a server in your own network.",
    ),
    Code.SERVER_UNREACHABLE: (
        "The server {file} cannot be reached.",
        "Check the address and the network, and whether the server is running.",
    ),
    Code.SERVER_CERTIFICATE: (
        "The server {file} cannot prove that it is the right one.",
        "Ask whoever looks after it to renew its certificate, or to add it on this computer.",
    ),
    Code.SERVER_MOVED: (
        "The server {file} passes requests on to another address ({detail}).",
        "If that address is right, enter it in the settings; nothing was sent there.",
    ),
    Code.SERVER_WANTS_KEY: (
        "The server {file} asks for a key.",
        "Type it beside the address, or ask whoever looks after the server for one.",
    ),
    Code.SERVER_REFUSED: (
        "The server {file} does not accept the key.",
        "Check the key in the settings, or ask whoever looks after the server for one.",
    ),
    Code.SERVER_BUSY: (
        "The server {file} has too much to do at the moment.",
        "Try again later; what was read without it is kept.",
    ),
    Code.SERVER_FAILED: (
        "The server {file} reports a fault of its own.",
        "Try again; if it stays so, tell whoever looks after the server.",
    ),
    Code.SERVER_TIMEOUT: (
        "The server {file} did not answer in time.",
        "Try again later, or use a smaller model on it.",
    ),
    Code.SERVER_BROKE_OFF: (
        "The server {file} broke off in the middle of its answer.",
        "Try again; if it stays so, tell whoever looks after the server.",
    ),
    Code.SERVER_BAD_ANSWER: (
        "The server {file} gave an answer that cannot be used.",
        "Check that the address is that of a model server, such as vLLM, llama.cpp or Ollama.",
    ),
    Code.SERVER_THINKS: (
        "The model on {file} thought for so long that it never answered.",
        "Switch its thinking off on the server, or choose another model there.",
    ),
    Code.SERVER_NO_MODEL: (
        "The server {file} has no model.",
        "Load a model there first.",
    ),
    Code.SERVER_WHICH_MODEL: (
        "The server {file} has several models.",
        "Choose one of: {detail}.",
    ),
    Code.SERVER_WRONG_MODEL: (
        "The server {file} does not have the model that was chosen.",
        "It has: {detail}.",
    ),
    Code.SERVER_NO_PICTURES: (
        "The model on {file} cannot look at pictures.",
        "Choose a model with picture input there, or read the document as text.",
    ),
    Code.CATALOGUE_DAMAGED: (
        "The list of models “{file}” cannot be used: {detail}.",
        "Put the file right, or install the program again if it is the program's own.",
    ),
    Code.CALCULATION_UNFIT: (
        "“{file}” cannot be worked out: {detail}",
        "Change what is counted, its conditions or its period.",
    ),
    Code.CALCULATION_TOO_LONG: (
        "Working this out over the library “{file}” took too long and was stopped.",
        "Choose a shorter period or fewer kinds of documents, then ask again.",
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
