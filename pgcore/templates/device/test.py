"""The device Acme: pgcore's own checks, and its physics against closed forms."""

import math

import numpy as np
from pgcore.contracts.device import Effect, State
from pgcore.testing.devices import DeviceChecks

from pgcore_acme.device import Acme


class TestAcme(DeviceChecks):
    """Every check that pgcore has for devices; `pgcore plugins check acme` runs the same."""

    device = Acme
    examples = (
        Acme(p_max_mw=0.2, capacity_mwh=1.0),
        Acme(p_max_mw=1.0, capacity_mwh=0.5, loss_share_per_h=0.0, filled_start=0.0),
    )


def stepped(device: Acme, heat_mwh: float, p_mw: float, heat_mw: float = 0.0, dt_h: float = 1.0) -> tuple[State, Effect]:
    return device.step({"heat_mwh": np.array(heat_mwh)}, {"p_mw": np.array(p_mw)}, {"heat_mw": np.array(heat_mw)}, dt_h)


def test_power_adds_heat() -> None:
    state, effect = stepped(Acme(p_max_mw=1.0, capacity_mwh=4.0, loss_share_per_h=0.0), heat_mwh=1.0, p_mw=-0.8, dt_h=0.5)
    assert math.isclose(state["heat_mwh"], 1.0 + 0.8 * 0.5)
    assert float(effect.p_mw) == -0.8


def test_a_full_store_takes_what_is_drawn() -> None:
    _, effect = stepped(Acme(p_max_mw=1.0, capacity_mwh=2.0, loss_share_per_h=0.0), heat_mwh=2.0, p_mw=-1.0, heat_mw=0.3)
    assert math.isclose(effect.p_mw, -0.3)


def test_an_empty_store_leaves_heat_unserved() -> None:
    _, effect = stepped(Acme(p_max_mw=1.0, capacity_mwh=2.0), heat_mwh=0.0, p_mw=-0.2, heat_mw=0.5)
    assert math.isclose(effect.unserved_mwh, 0.3)


def test_heat_fades_exponentially() -> None:
    state, _ = stepped(Acme(p_max_mw=1.0, capacity_mwh=2.0, loss_share_per_h=0.1), heat_mwh=1.0, p_mw=0.0, dt_h=3.0)
    assert math.isclose(state["heat_mwh"], 0.9**3)


def test_it_heats_while_the_price_is_low() -> None:
    device = Acme(p_max_mw=0.7, capacity_mwh=2.0, heat_below_per_mwh=50.0)
    answer = device.respond({"p_mw": np.zeros(2)}, {"price": np.array([40.0, 60.0])}, {}, {})
    assert answer["p_mw"].tolist() == [-0.7, 0.0]
