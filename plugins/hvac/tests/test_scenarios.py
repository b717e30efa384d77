"""The pre-heating scenario: what it shows, and that it is the same in both modes."""

import json
from collections.abc import Callable
from pathlib import Path

import pgcore_hvac
import pytest
from click.testing import CliRunner
from pgcore_hvac.preheating import WAYS, Outcome, lived

from pgcore.catalog import Catalog
from pgcore.cli import main
from pgcore.spec.load import load_spec
from pgcore.testing.teams import CHECKS, in_memory

pytest.importorskip("pgcore_pandapower", reason="the scenario's network and backend are those of pgcore-pandapower")

SMALL = {
    "spec": 1,
    "network": {
        "type": "inline",
        "buses": [{"name": "Grid", "vn_kv": 0.4}, {"name": "Home", "vn_kv": 0.4}],
        "external_grid": {"bus": "Grid"},
        "lines": [{"from_bus": "Grid", "to_bus": "Home", "length_km": 0.1, "r_ohm_per_km": 0.2, "x_ohm_per_km": 0.08, "max_i_ka": 0.2}],
    },
    "profiles": {
        "outdoor": {"type": "weather", "mean_c": 0.0, "swing_k": 6.0, "days": 2},
        "slope": {"type": "weather", "shows": "slope", "mean_c": 0.0, "swing_k": 6.0, "days": 2},
        "draw": {"type": "values", "values": [0, 0, 40, 10, 0, 20, 60, 5], "step_min": 180, "days": 2},
    },
    "agents": {
        "A": {
            "vertical": {"type": "price_signal", "price": 60.0},
            "devices": {
                "house": {
                    "type": "hvac",
                    "bus": "Home",
                    "r_k_per_kw": 6.0,
                    "c_air_kwh_per_k": 1.0,
                    "c_mass_kwh_per_k": 5.0,
                    "p_max_mw": 0.003,
                    "outdoor_c": "outdoor",
                    "outdoor_k_per_h": "slope",
                    "start_c": 18.0,
                    "start_max_c": 22.0,
                },
                "tank": {"type": "hot_water_tank", "bus": "Home", "volume_l": 200.0, "p_max_mw": 0.003, "draw_l_per_h": "draw"},
            },
        },
        "B": {
            "devices": {
                "shop": {
                    "type": "hvac",
                    "bus": "Home",
                    "r_k_per_kw": 3.0,
                    "c_air_kwh_per_k": 2.0,
                    "p_max_mw": 0.006,
                    "outdoor_c": "outdoor",
                    "regulation": "power",
                    "function": "both",
                    "min_on_h": 0.5,
                },
                "boiler": {
                    "type": "hot_water_tank",
                    "bus": "Home",
                    "volume_l": 80.0,
                    "p_max_mw": 0.002,
                    "regulation": "power",
                    "draw_l_per_h": "draw",
                },
            }
        },
    },
    "episode": {"steps": 24, "step_min": 15, "start": "any"},
    "run": {"backend": {"type": "linear"}},
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    import pgcore_pandapower

    from pgcore import builtin

    return Catalog.of(builtin, pgcore_pandapower, pgcore_hvac)


@pytest.fixture(scope="module")
def days(catalog: Catalog) -> dict[str, Outcome]:
    """With the linear backend, which is fast: heating does not depend on a voltage."""
    return {name: lived(answers, {"run.backend.type": "linear", **changes}, catalog=catalog) for name, answers, changes in WAYS}


def test_preheating_moves_most_of_the_heating_out_of_the_peak(days: dict[str, Outcome]) -> None:
    assert 1.0 - days["pre-heated as well"].peak_kwh / days["set points kept"].peak_kwh > 0.85


def test_it_moves_more_than_letting_go_alone(days: dict[str, Outcome]) -> None:
    assert days["pre-heated as well"].peak_kwh < 0.5 * days["let go in the peak"].peak_kwh


def test_nobody_is_uncomfortable_either_way(days: dict[str, Outcome]) -> None:
    assert [day.discomfort_kh for day in days.values()] == [0.0, 0.0, 0.0]
    assert min(day.coldest_c for day in days.values()) > 20.0 - 1e-4
    assert max(day.warmest_c for day in days.values()) < 22.0 + 1e-4


def test_it_costs_little_energy_and_saves_money(days: dict[str, Outcome]) -> None:
    assert abs(days["pre-heated as well"].heating_kwh / days["set points kept"].heating_kwh - 1.0) < 0.01
    assert days["pre-heated as well"].cost < 0.95 * days["set points kept"].cost


@pytest.mark.parametrize("actors", ["agents", "devices"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_buildings_and_tanks_are_the_same_to_the_last_bit_behind_a_broker(check: Callable[..., None], actors: str, catalog: Catalog) -> None:
    check(load_spec(SMALL, catalog=catalog), in_memory(actors))


def test_a_recording_replays_to_the_last_bit(catalog: Catalog, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="recordings are Parquet files")
    spec = tmp_path / "small.yaml"
    spec.write_text(json.dumps(SMALL))
    for command in (["run", str(spec), "--policy", "random", "--record", str(tmp_path / "run")], ["replay", str(tmp_path / "run")]):
        done = CliRunner().invoke(main, command, obj=catalog)
        assert done.exit_code == 0, done.output


def test_the_scenario_finds_nothing_wrong_with_itself(catalog: Catalog) -> None:
    done = CliRunner().invoke(main, ["validate", "preheating"], obj=catalog)
    assert done.exit_code == 0, done.output
