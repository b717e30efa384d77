"""InlineSource: a network written out in the spec."""

import difflib
import json
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any, ClassVar

from attrs import frozen

from pgcore.contracts.network import Network, NetworkSource
from pgcore.quantity import option, quantity
from pgcore_pandapower.topology import UNKNOWN_LIMIT

Name = str | int


@frozen
class InlineBus:
    """A bus of an inline network."""

    name: Name = option("how lines, transformers, loads and devices call it")
    vn_kv: float = quantity("kV", "rated voltage, phase to phase", gt=0)
    x: float | None = quantity("1", "horizontal coordinate, for plots", default=None)
    y: float | None = quantity("1", "vertical coordinate, for plots", default=None)


@frozen
class InlineLine:
    """A line between two buses of one rated voltage."""

    from_bus: Name = option("name of the bus where it starts")
    to_bus: Name = option("name of the bus where it ends")
    length_km: float = quantity("km", "length", gt=0)
    r_ohm_per_km: float = quantity("ohm/km", "resistance", ge=0)
    x_ohm_per_km: float = quantity("ohm/km", "reactance", gt=0)
    c_nf_per_km: float = quantity("nF/km", "capacitance to ground", default=0.0, ge=0)
    max_i_ka: float | None = quantity("kA", "rated current; left out where unknown", default=None, gt=0)
    closed: bool = option("whether it is in service", default=True)
    name: str = option("its name", default="")


@frozen
class InlineTrafo:
    """A two-winding transformer; with ``tap_step_percent`` it has a tap changer."""

    hv_bus: Name = option("name of the bus at its high-voltage side")
    lv_bus: Name = option("name of the bus at its low-voltage side")
    sn_mva: float = quantity("MVA", "rated power", gt=0)
    vk_percent: float = quantity("%", "short-circuit voltage", gt=0)
    vkr_percent: float = quantity("%", "real part of the short-circuit voltage", default=0.0, ge=0)
    pfe_kw: float = quantity("kW", "iron losses", default=0.0, ge=0)
    i0_percent: float = quantity("%", "open-loop current", default=0.0, ge=0)
    vn_hv_kv: float | None = quantity("kV", "rated voltage of the high-voltage side; that of its bus if left out", default=None, gt=0)
    vn_lv_kv: float | None = quantity("kV", "rated voltage of the low-voltage side; that of its bus if left out", default=None, gt=0)
    shift_degree: float = quantity("deg", "phase shift", default=0.0)
    tap_step_percent: float | None = quantity("%", "voltage of one tap step", default=None, gt=0)
    tap_side: str = option("side of the tap changer", default="hv", choices=("hv", "lv"))
    tap_min: int = quantity("1", "lowest tap position", default=-8)
    tap_max: int = quantity("1", "highest tap position", default=8)
    tap_neutral: int = quantity("1", "tap position of the rated ratio", default=0)
    tap_pos: int = quantity("1", "tap position", default=0)
    closed: bool = option("whether it is in service", default=True)
    name: str = option("its name", default="")


@frozen
class InlineLoad:
    """A constant load that belongs to the network."""

    bus: Name = option("name of its bus")
    p_mw: float = quantity("MW", "active power drawn")
    q_mvar: float = quantity("Mvar", "reactive power drawn", default=0.0)
    name: str = option("its name", default="")


@frozen
class InlineExternalGrid:
    """Where the network is connected to the rest of the world, which holds voltage and frequency."""

    bus: Name = option("name of its bus")
    vm_pu: float = quantity("1", "voltage that it holds", default=1.0, gt=0, le=2)
    va_degree: float = quantity("deg", "voltage angle that it holds", default=0.0)


