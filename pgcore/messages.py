"""The vocabulary between an environment and its agents: what is said in one step, as typed values."""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from pgcore.columns import Array, Flags


@frozen(eq=False)
class NetworkState:
    """What one agent is shown after a power flow: its area, its meters and its awards; nothing of anyone else's.

    Where the power flow did not converge, the area's values are the last good ones and ``age`` counts the steps since.
    """

    vm_pu: Array
    """Voltages of the area's buses, ``(B, bus)``."""
    energised: Flags
    """``(B, bus)``."""
    line_loading_percent: Array
    """``(B, line)``."""
    trafo_loading_percent: Array
    """``(B, trafo)``."""
    metered_mw: Array
    """Power into the area through the place of each of the agent's metered devices, in device order, ``(B, meter)``."""
    converged: Flags
    """``(B,)``."""
    age: Array
    """Steps since the values were good, ``(B,)``."""
    awards: tuple[Mapping[str, Array], ...] = ()
    """The last award of each horizontal protocol that the agent takes part in."""


@frozen(eq=False)
class Report:
    """What an agent says at the end of a step; ``(B,)`` unless said."""

    observation: Array
    """``(B, slots)``."""
    cost: Array
    """In the spec's currency."""
    violation: Array
    """Of its devices and its area, as its reward counts them."""
    reward: Array
    mask: tuple[Array, Array]
    """Lowest and highest setting of each number of its action, ``(B, A)`` each; infinite where free."""
    details: Mapping[str, Any] = field(factory=dict)
    """Further named arrays ``(B,)`` for ``infos``."""
