"""Switch: a breaker that takes a line or transformer in and out of service."""

import numpy as np
from attrs import frozen

from pgcore.builtin.devices.limits import full, whole
from pgcore.contracts.device import Control, Device, Draw, Effect, Knob, State, Values
from pgcore.quantity import Slot, option, quantity


@frozen
class Switch(Device):
    """Breaker that takes its line or transformer in and out of service.

    Open, the branch carries nothing at either end; the energy lost in operating is neglected (the switch model of feeder reconfiguration:
    Baran and Wu, IEEE Trans. Power Delivery 4(2), 1989). Every operation costs ``operation_cost``.

    >>> breaker = Switch(operation_cost=5.0)
    >>> _, effect = breaker.step({"closed": 1.0}, {"closed": 0.0}, {}, 0.25)
    >>> float(effect.control), float(effect.cost)
    (0.0, 5.0)
    """

    type = "switch"
    closed_start: bool = option("whether it is closed at reset", default=True)
    operation_cost: float = quantity("currency", "cost of opening or closing", default=0.0, ge=0)

    places = ("line", "trafo")
    knobs = (Knob("closed", "1", 0, 1, "whether to be closed", default="closed_start", discrete=True),)
    slots = (Slot("closed", "1", 0.0, 1.0, "1 while closed"),)
    control = Control.CLOSED
    dt_invariant = True

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        return {"closed": full(shape, self.closed_start)}

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        closed = whole(action["closed"], 0.0, 1.0)
        return {"closed": closed}, Effect(cost=self.operation_cost * np.abs(closed - state["closed"]), control=closed)

    def observe(self, state: State, exo: Values) -> Values:
        return {"closed": state["closed"]}
