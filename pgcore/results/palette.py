"""Palette: which devices a picture draws together, and in which colour."""

from collections.abc import Iterable, Mapping

import numpy as np
from attrs import frozen

from pgcore.columns import Array
from pgcore.naming import shared_name
from pgcore.results.history import Stretch

_FAMILIAR = {"pv": "#E69F00", "wind": "#56B4E9"}
"""What a reader expects in a certain colour, whatever else is in the picture."""
_SOURCES = ("#0072B2", "#D55E00", "#F0E442", "#CC79A7")
_STORES = ("#009E73", "#66C2A5", "#00513B")
_LOADS = ("#7A7A7A", "#A6A6A6", "#C9C9C9", "#8C7B62", "#BFB199", "#595959", "#D9CFBD")
"""Colours that people with colour-blindness tell apart (Okabe and Ito, 2008); loads, which are many, are greys and browns."""


@frozen(eq=False)
class Paint:
    """One entry of a legend: its colour, and the power ``(T,)`` of the devices behind it by agent."""

    color: str
    power: Mapping[str, Array]


def palette(stretch: Stretch, agents: tuple[str, ...]) -> dict[str, Paint]:
    """A paint for every kind of device of these agents: loads first, next to the axis, then sources, then stores."""
    power = _power(stretch, agents)
    stores = {shared_name(name) for name in stretch.scene.stores}
    sources = {name for name, own in power.items() if any(np.any(values > 0.0) for values in own.values())} - stores
    families = (
        ("other loads", _LOADS, [name for name in power if name not in stores and name not in sources]),
        ("other sources", _SOURCES, [name for name in power if name in sources]),
        ("other stores", _STORES, [name for name in power if name in stores]),
    )
    return {name: paint for rest, colors, names in families for name, paint in _painted(names, colors, power, rest).items()}


def _power(stretch: Stretch, agents: tuple[str, ...]) -> dict[str, dict[str, Array]]:
    """Power by kind and agent, in order of appearance; kinds that never exchange any are left out."""
    power: dict[str, dict[str, Array]] = {}
    for i, (device, owner) in enumerate(zip(stretch.scene.devices, stretch.scene.owners, strict=True)):
        if owner in agents and np.any(stretch.p_mw[:, i]):
            own = power.setdefault(shared_name(device), {})
            own[owner] = own.get(owner, np.zeros(len(stretch))) + stretch.p_mw[:, i]
    return power


def _painted(names: list[str], colors: tuple[str, ...], power: Mapping[str, Mapping[str, Array]], rest: str) -> dict[str, Paint]:
    """A colour for each name; when there are more names than colours, the last colour is for all that are left."""
    strange = [name for name in names if name not in _FAMILIAR]
    own = strange if len(strange) <= len(colors) else strange[: len(colors) - 1]
    chosen = {**_FAMILIAR, **dict(zip(own, colors, strict=False))}
    paints = {name: Paint(chosen[name], power[name]) for name in names if name in chosen}
    return paints if own == strange else {**paints, rest: Paint(colors[-1], _together(power[name] for name in strange[len(own) :]))}


def _together(parts: Iterable[Mapping[str, Array]]) -> dict[str, Array]:
    """The power of several kinds, by agent."""
    total: dict[str, Array] = {}
    for part in parts:
        for agent, values in part.items():
            total[agent] = total.get(agent, np.zeros(len(values))) + values
    return total
