"""Keys of agents, inspectors and importers: a code is made, a key is enrolled by it, a key ends. Rows and facts in one transaction."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidSignature
from django.utils import timezone

from lossproof.errors import InputError, PolicyError, VerificationError
from lossproof.jobs.agents import end_agent, enrol_agent
from lossproof.jobs.stating import require_person
from lossproof.ledger.keys import PrivateKey, fingerprint, verifying_key
from lossproof.ledger.registered import EnrolledKey
from lossproof.ledger.store import Ledger
from lossproof.model.fact import REGISTER_ENROLS, Role, key_subject
from lossproof.register.evidence.models import EnrolmentCode
from lossproof.register.projection import apply
from lossproof.wire.checkin import Enrolment, EnrolRequest, compact_code, enrol_message

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Those that are not taken for others when they are read out (Crockford's base 32)."""
_CODE_LETTERS = 20
_GROUP = 4


def new_code(
    ledger: Ledger, *, role: Role, organisation: str, by: str, person: str = "", label: str = ""
) -> tuple[EnrolmentCode, str]:
    """A code of 100 random bits in groups of four, and its row. It is shown once, and works once, for a day.

    Raises `PolicyError` for a role that a register does not enrol, `InputError` for a person who is not of the organisation.
    """
    if role not in REGISTER_ENROLS:
        raise PolicyError(f"a register enrols no key with the role {role.value}")
    if person and require_person(ledger.projection, person).organisation != organisation:
        raise InputError("the person whose key it is, is of another organisation")
    code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LETTERS))
    row = EnrolmentCode.objects.create(
        digest=_digest(code),
        label=label,
        role=role.value,
        organisation=organisation,
        person=person,
        made_by=by,
        expires_at=EnrolmentCode.expiry(),
    )
    return row, "-".join(code[start : start + _GROUP] for start in range(0, _CODE_LETTERS, _GROUP))


def withdraw(code: EnrolmentCode) -> None:
    """Let a code that nobody has used yet no longer work. Raises `PolicyError` where it was used."""
    deleted, _ = EnrolmentCode.objects.filter(id=code.id, used_at=None).delete()
    if not deleted:
        raise PolicyError("the code has been used already", hint="end the key that it enrolled")


def enrol(ledger: Ledger, key: PrivateKey, request: EnrolRequest) -> Enrolment:
    """Enrol the key that shows that it has a code. The same key with the same code, again, is told what it was told before.

    Raises `PolicyError` for a code that is not there, was used by another key, or is too old: all alike; `VerificationError`
    where the proof does not hold, `FormatError` for what is no key.
    """
    public = bytes.fromhex(request.public_key)
    try:
        verifying_key(public).verify(request.proof, enrol_message(request.code))
    except InvalidSignature:
        raise VerificationError("the proof is not a signature by this key over this code") from None
    digest = _digest(request.code)
    with ledger.write() as writer:
        code = _code(digest, fingerprint(public))
        if code.used_at is None:
            enrol_agent(
                writer, key, public, Role(code.role), organisation=code.organisation, person=code.person or None
            )
            code.used_at, code.fingerprint = timezone.now(), fingerprint(public)
            code.save(update_fields=["used_at", "fingerprint"])
            apply(writer)
        found = writer.projection.key(key_subject(fingerprint(public)))
    if found is None or not found.active:
        raise PolicyError("this key has ended", hint="ask IT for another code, and enrol another key")
    return _enrolment(ledger, found)


def current_recipient(ledger: Ledger) -> str | None:
    """The age recipient that lists of people are sealed to now, or None."""
    active = [one.recipient for one in ledger.projection.recipients() if one.ended is None]
    return active[-1] if active else None


def end_key(ledger: Ledger, key: PrivateKey, subject: str) -> None:
    """End a key: nothing that it signs is taken in any more, and what it said stays. Raises as `end_agent`."""
    with ledger.write() as writer:
        end_agent(writer, key, subject)
        apply(writer)


def _code(digest: str, mark: str) -> EnrolmentCode:
    """The code that this key may use, or has used. Raises `PolicyError`."""
    code = EnrolmentCode.objects.filter(digest=digest).first()
    # Found by the digest of 100 random bits, so that no time tells how near a guess was; compared once more as a whole.
    if code is not None and hmac.compare_digest(code.digest, digest) and (code.open or _used_by(code, mark)):
        return code
    raise PolicyError("the code is not one that works, or no longer", hint="ask IT for another one")


def _used_by(code: EnrolmentCode, mark: str) -> bool:
    return code.used_at is not None and hmac.compare_digest(code.fingerprint, mark)


def _enrolment(ledger: Ledger, key: EnrolledKey) -> Enrolment:
    return Enrolment(
        fingerprint=key.fingerprint,
        organisation=key.organisation,
        role=key.role.value,
        origin=ledger.log.origin,
        log_key=ledger.log.public.hex(),
        recipient=current_recipient(ledger),
    )


def _digest(code: str) -> str:
    return hashlib.sha256(compact_code(code).encode("utf-8", "replace")).hexdigest()
