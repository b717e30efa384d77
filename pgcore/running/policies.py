"""Policies: ways to choose every agent's action, and how to name one."""

import inspect
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.random import Generator

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.columns import Array
from pgcore.contracts.protocol import Dial
from pgcore.extras import lacks
from pgcore.running.rule_based import rule_based
from pgcore.streams import stream

Policy = Callable[[Mapping[str, Any], Mapping[str, Any], PgcoreEnv], Mapping[str, Any]]
"""Called as ``policy(observations, infos, env)`` before every step; returns an action of its space for every agent."""


class PolicyError(ValueError):
    """A policy cannot be loaded; the message says what was found and what is expected."""


def idle(observations: Mapping[str, Any], infos: Mapping[str, Any], env: PgcoreEnv) -> dict[str, Any]:
    """Every dial at its default: devices are left alone."""
    return {name: env.actions[name].from_physical(np.array([dial.default for dial in env.roles[name].actions])) for name in env.agents}


def random_actions(observations: Mapping[str, Any], infos: Mapping[str, Any], env: PgcoreEnv) -> dict[str, Any]:
    """Uniform over what is allowed now: the same for the same seed, episode, step and agent, whatever was drawn before."""
    return {name: _random_action(env, name, infos[name].get("action_mask")) for name in env.agents}


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
    module, colon, name = text.partition(":")
    if not (colon and module and name):
        raise PolicyError(f"found policy {text!r}, expected {', '.join(NAMED)}, or module:callable such as my_agents:act")
    return _checked(text, _attribute(text, module, name), env)


def _random_action(env: PgcoreEnv, name: str, mask: Any) -> Any:
    (seed, episode), tick = env.grid.seeds[0], env.grid.tick
    rng = stream(seed, episode, f"policy.random.{name}.{tick}")
    flags = iter(mask["discrete"]) if mask is not None else iter(())
    settings = [_setting(dial, rng, next(flags)) if dial.discrete else rng.uniform(dial.low, dial.high) for dial in env.roles[name].actions]
    return env.actions[name].from_physical(np.array(settings, dtype=float))


def _setting(dial: Dial, rng: Generator, flags: Array) -> float:
    return dial.low + float(rng.choice(np.flatnonzero(flags)))


def _attribute(text: str, module: str, name: str) -> Any:
    """Import with the current folder in the path, as ``python -m`` has it."""
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        found: Any = import_module(module)
    except ModuleNotFoundError as error:
        if not lacks(error, module):
            raise PolicyError(f"policy {text}: importing {module} failed: {error}") from error
        raise PolicyError(f"policy {text}: there is no module {module!r}, neither installed nor in {folder}") from error
    finally:
        sys.path.remove(folder)
    for part in name.split("."):
        if not hasattr(found, part):
            known = ", ".join(n for n in vars(found) if not n.startswith("_") and callable(getattr(found, n))) if inspect.ismodule(found) else ""
            raise PolicyError(f"policy {text}: {module} has no {name!r}; it has: {known or 'nothing that is callable'}")
        found = getattr(found, part)
    return found


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
