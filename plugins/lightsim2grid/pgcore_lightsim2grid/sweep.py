"""Sweep: a fixed number of power flows in one call of lightsim2grid's injection sweep."""

from typing import Any

import numpy as np
from attrs import frozen

from pgcore.columns import Flags
from pgcore.contracts.network import Complex


@frozen
class Effort:
    """How hard to try."""

    tolerance_pu: float
    threads: int


@frozen
class Method:
    """One way of Newton's method: a new Jacobian in every third iteration or in each, steps as they are or damped."""

    damped: bool
    most_iterations: int


QUICK = Method(damped=False, most_iterations=20)
DAMPED = Method(damped=True, most_iterations=50)
REUSED = 3
"""In how many iterations a Jacobian serves: a fifth quicker than a new one each time, for one iteration more (Shamanskii 1967)."""
SCALING, REFACTORING, EVERY = 0, 1, 3
"""Places in lightsim2grid's ``AlgoConfig.int_params``."""


class Sweep:
    """Solves ``rows`` power flows of one grid object at a time, each from the same start.

    A result depends on its own row alone, to the bit. All rows set out from the same start, so their first Jacobian is the same, and KLU keeps the
    pivots that it chose there. lightsim2grid's first call on a new object ends in other last bits than all later ones, whether those succeed or
    not; so one without any injection goes before.
    """

    def __init__(self, grid: Any, start: Complex, rows: int, method: Method, effort: Effort) -> None:
        from lightsim2grid.algorithm import AlgorithmType
        from lightsim2grid.injectionSweep import InjectionSweepCPP

        self._sweep = InjectionSweepCPP(grid)
        self._sweep.change_algorithm(AlgorithmType.NRSing_KLU)
        self._sweep.set_algo_config(_configured(self._sweep.get_algo_config(), method))
        self._sweep.nb_thread = min(effort.threads, rows)
        self._start, self._method, self._effort = start, method, effort
        self.solve(np.zeros((rows, len(start)), dtype=complex))

    def solve(self, power: Complex) -> tuple[Complex, Flags]:
        """Voltages ``(rows, n node)`` in pu and which rows converged, for power into the grid ``(rows, n node)`` in pu."""
        drawn = -power
        # `compute` and these two take float64 arrays; the setters of the grid object itself are float32.
        self._sweep.modify_load_p(np.ascontiguousarray(drawn.real))
        self._sweep.modify_load_q(np.ascontiguousarray(drawn.imag))
        self._sweep.compute(self._start, self._method.most_iterations, self._effort.tolerance_pu)
        # A copy, because the next call writes into the array that is handed out here.
        return np.array(self._sweep.get_voltages()), np.array(self._sweep.converged_mask(), dtype=bool)


def _configured(config: Any, method: Method) -> Any:
    from lightsim2grid.algorithm import RefactorPolicyType, ScalingPolicyType

    values = list(config.int_params)
    values[SCALING] = int(ScalingPolicyType.LineSearch if method.damped else ScalingPolicyType.NoScaling)
    values[REFACTORING] = int(RefactorPolicyType.AlwaysRefactor if method.damped else RefactorPolicyType.EveryN)
    values[EVERY] = REUSED
    config.int_params = values
    return config
