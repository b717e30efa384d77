"""Device: physics with parameters, state, action and injection; it knows nothing of the network or of messages.

A device is one frozen attrs class. Its fields are its parameters *and* its entry in a spec; ``step`` is its physics::

    @frozen
    class Heater(Device):
        \"\"\"Resistive heater.\"\"\"
        type = "heater"
        p_max_mw: float = quantity("MW", "rated power", gt=0)
        knobs = (Knob("p_mw", "MW", "-p_max_mw", 0.0, "power set point, negative is consumption"),)

        def step(self, state, action, exo, dt_h):
            p_mw = np.clip(action["p_mw"], -self.p_max_mw, 0.0)
            return state, Effect(p_mw=p_mw, useful_mwh=-p_mw * dt_h)

The framework stacks devices of one class with :func:`pgcore.columns.columns`: ``self`` then holds arrays of shape ``(n,)`` and every
state, action and effect is an array of shape ``(B, n)``: B environments, n devices. So: no ``if`` on values (use ``np.where``), no change
in place, no randomness outside ``initial``, and no arithmetic between neighbouring columns. Power into the grid is positive.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Protocol

import attrs
from attrs import frozen

from pgcore.columns import Array
from pgcore.quantity import Slot, known

_POWER_UNITS = frozenset({"MW", "Mvar", "MVA"})

State = Mapping[str, Array]
"""What a device remembers from step to step: named arrays of shape ``(B, n)``."""

Values = Mapping[str, Array]
"""Named arrays of shape ``(B, n)``: knob settings, exogenous inputs, observed values, or signals."""


class Control(StrEnum):
    """How a device can act on the solver other than by injecting power: a small closed set that backends declare support for."""

    TAP = "tap"
    """Tap position of the transformer that the device is placed at (a whole number)."""
    CLOSED = "closed"
    """1 when the line or transformer that the device is placed at is in service, 0 when it is open at both ends."""
    SHUNT_MVAR = "shunt_mvar"
    """Reactive power that a shunt admittance at the device's bus injects at 1 pu voltage, in Mvar."""
    VM_PU = "vm_pu"
    """Voltage magnitude that the generator or external grid at the device's bus holds, in pu."""


@frozen
class Knob:
    """One thing that an agent can turn.

    ``low`` and ``high`` are physical bounds in ``unit``: numbers, or the name of a field (``"-p_max_mw"`` negates it). A device is always given
    the physical value; ``run.actions: normalized`` maps an agent's −1…1 linearly onto ``low…high``. A ``discrete`` knob takes the
    whole numbers ``low, low + 1, …, high``. ``default`` is the setting that leaves the device alone.

    A knob named ``p_mw`` is the active power that the device injects: protocols that dispatch power look for that name.
    """

    name: str
    unit: str
    low: float | str
    high: float | str
    doc: str = ""
    default: float | str = 0.0
    discrete: bool = False


@frozen
class Need:
    """An exogenous input that a device reads each step, such as the availability of the sun.

    In a spec the device's entry names a profile or gives a constant under the need's name. Without ``default`` it is required; a text as ``default``
    names another need of the same device, which is read in its place.
    """

    name: str
    unit: str
    low: float
    high: float
    doc: str = ""
    default: float | str | None = None


@frozen
class Effect:
    """What one step of a device did; every value is a number or an array of shape ``(B, n)``.

    The energy ledger must close: ``-p_mw · dt_h = stored_mwh + loss_mwh + useful_mwh`` to 1e-9.
    """

    p_mw: Any = 0.0
    """Active power into the grid, mean over the step, MW."""
    q_mvar: Any = 0.0
    """Reactive power into the grid, Mvar."""
    cost: Any = 0.0
    """Cost of this step, in the spec's currency."""
    violation: Any = 0.0
    """How far the device broke its own limits: the excess in per unit of the limit, times hours."""
    stored_mwh: Any = 0.0
    """Change of the energy held inside the device, MWh."""
    loss_mwh: Any = 0.0
    """Energy turned to unwanted heat inside the device, MWh, never negative."""
    useful_mwh: Any = 0.0
    """Energy handed to the world outside (heat, light, motion), MWh; negative when drawn from the device's declared ``source``."""
    unserved_mwh: Any = 0.0
    """Energy that was asked for and not delivered, MWh."""
    control: Any = 0.0
    """Value for the solver, for a device that declares a ``control``."""


