"""Tally: what became of the messages of one sender to one recipient on one channel."""

from collections.abc import Iterable

from attrs import asdict, define

from pgcore.contracts.fault import Link


@define
class Tally:
    """Counts; at any time published + duplicated = delivered + lost + in_flight + dropped."""

    published: int = 0
    duplicated: int = 0
    """Copies beyond the first."""
    delivered: int = 0
    """Contents handed on, late ones and copies too."""
    lost: int = 0
    in_flight: int = 0
    """Held up, and not yet handed on."""
    dropped: int = 0
    """Still in flight when the next episode began, or refused by the broker within."""
    late: int = 0
    """Held up past the deadline."""
    reordered: int = 0
    """Delivered after a newer one."""
    silences: int = 0
    """Sent in place of contents that were lost or late."""


def counted(tallies: Iterable[tuple[str, Link, Tally]]) -> dict[str, int]:
    """Sums by name over all and, where not 0, over each kind of channel (``lost/reports``) and each link (``lost/MG1 -> environment``)."""
    every: list[Tally] = []
    kinds: dict[str, list[Tally]] = {}
    links: dict[str, list[Tally]] = {}
    for kind, link, tally in tallies:
        every.append(tally)
        kinds.setdefault(kind, []).append(tally)
        links.setdefault(str(link), []).append(tally)
    parts = {f"{name}/{part}": count for part, some in {**kinds, **links}.items() for name, count in _sums(some).items() if count}
    return {**_sums(every), **parts}


def _sums(tallies: Iterable[Tally]) -> dict[str, int]:
    sums = asdict(Tally())
    for tally in tallies:
        for name, count in asdict(tally).items():
            sums[name] += count
    return sums
