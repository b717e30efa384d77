import attrs
import numpy as np
import pytest

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.running.suite.episode import Rehearsal, likeness, recorded, voltage_gap
from pgcore.running.suite.figures import Unequal
from tests.teams import spec_of


@pytest.fixture
def env() -> PgcoreEnv:
    return PgcoreEnv(spec_of("three deep", run={"backend": {"type": "toy"}}))


def test_a_recording_leaves_nothing_behind_that_listens(env: PgcoreEnv) -> None:
    solver = env.grid.world.solver
    episode = recorded(env, 4)
    assert (env.grid.observers, env.grid.world.solver) == ([], solver)
    assert len(episode) == len(episode.records) == len(episode.solves) == len(episode.shown) == 4


def test_what_a_solver_was_asked_belongs_to_the_same_step_as_the_record(env: PgcoreEnv) -> None:
    episode = recorded(env, 4)
    for asked, record in zip(episode.solves, episode.records, strict=True):
        assert asked.flow.vm_pu is record.flow.vm_pu


def test_a_rehearsal_goes_on_with_the_same_episode_after_its_end(env: PgcoreEnv) -> None:
    rehearsal = Rehearsal(env, recorded(env, 4))
    assert rehearsal.go(7) > 0.0
    assert rehearsal.at == 3


def test_a_rehearsal_that_shows_something_else_is_refused(env: PgcoreEnv) -> None:
    episode = recorded(env, 2)
    seen, rewards = episode.shown[-1]
    wrong = attrs.evolve(episode, shown=[episode.shown[0], (seen, {name: value + 1e-12 + abs(value) * 1e-9 for name, value in rewards.items()})])
    with pytest.raises(Unequal, match="step 2 of the timed episode"):
        Rehearsal(env, wrong).go(2)


def test_a_run_is_like_itself_and_unlike_another(env: PgcoreEnv) -> None:
    one, same, other = recorded(env, 3), recorded(env, 3), recorded(env, 3, seed=8)
    assert max(check.largest for check in likeness(one, same)) == 0.0
    assert not all(check.holds for check in likeness(one, other))


def test_a_solve_without_solution_is_infinitely_far_from_any_other(env: PgcoreEnv) -> None:
    flow = recorded(env, 1).solves[0].flow
    assert voltage_gap([flow], [flow]) == 0.0
    assert voltage_gap([flow], [attrs.evolve(flow, converged=np.array([False]))]) == float("inf")
