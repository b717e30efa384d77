"""Key file: keys as JSON text, read and written so that nobody else sees them."""

import json
import math
import os
import stat
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pgcore.brokers.keys import ANYONE, Key, KeyringError

VERSION = 1
_HEAD = "pgcore_keys"
_REQUIRED, _OPTIONAL = {"id", "sender", "secret"}, {"recipient", "not_before", "not_after"}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_keys(path: Path) -> tuple[Key, ...]:
    """The keys in a file.

    Raises:
        KeyringError: it is not a file of keys, or others than its owner may read or write it.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if os.name == "posix" and mode & _OTHERS:
            raise KeyringError(f"{path}: others can get at these keys (its mode is {mode:04o}, expected 0600); run: chmod 600 {path}")
        data = file.read()
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise KeyringError(f"{path}: this is not text, expected a file of keys as `pgcore keys new` writes it") from None
    return parse_keys(text, str(path))


def write_keys(path: Path, keys: Iterable[Key], *, replace: bool = False) -> None:
    """Write a file of keys that only its owner can read.

    Raises:
        FileExistsError: it exists and ``replace`` is not set.
        OSError: it cannot be written.
    """
    text = format_keys(keys)
    part = path.with_name(f".{path.name}.part") if replace else path
    part.unlink(missing_ok=True) if replace else None
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    if replace:
        part.replace(path)


def format_keys(keys: Iterable[Key]) -> str:
    """Keys as the text of a file."""
    return json.dumps({_HEAD: VERSION, "keys": [_entry(key) for key in keys]}, indent=2) + "\n"


def parse_keys(text: str, where: str) -> tuple[Key, ...]:
    """The keys in the text of a file; ``where`` names it in messages, which never hold a secret.

    Raises:
        KeyringError: it is not the text of a file of keys.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        # not `from error`: it holds the text, and so the secrets
        raise KeyringError(f"{where}: not a file of keys: line {error.lineno} is not JSON; make one with `pgcore keys new`") from None
    if not isinstance(document, Mapping) or document.get(_HEAD) != VERSION or not isinstance(document.get("keys"), list):
        raise KeyringError(f'{where}: not a file of keys: expected {{"{_HEAD}": {VERSION}, "keys": [...]}}; make one with `pgcore keys new`')
    return tuple(_key(entry, f"{where}: key {number}") for number, entry in enumerate(document["keys"], 1))


def parse_time(text: str) -> float:
    """A time such as ``2026-11-22T14:00:00Z`` in s since 1970.

    Raises:
        ValueError: it is not one, or leaves open which time zone it is in.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise ValueError(f"found {text!r}, expected a time with its zone such as 2026-11-22T14:00:00Z")
    return time.timestamp()


def _entry(key: Key) -> dict[str, str]:
    entry = {"id": key.id, "sender": key.sender}
    if key.recipient != ANYONE:
        entry["recipient"] = key.recipient
    for name in ("not_before", "not_after"):
        if math.isfinite(value := getattr(key, name)):
            entry[name] = datetime.fromtimestamp(value, UTC).isoformat()
    return {**entry, "secret": key.secret.hex()}


def _key(entry: Any, where: str) -> Key:
    if not isinstance(entry, Mapping) or not _REQUIRED <= entry.keys() <= _REQUIRED | _OPTIONAL:
        found = f"the entries {', '.join(sorted(map(repr, entry)))}" if isinstance(entry, Mapping) else f"a {type(entry).__name__}"
        raise KeyringError(f"{where}: found {found}, expected {', '.join(sorted(_REQUIRED))} and, if wanted, {', '.join(sorted(_OPTIONAL))}")
    strangers = [name for name, value in entry.items() if not isinstance(value, str)]
    if strangers:
        raise KeyringError(f"{where}: {strangers[0]} is not text, expected all entries of a key in quotes")
    try:
        times = {name: parse_time(entry[name]) for name in ("not_before", "not_after") if name in entry}
        return Key(entry["id"], entry["sender"], _secret(entry["secret"]), entry.get("recipient", ANYONE), **times)
    except ValueError as error:
        raise KeyringError(f"{where}: {error}") from None


def _secret(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError("its secret is not written in hexadecimal digits") from None
