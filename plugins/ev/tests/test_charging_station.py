"""A station: its connectors are chargers, its limit holds, and its order of service is the one that was chosen."""

from typing import Any

import numpy as np
import pytest
from pgcore_ev.charging_station import CONNECTORS, ChargingStation
from pgcore_ev.ev_charger import EvCharger
from pgcore_ev.sharing import in_order

from pgcore.columns import columns
from pgcore.quantity import QuantityError

NOBODY = {"stay_h": np.array(0.0), "energy_mwh": np.array(0.0)}


def fresh(one: ChargingStation, shape: tuple[int, ...] = (4,), seed: int = 0) -> Any:
    return one.initial(shape, np.random.default_rng(seed))


def told(shape: tuple[int, ...], mw: float) -> Any:
    return {"p_mw": np.full(shape, mw), "q_mvar": np.zeros(shape)}


def placed(one: ChargingStation, departs_h: list[float], kwh: list[float]) -> Any:
    """A state with vehicles at the first connectors, all of which come now."""
    state = fresh(one, ())
    for k, (departure_h, energy) in enumerate(zip(departs_h, kwh, strict=True)):
        state = {
            **state,
            f"arrival_h_{k:02d}": np.array(0.0),
            f"departure_h_{k:02d}": np.array(departure_h),
            f"energy_mwh_{k:02d}": np.array(energy * 1e-3),
        }
    return state


def taken(state: Any) -> list[float]:
    return [round(float(state[f"taken_mwh_{k:02d}"]) * 1e3, 6) for k in range(3)]


def test_one_connector_gives_the_bits_of_a_charger() -> None:
    station, charger = ChargingStation(connectors=1, sessions_per_day=3), EvCharger(sessions="public", sessions_per_day=3)
    one, other = fresh(station), charger.initial((4,), np.random.default_rng(0))
    for _ in range(300):
        one, effect = station.step(one, told((4,), -0.009), {}, 0.25)
        other, expected = charger.step(other, told((4,), -0.009), NOBODY, 0.25)
        assert (effect.p_mw == expected.p_mw).all()
        assert (effect.unserved_mwh == expected.unserved_mwh).all()
        assert (one["soc_00"] == other["soc"]).all()


def test_the_books_of_a_whole_episode_balance() -> None:
    one, rng = ChargingStation(connectors=9, sessions="work", sessions_per_day=2, v2g=True, p_limit_mw=0.06), np.random.default_rng(2)
    state, totals = fresh(one), np.zeros(4)
    for _ in range(4 * 96):
        state, effect = one.step(state, told((4,), float(rng.uniform(-0.08, 0.05))), {}, 0.25)
        totals = totals - effect.p_mw * 0.25 - effect.loss_mwh - effect.useful_mwh
        assert np.abs(-effect.p_mw * 0.25 - effect.stored_mwh - effect.loss_mwh - effect.useful_mwh).max() < 1e-12
    held = sum(state[f"taken_mwh_{k:02d}"] for k in range(CONNECTORS))
    assert np.abs(totals - held).max() < 1e-12


@pytest.mark.parametrize("sharing", ["least_laxity", "earliest_deadline", "first_come"])
def test_the_power_never_exceeds_the_limit_or_what_was_asked(sharing: str) -> None:
    one, shape = ChargingStation(connectors=16, sessions="work", sharing=sharing, p_limit_mw=0.07, i_step_a=1.0), (6,)
    state, most = fresh(one, shape), 0.0
    for k in range(2 * 96):
        asked_mw = (0.03, 0.2)[k % 2]
        state, effect = one.step(state, told(shape, -asked_mw), {}, 0.25)
        assert (-effect.p_mw <= min(asked_mw, 0.07) + 1e-5).all()  # 1 mA of tolerance at each of 16 pilots
        most = max(most, float(-effect.p_mw.min()))
    assert most > 0.06


