"""One charger: closed forms, books that balance over whole episodes, and what agents and prices make of it."""

from typing import Any

import numpy as np
import pytest
from pgcore_ev.ev_charger import EvCharger
from pgcore_ev.taper import soc_rise

from pgcore.columns import columns
from pgcore.contracts.device import Effect, State
from pgcore.quantity import QuantityError

NOBODY = {"stay_h": np.array(0.0), "energy_mwh": np.array(0.0)}


def there(stay_h: float, kwh: float) -> dict[str, Any]:
    return {"stay_h": np.array(stay_h), "energy_mwh": np.array(kwh * 1e-3)}


def told(kw: float, kvar: float = 0.0) -> dict[str, Any]:
    return {"p_mw": np.array(kw * 1e-3), "q_mvar": np.array(kvar * 1e-3)}


def charger(**options: Any) -> EvCharger:
    return EvCharger(**{"sessions": "profile", "capacity_mwh": 0.05, "eta_charge": 0.9, "eta_discharge": 0.8, **options})


def fresh(one: EvCharger) -> State:
    return one.initial((), np.random.default_rng(0))


def played(one: EvCharger, steps: int, kw: Any, dt_h: float = 0.25, shape: tuple[int, ...] = (5,)) -> tuple[State, list[Effect]]:
    """Generated sessions with the power that ``kw`` gives for each step."""
    state, effects = one.initial(shape, np.random.default_rng(4)), []
    for k in range(steps):
        state, effect = one.step(state, {"p_mw": np.full(shape, kw(k) * 1e-3), "q_mvar": np.zeros(shape)}, NOBODY, dt_h)
        effects.append(effect)
    return state, effects


def summed(effects: list[Effect], name: str) -> Any:
    return sum(getattr(effect, name) for effect in effects)


def test_efficiency_counts_once_between_grid_and_battery() -> None:
    one = charger()
    state, effect = one.step(fresh(one), told(-10.0), there(8.0, 30.0), 1.0)
    assert float(effect.p_mw) == pytest.approx(-0.010, abs=1e-15)
    assert float(state["soc"]) == pytest.approx(0.9 - 30 / 50 + 9 / 50, abs=1e-15)
    assert (float(effect.stored_mwh), float(effect.loss_mwh)) == pytest.approx((0.009, 0.001), abs=1e-15)


def test_discharging_takes_more_from_the_battery_than_the_grid_gets() -> None:
    one = charger(v2g=True)
    _, effect = one.step(fresh(one), told(8.0), there(8.0, 5.0), 1.0)
    assert float(effect.p_mw) == pytest.approx(0.008, abs=1e-15)
    assert (float(effect.stored_mwh), float(effect.loss_mwh)) == pytest.approx((-0.010, 0.002), abs=1e-15)


def test_discharging_ends_at_the_lowest_state_of_charge() -> None:
    one = charger(v2g=True, soc_min=0.3)
    state, effect = one.step(fresh(one), told(20.0), there(8.0, 10.0), 1.0)  # arrives with 0.7
    assert float(state["soc"]) == pytest.approx(0.3, abs=1e-15)
    assert float(effect.p_mw) == pytest.approx(0.4 * 0.05 * 0.8, abs=1e-15)


def test_without_v2g_nothing_is_fed_in() -> None:
    one = charger()
    _, effect = one.step(fresh(one), told(8.0), there(8.0, 5.0), 1.0)
    assert float(effect.p_mw) == 0.0


def test_charging_tapers_off_within_a_step() -> None:
    one = charger(soc_target=0.98)
    state, effect = one.step(fresh(one), told(-22.08), there(8.0, 15.0), 1.0)
    rise = float(soc_rise(0.98 - 0.3, 0.9 * 22.08e-3, 22.08e-3, 0.05, 0.8, 1.0))
    assert float(state["soc"]) - 0.68 == pytest.approx(rise, abs=1e-14)
    assert float(effect.p_mw) == pytest.approx(-rise * 0.05 / 0.9, abs=1e-15)


def test_charging_ends_when_what_was_asked_for_is_there() -> None:
    one = charger(transition_soc=1.0)
    state, effect = one.step(fresh(one), told(-22.08), there(8.0, 9.0), 1.0)
    assert float(effect.p_mw) == pytest.approx(-0.010, abs=1e-15)
    _, effect = one.step(state, told(-22.08), there(7.0, 9.0), 1.0)
    assert float(effect.p_mw) == pytest.approx(0.0, abs=1e-15)


