"""The entry-point module stays light."""

import subprocess
import sys

HEAVY = ("pandapower", "pandas", "scipy")


def test_listing_what_the_plugin_provides_imports_nothing_heavy() -> None:
    program = f"""
import sys, pgcore_pandapower as plugin
kinds = [kind.type for kind in (*plugin.pgcore_networks(), *plugin.pgcore_backends())]
assert kinds == ["pandapower", "inline", "pandapower", "linear"], kinds
assert not [name for name in {HEAVY} if name in sys.modules]
"""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
