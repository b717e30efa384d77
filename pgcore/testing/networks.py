"""Checks for network sources: topology and case hold together, are read-only, and their power flow has a solution.

In a test module of the plugin::

    from pgcore.testing import NetworkChecks

    class TestMine(NetworkChecks):
        network = Mine
        examples = [Mine(file=Path("tests/feeder.json"))]     # needed where a required option is text, a list or a file

or, for a plugin that is installed, ``pgcore plugins check mine``.
"""

import pickle
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import attrs
import numpy as np
from attrs import field, frozen

from pgcore.contracts.network import Branches, Case, Loads, Network, NetworkSource, Topology
from pgcore.testing import making
from pgcore.testing.backends.circuit import alive
from pgcore.testing.backends.reference import ReferenceBackend
from pgcore.testing.checks import Breach, Check, NotAsked, after
from pgcore.testing.conformance import Conformance
from pgcore.testing.devices.watch import watched
from pgcore.testing.filed import require_files_named
from pgcore.testing.making import check_made_from_its_options
from pgcore.testing.subject import Subject
from pgcore.testing.tables import flaws

__all__ = ["CHECKS", "NetworkChecks", "NetworkSubject", "subject"]


@frozen
class NetworkSubject(Subject[NetworkSource]):
    """A network source to be examined."""

    draws: ClassVar[int] = 2
    varied: ClassVar[bool] = False
    _loaded: list[tuple[NetworkSource, Network]] = field(factory=list, init=False, repr=False, eq=False)

    def networks(self) -> list[tuple[NetworkSource, Network]]:
        """Every source with its network, loaded once."""
        if not self._loaded:
            self._loaded.extend((source, load(source)) for source in self.drawn())
        return self._loaded


def load(source: NetworkSource) -> Network:
    """The network of a source.

    Raises:
        Breach: it raised.
    """
    try:
        return source.load()
    except Exception as error:
        mend = "refuse options that make no network when the source is made, with a QuantityError that names the field"
        raise Breach(f"load() raised {type(error).__name__}: {error}, from {source!r}", mend) from error


@after(check_made_from_its_options)
def check_loads_a_network(subject: NetworkSubject) -> None:
    """load() returns a Network with a Topology and a Case."""
    for source, network in subject.networks():
        inside = {name: getattr(network, name, None) for name in ("topology", "case")}
        expected = {"network": (network, Network), "topology": (inside["topology"], Topology), "case": (inside["case"], Case)}
        for name, (found, kind) in expected.items():
            if not isinstance(found, kind):
                raise Breach(f"the {name} is a {type(found).__name__}, from {source!r}", f"give a pgcore.contracts.network.{kind.__name__}")


@after(check_loads_a_network)
def check_tables_hold_together(subject: NetworkSubject) -> None:
    """Arrays have the lengths of what they list, positions lie within it, and numbers are finite where they must be."""
    for source, network in subject.networks():
        for flaw in flaws(network):
            raise Breach(f"{flaw}, from {source!r}", "positions count from 0 in the order of the topology, or of the case; −1 stands for none")


@after(check_tables_hold_together)
def check_topology_and_case_agree(subject: NetworkSubject) -> None:
    """Buses have one rated voltage in both, and branches the same ends: the case is the topology's, in per unit."""
    for source, network in subject.networks():
        topology, case = network.topology, network.case
        held = case.bus_of >= 0
        if not np.allclose(topology.vn_kv[held], case.vn_kv[case.bus_of[held]], rtol=1e-9):
            raise Breach(
                f"vn_kv of some buses differ between topology and case, from {source!r}", "mind `bus_of`: the case counts buses in its own way"
            )
        for kind, table, branch in (("line", topology.lines, case.line_branch), ("trafo", topology.trafos, case.trafo_branch[:, 0])):
            there = np.flatnonzero(branch >= 0)
            wrong = there[case.bus_of[table.from_bus[there]] != case.from_bus[branch[there]]]
            if len(wrong):
                mend = "a branch begins at the from bus of its line, or at the high-voltage bus of its transformer"
                raise Breach(f"{kind} {int(wrong[0])} begins at another bus in the case than in the topology, from {source!r}", mend)
            limit = np.flatnonzero(~(table.limit > 0.0))
            if len(limit):
                raise Breach(
                    f"the limit of {kind} {int(limit[0])} is {float(table.limit[limit[0]])}, from {source!r}", "give inf where it is not known"
                )
        if set(case.bus_of[list(topology.slack_buses)].tolist()) != set(case.slack_bus.tolist()):
            mend = "topology.slack_buses are positions in the topology, case.slack_bus in the case, of the same external grids"
            raise Breach(f"the sources of topology and case differ, from {source!r}", mend)


@after(check_tables_hold_together)
def check_has_a_source(subject: NetworkSubject) -> None:
    """There is an external grid, and it holds a voltage near 1 pu; no generator holds that of its bus as well."""
    for source, network in subject.networks():
        case = network.case
        if not len(case.slack_bus):
            raise Breach(f"it has no external grid, from {source!r}", "name the bus that holds voltage and frequency in slack_bus")
        if len(np.intersect1d(case.slack_bus, case.pv_bus)):
            raise Breach(f"a bus has both an external grid and a generator that holds its voltage, from {source!r}", "count its power as p_mw there")
        held = np.concatenate([case.slack_vm_pu, case.pv_vm_pu])
        if not ((held > 0.5) & (held < 1.5)).all():
            raise Breach(f"a source holds {float(held[np.argmax(np.abs(held - 1.0))]):g} pu, from {source!r}", "voltages are per unit of vn_kv")


