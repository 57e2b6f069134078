"""The office's own server: off until the user types an address and says yes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import background, words
from app.desktop.icons import icon
from app.desktop.notice import Notice
from app.desktop.tones import Tone
from app.engine.server.engine import ServerEngine
from app.engine.server.host import Host
from app.engine.server.settings import ServerSettings, host_of, server_settings
from app.errors import ProblemError


@dataclass(frozen=True, slots=True)
class LastServer:
    """What was typed last, for the next time; never the key."""

    address: str = ""
    model: str = ""
    proxy: str = ""


class ServerPage(QWidget):
    """``server_wanted`` carries the ServerSettings to use from now on, or ``None``."""

    server_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._on: ServerSettings | None = None
        self._tests = 0
        self._asking: ServerEngine | None = None
        self._begun = False
        self._key_host = ""
        self._build()

    def _build(self) -> None:
        about = QLabel(
            self.tr(
                "An office with a computer for language models (vLLM, llama.cpp, Ollama or "
                "another with the same interface) can have documents read there. The text and "
                "the pictures of their pages then go over the network to that computer. Type "
                "only the address of a computer that may see your documents."
            ),
            self,
        )
        about.setWordWrap(True)
        self._icon = QLabel(self)
        self.state = QLabel(self)
        self.state.setWordWrap(True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        font = self.state.font()
        font.setBold(True)
        self.state.setFont(font)
        status = QHBoxLayout()
        status.setSpacing(8)
        status.addWidget(self._icon)
        status.addWidget(self.state, 1)
        self.address = self._line("https://server.example:8000")
        self.model = self._line(self.tr("only needed where the server has several"))
        self.key = self._line(self.tr("only where the server asks for one"))
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.textChanged.connect(self._bind_key)
        self.address.textChanged.connect(self._on_address)
        self.proxy = self._line(self.tr("usually empty"))
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(8)
        for text, field in (
            (self.tr("&Address"), self.address),
            (self.tr("&Model"), self.model),
            (self.tr("&Key"), self.key),
            (self.tr("&Proxy"), self.proxy),
        ):
            form.addRow(text, field)
            field.setAccessibleName(text.replace("&", ""))
        self.test = QPushButton(self.tr("&Test the connection"), self)
        self.turn_on = QPushButton(icon("server"), self.tr("&Send pages to this server"), self)
        self.turn_off = QPushButton(icon("private"), self.tr("Keep pages on this computer"), self)
        for button in (self.test, self.turn_on, self.turn_off):
            button.setAutoDefault(False)
        self.test.clicked.connect(self._test)
        self.turn_on.clicked.connect(self._turn_on)
        self.turn_off.clicked.connect(lambda: self.server_wanted.emit(None))
        buttons = QHBoxLayout()
        buttons.addWidget(self.test)
        buttons.addStretch(1)
        buttons.addWidget(self.turn_off)
        buttons.addWidget(self.turn_on)
        self.notice = Notice(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(14)
        layout.addWidget(about)
        layout.addLayout(status)
        layout.addLayout(form)
        layout.addLayout(buttons)
        layout.addWidget(self.notice)
        layout.addStretch(1)
        self.show_server(None, LastServer())

    def _line(self, hint: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setPlaceholderText(hint)
        return field

    def show_server(self, server: ServerSettings | None, last: LastServer) -> None:
        """Show where pages go; what is typed and not used yet stays."""
        changed = server != self._on
        self._on = server
        if server is not None and (changed or not self._begun):
            self._fill(server.address, server.model, server.key, server.proxy)
        elif not self._begun and last.address:
            self._fill(last.address, last.model, "", last.proxy)
        self._begun = self._begun or server is not None or bool(last.address)
        on = server is not None
        picture = icon("server", Tone.DOUBT) if on else icon("private", Tone.SURE)
        self._icon.setPixmap(picture.pixmap(20, 20))
        self.state.setText(
            self.tr("On: pages go to {0}").format(server.address)
            if server is not None
            else self.tr("Off: pages stay on this computer.")
        )
        self.turn_on.setText(
            self.tr("&Use what is typed here") if on else self.tr("&Send pages to this server")
        )
        self.turn_off.setVisible(on)

    def _fill(self, address: str, model: str, key: str, proxy: str) -> None:
        self.address.setText(address)
        self.model.setText(model)
        self.key.setText(key)
        self.proxy.setText(proxy)

    def _bind_key(self) -> None:
        self._key_host = host_of(self.address.text())

    def _on_address(self, address: str) -> None:
        """A key that was given for one host goes to no other."""
        if self._key_host and host_of(address) != self._key_host:
            self.key.clear()

    def typed(self) -> ServerSettings | None:
        """What was typed, if it can be an address; says what is wrong otherwise."""
        self._bind_key()
        try:
            return server_settings(
                self.address.text(), self.model.text(), self.key.text(), self.proxy.text()
            )
        except ProblemError as error:
            self.notice.tell(" ".join(words.problem_words(error.problem)), problem=True)
            self.address.setFocus()
            return None

    def _turn_on(self) -> None:
        wanted = self.typed()
        if wanted is None:
            return
        if wanted.warning is not None:
            self.notice.tell(" ".join(words.problem_words(wanted.warning)), problem=True)
        else:
            self.notice.hide()
        self.server_wanted.emit(wanted)

    def _test(self) -> None:
        wanted = self.typed()
        if wanted is None:
            return
        self._tests += 1
        this = self._tests
        self.test.setEnabled(False)
        self.notice.tell(self.tr("Asking {0}…").format(wanted.address))

        def for_this(show: Callable[[], None]) -> None:
            if this == self._tests:
                self.test.setEnabled(True)
                show()

        engine = self._asking = ServerEngine(wanted)
        background.run(
            self,
            lambda: _checked(engine),
            success=lambda host: for_this(lambda: self._found(wanted, host)),
            failure=lambda error: for_this(
                lambda: self.notice.tell(" ".join(words.error_words(error)), problem=True)
            ),
        )

    def stop(self) -> None:
        """Wait for no server any more."""
        self._tests += 1  # what it answers now is nobody's business
        if self._asking is not None:
            self._asking.stop()

    def _found(self, asked: ServerSettings, host: Host) -> None:
        parts = [
            self.tr("It works: {0} answers with the model “{1}”.").format(
                host.kind.value, host.model
            )
        ]
        if host.sees is False:
            parts.append(self.tr("It reads text only; pictures of pages are not sent."))
        if asked.warning is not None:
            parts.append(" ".join(words.problem_words(asked.warning)))
        self.notice.tell(" ".join(parts), problem=asked.warning is not None)


def _checked(engine: ServerEngine) -> Host:
    try:
        return engine.check()
    finally:
        engine.stop()
