"""GridEnv: order of a step, determinism, divergence, islanding, rewards and observers."""

from typing import Any

import numpy as np
import pytest

from pgcore.assembly import assemble
from pgcore.columns import Array
from pgcore.env import GridEnv, Transition
from pgcore.plant import DeviceFault
from pgcore.spec.links import link
from pgcore.spec.load import load_spec
from tests.toys import Keeper, toy_catalog, toy_spec

SUN = {"sun": {"type": "values", "values": [0.0, 0.2, 0.5, 1.0, 0.5, 0.2]}}
ESS = {"type": "battery", "bus": "B", "capacity_mwh": 2.0, "p_max_mw": 0.5, "soc_start": 0.2, "soc_start_max": 0.8, "q_control": True}
TWO_AGENTS = {
    "M1": {"area": ["A", "B"], "devices": {"ess": ESS, "pv": {"type": "pv", "bus": "B", "p_peak_mw": 0.5, "availability": "sun"}}},
    "M2": {
        "area": ["C"],
        "devices": {
            "gen": {"type": "generator", "bus": "C", "p_max_mw": 1.0, "b_per_mwh": 40.0},
            "pcc": {"type": "grid_connection", "trafo": "T", "import_price": 100.0, "p_import_max_mw": 0.3},
            "house": {"type": "load", "bus": "C", "p_mw": 0.6, "q_mvar": 0.1},
        },
    },
}


def make(agents: dict[str, Any] = TWO_AGENTS, **sections: Any) -> GridEnv:
    document = toy_spec(agents, profiles=SUN, **sections)
    return assemble(link(load_spec(document, catalog=toy_catalog())))


def one_source(**sections: Any) -> GridEnv:
    device = {"type": "source", "bus": "A", "p_max_mw": 100.0, "broken_above_mw": 90.0}
    return make({"M": {"area": ["A"], "devices": {"s": device}}}, **sections)


def roll(env: GridEnv, seeds: list[int], steps: int = 6) -> list[Transition]:
    rng = np.random.default_rng(3)
    draws = [{name: rng.uniform(-1, 1, (8, len(role.actions))) for name, role in env.roles.items()} for _ in range(steps)]
    rows = [s % 8 for s in seeds]
    return [env.reset(seeds), *(env.step({name: draw[rows] for name, draw in step.items()}) for step in draws)]


def slot(env: GridEnv, seen: Transition, agent: str, name: str) -> Array:
    names = [s.name for s in env.roles[agent].slots]
    return np.asarray(seen.observations[agent][:, names.index(name)])


def test_two_runs_with_one_seed_are_equal_to_the_last_bit() -> None:
    first, second = roll(make(), [4]), roll(make(), [4])
    for a, b in zip(first, second, strict=True):
        assert all(np.array_equal(a.observations[name], b.observations[name]) for name in a.observations)
        assert a.rewards == b.rewards


def test_another_seed_starts_elsewhere() -> None:
    env = make()
    assert slot(env, env.reset([1]), "M1", "ess.soc") != slot(env, env.reset([2]), "M1", "ess.soc")


def test_without_a_seed_the_next_episode_differs_and_can_be_repeated() -> None:
    first, second = make(), make()
    episodes = [[slot(env, seen, "M1", "ess.soc")[0] for seen in (env.reset([1]), env.reset())] for env in (first, second)]
    assert episodes[0] == episodes[1]
    assert episodes[0][0] != episodes[0][1]


def test_a_batch_equals_separate_environments() -> None:
    together = roll(make(), list(range(7)))
    for b in (0, 3, 6):
        alone = roll(make(), [b])
        for many, one in zip(together, alone, strict=True):
            for name in many.observations:
                assert np.array_equal(many.observations[name][b], one.observations[name][0])
                assert many.rewards[name][b] == one.rewards[name][0]


def test_devices_act_before_the_power_flow_and_agents_see_its_result() -> None:
    env = one_source()
    env.reset([0])
    seen = env.step({"M": np.array([[2.0]])})
    assert slot(env, seen, "M", "s.p_mw") == [2.0]
    assert slot(env, seen, "M", "A.vm_pu") == pytest.approx([1.0 + 0.05 * 2.0])


def test_a_load_device_takes_the_place_of_the_networks_load() -> None:
    doubled = one_source(background={"feeder": {"type": "load", "at": "loads", "p_profile": 2.0}})
    doubled.reset([0])
    keeper = Keeper()
    doubled.watch(keeper)
    doubled.step({"M": np.zeros((1, 1))})
    assert keeper.records[-1].effects["p_mw"][0, -1] == pytest.approx(-0.2)
    base = doubled.world.wiring.base_p_mw
    assert base.tolist() == [0.0, 0.1, 0.0, 0.0]


def test_a_meter_reads_the_power_into_the_area_and_settles_it() -> None:
    env = make()
    env.reset([0])
    seen = env.step({"M1": np.zeros((1, 3)), "M2": np.array([[0.1]])})
    imported_mw, hours = 0.6 - 0.1, 1.0
    assert slot(env, seen, "M2", "pcc.import_mw") == pytest.approx([imported_mw])
    assert seen.costs["M2"] == pytest.approx([40.0 * 0.1 * hours + 100.0 * imported_mw * hours])
    assert seen.violations["M2"] >= (imported_mw - 0.3) / 0.3 * hours


