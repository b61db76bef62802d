"""Statements become canonical JSON and back: in-toto Statement v1, and the entries of the log (RFC 8785).

Canonical means that there is one spelling: what is read must be what would be written, byte for byte, so nothing can hide in a
field that is not known. All strings are ASCII and all numbers small integers, where RFC 8785 is sorted keys without spaces.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from lossproof.errors import FormatError
from lossproof.model.entry import Entry
from lossproof.model.fact import Predicate, Statement, Subject
from lossproof.model.facts import PREDICATE_TYPE, kinds

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
MOST_SUBJECTS = 16
MOST_BYTES = 1 << 20

_PREFIX, _, _SUFFIX = PREDICATE_TYPE.partition("{kind}")


class _Wire(msgspec.Struct, forbid_unknown_fields=True):
    predicate: msgspec.Raw
    predicate_type: str = msgspec.field(name="predicateType")
    subject: list[_WireSubject]
    type: str = msgspec.field(name="_type")


class _WireSubject(msgspec.Struct, forbid_unknown_fields=True):
    digest: dict[str, str]
    name: str


_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(_Wire).decode
_decode_entry = msgspec.json.Decoder(Entry).decode
_predicates: dict[str, msgspec.json.Decoder[Any]] = {}


def subject_of(identity: str, sha256: str | None = None) -> Subject:
    """The subject with a random id (32 hexadecimal digits), by `sha256` or else by the digest of the id's 16 bytes."""
    return Subject(id=identity, sha256=sha256 or hashlib.sha256(bytes.fromhex(identity)).hexdigest())


def encode_statement(statement: Statement) -> bytes:
    """The statement as canonical JSON: what is signed."""
    return _encode(
        {
            "_type": STATEMENT_TYPE,
            "predicate": statement.predicate,
            "predicateType": f"{_PREFIX}{statement.kind}{_SUFFIX}",
            "subject": [{"digest": {"sha256": one.sha256}, "name": one.id} for one in statement.subjects],
        }
    )


def encode_predicate(predicate: Predicate) -> bytes:
    """What a statement says, alone, as canonical JSON."""
    return _encode(predicate)


def decode_statement(payload: bytes) -> Statement:
    """The statement in `payload`. Raises `FormatError` for anything that `encode_statement` would not write."""
    if len(payload) > MOST_BYTES:
        raise FormatError("a statement larger than a mebibyte")
    try:
        wire = _decode(payload)
        kind = wire.predicate_type.removeprefix(_PREFIX).removesuffix(_SUFFIX)
        statement = Statement(
            subjects=tuple(Subject(id=one.name, sha256=one.digest.get("sha256", "")) for one in wire.subject),
            predicate=_decoder(kind).decode(wire.predicate),
        )
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise FormatError("a statement that is not of its kind's shape") from None
    if not 1 <= len(statement.subjects) <= MOST_SUBJECTS or len({one.id for one in statement.subjects}) != len(
        wire.subject
    ):
        raise FormatError("a statement without subjects, with one twice, or with too many")
    if encode_statement(statement) != payload:
        raise FormatError("a statement that is not canonical JSON, or has a field that is not known")
    return statement


def _decoder(kind: str) -> msgspec.json.Decoder[Any]:
    if kind not in _predicates:
        if kind not in kinds():
            raise FormatError("a statement of a kind that is not known")
        _predicates[kind] = msgspec.json.Decoder(kinds()[kind])
    return _predicates[kind]


def encode_entry(entry: Entry) -> bytes:
    """The entry as canonical JSON: what is hashed into the tree."""
    return _encode(entry)


def decode_entry(text: bytes) -> Entry:
    """The entry in `text`. Raises `FormatError` for anything that `encode_entry` would not write."""
    try:
        entry = _decode_entry(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise FormatError("a log entry that is not of its shape") from None
    if _encode(entry) != text:
        raise FormatError("a log entry that is not canonical JSON")
    return entry
