"""MATPOWER case files: read as data, and solved exactly as MATPOWER's equations have it."""

from pathlib import Path

import numpy as np
import pytest
from pgcore_pandapower.matpower import MatpowerCase, read_case
from pgcore_pandapower.newton import newton
from pgcore_pandapower.source import PandapowerSource

CASE = """function mpc = mesh
%MESH  Ratios and shifts on both sides, charging in transformers, a generator that isn't PV: made up for this test.
mpc.version = '2';
mpc.baseMVA = 100;
%% bus data (it's in MW)
mpc.bus = [
    1   3   0   0   0   0   1   1.02    4   110 1   1.1 0.9;
    20  1   30  10  0   12  1   1   0   110 1   1.1 0.9;   % a comment with ] in it
    3   2   20  5   0   0   1   1   0   20  1   1.1 0.9
    4   1   25  9   1.5 0   1   1   0   20  1   1.1 0.9; 5 1 -3 1 0 0 1 1 0 110 1 1.1 0.9;
    6   4   9   9   0   0   1   1   0   110 1   1.1 0.9;
];
mpc.gen = [
    1   0   0   300 -300    1.02    100 1   250 10;
    3   40  0   300 -300    1.01    100 1   300 10;
    4   6   2   300 -300    1.05    100 1   270 10;
    20  99  9   300 -300    1.05    100 0   270 10;
];
mpc.branch = [
    1   20  0.01    0.08    0.05    250 250 250 0       0   1   -360    360;
    20  3   0.004   0.07    0.03    0   250 250 0.96    3   1   -360    360;
    4   5   0.003   0.09    0.02    150 150 150 1.04    -5  1   -360    360;
    3   4   0.02    0.06    0       0   0   0   1       0   1   -360    360;
    5   1   0.012   0.10    0.04    0   0   0   0.99    0   1   -360    360;
    20  5   0.01    0.05    0.01    0   0   0   0       0   0   -360    360;
];
mpc.gencost = [ 2 0 0 3 0.1 5 150; ];
mpc.bus_name = { 'Kanawha % V1'; 'B'; };
"""


def written(folder: Path, text: str) -> Path:
    (folder / "case.m").write_text(text, encoding="utf-8")
    return folder / "case.m"


def power_from_matpower_s_equations(case: MatpowerCase, voltage: np.ndarray) -> np.ndarray:
    """Bus injections in MVA by equations 3.2 to 3.13 of the MATPOWER manual, straight from the matrices."""
    place = {int(number): k for k, number in enumerate(case.bus[:, 0])}
    matrix = np.diag((case.bus[:, 4] + 1j * case.bus[:, 5]) / case.base_mva)
    for row in case.branch[case.branch[:, 10] > 0]:
        f, t = place[int(row[0])], place[int(row[1])]
        series, half = 1 / (row[2] + 1j * row[3]), 0.5j * row[4]
        tap = (row[8] or 1.0) * np.exp(1j * np.deg2rad(row[9]))
        matrix[f, f] += (series + half) / abs(tap) ** 2
        matrix[f, t] -= series / np.conj(tap)
        matrix[t, f] -= series / tap
        matrix[t, t] += series + half
    return np.asarray(voltage * np.conj(matrix @ voltage) * case.base_mva)


def test_the_solution_satisfies_matpower_s_own_equations(tmp_path: Path) -> None:
    path = written(tmp_path, CASE)
    case, network = read_case(path), PandapowerSource(file=path).load()
    solution = newton(network.case)
    voltage = np.where(network.case.bus_of >= 0, solution.voltage[network.case.bus_of], 0)
    power = power_from_matpower_s_equations(case, voltage)
    drawn = case.bus[:, 2] + 1j * case.bus[:, 3]
    assert solution.converged
    assert abs(voltage[0]) == pytest.approx(1.02)
    assert np.rad2deg(np.angle(voltage[0])) == pytest.approx(4.0)
    assert abs(voltage[2]) == pytest.approx(1.01)
    assert (power + drawn)[2].real == pytest.approx(40.0, abs=1e-6)
    assert (power + drawn)[[1, 3, 4]] == pytest.approx([0, 6 + 2j, 0], abs=1e-6)


def test_bus_numbers_become_bus_ids(tmp_path: Path) -> None:
    assert PandapowerSource(file=written(tmp_path, CASE)).load().topology.bus_ids == (1, 20, 3, 4, 5, 6)


def test_a_mat_file_holds_the_same_case(tmp_path: Path) -> None:
    from scipy.io import savemat

    case = read_case(written(tmp_path, CASE))
    savemat(tmp_path / "case.mat", {"mpc": {"version": "2", "baseMVA": case.base_mva, "bus": case.bus, "gen": case.gen, "branch": case.branch}})
    again = read_case(tmp_path / "case.mat")
    assert np.array_equal(again.branch, case.branch)
    assert np.array_equal(again.bus, case.bus)


FEEDER = """
mpc.baseMVA = 10;
mpc.bus = [1 3 0 0 0 0 1 1 0 12.66 1 1 1; 2 1 100 60 0 0 1 1 0 12.66 1 1.1 0.9];
mpc.gen = [1 0 0 10 -10 1 100 1 10 0];
mpc.branch = [1 2 0.0922 0.0470 0 0 0 0 0 0 1 -360 360];
[PQ, PV, REF, NONE, BUS_I, BUS_TYPE, PD, QD, GS, BS, BUS_AREA, VM, ...
    VA, BASE_KV, ZONE, VMAX, VMIN, LAM_P, LAM_Q, MU_VMAX, MU_VMIN] = idx_bus;
Vbase = mpc.bus(1, BASE_KV) * 1e3;      %% in Volts
Sbase = mpc.baseMVA * 1e6;              %% in VA
mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);
mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;
"""


def test_the_conversions_of_matpower_s_distribution_feeders_are_understood(tmp_path: Path) -> None:
    case = read_case(written(tmp_path, FEEDER))
    assert case.bus[1, 2:4] == pytest.approx([0.1, 0.06])
    assert case.branch[0, 2] == pytest.approx(0.0922 / (12.66**2 / 10))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("mpc.gencost = [", "mpc.bus(:, 3) = 2 * mpc.bus(:, 3);\nmpc.gencost = [", r"case\.m:27: the file computes its data"),
        ("mpc.gen = [", "gen = [", r"assigns no mpc\.gen"),
        ("mpc.baseMVA = 100;", "mpc.baseMVA = [];", "mpc.baseMVA is '.*', expected one number"),
        ("    1   20  0.01 ", "    1   20  a ", r"case\.m:20: .* is not a row of numbers"),
        ("    1   20  0.01 ", "    1   20  0.01 9 ", r"case\.m:21: a row of mpc\.branch has 13 numbers, the one before 14"),
        ("    1   20  0.01 ", "    1   21  0.01 ", "mpc.branch names bus 21, which mpc.bus does not list"),
        ("    20  1   30 ", "    3   1   30 ", "uses a bus number twice"),
        ("    3   4   0.02    0.06 ", "    3   4   0   0 ", "no series impedance"),
        ("    1   3   0   0 ", "    1   1   0   0 ", "no bus is of type 3"),
    ],
)
def test_a_bad_case_file_says_what_is_wrong_and_where(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in CASE
    with pytest.raises(ValueError, match=message):
        read_case(written(tmp_path, CASE.replace(old, new)))
