"""Hearsay: what stands for reports that were not heard, or that were made from old data."""

from collections.abc import Mapping

import numpy as np
import pytest
from msgspec.structs import replace

from pgcore.columns import Array, Flags
from pgcore.env import GridEnv
from pgcore.hearsay import Hearsay
from pgcore.messages import NetworkState, Report
from pgcore.plant import EFFECTS
from pgcore.testing.teams import in_memory
from tests.teams import spec_of

HIGH_PU = 1.25
"""A voltage that breaks the limit of 1.05 pu by 0.2."""


@pytest.fixture
def env() -> GridEnv:
    env = in_memory()(spec_of("neighbours"))
    env.reset([0, 1])
    return env


@pytest.fixture
def hearsay(env: GridEnv) -> Hearsay:
    return Hearsay(env.team.agents, env.team.reporting)  # type: ignore[attr-defined]


def view(vm_pu: float, age: tuple[float, float] = (0.0, 0.0)) -> NetworkState:
    """Buses A and B of M, and C of N, all at one voltage; the line A–B, and the transformer that both see."""
    live, good = np.ones((2, 3), dtype=bool), np.ones(2, dtype=bool)
    return NetworkState(np.full((2, 3), vm_pu), live, np.zeros((2, 1)), np.zeros((2, 2)), np.zeros((2, 0)), good, np.array(age))


def report(env: GridEnv, name: str, violation: float = 0.0, reward: float = 1.0, age: float = 0.0) -> Report:
    column = np.ones((2, 1))
    details: dict[str, Array | Flags] = {"age": age * column, "energised": column > 0, "unserved_mwh": 0 * column}
    observation = np.full((2, len(env.roles[name].slots)), 0.5)
    return Report(observation, 3.0 * column, violation * column, reward * column, None, details)


def joint(hearsay: Hearsay, tick: int, heard: Mapping[str, Report], seen: NetworkState, ages: tuple[float, float] = (0.0, 0.0)) -> Report:
    for name, said in heard.items():
        hearsay.hear(name, said, tick)
    return hearsay.joint(tick, heard, seen, np.zeros((len(EFFECTS), 2, 2)), np.zeros(2, dtype=np.intp), np.array(ages))


def test_what_was_heard_stands_as_it_was_said(env: GridEnv, hearsay: Hearsay) -> None:
    found = joint(hearsay, 1, {name: report(env, name) for name in ("M", "N")}, view(HIGH_PU))
    assert found.violation.tolist() == [[0.0, 0.0]] * 2
    assert found.reward.tolist() == [[1.0, 1.0]] * 2
    assert found.details["age"].tolist() == [[0.0, 0.0]] * 2


def test_who_is_missing_is_graded_by_the_environment(env: GridEnv, hearsay: Hearsay) -> None:
    joint(hearsay, 1, {name: report(env, name) for name in ("M", "N")}, view(1.0))
    found = joint(hearsay, 2, {"N": report(env, "N")}, view(HIGH_PU))
    assert found.violation[0] == pytest.approx([0.4, 0.0])  # two buses, 0.2 pu each
    assert found.reward[0] == pytest.approx([-4.0, 1.0])
    assert found.cost[0].tolist() == [0.0, 3.0]


def test_a_missing_report_that_was_worse_stays_as_bad(env: GridEnv, hearsay: Hearsay) -> None:
    joint(hearsay, 1, {"M": report(env, "M", violation=7.0, reward=-70.0), "N": report(env, "N")}, view(1.0))
    found = joint(hearsay, 2, {"N": report(env, "N")}, view(1.0))
    assert (found.violation[0, 0], found.reward[0, 0]) == (7.0, -70.0)


def test_a_report_made_of_old_data_is_no_better_than_the_environments_grade(env: GridEnv, hearsay: Hearsay) -> None:
    found = joint(hearsay, 5, {"M": report(env, "M", age=2.0), "N": report(env, "N")}, view(HIGH_PU))
    assert found.violation[0] == pytest.approx([0.4, 0.0])
    assert found.cost[0].tolist() == [3.0, 3.0]


