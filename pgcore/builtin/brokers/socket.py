"""The socket broker: other processes and hosts, without any server to install."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, ClassVar

from attrs import frozen

from pgcore.builtin.brokers.sockets.address import Address
from pgcore.builtin.brokers.sockets.hub import Hub
from pgcore.builtin.brokers.sockets.secret import Secret
from pgcore.builtin.brokers.sockets.spoke import Spoke
from pgcore.contracts.broker import BrokerFault, MessageBroker
from pgcore.messages import Message
from pgcore.quantity import option, quantity


@frozen(slots=False)
class SocketBroker(MessageBroker):
    """Reaches other processes and hosts over TCP or a Unix socket; the environment's process is the hub.

    Everyone proves to hold the same key before a message passes. What passes is neither encrypted nor signed: where others can reach the network,
    use a tunnel, and sign messages.
    """

    type = "socket"
    remote = True

    address: str = option("host:port (port 0 at the hub: any free one) or unix:/path", default="127.0.0.1:0")
    key_env: str = option("name of the environment variable that holds the key", default="PGCORE_BROKER_KEY")
    key_file: Path | None = option("file that holds the key instead, which only its owner can read", default=None)
    connect_timeout_s: float = quantity("s", "time in which an agent's process must reach the hub", default=10.0, gt=0, le=3600)
    capacity: int = quantity("1", "messages that may wait for one recipient", default=10_000, ge=1)

    _end: ClassVar[Hub | Spoke | None] = None
    """The open end, a :class:`Hub` or a :class:`Spoke`: never part of the options."""
    _secret: ClassVar[Secret | None] = None
    """The key, where it was handed over: neither is this."""

    def __attrs_post_init__(self) -> None:
        Address.parse(self.address)

    def open(self, hub: bool = True) -> None:
        """Listen as the hub, or connect to it.

        Raises:
            BrokerFault: there is no key, the address is taken, or no hub answers there within ``connect_timeout_s``; or it holds another key.
        """
        if self._end is not None:
            return
        address = Address.parse(self.address)
        secret = self._secret or Secret.read(self.key_file, self.key_env)
        made = Hub(address, secret, self.capacity) if hub else Spoke(address, secret, self.capacity, self.connect_timeout_s)
        object.__setattr__(self, "_end", made)

    def hold(self, key: str) -> None:
        """Use ``key``, made for one run, instead of one in a file or in a variable of this process."""
        object.__setattr__(self, "_secret", Secret(key.encode(), "the process that started the run"))

    @property
    def bound_address(self) -> str:
        """Where the hub listens, with its real port: the ``address`` to give to agents' processes."""
        return str(self._opened().address)

    def create_channel(self, channel: str) -> None:
        self._opened().create_channel(channel)

    def publish(self, channel: str, message: Message) -> None:
        self._opened().publish(channel, message)

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        return self._opened().consume(channel, recipient_id, timeout_s)

    def waiting(self, timeout_s: float = 0.0) -> Collection[str]:
        return self._opened().waiting(timeout_s)

    def connected(self) -> set[str]:
        """At the hub: recipients whose processes are connected, which they are from their first :meth:`consume`."""
        return self._hub().connected()

    def gone(self) -> list[str]:
        """At the hub: recipients whose connection was lost since this was last asked."""
        return self._hub().gone()

    def counts(self) -> dict[str, int]:
        return self._opened().counts()

    def close(self) -> None:
        if self._end is not None:
            self._end.close()

    def __getstate__(self) -> dict[str, Any]:
        """Its options only: a copy in another process opens a connection of its own."""
        return {name: value for name, value in vars(self).items() if name not in ("_end", "_secret")}

    def _opened(self) -> Hub | Spoke:
        if self._end is None:
            raise BrokerFault("the socket broker is not open: call open() before messages are moved")
        return self._end

    def _hub(self) -> Hub:
        end = self._opened()
        if not isinstance(end, Hub):
            raise BrokerFault("only the hub knows who is connected; this is an agent's end of the socket broker")
        return end
