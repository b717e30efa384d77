"""Version ranges that a plugin asks of the core, judged as PEP 440 does for final releases."""

import pytest
from packaging.specifiers import SpecifierSet

from pgcore.plugins.compatibility import unmet

CLAUSES = [">=0.1", ">=0.1,<1", "<1,>=0.3", "==0.2", "==0.2.*", "!=0.2", "!=0.2.*", "~=0.2", "~=0.2.1", ">0.2", "<=0.2", "<0.2.0", "==1"]
CORES = ["0.1", "0.1.0", "0.2", "0.2.0", "0.2.1", "0.2.5", "0.3", "0.10", "1.0", "1.0.0", "2"]


@pytest.mark.parametrize("clauses", CLAUSES)
@pytest.mark.parametrize("core", CORES)
def test_a_range_is_judged_as_packaging_judges_it(clauses: str, core: str) -> None:
    expected = None if SpecifierSet(clauses).contains(core) else clauses
    assert unmet([f"pgcore-framework{clauses}"], core) == expected


@pytest.mark.parametrize(
    "requirement",
    ["pgcore-framework[plot]>=9", "pgcore_framework >=9", "PGCore.Framework (>=9)", "pgcore-framework>=9; python_version > '3'"],
)
def test_the_core_is_recognised_however_its_name_is_written(requirement: str) -> None:
    assert unmet([requirement], "0.1") == ">=9"


@pytest.mark.parametrize(
    "requirement", ["numpy>=9", "pgcore-framework", "pgcore-framework>=9; extra == 'x'", "pgcore-framework @ https://example.org/x", "???"]
)
def test_what_says_nothing_about_the_core_is_no_obstacle(requirement: str) -> None:
    assert unmet([requirement], "0.1") is None
