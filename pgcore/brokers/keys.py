"""Keys: secrets that say who may sign for whom, and how one is derived from another."""

import hmac
import math
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from hashlib import sha256
from typing import Never

import attrs
from attrs import field, frozen

from pgcore.channels import ChannelError, check_actor_id
from pgcore.messages import ENVIRONMENT
from pgcore.naming import owner

ANYONE = "*"
"""In place of an actor's name: all of them."""
SECRET_BYTES = 32
"""The least length of a secret: that of the hash, as RFC 2104 recommends."""

_LEGAL_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_DIGEST_BYTES = 32
_MOST_BLOCKS = 255


class KeyringError(ValueError):
    """A key, a file of keys or a set of keys cannot be used. The message says why and what to do, and never holds a secret."""


@frozen(eq=False)
class Key:
    """A secret with which ``sender`` signs what it says to ``recipient``.

    A key covers an actor and what belongs to it: that of ``MG1`` also covers ``MG1.ess``. What is signed with is not the secret itself but one
    derived from it for this sender and this recipient (:meth:`link_secret`). So an agent that was given the key from ``environment`` to itself can
    check what the environment tells it, and cannot speak for the environment to anyone else, which one key for all would allow.
    """

    id: str
    """What messages name it by. Keys that were derived from each other share theirs."""
    sender: str
    """The actor that signs; :data:`ANYONE` for a master, from which the keys of all are derived."""
    secret: bytes = field(repr=False)
    recipient: str = ANYONE
    """The actor that is told; :data:`ANYONE` for the sender's own key, from which those for each recipient are derived."""
    not_before: float = -math.inf
    """When it comes into force, in s since 1970."""
    not_after: float = math.inf
    """When it ends, in s since 1970."""

    def __attrs_post_init__(self) -> None:
        if not _LEGAL_ID.fullmatch(self.id):
            raise KeyringError(f"key id {self.id[:70]!r}: expected 1 to 64 letters, digits, '.', '_' or '-'")
        if not self.sender or not self.recipient:
            raise KeyringError(f"key {self.id!r}: found an empty sender or recipient, expected an actor's name, or {ANYONE!r} for all")
        if self.sender == ANYONE and self.recipient != ANYONE:
            raise KeyringError(f"key {self.id!r}: a key of all senders is one for all recipients; leave out the recipient {self.recipient!r}")
        if len(self.secret) < SECRET_BYTES:
            raise KeyringError(f"key {self.id!r}: a secret of {len(self.secret)} bytes, expected at least {SECRET_BYTES}; make one: pgcore keys new")
        if not self.not_before < self.not_after:
            raise KeyringError(f"key {self.id!r}: not_before is {self.not_before!r}, expected earlier than not_after, which is {self.not_after!r}")

    def __reduce__(self) -> Never:
        raise TypeError("a key is not pickled or copied, since that spreads its secret; load it again where it is needed")

    @property
    def reach(self) -> tuple[int, int]:
        """How close it fits those whom it covers: the greater, the closer."""
        return _depth(self.sender), _depth(self.recipient)

    def covers(self, sender: str, recipient: str) -> bool:
        """Whether ``sender`` may sign with it what it says to ``recipient``."""
        return covers(self.sender, sender) and covers(self.recipient, recipient)

    def link_secret(self, sender: str, recipient: str) -> bytes:
        """The secret that signs what ``sender`` says to ``recipient``: HKDF-SHA256 for every part of the two names that the key leaves open.

        Raises:
            KeyringError: the key does not cover them.
        """
        if not self.covers(sender, recipient):
            raise KeyringError(f"key {self.id!r} of {self.sender} to {self.recipient} is none of {sender} to {recipient}")
        own = reduce(_sender_step, _open_parts(self.sender, sender), self.secret)
        return reduce(_recipient_step, _open_parts(self.recipient, recipient), own)

    def of_sender(self, sender: str) -> "Key":
        """The key of one sender that this one covers, to all recipients that this one is for."""
        return attrs.evolve(self, sender=sender, secret=reduce(_sender_step, _open_parts(self.sender, sender), self.secret))

    def to_recipient(self, recipient: str) -> "Key":
        """The key of the same sender to one recipient."""
        return attrs.evolve(self, recipient=recipient, secret=self.link_secret(self.sender, recipient))


def covers(owner: str, actor: str) -> bool:
    """Whether what is of ``owner`` is also of ``actor``: of all, of itself, or of what belongs to it.

    >>> covers("MG1", "MG1.ess"), covers("MG1", "MG12")
    (True, False)
    """
    return owner in (ANYONE, actor) or actor.startswith(f"{owner}.")


