"""Imports: what importing a plugin's entry module costs, measured in a fresh process."""

import json
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata

from attrs import frozen

from pgcore.hookspecs import GROUP
from pgcore.testing.checks import Breach, NotAsked

HEAVY = frozenset({
    "cvxpy", "datasets", "gurobipy", "h5py", "jax", "keras", "lightsim2grid", "matplotlib", "networkx", "numba", "pandapower", "pandas", "plotly",
    "polars", "power_grid_model", "pyarrow", "pymoo", "pyomo", "ray", "scipy", "seaborn", "sklearn", "sqlalchemy", "stable_baselines3", "sympy",
    "tensorflow", "torch", "transformers", "xarray",
})  # fmt: skip
"""Libraries that take long to import, or much memory. They are imported in the hook that needs them, or later."""

MOST_S = 0.3
"""Longest time that an entry module may take beyond the core's own hooks and numpy, on a machine at rest; measured as processor time."""

_SCRIPT = """
import json, sys, time
import attrs, numpy, pgcore.hookspecs, pgcore.contracts.device, pgcore.contracts.protocol, pgcore.contracts.scenario
before, start = set(sys.modules), time.process_time()
__import__(sys.argv[1])
taken = time.process_time() - start
print("\\n" + json.dumps({"seconds": taken, "modules": sorted({name.partition(".")[0] for name in set(sys.modules) - before})}))
"""


@frozen
class Cost:
    """What an import cost: processor time and the packages that came along."""

    seconds: float
    packages: frozenset[str]

    @property
    def heavy(self) -> list[str]:
        """The heavy libraries among them."""
        return sorted(self.packages & HEAVY)


def cost(module: str, path: str = "") -> Cost:
    """Import a module in a fresh process; ``path`` is put in front of where modules are found.

    Raises:
        Breach: it cannot be imported.
    """
    script = f"import sys; sys.path[:0] = {[path] if path else []!r}\n{_SCRIPT}"
    ran = subprocess.run([sys.executable, "-c", script, module], capture_output=True, text=True, timeout=120, check=False)
    if ran.returncode:
        last = ran.stderr.strip().rpartition("\n")[2]
        raise Breach(f"the entry module {module} cannot be imported: {last}", f"run: python -c 'import {module}'")
    found: Mapping[str, object] = json.loads(ran.stdout.rpartition("\n{")[2].join(("{", "")))
    return Cost(float(str(found["seconds"])), frozenset(found["modules"]))  # type: ignore[call-overload]


def entry_module(kind: type) -> str:
    """The module that an installed entry point leads to for the package of a class; empty where there is none."""
    package = kind.__module__.partition(".")[0]
    found = [point.module for point in metadata.entry_points(group=GROUP) if point.module.partition(".")[0] == package]
    return found[0] if found else ""


def entry_module_of(plugin: str, distribution: str) -> str:
    """The entry module of an installed plugin; empty where it is not installed."""
    points = metadata.entry_points(group=GROUP, name=plugin)
    return next((point.module for point in points if point.dist is not None and point.dist.metadata["Name"] == distribution), "")


def check_entry_module(kind: type, module: str) -> None:
    """The law behind every kit's check of the entry module.

    Raises:
        Breach: it is heavy.
        NotAsked: no installed plugin provides the class.
    """
    found = module or entry_module(kind)
    if not found:
        raise NotAsked(f"no installed plugin has the package {kind.__module__.partition('.')[0]}")
    paid = cost(found)
    remedy = "import it inside the hook or the function that needs it, not at the top of the module"
    if paid.heavy:
        raise Breach(f"importing {found}, the plugin's entry module, imports {', '.join(paid.heavy)} ({paid.seconds:.2f} s)", remedy)
    if paid.seconds > MOST_S and min(paid.seconds, cost(found).seconds) > MOST_S:
        raise Breach(f"importing {found}, the plugin's entry module, takes {paid.seconds:.2f} s; expected at most {MOST_S} s", remedy)
