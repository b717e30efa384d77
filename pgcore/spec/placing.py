"""Put the devices of a spec at their places in the network."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from attrs import frozen

from pgcore.contracts.network import Network
from pgcore.contracts.profile import Series
from pgcore.feeds import Feed
from pgcore.spec.device_entries import AT, LOADS, POWER
from pgcore.spec.flaws import Flaw, problems_of
from pgcore.spec.linked import PlacedDevice
from pgcore.spec.lookup import Lookup
from pgcore.spec.model import DeviceEntry, Ref, Spec
from pgcore.spec.problems import Path, Problem
from pgcore.spec.records import fields_of
from pgcore.spec.series import check_feed


@frozen
class Place:
    """One place of a device: what kind, its position in the topology, the load taken over there."""

    kind: str
    target: int
    load: int | None = None


@frozen
class Placer:
    """Places device entries, collecting what is wrong; ``taken`` remembers which device took which load."""

    spec: Spec
    network: Network
    lookups: Mapping[str, Lookup]
    series: Mapping[str, Series]
    problems: list[Problem]
    taken: dict[int, str] = attrs.field(factory=dict)

    def place(self, name: str, owner: str, entry: DeviceEntry, path: Path) -> Iterator[PlacedDevice]:
        """The devices of one entry: one, or for a list (``at:``) ``name-1``, ``name-2``, ... in the order of the list."""
        places = self.places(name, entry, path)
        self.check_feeds(entry, len(places), path)
        for index, place in enumerate(places):
            suffix = f"-{index + 1}" if AT in entry.at else ""
            full = f"{owner}.{name}{suffix}" if owner else f"{name}{suffix}"
            try:
                yield self.made(full, owner, entry, place, index)
            except Exception as error:  # noqa: BLE001  a plugin's class may refuse the load's power in any way
                self.problems.extend(problems_of(error, path))

    def made(self, name: str, owner: str, entry: DeviceEntry, place: Place, index: int) -> PlacedDevice:
        feeds = {need: dealt(given, index) for need, given in entry.feeds.items()}
        device = entry.device
        if place.load is not None:
            power = dict(zip(POWER, (self.network.topology.loads.p_mw[place.load], self.network.topology.loads.q_mvar[place.load]), strict=True))
            own = {field.name for field in fields_of(type(device))}
            changed: Any = device
            device = attrs.evolve(changed, **{part: float(value) for part, value in power.items() if part in own})
            feeds = {**{part: float(value) for part, value in power.items() if part not in own}, **feeds}
        return PlacedDevice(name, owner, device, place.kind, place.target, feeds, place.load)

    def places(self, name: str, entry: DeviceEntry, path: Path) -> list[Place]:
        ((key, value),) = entry.at.items()
        if key == AT and value == LOADS:
            return self.loads(name, path)
        kind = "bus" if key == AT else key
        refs = {(*path, key, index): ref for index, ref in enumerate(value)} if isinstance(value, tuple) else {(*path, key): value}
        found = [self.found(kind, ref, where) for where, ref in refs.items()]
        return [Place(kind, target) for target in found if target is not None]

    def found(self, kind: str, ref: Ref, path: Path) -> int | None:
        try:
            return self.lookups[kind].position(ref)
        except Flaw as flaw:
            self.problems.extend(problems_of(flaw, path))
            return None

    def loads(self, name: str, path: Path) -> list[Place]:
        loads = self.network.topology.loads
        if not len(loads):
            self.problems.append(Problem((*path, AT), "the network brings no loads along", hint="give a list of buses"))
        first = next((self.taken[load] for load in range(len(loads)) if load in self.taken), None)
        if first is not None:
            self.problems.append(Problem((*path, AT), f"the network's loads are already taken over by {first}", hint="keep one of the two"))
            return []
        self.taken.update(dict.fromkeys(range(len(loads)), name))
        return [Place("bus", int(bus), load) for load, bus in enumerate(loads.bus)]

    def check_feeds(self, entry: DeviceEntry, places: int, path: Path) -> None:
        needs = {need.name: need for need in entry.device.needs}
        for name, given in entry.feeds.items():
            if isinstance(given, tuple) and len(given) > places > 0:
                self.problems.append(Problem((*path, name), found=f"a list of {len(given)}", expected=f"at most {places}: one for each place"))
            for index, one in enumerate(given if isinstance(given, tuple) else (given,)):
                here = (*path, name, index) if isinstance(given, tuple) else (*path, name)
                try:
                    if isinstance(one, str):
                        check_feed(needs[name], one, self.spec.profiles, self.series)
                except Flaw as flaw:
                    self.problems.extend(problems_of(flaw, here))


def dealt(given: Feed | tuple[Feed, ...], index: int) -> Feed:
    """What feeds the device at the ``index``-th place: a list is dealt out in turn, starting over at its end."""
    return given[index % len(given)] if isinstance(given, tuple) else given
