"""Processes: the actors of a run in child processes, which are started again when they die and never outlive it."""

import json
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from subprocess import PIPE, Popen, TimeoutExpired
from time import monotonic
from typing import Any

import attrs
from attrs import define, field, frozen

from pgcore.agents.papers import Papers
from pgcore.barrier import listed
from pgcore.brokers.keyfile import format_keys
from pgcore.brokers.keys import Key, share
from pgcore.brokers.wrapped import around, keyring
from pgcore.builtin.brokers.socket import SocketBroker
from pgcore.channels import ChannelManager
from pgcore.contracts.broker import MessageBroker
from pgcore.distribution import Hosts
from pgcore.entries import entry_of
from pgcore.hosting import Hosting
from pgcore.spec.model import VERSION, BrokerEntry, Run, Signing, Spec

_LOG = logging.getLogger("pgcore")

RESTARTS = 3
"""How often a child that died is started again, unless something else is asked for."""

REFUSED = 2
"""Exit status of a child that would fail again in the same way."""

_KEY = "PGCORE_BROKER_KEY"
_CONNECT_S = 5.0
"""The hub is there before its children: one that does not find it has outlived it."""
_LOOK_S = 0.02
"""How often to look for children that have died."""
_WAYS_OUT: Sequence[tuple[float, int]] = ((0.8, signal.SIGTERM), (0.3, signal.SIGKILL), (0.3, signal.SIGKILL))
"""How long to wait for children that were told that the run is over, and what to send to those that are still there."""


