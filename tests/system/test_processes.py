"""Agents in child processes: the same numbers, nothing within reach that is not theirs, and lives that end and go on."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import attrs
import numpy as np
import pytest

from pgcore.assembly import assemble
from pgcore.barrier import AgentSilent
from pgcore.brokered import BrokeredTeam
from pgcore.brokers.keyfile import parse_keys, write_keys
from pgcore.brokers.keys import new_keys
from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.builtin.faults.duplication import Duplication
from pgcore.builtin.faults.latency import Latency
from pgcore.builtin.faults.loss import Loss
from pgcore.env import GridEnv
from pgcore.recording.likeness import Likeness
from pgcore.running.processes import Processes, in_processes
from pgcore.spec.links import link
from pgcore.spec.load import load_spec
from pgcore.spec.model import BrokerEntry, Signing, Spec
from pgcore.testing.teams import CHECKED, Host, Pair
from tests.mortal import installed, mortal_catalog
from tests.teams import ESS, PROFILES, PV, spec_of
from tests.toys import toy_spec


@pytest.fixture(autouse=True)
def _plugins(tmp_path: Path) -> Iterator[None]:
    with installed(tmp_path):
        yield


def hosted(actors: str, count: int = 2, restarts: int = 0, **run: Any) -> Host:
    def host(spec: Spec) -> GridEnv:
        made = attrs.evolve(spec, run=attrs.evolve(spec.run, actors=actors, **{"on_silence": "raise", **run}))
        broker, hosts = in_processes(made, count, restarts)
        return assemble(link(made), broker, hosts)

    return host


def mortal_spec(folder: Path) -> Spec:
    """A parent with a price, children with and without one, and a negotiation, each with a device that can die."""

    def unit(agent: str, bus: str) -> dict[str, Any]:
        return {"type": "mortal", "bus": bus, "p_max_mw": 1.0, "b_per_mwh": 40.0, "c_per_mw2h": 10.0, "fate": str(folder / agent)}

    children = {
        "M1": {"area": ["A", "B"], "vertical": {"type": "price_signal"}, "devices": {"ess": ESS, "unit": unit("M1", "B")}},
        "M2": {"area": ["C"], "devices": {"pv": PV, "unit": unit("M2", "C")}},
    }
    parent = {"area": "all", "vertical": {"type": "price_signal", "price": 50.0}, "devices": {"unit": unit("TSO", "A")}, "agents": children}
    agents = {"TSO": parent, "M3": {"devices": {"unit": unit("M3", "C")}}}
    document = toy_spec(agents, profiles=PROFILES, horizontal=[{"type": "consensus", "goal": "dispatch", "demand_mw": 0.4, "rounds": 3}])
    document["episode"] = {"steps": 40, "step_min": 60}
    return load_spec(document, catalog=mortal_catalog())


def doom(folder: Path, agent: str, place: str) -> Path:
    file = folder / f"{agent}.{place}"
    file.touch()
    return file


def hosting(env: GridEnv) -> Processes:
    assert isinstance(env.team, BrokeredTeam)
    assert isinstance(env.team.hosting, Processes)
    return env.team.hosting


@pytest.mark.parametrize(("name", "actors"), [("three deep", "agents"), ("dispatch", "devices")])
def test_processes_equal_the_agents_called_directly(name: str, actors: str) -> None:
    with Pair(spec_of(name), hosted(actors)) as pair:
        pair.reset([3])
        pair.play(4)
        pair.ask({name: {"price": np.array([40.0])} for name in pair.envs[CHECKED].roles})
        pair.reset([1, 2, 3])
        pair.play(2)
        pair.look()


@pytest.mark.parametrize(
    ("actors", "deaths"),
    [
        ("agents", [("M1", "step"), ("M3", "respond"), ("TSO", "step"), ("M2", "observe")]),
        ("devices", [("M2", "step"), ("TSO", "observe"), ("M3", "respond")]),
    ],
)
def test_an_episode_goes_on_as_if_nothing_had_happened_wherever_in_a_step_a_process_is_killed(
    actors: str, deaths: list[tuple[str, str]], tmp_path: Path
) -> None:
    spec = mortal_spec(tmp_path)
    with Pair(spec, hosted(actors, 3, restarts=9)) as pair:
        pair.reset([3])
        pair.play(1)
        for agent, place in deaths:
            file = doom(tmp_path, agent, place)
            pair.play(1)
            assert not file.exists(), f"{agent} did not die in {place}"
            pair.look()
            pair.play(1)
        assert sum(child.starts for child in hosting(pair.envs[CHECKED]).children) == 3 + len(deaths)


def test_a_process_that_is_killed_at_a_reset_starts_the_episode(tmp_path: Path) -> None:
    with Pair(mortal_spec(tmp_path), hosted("agents", 2, restarts=1)) as pair:
        pair.reset([3])
        file = doom(tmp_path, "M2", "initial")
        pair.reset()
        assert not file.exists()
        pair.play(2)


def test_a_child_that_may_not_be_started_again_is_named_at_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    env = hosted("agents", 4, deadline_s=30.0)(mortal_spec(tmp_path))
    try:
        env.reset([0])
        doom(tmp_path, "M3", "step")
        began = monotonic()
        with pytest.raises(AgentSilent, match="step 1: no StateUpdate from M3"):
            env.advance(np.zeros((1, len(env._dials))))
        assert monotonic() - began < 10.0
        assert "the process of M3 was killed by SIGKILL and is not started again: it was started 1 times" in caplog.text
        assert "step 1: the process of M3 has ended" in caplog.text
    finally:
        env.close()


def test_what_was_last_heard_stands_for_a_child_that_is_gone_and_nobody_waits_for_it(tmp_path: Path) -> None:
    env = hosted("agents", 4, on_silence="hold", deadline_s=30.0)(mortal_spec(tmp_path))
    try:
        env.reset([0])
        doom(tmp_path, "M3", "step")
        began = monotonic()
        ages = [env.advance(np.zeros((1, len(env._dials)))).infos["M3"]["age"].item() for _ in range(4)]
        assert monotonic() - began < 10.0
        assert ages == [1.0, 2.0, 3.0, 4.0]
    finally:
        env.close()


def test_children_end_with_the_environment(tmp_path: Path) -> None:
    env = hosted("devices", 2)(mortal_spec(tmp_path))
    children = hosting(env).children
    began = monotonic()
    env.close()
    assert monotonic() - began < 2.0
    assert [child.process.returncode for child in children] == [0, 0]
    env.close()


def test_a_child_that_does_not_hear_is_made_to_end_within_2_s(tmp_path: Path) -> None:
    env = hosted("agents", 2)(mortal_spec(tmp_path))
    child = hosting(env).children[0].process
    os.kill(child.pid, signal.SIGSTOP)
    began = monotonic()
    env.close()
    assert monotonic() - began < 2.0
    assert child.returncode == -signal.SIGKILL


def test_children_without_the_plugins_that_they_need_are_named_and_not_started_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fake_mortal.py").write_text("raise ImportError('not here')")
    with pytest.raises(AgentSilent, match="M1, M2, M3, TSO cannot join|TSO, M1, M2, M3 cannot join"):
        hosted("agents", 1, restarts=3)(mortal_spec(tmp_path))
    said = capfd.readouterr().err
    assert said.count("unknown device type 'mortal'") == 1
    assert "plugin 'mortal'" in said


def test_no_secret_of_the_broker_is_in_this_process_or_on_a_command_line(tmp_path: Path) -> None:
    env = hosted("agents", 1)(mortal_spec(tmp_path))
    try:
        (child,) = hosting(env).children
        key = child.environ["PGCORE_BROKER_KEY"]
        assert key not in os.environ.values()
        assert key not in " ".join(child.process.args)  # type: ignore[arg-type]
        assert key not in repr(child)
    finally:
        env.close()


def test_signed_messages_pass_between_children_that_hold_their_own_keys_only(tmp_path: Path) -> None:
    write_keys(tmp_path / "keys.json", new_keys(["TSO", "M1", "M2", "M3"])["environment"])
    spec = mortal_spec(tmp_path)
    signed = attrs.evolve(spec.run, broker=BrokerEntry(InMemoryBroker(), signing=Signing(keys=tmp_path / "keys.json")))
    with Pair(attrs.evolve(spec, run=signed), hosted("devices", 4, restarts=1)) as pair:
        pair.reset([3])
        pair.play(1)
        doom(tmp_path, "M1", "step")
        pair.play(2)
        held = {child.names[0]: parse_keys(child.environ["PGCORE_KEYS"], "") for child in hosting(pair.envs[CHECKED]).children}
        assert {(key.sender, key.recipient) for key in held["M3"]} == {("M3", "*"), ("environment", "M3")}
        assert {(key.sender, key.recipient) for key in held["M1"]} == {("M1", "*"), ("environment", "M1"), ("TSO", "M1")}
        team = pair.envs[CHECKED].team
        assert isinstance(team, BrokeredTeam)
        assert team.hosting.passage.broker.counts().get("tampered", 0) == 0  # type: ignore[attr-defined]


def test_the_same_faults_happen_in_processes_as_in_memory(tmp_path: Path) -> None:
    faults = (Loss(rate=0.1), Duplication(rate=0.2), Latency(latency_ms=100.0, links=("M1 -> *",)))
    spec = mortal_spec(tmp_path)
    run = attrs.evolve(spec.run, mode="distributed", on_silence="hold", broker=BrokerEntry(InMemoryBroker(), faults))
    spec = attrs.evolve(spec, run=run)
    digests = []
    for env in (assemble(link(spec)), hosted("agents", 2, on_silence="hold")(spec)):
        likeness = Likeness({"": env})
        for _ in range(2):
            likeness.check({"": {"infos": env.reset([3]).infos}})
            for _ in range(5):
                likeness.check({"": {"infos": env.advance(np.full((1, len(env._dials)), 0.1)).infos}})
        digests.append(likeness.digest)
        env.close()
    assert digests[0] == digests[1]
