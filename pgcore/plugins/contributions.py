"""Contributions: what plugins' hooks return, checked one by one against the contract of its kind."""

import inspect
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from itertools import islice
from typing import Any

from attrs import frozen

from pgcore.contracts.backend import Backend
from pgcore.contracts.broker import MessageBroker
from pgcore.contracts.device import Device
from pgcore.contracts.fault import Fault
from pgcore.contracts.network import NetworkSource
from pgcore.contracts.observer import Observer
from pgcore.contracts.profile import ProfileSource
from pgcore.contracts.protocol import Horizontal, Vertical
from pgcore.contracts.reward import Reward
from pgcore.contracts.scenario import Scenario
from pgcore.plugins.loading import Broken, Faulty, Plugin, Provenance, attempt

_CONTRACTS: Mapping[str, Mapping[str, type]] = {
    "pgcore_devices": {"device": Device},
    "pgcore_protocols": {"vertical": Vertical, "horizontal": Horizontal},
    "pgcore_brokers": {"broker": MessageBroker},
    "pgcore_faults": {"fault": Fault},
    "pgcore_backends": {"backend": Backend},
    "pgcore_networks": {"network": NetworkSource},
    "pgcore_profiles": {"profile": ProfileSource},
    "pgcore_rewards": {"reward": Reward},
    "pgcore_observers": {"observer": Observer},
    "pgcore_scenarios": {"scenario": Scenario},
}
"""For each hook, the kinds of thing that it returns and the contract of each kind."""

KINDS = tuple(kind for kinds in _CONTRACTS.values() for kind in kinds)
"""The kinds of thing that a plugin can provide."""

MOST = 10_000
"""More things than this from one hook must be a generator that does not end."""

_TAG = re.compile(r"[a-z][a-z0-9_]*")


@frozen
class Contribution:
    """One thing that a plugin provides: a class of some kind with its ``type``, or a scenario with its name."""

    kind: str
    type: str
    thing: Any
    provenance: Provenance


def collect(plugins: Iterable[Plugin], kinds: Collection[str] = KINDS) -> tuple[list[Contribution], list[Broken]]:
    """Call every hook that gives one of ``kinds`` once, of every plugin (commands aside); one bad class does not cost a plugin its good ones."""
    results: list[Contribution | Broken] = []
    for plugin in plugins:
        for hook, function in plugin.hooks.items():
            if not _CONTRACTS.get(hook, {}).keys().isdisjoint(kinds):
                results += _answers(plugin.provenance, hook, function)
    return [r for r in results if isinstance(r, Contribution)], [r for r in results if isinstance(r, Broken)]


def _answers(origin: Provenance, hook: str, function: Callable[..., Any]) -> list[Contribution | Broken]:
    things = attempt(origin, hook, lambda: _listed(function()))
    if isinstance(things, Broken):
        return [things]
    return [attempt(origin, hook, partial(_contribution, thing, hook, origin)) for thing in things]


def _listed(answer: Any) -> list[Any]:
    if isinstance(answer, str | bytes) or not isinstance(answer, Iterable):
        raise Faulty(f"it returned {_shown(answer)}, expected a list of classes (or scenarios); is a `return` missing?")
    things = list(islice(answer, MOST + 1))
    if len(things) > MOST:
        raise Faulty(f"it returned more than {MOST} things; does its generator end?")
    return things


def _contribution(thing: Any, hook: str, origin: Provenance) -> Contribution:
    contracts = _CONTRACTS[hook]
    if "scenario" in contracts:
        return Contribution("scenario", _scenario_name(thing), thing, origin)
    expected = " or ".join(contract.__name__ for contract in contracts.values())
    if not isinstance(thing, type):
        raise Faulty(f"it returned {_shown(thing)}, expected classes derived from {expected}{_called(thing, contracts)}")
    kind = next((kind for kind, contract in contracts.items() if issubclass(thing, contract)), None)
    if kind is None:
        raise Faulty(f"{_place(thing)} is not derived from {expected}")
    _check_class(thing)
    return Contribution(kind, _tag(thing), thing, origin)


def _scenario_name(thing: Any) -> str:
    if not isinstance(thing, Scenario):
        raise Faulty(f"it returned {_shown(thing)}, expected instances of pgcore.contracts.scenario.Scenario")
    if not isinstance(thing.name, str) or not _TAG.fullmatch(thing.name):
        raise Faulty(f"a scenario is named {thing.name!r}, expected lower-case letters, digits and _")
    return thing.name


def _check_class(thing: type) -> None:
    if inspect.isabstract(thing):
        missing = ", ".join(name for name in dir(thing) if getattr(getattr(thing, name, None), "__isabstractmethod__", False))
        raise Faulty(f"{_place(thing)} is abstract: it does not implement {missing}")
    if "__attrs_attrs__" not in vars(thing):  # inherited ones do not count: fields of the class itself would go unseen
        raise Faulty(f"{_place(thing)} is not an attrs class; put @attrs.frozen above it, its fields are its options in a spec")


def _tag(thing: type) -> str:
    tag = getattr(thing, "type", None)
    if not isinstance(tag, str):
        raise Faulty(f'{_place(thing)} has no `type`; give the class one, such as type = "{thing.__name__.lower()}"')
    if not _TAG.fullmatch(tag):
        raise Faulty(f"{_place(thing)} has type {tag!r}, expected lower-case letters, digits and _")
    return tag


def _called(thing: Any, contracts: Mapping[str, type]) -> str:
    return "; return the class, not an instance of it" if isinstance(thing, tuple(contracts.values())) else ""


def _place(thing: type) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"


def _shown(thing: object) -> str:
    text = repr(thing)
    return f"{text if len(text) <= 60 else text[:57] + '...'} of type {type(thing).__name__}"
