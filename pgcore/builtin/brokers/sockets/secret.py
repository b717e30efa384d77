"""Secret: the key that the processes of a run share, and where each found it."""

import os
from pathlib import Path

from attrs import field, frozen

from pgcore.contracts.broker import BrokerFault

SHORTEST = 16
"""Bytes of the shortest key that is accepted: whoever overhears a connection begin can try shorter ones one by one."""


@frozen
class Secret:
    """A key, which is never shown, and the words for where it came from."""

    key: bytes = field(repr=False)
    source: str

    @classmethod
    def read(cls, file: Path | None, variable: str) -> "Secret":
        """The key in ``file`` if one is named, else that in the environment variable.

        Raises:
            BrokerFault: there is none, it is too short, or others can read the file.
        """
        source = f"the file {file}" if file else f"the environment variable {variable}"
        found = (_content(file) if file else os.environ.get(variable, "").encode()).strip()
        if not found:
            raise BrokerFault(f"the socket broker has no key in {source}: put the same one there for the environment and every agent; {_RECIPE}")
        if len(found) < SHORTEST:
            raise BrokerFault(f"the key in {source} has {len(found)} bytes, expected at least {SHORTEST}; {_RECIPE}")
        return cls(found, source)


_RECIPE = "this prints one: python -c 'import secrets; print(secrets.token_hex(32))'"


def _content(file: Path) -> bytes:
    try:
        mode = file.stat().st_mode
        if os.name == "posix" and mode & 0o077:
            raise BrokerFault(f"others can read the key file {file} (mode {mode & 0o777:o}): run chmod 600 {file}")
        return file.read_bytes()
    except OSError as error:
        raise BrokerFault(f"the key file {file} cannot be read: {error.strerror or error}") from error
