"""Traffic of a spec in distributed mode: how many messages and bytes a step takes, counted apart from what is timed."""

from pathlib import Path

from attrs import frozen

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.brokers.traced import TracedBroker
from pgcore.brokers.wrapped import wrapped
from pgcore.running.policies import random_actions
from pgcore.spec.model import Spec


@frozen
class PerStep:
    """Of one step, on average; resets are left out."""

    messages: float
    bytes: float
    by_kind: dict[str, tuple[float, float]]
    """Messages and bytes for each kind of channel."""


def tapped(spec: Spec, file: Path | None = None) -> TracedBroker:
    """The broker of a spec, its messages counted and, with ``file``, written there.

    Raises:
        ValueError: the spec is not run in distributed mode.
    """
    if spec.run.mode != "distributed" or spec.run.broker is None:
        raise ValueError(f"run.mode is {spec.run.mode}: agents that are called directly send no messages")
    return TracedBroker(wrapped(spec.run.broker, spec.run, spec.episode.step_min), file)


def traffic(spec: Spec, seed: int, steps: int = 5) -> PerStep:
    """Count the messages of a few steps with random actions: without faults, every step has about as many."""
    broker = tapped(spec)
    env = PgcoreEnv(spec, broker=broker)
    try:
        observations, infos = env.reset(seed=seed)
        before = broker.traffic.counts()
        for _ in range(min(steps, spec.episode.steps)):
            observations, _, _, _, infos = env.step(random_actions(observations, infos, env))
        counts = broker.traffic.counts()
    finally:
        env.close()
    each = {name: (count - before.get(name, 0)) / min(steps, spec.episode.steps) for name, count in counts.items()}
    kinds = {name.removeprefix("messages "): value for name, value in each.items() if name.startswith("messages ")}
    return PerStep(each["messages"], each["bytes"], {kind: (value, each[f"bytes {kind}"]) for kind, value in kinds.items() if value})
