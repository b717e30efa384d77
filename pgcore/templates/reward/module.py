"""AcmeReward: cost and how far voltages are from their target, to be changed into your reward."""

import numpy as np
from attrs import frozen
from pgcore.columns import total
from pgcore.contracts.reward import Grade, Limits, Outcome, Reward
from pgcore.quantity import quantity


@frozen
class AcmeReward(Reward):
    """reward = −cost − voltage_weight · Σ(v − target)² · dt − violation_weight · violation.

    The sum is over the energised buses of the agent's area. The violation is that of its devices, and each voltage's distance from the band
    around the target.
    """

    type = "acme"

    target_pu: float = quantity("pu", "voltage to keep", default=1.0, gt=0, lt=2)
    band_pu: float = quantity("pu", "distance from the target that is no violation yet", default=0.05, gt=0, lt=1)
    voltage_weight: float = quantity("currency/(pu²·h)", "weight of squared voltage deviations", default=100.0, ge=0)
    violation_weight: float = quantity("1", "currency per unit of violation", default=10.0, ge=0)
    shared: float = quantity("1", "share of each reward that is replaced by the mean over all agents", default=0.0, ge=0, le=1)

    def limits(self) -> Limits:
        return Limits(vm_pu=(self.target_pu - self.band_pu, self.target_pu + self.band_pu))

    def grade(self, outcome: Outcome) -> Grade:
        off = np.where(outcome.energised, outcome.vm_pu - self.target_pu, 0.0)
        violation = outcome.violation + total(np.maximum(np.abs(off) - self.band_pu, 0.0))
        comfort = self.voltage_weight * total(off**2) * outcome.dt_h
        return Grade(-outcome.cost - comfort - self.violation_weight * violation, violation)
