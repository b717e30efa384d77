"""A small problem on a published feeder, and an effort that is just enough to see that a row works."""

from pathlib import Path

import pytest

from pgcore.running.suite.effort import Effort

SPEC = """\
spec: 1
network: {type: pandapower, name: case33bw}
background:
  feeder: {type: load, at: loads}
agents:
  M1:
    area: [5, 6, 7]
    devices:
      ess: {type: battery, bus: 5, capacity_mwh: 2.0, p_max_mw: 0.5}
      home: {type: load, bus: 7, p_mw: 0.2, q_mvar: 0.05}
  M2:
    devices:
      pv: {type: pv, bus: 20, p_peak_mw: 0.4, availability: 0.6, q_control: true}
episode: {steps: 8, step_min: 15}
run: {backend: {type: auto}}
"""


@pytest.fixture
def spec(tmp_path: Path) -> str:
    file = tmp_path / "small.yaml"
    file.write_text(SPEC, encoding="utf-8")
    return str(file)


@pytest.fixture
def tiny() -> Effort:
    return Effort("tiny", turns=2, turn_s=0.0, sizes=(1, 2), batches=(1, 3), solve_sizes=(1,), mode_steps=2, memory=(1, 2))
