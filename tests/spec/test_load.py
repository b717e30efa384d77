import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgcore.builtin.backends.auto import AutoBackend
from pgcore.spec.documents import decoded, read
from pgcore.spec.dump import dump
from pgcore.spec.load import load_spec
from pgcore.spec.migrate import migrate
from pgcore.spec.model import Spec
from pgcore.spec.problems import Problem, SpecError
from pgcore.spec.sources import Source
from tests.spec.fakes import CATALOG, GOOD, Direct, Printer, Store, Table


def load(source: object, *sets: str) -> Spec:
    return load_spec(source, catalog=CATALOG, sets=sets)  # type: ignore[arg-type]


def store(spec: Spec, name: str = "ess") -> Store:
    found = spec.agents["MG1"].devices[name].device
    assert isinstance(found, Store)
    return found


def refusal(source: object, *sets: str) -> str:
    with pytest.raises(SpecError) as caught:
        load(source, *sets)
    return str(caught.value)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "good.yaml"
    file.write_text(GOOD)
    return file


def written(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file


def test_what_a_spec_leaves_out_has_defaults() -> None:
    spec = load({"spec": 1, "network": {"type": "feeder"}, "agents": {"A": None}})
    assert (spec.agents["A"].vertical, spec.run.backend, spec.reward.type) == (Direct(), AutoBackend(), "cost_and_violation")
    assert (spec.episode.steps, spec.run.mode, spec.run.seed) == (96, "centralized", 0)


def test_a_default_that_no_plugin_provides_is_a_problem() -> None:
    from pgcore.catalog import Catalog

    with pytest.raises(SpecError, match=r"run.backend.type: unknown backend type 'auto'. Known: none."):
        load_spec({"spec": 1, "network": {"type": "feeder"}, "agents": {"A": {}}}, catalog=Catalog.of())


def test_a_whole_number_may_stand_for_a_number(good: Path) -> None:
    capacity = store(load(good, "agents.MG1.devices.ess.capacity_mwh=3")).capacity_mwh
    assert (capacity, type(capacity)) == (3.0, float)


def test_anchors_merge_keys_and_private_entries_are_resolved(tmp_path: Path) -> None:
    ess = "{<<: *base, bus: 5, eta: 0.8}"
    text = GOOD.replace("{type: battery, bus: 5, capacity_mwh: 2.0}", ess).replace(
        "network", "x-base: &base {type: battery, capacity_mwh: 9, eta: 0.7}\nnetwork"
    )
    device = store(load(written(tmp_path / "a.yaml", text)))
    assert (device.capacity_mwh, device.eta) == (9.0, 0.8)


def test_yaml_1_2_words_stay_text(good: Path) -> None:
    assert store(load(good, "agents.MG1.devices.ess.note=on")).note == "on"


def test_a_date_stays_text(good: Path) -> None:
    assert load(good, "episode.start=2016-07-01").episode.start == "2016-07-01"


def test_defaults_fill_what_devices_of_a_type_leave_out(good: Path) -> None:
    spec = load(good, "defaults.battery={eta: 0.5, capacity_mwh: 7}")
    assert (store(spec).eta, store(spec).capacity_mwh) == (0.5, 2.0)


def test_a_child_overrules_its_parent_entry_by_entry(tmp_path: Path, good: Path) -> None:
    child = written(tmp_path / "child.yaml", "spec: 1\nextends: good.yaml\nagents: {MG1: {devices: {ess: {capacity_mwh: 5}}}}\nepisode: {steps: 2}\n")
    spec = load(child)
    assert (store(spec).capacity_mwh, spec.episode.steps, spec.run.seed, len(spec.agents["MG1"].devices)) == (5.0, 2, 7, 2)


def test_an_entry_of_another_type_replaces_its_parents(tmp_path: Path, good: Path) -> None:
    (tmp_path / "sun.csv").write_text("1 1 1 1")
    child = written(tmp_path / "child.yaml", "spec: 1\nextends: good.yaml\nprofiles: {sun: {type: csv, file: sun.csv}}\n")
    assert load(child).profiles["sun"] == Table(tmp_path / "sun.csv")


def test_a_spec_may_extend_a_scenario(tmp_path: Path) -> None:
    spec = load(written(tmp_path / "child.yaml", "spec: 1\nextends: many\nrun: {seed: 3}\n"), "n=4")
    assert (len(spec.agents), spec.run.seed) == (4, 3)


def test_a_problem_of_the_parent_points_into_the_parents_file(tmp_path: Path) -> None:
    parent = written(tmp_path / "base" / "parent.yaml", GOOD.replace("seed: 7", "seed: -7"))
    child = written(tmp_path / "child.yaml", "spec: 1\nextends: base/parent.yaml\n")
    assert f"{parent}:18:9: run.seed: found -7" in refusal(child)


def test_a_circle_of_parents_is_refused_with_its_files(tmp_path: Path) -> None:
    first = written(tmp_path / "a.yaml", "spec: 1\nextends: b.yaml\n")
    second = written(tmp_path / "b.yaml", "spec: 1\nextends: a.yaml\n")
    assert f"{second}:2:10: extends: a spec cannot extend itself: {first} -> {second} -> {first}" in refusal(first)


def test_a_chain_of_parents_has_a_limit(tmp_path: Path) -> None:
    for k in range(30):
        written(tmp_path / f"{k}.yaml", f"spec: 1\nextends: {k + 1}.yaml\n")
    assert "16.yaml:2:10: extends: the chain of parents is too long" in refusal(tmp_path / "0.yaml")


def test_files_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "sun.csv").write_text("1 1 1 1")
    written(tmp_path / "base" / "parent.yaml", GOOD.replace("{type: values, values: [0, 0.5, 1, 0.5]}", "{type: csv, file: sun.csv}"))
    spec = load(written(tmp_path / "child.yaml", "spec: 1\nextends: base/parent.yaml\n"))
    assert spec.profiles["sun"] == Table(tmp_path / "base" / "sun.csv")
    assert spec.document["profiles"]["sun"]["file"] == str(tmp_path / "base" / "sun.csv")


