"""The tree and its proofs, against the definitions of RFC 6962 written out as they stand there."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lossproof.errors import FormatError, VerificationError
from lossproof.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_nodes,
    inclusion_nodes,
    leaf_hash,
    leaf_hashes,
    memory_reader,
    node_hash,
    nodes,
    prove_consistency,
    prove_inclusion,
    root_nodes,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

LARGEST = 300
LEAVES = leaf_hashes(str(number).encode() for number in range(LARGEST))
READ = memory_reader(LEAVES)
HASH = st.binary(min_size=32, max_size=32)

# Leaves and root of the eight-leaf example that implementations of RFC 6962 share; made again with coreutils and xxd:
# each leaf `(printf '\0'; printf HEX | xxd -r -p) | sha256sum`, each node the same with 01 before its two hashes.
SHARED_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
SHARED_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def split(count: int) -> int:
    """RFC 6962: the largest power of two smaller than n."""
    k = 1
    while 2 * k < count:
        k *= 2
    return k


@cache
def mth(start: int, end: int) -> bytes:
    """RFC 6962 2.1: the Merkle Tree Hash of D[start:end], over LEAVES."""
    if start == end:
        return sha256().digest()
    if end - start == 1:
        return LEAVES[start]
    middle = start + split(end - start)
    return sha256(b"\x01" + mth(start, middle) + mth(middle, end)).digest()


def path(m: int, start: int, end: int) -> list[bytes]:
    """RFC 6962 2.1.1: PATH(m, D[start:end])."""
    if end - start == 1:
        return []
    k = split(end - start)
    if m < k:
        return [*path(m, start, start + k), mth(start + k, end)]
    return [*path(m - k, start + k, end), mth(start, start + k)]


def subproof(m: int, start: int, end: int, whole: bool) -> list[bytes]:
    """RFC 6962 2.1.2: SUBPROOF(m, D[start:end], b)."""
    if m == end - start:
        return [] if whole else [mth(start, end)]
    k = split(end - start)
    if m <= k:
        return [*subproof(m, start, start + k, whole), mth(start + k, end)]
    return [*subproof(m - k, start + k, end, False), mth(start, start + k)]


def test_the_shared_example_has_its_root():
    assert tree_root(leaf_hashes(bytes.fromhex(leaf) for leaf in SHARED_LEAVES)).hex() == SHARED_ROOT


def test_leaves_and_nodes_cannot_be_taken_for_each_other():
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"x") == leaf_hashes([b"x"])[0] == sha256(b"\x00x").digest()
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_every_tree_has_the_root_and_the_peaks_that_the_definition_gives():
    frontier = Frontier()
    for size in range(LARGEST + 1):
        assert frontier.root() == mth(0, size) == tree_root(LEAVES[:size])
        assert Frontier.from_hashes(size, b"".join(READ(root_nodes(size)))) == frontier
        assert Frontier.from_hashes(size, frontier.to_hashes()) == frontier
        frontier = frontier.append(LEAVES[size : size + 1])


def test_every_inclusion_proof_is_the_defined_one_and_holds():
    for size in range(1, LARGEST + 1):
        for index in range(size):
            proof = prove_inclusion(READ, index, size)
            assert proof == path(index, 0, size)
            verify_inclusion(LEAVES[index], index, size, proof, mth(0, size))


def test_every_consistency_proof_is_the_defined_one_and_holds():
    for new in range(LARGEST + 1):
        for old in range(new + 1):
            proof = prove_consistency(READ, old, new)
            assert proof == (subproof(old, 0, new, True) if old else [])
            verify_consistency(old, mth(0, old), new, mth(0, new), proof)


def test_a_changed_inclusion_proof_is_refused():
    for size in (1, 2, 3, 7, 8, 21):
        root = mth(0, size)
        for index in range(size):
            proof = prove_inclusion(READ, index, size)
            others = [*(other for other in range(-1, size + 1) if other != index)]
            for other in others:
                with pytest.raises(VerificationError):
                    verify_inclusion(LEAVES[index], other, size, proof, root)
                with pytest.raises(VerificationError):
                    verify_inclusion(LEAVES[other], index, size, proof, root)
            for wrong in changed(proof):
                with pytest.raises(VerificationError):
                    verify_inclusion(LEAVES[index], index, size, wrong, root)


def test_a_changed_consistency_proof_is_refused():
    for new in (1, 2, 3, 7, 8, 21):
        for old in range(new + 1):
            proof = prove_consistency(READ, old, new)
            for wrong in changed(proof):
                with pytest.raises(VerificationError):
                    verify_consistency(old, mth(0, old), new, mth(0, new), wrong)
            with pytest.raises(VerificationError):
                verify_consistency(old, LEAVES[-1], new, mth(0, new), proof)
            if old:
                with pytest.raises(VerificationError):
                    verify_consistency(old, mth(0, old), new, LEAVES[-1], proof)


def changed(proof: list[bytes]) -> list[list[bytes]]:
    """The proof with a hash changed, dropped, doubled, swapped with the next, or added at either end."""
    wrong = [[*proof, LEAVES[0]], [LEAVES[0], *proof]]
    for at, value in enumerate(proof):
        wrong.append([*proof[:at], bytes((value[0] ^ 1,)) + value[1:], *proof[at + 1 :]])
        wrong.append([*proof[:at], value, *proof[at:]])
        wrong.append([*proof[:at], *proof[at + 1 :]])
    for at, (left, right) in enumerate(pairwise(proof)):
        wrong.append([*proof[:at], right, left, *proof[at + 2 :]])
    return wrong


def test_a_forked_tree_is_no_extension_whatever_it_proves():
    for changed_at in (0, 5, 12):
        forked = [*LEAVES[:30]]
        forked[changed_at] = leaf_hash(b"another history")
        read = memory_reader(forked)
        for new in range(13, 31):
            with pytest.raises(VerificationError):
                verify_consistency(13, mth(0, 13), new, tree_root(forked[:new]), prove_consistency(read, 13, new))


@given(st.lists(st.integers(0, 40), max_size=8))
def test_leaves_may_be_added_in_any_portions_and_each_node_is_finished_once(portions):
    frontier, made, at = Frontier(), [], 0
    for portion in portions:
        frontier, runs = frontier.grow(LEAVES[at : at + portion] if at + portion <= LARGEST else [])
        made += nodes(runs)
        at = frontier.size
    assert frontier.root() == mth(0, at)
    addresses = [(level, index) for level, index, _ in made]
    every_node = {(level, index) for level in range(at.bit_length()) for index in range(at >> level)}
    assert sorted(addresses) == sorted(every_node)
    assert list(READ(addresses)) == [value for _, _, value in made]


@given(st.integers(0, 2**63 - 2))
@example(2**62 - 1)
def test_one_more_leaf_finishes_only_the_nodes_above_it(size):
    peaks = [node_hash(b"%d" % level, b"") for level, _ in root_nodes(size)]
    grown, runs = Frontier(size=size, peaks=tuple(peaks)).grow(LEAVES[:1])
    assert [len(run.hashes) for run in runs] == [1] * len(runs)
    trailing_ones = (size ^ (size + 1)).bit_length() - 1
    assert len(runs) == 1 + trailing_ones
    assert grown.peaks[:-1] == tuple(peaks[: len(peaks) - trailing_ones])


@given(st.data())
def test_proofs_of_huge_trees_read_few_nodes(data):
    size = data.draw(st.integers(1, 2**63 - 1))
    for path in (
        inclusion_nodes(data.draw(st.integers(0, size - 1)), size),
        consistency_nodes(data.draw(st.integers(0, size)), size),
    ):
        assert len(path) <= 64
        assert sum(map(len, path)) <= 128
        assert all((index + 1) << level <= size for cover in path for level, index in cover)


def test_a_proof_at_a_million_entries_is_640_bytes():
    assert len(inclusion_nodes(765_432, 1_000_000)) * 32 <= 640


def test_nodes_are_read_in_one_call():
    calls = []

    def read(addresses):
        calls.append(addresses)
        return READ(addresses)

    prove_inclusion(read, 17, 299)
    prove_consistency(read, 17, 299)
    assert len(calls) == 2


@given(HASH, st.integers(-1, 2**63), st.integers(-1, 2**63), st.lists(HASH, max_size=70), HASH)
def test_a_made_up_proof_shows_nothing(leaf, index, size, proof, root):
    assume(leaf != root)
    with pytest.raises(VerificationError):
        verify_inclusion(leaf, index, size, proof, root)
    with pytest.raises(VerificationError):
        verify_consistency(index, leaf, size, root, proof)


def test_a_proof_is_refused_for_a_tree_of_another_height():
    for index in (0, 3, 7):
        proof = prove_inclusion(READ, index, 8)
        for wrong, size in ((index, 16), (index, 9 + index), (index // 2, 4), (0, 1), (0, 2), (index // 4, 2)):
            with pytest.raises(VerificationError):
                verify_inclusion(LEAVES[index], wrong, size, proof, mth(0, 8))
    for old, size in ((4, 16), (4, 9), (3, 16), (6, 17), (6, 6), (2, 3)):
        with pytest.raises(VerificationError):
            verify_consistency(old, mth(0, old), size, mth(0, 8), prove_consistency(READ, old, 8))


def test_numbers_that_make_no_tree_are_refused():
    for index, size in ((0, 0), (5, 5), (-1, 5), (6, 5)):
        with pytest.raises(VerificationError, match="has no leaf"):
            prove_inclusion(READ, index, size)
    for old, new in ((5, 4), (-1, 4)):
        with pytest.raises(VerificationError, match="does not extend"):
            prove_consistency(READ, old, new)
        with pytest.raises(VerificationError, match="does not extend"):
            verify_consistency(old, mth(0, 5), new, mth(0, 4), [])


def test_hashes_of_another_length_are_refused():
    for wrong in (b"", LEAVES[0][:31], LEAVES[0] + b"\x00"):
        with pytest.raises(FormatError):
            verify_inclusion(wrong, 0, 1, [], LEAVES[0])
        with pytest.raises(FormatError):
            verify_inclusion(LEAVES[0], 0, 2, [wrong], mth(0, 2))
        with pytest.raises(FormatError):
            verify_consistency(1, LEAVES[0], 2, mth(0, 2), [wrong])
        with pytest.raises(FormatError):
            Frontier.from_hashes(1, wrong)
    with pytest.raises(FormatError):
        Frontier.from_hashes(3, LEAVES[0])
    with pytest.raises(FormatError):
        Frontier(size=-1, peaks=(LEAVES[0],))
