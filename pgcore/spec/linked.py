"""What a spec comes to on its network: devices with their places, agents with their areas, profiles with their values."""

from collections.abc import Mapping

from attrs import field, frozen

from pgcore.columns import Index
from pgcore.contracts.device import Device
from pgcore.contracts.network import Network
from pgcore.contracts.profile import Series
from pgcore.contracts.protocol import Vertical
from pgcore.feeds import Feed
from pgcore.spec.model import Spec


@frozen
class PlacedDevice:
    """One device at one place of the network."""

    name: str
    """``MG1.ess``; just ``feeder`` for a device of the background."""
    owner: str
    """Its agent; empty for a device of the background."""
    device: Device
    place: str
    """``bus``, ``line`` or ``trafo``."""
    target: int
    """Position of its bus, line or transformer in the topology."""
    feeds: Mapping[str, Feed] = field(factory=dict)
    """What fills those of its needs that the spec fills."""
    takes_load: int | None = None
    """Position, among the topology's loads, of the load that it takes the place of."""


@frozen(eq=False)
class AgentPlan:
    """One agent with what it owns and may see; every number is a position in the topology, ascending."""

    name: str
    parent: str | None
    children: tuple[str, ...]
    level: int
    """2 for an agent without agents below it, else one more than the highest of them."""
    vertical: Vertical
    devices: tuple[int, ...]
    """Positions of its own devices in :attr:`Linked.devices`."""
    area_buses: Index
    area_lines: Index
    """Lines with both ends in the area."""
    area_trafos: Index
    """Transformers with at least one end in the area."""
    forecast_steps: int = 0


@frozen(eq=False)
class Linked:
    """A spec and all that its names stand for. Agents come depth first in the spec's order, devices in their agents' order, background last."""

    spec: Spec
    network: Network
    series: Mapping[str, Series]
    devices: tuple[PlacedDevice, ...]
    agents: tuple[AgentPlan, ...]
