"""Offline proofs: one file that shows an entry in a log to whoever has the policy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError, UnsupportedError, VerificationError
from lossproof.ledger.checkpoint import add_signatures, cosign, sign_checkpoint
from lossproof.ledger.encoding import encode_base64
from lossproof.ledger.tlog_proof import MAX_PROOF_BYTES, InclusionProof, parse_tlog_proof, verify_tlog_proof
from lossproof.ledger.tree import leaf_hashes, memory_reader, prove_inclusion
from lossproof.ledger.trust import parse_policy
from note_keys import AT, checkpoint, log_key, secret, witness_key

SIZE = 11
READ = memory_reader(leaf_hashes(b"%d" % at for at in range(SIZE)))
BARE = sign_checkpoint(checkpoint(SIZE), secret(1))
NOTE = add_signatures(BARE, [cosign(BARE, secret(2), "witness2.example.org", AT)])
POLICY = parse_policy(f"log {log_key().text()}\nwitness w {witness_key(2).text()}\nquorum w\n".encode())


def proof(index: int, note: bytes = NOTE) -> InclusionProof:
    return InclusionProof(index=index, hashes=tuple(prove_inclusion(READ, index, SIZE)), checkpoint=note)


def test_a_proof_has_the_form_of_the_specification():
    hashes = "".join(f"{encode_base64(value)}\n" for value in proof(4).hashes)
    assert proof(4).text() == f"c2sp.org/tlog-proof@v1\nindex 4\n{hashes}\n".encode() + NOTE


def test_every_entry_is_proved_and_no_other_in_its_place():
    for index in range(SIZE):
        read = parse_tlog_proof(proof(index).text())
        assert read == proof(index)
        witnessed = verify_tlog_proof(read, b"%d" % index, POLICY)
        assert (witnessed.signed.checkpoint, witnessed.witnesses) == (checkpoint(SIZE), ("w",))
        with pytest.raises(VerificationError, match="does not lead to the root"):
            verify_tlog_proof(read, b"another", POLICY)


def test_a_tree_of_one_leaf_is_proved_by_no_hashes():
    bare = sign_checkpoint(checkpoint(1), secret(1))
    one = InclusionProof(index=0, hashes=(), checkpoint=bare)
    assert parse_tlog_proof(one.text()) == one
    policy = parse_policy(f"log {log_key().text()}\nquorum none\n".encode())
    assert verify_tlog_proof(one, b"0", policy).witnesses == ()


def test_a_proof_whose_checkpoint_the_policy_does_not_accept_is_refused():
    with pytest.raises(VerificationError, match="quorum"):
        verify_tlog_proof(proof(4, BARE), b"4", POLICY)
    with pytest.raises(VerificationError):
        verify_tlog_proof(proof(4, sign_checkpoint(checkpoint(SIZE), secret(3))), b"4", POLICY)
    with pytest.raises(VerificationError, match=r"root|short|long"):
        verify_tlog_proof(
            proof(4, sign_checkpoint(checkpoint(SIZE - 1), secret(1))),
            b"4",
            parse_policy(f"log {log_key().text()}\nquorum none\n".encode()),
        )


def test_every_changed_byte_of_a_proof_is_refused():
    text = proof(4).text()
    for at in range(len(text)):
        for bit in range(8):
            wrong = bytearray(text)
            wrong[at] ^= 1 << bit
            with pytest.raises((FormatError, UnsupportedError, VerificationError)):
                verify_tlog_proof(parse_tlog_proof(bytes(wrong)), b"4", POLICY)


def test_extra_data_is_unsupported():
    with pytest.raises(UnsupportedError, match="extra"):
        parse_tlog_proof(proof(4).text().replace(b"index", b"extra QUJD\nindex"))


HASH = encode_base64(bytes(32)).encode()


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"c2sp.org/tlog-proof@v2\nindex 0",
        b"c2sp.org/tlog-proof@v1",
        b"c2sp.org/tlog-proof@v1\n" + HASH,
        b"c2sp.org/tlog-proof@v1\nindex",
        b"c2sp.org/tlog-proof@v1\nindex ",
        b"c2sp.org/tlog-proof@v1\nindex 00",
        b"c2sp.org/tlog-proof@v1\nindex -5",
        b"c2sp.org/tlog-proof@v1\nindex 9223372036854775808",
        b"c2sp.org/tlog-proof@v1\nindex 0\n!" + HASH,
        b"c2sp.org/tlog-proof@v1\nindex 0\nQUJD",
        b"c2sp.org/tlog-proof@v1\r\nindex 0",
        b"c2sp.org/tlog-proof@v1\nindex 0 ",
        "c2sp.org/tlog-proof@v1\nindex \u0660".encode(),
        b"c2sp.org/tlog-proof@v1\nindex 0" + (b"\n" + HASH) * 64,
    ],
)
def test_what_is_no_proof_is_refused(head):
    with pytest.raises(FormatError):
        parse_tlog_proof(head + b"\n\n" + NOTE)


def test_a_proof_without_a_checkpoint_or_too_long_is_refused():
    with pytest.raises(FormatError):
        parse_tlog_proof(b"c2sp.org/tlog-proof@v1\nindex 0\n\n")
    with pytest.raises(FormatError):
        parse_tlog_proof(b"c2sp.org/tlog-proof@v1\nindex 0\n")
    with pytest.raises(FormatError, match="too long"):
        parse_tlog_proof(proof(4).text() + b"x" * MAX_PROOF_BYTES)


@pytest.mark.parametrize("change", [{"index": -1}, {"index": 2**63}, {"hashes": (b"",)}, {"checkpoint": b"no note"}])
def test_a_proof_made_by_hand_cannot_hold_what_its_file_could_not(change):
    with pytest.raises(FormatError):
        InclusionProof(**{"index": 0, "hashes": (), "checkpoint": NOTE, **change})


@given(st.binary(max_size=150) | st.binary(max_size=20).map(lambda part: proof(4).text().replace(b"\n", part, 2)))
def test_any_bytes_are_a_proof_that_writes_itself_again_or_refused(raw):
    try:
        read = parse_tlog_proof(raw)
    except (FormatError, UnsupportedError):
        return
    assert read.text() == raw
