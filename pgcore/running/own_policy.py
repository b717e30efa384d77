"""Own policy: the policy of an agent whose process chooses its actions itself."""

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from pgcore.adapters.spaces import ActionSpace
from pgcore.agents.grid_agent import GridAgent
from pgcore.agents.papers import Papers
from pgcore.agents.serving import PolicyFor
from pgcore.columns import Array
from pgcore.contracts.protocol import Dial
from pgcore.messages import Report
from pgcore.quantity import Slot
from pgcore.running.drawing import drawn
from pgcore.running.imported import PolicyError, imported

_LOG = logging.getLogger("pgcore")


@frozen(eq=False)
class Post:
    """What a policy may know of the agent that it chooses for: a policy that is a class is made with it."""

    agent: str
    slots: tuple[Slot, ...]
    """The numbers of its observation."""
    dials: tuple[Dial, ...]
    """The numbers of its action, in physical units."""
    actions: ActionSpace
    """Its action space, ``actions.space``, and the way between it and physical settings."""


@frozen
class Moment:
    """When an action is chosen: the seed, the number of the episode since that seed was given, and the steps made in it."""

    seed: tuple[int, int]
    tick: int


Choose = Callable[[Any, Mapping[str, Any], Moment], Any]
"""Called as ``choose(observation, info, moment)``; returns an action of the agent's space."""

NAMED: Mapping[str, Callable[[Post], Choose]] = {
    "idle": lambda post: lambda observation, info, moment: post.actions.from_physical(np.array([dial.default for dial in post.dials])),
    "random": lambda post: lambda observation, info, moment: drawn(post.agent, post.actions, moment.seed, moment.tick, info.get("action_mask")),
}
"""The policies that have a name of their own."""


class OwnPolicy:
    """Calls a policy with what its agent reported last. Where it fails, the agent holds its last action; that is counted, and logged once."""

    def __init__(self, post: Post, choose: Choose) -> None:
        self.post, self.choose = post, choose
        self.failures: dict[str, int] = {}
        """How often it failed, by what it said."""
        self._low, self._high = (np.array([getattr(dial, end) for dial in post.dials], dtype=float) for end in ("low", "high"))

    def __call__(self, report: Report, seeds: Sequence[tuple[int, int]], tick: int) -> Array | None:
        """Settings in physical units ``(B, A)``, cut to the bounds of the dials; ``None`` where it fails."""
        try:
            return np.stack([self._settings(report, row, Moment(seed, tick)) for row, seed in enumerate(seeds)])
        except Exception as error:  # noqa: BLE001  whatever a policy raises must not end the process that controls devices
            self._failed(error, tick)
            return None

    def _settings(self, report: Report, row: int, moment: Moment) -> Array:
        action = self.choose(report.observation[row].astype(np.float32), self._info(report, row), moment)
        return np.asarray(np.minimum(np.maximum(self.post.actions.to_physical(action), self._low), self._high))

    def _info(self, report: Report, row: int) -> dict[str, Any]:
        """``cost``, ``violation``, ``age`` of the view in steps, ``energised``, ``unserved_mwh`` and, with discrete dials, ``action_mask``."""
        named = {"cost": report.cost, "violation": report.violation, **report.details}
        info = {name: values[row, 0].item() for name, values in named.items()}
        mask = None if report.mask is None else self.post.actions.mask(report.mask[0][row], report.mask[1][row])
        return info if mask is None else {**info, "action_mask": mask}

    def _failed(self, error: Exception, tick: int) -> None:
        said = f"{type(error).__name__}: {error}"
        self.failures[said] = self.failures.get(said, 0) + 1
        if self.failures[said] == 1:
            _LOG.warning("the policy of %s failed after step %d; its last action is held", self.post.agent, tick, exc_info=error)


def own_policies(text: str, made: list[OwnPolicy]) -> PolicyFor:
    """What gives every agent the policy that ``text`` names: ``idle``, ``random`` or ``module:callable``. Those given out join ``made``.

    The callable gets an agent's observation, float32 ``(slots,)``, and its info; a class is made with the agent's :class:`Post` first.

    Raises:
        PolicyError: there is no such policy, or it is not callable as one.
    """
    of = NAMED.get(text) or _of_user(text, imported(text, ", ".join(NAMED)))

    def policy_for(papers: Papers) -> OwnPolicy | None:
        if papers.charter is None:
            return None
        agent = GridAgent(papers.charter, papers.step_min / 60.0)
        post = Post(agent.name, agent.slots, agent.actions, ActionSpace(agent.actions, papers.normalized))
        made.append(OwnPolicy(post, of(post)))
        return made[-1]

    return policy_for


def _of_user(text: str, found: Any) -> Callable[[Post], Choose]:
    if not isinstance(found, type):
        _check(text, found)

    def of(post: Post) -> Choose:
        policy = found(post) if isinstance(found, type) else found
        _check(text, policy)
        return lambda observation, info, moment: policy(observation, info)

    return of


def _check(text: str, policy: Any) -> None:
    if not callable(policy):
        raise PolicyError(f"policy {text}: found {type(policy).__name__}, expected something callable as policy(observation, info)")
    try:
        inspect.signature(policy).bind(None, {})
    except ValueError:
        return  # written in C and silent about its arguments
    except TypeError as error:
        raise PolicyError(f"policy {text}: it is not callable as policy(observation, info): {error}") from error
