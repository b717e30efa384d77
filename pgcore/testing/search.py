"""Search: examples that Hypothesis draws, the same every time, and the simplest of those that fail."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pgcore.extras import require

Look = Callable[[Any], None]


def search(look: Look, strategy: Callable[[], Any], examples: int) -> None:
    """Draw from a strategy and look at each; of those that fail, the simplest is the one that raises.

    Args:
        look: raises where something is wrong.
        strategy: makes the strategy, once Hypothesis is known to be there.
        examples: how many to draw.

    Raises:
        MissingExtra: Hypothesis is not installed.
    """
    hypothesis = require("hypothesis", "testing", "check plugins")
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
        quietly(look, one)

    settings(hypothesis.given(strategy())(asked))()


def quietly(look: Look, one: Any) -> None:
    """A result that is not finite is a finding of its own check, not a warning."""
    with np.errstate(all="ignore"):
        look(one)
