"""Price signal: a parent names a price, and its devices and the agents below answer it for themselves."""

import numpy as np
from attrs import frozen

from pgcore.columns import Array
from pgcore.contracts.protocol import Crew, Dial, Orders, Signals, Vertical
from pgcore.quantity import Slot, quantity

_PRICE_MAX = 10000.0
"""Largest price, in either direction, that anybody is told: what agents on several levels add may come to more."""


@frozen
class PriceSignal(Vertical):
    """Indirect control: the agent's action is a price; each device answers with what pays best for it, each agent below is told the price."""

    type = "price_signal"
    gives = (Slot("price", "1/MWh", -_PRICE_MAX, _PRICE_MAX, "price of energy that the parent names"),)

    price: float = quantity("1/MWh", "price before the agent's own addition, when no parent or peer names one", default=50.0, ge=-5000, le=5000)
    spread: float = quantity("1/MWh", "largest amount that the agent adds to the price, or takes off it", default=50.0, ge=0, le=5000)

    def knobs(self, crew: Crew) -> tuple[Dial, ...]:
        """One number: what the agent adds to the price."""
        return (Dial("price_addition", "1/MWh", -self.spread, self.spread, doc="added to the price that the devices are told"),)

    def coordinate(self, action: Array, crew: Crew, directive: Signals) -> Orders:
        """Tell devices and agents the parent's price (or the own one) plus the addition; other signals pass through."""
        asked = directive.get("price", np.full(len(action), self.price)) + action[:, 0]
        price = np.clip(asked, -_PRICE_MAX, _PRICE_MAX)
        defaults = np.tile([dial.default for dial in crew.dials], (len(action), 1)).reshape(len(action), len(crew.dials))
        passed_on = {name: value for name, value in directive.items() if name == "curtail"}
        return Orders(defaults, {**passed_on, "price": price}, {agent: {"price": price} for agent in crew.agents})
