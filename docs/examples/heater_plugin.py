"""A complete plugin in one file: a device, registered and looked up in a catalog that holds nothing else."""

import sys
from collections.abc import Sequence

import numpy as np
from attrs import frozen

import pgcore
from pgcore.contracts.device import Device, Effect, Knob, State, Values
from pgcore.quantity import quantity


@frozen
class Heater(Device):
    """Resistive heater: all power becomes useful heat."""

    type = "heater"
    p_max_mw: float = quantity("MW", "rated power", gt=0)
    knobs = (Knob("p_mw", "MW", "-p_max_mw", 0.0, "set point, negative is consumption"),)

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        p_mw = np.clip(action["p_mw"], -self.p_max_mw, 0.0)
        return state, Effect(p_mw=p_mw, useful_mwh=-p_mw * dt_h)


@pgcore.hookimpl
def pgcore_devices() -> Sequence[type[Device]]:
    """What this plugin provides."""
    return [Heater]


if __name__ == "__main__":
    catalog = pgcore.Catalog.of(sys.modules[__name__])
    heater = catalog.get("device", "heater")(p_max_mw=0.2)
    _, effect = heater.step({}, {"p_mw": np.array(-0.5)}, {}, dt_h=0.25)
    print(f"asked for 0.5 MW, took {-effect.p_mw:g} MW: {effect.useful_mwh:g} MWh of heat")
