"""SignedBroker: a broker around a broker that lets only messages through whose sender is who it claims to be."""

import hmac
import struct
import time
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import ClassVar

from pgcore.brokers.freshness import Freshness
from pgcore.brokers.keyring import Keyring
from pgcore.brokers.keys import KeyringError
from pgcore.brokers.refusals import Refusals, Refused
from pgcore.channels import may_read, may_write, parse
from pgcore.codec import CodecError, decode, encode
from pgcore.contracts.broker import BrokerFault, MessageBroker
from pgcore.messages import Message, Sealed

MAGIC = b"pgcore seal 1\n"
"""Begins the input of every signature, so that one made for anything else, or for another version, is worth nothing here."""

_BREAK = b"\n"
"""Between the channel's name and the message in a payload; no channel's name holds one."""
_NUMBERS = struct.Struct(">4q")
_LENGTH = struct.Struct(">Q")

# Bounded, since a forger makes up names.
_may_write, _may_read = lru_cache(maxsize=65_536)(may_write), lru_cache(maxsize=65_536)(may_read)


class SignedBroker(MessageBroker):
    """Signs what is published with HMAC-SHA256, and delivers only what is signed by its sender, allowed on its channel, and new.

    A message travels as the :class:`~pgcore.messages.Sealed` body of one with the same envelope. What is refused is counted by reason and claimed
    sender (:attr:`refusals`), named once in a warning, and never delivered. The access rules hold in memory too: whoever publishes where
    it may not gets a :class:`BrokerFault`, and whoever reads where it may not gets nothing, and is counted.

    What a process has seen is forgotten when it ends. A sender that starts again must give its messages a greater ``epoch``, and whoever keeps the
    same keys for a second run must give that another ``env_id``, or messages of the first are good in the second.
    """

    type: ClassVar[str] = "signed"

    def __init__(self, base_broker: MessageBroker, keyring: Keyring) -> None:
        self._base, self._keyring = base_broker, keyring
        self._fresh = Freshness()
        self.refusals = Refusals()
        """What was refused so far."""
        vars(self).update({name: getattr(base_broker, name) for name in ("remote", "durable", "ordered", "replay")})

    def open(self, hub: bool = True) -> None:
        self._base.open(hub)

    def create_channel(self, channel: str) -> None:
        self._base.create_channel(channel)

    def publish(self, channel: str, message: Message) -> None:
        """Send ``message``, signed.

        Raises:
            BrokerFault: its sender may not write the channel, no key to sign it with is in force, or the base broker cannot send it.
            CodecError: it cannot be encoded.
        """
        if not _may_write(message.sender, channel):
            raise BrokerFault(f"{message.sender} may not write the channel {channel}; nothing was sent")
        try:
            key_id, mac = self._keyring.signer(message.sender, message.recipient)
        except KeyringError as error:
            raise BrokerFault(str(error)) from error
        payload = channel.encode() + _BREAK + encode(message)
        mac.update(mac_input(message, channel, key_id, payload))
        self._base.publish(channel, _with_body(message, Sealed(payload, key_id, mac.digest())))

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        """As a broker does. What was refused does not end the wait, and a channel that the recipient may not read holds nothing for it."""
        names = self._readable((channel,) if isinstance(channel, str) else channel, recipient_id)
        if not names:
            return []
        deadline = time.monotonic() + timeout_s if timeout_s > 0 else 0.0
        while True:
            came = self._base.consume(names, recipient_id, timeout_s)
            passed = self._passed(came, names, recipient_id)
            if passed or not came or timeout_s <= 0:
                return passed
            timeout_s = deadline - time.monotonic()

    def waiting(self, timeout_s: float = 0.0) -> Collection[str] | None:
        return self._base.waiting(timeout_s)

    def gone(self) -> Collection[str]:
        return self._base.gone()

    def close(self) -> None:
        self._base.close()

    def counts(self) -> dict[str, int]:
        """The base broker's counts, and the messages refused by reason."""
        return {**self._base.counts(), **self.refusals.counts()}

    def _readable(self, channels: Sequence[str], recipient_id: str) -> Sequence[str]:
        refused = [name for name in channels if not _may_read(recipient_id, name)]
        for name in refused:
            self.refusals.add(Refused("forbidden", "it may not read this channel"), recipient_id, name)
        return [name for name in channels if name not in refused] if refused else channels

    def _passed(self, came: list[Message], channels: Collection[str], recipient_id: str) -> list[Message]:
        """The messages within, of those that are not refused."""
        passed = []
        for sealed in came:
            try:
                passed.append(self._opened(sealed, channels, recipient_id))
            except Refused as refused:
                self.refusals.add(refused, sealed.sender, " or ".join(channels))
        return passed

    def _opened(self, sealed: Message, channels: Collection[str], recipient_id: str) -> Message:
        body = sealed.body
        if not isinstance(body, Sealed):
            raise Refused("unsigned", f"it is a plain {type(body).__name__}")
        channel, encoded = _unpacked(body.payload)
        _check_place(sealed, channel, channels, recipient_id)
        if not _may_write(sealed.sender, channel):
            raise Refused("forbidden", f"{sealed.sender!r:.80} may not write this channel")
        _check_mac(sealed, body, channel, self._keyring.checker(body.key_id, sealed.sender, sealed.recipient))
        self._fresh.add(channel, sealed)
        return _decoded(encoded, sealed)


