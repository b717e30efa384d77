"""The load against closed forms."""

from typing import Any

import numpy as np
import pytest

from pgcore.builtin.devices.load import Load
from pgcore.feeds import feeds


def step(load: Load, curtail: float = 0.0, p_profile: float = 1.0, q_profile: float = 1.0, dt_h: float = 1.0) -> Any:
    return load.step({}, {"curtail": curtail}, {"p_profile": np.float64(p_profile), "q_profile": np.float64(q_profile)}, dt_h)[1]


def test_consumption_follows_both_profiles_and_is_a_negative_injection() -> None:
    effect = step(Load(p_mw=2.0, q_mvar=0.5), p_profile=0.5, q_profile=0.8)
    assert (effect.p_mw, effect.q_mvar) == (-1.0, -0.4)


def test_an_unfed_reactive_profile_keeps_the_power_factor() -> None:
    fed = feeds([Load(p_mw=2.0)], [{"p_profile": 0.5}], {}, 15.0)
    assert fed.at(np.zeros(1, dtype=int), np.zeros((1, 0))).tolist() == [[0.5, 0.5]]


def test_an_unfed_load_draws_its_nominal_power() -> None:
    fed = feeds([Load(p_mw=2.0)], [{}], {}, 15.0)
    assert fed.at(np.zeros(1, dtype=int), np.zeros((1, 0))).tolist() == [[1.0, 1.0]]


def test_curtailing_sheds_both_powers_and_costs_the_value_of_lost_load() -> None:
    effect = step(Load(p_mw=2.0, q_mvar=0.5, curtailable=0.5, value_of_lost_load_per_mwh=1000.0), curtail=0.25, dt_h=0.5)
    assert (effect.p_mw, effect.q_mvar) == (-1.5, -0.375)
    assert (effect.unserved_mwh, effect.cost, effect.useful_mwh) == (0.25, 250.0, 0.75)


def test_no_more_is_curtailed_than_may_be() -> None:
    assert step(Load(p_mw=1.0, curtailable=0.25), curtail=1.0).p_mw == -0.75


def test_generation_behind_the_meter_is_not_curtailed() -> None:
    effect = step(Load(p_mw=1.0, curtailable=0.5), curtail=0.5, p_profile=-0.4)
    assert (effect.p_mw, effect.unserved_mwh) == (0.4, 0.0)


def test_a_load_that_may_not_be_curtailed_has_no_knob() -> None:
    assert Load(p_mw=1.0).active_knobs() == ()
    assert [k.name for k in Load(p_mw=1.0, curtailable=0.1).active_knobs()] == ["curtail"]


@pytest.mark.parametrize(
    ("signal", "curtail"),
    [({"price": 99.0}, 0.1), ({"price": 100.0}, 0.1), ({"price": 101.0}, 0.4), ({"curtail": 0.5}, 0.2), ({"curtail": 0.0}, 0.1),
     ({"curtail": 7.0}, 0.4), ({"price": 101.0, "curtail": 0.5}, 0.4), ({"price": 0.0, "curtail": 0.5}, 0.2)],
)  # fmt: skip
def test_it_curtails_more_above_its_value_of_lost_load_or_when_told(signal: dict[str, float], curtail: float) -> None:
    load = Load(p_mw=1.0, curtailable=0.4, value_of_lost_load_per_mwh=100.0)
    answer = load.respond({"curtail": np.float64(0.1)}, {k: np.float64(v) for k, v in signal.items()}, {}, {})
    assert answer["curtail"] == pytest.approx(curtail, abs=1e-12)
