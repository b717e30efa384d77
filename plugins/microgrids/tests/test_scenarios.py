"""The ready-made specs: as text, against their network, and through a day."""

from typing import Any

import numpy as np
import pgcore_microgrids
import pytest
from pgcore_microgrids.scenarios import SCENARIOS, n_microgrids, operator_microgrids
from ruamel.yaml import YAML

import pgcore
from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.catalog import Catalog

DEVICES = {
    "MG1": {"grid", "gen", "ess", "pv", "homes", "works"},
    "MG2": {"grid", "gen", "ess", "pv", "wind", "shops", "offices", "works"},
    "MG3": {"grid", "gen", "ess", "pv", "wind", "village", "farms", "pumps"},
}


def parsed(text: str) -> Any:
    return YAML(typ="safe").load(text)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    import pgcore_pandapower

    from pgcore import builtin

    return Catalog.of(builtin, pgcore_pandapower, pgcore_microgrids)


def test_each_microgrid_has_a_mix_of_its_own() -> None:
    agents = parsed(SCENARIOS[0].text())["agents"]
    assert {name: set(agent["devices"]) for name, agent in agents.items()} == DEVICES


def test_three_of_n_are_the_three_written_by_hand() -> None:
    assert n_microgrids(3) == SCENARIOS[0].text()


@pytest.mark.parametrize("n", [1, 2, 10, 100])
def test_n_microgrids_have_n_agents_on_a_network_for_n(n: int) -> None:
    spec = parsed(n_microgrids(n))
    assert list(spec["agents"]) == [f"MG{m}" for m in range(1, n + 1)]
    assert spec["network"]["n"] == n


def test_no_microgrid_names_a_bus_of_another() -> None:
    for name, agent in parsed(n_microgrids(12))["agents"].items():
        places = [d.get("bus", d.get("trafo", d.get("at"))) for d in agent["devices"].values()]
        named = [*agent["area"], *(p for place in places for p in (place if isinstance(place, list) else [place]))]
        assert {p.split()[0] for p in named} == {name}


def test_the_fourth_microgrid_is_built_like_the_first() -> None:
    agents = parsed(n_microgrids(4))["agents"]
    assert str(agents["MG4"]) == str(agents["MG1"]).replace("MG1", "MG4")


def test_the_operator_stands_above_all_microgrids() -> None:
    agents = parsed(operator_microgrids(4))["agents"]
    assert list(agents) == ["DSO"]
    assert list(agents["DSO"]["agents"]) == ["Taps", "MG1", "MG2", "MG3", "MG4"]


@pytest.mark.parametrize("n", [0, 1001, -1, 2.5, True, "3"])
@pytest.mark.parametrize("write", [n_microgrids, operator_microgrids])
def test_a_number_of_microgrids_out_of_range_is_refused(write: Any, n: Any) -> None:
    with pytest.raises(ValueError, match="expected a whole number of microgrids from 1 to 1000"):
        write(n)


def idle(env: PgcoreEnv) -> dict[str, Any]:
    """Every dial of every agent at the setting that leaves its device alone."""
    return {name: space.from_physical(np.array([dial.default for dial in space.dials])) for name, space in env.actions.items()}


@pytest.mark.parametrize("name", ["three_microgrids", "operator_microgrids"])
def test_an_idle_morning_converges_and_stays_finite(catalog: Catalog, name: str) -> None:
    env = pgcore.make_env(name, catalog=catalog, episode__steps=40)
    env.reset(seed=1)
    while env.agents:
        observations, rewards, _, _, infos = env.step(idle(env))
        assert all(info["converged"] for info in infos.values())
        assert all(np.isfinite(r) for r in rewards.values())
        assert all(np.all(np.isfinite(o)) for o in observations.values())


def test_answering_a_price_on_a_winter_evening_breaks_fewer_limits_than_idling(catalog: Catalog) -> None:
    env = pgcore.make_env("three_microgrids", catalog=catalog, sets={"episode.start": 18 * 96 + 64, "episode.steps": 24})
    broken = {}
    for policy in ("idle", "price"):
        env.reset(seed=1)
        broken[policy] = 0.0
        while env.agents:
            actions = idle(env) if policy == "idle" else env.answer({name: {"price": 140.0} for name in env.agents})
            *_, infos = env.step(actions)
            broken[policy] += sum(info["violation"] for info in infos.values())
    assert broken["idle"] > 0.5
    assert broken["price"] < 0.1 * broken["idle"]


def test_the_operators_price_reaches_the_microgrids_observations(catalog: Catalog) -> None:
    env = pgcore.make_env("operator_microgrids", catalog=catalog)
    slots = [slot.name for slot in env.roles["MG2"].slots]
    env.reset(seed=1)
    observations, *_ = env.step({**idle(env), "DSO": np.array([1.0], dtype=np.float32)})
    assert observations["MG2"][slots.index("directive.price")] == 110.0 + 80.0
