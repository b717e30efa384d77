from pathlib import Path
from typing import Any

import pytest

from pgcore.builtin.brokers.socket import SocketBroker
from pgcore.builtin.faults.loss import Loss
from pgcore.spec.model import Terms
from pgcore.spec.problems import SpecError
from pgcore.spec.terms import load_terms
from tests.toys import toy_catalog

RUN: dict[str, Any] = {"broker": {"type": "socket", "address": "127.0.0.1:7000", "capacity": 9, "faults": [{"type": "loss", "rate": 0.1}]}, "seed": 4}


def terms(document: dict[str, Any], broker: str = "", sets: tuple[str, ...] = ()) -> Terms:
    return load_terms({"spec": 1, **document}, catalog=toy_catalog(), sets=sets, broker=broker)


def test_only_what_reaches_the_run_is_read() -> None:
    read = terms({"network": {"type": "no such source"}, "agents": 3, "run": {**RUN, "backend": {"type": "nor this"}}, "episode": {"step_min": 5}})
    assert (read.seed, read.step_min, read.env_id, read.deadline_s) == (4, 5.0, "0", 10.0)
    assert read.broker.faults == (Loss(rate=0.1),)
    assert read.broker.broker == SocketBroker(address="127.0.0.1:7000", capacity=9)


def test_another_address_keeps_the_other_options() -> None:
    assert terms({"run": RUN}, "socket:10.0.0.1:80").broker.broker == SocketBroker(address="10.0.0.1:80", capacity=9)


def test_another_broker_keeps_the_faults() -> None:
    read = terms({"run": {"broker": {**RUN["broker"], "type": "in_memory"}}}, "socket:10.0.0.1:80")
    assert (read.broker.broker, read.broker.faults) == (SocketBroker(address="10.0.0.1:80"), (Loss(rate=0.1),))


def test_a_broker_needs_no_spec() -> None:
    assert terms({}, "socket:unix:/tmp/hub").broker.broker == SocketBroker(address="unix:/tmp/hub")


def test_a_setting_overrides_the_spec() -> None:
    assert terms({"run": RUN}, sets=("run.env_id=east", "episode.step_min=30")).env_id == "east"


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ({}, "Message broker is not initialized"),
        ({"broker": {"type": "socket", "capacity": 0}}, "run.broker.capacity: found 0"),
        ({"broker": {"type": "socket", "faults": [{"type": "loss", "rate": 2}]}}, "run.broker.faults\\[0\\].rate"),
        ({"broker": {"type": "socket"}, "seed": -1}, "run.seed: found -1"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(run: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        terms({"run": run})


def test_a_problem_in_a_file_is_located(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("spec: 1\nrun:\n  broker: {type: socket, addres: x}\n")
    with pytest.raises(SpecError, match="s.yaml:3:26: run.broker.addres"):
        load_terms(tmp_path / "s.yaml", catalog=toy_catalog())
