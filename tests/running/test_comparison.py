"""Comparison of two backends: the largest difference and where it is."""

from collections.abc import Iterable

import numpy as np
import pytest
from attrs import evolve, frozen

import pgcore.builtin
from pgcore.adapters.pettingzoo import PgcoreEnv, make_env
from pgcore.catalog import Catalog
from pgcore.columns import Array, Index
from pgcore.contracts.backend import Backend, Flow, Port, Solver
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network
from pgcore.hookspecs import hookimpl
from pgcore.running.comparison import pair
from tests.toys import ToyBackend, Toys, ToySolver, toy_spec


class Off(ToySolver):
    """Wrong by 0.01 pu at bus C in every solve."""

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        right = super().solve(p_mw, q_mvar, controls)
        return evolve(right, vm_pu=right.vm_pu + np.array([0.0, 0.0, 0.0, 0.01]))


@frozen
class OffBackend(ToyBackend):
    """The toy with an error."""

    type = "off"
    controls = frozenset({Control.TAP})

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> Solver:
        return Off(ports)


class Plugin:
    @hookimpl
    def pgcore_backends(self) -> Iterable[type[Backend]]:
        return [OffBackend]


CATALOG = Catalog.of(pgcore.builtin, Toys(), Plugin())


def make(device: dict[str, object]) -> PgcoreEnv:
    return make_env(toy_spec({"M": {"area": ["C"], "devices": {"d": device}}}), catalog=CATALOG)


def test_an_error_is_found_where_it_is() -> None:
    paired = list(pair(make({"type": "source", "bus": "C"}), OffBackend(), seed=0))[-1]
    worst = paired.largest["vm_pu"]
    assert (worst.where, round(worst.largest, 9), worst.unit) == ("C", 0.01, "pu")
    assert paired.largest["slack_p_mw"].largest == 0.0
    assert (paired.solves, paired.disagreements) == (6, [])


def test_a_control_that_the_second_backend_lacks_is_named() -> None:
    with pytest.raises(ValueError, match="cannot act on closed"):
        next(pair(make({"type": "switch", "line": "L2"}), OffBackend(), seed=0))
