"""World: the network and its solver; what the environment alone can see."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from attrs import frozen

from pgcore.columns import Array, Flags, Index, placed
from pgcore.contracts.backend import Flow, Solver
from pgcore.labels import Labels
from pgcore.messages import NetworkState
from pgcore.plant import EFFECTS, Effects

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
    """Reads the power into an agent's area: through a ``"line"`` or ``"trafo"``, or from the ``"bus"`` of the external grid.

    What enters a branch at its from or high-voltage end counts, or what leaves the external grid, times ``sign``.
    """

    place: str
    target: int
    sign: float

    def read(self, flow: Flow) -> Array:
        """Power into the area, ``(B,)`` in MW."""
        if self.place == "bus":
            return self.sign * flow.slack_p_mw
        return self.sign * (flow.line_p_mw if self.place == "line" else flow.trafo_p_mw)[:, self.target]


@frozen(eq=False)
class Sight:
    """What one agent may see: positions in the topology, and its meters in device order. The background has one too, of its devices' buses."""

    buses: Index
    lines: Index
    trafos: Index
    meters: tuple[Meter, ...]


class _Seen:
    """Gathers the views of all agents at once."""

    def __init__(self, sights: Sequence[Sight]) -> None:
        self.buses, self.lines, self.trafos = (_joined([getattr(s, kind) for s in sights]) for kind in ("buses", "lines", "trafos"))
        self.meters = [meter for sight in sights for meter in sight.meters]
        self.signs = np.array([meter.sign for meter in self.meters])
        self.read: Index | None = None

    def of(self, flow: Flow, converged: Flags, age: Array) -> NetworkState:
        """The joint view of a power flow."""
        return NetworkState(
            flow.vm_pu.take(self.buses, axis=1), flow.energised.take(self.buses, axis=1), flow.line_loading_percent.take(self.lines, axis=1),
            flow.trafo_loading_percent.take(self.trafos, axis=1), self._metered(flow), converged, age,
        )  # fmt: skip

    def _metered(self, flow: Flow) -> Array:
        if not self.meters:
            return np.zeros((len(flow.converged), 0))
        parts = (flow.line_p_mw, flow.trafo_p_mw, flow.slack_p_mw[:, None])
        if self.read is None:
            first = dict(zip(("line", "trafo", "bus"), np.cumsum([0, parts[0].shape[1], parts[1].shape[1]]), strict=True))
            self.read = _joined([[first[meter.place] + (0 if meter.place == "bus" else meter.target)] for meter in self.meters])
        return np.asarray(np.concatenate(parts, axis=1).take(self.read, axis=1) * self.signs)


def _joined(parts: Sequence[Any]) -> Index:
    return np.concatenate([np.zeros(0), *parts]).astype(np.intp)


class World:
    """The network side of B environments. It remembers the last good power flow."""

    def __init__(self, solver: Solver, wiring: Wiring, sights: Mapping[str, Sight], background: Sight, labels: Labels) -> None:
        self.solver, self.wiring, self.sights, self.labels = solver, wiring, sights, labels
        at_bus = np.flatnonzero(wiring.bus >= 0)
        self._order = at_bus[np.argsort(wiring.bus[at_bus], kind="stable")]
        self._seen = _Seen([*sights.values(), background])
        self._base = np.stack([wiring.base_p_mw, wiring.base_q_mvar])[:, None]
        used, self._first = np.unique(wiring.bus[self._order], return_index=True)
        self._sum_of = np.full(len(wiring.base_p_mw), len(used), dtype=np.intp)
        """For each bus the place of its sum among those of the buses with devices; the place behind them holds zero."""
        self._sum_of[used] = np.arange(len(used))
        self._good: Flow | None = None
        self._injected = np.zeros((2, 1, 0))
        self.age = np.zeros(1)
        self._converged = np.ones(1, dtype=bool)

    def reset(self, batch: int) -> None:
        """Start an episode: forget every earlier solve."""
        self.solver.forget()
        self._good, self.age = None, np.zeros(batch)
        self._injected = np.zeros((2, batch, len(self.wiring.names)))

    def solve(self, effects: Effects) -> Flow:
        """Solve the power flow with what all devices do, ``(F, B, n)``."""
        flow = self.solver.solve(*self._at_buses(effects), effects[_CONTROL][:, self.wiring.controllers])
        self._remember(flow)
        return flow

    def restart(self, which: Index, effects: Effects) -> Flow:
        """Start an episode in some environments, the others going on, with what all devices of those do, ``(F, len(which), n)``."""
        for row in which.tolist():
            self.solver.forget(row)
        flow = self.solver.solve(*self._at_buses(effects), effects[_CONTROL][:, self.wiring.controllers], which)
        _check_finite(flow, self.solver)
        assert self._good is not None, "some environments start anew before all of them have started"
        good = flow if flow.converged.all() else _merge(flow, _flat(flow))
        self._good = Flow(**{name: placed(getattr(self._good, name), which, getattr(good, name)) for name in _FLOW})
        self.age = placed(self.age, which, np.where(flow.converged, 0.0, 1.0))
        self._converged = placed(self._converged, which, flow.converged)
        now = np.where(flow.converged[None, :, None], effects[_POWER], 0.0)
        self._injected = placed(self._injected.swapaxes(0, 1), which, now.swapaxes(0, 1)).swapaxes(0, 1)
        return flow

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

    def views(self, flow: Flow) -> NetworkState:
        """What the agents may see, agent after agent: their areas and meters, from the last good power flow.

        The last voltages are those at the buses of the background's devices.
        """
        return self._seen.of(flow if self._good is None else self._good, self._converged, self.age)

    def _at_buses(self, everyone: Effects) -> tuple[Array, Array]:
        """Injections ``(B, bus)``: devices of a bus are added in device order."""
        sums = np.zeros((2, everyone.shape[1], len(self._first) + 1))
        if self._first.size:
            np.add.reduceat(everyone[_POWER].take(self._order, axis=2), self._first, axis=2, out=sums[:, :, :-1])
        total = sums.take(self._sum_of, axis=2) + self._base
        return total[0], total[1]

    def _remember(self, flow: Flow) -> None:
        """Keep the last good values of every environment, and how old they are."""
        _check_finite(flow, self.solver)
        self._converged = flow.converged
        self.age = np.where(flow.converged, 0.0, self.age + 1.0)
        if flow.converged.all():
            self._good = flow
        else:
            self._good = _merge(flow, _flat(flow) if self._good is None else self._good)


def _check_finite(flow: Flow, solver: Solver) -> None:
    if not np.isfinite(np.concatenate([getattr(flow, name).ravel() for name in _NUMBERS])).all():
        where = type(solver).__module__
        raise BackendFault(f"{where} returned a power flow with values that are not finite: a backend reports divergence in `converged`")


def _flat(flow: Flow) -> Flow:
    """What is shown before any power flow had a solution: nominal voltage, nothing flowing."""
    nothing = {name: np.zeros_like(getattr(flow, name)) for name in _FLOW}
    return Flow(**{**nothing, "vm_pu": np.ones_like(flow.vm_pu), "energised": np.ones_like(flow.energised)})


def _merge(new: Flow, old: Flow) -> Flow:
    def pick(a: Any, b: Any) -> Any:
        return np.where(new.converged.reshape(-1, *[1] * (a.ndim - 1)), a, b)

    return Flow(**{name: pick(getattr(new, name), getattr(old, name)) for name in _FLOW})
