from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.barrier import AgentSilent
from pgcore.builtin.faults.loss import Loss
from pgcore.recording.recorder import Recorder
from pgcore.running.equality import Extent, Way, compare, in_process_ways
from pgcore.running.policies import random_actions
from pgcore.spec.model import Spec
from tests.runs import play
from tests.teams import spec_of


def nudged(spec: Spec) -> PgcoreEnv:
    """Its rewards are a little higher in the third step."""
    env = PgcoreEnv(spec)
    right = env.grid.team.report

    def report(*args: Any) -> Any:
        said = right(*args)
        return replace(said, reward=said.reward + 1e-9) if env.grid.tick == 3 else said

    vars(env.grid.team).update(report=report)
    return env


def test_centralized_and_both_kinds_of_actors_are_equal() -> None:
    verdict = compare(in_process_ways(spec_of("three deep")), Extent(seed=3, episodes=2))
    assert (verdict.equal, verdict.steps, verdict.episodes) == (True, 12, 2)
    assert [pace.way for pace in verdict.paces] == ["centralized", "in memory, agents", "in memory, devices"]


def test_the_digest_is_that_of_a_recording_of_the_same_run(tmp_path: Path) -> None:
    spec = spec_of("three deep")
    verdict = compare(in_process_ways(spec)[:1], Extent())
    env = PgcoreEnv(spec)
    recorder = Recorder(tmp_path / "run", spec)
    env.grid.watch(recorder)
    play(env, random_actions)
    env.close()
    assert verdict.digest == recorder.manifest.chain[-1]


def test_so_many_steps_go_over_as_many_episodes_as_it_takes() -> None:
    verdict = compare(in_process_ways(spec_of("background"))[:2], Extent(steps=8))
    assert (verdict.steps, verdict.episodes, verdict.equal) == (8, 2, True)


def test_messages_and_bytes_are_counted_for_each_way() -> None:
    central, agents, devices = (pace.sent for pace in compare(in_process_ways(spec_of("background")), Extent(steps=2)).paces)
    assert central is None
    assert agents is not None
    assert devices is not None
    assert (agents.messages, devices.messages) == (4, 5)  # action, update, results, report; and an action for the device
    assert 0 < agents.bytes < devices.bytes


def test_the_first_difference_is_named_and_ends_the_run() -> None:
    spec = spec_of("masks")
    verdict = compare([Way("right", spec), Way("wrong", spec, nudged)], Extent())
    assert not verdict.equal
    assert verdict.steps == 3
    assert verdict.difference is not None
    assert (verdict.difference.way, verdict.difference.tick, verdict.difference.name) == ("wrong", 3, "reward.M1")
    assert verdict.plain()["difference"]["name"] == "reward.M1"


def test_a_silent_actor_ends_the_run_and_its_way_is_named() -> None:
    def silent(spec: Spec) -> PgcoreEnv:
        env = PgcoreEnv(spec)

        def act(*args: Any) -> Any:
            raise AgentSilent("step 1: no StateUpdate from M1")

        vars(env.grid.team).update(act=act)
        return env

    spec = spec_of("masks")
    verdict = compare([Way("right", spec), Way("quiet", spec, silent)], Extent())
    assert (verdict.equal, verdict.silent, verdict.paces) == (False, "quiet: step 1: no StateUpdate from M1", ())


def test_faults_of_the_spec_are_left_out_and_silence_is_an_error() -> None:
    run = {"backend": {"type": "toy"}, "broker": {"type": "in_memory", "faults": [{"type": "loss", "rate": 0.5}]}, "mode": "distributed"}
    spec = spec_of("masks", run=run)
    assert spec.run.broker is not None
    assert spec.run.broker.faults == (Loss(rate=0.5),)
    ways = in_process_ways(spec)
    assert all(way.spec.run.broker is not None and not way.spec.run.broker.faults and way.spec.run.on_silence == "raise" for way in ways)
    assert compare(ways, Extent(steps=3)).equal


@pytest.mark.parametrize("name", ["three deep", "masks"])
def test_every_way_is_closed_at_the_end(name: str) -> None:
    closed = []

    def make(spec: Spec) -> PgcoreEnv:
        env = PgcoreEnv(spec)
        env.close = lambda: closed.append(env)  # type: ignore[method-assign]
        return env

    compare([Way("a", spec_of(name), make), Way("b", spec_of(name), make)], Extent(steps=1))
    assert len(closed) == 2
