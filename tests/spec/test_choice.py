"""Choice: `auto` becomes the fastest backend that fits, and says why none does."""

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import frozen

import pgcore.builtin
from pgcore.builtin.backends.auto import AutoBackend
from pgcore.catalog import Catalog
from pgcore.contracts.backend import Backend, Port, Solver
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network
from pgcore.hookspecs import hookimpl
from pgcore.spec.choice import NothingFits, fastest, rivals
from pgcore.spec.linked import Linked
from pgcore.spec.links import link
from pgcore.spec.load import load_spec
from pgcore.spec.problems import SpecError
from tests.toys import Toys, ToySolver, toy_network, toy_spec

GENERATOR = {"M": {"area": ["A", "B"], "devices": {"gen": {"type": "generator", "bus": "B", "p_max_mw": 1.0}}}}


@frozen
class Quick(Backend):
    """Quick, without controls."""

    type = "quick"
    warm_us = 1.0

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> Solver:
        return ToySolver(ports)


@frozen
class Slow(Quick):
    """Slow, with controls."""

    type = "slow"
    warm_us = 9.0
    controls = frozenset({Control.CLOSED, Control.TAP})


@frozen
class Picky(Slow):
    """Between the two in time; it takes no network."""

    type = "picky"
    warm_us = 0.5

    def refuses(self, network: Network) -> str | None:
        return "it has four buses"


@frozen
class Clumsy(Slow):
    """Says that it can act on branches, and cannot on this one."""

    type = "clumsy"
    warm_us = 2.0

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> Solver:
        raise ValueError("line A-B is not in the case")


@frozen
class Approximate(Quick):
    """The quickest, but not exact."""

    type = "approximate"
    exact = False
    warm_us = 0.1


@frozen
class Demanding(Quick):
    """Cannot be made without options."""

    type = "demanding"
    name: str


class Solvers(Toys):
    """These backends and the toy network."""

    @hookimpl
    def pgcore_backends(self) -> Any:
        return [Slow, Picky, Approximate, Quick, Clumsy, Demanding]


CATALOG = Catalog.of(pgcore.builtin, Solvers())
SWITCH = (Port(Control.CLOSED, 0, "line"),)


def linked(agents: Mapping[str, Any], run: Mapping[str, Any]) -> Linked:
    return link(load_spec(toy_spec(agents, run=run), catalog=CATALOG))


def test_exact_backends_that_need_no_options_are_rivals_the_fastest_first() -> None:
    assert [rival.type for rival in rivals(CATALOG)] == ["picky", "quick", "clumsy", "slow"]


def test_the_first_that_takes_the_network_and_acts_on_all_that_is_controlled_is_chosen() -> None:
    assert fastest(rivals(CATALOG), toy_network(), ()).type == "quick"
    assert fastest(rivals(CATALOG), toy_network(), SWITCH).type == "slow"


def test_where_none_fits_each_says_why() -> None:
    with pytest.raises(NothingFits, match="picky: it has four buses; quick: it cannot act on closed; clumsy: line A-B is not in the case"):
        fastest((Picky(), Quick(), Clumsy()), toy_network(), SWITCH)


@pytest.mark.parametrize("run", [{}, {"backend": {"type": "auto"}}])
def test_a_linked_spec_names_the_backend_that_auto_came_to(run: dict[str, Any]) -> None:
    spec = linked(GENERATOR, run).spec
    assert spec.run.backend == Quick()
    assert spec.document["run"]["backend"] == {"type": "quick"}


def test_a_backend_that_is_named_stays() -> None:
    assert linked(GENERATOR, {"backend": {"type": "slow"}}).spec.run.backend == Slow()


def test_a_spec_that_no_backend_can_solve_says_why() -> None:
    devices = {"cap": {"type": "shunt", "bus": "B", "q_mvar_per_step": 0.1}}
    with pytest.raises(
        SpecError, match=r"run.backend: no installed backend can solve this network with these devices: picky: it cannot act on shunt_mvar"
    ):
        linked({"M": {"area": ["A", "B"], "devices": devices}}, {})


def test_auto_itself_solves_nothing() -> None:
    with pytest.raises(ValueError, match="auto is no solver itself"):
        AutoBackend().compile(toy_network())
