"""What an agent's process holds: nothing of the network, the solver, the environment or other agents."""

import json
import os
import sys
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any

import numpy as np
import pytest

from pgcore.assembly import assemble
from pgcore.builtin.brokers.socket import SocketBroker
from pgcore.hosting import Elsewhere
from pgcore.spec.links import link
from tests.teams import spec_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a policy saw from inside the process of the agent M1 after a step, every plugin that is installed here being installed there."""
    file = tmp_path_factory.mktemp("spy") / "seen.json"
    broker = SocketBroker()
    broker.hold("a key for this test alone")
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PGCORE_BROKER_KEY": "a key for this test alone", "SPYGLASS": str(file)}
    agents: list[Popen[bytes]] = []

    def hosts(papers: Any, moves: Any, channels: Any) -> Elsewhere:
        for names, more in ((["M1"], ["--policy", "tests.spyglass:Look"]), (["M2", "M3"], ["--policy", "idle"])):
            line = [sys.executable, "-m", "pgcore", "agent", *names, "any.yaml", "--broker", f"socket:{broker.bound_address}", *more]
            agents.append(Popen(line, env=environ, cwd=file.parent, stdout=DEVNULL))
        return Elsewhere(moves, [one.name for one in papers], " ".join)

    (file.parent / "any.yaml").write_text("spec: 1\n")
    env = assemble(link(spec_of("dispatch")), broker, hosts)
    try:
        env.reset([0])
        for _ in range(2):
            env.advance(np.zeros((1, len(env._dials))))
    finally:
        env.close()
    assert [agent.wait(5) for agent in agents] == [0, 0]
    made: dict[str, Any] = json.loads(file.read_text())
    return made


def test_no_library_of_power_flow_and_nothing_of_the_environment_is_imported(seen: dict[str, Any]) -> None:
    assert seen["modules"] == []


def test_no_network_solver_environment_or_spec_is_in_the_process(seen: dict[str, Any]) -> None:
    assert seen["reached"] > 100
    assert seen["forbidden"] == []


def test_the_only_charter_and_the_only_devices_within_reach_are_its_own(seen: dict[str, Any]) -> None:
    assert seen["charters"] == ["M1"]
    assert seen["devices"] == ["M1.ess", "M1.gen", "M1.home", "ess", "gen", "home"]


def test_the_only_series_within_reach_are_its_own(seen: dict[str, Any]) -> None:
    own = assemble(link(spec_of("dispatch"))).team.agents[0].charter.plant
    assert all(shape[1] <= len(own.needs) for shape in seen["series"])


def test_no_other_agents_name_is_within_reach(seen: dict[str, Any]) -> None:
    assert [text for text in seen["texts"] if "M2" in text or "M3" in text] == []
    assert any(text.endswith("reports") for text in seen["texts"])


def test_the_spy_would_see_a_network() -> None:
    from tests.spyglass import WANTED, reached

    env = assemble(link(spec_of("dispatch")))
    assert {"World", "GridEnv", "LocalTeam"} <= {type(thing).__name__ for thing in reached(env)} & set(WANTED)
