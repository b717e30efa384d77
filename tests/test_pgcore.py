"""``import pgcore`` costs next to nothing and still offers the public names."""

import subprocess
import sys

import pytest

import pgcore


def test_importing_pgcore_imports_no_library() -> None:
    code = "import sys, pgcore; print([m for m in ('numpy', 'attr', 'pluggy', 'click', 'rich') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_public_names_are_those_of_their_homes() -> None:
    from pgcore.catalog import Catalog
    from pgcore.hookspecs import hookimpl

    assert pgcore.Catalog is Catalog
    assert pgcore.hookimpl is hookimpl
    assert set(pgcore.__all__) <= set(dir(pgcore))


def test_an_unknown_name_is_answered_with_the_public_ones() -> None:
    with pytest.raises(AttributeError, match="it has: Catalog, hookimpl, load_spec, make_env"):
        pgcore.make_enw  # noqa: B018
