"""Wind: a wind turbine or farm."""

from attrs import Factory, frozen

from pgcore.builtin.devices import renewable
from pgcore.contracts.device import Device
from pgcore.quantity import option, quantity


@frozen
class Wind(Device):
    """Wind turbine or farm behind a converter, with curtailment and reactive power.

    P = min(setpoint, availability · p_peak, s_max) and |Q| ≤ √(S² − P²): active power has priority. ``availability`` is
    a profile of output over rated power, measured, or computed from wind speed
    with the turbine's power curve (e.g. Manwell et al., *Wind Energy Explained*).

    ``q_control`` offers a knob for the reactive power. ``volt_var`` takes it over: Q follows the category B curve of IEEE 1547-2018 (table 8)
    at the voltage last measured, damped as :mod:`pgcore.builtin.devices.renewable` explains.

    Answers the signal ``price``: produces all it can unless the price is negative.

    >>> plant = Wind(p_peak_mw=0.8)
    >>> exo = {"availability": 0.5, "vm_pu": 1.0}
    >>> _, effect = plant.step(plant.initial((), None), {"p_mw": 0.3, "q_mvar": 0.0}, exo, 0.25)
    >>> float(effect.p_mw)
    0.3
    """

    type = "wind"
    p_peak_mw: float = quantity("MW", "power that full availability stands for (the turbines' rated power)", gt=0)
    s_max_mva: float = quantity(
        "MVA", "rating of the inverter; 1.1 · p_peak_mw by default", default=Factory(lambda self: 1.1 * self.p_peak_mw, takes_self=True), gt=0
    )
    curtailable: bool = option("whether an agent may inject less than is available", default=True)
    q_control: bool = option("whether an agent sets the reactive power", default=False)
    volt_var: bool = option("whether reactive power follows the Volt-VAR curve instead", default=False)
    response_s: float = quantity("s", "Volt-VAR open-loop response time, to 90 % of a change", default=5.0, gt=0, le=90)
    damping: float = quantity("1", "most of the way to the Volt-VAR curve that is made good in one step", default=0.5, gt=0, le=1)

    needs = renewable.NEEDS
    knobs = renewable.KNOBS
    slots = renewable.SLOTS
    source = "wind"

    active_knobs = renewable.active_knobs
    initial = renewable.initial
    step = renewable.step
    observe = renewable.observe
    respond = renewable.respond
