"""Names of channels: built and parsed without loss, and never confused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgcore.channels import (
    KIND_OF,
    KINDS,
    TO_ENVIRONMENT,
    Channel,
    ChannelError,
    ChannelManager,
    check_actor_id,
    check_env_id,
    may_read,
    may_write,
    parse,
)
from pgcore.messages import BODIES, ENVIRONMENT, Sealed, Silence

CHANNELS = ChannelManager("0")

NAMES = {
    "env_0__action__environment_to_MG1": CHANNELS.action(ENVIRONMENT, "MG1"),
    "env_0__action__DSO_to_MG1": CHANNELS.action("DSO", "MG1"),
    "env_0__action__MG1_to_MG1.ess": CHANNELS.action("MG1", "MG1.ess"),
    "env_0__state_updates": CHANNELS.state_updates(),
    "env_0__power_flow_results__MG1": CHANNELS.power_flow_results("MG1"),
    "env_0__reports": CHANNELS.reports(),
    "env_0__invitations__MG1": CHANNELS.invitations("MG1"),
    "env_0__offers": CHANNELS.offers(),
    "env_0__control__MG1.ess": CHANNELS.control("MG1.ess"),
    "env_0__presence": CHANNELS.presence(),
}


def taken(check: object, name: str) -> bool:
    try:
        return bool(check(name))  # type: ignore[operator]
    except ChannelError:
        return False


# made of what could go wrong, so that legal names come close to being confused
TRICKY = st.lists(st.sampled_from(["_", "__", "to", "_to_", "a", "B", "0", "-", "action", "environment", "env"]), min_size=1, max_size=6).map("".join)
PARTS = TRICKY.filter(lambda name: "." not in name and taken(check_actor_id, name))
ENV_IDS = st.one_of(TRICKY, st.just("a.b")).filter(lambda name: taken(check_env_id, name))
DEVICES = st.tuples(PARTS, PARTS).map(".".join)
ACTORS = PARTS | DEVICES


@st.composite
def built(draw: st.DrawFn) -> tuple[str, Channel]:
    """A channel built by name, and what it should say."""
    channels = ChannelManager(draw(ENV_IDS))
    kind = draw(st.sampled_from(KINDS))
    if kind in TO_ENVIRONMENT:
        return getattr(channels, kind)(), Channel(channels.env_id, kind, "", ENVIRONMENT)
    if kind == "action":
        recipient = draw(ACTORS)
        agent = recipient.partition(".")[0]
        sender = agent if "." in recipient else draw(st.just(ENVIRONMENT) | PARTS.filter(lambda name: name != recipient))
        return channels.action(sender, recipient), Channel(channels.env_id, kind, sender, recipient)
    recipient = draw(ACTORS if kind == "control" else PARTS)
    return getattr(channels, kind)(recipient), Channel(channels.env_id, kind, ENVIRONMENT, recipient)


@pytest.mark.parametrize("name", NAMES)
def test_names_are_exactly_these(name: str) -> None:
    assert NAMES[name] == name
    assert parse(name).name == name


def test_every_kind_of_channel_has_its_method() -> None:
    assert {parse(name).kind for name in NAMES} == set(KINDS)


@given(built())
def test_parsing_gives_back_what_a_name_was_built_from(case: tuple[str, Channel]) -> None:
    name, said = case
    assert parse(name) == said
    assert parse(name).name == name


@given(built(), built())
def test_different_channels_have_different_names(one: tuple[str, Channel], other: tuple[str, Channel]) -> None:
    assert (one[0] == other[0]) == (one[1] == other[1])


@given(TRICKY.map(lambda rest: f"env_{rest}") | built().map(lambda case: case[0] + "_") | TRICKY.map(lambda who: f"env_0__action__{who}"))
def test_what_can_be_parsed_is_built_again_as_it_was(name: str) -> None:
    try:
        said = parse(name)
    except ChannelError:
        return
    channels = ChannelManager(said.env_id)
    made = getattr(channels, said.kind)
    if said.kind in TO_ENVIRONMENT:
        assert made() == name
    else:
        assert (made(said.sender, said.recipient) if said.kind == "action" else made(said.recipient)) == name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "is no actor's name"),
        ("environment", "the environment's own name"),
        ("MG1.environment", "the environment's own name"),
        ("a__b", "could be confused"),
        ("a_to_b", 'cut at "__" and "_to_"'),
        ("to_b", 'no "to_" in front'),
        ("a_to", 'no "_" or "_to" at the end'),
        ("a_", 'no "_" or "_to" at the end'),
        ("MG1.a_to_b", "could be confused"),
        ("MG1.", "is no actor's name"),
        (".ess", "is no actor's name"),
        ("MG1.ess.cell", "expected AGENT or AGENT.DEVICE"),
        ("MG1\n", "is no actor's name"),
        ("MG\x001", "is no actor's name"),
        ("МG1", "is no actor's name"),  # a Cyrillic М
        ("9", "each a letter"),
        ("x" * 65, "at most 64"),
    ],
)
def test_actors_names_that_could_be_confused_are_refused(name: str, words: str) -> None:
    with pytest.raises(ChannelError) as refused:
        CHANNELS.control(name)
    assert words in str(refused.value) or (name == "" and "the name of the actor" in str(refused.value))
    assert not may_write(name, CHANNELS.presence())


@pytest.mark.parametrize("env_id", ["", "a__b", "a_", "_a", "a b", "a\n", "ä", "x" * 65, "-a"])
def test_environment_ids_that_could_be_confused_are_refused(env_id: str) -> None:
    with pytest.raises(ChannelError, match="environment id"):
        ChannelManager(env_id)


@pytest.mark.parametrize(
    ("sender", "recipient", "words"),
    [
        ("MG1.ess", "MG2", "is a device and sends no actions"),
        ("MG2", "MG1.ess", "takes actions from its agent 'MG1' alone"),
        (ENVIRONMENT, "MG1.ess", "takes actions from its agent 'MG1' alone"),
        ("MG1", "MG1", "to itself"),
        ("MG1", ENVIRONMENT, "the environment's own name"),
    ],
)
def test_actions_go_down_only(sender: str, recipient: str, words: str) -> None:
    with pytest.raises(ChannelError) as refused:
        CHANNELS.action(sender, recipient)
    assert words in str(refused.value)


def test_results_and_invitations_do_not_go_to_devices() -> None:
    for made in (CHANNELS.power_flow_results, CHANNELS.invitations):
        with pytest.raises(ChannelError, match="'MG1.ess' is a device"):
            made("MG1.ess")


@pytest.mark.parametrize("name", ["", "x", "env_0__", "env_0__shell", "env_0__action__MG1", "env_0__control__", "env___reports", "0__reports"])
def test_what_is_no_channel_is_refused(name: str) -> None:
    with pytest.raises(ChannelError):
        parse(name)


def test_a_channel_with_more_behind_it_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(ChannelError, match="did you mean 'env_0__reports'"):
        parse("env_0__reports__MG1")


def test_a_channel_of_another_environment_is_refused() -> None:
    with pytest.raises(ChannelError, match="belongs to environment '1', expected one of '0'"):
        CHANNELS.parse("env_1__reports")


def test_one_environments_names_do_not_begin_anothers() -> None:
    assert not ChannelManager("0-1").reports().startswith("env_0__")


WHO = ("environment", "MG1", "MG2", "MG1.ess", "MG1.pv")
RIGHTS = {
    # channel: (who writes, who reads)
    CHANNELS.action(ENVIRONMENT, "MG1"): ({ENVIRONMENT}, {"MG1"}),
    CHANNELS.action("MG1", "MG2"): ({"MG1"}, {"MG2"}),
    CHANNELS.action("MG1", "MG1.ess"): ({"MG1"}, {"MG1.ess"}),
    CHANNELS.power_flow_results("MG1"): ({ENVIRONMENT}, {"MG1"}),
    CHANNELS.invitations("MG1"): ({ENVIRONMENT}, {"MG1"}),
    CHANNELS.control("MG1.ess"): ({ENVIRONMENT}, {"MG1.ess"}),
    CHANNELS.state_updates(): ({*WHO} - {ENVIRONMENT}, {ENVIRONMENT}),
    CHANNELS.reports(): ({*WHO} - {ENVIRONMENT}, {ENVIRONMENT}),
    CHANNELS.offers(): ({*WHO} - {ENVIRONMENT}, {ENVIRONMENT}),
    CHANNELS.presence(): ({*WHO} - {ENVIRONMENT}, {ENVIRONMENT}),
}


@pytest.mark.parametrize("name", RIGHTS)
def test_each_channel_has_its_writers_and_its_reader(name: str) -> None:
    assert ({who for who in WHO if may_write(who, name)}, {who for who in WHO if may_read(who, name)}) == RIGHTS[name]
    assert {who for who in WHO if may_write(who, parse(name))} == RIGHTS[name][0]


def test_nobody_may_use_what_is_no_channel() -> None:
    assert not any(may(who, "env_0__shell") for who in WHO for may in (may_write, may_read))


def test_every_body_has_its_kind_of_channel() -> None:
    assert set(KIND_OF) == {body.__name__ for body in BODIES} - {Silence.__name__, Sealed.__name__}
    assert set(KIND_OF.values()) == set(KINDS)
