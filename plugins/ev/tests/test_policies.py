"""The scheduling baselines, on an environment of paper."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pgcore_ev.policies import earliest_deadline_first, least_laxity_first, uncontrolled


class Identity:
    """A space whose actions are the settings themselves."""

    def from_physical(self, settings: Any) -> Any:
        return settings


def street(**seen: float) -> tuple[Any, Any]:
    """Two chargers of 11 kW and a battery behind a transformer that is half loaded by 20 kW."""
    values = {
        "homes.p_mw": -0.020, "homes.q_mvar": 0.0, "trafo.loading_percent": 50.0,
        "a.p_mw": 0.0, "a.departs_in_h": 3.0, "a.laxity_h": 2.0, "a.remaining_mwh": 0.01,
        "b.p_mw": 0.0, "b.departs_in_h": 5.0, "b.laxity_h": 1.0, "b.remaining_mwh": 0.04,
        **seen,
    }  # fmt: skip
    dials = tuple(
        SimpleNamespace(name=f"{n}.p_mw", low=low, default=d) for n, low, d in (("a", -0.011, -0.011), ("b", -0.011, -0.011), ("ess", -1.0, 0.0))
    )
    role = SimpleNamespace(actions=dials, slots=tuple(SimpleNamespace(name=name) for name in values))
    env = SimpleNamespace(agents=["Street"], roles={"Street": role}, actions={"Street": Identity()})
    return {"Street": np.array(list(values.values()))}, env


def test_uncontrolled_leaves_every_dial_at_its_default() -> None:
    observations, env = street()
    assert uncontrolled(observations, {}, env)["Street"].tolist() == [-0.011, -0.011, 0.0]


@pytest.mark.parametrize(("policy", "kw"), [(earliest_deadline_first, [11.0, 5.0]), (least_laxity_first, [5.0, 11.0])])
def test_room_goes_to_the_most_urgent_first(policy: Any, kw: list[float]) -> None:
    observations, env = street()  # 90 % of 40 kW leave 16 kW
    assert policy(observations, {}, env)["Street"] == pytest.approx([-kw[0] * 1e-3, -kw[1] * 1e-3, 0.0], abs=1e-12)


def test_what_chargers_draw_now_counts_as_room() -> None:
    observations, env = street(**{"a.p_mw": -0.011, "trafo.loading_percent": 77.5})
    assert least_laxity_first(observations, {}, env)["Street"] == pytest.approx([-0.005, -0.011, 0.0], abs=1e-12)


def test_a_vehicle_that_asks_for_nothing_gets_nothing() -> None:
    observations, env = street(**{"b.remaining_mwh": 0.0})
    assert least_laxity_first(observations, {}, env)["Street"][1] == 0.0


def test_without_a_branch_in_sight_there_is_no_limit() -> None:
    observations, env = street(**{"trafo.loading_percent": 0.0})
    assert least_laxity_first(observations, {}, env)["Street"].tolist() == [-0.011, -0.011, 0.0]


def test_an_overloaded_transformer_stops_all_charging() -> None:
    observations, env = street(**{"trafo.loading_percent": 120.0})
    assert least_laxity_first(observations, {}, env)["Street"].tolist() == [0.0, 0.0, 0.0]
