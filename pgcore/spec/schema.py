"""JSON Schema of the specs that the installed plugins understand, for completion and checks in editors."""

import json
import types
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path as File
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from pgcore.catalog import Catalog
from pgcore.contracts.device import Device, Need
from pgcore.feeds import VOLTAGE
from pgcore.naming import LEGAL
from pgcore.quantity import choices, known
from pgcore.spec.device_entries import AT, LOADS, POWER, names_of
from pgcore.spec.model import VERSION, AgentEntry, DeviceEntry, Spec
from pgcore.spec.records import fields_of
from pgcore.spec.structure import KINDS, STARTS

Schema = dict[str, Any]

_REF: Schema = {"type": ["integer", "string"], "description": "number or name"}
_PRIVATE: Schema = {"^x-": True}


def schema(catalog: Catalog) -> Schema:
    """The schema as plain data (JSON Schema, draft 2020-12).

    A spec with ``extends`` or ``defaults`` may leave anything out, since the rest may come from there; in every other one what has no default
    is required.
    """
    defs = {**_definitions(catalog, ""), **_definitions(catalog, "partial-")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pgcore spec",
        "type": "object",
        "required": ["spec"],
        "properties": {"spec": {"const": VERSION, "description": "version of the spec language"}},
        "if": {"anyOf": [{"required": ["extends"]}, {"required": ["defaults"]}]},
        "then": {"$ref": "#/$defs/partial-Spec"},
        "else": {"$ref": "#/$defs/Spec"},
        "$defs": defs,
    }


def _definitions(catalog: Catalog, prefix: str) -> dict[str, Schema]:
    """One definition for the spec, for each kind, for each type; those with the prefix ``partial-`` require nothing."""
    writer = _Writer(catalog, prefix)
    made = {f"{prefix}Spec": writer.spec(), f"{prefix}AgentEntry": writer.agent()}
    for kind in KINDS.values():
        types_of = catalog.types(kind)
        made[f"{prefix}{kind}"] = {"anyOf": [{"$ref": f"#/$defs/{prefix}{kind}-{name}"} for name in types_of]} if types_of else {"not": {}}
        for name, found in types_of.items():
            made[f"{prefix}{kind}-{name}"] = writer.device(name, found) if kind == "device" else writer.plugged(name, found)
    return made


