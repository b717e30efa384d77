"""Parcels: what travels over a connection, several to a frame, and the bytes that they are."""

import struct
from collections.abc import Iterable

from attrs import frozen

from pgcore.codec import CodecError, decode, encode
from pgcore.contracts.broker import BrokerFault
from pgcore.messages import Message

MESSAGE, CLAIM, TAKEN, REFUSED = 1, 2, 3, 4
"""Kinds of parcel: a message; "its reader lives here"; "another process claimed it"; "your last message for it had no room"."""

MOST_BYTES = 80 * 2**20
"""A longer frame ends the connection: it is above what the codec accepts for a message."""

_HEAD = struct.Struct("!BIII")

Place = tuple[str, str]
"""Where a message goes: the part of the channel's name that tells environments apart, and the recipient."""


class MalformedFrame(CodecError):
    """The bytes of a frame are not parcels; the message says where."""


@frozen
class Parcel:
    """One thing to deliver. Only a message has a ``payload``; what the hub says about a place names any channel of its environment."""

    kind: int
    channel: str
    recipient: str
    payload: bytes = b""

    @property
    def place(self) -> Place:
        """Where it goes."""
        return place(self.channel, self.recipient)

    def message(self) -> Message:
        """The message inside.

        Raises:
            CodecError: there is none, or it is for someone else than the parcel says.
        """
        found = decode(self.payload)
        if found.recipient != self.recipient:
            raise MalformedFrame(f"a message for {found.recipient!r} came in a parcel for {self.recipient!r}")
        if not _fits(self.channel, found):
            raise MalformedFrame(f"a message of environment {found.env_id!r} came on {self.channel!r}, a channel of another")
        return found


def posted(channel: str, message: Message) -> Parcel:
    """The parcel that carries a message.

    Raises:
        BrokerFault: the channel belongs to another environment.
    """
    if not _fits(channel, message):
        raise BrokerFault(f"{message.sender!r} sent a message of environment {message.env_id!r} on {channel!r}, a channel of another")
    return Parcel(MESSAGE, channel, message.recipient, encode(message))


def place(channel: str, recipient: str) -> Place:
    """The place of a recipient of ``channel``.

    >>> place("env_0__action__environment_to_MG1", "MG1")
    ('env_0', 'MG1')
    """
    return channel.partition("__")[0], recipient


def pack(parcels: Iterable[Parcel]) -> bytes:
    """The parcels as one frame."""
    parts: list[bytes] = []
    for parcel in parcels:
        channel, recipient = parcel.channel.encode(), parcel.recipient.encode()
        parts += (_HEAD.pack(parcel.kind, len(channel), len(recipient), len(parcel.payload)), channel, recipient, parcel.payload)
    return b"".join(parts)


def unpack(frame: bytes) -> list[Parcel]:
    """The parcels of a frame.

    Raises:
        MalformedFrame: its bytes are something else.
    """
    found, at = [], 0
    while at < len(frame):
        parcel, at = _next(frame, at)
        found.append(parcel)
    return found


def _fits(channel: str, message: Message) -> bool:
    return channel.startswith(f"env_{message.env_id}__")


def _next(frame: bytes, start: int) -> tuple[Parcel, int]:
    """The parcel that begins at ``start``, and where it ends."""
    body = start + _HEAD.size
    if body > len(frame):
        raise MalformedFrame(f"a frame of {len(frame)} bytes ends within the head of a parcel at byte {start}")
    kind, channel, recipient, payload = _HEAD.unpack_from(frame, start)
    end = body + channel + recipient + payload
    if not MESSAGE <= kind <= REFUSED or end > len(frame):
        raise MalformedFrame(f"no parcel begins at byte {start} of a frame of {len(frame)} bytes")
    try:
        names = frame[body : body + channel].decode(), frame[body + channel : end - payload].decode()
    except UnicodeDecodeError as error:
        raise MalformedFrame(f"the names in the parcel at byte {start} are not text") from error
    return Parcel(kind, *names, frame[end - payload : end]), end
