"""Broken specs: each is refused with located problems, and never with anything but a SpecError."""

import re
from pathlib import Path

import pytest

from pgcore.spec.links import link
from pgcore.spec.load import load_spec
from pgcore.spec.problems import SpecError
from tests.spec.fakes import CATALOG, GOOD


def good(old: str, new: str) -> str:
    """The good spec with one passage replaced."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def at_top(line: str) -> str:
    return GOOD + line + "\n"


BOMB = "spec: 1\nx-a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n" + "".join(f"x-a{k}: &a{k} [{','.join([f'*a{k - 1}'] * 10)}]\n" for k in range(1, 9))
TALL = "spec: 1\nx-a0: &a0 " + "[" * 40 + "]" * 40 + "\nagents: " + "[" * 40 + "*a0" + "]" * 40 + "\n"
DEVICE = "ess: {type: battery, bus: 5, capacity_mwh: 2.0}"
PV = "pv: {type: pv, bus: 6, p_peak_mw: 0.8, availability: sun}"

# name: (the spec, line and column of one problem, words of its message)
BROKEN: dict[str, tuple[str | bytes, str, tuple[str, ...]]] = {
    # text
    "empty file": ("", "1:1", ("empty file", "spec: 1")),
    "only a comment": ("# nothing\n", "1:1", ("empty file",)),
    "only null": ("~\n", "1:1", ("empty file",)),
    "a list at the root": ("- spec: 1\n", "1:1", ("a list of 1", "expected a mapping")),
    "text at the root": ("hello\n", "1:1", ('"hello"', "expected a mapping")),
    "not UTF-8": (GOOD.encode() + b"x-note: caf\xe9\n", "19:12", ("not UTF-8", "0xe9")),
    "UTF-16": (GOOD.encode("utf-16"), "1:1", ("not UTF-8",)),
    "a null byte": (good("seed: 7", "seed: \0"), "18:9", ("does not allow",)),
    "a control character": (good("seed: 7", "seed: \x07"), "18:9", ("does not allow",)),
    "a tab": (good("  seed", "\tseed"), "18:1", ("not YAML", "spaces, never with tabs")),
    "unclosed bracket": (good("[5, 6]", "[5, 6"), "8:12", ("not YAML",)),
    "unclosed quote": (good("sun}", '"sun}'), "19:1", ("not YAML", "quoted")),
    "colon in plain text": (good("seed: 7", "seed: 7: 8"), "18:10", ("not YAML", "mapping values")),
    "wrong indentation": (good("  seed: 7", "   seed: 7"), "18:4", ("not YAML",)),
    "unknown escape": (good("feeder", '"\\q"'), "2:19", ("not YAML", "escape")),
    "a byte order mark and a flaw": (b"\xef\xbb\xbf" + good("seed: 7", "seed: -7").encode(), "18:9", ("found -7", "expected >= 0")),
    "CRLF and a flaw": (good("seed: 7", "seed: -7").replace("\n", "\r\n"), "18:9", ("found -7",)),
    "two documents": (GOOD + "---\nspec: 1\n", "19:1", ("second document",)),
    "a YAML version from the future": ("%YAML 9.9\n---\n" + GOOD, "1:1", ("not YAML", "incompatible")),
    "a Python tag": (good("seed: 7", "seed: !!python/object/apply:os.getpid []"), "18:9", ("tag", "not supported")),
    "a private tag": (good("seed: 7", "seed: !secret 7"), "18:9", ("!secret", "not supported")),
    "a number tag": (good("seed: 7", 'seed: !!int "7"'), "18:9", ("tag", "not supported")),
    "an alias bomb": (BOMB, "7:7", ("entries once aliases are followed",)),
    "an alias to nothing": (good("seed: 7", "seed: *nobody"), "18:9", ("*nobody", "points to nothing")),
    "an alias to itself": (good("seed: 7", "seed: &s [*s]"), "18:13", ("*s", "points to nothing")),
    "deep nesting": (good("seed: 7", "seed: " + "[" * 5000 + "]" * 5000), "18:71", ("too deeply nested",)),
    "deep nesting through aliases": (TALL, "2:7", ("too deeply nested",)),
    "a duplicate key": (GOOD + "run: {}\n", "19:1", ("given before", "line 16")),
    "a duplicate device": (good(PV, DEVICE), "10:7", ("agents.MG1.devices.ess", "given before", "line 9")),
    "a number as a name": (good("  MG1:", "  1:"), "6:3", ("a name must be text", "quotes")),
    "a list as a name": (good("  MG1:", "  ? [a]\n  :"), "6:5", ("name must be text", "a list")),
    "merging a number": (good("  seed", "  <<: 5\n  seed"), "18:7", ("expected a mapping to merge",)),
    # numbers
    "NaN": (good("2.0}\n      pv", ".nan}\n      pv"), "9:50", ("capacity_mwh", ".nan", "finite")),
    "infinity": (good("2.0}\n      pv", "-.inf}\n      pv"), "9:50", ("-.inf", "finite")),
    "a float too large": (good("2.0}\n      pv", "1e999}\n      pv"), "9:50", ("1e999", "finite")),
    "a huge whole number": (good("seed: 7", "seed: " + "9" * 5000), "18:9", ("999", "63 bits")),
    "a whole number of 64 bits": (good("seed: 7", "seed: 18446744073709551616"), "18:9", ("63 bits",)),
    "a negative capacity": (good("2.0}\n      pv", "-2}\n      pv"), "9:50", ("agents.MG1.devices.ess.capacity_mwh", "found -2", "expected > 0")),
    "a number in quotes": (good("2.0}\n      pv", '"2"}\n      pv'), "9:50", ('found "2"', "expected a number", "remove the quotes")),
    "true for a number": (good("2.0}\n      pv", "true}\n      pv"), "9:50", ("found true", "expected a number")),
    "true for a whole number": (good("seed: 7", "seed: true"), "18:9", ("found true", "expected a whole number")),
    "a fraction for a whole number": (good("seed: 7", "seed: 7.5"), "18:9", ("found 7.5", "expected a whole number")),
    "nothing for a number": (good("seed: 7", "seed:"), "18:3", ("found nothing",)),
    "yes for a truth value": (good("2.0}\n      pv", "2.0, spare: yes}\n      pv"), "9:62", ('"yes"', "true or false")),
    "a word for a list of numbers": (good("2.0}\n      pv", "2.0, curve: 3}\n      pv"), "9:62", ("found 3", "expected a list")),
    "a bad item of a list": (good("2.0}\n      pv", "2.0, curve: [1, x]}\n      pv"), "9:66", ("curve[1]", '"x"', "a number")),
    "a number for text": (good("2.0}\n      pv", "2.0, note: 5}\n      pv"), "9:61", ("found 5", "expected text", "quotes")),
    "a choice that is none": (good("2.0}\n      pv", "2.0, chemistry: lpf}\n      pv"), "9:66", ('"lpf"', "lfp, nmc", "did you mean lfp")),
    "fields that do not go together": (good("2.0}\n      pv", "2.0, cells: 5000}\n      pv"), "9:62", ("cells", "found 5000", "1000 for each")),
    # version
    "no version": (good("spec: 1\n", ""), "1:1", ("version", "is missing", "spec: 1")),
    "a future version": (good("spec: 1", "spec: 2"), "1:7", ("newer pgcore", "version 2", "upgrade")),
    "a version as text": (good("spec: 1", 'spec: "1"'), "1:7", ('found "1"', "whole number")),
    "version zero": (good("spec: 1", "spec: 0"), "1:7", ("found 0",)),
    # names of entries
    "a typo in a section": (good("agents:", "agnets:"), "5:1", ("agnets", "unknown name", "did you mean agents")),
    "no network": (good("network: {type: feeder}\n", ""), "1:1", ("network", "is missing")),
    "no agents": (good("agents:\n  MG1:", "agents: {}\nx-old:\n  MG1:"), "5:1", ("found no agents",)),
    "agents as a list": (good("agents:\n  MG1:", "agents: []\nx-old:\n  MG1:"), "5:1", ("a list of 0", "a mapping")),
    "a section that is ours": (at_top("document: {}"), "19:1", ("unknown name",)),
    "a typo in a parameter": (good("capacity_mwh", "capcity_mwh"), "9:36", ("capcity_mwh", "unknown name", "did you mean capacity_mwh")),
    "a missing parameter": (good(", capacity_mwh: 2.0", ""), "9:7", ("capacity_mwh", "is missing", "usable energy in MWh")),
    "a typo in the run": (good("seed: 7", "sede: 7"), "18:3", ("run.sede", "did you mean seed")),
    "a typo in an agent": (good("    area:", "    aera:"), "7:5", ("did you mean area",)),
    "a device as a list": (good(DEVICE, "ess: [battery]"), "9:7", ("a list of 1", "a mapping with a type")),
    "devices as text": (good("    vertical: {type: setpoint}", "    vertical: setpoint"), "11:15", ("write {type: setpoint}",)),
    # types
    "an unknown device": (good("type: battery", "type: batery"), "9:19", ("unknown device type 'batery'", "did you mean 'battery'")),
    "an unknown network": (good("type: feeder", "type: fedeer"), "2:17", ("unknown network type", "feeder")),
    "a device of an uninstalled package": (good("type: battery", "type: ev_charger"), "9:19", ("unknown device type",)),
    "a type that is a number": (good("type: battery", "type: 5"), "9:19", ("found 5", "a device type")),
    "no type": (good("type: battery, ", ""), "9:7", ("type", "is missing", "battery")),
    "an unknown backend": (good("backend: {type: pandapower}", "backend: {type: pandpower}"), "17:19", ("did you mean 'pandapower'",)),
    "an unknown horizontal protocol": (good("type: p2p_trading", "type: p2p"), "13:12", ("horizontal[0].type", "unknown horizontal type")),
    "horizontal as a mapping": (good("  - {type: p2p", "  {type: p2p"), "12:1", ("a mapping", "expected a list")),
    "an unknown observer": (good("  seed", "  observers: [{type: printer, evry: 1}]\n  seed"), "18:31", ("observers[0].evry", "did you mean every")),
    # choices
    "a mode that is none": (good("  seed", "  mode: central\n  seed"), "18:9", ('"central"', "one of centralized, distributed")),
    "distributed without a broker": (
        good("  seed", "  mode: distributed\n  seed"),
        "18:9",
        ("Message broker is not initialized", "in_memory"),
    ),
    "a broker's option that is none": (good("  seed", "  broker: {type: in_memory, capacit: 5}\n  seed"), "18:29", ("capacit", "unknown name")),
    "a broker without a type": (good("  seed", "  broker: {capacity: 5}\n  seed"), "18:3", ("type", "is missing")),
    "a fault that is none": (good("  seed", "  broker: {type: in_memory, faults: [{type: los}]}\n  seed"), "18:45", ("Known: loss",)),
    "a fault's rate above 1": (
        good("  seed", "  broker: {type: in_memory, faults: [{type: loss, rate: 2}]}\n  seed"),
        "18:57",
        ("run.broker.faults[0].rate", "found 2", "<= 1"),
    ),
    "keys that are not there": (
        good("  seed", "  broker: {type: in_memory, signing: {keys: no.json}}\n  seed"),
        "18:45",
        ("run.broker.signing.keys", "no such file"),
    ),
    "a silence that is neither": (good("  seed", "  on_silence: wait\n  seed"), "18:15", ("one of hold, drop, raise",)),
    "a start that is none": (good("steps: 4", "steps: 4, start: rndom"), "15:28", ('"rndom"', "did you mean random")),
    "a negative start": (good("steps: 4", "steps: 4, start: -1"), "15:28", ("found -1", ">= 0")),
    "an area that is a word": (good("area: [5, 6]", "area: al"), "7:11", ('"al"', "expected all")),
    "an area with a fraction": (good("area: [5, 6]", "area: [5.5]"), "7:12", ("area[0]", "5.5", "whole number or text")),
    # names of agents and devices
    "a name with spaces": (good("  MG1:", "  MG 1:"), "6:3", ('"MG 1"', "a letter")),
    "a name with two underscores": (good("      ess:", "      e__s:"), "9:7", ("confused", "__")),
    "a name with _to_": (good("  MG1:", "  a_to_b:"), "6:3", ("confused", "_to_")),
    "a name that starts with to_": (good("      ess:", "      to_x:"), "9:7", ("confused",)),
    "an agent called environment": (good("  MG1:", "  environment:"), "6:3", ("confused",)),
    "an agent like another but for its case": (good("agents:\n", "agents:\n  mg1: {}\n"), "7:3", ("MG1 could be confused with mg1", "agents.mg1")),
    "a device like another but for its case": (
        good("      ess:", "      ESS: {type: battery, bus: 5, capacity_mwh: 2.0}\n      ess:"),
        "10:7",
        ("MG1.ess", "MG1.ESS"),
    ),
    "an agent like another's device": (good("agents:\n", "agents:\n  MG1_pv: {}\n"), "11:7", ("MG1.pv could be confused with MG1_pv",)),
    "an env_id with two underscores": (good("  seed", "  env_id: a__b\n  seed"), "18:11", ("run.env_id", '"a__b"', 'no "__"')),
    "an env_id with a space": (good("  seed", "  env_id: my grid\n  seed"), "18:11", ("run.env_id", '"my grid"', "letters, digits")),
    "a name that is empty": (good("  MG1:", '  "":'), "6:3", ("a letter",)),
    "two agents of one name": (
        good("    vertical:", "    agents: {MG2: {agents: {MG1: {}}}}\n    vertical:"),
        "11:29",
        ("an agent of this name is at agents.MG1",),
    ),
    # places and needs
    "no place": (good("bus: 5, ", ""), "9:7", ("where it stands", "bus: 5")),
    "two places": (good("bus: 5,", "bus: 5, at: [5],"), "9:7", ("bus and at", "keep one")),
    "a place of the wrong kind": (good("bus: 5,", "line: 3,"), "9:28", ("line", "unknown name")),
    "at without a list": (good("bus: 5,", "at: 5,"), "9:32", ("found 5", "a list of buses", "write bus: 5")),
    "at an empty list": (good("bus: 5,", "at: [],"), "9:28", ("a list of 0",)),
    "a battery at loads": (good("bus: 5,", "at: loads,"), "9:32", ("loads", "p_mw and q_mvar")),
    "power given at loads": (at_top("background: {l: {type: load, at: loads, p_mw: 1}}"), "19:41", ("taken over from each load",)),
    "a need not filled": (good(", availability: sun", ""), "10:7", ("availability", "is missing", "a profile's name or a number")),
    "a need out of range": (good("availability: sun", "availability: 1.5"), "10:60", ("found 1.5", "from 0 to 1")),
    "an empty list for a need": (good("availability: sun", "availability: []"), "10:46", ("a list of 0",)),
    "a voltage given": (good("availability: sun", "availability: sun, vm_pu: 1"), "10:65", ("measured on the network",)),
    # defaults
    "defaults for an unknown type": (at_top("defaults: {batery: {eta: 0.9}}"), "19:12", ("did you mean 'battery'",)),
    "a typo in defaults": (at_top("defaults: {battery: {etta: 0.9}}"), "19:22", ("defaults.battery.etta", "did you mean eta")),
    "a typo in defaults of a type not used": (at_top("defaults: {oltc: {tap_mni: 0}}"), "19:19", ("did you mean tap_min",)),
    "a bad default": (at_top("defaults: {battery: {eta: 1.5}}"), "19:27", ("defaults.battery.eta", "found 1.5", "<= 1")),
    "defaults as a list": (at_top("defaults: [battery]"), "19:1", ("a list of 1",)),
    # extends
    "extends a missing file": (at_top("extends: nowhere.yaml"), "19:10", ("nowhere.yaml", "No such file")),
    "extends an unknown scenario": (at_top("extends: mny"), "19:10", ("no file 'mny'", "did you mean 'many'")),
    "extends a list": (at_top("extends: [a, b]"), "19:1", ("a list of 2", "one file name")),
    "extends itself": (at_top("extends: broken.yaml"), "19:10", ("cannot extend itself",)),
    "extends a folder": (at_top("extends: ./"), "19:10", ("cannot read",)),
    # files
    "a profile's file is missing": (
        good("{type: values, values: [0, 0.5, 1, 0.5]}", "{type: csv, file: sun.csv}"),
        "4:26",
        ("no such file", "sun.csv"),
    ),
    "a file name with a null": (good("{type: values, values: [0, 0.5, 1, 0.5]}", '{type: csv, file: "a\\0b"}'), "4:26", ("no such file",)),
    # links
    "a network that fails to load": (good("type: feeder", "type: feeder, fail: true"), "2:1", ("cannot be loaded", "the disk is gone")),
    "a bus that is not there": (good("bus: 5,", "bus: 7,"), "9:33", ("no bus 7", "did you mean 5 or 6 or 9", "from 0 to 9")),
    "a bus name that is not there": (good("bus: 5,", "bus: nort,"), "9:33", ('no bus called "nort"', "did you mean north")),
    "a bus number in quotes": (good("bus: 5,", 'bus: "5",'), "9:33", ("without quotes",)),
    "a bus name that is not unique": (good("bus: 5,", "bus: south,"), "9:33", ("2 elements are called", "6, 9")),
    "a bus of a list that is not there": (good("bus: 5,", "at: [5, 77],"), "9:36", ("at[1]", "no bus 77")),
    "a bus of the area that is not there": (good("area: [5, 6]", "area: [5, 66]"), "7:15", ("area[1]", "no bus 66")),
    "a line that is not there": (good(DEVICE, "s: {type: switch, line: 4}"), "9:31", ("no line 4", "did you mean 3")),
    "a trafo that is not there": (good(DEVICE, "s: {type: switch, trafo: T3}"), "9:32", ("no transformer called", "T1")),
    "a profile that is not there": (good("availability: sun", "availability: snu"), "10:60", ('no profile "snu"', "did you mean sun")),
    "a profile out of range": (good("[0, 0.5, 1, 0.5]", "[0, 0.5, 2, 0.5]"), "10:60", ("leaves the range", "0 to 2", "0 to 1")),
    "a profile that is too short": (good("steps: 4", "steps: 5"), "4:3", ("shorter than one episode", "4 of them", "at least 5")),
    "a start too late": (good("steps: 4", "steps: 2, start: 3"), "15:28", ("ends before the episode", "at most 2")),
    "a profile whose step does not fit": (good("0.5]}", "0.5], step_min: 20}"), "4:3", ("does not fit episode.step_min",)),
    "a profile that fails to load": (good("[0, 0.5, 1, 0.5]", "[]"), "4:3", ("cannot be loaded", "one value or more")),
    "more profiles than places": (good("availability: sun", "availability: [sun, 1]"), "10:46", ("a list of 2", "at most 1")),
    "a backend that refuses": (good("{type: pandapower}", "{type: pandapower, refuse: true}"), "17:3", ("cannot take this network", "four buses")),
    "a control that the backend lacks": (
        good(DEVICE, "t: {type: oltc, trafo: 0}").replace("{type: pandapower}", "{type: rough}"),
        "9:7",
        ("acts on tap", "rough acts on: nothing"),
    ),
    "two devices at one control": (
        good(DEVICE, "t: {type: oltc, trafo: 0}\n      u: {type: oltc, trafo: T1}"),
        "10:7",
        ("MG1.t already controls the tap",),
    ),
    "a transformer without taps": (good(DEVICE, "t: {type: oltc, trafo: 1}"), "9:30", ("no tap changer",)),
    "taps out of range": (good(DEVICE, "t: {type: oltc, trafo: 0, tap_min: -3}"), "9:42", ("-3 to 2", "within -2 to 2")),
    "a meter at an ordinary bus": (good(DEVICE, "m: {type: grid_connection, bus: 5}"), "9:39", ("external grid", "a bus with one (0)")),
    "a meter inside the area": (good(DEVICE, "m: {type: grid_connection, line: 3}"), "9:40", ("both ends inside", "area of MG1")),
    "a meter outside the area": (
        good(DEVICE, "m: {type: grid_connection, trafo: 1}").replace("[5, 6]", "[5]").replace("bus: 6", "bus: 5"),
        "9:41",
        ("no end inside",),
    ),
    "a meter of no agent": (at_top("background: {m: {type: grid_connection, trafo: 0}}"), "19:48", ("no agent",)),
    "two devices of one name": (
        good(DEVICE, "e: {type: battery, at: [5, 6], capacity_mwh: 1}\n      e-2: {type: battery, bus: 5, capacity_mwh: 1}"),
        "10:7",
        ("called MG1.e-2",),
    ),
    "loads taken twice": (at_top("background: {a: {type: load, at: loads}, b: {type: load, at: loads}}"), "19:62", ("already taken over by a",)),
}


def refused(file: Path) -> SpecError:
    with pytest.raises(SpecError) as caught:
        link(load_spec(file, catalog=CATALOG))
    return caught.value


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_spec_gets_a_located_problem(name: str, tmp_path: Path) -> None:
    text, place, words = BROKEN[name]
    file = tmp_path / "broken.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    error = refused(file)
    shown = [str(problem) for problem in error.problems]
    located = [one for one in shown if one.startswith(f"{file}:{place}: ")]
    assert any(all(word in one for word in words) for one in located), str(error)
    assert all(problem.location for problem in error.problems)


def test_the_good_spec_is_good(tmp_path: Path) -> None:
    file = tmp_path / "good.yaml"
    file.write_text(GOOD)
    assert link(load_spec(file, catalog=CATALOG)).agents[0].name == "MG1"


def test_every_field_of_every_entry_is_reported_at_once(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(good(DEVICE, "ess: {type: battery, capacity_mwh: -2, eta: 3, cells: 0, spare: 1, colour: red}").replace("seed: 7", "seed: x"))
    paths = {".".join(map(str, problem.path)).removeprefix("agents.MG1.devices.") for problem in refused(file).problems}
    assert paths == {"ess", "ess.capacity_mwh", "ess.eta", "ess.cells", "ess.spare", "ess.colour", "run.seed"}


def test_the_caret_stands_below_the_value(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(good("seed: 7", "seed: -7"))
    assert str(refused(file)).splitlines()[1:] == [f"{file}:18:9: run.seed: found -7, expected >= 0", "      seed: -7", "            ^"]


def test_a_flaw_in_defaults_is_reported_once_for_all_devices(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(good(PV, "b: {type: battery, bus: 6, capacity_mwh: 1}") + "defaults: {battery: {eta: 7}}\n")
    (problem,) = refused(file).problems
    assert re.search(r":19:27: defaults.battery.eta: found 7", str(problem))


def test_more_than_sixty_broken_specs_are_tried() -> None:
    assert len(BROKEN) >= 60
