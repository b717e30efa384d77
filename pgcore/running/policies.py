"""Policies: ways to choose every agent's action, and how to name one."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.running.drawing import drawn
from pgcore.running.imported import PolicyError, imported
from pgcore.running.rule_based import rule_based

Policy = Callable[[Mapping[str, Any], Mapping[str, Any], PgcoreEnv], Mapping[str, Any]]
"""Called as ``policy(observations, infos, env)`` before every step; returns an action of its space for every agent."""


def idle(observations: Mapping[str, Any], infos: Mapping[str, Any], env: PgcoreEnv) -> dict[str, Any]:
    """Every dial at its default: devices are left alone."""
    return {name: env.actions[name].from_physical(np.array([dial.default for dial in env.roles[name].actions])) for name in env.agents}


def random_actions(observations: Mapping[str, Any], infos: Mapping[str, Any], env: PgcoreEnv) -> dict[str, Any]:
    """Uniform over what is allowed now: the same for the same seed, episode, step and agent, whatever was drawn before."""
    seed, tick = env.grid.seeds[0], env.grid.tick
    return {name: drawn(name, env.actions[name], seed, tick, infos[name].get("action_mask")) for name in env.agents}


NAMED: Mapping[str, Policy] = {"idle": idle, "random": random_actions, "rule_based": rule_based}
"""The policies that have a name of their own."""


def load_policy(text: str, env: PgcoreEnv) -> Policy:
    """The policy that ``text`` names: ``idle``, ``random``, ``rule_based`` or ``module:callable``.

    Modules are also looked for in the current folder. A class is instantiated with ``env``.

    Raises:
        PolicyError: there is no such policy, or it is not callable as one.
    """
    if text in NAMED:
        return NAMED[text]
    return _checked(text, imported(text, ", ".join(NAMED)), env)


def _checked(text: str, found: Any, env: PgcoreEnv) -> Policy:
    policy = found(env) if isinstance(found, type) else found
    if not callable(policy):
        raise PolicyError(f"policy {text}: found {type(policy).__name__}, expected something callable as policy(observations, infos, env)")
    try:
        inspect.signature(policy).bind({}, {}, env)
    except ValueError:
        return cast(Policy, policy)  # written in C and silent about its arguments
    except TypeError as error:
        raise PolicyError(f"policy {text}: it is not callable as policy(observations, infos, env): {error}") from error
    return cast(Policy, policy)
