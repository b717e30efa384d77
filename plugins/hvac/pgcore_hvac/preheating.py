"""Preheating: two days of the scenario of that name, with and without houses that answer its tariff, as a table.

Run it with ``python -m pgcore_hvac.preheating``.
"""

import sys
from typing import Any

import numpy as np
from attrs import frozen

import pgcore

PEAK_H = (16.0, 19.0)
STEPS_PER_H = 4
KW_PER_MW = 1000.0
WAYS: tuple[tuple[str, bool, dict[str, Any]], ...] = (
    ("set points kept", False, {}),
    ("let go in the peak", True, {"defaults.hvac.preheat_k": 0.0}),
    ("pre-heated as well", True, {}),
)
"""What the houses do: its name, whether they answer the price, and what is changed in the spec."""


@frozen
class Outcome:
    """What the street's days came to; energies and cost per day."""

    heating_kwh: float
    """Electricity of the heat pumps."""
    peak_kwh: float
    """Of that, from 16 to 19 h."""
    cost: float
    """Of all electricity at the street's meter."""
    discomfort_kh: float
    """K·h outside the comfort band, of all houses."""
    coldest_c: float
    warmest_c: float
    loading_percent: float
    """Highest loading of the transformer or a cable."""


def lived(answers: bool, changes: dict[str, Any], **options: Any) -> Outcome:
    """The scenario's days with houses that answer the price at the street's meter, or keep their set points.

    Args:
        answers: whether they answer.
        changes: entries of the spec to set.
        options: for :func:`pgcore.make_env`.
    """
    env = pgcore.make_env("preheating", sets=changes, **options)
    names = [slot.name for slot in env.roles["Street"].slots]
    houses = [i for i, name in enumerate(names) if name.endswith(".indoor_c")]
    pumps = [names.index(names[i].replace(".indoor_c", ".p_mw")) for i in houses]
    branches = [i for i, name in enumerate(names) if name.endswith(".loading_percent")]
    price = names.index("meter.import_price")
    observations, _ = env.reset(seed=0)
    rows: list[tuple[float, ...]] = []
    while env.agents:
        told = {"price": float(observations["Street"][price])} if answers else {}
        observations, *_, infos = env.step(env.answer({"Street": told}))
        seen, info = observations["Street"], infos["Street"]
        rows.append((-seen[pumps].sum(), seen[houses].min(), seen[houses].max(), seen[branches].max(), info["cost"], info["violation"]))
    mw, coldest_c, warmest_c, loading, cost, violation = np.array(rows).T
    hour = np.arange(len(rows)) / STEPS_PER_H
    peak = (hour % 24 >= PEAK_H[0]) & (hour % 24 < PEAK_H[1])
    days = len(rows) / STEPS_PER_H / 24
    daily_kwh = KW_PER_MW / STEPS_PER_H / days
    extremes = float(coldest_c.min()), float(warmest_c.max()), float(loading.max())
    return Outcome(float(mw.sum() * daily_kwh), float(mw[peak].sum() * daily_kwh), float(cost.sum() / days), float(violation.sum()), *extremes)


def table() -> str:
    """All ways, as a Markdown table."""
    lines = ["| houses | heating kWh/d | in the peak | cost/d | indoors °C | K·h outside | loading % |", "|---|---|---|---|---|---|---|"]
    for name, answers, changes in WAYS:
        day = lived(answers, changes)
        indoors = f"{day.coldest_c:.1f}–{day.warmest_c:.1f}"
        numbers = f"{day.heating_kwh:.1f} | {day.peak_kwh:.1f} | {day.cost:.1f} | {indoors} | {day.discomfort_kh:.2f} | {day.loading_percent:.0f}"
        lines.append(f"| {name} | {numbers} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
