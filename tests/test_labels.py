"""Labels: the source's names, made unique."""

import numpy as np
from attrs import evolve

from pgcore.labels import labels
from tests.toys import toy_network


def test_names_are_those_of_the_source() -> None:
    found = labels(toy_network().topology)
    assert (found.buses, found.lines, found.trafos) == (("Grid", "A", "B", "C"), ("L1", "L2"), ("T",))


def test_what_has_no_name_or_only_a_number_goes_by_its_number() -> None:
    named = evolve(toy_network().topology, bus_names=("", "7", "B", "B"))
    assert labels(named).buses == ("bus_0", "bus_1", "B", "B#2")
    nameless = evolve(named.lines, ids=(3, 9), names=("", ""), limit=np.ones(2))
    assert labels(evolve(named, lines=nameless)).lines == ("line_3", "line_9")
