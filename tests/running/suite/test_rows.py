"""Each row on something small: that it finds what its tables and targets name, after both sides did the same work."""

import pytest

from pgcore.running.suite.effort import Effort
from pgcore.running.suite.figures import Finding, Unequal
from pgcore.running.suite.loop import PandapowerLoop
from pgcore.running.suite.rows import batches, memory, modes, shares, single, sizes, solves
from pgcore.running.suite.rows.table import ROWS
from pgcore.running.suite.targets import TARGETS


def labels(finding: Finding) -> set[tuple[str, str]]:
    assert all(check.holds for check in finding.checks)
    return {(figure.label, figure.at) for figure in finding.figures}


def test_one_environment_and_the_loop(spec: str, tiny: Effort) -> None:
    found = single.found(tiny, spec)
    assert {("loop : env", ""), ("env step", ""), ("loop step", ""), ("loop with warm start : env", "")} <= labels(found)
    assert len(found.checks) == 7


def test_no_time_is_taken_where_the_loop_does_other_work(spec: str, tiny: Effort, monkeypatch: pytest.MonkeyPatch) -> None:
    true = PandapowerLoop.step
    monkeypatch.setattr(PandapowerLoop, "step", lambda loop, t: true(loop, 0))
    with pytest.raises(Unequal, match="voltages and the loop's"):
        single.found(tiny, spec)


def test_batches_and_the_loop(spec: str, tiny: Effort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "cores", lambda: 1)
    found = batches.found(tiny, spec)
    assert {("env steps/s", "B = 1"), ("env steps/s", "B = 3"), ("loop : env, B = 3, the faster of both ways", "")} <= labels(found)


def test_sizes(tiny: Effort) -> None:
    found = labels(sizes.found(tiny))
    assert {("step", "n = 1"), ("reset", "n = 2"), ("loading the spec", "n = 2"), ("cost of a microgrid at n = 2 : n = 1", "")} <= found


def test_single_solves_and_those_of_a_batch(tiny: Effort) -> None:
    found = labels(solves.found(tiny))
    assert {("n = 1", "pandapower"), ("n = 1", "linear"), ("n = 1", "fixedpoint"), ("n = 1, each of 256", "fixedpoint")} <= found


def test_modes(spec: str, tiny: Effort) -> None:
    found = labels(modes.found(tiny, spec, ("auto",)))
    assert {("distributed : centralized", "auto, agents"), ("messages a second", "auto, devices")} <= found


def test_the_parts_of_a_step_make_a_whole(tiny: Effort) -> None:
    found = shares.found(tiny)
    assert sum(figure.value for figure in found.figures if figure.label != "outside the solver") == pytest.approx(100.0)


@pytest.mark.skipif(not memory.STATM.exists(), reason="the resident memory is read from /proc")
def test_memory_is_what_grows_from_few_environments_to_many(spec: str, tiny: Effort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_in_a_process", lambda scenario, batch: 1e6 + 5e3 * batch)
    each = memory.found(tiny).figure("for each environment")
    assert each is not None
    assert each.value == pytest.approx(5.0)
    assert memory.resident(spec, 1) > 1e6


def test_every_target_is_of_a_row() -> None:
    assert {target.row for target in TARGETS} < set(ROWS)
