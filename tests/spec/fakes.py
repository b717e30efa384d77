"""A hermetic plugin for tests of specs: four buses, a line, a transformer, and one small class of each kind."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
from attrs import frozen

from pgcore.builtin.backends.auto import AutoBackend
from pgcore.builtin.faults.loss import Loss
from pgcore.catalog import Catalog
from pgcore.contracts.backend import Backend
from pgcore.contracts.broker import MessageBroker
from pgcore.contracts.device import Control, Device, Effect, Knob, Need
from pgcore.contracts.network import Branches, Case, Loads, Network, NetworkSource, Topology
from pgcore.contracts.observer import Observer
from pgcore.contracts.profile import ProfileSource, Series
from pgcore.contracts.protocol import Horizontal, Vertical
from pgcore.contracts.reward import Reward
from pgcore.contracts.scenario import Scenario
from pgcore.hookspecs import hookimpl
from pgcore.quantity import QuantityError, option, quantity


def index(*values: int) -> Any:
    return np.array(values, dtype=np.intp)


def topology() -> Topology:
    """Buses 0 (grid), 5, 6 and 9; line 3 from 5 to 6; transformers 0 from bus 0 to 5, with taps, and 1 from 6 to 9, without."""
    true = np.ones(2, dtype=bool)
    lines = Branches((3,), ("L1",), index(1), index(2), np.array([0.2]), true[:1])
    trafos = Branches((0, 1), ("T1", "T2"), index(0, 2), index(1, 3), np.array([1.0, 1.0]), true)
    loads = Loads((0, 1), ("a", "b"), index(2, 3), np.array([0.4, -0.1]), np.array([0.2, 0.0]))
    taps = np.array([[-2.0, 2.0], [np.nan, np.nan]])
    return Topology((0, 5, 6, 9), ("grid", "north", "south", "south"), np.ones(4), np.full((4, 2), np.nan), (0,), lines, trafos, loads, taps)


@frozen
class Feeder(NetworkSource):
    """Four buses."""

    type = "feeder"
    fail: bool = option("whether loading fails", default=False)

    def load(self) -> Network:
        if self.fail:
            raise OSError("the disk is gone")
        unused: Any = Case.__new__(Case)
        return Network(topology(), unused)


@frozen
class Store(Device):
    """A store of energy."""

    type = "battery"
    capacity_mwh: float = quantity("MWh", "usable energy", gt=0)
    p_max_mw: float = quantity("MW", "largest power", default=1.0, ge=0)
    eta: float = quantity("1", "efficiency", default=0.9, gt=0, le=1)
    cells: int = quantity("1", "cells in a row", default=1, ge=1)
    spare: bool = option("whether it is a spare one", default=False)
    chemistry: Literal["lfp", "nmc"] = option("what it is made of", default="lfp")
    curve: tuple[float, ...] = ()
    note: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.cells > 1000 * self.capacity_mwh:
            raise QuantityError("cells", self.cells, "at most 1000 for each MWh")

    def step(self, state: Any, action: Any, exo: Any, dt_h: float) -> Any:
        return state, Effect()


@frozen
class Sun(Device):
    """A plant with a need."""

    type = "pv"
    p_peak_mw: float = quantity("MW", "rated power", gt=0)
    needs = (Need("availability", "1", 0.0, 1.0, "share of the rated power"), Need("vm_pu", "pu", 0.0, 2.0, "voltage"))

    def step(self, state: Any, action: Any, exo: Any, dt_h: float) -> Any:
        return state, Effect()


@frozen
class House(Device):
    """A consumer."""

    type = "load"
    p_mw: float = quantity("MW", "active power", default=0.0)
    q_mvar: float = quantity("Mvar", "reactive power", default=0.0)
    needs = (Need("p_profile", "1", -10.0, 10.0, "share of the power", default=1.0),)

    def step(self, state: Any, action: Any, exo: Any, dt_h: float) -> Any:
        return state, Effect()


@frozen
class Changer(Device):
    """A tap changer."""

    type = "oltc"
    tap_min: int = quantity("1", "lowest tap", default=-2)
    tap_max: int = quantity("1", "highest tap", default=2)
    places = ("trafo",)
    control = Control.TAP
    knobs = (Knob("tap", "1", "tap_min", "tap_max", discrete=True),)

    def step(self, state: Any, action: Any, exo: Any, dt_h: float) -> Any:
        return state, Effect()


@frozen
class Breaker(Device):
    """A switch."""

    type = "switch"
    places = ("line", "trafo")
    control = Control.CLOSED

    def step(self, state: Any, action: Any, exo: Any, dt_h: float) -> Any:
        return state, Effect()


@frozen
class Meter(Device):
    """A connection to the grid outside."""

    type = "grid_connection"
    places = ("bus", "line", "trafo")
    metered = True

    def step(self, state: Any, action: Any, exo: Any, dt_h: float) -> Any:
        return state, Effect()


@frozen
class Direct(Vertical):
    """Sets points."""

    type = "setpoint"
    gain: float = quantity("1", "gain", default=1.0)

    def knobs(self, crew: Any) -> Any:
        return ()

    def coordinate(self, action: Any, crew: Any, directive: Any) -> Any:
        raise NotImplementedError


@frozen
class Trade(Horizontal):
    """Trades."""

    type = "p2p_trading"
    fee_per_mwh: float = quantity("currency/MWh", "fee", default=0.0, ge=0)

    def offer(self, peer: Any) -> Any:
        raise NotImplementedError

    def clear(self, offers: Any) -> Any:
        raise NotImplementedError

    def settle(self, peer: Any, offer: Any, award: Any, dt_h: float) -> Any:
        raise NotImplementedError


@frozen
class Memory(MessageBroker):
    """Moves messages in memory."""

    type = "in_memory"

    def create_channel(self, channel: str) -> None: ...
    def publish(self, channel: str, message: Any) -> None: ...
    def consume(self, channel: str, recipient_id: str, timeout_s: float) -> list[Any]:
        return []

    def close(self) -> None: ...


@frozen
class Exact(Backend):
    """Solves."""

    type = "pandapower"
    controls = frozenset((Control.TAP, Control.CLOSED))
    refuse: bool = False

    def refuses(self, network: Network) -> str | None:
        return "it has four buses; use another" if self.refuse else None

    def compile(self, network: Network, ports: Any = ()) -> Any:
        return None


@frozen
class Rough(Exact):
    """Solves roughly."""

    type = "rough"
    controls = frozenset()


@frozen
class Values(ProfileSource):
    """Numbers in the spec."""

    type = "values"
    values: tuple[float, ...]
    step_min: float = quantity("min", "step", default=15.0, gt=0)
    start: str = ""

    def load(self) -> Series:
        return Series(np.array(self.values), self.step_min, self.start)


@frozen
class Table(ProfileSource):
    """Numbers in a file."""

    type = "csv"
    file: Path

    def load(self) -> Series:
        return Series(np.array([float(line) for line in self.file.read_text().split()]))


@frozen
class Cost(Reward):
    """Minus cost."""

    type = "cost_and_violation"
    violation_weight: float = quantity("1", "weight", default=10.0, ge=0)
    shared: float = quantity("1", "share", default=0.0, ge=0, le=1)

    def grade(self, outcome: Any) -> Any:
        raise NotImplementedError


@frozen
class Printer(Observer):
    """Prints."""

    type = "printer"
    every: int = quantity("1", "how often", default=1, ge=1)

    def stepped(self, record: Any) -> None: ...


def many(n: int) -> str:
    if n < 1:
        raise ValueError(f"n is {n}, expected at least 1")
    agents = "\n".join(f"  MG{k}: {{devices: {{ess: {{type: battery, bus: 5, capacity_mwh: {k}}}}}}}" for k in range(1, n + 1))
    return f"spec: 1\nnetwork: {{type: feeder}}\nagents:\n{agents}\n"


class Plugin:
    """All of the above, as a plugin."""

    @hookimpl
    def pgcore_devices(self) -> Any:
        return [Store, Sun, House, Changer, Breaker, Meter]

    @hookimpl
    def pgcore_protocols(self) -> Any:
        return [Direct, Trade]

    @hookimpl
    def pgcore_brokers(self) -> Any:
        return [Memory]

    @hookimpl
    def pgcore_faults(self) -> Any:
        return [Loss]

    @hookimpl
    def pgcore_backends(self) -> Any:
        return [AutoBackend, Exact, Rough]

    @hookimpl
    def pgcore_networks(self) -> Any:
        return [Feeder]

    @hookimpl
    def pgcore_profiles(self) -> Any:
        return [Values, Table]

    @hookimpl
    def pgcore_rewards(self) -> Any:
        return [Cost]

    @hookimpl
    def pgcore_observers(self) -> Any:
        return [Printer]

    @hookimpl
    def pgcore_scenarios(self) -> Any:
        return [Scenario("many", "microgrids in a row", many, {"n": 2})]


CATALOG = Catalog.of(Plugin())

GOOD = """\
spec: 1
network: {type: feeder}
profiles:
  sun: {type: values, values: [0, 0.5, 1, 0.5]}
agents:
  MG1:
    area: [5, 6]
    devices:
      ess: {type: battery, bus: 5, capacity_mwh: 2.0}
      pv: {type: pv, bus: 6, p_peak_mw: 0.8, availability: sun}
    vertical: {type: setpoint}
horizontal:
  - {type: p2p_trading, fee_per_mwh: 2.0}
reward: {type: cost_and_violation, shared: 0.2}
episode: {steps: 4}
run:
  backend: {type: pandapower}
  seed: 7
"""
"""A spec without a flaw, for tests to break."""