def test_old_data_of_devices_count_as_old(env: GridEnv, hearsay: Hearsay) -> None:
    found = joint(hearsay, 5, {name: report(env, name) for name in ("M", "N")}, view(HIGH_PU), ages=(3.0, 0.0))
    assert found.details["age"].tolist() == [[3.0, 0.0]] * 2
    assert found.violation[0] == pytest.approx([0.4, 0.0])


def test_a_view_that_is_old_for_everybody_is_not_held_against_an_agent(env: GridEnv, hearsay: Hearsay) -> None:
    heard = {"M": report(env, "M", age=2.0), "N": report(env, "N", age=2.0)}
    assert joint(hearsay, 5, heard, view(HIGH_PU, age=(2.0, 2.0))).violation.tolist() == [[0.0, 0.0]] * 2


def test_what_is_missing_ages_with_every_step_also_in_the_observation(env: GridEnv, hearsay: Hearsay) -> None:
    joint(hearsay, 1, {name: report(env, name) for name in ("M", "N")}, view(1.0))
    slot = [slot.name for slot in env.roles["M"].slots].index("grid.age")
    ages = []
    for tick in (2, 3, 4):
        found = joint(hearsay, tick, {"N": report(env, "N")}, view(1.0))
        ages.append((found.details["age"][0, 0], found.observation[0, slot]))
    assert ages == [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]


def test_the_age_in_the_observation_stays_within_its_bounds(env: GridEnv, hearsay: Hearsay) -> None:
    slot = [slot.name for slot in env.roles["M"].slots].index("grid.age")
    found = joint(hearsay, 5000, {"N": report(env, "N")}, view(1.0))
    assert found.observation[0, slot] == env.roles["M"].slots[slot].high


def test_a_late_report_replaces_an_older_one_and_never_a_newer(env: GridEnv, hearsay: Hearsay) -> None:
    joint(hearsay, 1, {name: report(env, name) for name in ("M", "N")}, view(1.0))
    hearsay.hear("M", report(env, "M", violation=2.0), 3)
    hearsay.hear("M", report(env, "M", violation=1.0), 2)
    found = joint(hearsay, 4, {"N": report(env, "N")}, view(1.0))
    assert (found.violation[0, 0], found.details["age"][0, 0]) == (2.0, 1.0)


def test_who_was_never_heard_shows_nothing_and_is_as_old_as_the_episode(env: GridEnv, hearsay: Hearsay) -> None:
    found = joint(hearsay, 3, {"N": report(env, "N")}, view(1.0))
    own = env.places.sees["M"]
    low, high = (np.array([getattr(slot, end) for slot in env.roles["M"].slots]) for end in ("low", "high"))
    assert ((low <= found.observation[:, own]) & (found.observation[:, own] <= high)).all()
    assert found.details["age"].tolist() == [[4.0, 0.0]] * 2


def test_a_new_episode_knows_nothing_of_the_last(env: GridEnv, hearsay: Hearsay) -> None:
    joint(hearsay, 7, {"M": report(env, "M", violation=5.0), "N": report(env, "N")}, view(1.0))
    hearsay.forget()
    found = joint(hearsay, 0, {"N": report(env, "N")}, view(1.0))
    assert (found.violation[0, 0], found.details["age"][0, 0]) == (0.0, 1.0)


def test_masks_of_those_who_give_none_are_free(env: GridEnv, hearsay: Hearsay) -> None:
    masked = replace(report(env, "N"), mask=(np.zeros((2, 1)), np.ones((2, 1))))
    found = joint(hearsay, 1, {"M": report(env, "M"), "N": masked}, view(1.0))
    assert found.mask is not None
    assert [end[0].tolist() for end in found.mask] == [[-np.inf, -np.inf, 0.0], [np.inf, np.inf, 1.0]]
