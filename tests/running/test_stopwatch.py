"""Stopwatch: what a part is charged for."""

from unittest.mock import patch

import pytest

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.recording.likeness import exact, flat
from pgcore.running import stopwatch
from pgcore.running.stopwatch import Stopwatch, timing_parts
from tests.teams import spec_of


def made(actors: str | None) -> PgcoreEnv:
    """An environment whose agents are called directly, or are actors."""
    how = {} if actors is None else {"mode": "distributed", "broker": {"type": "in_memory"}, "actors": actors}
    return PgcoreEnv(spec_of("two protocols", run={"backend": {"type": "toy"}, **how}))


def test_a_part_is_not_charged_for_the_parts_that_it_calls() -> None:
    with patch("pgcore.running.stopwatch.perf_counter", side_effect=[0.0, 2.0, 5.0, 6.0]):
        watch = Stopwatch()
        watch.start("outer")
        watch.start("inner")
        watch.stop()
        watch.stop()
    assert watch.seconds == {"outer": 3.0, "inner": 3.0}


@pytest.mark.parametrize("actors", [None, "agents", "devices"])
def test_timers_change_no_number(actors: str | None) -> None:
    plain, timed = made(actors), made(actors)
    with timing_parts(timed.grid) as watch:
        for env in (plain, timed):
            env.reset(seed=0)
        actions = {name: plain.action_space(name).sample() for name in plain.agents}
        results = [env.step(actions) for env in (plain, timed)]
    assert exact(dict(flat(results[0][0]))["M1"]) == exact(dict(flat(results[1][0]))["M1"])
    parts = {"solver", "devices", "protocols", "observations"}
    assert {part for part, seconds in watch.seconds.items() if seconds > 0} == (parts if actors is None else parts | {"messages"})


def test_after_the_block_nothing_is_timed_any_more() -> None:
    env = made("devices")
    methods = [vars(kind)[name] for kind, parts in stopwatch._CALLS for name in parts]
    team = env.grid.team
    with timing_parts(env.grid) as watch:
        env.reset(seed=0)
        assert env.grid.team is not team
    assert [vars(kind)[name] for kind, parts in stopwatch._CALLS for name in parts] == methods
    assert env.grid.team is team
    before = dict(watch.seconds)
    del before["solver"]
    env.reset(seed=0)
    assert {part: watch.seconds[part] for part in before} == before
