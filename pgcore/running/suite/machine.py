"""Machine: what the suite ran on, and which versions it measured."""

import os
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from attrs import frozen

LIBRARIES = ("numpy", "numba", "scipy", "pandas", "pandapower", "lightsim2grid", "power-grid-model", "gymnasium", "pettingzoo", "msgspec")


@frozen
class Machine:
    """The processor, how many of its cores this process may use, and versions by distribution."""

    processor: str
    cores: int
    system: str
    python: str
    versions: Mapping[str, str]


def this_machine() -> Machine:
    """The machine that this process runs on. Libraries that are not installed are left out."""
    ours = sorted(name for dist in metadata.distributions() if (name := dist.metadata["Name"] or "").startswith("pgcore-"))
    versions = {name: version for name in (*ours, *LIBRARIES) if (version := _version(name))}
    system = f"{platform.system()} {platform.machine()}"
    return Machine(processor(), cores(), system, platform.python_version(), versions)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """The processor's model, where the system tells it."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    told = {name.strip(): value.strip() for name, value in told.items()}
    if "model name" not in told:
        return platform.processor() or "unknown processor"
    return f"{told['model name']} (family {told.get('cpu family', '?')}, model {told.get('model', '?')})"


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
