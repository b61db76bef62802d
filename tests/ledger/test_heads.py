"""The heads tree: what is last about a subject, and that there is nothing about another."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError, VerificationError
from lossproof.ledger.heads import AbsenceProof, HeadProof, head_leaf, heads_root, prove_head, prove_heads, verify_head
from lossproof.ledger.tree import EMPTY_ROOT, leaf_hash, memory_reader, prove_inclusion, verify_inclusion


def subject(number: int) -> str:
    return f"{number:032x}"


def heads(*numbers: int) -> list[tuple[str, int]]:
    return [(subject(number), 100 + number) for number in numbers]


def test_a_head_is_the_subject_and_eight_bytes():
    entry = bytes.fromhex("00112233445566778899aabbccddeeff" + "0000000000000102")
    assert head_leaf("00112233445566778899aabbccddeeff", 258) == leaf_hash(entry)
    assert heads_root([("00112233445566778899aabbccddeeff", 258)]) == leaf_hash(entry)
    assert heads_root([]) == EMPTY_ROOT


def test_every_subject_is_proved_present_or_absent():
    for count in range(34):
        pairs = heads(*range(1, 2 * count, 2))
        root = heads_root(pairs)
        asked = [subject(number) for number in range(2 * count + 2)]
        for number, proof in enumerate(prove_heads(pairs, asked)):
            known = dict(pairs).get(subject(number))
            assert verify_head(proof, subject(number), root) == known
            assert isinstance(proof, HeadProof if known else AbsenceProof)


def test_a_proof_about_another_subject_or_tree_is_refused():
    pairs = heads(1, 3, 5)
    for number in range(7):
        proof = prove_head(pairs, subject(number))
        with pytest.raises(VerificationError, match="another subject"):
            verify_head(proof, subject(number + 1), heads_root(pairs))
        with pytest.raises(VerificationError):
            verify_head(proof, subject(number), heads_root(heads(1, 3, 7)))


def test_another_last_leaf_is_refused():
    proof = prove_head(heads(1, 3, 5), subject(3))
    for last in (0, 102, 104):
        other = HeadProof(subject=subject(3), last=last, position=1, count=3, path=proof.path)
        with pytest.raises(VerificationError):
            verify_head(other, subject(3), heads_root(heads(1, 3, 5)))


def test_a_present_subject_cannot_be_shown_absent_by_any_neighbours():
    pairs = heads(*range(1, 7))
    root = heads_root(pairs)
    proofs = prove_heads(pairs, [subject(number) for number in range(1, 7)])
    for hidden in range(1, 7):
        for before, after in [*combinations([None, *proofs, None], 2)]:
            absence = AbsenceProof(subject=subject(hidden), count=6, before=before, after=after)
            with pytest.raises(VerificationError):
                verify_head(absence, subject(hidden), root)


def claims(pairs: list[tuple[str, int]], most: int) -> list[HeadProof]:
    """Every proof of a leaf of the tree that holds, whatever position and count up to `most` it claims."""
    root, read, found = heads_root(pairs), memory_reader(head_leaf(*pair) for pair in pairs), []
    for at, (name, last) in enumerate(pairs):
        path = tuple(prove_inclusion(read, at, len(pairs)))
        for count in range(1, most):
            for position in range(count):
                try:
                    verify_inclusion(head_leaf(name, last), position, count, path, root)
                except VerificationError:
                    continue
                found.append(HeadProof(subject=name, last=last, position=position, count=count, path=path))
    return found


@pytest.mark.parametrize("size", range(1, 10))
def test_a_false_count_shows_nothing_false(size):
    pairs = heads(*range(1, size + 1))
    root, held = heads_root(pairs), claims(pairs, 20)
    assert len(held) > size or size == 1
    hidden = [subject(number) for number in range(1, size + 1)]
    for before, after in [(a, b) for a in [None, *held] for b in [None, *held]]:
        for count in {proof.count for proof in (before, after) if proof} or {0}:
            for name in hidden:
                with pytest.raises(VerificationError):
                    verify_head(AbsenceProof(subject=name, count=count, before=before, after=after), name, root)


def test_neighbours_of_different_trees_are_refused():
    pairs = heads(1, 3)
    before, after = prove_heads(pairs, [subject(1), subject(3)])
    for count in (0, 1, 3):
        with pytest.raises(VerificationError):
            verify_head(
                AbsenceProof(subject=subject(2), count=count, before=before, after=after), subject(2), heads_root(pairs)
            )


@pytest.mark.parametrize(
    "pairs", [heads(2, 1), heads(1, 1), [("x", 1)], [(subject(1).upper() + "0", 1)], [("A" * 32, 1)]]
)
def test_heads_in_another_order_or_form_are_refused(pairs):
    with pytest.raises(FormatError):
        heads_root(pairs)
    with pytest.raises(FormatError):
        prove_head(pairs, subject(1))


def test_numbers_that_no_proof_has_are_refused():
    with pytest.raises(FormatError):
        prove_head(heads(1), "not a subject")
    for change in (
        {"last": -1},
        {"last": 2**63},
        {"position": 1},
        {"position": -1},
        {"count": 2**63},
        {"path": (b"",)},
    ):
        with pytest.raises(FormatError):
            HeadProof(**{"subject": subject(1), "last": 1, "position": 0, "count": 1, "path": (), **change})
    with pytest.raises(FormatError):
        HeadProof(subject=subject(1), last=1, position=0, count=1, path=(bytes(32),) * 65)


@given(st.sets(st.integers(0, 2**128 - 1), max_size=40), st.integers(0, 2**128 - 1))
def test_any_subjects_are_proved(numbers, asked):
    pairs = heads(*sorted(numbers))
    pairs = [(name, last % 2**63) for name, last in pairs]
    answer = verify_head(prove_head(pairs, subject(asked)), subject(asked), heads_root(pairs))
    assert answer == dict(pairs).get(subject(asked))
