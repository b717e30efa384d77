"""The check of CI that a step has not become dearer."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from pgcore.running.suite.rows.counts import SINGLE, counts

SCRIPT = Path(__file__).parents[3] / ".ci" / "check_speed.py"
KNOWN = {"one environment": {"functions": 100.0, "builtins": 100.0, "instructions": 1000.0}}


@pytest.fixture(scope="module")
def guard() -> ModuleType:
    spec = spec_from_file_location("check_speed", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("functions", "faults"), [(100.0, 0), (129.0, 0), (131.0, 1)])
def test_a_count_may_grow_by_thirty_percent(guard: ModuleType, functions: float, faults: int) -> None:
    found = {"one environment": {**KNOWN["one environment"], "functions": functions}}
    assert len(guard.dearer(found, KNOWN, ("functions", "instructions"))) == faults


def test_a_way_to_step_that_is_not_on_record_is_not_judged(guard: ModuleType) -> None:
    assert guard.dearer({"a new way": {"functions": 1e9}}, KNOWN, ("functions",)) == []


def test_a_fault_says_what_grew_and_by_how_much(guard: ModuleType) -> None:
    found = {"one environment": {**KNOWN["one environment"], "instructions": 1500.0}}
    assert guard.dearer(found, KNOWN, ("instructions",)) == ["one environment: Python instructions in a step: 1500, on record 1000, +50%"]


def test_a_faster_solver_is_no_fault_although_a_step_is_more_solves_then(guard: ModuleType) -> None:
    known = {"solve : reference": 1.0, "outside the solver : reference": 4.0, "step : solve": 5.0}
    found = {"solve : reference": 0.5, "outside the solver : reference": 4.0, "step : solve": 9.0}
    assert guard.slower(found, known) == []
    assert len(guard.slower({**found, "outside the solver : reference": 5.3}, known)) == 1


def test_the_record_has_every_way_to_step(guard: ModuleType) -> None:
    import json

    known = json.loads(guard.RECORD.read_text(encoding="utf-8"))
    assert set(SINGLE) < set(known["counts"])
    assert counts.__doc__
