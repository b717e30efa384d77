"""Shunt: a bank of capacitors or reactors that is switched in steps."""

import numpy as np
from attrs import Attribute, frozen

from pgcore.builtin.devices.limits import full, require, whole
from pgcore.contracts.device import Control, Device, Draw, Effect, Knob, State, Values
from pgcore.quantity import Slot, quantity


@frozen
class Shunt(Device):
    """Capacitor or reactor bank that is switched in steps.

    k steps are a susceptance that injects Q = k·q_mvar_per_step·V² at V pu (Kundur, *Power System Stability and Control*, section 11.2): the
    device gives the value at 1 pu and the solver does the rest. Every step that is switched costs ``switching_cost``.

    >>> bank = Shunt(steps=4, q_mvar_per_step=0.3, switching_cost=2.0)
    >>> _, effect = bank.step({"step": 1.0}, {"step": 3.0}, {}, 0.25)
    >>> round(float(effect.control), 9), float(effect.cost)
    (0.9, 4.0)
    """

    type = "shunt"
    q_mvar_per_step: float = quantity("Mvar", "reactive power that a step injects at 1 pu; negative for a reactor")
    steps: int = quantity("1", "number of steps", default=1, ge=1, le=1000)
    step_start: int = quantity("1", "steps switched in at reset", default=0, ge=0)
    switching_cost: float = quantity("currency", "cost of switching one step in or out", default=0.0, ge=0)

    knobs = (Knob("step", "1", 0, "steps", "steps to switch in", default="step_start", discrete=True),)
    slots = (Slot("step", "1", 0.0, "steps", "steps switched in"),)
    control = Control.SHUNT_MVAR
    dt_invariant = True

    @step_start.validator
    def _exists(self, field: "Attribute[int]", value: int) -> None:
        require(value <= self.steps, field.name, value, f"<= steps, which is {self.steps:g}")

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        return {"step": full(shape, self.step_start)}

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        step = whole(action["step"], 0.0, self.steps)
        cost = self.switching_cost * np.abs(step - state["step"])
        return {"step": step}, Effect(cost=cost, control=step * self.q_mvar_per_step)

    def observe(self, state: State, exo: Values) -> Values:
        return {"step": state["step"]}
