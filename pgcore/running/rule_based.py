"""The rule-based policy: what a sensible operator would program without any learning."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.columns import Array
from pgcore.env import Role

PRICE_WITHOUT_METER = 50.0
"""Price per MWh that devices answer where no meter shows one."""
DEADBAND_PU, FULL_PU = 0.02, 0.08
"""Distances from 1 pu at which reactive power starts to be turned, and is turned all the way: the corners of IEEE 1547-2018's Volt-VAR."""
DAMPING = 0.5
"""Share of the way to their targets that storage and reactive power go in a step."""
LOADING_PERCENT = 90.0
"""Loading up to which storage may bring the lines and transformers of its area."""


def rule_based(observations: Mapping[str, Array], infos: Mapping[str, Any], env: PgcoreEnv) -> dict[str, Any]:
    """Answer prices, mind the loading, support the voltage; from each agent's own observation.

    * Every device answers the import price at its agent's meter: a generator runs where that beats its marginal cost, a battery charges when it is
      low and sells when it is high (``Device.respond``).
    * Storage never takes its area's exchange beyond 90 % of what loads its branches fully, as estimated from the last step.
    * Reactive power follows a droop on the area's voltage with a dead band.
    * Storage and reactive power go half of the way to their target in a step, so that agents that all answer one price or voltage do not swing it.
    """
    seen = {name: _named(env.roles[name], observations[name]) for name in env.agents}
    answers = env.answer({name: {"price": _price(values)} for name, values in seen.items()})
    return {name: _guarded(env, name, answers[name], seen[name]) for name in env.agents}


def _named(role: Role, observation: Array) -> dict[str, float]:
    return {slot.name: float(value) for slot, value in zip(role.slots, observation, strict=True)}


def _price(values: Mapping[str, float]) -> float:
    return next((value for name, value in values.items() if name.endswith(".import_price")), PRICE_WITHOUT_METER)


def _guarded(env: PgcoreEnv, name: str, action: Any, values: Mapping[str, float]) -> Any:
    """The action with storage kept within the area's room, and with its reactive power."""
    space = env.actions[name]
    settings = space.to_physical(action)
    turn, (least_mw, most_mw) = _turn(_ending(values, ".vm_pu")), _room_mw(values)
    for i, dial in enumerate(space.dials):
        before = values.get(dial.name, 0.0)
        if dial.name.endswith(".p_mw") and dial.low < 0.0:
            wanted_mw = before + DAMPING * (settings[i] - before)
            settings[i] = np.clip(wanted_mw, min(before + least_mw, 0.0), max(before + most_mw, 0.0))
        elif dial.name.endswith(".q_mvar"):
            settings[i] = before + DAMPING * (turn * (dial.high if turn > 0 else -dial.low) - before)
    return space.from_physical(settings)


def _ending(values: Mapping[str, float], ending: str) -> list[float]:
    return [value for name, value in values.items() if name.endswith(ending)]


def _turn(voltages: list[float]) -> float:
    """How far to turn reactive power, −1…1: up for low voltages first, then down for high ones; buses without voltage do not count."""
    live = [v for v in voltages if v > 0.0] or [1.0]
    low, high = 1.0 - min(live), max(live) - 1.0
    away = low if low > DEADBAND_PU else -high
    return float(np.sign(away) * np.clip((abs(away) - DEADBAND_PU) / (FULL_PU - DEADBAND_PU), 0.0, 1.0))


def _room_mw(values: Mapping[str, float]) -> tuple[float, float]:
    """How much less and how much more the agent may inject before its most loaded branch reaches its share.

    Loading is taken as proportional to the apparent power of the agent's devices together, as it is at the transformer of a microgrid.
    """
    p_mw, q_mvar = sum(_ending(values, ".p_mw")), sum(_ending(values, ".q_mvar"))
    loading, power_mva = max(_ending(values, ".loading_percent"), default=0.0), float(np.hypot(p_mw, q_mvar))
    if loading <= 0.0 or power_mva <= 0.0:
        return -np.inf, np.inf
    allowed_mva = power_mva * LOADING_PERCENT / loading
    reach_mw = float(np.sqrt(max(allowed_mva**2 - q_mvar**2, 0.0)))
    return -reach_mw - p_mw, reach_mw - p_mw
