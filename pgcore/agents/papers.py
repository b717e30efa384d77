"""Papers: all that an actor is told when it is set up, and the actor that they make."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
from attrs import frozen

from pgcore.agents.actors import Actor, DeviceActor, GridActor, Policy
from pgcore.agents.charter import Area, Charter
from pgcore.agents.device_agent import DeviceAgent
from pgcore.agents.grid_agent import GridAgent
from pgcore.channels import ChannelManager
from pgcore.contracts.broker import MessageBroker
from pgcore.feeds import Feeds
from pgcore.mailbox import Mailbox
from pgcore.messages import ENVIRONMENT
from pgcore.plant import Plant
from pgcore.quantity import Slot

Make = Callable[[str, Mapping[str, Any]], Any]
"""Makes a thing of a kind (``device``, ``protocol``, ``reward``) from its plain entry, with its ``type``."""


@frozen(eq=False)
class Papers:
    """An actor's name, its own local series, and its part: a charter, devices, or both."""

    name: str
    step_min: float
    feeds: Feeds
    charter: Charter | None
    """Of a GridAgent or SystemAgent."""
    plant: Plant | None
    """The devices that live in this actor, by their full names."""

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
    """Papers as plain data that can be sent."""
    charter, feeds = papers.charter, papers.feeds
    return {
        "name": papers.name,
        "step_min": papers.step_min,
        "feeds": {
            "shape": list(feeds.values.shape),
            "values": feeds.values.ravel().tolist(),
            "columns": feeds.columns.tolist(),
            "voltages": feeds.voltages.tolist(),
        },
        "charter": None if charter is None else _plain_charter(charter),
        "plant": None if papers.plant is None else _plain_plant(papers.plant),
    }


def from_plain(plain: Mapping[str, Any], make: Make) -> Papers:
    """The papers behind :func:`to_plain`."""
    fed = plain["feeds"]
    values = np.array(fed["values"], dtype=np.float64).reshape(fed["shape"])
    feeds = Feeds(values, np.array(fed["columns"], dtype=np.intp), np.array(fed["voltages"], dtype=np.intp))
    charter = None if plain["charter"] is None else _charter(plain["charter"], make)
    plant = None if plain["plant"] is None else _plant(plain["plant"], make)
    return Papers(plain["name"], float(plain["step_min"]), feeds, charter, plant)


def _plain_charter(charter: Charter) -> dict[str, Any]:
    return {
        "name": charter.name, "parent": charter.parent, "children": list(charter.children), "vertical": _entry(charter.vertical),
        "reward": _entry(charter.reward), "plant": _plain_plant(charter.plant),
        "area": [list(charter.area.buses), list(charter.area.lines), list(charter.area.trafos)], "device_bus": charter.device_bus.tolist(),
        "told": [attrs.asdict(slot) for slot in charter.told], "horizontal": [_entry(protocol) for protocol in charter.horizontal],
        "peers": charter.peers, "forecast_steps": charter.forecast_steps,
    }  # fmt: skip


def _charter(plain: Mapping[str, Any], make: Make) -> Charter:
    return Charter(
        plain["name"], plain["parent"], tuple(plain["children"]), make("protocol", plain["vertical"]), make("reward", plain["reward"]),
        _plant(plain["plant"], make), Area(*(tuple(names) for names in plain["area"])), np.array(plain["device_bus"], dtype=np.intp),
        tuple(Slot(**slot) for slot in plain["told"]), tuple(make("protocol", entry) for entry in plain["horizontal"]),
        plain["peers"], plain["forecast_steps"],
    )  # fmt: skip


def _plain_plant(plant: Plant) -> list[dict[str, Any]]:
    return [{"name": name, **_entry(device)} for name, device in zip(plant.names, plant.devices, strict=True)]


def _plant(plain: list[Mapping[str, Any]], make: Make) -> Plant:
    entries = [{key: value for key, value in entry.items() if key != "name"} for entry in plain]
    return Plant(tuple(entry["name"] for entry in plain), tuple(make("device", entry) for entry in entries))


def _entry(thing: Any) -> dict[str, Any]:
    """A device, protocol or reward as its entry in a spec."""
    return {"type": type(thing).type, **{field.alias: getattr(thing, field.name) for field in attrs.fields(type(thing)) if field.init}}
