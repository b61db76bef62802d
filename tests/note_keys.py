"""Made-up keys for tests of notes and checkpoints: the same on every run, and plainly of no use for anything else."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from lossproof.ledger.checkpoint import Checkpoint
from lossproof.ledger.cosignature import ml_dsa_44_message
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, ED25519, VerifierKey
from lossproof.ledger.tree import leaf_hashes, tree_root

ORIGIN = "log.example.org/stick"
AT = 1_750_000_000


def secret(number: int) -> PrivateKey:
    """The Ed25519 key whose seed is `number`, 32 times over."""
    return PrivateKey(Ed25519PrivateKey.from_private_bytes(bytes((number,)) * 32))


def log_key(number: int = 1, name: str = ORIGIN) -> VerifierKey:
    """How a log signs with `secret(number)`."""
    return VerifierKey(name=name, algorithm=ED25519, public=secret(number).public)


def witness_key(number: int, name: str | None = None) -> VerifierKey:
    """How a witness signs with `secret(number)`."""
    name = name or f"witness{number}.example.org"
    return VerifierKey(name=name, algorithm=COSIGNATURE_ED25519, public=secret(number).public)


class MlDsa44Cosigner:
    """Cosigns with ML-DSA-44, which the product only verifies: the key whose seed is `number`, 32 times over."""

    def __init__(self, number: int, at: int, name: str = "lattice.example.org") -> None:
        self._secret = MLDSA44PrivateKey.from_seed_bytes(bytes((number,)) * 32)
        public = self._secret.public_key().public_bytes_raw()
        self.key = VerifierKey(name=name, algorithm=COSIGNATURE_ML_DSA_44, public=public)
        self._at = at

    def sign(self, text: str) -> bytes:
        """The time and the signature, 2,428 bytes."""
        message = ml_dsa_44_message(self.key.name, text, self._at)
        return self._at.to_bytes(8, "big") + self._secret.sign(message)


def checkpoint(size: int = 3, origin: str = ORIGIN) -> Checkpoint:
    """The checkpoint of the log whose entries are the numbers from 0 in ASCII."""
    return Checkpoint(origin=origin, size=size, root=tree_root(leaf_hashes(b"%d" % at for at in range(size))))
