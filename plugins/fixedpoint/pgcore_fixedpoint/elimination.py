"""Elimination: in which order the buses of a network are eliminated, and what couples to what on the way."""

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

import numpy as np
from attrs import frozen

from pgcore.columns import Index


@frozen(eq=False)
class Elimination:
    """An order of buses with the entries that a factorisation of their admittance matrix has, those of the sources last."""

    order: Index
    """The bus at each position, ``(n,)``."""
    count: int
    """How many positions are eliminated: all but the sources."""
    first: Index
    """Where the couplings of each of these positions begin, ``(count + 1,)``."""
    coupled: Index
    """The later positions that each one is coupled to when its turn comes, ascending, ``(n coupling,)``."""
    targets: Index
    """Blocks that change when a position is eliminated, in the order of the work: for every coupling e and every coupling f of the same position.

    Blocks are numbered: couplings above the diagonal, those below it, then diagonal ones; −1 where both are sources.
    """


def elimination(n_bus: int, links: Iterable[tuple[int, int]], sources: list[int]) -> Elimination:
    """Order buses by least degree (Tinney & Walker 1967), which gives a tree no entry beyond its own branches.

    Positions follow the tree of eliminations from the leaves up, branch after branch, so that what is worked on together lies together.
    """
    neighbours: list[set[int]] = [set() for _ in range(n_bus)]
    for one, other in links:
        if one != other:
            neighbours[one].add(other)
            neighbours[other].add(one)
    above = _above(neighbours, set(sources))
    order = [*_climbing(above), *sources]
    place = {bus: k for k, bus in enumerate(order)}
    rows = [sorted(place[other] for other in above[bus]) for bus in order[: len(above)]]
    first = np.cumsum([0, *map(len, rows)], dtype=np.intp)
    coupled = np.array([k for row in rows for k in row], dtype=np.intp)
    return Elimination(np.array(order, dtype=np.intp), len(above), first, coupled, _targets(rows, first))


def _above(neighbours: list[set[int]], sources: set[int]) -> dict[int, set[int]]:
    """For each bus in the order of elimination, what it is coupled to at that moment."""
    above: dict[int, set[int]] = {}
    queue = [(len(near), bus) for bus, near in enumerate(neighbours) if bus not in sources]
    heapify(queue)
    while queue:
        degree, bus = heappop(queue)
        near = neighbours[bus]
        if bus in above or degree != len(near):
            continue
        above[bus] = near
        for other in near:
            neighbours[other] |= near
            neighbours[other] -= {bus, other}
            if other not in sources:
                heappush(queue, (len(neighbours[other]), other))
    return above


def _climbing(above: dict[int, set[int]]) -> list[int]:
    """The same elimination, each bus right after those below it: a post-order of the tree in which a bus hangs on the first that follows it."""
    turn = {bus: k for k, bus in enumerate(above)}
    below: dict[int, list[int]] = {bus: [] for bus in above}
    tops: list[int] = []
    for bus, near in above.items():
        later = [other for other in near if other in turn]
        (below[min(later, key=turn.__getitem__)] if later else tops).append(bus)
    order, stack = [], tops
    while stack:
        bus = stack.pop()
        order.append(bus)
        stack.extend(below[bus])
    return order[::-1]


def _targets(rows: list[list[int]], first: Index) -> Index:
    size, count = int(first[-1]), len(rows)
    at = [{j: int(first[k]) + m for m, j in enumerate(row)} for k, row in enumerate(rows)]
    found = []
    for row in rows:
        for i in row:
            for j in row:
                if i == j:
                    found.append(2 * size + i)
                elif min(i, j) >= count:
                    found.append(-1)
                else:
                    found.append(at[i][j] if i < j else size + at[j][i])
    return np.array(found, dtype=np.intp)
