"""World: the network, its solver and the devices that belong to no agent; what the environment alone can see."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from attrs import frozen

from pgcore.columns import Array, Flags, Index, span
from pgcore.contracts.backend import Flow, Solver
from pgcore.contracts.device import State
from pgcore.contracts.protocol import Award
from pgcore.feeds import Feeds
from pgcore.labels import Labels
from pgcore.messages import NetworkState
from pgcore.plant import EFFECTS, Effects, Plant, States
from pgcore.streams import Streams

_POWER = slice(EFFECTS.index("p_mw"), EFFECTS.index("q_mvar") + 1)
_CONTROL = EFFECTS.index("control")
_FLOW = tuple(f.name for f in attrs.fields(Flow))
_NUMBERS = tuple(name for name in _FLOW if name not in ("converged", "energised", "rung"))


class BackendFault(RuntimeError):
    """A backend broke the contract: it returned a number that is not finite."""


@frozen(eq=False)
class Wiring:
    """Where every device is connected, agents' devices first, then the background's: arrays of shape ``(n,)``."""

    names: tuple[str, ...]
    bus: Index
    """Topology bus, −1 for a device that injects nothing there."""
    controllers: Index
    """The devices behind the solver's ports, in port order."""
    base_p_mw: Array
    base_q_mvar: Array
    """Power added at every topology bus to take out network loads that devices stand for, ``(bus,)``."""


@frozen(eq=False)
class Meter:
    """Reads the power into an agent's area: through a ``"line"`` or ``"trafo"``, or from the ``"bus"`` of the external grid."""

    place: str
    target: int
    sign: float

    def read(self, flow: Flow) -> Array:
        """Power into the area, ``(B,)`` in MW: what enters a branch at its from or high-voltage end, or leaves the external grid."""
        if self.place == "bus":
            return self.sign * flow.slack_p_mw
        return self.sign * (flow.line_p_mw if self.place == "line" else flow.trafo_p_mw)[:, self.target]


@frozen(eq=False)
class Sight:
    """What one agent may see: positions in the topology, and its meters in device order."""

    buses: Index
    lines: Index
    trafos: Index
    meters: tuple[Meter, ...]


