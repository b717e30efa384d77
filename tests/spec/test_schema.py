import json
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from pgcore.spec.schema import schema
from tests.spec.fakes import CATALOG, GOOD

SCHEMA = schema(CATALOG)


def document(old: str = "", new: str = "") -> Any:
    return YAML(typ="safe", pure=True).load(GOOD.replace(old, new) if old else GOOD)


def errors(instance: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(instance)]


def test_it_is_a_valid_schema_and_plain_json() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA


def test_the_good_spec_is_valid() -> None:
    assert errors(document()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("spec: 1", "spec: 2"),
        ("spec: 1\n", ""),
        ("network: {type: feeder}\n", ""),
        ("type: battery", "type: batery"),
        ("type: battery, ", ""),
        ("capacity_mwh: 2.0", "capacity_mwh: -2.0"),
        ("capacity_mwh: 2.0", "capacity_mwh: '2'"),
        ("capacity_mwh: 2.0", "capacity_mwh: 2.0, colour: red"),
        ("capacity_mwh: 2.0", "capacity_mwh: 2.0, chemistry: lead"),
        (", capacity_mwh: 2.0", ""),
        ("bus: 5, ", ""),
        ("bus: 5", "bus: 5, at: [5]"),
        ("bus: 5", "at: []"),
        ("bus: 5", "at: loads"),
        ("availability: sun", "availability: 3"),
        (", availability: sun", ""),
        ("area: [5, 6]", "area: some"),
        ("MG1:", "1MG:"),
        ("steps: 4", "steps: 0"),
        ("seed: 7", "mode: central"),
        ("seed: 7", "sede: 7"),
    ],
)
def test_a_flaw_is_found(old: str, new: str) -> None:
    assert errors(document(old, new)) != []


@pytest.mark.parametrize("line", ["extends: base.yaml", "defaults: {battery: {capacity_mwh: 2}}"])
def test_what_may_come_from_elsewhere_is_not_required(line: str) -> None:
    assert errors({**document(", capacity_mwh: 2.0", ""), **YAML(typ="safe", pure=True).load(line)}) == []


def test_private_entries_are_allowed_anywhere() -> None:
    private = document("seed: 7", "x-note: [1]")
    assert errors({**private, "x-base": 5}) == []


def test_an_agent_may_be_left_empty_and_may_hold_agents() -> None:
    assert errors({**document(), "agents": {"A": None, "B": {"agents": {"C": {"area": "all"}}}}}) == []


def test_a_field_shows_its_doc_unit_bounds_and_default() -> None:
    fields = SCHEMA["$defs"]["device-battery"]["properties"]
    assert fields["capacity_mwh"] == {"description": "usable energy [MWh]", "type": "number", "exclusiveMinimum": 0}
    assert fields["eta"] == {"description": "efficiency", "type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 0.9}
