"""What stands in the members of an evidence pack that are no other specification's: tail, heads proofs, names, consistency proofs.

Specification: docs/reference/evidence-pack.md, "The members". Each has one spelling: what is read is what would be written.
Left out: entries and statements (`wire.facts`), notes, inclusion proofs, envelopes and keys, which have modules of their own.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from typing import Annotated, Any

from lossproof.errors import FormatError
from lossproof.ledger.encoding import decode_base64, encode_base64
from lossproof.ledger.heads import AbsenceProof, HeadProof
from lossproof.ledger.tree import HASH_BYTES, Frontier
from lossproof.model.shapes import Digest, Shaped, Text

MAX_PROOF_HASHES = 63
MAX_HEADS_BYTES = 32 << 10
MAX_NAMES_BYTES = 1 << 20

_TAIL = re.compile(rb'\{"from":(0|[1-9][0-9]{0,8}),"peaks":\[((?:"[0-9a-f]{64}",?)*)\]\}')
_HASH = re.compile(r"[0-9a-f]{64}")


class NameKind(StrEnum):
    """What a name is of."""

    ORGANISATION = "organisation"
    SERIAL = "serial"
    ASSET_TAG = "asset_tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Shaped):
    """A value that stands as a salted digest in a fact: SHA-256 of the salt's 16 bytes (in hexadecimal here) and the value."""

    digest: Digest
    kind: NameKind
    salt: Annotated[str, Text(pattern=r"[0-9a-f]{32}")]
    value: Annotated[str, Text(pattern=r"(?s:.*)")]

    def holds(self) -> bool:
        """Whether the digest is that of salt and value."""
        return sha256(bytes.fromhex(self.salt) + self.value.encode()).hexdigest() == self.digest


def write_tail_start(start: int, peaks: Sequence[bytes]) -> bytes:
    """`tail.json`: where the tail starts, and the peaks of the tree before it."""
    return _written({"from": start, "peaks": [peak.hex() for peak in peaks]})


def read_tail_start(text: bytes) -> Frontier:
    """The tree before the tail. Raises `FormatError`, also for another number of peaks than a tree of that size has."""
    match = _TAIL.fullmatch(text) if len(text) < 4096 else None
    if match is None:
        raise FormatError("tail.json is not of its shape")
    peaks = [bytes.fromhex(one) for one in re.findall(r"[0-9a-f]{64}", match[2].decode("ascii"))]
    if write_tail_start(int(match[1]), peaks) != text:
        raise FormatError("tail.json is not canonical JSON")
    return Frontier(size=int(match[1]), peaks=tuple(peaks))


def write_tail(entries: Iterable[bytes]) -> bytes:
    """`tail`: each entry behind its length."""
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def read_tail(tail: bytes) -> list[bytes]:
    """The entries of the tail. Raises `FormatError` where it ends in one."""
    entries: list[bytes] = []
    at = 0
    while at < len(tail):
        end = at + 2 + int.from_bytes(tail[at : at + 2], "big")
        if end > len(tail) or at + 2 > len(tail):
            raise FormatError("the tail ends in an entry")
        entries.append(tail[at + 2 : end])
        at = end
    return entries


def write_consistency(hashes: Iterable[bytes]) -> bytes:
    """A consistency proof: each hash in base64 on a line of its own."""
    return "".join(f"{encode_base64(value)}\n" for value in hashes).encode("ascii")


def read_consistency(proof: bytes) -> list[bytes]:
    """The hashes of a consistency proof. Raises `FormatError`."""
    if len(proof) > MAX_PROOF_HASHES * 45:
        raise FormatError("a consistency proof is too long")
    *lines, rest = proof.decode("latin-1").split("\n")
    if rest:
        raise FormatError("a consistency proof does not end in a line feed")
    return [decode_base64(line, "a hash of a consistency proof", size_bytes=HASH_BYTES) for line in lines]


def write_heads(proof: HeadProof | AbsenceProof) -> bytes:
    """`heads/SUBJECT.json`."""
    if isinstance(proof, HeadProof):
        return _written(_neighbour(proof) | {"count": proof.count})
    left, right = (None if one is None else _neighbour(one) for one in (proof.before, proof.after))
    return _written({"count": proof.count, "last": None, "left": left, "right": right, "subject": proof.subject})


