"""Papers: all that an actor is told when it is set up, and the actor that they make."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
from attrs import frozen

from pgcore.agents.actors import Actor, DeviceActor
from pgcore.agents.charter import Area, Charter
from pgcore.agents.device_agent import DeviceAgent
from pgcore.agents.grid_actor import GridActor, Policy
from pgcore.agents.grid_agent import GridAgent
from pgcore.channels import ChannelManager
from pgcore.contracts.broker import MessageBroker
from pgcore.entries import entry_of
from pgcore.feeds import Feeds
from pgcore.mailbox import Mailbox
from pgcore.messages import ENVIRONMENT
from pgcore.plant import Plant
from pgcore.quantity import Slot

Make = Callable[[str, Mapping[str, Any]], Any]
"""Makes a thing of a kind (``device``, ``vertical``, ``horizontal``, ``reward``) from its plain entry, with its ``type``."""


@frozen(eq=False)
class Papers:
    """An actor's name and its part: a charter, devices, or both."""

    name: str
    step_min: float
    feeds: Feeds
    """Which of its local series feeds which need; the values come with the start of every episode."""
    charter: Charter | None
    """Of a GridAgent or SystemAgent."""
    plant: Plant | None
    """The devices that live in this actor, by their full names."""
    normalized: bool = True
    """Whether actions of its own policy run from −1 to 1, rather than in physical units."""

    @property
    def incoming(self) -> tuple[str, ...]:
        """Who sends it actions."""
        if self.charter is None:
            return (self.name.partition(".")[0],)
        return (ENVIRONMENT,) if self.charter.parent is None else (ENVIRONMENT, self.charter.parent)


def inbox(papers: Papers, broker: MessageBroker, channels: ChannelManager, epoch: int = 0) -> Mailbox:
    """The mailbox of the actor with these papers."""
    names = [channels.control(papers.name), *(channels.action(sender, papers.name) for sender in papers.incoming)]
    if papers.charter is not None:
        names += [channels.power_flow_results(papers.name), *([channels.invitations(papers.name)] if papers.charter.horizontal else [])]
    return Mailbox(broker, channels, papers.name, names, epoch)


def actor(papers: Papers, mailbox: Mailbox, channels: ChannelManager, policy: Policy | None = None) -> Actor:
    """The actor with these papers."""
    dt_h = papers.step_min / 60.0
    own = None if papers.plant is None else DeviceAgent(papers.name, papers.plant, papers.feeds, dt_h)
    if papers.charter is not None:
        return GridActor(GridAgent(papers.charter, dt_h), papers.feeds, mailbox, channels, papers.step_min, own, policy)
    if own is None:
        raise ValueError(f"the papers of {papers.name!r} hold neither a charter nor devices")
    return DeviceActor(own, mailbox, channels)


def to_plain(papers: Papers) -> dict[str, Any]:
    """Papers as plain data and arrays that can be sent."""
    charter, feeds = papers.charter, papers.feeds
    return {
        "name": papers.name,
        "step_min": papers.step_min,
        "normalized": papers.normalized,
        "feeds": {"series": feeds.values.shape[1], "columns": feeds.columns, "voltages": feeds.voltages},
        "charter": None if charter is None else _plain_charter(charter),
        "plant": None if papers.plant is None else _plain_plant(papers.plant),
    }


def from_plain(plain: Mapping[str, Any], make: Make) -> Papers:
    """The papers behind :func:`to_plain`.

    Raises:
        LookupError, TypeError, ValueError: ``plain`` is nothing of that kind, or ``make`` does not know what it names.
    """
    fed = plain["feeds"]
    feeds = Feeds(np.zeros((1, fed["series"])), _array(fed["columns"], np.intp, 1), _array(fed["voltages"], np.intp, 1))
    charter = None if plain["charter"] is None else _charter(plain["charter"], make)
    plant = None if plain["plant"] is None else _plant(plain["plant"], make)
    return Papers(plain["name"], float(plain["step_min"]), feeds, charter, plant, bool(plain["normalized"]))


def _plain_charter(charter: Charter) -> dict[str, Any]:
    return {
        "name": charter.name, "parent": charter.parent, "children": list(charter.children), "vertical": entry_of(charter.vertical),
        "reward": entry_of(charter.reward), "plant": _plain_plant(charter.plant),
        "area": [list(charter.area.buses), list(charter.area.lines), list(charter.area.trafos)], "device_bus": charter.device_bus,
        "told": [attrs.asdict(slot) for slot in charter.told], "horizontal": [entry_of(protocol) for protocol in charter.horizontal],
        "peers": charter.peers, "forecast_steps": charter.forecast_steps,
    }  # fmt: skip


def _charter(plain: Mapping[str, Any], make: Make) -> Charter:
    return Charter(
        plain["name"], plain["parent"], tuple(plain["children"]), make("vertical", plain["vertical"]), make("reward", plain["reward"]),
        _plant(plain["plant"], make), Area(*(tuple(names) for names in plain["area"])), _array(plain["device_bus"], np.intp, 1),
        tuple(Slot(**slot) for slot in plain["told"]), tuple(make("horizontal", entry) for entry in plain["horizontal"]),
        plain["peers"], plain["forecast_steps"],
    )  # fmt: skip


def _plain_plant(plant: Plant) -> list[dict[str, Any]]:
    return [{"name": name, "device": entry_of(device)} for name, device in zip(plant.names, plant.devices, strict=True)]


def _plant(plain: list[Mapping[str, Any]], make: Make) -> Plant:
    return Plant(tuple(one["name"] for one in plain), tuple(make("device", one["device"]) for one in plain))


def _array(value: Any, kind: Any, axes: int) -> Any:
    if not isinstance(value, np.ndarray) or value.dtype != kind or value.ndim != axes:
        found = f"{value.dtype} of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
        raise ValueError(f"found {found}, expected an array of {np.dtype(kind)} with {axes} axes")
    return value
