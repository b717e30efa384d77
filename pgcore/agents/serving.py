"""Serving: the whole program of a process of actors: join, take turns, and end when the run does."""

from collections.abc import Callable, Collection, Mapping, Sequence
from time import monotonic, sleep, time_ns
from typing import Any

from pgcore.agents.actors import Actor
from pgcore.agents.company import Company
from pgcore.agents.grid_actor import Policy
from pgcore.agents.papers import Papers, actor, inbox
from pgcore.channels import Channel, ChannelManager
from pgcore.contracts.broker import MessageBroker
from pgcore.mailbox import Mailbox
from pgcore.messages import ENVIRONMENT, Farewell, Hello, Message, Start, Welcome

Enrol = Callable[[Mapping[str, Any]], Papers]
"""Makes papers of the plain data in a :class:`~pgcore.messages.Welcome`."""

PolicyFor = Callable[[Papers], Policy | None]
"""An agent's own policy; ``None`` for an actor that has none, such as a device."""

LOOK_S = 0.2
"""How long to wait for messages before looking whether to stop."""

AGAIN_S = 10.0
"""How long to wait for an answer before saying hello again."""

_PAUSE_S = 0.01
"""How long to wait when a broker says that messages wait, and there are none that may be read."""

_MS = 1_000_000


class Newcomer:
    """An actor that is only a name yet: it says hello, and waits to be told what it is.

    The number of its life, by which receivers tell it from the actor that bore its name before, is the time in ms since 1970: a process that was
    killed leaves nothing behind from which its successor could count on, and signed messages need the greater number from the first one on.
    """

    def __init__(self, name: str, broker: MessageBroker, channels: ChannelManager, own_policy: bool) -> None:
        self.name, self.over = name, False
        self._broker, self._channels, self._own_policy = broker, channels, own_policy
        self._life, self._again_s = 0, 0.0
        self._begin()

    def turn(self, enrol: Enrol, policy_for: PolicyFor) -> Actor | None:
        """Read what has arrived; the actor, once it was told who it is."""
        arrived = self._mailbox.receive()
        for i, (_, message) in enumerate(arrived):
            if isinstance(message.body, Welcome) and message.body.life == self._life:
                return self._become(enrol(message.body.charter), policy_for, arrived[i + 1 :])
            self.over = self.over or isinstance(message.body, Farewell)
        if monotonic() > self._again_s:
            self._begin()
        return None

    def _begin(self) -> None:
        """Say hello as somebody new."""
        self._life, self._again_s = self._next_life(), monotonic() + AGAIN_S
        self._mailbox = Mailbox(self._broker, self._channels, self.name, [self._channels.control(self.name)], self._life)
        self._mailbox.receive()  # so that a broker knows where the answer is to go; what it gives out was for a former life
        self._mailbox.send(self._channels.presence(), Hello(self._own_policy), ENVIRONMENT, 0, 0)

    def _next_life(self) -> int:
        return max(time_ns() // _MS, self._life + 1)

    def _become(self, papers: Papers, policy_for: PolicyFor, rest: Sequence[tuple[Channel, Message]]) -> Actor:
        if papers.name != self.name:
            raise ValueError(f"{self.name} was given the papers of {papers.name}: two processes may be using one name")
        mailbox = inbox(papers, self._broker, self._channels, self._next_life())
        made = actor(papers, mailbox, self._channels, policy_for(papers))
        for _, message in rest:
            if isinstance(message.body, Start):
                mailbox.begin(message.episode)
        mailbox.send(self._channels.presence(), Hello(self._own_policy, settled=True), ENVIRONMENT, 0, 0)
        made.hear(rest)
        return made


class Service:
    """Some actors of one process: newcomers first, then a company that takes turns.

    Args:
        names: who they are.
        broker: moves their messages; it is open.
        channels: names of the environment's channels.
        enrol: makes papers of what they are told.
        policy_for: gives agents policies of their own; ``None``: the environment chooses for all.
    """

    def __init__(
        self, names: Sequence[str], broker: MessageBroker, channels: ChannelManager, enrol: Enrol, policy_for: PolicyFor | None = None
    ) -> None:
        self.broker, self.enrol, self.policy_for = broker, enrol, policy_for or (lambda papers: None)
        own = policy_for is not None
        self.newcomers = {name: Newcomer(name, broker, channels, own and "." not in name) for name in names}
        self._places = list(names)
        self.actors: dict[str, Actor] = {}
        self._company: Company | None = None

    @property
    def over(self) -> bool:
        """Whether everyone was told that the run has ended."""
        return all(one.over for one in self.newcomers.values()) and all(one.over for one in self.actors.values())

    def run(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Take turns until the run is over, or ``stopped``; waits without using the processor.

        Raises:
            BrokerFault: the environment is gone, or another process took the place of one of the actors.
            ValueError: what an actor was told is of no use here; the message says why.
        """
        while not (self.over or stopped()):
            waiting = self.broker.waiting(LOOK_S)
            if not self.turn(waiting) and waiting:
                sleep(_PAUSE_S)

    def turn(self, waiting: Collection[str] | None = None) -> bool:
        """Let those answer for whom messages wait, or whoever has any; whether anybody did."""
        if self._company is not None:
            return self._company.turn(waiting)
        admitted = [self._admit(newcomer) for newcomer in list(self.newcomers.values())]
        heard = [one.turn() for one in self.actors.values()]
        if not self.newcomers:
            self._company = Company([self.actors[name] for name in self._places])
        return any(admitted) or any(heard)

    def counts(self) -> dict[str, dict[str, int]]:
        """What each actor counted."""
        return {name: one.counts() for name, one in self.actors.items()}

    def _admit(self, newcomer: Newcomer) -> bool:
        made = newcomer.turn(self.enrol, self.policy_for)
        if made is None:
            return False
        del self.newcomers[newcomer.name]
        self.actors[newcomer.name] = made
        return True
