from typing import Any

import pytest

from pgcore.running.benchmark import PARTS, Overhead, measure
from pgcore.running.traffic import PerStep
from pgcore.spec.model import Spec
from tests.teams import spec_of


def spec(**how: Any) -> Spec:
    return spec_of("three deep", run={"backend": {"type": "toy"}, **how})


def test_a_centralized_environment_has_no_messages_and_no_overhead() -> None:
    found = measure(spec(), "toy", steps=8, seed=0)
    assert (found.mode, found.overhead) == ("centralized", None)
    assert list(found.parts_ms) == [part for part in PARTS if part != "messages"]


@pytest.mark.parametrize("actors", ["agents", "devices"])
def test_a_distributed_environment_is_measured_against_the_centralized_one(actors: str) -> None:
    found = measure(spec(mode="distributed", actors=actors, broker={"type": "in_memory"}), "toy", steps=8, seed=0)
    assert found.mode == f"distributed, actors are {actors}"
    assert list(found.parts_ms) == list(PARTS)
    assert found.parts_ms["messages"] > 0
    assert found.overhead is not None
    assert found.overhead.ratio > 1
    assert found.overhead.us_per_message == pytest.approx(found.overhead.added_ms * 1e3 / found.overhead.sent.messages)


def test_without_messages_none_costs_anything() -> None:
    assert Overhead(1.0, 1.0, 0.0, PerStep(0.0, 0.0, {})).us_per_message == 0.0