def test_a_scenario_is_known_by_its_name_and_takes_parameters() -> None:
    assert [len(load("many", *sets).agents) for sets in ((), ("n=5",))] == [2, 5]


def test_a_scenario_that_refuses_its_parameters_is_a_problem() -> None:
    assert "expected at least 1" in refusal("many", "n=0")


def test_what_is_no_parameter_is_an_entry() -> None:
    assert load("many", "n=1", "run.seed=9").run.seed == 9


def test_a_source_that_is_neither_file_nor_scenario_names_close_scenarios() -> None:
    assert "did you mean 'many'" in refusal("mny")


def test_set_reaches_into_lists(good: Path) -> None:
    for path in ("horizontal[0].fee_per_mwh", "horizontal.0.fee_per_mwh"):
        assert load(good, f"{path}=5").horizontal[0].fee_per_mwh == 5.0  # type: ignore[attr-defined]


def test_set_takes_flow_values_and_adds_entries(good: Path) -> None:
    spec = load(good, "agents.MG2={devices: {ess: {type: battery, bus: 6, capacity_mwh: 1}}}", "run.observers=[{type: printer}]")
    assert (list(spec.agents), spec.run.observers) == (["MG1", "MG2"], (Printer(),))


def test_set_creates_sections_that_are_left_out() -> None:
    assert load("many", "episode.on_divergence.reward=-5").episode.on_divergence.reward == -5.0


def test_the_last_set_wins(good: Path) -> None:
    assert load(good, "run.seed=1", "run.seed=2").run.seed == 2


def test_set_may_be_a_mapping_of_python_values(good: Path) -> None:
    spec = load_spec(good, catalog=CATALOG, sets={"run.seed": 5, "agents.MG1.devices.ess.note": "1e3"})
    assert (spec.run.seed, store(spec).note) == (5, "1e3")


