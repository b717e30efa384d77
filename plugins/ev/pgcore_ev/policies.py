"""Policies: scheduling baselines for agents with chargers, named as ``pgcore_ev.policies:least_laxity_first`` in ``pgcore run --policy``.

Each agent's chargers are the devices that show a ``laxity_h``. What they may take together is estimated from the agent's own observation: its loading
and its power in the last step say what loads its most loaded branch by ``LOADING_PERCENT``; what is left of that beside the agent's other devices is
shared out. Devices that are not chargers are left alone.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from attrs import frozen

LOADING_PERCENT = 90.0
"""Loading to schedule up to: the rest is for what other devices may draw more in the step to come."""


@frozen
class Request:
    """What a charger's vehicle asks for."""

    name: str
    departs_in_h: float
    laxity_h: float
    p_max_mw: float


def uncontrolled(observations: Mapping[str, Any], infos: Mapping[str, Any], env: Any) -> dict[str, Any]:
    """Every charger at full power: vehicles charge as soon as they come."""
    return {name: _action(env, name, {}) for name in env.agents}


def earliest_deadline_first(observations: Mapping[str, Any], infos: Mapping[str, Any], env: Any) -> dict[str, Any]:
    """Full power to the vehicles that leave first, as many as there is room for (Liu and Layland, J. ACM 20(1), 1973)."""
    return _scheduled(observations, env, lambda request: request.departs_in_h)


def least_laxity_first(observations: Mapping[str, Any], infos: Mapping[str, Any], env: Any) -> dict[str, Any]:
    """Full power to the vehicles with the least time to lose: time left less time needed (Dertouzos and Mok, IEEE TSE 15(12), 1989)."""
    return _scheduled(observations, env, lambda request: request.laxity_h)


def _scheduled(observations: Mapping[str, Any], env: Any, urgency: Callable[[Request], float]) -> dict[str, Any]:
    actions = {}
    for name in env.agents:
        seen = {slot.name: float(value) for slot, value in zip(env.roles[name].slots, observations[name], strict=True)}
        chargers = [dial for dial in env.roles[name].actions if dial.name.endswith(".p_mw") and f"{_owner(dial)}.laxity_h" in seen]
        room_mw = _room_mw(seen, [dial.name for dial in chargers])
        settings = dict.fromkeys([dial.name for dial in chargers], 0.0)
        asking = [_request(dial, seen) for dial in chargers if seen[f"{_owner(dial)}.remaining_mwh"] > 0.0]
        for request in sorted(asking, key=urgency):
            given_mw = min(request.p_max_mw, max(room_mw, 0.0))
            settings[request.name] = -given_mw
            room_mw -= given_mw
        actions[name] = _action(env, name, settings)
    return actions


def _request(dial: Any, seen: Mapping[str, float]) -> Request:
    owner = _owner(dial)
    return Request(dial.name, seen[f"{owner}.departs_in_h"], seen[f"{owner}.laxity_h"], -float(dial.low))


def _owner(dial: Any) -> str:
    return str(dial.name).rpartition(".")[0]


def _room_mw(seen: Mapping[str, float], chargers: list[str]) -> float:
    """Power that the chargers may take together before the agent's most loaded branch reaches its share; infinite where the agent sees none.

    Loading is taken as proportional to the apparent power of the agent's devices together, as it is at the transformer of a street.
    """
    p_mw, q_mvar = (sum(value for name, value in seen.items() if name.endswith(ending)) for ending in (".p_mw", ".q_mvar"))
    loading = max((value for name, value in seen.items() if name.endswith(".loading_percent")), default=0.0)
    power_mva = float(np.hypot(p_mw, q_mvar))
    if loading <= 0.0 or power_mva <= 0.0:
        return float(np.inf)
    allowed_mva = power_mva * LOADING_PERCENT / loading
    return float(np.sqrt(max(allowed_mva**2 - q_mvar**2, 0.0))) + p_mw - sum(seen.get(name, 0.0) for name in chargers)


def _action(env: Any, name: str, settings: Mapping[str, float]) -> Any:
    """The agent's action with some of its dials set, the others at their default."""
    dials = env.roles[name].actions
    return env.actions[name].from_physical(np.array([settings.get(dial.name, dial.default) for dial in dials], dtype=float))
