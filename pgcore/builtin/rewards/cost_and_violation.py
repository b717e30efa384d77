"""The default reward: minus cost, minus a weight times how far limits were broken."""

import numpy as np
from attrs import Attribute, frozen

from pgcore.columns import total
from pgcore.contracts.reward import Grade, Limits, Outcome, Reward
from pgcore.quantity import QuantityError, quantity


@frozen
class CostAndViolation(Reward):
    """reward = −cost − violation_weight · violation.

    The violation adds up: that of the devices (pu·h), every voltage outside ``vm_min_pu…vm_max_pu`` (pu, at energised buses), and every
    loading over ``loading_max_percent`` (counted in pu, so 120 % is 0.2, times ``loading_weight``).
    """

    type = "cost_and_violation"

    violation_weight: float = quantity("1", "currency per unit of violation", default=10.0, ge=0)
    vm_min_pu: float = quantity("pu", "lower end of the voltage band", default=0.95, gt=0, lt=2)
    vm_max_pu: float = quantity("pu", "upper end of the voltage band", default=1.05, gt=0, lt=2)
    loading_max_percent: float = quantity("%", "highest loading of lines and transformers", default=100.0, gt=0)
    loading_weight: float = quantity("1", "weight of a loading's excess, in pu, against that of voltages", default=1.0, ge=0)
    shared: float = quantity("1", "share of each reward that is replaced by the mean over all agents", default=0.0, ge=0, le=1)

    @vm_max_pu.validator
    def _lies_above_vm_min(self, field: "Attribute[float]", value: float) -> None:
        if value <= self.vm_min_pu:
            raise QuantityError(field.name, value, f"> vm_min_pu, which is {self.vm_min_pu:g}")

    def limits(self) -> Limits:
        """The voltage band and the highest loading."""
        return Limits((self.vm_min_pu, self.vm_max_pu), self.loading_max_percent)

    def grade(self, outcome: Outcome) -> Grade:
        """Grade one step; arrays are ``(B, agents)``."""
        outside = np.maximum(np.maximum(outcome.vm_pu - self.vm_max_pu, self.vm_min_pu - outcome.vm_pu), 0.0)
        over = np.maximum(outcome.loading_percent - self.loading_max_percent, 0.0) / 100.0
        violation = outcome.violation + total(outside * outcome.energised) + self.loading_weight * total(over)
        return Grade(-outcome.cost - self.violation_weight * violation, violation)
