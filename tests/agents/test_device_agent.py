"""DeviceAgent: carries out actions and says what they led to."""

import numpy as np

from pgcore.agents.device_agent import DeviceAgent
from pgcore.builtin.devices.battery import Battery
from pgcore.builtin.devices.load import Load
from pgcore.feeds import Feeds
from pgcore.plant import EFFECTS, Plant

P_MW = EFFECTS.index("p_mw")
ROWS = np.array([0])


def house(profile: list[float]) -> DeviceAgent:
    """A battery and a load whose profile is the only local series."""
    plant = Plant(("M.ess", "M.home"), (Battery(capacity_mwh=2.0, p_max_mw=0.5, soc_start=0.1, soc_start_max=0.9), Load(p_mw=1.0)))
    feeds = Feeds(np.array([profile]).T, np.zeros(2, dtype=np.intp), np.zeros(0, dtype=np.intp))
    return DeviceAgent("M", plant, feeds, 0.5)


def test_a_start_says_what_devices_do_when_left_alone_and_keeps_their_state() -> None:
    agent = house([0.7, 0.2])
    update = agent.start([(3, 0)], ROWS)
    assert update.effects[P_MW].tolist() == [[0.0, -0.7]]
    assert agent.states is update.states


def test_random_states_hang_on_the_device_and_the_seed_not_on_the_agent() -> None:
    alone, other = house([1.0]), house([1.0])
    other.name = "somebody else"
    assert np.array_equal(alone.start([(3, 0)], ROWS).states[0]["energy_mwh"], other.start([(3, 0)], ROWS).states[0]["energy_mwh"])
    assert not np.array_equal(alone.states[0]["energy_mwh"], other.start([(4, 0)], ROWS).states[0]["energy_mwh"])


def test_an_action_moves_the_state_on_and_is_reported() -> None:
    agent = house([1.0, 0.4])
    before_mwh = agent.start([(3, 0)], ROWS).states[0]["energy_mwh"]
    update = agent.act(ROWS + 1, np.array([[0.1, 0.0, 0.0]]), {}, None)
    assert update.effects[P_MW].tolist() == [[0.1, -0.4]]
    assert np.allclose(agent.states[0]["energy_mwh"], before_mwh - 0.1 * 0.5 / 0.95)


def test_devices_answer_a_signal_themselves() -> None:
    agent = house([1.0])
    agent.start([(3, 0)], ROWS)
    dear = agent.act(ROWS, np.zeros((1, 3)), {"price": np.array([500.0])}, None)
    assert dear.effects[P_MW, 0, 0] > 0.0


def test_an_agent_that_resumes_goes_on_as_if_it_had_never_stopped() -> None:
    first, second = house([1.0, 0.5, 0.2]), house([1.0, 0.5, 0.2])
    first.start([(3, 0)], ROWS)
    heard = first.act(ROWS, np.array([[0.2, 0.0, 0.0]]), {}, None)
    second.resume(heard.states)
    settings = np.array([[-0.3, 0.1, 0.0]])
    assert np.array_equal(first.act(ROWS + 1, settings, {}, None).effects, second.act(ROWS + 1, settings, {}, None).effects)
