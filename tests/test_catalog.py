"""The catalog finds, isolates, names and lists what plugins provide."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from pgcore.builtin.faults.loss import Loss
from pgcore.catalog import KINDS, Catalog, ConflictingType, PluginError, Provenance, UnknownType
from pgcore.contracts.device import Device
from pgcore.hookspecs import hookimpl
from tests.installed import Site, site
from tests.lamps import Flat, Lamp, Lighting

GOOD = """
from attrs import frozen
import pgcore
from pgcore.contracts.device import Device, Effect

@frozen
class Kettle(Device):
    '''Boils water.'''
    type = "kettle"
    def step(self, state, action, exo, dt_h):
        return state, Effect()

@pgcore.hookimpl
def pgcore_devices():
    return [Kettle]
"""

HEAD = """
import pgcore
from attrs import frozen
from pgcore.contracts.device import Device, Effect

class Boiler(Device):
    def step(self, state, action, exo, dt_h):
        return state, Effect()

"""

HOOK = "@pgcore.hookimpl\ndef pgcore_devices():\n    "

BROKEN = {
    # what is wrong with it: (module, stage, words of the message)
    "raises at import": ("1 / 0", "import", "ZeroDivisionError"),
    "imports what is missing": ("import no_such_library", "import", "no_such_library"),
    "does not parse": ("def (:", "import", "SyntaxError"),
    "leaves the interpreter": ("raise SystemExit(3)", "import", "SystemExit"),
    "panics past Exception": ("class Panic(BaseException): ...\nraise Panic('out')", "import", "out"),
    "has no hook": ("x = 1", "hooks", "implements no hook"),
    "misspells a hook": (HEAD + "@pgcore.hookimpl\ndef pgcore_device():\n    return []", "hooks", "did you mean pgcore_devices?"),
    "forgets to mark a hook": ("def pgcore_devices():\n    return []", "hooks", "put @pgcore.hookimpl above it"),
    "asks for unknown arguments": (HEAD + "@pgcore.hookimpl\ndef pgcore_devices(net):\n    return []", "hooks", "net"),
    "wraps a hook": (HEAD + "@pgcore.hookimpl(wrapper=True)\ndef pgcore_devices():\n    return (yield)", "hooks", "wrapper"),
    "raises in a hook": (HEAD + HOOK + "raise RuntimeError('boo')", "pgcore_devices", "boo"),
    "leaves in a hook": (HEAD + HOOK + "raise SystemExit", "pgcore_devices", "SystemExit"),
    "returns nothing": (HEAD + HOOK + "pass", "pgcore_devices", "is a `return` missing?"),
    "returns text": (HEAD + HOOK + "return 'kettle'", "pgcore_devices", "expected a list"),
    "returns names": (HEAD + HOOK + "return ['kettle']", "pgcore_devices", "expected classes derived from Device"),
    "returns one class": (HEAD + HOOK + "return Boiler", "pgcore_devices", "expected a list"),
    "returns a stranger": (HEAD + HOOK + "return [dict]", "pgcore_devices", "builtins.dict is not derived from Device"),
    "raises half way": (HEAD + HOOK + "yield from [1 / 0]", "pgcore_devices", "ZeroDivisionError"),
    "never ends": (HEAD + "import itertools\n" + HOOK + "return itertools.repeat(Boiler)", "pgcore_devices", "does its generator end?"),
    "is not attrs": (HEAD + HOOK + "Boiler.type = 'boiler'\n    return [Boiler]", "pgcore_devices", "put @attrs.frozen above it"),
    "has no type": (HEAD + HOOK + "return [frozen(Boiler)]", "pgcore_devices", "has no `type`"),
    "has a type with a space": (HEAD + HOOK + "Boiler.type = 'a b'\n    return [frozen(Boiler)]", "pgcore_devices", "'a b'"),
    "is abstract": (HEAD + "class Half(Device):\n    type = 'half'\n" + HOOK + "return [frozen(Half)]", "pgcore_devices", "does not implement step"),
    "returns an instance": (
        HEAD + HOOK + "Boiler.type = 'boiler'\n    return [frozen(Boiler)()]",
        "pgcore_devices",
        "return the class, not an instance",
    ),
    "returns a scenario that is none": (
        "import pgcore\n@pgcore.hookimpl\ndef pgcore_scenarios():\n    return ['day']",
        "pgcore_scenarios",
        "expected instances",
    ),
}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        yield made


def test_a_hermetic_catalog_holds_what_it_was_given_and_nothing_else() -> None:
    catalog = Catalog.of(Lighting())
    assert {kind: catalog.names(kind) for kind in KINDS if catalog.names(kind)} == {
        "device": ("lamp",),
        "profile": ("lamp",),
        "scenario": ("evening",),
    }
    assert not catalog.broken


def test_get_returns_the_class_of_the_kind_asked_for() -> None:
    catalog = Catalog.of(Lighting())
    assert catalog.get("device", "lamp") is Lamp
    assert catalog.get("profile", "lamp") is Flat


def test_a_fault_of_a_plugin_is_found_and_a_stranger_among_faults_refused() -> None:
    class Weather:
        @hookimpl
        def pgcore_faults(self) -> list[type]:
            return [Loss, Lamp]

    catalog = Catalog.of(Weather())
    assert catalog.get("fault", "loss") is Loss
    assert ["is not derived from Fault" in failure.error for failure in catalog.broken] == [True]


def test_a_scenario_is_found_by_name() -> None:
    assert Catalog.of(Lighting()).scenario("evening").text() == "spec: 1\n"


def test_an_unknown_kind_is_a_programming_error_that_names_the_kinds() -> None:
    with pytest.raises(ValueError, match="no kind 'devices'; the kinds are: device, vertical"):
        Catalog.of().types("devices")


def test_types_cannot_be_changed_by_a_reader() -> None:
    with pytest.raises(TypeError):
        Catalog.of(Lighting()).types("device")["x"] = Lamp  # type: ignore[index]


def test_discovery_remembers_distribution_and_version(here: Site) -> None:
    here.install("kettles", GOOD, version="2.3")
    catalog = Catalog.discover({}, here.found())
    assert catalog.provenance("device", "kettle") == Provenance("kettles", "pgcore-kettles", "2.3")
    assert catalog.plugins == (Provenance("kettles", "pgcore-kettles", "2.3"),)


def test_an_entry_point_may_lead_to_an_object(here: Site) -> None:
    here.install("thing", GOOD + "\nclass P:\n    pgcore_devices = staticmethod(pgcore_devices)\nplugin = P()", value="fake_thing:plugin")
    assert Catalog.discover({}, here.found()).names("device") == ("kettle",)


@pytest.mark.parametrize(("source", "stage", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_plugin_is_data_and_leaves_others_alone(here: Site, source: str, stage: str, words: str) -> None:
    here.install("bad", source)
    here.install("kettles", GOOD)
    catalog = Catalog.discover({}, here.found())
    first = catalog.broken[0]
    assert (first.plugin, first.distribution, first.version, first.stage) == ("bad", "pgcore-bad", "1.0", stage)
    assert words in first.error
    assert catalog.names("device") == ("kettle",)


@pytest.mark.parametrize(("source", "stage", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_strict_mode_raises_for_every_broken_plugin(here: Site, source: str, stage: str, words: str) -> None:
    here.install("bad", source)
    with pytest.raises(PluginError, match="pgcore-bad 1.0") as caught:
        Catalog.discover({"PGCORE_PLUGINS_STRICT": "1"}, here.found())
    assert caught.value.broken.stage == stage
    assert words in str(caught.value)


def test_an_entry_point_to_a_module_that_is_not_there_is_broken(here: Site) -> None:
    here.install("gone", GOOD, value="fake_vanished")
    (failure,) = Catalog.discover({}, here.found()).broken
    assert failure.stage == "import"
    assert "fake_vanished" in failure.error


def test_an_entry_point_to_an_attribute_that_is_not_there_is_broken(here: Site) -> None:
    here.install("gone", GOOD, value="fake_gone:nothing")
    (failure,) = Catalog.discover({}, here.found()).broken
    assert "nothing" in failure.error


def test_the_traceback_of_a_broken_plugin_leads_to_its_line(here: Site) -> None:
    here.install("bad", "x = 1\n1 / 0\n")
    (failure,) = Catalog.discover({}, here.found()).broken
    assert "fake_bad.py" in failure.traceback
    assert "line 2" in failure.traceback


def test_one_bad_class_does_not_cost_a_plugin_its_good_ones(here: Site) -> None:
    here.install("mixed", GOOD.replace("[Kettle]", "[dict, Kettle]"))
    catalog = Catalog.discover({}, here.found())
    assert catalog.names("device") == ("kettle",)
    assert [failure.stage for failure in catalog.broken] == ["pgcore_devices"]


def test_one_failing_hook_does_not_cost_a_plugin_its_other_hooks(here: Site) -> None:
    here.install("mixed", GOOD + "\n@pgcore.hookimpl\ndef pgcore_rewards():\n    raise RuntimeError('no')")
    catalog = Catalog.discover({}, here.found())
    assert catalog.names("device") == ("kettle",)
    assert [failure.stage for failure in catalog.broken] == ["pgcore_rewards"]


def test_the_user_can_still_interrupt_a_plugin_that_loads(here: Site) -> None:
    here.install("slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        Catalog.discover({}, here.found())


def test_a_plugin_made_for_another_core_is_not_imported(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pgcore.plugins.loading.core_version", lambda: "0.1.0")
    here.install("future", "raise RuntimeError('imported')", requires="pgcore-framework<2,>=1.4")
    (failure,) = Catalog.discover({}, here.found()).broken
    assert failure.stage == "requires"
    assert failure.error.startswith("it needs pgcore-framework <2,>=1.4, installed is 0.1.0; run pip install")


def test_a_plugin_made_for_this_core_is_loaded(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pgcore.plugins.loading.core_version", lambda: "0.1.0")
    here.install("kettles", GOOD, requires="pgcore-framework<1,>=0.1")
    assert not Catalog.discover({}, here.found()).broken


def test_the_allow_list_keeps_others_from_loading(here: Site) -> None:
    here.install("kettles", GOOD)
    here.install("bad", "raise RuntimeError('imported')")
    catalog = Catalog.discover({"PGCORE_PLUGINS": "kettles, other"}, here.found())
    assert catalog.names("device") == ("kettle",)
    assert not catalog.broken
    assert [origin.plugin for origin in catalog.left_out] == ["bad"]


def test_the_allow_list_always_allows_the_built_ins(here: Site) -> None:
    here.install("builtin", GOOD)
    assert Catalog.discover({"PGCORE_PLUGINS": "other"}, here.found()).names("device") == ("kettle",)


def test_the_same_type_from_two_distributions_is_usable_from_neither(here: Site) -> None:
    here.install("first", GOOD)
    here.install("second", GOOD, version="2.0")
    catalog = Catalog.discover({}, here.found())
    with pytest.raises(ConflictingType, match=r"'kettle' is provided by both .*pgcore-first 1\.0.* and .*pgcore-second 2\.0"):
        catalog.get("device", "kettle")
    assert catalog.names("device") == ()
    assert [failure.stage for failure in catalog.broken] == ["conflict"]


def test_strict_mode_refuses_a_conflict(here: Site) -> None:
    here.install("first", GOOD)
    here.install("second", GOOD)
    with pytest.raises(PluginError, match="provided by both"):
        Catalog.discover({"PGCORE_PLUGINS_STRICT": "1"}, here.found())


def test_one_plugin_that_provides_a_type_twice_is_named_once() -> None:
    class Twice:
        @hookimpl
        def pgcore_devices(self) -> list[type[Device]]:
            return [Lamp, Lamp]

    with pytest.raises(ConflictingType, match="plugin 'Twice' provides the device 'lamp' twice"):
        Catalog.of(Twice()).get("device", "lamp")


def test_an_unknown_type_is_answered_with_close_matches_and_the_known_list() -> None:
    with pytest.raises(UnknownType) as caught:
        Catalog.of(Lighting()).get("device", "lmap")
    assert str(caught.value) == "unknown device type 'lmap'; did you mean 'lamp'? Known: lamp."
    assert caught.value.close == ("lamp",)


def test_a_first_party_type_is_answered_with_the_package_to_install() -> None:
    with pytest.raises(UnknownType, match="It comes with pgcore-ev: pip install pgcore-ev"):
        Catalog.of().get("device", "ev_charger")


def test_a_missing_scenario_is_answered_with_the_package_to_install() -> None:
    with pytest.raises(UnknownType, match="unknown scenario 'three_microgrids'.*pip install pgcore-microgrids"):
        Catalog.of().scenario("three_microgrids")


def test_a_first_party_type_of_a_broken_plugin_is_answered_with_what_broke(here: Site) -> None:
    here.install("ev", "import no_such_library")
    with pytest.raises(UnknownType, match=r"(?i)plugin 'ev' \(pgcore-ev 1\.0\) is broken \(import\): .*no_such_library"):
        Catalog.discover({}, here.found()).get("device", "ev_charger")


def test_a_first_party_type_does_not_blame_the_broken_plugin_of_another(here: Site) -> None:
    here.install("bad", "1 / 0")
    with pytest.raises(UnknownType) as caught:
        Catalog.discover({}, here.found()).get("device", "ev_charger")
    assert caught.value.hint == "it comes with pgcore-ev: pip install pgcore-ev"


def test_an_unknown_type_names_the_broken_plugins_that_may_have_had_it(here: Site) -> None:
    here.install("bad", "1 / 0")
    with pytest.raises(UnknownType, match="plugin 'bad' .* is broken"):
        Catalog.discover({}, here.found()).get("device", "toaster")


def test_a_first_party_type_that_the_allow_list_leaves_out_says_so(here: Site) -> None:
    here.install("ev", GOOD)
    with pytest.raises(UnknownType, match="It comes with pgcore-ev, which PGCORE_PLUGINS leaves out"):
        Catalog.discover({"PGCORE_PLUGINS": "x"}, here.found()).get("device", "ev_charger")


def test_an_unknown_type_survives_pickling() -> None:
    error = UnknownType("device", "lmap", ["lamp"], "hint")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.close) == (str(error), error.close)


def test_what_is_not_asked_for_is_not_imported(tmp_path: Path) -> None:
    source = """
        import pgcore

        @pgcore.hookimpl
        def pgcore_backends():
            raise RuntimeError("heavy")

        @pgcore.hookimpl
        def pgcore_devices():
            from tests.lamps import Lamp
            return [Lamp]
    """
    with site(tmp_path) as here:
        here.install("both", source)
        some, whole = Catalog.discover({}, here.found(), kinds=("device", "vertical")), Catalog.discover({}, here.found())
    assert (some.names("device"), some.broken) == (("lamp",), ())
    assert [broken.stage for broken in whole.broken] == ["pgcore_backends"]
