"""Forms: how a value of a given type travels as JSON, derived from the type hints of the message vocabulary."""

import math
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import numpy as np
from attrs import frozen
from msgspec.structs import fields


class CodecError(ValueError):
    """Something cannot be a message: it was given to :func:`pgcore.codec.encode` so, or arrived so. The message says what was found and where."""


AXES: Mapping[str, int] = {"rows": 1, "converged": 1, "age": 1, "effects": 3, "series": 3}
"""Fields whose arrays do not have two axes; arrays with a name of their own (states, signals) may have any number."""

_Size = Annotated[int, msgspec.Meta(ge=0)]
_Natural = Annotated[int, msgspec.Meta(ge=0)]
_Shape = Annotated[tuple[_Size, ...], msgspec.Meta(max_length=8)]


class _Floats(msgspec.Struct, array_like=True, tag="f", forbid_unknown_fields=True, gc=False):
    """JSON knows no infinity, so it is spelled. The other numbers are the shortest that read back to the same bits."""

    dtype: ClassVar[Any] = np.dtype(np.float64)
    shape: _Shape
    values: list[float | Literal["inf", "-inf"]]


class _Flags(msgspec.Struct, array_like=True, tag="b", forbid_unknown_fields=True, gc=False):
    dtype: ClassVar[Any] = np.dtype(np.bool_)
    shape: _Shape
    values: list[bool]


class _Ints(msgspec.Struct, array_like=True, tag="i", forbid_unknown_fields=True, gc=False):
    dtype: ClassVar[Any] = np.dtype(np.intp)
    shape: _Shape
    values: list[int]


_Block = _Floats | _Flags | _Ints
_TAGS = {_Floats.dtype: "f", _Flags.dtype: "b", _Ints.dtype: "i"}
_DTYPES = "float64, bool or intp"


@frozen
class Form:
    """How values of one type travel: the JSON type that a receiver demands, and the ways there and back."""

    wire: Any
    pack: Callable[[Any], Any]
    unpack: Callable[[Any], Any]


def record(kind: type, **tagged: str) -> Form:
    """The form of a record of the vocabulary: an object with its fields by name. ``tagged`` goes to :func:`msgspec.defstruct`."""
    hints = get_type_hints(kind)
    forms = [(field.name, form(hints[field.name], AXES.get(field.name, 2))) for field in fields(kind)]
    wire = msgspec.defstruct(kind.__name__, [(name, f.wire) for name, f in forms], forbid_unknown_fields=True, gc=False, **tagged)  # type: ignore[arg-type]
    packs, unpacks = ([(name, getattr(f, way)) for name, f in forms] for way in ("pack", "unpack"))
    head = {tagged["tag_field"]: tagged["tag"]} if tagged else {}

    def pack(value: Any) -> dict[str, Any]:
        packed: dict[str, Any] = head.copy()
        for name, way in packs:
            try:
                packed[name] = way(getattr(value, name))
            except (ValueError, OverflowError) as error:
                raise CodecError(f"{name}: {error}") from None
        return packed

    def unpack(found: Any) -> Any:
        values = []
        for name, way in unpacks:
            try:
                values.append(way(getattr(found, name)))
            except (ValueError, OverflowError) as error:
                raise CodecError(f"{name}: {error}") from None
        return kind(*values)

    return Form(wire, pack, unpack)


def form(hint: Any, axes: int) -> Form:
    """The form of a type hint; ``axes`` is the number of axes that its arrays have.

    Raises:
        TypeError: the vocabulary has no such type.
    """
    origin, parts = get_origin(hint), get_args(hint)
    if origin is np.ndarray:
        return _array_form(np.dtype(get_args(parts[1])[0]), axes)
    if origin in (Union, UnionType) and len(parts) == 2 and NoneType in parts:
        return _optional(form(next(part for part in parts if part is not NoneType), axes))
    if origin is tuple:
        return _many(form(parts[0], axes)) if parts[-1] is ... else _tuple([form(part, axes) for part in parts])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _PLAIN if parts[1] is Any else _mapping()
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return record(hint)
    if hint in _ATOMS:
        return _ATOMS[hint]
    raise TypeError(f"messages cannot hold {hint!r}")


def _array_form(dtype: "np.dtype[Any]", axes: int) -> Form:
    block: Any = next(b for b in (_Floats, _Flags, _Ints) if b.dtype == dtype)
    tag = _TAGS[dtype]

    def pack(value: Any) -> tuple[str, tuple[int, ...], list[Any]]:
        packed = _pack_array(value)
        if packed[0] != tag or len(packed[1]) != axes:
            raise CodecError(f"an array of {value.dtype} and shape {value.shape}, expected {dtype} with {axes} axes")
        return packed

    def unpack(found: Any) -> Any:
        if len(found.shape) != axes:
            raise CodecError(f"an array of shape {found.shape}, expected {axes} axes")
        return _unpack_array(found)

    return Form(block, pack, unpack)


