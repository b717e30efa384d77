"""Strict cattrs hooks for what a record's fields hold: scalars, files, lists, mappings, unions and attrs classes."""

import math
import types
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path as File
from typing import Any, Literal, Union, get_args, get_origin

import attrs
from cattrs import Converter

from pgcore.quantity import QuantityError, check, choices, known
from pgcore.spec.documents import Written
from pgcore.spec.flaws import Flaw, at, each, noted, raise_all, unlike
from pgcore.spec.model import Spec
from pgcore.spec.problems import closest, did_you_mean, shown

Hook = Callable[[Any, Any], Any]

_SEQUENCES = (list, tuple, set, frozenset, Sequence)
_MAPPINGS = (dict, Mapping)


def strict_converter() -> Converter:
    """A converter that changes no value's type but int to float, and that reports every flaw of a record at once."""
    converter = Converter(detailed_validation=True, forbid_extra_keys=True)
    for kind, hook in ((float, _number), (int, _whole), (bool, _truth), (str, _text), (File, _file)):
        converter.register_structure_hook(kind, hook)
    converter.register_structure_hook_factory(lambda t: _bare(t) is Literal, lambda t: lambda value, _: _member(value, get_args(t)))
    converter.register_structure_hook_factory(_is_enum, lambda t: lambda value, _: t(_member(value, [item.value for item in t])))
    converter.register_structure_hook_factory(_is_union, lambda t: _union(t, converter))
    converter.register_structure_hook_factory(lambda t: _bare(t) in _SEQUENCES, lambda t: _sequence(t, converter))
    converter.register_structure_hook_factory(lambda t: _bare(t) in _MAPPINGS, lambda t: _mapping(t, converter))
    converter.register_structure_hook_factory(attrs.has, lambda t: lambda value, _: record(t, value, converter))
    return converter


def record(kind: type, value: Any, converter: Converter, beside: Sequence[str] = ()) -> Any:
    """Make an attrs class from a mapping of its fields.

    Args:
        kind: the class.
        value: the plain mapping.
        converter: makes the fields.
        beside: names that are legal in the entry although they are no fields (for the "did you mean").

    Raises:
        IterableValidationError: any number of fields are unknown, missing, or hold flaws.
        Flaw: the value is no mapping, or the class itself refuses the fields together.
    """
    if not isinstance(value, Mapping):
        raise unlike(value, f"a mapping with {', '.join(_names(kind)) or 'no entries'}")
    fields = {_key(field): field for field in fields_of(kind)}
    errors = [unknown(key, [*fields, *beside]) for key in value if key not in fields]
    made = _fields(fields, value, converter, errors)
    raise_all(errors, kind)
    try:
        return kind(**made)
    except QuantityError as error:
        raise at(error.field, error) from error
    except Exception as error:
        raise Flaw(str(error) or f"{kind.__name__} refuses these values: {type(error).__name__}") from error


def _fields(fields: Mapping[str, Any], value: Mapping[str, Any], converter: Converter, errors: list[Exception]) -> dict[str, Any]:
    """What the entry gives for each field; what is wrong joins ``errors``."""
    made: dict[str, Any] = {}
    for key, field in fields.items():
        try:
            if key in value:
                made[key] = _field(field, value[key], converter)
            elif field.default is attrs.NOTHING:
                raise missing(field)
        except Exception as error:  # noqa: BLE001  whatever a plugin's field raises is a flaw of this entry
            errors.append(noted(error, key))
    return made


def fields_of(kind: type) -> list["attrs.Attribute[Any]"]:
    """The fields of an attrs class that an entry may hold, with their types resolved."""
    try:
        attrs.resolve_types(kind)
    except NameError as error:
        raise Flaw(f"the class {kind.__name__} cannot be read: {error}", hint="this is a fault of the plugin that provides it") from error
    return [field for field in attrs.fields(kind) if field.init and not (kind is Spec and field.name == "document")]


def unknown(key: str, names: Sequence[str]) -> Exception:
    """The error for a name that an entry may not hold."""
    return noted(Flaw("unknown name", hint=did_you_mean(key, names) or "nothing is expected here", of_name=True), key)


def missing(field: "attrs.Attribute[Any]") -> Flaw:
    """The flaw of an entry without a field that has no default."""
    about = known(field)
    unit = f" in {about.unit}" if about and about.unit not in ("", "1") else ""
    bounds = f", {about.expected()}" if about and about.expected() else ""
    return Flaw("is missing", expected=f"{about.doc}{unit}{bounds}" if about else "a value", hint="", of_name=True)


def each_item(value: Any, item: Any, converter: Converter) -> list[Any]:
    """Every item of a list, structured as ``item``."""
    if not isinstance(value, list | tuple):
        raise unlike(value, "a list")
    return list(each(enumerate(value), lambda _, one: converter.structure(one, item), list).values())


