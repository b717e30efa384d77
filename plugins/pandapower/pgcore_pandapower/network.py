"""Makes a Network out of a pandapower net."""

from typing import Any

import attrs

from pgcore.contracts.network import Case, Network
from pgcore_pandapower.case import at_voltage, case_of, current_shares
from pgcore_pandapower.conversion import Converted, converted, prepared
from pgcore_pandapower.topology import frozen_array, topology_of

RELINEARISATIONS = 4
"""How often constant-current loads are linearised again; the error squares each time, from about 1e-3."""


def network_of(net: Any) -> Network:
    """See :func:`pgcore_pandapower.network_of`."""
    made = converted(net)
    case = case_of(made)
    if current_shares(made):
        case = _relinearised(made, case)
    own = prepared(net)
    return Network(topology=topology_of(own), case=case, data={"pandapower": own})


def _relinearised(made: Converted, case: Case) -> Case:
    import numpy as np

    from pgcore_pandapower.newton import newton

    for _ in range(RELINEARISATIONS):
        found = newton(case)
        if not found.converged:
            break
        injected, shunt_pu = at_voltage(made, np.abs(found.voltage))
        case = attrs.evolve(case, p_mw=frozen_array(injected.real), q_mvar=frozen_array(injected.imag), shunt_pu=frozen_array(shunt_pu))
    return case
