"""The heads tree: which leaf of the log is the last about each subject, so that completeness and absence can be proved.

Ours, on the tree of RFC 6962: the leaves are subject id (16 bytes) || index of its last leaf (8 bytes, big-endian), in
ascending order of subject, each subject once. A subject is absent when two neighbouring leaves have none between them.
Left out: whether the log told the truth. Only replaying all its entries shows that.

The number of subjects need not be trusted for a proof to hold: the directions of a path are fixed by position and count, and
a leaf reached only from the left (or right) is the last (or first) whatever is said of the count; two paths that part at
one node and turn towards each other below it end in neighbours.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from lossproof.errors import FormatError, VerificationError
from lossproof.ledger.encoding import MAX_NUMBER
from lossproof.ledger.tree import (
    EMPTY_ROOT,
    HASH_BYTES,
    leaf_hash,
    leaf_hashes,
    memory_reader,
    prove_inclusion,
    tree_root,
    verify_inclusion,
)

Pair = tuple[str, int]
"""(subject id: 32 hex digits in lower case, index of the last leaf about it)."""

_SUBJECT = re.compile(r"[0-9a-f]{32}")
MAX_PATH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadProof:
    """That the leaf at `position` of `count` says: the last entry about `subject` is leaf `last` of the log. `path` is
    its inclusion proof. Raises `FormatError` for what cannot be one.
    """

    subject: str
    last: int
    position: int
    count: int
    path: tuple[bytes, ...]

    def __post_init__(self) -> None:
        _head_entry(self.subject, self.last)
        if not 0 <= self.position < self.count <= MAX_NUMBER:
            raise FormatError("a head proof has a position outside its count")
        if len(self.path) > MAX_PATH or any(len(value) != HASH_BYTES for value in self.path):
            raise FormatError("the path of a head proof is not at most 64 hashes")


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceProof:
    """That no leaf of `count` is about `subject`: the leaf before its place and the one after, None at either end."""

    subject: str
    count: int
    before: HeadProof | None
    after: HeadProof | None


def head_leaf(subject: str, last: int) -> bytes:
    """The leaf hash, 32 bytes, that says: the last entry about `subject` is leaf `last`. Raises `FormatError`."""
    return leaf_hash(_head_entry(subject, last))


def heads_root(pairs: Sequence[Pair]) -> bytes:
    """The root, 32 bytes, over (subject, last) pairs in ascending order of subject. Raises `FormatError` for another
    order, a subject that is there twice, or a malformed pair.
    """
    return tree_root(_leaves(pairs))


def prove_head(pairs: Sequence[Pair], subject: str) -> HeadProof | AbsenceProof:
    """The proof that a subject is, or is not, in these pairs, which are as `heads_root` wants them. Hashes the whole
    tree: about 2 us a pair.
    """
    return prove_heads(pairs, (subject,))[0]


def prove_heads(pairs: Sequence[Pair], subjects: Sequence[str]) -> list[HeadProof | AbsenceProof]:
    """`prove_head` for each of several subjects, the tree hashed once."""
    count = len(pairs)
    read = memory_reader(_leaves(pairs))

    def proof(position: int) -> HeadProof:
        subject, last = pairs[position]
        path = tuple(prove_inclusion(read, position, count))
        return HeadProof(subject=subject, last=last, position=position, count=count, path=path)

    def answer(subject: str) -> HeadProof | AbsenceProof:
        _head_entry(subject, 0)
        place = bisect_left(pairs, subject, key=itemgetter(0))
        if place < count and pairs[place][0] == subject:
            return proof(place)
        before = proof(place - 1) if place else None
        after = proof(place) if place < count else None
        return AbsenceProof(subject=subject, count=count, before=before, after=after)

    return [answer(subject) for subject in subjects]


def verify_head(proof: HeadProof | AbsenceProof, subject: str, root: bytes) -> int | None:
    """The index of the last leaf about `subject`, or None: it is shown that there is none, by the heads tree with this
    root. Raises `VerificationError` where the proof is about another subject or does not hold.
    """
    if proof.subject != subject:
        raise VerificationError("the head proof is about another subject")
    if isinstance(proof, HeadProof):
        _verify_present(proof, root)
        return proof.last
    _verify_absent(proof, root)
    return None


def _verify_present(proof: HeadProof, root: bytes) -> None:
    verify_inclusion(head_leaf(proof.subject, proof.last), proof.position, proof.count, proof.path, root)


def _verify_absent(proof: AbsenceProof, root: bytes) -> None:
    before, after = proof.before, proof.after
    if before is None and after is None:
        if proof.count or root != EMPTY_ROOT:
            raise VerificationError("the absence proof names no neighbour")
        return
    first = before.position + 1 if before else 0
    if first != (after.position if after else proof.count):
        raise VerificationError("the neighbours in the absence proof do not adjoin")
    if (before and before.subject >= proof.subject) or (after and after.subject <= proof.subject):
        raise VerificationError("the subject does not lie between the neighbours in the absence proof")
    for neighbour in (before, after):
        if neighbour is not None:
            if neighbour.count != proof.count:
                raise VerificationError("the neighbours in the absence proof are of different trees")
            _verify_present(neighbour, root)


def _head_entry(subject: str, last: int) -> bytes:
    if not _SUBJECT.fullmatch(subject):
        raise FormatError("a subject id is not 32 hex digits in lower case")
    if not 0 <= last <= MAX_NUMBER:
        raise FormatError("the index of a leaf is not between 0 and 2^63 - 1")
    return bytes.fromhex(subject) + last.to_bytes(8, "big")


def _leaves(pairs: Sequence[Pair]) -> list[bytes]:
    if any(left[0] >= right[0] for left, right in pairwise(pairs)):
        raise FormatError("the heads are not in ascending order of subject, each once")
    return leaf_hashes(_head_entry(subject, last) for subject, last in pairs)
