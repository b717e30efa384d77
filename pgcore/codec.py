"""The codec: a message as compact JSON and back, exact to the last bit.

A message is one object: the version of the vocabulary, the envelope, and the body tagged with the name of its class::

    {"v":1,"env_id":"0","episode":1,"tick":3,"sender":"MG1","recipient":"environment","epoch":0,"seq":4,
     "body":{"type":"StateUpdate","effects":["f",[1,1,2],[0.25,-0.0]],"states":[{"energy_mwh":["f",[1,2],[1.0,0.5]]}]}}

An array is ``[kind, shape, values]`` with kind ``f`` (float64), ``b`` (bool) or ``i`` (intp) and its values in C order; infinite values are ``"inf"``
and ``"-inf"``, and NaN is refused. The plain data of a ``Welcome`` come back with lists for tuples and with arrays as arrays.
"""

from functools import reduce
from operator import attrgetter, or_
from typing import Any

import msgspec
from msgspec.structs import fields

from pgcore.forms import CodecError, Form, form, record
from pgcore.messages import BODIES, VERSION, Message

__all__ = ["LARGEST_BYTES", "CodecError", "decode", "encode"]

LARGEST_BYTES = 64 * 1024 * 1024
"""A longer message is refused on both sides."""

_FORMS: dict[type, Form] = {kind: record(kind, tag_field="type", tag=kind.__name__) for kind in BODIES}
_UNPACK = {known.wire: known.unpack for known in _FORMS.values()}
_ENVELOPE = {field.name: form(field.type, 0) for field in fields(Message) if field.name != "body"}
_TYPES = tuple(field.type for field in fields(Message) if field.name != "body")
_WIRE = [("v", int), *((name, known.wire) for name, known in _ENVELOPE.items()), ("body", reduce(or_, _UNPACK))]


_values = attrgetter(*_ENVELOPE)


class _Head(msgspec.Struct):
    """The one thing that every version of a message begins with."""

    v: int


_to_json = msgspec.json.Encoder().encode
_from_json: Any = msgspec.json.Decoder(msgspec.defstruct("Message", _WIRE, forbid_unknown_fields=True, gc=False)).decode
_head = msgspec.json.Decoder(_Head).decode


def encode(message: Message) -> bytes:
    """A message as UTF-8 JSON on one line. Equal messages give equal bytes: memory layout does not matter, the order of named arrays does.

    Raises:
        CodecError: it holds something that no message may hold; says where.
    """
    body = message.body
    known = _FORMS.get(type(body))
    if known is None:
        raise CodecError(f"the body is a {type(body).__name__}, expected one of {', '.join(kind.__name__ for kind in BODIES)}")
    values = _values(message)
    if tuple(map(type, values)) != _TYPES or min(message.episode, message.tick, message.epoch, message.seq) < 0:
        raise CodecError(_misfit(message))
    try:
        data = _to_json({"v": VERSION, **dict(zip(_ENVELOPE, values, strict=True)), "body": known.pack(body)})
    except (ValueError, RecursionError) as error:
        raise CodecError(f"a {type(body).__name__} cannot be sent: {error}") from None
    if len(data) > LARGEST_BYTES:
        raise CodecError(f"a {type(body).__name__} of {len(data)} bytes, expected at most {LARGEST_BYTES}")
    return data


def decode(data: bytes) -> Message:
    """The message behind ``data``; its arrays are read-only.

    Raises:
        CodecError: ``data`` is not a message of this version; says what was found. No bytes raise anything else.
    """
    if len(data) > LARGEST_BYTES:
        raise CodecError(f"{len(data)} bytes, expected a message of at most {LARGEST_BYTES}")
    try:
        found = _from_json(data)
        if found.v == VERSION:
            body = _UNPACK[type(found.body)](found.body)
            return Message(found.env_id, found.episode, found.tick, found.sender, found.recipient, found.epoch, found.seq, body)
    except CodecError as error:
        raise CodecError(f"the {type(found.body).__name__} from {found.sender[:64]!r} is wrong: {error}") from None
    except (ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise CodecError(_version(data) or f"not a message: {error}") from error
    raise CodecError(_version(data))


def _misfit(message: Message) -> str:
    """Which field of the envelope is wrong."""
    for name, known in _ENVELOPE.items():
        try:
            known.pack(getattr(message, name))
        except CodecError as error:
            return f"{name}: {error}"
    return ""


def _version(data: bytes) -> str:
    """What is wrong with the version of ``data``; empty when nothing is, or when it has none."""
    try:
        found = _head(data).v
    except (ValueError, OverflowError, RecursionError, MemoryError):
        return ""
    return "" if found == VERSION else f"a message of version {found}, expected version {VERSION}; run the same version of pgcore on both sides"
