"""Checks for teams: whether agents that are reached in some way show the same, to the last bit, as those that are called directly."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from pgcore.assembly import assemble
from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.columns import Array
from pgcore.env import GridEnv, Transition
from pgcore.recording.likeness import Likeness, exact, flat
from pgcore.spec.links import link
from pgcore.spec.model import BrokerEntry, Spec
from pgcore.streams import stream

Host = Callable[[Spec], GridEnv]
"""Makes the environment of a spec, its agents reached in the way that is to be checked. The checks close what it makes."""

DIRECTLY = "called directly"
CHECKED = "checked"


def in_memory(actors: str = "agents", broker: Callable[[], Any] = InMemoryBroker) -> Host:
    """Reaches agents through a broker of this process; ``actors`` as in a spec's ``run.actors``."""

    def host(spec: Spec) -> GridEnv:
        run = attrs.evolve(spec.run, mode="distributed", actors=actors, broker=BrokerEntry(broker()), on_silence="raise")
        return assemble(link(attrs.evolve(spec, run=run)))

    return host


class Pair:
    """Two environments of a spec, stepped alike: one whose agents are called directly, and the one to be checked.

    Args:
        spec: what they are of; it must not name faults, which change what agents do.
        host: makes the one to be checked.
    """

    def __init__(self, spec: Spec, host: Host) -> None:
        central = attrs.evolve(spec, run=attrs.evolve(spec.run, mode="centralized"))
        self.envs = {DIRECTLY: assemble(link(central)), CHECKED: host(spec)}
        self.likeness = Likeness(self.envs)
        self.last: Transition | None = None

    def __enter__(self) -> "Pair":
        return self

    def __exit__(self, *error: object) -> None:
        for env in self.envs.values():
            env.close()

    def reset(self, seeds: Sequence[int] | None = None, starts: Sequence[str | int] | None = None) -> None:
        """Start an episode in both.

        Raises:
            AssertionError: they do not show the same.
        """
        self._see({name: env.reset(seeds, starts) for name, env in self.envs.items()})

    def step(self, actions: Mapping[str, Array]) -> None:
        """Make a step in both.

        Raises:
            AssertionError: they do not show the same.
        """
        self._see({name: env.step(actions) for name, env in self.envs.items()})

    def play(self, steps: int) -> None:
        """Make steps with actions that are drawn for each step, within the masks.

        Raises:
            AssertionError: after one of them, the two do not show the same.
        """
        for _ in range(steps):
            self.step(self._drawn())

    def ask(self, signals: Mapping[str, Mapping[str, Array]]) -> None:
        """Ask agents how their devices would answer.

        Raises:
            AssertionError: the answers differ.
        """
        answers = {name: dict(flat(env.team.answer(env.rows, signals))) for name, env in self.envs.items()}
        _assert_alike("answer", answers)

    def look(self) -> None:
        """Compare the states of all devices.

        Raises:
            AssertionError: they differ.
        """
        _assert_alike("state", {name: dict(flat(env.team.states())) for name, env in self.envs.items()})

    def _see(self, seen: Mapping[str, Transition]) -> None:
        self.last = seen[DIRECTLY]
        difference = self.likeness.check({name: _shown(one) for name, one in seen.items()})
        assert difference is None, str(difference)

    def _drawn(self) -> dict[str, Array]:
        """Actions over the whole range and a little beyond it, often at an end or at the default."""
        env, seen = self.envs[DIRECTLY], self.last
        assert seen is not None, "reset the pair before it is stepped"
        rng = stream(*env.seeds[0], f"checks.{env.tick}")
        drawn = {}
        for name, role in env.roles.items():
            low, high = (np.array([getattr(dial, end) for dial in role.actions], dtype=float) for end in ("low", "high"))
            rest = np.array([dial.default for dial in role.actions], dtype=float)
            whole = np.array([dial.discrete for dial in role.actions], dtype=bool)
            if name in seen.masks:
                low, high = np.maximum(low, seen.masks[name][0]), np.minimum(high, seen.masks[name][1])
            share = np.clip(rng.uniform(-0.2, 1.2, (env.batch, len(role.actions))), -0.01, 1.01)
            chosen = np.where(rng.uniform(size=share.shape) < 0.1, rest, low + share * (high - low))
            drawn[name] = np.where(whole, np.clip(np.round(chosen), low, high), chosen)
        return drawn


def check_equal_over_an_episode(spec: Spec, host: Host) -> None:
    """Every reset and step is the same, for one environment and for three together."""
    for seeds in ([3], [1, 2, 3]):
        with Pair(spec, host) as pair:
            pair.reset(seeds)
            pair.play(spec.episode.steps)


def check_equal_after_resets_in_between(spec: Spec, host: Host) -> None:
    """Episodes that follow one another are the same, also after one that was broken off, and where the number of environments changes."""
    with Pair(spec, host) as pair:
        for seeds in ([5], None, [5, 6], None, [5]):
            pair.reset(seeds)
            pair.play(min(3, spec.episode.steps))


def check_resets_alone_are_equal(spec: Spec, host: Host) -> None:
    """A reset right after a reset is the same, wherever in the profiles it starts."""
    with Pair(spec, host) as pair:
        for start in (0, 1, 0):
            pair.reset([0], [start])
            pair.look()


def check_equal_answers(spec: Spec, host: Host) -> None:
    """Questions between steps are answered the same and change nothing."""
    with Pair(spec, host) as pair:
        pair.reset([4, 5])
        names = list(pair.envs[DIRECTLY].roles)
        for k in range(min(3, spec.episode.steps)):
            pair.ask({name: {"price": np.array([40.0 + 20 * k, -5.0])} for name in names})
            pair.ask({names[-1]: {"curtail": np.array([0.5, 1.0])}})
            pair.ask({})
            pair.play(1)
            pair.look()


def check_equal_however_watched(spec: Spec, host: Host) -> None:
    """Asking for the states in between, or not, changes nothing."""
    digests = []
    for watched in (False, True):
        with Pair(spec, host) as pair:
            pair.reset([8])
            for _ in range(spec.episode.steps):
                pair.play(1)
                if watched:
                    pair.look()
            digests.append(pair.likeness.digest)
    assert digests[0] == digests[1], "the states were looked at in one of two runs, and they came out differently"


CHECKS: tuple[Callable[[Spec, Host], None], ...] = (
    check_equal_over_an_episode,
    check_equal_after_resets_in_between,
    check_resets_alone_are_equal,
    check_equal_answers,
    check_equal_however_watched,
)
"""Every team passes each of these, with every spec."""


def _shown(seen: Transition) -> dict[str, Any]:
    """What a transition holds besides what observers are told."""
    return {"info": seen.infos, "common": seen.common, "mask": seen.masks, "truncated": seen.truncated}


def _assert_alike(what: str, shown: Mapping[str, Mapping[str, Any]]) -> None:
    expected, found = shown[DIRECTLY], shown[CHECKED]
    assert list(expected) == list(found), f"{what}: found {', '.join(found)}; expected {', '.join(expected)}"
    for name, value in expected.items():
        assert exact(value) == exact(found[name]), f"{what} {name} is {found[name]!r}, expected {value!r}"