def _pack_array(value: Any) -> tuple[str, tuple[int, ...], list[Any]]:
    if type(value) is not np.ndarray:
        raise CodecError(f"{_shown(value)}, expected a numpy array")
    tag = _TAGS.get(value.dtype)
    if tag is None:
        raise CodecError(f"an array of {value.dtype}, expected {_DTYPES}")
    values: list[Any] = value.ravel().tolist()
    if tag == "f" and not math.isfinite(sum(values)):  # cheap; also met by large numbers, which are then looked at one by one
        values = [_spelled(v) for v in values]
    return tag, value.shape, values


def _spelled(value: float) -> float | str:
    if math.isnan(value):
        raise CodecError("NaN, which no message may hold")
    return value if math.isfinite(value) else repr(value)


def _unpack_array(block: Any) -> Any:
    """The array behind a block, read-only. A shape that does not fit its values is numpy's ``ValueError``, which says both."""
    array = np.array(block.values, dtype=block.dtype)
    array.setflags(write=False)  # before the reshape, so that the array behind the view is locked as well
    return array.reshape(block.shape)


def _mapping() -> Form:
    """Named arrays. Their order is kept, since a receiver that adds them up would see another one."""

    def pack(value: Any) -> dict[str, Any]:
        packed = {}
        for name, array in value.items():
            try:
                packed[_key(name)] = _pack_array(array)
            except (ValueError, OverflowError) as error:
                raise CodecError(f"{name}: {error}") from None
        return packed

    def unpack(found: Any) -> dict[str, Any]:
        unpacked = {}
        for name, block in found.items():
            try:
                unpacked[name] = _unpack_array(block)
            except (ValueError, OverflowError) as error:
                raise CodecError(f"{name[:64]}: {error}") from None
        return unpacked

    return Form(dict[str, _Block], pack, unpack)


def _optional(inner: Form) -> Form:
    def pack(value: Any) -> Any:
        return None if value is None else inner.pack(value)

    def unpack(found: Any) -> Any:
        return None if found is None else inner.unpack(found)

    return Form(inner.wire | None, pack, unpack)


def _many(inner: Form) -> Form:
    wire: Any = list.__class_getitem__(inner.wire)
    return Form(wire, lambda value: list(map(inner.pack, value)), lambda found: tuple(map(inner.unpack, found)))


def _tuple(inner: list[Form]) -> Form:
    def each(way: str) -> Callable[[Any], tuple[Any, ...]]:
        ways = [getattr(f, way) for f in inner]

        def go(values: Any) -> tuple[Any, ...]:
            if len(values) != len(ways):
                raise CodecError(f"{len(values)} parts, expected {len(ways)}")
            return tuple(go(value) for go, value in zip(ways, values, strict=True))

        return go

    wire: Any = tuple.__class_getitem__(tuple(f.wire for f in inner))
    return Form(wire, each("pack"), each("unpack"))


def _atom(kind: type, wire: Any) -> Form:
    def pack(value: Any) -> Any:
        if type(value) is not kind or (type(value) is int and value < 0):
            raise CodecError(f"{_shown(value)}, expected {kind.__name__}{' >= 0' if kind is int else ''}")
        return value

    return Form(wire, pack, lambda found: found)


_ATOMS: Mapping[Any, Form] = {int: _atom(int, _Natural), bool: _atom(bool, bool), str: _atom(str, str), bytes: _atom(bytes, bytes)}


def _pack_plain(value: Any) -> Any:
    """Plain data. What JSON does not know is the one value of an object under ``$``: an array, or an infinite number."""
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        spelled = _spelled(value)
        return {"$": spelled} if isinstance(spelled, str) else spelled
    if isinstance(value, Mapping):
        if "$" in value:
            raise CodecError('an entry named "$", which is reserved')
        return {_key(name): _pack_plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_pack_plain(part) for part in value]
    if isinstance(value, np.ndarray):
        return {"$": _pack_array(value)}
    raise CodecError(f"{_shown(value)}, expected plain data: None, bool, int, float, str, list, mapping or a numpy array")


def _unpack_plain(found: Any) -> Any:
    if isinstance(found, list):
        return [_unpack_plain(part) for part in found]
    if not isinstance(found, dict):
        return found
    if "$" not in found:
        return {name: _unpack_plain(part) for name, part in found.items()}
    if found in ({"$": "inf"}, {"$": "-inf"}):
        return float(found["$"])
    if len(found) > 1:
        raise CodecError('an entry named "$" beside others')
    return _unpack_array(msgspec.convert(found["$"], _Block))


_PLAIN = Form(dict[str, Any], _pack_plain, _unpack_plain)


def _key(name: Any) -> str:
    if type(name) is not str:
        raise CodecError(f"{_shown(name)} as a name, expected text")
    return name


def _shown(value: Any) -> str:
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} of type {type(value).__name__}"
