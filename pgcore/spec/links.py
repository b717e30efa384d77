"""Link a spec to its network and profiles: every name it uses must stand for something that fits."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from pgcore.builtin.backends.auto import AutoBackend
from pgcore.contracts.backend import Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network
from pgcore.quantity import bound
from pgcore.spec.choice import NothingFits, fastest
from pgcore.spec.layout import Layout, ends_within
from pgcore.spec.linked import Linked, PlacedDevice
from pgcore.spec.lookup import lookups
from pgcore.spec.model import Spec
from pgcore.spec.placing import Placer
from pgcore.spec.problems import Path, Problem, SpecError
from pgcore.spec.series import check_dates, check_lengths, check_start, load_series
from pgcore.spec.sources import Document, locate

_BACKEND: Path = ("run", "backend")


def link(spec: Spec) -> Linked:
    """Load the network and profiles of a spec and place its devices.

    Raises:
        SpecError: with all that does not fit.
    """
    problems: list[Problem] = []
    series = load_series(spec.profiles, problems)
    problems += [*check_lengths(series, spec.episode), *check_dates(series)]
    problems += [] if problems else check_start(series, spec.episode, spec.forecast_steps)
    network = _network(spec, problems)
    if network is None:
        raise SpecError(locate(problems, spec.document))
    layout = Layout(Placer(spec, network, lookups(network.topology), series, problems))
    layout.add_agents(spec.agents, None, ("agents",))
    for name, entry in spec.background.items():
        path: Path = ("background", name)
        layout.add_devices(layout.placer.place(name, "", entry, path), path)
    settled = _settled(spec, network, layout, problems)
    problems += _misfits(settled, network, layout)
    if problems:
        raise SpecError(locate(problems, spec.document))
    return Linked(settled, network, series, tuple(layout.devices), tuple(layout.agents))


def _network(spec: Spec, problems: list[Problem]) -> Network | None:
    try:
        network = spec.network.load()
        if not isinstance(network, Network):
            raise TypeError(f"its source returned {type(network).__name__}, expected a Network; this is a fault of its plugin")
        return network
    except Exception as error:  # noqa: BLE001  a source may fail in any way: the user gets to know, not the traceback
        problems.append(Problem(("network",), f"cannot be loaded: {str(error) or type(error).__name__}"))
        return None


def _settled(spec: Spec, network: Network, layout: Layout, problems: list[Problem]) -> Spec:
    """The spec with the backend that ``auto`` comes to."""
    if not isinstance(spec.run.backend, AutoBackend):
        return spec
    ports = [Port(device.device.control, device.target, device.place) for device in layout.devices if device.device.control is not None]
    try:
        chosen = fastest(spec.backends, network, ports)
    except NothingFits as error:
        hint = "install a backend that can, such as pgcore-pandapower, or name one in run.backend to see what is wrong"
        problems.append(Problem(_BACKEND, f"no installed backend can solve this network with these devices: {error}", hint=hint))
        return spec
    written = dict(spec.document.get("run") or {}) | {"backend": {"type": chosen.type}}
    return attrs.evolve(spec, run=attrs.evolve(spec.run, backend=chosen), document=_with_run(spec.document, written))


def _with_run(document: Mapping[str, Any], run: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document with another ``run``: what is recorded names the backend that solved it, so that it can be replayed where others are installed."""
    if not document:
        return document
    changed = {**document, "run": run}
    return Document(changed, document.sources, document.filled) if isinstance(document, Document) else changed


def _misfits(spec: Spec, network: Network, layout: Layout) -> Iterator[Problem]:
    yield from _refusal(spec, network)
    yield from _same_names(layout)
    yield from _same_targets(layout)
    for device, path in zip(layout.devices, layout.paths, strict=True):
        yield from _control(spec, network, device, path)
        yield from _meter(network, layout, device, path)


