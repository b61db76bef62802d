"""The Merkle tree of the log: hashing, growing, and proofs of inclusion and of consistency.

Specification: RFC 6962 section 2.1 (hashing and what a proof holds) with SHA-256, and RFC 9162 sections 2.1.3.2 and
2.1.4.2 (the checks of proofs, which are the same tree). Left out: other hash algorithms, proofs for several leaves.

A hash is 32 bytes. A node is addressed by (level, index): level 0 holds the leaf hashes in order, and node i of level
n + 1 is the hash of nodes 2i and 2i + 1 of level n. Only complete nodes (whose 2^level leaves are all there) exist, so
a node never changes once it is made, and a store keeps fewer than two nodes a leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from typing import NamedTuple

from lossproof.errors import FormatError, VerificationError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves (RFC 6962 section 2.1)."""

Address = tuple[int, int]
"""(level, index) of a complete node."""

NodeReader = Callable[[Sequence[Address]], Sequence[bytes]]
"""Given addresses of complete nodes, their hashes in the same order."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: SHA-256(00 || entry), 32 bytes."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """`leaf_hash` of each entry, for many at once."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(01 || left || right), 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


class NodeRun(NamedTuple):
    """Finished nodes of one level, side by side: `hashes[i]` is the node (level, first + i)."""

    level: int
    first: int
    hashes: list[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """All that is needed to go on growing a tree: its size and its peaks, the complete subtrees that it is made of, the
    largest (leftmost) first. There are as many peaks as `size` has bits set.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise FormatError(f"a tree of {self.size} leaves does not have {len(self.peaks)} peaks")
        for peak in self.peaks:
            _check_hash(peak)

    def root(self) -> bytes:
        """The root hash of the tree, 32 bytes; `EMPTY_ROOT` when it has no leaves."""
        return _fold(self.peaks)

    def append(self, hashes: Iterable[bytes]) -> Frontier:
        """The frontier after these leaf hashes are added, in order."""
        return self.grow(hashes)[0]

    def grow(self, hashes: Iterable[bytes]) -> tuple[Frontier, list[NodeRun]]:
        """The frontier after these leaf hashes are added, and every node that this finished, leaves included, a run a
        level from level 0 upwards. Adding m leaves makes fewer than m inner nodes and looks at log2(size) peaks.
        """
        added = list(hashes)
        runs: list[NodeRun] = []
        spare = list(self.peaks)  # not yet passed; the smallest peak is the last
        kept: list[bytes] = []  # peaks of the new tree, the smallest first
        level, before, nodes = 0, self.size, added
        while nodes:
            runs.append(NodeRun(level, before, nodes))
            row = chain((spare.pop(),), nodes) if before & 1 else iter(nodes)
            if (before + len(nodes)) & 1:
                kept.append(nodes[-1])
            # With an odd row, the pairing takes the last node and drops it: it waits for its sibling as a peak.
            nodes = [sha256(b"\x01" + left + right).digest() for left, right in zip(row, row, strict=False)]
            level, before = level + 1, before >> 1
        # No node of this level is new, so its peaks and those above it stand as they were.
        peaks = (*spare, *reversed(kept))
        return Frontier(size=self.size + len(added), peaks=peaks), runs

    def to_hashes(self) -> bytes:
        """The peaks side by side, 32 bytes each, the largest first: with `size`, what a store keeps."""
        return b"".join(self.peaks)

    @staticmethod
    def from_hashes(size: int, hashes: bytes) -> Frontier:
        """The frontier that `to_hashes` wrote. Raises `FormatError` when the length does not fit the size."""
        cut = range(0, len(hashes), HASH_BYTES)
        return Frontier(size=size, peaks=tuple(hashes[at : at + HASH_BYTES] for at in cut))


def nodes(runs: Iterable[NodeRun]) -> Iterator[tuple[int, int, bytes]]:
    """(level, index, hash) of every node of the runs, for a store that keeps a row a node."""
    for level, first, hashes in runs:
        for index, value in enumerate(hashes, first):
            yield level, index, value


def tree_root(hashes: Iterable[bytes]) -> bytes:
    """The root, 32 bytes, of the tree over these leaf hashes."""
    return Frontier().append(hashes).root()


def memory_reader(hashes: Iterable[bytes]) -> NodeReader:
    """A reader of the nodes of the tree over these leaf hashes, all held in memory (at most 64 bytes a leaf of hash)."""
    levels = [run.hashes for run in Frontier().grow(hashes)[1]]

    def read(addresses: Sequence[Address]) -> Sequence[bytes]:
        return [levels[level][index] for level, index in addresses]

    return read


def root_nodes(size: int) -> list[Address]:
    """The peaks of a tree of `size` leaves, the largest first: `Frontier.from_hashes(size, b"".join(read(...)))`."""
    return _cover(0, size)


def inclusion_nodes(index: int, size: int) -> list[list[Address]]:
    """For each hash of the inclusion proof of leaf `index` in the tree of `size` leaves, from the leaf's sibling
    upwards: the complete nodes, largest first, that it is folded from. Raises `VerificationError` when there is no such
    leaf.
    """
    if not 0 <= index < size:
        raise VerificationError(f"a tree of {size} leaves has no leaf {index}")
    path: list[list[Address]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_cover(middle, end))
            end = middle
        else:
            path.append(_cover(start, middle))
            start = middle
    return path[::-1]


def consistency_nodes(old: int, new: int) -> list[list[Address]]:
    """For each hash of the consistency proof between the trees of `old` and of `new` leaves: the complete nodes,
    largest first, that it is folded from. Empty when `old` is 0 or equal to `new`: nothing is to be proved. Raises
    `VerificationError` when `old` is larger than `new`.
    """
    if not 0 <= old <= new:
        raise VerificationError(f"a tree of {new} leaves does not extend one of {old}")
    if old in (0, new):
        return []
    path: list[list[Address]] = []
    start, end = 0, new
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_cover(middle, end))
            end = middle
        else:
            path.append(_cover(start, middle))
            start = middle
    # The verifier knows the old root: it is left out where the old tree is itself a complete subtree.
    if start:
        path.append(_cover(start, end))
    return path[::-1]


def prove_inclusion(read: NodeReader, index: int, size: int) -> list[bytes]:
    """The inclusion proof (RFC 6962 section 2.1.1) of leaf `index` in the tree of `size` leaves, from the leaf's
    sibling upwards. `read` is called once, for fewer than 2 log2(size) nodes.
    """
    return _read_folded(read, inclusion_nodes(index, size))


def prove_consistency(read: NodeReader, old: int, new: int) -> list[bytes]:
    """The consistency proof (RFC 6962 section 2.1.2) between the trees of `old` and of `new` leaves; empty when `old` is
    0 or equal to `new`. `read` is called once.
    """
    return _read_folded(read, consistency_nodes(old, new))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return if the leaf hash `leaf` stands at `index` in the tree of `size` leaves with this root (RFC 9162 section
    2.1.3.2). Raises `VerificationError` if that is not shown, `FormatError` for a hash that is not 32 bytes.
    """
    for value in (leaf, root, *proof):
        _check_hash(value)
    if not 0 <= index < size:
        raise VerificationError(f"a tree of {size} leaves has no leaf {index}")
    at, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise VerificationError("the inclusion proof is too long")
        if at & 1 or at == last:
            value = node_hash(sibling, value)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise VerificationError("the inclusion proof is too short")
    if value != root:
        raise VerificationError("the inclusion proof does not lead to the root")


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Return if the tree of `old_size` leaves is the beginning of the tree of `new_size` leaves (RFC 9162 section
    2.1.4.2; an empty old tree wants an empty proof). Raises `VerificationError` if that is not shown, `FormatError` for
    a hash that is not 32 bytes.
    """
    for value in (old_root, new_root, *proof):
        _check_hash(value)
    if not 0 <= old_size <= new_size:
        raise VerificationError(f"a tree of {new_size} leaves does not extend one of {old_size}")
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise VerificationError("a tree without leaves has another root")
    if old_size == new_size and old_root != new_root:
        raise VerificationError(f"two trees of {old_size} leaves have different roots")
    if old_size in (0, new_size):
        if proof:
            raise VerificationError("the consistency proof is too long")
        return
    _verify_extension(old_size, old_root, new_size, new_root, proof)


def _verify_extension(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """The check of RFC 9162 section 2.1.4.2 itself, for 0 < old_size < new_size."""
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    # An old tree that is a complete subtree of the new one is its own first hash. (at == 0 exactly then.)
    path = [old_root, *proof] if at == 0 else list(proof)
    if not path:
        raise VerificationError("the consistency proof is too short")
    old = new = path[0]
    for value in path[1:]:
        if last == 0:
            raise VerificationError("the consistency proof is too long")
        if at & 1 or at == last:
            old, new = node_hash(value, old), node_hash(value, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, value)
        at, last = at >> 1, last >> 1
    if last:
        raise VerificationError("the consistency proof is too short")
    if old != old_root:
        raise VerificationError("the consistency proof does not lead to the old root")
    if new != new_root:
        raise VerificationError("the consistency proof does not lead to the new root")


def _check_hash(value: bytes) -> None:
    if len(value) != HASH_BYTES:
        raise FormatError(f"a hash is {len(value)} bytes long, not {HASH_BYTES}")


def _split(count: int) -> int:
    """The largest power of two below `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)


def _cover(start: int, end: int) -> list[Address]:
    """The complete nodes over leaves `start` to `end`, largest first. `start` must be a multiple of the smallest power
    of two that is not below the count; RFC 6962 only ever splits a tree so.
    """
    cover: list[Address] = []
    while start < end:
        level = (end - start).bit_length() - 1
        cover.append((level, start >> level))
        start += 1 << level
    return cover


def _fold(peaks: Sequence[bytes]) -> bytes:
    """The hash over adjoining complete subtrees, the largest first."""
    if not peaks:
        return EMPTY_ROOT
    *rest, value = peaks
    for peak in reversed(rest):
        value = node_hash(peak, value)
    return value


def _read_folded(read: NodeReader, path: list[list[Address]]) -> list[bytes]:
    """The hashes of a proof, all their nodes read in one call."""
    read_hashes = iter(read([address for cover in path for address in cover]))
    return [_fold([next(read_hashes) for _ in cover]) for cover in path]
