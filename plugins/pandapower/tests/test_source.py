"""Networks by name and from files, and what is said about bad ones."""

from pathlib import Path

import numpy as np
import pandapower as pp
import pandapower.networks
import pytest
from pgcore_pandapower.source import PandapowerSource, names

from pgcore.quantity import QuantityError


def test_a_network_by_name() -> None:
    network = PandapowerSource(name="case33bw").load()
    assert len(network.topology) == 33
    assert network.topology.slack_buses == (0,)


def test_names_hold_networks_that_need_no_argument() -> None:
    assert {"case9", "case33bw", "mv_oberrhein", "create_cigre_network_mv"} <= set(names())


def test_an_unknown_name_is_answered_with_close_ones() -> None:
    with pytest.raises(ValueError, match="no network 'case33'.*did you mean .*case33bw"):
        PandapowerSource(name="case33").load()


@pytest.mark.parametrize("options", [{}, {"name": "case9", "file": Path("x.json")}], ids=["neither", "both"])
def test_exactly_one_of_name_and_file_is_given(options: dict[str, object]) -> None:
    with pytest.raises(QuantityError, match="exactly one"):
        PandapowerSource(**options)  # type: ignore[arg-type]


def test_a_json_file_is_the_net_that_was_written(tmp_path: Path) -> None:
    net = pp.networks.case14()
    pp.to_json(net, str(tmp_path / "net.json"))
    again = PandapowerSource(file=tmp_path / "net.json").load()
    assert np.array_equal(again.topology.vn_kv, net.bus.vn_kv)
    assert again.topology.loads.p_mw.sum() == pytest.approx(net.load.p_mw.sum())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", r"net\.json:1:2: not JSON"),
        (b"[1, 2]", "is not a pandapower net"),
        (b"\xff\xfe", "not a text file in UTF-8"),
        (b"{}", "is not a pandapower net"),
    ],
)
def test_a_bad_json_file_says_what_is_wrong(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "net.json").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        PandapowerSource(file=tmp_path / "net.json").load()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere.json does not exist"):
        PandapowerSource(file=tmp_path / "nowhere.json").load()


def test_an_unknown_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ends with \.xlsx; expected one of \.json, \.m, \.mat"):
        PandapowerSource(file=tmp_path / "net.xlsx").load()


def test_a_net_that_cannot_be_converted_names_the_file(tmp_path: Path) -> None:
    net = pp.networks.case9()
    net.ext_grid["in_service"] = False
    pp.to_json(net, str(tmp_path / "net.json"))
    with pytest.raises(ValueError, match=r"net\.json.*no external grid"):
        PandapowerSource(file=tmp_path / "net.json").load()