@after(check_loads_a_network)
def check_arrays_are_read_only(subject: NetworkSubject) -> None:
    """No array of a network can be written to: environments and backends share it."""
    for source, network in subject.networks():
        for name, array in arrays(network):
            if array.flags.writeable:
                raise Breach(f"{name} can be written to, from {source!r}", "array.setflags(write=False), on a copy that nobody else has")


@after(check_tables_hold_together)
def check_loads_the_same_again(subject: NetworkSubject) -> None:
    """Law 5: a source loaded twice gives the same network, bit for bit; no random number is drawn without a seed among the options."""
    for source, network in subject.networks()[:2]:  # large ones take their time
        with watched() as used:
            again = load(source)
        used = {name for name in used if "clock" not in name}
        if used:
            raise Breach(
                f"load() used {', '.join(sorted(used))}, from {source!r}", "draw with np.random.default_rng(self.seed), where seed is an option"
            )
        one, other = dict(arrays(network)), dict(arrays(again))
        for name, array in one.items():
            if name not in other or not np.array_equal(array, other[name], equal_nan=array.dtype.kind in "fc"):
                raise Breach(f"{name} is another the second time, from {source!r}", "a network follows from the options and the files alone")


@after(check_loads_a_network)
def check_network_pickles(subject: NetworkSubject) -> None:
    """A network can be sent to another process, its source's own data included."""
    for source, network in subject.networks():
        try:
            pickle.loads(pickle.dumps(network))
        except Exception as error:
            raise Breach(f"the network cannot be pickled: {type(error).__name__}: {error}, from {source!r}", "keep plain data in it") from error


@after(check_topology_and_case_agree, check_has_a_source)
def check_power_flow_has_a_solution(subject: NetworkSubject) -> None:
    """Without any device, the power flow of the case has a solution, with voltages between 0.5 and 1.5 pu."""
    solved = 0
    for source, network in subject.networks():
        if ReferenceBackend().refuses(network) is not None:
            continue
        solved += 1
        nothing = np.zeros((1, len(network.topology)))
        flow = ReferenceBackend().compile(network).solve(nothing, nothing)
        if not flow.converged[0]:
            mend = "mind the units: r and x are over vn_kv²/base_mva, loads in MW are negative in p_mw"
            raise Breach(f"its power flow has no solution, from {source!r}", mend)
        vm_pu = flow.vm_pu[0][flow.energised[0]]
        if ((vm_pu < 0.5) | (vm_pu > 1.5)).any():
            raise Breach(f"its voltages are {vm_pu.min():.3g} to {vm_pu.max():.3g} pu, from {source!r}", "mind the units of impedances and loads")
    if not solved:
        raise NotAsked(f"every one of its networks is too large to try: {ReferenceBackend().refuses(subject.networks()[0][1])}")


@after(check_topology_and_case_agree)
def check_loads_are_in_the_case(subject: NetworkSubject) -> None:
    """The loads of the topology are among what the case draws, so that a device can take a load's place."""
    for source, network in subject.networks():
        loads, case = network.topology.loads, network.case
        on = alive(case)[loads.bus]
        if loads.p_mw[on].sum() > 0.0 and not (case.p_mw < 0.0).any():
            mend = "loads draw power: p_mw of the topology's loads is positive, p_mw of the case, which is into the grid, negative"
            raise Breach(f"the loads of the topology draw {loads.p_mw[on].sum():.4g} MW, and nothing is drawn in the case, from {source!r}", mend)


@after(check_loads_a_network)
def check_files_are_named_when_they_are_wrong(subject: NetworkSubject) -> None:
    """Where its file is missing or holds garbage, the error is a ValueError or OSError that names the file."""
    require_files_named(subject, lambda source: source.load())


def arrays(network: Network) -> Iterator[tuple[str, Any]]:
    """Every array of a network by its name."""
    topology, case = network.topology, network.case
    parts: list[tuple[str, Any, type]] = [("topology", topology, Topology), ("case", case, Case)]
    parts += [(f"topology.{name}", getattr(topology, name), kind) for name, kind in (("lines", Branches), ("trafos", Branches), ("loads", Loads))]
    parts += [(f"case.taps[{k}]", table, type(table)) for k, table in enumerate(case.taps)]
    for where, thing, kind in parts:
        for one in attrs.fields(kind):
            value = getattr(thing, one.name)
            if isinstance(value, np.ndarray):
                yield f"{where}.{one.name}", value


CHECKS: tuple[Check, ...] = (
    *making.CHECKS,
    check_loads_a_network,
    check_tables_hold_together,
    check_topology_and_case_agree,
    check_has_a_source,
    check_loads_are_in_the_case,
    check_arrays_are_read_only,
    check_loads_the_same_again,
    check_network_pickles,
    check_power_flow_has_a_solution,
    check_files_are_named_when_they_are_wrong,
)
"""Every network source passes each of these that it is asked."""


class NetworkChecks(Conformance, checks=CHECKS):
    """All checks for a network source, as a test class: derive ``TestMine`` from it and say ``network = Mine``."""

    network: ClassVar[type[NetworkSource]]
    examples: ClassVar[Sequence[NetworkSource]] = ()
    """Sources to check beside those drawn from the declared bounds; needed where a required option is text, a list or a file."""

    @classmethod
    def subject(cls) -> NetworkSubject:
        if not hasattr(cls, "network"):
            raise TypeError(f"{cls.__name__} does not say which network source it checks; add to it: network = MyNetwork")
        return NetworkSubject(cls.network, tuple(cls.examples))


def subject(kind: type[NetworkSource], examples: tuple[NetworkSource, ...] = (), module: str = "") -> NetworkSubject:
    """What the checks are asked of: a class, sources of it that its author gave, and the plugin's entry module, where it is known."""
    return NetworkSubject(kind, examples, module)
