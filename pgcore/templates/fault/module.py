"""AcmeFault: links that are silent at regular times, to be changed into your fault."""

from typing import Any

from attrs import Attribute, frozen
from pgcore.contracts.fault import LOST, PROMPT, Fate, Fault, Passage
from pgcore.draws import Draws
from pgcore.quantity import QuantityError, quantity


@frozen(kw_only=True)
class AcmeFault(Fault):
    """At the beginning of every period all messages are lost for a while, as behind a modem that dials in anew."""

    type = "acme"

    period_s: float = quantity("s", "time from one outage to the next", gt=0)
    out_s: float = quantity("s", "how long an outage lasts", gt=0)

    @out_s.validator
    def _ends_within_the_period(self, field: "Attribute[float]", value: float) -> None:
        if value > self.period_s:
            raise QuantityError(field.name, value, f"<= period_s, which is {self.period_s:g}")

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        since_s = (passage.sent_s - self.from_s) % self.period_s
        return LOST if since_s < self.out_s else PROMPT, memory
