"""Effort: how much the suite measures."""

from attrs import frozen


@frozen
class Effort:
    """How often and at which sizes; the full one takes about ten minutes, the quick one about two and is too short to quote."""

    name: str
    turns: int
    """How often each of the things that are compared has its turn."""
    turn_s: float
    """About how long a turn takes."""
    sizes: tuple[int, ...]
    """Numbers of microgrids in one environment."""
    batches: tuple[int, ...]
    """Numbers of environments that are stepped together."""
    solve_sizes: tuple[int, ...]
    """Numbers of microgrids at which single solves are measured."""
    mode_steps: int
    """Steps in which modes are compared, and the parts of a step timed."""
    memory: tuple[int, int]
    """Two numbers of environments between which memory grows."""


FULL = Effort("full", 20, 0.15, (3, 10, 30, 100, 300, 1000), (1, 4, 16, 64, 256, 1024), (3, 100), 200, (1024, 4096))
QUICK = Effort("quick", 3, 0.02, (3, 10), (1, 16, 64), (3,), 10, (64, 256))
EFFORTS = {effort.name: effort for effort in (FULL, QUICK)}
