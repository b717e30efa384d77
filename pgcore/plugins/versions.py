"""Versions: of Python, the core, the plugins, and the libraries that they ask for."""

import platform
import re
from collections.abc import Iterable, Iterator
from importlib import metadata

from pgcore.plugins.compatibility import CORE
from pgcore.plugins.loading import Provenance


def versions(plugins: Iterable[Provenance]) -> dict[str, str]:
    """Versions by name, in this order: Python, the core, the distributions of ``plugins``, and what these require directly.

    Distributions that are not installed, such as extras or a core that runs from its source tree, are left out.
    """
    ours = dict.fromkeys([CORE, *(origin.distribution for origin in plugins if origin.distribution)])
    libraries = sorted({name for distribution in ours for name in _required(distribution)} - set(ours))
    found = {name: _version(name) for name in [*ours, *libraries]}
    return {"python": platform.python_version(), **{name: version for name, version in found.items() if version}}


def _required(distribution: str) -> Iterator[str]:
    try:
        requirements = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return
    for requirement in requirements:
        match = re.match(r"[A-Za-z0-9._-]+", requirement)
        if match:
            yield re.sub(r"[-_.]+", "-", match[0]).lower()


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
