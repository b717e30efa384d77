"""Observer: something that watches steps (a recorder, metrics, a dashboard) and can change nothing."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import frozen

from pgcore.columns import Array
from pgcore.contracts.backend import Flow
from pgcore.contracts.device import State


@frozen(eq=False)
class StepRecord:
    """All that happened in one step, for observers. Arrays are read-only; B environments, n devices in plant order."""

    tick: int
    """Steps since reset; 0 is the reset itself, which has no actions; its flow shows every device left alone."""
    actions: Mapping[str, Array]
    """Each agent's action in physical units, ``(B, A)``."""
    effects: Mapping[str, Array]
    """The fields of :class:`~pgcore.contracts.device.Effect`, each ``(B, n)``."""
    states: Mapping[str, State]
    """Device states after the step, by device name; each array ``(B,)``."""
    flow: Flow
    rewards: Mapping[str, Array]
    costs: Mapping[str, Array]
    violations: Mapping[str, Array]
    observations: Mapping[str, Array]
    infos: Mapping[str, Any]


class Observer(ABC):
    """Watches an environment. One that raises is logged once and dropped; the run goes on."""

    type: ClassVar[str]

    def opened(self, env: Any) -> None:
        """Called once, with the environment that will be watched."""
        return

    @abstractmethod
    def stepped(self, record: StepRecord) -> None:
        """Called after every reset and step."""

    def closed(self) -> None:
        """Called once, when the environment is closed."""
        return
