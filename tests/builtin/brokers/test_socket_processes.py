"""The socket broker between processes that are killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pgcore.builtin.brokers.socket import SocketBroker
from pgcore.messages import ENVIRONMENT
from tests.builtin.brokers.talk import KEY, PATIENCE_S, REPORTS, control, eventually, numbers, read, said

ROOT = Path(__file__).parents[3]

ECHO = """
import sys
from msgspec.structs import replace
from pgcore.builtin.brokers.socket import SocketBroker
from pgcore.contracts.broker import BrokerFault
broker = SocketBroker(address=sys.argv[1])
broker.open(hub=False)
try:
    while True:
        for message in broker.consume("env_0__control__MG1", "MG1", 60.0):
            broker.publish("env_0__reports", replace(message, sender="MG1", recipient="environment"))
except BrokerFault as error:
    sys.exit(f"left: {error}")
"""

WAITING = """
import sys
from pgcore.builtin.brokers.socket import SocketBroker
broker = SocketBroker(address=sys.argv[1])
broker.open(hub=sys.argv[2] == "hub")
try:
    broker.consume("env_0__control__MG1", "MG1")
    print("waiting", flush=True)
    broker.consume("env_0__control__MG1", "MG1", 60.0)
finally:
    broker.close()
"""

HUB = """
import sys
from pgcore.builtin.brokers.socket import SocketBroker
broker = SocketBroker()
broker.open()
print(broker.bound_address, flush=True)
while True:
    for message in broker.consume("env_0__reports", "environment", 60.0):
        print(message.seq, flush=True)
"""


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExitStack]:
    """Programs that were started; none outlives its test."""
    monkeypatch.setenv("PGCORE_BROKER_KEY", KEY)
    with ExitStack() as stack:
        yield stack


def started(stack: ExitStack, program: str, *arguments: str) -> "subprocess.Popen[str]":
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", program, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ)
    stack.enter_context(process)
    stack.callback(process.kill)
    return process


def test_a_killed_process_is_named_and_its_successor_gets_what_was_sent_since(programs: ExitStack) -> None:
    hub = programs.enter_context(SocketBroker())
    first = started(programs, ECHO, hub.bound_address)
    hub.publish(control("MG1"), said(1, "MG1"))
    assert numbers(read(hub, REPORTS, ENVIRONMENT, 1)) == [1]
    first.kill()
    assert eventually(lambda: "MG1" not in hub.connected())
    assert hub.gone() == ["MG1"]
    hub.publish(control("MG1"), said(2, "MG1"))
    started(programs, ECHO, hub.bound_address)
    assert numbers(read(hub, REPORTS, ENVIRONMENT, 1)) == [2]


def test_a_process_whose_hub_was_killed_ends_by_itself(programs: ExitStack) -> None:
    hub = started(programs, HUB)
    assert hub.stdout is not None
    address = hub.stdout.readline().strip()
    actor = started(programs, ECHO, address)
    probe = SocketBroker(address=address)
    probe.open(hub=False)
    programs.callback(probe.close)
    probe.publish(control("MG1"), said(1, "MG1", sender="MG2"))
    assert hub.stdout.readline() == "1\n"
    hub.kill()
    _, words = actor.communicate(timeout=PATIENCE_S)
    assert words.startswith(f"left: the hub at {address} is gone")


@pytest.mark.parametrize("end", ["hub", "client"])
def test_ctrl_c_ends_a_process_that_waits_within_two_seconds(programs: ExitStack, end: str) -> None:
    hub = programs.enter_context(SocketBroker())
    process = started(programs, WAITING, hub.bound_address if end == "client" else "127.0.0.1:0", end)
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=PATIENCE_S)
    assert time.monotonic() - begun < 2.0
    assert words.rstrip().endswith("KeyboardInterrupt")


def test_a_process_that_stands_still_does_not_hold_up_closing(programs: ExitStack) -> None:
    hub = programs.enter_context(SocketBroker())
    actor = started(programs, ECHO, hub.bound_address)
    assert eventually(lambda: hub.connected() == {"MG1"})
    actor.send_signal(signal.SIGSTOP)
    hub.publish(control("MG1"), said(1, "MG1"))
    begun = time.monotonic()
    hub.close()
    assert time.monotonic() - begun < 1.0
