"""The entry-point module stays light."""

import subprocess
import sys

HEAVY = ("power_grid_model", "pandapower", "pandas", "scipy")


def test_listing_what_the_plugin_provides_imports_nothing_heavy() -> None:
    program = f"""
import sys, pgcore_powergridmodel as plugin
kinds = [kind.type for kind in plugin.pgcore_backends()]
assert kinds == ["power_grid_model"], kinds
assert not [name for name in {HEAVY} if name in sys.modules]
"""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


def test_solving_a_case_imports_neither_pandapower_nor_scipy() -> None:
    program = """
import sys
import numpy as np
from pgcore.testing.backends.networks import street
from pgcore_powergridmodel.backend import PowerGridModelBackend
nothing = np.zeros((1, 8))
assert PowerGridModelBackend().compile(street()).solve(nothing, nothing).converged.all()
assert not [name for name in ("pandapower", "scipy") if name in sys.modules]
"""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
