"""Signing keys: Ed25519 (RFC 8032), kept as PKCS#8 PEM (RFC 8410) inside an armoured age file (C2SP age, scrypt stanza).

`age -d FILE` and the passphrase give the PEM back to anyone, with or without lossproof; the public half stands beside it in
`FILE.pub`. Trust: whoever reads the file and knows the passphrase signs as its owner; whoever only writes it can stop us from
signing, and no more. Left out: keys on tokens, and other algorithms than Ed25519.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

import pyrage
from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from lossproof.errors import FormatError, InputError, KeyRequiredError, UnsupportedError
from lossproof.ledger.new_file import refuse_taken, write_new

PUBLIC_BYTES = 32
MAX_KEY_FILE_BYTES = 16 << 10
MAX_PASSPHRASE_BYTES = 4096

MAX_WORK_FACTOR = 22
"""The largest log2(N) that we try: 4 GiB of memory, the limit of the age program as well."""

_ARMOR = re.compile(
    rb"-----BEGIN AGE ENCRYPTED FILE-----\n((?:[A-Za-z0-9+/=]{1,64}\n)+)-----END AGE ENCRYPTED FILE-----\n?"
)
_SCRYPT_HEADER = re.compile(rb"age-encryption\.org/v1\n-> scrypt [A-Za-z0-9+/]{22} ([1-9][0-9]?)\n")

_FIELD = 2**255 - 19
_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER = frozenset({0, 1, _FIELD - 1, _ORDER_8, _FIELD - _ORDER_8})
"""The y coordinates of the eight points whose order divides 8 (edwards25519, RFC 7748 section 4.1)."""


class Secret:
    """Text that must not reach a log, a report or another process: a passphrase. `reveal` is the one way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(redacted)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class PrivateKey:
    """An unlocked signing key. `public` is its raw 32 bytes, `keyid` their fingerprint."""

    __slots__ = ("_key", "keyid", "public")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()
        self.keyid = fingerprint(self.public)

    @classmethod
    def generate(cls) -> PrivateKey:
        """A new key that is in no file."""
        return cls(Ed25519PrivateKey.generate())

    @property
    def ed25519(self) -> Ed25519PrivateKey:
        """The key as the cryptography library knows it, for libraries that sign by themselves."""
        return self._key

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature over `message`."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"PrivateKey({self.keyid}, redacted)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not pickled")


def fingerprint(public: bytes) -> str:
    """SHA-256 of the raw public key in hex: the keyid of envelopes, and what people read out to each other."""
    return hashlib.sha256(public).hexdigest()


@lru_cache(maxsize=4096)
def verifying_key(public: bytes) -> Ed25519PublicKey:
    """The key that verifies for these 32 bytes.

    Raises FormatError for another length, for a y coordinate that is not reduced, and for the points of small order: a
    signature by one of those holds for many messages, so its owner could deny what it signed.
    """
    if len(public) != PUBLIC_BYTES:
        raise FormatError("an Ed25519 public key has 32 bytes")
    y = int.from_bytes(public, "little") & ((1 << 255) - 1)
    if y >= _FIELD or y in _SMALL_ORDER:
        raise FormatError("not the public key of an Ed25519 signer")
    return Ed25519PublicKey.from_public_bytes(public)