@pytest.mark.parametrize(
    ("one", "words"),
    [
        ("agents.MG1.devices.ess.capacity_mwh=-2", "--set:1:37: agents.MG1.devices.ess.capacity_mwh: found -2, expected > 0"),
        ("agents.MG1.devices.es.eta=1", "did you mean agents.MG1.devices.ess"),
        ("agents.MG1.devices.ess.etta=1", "did you mean eta?"),
        ("episod.steps=4", "did you mean episode.steps?"),
        ("horizontal[3].fee=1", "the spec has no such entry"),
        ("run.seed.x=1", "the spec has no such entry"),
        ("run.seed", "run.seed: found nothing"),
        ("=3", "expected PATH=VALUE"),
        ("a..b=3", "expected PATH=VALUE"),
        ("run.seed=[", "--set:1:11: not YAML"),
        ("run.seed=1e999", "--set:1:10: run.seed: found 1e999"),
        ("run={sed: 1}", "--set:1:6: run.sed: unknown name"),
    ],
)
def test_a_wrong_set_is_a_problem_at_the_option(good: Path, one: str, words: str) -> None:
    message = refusal(good, one)
    assert words in message
    assert "\n--set:1:" in message


@pytest.mark.parametrize("value", [float("nan"), object(), 10**30, {1, 2}])
def test_a_mapping_with_other_than_plain_data_is_refused(value: object) -> None:
    document = {"spec": 1, "network": {"type": "feeder"}, "agents": {"A": {}}, "run": {"seed": value}}
    assert "run.seed: found" in refusal(document)


def test_a_mapping_that_holds_itself_is_refused() -> None:
    document: dict[str, object] = {"spec": 1, "network": {"type": "feeder"}}
    document["agents"] = document
    assert "too deeply nested" in refusal(document)


def test_older_documents_are_migrated_step_by_step() -> None:
    steps = {1: lambda d: {**d, "trail": [1]}, 2: lambda d: {**d, "trail": [*d["trail"], 2]}}
    assert migrate({"spec": 1}, steps, current=3) == ({"trail": [1, 2]}, [])


def test_a_dump_loads_to_an_equal_spec(tmp_path: Path, good: Path) -> None:
    spec = load(good, "defaults.battery.eta=0.5", "agents.MG1.devices.ess.note='yes: 1e3'", "run.seed=4")
    again = load(written(tmp_path / "again.yaml", dump(spec)))
    assert again == spec
    assert dump(again) == dump(spec)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"))), st.floats(1e-300, 1e300), st.booleans())
def test_any_text_and_number_survives_a_dump(note: str, capacity: float, spare: bool) -> None:
    document = {"spec": 1, "network": {"type": "feeder"}, "agents": {"MG1": {"devices": {"ess": None}}}}
    document["agents"]["MG1"]["devices"]["ess"] = {  # type: ignore[index]
        "type": "battery", "bus": 5, "capacity_mwh": capacity, "cells": 1, "note": note, "spare": spare,
    }  # fmt: skip
    spec = load(document) if capacity >= 1e-3 else None
    if spec is not None:
        plain, problems = read(Source("dump", dump(spec), Path()))
        assert problems == []
        assert load(plain) == spec


def test_a_spec_survives_pickling_with_its_locations(good: Path) -> None:
    spec = load(good)
    again = pickle.loads(pickle.dumps(spec))
    assert again == spec
    assert again.document.sources == spec.document.sources  # type: ignore[attr-defined]


def problems_of_text(text: str | bytes) -> tuple[Problem, ...]:
    """What is wrong with a text; anything but a SpecError passes through."""
    try:
        plain, problems = read(Source("fuzz", decoded("fuzz", text) if isinstance(text, bytes) else text, Path()))
        load(plain if isinstance(plain, dict) else {})
    except SpecError as error:
        return error.problems
    return tuple(problems)


@given(st.binary(max_size=200))
def test_any_bytes_after_a_good_spec_give_a_spec_or_problems(tail: bytes) -> None:
    assert all(isinstance(problem, Problem) for problem in problems_of_text(GOOD.encode() + tail))


@given(st.text("ab:-[]{},&*!|>'\"#%@` \n\t?~<.019e_", max_size=80))
def test_any_yaml_like_text_gives_problems(text: str) -> None:
    assert problems_of_text(text)
