"""``pgcore agent`` and what of ``pgcore run`` goes with it, as real processes on the loopback."""

import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE, Popen
from time import monotonic, sleep
from typing import Any

import pytest
from click.testing import CliRunner

from pgcore.cli import main
from pgcore.recording.manifest import read_manifest
from pgcore.spec.dump import dump
from tests.mortal import installed
from tests.runs import toy_env
from tests.toys import toy_catalog

ROOT = Path(__file__).parents[2]
Start = Callable[..., "Popen[str]"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts ``pgcore …`` in a folder with ``toy.yaml`` as the leader of a process group of its own; ends what is left."""
    with installed(tmp_path):
        (tmp_path / "toy.yaml").write_text(dump(toy_env(tmp_path).spec))
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]), "PGCORE_BROKER_KEY": "a key for the tests"}
        started: list[Popen[str]] = []

        def run(*args: str, **more: str) -> "Popen[str]":
            command = [sys.executable, "-m", "pgcore", *args]
            started.append(Popen(command, cwd=tmp_path, env={**environ, **more}, stdout=PIPE, stderr=PIPE, text=True, start_new_session=True))
            return started[-1]

        yield run
        for process in started:
            if process.poll() is None:
                process.kill()
            process.communicate()


def outcome(process: "Popen[str]", within_s: float = 30.0) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=within_s)
    return process.returncode, out, err


def waiting(broker: str) -> list[str]:
    return ["run", "toy.yaml", "--wait-for-agents", "30", "--json", "--set", f"run.broker={{type: socket, address: '{broker}'}}"]


def children(pid: int) -> list[int]:
    """The processes that ``pid`` started, from Linux's process table."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def under_way(trace: Path) -> bool:
    """Whether messages pass in the run that writes this trace."""
    return bool(until(lambda: trace.exists() and trace.stat().st_size, 20.0))


def until(condition: Callable[[], Any], within_s: float) -> Any:
    deadline = monotonic() + within_s
    while not (found := condition()) and monotonic() < deadline:
        sleep(0.02)
    return found


def test_agents_that_choose_themselves_on_their_own_act_as_one_policy_in_the_environment_does(start: Start, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    env = start(*waiting(address), "--record", "apart", "--seed", "4")
    agents = [start("agent", name, "toy.yaml", "--broker", f"socket:{address}", "--policy", "random") for name in ("East", "West")]
    assert outcome(env)[0] == 0
    assert [outcome(agent)[0] for agent in agents] == [0, 0]
    assert outcome(start("run", "toy.yaml", "--policy", "random", "--seed", "4", "--record", "together"))[0] == 0
    assert read_manifest(tmp_path / "apart" / "manifest.json").chain == read_manifest(tmp_path / "together" / "manifest.json").chain


def test_devices_are_started_by_hand_too(start: Start) -> None:
    address = f"127.0.0.1:{free_port()}"
    env = start(*waiting(address), "--set", "run.actors=devices")
    agents = [
        start("agent", *names, "toy.yaml", "--broker", f"socket:{address}")
        for names in (["East", "West", "East.home"], ["East.ess", "West.unit", "West.step"])
    ]
    code, out, _ = outcome(env)
    assert (code, json.loads(out)["steps"]) == (0, 6)
    assert [outcome(agent)[0] for agent in agents] == [0, 0]


def test_an_agent_that_was_killed_and_started_again_by_hand_goes_on(start: Start, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    env = start(*waiting(address), "--episodes", "60", "--set", "run.deadline_s=30", "--trace", "t")
    first = [start("agent", name, "toy.yaml", "--broker", f"socket:{address}") for name in ("East", "West")]
    assert under_way(tmp_path / "t")
    os.kill(first[0].pid, signal.SIGKILL)
    again = start("agent", "East", "toy.yaml", "--broker", f"socket:{address}")
    code, out, err = outcome(env, 60.0)
    assert (code, json.loads(out)["steps"]) == (0, 60 * 6)
    assert "the process of East has ended or cannot be reached" in err
    assert "East is back" in err
    assert [outcome(again)[0], outcome(first[1])[0]] == [0, 0]


def sockets_of(pid: int) -> list[str]:
    try:
        return [str(fd) for fd in Path(f"/proc/{pid}/fd").iterdir() if str(fd.readlink()).startswith("socket:")]
    except OSError:  # one was closed meanwhile, or the process has ended
        return []


def test_who_does_not_come_is_named_with_the_command_that_starts_it(start: Start) -> None:
    address = f"127.0.0.1:{free_port()}"
    env = start(*waiting(address), "--wait-for-agents", "3")
    agent = start("agent", "East", "toy.yaml", "--broker", f"socket:{address}")
    code, _, err = outcome(env)
    assert code == 2
    assert "no word from West within 3 s; start them with:" in err
    assert f"pgcore agent West toy.yaml --broker socket:{address}" in err
    assert outcome(agent)[0] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_at_the_environment_end_all_children_within_2_s(start: Start, number: int, tmp_path: Path) -> None:
    env = start("run", "toy.yaml", "--processes", "2", "--episodes", "100000", "--json", "--trace", "t")
    assert under_way(tmp_path / "t")
    mine = children(env.pid)
    assert len(mine) == 2
    os.killpg(env.pid, number)
    assert until(lambda: not any(map(alive, mine)), 2.0)
    code, out, err = outcome(env, 5.0)
    assert code == 128 + number
    assert "interrupted before the first step" in err or json.loads(out)["interrupted"]


def test_a_killed_environment_leaves_no_orphan(start: Start, tmp_path: Path) -> None:
    env = start("run", "toy.yaml", "--processes", "2", "--episodes", "100000", "--json", "--trace", "t")
    assert under_way(tmp_path / "t")
    mine = children(env.pid)
    env.kill()
    assert until(lambda: not any(map(alive, mine)), 5.0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_end_an_agent(start: Start, number: int) -> None:
    address = f"127.0.0.1:{free_port()}"
    start(*waiting(address))
    agent = start("agent", "East", "toy.yaml", "--broker", f"socket:{address}")
    assert until(lambda: sockets_of(agent.pid) and handles_sigterm(agent.pid), 20.0)
    agent.send_signal(number)
    assert outcome(agent, 3.0)[0] == 128 + number


def handles_sigterm(pid: int) -> bool:
    """Whether a process has a handler of its own for a signal: Python has one for Ctrl-C from the start, for SIGTERM only a program has."""
    caught = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What ``pgcore agent …`` says when it refuses to start."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGCORE_BROKER_KEY", "a key for the tests")

    def run(*args: str, spec: str = "spec: 1\n") -> str:
        Path("s.yaml").write_text(spec)
        shown = CliRunner().invoke(main, ["agent", *args], obj=toy_catalog())
        assert shown.exit_code == 2, shown.output
        return shown.output

    return run


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("MG1", "s.yaml"), "Message broker is not initialized"),
        (("MG1", "s.yaml", "--broker", "in_memory"), "does not reach other processes; give --broker socket:HOST:PORT"),
        (("MG1", "s.yaml", "--broker", "sockett:a:1"), "unknown broker type 'sockett'"),
        (("MG1.ess", "s.yaml", "--broker", "socket:127.0.0.1:1", "--policy", "idle"), "only agents have a policy"),
        (("MG1_to_x", "s.yaml", "--broker", "socket:127.0.0.1:1"), "could be confused"),
        (("MG1", "s.yaml", "--broker", "socket:127.0.0.1:1", "--policy", "nope"), "found policy 'nope'"),
        (("MG1", "s.yaml", "--broker", "socket:127.0.0.1:1", "--set", "run.env_id=3"), "found 3, expected text"),
        (("MG1", "s.yaml", "--broker", "socket:127.0.0.1:1", "--set", "episode.step_min=x"), "episode.step_min"),
        (("MG1", "gone.yaml"), "gone.yaml"),
    ],
)
def test_what_a_user_can_mend_is_told_with_status_2(args: tuple[str, ...], message: str, refused: Callable[..., str]) -> None:
    assert message in refused(*args)


def test_a_hub_that_is_not_there_is_told(refused: Callable[..., str]) -> None:
    spec = "spec: 1\nrun: {broker: {type: socket, connect_timeout_s: 0.1}}\n"
    said = refused("MG1", "s.yaml", "--broker", f"socket:127.0.0.1:{free_port()}", spec=spec)
    assert "start the environment first" in said


def test_waiting_for_agents_needs_a_broker_that_reaches_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.yaml").write_text(dump(toy_env(tmp_path).spec))
    shown = CliRunner().invoke(main, ["run", "toy.yaml", "--wait-for-agents"], obj=toy_catalog())
    assert shown.exit_code == 2
    assert "Message broker is not initialized for agents elsewhere: run.broker is missing" in shown.output
    assert 'broker: {type: socket, address: "HOST:PORT"}' in shown.output