def test_what_is_missing_at_the_departure_is_unserved_and_priced() -> None:
    one = charger(unserved_cost_per_mwh=400.0, wear_cost_per_mwh=10.0)
    state, effect = one.step(fresh(one), told(-10.0), there(1.5, 30.0), 1.0)
    assert float(effect.unserved_mwh) == 0.0
    state, effect = one.step(state, told(-10.0), there(0.5, 30.0), 1.0)
    assert float(effect.p_mw) == pytest.approx(-0.005, abs=1e-15)  # half an hour of the hour
    assert float(effect.unserved_mwh) == pytest.approx(0.030 - 0.0135, abs=1e-15)
    assert float(effect.useful_mwh) == pytest.approx(0.0135, abs=1e-15)
    assert float(effect.cost) == pytest.approx(400 * 0.0165 + 10 * 0.0045, abs=1e-12)
    assert float(one.observe(state, NOBODY)["connected"]) == 0.0


def test_a_vehicle_that_is_unplugged_early_leaves_in_the_next_step() -> None:
    one = charger()
    state, _ = one.step(fresh(one), told(-10.0), there(9.0, 30.0), 1.0)
    state, effect = one.step(state, told(-10.0), NOBODY, 1.0)
    assert (float(effect.p_mw), float(effect.useful_mwh)) == pytest.approx((0.0, 0.009), abs=1e-15)
    assert float(effect.unserved_mwh) == pytest.approx(0.021, abs=1e-15)


def test_one_vehicle_may_follow_another_in_the_next_step() -> None:
    one = charger()
    state, _ = one.step(fresh(one), told(-10.0), there(1.0, 30.0), 1.0)
    seen = one.observe(state, there(4.0, 20.0))
    assert (float(seen["connected"]), float(seen["soc"])) == pytest.approx((1.0, 0.5), abs=1e-15)
    state, _ = one.step(state, told(-10.0), there(4.0, 20.0), 1.0)
    assert float(state["soc"]) == pytest.approx(0.5 + 0.18, abs=1e-15)


@pytest.mark.parametrize(("kw", "drawn"), [(4.0, 0.0), (4.14, 4.14), (5.0, 4.83), (11.0, 10.35), (50.0, 11.04)])
def test_power_comes_in_whole_amperes_from_six_on(kw: float, drawn: float) -> None:
    one = charger(i_max_a=16.0, i_step_a=1.0)  # 690 W an ampere
    _, effect = one.step(fresh(one), told(-kw), there(8.0, 30.0), 0.25)
    assert float(effect.p_mw) == pytest.approx(-drawn * 1e-3, abs=1e-15)


def test_small_currents_make_no_energy() -> None:
    """200 minutes of 1 A at 230 V: a published simulator bills 0.767 kWh for them and lets the battery rise by 2 kWh."""
    one = charger(phases=1, i_min_a=0.0)
    state, grid_kwh = fresh(one), 0.0
    for k in range(200):
        state, effect = one.step(state, told(-0.23), there(9.0 - k / 60, 30.0), 1 / 60)
        grid_kwh -= float(effect.p_mw) / 60 * 1e3
    assert grid_kwh == pytest.approx(200 / 60 * 0.23, abs=1e-12)
    assert (float(state["soc"]) - 0.3) * 50 == pytest.approx(0.9 * grid_kwh, abs=1e-12)


def test_reactive_power_stays_in_the_circle_of_the_inverter() -> None:
    one = charger(q_control=True, s_max_mva=0.025)
    _, effect = one.step(fresh(one), told(-15.0, 30.0), there(8.0, 30.0), 0.25)
    assert (float(effect.p_mw), float(effect.q_mvar)) == pytest.approx((-0.015, 0.020), abs=1e-15)


def test_there_is_no_reactive_power_without_a_vehicle() -> None:
    one = charger(q_control=True)
    _, effect = one.step(fresh(one), told(-15.0, 10.0), NOBODY, 0.25)
    assert float(effect.q_mvar) == 0.0


@pytest.mark.parametrize("options", [{}, {"sessions": "work", "v2g": True}, {"sessions": "public", "sessions_per_day": 4, "i_step_a": 1.0}])
def test_the_books_of_a_whole_episode_balance(options: dict[str, Any]) -> None:
    rng = np.random.default_rng(5)
    one = EvCharger(**options)
    state, effects = played(one, 4 * 96, lambda k: rng.uniform(-25, 12))
    from_grid = -summed(effects, "p_mw") * 0.25
    assert np.abs(from_grid - summed(effects, "loss_mwh") - summed(effects, "useful_mwh") - state["taken_mwh"]).max() < 1e-12
    assert np.abs(summed(effects, "stored_mwh") - state["taken_mwh"]).max() < 1e-12
    assert (summed(effects, "loss_mwh") > 0.0).all()


def test_everything_that_vehicles_asked_for_was_delivered_or_is_unserved() -> None:
    one = EvCharger(sessions="public", sessions_per_day=3)
    shape, asked = (6,), np.zeros(6)
    state, delivered = one.initial(shape, np.random.default_rng(7)), np.zeros(6)
    for k in range(5 * 96):
        number, wanted = state["number"], state["energy_mwh"]
        state, effect = one.step(state, {"p_mw": np.full(shape, -0.005 if k % 3 else 0.0), "q_mvar": np.zeros(shape)}, NOBODY, 0.25)
        asked += np.where(state["number"] > number, wanted, 0.0)
        delivered += effect.useful_mwh + effect.unserved_mwh
    assert asked.min() > 0.05
    assert np.abs(asked - delivered).max() < 1e-12


