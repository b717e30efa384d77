"""Kits: which checks there are for which kind of thing that plugins provide."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from pgcore.testing.checks import Examination

KITS: Mapping[str, str] = {
    "device": "pgcore.testing.devices",
    "backend": "pgcore.testing.backends",
    "broker": "pgcore.testing.brokering",
    "vertical": "pgcore.testing.verticals",
    "horizontal": "pgcore.testing.horizontals",
    "reward": "pgcore.testing.rewards",
    "profile": "pgcore.testing.profiles",
    "network": "pgcore.testing.networks",
    "observer": "pgcore.testing.observers",
    "fault": "pgcore.testing.faults",
}
"""For each kind a module with ``CHECKS`` and ``subject(kind, examples, module)``, which makes of a class what they are asked of."""


class NoKit(LookupError):
    """There are no checks for things of this kind."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"there are no checks for a {kind}; there are for: {', '.join(KITS)}")
        self.kind = kind

    def __reduce__(self) -> tuple[type["NoKit"], tuple[str]]:
        return type(self), (self.kind,)


def examination(
    kind: str, thing: type, examples: Sequence[Any] = (), module: str = "", expected_failures: Mapping[str, str] | None = None
) -> Examination:
    """All checks of the kind's kit, to be asked of a class.

    Args:
        kind: the kind in the catalog, such as ``device``.
        thing: the class.
        examples: instances to check beside those that the kit makes.
        module: the plugin's entry module; looked for among the installed ones when it is empty.
        expected_failures: for names of checks that are known to fail, the reason.

    Raises:
        NoKit: there is none for this kind.
    """
    if kind not in KITS:
        raise NoKit(kind)
    kit = import_module(KITS[kind])
    return Examination(kit.CHECKS, kit.subject(thing, tuple(examples), module), expected_failures)
