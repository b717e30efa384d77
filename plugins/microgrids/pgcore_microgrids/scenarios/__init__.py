"""The ready-made specs of this package; those for any number of microgrids are put together from the parts of one written by hand."""

import re
from pathlib import Path
from string import Template
from textwrap import indent

from pgcore.contracts.scenario import Scenario
from pgcore_microgrids.feeder import PER_FEEDER

THREE = Path(__file__).with_name("three_microgrids.yaml")
LARGEST = 1000
OPERATOR = Template("""\
  # The operator sees the feeder and names a price, which the devices of the microgrids below it answer.
  DSO:
    area: [Substation, $buses]
    vertical: {type: price_signal, price: 110.0, spread: 80.0}
    agents:
      # Sets the taps of the microgrids' transformers, at most two positions a step.
      Taps:
        vertical: {type: setpoint}
        devices:
$changers
""")
CHANGERS = "  oltc: {tap_min: -8, tap_max: 8, max_steps_per_action: 2, wear_cost_per_step: 0.1}"


def n_microgrids(n: int) -> str:
    """The spec of ``three_microgrids`` with ``n`` of them: MG4 is built like MG1, MG5 like MG2 and so on.

    Raises:
        ValueError: ``n`` is not a whole number from 1 to 1000.
    """
    head, parts, tail = _parts(n)
    return head + "".join(parts) + tail


def operator_microgrids(n: int) -> str:
    """``n`` microgrids below a distribution operator: their devices answer its price instead of set points.

    Raises:
        ValueError: ``n`` is not a whole number from 1 to 1000.
    """
    head, parts, tail = _parts(n)
    microgrids = "".join(parts).replace("vertical: {type: setpoint}", "vertical: {type: price_signal, spread: 20.0}")
    changers = "\n".join(f"          tap{m}: {{type: oltc, trafo: MG{m} trafo}}" for m in range(1, n + 1))
    buses = ", ".join(f"F{f} bus {k}" for f in range(1, -(-n // PER_FEEDER) + 1) for k in range(2, 34))
    operator = OPERATOR.substitute(buses=buses, changers=changers)
    return head.replace("defaults:", f"defaults:\n{CHANGERS}") + operator + indent(microgrids, "    ") + tail


def _parts(n: int) -> tuple[str, list[str], str]:
    """What stands before the agents in ``three_microgrids``, the text of each of ``n`` agents, and what follows them."""
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= LARGEST:
        raise ValueError(f"n is {n!r}, expected a whole number of microgrids from 1 to {LARGEST}, for example --set n=10")
    text = THREE.read_text(encoding="utf-8")
    head, *agents, tail = re.split(r"^(?=  MG\d+:|reward:)", text, flags=re.MULTILINE)
    copies = [re.sub(r"MG\d+", f"MG{m + 1}", agents[m % len(agents)]) for m in range(n)]
    return re.sub(r"(type: microgrid_feeder, n: )\d+", rf"\g<1>{n}", head), copies, tail


SCENARIOS = (
    Scenario("three_microgrids", "Three different microgrids on a 33-bus feeder, with real profiles of one year.", THREE),
    Scenario("n_microgrids", "The same with n microgrids (1 to 1000), three on each feeder.", n_microgrids, {"n": 3}),
    Scenario("operator_microgrids", "n microgrids below an operator with a price, and taps on their transformers.", operator_microgrids, {"n": 3}),
)
