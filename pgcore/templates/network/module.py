"""AcmeNetwork: a feeder made from a few numbers, to be changed into your source of networks."""

from typing import TypeVar

import attrs
import numpy as np
from attrs import frozen
from pgcore.columns import Array
from pgcore.contracts.network import Branches, Case, Loads, Network, NetworkSource, Topology
from pgcore.quantity import quantity

BASE_MVA = 1.0

T = TypeVar("T")


@frozen
class AcmeNetwork(NetworkSource):
    """A feeder of equal sections: a source, and buses in a row behind it that share one load.

    Bus 0 is the source at 1 pu; line k leads from bus k to bus k + 1. Lines are plain series impedances.
    """

    type = "acme"

    buses: int = quantity("1", "buses behind the source", default=10, ge=1, le=1000)
    vn_kv: float = quantity("kV", "nominal voltage, between phases", default=20.0, gt=0)
    section_km: float = quantity("km", "length of each line", default=0.5, gt=0)
    r_ohm_per_km: float = quantity("ohm/km", "resistance of the lines", default=0.3, gt=0)
    x_ohm_per_km: float = quantity("ohm/km", "reactance of the lines", default=0.35, ge=0)
    limit_ka: float = quantity("kA", "current that a line may carry", default=0.3, gt=0)
    p_load_mw: float = quantity("MW", "active power of all loads together", default=1.0, ge=0)
    q_load_mvar: float = quantity("Mvar", "reactive power of all loads together", default=0.2, ge=0)

    def load(self) -> Network:
        """Make the feeder."""
        n = self.buses
        lines = Branches(
            ids=tuple(range(n)),
            names=tuple(f"line {k}" for k in range(n)),
            from_bus=np.arange(n),
            to_bus=np.arange(1, n + 1),
            limit=np.full(n, self.limit_ka),
            in_service=np.ones(n, dtype=bool),
        )
        return Network(_read_only(self._topology(lines)), _read_only(self._case(lines)))

    def _topology(self, lines: Branches) -> Topology:
        n = self.buses
        behind = np.arange(1, n + 1)
        each = np.full(n, 1.0 / n)
        loads = Loads(tuple(range(n)), tuple(f"load {k}" for k in behind), behind, each * self.p_load_mw, each * self.q_load_mvar)
        return Topology(
            bus_ids=tuple(range(n + 1)),
            bus_names=("source", *(f"bus {k}" for k in behind)),
            vn_kv=np.full(n + 1, self.vn_kv),
            xy=np.column_stack([self.section_km * np.arange(n + 1), np.zeros(n + 1)]),
            slack_buses=(0,),
            lines=lines,
            trafos=_no_trafos(),
            loads=loads,
            tap_range=np.zeros((0, 2)),
        )

    def _case(self, lines: Branches) -> Case:
        """The per-unit model; impedances are over V²/S, in kV and MVA."""
        n, none = self.buses, np.zeros(0, dtype=np.intp)
        per_unit = self.section_km * BASE_MVA / self.vn_kv**2
        zero, without = np.zeros(n), np.zeros(n, dtype=complex)
        return Case(
            base_mva=BASE_MVA,
            bus_of=np.arange(n + 1),
            vn_kv=np.full(n + 1, self.vn_kv),
            shunt_pu=np.zeros(n + 1, dtype=complex),
            p_mw=-self._shared(self.p_load_mw),
            q_mvar=-self._shared(self.q_load_mvar),
            from_bus=lines.from_bus,
            to_bus=lines.to_bus,
            r_pu=np.full(n, self.r_ohm_per_km * per_unit),
            x_pu=np.full(n, self.x_ohm_per_km * per_unit),
            g_pu=zero,
            b_pu=zero,
            ratio=np.ones(n, dtype=complex),
            y_from_pu=without,
            y_to_pu=without,
            slack_bus=np.array([0]),
            slack_vm_pu=np.ones(1),
            slack_va_deg=np.zeros(1),
            pv_bus=none,
            pv_p_mw=np.zeros(0),
            pv_vm_pu=np.zeros(0),
            line_branch=np.arange(n),
            line_limit_ka=lines.limit,
            trafo_branch=np.zeros((0, 3), dtype=np.intp),
            trafo_limit_ka=np.zeros((0, 3, 2)),
        )

    def _shared(self, total: float) -> Array:
        """A total dealt out over the buses behind the source, ``(buses + 1,)``."""
        return np.concatenate([[0.0], np.full(self.buses, total / self.buses)])


def _no_trafos() -> Branches:
    none = np.zeros(0, dtype=np.intp)
    return Branches((), (), none, none, np.zeros(0), np.zeros(0, dtype=bool))


def _read_only(part: T) -> T:
    """A part of a network with arrays that nobody can write to: environments and backends share them."""
    for field in attrs.fields(type(part)):  # type: ignore[arg-type]
        value = getattr(part, field.name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
        elif attrs.has(type(value)):
            _read_only(value)
    return part