@pytest.mark.parametrize("cuts", [2, 5, 12])
def test_at_constant_power_an_episode_does_not_depend_on_the_step(cuts: int) -> None:
    one = EvCharger(sessions="home")
    coarse, fine = (played(one, 72 * n, lambda k: -7.0, 1.0 / n) for n in (1, cuts))
    for name in ("stored_mwh", "loss_mwh", "useful_mwh", "unserved_mwh", "cost"):
        assert np.abs(summed(coarse[1], name) - summed(fine[1], name)).max() < 1e-9
    assert np.abs(coarse[0]["soc"] - fine[0]["soc"]).max() < 1e-9


def test_a_vehicle_that_comes_within_a_step_charges_from_then_on() -> None:
    one = EvCharger(sessions="work", capacity_mwh=0.2)
    state = one.initial((), np.random.default_rng(11))
    hours = int(np.floor(state["arrival_h"]))
    for _ in range(hours):
        state, _ = one.step(state, told(-10.0), NOBODY, 1.0)
    share = hours + 1 - float(state["arrival_h"])
    _, effect = one.step(state, told(-10.0), NOBODY, 1.0)
    assert float(effect.p_mw) == pytest.approx(-0.010 * min(share, float(state["energy_mwh"]) / 0.0092), abs=1e-12)


def test_it_shows_who_is_there_and_how_urgent_that_is() -> None:
    one = charger()
    seen = one.observe(fresh(one), there(6.0, 20.0))
    values = {name: float(value) for name, value in seen.items()}
    assert values == pytest.approx(
        {"connected": 1.0, "soc": 0.5, "remaining_mwh": 0.02, "departs_in_h": 6.0, "laxity_h": 6.0 - 0.02 / (0.9 * 0.02208)}, abs=1e-12
    )
    assert not any(float(value) for value in one.observe(fresh(one), NOBODY).values())


@pytest.mark.parametrize(("price", "stay_h", "kw"), [(50.0, 9.0, -22.08), (120.0, 9.0, 0.0), (300.0, 9.0, 22.08), (300.0, 1.5, -22.08)])
def test_it_answers_a_price_unless_time_runs_short(price: float, stay_h: float, kw: float) -> None:
    one = charger(v2g=True)
    answer = one.respond(told(-5.0), {"price": np.array(price)}, fresh(one), there(stay_h, 20.0))
    assert float(answer["p_mw"]) == pytest.approx(kw * 1e-3, abs=1e-15)


def test_a_call_to_curtail_leaves_the_rest_of_the_power() -> None:
    one = charger()
    answer = one.respond(told(-22.0), {"curtail": np.array(0.75)}, fresh(one), there(9.0, 20.0))
    assert float(answer["p_mw"]) == pytest.approx(-0.25 * 0.02208, abs=1e-15)


def test_a_fleet_of_all_kinds_gives_each_the_bits_it_has_alone() -> None:
    kinds = [EvCharger(), EvCharger(sessions="public", sessions_per_day=5, v2g=True), EvCharger(sessions="work", transition_soc=1.0, i_step_a=2.0)]
    stack, shape = columns(kinds), (2, 3)
    state = stack.initial(shape, np.random.default_rng(1))
    for k in range(200):
        p_mw = np.full(shape, [-0.02, 0.01, -0.006][k % 3])
        alone = [
            one.step({n: v[:, j] for n, v in state.items()}, {"p_mw": p_mw[:, j], "q_mvar": p_mw[:, j]}, NOBODY, 0.25) for j, one in enumerate(kinds)
        ]
        state, effect = stack.step(state, {"p_mw": p_mw, "q_mvar": p_mw}, NOBODY, 0.25)
        for j, (after, own) in enumerate(alone):
            assert all((after[name] == state[name][:, j]).all() for name in state)
            assert (own.p_mw == effect.p_mw[:, j]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"i_max_a": 4.0}, "i_max_a is 4.0, expected >= i_min_a, which is 6"),
        ({"s_max_mva": 0.01}, "s_max_mva is 0.01, expected >= the power of i_max_a"),
        ({"soc_min": 0.95}, "soc_target is 0.9, expected > soc_min"),
        ({"charge_below_per_mwh": 90.0, "sell_above_per_mwh": 80.0}, "sell_above_per_mwh is 80.0, expected >= charge_below_per_mwh"),
    ],
)
def test_fields_that_do_not_fit_each_other_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(QuantityError, match=message):
        EvCharger(**options)
