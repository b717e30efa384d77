"""Trading: the laws of markets, asked of protocols that say what an award is worth: those that define `trade`."""

from collections.abc import Callable
from functools import partial, wraps

import attrs

from pgcore.contracts.protocol import Horizontal
from pgcore.testing import markets
from pgcore.testing.checks import Breach, Check, NotAsked, after
from pgcore.testing.horizontals.bounds import check_results_are_finite
from pgcore.testing.subject import Subject

LAWS = (
    markets.check_power_is_conserved,
    markets.check_trades_are_within_offers,
    markets.check_budget_is_balanced,
    markets.check_is_individually_rational,
    markets.check_names_do_not_matter,
    markets.check_settles_what_was_agreed,
)
"""Those that are not asked of every protocol."""


def _asked(law: Callable[[markets.Factory], None]) -> Check:
    """The law as a check of a kit: it holds for all instances that are asked."""

    @after(check_results_are_finite)
    @wraps(law)
    def check(subject: Subject[Horizontal]) -> None:
        if subject.kind.trade is Horizontal.trade:
            raise NotAsked("it does not define trade, so it is no market")
        reasons = []
        made = subject.drawn()
        for protocol in made:
            try:
                law(partial(attrs.evolve, protocol))
            except NotAsked as reason:
                reasons.append(str(reason))
            except Breach as breach:
                raise Breach(f"{breach.found}; the protocol is {protocol!r}", breach.mend, breach.owner) from None
        if len(reasons) == len(made):
            raise NotAsked(reasons[0])

    return check


CHECKS = tuple(map(_asked, LAWS))
