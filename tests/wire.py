"""What tests of brokers share: messages, and a broker whose messages anyone can get at."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from pgcore.channels import ChannelManager
from pgcore.contracts.broker import MessageBroker
from pgcore.messages import ENVIRONMENT, Body, Farewell, Message, Sealed

CHANNELS = ChannelManager("0")
TO_MG1 = CHANNELS.control("MG1")
REPORTS = CHANNELS.reports()


class Wire(MessageBroker):
    """Messages in one list, for whoever wants to read, change, repeat or add some."""

    type = "wire"
    ordered = False

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message]] = []
        self.is_open, self.asked = False, 0

    def open(self, hub: bool = True) -> None:
        self.is_open = True

    def create_channel(self, channel: str) -> None:
        """All are known."""

    def publish(self, channel: str, message: Message) -> None:
        self.sent.append((channel, message))

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        names = (channel,) if isinstance(channel, str) else channel
        mine = [entry for entry in self.sent if entry[0] in names and entry[1].recipient == recipient_id]
        self.sent = [entry for entry in self.sent if entry not in mine]
        self.asked += 1
        return [message for _, message in mine]

    def close(self) -> None:
        self.is_open = False

    def counts(self) -> dict[str, int]:
        return {"asked": self.asked}

    def take(self) -> tuple[str, Message]:
        """Take the oldest message off the wire."""
        return self.sent.pop(0)

    def spoil(self, change: Callable[[Message], Message]) -> None:
        """Change the newest message."""
        channel, message = self.sent.pop()
        self.sent.append((channel, change(message)))


def letter(sender: str = "MG1", recipient: str = ENVIRONMENT, seq: int = 1, body: Body | None = None, **envelope: Any) -> Message:
    """A message of the first step of environment ``0``."""
    message = Message("0", 0, 1, sender, recipient, 0, seq, body or Farewell("done"))
    return replace(message, **envelope)


def seal_of(message: Message) -> Sealed:
    """The sealed body of a message."""
    assert isinstance(message.body, Sealed)
    return message.body


def with_seal(message: Message, **changes: Any) -> Message:
    """The same message with something about its seal changed."""
    return replace(message, body=replace(seal_of(message), **changes))
