"""Checks that plugins' classes keep their contracts."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pgcore.testing.backends import BackendChecks as BackendChecks
    from pgcore.testing.brokering import BrokerChecks as BrokerChecks
    from pgcore.testing.devices import DeviceChecks as DeviceChecks
    from pgcore.testing.faults import FaultChecks as FaultChecks
    from pgcore.testing.horizontals import HorizontalChecks as HorizontalChecks
    from pgcore.testing.networks import NetworkChecks as NetworkChecks
    from pgcore.testing.observers import ObserverChecks as ObserverChecks
    from pgcore.testing.profiles import ProfileChecks as ProfileChecks
    from pgcore.testing.rewards import RewardChecks as RewardChecks
    from pgcore.testing.verticals import VerticalChecks as VerticalChecks

_HOMES = {
    "BackendChecks": "pgcore.testing.backends",
    "BrokerChecks": "pgcore.testing.brokering",
    "DeviceChecks": "pgcore.testing.devices",
    "HorizontalChecks": "pgcore.testing.horizontals",
    "VerticalChecks": "pgcore.testing.verticals",
    "RewardChecks": "pgcore.testing.rewards",
    "ProfileChecks": "pgcore.testing.profiles",
    "NetworkChecks": "pgcore.testing.networks",
    "ObserverChecks": "pgcore.testing.observers",
    "FaultChecks": "pgcore.testing.faults",
}
"""Where each kit's test class lives: it is imported on first use, so that one kit does not cost what all do."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pgcore.testing' has no attribute {name!r}; it has: {', '.join(_HOMES)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
