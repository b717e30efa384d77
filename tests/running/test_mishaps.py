from typing import Any

import pytest

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.brokers.wrapped import wrapped
from pgcore.running.mishaps import mishaps
from tests.runs import play
from tests.teams import spec_of


def counted(*faults: dict[str, Any]) -> dict[str, int]:
    run = {"backend": {"type": "toy"}, "mode": "distributed", "actors": "devices", "broker": {"type": "in_memory", "faults": list(faults)}}
    spec = spec_of("three deep", run=run)
    assert spec.run.broker is not None
    broker = wrapped(spec.run.broker, spec.run, spec.episode.step_min)
    env = PgcoreEnv(spec, broker=broker)
    play(env)
    found = mishaps(env.grid, broker)
    env.close()
    return found


def test_without_faults_there_are_none() -> None:
    assert counted() == {}


def test_agents_that_are_called_directly_have_none() -> None:
    assert mishaps(PgcoreEnv(spec_of("three deep")).grid, None) == {}


@pytest.mark.parametrize(
    ("fault", "names"),
    [
        ({"type": "loss", "rate": 1.0}, {"silences", "missed by actors", "lost"}),
        ({"type": "duplication", "rate": 1.0}, {"duplicates", "duplicates at actors", "doubled"}),
    ],
)
def test_each_kind_is_counted_under_its_name(fault: dict[str, Any], names: set[str]) -> None:
    found = counted(fault)
    assert set(found) == names
    assert all(count > 0 for count in found.values())
