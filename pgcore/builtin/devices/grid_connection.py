"""Grid connection: the metered place where an agent's area buys and sells energy."""

from typing import Any

import numpy as np
from attrs import frozen

from pgcore.builtin.devices.limits import positive, within
from pgcore.columns import Array
from pgcore.contracts.device import Device, Effect, Need, Settlement, State, Values
from pgcore.quantity import Slot, quantity

NO_LIMIT_MW = 1e6
PRICE_MAX = 10_000.0
"""Largest price, of either sign, in currency/MWh: above the price caps of the European day-ahead and the US wholesale markets."""


@frozen
class GridConnection(Device):
    """Metered connection to the main grid with import and export prices and limits.

    Injects nothing. After the power flow it is told the power P through its place, positive into the agent's area, and charges
    (import_price·max(P, 0) − export_share·export_price·max(−P, 0))·dt: net metering over each step, in the textbook form of a two-price tariff (e.g.
    Kirschen and Strbac, *Fundamentals of Power System Economics*, 2nd ed.). An unfed ``export_price`` is the import price.

    Violation: what exceeds a limit, in per unit of that limit, times dt (in per unit of 1 MW where the limit is zero).

    >>> pcc = GridConnection(p_import_max_mw=2.0)
    >>> due = pcc.settle(3.0, {"import_price": 100.0, "export_price": 20.0}, 0.5)
    >>> float(due.cost), float(due.violation)
    (150.0, 0.25)
    """

    type = "grid_connection"
    export_share: float = quantity("1", "share of the export price that is paid out; the rest stays with the grid", default=0.9, ge=0)
    p_import_max_mw: float = quantity("MW", "most power to import; no limit by default", default=NO_LIMIT_MW, ge=0)
    p_export_max_mw: float = quantity("MW", "most power to export; no limit by default", default=NO_LIMIT_MW, ge=0)
    price_max_per_mwh: float = quantity("currency/MWh", "largest price, of either sign, that observations show", default=1000.0, gt=0)

    places = ("trafo", "line", "bus")
    needs = (
        Need("import_price", "currency/MWh", -PRICE_MAX, PRICE_MAX, "price of imported energy"),
        Need(
            "export_price",
            "currency/MWh",
            -PRICE_MAX,
            PRICE_MAX,
            "price of exported energy; the import price when it is not given",
            default="import_price",
        ),
    )
    slots = (
        Slot("import_price", "currency/MWh", "-price_max_per_mwh", "price_max_per_mwh", "price of imported energy in the step to come"),
        Slot("export_price", "currency/MWh", "-price_max_per_mwh", "price_max_per_mwh", "price paid for exported energy in the step to come"),
    )
    metered = True

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        return state, Effect()

    def observe(self, state: State, exo: Values) -> Values:
        cap = self.price_max_per_mwh
        return {"import_price": within(exo["import_price"], -cap, cap), "export_price": within(self._export_price(exo), -cap, cap)}

    def settle(self, p_mw: Array, exo: Values, dt_h: float) -> Settlement:
        importing = p_mw >= 0.0
        price = np.where(importing, exo["import_price"], self._export_price(exo))
        limit_mw = np.where(importing, self.p_import_max_mw, self.p_export_max_mw)
        excess_mw = positive(np.abs(p_mw) - limit_mw)
        return Settlement(cost=p_mw * price * dt_h, violation=excess_mw / np.where(limit_mw > 0.0, limit_mw, 1.0) * dt_h)

    def _export_price(self, exo: Values) -> Any:
        return self.export_share * exo["export_price"]
