"""Network: buses, lines and transformers as data, in a form that spec links and plots read and in one that solvers compile."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from attrs import Factory, field, frozen
from numpy.typing import NDArray

from pgcore.columns import Array, Flags, Index

Complex = NDArray[np.complex128]


@frozen(eq=False)
class Branches:
    """Lines or transformers of a topology: arrays of shape ``(n,)`` in the source's order."""

    ids: tuple[int, ...]
    """The source's own numbers."""
    names: tuple[str, ...]
    """The source's names; empty text where there is none."""
    from_bus: Index
    """Position of the from (line) or high-voltage (transformer) bus in the topology."""
    to_bus: Index
    limit: Array
    """Rated current in kA (lines) or rated power in MVA (transformers); ``inf`` where unknown."""
    in_service: Flags

    def __len__(self) -> int:
        return len(self.ids)


@frozen(eq=False)
class Loads:
    """Constant-power loads that the network brings along: arrays of shape ``(n,)``, consumption positive, scaling applied."""

    ids: tuple[int, ...]
    names: tuple[str, ...]
    bus: Index
    p_mw: Array
    q_mvar: Array

    def __len__(self) -> int:
        return len(self.ids)


@frozen(eq=False)
class Topology:
    """Names, voltages, ends, limits and coordinates of a network: read-only, for links, observations and plots."""

    bus_ids: tuple[int, ...]
    bus_names: tuple[str, ...]
    vn_kv: Array
    xy: Array
    """Coordinates, shape ``(n_bus, 2)``; NaN where unknown."""
    slack_buses: tuple[int, ...]
    """Positions of the buses with an external grid."""
    lines: Branches
    trafos: Branches
    """Two-winding transformers first, then three-winding ones."""
    loads: Loads
    tap_range: Array
    """Lowest and highest tap position of each transformer, shape ``(n_trafo, 2)``; NaN where it has no tap changer."""

    def __len__(self) -> int:
        return len(self.bus_ids)

    def branches(self, kind: str) -> Branches:
        """The branches of one kind: ``line`` or ``trafo``."""
        return self.lines if kind == "line" else self.trafos


@frozen(eq=False)
class TapTable:
    """Branch entries of one transformer at each of its tap positions; row k belongs to tap ``low + k``."""

    trafo: int
    """Position of the transformer in the topology."""
    branch: int
    """Row of the case's branch arrays that the table replaces."""
    low: int
    r_pu: Array
    x_pu: Array
    b_pu: Array
    g_pu: Array
    ratio: Complex
    y_to_pu: Complex = field(default=Factory(lambda table: np.zeros(len(table.r_pu), dtype=complex), takes_self=True))


@frozen(eq=False)
class Case:
    """The per-unit bus–branch model, after fusing buses and resolving switches and islands. Every array is read-only.

    A branch is a π-circuit behind an ideal transformer of complex ``ratio`` at its from end (MATPOWER's convention): series
    ``r + jx``, total charging ``g + jb`` split evenly, and extra admittance ``y_from``/``y_to`` at either end where it is not symmetric. Both
    belong to the branch (its flows include them) and sit at the case buses themselves, outside of the ideal transformer. Branches that are
    out of service but could be closed are listed too, with ``closed`` False: they carry nothing until a control closes them.
    """

    base_mva: float
    bus_of: Index
    """Shape ``(n topology buses,)``: the case bus that holds it, −1 when it is de-energised."""
    vn_kv: Array
    shunt_pu: Complex
    """Admittance to ground at each bus, pu."""
    p_mw: Array
    """Constant power that the network itself injects at each bus (loads negative), MW; without any device."""
    q_mvar: Array
    from_bus: Index
    to_bus: Index
    r_pu: Array
    x_pu: Array
    g_pu: Array
    b_pu: Array
    ratio: Complex
    y_from_pu: Complex
    y_to_pu: Complex
    slack_bus: Index
    slack_vm_pu: Array
    slack_va_deg: Array
    pv_bus: Index
    pv_p_mw: Array
    pv_vm_pu: Array
    line_branch: Index
    """Shape ``(n_line,)``: the branch of each topology line, −1 when there is none."""
    line_limit_ka: Array
    trafo_branch: Index
    """Shape ``(n_trafo, 3)``: the branch or branches of each transformer, padded with −1."""
    trafo_limit_ka: Array
    """Shape ``(n_trafo, 3, 2)``: rated current at the from and to end of each of those branches, kA."""
    taps: tuple[TapTable, ...] = ()
    closed: Flags = field(default=Factory(lambda case: np.ones(len(case.from_bus), dtype=bool), takes_self=True))
    """Whether each branch is in service, ``(n branch,)``."""
    notes: tuple[str, ...] = ()
    """What the model could not carry exactly, in words; empty when it is exact."""


@frozen(eq=False)
class Network:
    """What a :class:`NetworkSource` returns: ``topology``, ``case`` and, for backends that want it, the source's own ``data``."""

    topology: Topology
    case: Case
    data: Mapping[str, Any] = field(factory=dict)
    """Keyed by the data's kind, for example ``"pandapower"``. Treated as read-only: a backend works on its own copy."""


class NetworkSource(ABC):
    """Where a network comes from. Its attrs fields are the options of a spec's ``network:`` entry."""

    type: ClassVar[str]

    @abstractmethod
    def load(self) -> Network:
        """Read or build the network.

        Raises:
            ValueError: the data is not a network; the message says what is wrong and where.
            OSError: a file could not be read.
        """
