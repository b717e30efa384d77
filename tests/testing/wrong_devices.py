"""Devices that are wrong on purpose, each in one way, beside the right ones that they are made from."""

import math
import random
import time
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from attrs import field, frozen

from pgcore.contracts.device import Control, Device, Draw, Effect, Knob, Need, State, Values
from pgcore.quantity import QuantityError, Slot, option, quantity


@frozen
class Store(Device):
    """A store that is right: charged with an efficiency, discharged without a loss, fading by a share in an hour."""

    type = "store"
    capacity_mwh: float = quantity("MWh", "energy that a full store holds", gt=0)
    p_max_mw: float = quantity("MW", "largest power in either direction", gt=0)
    eta: float = quantity("1", "efficiency of charging", default=0.9, gt=0, le=1)
    fade_per_h: float = quantity("1/h", "share that is lost in an hour", default=0.1, ge=0, lt=1)

    knobs = (Knob("p_mw", "MW", "-p_max_mw", "p_max_mw", "power to inject"),)
    slots = (Slot("filled", "1", 0.0, 1.0, "how full it is"),)

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        return {"energy_mwh": np.full(shape, rng.uniform(0.2, 0.8, size=shape) * self.capacity_mwh)}

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        before_mwh = state["energy_mwh"]
        kept_mwh = before_mwh * self.kept(dt_h)
        asked_mw = np.clip(action["p_mw"], -self.p_max_mw, self.p_max_mw)
        in_mw = np.minimum(np.maximum(-asked_mw, 0.0), (self.capacity_mwh - kept_mwh) / (self.eta * dt_h))
        out_mw = np.minimum(np.maximum(asked_mw, 0.0), kept_mwh / dt_h)
        energy_mwh = np.clip(kept_mwh + self.eta * in_mw * dt_h - out_mw * dt_h, 0.0, self.capacity_mwh)
        loss_mwh = before_mwh - kept_mwh + (1.0 - self.eta) * in_mw * dt_h
        return {"energy_mwh": energy_mwh}, Effect(p_mw=out_mw - in_mw, stored_mwh=energy_mwh - before_mwh, loss_mwh=loss_mwh)

    def kept(self, dt_h: float) -> Any:
        return np.power(1.0 - self.fade_per_h, dt_h)

    def observe(self, state: State, exo: Values) -> Values:
        return {"filled": np.clip(state["energy_mwh"] / self.capacity_mwh, 0.0, 1.0)}


@frozen
class Heater(Device):
    """A heater that is right."""

    type = "heater"
    p_max_mw: float = quantity("MW", "rated power", gt=0)

    knobs = (Knob("p_mw", "MW", "-p_max_mw", 0.0, "set point; negative is consumption"),)
    dt_invariant = True

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        return self.heated(state, np.clip(action["p_mw"], -self.p_max_mw, 0.0), dt_h)

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=p_mw, useful_mwh=-p_mw * dt_h)


@frozen
class Tap(Device):
    """A tap changer that is right, and moves one position a step."""

    type = "tap"
    tap_max: int = quantity("1", "highest position, and lowest with a minus", default=5, ge=1, le=20)

    knobs = (Knob("tap", "1", "-tap_max", "tap_max", "position to go to", discrete=True),)
    slots = (Slot("tap", "1", "-tap_max", "tap_max", "position"),)
    control = Control.TAP

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        return {"tap": np.zeros(shape)}

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        tap = np.rint(np.clip(action["tap"], *self.reach(state)))
        return {"tap": tap}, Effect(control=tap)

    def observe(self, state: State, exo: Values) -> Values:
        return {"tap": state["tap"]}

    def allowed(self, state: State, exo: Values) -> Mapping[str, tuple[Any, Any]]:
        return {"tap": self.reach(state)}

    def reach(self, state: State) -> tuple[Any, Any]:
        return np.maximum(state["tap"] - 1.0, -self.tap_max), np.minimum(state["tap"] + 1.0, self.tap_max)


RIGHT: tuple[type[Device], ...] = (Store, Heater, Tap)


@frozen
class Undocumented(Heater):
    """It has a field that nobody explains."""

    color: str = field(default="red")


@frozen
class WithoutUnit(Heater):
    """It has a number without a unit."""

    mass: float = option("how heavy it is", default=1.0)


@frozen
class NamedOtherwise(Heater):
    """It says kWh and is declared in MW."""

    reserve_kwh: float = quantity("MW", "what is kept back", default=0.0, ge=0)


