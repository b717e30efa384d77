"""Subject: the device class under examination, and how cases for it are drawn."""

from collections.abc import Callable
from typing import Any

from attrs import field, frozen

from pgcore.contracts.device import Device
from pgcore.testing.devices.episode import Episode
from pgcore.testing.search import Look, quietly, search

EXAMPLES = 25
"""How many episodes are drawn for a check unless it says otherwise."""


@frozen
class DeviceSubject:
    """A device class to be examined, with examples of devices that its author gave."""

    kind: type[Device]
    examples: tuple[Device, ...] = ()
    entry_module: str = ""
    """The plugin's entry module; looked for among the installed ones when it is empty."""
    _drawn: dict[tuple[str, int], list[Any]] = field(factory=dict, init=False, repr=False, eq=False)
    """What was drawn before, so that checks which ask for the same share it, and what came of it."""

    @property
    def place(self) -> str:
        """Where the class is: its module and name."""
        return f"{self.kind.__module__}.{self.kind.__qualname__}"

    def devices(self, look: Callable[[Device], None], examples: int = EXAMPLES) -> None:
        """Look at devices, drawn as :meth:`each` draws episodes."""
        self._all(("devices", examples), look, lambda strategies: strategies.devices(self.kind, self.examples))

    def each(self, look: Callable[[Episode], None], examples: int = EXAMPLES, **sizes: Any) -> None:
        """Look at episodes of the device, drawn with Hypothesis and the same every time; of those that fail the simplest is the one that raises.

        ``sizes`` go to :func:`pgcore.testing.strategies.episodes`.

        Raises:
            MissingExtra: Hypothesis is not installed.
        """
        self._all((repr(sorted(sizes.items())), examples), look, lambda strategies: strategies.episodes(self.kind, self.examples, **sizes))

    def _all(self, key: tuple[str, int], look: Look, strategy: Callable[[Any], Any]) -> None:
        """Look at what was drawn before, or draw it; once something fails, search for the simplest that does."""
        if key not in self._drawn:
            drawn: list[Any] = []
            _search(drawn.append, strategy, key[1])
            self._drawn[key] = drawn
        try:
            for one in self._drawn[key]:
                quietly(look, one)
        except AssertionError:
            _search(look, strategy, key[1])  # raises for the simplest one
            raise  # unless it fails now and then only


def _search(look: Look, strategy: Callable[[Any], Any], examples: int) -> None:
    """Draw and look at each; the simplest that fails raises."""

    def made() -> Any:
        from pgcore.testing import strategies

        return strategy(strategies)

    search(look, made, examples)
