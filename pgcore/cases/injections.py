"""Injections: power at topology buses summed up at the buses of a neutral case."""

import numpy as np

from pgcore.columns import Array
from pgcore.contracts.network import Case, Complex


def scheduled_pu(case: Case) -> Complex:
    """Complex power that the network itself injects at each case bus, active power of its generators included, pu ``(n bus,)``."""
    power = (case.p_mw + 1j * case.q_mvar) / case.base_mva
    np.add.at(power, case.pv_bus, case.pv_p_mw / case.base_mva)
    return np.asarray(power)


class Injections:
    """Adds what devices inject at topology buses to what the network itself injects at case buses."""

    def __init__(self, case: Case) -> None:
        alive = np.flatnonzero(case.bus_of >= 0)
        self._order = alive[np.argsort(case.bus_of[alive], kind="stable")]
        self._used, self._first = np.unique(case.bus_of[self._order], return_index=True)
        self._scheduled, self._per_mva = scheduled_pu(case)[None], 1 / case.base_mva

    def at_case_buses(self, p_mw: Array, q_mvar: Array) -> Complex:
        """Power into the grid at every case bus, pu ``(B, n bus)``, for arrays ``(B, topology bus)``; at dead buses it is dropped.

        The buses of one case bus are added in topology order, so no row depends on another.
        """
        power = np.repeat(self._scheduled, len(p_mw), axis=0)
        if self._used.size:
            devices = (p_mw + 1j * q_mvar).take(self._order, axis=1)
            power[:, self._used] += np.add.reduceat(devices, self._first, axis=1) * self._per_mva
        return power
