"""Charter: all that an agent is told when it is set up, and nothing more."""

from collections.abc import Sequence

from attrs import frozen

from pgcore.columns import Index
from pgcore.contracts.device import Control, Need
from pgcore.contracts.protocol import Crew, Dial, Horizontal, Vertical
from pgcore.contracts.reward import Reward
from pgcore.feeds import VOLTAGE
from pgcore.naming import unique
from pgcore.plant import Plant
from pgcore.quantity import Slot, bound

AGE = "grid.age"
"""The slot that says how old an agent's view is."""


@frozen(eq=False)
class Area:
    """Labels of what an agent may see of the network."""

    buses: tuple[str, ...]
    lines: tuple[str, ...]
    trafos: tuple[str, ...]


@frozen(eq=False)
class Charter:
    """An agent's place among the others, its devices, its protocols and its area."""

    name: str
    parent: str | None
    children: tuple[str, ...]
    vertical: Vertical
    reward: Reward
    plant: Plant
    """Its own devices, named without the agent's name."""
    area: Area
    device_bus: Index
    """For each device the position of its bus within the area; −1 for a device that is not at a bus."""
    told: tuple[Slot, ...] = ()
    """What its parent's directives hold."""
    horizontal: tuple[Horizontal, ...] = ()
    """The horizontal protocols that it takes part in."""
    peers: int = 1
    """How many agents take part in those, this one included."""
    forecast_steps: int = 0


def dials(plant: Plant) -> tuple[tuple[Dial, ...], tuple[int, ...]]:
    """The knobs that the devices of a plant really offer, and their columns among all knobs of the plant."""
    offered = [c for c in range(len(plant.knobs)) if plant.knob(c) in plant.devices[plant.knobs.owners[c]].active_knobs()]
    return tuple(_dial(plant, c) for c in offered), tuple(offered)


def crew(charter: Charter) -> Crew:
    """Whom the agent coordinates."""
    return Crew(dials(charter.plant)[0], charter.children)


def layout(charter: Charter) -> tuple[Slot, ...]:
    """Every number of the agent's observation, in order, with unit and bounds."""
    return (
        Slot("time.sin", "1", -1, 1, "sine of the time of day of the step to come"),
        Slot("time.cos", "1", -1, 1, "cosine of the time of day of the step to come"),
        Slot("grid.converged", "1", 0, 1, "1 when the last power flow had a solution"),
        Slot(AGE, "1", 0, 1000, "steps since what is seen of the grid was true"),
        *_device_slots(charter.plant),
        *(Slot(f"{bus}.vm_pu", "pu", 0, 2, "voltage, 0 when de-energised") for bus in charter.area.buses),
        *(Slot(f"{name}.loading_percent", "%", 0, 1000, "current over rated current") for name in charter.area.lines + charter.area.trafos),
        *(Slot(f"directive.{s.name}", s.unit, s.low, s.high, s.doc) for s in charter.told),
        *_deal_slots(charter.horizontal),
        *_forecast_slots(charter.plant, charter.forecast_steps),
    )


def foreseen(plant: Plant) -> tuple[int, ...]:
    """The needs whose profiles a forecast can tell: all but the measured voltage."""
    return tuple(c for c, name in enumerate(plant.needs.names) if name != VOLTAGE)


def injecting(plant: Plant) -> tuple[int, ...]:
    """The devices that inject power: all but the meters, and those that act on the solver in another way (taps, switches, shunts)."""
    return tuple(i for i, device in enumerate(plant.devices) if not device.metered and device.control in (None, Control.VM_PU))


def _device_slots(plant: Plant) -> list[Slot]:
    """Power of every device first, then what the meters read, then what each device shows of itself."""
    ratings = [(plant.names[i], plant.devices[i].rating_mva()) for i in injecting(plant)]
    meters = [(name, device.rating_mva()) for name, device in zip(plant.names, plant.devices, strict=True) if device.metered]
    active = [Slot(f"{name}.p_mw", "MW", -rating, rating, "active power into the grid in the last step") for name, rating in ratings]
    reactive = [Slot(f"{name}.q_mvar", "Mvar", -rating, rating, "reactive power into the grid in the last step") for name, rating in ratings]
    imports = [Slot(f"{name}.import_mw", "MW", -rating, rating, "power through the meter into the area in the last step") for name, rating in meters]
    shown = [(plant.names[plant.slots.owners[c]], plant.slot(c)) for c in range(len(plant.slots))]
    return active + reactive + imports + [Slot(f"{owner}.{s.name}", s.unit, s.low, s.high, s.doc) for owner, s in shown]


def _deal_slots(protocols: Sequence[Horizontal]) -> list[Slot]:
    named = zip(unique([protocol.type for protocol in protocols]), protocols, strict=True)
    return [Slot(f"{name}.{s.name}", s.unit, bound(p, s.low), bound(p, s.high), s.doc) for name, p in named for s in p.slots]


def _forecast_slots(plant: Plant, steps: int) -> list[Slot]:
    needs = [(plant.names[plant.needs.owners[c]], need) for c, need in enumerate(_needs(plant)) if need.name != VOLTAGE]
    return [Slot(f"{owner}.{need.name}+{k}", need.unit, need.low, need.high, need.doc) for k in range(1, steps + 1) for owner, need in needs]


def _needs(plant: Plant) -> list[Need]:
    return [need for device in plant.devices for need in device.needs]


def _dial(plant: Plant, column: int) -> Dial:
    device, knob = plant.devices[plant.knobs.owners[column]], plant.knob(column)
    low, high, default = (float(bound(device, ref)) for ref in (knob.low, knob.high, knob.default))
    return Dial(f"{plant.names[plant.knobs.owners[column]]}.{knob.name}", knob.unit, low, high, default, knob.discrete, knob.doc)
