"""The street: trading in a whole environment, by either mode, in recordings, and what it is worth."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pgcore
from pgcore.testing.teams import CHECKS, check_equal_over_an_episode, in_memory

pytest.importorskip("pgcore_pandapower", reason="the street's network needs pgcore-pandapower")

QUICK = {"run.backend": {"type": "linear"}, "episode.step_min": 60}
SUNNY = ("H1", "H3", "H5", "H7")
TIGHT = {"corridors": [{"name": "C3", "peers": ["H5", "H6", "H7", "H8"], "p_max_mw": 0.001}]}
TRADERS = {f"agents.H{k}.vertical": {"type": "trader", "names_power": True, "p_max_mw": 0.01} for k in (1, 2, 7)}


def play(steps: int = 24, batch: int = 1, **sets: Any) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    """An idle day: what each home pays, and what the market shows of each step."""
    env = pgcore.make_env("p2p_street", sets={**QUICK, "episode.steps": steps, **sets}).grid
    seen = env.reset(list(range(batch)))
    paid, shown = dict.fromkeys(env.roles, np.zeros(batch)), []
    idle = {name: np.tile([dial.default for dial in role.actions], (batch, 1)).reshape(batch, -1) for name, role in env.roles.items()}
    for _ in range(steps):
        seen = env.step(idle)
        paid = {name: paid[name] + cost for name, cost in seen.costs.items()}
        shown.append(seen.common["horizontal"].get("p2p_trading", {}))
    return paid, shown


def bill(paid: Mapping[str, Any]) -> float:
    return float(sum(paid.values())[0])


def test_trading_lowers_the_streets_bill_by_more_than_a_fifth() -> None:
    alone, _ = play(**{"horizontal": []})
    traded, shown = play()
    assert bill(traded) < 0.8 * bill(alone)
    assert all(traded[name][0] <= alone[name][0] + 1e-9 for name in alone)
    saved = 220.0 * sum(float(one["traded_mw"][0]) for one in shown)
    assert bill(alone) - bill(traded) == pytest.approx(saved, rel=1e-9)  # each MWh traded replaces one bought at 300 and one sold at 80


def test_what_a_corridor_cuts_is_in_the_infos_of_everyone() -> None:
    env = pgcore.make_env("p2p_street", sets={**QUICK, "horizontal[0].corridors": TIGHT["corridors"]})
    env.reset(seed=0)
    for _ in range(12):
        *_, infos = env.step({name: space.from_physical(np.array([d.default for d in space.dials])) for name, space in env.actions.items()})
    assert infos["H2"]["horizontal"]["p2p_trading"]["curtailed_mw"] > 1e-4


@pytest.mark.parametrize("options", [{"rule": "mcafee"}, {"rule": "supply_demand_ratio"}, TIGHT], ids=str)
def test_a_batch_is_a_loop_bit_for_bit(options: dict[str, Any]) -> None:
    one, few = (play(12, batch, **{f"horizontal[0].{name}": value for name, value in options.items()})[1] for batch in (1, 3))
    assert all(few[t][name][2:].tobytes() == one[t][name].tobytes() for t in range(12) for name in one[t])


@pytest.mark.parametrize("options", [{}, {"orders": "marginal_cost"}, {"rule": "mcafee", "fee_per_mwh": 5.0}, TIGHT], ids=str)
def test_agents_behind_a_broker_trade_the_same_bit_for_bit(options: dict[str, Any]) -> None:
    sets = {**QUICK, "episode.steps": 8, "episode.start": 8, **TRADERS, **{f"horizontal[0].{name}": value for name, value in options.items()}}
    spec = pgcore.make_env("p2p_street", sets=sets).spec
    for actors in ("agents", "devices"):
        check_equal_over_an_episode(spec, in_memory(actors))


def test_it_keeps_the_laws_of_teams() -> None:
    spec = pgcore.make_env("p2p_street", sets={**QUICK, "episode.steps": 2, "episode.start": 11}).spec
    for check in CHECKS:
        check(spec, in_memory())


def test_a_recording_holds_what_the_market_shows_and_can_be_replayed(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    from pgcore.recording.recorder import Recorder
    from pgcore.recording.replay import replay

    env = pgcore.make_env("p2p_street", sets={**QUICK, "episode.steps": 14})
    env.grid.watch(Recorder(tmp_path / "run", env.spec))
    env.reset(seed=0)
    shown = []
    while env.agents:
        *_, infos = env.step({name: space.from_physical(np.array([d.default for d in space.dials])) for name, space in env.actions.items()})
        shown.append(float(infos["H1"]["horizontal"]["p2p_trading"]["traded_mw"]))
    env.close()
    table = parquet.read_table(tmp_path / "run" / "steps.parquet")
    assert table["horizontal.p2p_trading.traded_mw"].to_pylist() == [0.0, *shown]
    assert max(shown) > 0.001
    assert table["observation.H1.p2p_trading.p_mw"].to_pylist()[12] > 0.0
    assert replay(tmp_path / "run").difference is None
