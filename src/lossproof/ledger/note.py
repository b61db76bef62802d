"""Signed notes: a text, an empty line, and signature lines that name their keys.

Specifications: C2SP signed-note (format, verifier keys, Ed25519 signatures of type 01) and C2SP tlog-cosignature (types 04
and 06). Left out: ECDSA (02) and RFC 6962 tree heads (05), secret keys as text, text without any signature.

A text is worth nothing before `verify_note` has returned it. Signatures by keys that the caller does not know are passed
over, as the specification wants; one by a known key that does not hold refuses the whole note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidSignature

from lossproof.errors import FormatError, UnsupportedError, VerificationError
from lossproof.ledger.cosignature import TIME_BYTES, ed25519_message, ml_dsa_44_message
from lossproof.ledger.encoding import MAX_NUMBER, decode_base64, encode_base64
from lossproof.ledger.keys import verifying_key

ED25519 = 0x01
"""An Ed25519 signature over the note text: how a log signs."""
COSIGNATURE_ED25519 = 0x04
"""A time and an Ed25519 signature over it and the note text: how a witness signs."""
COSIGNATURE_ML_DSA_44 = 0x06
"""A time and an ML-DSA-44 signature over it, the cosigner's name and the tree head."""

MAX_NOTE_BYTES = 1 << 20
MAX_SIGNATURES = 100
"""The specification wants at least 16, and some limit."""

KEY_ID_BYTES = 4

_PUBLIC_BYTES = {ED25519: 32, COSIGNATURE_ED25519: 32, COSIGNATURE_ML_DSA_44: 1312}
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")  # half a character: there is no UTF-8 for it
_DASH = "\N{EM DASH}"
_KEY_ID = re.compile(r"[0-9a-f]{8}")


class SigningKey(Protocol):
    """An Ed25519 secret key, such as `keys.PrivateKey`."""

    @property
    def public(self) -> bytes:
        """The raw public key, 32 bytes."""

    def sign(self, message: bytes, /) -> bytes:
        """An Ed25519 signature (RFC 8032), 64 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key as notes know it: a name, one use, and the raw key (32 bytes of Ed25519, 1,312 of ML-DSA-44). Raises
    `FormatError` for what cannot be one, `UnsupportedError` for another algorithm.
    """

    name: str
    algorithm: int
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        wanted = _PUBLIC_BYTES.get(self.algorithm)
        if wanted is None:
            raise UnsupportedError(f"verifier keys of type {self.algorithm:#04x} are not supported")
        if len(self.public) != wanted:
            raise FormatError(f"a verifier key of type {self.algorithm:#04x} is not {wanted} bytes long")
        if self.algorithm != COSIGNATURE_ML_DSA_44:
            verifying_key(self.public)

    @property
    def key_id(self) -> bytes:
        """4 bytes that, with the name, tell which key made a signature: a hint, never a proof."""
        return sha256(b"%b\n%c%b" % (self.name.encode(), self.algorithm, self.public)).digest()[:KEY_ID_BYTES]

    def text(self) -> str:
        """The key on one line: `name+key id in hex+base64 of type and key`."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes((self.algorithm,)) + self.public)}"

    @staticmethod
    def parse(text: str) -> VerifierKey:
        """The key that `text()` wrote. Raises `FormatError`, also for a key id that is not its own."""
        if len(text) > MAX_NOTE_BYTES:
            raise FormatError("a verifier key is too long")
        # Base64 may hold a plus, a name and a key id may not.
        parts = text.split("+", 2)
        if len(parts) != 3 or not _KEY_ID.fullmatch(parts[1]):
            raise FormatError("a verifier key is not a name, a key id of 8 hex digits and a key, joined by plus signs")
        raw = decode_base64(parts[2], "a verifier key")
        if not raw:
            raise FormatError("a verifier key is empty")
        key = VerifierKey(name=parts[0], algorithm=raw[0], public=raw[1:])
        if key.key_id.hex() != parts[1]:
            raise FormatError("the key id of a verifier key is not its own")
        return key


class NoteSignature(NamedTuple):
    """One signature line, not verified: `signature` is what follows the key id, a cosigner's time included."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line as it stands in a note, its line feed included."""
        return f"{_DASH} {self.name} {encode_base64(self.key_id + self.signature)}\n"


