"""Time stamps (RFC 3161): an outside authority's word that a checkpoint existed at a time.

What is stamped is the text of the checkpoint's note, up to and including its last line feed and without the signatures, by
SHA-256. Parsing and verification are rfc3161-client's; here stand the limits, the requests, and what that library leaves
open: one signer's certificate only, for time stamps and nothing else (RFC 3161 section 2.3). Left out: revocation lists,
the ESSCertID attribute, tokens in BER, algorithms other than SHA-256 for what is stamped.

Trust: an authority that lies about the time makes evidence look older or younger than it is; it cannot change it.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import rfc3161_client
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import TimeStampResponse

from lossproof.errors import FormatError, InputError, VerificationError
from lossproof.ledger.post import DEFAULT_SECONDS, post

MAX_TOKEN_BYTES = 64 << 10
MAX_AUTHORITY_BYTES = 256 << 10
MAX_AUTHORITIES = 64
MAX_CERTIFICATES = 16
"""In one token. A real one holds two or three."""
MAX_INACCURACY_SECONDS = 86_400

_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_CERTIFICATES_TAG = 0xA0
_MALFORMED = (
    ValueError,
    LookupError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the two libraries raise for malformed bytes, some of it only when a part is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A verified time stamp.

    `at` is the time that the authority stated (UTC), right to `accuracy`; `authority` the SHA-256 fingerprint, in hex, of the
    root certificate that was trusted for it, and `signer` that of the certificate that signed.
    """

    at: datetime.datetime
    accuracy: datetime.timedelta
    authority: str
    signer: str

    @property
    def existed_by(self) -> datetime.datetime:
        """The latest time at which the stamp can have been made: what evidence before an event is measured by."""
        return self.at + self.accuracy


def request(message: bytes) -> bytes:
    """A TimeStampReq for `message` (not empty), with a random nonce, asking for the authority's certificates."""
    if not message:
        raise FormatError("there is nothing to stamp")
    builder = rfc3161_client.TimestampRequestBuilder().data(message).nonce(nonce=True).cert_request(cert_request=True)
    return builder.hash_algorithm(rfc3161_client.HashAlgorithm.SHA256).build().as_bytes()


def fetch(url: str, query: bytes, *, timeout_seconds: float = DEFAULT_SECONDS) -> bytes:
    """Ask the authority at `url` (RFC 3161 section 3.4) and return its TimeStampResp, which answers `query` and is not verified.

    Raises InputError if it cannot be asked, FormatError if what came back is no time stamp, VerificationError if it refuses
    or answers another question: an old stamp played back has another nonce.
    """
    asked = _asked(query)
    reply = post(
        url,
        query,
        content_type="application/timestamp-query",
        limit_bytes=MAX_TOKEN_BYTES,
        timeout_seconds=timeout_seconds,
    )
    if reply.status != 200:
        raise InputError(f"the time stamp authority answered with HTTP status {reply.status}")
    if reply.content_type != "application/timestamp-reply":
        raise FormatError("what the time stamp authority answered is no time stamp")
    token = _parse(reply.body)
    if (token.nonce, token.digest) != asked:
        raise VerificationError("the time stamp authority answered another question than was asked")
    return reply.body


def check_authorities(authorities: Sequence[bytes]) -> None:
    """Return if these can be read as certificates of authorities, trusted or not. Raises FormatError."""
    with contextlib.suppress(VerificationError):
        _trusted(authorities)


