"""Exceptions to the issue gate, into the log: a device may go to an organisation without fresh proof, until a date, because a named
person says so. One is never changed: it is ended, and another made."""

from __future__ import annotations

import secrets
from datetime import datetime

from lossproof.errors import InputError, PolicyError
from lossproof.jobs.stating import register, require_person
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.log import Writer
from lossproof.ledger.store import moment
from lossproof.model import vocabulary
from lossproof.model.fact import Duty, Relation
from lossproof.model.facts.registration import Action, Exemption, Registration

APPROVERS = frozenset({Duty.GOVERNANCE_LEAD, Duty.IT})
"""Who in the controller may allow an exception."""


def make_exception(
    writer: Writer, key: PrivateKey, *, device: str, organisation: str, approver: str, until: datetime, reason: str
) -> str:
    """Let a device go to people of an organisation until `until` (with a time zone); the exception's random id. Never for its own
    approver.

    Raises `InputError` where something named is not registered, or `until` is past; `PolicyError` where the approver may not.
    """
    if reason not in vocabulary.EXEMPTIONS:
        raise InputError("this is not a reason for an exception")
    person = require_person(writer.projection, approver)
    home = writer.projection.organisation(person.organisation)
    if not person.duties & APPROVERS or home is None or home.relation is not Relation.CONTROLLER:
        raise PolicyError("an exception is made by the controller's IT or governance lead")
    if until <= writer.clock():
        raise InputError("an exception ends after it was made", hint="give a date that is still to come")
    subject = secrets.token_hex(16)
    granted = Exemption(
        device=device, organisation=organisation, approver=approver, until=moment(lambda: until), reason=reason
    )
    fact = Registration(true_at=moment(writer.clock), action=Action.CREATED, exception=granted)
    register(writer, key, subject, fact)
    return subject


def end_exception(writer: Writer, key: PrivateKey, exception: str) -> None:
    """End an exception now. Raises `InputError` where there is none, or it has ended."""
    found = writer.projection.exception(exception)
    if found is None or found.ended is not None:
        raise InputError("there is no such exception, or it has ended")
    register(writer, key, exception, Registration(true_at=moment(writer.clock), action=Action.ENDED))
