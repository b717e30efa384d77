"""CaseModel: a neutral case as a power-grid-model model."""

from typing import Any

import numpy as np

from pgcore.cases.admittances import live_buses, two_ports
from pgcore.cases.injections import Injections
from pgcore.cases.readout import Readout
from pgcore.columns import Array
from pgcore.contracts.backend import Flow
from pgcore.contracts.network import Case, Complex
from pgcore_powergridmodel.batch import Batch, Effort, device_loads, filled, ideal_sources

NODE_V = 1e3
"""Rated voltage of every node. power-grid-model wants SI units; at 1 kV the base impedance is 1 Ω over the base in MVA, wherever a branch is."""


class CaseModel:
    """Solves one case; rows are independent scenarios of one batch."""

    def __init__(self, case: Case, effort: Effort) -> None:
        from power_grid_model import PowerGridModel

        data = input_data(case)
        self._batch = Batch(PowerGridModel(data), data["sym_load"]["id"], effort)
        y, live = two_ports(case), live_buses(case)
        self._live, self._base_va = live, case.base_mva * 1e6
        self._injections, self._readout = Injections(case), Readout(case, y, live)

    def flow(self, p_mw: Array, q_mvar: Array) -> Flow:
        """The Flow of all rows, for injections ``(B, topology bus)``."""
        power = self._injections.at_case_buses(p_mw, q_mvar)
        found, converged = self._batch.solve(power * self._base_va, {"node": ("u_pu", "u_angle")})
        magnitude, angle = found["node"]["u_pu"], found["node"]["u_angle"]
        voltage: Complex = np.where(self._live, magnitude * np.exp(1j * angle), 0)
        return self._readout.read(voltage, power, converged, np.where(converged, 0, 1).astype(np.uint8))


def input_data(case: Case) -> dict[str, Any]:
    """power-grid-model's input data of a case: a node, a shunt and a load for each bus, a generic branch for each branch.

    A generic branch is the case's own π-circuit behind an ideal transformer, in Ω and S at its to end. Admittance at one end of a branch alone is
    in the shunt there.
    """
    n, m, per_ohm = len(case.vn_kv), len(case.from_bus), case.base_mva * 1e6 / NODE_V**2
    to_ground = case.shunt_pu.astype(complex)
    np.add.at(to_ground, case.from_bus, case.y_from_pu * case.closed)
    np.add.at(to_ground, case.to_bus, case.y_to_pu * case.closed)
    buses, siemens = np.arange(n), to_ground * per_ohm
    return {
        "node": filled("node", n, id=buses, u_rated=NODE_V),
        "generic_branch": filled("generic_branch", m, id=n + np.arange(m), **_ends(case), **_circuit(case, per_ohm)),
        "shunt": filled("shunt", n, id=n + m + buses, node=buses, status=1, g1=siemens.real, b1=siemens.imag, g0=0, b0=0),
        "sym_load": device_loads(2 * n + m, buses),
        "source": ideal_sources(3 * n + m, case.slack_bus, case.slack_vm_pu, np.deg2rad(case.slack_va_deg)),
    }


def _ends(case: Case) -> dict[str, Any]:
    return {"from_node": case.from_bus, "to_node": case.to_bus, "from_status": case.closed, "to_status": case.closed}


def _circuit(case: Case, per_ohm: float) -> dict[str, Any]:
    series = {"r1": case.r_pu / per_ohm, "x1": case.x_pu / per_ohm, "g1": case.g_pu * per_ohm, "b1": case.b_pu * per_ohm}
    return {**series, "k": np.abs(case.ratio), "theta": np.angle(case.ratio), "sn": 1e6}
