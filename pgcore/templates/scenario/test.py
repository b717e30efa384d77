"""The scenario acme: it runs, keeps its limits, and leaves something to learn."""

import numpy as np
import pgcore
import pgcore.builtin
import pgcore_pandapower
import pytest

import pgcore_acme


def day(saves: bool) -> dict[str, float]:
    """What a day costs each agent if the battery buys at night and sells in the evening, or rests."""
    catalog = pgcore.Catalog.of(pgcore.builtin, pgcore_pandapower, pgcore_acme)
    env = pgcore.make_env("acme", sets=["run.actions=physical"], catalog=catalog)
    _, infos = env.reset(seed=0)
    cost = dict.fromkeys(env.possible_agents, 0.0)
    hour = 0
    while env.agents:
        p_mw = (-1.0 if hour < 5 else 1.0 if 17 <= hour < 21 else 0.0) if saves else 0.0
        _, _, _, _, infos = env.step({"Homes": np.array([p_mw]), "Farm": np.array([3.0])})
        assert all(info["converged"] for info in infos.values())
        cost = {name: cost[name] + float(infos[name]["cost"]) for name in cost}
        hour += 1
    return cost


@pytest.fixture(scope="module")
def costs() -> dict[bool, dict[str, float]]:
    return {saves: day(saves) for saves in (False, True)}


def test_a_day_has_24_hours_and_a_price(costs: dict[bool, dict[str, float]]) -> None:
    """1.5 MW over the day's prices come to 2,985 without losses, which add less than 2 %."""
    prices = 8 * 50 + 12 * 90 + 4 * 160
    assert 1.5 * prices < costs[False]["Homes"] < 1.02 * 1.5 * prices


def test_the_battery_is_worth_its_while(costs: dict[bool, dict[str, float]]) -> None:
    assert costs[True]["Homes"] < costs[False]["Homes"] - 200


def test_the_farm_does_not_notice(costs: dict[bool, dict[str, float]]) -> None:
    assert abs(costs[True]["Farm"] - costs[False]["Farm"]) < 0.01
