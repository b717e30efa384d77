"""Networks written in a spec."""

from typing import Any

import numpy as np
import pytest
from pgcore_pandapower.ac import PandapowerBackend
from pgcore_pandapower.inline import InlineBus, InlineExternalGrid, InlineLine, InlineLoad, InlineSource, InlineTrafo


def source(**changes: Any) -> InlineSource:
    parts: dict[str, Any] = {
        "buses": (InlineBus("grid", 20.0, x=0.0, y=1.0), InlineBus("mid", 0.4), InlineBus(7, 0.4)),
        "external_grid": InlineExternalGrid("grid", vm_pu=1.01),
        "trafos": (InlineTrafo("grid", "mid", sn_mva=0.4, vk_percent=6.0, vkr_percent=1.4, tap_step_percent=2.5, tap_min=-2, tap_max=2),),
        "lines": (InlineLine("mid", 7, length_km=0.3, r_ohm_per_km=0.2, x_ohm_per_km=0.08, max_i_ka=0.27),),
        "loads": (InlineLoad(7, p_mw=0.08, q_mvar=0.02, name="farm"),),
    }
    return InlineSource(**{**parts, **changes})


def test_an_inline_network_is_what_was_written() -> None:
    topology = source().load().topology
    assert topology.bus_names == ("grid", "mid", "7")
    assert topology.xy[0].tolist() == [0.0, 1.0]
    assert topology.tap_range.tolist() == [[-2.0, 2.0]]
    assert topology.lines.limit.tolist() == [0.27]
    assert topology.loads.names == ("farm",)


def test_a_two_bus_line_has_the_closed_form_voltage() -> None:
    """|V2| from the quadratic of a loaded line: v⁴ + (2(RP + XQ) − V1²)v² + (R² + X²)(P² + Q²) = 0."""
    network = source(
        buses=(InlineBus("a", 20.0), InlineBus("b", 20.0)),
        external_grid=InlineExternalGrid("a"),
        trafos=(),
        lines=(InlineLine("a", "b", length_km=10.0, r_ohm_per_km=0.3, x_ohm_per_km=0.4),),
        loads=(InlineLoad("b", p_mw=4.0, q_mvar=1.0),),
    ).load()
    zero = np.zeros((1, 2))
    r, x, p, q = 3.0 / 400, 4.0 / 400, 4.0, 1.0
    half = (1 - 2 * (r * p + x * q)) / 2
    expected = np.sqrt(half + np.sqrt(half**2 - (r**2 + x**2) * (p**2 + q**2)))
    assert PandapowerBackend().compile(network).solve(zero, zero).vm_pu[0, 1] == pytest.approx(expected, abs=1e-9)


def test_a_bus_called_by_a_number_has_that_number_and_the_others_the_free_ones() -> None:
    """Buses 1, 2, 3 of a textbook: a device at ``bus: 1`` must not land at the second of them."""
    net = source(buses=(InlineBus(1, 20.0), InlineBus("grid", 20.0), InlineBus("0", 20.0), InlineBus("mid", 0.4), InlineBus(7, 0.4))).load()
    assert net.topology.bus_ids == (1, 2, 0, 3, 7)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loads": (InlineLoad("midd", p_mw=1.0),)}, r"loads\[0\]\.bus: no bus is called 'midd', did you mean 'mid'\?"),
        ({"buses": (InlineBus("grid", 20.0), InlineBus("mid", 0.4), InlineBus("7", 0.4), InlineBus(7, 0.4))}, "2 are called '7'"),
        ({"lines": (InlineLine("grid", 7, length_km=1.0, r_ohm_per_km=0.1, x_ohm_per_km=0.1),)}, r"lines\[0\] joins buses of 20 and 0\.4 kV"),
        ({"trafos": (InlineTrafo("grid", "mid", sn_mva=0.4, vk_percent=1.0, vkr_percent=2.0),)}, "vkr_percent is 2, expected at most"),
        ({"trafos": (InlineTrafo("grid", "mid", sn_mva=0.4, vk_percent=6.0, tap_pos=11),)}, "tap_pos is 11, expected -8 to 8"),
    ],
)
def test_what_does_not_hold_together_is_said(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        source(**changes).load()


def test_all_problems_are_said_at_once() -> None:
    with pytest.raises(ValueError, match=r"external_grid\.bus.*loads\[0\]"):
        source(external_grid=InlineExternalGrid("x"), loads=(InlineLoad("y", p_mw=1.0),)).load()
