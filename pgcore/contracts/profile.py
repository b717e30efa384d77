"""Profile: a named time series (load, availability, price) from a profile source."""

from abc import ABC, abstractmethod
from typing import ClassVar

from attrs import field, frozen

from pgcore.columns import Array


@frozen(eq=False)
class Series:
    """Values at a fixed step; value k holds from ``k · step_min`` to ``(k + 1) · step_min`` minutes after midnight of the first day.

    A series of one value is a constant. Others hold their values in time and end where they end.
    """

    values: Array = field()
    """Shape ``(T,)``, all finite."""
    step_min: float = 15.0
    start: str = ""
    """Date of the first value (ISO 8601) where it has one, for labels and for starting an episode on a date."""


class ProfileSource(ABC):
    """Where a profile comes from. Its attrs fields are the options of an entry of a spec's ``profiles:``."""

    type: ClassVar[str]

    @abstractmethod
    def load(self) -> Series:
        """Read or make the series.

        Raises:
            ValueError: the data is not a series of finite numbers; the message says where.
            OSError: a file could not be read.
        """
