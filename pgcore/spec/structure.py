"""From a plain document to a typed Spec: one hook for each kind of thing that plugins provide."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

import attrs
from cattrs import Converter

from pgcore.catalog import Catalog, UnknownType
from pgcore.contracts.backend import Backend
from pgcore.contracts.broker import MessageBroker
from pgcore.contracts.device import Device
from pgcore.contracts.fault import Fault
from pgcore.contracts.network import NetworkSource
from pgcore.contracts.observer import Observer
from pgcore.contracts.profile import ProfileSource
from pgcore.contracts.protocol import Horizontal, Vertical
from pgcore.contracts.reward import Reward
from pgcore.spec.defaults import SECTION
from pgcore.spec.device_entries import device_entry, names_of
from pgcore.spec.flaws import Flaw, at, each, noted, problems_of, raise_all, unlike
from pgcore.spec.model import AgentEntry, BrokerEntry, DeviceEntry, Episode, Run, Signing, Spec
from pgcore.spec.problems import Problem, closest, did_you_mean
from pgcore.spec.records import Hook, record, strict_converter, unknown

KINDS: Mapping[type, str] = {
    Device: "device",
    Vertical: "vertical",
    Horizontal: "horizontal",
    MessageBroker: "broker",
    Fault: "fault",
    Backend: "backend",
    NetworkSource: "network",
    ProfileSource: "profile",
    Reward: "reward",
    Observer: "observer",
}
"""The contract behind each kind of the catalog."""

WRAPPERS: Mapping[str, Any] = {"faults": tuple[Fault, ...], "signing": Signing}
"""What a broker's entry may hold beside the broker's own options."""

STARTS = ("random", "any", "sequential")

_BROKER = """add to the spec:
  run:
    broker: {type: in_memory}"""


def structure(document: Mapping[str, Any], catalog: Catalog) -> tuple[Spec | None, list[Problem]]:
    """The typed spec of a plain document, or ``None`` with all that is wrong with its shape."""
    converter = converter_of(catalog)
    problems: list[Problem] = []
    rest = {key: value for key, value in document.items() if key != SECTION}
    try:
        _check_defaults(document.get(SECTION, {}), catalog)
    except Exception as error:  # noqa: BLE001  a plugin cannot break the host: whatever was raised becomes a problem
        problems += problems_of(error, (SECTION,))
    try:
        return converter.structure(rest, Spec), problems
    except Exception as error:  # noqa: BLE001  a plugin cannot break the host: whatever was raised becomes a problem
        return None, [*problems, *problems_of(error)]


def converter_of(catalog: Catalog) -> Converter:
    """A strict converter that knows every kind of thing that the catalog's plugins provide."""
    converter = strict_converter()
    for contract, kind in KINDS.items():
        converter.register_structure_hook_func(_is(contract), _plug(kind, catalog, converter))
    converter.register_structure_hook_func(_is(DeviceEntry), lambda value, _: _device(value, catalog, converter))
    converter.register_structure_hook_func(_is(AgentEntry), lambda value, _: _agent(value, converter))
    converter.register_structure_hook_func(_is(Episode), lambda value, _: _episode(value, converter))
    converter.register_structure_hook_func(_is(BrokerEntry), lambda value, _: _broker(value, converter))
    converter.register_structure_hook_func(_is(Run), lambda value, _: _run(value, converter))
    converter.register_structure_hook_func(_is(Spec), lambda value, _: _spec(value, converter))
    return converter


def _is(contract: type) -> Any:
    return lambda kind: kind is contract


def _class_of(value: Any, kind: str, catalog: Catalog) -> type:
    """The class that an entry's ``type`` names."""
    known = catalog.types(kind)
    if not isinstance(value, Mapping):
        hint = f"write {{type: {value}}}" if isinstance(value, str) and value in known else ""
        raise unlike(value, f"a mapping with a type, such as {{type: {next(iter(known), '...')}}}", hint)
    if "type" not in value:
        raise at("type", Flaw("is missing", expected=f"a {kind} type", hint=did_you_mean("", known), of_name=True))
    if not isinstance(value["type"], str):
        raise at("type", unlike(value["type"], f"a {kind} type", did_you_mean("", known)))
    try:
        found = catalog.get(kind, str(value["type"]))
    except UnknownType as error:
        raise at("type", Flaw(str(error))) from error
    if not attrs.has(found):
        raise at("type", Flaw(f"the class {found.__name__} is not an attrs class", hint="this is a fault of the plugin that provides it"))
    return found