def _refusal(spec: Spec, network: Network) -> Iterator[Problem]:
    try:
        reason = spec.run.backend.refuses(network)
    except Exception as error:  # noqa: BLE001  a plugin cannot break the host
        reason = f"it failed to judge this network: {str(error) or type(error).__name__}"
    if reason:
        yield Problem(_BACKEND, f"backend {spec.run.backend.type} cannot take this network: {reason}")


def _same_names(layout: Layout) -> Iterator[Problem]:
    counts = Counter(device.name for device in layout.devices)
    for device, path in zip(layout.devices, layout.paths, strict=True):
        if counts[device.name] > 1:
            hint = "a device at a list of buses is called name-1, name-2, ...: rename one of the two"
            yield Problem(path, f"two devices are called {device.name}", hint=hint, of_name=True)


def _same_targets(layout: Layout) -> Iterator[Problem]:
    first: dict[tuple[str, str, int], str] = {}
    for device, path in zip(layout.devices, layout.paths, strict=True):
        control = device.device.control
        if control is None:
            continue
        other = first.setdefault((control, device.place, device.target), device.name)
        if other != device.name:
            yield Problem(path, f"{other} already controls the {control} of this {device.place}", hint="keep one of the two", of_name=True)


def _control(spec: Spec, network: Network, placed: PlacedDevice, path: Path) -> Iterator[Problem]:
    control, backend = placed.device.control, spec.run.backend
    if control is None:
        return
    if control not in backend.controls and not isinstance(backend, AutoBackend):
        acts = ", ".join(sorted(backend.controls)) or "nothing"
        message = f"a {placed.device.type} needs a backend that acts on {control}; {backend.type} acts on: {acts}"
        yield Problem(path, message, hint="choose another run.backend, or remove this device", of_name=True)
    if control is Control.TAP:
        yield from _tap(network, placed, path)


def _tap(network: Network, placed: PlacedDevice, path: Path) -> Iterator[Problem]:
    low, high = (float(value) for value in network.topology.tap_range[placed.target])
    if math.isnan(low) or math.isnan(high):
        hint = "place it at another transformer, or give this one a tap changer in the network's data"
        yield Problem((*path, placed.place), "this transformer has no tap changer", hint=hint)
        return
    for knob in placed.device.active_knobs():
        first, last = float(bound(placed.device, knob.low)), float(bound(placed.device, knob.high))
        if knob.discrete and not low <= first <= last <= high:
            where = path if not isinstance(knob.low, str) or first >= low else (*path, knob.low.removeprefix("-"))
            message = "its taps leave the range of the transformer"
            yield Problem(where, message, f"{first:g} to {last:g}", f"within {low:g} to {high:g}", of_name=where == path)


def _meter(network: Network, layout: Layout, placed: PlacedDevice, path: Path) -> Iterator[Problem]:
    if not placed.device.metered:
        return
    here = (*path, placed.place)
    if placed.place == "bus":
        if placed.target not in network.topology.slack_buses:
            known = ", ".join(str(network.topology.bus_ids[bus]) for bus in network.topology.slack_buses) or "none"
            message = "a meter at a bus measures its external grid, and this bus has none"
            yield Problem(here, message, expected=f"a bus with one ({known}), or a line or trafo at the edge of the area")
        return
    plan = next((agent for agent in layout.agents if agent.name == placed.owner), None)
    if plan is None:
        yield Problem(here, "a meter on a branch measures what flows into its agent's area", found="a device of no agent", hint="move it to an agent")
        return
    ends = int(ends_within(network.topology.branches(placed.place), plan.area_buses)[placed.target])
    if ends != 1:
        message = f"a meter on a branch measures what flows into the area of {plan.name}: one end must lie inside, the other outside"
        hint = f"change the area of {plan.name}, or the {placed.place}"
        yield Problem(here, message, f"{'both ends' if ends == 2 else 'no end'} inside", "exactly one end inside", hint)