@frozen
class RefusesItsBounds(Heater):
    """It declares any power above zero, and takes hardly any."""

    def __attrs_post_init__(self) -> None:
        if self.p_max_mw != 0.123:
            raise QuantityError("p_max_mw", self.p_max_mw, "0.123")


@frozen
class Unresolved(Heater):
    """Its knob is bounded by a field that it does not have."""

    knobs = (Knob("p_mw", "MW", "-p_most_mw", 0.0, "set point"),)


@frozen
class DefaultOutside(Heater):
    """Its knob's default lies outside of its bounds."""

    knobs = (Knob("p_mw", "MW", "-p_max_mw", 0.0, "set point", default=1.0),)


@frozen
class AnotherType(Heater):
    """A spec could not hold what its own default is."""

    stages: int = quantity("1", "number of stages", default=2.5, ge=1)


@frozen
class Unpicklable(Heater):
    """It holds a function that was made on the spot."""

    curve: Any = option("how it heats", default=lambda p_mw: p_mw)


@frozen
class Row(Heater):
    """It gives one number for each device, and forgets the environments."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=-self.p_max_mw, useful_mwh=self.p_max_mw * dt_h)


@frozen
class If(Heater):
    """It asks `if` of an array."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        used_mw = p_mw if p_mw < 0.0 else 0.0
        return state, Effect(p_mw=used_mw, useful_mwh=-used_mw * dt_h)


@frozen
class MathOfNumbers(Heater):
    """It uses a function of plain numbers."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=p_mw, useful_mwh=-p_mw * dt_h, cost=math.exp(p_mw))


@frozen
class Unseen(Store):
    """It declares a slot and does not show it."""

    def observe(self, state: State, exo: Values) -> Values:
        return {}


@frozen
class InPlace(Store):
    """It writes into the state that it was handed."""

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        after, effect = Store.step(self, state, action, exo, dt_h)
        held = np.atleast_1d(state["energy_mwh"])
        held[...] = after["energy_mwh"]
        return after, effect


@frozen
class Popping(Heater):
    """It takes an entry out of the action that it was handed."""

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        told: Any = action
        return self.heated(state, np.clip(told.pop("p_mw"), -self.p_max_mw, 0.0), dt_h)


@frozen
class GlobalGenerator(Heater):
    """It draws from the generator that all of the process shares."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=p_mw, useful_mwh=-p_mw * dt_h, cost=np.random.uniform(0.0, 1.0, np.shape(p_mw)))  # noqa: NPY002  what is wrong


@frozen
class PythonRandom(Heater):
    """It draws from Python's own generator."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=p_mw, useful_mwh=-p_mw * dt_h, cost=random.random())


@frozen
class FreshGenerator(Heater):
    """It makes a generator without a seed."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=p_mw, useful_mwh=-p_mw * dt_h, cost=np.random.default_rng().uniform(0.0, 1.0, np.shape(p_mw)))


@frozen
class Clock(Heater):
    """It reads the clock of the computer."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=p_mw, useful_mwh=-p_mw * dt_h, cost=time.time() % 60.0)


@frozen
class Counting(Heater):
    """It remembers beside its state how often it was called."""

    calls: ClassVar[list[int]] = []

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        self.calls.append(1)
        return state, Effect(p_mw=p_mw, useful_mwh=-p_mw * dt_h, cost=float(len(self.calls)))


@frozen
class MeanOfDevices(Heater):
    """It takes the mean over its neighbours."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        mean_mw = np.mean(p_mw, axis=-1, keepdims=True) + 0.0 * p_mw if np.ndim(p_mw) else p_mw
        return state, Effect(p_mw=mean_mw, useful_mwh=-mean_mw * dt_h)


@frozen
class MeanOfEnvironments(Heater):
    """It takes the mean over environments."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        mean_mw = np.mean(p_mw, axis=0, keepdims=True) + 0.0 * p_mw if np.ndim(p_mw) == 2 else p_mw
        return state, Effect(p_mw=mean_mw, useful_mwh=-mean_mw * dt_h)


@frozen
class OtherPhysicsForNumbers(Heater):
    """It does something else when it is called with plain numbers."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        used_mw = p_mw if np.ndim(p_mw) else 0.5 * p_mw
        return state, Effect(p_mw=used_mw, useful_mwh=-used_mw * dt_h)


