"""DeviceAgent: owns devices: carries out actions, keeps their states, and reports what they did."""

from collections.abc import Sequence

import numpy as np

from pgcore.columns import Array, Index
from pgcore.contracts.protocol import Signals
from pgcore.feeds import Feeds
from pgcore.messages import States, StateUpdate
from pgcore.plant import Plant
from pgcore.streams import Streams


class DeviceAgent:
    """The lowest level: some devices with their own local series, for B environments at once.

    Devices go by their full names (``MG1.ess``), which their random numbers hang on.
    """

    def __init__(self, name: str, plant: Plant, feeds: Feeds, dt_h: float) -> None:
        self.name, self.plant, self.feeds, self.dt_h = name, plant, feeds, dt_h
        self.states: States = ()

    def start(self, seeds: Sequence[tuple[int, int]], rows: Index) -> StateUpdate:
        """Begin an episode. Says what the devices would do in the first step if they were left alone."""
        batch = len(seeds)
        self.states = self.plant.initial(batch, lambda names: Streams.of(seeds, names))
        _, effects = self.plant.step(self.states, self.plant.alone(batch), self._inputs(rows, None), self.dt_h)
        return StateUpdate(effects, self.states)

    def resume(self, states: States) -> None:
        """Go on from states that it reported before."""
        self.states = states

    def act(self, rows: Index, settings: Array | None, signal: Signals, vm_pu: Array | None) -> StateUpdate:
        """Carry out settings ``(B, knobs)``, or leave the devices alone without any.

        ``signal`` is what the devices answer by themselves, ``vm_pu`` the voltages last measured at those that want to know, ``(B, V)``.
        """
        told, exo = self.orders(rows, settings, signal, vm_pu)
        self.states, effects = self.plant.step(self.states, told, exo, self.dt_h)
        return StateUpdate(effects, self.states)

    def orders(self, rows: Index, settings: Array | None, signal: Signals, vm_pu: Array | None) -> tuple[Array, Array]:
        """What :meth:`act` steps its devices with: a setting for every knob, and their inputs."""
        exo = self._inputs(rows, vm_pu)
        told = self.plant.alone(len(rows)) if settings is None else settings
        return self.plant.respond(told, signal, self.states, exo) if signal else told, exo

    def _inputs(self, rows: Index, vm_pu: Array | None) -> Array:
        voltages = len(self.feeds.voltages)
        return self.feeds.at(rows, np.ones((len(rows), voltages)) if vm_pu is None and voltages else vm_pu)
