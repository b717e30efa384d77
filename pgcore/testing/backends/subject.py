"""Subject: the backend under examination, and the networks that it is asked about."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from attrs import field, frozen

from pgcore.builtin.backends.auto import AutoBackend
from pgcore.contracts.backend import Backend, Port, Solver
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network, NetworkSource
from pgcore.testing.backends import networks
from pgcore.testing.checks import Breach, NotAsked
from pgcore.testing.subject import Subject

T = TypeVar("T")

KIT: Mapping[str, Callable[[], Network]] = {
    "two_buses": networks.two_buses,
    "street": networks.street,
    "ring": networks.ring,
    "islands": networks.islands,
    "transformer": networks.transformer,
    "shifting": networks.shifting,
    "generator": networks.generator,
    "case33bw": networks.case33bw,
}
"""The networks that every backend is asked about, unless it refuses them."""
FEW = ("two_buses", "street", "generator")
"""Those that the laws are asked about: what they say of these they say of all."""
FOR_ONE_CHECK: Mapping[str, Callable[[], Network]] = {"parallel": networks.parallel}
"""Networks of a single check."""


@frozen
class Pair:
    """One backend and one network that it takes."""

    backend: Backend
    name: str
    network: Network

    def compiled(self, ports: tuple[Port, ...] = ()) -> Solver:
        """A new solver.

        Raises:
            Breach: the backend raised, although it did not refuse the network.
        """
        try:
            return self.backend.compile(self.network, ports)
        except Exception as error:
            mend = "let refuses() say in a sentence what it cannot take, and leave out of `controls` what it cannot act on"
            if "read-only" in str(error):
                mend = "work on a copy: a network is read-only, and others compile it too"
            raise Breach(f"compile() raised {type(error).__name__} on {self}{_with(ports)}: {error}", mend) from error

    def __str__(self) -> str:
        return f"the network {self.name!r} with {self.backend!r}"


@frozen
class BackendSubject(Subject[Backend]):
    """A backend to be examined, with networks that its author adds to those of the kit."""

    networks: tuple[Network, ...] = ()
    _kept: dict[tuple[str, int, str], Any] = field(factory=dict, init=False, repr=False, eq=False)
    """What was solved before, so that checks share it."""
    _made: dict[str, Network] = field(factory=dict, init=False, repr=False, eq=False)

    def pairs(self, *names: str, own: bool = False) -> Iterator[Pair]:
        """Every backend with every network that it takes.

        Args:
            names: those of the kit to ask about; all networks where there are none.
            own: whether those of the author are among them.

        Raises:
            NotAsked: it takes none of them; the message is its own.
        """
        self.require_solver()
        refusals: list[str] = []
        asked = 0
        for backend in self.usual():
            for name, network in self._asked(names, own or not names):
                refusal = backend.refuses(network)
                if refusal is None:
                    asked += 1
                    yield Pair(backend, name, network)
                else:
                    refusals.append(f"it refuses the network {name!r}: {refusal}")
        if not asked:
            raise NotAsked(refusals[0] if refusals else f"no network is called {', '.join(names)}")

    def few(self) -> Iterator[Pair]:
        """As :meth:`pairs`, for what is asked of a few networks and of those of the author."""
        return self.pairs(*FEW, own=True)

    def kept(self, what: str, pair: Pair, make: Callable[[], T]) -> T:
        """What was solved of that name before, or is now."""
        key = (what, self.usual().index(pair.backend), pair.name)
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    def smallest(self) -> Iterator[Pair]:
        """Every backend with the network of fewest buses that it takes, for what is asked of many environments."""
        best: dict[int, Pair] = {}
        for pair in self.few():
            known = best.setdefault(id(pair.backend), pair)
            if len(pair.network.topology) < len(known.network.topology):
                best[id(pair.backend)] = pair
        return iter(best.values())

    def exactly(self, *names: str) -> Iterator[Pair]:
        """As :meth:`pairs`, for what is asked of exact backends only."""
        self.require_exact()
        return self.pairs(*names)

    def require_solver(self) -> None:
        """What follows is asked of backends that solve.

        Raises:
            NotAsked: it is ``auto``, which stands for another one.
        """
        if issubclass(self.kind, AutoBackend):
            raise NotAsked("it stands for another backend until a spec meets its network")

    def require_exact(self) -> None:
        """What follows is asked of exact backends only.

        Raises:
            NotAsked: it is none.
        """
        if not self.kind.exact:
            raise NotAsked("it declares exact = False: an approximation is not held to the last digit")

    def acting(self, control: Control, name: str) -> Iterator[Pair]:
        """As :meth:`pairs`, for what is asked of backends with a control.

        Raises:
            NotAsked: it does not declare the control, or refuses the network.
        """
        if control not in self.kind.controls:
            raise NotAsked(f"it does not declare {control.value!r} in its controls")
        return self.pairs(name)

    def network(self, name: str) -> Network:
        """One of the networks of the kit."""
        if name not in self._made:
            self._made[name] = {**KIT, **FOR_ONE_CHECK}[name]()
        return self._made[name]

    def _asked(self, names: tuple[str, ...], own: bool) -> Iterator[tuple[str, Network]]:
        yield from ((name, self.network(name)) for name in names or KIT)
        if own:
            yield from ((f"own {k}", network) for k, network in enumerate(self.networks))


def loaded(things: tuple[Network | NetworkSource, ...]) -> tuple[Network, ...]:
    """Networks, those of sources loaded."""
    return tuple(thing.load() if isinstance(thing, NetworkSource) else thing for thing in things)


def _with(ports: tuple[Port, ...]) -> str:
    return f" with {', '.join(map(str, ports))}" if ports else ""
