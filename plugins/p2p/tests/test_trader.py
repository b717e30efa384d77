"""The trader: its dials, and what it tells its devices."""

import numpy as np
import pytest
from pgcore_p2p.trader import Trader

from pgcore.contracts.protocol import Crew, Dial
from pgcore.quantity import QuantityError

CREW = Crew((Dial("ess.p_mw", "MW", -1.0, 1.0),))


def test_it_adds_a_price_and_on_request_a_power_to_the_dials_of_its_devices() -> None:
    assert [dial.name for dial in Trader().knobs(CREW)] == ["ess.p_mw", "order.price_per_mwh"]
    assert [dial.name for dial in Trader(names_power=True).knobs(CREW)] == ["ess.p_mw", "order.price_per_mwh", "order.p_mw"]


def test_its_devices_get_their_own_settings_alone() -> None:
    orders = Trader(names_power=True).coordinate(np.array([[0.3, 120.0, -0.2]]), CREW, {"price": np.array([5.0]), "curtail": np.array([0.1])})
    assert orders.dials.tolist() == [[0.3]]
    assert list(orders.signal) == ["curtail"]


def test_an_agent_with_agents_below_it_is_no_trader() -> None:
    with pytest.raises(ValueError, match="only agents without agents below them trade; found A below"):
        Trader().knobs(Crew((), ("A",)))


def test_the_highest_price_is_above_the_lowest() -> None:
    with pytest.raises(QuantityError, match="> price_low_per_mwh, which is 600"):
        Trader(price_low_per_mwh=600.0)
