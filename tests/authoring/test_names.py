"""Names of a new plugin are made from one word, and refused with what would do."""

import pytest

from pgcore.authoring.names import LONGEST, BadName, Names, names_from


@pytest.mark.parametrize("word", ["my-heater", "my_heater", "My Heater", "pgcore-my-heater", "pgcore_my_heater", " my.heater "])
def test_however_it_is_written_the_names_are_the_same(word: str) -> None:
    names = names_from(word)
    assert (names.type, names.distribution, names.package, names.stem) == ("my_heater", "pgcore-my-heater", "pgcore_my_heater", "MyHeater")


@pytest.mark.parametrize("word", ["", "-", "3d", "häuser", "a/b", "../x", "x" * (LONGEST + 1), "a;b"])
def test_what_is_no_name_is_refused(word: str) -> None:
    with pytest.raises(BadName, match="expected"):
        names_from(word)


@pytest.mark.parametrize("word", ["class", "import", "none", "true", "null", "no", "async"])
def test_words_of_python_and_yaml_are_refused_with_another_name(word: str) -> None:
    with pytest.raises(BadName, match=f"such as my-{word}"):
        names_from(word)


@pytest.mark.parametrize("word", ["framework", "pgcore-framework", "builtin", "pgcore"])
def test_names_of_the_core_are_refused(word: str) -> None:
    with pytest.raises(BadName, match="pgcore's own"):
        names_from(word)


def test_names_of_first_party_plugins_are_refused() -> None:
    with pytest.raises(BadName, match="pgcore-ev is a first-party plugin"):
        names_from("EV", {"pgcore-ev"})


def test_every_name_of_the_template_is_replaced() -> None:
    text = Names("my_heater").put_into("pgcore-acme pgcore_acme AcmeBroker acme ACME")
    assert text == "pgcore-my-heater pgcore_my_heater MyHeaterBroker my_heater my-heater"