def named(kind: Any) -> str:
    """A type in words, for messages."""
    words = {float: "a number", int: "a whole number", bool: "true or false", str: "text", File: "a file name", type(None): "nothing"}
    if kind in words:
        return words[kind]
    if _bare(kind) in _SEQUENCES:
        return "a list"
    if _is_union(kind):
        return " or ".join(named(arm) for arm in get_args(kind))
    return "a mapping"


def _field(field: "attrs.Attribute[Any]", value: Any, converter: Converter) -> Any:
    made = value if field.type in (None, Any) else converter.structure(value, field.type)
    try:
        check(field, made)
    except QuantityError as error:
        raise unlike(value, error.expected, closest(value, map(str, choices(field)))) from error
    return made


def _key(field: "attrs.Attribute[Any]") -> str:
    return field.alias or field.name


def _names(kind: type) -> list[str]:
    return [_key(field) for field in fields_of(kind)]


def _number(value: Any, _: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise unlike(value, "a number", _unquoted(value))
    return float(value)


def _whole(value: Any, _: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise unlike(value, "a whole number", _unquoted(value))
    return value


def _truth(value: Any, _: Any) -> bool:
    if not isinstance(value, bool):
        raise unlike(value, "true or false")
    return value


def _text(value: Any, _: Any) -> str:
    if not isinstance(value, str):
        raise unlike(value, "text", "put it in quotes" if isinstance(value, int | float) else "")
    return str(value)


def _file(value: Any, _: Any) -> File:
    if not isinstance(value, str):
        raise unlike(value, "a file name")
    folder = value.folder if isinstance(value, Written) else File.cwd()
    path = (folder / str(value)).absolute()
    try:
        exists = path.exists()
    except (OSError, ValueError):
        exists = False
    if not exists:
        raise Flaw("there is no such file", found=shown(value), expected=f"a file; relative names start from {folder.absolute()}")
    if isinstance(value, Written):
        value.resolved = str(path)
    return path


def _unquoted(value: Any) -> str:
    try:
        return "remove the quotes" if isinstance(value, str) and math.isfinite(float(value)) else ""
    except ValueError:
        return ""


def _member(value: Any, allowed: Sequence[Any]) -> Any:
    if not any(value == one and isinstance(value, type(one)) and isinstance(value, bool) == isinstance(one, bool) for one in allowed):
        raise unlike(value, "one of " + ", ".join(map(str, allowed)), closest(value, map(str, allowed)))
    return str(value) if isinstance(value, str) else value


def _union(kind: Any, converter: Converter) -> Hook:
    arms = [arm for arm in get_args(kind) if arm is not type(None)]
    optional = len(arms) < len(get_args(kind))

    def structure(value: Any, _: Any) -> Any:
        if value is None and optional:
            return None
        if len(arms) == 1:
            return converter.structure(value, arms[0])
        for arm in sorted(arms, key=lambda arm: arm is float):
            if _may_be(value, arm):
                return converter.structure(value, arm)
        raise unlike(value, named(kind))

    return structure


def _may_be(value: Any, arm: Any) -> bool:
    """Whether a plain value has the shape of one arm of a union, so that the messages can be about that arm."""
    if isinstance(value, bool) or arm is bool:
        return isinstance(value, bool) and arm is bool
    if _bare(arm) in _SEQUENCES:
        return isinstance(value, list | tuple)
    if _bare(arm) in _MAPPINGS or attrs.has(arm):
        return isinstance(value, Mapping)
    shapes: dict[Any, tuple[type, ...]] = {float: (int, float), int: (int,), str: (str,), File: (str,)}
    return isinstance(value, shapes.get(arm, ()))


def _sequence(kind: Any, converter: Converter) -> Hook:
    holds, items = _bare(kind), get_args(kind)
    make = tuple if holds is Sequence else holds

    def structure(value: Any, _: Any) -> Any:
        if holds is tuple and items and items[-1] is not Ellipsis:
            return _fixed(value, items, converter)
        return make(each_item(value, items[0] if items else Any, converter))

    return structure


def _fixed(value: Any, items: Sequence[Any], converter: Converter) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or len(value) != len(items):
        raise unlike(value, f"a list of {len(items)}")
    return tuple(each(enumerate(value), lambda index, one: converter.structure(one, items[index]), tuple).values())


def _mapping(kind: Any, converter: Converter) -> Hook:
    arms = get_args(kind) or (str, Any)

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, Mapping):
            raise unlike(value, "a mapping")
        return each(value.items(), lambda _, one: converter.structure(one, arms[1]), dict)

    return structure


def _bare(kind: Any) -> Any:
    return get_origin(kind) or kind


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType)


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)
