"""The plugin module: what it registers, and that finding it costs nothing."""

import subprocess
import sys

import pgcore_microgrids


def test_it_offers_a_network_two_profiles_and_three_scenarios() -> None:
    offered = {source.type for source in [*pgcore_microgrids.pgcore_networks(), *pgcore_microgrids.pgcore_profiles()]}
    assert offered == {"microgrid_feeder", "simbench", "tariff"}
    assert [s.name for s in pgcore_microgrids.pgcore_scenarios()] == ["three_microgrids", "n_microgrids", "operator_microgrids"]


def test_discovering_it_imports_neither_pandapower_nor_pandas() -> None:
    program = (
        "import sys, pgcore_microgrids as m\n"
        "m.pgcore_networks(), m.pgcore_profiles(), m.pgcore_scenarios()\n"
        "print([x for x in ('pandapower', 'pandas', 'scipy') if x in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert done.stdout.strip() == "[]"
