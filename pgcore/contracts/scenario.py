"""Scenario: a named ready-made spec that a user can run, copy and change."""

from collections.abc import Callable, Mapping
from pathlib import Path

from attrs import field, frozen


@frozen
class Scenario:
    """A spec with a name.

    ``spec`` is the path of a YAML file, or a function that writes one: it is called with a value for each of ``params`` and returns YAML text.
    ``--set n=10`` sets a parameter of the scenario when it has one of that name, and an entry of the spec otherwise.
    """

    name: str
    doc: str
    spec: Path | Callable[..., str]
    params: Mapping[str, int | float | str] = field(factory=dict)
    """Names of the function's parameters with their defaults."""

    def text(self, **params: int | float | str) -> str:
        """The spec as YAML text.

        Raises:
            ValueError: a parameter is unknown or its value is refused.
        """
        unknown = sorted(set(params) - set(self.params))
        if unknown:
            raise ValueError(f"scenario {self.name!r} has no parameter {', '.join(unknown)}; it has: {', '.join(self.params) or 'none'}")
        if isinstance(self.spec, Path):
            return self.spec.read_text(encoding="utf-8")
        return self.spec(**{**self.params, **params})
