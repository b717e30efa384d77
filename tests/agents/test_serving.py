"""Newcomers and the service, with a broker of this process and papers of the toy specs."""

from typing import Any

import numpy as np
import pytest

from pgcore.agents.papers import to_plain
from pgcore.agents.serving import Service
from pgcore.assembly import assemble
from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.channels import ChannelManager
from pgcore.contracts.broker import BrokerFault
from pgcore.distribution import papers_of
from pgcore.enrolment import enrolling
from pgcore.mailbox import Mailbox
from pgcore.messages import ENVIRONMENT, Farewell, Hello, Start, StateUpdate, Welcome
from pgcore.spec.links import link
from tests.teams import spec_of
from tests.toys import toy_catalog

CHANNELS = ChannelManager("0")
START = Start(((0, 0),), np.zeros(1, dtype=np.intp), None, np.zeros((1, 9, 0)))


class World:
    """The environment's side: a mailbox, and the papers of the actors."""

    def __init__(self) -> None:
        self.broker = InMemoryBroker()
        self.broker.open()
        team: Any = assemble(link(spec_of("neighbours"))).team
        self.papers = {one.name: to_plain(one) for one in papers_of(team.agents, team.plant, team.feeds, 60.0, "agents")}
        incoming = [CHANNELS.state_updates(), CHANNELS.reports(), CHANNELS.presence()]
        self.mailbox = Mailbox(self.broker, CHANNELS, ENVIRONMENT, incoming)
        self.mailbox.begin(0)

    def say(self, name: str, body: Any) -> None:
        self.mailbox.send(CHANNELS.control(name), body, name, 0, 0)

    def heard(self, kind: type) -> list[Any]:
        return [message for _, message in self.mailbox.receive() if isinstance(message.body, kind)]

    def serve(self, *names: str) -> Service:
        return Service(names, self.broker, CHANNELS, enrolling(toy_catalog()))


def test_a_newcomer_says_hello_and_becomes_what_it_is_told() -> None:
    world = World()
    service = world.serve("N")
    (hello,) = world.heard(Hello)
    world.say("N", Welcome(world.papers["N"], hello.epoch))
    service.turn()
    (settled,) = world.heard(Hello)
    assert (hello.body.settled, settled.body.settled, list(service.actors)) == (False, True, ["N"])
    assert settled.epoch > hello.epoch


def test_what_came_in_one_go_with_the_welcome_is_not_lost() -> None:
    world = World()
    service = world.serve("N")
    (hello,) = world.heard(Hello)
    world.say("N", Welcome(world.papers["N"], hello.epoch))
    world.say("N", START)
    service.turn()
    assert [message.sender for message in world.heard(StateUpdate)] == ["N"]


def test_an_answer_to_a_former_life_is_not_for_the_new_one() -> None:
    world = World()
    first = world.serve("N")
    (before,) = world.heard(Hello)
    del first
    service = world.serve("N")
    (hello,) = world.heard(Hello)
    assert hello.epoch > before.epoch
    world.say("N", Welcome(world.papers["N"], before.epoch))
    service.turn()
    assert list(service.newcomers) == ["N"]
    world.say("N", Welcome(world.papers["N"], hello.epoch))
    service.turn()
    assert list(service.actors) == ["N"]


def test_papers_of_somebody_else_are_refused() -> None:
    world = World()
    service = world.serve("N")
    (hello,) = world.heard(Hello)
    world.say("N", Welcome(world.papers["M"], hello.epoch))
    with pytest.raises(ValueError, match="N was given the papers of M"):
        service.turn()


def test_a_service_runs_until_all_were_told_that_the_run_is_over() -> None:
    world = World()
    service = world.serve("M", "N")
    hellos = world.heard(Hello)
    world.say(hellos[0].sender, Welcome(world.papers[hellos[0].sender], hellos[0].epoch))
    for name in ("M", "N"):
        world.say(name, Farewell())
    service.run()
    assert service.over


def test_a_service_stops_when_it_is_asked_to() -> None:
    asked = iter((False, True))
    World().serve("M").run(lambda: next(asked))


def test_a_service_ends_when_the_broker_does() -> None:
    world = World()
    service = world.serve("M")
    world.broker.close()
    with pytest.raises(BrokerFault):
        service.run()
