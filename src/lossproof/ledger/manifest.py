"""Sealed manifests: a scan's records, compressed, padded and encrypted to one recipient, who alone can count its people again.

A manifest is an age v1 file (C2SP age.md, X25519 recipients, never armoured). What it encrypts is

    8 bytes     length of the compressed records, big-endian
    ...         the records, compressed (zlib, RFC 1950)
    0x00 ...    up to the next Padmé length

so that its size says little of how many people there are: Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted
Files and Communication with PURBs", PETS 2019, section 4) leaks O(log log n) bits and adds less than 12 %.

Identity files are those of `age-keygen`, and the same protected by `age -p`. Left out: recipients and identities that are not
X25519 (SSH, plugins, post-quantum), and what the records mean: here they are bytes.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyrage
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from lossproof.errors import FormatError, KeyRequiredError, UnsupportedError
from lossproof.ledger.keys import Secret

if TYPE_CHECKING:
    from pyrage.x25519 import Identity, Recipient

MOST_RECORDS_BYTES = 256 << 20
"""No manifest holds more, compressed or not."""
MOST_MANIFEST_BYTES = 288 << 20
"""No manifest is longer: its records as they are, 8 bytes of length, padding, 16 bytes for every 64 KiB, the header."""
MOST_IDENTITY_FILE_BYTES = 1 << 20

_AGE = b"age-encryption.org/v1\n"
_ARMOUR = b"-----BEGIN AGE ENCRYPTED FILE-----"
_LENGTH_BYTES = 8
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_RECIPIENT = re.compile(rf"age1[{_BECH32}]{{58}}")
_SECRET = re.compile(rf"AGE-SECRET-KEY-1[{_BECH32.upper()}]{{58}}")
_OTHER_SECRET = ("AGE-SECRET-KEY-PQ-", "AGE-PLUGIN-", "-----BEGIN ")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedManifest:
    """A manifest, and what a fact may say of it: nothing here tells who or how many are in it.

    `sha256` is that of the ciphertext, `recipient_fingerprint` that of the recipient's text, both in hexadecimal.
    """

    ciphertext: bytes
    sha256: str
    size_bytes: int
    recipient_fingerprint: str


def padme(size_bytes: int) -> int:
    """The Padmé length of so many bytes: the next number whose lowest bits, all but about log log of them, are zero."""
    if size_bytes < 2:
        return size_bytes
    exponent = size_bytes.bit_length() - 1
    zero_bits = exponent - exponent.bit_length()
    mask = (1 << zero_bits) - 1
    return (size_bytes + mask) & ~mask


def recipient_fingerprint(recipient: str) -> str:
    """SHA-256 of a recipient's text, in hexadecimal. Raises as `parse_recipient` does."""
    parse_recipient(recipient)
    return hashlib.sha256(recipient.encode("ascii")).hexdigest()


def parse_recipient(text: str) -> Recipient:
    """An age X25519 recipient, `age1...`, exactly as `age-keygen` prints it.

    Raises `FormatError`, also for a point of low order: what is encrypted to one could be read by anybody.
    """
    wrong = FormatError(
        "recipient: not an age X25519 recipient", hint="give the line age1... that age-keygen printed, 62 characters"
    )
    if not _RECIPIENT.fullmatch(text):
        raise wrong
    try:
        recipient = pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise wrong from None
    bits = 0
    for character in text[len("age1") : -6]:
        bits = bits << 5 | _BECH32.index(character)
    point = (bits >> 4).to_bytes(32, "big")
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(point))
    except ValueError:
        raise wrong from None
    return recipient


def seal_manifest(records: bytes, recipient: str) -> SealedManifest:
    """Compress, pad and encrypt records to a recipient. Two seals of the same records differ.

    Raises `FormatError` where `recipient` is none, and `UnsupportedError` where there is too much for a manifest.
    """
    to = parse_recipient(recipient)
    if len(records) > MOST_RECORDS_BYTES:
        raise UnsupportedError("manifest: too many records to seal", hint="record the counts alone")
    packed = zlib.compress(records, 9)
    plain = len(packed).to_bytes(_LENGTH_BYTES, "big") + packed
    ciphertext: bytes = pyrage.encrypt(plain.ljust(padme(len(plain)), b"\0"), [to])
    return SealedManifest(
        ciphertext=ciphertext,
        sha256=hashlib.sha256(ciphertext).hexdigest(),
        size_bytes=len(ciphertext),
        recipient_fingerprint=recipient_fingerprint(recipient),
    )


