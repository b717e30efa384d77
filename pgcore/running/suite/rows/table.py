"""The rows in their order, with what each asks; a row's module is imported where it is measured, and not before."""

from collections.abc import Mapping

from attrs import frozen


@frozen
class Row:
    """One row of the suite."""

    name: str
    title: str
    module: str
    peer: bool = False
    """Whether it is told of the Python that has other projects' environments."""


_HERE = __name__.rpartition(".")[0]

ROWS: Mapping[str, Row] = {
    name: Row(name, title, f"{_HERE}.{module}", module == "beside")
    for name, title, module in (
        ("single", "One environment and the pandapower loop", "single"),
        ("grid2op", "One environment and Grid2Op", "beside"),
        ("gym_anm", "One environment and gym-anm", "beside"),
        ("batches", "Many environments at once", "batches"),
        ("sizes", "Many microgrids in one environment", "sizes"),
        ("solves", "One power flow, by backend", "solves"),
        ("modes", "Distributed and centralized mode", "modes"),
        ("shares", "Where the time of a step goes", "shares"),
        ("counts", "How much Python a step runs", "counts"),
        ("memory", "Memory of an environment in a batch", "memory"),
    )
}
