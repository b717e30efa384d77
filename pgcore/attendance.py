"""Attendance: who of a team is there, and who chooses for itself."""

from collections.abc import Collection, Mapping
from time import monotonic
from typing import Any

from attrs import field, frozen

from pgcore.barrier import AgentSilent, listed
from pgcore.channels import ChannelManager
from pgcore.hosting import Hosting
from pgcore.mailbox import Mailbox
from pgcore.messages import Hello, Message, Welcome

_LOOK_S = 0.2
"""How often to look, while some are missing, who has died and whether to go on waiting."""


@frozen(eq=False)
class Attendance:
    """Hears who comes, and tells them who they are."""

    actors: Collection[str]
    papers: Mapping[str, Mapping[str, Any]]
    mailbox: Mailbox
    channels: ChannelManager
    joined: set[str] = field(factory=set)
    own_policies: set[str] = field(factory=set)
    """Agents that choose their actions themselves."""

    def welcome(self, message: Message, episode: int, tick: int) -> bool:
        """Answer a hello; whether it came from one of the team who did not know yet who it is."""
        name, hello = message.sender, message.body
        if name not in self.actors or not isinstance(hello, Hello):
            return False
        if hello.settled:
            self.joined.add(name)
            return False
        (self.own_policies.add if hello.own_policy else self.own_policies.discard)(name)
        welcome = Welcome(self.papers.get(name, {}), message.epoch)
        self.mailbox.send(self.channels.control(name), welcome, name, episode, tick)
        return True

    def wait(self, hosting: Hosting) -> None:
        """Wait until everyone has said hello, was told who it is, and is ready.

        Raises:
            AgentSilent: some did not come in time, or cannot come any more; the message names them and says what to do.
        """
        deadline = monotonic() + hosting.wait_s
        while missing := [name for name in self.actors if name not in self.joined]:
            hosting.awaited(missing)
            hosting.pulse()
            hosting.gone()
            never = [name for name in missing if name in hosting.lost()]
            if never:
                raise AgentSilent(f"{listed(never)} cannot join: {hosting.how_to_start(never)}")
            left_s = deadline - monotonic()
            if left_s <= 0:
                raise AgentSilent(f"no word from {listed(missing)} within {hosting.wait_s:g} s; {hosting.how_to_start(missing)}")
            for _, message in self.mailbox.receive(min(_LOOK_S, left_s)):
                self.welcome(message, 0, 0)