@frozen
class InlineSource(NetworkSource):
    """A network written out in the spec: buses, lines, transformers, loads and one external grid.

    A bus that is called by a whole number has that number, so that ``bus: 3`` means the same bus here and in a device's entry. The others are
    numbered from 0 in the order in which they are written, leaving out numbers that are taken. Names must differ.
    """

    type: ClassVar[str] = "inline"
    buses: tuple[InlineBus, ...] = option("the buses")
    external_grid: InlineExternalGrid = option("the connection to the rest of the world")
    lines: tuple[InlineLine, ...] = option("the lines", default=())
    trafos: tuple[InlineTrafo, ...] = option("the transformers", default=())
    loads: tuple[InlineLoad, ...] = option("constant loads that belong to the network", default=())
    f_hz: float = quantity("Hz", "rated frequency", default=50.0, gt=0)

    def load(self) -> Network:
        from pgcore_pandapower.network import network_of

        problems = list(self._problems())
        if problems:
            raise ValueError("the inline network does not hold together: " + "; ".join(problems))
        return network_of(self._net())

    def _problems(self) -> Iterator[str]:
        counts = Counter(str(bus.name) for bus in self.buses)
        yield from (f"buses: {count} are called {name!r}, names must differ" for name, count in counts.items() if count > 1)
        for where, name in self._references():
            if str(name) not in counts:
                close = difflib.get_close_matches(str(name), counts, n=1)
                yield f"{where}: no bus is called {name!r}" + (f", did you mean {close[0]!r}?" if close else f"; there are: {', '.join(counts)}")
        if all(str(name) in counts for _, name in self._references()):
            yield from self._electrical_problems()

    def _references(self) -> Iterator[tuple[str, Name]]:
        yield "external_grid.bus", self.external_grid.bus
        for k, line in enumerate(self.lines):
            yield from ((f"lines[{k}].from_bus", line.from_bus), (f"lines[{k}].to_bus", line.to_bus))
        for k, trafo in enumerate(self.trafos):
            yield from ((f"trafos[{k}].hv_bus", trafo.hv_bus), (f"trafos[{k}].lv_bus", trafo.lv_bus))
        yield from ((f"loads[{k}].bus", load.bus) for k, load in enumerate(self.loads))

    def _electrical_problems(self) -> Iterator[str]:
        rated = {str(bus.name): bus.vn_kv for bus in self.buses}
        for k, line in enumerate(self.lines):
            start, end = rated[str(line.from_bus)], rated[str(line.to_bus)]
            if start != end:
                yield f"lines[{k}] joins buses of {start:g} and {end:g} kV, use a transformer"
            if str(line.from_bus) == str(line.to_bus):
                yield f"lines[{k}] starts and ends at bus {line.from_bus!r}"
        for k, trafo in enumerate(self.trafos):
            if trafo.vkr_percent > trafo.vk_percent:
                yield f"trafos[{k}].vkr_percent is {trafo.vkr_percent:g}, expected at most vk_percent, {trafo.vk_percent:g}"
            if not trafo.tap_min <= trafo.tap_pos <= trafo.tap_max:
                yield f"trafos[{k}].tap_pos is {trafo.tap_pos}, expected {trafo.tap_min} to {trafo.tap_max}"

    def _net(self) -> Any:
        import pandapower

        net = pandapower.create_empty_network(f_hz=self.f_hz)
        place = {str(bus.name): _add_bus(net, bus, number) for bus, number in zip(self.buses, _numbers(self.buses), strict=True)}
        grid = self.external_grid
        pandapower.create_ext_grid(net, place[str(grid.bus)], vm_pu=grid.vm_pu, va_degree=grid.va_degree)
        for line in self.lines:
            _add_line(net, line, place)
        for trafo in self.trafos:
            _add_trafo(net, trafo, place)
        for load in self.loads:
            pandapower.create_load(net, place[str(load.bus)], p_mw=load.p_mw, q_mvar=load.q_mvar, name=load.name or None)
        return net


def _numbers(buses: tuple[InlineBus, ...]) -> Iterator[int]:
    names = [str(bus.name) for bus in buses]
    taken = {int(name) for name in names if name.isdecimal()}
    free = (number for number in count() if number not in taken)
    return (int(name) if name.isdecimal() else next(free) for name in names)


def _add_bus(net: Any, bus: InlineBus, number: int) -> int:
    import pandapower

    made = int(pandapower.create_bus(net, vn_kv=bus.vn_kv, name=str(bus.name), index=number))
    if bus.x is not None and bus.y is not None:
        net.bus.at[made, "geo"] = json.dumps({"type": "Point", "coordinates": [bus.x, bus.y]})
    return made


def _add_line(net: Any, line: InlineLine, place: dict[str, int]) -> None:
    import pandapower

    pandapower.create_line_from_parameters(
        net,
        place[str(line.from_bus)],
        place[str(line.to_bus)],
        length_km=line.length_km,
        r_ohm_per_km=line.r_ohm_per_km,
        x_ohm_per_km=line.x_ohm_per_km,
        c_nf_per_km=line.c_nf_per_km,
        max_i_ka=line.max_i_ka or UNKNOWN_LIMIT,
        in_service=line.closed,
        name=line.name or None,
    )


def _add_trafo(net: Any, trafo: InlineTrafo, place: dict[str, int]) -> None:
    import pandapower

    high, low = place[str(trafo.hv_bus)], place[str(trafo.lv_bus)]
    pandapower.create_transformer_from_parameters(
        net,
        high,
        low,
        sn_mva=trafo.sn_mva,
        vn_hv_kv=trafo.vn_hv_kv or float(net.bus.vn_kv[high]),
        vn_lv_kv=trafo.vn_lv_kv or float(net.bus.vn_kv[low]),
        vk_percent=trafo.vk_percent,
        vkr_percent=trafo.vkr_percent,
        pfe_kw=trafo.pfe_kw,
        i0_percent=trafo.i0_percent,
        shift_degree=trafo.shift_degree,
        in_service=trafo.closed,
        name=trafo.name or None,
        **_tap_changer(trafo),
    )


def _tap_changer(trafo: InlineTrafo) -> dict[str, Any]:
    if trafo.tap_step_percent is None:
        return {}
    return {
        "tap_side": trafo.tap_side,
        "tap_min": trafo.tap_min,
        "tap_max": trafo.tap_max,
        "tap_neutral": trafo.tap_neutral,
        "tap_pos": trafo.tap_pos,
        "tap_step_percent": trafo.tap_step_percent,
        "tap_step_degree": 0.0,
        "tap_changer_type": "Ratio",
    }
