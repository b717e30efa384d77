"""``pgcore version`` tells what to write into a bug report."""

import json
import platform
from importlib import metadata

from click.testing import CliRunner

from pgcore.catalog import Catalog
from pgcore.cli import main
from pgcore.plugins.loading import Provenance
from pgcore.plugins.versions import versions


def test_the_version_of_python_comes_first() -> None:
    data = json.loads(CliRunner().invoke(main, ["version", "--json"], obj=Catalog.of()).output)
    assert next(iter(data.items())) == ("python", platform.python_version())


def test_a_plugins_libraries_are_listed_after_it() -> None:
    found = versions([Provenance("x", "pettingzoo", "1")])
    assert found["pettingzoo"] == metadata.version("pettingzoo")
    assert list(found).index("pettingzoo") < list(found).index("gymnasium")


def test_what_is_not_installed_is_left_out() -> None:
    assert "no-such-distribution" not in versions([Provenance("x", "no-such-distribution", "1")])