@frozen(eq=False)
class Passage:
    """The way between the environment and its children: what each is told of it, and the secrets that go with that."""

    broker: MessageBroker
    """The environment's end, with the spec's signatures and faults around it."""
    base: MessageBroker
    """The same without those."""
    spec: Spec
    entry: BrokerEntry
    secrets: Mapping[str, str]
    """Environment variables of every child, and of nobody else."""
    keys: tuple[Key, ...]
    """What messages are signed with; a child gets what it needs of them."""

    @classmethod
    def of(cls, spec: Spec) -> "Passage":
        """The passage of a spec: its own broker where that reaches other processes, else one over the loopback with a key made for this run.

        Raises:
            KeyringError: the keys to sign with cannot be read.
        """
        run = spec.run
        entry, step_min = run.broker or BrokerEntry(SocketBroker()), spec.episode.step_min
        base, hidden = copy(entry.broker), {}
        if not base.remote or isinstance(base, SocketBroker):
            capacity = base.capacity if isinstance(base, SocketBroker) else SocketBroker().capacity
            base, hidden = SocketBroker(key_env=_KEY, capacity=capacity, connect_timeout_s=_CONNECT_S), {_KEY: secrets.token_hex(32)}
            base.hold(hidden[_KEY])
        keys = () if entry.signing is None else keyring(entry.signing).keys
        return cls(around(base, entry, run, step_min), base, spec, entry, hidden, keys)

    def document(self) -> dict[str, Any]:
        """What a child reads in place of a spec."""
        run: Run = self.spec.run
        broker = entry_of(self.base)
        if isinstance(self.base, SocketBroker):
            broker["address"] = self.base.bound_address
        broker["faults"] = [entry_of(fault) for fault in self.entry.faults]
        if self.entry.signing is not None:
            broker["signing"] = {"key_env": self.entry.signing.key_env}
        told = {"broker": broker, "env_id": run.env_id, "seed": run.seed, "deadline_s": run.deadline_s}
        return {"spec": VERSION, "run": told, "episode": {"step_min": self.spec.episode.step_min}}

    def environ(self, names: Sequence[str], links: Collection[tuple[str, str]]) -> dict[str, str]:
        """The environment variables of a child with the actors ``names``."""
        made = {**os.environ, **self.secrets, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        signing: Signing | None = self.entry.signing
        if signing is not None:
            agents = list(dict.fromkeys(name.partition(".")[0] for name in names))
            made[signing.key_env] = format_keys(share(self.keys, agents, [link for link in links if link[1] in agents]))
        return made


@define(eq=False)
class _Child:
    """One process and the actors that live in it."""

    names: tuple[str, ...]
    environ: dict[str, str] = field(repr=False)
    process: "Popen[bytes]"
    starts: int = 1


class Processes(Hosting):
    """Starts the actors in child processes, an agent and its devices in the same one.

    A child that dies is started again, up to ``restarts`` times each; one that was refused what it needs is not, since it would be again. Children
    have a session of their own, so that Ctrl-C reaches the environment alone, which ends them; and they end by themselves when it is gone.
    """

    def __init__(self, passage: Passage, papers: Sequence[Papers], count: int, restarts: int, interrupted: Callable[[], bool]) -> None:
        self.passage, self.restarts, self._interrupted = passage, restarts, interrupted
        self._lost: set[str] = set()
        self._looked_s, self._closed = 0.0, False
        self._document = json.dumps(passage.document()).encode()
        links = [(one.charter.parent, one.name) for one in papers if one.charter is not None and one.charter.parent is not None]
        self.children: list[_Child] = []
        try:
            for names in dealt([one.name for one in papers], count):
                environ = passage.environ(names, links)
                self.children.append(_Child(names, environ, self._start(names, environ)))
        except BaseException:
            self.close()
            raise

    def pulse(self) -> None:
        """Look whether to go on waiting.

        Raises:
            KeyboardInterrupt: the user does not want to.
        """
        if self._interrupted():
            raise KeyboardInterrupt

    def gone(self) -> Collection[str]:
        """Actors of children that have died since this was last asked. Those that may be are started again."""
        now_s = monotonic()
        if self._closed or now_s - self._looked_s < _LOOK_S:
            return ()
        self._looked_s = now_s
        died = [child for child in self.children if child.process.poll() is not None and not self._lost.issuperset(child.names)]
        for child in died:
            self._replace(child)
        return [name for child in died for name in child.names]

    def lost(self) -> Collection[str]:
        """Actors of children that were started often enough."""
        return self._lost

    def how_to_start(self, names: Sequence[str]) -> str:
        """Where to look for the reason."""
        return "what their processes said is above"

    def close(self) -> None:
        """End all children, within 2 s: those that do not end by themselves are made to. Then close the broker."""
        if self._closed:
            return
        self._closed = True
        for patience_s, number in _WAYS_OUT:
            for child in self._left(patience_s):
                child.process.send_signal(number)
        self.passage.broker.close()

    def _left(self, patience_s: float) -> list[_Child]:
        """The children that still run after some time."""
        until_s = monotonic() + patience_s
        for child in self.children:
            try:
                child.process.wait(max(until_s - monotonic(), 0.0))
            except TimeoutExpired:
                continue
        return [child for child in self.children if child.process.poll() is None]

    def _replace(self, child: _Child) -> None:
        status, who = child.process.returncode, listed(child.names)
        how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        if status == REFUSED or child.starts > self.restarts:
            self._lost.update(child.names)
            why = "it would end so again" if status == REFUSED else f"it was started {child.starts} times"
            _LOG.error("the process of %s %s and is not started again: %s", who, how, why)
            return
        _LOG.warning("the process of %s %s; it is started again (%d of %d)", who, how, child.starts, self.restarts)
        child.process = self._start(child.names, child.environ)
        child.starts += 1

    def _start(self, names: Sequence[str], environ: Mapping[str, str]) -> "Popen[bytes]":
        command = [sys.executable, "-m", "pgcore", "agent", *names, "-"]
        process = Popen(command, stdin=PIPE, stdout=2, env=environ, start_new_session=True)  # what it prints must not get into --json
        assert process.stdin is not None
        try:
            with process.stdin as stdin:
                stdin.write(self._document)
        except BrokenPipeError:
            pass  # it has died: whoever looks next will see
        return process


def in_processes(
    spec: Spec, count: int | None = None, restarts: int = RESTARTS, interrupted: Callable[[], bool] = lambda: False
) -> tuple[MessageBroker, Hosts]:
    """The broker and the hosts to make an environment with whose actors live in child processes.

    Args:
        spec: what the environment is made of.
        count: how many processes; as many as there are cores, unless given; never more than agents.
        restarts: how often a child that died is started again.
        interrupted: whether the user wants to stop although actors are still waited for.

    Raises:
        KeyringError: the keys to sign with cannot be read.
    """
    passage = Passage.of(spec)

    def hosts(papers: Sequence[Papers], broker: MessageBroker, channels: ChannelManager) -> Hosting:
        return Processes(attrs.evolve(passage, broker=broker), papers, count or cores(), restarts, interrupted)

    return passage.broker, hosts


def dealt(names: Sequence[str], count: int) -> list[tuple[str, ...]]:
    """Names of actors dealt out to at most ``count`` processes, agent by agent.

    >>> dealt(["MG1", "MG1.ess", "MG2", "MG3"], 2)
    [('MG1', 'MG1.ess', 'MG3'), ('MG2',)]
    """
    agents = list(dict.fromkeys(name.partition(".")[0] for name in names))
    count = max(1, min(count, len(agents)))
    hands: list[list[str]] = [[] for _ in range(count)]
    place = {agent: hands[i % count] for i, agent in enumerate(agents)}
    for name in names:
        place[name.partition(".")[0]].append(name)
    return [tuple(hand) for hand in hands]


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
