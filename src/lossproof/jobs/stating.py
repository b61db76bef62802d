"""One signed fact into the log: who may state it, the envelope, and what registrations share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lossproof.errors import InputError, PolicyError, StoreError
from lossproof.ledger.envelope import sign_statement
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.log import Writer
from lossproof.ledger.outside import RECOVER
from lossproof.ledger.projection import Projection
from lossproof.ledger.receipts import Receipt
from lossproof.ledger.registered import RegisteredPerson
from lossproof.ledger.store import Ledger
from lossproof.model.fact import Authentication, Predicate, Relation, Role, Statement, Subject
from lossproof.model.facts.registration import Registration
from lossproof.wire.facts import encode_statement, subject_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """Receipts, and the ids that were given, by what they are."""

    receipts: tuple[Receipt, ...]
    registered: dict[str, str] = field(default_factory=dict)


def signed(key: PrivateKey, predicate: Predicate, *subjects: Subject) -> bytes:
    """The envelope with this fact."""
    return sign_statement(encode_statement(Statement(subjects=subjects, predicate=predicate)), key)


def about(subject: str, predicate: Predicate) -> Statement:
    """The statement of this fact about one subject."""
    return Statement(subjects=(subject_of(subject),), predicate=predicate)


def register(writer: Writer, signer: PrivateKey, subject: str, fact: Registration) -> None:
    """Append a registration of one subject."""
    writer.append(signed(signer, fact, subject_of(subject)))


def controller(projection: Projection) -> str:
    """The id of the organisation whose ledger it is."""
    return next(one.subject for one in projection.organisations() if one.relation is Relation.CONTROLLER)


def organisation_of(projection: Projection, signer: PrivateKey) -> str:
    """The id of the organisation whose key it is; the controller's where the key is not enrolled."""
    key = projection.key(signer.keyid)
    return controller(projection) if key is None else key.organisation


def require_signer(ledger: Ledger, signer: PrivateKey, roles: Iterable[Role], kind: str) -> None:
    """Return if a key may state such a fact now: what the log would say later, said before long work. Raises `StoreError` where
    the store is only to be read, `PolicyError`."""
    if ledger.behind:
        raise StoreError(ledger.behind, hint=RECOVER)
    key = ledger.projection.key(signer.keyid)
    if key is None:
        raise PolicyError(
            "the key that is to sign is not enrolled", hint="an owner enrols it: `lossproof ledger enrol`"
        )
    if not key.active:
        state = "is recorded as compromised" if key.compromised is not None else "has ended"
        raise PolicyError(f"the key that is to sign {state}", hint="sign with another key: --key FILE")
    if key.role not in set(roles):
        raise PolicyError(
            f"a key with the role {key.role.value} may not state a fact of the kind {kind}",
            hint="sign with another key: --key FILE",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Whose act it is: the key that signs, the person it signs for (None: nobody is known), and how that person was known."""

    key: PrivateKey
    by: str | None
    authenticated: Authentication


def require_person(projection: Projection, person: str) -> RegisteredPerson:
    """The person with this id, who is registered and has not left. Raises `InputError`."""
    found = projection.person(person)
    if found is None or found.ended is not None:
        raise InputError("a person who is named is not registered, or has left", hint="register the person first")
    return found
