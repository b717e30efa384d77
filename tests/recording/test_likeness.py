from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pgcore.recording.likeness import Likeness, exact, flat
from pgcore.running.policies import idle
from tests.runs import record, toy_env


def alike(folder: Path, **sections: Any) -> Likeness:
    one, other = toy_env(folder / "one"), toy_env(folder / "other", **sections)
    return Likeness({"one": one.grid, "other": other.grid})


def reset(likeness: Likeness, **shown: Any) -> Any:
    for env in likeness.envs.values():
        env.reset([0])
    return likeness.check({"one": {}, "other": {}, **shown})


def test_equal_environments_are_alike(tmp_path: Path) -> None:
    assert reset(alike(tmp_path)) is None


def test_the_first_number_that_differs_is_named_causes_first(tmp_path: Path) -> None:
    difference = reset(alike(tmp_path, background={"town": {"type": "load", "bus": "C", "p_mw": 0.25}}))
    assert (difference.way, difference.tick, difference.party, difference.name) == ("other", 0, "", "effect.town.p_mw")
    assert str(difference) == "other: episode 0, step 0, the world: effect.town.p_mw is -0.25, expected -0.2"


def test_what_is_shown_besides_the_record_counts(tmp_path: Path) -> None:
    difference = reset(alike(tmp_path), one={"info": {"East": {"age": 0.0}}}, other={"info": {"East": {"age": 1.0}}})
    assert (difference.party, difference.name, difference.expected, difference.found) == ("East", "info.East.age", 0.0, 1.0)


def test_something_that_only_one_shows_is_a_difference(tmp_path: Path) -> None:
    assert reset(alike(tmp_path), other={"info": {"East": {"extra": 1}}}).expected == "nothing"


def test_the_digest_is_that_of_a_recording(tmp_path: Path) -> None:
    recorder, env = record(tmp_path, episodes=1, policy=idle), toy_env(tmp_path / "again")
    likeness = Likeness({"one": env.grid})
    seen = env.reset()
    likeness.check({"one": {}})
    while env.agents:
        env.step(idle(seen[0], {}, env))
        likeness.check({"one": {}})
    assert likeness.digest == recorder.manifest.chain[-1]


def test_an_observer_that_was_dropped_is_noticed(tmp_path: Path) -> None:
    likeness = alike(tmp_path)
    for env in likeness.envs.values():
        env.reset([0])
    likeness.envs["other"].observers.clear()
    for env in likeness.envs.values():
        env.step({name: np.zeros((1, len(role.actions))) for name, role in env.roles.items()})
    with pytest.raises(RuntimeError, match="other showed its observers nothing of step 1"):
        likeness.check({"one": {}, "other": {}})


@pytest.mark.parametrize(
    ("one", "other"),
    [(0.0, -0.0), (1.0, np.float32(1.0)), (1, True), (np.zeros(2), np.zeros(3)), (np.zeros(1), np.zeros(1, dtype=bool)), ("a", "b")],
)
def test_values_are_equal_only_to_the_last_bit_and_kind(one: Any, other: Any) -> None:
    assert exact(one) != exact(other)
    assert exact(one) == exact(one)


def test_a_nan_equals_itself() -> None:
    assert exact(np.array([np.nan])) == exact(np.array([np.nan]))


def test_leaves_of_nested_mappings_get_dotted_names() -> None:
    assert dict(flat({"a": {"b": 1, "c": {"d": (2,)}}})) == {"a.b": 1, "a.c.d": (2,)}
