"""Devices that kill their own process, so that tests can do so at an exact point of a step, and a site from which child processes load them."""

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from attrs import frozen

import pgcore.builtin
from pgcore.builtin.devices.generator import Generator
from pgcore.catalog import Catalog
from pgcore.contracts.device import Device, Draw, Effect, State, Values
from pgcore.hookspecs import hookimpl
from pgcore.quantity import option
from tests.installed import site
from tests.toys import Toys

PLACES = ("initial", "step", "respond", "observe")
"""Where a mortal device can die: at a reset, while it acts, while its agent bargains, and while its agent reports."""


@frozen
class Mortal(Generator):
    """A generator whose process is killed in the method that a file tells: ``FATE.step`` ends it in ``step``, once."""

    type = "mortal"
    fate: str = option("the file's name without its ending", default="")

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        self._meet("initial")
        return super().initial(shape, rng)

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        self._meet("step")
        return super().step(state, action, exo, dt_h)

    def respond(self, action: Values, signal: Values, state: State, exo: Values) -> Values:
        self._meet("respond")
        return super().respond(action, signal, state, exo)

    def observe(self, state: State, exo: Values) -> Values:
        self._meet("observe")
        return super().observe(state, exo)

    def _meet(self, place: str) -> None:
        if "PGCORE_BROKER_KEY" not in os.environ:  # the process that runs the tests
            return
        for fate in np.ravel(self.fate):
            file = Path(f"{fate}.{place}")
            if fate and file.exists():
                file.unlink()
                os.kill(os.getpid(), signal.SIGKILL)


class Mortals:
    """A plugin that provides them."""

    @hookimpl
    def pgcore_devices(self) -> Iterable[type[Device]]:
        return [Mortal]


def mortal_catalog() -> Catalog:
    """The toys and mortal devices, for the environment's side."""
    return Catalog.of(pgcore.builtin, Toys(), Mortals())


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """The same as installed plugins, for child processes that are started inside the block."""
    with site(folder) as here:
        here.install("toys", "from tests.toys import Toys\nplugin = Toys()\n", value="fake_toys:plugin")
        here.install("mortal", "from tests.mortal import Mortals\nplugin = Mortals()\n", value="fake_mortal:plugin")
        yield
