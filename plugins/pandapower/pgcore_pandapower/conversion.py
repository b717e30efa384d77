"""Runs pandapower's own conversion of a net into its internal per-unit case."""

import copy
import inspect
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import frozen

from pgcore.columns import Array

SOLVER_OPTIONS = frozenset(
    {
        *("algorithm", "init", "init_vm_pu", "init_va_degree", "max_iteration", "tolerance_mva"),
        *("numba", "lightsim2grid", "recycle", "only_v_results", "check_connectivity", "run_control", "v_debug"),
    }
)
"""Options of ``runpp`` that steer the solver and not the model: a net's ``user_pf_options`` must not set these behind a backend's back."""


@frozen(eq=False)
class Converted:
    """A converted copy of a net: ``ppc`` holds everything, live buses first, and ``ppci`` only what carries power."""

    net: Any
    ppc: Mapping[str, Any]
    ppci: Mapping[str, Any]

    @property
    def branches(self) -> Mapping[str, tuple[int, int]]:
        """First and last-plus-one row of each branch element in ``ppc["branch"]``."""
        found: Mapping[str, tuple[int, int]] = self.net._pd2ppc_lookups["branch"]
        return found


def prepared(net: Any) -> Any:
    """A deep copy of a net, ready for our own calls of ``runpp``: without results and without solver options of its own."""
    made = copy.deepcopy(net)
    made.user_pf_options = {name: value for name, value in made.user_pf_options.items() if name not in SOLVER_OPTIONS}
    return made


def converted(net: Any) -> Converted:
    """Convert a copy of ``net`` the way ``runpp`` does before it solves.

    Raises:
        ValueError: the net has no external grid in service, or pandapower refuses its data; the message repeats why.
    """
    work = prepared(net)
    _expect_source(work)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _convert(work)
    except (UserWarning, ValueError, KeyError, IndexError, TypeError, FloatingPointError, NotImplementedError) as error:
        raise ValueError(f"pandapower cannot convert this net: {type(error).__name__}: {error}; see pandapower.diagnostic(net)") from error


def _expect_source(net: Any) -> None:
    if not (net.ext_grid.in_service.any() or (net.gen.in_service & net.gen.slack).any()):
        raise ValueError("the net has no external grid (or slack generator) in service, so nothing fixes its voltage; add one with create_ext_grid")


def _convert(work: Any) -> Converted:
    from pandapower.auxiliary import _add_auxiliary_elements, _init_runpp_options
    from pandapower.pd2ppc import _pd2ppc

    _add_auxiliary_elements(work)
    _init_runpp_options(work, **_defaults(), passed_parameters={}, numba=False, lightsim2grid=False)
    work._pd2ppc_lookups = {"bus": [], "bus_dc": [], "ext_grid": None, "gen": None, "branch": {}, "branch_dc": {}}
    ppc, ppci = _pd2ppc(work)
    return Converted(work, ppc, ppci)


def _defaults() -> dict[str, Any]:
    """The arguments that ``runpp`` itself would pass on when called without any."""
    from pandapower import runpp
    from pandapower.auxiliary import _init_runpp_options

    taken = inspect.signature(_init_runpp_options).parameters
    return {name: p.default for name, p in inspect.signature(runpp).parameters.items() if name in taken and p.default is not p.empty}


def pi_fields(r: Array, x: Array, g: Array, b: Array, g_asym: Array, b_asym: Array, tap: Array, shift_deg: Array) -> dict[str, Any]:
    """π-branch fields from pandapower's: it writes a tap of 0 for "none" and the to-end's excess charging in ``*_asym``."""
    ratio = np.where(tap == 0, 1.0, tap) * np.exp(1j * np.deg2rad(shift_deg))
    return {"r_pu": r, "x_pu": x, "g_pu": g, "b_pu": b, "ratio": ratio, "y_to_pu": (g_asym + 1j * b_asym) / 2}
