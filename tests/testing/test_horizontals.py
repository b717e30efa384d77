"""The kit for horizontal protocols bites: right ones pass all of it, and each wrong one fails exactly the check that names its mistake."""

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import frozen

from pgcore.testing.checks import Examination, Verdict, name_of
from pgcore.testing.horizontals import CHECKS, HorizontalChecks, subject
from tests.testing.wrong_horizontals import RIGHT, WRONG, FirstCome, Generous, Pool, Ring


def failures(kind: Any) -> dict[str, str]:
    """What a protocol fails; whole episodes are played by those that are right, or wrong in nothing else: they take the longest."""
    checks = CHECKS if WRONG.get(kind, "both_modes_are_equal") == "both_modes_are_equal" else CHECKS[:-1]
    return {found.check: found.message for found in Examination(checks, subject(kind)) if not found.good}


@pytest.mark.parametrize("kind", RIGHT)
def test_a_right_protocol_passes_everything(kind: Any) -> None:
    assert failures(kind) == {}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_protocol_fails_exactly_the_check_that_names_the_mistake(kind: Any) -> None:
    found = failures(kind)
    assert list(found) == [WRONG[kind]], found
    assert "whose bug: the plugin's" in found[WRONG[kind]]
    assert "to mend:" in found[WRONG[kind]]


def test_every_check_has_a_wrong_protocol_but_that_of_the_entry_module() -> None:
    assert {name_of(check) for check in CHECKS} - set(WRONG.values()) == {"entry_module_is_light"}


def test_a_breach_says_which_protocol_where_and_how_to_mend_it() -> None:
    said = failures(Generous)["budget_is_balanced"]
    assert "the protocol is Generous(price_per_mwh=80.0)" in said
    assert "let buyers pay at least what sellers get" in said


def test_what_is_no_market_is_not_asked_to_keep_the_laws_of_markets() -> None:
    asked = Examination(CHECKS, subject(Ring))
    assert asked.ask("budget_is_balanced").message == "it does not define trade, so it is no market"
    assert asked.ask("order_of_peers_does_not_matter").verdict is Verdict.NOT_ASKED


def test_a_law_that_some_options_waive_is_asked_of_the_others() -> None:
    @frozen
    class Dear(Pool):
        """A pool that some options make dear."""

        def awarded(self, awards: Any) -> Mapping[str, Any]:
            extra = 60.0 if self.price_per_mwh > 90.0 else 0.0
            return {name: {**award, "price": award["price"] + extra} for name, award in awards.items()}

        def waives(self) -> Mapping[str, str]:
            return {"is_individually_rational": "it is dear on purpose"} if self.price_per_mwh > 90.0 else {}

    assert Examination(CHECKS, subject(Dear)).ask("is_individually_rational").verdict is Verdict.PASSED


def test_declaring_that_order_matters_takes_the_question_away() -> None:
    ordered = type("Ordered", (FirstCome,), {"ordered": True, "__doc__": "The first decides."})
    said = Examination(CHECKS, subject(frozen(ordered))).ask("order_of_peers_does_not_matter").message
    assert said == "it declares that places in the list matter: ordered = True"


def test_a_class_without_a_protocol_says_what_is_missing() -> None:
    class Nothing(HorizontalChecks):
        pass

    with pytest.raises(TypeError, match="Nothing does not say which protocol it checks; add to it: horizontal = MyProtocol"):
        Nothing.subject()