class World:
    """The network side of B environments. It remembers the last good power flow and the states of the background."""

    def __init__(
        self, solver: Solver, wiring: Wiring, sights: Mapping[str, Sight], labels: Labels, background: Plant, feeds: Feeds, dt_h: float
    ) -> None:
        self.solver, self.wiring, self.sights, self.labels = solver, wiring, sights, labels
        self.background, self.feeds, self.dt_h = background, feeds, dt_h
        at_bus = np.flatnonzero(wiring.bus >= 0)
        self._order = at_bus[np.argsort(wiring.bus[at_bus], kind="stable")]
        self._spans = {name: (span(sight.buses), span(sight.lines), span(sight.trafos)) for name, sight in sights.items()}
        self._base = np.stack([wiring.base_p_mw, wiring.base_q_mvar])[:, None]
        self._used, self._first = np.unique(wiring.bus[self._order], return_index=True)
        own = slice(len(wiring.names) - len(background), None)
        self._voltage_bus = wiring.bus[own][background.needs.owners[feeds.voltages]]
        self._states: States = ()
        self._good: Flow | None = None
        self._injected = np.zeros((2, 1, 0))
        self.age = np.zeros(1)

    def reset(self, seeds: Sequence[tuple[int, int]]) -> None:
        """Start an episode: forget every earlier solve."""
        self.solver.forget()
        self._states = self.background.initial(len(seeds), lambda names: Streams.of(seeds, names))
        self._good, self.age = None, np.zeros(len(seeds))
        self._injected = np.zeros((2, len(seeds), len(self.wiring.names)))

    def solve(self, effects: Effects, rows: Index, keep: bool = True) -> tuple[Flow, Effects]:
        """Step the background and solve the power flow with the agents' effects ``(F, B, n)``; returns everybody's effects.

        With ``keep=False`` the background stays where it was: a look ahead.
        """
        vm_pu = np.ones((len(rows), len(self._voltage_bus))) if self._good is None else self._good.vm_pu[:, self._voltage_bus]
        exo = self.feeds.at(rows, vm_pu)
        states, own = self.background.step(self._states, self.background.alone(len(rows)), exo, self.dt_h)
        if keep:
            self._states = states
        everyone = np.concatenate([effects, own], axis=2)
        flow = self.solver.solve(*self._at_buses(everyone), everyone[_CONTROL][:, self.wiring.controllers])
        self._remember(flow)
        return flow, everyone

    def suspects(self, everyone: Effects, converged: Flags) -> list[tuple[str, ...]]:
        """For each environment without a solution, the three devices whose injection changed most since the last good one."""
        now = everyone[_POWER]
        if converged.all():
            self._injected = now
            return [()] * len(converged)
        change = np.hypot(*(now - self._injected))
        self._injected = np.where(converged[None, :, None], now, self._injected)
        ranked = np.argsort(-change, axis=1, kind="stable")[:, :3]
        return [() if good else tuple(self.wiring.names[i] for i in row) for good, row in zip(converged, ranked, strict=True)]

    def views(self, flow: Flow, awards: Sequence[Mapping[str, Award]]) -> dict[str, NetworkState]:
        """One curated view for each agent: its area, its meters, its awards."""
        good = flow if self._good is None else self._good
        return {name: self._view(name, sight, good, flow.converged, awards) for name, sight in self.sights.items()}

    def states(self) -> dict[str, State]:
        """The state of every background device, by name; arrays of shape ``(B,)``."""
        return {name: self.background.state_of(self._states, i) for i, name in enumerate(self.background.names)}

    def _view(self, name: str, sight: Sight, good: Flow, converged: Flags, awards: Sequence[Mapping[str, Award]]) -> NetworkState:
        metered = [meter.read(good) for meter in sight.meters]
        buses, lines, trafos = self._spans[name]
        return NetworkState(
            good.vm_pu[:, buses], good.energised[:, buses], good.line_loading_percent[:, lines], good.trafo_loading_percent[:, trafos],
            np.array(metered).T if metered else np.zeros((len(converged), 0)),
            converged, self.age, tuple(award[name] for award in awards if name in award),
        )  # fmt: skip

    def _at_buses(self, everyone: Effects) -> tuple[Array, Array]:
        """Injections ``(B, bus)``: devices of a bus are added in device order."""
        batch = everyone.shape[1]
        total = np.repeat(self._base, batch, axis=1)
        if self._used.size:
            total[:, :, self._used] += np.add.reduceat(everyone[_POWER].take(self._order, axis=2), self._first, axis=2)
        return total[0], total[1]

    def _remember(self, flow: Flow) -> None:
        """Keep the last good values of every environment, and how old they are."""
        if not np.isfinite(np.concatenate([getattr(flow, name).ravel() for name in _NUMBERS])).all():
            where = type(self.solver).__module__
            raise BackendFault(f"{where} returned a power flow with values that are not finite: a backend reports divergence in `converged`")
        self.age = np.where(flow.converged, 0.0, self.age + 1.0)
        if flow.converged.all():
            self._good = flow
        else:
            self._good = _merge(flow, _flat(flow) if self._good is None else self._good)


def _flat(flow: Flow) -> Flow:
    """What is shown before any power flow had a solution: nominal voltage, nothing flowing."""
    nothing = {name: np.zeros_like(getattr(flow, name)) for name in _FLOW}
    return Flow(**{**nothing, "vm_pu": np.ones_like(flow.vm_pu), "energised": np.ones_like(flow.energised)})


def _merge(new: Flow, old: Flow) -> Flow:
    def pick(a: Any, b: Any) -> Any:
        return np.where(new.converged.reshape(-1, *[1] * (a.ndim - 1)), a, b)

    return Flow(**{name: pick(getattr(new, name), getattr(old, name)) for name in _FLOW})
