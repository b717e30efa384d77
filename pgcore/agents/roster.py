"""Roster: where each agent's columns stand in the arrays that hold those of all agents side by side."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import fields, frozen

if TYPE_CHECKING:
    from pgcore.agents.grid_agent import GridAgent


@frozen
class Seat:
    """One agent's columns of each kind."""

    devices: slice
    knobs: slice
    needs: slice
    shown: slice
    """What its devices show of themselves."""
    buses: slice
    lines: slice
    trafos: slice
    meters: slice
    acts: slice
    """The numbers of its action."""
    sees: slice
    """The numbers of its observation."""


def roster(agents: Sequence["GridAgent"]) -> Mapping[str, Seat]:
    """The seats of agents in this order.

    >>> roster([])
    {}
    """
    seats, ends = {}, [0] * len(fields(Seat))
    for agent in agents:
        starts, ends = ends, [end + width for end, width in zip(ends, _widths(agent), strict=True)]
        seats[agent.name] = Seat(*(slice(start, end) for start, end in zip(starts, ends, strict=True)))
    return seats


def _widths(agent: "GridAgent") -> tuple[int, ...]:
    """How many columns of each kind an agent has, in the order of :class:`Seat`."""
    plant, area = agent.charter.plant, agent.charter.area
    meters = sum(device.metered for device in plant.devices)
    owned = (len(plant), len(plant.knobs), len(plant.needs), len(plant.slots))
    return (*owned, len(area.buses), len(area.lines), len(area.trafos), meters, len(agent.actions), len(agent.slots))