@pytest.mark.parametrize(("sharing", "served"), [("earliest_deadline", [0.0, 10.12, 0.0]), ("least_laxity", [10.12, 0.0, 0.0])])
def test_power_that_is_short_goes_to_the_most_urgent(sharing: str, served: list[float]) -> None:
    one = ChargingStation(connectors=3, sharing=sharing, i_max_a=16.0, transition_soc=1.0)
    # laxities at 10.16 kW into the battery: 5 − 4.9, 4 − 1.1 and 9 − 1.1 h
    state, _ = one.step(placed(one, [5.0, 4.0, 9.0], [50.0, 11.04, 11.04]), told((), -0.011), {}, 1.0)
    assert taken(state) == pytest.approx(served, abs=1e-3)


def test_what_one_vehicle_can_not_use_goes_to_the_next() -> None:
    one = ChargingStation(connectors=3, sharing="earliest_deadline", i_max_a=16.0, transition_soc=0.8)
    # the first arrives at 0.88 and tapers: 11.04·(0.12/0.2)/0.92 = 7.2 kW at first
    state, effect = one.step(placed(one, [1.0, 4.0, 9.0], [1.2, 20.0, 20.0]), told((), -0.018), {}, 0.05)
    assert float(state["taken_mwh_01"]) > 0.9 * 0.92 * 0.0105 * 0.05
    assert float(-effect.p_mw) <= 0.018


def test_less_than_the_smallest_current_is_given_to_nobody() -> None:
    one = ChargingStation(connectors=3, i_max_a=16.0)
    _, effect = one.step(placed(one, [4.0, 4.0, 4.0], [20.0, 20.0, 20.0]), told((), -0.0041), {}, 0.25)
    assert float(effect.p_mw) == 0.0


def test_stations_of_different_sizes_have_the_bits_that_they_have_alone() -> None:
    kinds = [
        ChargingStation(connectors=2),
        ChargingStation(connectors=16, sessions="home", v2g=True),
        ChargingStation(connectors=5, sharing="first_come"),
    ]
    stack, shape = columns(kinds), (2, 3)
    state = fresh(stack, shape)
    for k in range(120):
        mw = (-0.05, 0.02, -0.015)[k % 3]
        alone = [one.step({n: v[:, j] for n, v in state.items()}, told((2,), mw), {}, 0.25) for j, one in enumerate(kinds)]
        state, effect = stack.step(state, told(shape, mw), {}, 0.25)
        for j, (after, own) in enumerate(alone):
            assert all((after[name] == state[name][:, j]).all() for name in state)
            assert (own.p_mw == effect.p_mw[:, j]).all()


def test_it_shows_its_vehicles_together() -> None:
    one = ChargingStation(connectors=3, i_max_a=16.0, eta_charge=1.0)
    seen = {name: float(value) for name, value in one.observe(placed(one, [5.0, 4.0, 0.0], [20.0, 11.04, 0.0]), {}).items()}
    assert seen == pytest.approx({"connected": 2.0, "remaining_mwh": 0.03104, "departs_in_h": 4.0, "laxity_h": 3.0, "useful_mw": 0.02208}, abs=1e-12)


def test_a_price_moves_all_connectors_unless_somebody_runs_out_of_time() -> None:
    one = ChargingStation(connectors=2, i_max_a=16.0)
    calm, urgent = placed(one, [9.0, 9.0], [20.0, 20.0]), placed(one, [9.0, 2.0], [20.0, 15.0])
    answers = [float(one.respond(told((), 0.0), {"price": np.array(200.0)}, state, {})["p_mw"]) for state in (calm, urgent)]
    assert answers == pytest.approx([0.0, -0.02208], abs=1e-12)


def test_sharing_serves_the_smallest_key_first_and_ties_in_order() -> None:
    shares = in_order(np.array(10.0), np.array([4.0, 4.0, 4.0, 0.0]), np.array([2.0, 1.0, 2.0, 0.0]), lambda left: np.minimum(left, 4.0))
    assert shares.tolist() == [4.0, 4.0, 2.0, 0.0]


def test_a_station_whose_limit_can_not_charge_anybody_is_refused() -> None:
    with pytest.raises(QuantityError, match=r"p_limit_mw is 0\.001, expected >= the power of i_min_a"):
        ChargingStation(p_limit_mw=0.001)
