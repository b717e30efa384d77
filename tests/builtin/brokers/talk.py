"""What tests of brokers between processes share: channels, messages, and a wait with an end."""

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

from pgcore.builtin.brokers.socket import SocketBroker
from pgcore.contracts.broker import MessageBroker
from pgcore.messages import ENVIRONMENT, Answer, Message

KEY = "0123456789abcdef0123456789abcdef"
PATIENCE_S = 10.0
"""No test waits longer for anything."""

REPORTS = "env_0__reports"


def control(actor: str, env_id: str = "0") -> str:
    """The channel on which the environment speaks to an actor."""
    return f"env_{env_id}__control__{actor}"


def said(seq: int, recipient: str, sender: str = ENVIRONMENT, env_id: str = "0", values: int = 3) -> Message:
    """A message with a number that tells it from others."""
    return Message(env_id, 1, 4, sender, recipient, 0, seq, Answer(np.full((1, values), 0.1 * seq)))


def numbers(messages: Sequence[Message]) -> list[int]:
    """Which messages these are."""
    return [message.seq for message in messages]


def read(broker: MessageBroker, channel: str | Sequence[str], reader: str, count: int) -> list[Message]:
    """The next messages for a reader, at least ``count`` unless they do not come in time."""
    found: list[Message] = []
    until = time.monotonic() + PATIENCE_S
    while len(found) < count and time.monotonic() < until:
        found += broker.consume(channel, reader, 0.5)
    return found


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether something that another thread or process brings about comes true in time."""
    until = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not holds():
        if time.monotonic() > until:
            return False
        pause.wait(0.005)
    return True


def claimed(hub: SocketBroker, client: MessageBroker, channel: str, reader: str) -> None:
    """Make ``reader`` known to live with ``client``."""
    client.consume(channel, reader)
    assert eventually(lambda: reader in hub.connected())
