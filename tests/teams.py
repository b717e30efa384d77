"""Specs on the toy network in which agents have something to say to each other: what tests of teams share."""

from typing import Any

from pgcore.spec.load import load_spec
from pgcore.spec.model import Spec
from tests.toys import toy_catalog, toy_spec

PROFILES = {
    "sun": {"type": "values", "values": [0.0, 0.2, 0.5, 1.0, 0.5, 0.2, 0.1, 0.7, 0.9]},
    "tariff": {"type": "values", "values": [80.0, -20.0, 40.0, 200.0, 55.0, 30.0, 90.0, 60.0, 50.0]},
}
ESS = {"type": "battery", "bus": "B", "capacity_mwh": 2.0, "p_max_mw": 0.5, "soc_start": 0.2, "soc_start_max": 0.8, "q_control": True}
PV = {"type": "pv", "bus": "C", "p_peak_mw": 6.0, "availability": "sun", "volt_var": True}
GEN = {"type": "generator", "bus": "B", "p_max_mw": 1.0, "a_per_h": 1.0, "b_per_mwh": 40.0, "c_per_mw2h": 10.0}
UNIT = {**GEN, "p_min_mw": 0.1, "committable": True, "min_up_h": 2.0, "min_down_h": 3.0, "ramp_up_mw_per_h": 0.3}
HOUSE = {"type": "load", "bus": "C", "p_mw": 3.5, "q_mvar": 0.2, "curtailable": 0.4, "value_of_lost_load_per_mwh": 70.0}
PCC = {"type": "grid_connection", "trafo": "T", "import_price": "tariff", "p_import_max_mw": 0.3}
TAPS = {"type": "oltc", "trafo": "T", "tap_min": -5, "tap_max": 5, "max_steps_per_action": 2}
SWITCH = {"type": "switch", "line": "L2", "operation_cost": 5.0}
BANK = {"type": "shunt", "bus": "C", "q_mvar_per_step": 0.1, "steps": 3}

THREE_DEEP = {
    "TSO": {
        "area": "all",
        "vertical": {"type": "price_signal", "price": 50.0},
        "devices": {"spare": {**GEN, "bus": "A"}},
        "agents": {
            "DSO": {
                "vertical": {"type": "demand_response"},
                "agents": {
                    "M1": {"area": ["A", "B"], "vertical": {"type": "price_signal"}, "devices": {"ess": ESS, "gen": GEN}, "forecast_steps": 2},
                    "M2": {"area": ["C"], "devices": {"pv": PV, "house": HOUSE, "pcc": PCC}},
                },
            },
            "M3": {"vertical": {"type": "setpoint"}, "devices": {"unit": UNIT, "home": HOUSE}},
        },
    },
}
PEERS = {
    "M1": {"area": ["A", "B"], "vertical": {"type": "price_signal"}, "devices": {"ess": ESS, "gen": GEN, "home": HOUSE}},
    "M2": {"area": ["C"], "vertical": {"type": "demand_response"}, "devices": {"gen": {**GEN, "b_per_mwh": 60.0}, "pv": PV, "home": HOUSE}},
    "M3": {"devices": {"unit": {**GEN, "bus": "C", "b_per_mwh": 20.0}}},
}
MASKED = {
    "M1": {"area": ["A", "B"], "devices": {"unit": UNIT, "ess": ESS}},
    "M2": {"area": ["C"], "devices": {"taps": TAPS, "bank": BANK, "pv": PV}},
    "M3": {"area": "all", "devices": {"switch": SWITCH, "house": HOUSE}},
}
FREE_BESIDE_MASKED = {
    "M1": {"area": ["A", "B"], "devices": {"bank": {**BANK, "bus": "A"}}},
    "M2": {"devices": {"ess": ESS}},
}
WATCHER = {"Watcher": {"area": "all", "devices": {}}, "M": {"devices": {"ess": ESS}}}

DOCUMENTS: dict[str, dict[str, Any]] = {
    "three deep": {"agents": THREE_DEEP},
    "dispatch": {"agents": PEERS, "horizontal": [{"type": "consensus", "goal": "dispatch", "demand_mw": 0.4, "rounds": 30}]},
    "two protocols": {
        "agents": {**PEERS, "Top": {"agents": {"M4": {"devices": {"ess": ESS}}}}},
        "horizontal": [
            {"type": "consensus", "goal": "average", "graph": "ring", "rounds": 5},
            {"type": "consensus", "goal": "dispatch", "graph": "line", "rounds": 3},
        ],
    },
    "masks": {"agents": MASKED, "reward": {"type": "cost_and_violation", "shared": 0.3}},
    "masks of the background": {"agents": FREE_BESIDE_MASKED, "background": {"unit": UNIT, "taps": TAPS}},
    "masks of another agent": {"agents": {**FREE_BESIDE_MASKED, "M3": {"devices": {"taps": TAPS}}}},
    "background": {
        "agents": {"M": {"area": ["B"], "devices": {"pv": {**PV, "bus": "B"}}, "forecast_steps": 3}},
        "background": {"roof": {**{key: value for key, value in PV.items() if key != "bus"}, "at": ["A", "B", "C"]}, "town": HOUSE},
    },
    "divergence": {
        "agents": {"M": {"devices": {"s": {"type": "source", "bus": "A", "p_max_mw": 100.0}}}, "N": {"devices": {"ess": ESS, "pv": PV}}},
        "horizontal": [{"type": "consensus", "rounds": 2}],
    },
    "nothing to do": {"agents": WATCHER},
    "neighbours": {
        "agents": {"M": {"area": ["A", "B"], "devices": {"ess": ESS}}, "N": {"devices": {"s": {"type": "source", "bus": "C", "p_max_mw": 9.0}}}}
    },
}  # fmt: skip


def spec_of(name: str, **sections: Any) -> Spec:
    """One of the documents as a spec; ``sections`` replace or add top-level sections."""
    document = DOCUMENTS[name]
    agents = document["agents"]
    rest = {key: value for key, value in document.items() if key != "agents"}
    return load_spec(toy_spec(agents, **{"profiles": PROFILES, **rest, **sections}), catalog=toy_catalog())
