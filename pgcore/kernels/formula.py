"""Formula: what a device's method does to its inputs, element by element, written down while the method runs on symbols."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from attrs import field, frozen

from pgcore.columns import Array


class Untraceable(Exception):
    """A method does something that cannot be written down element by element; the message says what."""


@frozen
class Node:
    """One step of a formula: an operation on earlier nodes, an input, or a parameter."""

    op: str
    args: tuple[int, ...]
    boolean: bool
    """Whether it is a truth value; all others are float64."""
    name: str = ""
    """Of an input."""


_ARITHMETIC = {
    **{op: f"{{}} {sign} {{}}" for op, sign in {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}.items()},
    "minimum": "least({}, {})",
    "maximum": "most({}, {})",
}
_COMPARISONS = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==", "not_equal": "!="}
_LOGIC = {"bitwise_and": "and", "bitwise_or": "or", "bitwise_xor": "!=", "logical_and": "and", "logical_or": "or", "logical_xor": "!="}
_ONE = {"negative": "-{}", "absolute": "abs({})", "fabs": "abs({})", **{op: f"np.{op}({{}})" for op in ("sqrt", "rint", "floor", "ceil")}}
_TESTS = {"isfinite": "np.isfinite({})", "isnan": "np.isnan({})"}

EXACT: Mapping[str, str] = {
    **_ARITHMETIC,
    **{op: f"{{}} {sign} {{}}" for op, sign in {**_COMPARISONS, **_LOGIC}.items()},
    **_ONE,
    **_TESTS,
    "invert": "not {}",
    "logical_not": "not {}",
    "where": "{1} if {0} else {2}",
}
"""The operations that every processor rounds in the same way, as expressions. Others (exponentials, sines, powers) are not compiled: a library of
its own would give them another last bit than numpy's."""


@frozen(eq=False)
class Formula:
    """A record of operations on columns of shape ``(1, n)``. Equal operations on equal arguments are one node."""

    width: int
    nodes: list[Node] = field(factory=list)
    parameters: list[Array] = field(factory=list)
    """Arrays ``(n,)``: what the devices of a fleet differ in; the ``k``-th is read by the node ``("parameter", k)``."""
    _known: dict[Any, int] = field(factory=dict)

    def input(self, name: str) -> "Symbol":
        """A column that a step is given."""
        return Symbol(self, self._node(Node("input", (), False, name)))

    def symbol(self, op: str, *args: Any) -> "Symbol":
        """The result of an operation on symbols, arrays and numbers."""
        operands = tuple(self.place(arg) for arg in args)
        return Symbol(self, self._node(Node(op, operands, self._boolean(op, operands))))

    def place(self, value: Any) -> int:
        """The node of a symbol, or of an array or a number that is the same in every environment."""
        if isinstance(value, Symbol):
            return value.node
        array = np.asarray(value)
        if array.dtype.kind not in "biuf" or array.size not in (1, self.width) or any(size != 1 for size in array.shape[:-1]):
            raise Untraceable(f"it uses an array of shape {array.shape} and type {array.dtype}")
        column = np.ascontiguousarray(np.broadcast_to(array.ravel().astype(np.float64), self.width))
        key = ("parameter", column.tobytes(), array.dtype.kind == "b")
        if key not in self._known:
            self._known[key] = len(self.nodes)
            self.nodes.append(Node("parameter", (len(self.parameters),), array.dtype.kind == "b"))
            self.parameters.append(column)
        return self._known[key]

    def _node(self, node: Node) -> int:
        if node not in self._known:
            self._known[node] = len(self.nodes)
            self.nodes.append(node)
        return self._known[node]

    def _boolean(self, op: str, args: tuple[int, ...]) -> bool:
        """Whether a result is a truth value.

        Raises:
            Untraceable: numpy would do something else with truth values there.
        """
        flags = [self.nodes[arg].boolean for arg in args]
        if op == "where":
            return flags[1] and flags[2]
        if op in _LOGIC or op in ("invert", "logical_not"):
            if not all(flags):
                raise Untraceable(f"it uses {op} on numbers")
            return True
        if (op in _ARITHMETIC or op in _ONE) and all(flags):
            raise Untraceable(f"it uses {op} on truth values")
        return op in _COMPARISONS or op in _TESTS


class Symbol(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for a column ``(1, n)`` of numbers that are not known yet."""

    __slots__ = ("formula", "node")
    ndim = 2

    def __init__(self, formula: Formula, node: int) -> None:
        self.formula, self.node = formula, node

    @property
    def shape(self) -> tuple[int, int]:
        """That of one environment."""
        return (1, self.formula.width)

    @property
    def dtype(self) -> Any:
        """As numpy would say it."""
        return np.dtype(bool if self.formula.nodes[self.node].boolean else np.float64)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> "Symbol":
        name = ufunc.__name__
        if method != "__call__" or options or name not in EXACT:
            raise Untraceable(f"it uses np.{name}" + (f".{method}" if method != "__call__" else ""))
        return self.formula.symbol(name, *inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        known = _FUNCTIONS.get(function.__name__)
        if known is None or options:
            raise Untraceable(f"it uses np.{function.__name__}")
        return known(self.formula, *args)

    def __array__(self, *args: Any, **options: Any) -> Any:
        raise Untraceable("it turns values into an array of its own")

    def __bool__(self) -> bool:
        raise Untraceable("it branches on values")

    def __float__(self) -> float:
        raise Untraceable("it reads single values")

    def __getitem__(self, key: Any) -> Any:
        raise Untraceable("it takes values apart")

    def __iter__(self) -> Any:
        raise Untraceable("it takes values apart")

    def __pow__(self, other: Any) -> "Symbol":
        if isinstance(other, int | float) and other == 2:
            return self.formula.symbol("multiply", self, self)  # what numpy does, too
        raise Untraceable(f"it raises to the power of {other!r}")


def _clip(formula: Formula, value: Any, low: Any, high: Any) -> Symbol:
    return formula.symbol("minimum", formula.symbol("maximum", value, low), high)


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "where": lambda formula, *args: formula.symbol("where", *args),
    "clip": _clip,
    "shape": lambda formula, value: value.shape,
    "zeros_like": lambda formula, value: np.zeros(value.shape),
    "ones_like": lambda formula, value: np.ones(value.shape),
}