def verify_stamp(token: bytes, message: bytes, authorities: Sequence[bytes]) -> Stamp:
    """The stamp of `message` in a TimeStampResp, by an authority whose root certificate is among `authorities`.

    Each of `authorities` is a certificate in DER or a bundle in PEM; those that are not self-signed complete chains that the
    token leaves open, and prove nothing by themselves. Certificates must have been valid when the stamp was made, which may
    be long ago. Raises FormatError for bytes that are no token or no certificate, VerificationError for whatever does not hold.
    """
    with warnings.catch_warnings():
        # A certificate that only breaks a rule of style is the authority's affair; what matters is verified.
        warnings.simplefilter("ignore")
        parsed = _parse(token)
        roots, others = _trusted(authorities)
        signer = _signer(parsed)
        if parsed.digest != hashlib.sha256(message).digest():
            raise VerificationError("the time stamp is for another text")
        root = _issuing_root(parsed.response, message, roots, others)
    if not 0 <= parsed.accuracy_us <= MAX_INACCURACY_SECONDS * 1_000_000:
        raise VerificationError("the time stamp is not right to the day")
    return Stamp(
        at=parsed.at,
        accuracy=datetime.timedelta(microseconds=parsed.accuracy_us),
        authority=_fingerprint(root),
        signer=_fingerprint(signer),
    )


class _Token(NamedTuple):
    """What a granted response holds, parsed and not verified; `digest` is by SHA-256."""

    response: TimeStampResponse
    digest: bytes
    nonce: int | None
    at: datetime.datetime
    accuracy_us: int
    signers: list[tuple[x509.Name, int]]
    certificates: list[bytes]


def _parse(token: bytes) -> _Token:
    if len(token) > MAX_TOKEN_BYTES:
        raise FormatError(f"a time stamp is longer than {MAX_TOKEN_BYTES >> 10} KiB")
    try:
        return _read(_in_der_order(token))
    except _MALFORMED as error:
        raise FormatError("not a time stamp response in DER") from error


def _read(token: bytes) -> _Token:
    response = rfc3161_client.decode_timestamp_response(token)
    if response.status != rfc3161_client.PKIStatus.GRANTED:
        raise VerificationError("the time stamp authority did not grant a time stamp")
    if response.as_bytes() != token:
        raise ValueError
    stated, signed = response.tst_info, response.signed_data
    if stated.message_imprint.hash_algorithm != _SHA256:
        raise VerificationError("the time stamp is not over a SHA-256 digest")
    # A stamp that states no accuracy is taken at its word to the second.
    within = stated.accuracy
    return _Token(
        response=response,
        digest=stated.message_imprint.message,
        nonce=stated.nonce,
        at=stated.gen_time.astimezone(datetime.UTC),
        accuracy_us=((within.seconds or 0) * 1000 + (within.millis or 0)) * 1000 + (within.micros or 0)
        if within
        else 0,
        signers=[(signer.issuer, signer.serial_number) for signer in signed.signer_infos],
        certificates=list(signed.certificates),
    )


def _issuing_root(
    response: TimeStampResponse,
    message: bytes,
    roots: Sequence[x509.Certificate],
    others: Sequence[x509.Certificate],
) -> x509.Certificate:
    """The first of `roots` under which everything in the response verifies."""
    for root in roots:
        verifier = rfc3161_client.VerifierBuilder(roots=[root], intermediates=list(others)).build()
        try:
            verifier.verify_message(response, message)
        except (rfc3161_client.VerificationError, *_MALFORMED):
            continue
        except BaseException as error:
            # A certificate that openssl does not read makes the library panic, which is no Exception and has no importable name.
            if type(error).__name__ != "PanicException":
                raise
            continue
        return root
    raise VerificationError(
        "the time stamp is not by a trusted authority, or was made when its certificate was not valid",
        hint="check which authority made it, and the root certificates that you trust",
    )


def _signer(token: _Token) -> x509.Certificate:
    """The one certificate that the signature names. Two of the same name and number could be played off against each other."""
    if len(token.signers) != 1:
        raise VerificationError("the time stamp has not exactly one signature")
    if len(token.certificates) > MAX_CERTIFICATES:
        raise FormatError(f"the time stamp holds more than {MAX_CERTIFICATES} certificates")
    try:
        certificates = [x509.load_der_x509_certificate(one) for one in token.certificates]
        matching = [one for one in certificates if (one.issuer, one.serial_number) == token.signers[0]]
        if len(matching) != 1:
            raise VerificationError("the time stamp does not hold the one certificate of its signer")
        usage = matching[0].extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise VerificationError("the signer's certificate is not for time stamps") from None
    except _MALFORMED as error:
        raise FormatError("a certificate in the time stamp cannot be read") from error
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise VerificationError("the signer's certificate is not for time stamps alone")
    return matching[0]