@frozen
class Settlement:
    """What a metered device owes after the power flow: ``cost`` in the spec's currency and ``violation`` in pu·h, each ``(B, n)``."""

    cost: Any = 0.0
    violation: Any = 0.0


class Draw(Protocol):
    """Source of random numbers at reset: the part of :class:`numpy.random.Generator` that a device may use.

    Every environment and every device has a stream of its own, keyed by the device's *name*, so that how devices are grouped or spread over
    processes cannot change a draw.
    """

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any: ...
    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any: ...
    def integers(self, low: Any, high: Any = None, size: Any = None) -> Any: ...


@frozen
class Device(ABC):
    """Base of every device. The module's text has the rules for authors; the documentation has the laws that they serve."""

    type: ClassVar[str]
    """The device's tag in a spec."""
    places: ClassVar[tuple[str, ...]] = ("bus",)
    """What it may be attached to: any of ``bus``, ``line``, ``trafo``."""
    needs: ClassVar[tuple[Need, ...]] = ()
    knobs: ClassVar[tuple[Knob, ...]] = ()
    slots: ClassVar[tuple[Slot, ...]] = ()
    """What ``observe`` returns, with unit and bounds."""
    control: ClassVar[Control | None] = None
    source: ClassVar[str | None] = None
    """Where energy comes from that did not come from the grid ("sun", "fuel"); ``None``: nowhere, ``useful_mwh`` is never negative."""
    metered: ClassVar[bool] = False
    """Whether the device is told the power through its place after the power flow, by ``settle``."""
    dt_invariant: ClassVar[bool] = False
    """Promise that an hour of constant action and inputs comes to the same state, energy and cost, however it is cut into steps; checks ask."""

    def active_knobs(self) -> tuple[Knob, ...]:
        """The knobs that this one device (not a stack) really offers; the others stay at their default."""
        return self.knobs

    def rating_mva(self) -> float:
        """A bound on the apparent power of this one device (not a stack), MVA, for the bounds of its ``p_mw`` and ``q_mvar`` in observations.

        Unless overridden: the sum of its fields in MW, Mvar and MVA.
        """
        fields = ((known(f), getattr(self, f.name)) for f in attrs.fields(type(self)))
        return sum(abs(float(value)) for seen, value in fields if seen is not None and seen.unit in _POWER_UNITS and value is not None)

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        """State at the start of an episode: named arrays of ``shape``."""
        return {}

    @abstractmethod
    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        """Advance by ``dt_h`` hours: the new state, and what the step did. ``action`` holds every knob, ``exo`` every need."""

    def observe(self, state: State, exo: Values) -> Values:
        """What the device's agent may read, for each of ``slots``. ``exo`` is that of the step to come."""
        return {}

    def allowed(self, state: State, exo: Values) -> Mapping[str, tuple[Array, Array]]:
        """The lowest and highest setting that each discrete knob may take now; a knob left out is free."""
        return {}

    def respond(self, action: Values, signal: Values, state: State, exo: Values) -> Values:
        """How the device answers a signal from its agent, such as ``price`` (per MWh) or ``curtail`` (0…1): the action to take instead.

        ``signal`` holds only the signals that were sent. A device that knows none of them returns ``action`` as it is.
        """
        return action

    def settle(self, p_mw: Array, exo: Values, dt_h: float) -> Settlement:
        """For a ``metered`` device: cost and violation of ``p_mw`` flowing through its place into the agent's area (negative: out of it)."""
        return Settlement()
