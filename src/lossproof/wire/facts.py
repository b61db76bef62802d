"""Statements become canonical JSON and back: in-toto Statement v1, and the entries of the log (RFC 8785).

Canonical means that there is one spelling: what is read must be what would be written, byte for byte, so nothing can hide in a
field that is not known. All strings are ASCII and all numbers small integers, where RFC 8785 is sorted keys without spaces.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec

from lossproof.errors import FormatError
from lossproof.model.entry import Entry
from lossproof.model.fact import Predicate, Statement, Subject
from lossproof.model.facts import PREDICATE_TYPE, kinds
from lossproof.model.shapes import DAY, TIME

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
_ENTRY = re.compile(
    rb'\{"about":(?:"([0-9a-f]{32})"|null),"digest":"([0-9a-f]{64})","kind":"(fact|heads)","known_at":"('
    + DAY.encode()
    + rb")(T"
    + TIME.encode()
    + rb'\.[0-9]{3}Z)","previous":(?:(0|[1-9][0-9]{0,8})|null),"v":1\}'
).fullmatch
_new = object.__new__
_set_v, _set_kind, _set_known_at, _set_about, _set_previous, _set_digest = (
    getattr(Entry, name).__set__ for name in ("v", "kind", "known_at", "about", "previous", "digest")
)
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
    """The entry in `text`. Raises `FormatError` for anything that `encode_entry` would not write.

    Replaying a log reads a million of these, so the one spelling is matched as a whole, and what `Entry` checks with it.
    """
    match = _ENTRY(text)
    if match is None or not _is_day(match[4]):
        raise FormatError("a log entry that is not of its shape, or not canonical JSON")
    about, digest, kind, day, time, previous = match.groups()
    if (about is None) != (kind == b"heads"):
        raise FormatError("a log entry that is not of its shape")
    entry = _new(Entry)
    _set_v(entry, 1)
    _set_kind(entry, kind.decode())
    _set_known_at(entry, (day + time).decode())
    _set_about(entry, about and about.decode())
    _set_previous(entry, previous and int(previous))
    _set_digest(entry, digest.decode())
    return entry


@lru_cache(maxsize=4096)
def _is_day(day: bytes) -> bool:
    try:
        date.fromisoformat(day.decode())
    except ValueError:
        return False
    return True
