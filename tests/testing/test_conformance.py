"""A kit's test class in the hands of pytest: nothing can be taken away, and what is expected to fail has to."""

import pytest

pytest_plugins = ["pytester"]

PLUGIN = """
from pgcore.testing.devices import DeviceChecks
from tests.testing.wrong_devices import BeyondItsRating, Heater, Store
"""


def outcomes(pytester: pytest.Pytester, body: str, *args: str) -> tuple[dict[str, int], str]:
    pytester.makepyfile(PLUGIN + body)
    ran = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-rA", *args)
    return ran.parseoutcomes(), ran.stdout.str()


def test_a_right_device_passes_in_three_lines(pytester: pytest.Pytester) -> None:
    counts, _ = outcomes(pytester, "class TestHeater(DeviceChecks):\n    device = Heater\n    examples = [Heater(p_max_mw=0.3)]\n")
    assert counts.keys() == {"passed", "skipped"}
    assert counts["passed"] > 25


def test_a_wrong_device_fails_with_a_message_that_says_whose_bug_it_is(pytester: pytest.Pytester) -> None:
    counts, said = outcomes(pytester, "class TestWrong(DeviceChecks):\n    device = BeyondItsRating\n", "-k", "rating")
    assert counts["failed"] == 1
    assert "whose bug: the plugin's" in said
    assert "Traceback" not in said


def test_an_expected_failure_is_reported_as_one(pytester: pytest.Pytester) -> None:
    body = "class TestWrong(DeviceChecks):\n    device = BeyondItsRating\n    expected_failures = {'power_stays_within_rating': 'it is thermal'}\n"
    counts, said = outcomes(pytester, body, "-k", "rating or taken_away")
    assert counts.keys() - {"deselected"} == {"xfailed", "passed"}
    assert "it is thermal" in said


def test_an_expected_failure_that_passes_fails(pytester: pytest.Pytester) -> None:
    body = "class TestHeater(DeviceChecks):\n    device = Heater\n    expected_failures = {'power_stays_within_rating': 'it is thermal'}\n"
    counts, said = outcomes(pytester, body, "-k", "rating")
    assert counts["failed"] == 1
    assert "remove it from expected_failures" in said


@pytest.mark.parametrize("removal", ["test_energy_ledger_closes = None", "def test_energy_ledger_closes(self): pass"])
def test_a_check_that_is_taken_away_fails_another(pytester: pytest.Pytester, removal: str) -> None:
    counts, said = outcomes(pytester, f"class TestHeater(DeviceChecks):\n    device = Heater\n    {removal}\n", "-k", "taken_away")
    assert counts["failed"] == 1
    assert "TestHeater takes away test_energy_ledger_closes" in said


def test_an_expected_failure_of_no_check_fails(pytester: pytest.Pytester) -> None:
    counts, said = outcomes(
        pytester, "class TestHeater(DeviceChecks):\n    device = Heater\n    expected_failures = {'ledger': 'x'}\n", "-k", "taken_away"
    )
    assert counts["failed"] == 1
    assert "expected_failures names ledger" in said


def test_a_class_without_a_device_says_what_is_missing(pytester: pytest.Pytester) -> None:
    counts, said = outcomes(pytester, "class TestNothing(DeviceChecks):\n    pass\n", "-k", "shapes")
    assert counts["failed"] == 1
    assert "TestNothing does not say which device it checks; add to it: device = MyDevice" in said
