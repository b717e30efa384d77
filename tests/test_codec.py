"""The codec: what is decoded equals what was encoded, to the last bit, and nothing else gets through."""

import json
from collections.abc import Mapping
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from msgspec import Struct
from msgspec.structs import astuple

from pgcore import codec
from pgcore.codec import CodecError, decode, encode
from pgcore.columns import Array, Flags, Index
from pgcore.forms import AXES
from pgcore.messages import BODIES, Answer, Body, Farewell, Hello, Message, NetworkState, Proposal, Question, Report, StateUpdate, Welcome

NUMBERS = st.floats(allow_nan=False, width=64)


def shapes(axes: int) -> st.SearchStrategy[tuple[int, ...]]:
    return hnp.array_shapes(min_dims=axes, max_dims=axes, min_side=0, max_side=3)


def floats(axes: int) -> st.SearchStrategy[Any]:
    return hnp.arrays(np.float64, shapes(axes), elements=NUMBERS)


def flags(axes: int) -> st.SearchStrategy[Any]:
    return hnp.arrays(np.bool_, shapes(axes))


ANY = st.integers(0, 4).flatmap(lambda axes: st.one_of(floats(axes), flags(axes), hnp.arrays(np.intp, shapes(axes))))
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
NAMED = st.dictionaries(NAMES, ANY, max_size=3)
NATURAL = st.integers(0, 2**130)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBERS | NAMES | ANY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES.filter(lambda n: n != "$"), inner, max_size=3),
)
TYPED: dict[Any, st.SearchStrategy[Any]] = {
    Mapping[str, Any]: st.dictionaries(NAMES.filter(lambda n: n != "$"), PLAIN, max_size=3),
    int: NATURAL,
    bool: st.booleans(),
    str: NAMES,
    bytes: st.binary(max_size=9),
}


def contents(hint: Any, axes: int) -> st.SearchStrategy[Any]:
    """Values of a type; arrays with so many axes."""
    parts = get_args(hint)
    if hint in TYPED:
        return TYPED[hint]
    if get_origin(hint) is Mapping:
        return NAMED
    if hint in (Array, Flags, Index):
        return hnp.arrays(get_args(parts[1])[0], shapes(axes), elements=NUMBERS if hint == Array else None)
    if isinstance(hint, type) and issubclass(hint, Struct):
        hints = get_type_hints(hint)
        return st.builds(hint, **{name: contents(part, AXES.get(name, 2)) for name, part in hints.items()})
    if type(None) in parts:
        return st.none() | contents(parts[0], axes)
    inner = [contents(part, axes) for part in parts if part is not ...]
    return st.lists(inner[0], max_size=2).map(tuple) if ... in parts else st.tuples(*inner)


def message(body: Body, **changed: Any) -> Message:
    envelope = {"env_id": "0", "episode": 1, "tick": 3, "sender": "MG1", "recipient": "environment", "epoch": 0, "seq": 4}
    return Message(**{**envelope, **changed}, body=body)


MESSAGES = st.sampled_from(BODIES).flatmap(
    lambda kind: st.builds(Message, NAMES, NATURAL, NATURAL, NAMES, NAMES, NATURAL, NATURAL, contents(kind, 2))
)


def assert_same(a: Any, b: Any) -> None:
    """Equal in type, shape and every bit, in the same order, whatever tuples or mappings hold it."""
    assert type(a) is type(b)
    if isinstance(a, np.ndarray):
        assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    elif isinstance(a, Mapping):
        assert list(a) == list(b)
        assert_same(list(a.values()), list(b.values()))
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    elif isinstance(a, Struct):
        assert_same(astuple(a), astuple(b))
    else:
        assert repr(a) == repr(b)


def arrays_of(part: Any) -> list[Any]:
    if isinstance(part, np.ndarray):
        return [part]
    if isinstance(part, Mapping):
        part = tuple(part.values())
    elif isinstance(part, Struct):
        part = astuple(part)
    return [array for inner in part for array in arrays_of(inner)] if isinstance(part, list | tuple) else []


def changed(data: bytes, **entries: Any) -> bytes:
    return json.dumps({**json.loads(data), **entries}).encode()