def _plug(kind: str, catalog: Catalog, converter: Converter) -> Hook:
    """The hook that makes an entry into an instance of the class that its ``type`` names."""

    def structure(value: Any, _: Any) -> Any:
        found = _class_of(value, kind, catalog)
        return record(found, {key: item for key, item in value.items() if key != "type"}, converter, ("type",))

    return structure


def _device(value: Any, catalog: Catalog, converter: Converter) -> DeviceEntry:
    found = _class_of(value, "device", catalog)
    return device_entry(found, {key: item for key, item in value.items() if key != "type"}, converter)


def _agent(value: Any, converter: Converter) -> AgentEntry:
    given = {} if value is None else value
    if not isinstance(given, Mapping):
        raise unlike(given, "a mapping with area, devices, vertical, agents, forecast_steps")
    area = given.get("area", ())
    errors: list[Exception] = []
    if isinstance(area, str) and area != "all":
        errors.append(noted(unlike(area, "all, or a list of buses", "did you mean all?"), "area"))
    try:
        made: AgentEntry = record(AgentEntry, {"vertical": {"type": "setpoint"}, **given}, converter)
    except ExceptionGroup as error:
        errors += error.exceptions
    raise_all(errors, AgentEntry)
    return made


def _episode(value: Any, converter: Converter) -> Episode:
    made: Episode = record(Episode, value, converter)
    if isinstance(made.start, int):
        if made.start < 0:
            raise at("start", unlike(made.start, ">= 0"))
        return made
    if made.start not in STARTS and not _is_date(made.start):
        raise at("start", unlike(made.start, f"{', '.join(STARTS)}, a step number, or a date such as 2016-07-01", closest(made.start, STARTS)))
    return made


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _broker(value: Any, converter: Converter) -> BrokerEntry:
    """A broker's entry holds the broker's own options, and what happens to messages on the way beside them."""
    if not isinstance(value, Mapping):
        return BrokerEntry(converter.structure(value, cast(Any, MessageBroker)))
    made: dict[str, Any] = {}
    errors: list[Exception] = []
    own = {key: item for key, item in value.items() if key not in WRAPPERS}
    parts: list[tuple[str, Any, Any]] = [
        ("broker", cast(Any, MessageBroker), own),
        *((key, kind, value[key]) for key, kind in WRAPPERS.items() if key in value),
    ]
    for part, kind, item in parts:
        try:
            made[part] = converter.structure(item, kind)
        except Exception as error:  # noqa: BLE001  whatever a plugin's class raises is a flaw of this entry
            errors += _at_part(error, part)
    raise_all(errors, BrokerEntry)
    return BrokerEntry(**made)


def _at_part(error: Exception, part: str) -> list[Exception]:
    """What is wrong with a part of a broker's entry; the broker's own options stand in the entry itself."""
    if part != "broker":
        return [noted(error, part)]
    return list(error.exceptions) if isinstance(error, ExceptionGroup) else [error]


def _run(value: Any, converter: Converter) -> Run:
    made: Run = record(Run, _with(value, {"backend": {"type": "auto"}}), converter)
    if made.mode == "distributed" and made.broker is None:
        raise at("mode", Flaw("Message broker is not initialized: run.mode is distributed and run.broker is missing", hint=_BROKER))
    return made


def _spec(value: Any, converter: Converter) -> Spec:
    made: Spec = record(Spec, _with(value, {"reward": {"type": "cost_and_violation"}, "run": {}}), converter)
    if not made.agents:
        raise at("agents", Flaw(found="no agents", expected="at least one", of_name=True))
    return made


def _with(value: Any, defaults: Mapping[str, Any]) -> Any:
    """An entry with what it leaves out; one that is no mapping is left to be refused."""
    return {**defaults, **value} if isinstance(value, Mapping) else value


def _check_defaults(section: Any, catalog: Catalog) -> None:
    if not isinstance(section, Mapping):
        raise unlike(section, "a mapping of device types, such as {battery: {eta: 0.95}}")
    each(section.items(), lambda kind, given: _check_default(kind, given, catalog), dict)


def _check_default(kind: str, given: Any, catalog: Catalog) -> None:
    try:
        names = names_of(catalog.get("device", kind))
    except UnknownType as error:
        raise Flaw(str(error), of_name=True) from error
    if not isinstance(given, Mapping):
        raise unlike(given, "a mapping of parameters")
    raise_all([unknown(key, names) for key in given if key not in names], dict)
