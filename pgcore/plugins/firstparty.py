"""Which first-party distribution provides a type that is not part of the core: for install hints."""

from collections.abc import Mapping

_PROVIDES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "pgcore-pandapower": {"network": ("pandapower", "inline"), "backend": ("pandapower", "linear")},
    "pgcore-microgrids": {
        "network": ("microgrid_feeder",),
        "profile": ("simbench", "tariff"),
        "scenario": ("three_microgrids", "n_microgrids", "operator_microgrids"),
    },
    "pgcore-lightsim2grid": {"backend": ("lightsim2grid",)},
    "pgcore-fixedpoint": {"backend": ("fixedpoint",)},
    "pgcore-powergridmodel": {"backend": ("power_grid_model",)},
    "pgcore-ev": {"device": ("ev_charger", "charging_station"), "profile": ("ev_sessions",), "scenario": ("ev_street",)},
    "pgcore-hvac": {"device": ("hvac", "hot_water_tank"), "profile": ("weather",), "scenario": ("preheating",)},
    "pgcore-p2p": {"horizontal": ("p2p_trading",), "vertical": ("trader",), "scenario": ("p2p_street",)},
    "pgcore-kafka": {"broker": ("kafka",)},
    "pgcore-scada": {"broker": ("scada",)},
}

DISTRIBUTIONS: Mapping[tuple[str, str], str] = {
    (kind, type): distribution for distribution, kinds in _PROVIDES.items() for kind, types in kinds.items() for type in types
}
"""Distribution name by ``(kind, type)``."""