@given(MESSAGES)
def test_a_message_survives_to_the_last_bit(sent: Message) -> None:
    data = encode(sent)
    got = decode(data)
    assert_same(sent, got)
    assert encode(got) == data
    assert b"\n" not in data


@given(MESSAGES)
def test_decoded_arrays_cannot_be_written(sent: Message) -> None:
    arrays = arrays_of(decode(encode(sent)))
    assert all(not array.flags.writeable and (array.base is None or not array.base.flags.writeable) for array in arrays)


@pytest.mark.parametrize("value", [-0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1 + 0.2, np.inf, -np.inf])
def test_the_odd_numbers_survive(value: float) -> None:
    got = decode(encode(message(Answer(np.array([[value, 1.0]])))))
    assert got.body.settings.tobytes() == np.array([[value, 1.0]]).tobytes()  # type: ignore[union-attr]


def test_large_numbers_whose_sum_overflows_survive() -> None:
    big = np.full((1, 3), 1.7e308)
    assert decode(encode(message(Answer(big)))).body.settings.tolist() == big.tolist()  # type: ignore[union-attr]


def test_memory_layout_does_not_change_a_byte() -> None:
    values = np.arange(24.0).reshape(2, 3, 4)
    same = [values, np.asfortranarray(values), np.repeat(values, 2, axis=2)[:, :, ::2]]
    assert len({encode(message(StateUpdate(array, ()))) for array in same}) == 1


def test_an_array_is_written_as_kind_shape_and_values() -> None:
    data = encode(message(StateUpdate(np.array([[[0.25, -0.0]]]), ({"on": np.array([[True]]), "tap": np.array([[-2]])},))))
    assert b'"effects":["f",[1,1,2],[0.25,-0.0]],"states":[{"on":["b",[1,1],[true]],"tap":["i",[1,1],[-2]]}]' in data


