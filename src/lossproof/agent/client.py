"""A register's API, as its reporters see it: enrolment, and signed facts in batches.

HTTPS with the system's certificates; plain HTTP to this very machine alone. No redirects, cookies or compression; proxies as the
environment names them; limits of size and time (`ledger.post`). Of what comes back only the register's own signature is believed:
a checkpoint by another log than the one of the enrolment is an error. Errors: `InputError` where the register cannot be reached or cannot
answer now, so that the same may be sent later; `FormatError` where it says that the request itself is wrong.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from lossproof.errors import FormatError, InputError, LossproofError, PolicyError, VerificationError
from lossproof.ledger.checkpoint import read_signed
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.note import ED25519, VerifierKey
from lossproof.ledger.post import Reply, check_url, post
from lossproof.wire.checkin import (
    PREFIX,
    Enrolment,
    EnrolRequest,
    ErrorAnswer,
    FactsAnswer,
    FactsRequest,
    Shape,
    compact_code,
    decode,
    encode,
    enrol_message,
)

TIMEOUT_SECONDS = 60.0
_MOST_ANSWER_BYTES = 4 << 20
_JSON = "application/json"
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_OK, _MADE = 200, 201
_TOO_MANY = 429


class Client:
    """One register, by the address at which people's browsers find it. Raises `InputError` for an address that is not to be used."""

    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        host = check_url(url)
        self._local = _is_local(host)
        parts = urlsplit(url)
        if parts.scheme != "https" and not self._local:
            raise InputError("a register is reached over https alone", hint="give its address with https://")
        if parts.query or parts.fragment:
            raise InputError("the register's address has a query in it", hint="give it as far as the host, or a folder")
        self.url = url.rstrip("/")
        self._host = host
        self._timeout = timeout_seconds

    def enrol(self, code: str, key: PrivateKey) -> Enrolment:
        """Have `key` enrolled with a one-time code. Raises `PolicyError` where the register refuses the code."""
        compact = compact_code(code)
        request = EnrolRequest(code=compact, public_key=key.public.hex(), proof=key.sign(enrol_message(compact)))
        reply = self._post("/keys", encode(request))
        if reply.status in {_OK, _MADE}:
            enrolment = self._decoded(reply, Enrolment)
            if enrolment.fingerprint != key.keyid:
                raise VerificationError("the register answers for another key than the one that was sent")
            return enrolment
        raise self._refused(reply)

    def send(self, request: FactsRequest, enrolment: Enrolment) -> FactsAnswer:
        """The register's answer, with an outcome for each fact, in order. Raises `VerificationError` where it is not of the log of the
        enrolment."""
        reply = self._post("/facts", encode(request))
        if reply.status != _OK:
            raise self._refused(reply)
        answer = self._decoded(reply, FactsAnswer)
        if len(answer.outcomes) != len(request.facts):
            raise InputError(f"{self._host} answered for another number of facts")
        _verify(answer, enrolment)
        return answer

    def _post(self, path: str, body: bytes) -> Reply:
        return post(
            f"{self.url}{PREFIX}{path}",
            body,
            content_type=_JSON,
            limit_bytes=_MOST_ANSWER_BYTES,
            timeout_seconds=self._timeout,
            direct=self._local,
        )

    def _decoded(self, reply: Reply, shape: type[Shape]) -> Shape:
        if reply.content_type != _JSON:
            raise InputError(f"{self._host} did not answer as a register does", hint="see that the address is right")
        try:
            return decode(reply.body, shape)
        except FormatError:
            raise InputError(f"{self._host} did not answer as a register of this version does") from None

    def _refused(self, reply: Reply) -> LossproofError:
        """What the register said, in its own words where they are of its shape."""
        if 300 <= reply.status < 400:
            return InputError(f"{self._host} sends us elsewhere", hint="give the address that it leads to")
        try:
            said = decode(reply.body, ErrorAnswer).error
        except FormatError:
            return InputError(f"{self._host} answered with status {reply.status}", hint="see that the address is right")
        if reply.status == _TOO_MANY:
            return InputError(f"{self._host} was asked too often", hint="try again in some minutes")
        if reply.status in _LATER:
            return InputError(f"{self._host} cannot take it now: {said.message}", hint=said.hint)
        if said.code == PolicyError.code:
            return PolicyError(said.message, hint=said.hint)
        return FormatError(f"{self._host} does not take it: {said.message}", hint=said.hint)


def _is_local(host: str) -> bool:
    """Whether an address is this very machine's."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _verify(answer: FactsAnswer, enrolment: Enrolment) -> None:
    """Return if every receipt is of the log of the enrolment, and every durable one covered by a checkpoint that its key signed."""
    given = [one.receipt for one in answer.outcomes if one.receipt is not None]
    if any(one.origin != enrolment.origin for one in given):
        raise VerificationError(
            "the register's receipts are of another log than the one in which this key is enrolled",
            hint="enrol anew, in another state folder, if its people say that the log was replaced",
        )
    sizes = [one.checkpoint_size for one in given if one.status == "durable"]
    if not sizes:
        return
    if answer.checkpoint is None:
        raise VerificationError("the register's receipts come without a signed checkpoint")
    key = VerifierKey(name=enrolment.origin, algorithm=ED25519, public=bytes.fromhex(enrolment.log_key))
    size = read_signed(answer.checkpoint.encode("utf-8"), [key]).checkpoint.size
    if any(one is None or one > size for one in sizes):
        raise VerificationError("the register's checkpoint does not cover what its receipts say")
