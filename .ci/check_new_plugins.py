"""Make a plugin of every kind with the ``pgcore`` of an environment, install all of them there, and run their suites.

Usage: check_new_plugins.py BIN WORK, with the environment's folder of programs and an empty folder to work in. The environment needs pytest,
hypothesis and hatchling.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def call(folder: Path, *words: str | Path) -> None:
    """Run a program that has to end well; a plugin that is broken or slow to find ends it."""
    environ = {**os.environ, "PGCORE_PLUGINS_STRICT": "1"}
    environ.pop("PYTHONPATH", None)
    subprocess.run([str(word) for word in words], cwd=folder, check=True, env=environ)


def main() -> int:
    """Kinds come from the installed core, which is that of the wheel."""
    programs, work = (Path(word).absolute() for word in sys.argv[1:])
    python, pgcore = programs / "python", programs / "pgcore"
    listed = "from pgcore.authoring.kinds import KINDS; print(*KINDS)"
    kinds = subprocess.run([str(python), "-c", listed], cwd=work, capture_output=True, text=True, check=True).stdout.split()
    for kind in kinds:
        call(work, pgcore, "new-plugin", f"sample-{kind}", "--kind", kind, "--author", "Nobody <nobody@example.org>")
    folders = [work / f"pgcore-sample-{kind}" for kind in kinds]
    call(work, python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", *folders)
    call(work, pgcore, "plugins", "doctor")
    with tempfile.TemporaryDirectory() as beside:  # outside of the source tree: what is tested is what was installed
        suites = [folder / "tests" for folder in folders]  # in one process; tests/authoring runs each by itself
        call(Path(beside), python, "-m", "pytest", "-q", "-c", folders[0] / "pyproject.toml", "--rootdir", work, "-p", "no:cacheprovider", *suites)
    call(work, python, "-m", "pip", "uninstall", "--quiet", "--yes", *(folder.name for folder in folders))
    return 0


if __name__ == "__main__":
    sys.exit(main())