@frozen
class NanAtTheBounds(Heater):
    """It divides zero by zero at full power."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        room_mw = np.asarray(self.p_max_mw + p_mw)
        return state, Effect(p_mw=p_mw, useful_mwh=-p_mw * dt_h, cost=room_mw / room_mw)


@frozen
class NanOutside(Heater):
    """It takes a root of what an action beyond its bounds makes negative."""

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        p_mw = np.clip(action["p_mw"], -self.p_max_mw, 0.0)
        return state, Effect(p_mw=p_mw, useful_mwh=-p_mw * dt_h, cost=np.sqrt(np.abs(self.p_max_mw) + action["p_mw"]))


@frozen
class SeenOutside(Store):
    """It shows MWh in a slot from 0 to 1."""

    def observe(self, state: State, exo: Values) -> Values:
        return {"filled": state["energy_mwh"]}


@frozen
class BeyondItsRating(Heater):
    """It takes ten times what its rating says."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=10.0 * p_mw, useful_mwh=-10.0 * p_mw * dt_h)


@frozen
class HalfTap(Tap):
    """It asks the solver for half a position."""

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        after, effect = Tap.step(self, state, action, exo, dt_h)
        return after, Effect(control=0.5 * effect.control)


@frozen
class WrongSign(Heater):
    """It injects what it takes."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=-p_mw, useful_mwh=-p_mw * dt_h)


@frozen
class WrongSignThroughout(Heater):
    """It injects what it takes, and counts the heat as negative."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=-p_mw, useful_mwh=p_mw * dt_h)


