"""The plugin: what pgcore finds in it, and that finding it costs next to nothing."""

import subprocess
import sys

import pgcore

import pgcore_acme

HEAVY = ("matplotlib", "pandapower", "pandas", "scipy", "torch")


def test_nothing_in_it_is_broken() -> None:
    assert pgcore.Catalog.of(pgcore_acme).broken == ()


def test_finding_it_imports_nothing_heavy() -> None:
    program = f"import sys, pgcore_acme; print([name for name in {HEAVY} if name in sys.modules])"
    environ = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environ)
    assert done.stdout.strip() == "[]"
