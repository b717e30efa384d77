"""Subject: the device class under examination, and how cases for it are drawn."""

from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import field, frozen

from pgcore.contracts.device import Device
from pgcore.extras import require
from pgcore.testing.devices.episode import Episode

EXAMPLES = 25
"""How many episodes are drawn for a check unless it says otherwise."""

Look = Callable[[Any], None]


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
                _quietly(look, one)
        except AssertionError:
            _search(look, strategy, key[1])  # raises for the simplest one
            raise  # unless it fails now and then only


def _search(look: Look, strategy: Callable[[Any], Any], examples: int) -> None:
    """Draw and look at each; the simplest that fails raises."""
    hypothesis = require("hypothesis", "testing", "check plugins")
    from pgcore.testing import strategies

    settings = hypothesis.settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
        verbosity=hypothesis.Verbosity.quiet,
        suppress_health_check=list(hypothesis.HealthCheck),
    )

    def asked(one: Any) -> None:
        _quietly(look, one)

    settings(hypothesis.given(strategy(strategies))(asked))()


def _quietly(look: Look, one: Any) -> None:
    """A result that is not finite is a finding of its own check, not a warning."""
    with np.errstate(all="ignore"):
        look(one)
