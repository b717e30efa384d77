"""Rows of a Flow: one environment's results, and their stacking."""

from typing import Any

import numpy as np

from pgcore.contracts.backend import Flow

FIELDS = (
    "vm_pu",
    "va_deg",
    "line_loading_percent",
    "trafo_loading_percent",
    "line_p_mw",
    "trafo_p_mw",
    "slack_p_mw",
    "slack_q_mvar",
    "losses_mw",
)
"""The numbers of a Flow: those that are zero where a row did not converge."""

Row = dict[str, Any]
"""One environment's Flow: the fields without their leading axis."""


def stacked(rows: list[Row], rungs: list[int]) -> Flow:
    """The Flow of all rows."""
    values = {name: np.array([row[name] for row in rows], dtype=float) for name in FIELDS}
    flags = {name: np.array([row[name] for row in rows], dtype=bool) for name in ("converged", "energised")}
    return Flow(**values, **flags, rung=np.array(rungs, dtype=np.uint8))


def failed(n_bus: int, n_line: int, n_trafo: int) -> Row:
    """The row of a solve that did not converge: zeros, nothing energised."""
    return {
        "vm_pu": np.zeros(n_bus),
        "va_deg": np.zeros(n_bus),
        "line_loading_percent": np.zeros(n_line),
        "trafo_loading_percent": np.zeros(n_trafo),
        "line_p_mw": np.zeros(n_line),
        "trafo_p_mw": np.zeros(n_trafo),
        "slack_p_mw": 0.0,
        "slack_q_mvar": 0.0,
        "losses_mw": 0.0,
        "energised": np.zeros(n_bus, dtype=bool),
        "converged": False,
    }
