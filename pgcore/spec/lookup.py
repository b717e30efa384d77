"""Find a bus, line or transformer of a topology by its number or its name."""

from collections.abc import Mapping

from attrs import frozen

from pgcore.contracts.network import Topology
from pgcore.spec.flaws import Flaw
from pgcore.spec.model import Ref
from pgcore.spec.problems import did_you_mean, shown


@frozen
class Lookup:
    """Positions of the elements of one kind (``noun``) by number and by name."""

    noun: str
    by_id: Mapping[int, int]
    by_name: Mapping[str, tuple[int, ...]]

    def position(self, ref: Ref) -> int:
        """The element's position in the topology.

        Raises:
            Flaw: there is none, or the name belongs to several.
        """
        if isinstance(ref, int):
            if ref in self.by_id:
                return self.by_id[ref]
            raise Flaw(f"the network has no {self.noun} {ref}", hint=self._near(ref))
        positions = self.by_name.get(ref, ())
        if len(positions) > 1:
            raise Flaw(f"{len(positions)} elements are called {shown(ref)}", expected=f"the number of one {self.noun}", hint=self._numbers(positions))
        if positions:
            return positions[0]
        hint = f"write {ref} without quotes" if ref.isdecimal() and int(ref) in self.by_id else did_you_mean(ref, self.by_name)
        raise Flaw(f"the network has no {self.noun} called {shown(ref)}", hint=hint or self._near(0))

    def _near(self, ref: int) -> str:
        if not self.by_id:
            return f"the network has no {self.noun} at all"
        near = sorted(sorted(self.by_id, key=lambda known: abs(known - ref))[:3])
        return f"did you mean {' or '.join(map(str, near))}? It has {len(self.by_id)}, from {min(self.by_id)} to {max(self.by_id)}"

    def _numbers(self, positions: tuple[int, ...]) -> str:
        number_of = {position: number for number, position in self.by_id.items()}
        return "they are " + ", ".join(str(number_of[position]) for position in positions[:10])


def lookups(topology: Topology) -> dict[str, Lookup]:
    """A lookup for each kind of place."""
    lines, trafos = topology.lines, topology.trafos
    return {
        "bus": _lookup("bus", topology.bus_ids, topology.bus_names),
        "line": _lookup("line", lines.ids, lines.names),
        "trafo": _lookup("transformer", trafos.ids, trafos.names),
    }


def _lookup(noun: str, ids: tuple[int, ...], names: tuple[str, ...]) -> Lookup:
    by_name: dict[str, tuple[int, ...]] = {}
    for position, name in enumerate(names):
        if name:
            by_name[name] = (*by_name.get(name, ()), position)
    return Lookup(noun, {int(number): position for position, number in reversed(list(enumerate(ids)))}, by_name)
