"""The plugin module: what it registers, and that finding it costs nothing."""

import subprocess
import sys

import pgcore_p2p


def test_it_offers_a_market_a_trader_and_a_scenario() -> None:
    assert [protocol.type for protocol in pgcore_p2p.pgcore_protocols()] == ["p2p_trading", "trader"]
    assert [scenario.name for scenario in pgcore_p2p.pgcore_scenarios()] == ["p2p_street"]


def test_importing_it_imports_no_numpy() -> None:
    program = "import sys, pgcore_p2p\nprint([x for x in ('numpy', 'pandas', 'pandapower') if x in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert done.stdout.strip() == "[]"
