"""Renewable: the physics that sun and wind share, as functions that both take for their methods.

Active power is ``min(setpoint, availability · p_peak, s_max)``. Reactive power has second call on the rating: |Q| ≤ √(S² − P²).

With ``volt_var``, reactive power goes to the category B curve of IEEE 1547-2018 at the voltage last measured. That voltage already contains the
plant's own reactive power, so answering it fully would set up an algebraic loop that can oscillate from step to step. The rule that damps it::

    Q⁺ = Q + damping · dt/(τ + dt) · (Q_curve(V_last) − Q),    τ = response_s / ln 10

Behind a reactance the error shrinks by ``1 − a·(1 + kX)`` a step, with ``a = damping · dt/(τ + dt)`` and ``kX = 7.33 · s_max / short-circuit
power``. At the default damping of 0.5 that never overshoots down to a short-circuit ratio of 7.4 and settles down to one of 2.5.
"""

from typing import Any, Protocol

import numpy as np

from pgcore.builtin.devices.inverter import circle_mvar, settled_share, volt_var_pu
from pgcore.builtin.devices.limits import full, positive, within
from pgcore.contracts.device import Draw, Effect, Knob, Need, State, Values
from pgcore.quantity import Slot

NEEDS = (
    Need("availability", "pu", 0.0, 1.0, "power that sun or wind offers, per unit of p_peak_mw"),
    Need("vm_pu", "pu", 0.0, 2.0, "voltage last measured at the bus", default=1.0),
)
KNOBS = (
    Knob("p_mw", "MW", 0.0, "p_peak_mw", "most active power to inject; what is available beyond it is curtailed", default="p_peak_mw"),
    Knob("q_mvar", "Mvar", "-s_max_mva", "s_max_mva", "reactive power to inject"),
)
SLOTS = (Slot("availability", "pu", 0.0, 1.0, "power that sun or wind offers in the step to come, per unit of p_peak_mw"),)


class Renewable(Protocol):
    """The parameters that these functions read; see :class:`~pgcore.builtin.devices.pv.Pv` for what they mean."""

    @property
    def p_peak_mw(self) -> float: ...
    @property
    def s_max_mva(self) -> float: ...
    @property
    def curtailable(self) -> bool: ...
    @property
    def q_control(self) -> bool: ...
    @property
    def volt_var(self) -> bool: ...
    @property
    def response_s(self) -> float: ...
    @property
    def damping(self) -> float: ...


def active_knobs(plant: Renewable) -> tuple[Knob, ...]:
    """The knobs that one plant really offers."""
    free = {"p_mw": plant.curtailable, "q_mvar": plant.q_control and not plant.volt_var}
    return tuple(knob for knob in KNOBS if free[knob.name])


def initial(plant: Renewable, shape: tuple[int, ...], rng: Draw) -> State:
    """A plant starts without reactive power."""
    return {"q_mvar": full(shape, 0.0)}


def step(plant: Renewable, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
    """Inject what is available up to the setpoint, and reactive power within what the rating leaves."""
    available_mw = np.minimum(within(exo["availability"], 0.0, 1.0) * plant.p_peak_mw, plant.s_max_mva)
    setpoint_mw = np.where(plant.curtailable, positive(action["p_mw"]), plant.p_peak_mw)
    p_mw = np.minimum(setpoint_mw, available_mw)
    room_mvar = circle_mvar(plant.s_max_mva, p_mw)
    q_mvar = within(_wanted_mvar(plant, state, action, exo, dt_h), -room_mvar, room_mvar)
    return {"q_mvar": q_mvar}, Effect(p_mw=p_mw, q_mvar=q_mvar, useful_mwh=-p_mw * dt_h)


def observe(plant: Renewable, state: State, exo: Values) -> Values:
    """The availability of the step to come."""
    return {"availability": within(exo["availability"], 0.0, 1.0)}


def respond(plant: Renewable, action: Values, signal: Values, state: State, exo: Values) -> Values:
    """Produce all that is available unless the price is negative: the marginal cost is zero."""
    if "price" not in signal:
        return action
    return {**action, "p_mw": np.where(signal["price"] >= 0.0, plant.p_peak_mw, 0.0)}


def _wanted_mvar(plant: Renewable, state: State, action: Values, exo: Values, dt_h: float) -> Any:
    asked = np.where(plant.q_control, action["q_mvar"], 0.0)
    if not np.any(plant.volt_var):  # a shortcut: the curve would be computed and then taken nowhere
        return asked
    before = state["q_mvar"]
    share = plant.damping * settled_share(dt_h, plant.response_s)
    curve = before + share * (plant.s_max_mva * volt_var_pu(exo["vm_pu"]) - before)
    return np.where(plant.volt_var, curve, asked)
