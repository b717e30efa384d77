"""Barrier: who is heard, who is asked again, and who is said to have been silent."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import pytest

from pgcore.barrier import AgentSilent, Barrier, Patience, listed
from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.channels import ChannelManager
from pgcore.hosting import Hosting
from pgcore.mailbox import Mailbox
from pgcore.messages import ENVIRONMENT, Answer, Message, Proposal, Silence

NAMES = ("MG1", "MG2")
CHANNELS = ChannelManager("0")


class Here(Hosting):
    """Nobody lives here: what is said is said by ``ask``."""

    remote = False

    def close(self) -> None:
        return


class Round:
    """A barrier, and actors whose answers to being asked are written down: for each time of asking, what each says."""

    def __init__(self, *answers: dict[str, Any], on_silence: str = "hold", retries: int = 2) -> None:
        self.broker = InMemoryBroker()
        self.broker.open()
        mailbox = Mailbox(self.broker, CHANNELS, ENVIRONMENT, [CHANNELS.offers()])
        mailbox.begin(0)
        self.overheard: list[Message] = []
        self.barrier = Barrier(mailbox, Here(), Patience(10.0, on_silence, retries), self.overheard.append)
        self.answers, self.asked = list(answers), list[tuple[str, ...]]()
        self.seqs = dict.fromkeys(NAMES, 0)

    def say(self, sender: str, body: Any, tick: int = 1) -> None:
        self.seqs[sender] += 1
        self.broker.publish(CHANNELS.offers(), Message("0", 0, tick, sender, ENVIRONMENT, 0, self.seqs[sender], body))

    def ask(self, names: Collection[str]) -> None:
        self.asked.append(tuple(names))
        said = self.answers.pop(0) if self.answers else {}
        for name, body in said.items():
            self.say(name, body)

    def gather(self, senders: Sequence[str] = NAMES, fits: Callable[[Any], bool] = lambda body: True) -> dict[str, Any]:
        return self.barrier.gather(Proposal, 1, senders, self.ask, fits)


def offer(number: int = 0) -> Proposal:
    return Proposal(0, number, {"x": np.zeros(1)})


def test_everyone_who_answers_is_heard_and_nobody_is_asked_again() -> None:
    one = Round({name: offer() for name in NAMES})
    assert set(one.gather()) == set(NAMES)
    assert one.asked == [NAMES]


def test_only_the_silent_are_asked_again() -> None:
    one = Round({"MG1": offer()}, {"MG2": offer()})
    assert set(one.gather()) == set(NAMES)
    assert one.asked == [NAMES, ("MG2",)]
    assert one.barrier.silences == {}


def test_who_stays_silent_is_left_out_and_counted() -> None:
    one = Round({"MG1": offer()}, retries=1)
    assert list(one.gather()) == ["MG1"]
    assert (one.asked, one.barrier.silences) == ([NAMES, ("MG2",)], {"MG2": 1})


def test_without_retries_everybody_is_asked_once() -> None:
    one = Round(retries=0)
    assert one.gather() == {}
    assert one.asked == [NAMES]


def test_raise_names_the_silent_the_step_and_how_often_they_were_asked() -> None:
    with pytest.raises(AgentSilent, match=r"step 1: no Proposal from MG2, asked 3 times within 10 s; run\.on_silence is raise"):
        Round({"MG1": offer()}, on_silence="raise").gather()


def test_a_silence_is_an_answer_that_holds_nothing() -> None:
    one = Round({"MG1": offer(), "MG2": Silence("Proposal")}, {"MG2": offer()})
    assert set(one.gather()) == set(NAMES)


def test_a_silence_of_another_kind_of_message_says_nothing() -> None:
    one = Round({"MG1": offer(), "MG2": offer()})
    one.say("MG2", Silence("Answer"))
    assert set(one.gather()) == set(NAMES)


def test_what_belongs_to_another_tick_or_does_not_fit_is_overheard_and_not_counted() -> None:
    one = Round({"MG1": offer(0), "MG2": offer(1)}, retries=0)
    one.say("MG1", offer(1), tick=0)
    assert list(one.gather(fits=lambda body: body.round == 1)) == ["MG2"]
    assert [(message.sender, message.tick) for message in one.overheard] == [("MG1", 0), ("MG1", 1), ("MG2", 1)]


def test_nobody_to_hear_means_nobody_to_ask() -> None:
    one = Round()
    assert one.gather(()) == {}
    assert one.barrier.silences == {}


def test_an_answer_of_another_kind_does_not_count() -> None:
    one = Round({"MG1": Answer(np.zeros((1, 1)))}, retries=0)
    assert one.gather(("MG1",)) == {}


def test_long_lists_of_names_are_cut() -> None:
    assert listed([f"M{k}" for k in range(13)]) == "M0, M1, M2, M3, M4, M5, M6, M7, M8, M9 and 3 more"
