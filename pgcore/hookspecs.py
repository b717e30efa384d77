"""The questions a plugin can answer: everything in pgcore that can be extended, on one screen.

A plugin is a module (or object) named by an entry point in the group ``pgcore``. It implements any of these hooks with
``@pgcore.hookimpl``; each is called once, when the catalog is made, and never during a step. Keep the entry-point module light:
import what is heavy inside the hook. For example, a complete plugin::

    import pgcore

    @pgcore.hookimpl
    def pgcore_devices():
        from pgcore_heater.heater import Heater
        return [Heater]
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

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

GROUP = "pgcore"
"""Entry-point group in which plugins are found."""

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def pgcore_devices() -> "Iterable[type[Device]]":  # type: ignore[empty-body]
    """Device classes: physics with a tag, parameters, knobs and a ``step``."""


@hookspec
def pgcore_protocols() -> "Iterable[type[Vertical] | type[Horizontal]]":  # type: ignore[empty-body]
    """Protocol classes: vertical (parent → children) and horizontal (peer ↔ peer)."""


@hookspec
def pgcore_brokers() -> "Iterable[type[MessageBroker]]":  # type: ignore[empty-body]
    """Broker classes: ways to move messages."""


@hookspec
def pgcore_faults() -> "Iterable[type[Fault]]":  # type: ignore[empty-body]
    """Fault classes: ways in which simulated links misbehave."""


@hookspec
def pgcore_backends() -> "Iterable[type[Backend]]":  # type: ignore[empty-body]
    """Backend classes: ways to solve a power flow."""


@hookspec
def pgcore_networks() -> "Iterable[type[NetworkSource]]":  # type: ignore[empty-body]
    """Network source classes: places where buses, lines and transformers come from."""


@hookspec
def pgcore_profiles() -> "Iterable[type[ProfileSource]]":  # type: ignore[empty-body]
    """Profile source classes: places where time series come from."""


@hookspec
def pgcore_rewards() -> "Iterable[type[Reward]]":  # type: ignore[empty-body]
    """Reward classes: ways to grade an agent's step."""


@hookspec
def pgcore_observers() -> "Iterable[type[Observer]]":  # type: ignore[empty-body]
    """Observer classes: things that watch steps."""


@hookspec
def pgcore_scenarios() -> "Iterable[Scenario]":  # type: ignore[empty-body]
    """Ready-made specs with a name (instances, not classes)."""


@hookspec
def pgcore_commands(cli: "click.Group") -> None:
    """Add subcommands to ``pgcore``."""
