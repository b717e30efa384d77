"""Start: the voltages of an unloaded network, from which every solve sets out."""

import numpy as np

from pgcore.columns import Flags
from pgcore.contracts.network import Case, Complex


def unloaded(case: Case, live: Flags) -> Complex:
    """Voltage of each case bus when nothing flows, pu ``(n bus,)``; 0 where there is no source, given by ``live``.

    It is handed on from the slack buses through the ideal transformers of the branches, outwards, so it carries every ratio and phase shift on the
    way. In a mesh whose ratios do not agree it is what comes by the fewest branches. Generators hold their own magnitude.
    """
    voltage = np.zeros(len(live), dtype=complex)
    voltage[case.slack_bus] = case.slack_vm_pu * np.exp(1j * np.deg2rad(case.slack_va_deg))
    on = case.closed & live[case.from_bus]
    start, end, ratio = case.from_bus[on], case.to_bus[on], case.ratio[on]
    while True:
        known = voltage != 0
        outwards, inwards = known[start] & ~known[end], known[end] & ~known[start]
        if not (outwards.any() or inwards.any()):
            break
        voltage[end[outwards]] = voltage[start[outwards]] / ratio[outwards]
        voltage[start[inwards]] = voltage[end[inwards]] * ratio[inwards]
    held = live[case.pv_bus]
    bus = case.pv_bus[held]
    voltage[bus] *= case.pv_vm_pu[held] / np.abs(voltage[bus])
    return voltage
