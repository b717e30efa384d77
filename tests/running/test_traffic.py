from pathlib import Path
from typing import Any

import pytest

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.running.traffic import tapped, traffic
from pgcore.spec.model import Spec
from tests.teams import spec_of


def spec(name: str, **how: Any) -> Spec:
    return spec_of(name, run={"backend": {"type": "toy"}, "broker": {"type": "in_memory"}, **how})


def test_a_step_of_actors_that_are_devices_takes_an_action_and_an_update_for_each_more() -> None:
    each = {actors: traffic(spec("background", mode="distributed", actors=actors), 0) for actors in ("agents", "devices")}
    assert {kind: messages for kind, (messages, _) in each["devices"].by_kind.items()} == {
        "action": 2, "state_updates": 1, "power_flow_results": 1, "reports": 1,
    }  # fmt: skip
    assert (each["agents"].messages, each["devices"].messages) == (4, 5)


def test_resets_do_not_count() -> None:
    counts = [traffic(spec("background", mode="distributed"), 0, steps).messages for steps in (1, 4)]
    assert counts[0] == counts[1]


def test_bytes_of_the_kinds_add_up() -> None:
    sent = traffic(spec("two protocols", mode="distributed"), 0)
    assert sum(size for _, size in sent.by_kind.values()) == pytest.approx(sent.bytes)
    assert sum(number for number, _ in sent.by_kind.values()) == pytest.approx(sent.messages)


def test_agents_that_are_called_directly_cannot_be_tapped() -> None:
    with pytest.raises(ValueError, match="run.mode is centralized: agents that are called directly send no messages"):
        tapped(spec("background"))


def test_a_tap_writes_every_message_to_its_file(tmp_path: Path) -> None:
    distributed = spec("background", mode="distributed")
    broker = tapped(distributed, tmp_path / "trace.jsonl")
    env = PgcoreEnv(distributed, broker=broker)
    env.reset(seed=0)
    env.close()
    assert len((tmp_path / "trace.jsonl").read_text().splitlines()) == broker.traffic.counts()["messages"] > 0
