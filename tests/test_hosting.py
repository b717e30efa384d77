"""Where actors run: in the environment's thread, over whatever broker."""

import pytest

from pgcore.builtin.brokers.socket import SocketBroker
from pgcore.testing.teams import check_equal_over_an_episode, in_memory
from tests.teams import spec_of


@pytest.mark.parametrize("actors", ["agents", "devices"])
def test_actors_of_this_thread_are_heard_over_a_broker_that_reaches_further(actors: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCORE_BROKER_KEY", "0123456789abcdef0123456789abcdef")
    spec = spec_of("nothing to do", run={"backend": {"type": "toy"}, "actions": "physical"}, episode={"steps": 4, "step_min": 60})
    check_equal_over_an_episode(spec, in_memory(actors, SocketBroker))
