"""Age files under a passphrase that open in a blink, for tests only: scrypt with so little work protects nothing.

Written from the age specification (C2SP age v1): the product makes its files with pyrage, whose scrypt takes a second or two.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lossproof.ledger.keys import PrivateKey, public_path, public_text


def _b64(raw: bytes) -> bytes:
    return base64.b64encode(raw).rstrip(b"=")


def _hkdf(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, purpose).derive(key)


def armour(raw: bytes) -> bytes:
    text = base64.b64encode(raw)
    lines = b"".join(text[i : i + 64] + b"\n" for i in range(0, len(text), 64))
    return b"-----BEGIN AGE ENCRYPTED FILE-----\n" + lines + b"-----END AGE ENCRYPTED FILE-----\n"


def age_file(plain: bytes, passphrase: str, log_n: int = 4, written_log_n: int | None = None) -> bytes:
    """An armoured age file of at most one 64 KiB chunk; `written_log_n` is a lie in its header."""
    file_key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
    label = b"age-encryption.org/v1/scrypt"
    wrap = hashlib.scrypt(passphrase.encode(), salt=label + salt, n=1 << log_n, r=8, p=1, dklen=32)
    header = b"age-encryption.org/v1\n-> scrypt %b %d\n%b\n---" % (
        _b64(salt),
        log_n if written_log_n is None else written_log_n,
        _b64(ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)),
    )
    mac = hmac.digest(_hkdf(file_key, b"", b"header"), header, "sha256")
    sealed = ChaCha20Poly1305(_hkdf(file_key, nonce, b"payload")).encrypt(bytes(11) + b"\1", plain, None)
    return armour(header + b" " + _b64(mac) + b"\n" + nonce + sealed)


def write_cheap_key(path: Path, passphrase: str, key: PrivateKey | None = None) -> PrivateKey:
    """What `make_key` writes, in a thousandth of the time and of the safety."""
    key = key or PrivateKey.generate()
    pem = key.ed25519.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(age_file(pem, passphrase))
    path.chmod(0o600)
    public_path(path).write_text(public_text(key.public))
    return key