@attrs.frozen
class _Writer:
    """Writes the schema of records; ``prefix`` leads to the definitions that it may refer to."""

    catalog: Catalog
    prefix: str

    def ref(self, name: str) -> Schema:
        return {"$ref": f"#/$defs/{self.prefix}{name}"}

    def entry(self, properties: Mapping[str, Schema], required: Sequence[str], doc: str = "") -> Schema:
        made: Schema = {"type": "object", "properties": dict(properties), "patternProperties": _PRIVATE, "additionalProperties": False}
        if required and not self.prefix:
            made["required"] = list(required)
        return {"description": doc, **made} if doc else made

    def spec(self) -> Schema:
        made = self.record(Spec, optional=("reward", "run"))
        made["properties"]["spec"] = True
        made["properties"]["extends"] = {"type": "string", "description": "file, relative to this one, or scenario that this spec builds on"}
        made["properties"]["defaults"] = self.defaults()
        return made

    def defaults(self) -> Schema:
        kinds = {name: self.bare(kind) for name, kind in self.catalog.types("device").items()}
        return {
            "type": "object",
            "description": "parameters that every device of a type starts from",
            "properties": kinds,
            "additionalProperties": False,
        }

    def agent(self) -> Schema:
        made = self.record(AgentEntry, optional=("vertical",))
        made["properties"]["area"] = {"anyOf": [{"const": "all"}, {"type": "array", "items": _REF}]}
        return {**made, "type": ["object", "null"]}

    def plugged(self, name: str, kind: type) -> Schema:
        made = self.record(kind)
        made["properties"] = {"type": {"const": name}, **made["properties"]}
        return self.required(made, ["type"])

    def device(self, name: str, kind: type[Device]) -> Schema:
        made = self.plugged(name, kind)
        made["properties"] |= dict.fromkeys(kind.places, _REF) | self.needs(kind)
        places = list(kind.places)
        if "bus" in places:
            lists: list[Schema] = [{"type": "array", "items": _REF, "minItems": 1}]
            made["properties"][AT] = {"anyOf": [*lists, {"const": LOADS}] if set(POWER) <= set(names_of(kind)) else lists}
            places.append(AT)
        made = self.required(made, [need.name for need in kind.needs if need.default is None and need.name not in (VOLTAGE, *POWER)])
        return made if self.prefix else {**made, "oneOf": [{"required": [place]} for place in places]}

    def bare(self, kind: type[Device]) -> Schema:
        made = self.record(kind)
        made["properties"] |= self.needs(kind)
        made.pop("required", None)
        return made

    def needs(self, kind: type[Device]) -> dict[str, Schema]:
        return {need.name: _need(need) for need in kind.needs if need.name != VOLTAGE}

    def required(self, made: Schema, names: Sequence[str]) -> Schema:
        return made if self.prefix else {**made, "required": [*made.get("required", ()), *names]}

    def record(self, kind: type, optional: Sequence[str] = ()) -> Schema:
        fields = {field.alias or field.name: field for field in fields_of(kind)}
        properties = {name: self.field(field) for name, field in fields.items()}
        required = [name for name, field in fields.items() if field.default is attrs.NOTHING and name not in optional]
        return self.entry(properties, required, (kind.__doc__ or "").strip().partition("\n")[0])

    def field(self, field: "attrs.Attribute[Any]") -> Schema:
        made = self.of(field.type)
        about = known(field)
        if about:
            unit = f" [{about.unit}]" if about.unit not in ("", "1") else ""
            limits = {"exclusiveMinimum": about.gt, "minimum": about.ge, "exclusiveMaximum": about.lt, "maximum": about.le}
            made = {"description": about.doc + unit, **made, **{word: limit for word, limit in limits.items() if limit is not None}}
        if choices(field):
            made["enum"] = list(choices(field))
        if field.name == "start" and about and STARTS[0] in about.doc:
            made["examples"] = list(STARTS)
        return {**made, **_default(field.default)}

    def of(self, kind: Any) -> Schema:
        """The schema of a type as it stands in a field."""
        simple = {float: "number", int: "integer", bool: "boolean", str: "string", File: "string", type(None): "null"}
        bare, args = get_origin(kind) or kind, get_args(kind)
        if bare in simple:
            return {"type": simple[bare]}
        if bare in KINDS:
            return self.ref(KINDS[bare])
        if bare is DeviceEntry:
            return self.ref("device")
        if bare is AgentEntry:
            return self.ref("AgentEntry")
        if bare in (Union, types.UnionType):
            return {"anyOf": [self.of(arm) for arm in args]}
        if bare is Literal:
            return {"enum": list(args)}
        return self.container(bare, args)

    def container(self, bare: Any, args: tuple[Any, ...]) -> Schema:
        if bare in (list, tuple, set, frozenset, Sequence):
            return {"type": "array", "items": self.of(args[0])} if args else {"type": "array"}
        if bare in (dict, Mapping):
            return self.mapping(args[1] if args else Any)
        if isinstance(bare, type) and issubclass(bare, Enum):
            return {"enum": [item.value for item in bare]}
        return self.record(bare) if isinstance(bare, type) and attrs.has(bare) else {}

    def mapping(self, item: Any) -> Schema:
        names = {"propertyNames": {"pattern": f"^({LEGAL.pattern}|x-.*|<<)$"}} if item in (AgentEntry, DeviceEntry) else {}
        return {"type": "object", "patternProperties": {"^(?!x-)": self.of(item)}, **names}


def _need(need: Need) -> Schema:
    one: Schema = {"anyOf": [{"type": "string"}, {"type": "number", "minimum": need.low, "maximum": need.high}]}
    made = {"description": f"{need.doc} [{need.unit}]: a profile's name or a number", "anyOf": [*one["anyOf"], {"type": "array", "items": one}]}
    return made if need.default is None else {**made, "default": need.default}


def _default(value: object) -> Schema:
    """A field's default, if it has one that can stand in JSON."""
    try:
        return {} if value is None else {"default": json.loads(json.dumps(value, allow_nan=False))}
    except (TypeError, ValueError):
        return {}
