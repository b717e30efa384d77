import json
from typing import Any

import attrs
import pytest

from pgcore.running.suite import child
from pgcore.running.suite import run as suite
from pgcore.running.suite.effort import QUICK, Effort
from pgcore.running.suite.figures import Figure, Finding, Missing, Unequal
from pgcore.running.suite.machine import Machine
from pgcore.running.suite.rows.table import ROWS, Row
from pgcore.running.suite.run import Run, as_data, from_data, joined, run

MACHINE = Machine("a processor", 2, "Linux x86_64", "3.11.7", {"numpy": "2.4.6"})
RUN = Run(MACHINE, "full", "2026-11-23", (Finding("single", (Figure("a", 1.0),)), Finding("modes", (Figure("b", 2.0),))))


def test_a_run_is_the_same_after_json() -> None:
    assert from_data(json.loads(json.dumps(as_data(RUN)))) == RUN


def test_rows_that_were_measured_again_take_the_place_of_the_old_ones() -> None:
    again = attrs.evolve(RUN, findings=(Finding("modes", (Figure("b", 3.0),)), Finding("counts")))
    assert [finding.row for finding in joined(RUN, again).findings] == ["single", "modes", "counts"]
    assert joined(RUN, again).findings[1].figures[0].value == 3.0


@pytest.mark.parametrize("change", [{"effort": "quick"}, {"machine": attrs.evolve(MACHINE, versions={"numpy": "2.5.0"})}])
def test_figures_of_another_machine_or_effort_are_not_mixed_in(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="do not belong together"):
        joined(RUN, attrs.evolve(RUN, **change))


def test_a_file_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="not figures of the suite"):
        from_data({"rows": []})


@pytest.mark.parametrize(
    ("error", "part"), [(Missing("no pandapower"), "missing"), (Unequal("0.1 pu apart"), "failed"), (ZeroDivisionError("by nought"), "failed")]
)
def test_what_goes_wrong_in_a_row_is_part_of_what_was_found(error: Exception, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(effort: Effort) -> Finding:
        raise error

    monkeypatch.setattr("pgcore.running.suite.rows.shares.found", found)
    finding = child.measured(ROWS["shares"], QUICK, "python3")
    assert str(error) in getattr(finding, part)
    assert (finding.row, finding.figures) == ("shares", ())


def test_a_row_runs_in_a_process_of_its_own_whose_end_is_noticed() -> None:
    told: list[str] = []
    found = run([Row("no such row", "", "")], QUICK, "python3", lambda row: told.append(row.name), lambda finding: told.append(finding.failed))
    assert told[0] == "no such row"
    assert "its process ended with status 1" in told[1]
    assert "KeyError" in told[1]
    assert found.failed == found.findings


def test_a_row_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "ROW_S", 0.01)
    found = run([ROWS["shares"]], QUICK, "python3", lambda row: None, lambda finding: None)
    assert found.findings[0].failed == "it took more than 0.01 s"