def open_manifest(ciphertext: bytes, identities: Sequence[Identity]) -> bytes:
    """The records in a manifest, opened with any of the identities.

    Raises `KeyRequiredError` where none of them is its recipient's, `FormatError` where the bytes are not a manifest or
    were changed.
    """
    if len(ciphertext) > MOST_MANIFEST_BYTES:
        raise FormatError("manifest: too long to be one")
    if not ciphertext.startswith(_AGE):
        raise FormatError("manifest: not an age file", hint="a manifest is a binary age file, without armour")
    try:
        plain: bytes = pyrage.decrypt(ciphertext, list(identities))
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise KeyRequiredError(
                "manifest: sealed to another recipient", hint="give the identity file of the manifest recipient"
            ) from None
        raise FormatError("manifest: damaged or changed since it was sealed") from None
    return _unpacked(plain)


def _unpacked(plain: bytes) -> bytes:
    length = int.from_bytes(plain[:_LENGTH_BYTES], "big")
    end = _LENGTH_BYTES + length
    if len(plain) < _LENGTH_BYTES or len(plain) != padme(end):
        raise FormatError("manifest: its content has another length than it says")
    if plain.count(0, end) != len(plain) - end:
        raise FormatError("manifest: its padding is not zeros")
    unpacker = zlib.decompressobj()
    try:
        records = unpacker.decompress(memoryview(plain)[_LENGTH_BYTES:end], MOST_RECORDS_BYTES)
        # A stream of just so many bytes may still have its checksum to be read.
        more = unpacker.decompress(unpacker.unconsumed_tail, 1)
    except zlib.error:
        raise FormatError("manifest: its records are not compressed as they should be") from None
    if more:
        raise FormatError(f"manifest: more than {MOST_RECORDS_BYTES >> 20} MiB of records")
    if not unpacker.eof or unpacker.unused_data:
        raise FormatError("manifest: its compressed records end in the wrong place")
    return records


def read_identities(file: bytes, passphrase: Callable[[], Secret]) -> tuple[Identity, ...]:
    """The X25519 identities of an identity file, one or more. `passphrase` is asked only where the file needs one.

    Raises `FormatError` where it is no identity file, `UnsupportedError` for identities of other kinds, and
    `KeyRequiredError` where the passphrase does not open it.
    """
    if len(file) > MOST_IDENTITY_FILE_BYTES:
        raise FormatError("identity file: too long to be one")
    if file.startswith((_AGE, _ARMOUR)):
        file = _unlocked(file, passphrase())
    try:
        lines = [line.strip() for line in file.decode("utf-8").splitlines()]
    except UnicodeDecodeError:
        raise FormatError("identity file: not text") from None
    identities = tuple(
        _identity(line, number) for number, line in enumerate(lines, 1) if line and not line.startswith("#")
    )
    if not identities:
        raise FormatError("identity file: there is no identity in it", hint="make one with age-keygen")
    return identities


def _unlocked(file: bytes, passphrase: Secret) -> bytes:
    try:
        text: bytes = pyrage.passphrase.decrypt(file, passphrase.reveal())
    except pyrage.DecryptError as error:
        if "Decryption failed" in str(error):
            raise KeyRequiredError("identity file: the passphrase does not open it") from None
        if "Excessive work" in str(error):
            raise UnsupportedError("identity file: its passphrase takes more work to try than age allows") from None
        raise FormatError("identity file: not one that a passphrase opens") from None
    return text


def _identity(line: str, number: int) -> Identity:
    if line.startswith(_OTHER_SECRET):
        raise UnsupportedError(
            f"identity file, line {number}: only X25519 identities are read", hint="use the one that age-keygen made"
        )
    if not _SECRET.fullmatch(line):
        raise FormatError(f"identity file, line {number}: not an age identity")
    try:
        return pyrage.x25519.Identity.from_str(line)
    except pyrage.IdentityError:
        raise FormatError(f"identity file, line {number}: not an age identity") from None