def public_text(public: bytes) -> str:
    """A raw public key as PEM (SubjectPublicKeyInfo, RFC 8410), which openssl reads. Raises FormatError as `verifying_key`."""
    return verifying_key(public).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def parse_public(text: bytes) -> bytes:
    """The raw 32 bytes of what `public_text` wrote; FormatError for anything else, also for another spelling of the same."""
    if len(text) > MAX_KEY_FILE_BYTES:
        raise FormatError("the public key file is too long")
    try:
        key = load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm, InternalError) as error:
        raise FormatError("not a public key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise FormatError("not an Ed25519 public key")
    public = key.public_bytes_raw()
    if public_text(public).encode("ascii") != text:
        raise FormatError("the PEM of the public key is not in its one canonical form")
    return public


def public_path(path: Path) -> Path:
    """Where the public half of the key in `path` stands."""
    return path.with_name(path.name + ".pub")


def make_key(path: Path, passphrase: Secret) -> bytes:
    """Make a key: the secret half in `path` (mode 0600), the public half in `path`.pub; returns the public 32 bytes.

    Raises as `save_key`.
    """
    return save_key(path, PrivateKey.generate(), passphrase)


def save_key(path: Path, key: PrivateKey, passphrase: Secret) -> bytes:
    """Keep a key as `make_key` does; returns the public 32 bytes.

    Takes a second or two: scrypt is made to. Raises InputError for an empty passphrase, StoreError if either file is there
    already or cannot be written; an existing file is never touched, and none is ever there in part.
    """
    if not passphrase.reveal():
        raise InputError("the passphrase is empty", hint="give a passphrase of several words")
    public_file = public_path(path)
    for file in (path, public_file):
        refuse_taken(file)
    pem = key.ed25519.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_new(path, pyrage.passphrase.encrypt(pem, passphrase.reveal(), armored=True), 0o600)
    write_new(public_file, public_text(key.public).encode("ascii"), 0o644)
    return key.public


def open_key(path: Path, passphrase: Secret) -> PrivateKey:
    """The key in a file that `make_key` (or `age -p -a`) wrote.

    Raises InputError if it cannot be read, FormatError if it is no armoured age file with a passphrase or holds no PKCS#8 PEM,
    UnsupportedError for a dearer scrypt than we try or another kind of key, KeyRequiredError if the passphrase does not open it.
    """
    armoured = _read(path, MAX_KEY_FILE_BYTES, "key file")
    header = _SCRYPT_HEADER.match(_dearmour(armoured))
    if header is None:
        raise FormatError(f"{path} is not an age file under a passphrase")
    if int(header[1]) > MAX_WORK_FACTOR:
        raise UnsupportedError(f"{path} asks for more work than lossproof does to open a key")
    try:
        pem = pyrage.passphrase.decrypt(armoured, passphrase.reveal())
    except pyrage.DecryptError as error:
        raise KeyRequiredError(
            f"the passphrase does not open {path}", hint="try the passphrase again; if it is right, the file is damaged"
        ) from error
    return parse_private(pem)


def parse_private(pem: bytes) -> PrivateKey:
    """The key in PKCS#8 PEM. Raises FormatError where it is none, UnsupportedError for another kind of key."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm, InternalError) as error:
        # OpenSSL fails within itself on a key of one curve that is said to be of another.
        raise FormatError("no private key in PKCS#8 PEM") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UnsupportedError("the private key is not an Ed25519 key")
    return PrivateKey(key)


def read_public(path: Path) -> bytes:
    """The raw public key in a `.pub` file. Raises InputError if it cannot be read, FormatError as `parse_public`."""
    return parse_public(_read(path, MAX_KEY_FILE_BYTES, "public key file"))


def read_passphrase(path: Path) -> Secret:
    """The passphrase in a file: all of it but one line end. Raises InputError if there is none, or more than one line."""
    try:
        text = _read(path, MAX_PASSPHRASE_BYTES, "passphrase file").decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text in UTF-8") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise InputError(f"the passphrase in {path} is empty")
    if any(character in text for character in "\r\n\0"):
        raise InputError(
            f"{path} holds more than one line", hint="a passphrase file holds the passphrase and nothing else"
        )
    return Secret(text)


def _dearmour(text: bytes) -> bytes:
    armour = _ARMOR.fullmatch(text)
    if armour is None:
        raise FormatError("not an armoured age file")
    try:
        return base64.b64decode(armour[1].replace(b"\n", b""), validate=True)
    except binascii.Error as error:
        raise FormatError("the base64 of the age file is wrong") from error


def _read(path: Path, limit_bytes: int, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit_bytes + 1)
    except OSError as error:
        raise InputError(f"cannot read the {what} {path}: {error.strerror or 'not a file'}") from error
    if len(content) > limit_bytes:
        raise InputError(f"the {what} {path} is too long")
    return content
