from typing import Any

import numpy as np
import pytest

from pgcore.agents.papers import Papers, to_plain
from pgcore.assembly import assemble
from pgcore.catalog import Catalog
from pgcore.codec import decode, encode
from pgcore.distribution import papers_of
from pgcore.enrolment import EnrolmentError, enrolling
from pgcore.messages import ENVIRONMENT, Message, Welcome
from pgcore.spec.links import link
from tests.teams import DOCUMENTS, spec_of
from tests.toys import toy_catalog


def papers(name: str, actors: str) -> list[Papers]:
    team: Any = assemble(link(spec_of(name))).team
    return papers_of(team.agents, team.plant, team.feeds, 60.0, actors)


def sent(one: Papers) -> Any:
    """Papers as they arrive."""
    message = decode(encode(Message("0", 0, 0, ENVIRONMENT, one.name, 0, 1, Welcome(to_plain(one), 5))))
    assert isinstance(message.body, Welcome)
    return message.body.charter


@pytest.mark.parametrize("actors", ["agents", "devices"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_papers_survive_the_way_to_another_process(name: str, actors: str) -> None:
    enrol = enrolling(toy_catalog())
    for one in papers(name, actors):
        again = enrol(sent(one))
        assert (again.name, again.step_min, again.normalized, again.incoming) == (one.name, one.step_min, one.normalized, one.incoming)
        assert (again.plant is None) == (one.plant is None)
        if one.plant is not None and again.plant is not None:
            assert (again.plant.names, again.plant.devices) == (one.plant.names, one.plant.devices)
        if one.charter is not None and again.charter is not None:
            for what in ("name", "parent", "children", "vertical", "reward", "told", "horizontal", "peers", "forecast_steps"):
                assert getattr(again.charter, what) == getattr(one.charter, what)
            assert np.array_equal(again.charter.device_bus, one.charter.device_bus)
        assert np.array_equal(again.feeds.columns, one.feeds.columns)
        assert np.array_equal(again.feeds.voltages, one.feeds.voltages)


def test_a_plugin_that_is_missing_is_named() -> None:
    plain = sent(papers("divergence", "agents")[0])
    with pytest.raises(EnrolmentError, match="M cannot be set up here: .*unknown device type 'source'|M cannot be set up here"):
        enrolling(Catalog.of())(plain)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"charter": None, "plant": []}, "KeyError: 'feeds'"),
        ({"feeds": {"series": 1, "columns": [0], "voltages": []}}, "found list, expected an array of int64 with 1 axes"),
        ({"charter": 3}, "TypeError"),
    ],
)
def test_papers_that_cannot_be_read_are_told(wrong: dict[str, Any], message: str) -> None:
    plain = {**sent(papers("neighbours", "agents")[0]), **wrong}
    if "plant" in wrong:
        del plain["feeds"]
    with pytest.raises(EnrolmentError, match=f"M was told what it cannot read .*{message}"):
        enrolling(toy_catalog())(plain)
