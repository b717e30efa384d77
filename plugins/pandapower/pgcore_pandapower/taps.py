"""Tabulates a transformer's branch entries over its tap positions, with pandapower's own conversion at each of them."""

import warnings
from typing import Any

import numpy as np

from pgcore.cases.controls import TABULATED
from pgcore.columns import Array, Index
from pgcore.contracts.network import Case, TapTable
from pgcore_pandapower.conversion import Converted, pi_fields
from pgcore_pandapower.topology import acts_on_taps, frozen_array


def tap_tables(made: Converted, case: Case) -> tuple[TapTable, ...]:
    """A table for every two-winding transformer that is a branch of the case and has a tap changer."""
    table = made.net.trafo
    chosen = np.flatnonzero(acts_on_taps(table) & (case.trafo_branch[: len(table), 0] >= 0))
    if not len(chosen):
        return ()
    low, high = (table[name].to_numpy(dtype=float)[chosen].astype(np.intp) for name in ("tap_min", "tap_max"))
    sweep = [_entries_at(made, chosen, np.minimum(low + k, high)) for k in range(int((high - low).max()) + 1)]
    return tuple(_table(case, int(trafo), int(low[i]), int(high[i]), i, sweep) for i, trafo in enumerate(chosen))


def _entries_at(made: Converted, chosen: Index, positions: Index) -> dict[str, Any]:
    from pandapower.build_branch import _calc_branch_values_from_trafo_df

    moved = made.net.trafo.copy()
    taps: Array = moved.tap_pos.to_numpy(dtype=float, copy=True)
    taps[chosen] = positions
    moved["tap_pos"] = taps
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        r, x, g, b, g_asym, b_asym, ratio, shift = (
            np.broadcast_to(np.asarray(part, dtype=float), len(moved)) for part in _calc_branch_values_from_trafo_df(made.net, made.ppc, moved)
        )
    entries = pi_fields(r, x, g, b, g_asym, b_asym, ratio, shift)
    return {name: values[chosen] for name, values in entries.items()}


def _table(case: Case, trafo: int, low: int, high: int, column: int, sweep: list[dict[str, Any]]) -> TapTable:
    rows = range(high - low + 1)
    entries = {name: frozen_array([sweep[k][name][column] for k in rows]) for name in TABULATED}
    return TapTable(trafo=trafo, branch=int(case.trafo_branch[trafo, 0]), low=low, **entries)