@frozen
class EnergyInAPowerField(Heater):
    """Its power is the energy of the step."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=p_mw * dt_h, useful_mwh=-p_mw * dt_h)


@frozen
class EnergyInAPowerFieldThroughout(Heater):
    """Its power is the energy of the step, and its heat agrees with that."""

    dt_invariant = False

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=p_mw * dt_h, useful_mwh=-p_mw * dt_h * dt_h)


@frozen
class Kilowatts(Heater):
    """Its power is in kW."""

    def rating_mva(self) -> float:
        return 1000.0 * self.p_max_mw

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=1000.0 * p_mw, useful_mwh=-p_mw * dt_h)


@frozen
class EnergyFromNothing(Store):
    """It rounds its energy up in every step."""

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        after, effect = Store.step(self, state, action, exo, dt_h)
        energy_mwh = np.minimum(np.ceil(after["energy_mwh"] * 100.0) / 100.0, np.maximum(self.capacity_mwh, state["energy_mwh"]))
        more_mwh = energy_mwh - after["energy_mwh"]
        return {"energy_mwh": energy_mwh}, Effect(p_mw=effect.p_mw, stored_mwh=effect.stored_mwh + more_mwh, loss_mwh=effect.loss_mwh)


@frozen
class EfficiencyTwice(Store):
    """It charges with its efficiency, and then applies that again to what came in."""

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        after, effect = Store.step(self, state, action, exo, dt_h)
        lost_again_mwh = (1.0 - self.eta) * self.eta * np.maximum(-effect.p_mw, 0.0) * dt_h
        energy_mwh = np.maximum(after["energy_mwh"] - lost_again_mwh, 0.0)
        return {"energy_mwh": energy_mwh}, Effect(p_mw=effect.p_mw, stored_mwh=energy_mwh - state["energy_mwh"], loss_mwh=effect.loss_mwh)


@frozen
class NegativeLoss(Heater):
    """It hands out more heat than it takes, and calls the rest a negative loss."""

    def heated(self, state: State, p_mw: Any, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=p_mw, useful_mwh=-3.0 * p_mw * dt_h, loss_mwh=2.0 * p_mw * dt_h)


@frozen
class FadesPerStep(Store):
    """It loses a share in every step, however long that is."""

    def kept(self, dt_h: float) -> Any:
        return 1.0 - self.fade_per_h


@frozen
class EulerPromisesTooMuch(Store):
    """It promises what an Euler step cannot keep."""

    dt_invariant = True

    def kept(self, dt_h: float) -> Any:
        return np.maximum(1.0 - self.fade_per_h * dt_h, 0.0)


@frozen
class Nosy(Heater):
    """It answers signals that it does not know."""

    def respond(self, action: Values, signal: Values, state: State, exo: Values) -> Values:
        return {"p_mw": 0.5 * action["p_mw"] - 0.1}


@frozen
class AllowsTooMuch(Tap):
    """It allows positions that there are not."""

    def allowed(self, state: State, exo: Values) -> Mapping[str, tuple[Any, Any]]:
        return {"tap": (state["tap"] - 1.0, state["tap"] + 1.0)}


@frozen
class DoesNotDoWhatItAllows(Tap):
    """It allows every position and moves by one."""

    def allowed(self, state: State, exo: Values) -> Mapping[str, tuple[Any, Any]]:
        return {"tap": (-self.tap_max + 0.0 * state["tap"], self.tap_max + 0.0 * state["tap"])}


@frozen
class NotLeftAlone(Tap):
    """Its default is not where it begins."""

    knobs = (Knob("tap", "1", "-tap_max", "tap_max", "position to go to", default="tap_max", discrete=True),)

    def allowed(self, state: State, exo: Values) -> Mapping[str, tuple[Any, Any]]:
        return {}

    def reach(self, state: State) -> tuple[Any, Any]:
        return -self.tap_max, self.tap_max


@frozen
class NeedNamedAsAField(Heater):
    """A spec could not tell its need from its parameter."""

    needs = (Need("p_max_mw", "MW", 0.0, 1.0, "power that is there"),)


@frozen
class DrawsOtherwise(Heater):
    """It draws with a method that streams do not have."""

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        anything: Any = rng
        return {"luck": np.zeros(shape) + anything.exponential(1.0, size=shape)}


WRONG: Mapping[type[Device], str] = {
    Undocumented: "every_field_is_documented",
    WithoutUnit: "every_field_is_documented",
    NamedOtherwise: "names_and_units_agree",
    NeedNamedAsAField: "names_and_units_agree",
    RefusesItsBounds: "made_from_its_declared_bounds",
    Unresolved: "bounds_resolve",
    DefaultOutside: "bounds_resolve",
    AnotherType: "spec_round_trip",
    Unpicklable: "pickles",
    Row: "shapes",
    If: "shapes",
    MathOfNumbers: "shapes",
    DrawsOtherwise: "shapes",
    Unseen: "everything_declared_is_returned",
    InPlace: "inputs_stay_unchanged",
    Popping: "inputs_stay_unchanged",
    GlobalGenerator: "randomness_comes_from_the_draw",
    PythonRandom: "randomness_comes_from_the_draw",
    FreshGenerator: "randomness_comes_from_the_draw",
    Clock: "randomness_comes_from_the_draw",
    Counting: "is_deterministic",
    MeanOfDevices: "devices_do_not_influence_each_other",
    MeanOfEnvironments: "environments_do_not_influence_each_other",
    OtherPhysicsForNumbers: "one_device_equals_its_column",
    NanAtTheBounds: "results_are_finite",
    NanOutside: "results_are_finite",
    SeenOutside: "observations_stay_in_bounds",
    BeyondItsRating: "power_stays_within_rating",
    HalfTap: "control_is_in_range",
    WrongSign: "power_into_the_grid_is_positive",
    WrongSignThroughout: "energy_has_a_source",
    EnergyInAPowerField: "power_is_in_mw",
    EnergyInAPowerFieldThroughout: "power_does_not_scale_with_time",
    Kilowatts: "power_is_in_mw",
    EnergyFromNothing: "energy_ledger_closes",
    EfficiencyTwice: "energy_ledger_closes",
    NegativeLoss: "losses_are_never_negative",
    FadesPerStep: "losses_scale_with_time",
    EulerPromisesTooMuch: "an_hour_is_the_same_however_it_is_cut",
    Nosy: "unknown_signals_change_nothing",
    AllowsTooMuch: "allowed_settings_lie_in_bounds",
    DoesNotDoWhatItAllows: "allowed_settings_are_carried_out",
    NotLeftAlone: "defaults_leave_it_alone",
}
"""Each wrong device with the one check that fails: it names the mistake."""

HINTS: Mapping[type[Device], str] = {
    If: "np.where",
    MathOfNumbers: "those of numpy",
    DrawsOtherwise: "uniform, normal or integers",
    Row: "expected (",
    InPlace: "make new arrays",
    GlobalGenerator: "np.random",
    PythonRandom: "generator of Python",
    FreshGenerator: "without a seed",
    Clock: "time.time",
    MeanOfDevices: "no arithmetic between columns",
    MeanOfEnvironments: "no arithmetic between rows",
    EnergyFromNothing: "energy comes from nothing",
    EfficiencyTwice: "is an efficiency applied twice",
    EnergyInAPowerField: "holds MWh",
    Kilowatts: "holds kW",
    WrongSign: "sign of p_mw turned round",
    FadesPerStep: "to the power of dt_h",
}
"""What the message of some says about the mistake, or how to mend it."""
