"""Negotiation: what a horizontal protocol shows of its rounds, in transitions, infos and recorded rows."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
from attrs import frozen

import pgcore
from pgcore.adapters.pettingzoo import PgcoreEnv, make_env
from pgcore.catalog import Catalog
from pgcore.columns import Array
from pgcore.contracts.protocol import Award, Deal, Horizontal, Offer, Peer
from pgcore.quantity import Slot
from pgcore.recording.rows import RowFormat
from tests.toys import Keeper, Toys, toy_spec


@frozen
class Talk(Horizontal):
    """Shows what its peers inject together, and takes note of what their meters would charge."""

    type = "talk"
    slots = (Slot("rate", "1/h", -1000.0, 1000.0, "what the meter would charge for 2 MW"),)
    shows = (Slot("sum_mw", "MW", -100.0, 100.0, "power of all peers"),)

    def offer(self, peer: Peer) -> Offer:
        return {"p_mw": peer.p_mw, "rate": peer.tariff(np.full(len(peer.p_mw), 2.0))}

    def clear(self, offers: Mapping[str, Offer]) -> Mapping[str, Award]:
        return offers

    def settle(self, peer: Peer, offer: Offer, award: Award, dt_h: float) -> Deal:
        return Deal(0.0 * peer.p_mw, {"rate": award["rate"]})

    def summary(self, offers: Mapping[str, Offer], awards: Mapping[str, Award]) -> Mapping[str, Array]:
        return {"sum_mw": sum((offer["p_mw"] for offer in offers.values()), np.zeros(1)), "secret": np.zeros(1)}


def talking(**run: Any) -> PgcoreEnv:
    catalog = Catalog.of(pgcore.builtin, Toys(), SimpleNamespace(pgcore_protocols=pgcore.hookimpl(lambda: [Talk])))
    meter = {"type": "grid_connection", "line": "L1", "import_price": 40.0}
    agents = {
        "M1": {"area": ["A"], "devices": {"pcc": meter, "unit": {"type": "source", "bus": "A"}}},
        "M2": {"devices": {"unit": {"type": "source", "bus": "B"}}},
    }
    return make_env(toy_spec(agents, horizontal=[{"type": "talk"}, {"type": "talk"}], **run), catalog=catalog)


def test_infos_hold_what_a_protocol_declares_to_show_and_nothing_else() -> None:
    env = talking()
    env.reset(seed=0)
    *_, infos = env.step({"M1": np.array([0.25]), "M2": np.array([-0.75])})
    assert set(infos["M2"]["horizontal"]) == {"talk", "talk#2"}
    assert set(infos["M2"]["horizontal"]["talk"]) == {"rounds", "residual", "sum_mw"}
    assert float(np.ravel(infos["M2"]["horizontal"]["talk"]["sum_mw"])[0]) == -0.5


def test_a_peer_asks_the_tariff_of_its_meter_and_nothing_where_it_has_none() -> None:
    env = talking()
    env.reset(seed=0)
    seen, *_ = env.step({"M1": np.zeros(1), "M2": np.zeros(1)})
    rates = [float(seen[name][[slot.name for slot in env.roles[name].slots].index("talk.rate")]) for name in ("M1", "M2")]
    assert rates == [80.0, 0.0]


def test_rows_have_a_column_for_each_shown_number_which_is_zero_at_a_reset() -> None:
    env, keeper = talking(), Keeper()
    env.grid.watch(keeper)
    env.reset(seed=0)
    env.step({"M1": np.array([0.25]), "M2": np.array([-0.75])})
    form = RowFormat.of(env.grid, keeper.records[0])
    names = [column.name for column in form.columns]
    at = [names.index(name) for name in ("horizontal.talk.sum_mw", "horizontal.talk#2.sum_mw")]
    assert [form.row(record)[at].tolist() for record in keeper.records] == [[0.0, 0.0], [-0.5, -0.5]]