def _trusted(authorities: Sequence[bytes]) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """The certificates given, each once: those that sign themselves, and the rest."""
    if sum(map(len, authorities)) > MAX_AUTHORITY_BYTES:
        raise FormatError("the certificates of the time stamp authorities are too long")
    certificates = dict.fromkeys(certificate for given in authorities for certificate in _load(given))
    if len(certificates) > MAX_AUTHORITIES:
        raise FormatError(f"more than {MAX_AUTHORITIES} certificates of time stamp authorities")
    try:
        roots = [certificate for certificate in certificates if certificate.issuer == certificate.subject]
    except _MALFORMED as error:
        raise FormatError("a certificate of a time stamp authority cannot be read") from error
    if not roots:
        raise VerificationError(
            "no root certificate of a time stamp authority is trusted",
            hint="give the authority's self-signed certificate",
        )
    return roots, [certificate for certificate in certificates if certificate not in roots]


def _load(given: bytes) -> list[x509.Certificate]:
    try:
        if given.startswith(b"\x30"):
            return [x509.load_der_x509_certificate(given)]
        return x509.load_pem_x509_certificates(given)
    except _MALFORMED as error:
        raise FormatError("not the certificate of a time stamp authority") from error


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(SHA256()).hex()


class _Element(NamedTuple):
    """One DER element: its tag, where it starts, where its content starts, and where it ends."""

    tag: int
    start: int
    content: int
    end: int


def _elements(der: bytes, start: int, end: int) -> list[_Element]:
    """The elements side by side in a part of `der`; ValueError where it is not made of whole elements."""
    found = []
    while start < end:
        header = der[start : start + 5]
        if len(header) < 2:
            raise ValueError
        content, length = start + 2, header[1]
        if length >= 0x80:
            content += length & 0x7F
            length = int.from_bytes(der[start + 2 : content], "big")
        if content + length > end:
            raise ValueError
        found.append(_Element(header[0], start, content, content + length))
        start = content + length
    return found


def _in_der_order(token: bytes) -> bytes:
    """The token with its certificates sorted as DER sorts a set: openssl writes them as they were given to it.

    No signature covers them (RFC 5652 section 5.1), and lengths stay the same. Anything unlike a token is left as it is.
    """
    try:
        [response] = _elements(token, 0, len(token))
        _, content_info = _elements(token, response.content, response.end)
        _, explicit = _elements(token, content_info.content, content_info.end)
        [signed_data] = _elements(token, explicit.content, explicit.end)
        members = _elements(token, signed_data.content, signed_data.end)
        [certificates] = [member for member in members if member.tag == _CERTIFICATES_TAG]
        each = _elements(token, certificates.content, certificates.end)
    except ValueError:
        return token
    in_order = b"".join(sorted(token[one.start : one.end] for one in each))
    return token[: certificates.content] + in_order + token[certificates.end :]


def _asked(query: bytes) -> tuple[int, bytes]:
    """The nonce and the digest in a TimeStampReq (RFC 3161 section 2.4.1) that `request` made."""
    try:
        [whole] = _elements(query, 0, len(query))
        _, imprint, nonce, _ = _elements(query, whole.content, whole.end)
        _, digest = _elements(query, imprint.content, imprint.end)
    except ValueError as error:
        raise FormatError("not a time stamp request with a nonce") from error
    return int.from_bytes(query[nonce.content : nonce.end], "big", signed=True), query[digest.content : digest.end]
