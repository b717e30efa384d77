"""Settings of controls: rows of a batch grouped by setting, and what was made for the settings met last."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import numpy as np

from pgcore.columns import Array, Index

T = TypeVar("T")
_AS_IT_IS = b""


class Settings(Generic[T]):
    """Makes a thing for each setting of the controls, and remembers the ``remembered`` ones used last.

    A thing must follow from its setting alone, so that forgetting and making it again changes nothing. Pickled without the things.
    """

    def __init__(self, make: Callable[[Array | None], T], remembered: int) -> None:
        self._make, self._remembered = make, remembered
        self._made: OrderedDict[bytes, T] = OrderedDict()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_made": OrderedDict()}

    def of(self, values: Array | None) -> T:
        """The thing for one setting, ``(port,)``; ``None`` is the network as it is."""
        key = _AS_IT_IS if values is None else (np.ascontiguousarray(values, dtype=np.float64) + 0.0).tobytes()  # + 0.0: −0.0 is 0.0
        if key not in self._made:
            self._made[key] = self._make(values)
            if len(self._made) > self._remembered:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        return self._made[key]

    def grouped(self, controls: Array | None, rows: int) -> Iterator[tuple[Index | None, T]]:
        """The rows of each setting in a batch, and the thing for it; ``None`` stands for all rows.

        Args:
            controls: one setting a row, ``(rows, port)``, or ``None`` for the network as it is.
        """
        if controls is None or not controls.shape[1]:
            yield None, self.of(None)
        elif rows == 1 or (controls == controls[0]).all():
            yield None, self.of(controls[0])
        else:
            distinct, group = np.unique(controls, axis=0, return_inverse=True)
            for k, values in enumerate(distinct):
                yield np.flatnonzero(group.ravel() == k), self.of(values)
