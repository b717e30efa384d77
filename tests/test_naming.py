from pgcore.naming import look_alikes, owner, shared_name, unique


def test_devices_without_an_agent_belong_to_the_world() -> None:
    assert (owner("East.ess"), owner("town")) == ("East", "")


def test_the_number_of_a_spread_device_is_no_part_of_its_name() -> None:
    assert (shared_name("MG1.homes-12"), shared_name("feeder-3"), shared_name("MG1.pv-2a")) == ("homes", "feeder", "pv-2a")


def test_names_that_were_there_before_get_a_number() -> None:
    assert unique(["a", "b", "a", "a"]) == ("a", "b", "a#2", "a#3")


def test_names_that_differ_in_case_or_in_a_dot_for_an_underscore_look_alike() -> None:
    assert look_alikes(["MG1", "MG1.ess", "mg1", "MG1_ESS", "MG2"]) == [("MG1", "mg1"), ("MG1.ess", "MG1_ESS")]


def test_the_same_name_twice_is_no_look_alike() -> None:
    assert look_alikes(["MG1", "MG1"]) == []
