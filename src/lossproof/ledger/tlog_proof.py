"""Offline proofs that an entry is in a log: index, inclusion path and signed checkpoint in one text file (`.tlog-proof`).

Specification: C2SP tlog-proof. Left out: the `extra` line, which nothing authenticates; a proof with one is unsupported.
"""

from __future__ import annotations

from dataclasses import dataclass

from lossproof.errors import FormatError, UnsupportedError
from lossproof.ledger.encoding import MAX_NUMBER, decode_base64, decode_decimal, encode_base64
from lossproof.ledger.note import MAX_NOTE_BYTES, parse_note
from lossproof.ledger.tree import HASH_BYTES, leaf_hash, verify_inclusion
from lossproof.ledger.trust import TrustPolicy, WitnessedCheckpoint, verify_checkpoint

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63
"""The longest path in a tree of fewer than 2^63 leaves."""

MAX_PROOF_BYTES = MAX_NOTE_BYTES + (4 << 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """Where an entry stands in a log, not verified: `hashes` lead from the leaf's sibling upwards to the root in the
    signed note `checkpoint`. The leaf hash is not in it: the verifier makes it from the entry. Raises `FormatError`.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.index <= MAX_NUMBER:
            raise FormatError("the index of a proof is not between 0 and 2^63 - 1")
        if len(self.hashes) > MAX_HASHES or any(len(value) != HASH_BYTES for value in self.hashes):
            raise FormatError(f"the path of a proof is not at most {MAX_HASHES} hashes of {HASH_BYTES} bytes")
        parse_note(self.checkpoint)

    def text(self) -> bytes:
        """The proof as a file, UTF-8."""
        lines = [HEADER, f"index {self.index}", *map(encode_base64, self.hashes), "", ""]
        return "\n".join(lines).encode() + self.checkpoint


def parse_tlog_proof(proof: bytes) -> InclusionProof:
    """The proof in a file, not verified; `text()` of it is the same bytes again. Raises `FormatError`, and
    `UnsupportedError` for an `extra` line.
    """
    if len(proof) > MAX_PROOF_BYTES:
        raise FormatError("a proof is too long")
    head, gap, checkpoint = proof.partition(b"\n\n")
    try:
        header, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise FormatError("a proof is not ASCII before its checkpoint") from None
    if header != HEADER or not gap or not lines:
        raise FormatError("a proof is not a header, an index, hashes, an empty line and a checkpoint")
    if lines[0].startswith("extra "):
        raise UnsupportedError("a proof has extra data, which nothing authenticates")
    if not lines[0].startswith("index ") or len(lines) > MAX_HASHES + 1:
        raise FormatError("a proof has no index, or too many hashes")
    index = decode_decimal(lines[0].removeprefix("index "), "the index of a proof")
    hashes = (decode_base64(line, "a hash in a proof", size_bytes=HASH_BYTES) for line in lines[1:])
    return InclusionProof(index=index, hashes=tuple(hashes), checkpoint=checkpoint)


def verify_tlog_proof(proof: InclusionProof, entry: bytes, policy: TrustPolicy) -> WitnessedCheckpoint:
    """The checkpoint that shows `entry` at the proof's index of a log that the policy trusts, cosigned by its quorum.
    Raises `VerificationError` if that is not shown, `FormatError` or `UnsupportedError` where the checkpoint is none.
    """
    witnessed = verify_checkpoint(policy, proof.checkpoint)
    checkpoint = witnessed.signed.checkpoint
    verify_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return witnessed
