"""Price signal: what agents on several levels add stays within what they may name."""

import numpy as np

from pgcore.builtin.protocols.price_signal import PriceSignal
from pgcore.contracts.protocol import Crew


def test_a_price_that_comes_down_through_many_levels_stays_within_the_bounds_that_are_declared() -> None:
    orders = PriceSignal(spread=50.0).coordinate(np.array([[50.0], [-50.0]]), Crew((), ("M",)), {"price": np.array([9990.0, -9990.0])})
    assert orders.directives["M"]["price"].tolist() == [PriceSignal.gives[0].high, PriceSignal.gives[0].low]
