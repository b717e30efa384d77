import sys
from pathlib import Path

import pytest

from pgcore.running.suite import peers
from pgcore.running.suite.figures import Missing
from pgcore.running.suite.peers import Peer, PeerFault

ANSWERING = """\
import json, sys
print(json.dumps({"versions": {"toy": "1.0"}}), flush=True)
for line in sys.stdin:
    print(int(line) * 0.5, flush=True)
"""
LACKING = 'import json; print(json.dumps({"missing": "grid2op"}))'
DYING = 'import json; print(json.dumps({"versions": {}}))'


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "peer.py"
    monkeypatch.setattr(peers, "PROGRAM", file)
    return file


def test_a_peer_says_how_long_its_steps_took(program: Path) -> None:
    program.write_text(ANSWERING, encoding="utf-8")
    peer = Peer(sys.executable, "toy")
    assert (peer.go(4), peer.go(1), peer.versions) == (2.0, 0.5, {"toy": "1.0"})
    peer.close()
    peer.close()


def test_a_library_that_is_missing_is_named_with_the_commands_that_get_it(program: Path) -> None:
    program.write_text(LACKING, encoding="utf-8")
    with pytest.raises(Missing, match=r"grid2op is not installed .* pip install grid2op"):
        Peer(sys.executable, "grid2op")


def test_a_peer_that_ends_is_a_fault_with_its_status(program: Path) -> None:
    program.write_text(DYING, encoding="utf-8")
    peer = Peer(sys.executable, "toy")
    with pytest.raises(PeerFault, match="toy ended with status 0"):
        peer.go(1)


def test_a_peer_that_stays_silent_is_ended(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program.write_text("import sys; sys.stdin.read()", encoding="utf-8")
    monkeypatch.setattr(peers, "ANSWER_S", 0.1)
    with pytest.raises(PeerFault, match="silent for 0.1 s"):
        Peer(sys.executable, "toy")


def test_a_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="there is no Python at"):
        Peer(str(tmp_path / "python"), "grid2op")


def test_the_program_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "gym_anm.py").write_text("raise ModuleNotFoundError(name='gym_anm')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(Missing, match="gym_anm is not installed"):
        Peer(sys.executable, "gym_anm")
