"""Batch: a power-grid-model model whose loads change from row to row."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import frozen

from pgcore.columns import Array, Flags, Index
from pgcore.contracts.network import Complex

RUNGS = ("newton", "failed")
MOST_ITERATIONS = 30
IDEAL_VA = 1e24
"""Short-circuit power that makes a source's own impedance vanish: it lets the voltage sink by power over this."""

Wanted = Mapping[str, tuple[str, ...]]
"""Attributes to read of each kind of component."""
Found = Mapping[str, Mapping[str, Array]]


@frozen
class Effort:
    """How hard to try."""

    tolerance_pu: float
    threads: int


@frozen(eq=False)
class Batch:
    """A model, and its loads that stand for what devices inject: ``load_ids`` in the order of the columns of what is solved."""

    model: Any
    load_ids: Index
    effort: Effort

    def solve(self, power_va: Complex, wanted: Wanted) -> tuple[Found, Flags]:
        """The ``wanted`` attributes, ``(B, component)`` each, and which rows converged, for power into the grid ``(B, load)`` in VA.

        Where a row did not converge, its values are arbitrary.
        """
        from power_grid_model import DatasetType, initialize_array

        update = initialize_array(DatasetType.update, "sym_load", power_va.shape)
        update["id"], update["p_specified"], update["q_specified"] = self.load_ids, -power_va.real, -power_va.imag
        found = self.model.calculate_power_flow(
            update_data={"sym_load": update},
            error_tolerance=self.effort.tolerance_pu,
            max_iterations=MOST_ITERATIONS,
            threading=self.effort.threads if self.effort.threads > 1 else -1,
            output_component_types={kind: list(names) for kind, names in wanted.items()},
            continue_on_batch_error=True,
        )
        converged = np.ones(len(power_va), dtype=bool)
        if self.model.batch_error is not None:
            converged[self.model.batch_error.failed_scenarios] = False
        return found, converged


def filled(kind: str, count: int, **columns: Any) -> Any:
    """Input data of one kind of component, by column."""
    from power_grid_model import DatasetType, initialize_array

    data = initialize_array(DatasetType.input, kind, count)
    for name, values in columns.items():
        data[name] = values
    return data


def device_loads(first_id: int, node: Any) -> Any:
    """One load at each of these nodes, for what devices inject there."""
    count = len(node)
    ids = first_id + np.arange(count)
    return filled("sym_load", count, id=ids, node=node, status=1, type=0, p_specified=0, q_specified=0)


def ideal_sources(first_id: int, node: Any, vm_pu: Array, va_rad: Array) -> Any:
    """Sources that hold their voltage whatever they give."""
    ids = first_id + np.arange(len(node))
    return filled("source", len(node), id=ids, node=node, status=1, u_ref=vm_pu, u_ref_angle=va_rad, sk=IDEAL_VA, rx_ratio=0.1)
