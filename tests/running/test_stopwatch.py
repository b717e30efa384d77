"""Stopwatch: what a part is charged for."""

from unittest.mock import patch

from pgcore.adapters.pettingzoo import make_env
from pgcore.running.stopwatch import Stopwatch, time_parts
from tests.toys import toy_catalog, toy_spec


def test_a_part_is_not_charged_for_the_parts_that_it_calls() -> None:
    with patch("pgcore.running.stopwatch.perf_counter", side_effect=[0.0, 2.0, 5.0, 6.0]):
        watch = Stopwatch()
        watch.start("outer")
        watch.start("inner")
        watch.stop()
        watch.stop()
    assert watch.seconds == {"outer": 3.0, "inner": 3.0}


def test_timers_change_no_number() -> None:
    spec = toy_spec({"M": {"area": ["C"], "devices": {"gen": {"type": "generator", "bus": "C", "p_max_mw": 1.0}}}})
    plain, timed = (make_env(spec, catalog=toy_catalog()) for _ in range(2))
    watch = time_parts(timed.grid)
    for env in (plain, timed):
        env.reset(seed=0)
    action = {"M": plain.action_space("M").sample()}
    assert plain.step(action)[0]["M"].tolist() == timed.step(action)[0]["M"].tolist()
    assert set(watch.seconds) == {"solver", "devices", "protocols", "observations"}
