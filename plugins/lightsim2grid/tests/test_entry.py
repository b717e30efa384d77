"""The entry-point module stays light."""

import subprocess
import sys

HEAVY = ("lightsim2grid", "lightsim2grid_cpp", "pandapower", "pandas", "scipy")


def test_listing_what_the_plugin_provides_imports_nothing_heavy() -> None:
    program = f"""
import sys, pgcore_lightsim2grid as plugin
kinds = [kind.type for kind in plugin.pgcore_backends()]
assert kinds == ["lightsim2grid"], kinds
assert not [name for name in {HEAVY} if name in sys.modules]
"""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


def test_solving_needs_neither_pandapower_nor_scipy() -> None:
    """lightsim2grid imports pandapower where it finds it, for its own converters; here it does not."""
    program = """
import sys
sys.modules.update(dict.fromkeys(("pandapower", "pandas", "scipy")))
import numpy as np
from pgcore.testing.backends.networks import street
from pgcore_lightsim2grid.backend import Lightsim2gridBackend
nothing = np.zeros((1, 8))
assert Lightsim2gridBackend().compile(street()).solve(nothing, nothing).converged.all()
"""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
