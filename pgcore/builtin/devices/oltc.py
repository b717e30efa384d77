"""OLTC: the on-load tap changer of a transformer."""

from typing import Any

import numpy as np
from attrs import Attribute, Factory, frozen

from pgcore.builtin.devices.limits import full, require, whole
from pgcore.columns import Array
from pgcore.contracts.device import Control, Device, Draw, Effect, Knob, State, Values
from pgcore.quantity import Slot, quantity


@frozen
class Oltc(Device):
    """On-load tap changer that moves its transformer's tap position, with wear.

    The tap goes to the position asked for, at most ``max_steps_per_action`` positions a step; the transformer data say what a position is worth in
    voltage (Kundur, *Power System Stability and Control*, section 6.2). Every position passed costs ``wear_cost_per_step``.

    >>> changer = Oltc(tap_min=-8, tap_max=8, max_steps_per_action=2, wear_cost_per_step=1.5)
    >>> _, effect = changer.step({"tap": 0.0}, {"tap": -5.0}, {}, 0.25)
    >>> float(effect.control), float(effect.cost)
    (-2.0, 3.0)
    """

    type = "oltc"
    tap_min: int = quantity("1", "lowest tap position", default=-9, ge=-1000, le=1000)
    tap_max: int = quantity("1", "highest tap position", default=9, ge=-1000, le=1000)
    tap_start: int = quantity("1", "tap position at reset", default=0)
    max_steps_per_action: int = quantity(
        "1",
        "most positions to move in one step; the whole range by default",
        default=Factory(lambda self: self.tap_max - self.tap_min, takes_self=True),
        ge=1,
    )
    wear_cost_per_step: float = quantity("currency", "wear of moving by one position", default=0.0, ge=0)

    places = ("trafo",)
    knobs = (Knob("tap", "1", "tap_min", "tap_max", "tap position to go to", default="tap_start", discrete=True),)
    slots = (Slot("tap", "1", "tap_min", "tap_max", "tap position"),)
    control = Control.TAP

    @tap_max.validator
    def _is_above_tap_min(self, field: "Attribute[int]", value: int) -> None:
        require(value > self.tap_min, field.name, value, f"> tap_min, which is {self.tap_min:g}")

    @tap_start.validator
    def _lies_in_range(self, field: "Attribute[int]", value: int) -> None:
        require(self.tap_min <= value <= self.tap_max, field.name, value, f"in tap_min … tap_max, which is {self.tap_min:g} … {self.tap_max:g}")

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        return {"tap": full(shape, self.tap_start)}

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        tap = whole(action["tap"], *self._reach(state))
        return {"tap": tap}, Effect(cost=self.wear_cost_per_step * np.abs(tap - state["tap"]), control=tap)

    def observe(self, state: State, exo: Values) -> Values:
        return {"tap": state["tap"]}

    def allowed(self, state: State, exo: Values) -> dict[str, tuple[Array, Array]]:
        return {"tap": self._reach(state)}

    def _reach(self, state: State) -> tuple[Any, Any]:
        """Lowest and highest position that one step reaches."""
        tap, most = state["tap"], self.max_steps_per_action
        return np.maximum(self.tap_min, tap - most) + 0.0, np.minimum(self.tap_max, tap + most) + 0.0
