"""The observer AcmeObserver: pgcore's own checks, and what it writes."""

import csv
from pathlib import Path

import numpy as np
from pgcore.contracts.backend import Flow
from pgcore.contracts.observer import StepRecord
from pgcore.testing.observers import ObserverChecks

from pgcore_acme.observer import AcmeObserver


class TestAcmeObserver(ObserverChecks):
    """Every check that pgcore has for observers; `pgcore plugins check acme --kind observer` runs the same."""

    observer = AcmeObserver


def record(tick: int, converged: bool = True) -> StepRecord:
    """A step of one environment with two buses, the second of them without voltage."""
    flow = Flow(
        vm_pu=np.array([[0.97, 0.0]]),
        va_deg=np.zeros((1, 2)),
        line_loading_percent=np.zeros((1, 1)),
        trafo_loading_percent=np.zeros((1, 0)),
        line_p_mw=np.zeros((1, 1)),
        trafo_p_mw=np.zeros((1, 0)),
        slack_p_mw=np.zeros(1),
        slack_q_mvar=np.zeros(1),
        losses_mw=np.array([0.1 + 0.2]),
        converged=np.array([converged]),
        energised=np.array([[True, False]]),
    )
    rewards = {"MG1": np.array([-1.5]), "MG2": np.array([-2.0])}
    return StepRecord(tick, {}, {}, {}, flow, rewards, costs={}, violations={}, observations={}, infos={})


def written(file: Path, *records: StepRecord) -> list[dict[str, str]]:
    observer = AcmeObserver(file=file)
    observer.opened(None)
    for one in records:
        observer.stepped(one)
    observer.closed()
    with file.open(encoding="utf-8") as text:
        return list(csv.DictReader(text))


def test_a_step_becomes_a_line(tmp_path: Path) -> None:
    (line,) = written(tmp_path / "steps.csv", record(3))
    assert line == {"tick": "3", "converged": "1", "losses_mw": repr(0.1 + 0.2), "vm_min_pu": "0.97", "reward": "-3.5"}


def test_a_step_without_a_power_flow_has_no_numbers(tmp_path: Path) -> None:
    (line,) = written(tmp_path / "steps.csv", record(1, converged=False))
    assert (line["converged"], line["losses_mw"], line["vm_min_pu"]) == ("0", "", "")


def test_a_new_run_replaces_the_file(tmp_path: Path) -> None:
    written(tmp_path / "steps.csv", record(0), record(1))
    assert [line["tick"] for line in written(tmp_path / "steps.csv", record(7))] == ["7"]