BAD: dict[str, tuple[Body | Any, str]] = {
    "a NaN": (StateUpdate(np.zeros((1, 1, 1)), ({"soc": np.array([np.nan])},)), "states: soc: NaN"),
    "a NaN among plain data": (Welcome({"p": [float("nan")]}), "charter: NaN"),
    "float32": (Answer(np.zeros((1, 1), np.float32)), "settings: an array of float32, expected float64, bool or intp"),
    "bytes in another order": (Answer(np.zeros((1, 1), ">f8")), "settings: an array of >f8, expected float64, bool or intp"),
    "flags for numbers": (Answer(np.zeros((1, 1), np.bool_)), "settings: an array of bool and shape (1, 1), expected float64 with 2 axes"),
    "an axis too few": (Answer(np.zeros(3)), "settings: an array of float64 and shape (3,), expected float64 with 2 axes"),
    "a list for an array": (Answer([[1.0]]), "settings: [[1.0]] of type list, expected a numpy array"),  # type: ignore[arg-type]
    "a number as a name": (Question({1: np.zeros(1)}), "signal: 1: 1 of type int as a name"),  # type: ignore[dict-item]
    "a numpy integer": (Proposal(np.int64(1), 0, {}), "protocol: np.int64(1) of type int64, expected int"),  # type: ignore[arg-type]
    "a negative number": (Proposal(0, -1, {}), "round: -1 of type int, expected int >= 0"),
    "half a surrogate": (Farewell("\ud800"), "surrogates"),
    "what is not plain": (Welcome({"x": {1, 2}}), "expected plain data"),
    "a reserved name": (Welcome({"$": 1}), "reserved"),
    "three ends of a mask": (Report(*[np.zeros((1, 1))] * 4, (np.zeros((1, 1)),) * 3), "mask: 3 parts, expected 2"),  # type: ignore[call-arg, arg-type]
    "something else": (NetworkState, "the body is a StructMeta, expected one of Start"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_no_message_may_hold_is_refused_with_its_place(what: str) -> None:
    body, words = BAD[what]
    with pytest.raises(CodecError) as refused:
        encode(message(body))
    assert words in str(refused.value)


@pytest.mark.parametrize(("name", "value"), [("tick", 1.0), ("seq", -1), ("sender", None), ("episode", True)])
def test_a_wrong_envelope_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(CodecError, match=f"^{name}: "):
        encode(message(Hello(), **{name: value}))


HELLO = encode(message(Hello()))
UPDATE = encode(message(StateUpdate(np.ones((1, 1, 2)), ())))

CHARTER = changed(HELLO, body={"type": "Welcome", "charter": {"a": 0}})

WRONG: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not a message"),
    "half a message": (UPDATE[:-5], "not a message"),
    "two messages": (HELLO + HELLO, "trailing characters"),
    "a field too many": (changed(HELLO, x=1), "unknown field `x`"),
    "a field too few": (HELLO.replace(b'"tick":3,', b""), "missing required field `tick`"),
    "an unknown body": (changed(HELLO, body={"type": "Shell"}), "'Shell'"),
    "text for an array": (changed(UPDATE, body={"type": "StateUpdate", "effects": "x", "states": []}), "$.body.effects"),
    "text for a number": (UPDATE.replace(b"[1.0,1.0]", b'[1.0,"1.0"]'), "Invalid enum value"),
    "null for a number": (UPDATE.replace(b"[1.0,1.0]", b"[1.0,null]"), "$.body.effects[2][1]"),
    "NaN": (UPDATE.replace(b"[1.0,1.0]", b"[1.0,NaN]"), "not a message"),
    "another kind of array": (UPDATE.replace(b'"f",', b'"b",'), "$.body.effects"),
    "values that do not fit the shape": (UPDATE.replace(b"[1.0,1.0]", b"[1.0]"), "StateUpdate from 'MG1' is wrong: effects: cannot reshape"),
    "a guessed axis": (UPDATE.replace(b"[1,1,2]", b"[1,1,-1]"), "`int` >= 0"),
    "an axis too many": (UPDATE.replace(b"[1,1,2]", b"[1,1,2,1]"), "expected 3 axes"),
    "a shape past all memory": (UPDATE.replace(b"[1,1,2]", b"[4611686018427387904,4,2]"), "effects"),
    "no JSON at all": (b"\x80\x04\x95", "not a message"),
    "half a character": (HELLO.replace(b"MG1", b"\xff"), "not a message"),
    "brackets without end": (b"[" * 200_000, "not a message"),
    "brackets without end in a charter": (CHARTER.replace(b'"a": 0', b'"a":' + b"[" * 99_999), "not a message"),
    "a number of a thousand digits": (changed(HELLO, tick=0).replace(b'"tick": 0', b'"tick": ' + b"9" * 5000), "not a message"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_bytes_are_refused_in_words(what: str) -> None:
    data, words = WRONG[what]
    with pytest.raises(CodecError) as refused:
        decode(data)
    assert words in str(refused.value)


@pytest.mark.parametrize("data", [changed(HELLO, v=2), changed(HELLO, v=2, body={"type": "Later"}), b'{"v":2}'])
def test_another_version_is_refused_whatever_else_it_holds(data: bytes) -> None:
    with pytest.raises(CodecError, match="a message of version 2, expected version 1"):
        decode(data)


SHARDS = [b"-", b"[", b"1e999", b'"', b"null"]


@given(MESSAGES, st.data())
def test_mutated_bytes_are_refused_or_are_a_message(sent: Message, data: st.DataObject) -> None:
    mutated = bytearray(encode(sent))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(mutated)))
        mutated[place : place + data.draw(st.integers(0, 3))] = data.draw(
            st.binary(max_size=3) | st.sampled_from([b"-", b"[", b"1e999", b'"', b"null"])
        )
    try:
        got = decode(bytes(mutated))
    except CodecError:
        return
    assert_same(decode(encode(got)), got)


@given(st.binary(max_size=60))
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(CodecError):
        decode(data)


def test_a_message_that_is_too_long_is_refused_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "LARGEST_BYTES", 100)
    with pytest.raises(CodecError, match="a StateUpdate of .* bytes, expected at most 100"):
        encode(message(StateUpdate(np.zeros((9, 1, 5)), ())))
    with pytest.raises(CodecError, match="bytes, expected a message of at most 100"):
        decode(b" " * 101)


def test_the_limit_is_64_mib() -> None:
    assert codec.LARGEST_BYTES == 67_108_864
