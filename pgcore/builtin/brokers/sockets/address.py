"""Address: where a hub listens, as text and as a socket."""

import socket
import stat
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from pgcore.quantity import QuantityError

EXPECTED = "host:port such as 127.0.0.1:5555 (port 0: any free one), [host]:port for IPv6, or unix:/path"

_WAITING = 128
"""Connections that the system holds until they are accepted."""


@frozen
class Address:
    """A TCP port of a host, or a Unix socket at ``path``."""

    host: str = ""
    port: int = 0
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read an address.

        Raises:
            QuantityError: it is none.
        """
        if text.startswith("unix:/"):
            return cls(path=text.removeprefix("unix:"))
        host, colon, port = text.rpartition(":")
        bare = host.removeprefix("[").removesuffix("]")
        if not colon or not bare or host.startswith("unix") or not port.isdecimal() or int(port) > 65535:
            raise QuantityError("address", text, EXPECTED)
        return cls(bare, int(port))

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def listen(self) -> socket.socket:
        """A socket that listens here.

        Raises:
            OSError: the address is taken or not one of this host.
        """
        if self.path:
            return _listen_at(self.path)
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        return socket.create_server((self.host, self.port), family=family, backlog=_WAITING)

    def dial(self, timeout_s: float) -> socket.socket:
        """A socket connected to whoever listens here.

        Raises:
            OSError: nobody does, or not within ``timeout_s``.
        """
        if not self.path:
            return socket.create_connection((self.host, self.port), timeout_s)
        made = socket.socket(socket.AF_UNIX)
        try:
            made.settimeout(timeout_s)
            made.connect(self.path)
        except OSError:
            made.close()
            raise
        return made

    def bound(self, server: socket.socket) -> "Address":
        """This address with the port that ``server`` was given."""
        return self if self.path else Address(self.host, server.getsockname()[1])

    def leave(self) -> None:
        """Remove what listening left in the file system."""
        if self.path:
            Path(self.path).unlink(missing_ok=True)


def _listen_at(path: str) -> socket.socket:
    _clear(path)
    server = socket.socket(socket.AF_UNIX)
    try:
        server.bind(path)
        Path(path).chmod(0o600)  # before anyone can connect
        server.listen(_WAITING)
    except OSError:
        server.close()
        raise
    return server


def _clear(path: str) -> None:
    """Remove the socket of a hub that was killed; one that is alive answers, and stays."""
    with suppress(FileNotFoundError), socket.socket(socket.AF_UNIX) as probe:
        if not stat.S_ISSOCK(Path(path).stat().st_mode):
            return
        try:
            probe.settimeout(1.0)
            probe.connect(path)
        except ConnectionRefusedError:
            Path(path).unlink()
