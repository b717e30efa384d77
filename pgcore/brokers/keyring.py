"""Keyring: the keys that a process holds; says what to sign with and what to check against."""

import hmac
import os
import time
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from hmac import HMAC
from pathlib import Path
from typing import Never

from attrs import field, frozen

from pgcore.brokers.keyfile import parse_keys, read_keys
from pgcore.brokers.keys import Key, KeyringError
from pgcore.brokers.refusals import Refused

Clock = Callable[[], float]
"""The time in s since 1970."""

_MOST_SHOWN = 8
_MOST_LINKS = 65_536


@frozen(eq=False)
class _Link:
    """What signs, or checks, what one sender says to one recipient."""

    key_id: str
    mac: HMAC = field(repr=False)
    """Has taken in the secret and nothing else: copies of it are cheaper than to begin anew with each message."""
    since: float
    until: float


@frozen(eq=False)
class _Held:
    """The keys, and the links found among them so far."""

    keys: tuple[Key, ...]
    signing: dict[tuple[str, str], _Link] = field(factory=dict)
    checking: dict[tuple[str, str, str], _Link] = field(factory=dict)

    def found(self, key_id: str, sender: str, recipient: str) -> _Link:
        """The closest key of that id.

        Raises:
            Refused: there is none, or it is of others.
        """
        named = [key for key in self.keys if key.id == key_id]
        if not named:
            raise Refused("unknown_key", f"no key {key_id!r:.80} is held")
        fit = [key for key in named if key.covers(sender, recipient)]
        if not fit:
            raise Refused("foreign", f"the key {key_id!r} is not one for what {sender!r:.80} says to {recipient!r:.80}")
        key = max(fit, key=lambda key: key.reach)
        link = _Link(key_id, _mac(key, sender, recipient), key.not_before, key.not_after)
        if len(self.checking) >= _MOST_LINKS:  # a master covers every name that a forger makes up
            self.checking.clear()
        self.checking[key_id, sender, recipient] = link
        return link


class Keyring:
    """Keys, found by who says something to whom.

    Of several that are in force the newest signs, and all are good for checking, so that keys are changed without losing a message: give
    everyone the new key beside the old one, let the old one end later. ``skew_s`` allows for clocks that differ and for messages under way.

    >>> ring = Keyring([Key("k1", "MG1", bytes(range(32)))])
    >>> ring
    Keyring(k1: MG1 -> *)
    """

    def __init__(self, keys: Iterable[Key], *, clock: Clock = time.time, skew_s: float = 60.0) -> None:
        """Hold ``keys``.

        Args:
            clock: tells the time that ``not_before`` and ``not_after`` are compared with.
            skew_s: how long before and after its time a key is still accepted from others.

        Raises:
            KeyringError: there are none, or two have the same id, sender and recipient.
        """
        self._clock, self._skew_s = clock, skew_s
        self.renew(keys)

    @classmethod
    def from_file(cls, path: Path, *, clock: Clock = time.time) -> "Keyring":
        """The keys in a file.

        Raises:
            KeyringError: it is not a file of keys, or others may read it.
            OSError: it cannot be read.
        """
        return cls(read_keys(path), clock=clock)

    @classmethod
    def from_environment(cls, variable: str, *, environ: Mapping[str, str] = os.environ, clock: Clock = time.time) -> "Keyring":
        """The keys in an environment variable, which holds the text of a file of keys.

        Raises:
            KeyringError: it is not set, or its text is not that of a file of keys.
        """
        if variable not in environ:
            raise KeyringError(
                f"the environment variable {variable} is not set; it is to hold the text of a file of keys, as `pgcore keys new` writes it"
            )
        return cls(parse_keys(environ[variable], f"environment variable {variable}"), clock=clock)

    @property
    def keys(self) -> tuple[Key, ...]:
        """What it holds."""
        return self._held.keys

    def renew(self, keys: Iterable[Key]) -> None:
        """Hold ``keys`` from now on, in place of those before; may be called while messages are signed and checked.

        Raises:
            KeyringError: there are none, or two have the same id, sender and recipient.
        """
        held = tuple(keys)
        if not held:
            raise KeyringError("a keyring without keys can neither sign nor check anything; make some: pgcore keys new")
        places = [(key.id, key.sender, key.recipient) for key in held]
        twice = [place for place in places if places.count(place) > 1]
        if twice:
            raise KeyringError("two keys are named {!r} and are of {} to {}; give each new key an id of its own".format(*twice[0]))
        self._held = _Held(held)  # replaced whole: a thread that still looks into the old one cannot bring an old key into the new one

    def signer(self, sender: str, recipient: str) -> tuple[str, HMAC]:
        """Id of the key and a fresh HMAC to sign with what ``sender`` says to ``recipient``.

        Raises:
            KeyringError: no key for it is in force.
        """
        held, now = self._held, self._clock()
        link = held.signing.get((sender, recipient))
        if link is None or not link.since <= now < link.until:
            link = held.signing[sender, recipient] = self._newest(held, sender, recipient, now)
        return link.key_id, link.mac.copy()

    def checker(self, key_id: str, sender: str, recipient: str) -> HMAC:
        """A fresh HMAC as it signs what ``sender`` says to ``recipient`` with the key that is named ``key_id``.

        Raises:
            Refused: there is none, it is of others, or it is not in force.
        """
        held, now = self._held, self._clock()
        link = held.checking.get((key_id, sender, recipient)) or held.found(key_id, sender, recipient)
        if not link.since - self._skew_s <= now < link.until + self._skew_s:
            raise Refused("expired_key", f"the key {key_id!r} is {'not yet' if now < link.since else 'no longer'} in force")
        return link.mac.copy()

    def _newest(self, held: _Held, sender: str, recipient: str, now: float) -> _Link:
        """The newest key in force, until it ends or a newer one begins."""
        fit = [key for key in held.keys if key.covers(sender, recipient)]
        valid = [key for key in fit if key.not_before <= now < key.not_after]
        if not valid:
            which = "none of its keys for that is in force now" if fit else "it holds no key for that"
            raise KeyringError(f"{self!r} cannot sign what {sender} says to {recipient}: {which}; `pgcore keys new` makes one")
        key = max(valid, key=lambda key: (key.not_before, *key.reach))
        until = min([key.not_after, *(other.not_before for other in fit if other.not_before > now)])
        return _Link(key.id, _mac(key, sender, recipient), key.not_before, until)

    def __repr__(self) -> str:
        keys = self._held.keys
        more = f", and {len(keys) - _MOST_SHOWN} more" if len(keys) > _MOST_SHOWN else ""
        return f"Keyring({', '.join(f'{key.id}: {key.sender} -> {key.recipient}' for key in keys[:_MOST_SHOWN])}{more})"

    def __reduce__(self) -> Never:
        raise TypeError("a keyring is not pickled or copied, since that spreads its secrets; load it again where it is needed")


def _mac(key: Key, sender: str, recipient: str) -> HMAC:
    return hmac.new(key.link_secret(sender, recipient), digestmod=sha256)
