"""The session generator: reproducible, without overlaps, and with the published quantiles."""

import numpy as np
import pytest
from pgcore_ev.sessions import PLACES, Visitors, tables, uniform

SEEDS = np.arange(4000.0)


def visitors(place: str = "home", visits: int = 1, **other: float) -> Visitors:
    told = {"chance": 1.0, "stay_spread": 0.25, "reset_hour_h": 0.0, **other}
    return Visitors(place=float(PLACES.index(place)), visits=visits, **told)


def test_draws_are_uniform_and_independent_of_each_other() -> None:
    draws = np.stack([uniform(SEEDS, c, k, d) for c in (0.0, 1.0) for k in (0.0, 1.0) for d in range(4)])
    assert np.abs(draws.mean(axis=1) - 0.5).max() < 4 * np.sqrt(1 / 12 / len(SEEDS))
    assert np.abs(draws.var(axis=1) - 1 / 12).max() < 0.005
    assert np.abs(np.corrcoef(draws) - np.eye(len(draws))).max() < 5 / np.sqrt(len(SEEDS))


def test_the_first_word_is_that_of_splitmix64() -> None:
    # the reference implementation (Vigna, public domain) gives this first output for seed 1234567
    from pgcore_ev import sessions

    with np.errstate(over="ignore"):
        assert int(sessions._mixed(np.array(1234567, dtype=np.uint64))) == 6457827717110365317


@pytest.mark.parametrize("place", PLACES)
def test_arrivals_have_the_published_quartiles(place: str) -> None:
    arrival = visitors(place).session(SEEDS, 0.0, np.zeros(len(SEEDS)), 1.0, 1.0).arrival_h
    table = tables()["arrival_h"][PLACES.index(place)]
    assert np.quantile(arrival, (0.25, 0.5, 0.75)) == pytest.approx(table[[5, 10, 15]], abs=0.35)


@pytest.mark.parametrize(("place", "kwh"), [("home", 24.4), ("public", 12.7), ("work", 13.3)])
def test_energies_have_the_mean_of_the_published_curve(place: str, kwh: float) -> None:
    wanted = visitors(place).session(SEEDS, 0.0, np.zeros(len(SEEDS)), 10.0, 10.0).energy_mwh
    assert wanted.mean() * 1e3 == pytest.approx(kwh, rel=0.06)


def test_who_arrives_at_home_in_the_evening_stays_the_night() -> None:
    session = visitors("home").session(SEEDS, 0.0, np.zeros(len(SEEDS)), 1.0, 1.0)
    evening = (session.arrival_h > 17.5) & (session.arrival_h < 18.5)
    assert (session.departure_h - session.arrival_h)[evening].mean() == pytest.approx(14.1, abs=0.3)


@pytest.mark.parametrize("visits", [1, 3, 8])
def test_sessions_of_a_connector_follow_each_other_without_overlap(visits: int) -> None:
    who = visitors("public", visits)
    one, two = (who.session(SEEDS[:300, None], 0.0, np.arange(40.0) + later, 1.0, 1.0) for later in (0.0, 1.0))
    assert (one.departure_h >= one.arrival_h).all()
    assert (one.departure_h <= two.arrival_h).all()


def test_nobody_asks_for_more_than_a_stay_at_full_power_gives() -> None:
    session = visitors("public", 4).session(SEEDS, 0.0, np.zeros(len(SEEDS)), 0.003, 0.02)
    assert (session.energy_mwh <= 0.003 * (session.departure_h - session.arrival_h) + 1e-15).all()
    assert session.energy_mwh.max() <= 0.02


def test_a_chance_thins_the_sessions_out() -> None:
    session = visitors("work", 1, chance=0.3).session(SEEDS, 0.0, np.zeros(len(SEEDS)), 1.0, 1.0)
    assert (session.departure_h > session.arrival_h).mean() == pytest.approx(0.3, abs=0.03)
    assert session.energy_mwh[session.departure_h == session.arrival_h].max() == 0.0


def test_the_first_session_comes_after_the_reset() -> None:
    who = visitors("work", 2, reset_hour_h=12.0)
    first = who.first(SEEDS, 0.0)
    assert (who.session(SEEDS, 0.0, first, 1.0, 1.0).arrival_h >= 0.0).all()
    assert (who.session(SEEDS, 0.0, first - 1.0, 1.0, 1.0).arrival_h < 0.0).all()


def test_a_session_does_not_depend_on_who_is_asked_with_it() -> None:
    who = visitors("home", 2)
    many, one = who.session(SEEDS, 3.0, np.full(4000, 5.0), 1.0, 1.0), who.session(SEEDS[17:18], 3.0, np.array([5.0]), 1.0, 1.0)
    assert (many.arrival_h[17], many.departure_h[17], many.energy_mwh[17]) == (one.arrival_h[0], one.departure_h[0], one.energy_mwh[0])