class Note(NamedTuple):
    """A note as it was read, nothing verified: the text with its last line feed, and the signatures in their order."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def to_bytes(self) -> bytes:
        """The note as a file: the very bytes that `parse_note` read."""
        return f"{self.text}\n{''.join(signature.line() for signature in self.signatures)}".encode()


class VerifiedSignature(NamedTuple):
    """A signature that holds, by `key`. `at` is the POSIX time that a cosigner states; None where the key states none (a
    log's Ed25519 key, or a cosigner that wrote 0).
    """

    key: VerifierKey
    at: int | None


class VerifiedNote(NamedTuple):
    """A text that known keys have signed; there is at least one signature."""

    text: str
    signatures: tuple[VerifiedSignature, ...]

    @property
    def by(self) -> tuple[VerifierKey, ...]:
        """The keys that signed, each once, in the order of the note."""
        return tuple(dict.fromkeys(signature.key for signature in self.signatures))


class Signer(Protocol):
    """Makes one kind of signature on notes."""

    @property
    def key(self) -> VerifierKey:
        """The key that verifies what this signer signs."""

    def sign(self, text: str) -> bytes:
        """The signature over a note text, without the key id."""


class Ed25519Signer:
    """Signs notes as a log does: type 01 under `name`."""

    def __init__(self, name: str, secret: SigningKey) -> None:
        self.key = VerifierKey(name=name, algorithm=ED25519, public=secret.public)
        self._secret = secret

    def sign(self, text: str) -> bytes:
        """64 bytes: Ed25519 over the note text."""
        return self._secret.sign(text.encode())


class Ed25519Cosigner:
    """Signs checkpoints as a witness does: type 04 under `name`, stating the POSIX time `at`."""

    def __init__(self, name: str, secret: SigningKey, at: int) -> None:
        self.key = VerifierKey(name=name, algorithm=COSIGNATURE_ED25519, public=secret.public)
        self._secret = secret
        self._at = at

    def sign(self, text: str) -> bytes:
        """72 bytes: the time, and Ed25519 over it and the note text."""
        signature = self._secret.sign(ed25519_message(text, self._at))
        return self._at.to_bytes(TIME_BYTES, "big") + signature


def check_name(name: str) -> str:
    """The key name, if it can be one: not empty, no spaces of any kind, no plus, no control characters. Raises
    `FormatError`.
    """
    if not name or "+" in name or _CONTROL.search(name) or "\n" in name or any(map(str.isspace, name)):
        raise FormatError("a key name is empty, or holds a space, a plus or a control character")
    if _SURROGATE.search(name):
        raise FormatError("a key name is not Unicode text")
    return name


def parse_signature_line(line: str) -> NoteSignature:
    """One signature line without its line feed. Raises `FormatError`."""
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != _DASH:
        raise FormatError("a signature line is not a dash, a key name and a signature")
    raw = decode_base64(parts[2], "a signature")
    if len(raw) <= KEY_ID_BYTES:
        raise FormatError("a signature is empty")
    return NoteSignature(check_name(parts[1]), raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])


def parse_note(note: bytes) -> Note:
    """Take a note apart, verifying nothing. Raises `FormatError` for what is not one, is longer than 1 MiB or has more
    than 100 signatures. What is returned writes the same bytes again.
    """
    if len(note) > MAX_NOTE_BYTES:
        raise FormatError("a note is longer than 1 MiB")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError("a note is not UTF-8") from None
    if _CONTROL.search(whole):
        raise FormatError("a note holds a control character")
    # The text may hold empty lines of its own: the last one separates.
    at = whole.rfind("\n\n")
    if at < 0 or not whole.endswith("\n") or at + 2 == len(whole):
        raise FormatError("a note is not a text, an empty line and signature lines")
    lines = whole[at + 2 : -1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise FormatError(f"a note has more than {MAX_SIGNATURES} signatures")
    return Note(whole[: at + 1], tuple(parse_signature_line(line) for line in lines))


def verify_note(note: bytes, known: Sequence[VerifierKey]) -> VerifiedNote:
    """The text of a note and the known keys that signed it. Raises `VerificationError` where no known key signed or the
    signature of one does not hold, `FormatError` where it is no note or two known keys cannot be told apart.
    """
    by_hint: dict[tuple[str, bytes], VerifierKey] = {}
    for key in known:
        if by_hint.setdefault((key.name, key.key_id), key) != key:
            raise FormatError("two verifier keys have the same name and key id")
    parsed = parse_note(note)
    signatures: list[VerifiedSignature] = []
    for name, key_id, signature in parsed.signatures:
        by = by_hint.get((name, key_id))
        if by is not None:
            signatures.append(VerifiedSignature(by, verify_signature(by, parsed.text, signature)))
    if not signatures:
        raise VerificationError("the note is not signed by a known key")
    return VerifiedNote(parsed.text, tuple(signatures))


def verify_signature(key: VerifierKey, text: str, signature: bytes) -> int | None:
    """The POSIX time that `signature` (without a key id) by `key` over `text` states, or None where it states none.
    Raises `VerificationError` if it does not hold, `FormatError` where the key signs only checkpoints and the text is
    none.
    """
    try:
        return _VERIFIERS[key.algorithm](key, text, signature)
    except InvalidSignature:
        raise VerificationError(f"the signature by {key.name} does not hold") from None


def sign_note(text: str, signers: Iterable[Signer]) -> bytes:
    """A note with one signature by each signer, in order. Raises `FormatError` where the text cannot be a note's."""
    if not text.endswith("\n") or _SURROGATE.search(text):
        raise FormatError("a note text is not Unicode text that ends in a line feed")
    made = [NoteSignature(signer.key.name, signer.key.key_id, signer.sign(text)) for signer in signers]
    note = Note(text, tuple(made)).to_bytes()
    # What is written can be read: the text is free of control characters, and there is a signature.
    parse_note(note)
    return note


def _verify_ed25519(key: VerifierKey, text: str, signature: bytes) -> None:
    verifying_key(key.public).verify(signature, text.encode())


def _verify_cosignature_ed25519(key: VerifierKey, text: str, signature: bytes) -> int | None:
    at = _stated_time(signature)
    verifying_key(key.public).verify(signature[TIME_BYTES:], ed25519_message(text, at))
    return at or None


def _verify_cosignature_ml_dsa_44(key: VerifierKey, text: str, signature: bytes) -> int | None:
    # Most notes have no such signature, and the module that checks it takes its time to load.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

    at = _stated_time(signature)
    message = ml_dsa_44_message(key.name, text, at)
    try:
        MLDSA44PublicKey.from_public_bytes(key.public).verify(signature[TIME_BYTES:], message)
    except UnsupportedAlgorithm:
        raise UnsupportedError("this build of the cryptography library has no ML-DSA-44") from None
    return at or None


def _stated_time(signature: bytes) -> int:
    at = int.from_bytes(signature[:TIME_BYTES], "big")
    if len(signature) <= TIME_BYTES or at > MAX_NUMBER:
        raise VerificationError("a cosignature does not begin with a time below 2^63")
    return at


_VERIFIERS: dict[int, Callable[[VerifierKey, str, bytes], int | None]] = {
    ED25519: _verify_ed25519,
    COSIGNATURE_ED25519: _verify_cosignature_ed25519,
    COSIGNATURE_ML_DSA_44: _verify_cosignature_ml_dsa_44,
}
