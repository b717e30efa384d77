"""A plugin to list and look up: a device and a profile source of one type, and a scenario."""

from collections.abc import Sequence

from attrs import frozen

from pgcore.contracts.device import Device, Effect, Knob, State, Values
from pgcore.contracts.profile import ProfileSource, Series
from pgcore.contracts.scenario import Scenario
from pgcore.hookspecs import hookimpl
from pgcore.quantity import quantity


@frozen
class Lamp(Device):
    """Gives light."""

    type = "lamp"
    p_max_mw: float = quantity("MW", "rated [power]", gt=0)
    knobs = (Knob("p_mw", "MW", "-p_max_mw", 0, "set point"),)

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        return state, Effect()


@frozen
class Flat(ProfileSource):
    """Always one."""

    type = "lamp"

    def load(self) -> Series:
        raise NotImplementedError


class Lighting:
    """A plugin that is an object."""

    @hookimpl
    def pgcore_devices(self) -> Sequence[type[Device]]:
        return [Lamp]

    @hookimpl
    def pgcore_profiles(self) -> Sequence[type[ProfileSource]]:
        return [Flat]

    @hookimpl
    def pgcore_scenarios(self) -> Sequence[Scenario]:
        return [Scenario("evening", "Lamps on.", lambda: "spec: 1\n")]
