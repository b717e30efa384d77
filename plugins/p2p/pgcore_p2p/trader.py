"""Trader: an agent that sets its devices, and places its own order in the market."""

from attrs import Attribute, frozen

from pgcore.columns import Array
from pgcore.contracts.protocol import Crew, Dial, Orders, Signals, Vertical
from pgcore.quantity import QuantityError, option, quantity
from pgcore_p2p.orders import POWER_DIAL, PRICE_DIAL


@frozen
class Trader(Vertical):
    """Direct control of the devices, as ``setpoint``, with dials for the order that the agent places in ``p2p_trading``.

    The price is the agent's ask while it has energy to sell, and its bid while it lacks some. Without a dial for the power, the agent orders what
    its devices inject.
    """

    type = "trader"

    price_low_per_mwh: float = quantity("currency/MWh", "lowest price that the agent can name", default=0.0)
    price_high_per_mwh: float = quantity("currency/MWh", "highest price that the agent can name", default=500.0)
    names_power: bool = option("whether the agent also says how much it sells or buys", default=False)
    p_max_mw: float = quantity("MW", "largest power that it can offer or ask for", default=1.0, gt=0)

    @price_high_per_mwh.validator
    def _is_above_the_lowest(self, field: "Attribute[float]", value: float) -> None:
        if value <= self.price_low_per_mwh:
            raise QuantityError(field.name, value, f"> price_low_per_mwh, which is {self.price_low_per_mwh:g}")

    def knobs(self, crew: Crew) -> tuple[Dial, ...]:
        """Every dial of the devices, then ``order.price_per_mwh`` and, if the agent names it, ``order.p_mw``.

        Raises:
            ValueError: the agent has agents below it, and so is no peer.
        """
        if crew.agents:
            raise ValueError(f"vertical protocol trader: only agents without agents below them trade; found {', '.join(crew.agents)} below")
        low, high = self.price_low_per_mwh, self.price_high_per_mwh
        price = Dial(PRICE_DIAL, "currency/MWh", low, high, (low + high) / 2.0, doc="lowest price to sell at, highest price to buy at")
        power = Dial(POWER_DIAL, "MW", -self.p_max_mw, self.p_max_mw, doc="power to sell (positive) or to buy")
        return (*crew.dials, price, *([power] if self.names_power else []))

    def coordinate(self, action: Array, crew: Crew, directive: Signals) -> Orders:
        """Set the devices; the order is read from the agent's action. A call to ``curtail`` is passed on."""
        passed_on = {name: value for name, value in directive.items() if name == "curtail"}
        return Orders(action[:, : len(crew.dials)], passed_on)