def read_heads(text: bytes) -> HeadProof | AbsenceProof:
    """The proof in `heads/SUBJECT.json`, not verified. Raises `FormatError`."""
    shape = _read(text, MAX_HEADS_BYTES, "a heads proof")
    if not isinstance(shape, dict) or not _is_number(shape.get("count")):
        raise FormatError("a heads proof is not of its shape")
    count, proof = shape["count"], None
    if shape.get("last") is not None:
        proof = _head({key: value for key, value in shape.items() if key != "count"}, count)
    elif shape.keys() == {"count", "last", "left", "right", "subject"} and isinstance(shape["subject"], str):
        left, right = (None if shape[side] is None else _head(shape[side], count) for side in ("left", "right"))
        if left is None and right is None:
            raise FormatError("a heads proof of absence has no neighbours")
        return AbsenceProof(subject=shape["subject"], count=count, before=left, after=right)
    if proof is None:
        raise FormatError("a heads proof is not of its shape")
    return proof


def write_names(names: Iterable[Name]) -> bytes:
    """`names.json`."""
    return _written(
        [
            {"digest": one.digest, "kind": one.kind.value, "salt": one.salt, "value": one.value}
            for one in sorted(names, key=lambda name: name.digest)
        ]
    )


def read_names(text: bytes) -> list[Name]:
    """The names in `names.json`, their digests not yet compared. Raises `FormatError`."""
    shape = _read(text, MAX_NAMES_BYTES, "names.json")
    if not isinstance(shape, list):
        raise FormatError("names.json is not an array")
    names = [_name(one) for one in shape]
    if any(left.digest >= right.digest for left, right in pairwise(names)):
        raise FormatError("names.json is not sorted by digest, each once")
    return names


def _name(shape: Any) -> Name:
    if not isinstance(shape, dict) or shape.keys() != {"digest", "kind", "salt", "value"}:
        raise FormatError("a name is not of its shape")
    try:
        shape["value"].encode()
        return Name(**(shape | {"kind": NameKind(shape["kind"])}))
    except (AttributeError, TypeError, ValueError):  # a lone surrogate is a ValueError
        raise FormatError("a name has a field that is not of its shape") from None


def _neighbour(proof: HeadProof) -> dict[str, Any]:
    return {
        "last": proof.last,
        "path": [value.hex() for value in proof.path],
        "position": proof.position,
        "subject": proof.subject,
    }


def _head(shape: Any, count: int) -> HeadProof:
    if not isinstance(shape, dict) or shape.keys() != {"last", "path", "position", "subject"}:
        raise FormatError("a heads proof is not of its shape")
    last, path, position, subject = shape["last"], shape["path"], shape["position"], shape["subject"]
    numbers = _is_number(last) and _is_number(position)
    if not numbers or not isinstance(subject, str) or not isinstance(path, list):
        raise FormatError("a heads proof is not of its shape")
    if not all(isinstance(value, str) and _HASH.fullmatch(value) for value in path):
        raise FormatError("a heads proof has a path that is not of hashes")
    return HeadProof(
        subject=subject, last=last, position=position, count=count, path=tuple(bytes.fromhex(value) for value in path)
    )


def _is_number(value: Any) -> bool:
    return type(value) is int and value >= 0


def _written(shape: Any) -> bytes:
    """Canonical JSON (RFC 8785 for ASCII keys and small integers), with non-ASCII characters escaped."""
    return json.dumps(shape, sort_keys=True, separators=(",", ":")).encode("ascii")


def _read(text: bytes, most_bytes: int, what: str) -> Any:
    if len(text) > most_bytes:
        raise FormatError(f"{what} is too long")
    try:
        shape = json.loads(text)
        canonical = _written(shape) == text
    except (ValueError, RecursionError):
        raise FormatError(f"{what} is not JSON") from None
    if not canonical:
        raise FormatError(f"{what} is not canonical JSON")
    return shape
