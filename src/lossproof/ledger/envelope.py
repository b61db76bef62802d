"""DSSE envelopes (secure-systems-lab/dsse, protocol 1.0) with exactly one Ed25519 signature, in one canonical spelling.

Canonical: JSON with sorted keys and no white space, standard base64 with padding and no stray bits, the keyid the SHA-256 of
the raw public key in hex. The log keeps the digest of an envelope's bytes, so one statement must have one spelling; the
leniencies of the specification (URL-safe base64, several signatures, a missing keyid) are left out. Bytes are signed and bytes
are verified: nothing is serialised again in between.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lossproof.errors import FormatError, VerificationError
from lossproof.ledger.encoding import decode_base64
from lossproof.ledger.keys import PrivateKey, fingerprint, verifying_key

IN_TOTO = "application/vnd.in-toto+json"
"""The payload type of an in-toto statement."""

MAX_ENVELOPE_BYTES = 1 << 20

_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,99}/[a-z0-9][a-z0-9.+-]{0,99}")
_CANONICAL = re.compile(
    rb'\{"payload":"([A-Za-z0-9+/]+={0,2})","payloadType":"(' + _TYPE.pattern.encode("ascii") + rb')",'
    rb'"signatures":\[\{"keyid":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/]{86}==)"\}\]\}'
)
_PARALLEL_FROM = 64
"""Fewer envelopes than this are verified in the calling thread: starting threads would cost more."""


class Envelope(NamedTuple):
    """What stands in an envelope, not yet verified: `payload` must not be believed before `verify_envelope` returned it."""

    payload: bytes
    payload_type: str
    keyid: str
    sig: bytes

    def pae(self) -> bytes:
        """The bytes that the signature covers (DSSE, pre-authentication encoding): what openssl is given to verify."""
        kind = self.payload_type.encode("ascii")
        return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(self.payload), self.payload)


def sign_statement(
    payload: bytes, key: PrivateKey, payload_type: str = IN_TOTO, *, most_bytes: int = MAX_ENVELOPE_BYTES
) -> bytes:
    """A canonical envelope around `payload`, at most 1 MiB (`most_bytes`). Raises FormatError if it would be longer, or empty."""
    return sign_statements([payload], key, payload_type, most_bytes=most_bytes)[0]


def sign_statements(
    payloads: Iterable[bytes], key: PrivateKey, payload_type: str = IN_TOTO, *, most_bytes: int = MAX_ENVELOPE_BYTES
) -> list[bytes]:
    """`sign_statement` of each, in order."""
    if _TYPE.fullmatch(payload_type) is None:
        raise FormatError("the payload type is not a media type in lower case")
    # Verifying must start quickly, and these two are half of the time that this module would take to load.
    from securesystemslib.dsse import Envelope as DsseEnvelope
    from securesystemslib.signer import CryptoSigner, SSlibKey

    signer = CryptoSigner(key.ed25519, SSlibKey(key.keyid, "ed25519", "ed25519", {"public": key.public.hex()}))
    signed: list[bytes] = []
    for payload in payloads:
        if not payload:
            raise FormatError("an envelope needs a payload")
        envelope = DsseEnvelope(payload, payload_type, {})
        envelope.sign(signer)
        encoded = json.dumps(envelope.to_dict(), sort_keys=True, separators=(",", ":")).encode("ascii")
        if len(encoded) > most_bytes:
            raise FormatError("the envelope is too long")
        signed.append(encoded)
    return signed


def open_envelope(encoded: bytes, *, most_bytes: int = MAX_ENVELOPE_BYTES) -> Envelope:
    """Take an envelope apart without believing it. Raises FormatError unless it is canonical and at most 1 MiB (`most_bytes`)."""
    if len(encoded) > most_bytes:
        raise FormatError("the envelope is too long")
    match = _CANONICAL.fullmatch(encoded)
    if match is None:
        raise FormatError("not a DSSE envelope with one signature in its canonical form")
    payload, payload_type, keyid, sig = (part.decode("ascii") for part in match.groups())
    return Envelope(
        decode_base64(payload, "the payload"), payload_type, keyid, decode_base64(sig, "the signature", size_bytes=64)
    )


def tried_envelope(encoded: bytes) -> Envelope | FormatError:
    """What `open_envelope` gives, or raises."""
    try:
        return open_envelope(encoded)
    except FormatError as error:
        return error


def verify_envelope(envelope: Envelope, public: bytes, payload_type: str = IN_TOTO) -> bytes:
    """The payload, signed by the key with these 32 raw bytes and of this type; or VerificationError.

    Raises FormatError if `public` is no key. The keyid is only compared, never used to choose a key.
    """
    key, keyid = _verifier(public)
    if envelope.payload_type != payload_type:
        raise VerificationError("the envelope holds another type of payload")
    if envelope.keyid != keyid:
        raise VerificationError("the envelope names another key than the one that should have signed it")
    try:
        key.verify(envelope.sig, envelope.pae())
    except InvalidSignature:
        raise VerificationError("the signature of the envelope does not hold") from None
    return envelope.payload


def verify_many(signed: Sequence[tuple[Envelope, bytes]], payload_type: str = IN_TOTO) -> list[bytes]:
    """The payloads of (envelope, public key) pairs, in order: `verify_envelope` on every core of this machine.

    The cryptography library gives up the interpreter's lock while it verifies. Raises as `verify_envelope`, for one of those
    that do not hold; then none is believed.
    """
    threads = min(os.cpu_count() or 1, 8)
    if threads == 1 or len(signed) < _PARALLEL_FROM:
        return [verify_envelope(envelope, public, payload_type) for envelope, public in signed]
    from concurrent.futures import ThreadPoolExecutor

    share = -(-len(signed) // threads)

    def part(start: int) -> list[bytes]:
        return [verify_envelope(envelope, public, payload_type) for envelope, public in signed[start : start + share]]

    with ThreadPoolExecutor(threads) as pool:
        return [payload for payloads in pool.map(part, range(0, len(signed), share)) for payload in payloads]


@lru_cache(maxsize=4096)
def _verifier(public: bytes) -> tuple[Ed25519PublicKey, str]:
    return verifying_key(public), fingerprint(public)
