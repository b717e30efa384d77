"""Run ``mypy --strict`` on the core and on the package of every plugin."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def packages() -> list[Path]:
    """The import packages of this repository: the core's and one a plugin."""
    return [ROOT / "pgcore", *sorted(ROOT.glob("plugins/*/pgcore_*"))]


def main() -> int:
    """Check one package after the other; a plugin is checked with its own folder as the root, as its users see it."""
    failed = 0
    for package in packages():
        print(f"mypy --strict {package.relative_to(ROOT)}", flush=True)
        command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"), "-p", package.name]
        failed |= subprocess.run(command, cwd=package.parent, check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
