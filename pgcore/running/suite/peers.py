"""Peers: environments of other projects, each in a process of its own, of a Python of its own where their libraries need one."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from threading import Timer
from typing import Any

from pgcore.running.suite.figures import Missing

PROGRAM = Path(__file__).parent / "programs" / "peer.py"
ANSWER_S = 300.0
"""How long a peer may take to start, or for its steps."""
HOW = "python3 -m venv .peers && .peers/bin/python -m pip install grid2op lightsim2grid gym-anm, then give --peers-python .peers/bin/python"


class PeerFault(RuntimeError):
    """A peer ended or did not answer; the message has the end of what it said."""


class Peer:
    """Another project's environment, stepped on demand.

    Args:
        python: the Python that has its libraries.
        name: ``grid2op`` or ``gym_anm``.

    Raises:
        Missing: that Python, or a library, is not there.
        PeerFault: it did not start.
    """

    def __init__(self, python: str, name: str) -> None:
        self.name = name
        try:
            self._process = subprocess.Popen([python, str(PROGRAM), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        except OSError as error:
            raise Missing(f"there is no Python at {python}: {error.strerror}; run: {HOW}") from error
        greeting: dict[str, Any] = json.loads(self._answer())
        if "missing" in greeting:
            self.close()
            raise Missing(f"{greeting['missing']} is not installed for {python}; run: {HOW}")
        self.versions: Mapping[str, str] = greeting["versions"]

    def go(self, steps: int) -> float:
        """Make so many steps; the seconds that they took.

        Raises:
            PeerFault: it ended, or did not answer in time.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        return float(self._answer())

    def close(self) -> None:
        """End it; doing so twice is harmless."""
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        late = Timer(ANSWER_S, self._process.kill)
        late.start()
        try:
            line = self._process.stdout.readline()
        finally:
            late.cancel()
        if not line:
            self.close()
            status = self._process.returncode
            raise PeerFault(f"{self.name} ended with status {status}, or was silent for {ANSWER_S:g} s; run it by hand: {PROGRAM.name} {self.name}")
        return line
