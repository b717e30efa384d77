"""Checks for devices: the laws of the framework and what the contract asks of a device, by examples drawn from its declared bounds.

In a test module of the plugin::

    from pgcore.testing.devices import DeviceChecks

    class TestHeater(DeviceChecks):
        device = Heater

or, for a plugin that is installed, ``pgcore plugins check heater``.
"""

from collections.abc import Sequence
from typing import ClassVar

from pgcore.contracts.device import Device
from pgcore.testing.conformance import Conformance
from pgcore.testing.devices import bounds, declaration, laws, ledger, making, ranges, shapes, signals, time
from pgcore.testing.devices.subject import DeviceSubject

__all__ = ["CHECKS", "DeviceChecks", "DeviceSubject", "subject"]

CHECKS = (
    *declaration.CHECKS,
    *making.CHECKS,
    *ranges.CHECKS,
    *shapes.CHECKS,
    *laws.CHECKS,
    *bounds.CHECKS,
    *ledger.CHECKS,
    *time.CHECKS,
    *signals.CHECKS,
)
"""Every device passes each of these that it is asked."""


class DeviceChecks(Conformance, checks=CHECKS):
    """All checks for a device, as a test class: derive ``TestMine`` from it and say ``device = Mine``."""

    device: ClassVar[type[Device]]
    examples: ClassVar[Sequence[Device]] = ()
    """Devices to check beside those drawn from the declared bounds; needed where a required option is text, a list or a file."""

    @classmethod
    def subject(cls) -> DeviceSubject:
        if not hasattr(cls, "device"):
            raise TypeError(f"{cls.__name__} does not say which device it checks; add to it: device = MyDevice")
        return DeviceSubject(cls.device, tuple(cls.examples))


def subject(kind: type[Device], examples: tuple[Device, ...] = (), module: str = "") -> DeviceSubject:
    """What the checks are asked of: a class, devices of it that its author gave, and the plugin's entry module, where it is known."""
    return DeviceSubject(kind, examples, module)
