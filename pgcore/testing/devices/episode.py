"""Episode: some devices of one class and all that they are told over some steps, for checks to play in different ways."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, field, frozen

from pgcore.columns import Array, columns
from pgcore.contracts.device import Device, Values
from pgcore.streams import Streams, stream
from pgcore.testing.devices.drawing import DrawOf

Told = Mapping[str, Array]
"""Named inputs over time: arrays ``(T, B, n)``."""


@frozen(eq=False)
class Step:
    """What a device is told in one step; arrays of any one shape, that the device may keep."""

    action: Values
    exo: Values
    signal: Values
    metered_mw: Any


@frozen(eq=False)
class Episode:
    """T steps of n devices in B environments; arrays ``(T, B, n)``, and signals ``(T, B, 1)`` as a plant hands them on."""

    devices: tuple[Device, ...]
    names: tuple[str, ...]
    """The devices' names, which their random streams belong to."""
    seeds: tuple[int, ...]
    """One for each environment."""
    dt_h: float
    action: Told
    exo: Told
    signal: Told
    metered_mw: Array
    memory: dict[str, Any] = field(factory=dict, init=False, repr=False)
    """What came of playing it, so that it need not be played again."""

    @property
    def steps(self) -> int:
        """T."""
        return len(self.metered_mw)

    @property
    def shape(self) -> tuple[int, int]:
        """B and n."""
        return len(self.seeds), len(self.devices)

    @property
    def kind(self) -> type[Device]:
        """The class of the devices."""
        return type(self.devices[0])

    def stack(self) -> Device:
        """All devices as one."""
        return columns(self.devices)

    def draw(self) -> Streams:
        """The random streams of all devices at reset."""
        return Streams.of([(seed, 0) for seed in self.seeds], self.names)

    def draw_alone(self, env: int, device: int) -> DrawOf:
        """The random stream of one device in one environment."""
        return DrawOf(stream(self.seeds[env], 0, self.names[device]), lambda value: value)

    def draw_row(self, env: int) -> DrawOf:
        """The random streams of all devices in one environment, ``(n,)``."""
        return DrawOf(self.draw(), lambda values: values[env])

    def step(self, t: int, at: Any = ...) -> Step:
        """What the devices, or those ``at`` some place of ``(B, n)``, are told in a step: copies, so that nobody can spoil them for others."""
        seen = at if at is ... else (at[0], slice(None) if isinstance(at[1], slice) else 0)
        action, exo = ({name: values[t][at].copy() for name, values in told.items()} for told in (self.action, self.exo))
        return Step(action, exo, {name: values[t][seen].copy() for name, values in self.signal.items()}, self.metered_mw[t][at].copy())

    def part(self, envs: Sequence[int], devices: Sequence[int]) -> "Episode":
        """Some environments and devices of it, in the order given."""
        rows, chosen = np.array(envs)[:, None], np.array(devices)
        action, exo = ({name: values[:, rows, chosen].copy() for name, values in told.items()} for told in (self.action, self.exo))
        return evolve(
            self,
            devices=tuple(self.devices[j] for j in devices),
            names=tuple(self.names[j] for j in devices),
            seeds=tuple(self.seeds[b] for b in envs),
            action=action,
            exo=exo,
            signal={name: values[:, list(envs)] for name, values in self.signal.items()},
            metered_mw=self.metered_mw[:, rows, chosen].copy(),
        )

    def where(self, t: int, env: int, device: int) -> str:
        """A place in the episode in words."""
        told = {name: float(values[t, env, device]) for name, values in {**self.action, **self.exo}.items()}
        given = "".join(f", {name} = {value:.6g}" for name, value in told.items())
        return f"in step {t} of {self.dt_h:g} h, environment {env}, device {device} of {self.shape[1]}{given}; the device is {self.devices[device]!r}"