def hkdf_sha256(secret: bytes, info: bytes, length: int = _DIGEST_BYTES, salt: bytes = b"") -> bytes:
    """``length`` bytes derived from ``secret`` for the purpose ``info``: HKDF with SHA-256 (RFC 5869, extract and expand).

    Raises:
        ValueError: more than 8160 bytes were asked for.
    """
    blocks = -(-length // _DIGEST_BYTES)
    if blocks > _MOST_BLOCKS:
        raise ValueError(f"HKDF-SHA256 gives at most {_MOST_BLOCKS * _DIGEST_BYTES} bytes, found a wish for {length}")
    extracted = hmac.digest(salt or bytes(_DIGEST_BYTES), secret, sha256)
    made, block = b"", b""
    for number in range(1, blocks + 1):
        block = hmac.digest(extracted, block + info + bytes([number]), sha256)
        made += block
    return made[:length]


def new_keys(
    names: Sequence[str],
    links: Iterable[tuple[str, str]] = (),
    *,
    key_id: str = "",
    not_before: float = -math.inf,
    not_after: float = math.inf,
) -> dict[str, tuple[Key, ...]]:
    """Fresh keys for the environment and every actor in ``names``: by name, what each is to hold.

    The environment holds a master. Each actor holds its own key and the one to check what the environment tells it; the actor of a device also
    the one to check what its agent tells it.

    Args:
        names: agents, and devices (``MG1.ess``) that shall have keys of their own rather than their agent's.
        links: further pairs of a sender and a recipient that is to check what the sender tells it, such as a parent and its child.
        key_id: what messages name these keys by; made up at random if left out.
        not_before, not_after: when they are in force, in s since 1970.

    Raises:
        KeyringError: a name was given twice or cannot be an actor's, or one in ``links`` is unknown.
    """
    _check_names(names, links := list(links))
    master = Key(key_id or f"k{secrets.token_hex(4)}", ANYONE, secrets.token_bytes(SECRET_BYTES), ANYONE, not_before, not_after)
    told = [(sender, name) for name in names for sender in _tellers(name)] + links
    checks: Mapping[str, list[Key]] = {name: [] for name in names}
    for sender, recipient in dict.fromkeys(told):
        checks[recipient].append(master.of_sender(sender).to_recipient(recipient))
    return {ENVIRONMENT: (master,), **{name: (master.of_sender(name), *checks[name]) for name in names}}


def share(keys: Iterable[Key], names: Collection[str], links: Iterable[tuple[str, str]] = ()) -> tuple[Key, ...]:
    """What a process needs of ``keys`` to speak for ``names`` and to check what they are told, and nothing more.

    Args:
        keys: those of the environment.
        names: agents, whose keys are also those of their devices, or devices.
        links: further pairs of a sender and one of ``names``, such as a parent and its child.
    """
    held = tuple(keys)
    own = [key.of_sender(name) for key in held for name in names if key.recipient == ANYONE and covers(key.sender, name)]
    told = [(sender, name) for name in names for sender in _tellers(name)] + list(links)
    checks = [key.of_sender(link[0]).to_recipient(link[1]) for key in held for link in told if key.covers(*link)]
    return tuple({(key.id, key.sender, key.recipient): key for key in (*own, *checks)}.values())


def _tellers(name: str) -> Iterator[str]:
    """Whom an actor listens to in any case."""
    yield ENVIRONMENT
    if owner(name):
        yield owner(name)


def _check_names(names: Sequence[str], links: Collection[tuple[str, str]]) -> None:
    try:
        twice = [name for name in names if names.count(check_actor_id(name)) > 1]
    except ChannelError as error:
        raise KeyringError(f"{error}; the environment gets its keys anyway") from error
    if twice:
        raise KeyringError(f"found the name {twice[0]!r} twice, expected each once")
    strangers = [name for link in links for name in link if name not in (*names, ENVIRONMENT)]
    if strangers or any(recipient == ENVIRONMENT for _, recipient in links):
        wrong = strangers[0] if strangers else ENVIRONMENT
        raise KeyringError(f"found a link with {wrong!r}, expected one from a sender to one of: {', '.join(names)}")


def _depth(name: str) -> int:
    return 0 if name == ANYONE else 1 + name.count(".")


def _open_parts(owner: str, actor: str) -> list[str]:
    """The parts of an actor's name that come after its owner's."""
    parts = actor.split(".")
    return parts[_depth(owner) :]


def _sender_step(secret: bytes, part: str) -> bytes:
    return hkdf_sha256(secret, b"pgcore 1 sender " + part.encode())


def _recipient_step(secret: bytes, part: str) -> bytes:
    return hkdf_sha256(secret, b"pgcore 1 recipient " + part.encode())
