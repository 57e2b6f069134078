"""Where the office's own server is: the address that the user typed, its model and key."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.errors import Code, Problem, problem

_LOCAL_ENDINGS = (
    ".local",
    ".localhost",
    ".lan",
    ".internal",
    ".intranet",
    ".corp",
    ".home",
    ".home.arpa",
    ".private",
    ".test",
)
_BARE = re.compile(r"(?!https?(?:[:/]|$))(?:[\w.-]+|\[[^]]*\])(?::\d+)?(?:/.*)?", re.I)
"""``host[:port][/path]``: an address without its scheme, and not the half of one with it."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The server that reads documents; made by :func:`server_settings`, which checks it.

    ``address`` is ``scheme://host[:port][/path]`` without ``/v1``; ``model`` is "" for
    the only one that the server has; ``key`` is sent as a bearer token and never shown;
    ``proxy`` is an address, "" for a direct connection.
    """

    address: str
    model: str = ""
    key: str = field(default="", repr=False)
    proxy: str = ""

    @property
    def warning(self) -> Problem | None:
        """What the user should know before documents go there."""
        parts = urlsplit(self.address)
        if parts.scheme == "http" and not _in_house(parts.hostname or ""):
            return Problem(Code.SERVER_IN_THE_CLEAR, self.address)
        return None


def server_settings(
    address: str, model: str = "", key: str = "", proxy: str = ""
) -> ServerSettings:
    """Settings from what the user typed.

    Raises ``ProblemError``: ``server_address``, ``server_address_secret``, ``server_key``.
    """
    key = key.strip()
    if not (key.isascii() and (key.isprintable() or not key)) or " " in key:
        raise problem(Code.SERVER_KEY, "")
    return ServerSettings(
        _checked(address),
        model.strip(),
        key,
        _checked(proxy) if proxy.strip() else "",
    )


def host_of(address: str) -> str:
    """The host in what is typed so far, "" where there is none yet."""
    try:
        return urlsplit(_with_scheme(address.strip())).hostname or ""
    except ValueError:  # half of an address in brackets
        return ""


def _with_scheme(typed: str) -> str:
    """What was typed, with ``http://`` where no scheme is: most servers of an office have that."""
    return f"http://{typed}" if _BARE.fullmatch(typed) else typed


def _checked(typed: str) -> str:
    """The address in one spelling; raises ``ProblemError`` where it is none."""
    typed = typed.strip()
    try:
        parts = urlsplit(_with_scheme(typed))
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise problem(Code.SERVER_ADDRESS, typed) from error
    if parts.username is not None or parts.password is not None:
        raise problem(Code.SERVER_ADDRESS_SECRET, host)
    bad = not typed.isprintable() or any(char.isspace() or char == "\\" for char in typed)
    if bad or parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise problem(Code.SERVER_ADDRESS, typed)
    if host.startswith((".", "-")) or ".." in host or port == 0:
        raise problem(Code.SERVER_ADDRESS, typed)
    shown = f"[{host}]" if ":" in host else host
    path = parts.path.rstrip("/").removesuffix("/v1").rstrip("/")
    return f"{parts.scheme}://{shown}{f':{port}' if port is not None else ''}{path}"


def _in_house(host: str) -> bool:
    """Whether a host is this computer or one of the same network, as far as its name says."""
    try:
        number = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        name = host.rstrip(".").lower()
        return "." not in name or name.endswith(_LOCAL_ENDINGS)
    return number.is_private or number.is_loopback or number.is_link_local
