"""Checkpoints: what a log signs to commit to its tree at one size, and what witnesses cosign.

Specifications: C2SP tlog-checkpoint, C2SP tlog-cosignature. Left out: extension lines, which no witness vouches for and
ML-DSA-44 does not sign: a checkpoint with one is refused as unsupported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lossproof.errors import FormatError, UnsupportedError, VerificationError
from lossproof.ledger.cosignature import parse_tree_head
from lossproof.ledger.encoding import MAX_NUMBER, encode_base64
from lossproof.ledger.note import (
    Ed25519Cosigner,
    Ed25519Signer,
    NoteSignature,
    SigningKey,
    VerifierKey,
    check_name,
    parse_note,
    parse_signature_line,
    sign_note,
    verify_note,
)
from lossproof.ledger.tree import HASH_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A log's tree at one size: `origin` names the log and its key, `root` is 32 bytes. Raises `FormatError`."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        check_name(self.origin)
        if not 0 <= self.size <= MAX_NUMBER:
            raise FormatError("a tree size is not between 0 and 2^63 - 1")
        if len(self.root) != HASH_BYTES:
            raise FormatError(f"a root hash is {len(self.root)} bytes long, not {HASH_BYTES}")

    def body(self) -> str:
        """The note text: three lines, each with its line feed. This, in UTF-8, is what is signed and time-stamped."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"


class Cosignature(NamedTuple):
    """A witness's statement that this was the largest tree it had seen, consistent with all before. `at` is POSIX
    seconds by its clock, or None where it stated no time: such a cosignature dates nothing.
    """

    key: VerifierKey
    at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint that a trusted log key has signed, with the cosignatures by known witnesses, each verified. `note` is
    the whole note as it was read, unknown signatures included.
    """

    checkpoint: Checkpoint
    note: bytes
    log_key: VerifierKey
    cosignatures: tuple[Cosignature, ...]


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in a note text; `body()` of it is `text` again. Raises `FormatError`, and `UnsupportedError` for
    extension lines. The text of a note that has not been verified proves nothing.
    """
    head = parse_tree_head(text)
    if head.extension:
        raise UnsupportedError("a checkpoint has extension lines")
    return Checkpoint(origin=head.origin, size=head.size, root=head.root)


def read_signed(
    note: bytes, log_keys: Sequence[VerifierKey], witness_keys: Sequence[VerifierKey] = ()
) -> SignedCheckpoint:
    """The checkpoint in a note, signed by one of `log_keys` whose name is its origin. Raises `VerificationError` where
    none did or a known key's signature does not hold, `FormatError` or `UnsupportedError` where it is no checkpoint.
    """
    if set(log_keys) & set(witness_keys):
        raise FormatError("a key is a log's and a witness's at once")
    verified = verify_note(note, (*log_keys, *witness_keys))
    checkpoint = parse_checkpoint(verified.text)
    by_log = [key for key in verified.by if key in log_keys and key.name == checkpoint.origin]
    if not by_log:
        raise VerificationError("the checkpoint is not signed by a trusted key of the log that it names")
    cosignatures = tuple(Cosignature(key, at) for key, at in verified.signatures if key in witness_keys)
    return SignedCheckpoint(checkpoint=checkpoint, note=note, log_key=by_log[0], cosignatures=cosignatures)


def sign_checkpoint(checkpoint: Checkpoint, secret: SigningKey) -> bytes:
    """The checkpoint as a note, signed by the log's Ed25519 key under its origin. The caller must have made sure that it
    extends every checkpoint signed before, durably.
    """
    return sign_note(checkpoint.body(), (Ed25519Signer(checkpoint.origin, secret),))


def cosign(note: bytes, secret: SigningKey, name: str, at: int) -> str:
    """The signature line, line feed included, by which the witness `name` cosigns a checkpoint at a POSIX time. The
    caller must have verified the note and its consistency. Raises `FormatError` where it is no checkpoint.
    """
    text = parse_note(note).text
    parse_tree_head(text)
    signer = Ed25519Cosigner(name, secret, at)
    return NoteSignature(signer.key.name, signer.key.key_id, signer.sign(text)).line()


def add_signatures(note: bytes, lines: Iterable[str]) -> bytes:
    """The note with signature lines, each with its line feed, put after its own; lines that it has already are not put
    there twice. Nothing is verified. Raises `FormatError` where the outcome is no note.
    """
    parsed = parse_note(note)
    added = [parse_signature_line(line.removesuffix("\n")) for line in lines]
    grown = parsed._replace(signatures=tuple(dict.fromkeys((*parsed.signatures, *added)))).to_bytes()
    parse_note(grown)
    return grown
