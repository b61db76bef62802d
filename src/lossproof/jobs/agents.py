"""Keys of agents, inspectors and importers, enrolled and ended by a register's own key. Left out: the one-time codes by which a
register knows whose key it is, and every other role, which an owner enrols (`jobs.enrolling`)."""

from __future__ import annotations

from lossproof.errors import InputError, PolicyError
from lossproof.jobs.stating import register, require_person
from lossproof.ledger.keys import PrivateKey, fingerprint
from lossproof.ledger.log import Writer
from lossproof.ledger.store import moment
from lossproof.model.fact import REGISTER_ENROLS, Role, key_subject
from lossproof.model.facts.registration import Action, Key, Registration


def enrol_agent(
    writer: Writer, key: PrivateKey, public: bytes, role: Role, *, organisation: str, person: str | None = None
) -> str:
    """Enrol a raw public key for an organisation, and for `person` where it is a person's; the subject of the key.

    Raises `PolicyError` for a role that a register does not enrol or a key that is enrolled or was, `InputError` where the
    organisation or the person is not registered, or the person is of another organisation.
    """
    if role not in REGISTER_ENROLS:
        raise PolicyError(f"a register enrols no key with the role {role.value}", hint="an owner does: ledger enrol")
    if person is not None and require_person(writer.projection, person).organisation != organisation:
        raise InputError("the person whose key it is, is of another organisation")
    subject = key_subject(fingerprint(public))
    enrolled = Key(public_key=public.hex(), organisation=organisation, role=role, replaces=None, person=person)
    fact = Registration(true_at=moment(writer.clock), action=Action.CREATED, key=enrolled)
    register(writer, key, subject, fact)
    return subject


def end_agent(writer: Writer, key: PrivateKey, subject: str) -> None:
    """End a key. Raises `InputError` where it is not enrolled, or has ended, `PolicyError` where an owner must end it."""
    found = writer.projection.key(subject)
    if found is None or found.ended is not None:
        raise InputError("no such key is enrolled, or it has ended")
    register(writer, key, found.subject, Registration(true_at=moment(writer.clock), action=Action.ENDED))