def mac_input(message: Message, channel: str, key_id: str, payload: bytes) -> bytes:
    """What is signed: :data:`MAGIC`, then the texts, the numbers and the payload.

    The texts are env_id, channel, sender, recipient and key id; the numbers epoch, seq, episode and tick. A number takes 8 bytes, big-endian and
    signed. Each text and the payload come after their length in bytes, which takes 8 bytes, big-endian. So no two messages have the same input.

    Raises:
        struct.error: a number does not fit.
        UnicodeError: a text cannot be encoded.
    """
    texts = _texts(message.env_id, channel, message.sender, message.recipient, key_id)
    return b"".join((texts, _NUMBERS.pack(message.epoch, message.seq, message.episode, message.tick), _LENGTH.pack(len(payload)), payload))


@lru_cache(maxsize=65_536)
def _texts(*texts: str) -> bytes:
    encoded = [text.encode() for text in texts]
    return MAGIC + b"".join(_LENGTH.pack(len(part)) + part for part in encoded)


def _unpacked(payload: bytes) -> tuple[str, bytes]:
    """The channel that a payload was sent on, and the encoded message."""
    channel, found, encoded = payload.partition(_BREAK)
    try:
        name = channel.decode()
    except UnicodeDecodeError as error:
        raise Refused("malformed", "its payload does not begin with the name of a channel") from error
    if not found:
        raise Refused("malformed", "its payload does not begin with the name of a channel")
    return name, encoded


def _check_place(sealed: Message, channel: str, channels: Collection[str], recipient_id: str) -> None:
    """Raises Refused: it is not for this reader here."""
    if channel not in channels:
        raise Refused("foreign", f"it was sent on {channel!r:.200}")
    if sealed.recipient != recipient_id:
        raise Refused("foreign", f"it is for {sealed.recipient!r:.80}")
    if sealed.env_id != parse(channel).env_id:
        raise Refused("foreign", f"it is of environment {sealed.env_id!r:.80}")


def _check_mac(sealed: Message, body: Sealed, channel: str, mac: hmac.HMAC) -> None:
    try:
        mac.update(mac_input(sealed, channel, body.key_id, body.payload))
    except (struct.error, UnicodeError) as error:
        raise Refused("tampered", f"its envelope holds what no sender writes: {error}") from error
    if not hmac.compare_digest(mac.digest(), body.mac):
        raise Refused("tampered", f"its signature is not that of the key {body.key_id!r}")


def _decoded(encoded: bytes, sealed: Message) -> Message:
    try:
        message = decode(encoded)
    except CodecError as error:
        raise Refused("malformed", f"it is signed, and cannot be read: {error}") from error
    if _envelope(message) != _envelope(sealed):
        raise Refused("foreign", "its content names another sender, recipient or moment than its envelope")
    return message


def _envelope(message: Message) -> tuple[str | int, ...]:
    return message.env_id, message.sender, message.recipient, message.episode, message.tick, message.epoch, message.seq


def _with_body(message: Message, body: Sealed) -> Message:
    return Message(message.env_id, message.episode, message.tick, message.sender, message.recipient, message.epoch, message.seq, body)