def test_a_divergence_is_a_value_and_the_next_step_is_as_if_it_never_was() -> None:
    hurt, well = one_source(), one_source()
    hurt.reset([0])
    well.reset([0])
    lost = hurt.step({"M": np.array([[60.0]])})
    well.step({"M": np.array([[1.0]])})
    assert not lost.common["converged"][0]
    assert lost.common["rung"] == ["failed"]
    assert (lost.rewards["M"][0], lost.violations["M"][0]) == (-200.0, 20.0)
    after = [env.step({"M": np.array([[1.0]])}) for env in (hurt, well)]
    assert np.array_equal(after[0].observations["M"], after[1].observations["M"])


def test_after_a_divergence_the_last_good_view_is_kept_and_flagged() -> None:
    env = one_source()
    env.reset([0])
    good = slot(env, env.step({"M": np.array([[2.0]])}), "M", "A.vm_pu")
    lost = env.step({"M": np.array([[60.0]])})
    assert slot(env, lost, "M", "A.vm_pu") == good
    assert slot(env, lost, "M", "grid.converged") == [0.0]
    assert lost.infos["M"]["age"] == [1.0]
    assert lost.common["suspects"] == [("M.s",)]


def test_one_environments_divergence_leaves_the_others_alone() -> None:
    env = one_source()
    env.reset([0, 1])
    seen = env.step({"M": np.array([[60.0], [1.0]])})
    assert seen.common["converged"].tolist() == [False, True]
    assert seen.rewards["M"][0] == -200.0
    assert slot(env, seen, "M", "A.vm_pu")[1] == pytest.approx(1.05)


def test_a_divergence_ends_the_episode_only_where_the_spec_says_so() -> None:
    for end in (False, True):
        env = one_source(episode={"steps": 6, "step_min": 60, "on_divergence": {"reward": -5.0, "violation": 1.0, "end": end}})
        env.reset([0])
        lost = env.step({"M": np.array([[60.0]])})
        assert (lost.truncated[0], lost.rewards["M"][0]) == (end, -5.0)


def test_an_island_is_flagged_and_its_energy_counts_as_unserved() -> None:
    agents = {
        "M": {
            "area": ["B", "C"],
            "devices": {
                "sw": {"type": "switch", "line": "L2"},
                "house": {"type": "load", "bus": "C", "p_mw": 0.6},
            },
        }
    }
    env = make(agents)
    env.reset([0])
    seen = env.step({"M": np.array([[0.0]])})
    assert seen.common["converged"][0]
    assert not seen.infos["M"]["energised"][0]
    assert seen.infos["M"]["unserved_mwh"] == pytest.approx([0.6])
    assert slot(env, seen, "M", "C.vm_pu") == [0.0]
    assert np.isfinite(seen.observations["M"]).all()


def test_shared_rewards_are_mixed_with_the_mean() -> None:
    alone, mixed = make(), make(reward={"type": "cost_and_violation", "shared": 0.5})
    before, after = roll(alone, [0], 1)[-1].rewards, roll(mixed, [0], 1)[-1].rewards
    mean = (before["M1"] + before["M2"]) / 2
    assert after["M1"] == pytest.approx(0.5 * before["M1"] + 0.5 * mean)


def test_all_environments_truncate_at_the_last_step() -> None:
    assert [bool(seen.truncated[0]) for seen in roll(make(), [0])] == [False] * 6 + [True]


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ({}, "no action for agent 'M'"),
        ({"M": np.zeros((1, 2))}, r"shape \(1, 2\), expected \(1, 1\)"),
        ({"M": np.array([[np.nan]])}, "sets s.p_mw to \\[nan\\]"),
    ],
)
def test_a_wrong_action_is_refused_by_name(actions: dict[str, Array], message: str) -> None:
    env = one_source()
    env.reset([0])
    with pytest.raises(ValueError, match=message):
        env.step(actions)


def test_an_action_beyond_the_bounds_is_cut_to_them() -> None:
    env = make({"M": {"area": ["A"], "devices": {"s": {"type": "source", "bus": "A", "p_max_mw": 2.0}}}})
    env.reset([0])
    assert slot(env, env.step({"M": np.array([[9.0]])}), "M", "s.p_mw") == [2.0]


def test_a_device_that_returns_nan_is_named_before_the_solver_sees_it() -> None:
    env = one_source()
    env.reset([0])
    with pytest.raises(DeviceFault, match="M.s"):
        env.step({"M": np.array([[95.0]])})


def test_an_observer_that_raises_is_dropped_and_the_run_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    class Clumsy(Keeper):
        def stepped(self, record: Any) -> None:
            raise RuntimeError("full disk")

    env, keeper = one_source(), Keeper()
    for observer in (Clumsy(), keeper):
        env.watch(observer)
    env.reset([0])
    env.step({"M": np.zeros((1, 1))})
    assert [record.tick for record in keeper.records] == [0, 1]
    assert caplog.text.count("is dropped") == 1


def test_the_first_reset_needs_a_seed() -> None:
    with pytest.raises(ValueError, match="needs a seed"):
        make().reset()


def test_a_forecast_shows_the_profile_of_the_coming_steps() -> None:
    agents = {"M": {"area": ["B"], "forecast_steps": 2, "devices": {"pv": {"type": "pv", "bus": "B", "p_peak_mw": 0.5, "availability": "sun"}}}}
    env = make(agents)
    seen = env.reset([0])
    assert [slot(env, seen, "M", f"pv.availability{k}")[0] for k in ("", "+1", "+2")] == [0.0, 0.2, 0.5]
